//! What can go wrong, short of a verdict.

use zkmargin_model::digest::RegistryDigest;
use zkmargin_model::envelope::EnvelopeError;
use zkmargin_params::{FileError, TwoMeanings};
use zkmargin_verifier::VerifyFailure;

/// An operation that produced no result. A wrong proof is not an error but a verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A JSON file, with its place and what to do.
    #[error(transparent)]
    File(#[from] FileError),
    /// Two different demands on the same thing in a policy.
    #[error("the policy makes two different demands on the {0}; make each demand once")]
    Repeated(&'static str),
    /// An account at a market in which an id that it may hold means something else.
    #[error(
        "the account was read under another schedule: {0}; read the account's file again under this market"
    )]
    TwoMeanings(#[from] TwoMeanings),
    /// An account at a market of another numbering: its figures would mean something else.
    #[error(
        "the account was read under registry {read_under}, and the market has registry {given}; read the account's file again under this market"
    )]
    OtherRegistry {
        /// Registry digest of the market that the account was read under.
        read_under: RegistryDigest,
        /// Registry digest of the market given.
        given: RegistryDigest,
    },
    /// An account that cannot be committed to.
    #[error(transparent)]
    Account(#[from] zkmargin_model::portfolio::MarginError),
    /// Bytes that are not a proof file.
    #[error(transparent)]
    Proof(#[from] EnvelopeError),
    /// No verdict could be reached. This says nothing about the proof.
    #[error(transparent)]
    Verify(#[from] VerifyFailure),
    /// The verifier's memory cannot be used.
    #[error("the verifier's memory cannot be used: {0}")]
    Memory(String),
    /// No proof could be made.
    #[cfg(feature = "std")]
    #[error(transparent)]
    Prove(#[from] zkmargin_prover::ProveError),
    /// An audience or purpose that a proof cannot name.
    #[error(transparent)]
    Context(#[from] zkmargin_model::context::ContextError),
    /// Secrets that anyone could guess.
    #[error(transparent)]
    Secrets(#[from] zkmargin_model::secrets::SecretsError),
    /// The operating system gave no randomness.
    #[error("no randomness from the operating system: {0}")]
    Random(String),
}
