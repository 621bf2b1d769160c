//! Checks zkmargin proofs.
//!
//! A proof file is an [`Envelope`]: a statement made of named fields, and proof bytes. [`check_proof`] says
//! whether the proof shows its statement about a market that the caller has; [`check_batch`] says it of many. That is
//! no verdict yet: who vouches for the market and for the account, for whom the proof is and how old everything is
//! belongs to a policy, which `zkmargin-policy` decides.
//!
//! Lengths, digests, claim and circuit are all checked before any key is generated.

mod batch;
mod check;
mod envelope;
mod invalid;
mod json;

pub use batch::{BatchItem, check_batch};
pub use check::{VerifyFailure, check_proof, public_inputs};
pub use envelope::{
    Envelope, EnvelopeError, FORMAT_VERSION, MAGIC, MAX_ENVELOPE_BYTES, MAX_JSON_BYTES,
    MAX_PROOF_BYTES, MAX_STATEMENT_BYTES, file_digest,
};
pub use invalid::Invalid;
pub use json::{JSON_FORMAT, JsonError};
