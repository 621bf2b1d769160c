//! `zkmargin audit`.

mod export;
mod ingest;
mod log;
mod manifest;
mod report;
mod stream;
mod verdicts;
mod walk;

use crate::arguments::Global;
use crate::audit_arguments::{Audit, Log};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use std::num::NonZeroUsize;
use std::path::Path;
use zkmargin_audit::{ExpectError, Expected, JudgeError, RunError, Store, StoreError};
use zkmargin_circuit::KeyCache;
use zkmargin_storage::DatabaseError;

/// Runs one of the commands.
pub fn run(command: &Audit, global: &Global) -> Result<Outcome> {
    match command {
        Audit::Ingest(a) => ingest::run(a, global),
        Audit::Sign(a) => manifest::sign(a),
        Audit::Expect(a) => manifest::expect(a),
        Audit::Missing(a) => manifest::missing(a),
        Audit::Run(a) => verdicts::run(a, global),
        Audit::Merge(a) => verdicts::merge(a, global),
        Audit::Report(a) => report::run(a, global),
        Audit::Export(a) => export::run(a, global),
        Audit::Log(Log::Checkpoint { store, origin, signer, output }) => {
            log::checkpoint(store, origin, signer, output)
        }
        Audit::Log(Log::Prove { store, file, checkpoint, output }) => {
            log::prove(store, file, checkpoint, output)
        }
        Audit::Log(Log::Check { proof, file, origin, keys }) => {
            log::check(proof, file, origin, keys)
        }
        Audit::Log(Log::Verify { store, checkpoint, origin, keys }) => {
            let older = checkpoint.as_deref().zip(origin.as_deref()).zip(keys.as_deref());
            log::verify(store, older, global)
        }
    }
}

/// Markets whose keys are kept at once. A run goes through markets in order, so few are needed.
const CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(64).unwrap();

fn keys(global: &Global) -> KeyCache {
    KeyCache::new(crate::resolve::params(global), CACHED_KEYS)
}

fn workers(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    asked.unwrap_or(cores)
}

/// Opens a store that must be there.
fn open(path: &Path) -> Result<Store> {
    if !path.exists() {
        let failure = Failure::new(Exit::Io, "CannotRead", "there is no such store");
        return Err(failure.in_file(&path.display().to_string()).help("`audit ingest` makes one"));
    }
    Store::open(path).map_err(|e| store_failure(&e, path))
}

fn store_failure(error: &StoreError, path: &Path) -> Failure {
    match error {
        StoreError::Database(e) => Failure::database("AuditStore", e, path),
        StoreError::Submitter(_) => Failure::usage(error.to_string()),
        StoreError::Damaged(_) | StoreError::Manifest => {
            Failure::new(Exit::Malformed, "AuditDamaged", error.to_string())
                .in_file(&path.display().to_string())
                .help("keep the file as it is, and restore the store from a copy")
        }
    }
}

fn database_failure(error: &DatabaseError, path: &Path) -> Failure {
    Failure::database("AuditRun", error, path)
}

fn expect_failure(error: ExpectError, store: &Path) -> Failure {
    let text = error.to_string();
    match error {
        ExpectError::Store(e) => store_failure(&e, store),
        ExpectError::Note(_) | ExpectError::OtherManifest(_) => {
            Failure::new(Exit::Policy, "ManifestNote", text)
        }
        ExpectError::Manifest(e) => Failure::new(Exit::Malformed, e.code.as_str(), text),
        ExpectError::Due { .. } => Failure::new(Exit::Malformed, "ManifestDue", text),
        ExpectError::OtherDue { .. } => Failure::new(Exit::Policy, "ManifestOtherDue", text)
            .help("write the list's own figure into the manifest's `due`, if the list is right"),
        ExpectError::NameTaken(_) => Failure::new(Exit::Policy, "ManifestName", text)
            .help("a store is append-only: give the new manifest a name of its own"),
        ExpectError::Unknown(_) => Failure::new(Exit::Usage, "ManifestUnknown", text),
    }
}

fn run_failure(error: RunError, store: &Path, run: &Path) -> Failure {
    let text = error.to_string();
    match error {
        RunError::Store(e) => store_failure(&e, store),
        RunError::Run(e) => database_failure(&e, run),
        RunError::Other { .. } => Failure::new(Exit::Usage, "AuditOtherRun", text)
            .in_file(&run.display().to_string())
            .help("name another file with --run"),
        RunError::OtherLog => {
            Failure::new(Exit::Policy, "AuditOtherLog", text).in_file(&run.display().to_string())
        }
        RunError::Judge(e) => judge_failure(e, store),
    }
}

fn judge_failure(error: JudgeError<StoreError>, store: &Path) -> Failure {
    match error {
        JudgeError::Verify(e) => e.into(),
        JudgeError::Evidence(e) => store_failure(&e, store),
    }
}

fn expected(store: &Store, name: Option<&str>, path: &Path) -> Result<Expected> {
    store.expected(name).map_err(|e| expect_failure(e, path))
}
