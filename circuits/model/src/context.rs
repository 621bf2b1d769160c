//! What ties a proof to one use: audience, purpose, nonce, epoch and expiry.

use crate::wire::{Reader, WireError};

/// Most bytes of an audience or a purpose.
pub const MAX_TEXT_BYTES: usize = 128;

/// Bytes of a nonce.
pub const NONCE_BYTES: usize = 32;

/// Audience, purpose, nonce, epoch and expiry. Texts are compared byte by byte, never normalized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    audience: String,
    purpose: String,
    nonce: Option<[u8; NONCE_BYTES]>,
    epoch: u64,
    expires: u64,
}

/// Why a context cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// An audience without characters: a proof for nobody in particular can be passed on to anyone.
    #[error("the audience is empty; name who the proof is for")]
    NoAudience,
    /// A text past its bound.
    #[error("the {field} has {bytes} bytes; at most {MAX_TEXT_BYTES} are allowed")]
    TooLong {
        /// `audience` or `purpose`.
        field: &'static str,
        /// Its length.
        bytes: usize,
    },
    /// A character that does not show, or a text that begins or ends with white space: two texts
    /// that look alike must be alike.
    #[error("the {field} has a character that does not show (U+{:04X})", u32::from(*.character))]
    Invisible {
        /// `audience` or `purpose`.
        field: &'static str,
        /// The character.
        character: char,
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

/// Whether a character does not show: control characters, and format characters that hide or
/// reorder their neighbours.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

fn check_text(field: &'static str, text: &str) -> Result<(), ContextError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(ContextError::TooLong { field, bytes: text.len() });
    }
    let outer = [text.chars().next(), text.chars().next_back()];
    let outer = outer.into_iter().flatten().find(|c| c.is_whitespace());
    match text.chars().find(|c| is_invisible(*c)).or(outer) {
        Some(character) => Err(ContextError::Invisible { field, character }),
        None => Ok(()),
    }
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

impl Context {
    /// A context that does not expire. The purpose may be empty; epoch 0 means none.
    ///
    /// # Errors
    /// [`ContextError`] for an empty audience or a text that is too long or has characters that do
    /// not show.
    pub fn new(
        audience: impl Into<String>,
        purpose: impl Into<String>,
        nonce: Option<[u8; NONCE_BYTES]>,
        epoch: u64,
    ) -> Result<Self, ContextError> {
        let (audience, purpose) = (audience.into(), purpose.into());
        if audience.is_empty() {
            return Err(ContextError::NoAudience);
        }
        check_text("audience", &audience)?;
        check_text("purpose", &purpose)?;
        Ok(Self { audience, purpose, nonce, epoch, expires: 0 })
    }

    /// The same context with an expiry, milliseconds since 1970-01-01 UTC; 0 means none.
    pub fn expiring(self, expires: u64) -> Self {
        Self { expires, ..self }
    }

    /// Who the proof is for.
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// What the proof is for; empty when not said.
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// The verifier's challenge, if there was one.
    pub fn nonce(&self) -> Option<&[u8; NONCE_BYTES]> {
        self.nonce.as_ref()
    }

    /// Epoch or period the proof is for; 0 when not said.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// First moment at which the proof is not to be accepted any more, milliseconds since
    /// 1970-01-01 UTC; 0 when it does not expire.
    pub fn expires(&self) -> u64 {
        self.expires
    }

    /// Appends the canonical encoding: audience and purpose with a length byte each, a flag and
    /// the nonce if there is one, epoch and expiry in eight bytes each.
    pub fn encode_into(&self, out: &mut Vec<u8>) {
        write_text(out, &self.audience);
        write_text(out, &self.purpose);
        out.push(u8::from(self.nonce.is_some()));
        out.extend(self.nonce.iter().flatten());
        out.extend(self.epoch.to_le_bytes());
        out.extend(self.expires.to_le_bytes());
    }

    /// Reads the canonical encoding.
    ///
    /// # Errors
    /// [`ContextError`] for bytes that [`Context::encode_into`] does not make.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, ContextError> {
        let audience = read_text(reader, "audience")?;
        let purpose = read_text(reader, "purpose")?;
        let nonce = match reader.u8("nonce")? {
            0 => None,
            1 => Some(reader.array("nonce")?),
            flag => return Err(ContextError::NonceFlag(flag)),
        };
        let context = Self::new(audience, purpose, nonce, reader.u64("epoch")?)?;
        Ok(context.expiring(reader.u64("expiry")?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_refused() {
        for text in ["desk\u{200b}-42", "desk-42 ", " desk", "a\nb", "\u{202e}24-ksed", "a\u{ad}b"]
        {
            let made = Context::new(text, "", None, 0);
            assert!(matches!(made, Err(ContextError::Invisible { .. })), "{text:?}");
        }
        assert_eq!(Context::new("", "", None, 0), Err(ContextError::NoAudience));
        let long = "x".repeat(MAX_TEXT_BYTES + 1);
        let error = ContextError::TooLong { field: "purpose", bytes: MAX_TEXT_BYTES + 1 };
        assert_eq!(Context::new("a", long, None, 0), Err(error));
        assert!(Context::new("Büro 42", "Kreditlinie Q3", Some([7; 32]), 9).is_ok());
    }
}
