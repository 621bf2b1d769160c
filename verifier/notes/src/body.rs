//! What the bodies of notes have in common.

use crate::key::SignerKey;
use crate::lines::BodyError;
use crate::note::Note;
use crate::signing::SignError;
use zkmargin_params::Role;

/// A body: a typed value with exactly one text.
pub trait Body: Clone + std::fmt::Debug + PartialEq + Sized {
    /// Whose signature makes it count.
    const ROLE: Role;

    /// Reads the text of a note. `parse(text)?.to_text() == text`.
    ///
    /// # Errors
    /// [`BodyError`] for text that no value has.
    fn parse(text: &str) -> Result<Self, BodyError>;

    /// The text of the note. A value that no text has, such as one with a line break in a field,
    /// gives text that does not read as the same value; [`Body::sign`] refuses it.
    fn to_text(&self) -> String;

    /// The venue that the body speaks for. A venue's key signs for its own venue only.
    fn venue(&self) -> Option<&str>;

    /// Of when the body speaks, in milliseconds since 1970; `None` if it speaks of no one time. A note of a time
    /// that has not come is worth nothing.
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
