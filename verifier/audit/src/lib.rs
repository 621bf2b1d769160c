//! An auditor's store of proofs and evidence, and what can be said about all of them.
//!
//! | module | what |
//! |---|---|
//! | [`Store`] | every file that was ingested, in an append-only SQLite file, with a tamper-evident log |
//! | [`Rules`], [`Expected`] | an auditor's signed manifest: which proofs are due, under which policies |
//! | [`Judge`] | the verdict on each of many proofs, by their evidence and one batch |
//! | [`Run`] | one verdict on every proof of a store, resumable, in shards |
//! | [`merge()`] | one run of many workers' verdicts |
//! | [`Findings`] | missing, duplicate, unexpected, stale, wrong-rule, invalid: counts and identities |
//! | [`report`] | the findings as HTML, JSON and CSV |
//! | [`tlog`], [`LogProof`] | RFC 6962 trees, and proofs that a file is in the log |
//! | [`columns`] | entries and verdicts as Parquet files, with the cargo feature `parquet` |
//!
//! `docs/audit.md` explains them together.

#![forbid(unsafe_code)]

pub mod columns;
mod due;
mod due_list;
mod evidence;
mod expect_error;
mod findings;
mod ingestion;
mod judge;
mod kinds;
mod memory;
mod merge;
mod own;
mod receipts;
mod recognise;
mod regular;
pub mod report;
mod rules;
mod run;
mod schedules;
mod status;
mod store;
pub mod tlog;
mod tlog_proof;

pub use columns::ColumnsError;
pub use due::{Expected, Missing};
pub use due_list::check_due;
pub use evidence::{Evidence, EvidenceFile, EvidenceKind, EvidenceStore};
pub use expect_error::ExpectError;
pub use findings::{
    Exception, ExceptionKind, Findings, FindingsError, PeriodFindings, Recomputed, Verdict,
};
pub use ingestion::{Ingestion, RefusedEntry};
pub use judge::{Judge, JudgeError, NoteTimes, Provenance, Submitted};
pub use memory::MemoryEvidence;
pub use merge::{MergeError, MergeOptions, Merged, WorkerVerdict, merge};
pub use own::{MergeRecord, RefusedFile, RunRecord, escape, unescape};
pub use recognise::{Recognised, Unrecognised, recognise};
pub use regular::{Links, open_regular};
pub use rules::{MAX_PERIODS, MAX_POLICIES, Period, Rules};
pub use run::{Build, Kept, Progress, Run, RunError, Shard, Subject, parse_shard};
pub use schedules::Named;
pub use status::{Judgement, Status};
pub use store::{
    Added, Entry, Ingest, LogHead, RECEIPT_SKEW_MS, SLOTS, Store, StoreError, View, holding, slot,
    subject,
};
pub use tlog_proof::{LogProof, LogProofError};
