//! Making and verifying the signatures of a note.
//!
//! Type 0x01 signs the note text. Type 0x04 signs `cosignature/v1`, a line `time N` and the note
//! text, each line with its newline, and carries the time in eight bytes, big-endian, before the
//! signature ([tlog-cosignature](https://c2sp.org/tlog-cosignature)).

use crate::key::{KeyId, KeyKind, SignerKey, VerifierKey};
use crate::lines::BodyError;
use crate::note::{self, MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError, Signature};
use ed25519_dalek::Signer;

/// Latest time of a cosignature, in seconds since 1970.
const MAX_TIME: u64 = i64::MAX as u64;

/// Why a note is not verified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// A signature of a known key that does not verify: the whole note is refused.
    #[error("the signature of {name} (key {id}) does not verify")]
    Invalid {
        /// Name of the key.
        name: String,
        /// Key id.
        id: KeyId,
    },
    /// Two of the keys given have this name and key id.
    #[error("two keys are named {name} with key id {id}")]
    Ambiguous {
        /// Name of the keys.
        name: String,
        /// Key id.
        id: KeyId,
    },
    /// No signature is by a known key.
    #[error("no signature is by a known key")]
    Unknown,
}

/// A signature that verifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedSignature<'k> {
    /// The key that made it.
    pub key: &'k VerifierKey,
    /// For a cosignature, when its witness says it made it, in seconds since 1970.
    pub cosigned_at: Option<u64>,
}

fn check_kind(signer: &SignerKey, needed: KeyKind) -> Result<(), SignError> {
    let key = signer.verifier();
    if key.kind() == needed {
        return Ok(());
    }
    Err(SignError::Kind { name: key.name().to_owned(), kind: key.kind() })
}

fn cosigned(text: &str, time: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {time}\n{text}").into_bytes()
}

/// Verifies one signature; returns the time of a cosignature.
fn verify_one(text: &str, signature: &Signature, key: &VerifierKey) -> Option<Option<u64>> {
    let (message, bytes, time) = match key.kind() {
        KeyKind::Ed25519 => (text.as_bytes().to_vec(), signature.bytes.as_slice(), None),
        KeyKind::Cosignature => {
            let (time, bytes) = signature.bytes.split_first_chunk()?;
            let time = u64::from_be_bytes(*time);
            if time > MAX_TIME {
                return None;
            }
            (cosigned(text, time), bytes, Some(time))
        }
    };
    let bytes = ed25519_dalek::Signature::from_bytes(bytes.try_into().ok()?);
    // Strict: no key and no nonce of small order, so every verifier agrees on every signature.
    key.point().verify_strict(&message, &bytes).ok()?;
    Some(time)
}

/// Why a signature cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// Text that cannot be a note's, or a note that would become too long.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A key of type 0x04 where type 0x01 belongs, or the other way round.
    #[error("{name} is a key for {}", match kind {
        KeyKind::Ed25519 => "signatures; it makes no cosignatures",
        KeyKind::Cosignature => "cosignatures; it signs no notes",
    })]
    Kind {
        /// Name of the key.
        name: String,
        /// What it is for.
        kind: KeyKind,
    },
    /// A cosignature time beyond 2^63 - 1 seconds.
    #[error("a cosignature's time must be at most 2^63 - 1 seconds since 1970")]
    Time,
    /// A body whose text cannot be read.
    #[error("a reader would refuse this: {0}")]
    Body(#[from] BodyError),
    /// A body whose text reads back as another body: a field contains a line break.
    #[error("a reader would read something else; a field contains a line break")]
    OtherBody,
}

impl Note {
    /// Signs text with a key of type 0x01.
    ///
    /// # Errors
    /// [`SignError::Note`] for text that cannot be a note's, [`SignError::Kind`].
    pub fn sign(text: impl Into<String>, signer: &SignerKey) -> Result<Self, SignError> {
        let text = text.into();
        note::check_text(&text)?;
        let mut note = Self { text, signatures: Vec::new() };
        note.countersign(signer)?;
        Ok(note)
    }

    /// Adds the signature of one more key of type 0x01, or renews its signature.
    ///
    /// # Errors
    /// [`SignError::Kind`], or [`SignError::Note`] for a note that would become too long. In that case the note is
    /// unchanged.
    pub fn countersign(&mut self, signer: &SignerKey) -> Result<(), SignError> {
        check_kind(signer, KeyKind::Ed25519)?;
        let bytes = signer.secret().sign(self.text.as_bytes()).to_bytes().to_vec();
        self.put(signer.verifier(), bytes)
    }

    /// Adds the cosignature of a witness, a key of type 0x04, or replaces its earlier one. `time`
    /// is in seconds since 1970.
    ///
    /// # Errors
    /// [`SignError::Kind`], [`SignError::Time`], or [`SignError::Note`] for a note that would become too long. In that
    /// case the note is unchanged.
    pub fn cosign(&mut self, signer: &SignerKey, time: u64) -> Result<(), SignError> {
        check_kind(signer, KeyKind::Cosignature)?;
        if time > MAX_TIME {
            return Err(SignError::Time);
        }
        let mut bytes = time.to_be_bytes().to_vec();
        bytes.extend(signer.secret().sign(&cosigned(&self.text, time)).to_bytes());
        self.put(signer.verifier(), bytes)
    }

    fn put(&mut self, key: &VerifierKey, bytes: Vec<u8>) -> Result<(), SignError> {
        let mut signed = self.clone();
        signed.signatures.retain(|s| s.name != key.name() || s.id != key.id());
        signed.signatures.push(Signature { name: key.name().to_owned(), id: key.id(), bytes });
        if signed.signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures.into());
        }
        let bytes = signed.to_text().len();
        if bytes > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong(bytes).into());
        }
        *self = signed;
        Ok(())
    }

    /// Every signature line with its result: `None` for an unknown key.
    pub(crate) fn verify_each<'k>(
        &self,
        keys: &[&'k VerifierKey],
    ) -> Result<Vec<Option<VerifiedSignature<'k>>>, SignatureError> {
        let verify = |signature: &Signature| {
            let mut known =
                keys.iter().filter(|k| k.name() == signature.name && k.id() == signature.id);
            let Some(key) = known.next() else { return Ok(None) };
            let (name, id) = (signature.name.clone(), signature.id);
            if known.next().is_some() {
                return Err(SignatureError::Ambiguous { name, id });
            }
            match verify_one(&self.text, signature, key) {
                Some(cosigned_at) => Ok(Some(VerifiedSignature { key, cosigned_at })),
                None => Err(SignatureError::Invalid { name, id }),
            }
        };
        self.signatures.iter().map(verify).collect()
    }

    /// Verifies the signatures of known keys, in order. Signatures of unknown keys are skipped; one bad signature of a
    /// known key makes the note refused.
    ///
    /// # Errors
    /// [`SignatureError`]; also when no signature is by a known key.
    pub fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifierKey>,
    ) -> Result<Vec<VerifiedSignature<'k>>, SignatureError> {
        let keys: Vec<_> = keys.into_iter().collect();
        let verified: Vec<_> = self.verify_each(&keys)?.into_iter().flatten().collect();
        if verified.is_empty() { Err(SignatureError::Unknown) } else { Ok(verified) }
    }
}
