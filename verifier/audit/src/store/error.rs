//! Why a store cannot be used.

use zkmargin_model::names::NameError;
use zkmargin_params::format_utc;
use zkmargin_storage::database::DatabaseError;

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Contents that differ from what was ingested.
    #[error("entry {0} is not what was ingested: the store was changed or is damaged")]
    Damaged(u64),
    /// A submitter whose name is not in the alphabet of names.
    #[error("the submitter's name {0}")]
    Submitter(NameError),
    /// Indexes that do not match their tables, rows without an entry, or damaged pages.
    #[error("the tables do not match the log ({0}): the store was changed or is damaged")]
    Index(String),
    /// A manifest or list that differs from what was imported.
    #[error(
        "a manifest or its list of what is due is not what was imported: the store was changed or is damaged"
    )]
    Manifest,
    /// A clock that is behind the last receipt.
    #[error(
        "the clock says {}, but the last receipt is dated {}: receipts do not go back in time",
        format_utc(*now_ms),
        format_utc(*last_ms)
    )]
    Clock {
        /// The time now, milliseconds since 1970.
        now_ms: u64,
        /// The time of the last receipt.
        last_ms: u64,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}
