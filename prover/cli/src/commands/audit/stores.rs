//! Stores and runs of `zkmargin audit`: opening them, and what can be wrong with them.

use crate::database;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::resolve;
use crate::shared::Global;
use std::num::NonZeroUsize;
use std::path::Path;
use zkmargin_audit::{ExpectError, Expected, JudgeError, RunError, Store, StoreError};
use zkmargin_circuit::KeyCache;
use zkmargin_storage::DatabaseError;

/// Number of markets whose keys are kept at once. A run goes through markets in order, so few are needed.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

pub fn keys(global: &Global) -> KeyCache {
    KeyCache::new(resolve::params(global), CACHED_KEYS)
}

pub fn workers(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    asked.unwrap_or(cores)
}

fn must_exist(path: &Path) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let failure = Failure::new(Exit::Io, "CannotRead", "there is no such store");
    Err(failure.in_file(&path.display().to_string()).help("`audit ingest` creates one"))
}

/// Opens an existing store for reading.
pub fn open(path: &Path) -> Result<Store> {
    must_exist(path)?;
    Store::open_read_only(path).map_err(|e| store_failure(&e, path))
}

/// Opens an existing store to append to its log.
pub fn open_to_append(path: &Path) -> Result<Store> {
    must_exist(path)?;
    // Another kind of file, or an empty one, is not made a store of.
    drop(open(path)?);
    Store::open(path).map_err(|e| store_failure(&e, path))
}

pub fn store_failure(error: &StoreError, path: &Path) -> Failure {
    match error {
        StoreError::Database(e @ DatabaseError::Tables(_)) => {
            database::failure("AuditDamaged", e, path)
        }
        StoreError::Database(e) => database::failure("AuditStore", e, path),
        StoreError::Submitter(_) => Failure::usage(error.to_string()),
        StoreError::Clock { .. } => Failure::new(Exit::Policy, "AuditClock", error.to_string())
            .in_file(&path.display().to_string())
            .help("set the clock right; if an earlier receipt has a wrong time, start a new store from `audit export`"),
        StoreError::Damaged(_) | StoreError::Index(_) | StoreError::Manifest => {
            Failure::new(Exit::Malformed, "AuditDamaged", error.to_string())
                .in_file(&path.display().to_string())
                .help("keep the file as it is, and restore the store from a copy")
        }
    }
}

fn database_failure(error: &DatabaseError, path: &Path) -> Failure {
    let forged = matches!(error, DatabaseError::Tables(_));
    database::failure(if forged { "AuditRunForged" } else { "AuditRun" }, error, path)
}

pub fn expect_failure(error: ExpectError, store: &Path) -> Failure {
    let text = error.to_string();
    match error {
        ExpectError::Store(e) => store_failure(&e, store),
        ExpectError::Note(_) | ExpectError::OtherManifest(_) => {
            Failure::new(Exit::Policy, "ManifestNote", text)
        }
        ExpectError::Keys(e) => Failure::new(Exit::Malformed, e.code.as_str(), text),
        ExpectError::Manifest(e) => Failure::new(Exit::Malformed, e.code.as_str(), text),
        ExpectError::Due { .. } => Failure::new(Exit::Malformed, "ManifestDue", text),
        ExpectError::OtherDue { .. } => Failure::new(Exit::Policy, "ManifestOtherDue", text)
            .help("if the list is right, write its figure into the manifest's `due`"),
        ExpectError::NameTaken(_) => Failure::new(Exit::Policy, "ManifestName", text)
            .help("a store is append-only: give the new manifest a different name"),
        ExpectError::Unknown(_) => Failure::new(Exit::Usage, "ManifestUnknown", text),
    }
}

pub fn run_failure(error: RunError, store: &Path, run: &Path) -> Failure {
    let text = error.to_string();
    match error {
        RunError::Store(e) => store_failure(&e, store),
        RunError::Run(e) => database_failure(&e, run),
        RunError::Other { .. } => Failure::new(Exit::Usage, "AuditOtherRun", text)
            .in_file(&run.display().to_string())
            .help("name another file with --run"),
        RunError::Uncovered { .. } => Failure::new(Exit::Policy, "AuditUncovered", text)
            .in_file(&run.display().to_string())
            .help("the file was changed; start a new run with another one"),
        RunError::Forged(_) => Failure::new(Exit::Malformed, "AuditRunForged", text)
            .in_file(&run.display().to_string()),
        RunError::Changed { .. } => Failure::new(Exit::Policy, "AuditRunChanged", text)
            .in_file(&run.display().to_string())
            .help("keep the file, find out who changed it, and start a new run with another file"),
        RunError::NotRecorded => Failure::new(Exit::Policy, "AuditRunNotRecorded", text)
            .in_file(&run.display().to_string())
            .help(
                "`audit run` on the finished run, or `audit merge`, appends its record to the log",
            ),
        RunError::Unfinished => {
            Failure::new(Exit::Usage, "AuditUnfinished", text).in_file(&run.display().to_string())
        }
        RunError::OtherLog => {
            Failure::new(Exit::Policy, "AuditOtherLog", text).in_file(&run.display().to_string())
        }
        RunError::Judge(e) => judge_failure(e, store),
    }
}

pub fn judge_failure(error: JudgeError<StoreError>, store: &Path) -> Failure {
    match error {
        JudgeError::Verify(e) => e.into(),
        JudgeError::Evidence(e) => store_failure(&e, store),
    }
}

pub fn expected(store: &Store, name: Option<&str>, path: &Path) -> Result<Expected> {
    store.expected(name).map_err(|e| expect_failure(e, path))
}

/// What arrived after the log that a run covers; empty if nothing did.
pub fn later_line(entries: u64, proofs: u64) -> Option<String> {
    let line = || format!("arrived later, not covered: entries {entries}, proofs {proofs}");
    (entries > 0).then(line)
}

/// Whether a file and its folder can be written to, as SQLite requires.
pub fn is_writable(path: &Path) -> bool {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::OpenOptions::new().append(true).open(path).is_ok()
        && tempfile::Builder::new().prefix(".zkmargin-").tempfile_in(folder).is_ok()
}
