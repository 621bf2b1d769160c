//! Errors that stop a run.

use crate::judge::JudgeError;
use crate::store::{RunFileError, StoreError};
use zkmargin_storage::database::DatabaseError;

/// Errors that stop a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run's own file.
    #[error("run: {0}")]
    Run(DatabaseError),
    /// The file holds another run.
    #[error("the file holds another run: its {what} is {found}, not {expected}")]
    Other {
        /// `manifest`, `log`, `build`, `circuits` or `shard`.
        what: &'static str,
        /// In the file.
        found: String,
        /// Of this run.
        expected: String,
    },
    /// A file whose tables are not a run's.
    #[error("the file holds {0}: it is not a run as this program writes one")]
    Forged(&'static str),
    /// The verdicts are not those the log records for this run.
    #[error(
        "the run's verdicts are not those recorded for it in the log: {found} here, {recorded} in entry {entry}"
    )]
    Changed {
        /// Number and digest of the verdicts in the file.
        found: String,
        /// Those of the record.
        recorded: String,
        /// The record's number in the log.
        entry: u64,
    },
    /// The log has no record of this run.
    #[error("the store's log has no record of this run")]
    NotRecorded,
    /// A finished run that does not have one verdict for each proof.
    #[error(
        "the run has finished without one verdict for each proof of its part: {done} verdicts, {of} proofs"
    )]
    Uncovered {
        /// Verdicts in the file.
        done: u64,
        /// Proofs of its part of the log.
        of: u64,
    },
    /// The run has not finished.
    #[error("the run has not finished; complete it first")]
    Unfinished,
    /// The store's log is not the one the run started with.
    #[error("the store's log is not the one this run started with")]
    OtherLog,
    /// No verdicts could be reached.
    #[error(transparent)]
    Judge(#[from] JudgeError<StoreError>),
}

impl From<RunFileError> for RunError {
    fn from(error: RunFileError) -> Self {
        match error {
            RunFileError::Database(error) => Self::Run(error),
            RunFileError::Forged(what) => Self::Forged(what),
        }
    }
}
