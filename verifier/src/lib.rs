//! Checks zkmargin proofs.
//!
//! A proof file is an [`Envelope`](zkmargin_model::envelope::Envelope): a statement made of named fields, and proof bytes. [`check_proof`] says
//! whether the proof shows its statement about a market that the caller has; `check_batch` says it of many. That is
//! no verdict yet: who vouches for the market and for the account, for whom the proof is and how old everything is
//! belongs to a policy, which `zkmargin-policy` decides.
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
