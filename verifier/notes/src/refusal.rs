//! Why a signature does not count.

use crate::key::KeyId;
use zkmargin_model::shown::{quoted, shown};
use zkmargin_params::Role;
/// Why a signature does not count. The signature itself may be good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No trusted key has this name and key id.
    #[error("key {} ({id}) is unknown", shown(.name))]
    UnknownKey {
        /// Name in the signature line.
        name: String,
        /// Key id in the signature line.
        id: KeyId,
    },
    /// Before the key's validity.
    #[error("key {} is not valid before {from}", shown(.name))]
    NotYetValid {
        /// Name of the key.
        name: String,
        /// First moment of its validity, UTC.
        from: String,
    },
    /// After the key's validity.
    #[error("key {} expired at {until}", shown(.name))]
    Expired {
        /// Name of the key.
        name: String,
        /// End of its validity, UTC.
        until: String,
    },
    /// The key is revoked.
    #[error("key {} was revoked at {at}", shown(.name))]
    Revoked {
        /// Name of the key.
        name: String,
        /// Since when it is revoked, UTC.
        at: String,
    },
    /// A key that may sign other things.
    #[error("key {} is trusted as {role}, but this needs a key of role {needed}", shown(.name))]
    WrongRole {
        /// Name of the key.
        name: String,
        /// Its role.
        role: Role,
        /// The role needed.
        needed: Role,
    },
    /// A venue's key on a note of another venue.
    #[error("key {} speaks for {}, but the note names {}", shown(.name), quoted(.speaks_for), quoted(.named))]
    OtherVenue {
        /// Name of the key.
        name: String,
        /// Its venue.
        speaks_for: String,
        /// The venue in the note.
        named: String,
    },
}

impl Refusal {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "KeyUnknown",
            Self::NotYetValid { .. } => "KeyNotYetValid",
            Self::Expired { .. } => "KeyExpired",
            Self::Revoked { .. } => "KeyRevoked",
            Self::WrongRole { .. } => "KeyWrongRole",
            Self::OtherVenue { .. } => "KeyOtherVenue",
        }
    }
}
