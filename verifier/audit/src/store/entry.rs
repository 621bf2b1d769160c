//! Entries of the log, and how their proofs are assigned to subjects and shards.

use crate::tlog::Hash;
use sha2::{Digest as _, Sha256};
use zkmargin_model::digest::Digest;
use zkmargin_model::statement::{AccountReference, Statement};

/// Size and root of the log. Its text is both, the root in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl std::fmt::Display for LogHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.size, hex::encode(self.root))
    }
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number in the log.
    pub number: u64,
    /// `proof`, `unsupported`, or the name of an [`EvidenceKind`](crate::EvidenceKind).
    pub kind: String,
    /// Digest of the file.
    pub digest: Digest,
    /// Who submitted it.
    pub submitter: String,
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Whom a proof is about, for a list of what is due: the pseudonym of an account in a ledger, or the account's
/// commitment.
pub fn subject(statement: &Statement) -> Digest {
    match statement.account {
        AccountReference::Commitment(account) => account.to_bytes(),
        AccountReference::Ledger { pseudonym, .. } => pseudonym.to_bytes(),
    }
}

/// Which of the subject's accounts a proof is about: its nullifier in the period, or the account's
/// commitment.
pub fn holding(statement: &Statement) -> Digest {
    match statement.account {
        AccountReference::Commitment(account) => account.to_bytes(),
        AccountReference::Ledger { nullifier, .. } => nullifier.to_bytes(),
    }
}

/// Slots by which proofs are assigned to shards. All proofs of one subject and epoch are in the same slot.
pub const SLOTS: u32 = 1 << 16;

/// The slot of a subject in an epoch.
pub fn slot(epoch: u64, subject: &Digest) -> u32 {
    let hash = Sha256::new().chain_update(epoch.to_le_bytes()).chain_update(subject).finalize();
    u32::from(u16::from_le_bytes([hash[0], hash[1]]))
}
