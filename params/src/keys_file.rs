//! The set of trusted keys as written in JSON. `zkmargin-notes` checks it and uses it.

use super::error::{FileError, FileKind};
use super::read;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Public keys that the holder of this file trusts, each for one role and one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeysFile {
    /// Always `zkmargin-keys/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-keys/1")))]
    pub format: String,
    /// The keys.
    pub keys: Vec<KeyFile>,
}

/// A trusted key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Name of the key in signature lines. Two keys never share one.
    pub name: String,
    /// Verifier key, `name+id+base64`, as its owner publishes it.
    pub key: String,
    /// What the key may sign.
    pub role: Role,
    /// For a venue's key only: the venue it speaks for, as schedules write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// First moment the key is valid, UTC, such as `2024-07-27T06:44:38Z`.
    pub valid_from: String,
    /// First moment the key is no longer valid, UTC.
    pub valid_until: String,
    /// First moment the key is no longer trusted, UTC. Absent if it is not revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
}

/// What a key may sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A venue: schedules, snapshots, ledger checkpoints and enrolments.
    Venue,
    /// A price source: prices that the venue's marks are compared with.
    Source,
    /// Someone who checked an account: attestations.
    Attester,
    /// A witness: cosignatures that say what it has seen, and when.
    Witness,
    /// An auditor: audit reports.
    Auditor,
}

impl Role {
    /// Lower-case name.
    pub fn name(self) -> &'static str {
        match self {
            Role::Venue => "venue",
            Role::Source => "source",
            Role::Attester => "attester",
            Role::Witness => "witness",
            Role::Auditor => "auditor",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl KeysFile {
    /// Reads a set of keys without checking the keys themselves.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong with the file as JSON.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::Keys, bytes)
    }
}
