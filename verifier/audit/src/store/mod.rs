//! The store of record: every file that was ingested, in order, and the log over them.
//!
//! One SQLite file, synced at every commit. Tables are append-only: triggers refuse every change and deletion. They are
//! only an index: everything said about the store is computed from the entries of the log.
//!
//! All of the crate's SQL is here: the other modules see rows as structs.
//!
//! | module | what |
//! |---|---|
//! | `open`, `handle` | files, opened to write or to read |
//! | `append` | transactions that add entries |
//! | `query`, `view`, `files` | entries and evidence, looked up |
//! | `nodes`, `own`, `proof`, `entry` | the tree, the store's own entries, rows of proofs |
//! | `check`, `check_entry` | the whole log, compared with the tables |
//! | `due` | manifests, their periods, and what is due |
//! | `page`, `run_file`, `verdicts` | proofs to be judged, the file of a run, its verdicts |
//! | `findings`, `exceptions` | what verdicts and what is due say together |

mod append;
mod check;
mod check_entry;
mod due;
mod entry;
mod error;
mod exceptions;
mod files;
mod findings;
mod handle;
mod integers;
mod nodes;
mod open;
mod own;
mod page;
mod proof;
mod query;
mod run_file;
mod verdicts;
mod view;

pub use append::{Added, Ingest, RECEIPT_SKEW_MS};
pub use entry::{Entry, LogHead, SLOTS, holding, slot, subject};
pub use error::StoreError;
pub use view::View;

pub(crate) use due::{FoundManifest, ManifestId, ManifestRow, PeriodId};
pub(crate) use exceptions::ExceptionalProof;
pub(crate) use page::Stored;
pub(crate) use run_file::{Held, RunFile, RunFileError, RunWriter, Stage};
pub(crate) use verdicts::Verdicts;

use crate::receipts::Receipts;
use crate::schedules::Schedules;
use handle::Handle;
use std::cell::RefCell;

/// An auditor's store.
#[derive(Debug)]
pub struct Store {
    connection: Handle,
    schedules: RefCell<Schedules>,
    receipts: RefCell<Receipts>,
}
