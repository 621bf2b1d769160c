//! Kinds of entries that are not evidence, by the names used in the log. For evidence, these are the names of
//! [`EvidenceKind`](crate::EvidenceKind).

/// A proof.
pub(crate) const PROOF: &str = "proof";
/// A proof that no program version that has opened the store could read at the time.
pub(crate) const UNSUPPORTED: &str = "unsupported";
/// What a transaction ingested.
pub(crate) const RECEIPT: &str = "receipt";
/// A manifest that was imported.
pub(crate) const EXPECT: &str = "expect";
/// A run that has ended.
pub(crate) const RUN: &str = "run";

/// Kinds that the store itself writes.
pub(crate) const OWN: [&str; 3] = [RECEIPT, EXPECT, RUN];

/// Whether a kind of entry is the store's own.
pub(crate) fn is_own(kind: &str) -> bool {
    OWN.contains(&kind)
}

/// Whether entries of this kind get a verdict.
pub(crate) fn is_proof(kind: &str) -> bool {
    [PROOF, UNSUPPORTED].contains(&kind)
}
