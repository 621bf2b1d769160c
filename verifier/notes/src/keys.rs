//! The set of trusted keys, checked.

use crate::key::{KeyKind, VerifierKey};
use crate::refusal::Refusal;
use std::collections::{HashMap, HashSet};
use zkmargin_model::names::{check_name, look_alikes};
use zkmargin_model::shown::quoted;
use zkmargin_params::{
    ErrorCode, FileError, FileKind, KeyFile, KeysFile, MAX_TEXT_BYTES, Role, format_utc, parse_utc,
};

/// Maximum number of keys in a set.
pub const MAX_KEYS: usize = 1024;

/// A key with what it is trusted for. Times are in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    key: VerifierKey,
    role: Role,
    venue: Option<String>,
    valid_from: u64,
    valid_until: u64,
    revoked_at: Option<u64>,
}

impl TrustedKey {
    /// The key.
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// What it may sign.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The venue that a venue's key speaks for; `None` for other roles.
    pub fn venue(&self) -> Option<&str> {
        self.venue.as_deref()
    }

    /// First moment the key is valid.
    pub fn valid_from_ms(&self) -> u64 {
        self.valid_from
    }

    /// First moment the key is no longer valid.
    pub fn valid_until_ms(&self) -> u64 {
        self.valid_until
    }

    /// First moment the key is no longer trusted, if it is revoked.
    pub fn revoked_at_ms(&self) -> Option<u64> {
        self.revoked_at
    }

    /// Checks that the key is trusted at a time, in milliseconds since 1970.
    ///
    /// The time must be the verifier's own, or one that a witness vouches for. A time stated in the note will not do:
    /// anyone who has stolen a key can write any time.
    ///
    /// # Errors
    /// [`Refusal::Revoked`], [`Refusal::NotYetValid`] or [`Refusal::Expired`].
    pub fn check_time(&self, at_ms: u64) -> Result<(), Refusal> {
        let name = || self.key.name().to_owned();
        if let Some(revoked) = self.revoked_at.filter(|revoked| at_ms >= *revoked) {
            return Err(Refusal::Revoked { name: name(), at: format_utc(revoked) });
        }
        if at_ms < self.valid_from {
            let from = format_utc(self.valid_from);
            return Err(Refusal::NotYetValid { name: name(), from });
        }
        if at_ms >= self.valid_until {
            let until = format_utc(self.valid_until);
            return Err(Refusal::Expired { name: name(), until });
        }
        Ok(())
    }
}

/// Trusted keys: no two share a name or a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<TrustedKey>,
}

fn error(code: ErrorCode, pointer: String, message: impl Into<String>) -> FileError {
    FileError::new(code, FileKind::Keys, pointer, message)
}

fn time(text: &str, pointer: String) -> Result<u64, FileError> {
    parse_utc(text).ok_or_else(|| {
        let message = "write a UTC time such as \"2024-07-27T06:44:38Z\"";
        error(ErrorCode::BadTime, pointer, message)
    })
}

fn check_venue(file: &KeyFile, here: &str) -> Result<(), FileError> {
    let here = format!("{here}/venue");
    match (file.role, &file.venue) {
        (Role::Venue, None) => {
            let message = "a venue's key speaks for one venue; name it as its schedules do";
            Err(error(ErrorCode::MissingField, here, message))
        }
        (Role::Venue, Some(venue)) => check_name(venue, MAX_TEXT_BYTES)
            .map_err(|e| error(ErrorCode::BadText, here, format!("the name {e}"))),
        (_, None) => Ok(()),
        (role, Some(_)) => {
            let message = format!("a key of role {role} speaks for no venue; remove it");
            Err(error(ErrorCode::UnknownField, here, message))
        }
    }
}

fn check_key(file: &KeyFile, here: &str) -> Result<TrustedKey, FileError> {
    let key = VerifierKey::from_text(&file.key)
        .map_err(|e| error(ErrorCode::BadKey, format!("{here}/key"), e.to_string()))?;
    if key.name() != file.name {
        let message = format!("the key belongs to {}; write that name", quoted(key.name()));
        return Err(error(ErrorCode::WrongKeyName, format!("{here}/name"), message));
    }
    // A witness says when it saw a note; nobody else cosigns.
    let kind = match file.role {
        Role::Witness => KeyKind::Cosignature,
        _ => KeyKind::Ed25519,
    };
    if key.kind() != kind {
        let message = format!(
            "a key of role {} must be of type {:#04x}, but this one is of type {:#04x}",
            file.role,
            kind.byte(),
            key.kind().byte()
        );
        return Err(error(ErrorCode::WrongKeyKind, format!("{here}/key"), message));
    }
    check_venue(file, here)?;
    let valid_from = time(&file.valid_from, format!("{here}/valid_from"))?;
    let valid_until = time(&file.valid_until, format!("{here}/valid_until"))?;
    if valid_until <= valid_from {
        let message = "the key is never valid; `valid_until` must be after `valid_from`";
        return Err(error(ErrorCode::BadValidity, format!("{here}/valid_until"), message));
    }
    let revoked_at = file.revoked_at.as_deref();
    let revoked_at = revoked_at.map(|t| time(t, format!("{here}/revoked_at"))).transpose()?;
    let (role, venue) = (file.role, file.venue.clone());
    Ok(TrustedKey { key, role, venue, valid_from, valid_until, revoked_at })
}

impl KeySet {
    /// Reads and checks a set of keys.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        Self::new(&KeysFile::from_json(bytes)?)
    }

    /// Checks a set of keys.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn new(file: &KeysFile) -> Result<Self, FileError> {
        if file.format != FileKind::Keys.format() {
            let message = format!("write \"{}\"", FileKind::Keys.format());
            return Err(error(ErrorCode::WrongFormat, "/format".to_owned(), message));
        }
        if file.keys.len() > MAX_KEYS {
            let message = format!("{} entries; at most {MAX_KEYS}", file.keys.len());
            return Err(error(ErrorCode::ListTooLong, "/keys".to_owned(), message));
        }
        let mut keys: Vec<TrustedKey> = Vec::with_capacity(file.keys.len());
        let (mut names, mut publics) = (HashSet::new(), HashMap::new());
        for (at, entry) in file.keys.iter().enumerate() {
            let here = format!("/keys/{at}");
            let key = check_key(entry, &here)?;
            if !names.insert(key.key.name().to_owned()) {
                let message = format!("{} is listed twice; keep one of them", quoted(&entry.name));
                return Err(error(ErrorCode::DuplicateName, format!("{here}/name"), message));
            }
            // One key under two names would count as two signers.
            if let Some(other) = publics.insert(*key.key.public(), at) {
                let message = format!(
                    "this is also the public key of {}; a key has only one name",
                    quoted(&file.keys[other].name)
                );
                return Err(error(ErrorCode::DuplicateKey, format!("{here}/key"), message));
            }
            keys.push(key);
        }
        let names = || keys.iter().map(|k| k.key.name());
        if let Some((at, like)) = look_alikes(names()) {
            let name = |at: usize| quoted(keys[at].key.name());
            let message = format!("{} looks like {}; rename one of them", name(at), name(like));
            return Err(error(ErrorCode::LookAlike, format!("/keys/{at}/name"), message));
        }
        Ok(Self { keys })
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> &[TrustedKey] {
        &self.keys
    }

    /// The key with this name.
    pub fn get(&self, name: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|k| k.key.name() == name)
    }
}
