//! Checks zkmargin proofs.
//!
//! A proof file is an [`Envelope`](zkmargin_model::envelope::Envelope): a statement with named fields, and proof bytes.
//! [`check_proof`] says whether the proof shows its statement about the caller's market; `check_batch` does so for many
//! proofs. That is not yet a verdict: who vouches for the market and the account, whom the proof is for and how old
//! everything is are matters of policy, which `zkmargin-policy` decides.
//!
//! Lengths, digests, claim and circuit are all checked before any key is generated.

#[cfg(feature = "multicore")]
mod batch;
mod check;
mod invalid;

#[cfg(feature = "multicore")]
pub use batch::{BatchItem, check_batch};
pub use check::{VerifyFailure, check_proof};
pub use invalid::Invalid;
