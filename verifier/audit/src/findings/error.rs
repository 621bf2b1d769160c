//! Why there are no findings.

use crate::judge::JudgeError;
use crate::merge::MergeError;
use crate::run::RunError;
use crate::store::StoreError;

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The evidence.
    #[error(transparent)]
    Judge(#[from] JudgeError<StoreError>),
    /// The run has not finished.
    #[error("the run has not finished; complete it first")]
    Unfinished,
    /// The run covers only a part.
    #[error("the run is shard {0}; merge all shards first")]
    Part(String),
    /// Verdicts that are not those of the proofs.
    #[error(
        "the run does not hold exactly one verdict on each proof of its log, as this program judges them: {0}"
    )]
    Verdicts(Box<MergeError>),
    /// The manifest was imported by an earlier version, which kept no keys.
    #[error(
        "an earlier version imported the manifest and kept no keys, so it cannot be determined here who signed it"
    )]
    Signers,
    /// The list of exceptions cannot be written.
    #[error("the exceptions cannot be written: {0}")]
    Write(std::io::Error),
}

impl From<MergeError> for FindingsError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Store(e) => Self::Store(e),
            MergeError::Run(e) => Self::Run(e),
            other => Self::Verdicts(Box::new(other)),
        }
    }
}
