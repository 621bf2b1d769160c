//! Verifies zkmargin proofs.
//!
//! A proof file is an [`Envelope`]: a statement made of named fields, and proof bytes. [`verify`]
//! checks it against a market that the caller has, and against a [`Policy`] that says what the
//! caller demands. Only a proof whose market and account the policy pins is [`Verdict::Valid`]; a
//! proof checked against rules and prices that came along with it says nothing.
//!
//! Lengths, digests, policy, claim and circuit are all checked before any key is generated.

mod batch;
mod envelope;
mod json;
mod policy;
mod verdict;
mod verify;

pub use batch::{BatchItem, verify_batch};
pub use envelope::{
    Envelope, EnvelopeError, FORMAT_VERSION, MAGIC, MAX_ENVELOPE_BYTES, MAX_JSON_BYTES,
    MAX_PROOF_BYTES, MAX_STATEMENT_BYTES, file_digest,
};
pub use json::{JSON_FORMAT, JsonError};
pub use policy::{Anchor, Mismatch, Policy};
pub use verdict::{Invalid, NotChecked, Report, Verdict};
pub use verify::{VerifyFailure, public_inputs, verify};
