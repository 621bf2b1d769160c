//! Signed notes: who says what about a market, a ledger or an account, in human-readable text.
//!
//! A [`Note`] is a [C2SP signed note](https://c2sp.org/signed-note): text, a blank line and one
//! line per signature. What this project signs is a [`Body`], a typed struct with exactly one text:
//!
//! | body | who signs | what it says |
//! |---|---|---|
//! | [`ScheduleNote`] | venue | this is my rule book |
//! | [`SnapshotNote`] | venue | these are my marks, at this time, with this number |
//! | [`LedgerCheckpoint`] | venue | these are my accounts, at this epoch |
//! | [`EnrolmentNote`] | venue | this pseudonym is a client, with this many margin accounts |
//! | [`AttestationNote`] | attester | I checked the account behind this commitment |
//! | [`SourceNote`] | price source | these are my prices, or those of a message that I checked |
//! | [`ManifestNote`] | auditor | these proofs are due |
//! | [`ReportNote`] | auditor | this is my report |
//! | [`ReconciliationNote`] | attester | these margin figures were compared, with this result |
//!
//! A [`KeySet`] says which keys are trusted for what and when. [`KeySet::open`] is the entry point for everything from
//! outside: it returns an [`Opened`] body or a reason. [`sequence`] finds notes that contradict each other.
//! `docs/notes.md` specifies every text.

#![forbid(unsafe_code)]

mod attestation;
mod body;
mod checkpoint;
mod encoding;
mod enrolment;
mod key;
mod keys;
mod lines;
mod manifest;
mod market;
mod note;
mod open;
mod reconciliation;
mod refusal;
mod report;
pub mod sequence;
mod signing;
mod source;

pub use attestation::AttestationNote;
pub use body::Body;
pub use checkpoint::{Checkpoint, LedgerCheckpoint, MAX_ACCOUNTS};
pub use enrolment::EnrolmentNote;
pub use key::{KeyError, KeyId, KeyKind, MAX_KEY_NAME_BYTES, SignerKey, VerifierKey};
pub use keys::{KeySet, MAX_KEYS, TrustedKey};
pub use lines::{BodyError, BodyProblem, Lines, MAX_LINE_BYTES};
pub use manifest::ManifestNote;
pub use market::{FileMismatch, ScheduleNote, SnapshotNote};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError, Signature};
pub use open::{OpenError, Opened, Signer};
pub use reconciliation::ReconciliationNote;
pub use refusal::Refusal;
pub use report::{MAX_REPORT_FILES, ReportNote};
pub use signing::{SignError, SignatureError, VerifiedSignature};
pub use source::{Imported, MAX_SOURCE_PRICES, MAX_SOURCE_SIGNERS, SourceNote, SourceNotePrice};
pub use zkmargin_params::{KeysFile, Role};
