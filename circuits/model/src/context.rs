//! What ties a proof to one use: audience, purpose, nonce, epoch and expiry.

use crate::names::{NameError, check_name};
use crate::wire::{Reader, WireError};
use std::num::NonZeroU64;

/// Maximum length of an audience or a purpose, in bytes.
pub const MAX_TEXT_BYTES: usize = 128;

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 32;

/// Audience, purpose, nonce, epoch and expiry. Texts are compared byte by byte and never normalized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    audience: String,
    purpose: String,
    nonce: Option<[u8; NONCE_BYTES]>,
    epoch: Option<NonZeroU64>,
    expires: Option<NonZeroU64>,
}

/// Why a context is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// An empty audience: a proof for nobody in particular can be passed on to anyone.
    #[error("the audience is empty; name who the proof is for")]
    NoAudience,
    /// An audience or a purpose that is not a name: two texts that look alike must be equal.
    #[error("the {field} {error}")]
    Name {
        /// `audience` or `purpose`.
        field: &'static str,
        /// What is wrong with it.
        error: NameError,
    },
    /// Not UTF-8.
    #[error("the {field} is not UTF-8 text")]
    NotUtf8 {
        /// `audience` or `purpose`.
        field: &'static str,
    },
    /// A presence flag other than 0 and 1.
    #[error("the nonce flag is {0}, not 0 or 1")]
    NonceFlag(u8),
    /// Truncated bytes.
    #[error(transparent)]
    Wire(#[from] WireError),
}

fn check_text(field: &'static str, text: &str) -> Result<(), ContextError> {
    check_name(text, MAX_TEXT_BYTES).map_err(|error| ContextError::Name { field, error })
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // At most `MAX_TEXT_BYTES`, so the length fits its byte.
    out.push(text.len() as u8);
    out.extend_from_slice(text.as_bytes());
}

fn read_text(reader: &mut Reader<'_>, field: &'static str) -> Result<String, ContextError> {
    let bytes = reader.u8(field)?;
    let text = reader.take(field, usize::from(bytes))?;
    String::from_utf8(text.to_vec()).map_err(|_| ContextError::NotUtf8 { field })
}

/// An epoch or an expiry as written in files: 0 means none.
pub fn zero_for_none(value: Option<NonZeroU64>) -> u64 {
    value.map_or(0, NonZeroU64::get)
}

impl ContextError {
    /// JSON pointer of the text in a file that has both as members.
    pub fn pointer(&self) -> &'static str {
        match self {
            Self::Name { field: "purpose", .. } | Self::NotUtf8 { field: "purpose" } => "/purpose",
            _ => "/audience",
        }
    }
}

impl Context {
    /// A context without an epoch that does not expire. The purpose may be empty.
    ///
    /// # Errors
    /// [`ContextError`] for an empty audience or a text that is not a name ([`crate::names`]).
    pub fn new(
        audience: impl Into<String>,
        purpose: impl Into<String>,
        nonce: Option<[u8; NONCE_BYTES]>,
    ) -> Result<Self, ContextError> {
        let (audience, purpose) = (audience.into(), purpose.into());
        if audience.is_empty() {
            return Err(ContextError::NoAudience);
        }
        check_text("audience", &audience)?;
        if !purpose.is_empty() {
            check_text("purpose", &purpose)?;
        }
        Ok(Self { audience, purpose, nonce, epoch: None, expires: None })
    }

    /// The same context with an epoch or period.
    pub fn of_epoch(self, epoch: Option<NonZeroU64>) -> Self {
        Self { epoch, ..self }
    }

    /// The same context with an expiry, milliseconds since 1970-01-01 UTC.
    pub fn expiring(self, expires: Option<NonZeroU64>) -> Self {
        Self { expires, ..self }
    }

    /// Who the proof is for.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// What the proof is for; empty if not stated.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The verifier's challenge, if there was one.
    pub fn nonce(&self) -> Option<&[u8; NONCE_BYTES]> {
        self.nonce.as_ref()
    }

    /// Epoch or period the proof is for, if stated.
    pub fn epoch(&self) -> Option<NonZeroU64> {
        self.epoch
    }

    /// First moment at which the proof must no longer be accepted, milliseconds since 1970-01-01 UTC, if there is one.
    pub fn expires(&self) -> Option<NonZeroU64> {
        self.expires
    }

    /// Appends the canonical encoding: audience and purpose with a length byte each, a flag and
    /// the nonce if there is one, epoch and expiry in eight bytes each, 0 for none.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        write_text(out, &self.audience);
        write_text(out, &self.purpose);
        out.push(u8::from(self.nonce.is_some()));
        out.extend(self.nonce.iter().flatten());
        out.extend(zero_for_none(self.epoch).to_le_bytes());
        out.extend(zero_for_none(self.expires).to_le_bytes());
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`ContextError`] for bytes that [`Context::encode_into`] does not produce.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ContextError> {
        let audience = read_text(reader, "audience")?;
        let purpose = read_text(reader, "purpose")?;
        let nonce = match reader.u8("nonce")? {
            0 => None,
            1 => Some(reader.array("nonce")?),
            flag => return Err(ContextError::NonceFlag(flag)),
        };
        let context = Self::new(audience, purpose, nonce)?;
        let epoch = NonZeroU64::new(reader.u64("epoch")?);
        Ok(context.of_epoch(epoch).expiring(NonZeroU64::new(reader.u64("expiry")?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_refused() {
        for text in [
            "desk\u{200b}-42",
            "desk-42 ",
            " desk",
            "a\nb",
            "\u{202e}24-ksed",
            "a\u{ad}b",
            "desk-42\u{fe0f}",
        ] {
            let made = Context::new(text, "", None);
            assert!(matches!(made, Err(ContextError::Name { .. })), "{text:?}");
        }
        assert_eq!(Context::new("", "", None), Err(ContextError::NoAudience));
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let error = NameError::TooLong { bytes: MAX_TEXT_BYTES + 1, most: MAX_TEXT_BYTES };
        let error = ContextError::Name { field: "purpose", error };
        assert_eq!(Context::new("a", long, None), Err(error));
        assert!(Context::new("Büro 42", "Kreditlinie Q3", Some([7; 32])).is_ok());
    }
}
