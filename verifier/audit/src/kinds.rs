//! Kinds of entries that are no evidence, by the names that the log has for them. Those of evidence are the names of
//! [`EvidenceKind`](crate::EvidenceKind).

/// A proof.
pub(crate) const PROOF: &str = "proof";
/// A proof that no version of the program that had the store could read when it came.
pub(crate) const UNSUPPORTED: &str = "unsupported";
/// What a transaction took in.
pub(crate) const RECEIPT: &str = "receipt";
/// A manifest that was taken in.
pub(crate) const EXPECT: &str = "expect";
/// A run that has ended.
pub(crate) const RUN: &str = "run";

/// Kinds that the store itself writes.
pub(crate) const OWN: [&str; 3] = [RECEIPT, EXPECT, RUN];

/// Whether a kind of entry is the store's own.
pub(crate) fn is_own(kind: &str) -> bool {
    OWN.contains(&kind)
}

/// Whether an entry of a kind is to have a verdict.
pub(crate) fn is_proof(kind: &str) -> bool {
    [PROOF, UNSUPPORTED].contains(&kind)
}
