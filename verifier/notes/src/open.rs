//! From bytes to a body signed by a trusted key.

use crate::body::Body;
use crate::key::KeyId;
use crate::keys::{KeySet, TrustedKey};
use crate::lines::BodyError;
use crate::note::{Note, NoteError};
use crate::refusal::Refusal;
use crate::signing::{SignatureError, VerifiedSignature};
use zkmargin_params::Role;

/// Why a note is not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A signature of a known key does not verify.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// No signature counts. One reason per signature line.
    #[error("no trusted signature: {}", join(.0))]
    Untrusted(Vec<Refusal>),
    /// Signed, but not the body expected.
    #[error(transparent)]
    Body(#[from] BodyError),
}

fn join(refusals: &[Refusal]) -> String {
    refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join("; ")
}

/// A trusted signer whose signature verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Name of the key.
    pub name: String,
    /// Key id.
    pub id: KeyId,
    /// Role of the key.
    pub role: Role,
    /// For a witness, when it says it saw the note, in seconds since 1970.
    pub cosigned_at: Option<u64>,
}

/// A body that a trusted key of its role has signed. Only [`KeySet::open`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened<T> {
    body: T,
    note: Note,
    signers: Vec<Signer>,
    refused: Vec<Refusal>,
}

impl<T> Opened<T> {
    /// The body.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The note, to keep or to show to others.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Who signed: each key once, including witnesses.
    pub fn signers(&self) -> &[Signer] {
        &self.signers
    }

    /// Witnesses that cosigned.
    pub fn witnesses(&self) -> impl Iterator<Item = &Signer> {
        self.signers.iter().filter(|s| s.role == Role::Witness)
    }

    /// Signatures that do not count, and why.
    pub fn refused(&self) -> &[Refusal] {
        &self.refused
    }
}

/// Whether a key's signature counts on a body.
fn check<T: Body>(key: &TrustedKey, body: &T, at_ms: u64) -> Result<(), Refusal> {
    key.check_time(at_ms)?;
    let name = || key.key().name().to_owned();
    if key.role() != T::ROLE && key.role() != Role::Witness {
        return Err(Refusal::WrongRole { name: name(), role: key.role(), needed: T::ROLE });
    }
    match (key.venue(), body.venue()) {
        (Some(speaks_for), Some(named)) if speaks_for != named => Err(Refusal::OtherVenue {
            name: name(),
            speaks_for: speaks_for.to_owned(),
            named: named.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// Adds a signer; for one that cosigned twice, keeps the later time.
fn add(signers: &mut Vec<Signer>, verified: &VerifiedSignature<'_>, role: Role) {
    let (name, cosigned_at) = (verified.key.name(), verified.cosigned_at);
    match signers.iter_mut().find(|s| s.name == name) {
        Some(signer) => signer.cosigned_at = signer.cosigned_at.max(cosigned_at),
        None => {
            let id = verified.key.id();
            signers.push(Signer { name: name.to_owned(), id, role, cosigned_at });
        }
    }
}

impl KeySet {
    /// Opens a note: parses it, verifies every signature by a key of this set, and demands one by a key that is trusted
    /// at `at_ms`, has the body's role and speaks for the body's venue.
    ///
    /// `at_ms` is in milliseconds since 1970; see [`TrustedKey::check_time`] for which time to pass.
    ///
    /// # Errors
    /// [`OpenError`]. A signature that does not verify under a key of this set makes the note refused, even alongside
    /// good ones.
    pub fn open<T: Body>(&self, note: &[u8], at_ms: u64) -> Result<Opened<T>, OpenError> {
        let note = Note::parse(note)?;
        let keys: Vec<_> = self.keys().iter().map(TrustedKey::key).collect();
        let verified = note.verify_each(&keys)?;
        let unknown =
            |s: &crate::Signature| Refusal::UnknownKey { name: s.name().to_owned(), id: s.id() };
        // Text that nobody known has signed is not even read.
        if verified.iter().all(Option::is_none) {
            return Err(OpenError::Untrusted(note.signatures().iter().map(unknown).collect()));
        }
        let body = T::parse(note.text())?;
        let (mut signers, mut refused) = (Vec::new(), Vec::new());
        for (signature, verified) in note.signatures().iter().zip(&verified) {
            let trusted = verified.as_ref().and_then(|v| Some((v, self.get(v.key.name())?)));
            let Some((verified, key)) = trusted else {
                refused.push(unknown(signature));
                continue;
            };
            match check(key, &body, at_ms) {
                Ok(()) => add(&mut signers, verified, key.role()),
                Err(refusal) => refused.push(refusal),
            }
        }
        if signers.iter().any(|s| s.role == T::ROLE) {
            Ok(Opened { body, note, signers, refused })
        } else {
            Err(OpenError::Untrusted(refused))
        }
    }
}
