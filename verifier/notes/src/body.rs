//! What the bodies of notes have in common.

use crate::key::SignerKey;
use crate::lines::BodyError;
use crate::note::Note;
use crate::signing::SignError;
use zkmargin_params::Role;

/// A body: a typed value with exactly one text.
pub trait Body: Clone + std::fmt::Debug + PartialEq + Sized {
    /// The role whose signature makes it count.
    const ROLE: Role;

    /// Reads the text of a note. `parse(text)?.to_text() == text`.
    ///
    /// # Errors
    /// [`BodyError`] for text that does not belong to any value.
    fn parse(text: &str) -> Result<Self, BodyError>;

    /// The text of the note. A value that no text can express, such as one with a line break in a field, gives text
    /// that does not read back as the same value; [`Body::sign`] refuses it.
    fn to_text(&self) -> String;

    /// The venue the body speaks for. A venue's key signs only for its own venue.
    fn venue(&self) -> Option<&str>;

    /// The time the body speaks about, in milliseconds since 1970; `None` if it does not speak about a single time. A
    /// note dated in the future is worth nothing.
    fn time_ms(&self) -> Option<u64>;

    /// Signs the body, once it is known that a reader will read this body and nothing else.
    ///
    /// # Errors
    /// [`SignError`].
    fn sign(&self, signer: &SignerKey) -> Result<Note, SignError> {
        let text = self.to_text();
        if Self::parse(&text)? != *self {
            return Err(SignError::OtherBody);
        }
        Note::sign(text, signer)
    }
}
