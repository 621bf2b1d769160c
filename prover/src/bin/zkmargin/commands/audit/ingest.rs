//! `zkmargin audit ingest`.

use super::store_failure;
use crate::arguments::Global;
use crate::audit_arguments::Ingest;
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::resolve::now_ms;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use zkmargin_audit::{
    Added, ColumnsError, Ingest as Adding, Store, StoreError, Unrecognised, columns,
};
use zkmargin_verifier::MAX_JSON_BYTES;

/// Files of a transaction: what a kill can undo.
const TRANSACTION: usize = 4096;

/// Bytes of Parquet rows that are kept for one transaction.
const TRANSACTION_BYTES: usize = 64 << 20;

/// Refused files that are listed.
const LISTED: usize = 20;

/// Why a snapshot is refused whose schedule nobody handed in.
const NO_SCHEDULE: &str = "its schedule is not in the store";

/// Longest file that is ingested: a schedule.
const MAX_FILE: u64 = 16 << 20;

/// What became of the files.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, u64>,
    refused: Vec<(String, String)>,
    refusals: u64,
}

impl Tally {
    /// Counts; gives the file back whose schedule may still come. What is refused, the receipt says.
    fn add(&mut self, ingest: &mut Adding<'_>, name: &str, bytes: &[u8], added: Added) -> bool {
        let what = match added {
            Added::Proof => "proofs",
            Added::Unsupported(_) => "unsupported",
            Added::Evidence(kind) => kind.name(),
            Added::Known => "known",
            Added::Refused(Unrecognised::NoSchedule(_)) => return true,
            Added::Refused(reason) => {
                let digest = Some(Sha256::digest(bytes).into());
                self.refuse(ingest, name, digest, reason.code(), reason.to_string());
                return false;
            }
        };
        *self.counts.entry(what).or_default() += 1;
        false
    }

    fn refuse(
        &mut self,
        ingest: &mut Adding<'_>,
        name: &str,
        sha256: Option<[u8; 32]>,
        code: &str,
        reason: String,
    ) {
        ingest.refuse(name, sha256, code, &reason);
        self.refusals += 1;
        if self.refused.len() < LISTED {
            self.refused.push((name.to_owned(), reason));
        }
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let name = path.display().to_string();
    move |e| Failure::new(Exit::Io, "CannotRead", e.to_string()).in_file(&name)
}

/// The files of a path, folders within it too, in order of their names.
fn files(path: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    let mut inside = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io(path))? {
        inside.push(entry.map_err(io(path))?.path());
    }
    inside.sort();
    inside.iter().try_for_each(|path| files(path, out))
}

/// Reads a file, or says why it is not one to read: a pipe could keep the others waiting for ever.
fn read(path: &Path) -> std::result::Result<Vec<u8>, String> {
    let text = |e: std::io::Error| e.to_string();
    if !path.metadata().map_err(text)?.is_file() {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(text)?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(text)?;
    Ok(bytes)
}

fn failed(store: &Path) -> impl Fn(StoreError) -> Failure + use<> {
    let store = store.to_owned();
    move |e| store_failure(&e, &store)
}

struct Work<'a> {
    a: &'a Ingest,
    store: Store,
    tally: Tally,
    bar: Bar,
    done: u64,
}

impl Work<'_> {
    /// Ingests a group of single files in one transaction; gives back those whose schedule is
    /// not there yet, unless this is the `last` time.
    fn group(&mut self, paths: &[PathBuf], last: bool) -> Result<Vec<PathBuf>> {
        let failed = failed(&self.a.store);
        let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
        let mut later = Vec::new();
        for path in paths {
            let name = path.display().to_string();
            self.done += 1;
            let bytes = match read(path) {
                Ok(bytes) => bytes,
                Err(reason) => {
                    self.tally.refuse(&mut ingest, &name, None, "CannotRead", reason);
                    continue;
                }
            };
            if bytes.len() as u64 > MAX_FILE {
                let reason = format!("longer than {MAX_FILE} bytes");
                self.tally.refuse(&mut ingest, &name, None, "TooLong", reason);
                continue;
            }
            let added = if self.a.sources { ingest.add_source(&bytes) } else { ingest.add(&bytes) };
            let added = added.map_err(&failed)?;
            if self.tally.add(&mut ingest, &name, &bytes, added) {
                match last {
                    false => later.push(path.clone()),
                    true => {
                        let digest = Some(Sha256::digest(&bytes).into());
                        let reason = format!("{NO_SCHEDULE}; ingest the schedule first");
                        self.tally.refuse(&mut ingest, &name, digest, "NoSchedule", reason);
                    }
                }
            }
        }
        ingest.commit().map_err(&failed)?;
        self.bar.set(self.done, "files".to_owned());
        Ok(later)
    }

    /// Ingests a file with one JSON object per line, some lines at a time.
    fn ndjson(&mut self, path: &Path) -> Result<()> {
        let failed = failed(&self.a.store);
        let mut reader = BufReader::new(File::open(path).map_err(io(path))?);
        let mut number = 0;
        loop {
            let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
            let mut lines = 0;
            while lines < TRANSACTION {
                let mut line = Vec::new();
                let limit = MAX_JSON_BYTES as u64 + 1;
                let n = (&mut reader).take(limit).read_until(b'\n', &mut line).map_err(io(path))?;
                if n == 0 {
                    break;
                }
                number += 1;
                lines += 1;
                let name = format!("{}:{number}", path.display());
                if line.len() as u64 >= limit && !line.ends_with(b"\n") {
                    let reason = format!("a line longer than {MAX_JSON_BYTES} bytes");
                    self.tally.refuse(&mut ingest, &name, None, "TooLong", reason);
                    // The rest of the line would be read as others.
                    reader.skip_until(b'\n').map_err(io(path))?;
                    continue;
                }
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let added = ingest.add(&line).map_err(&failed)?;
                if self.tally.add(&mut ingest, &name, &line, added) {
                    let digest = Some(Sha256::digest(&line).into());
                    let reason = NO_SCHEDULE.to_owned();
                    self.tally.refuse(&mut ingest, &name, digest, "NoSchedule", reason);
                }
            }
            ingest.commit().map_err(&failed)?;
            if lines == 0 {
                return Ok(());
            }
            self.done += lines as u64;
            self.bar.set(self.done, "lines".to_owned());
        }
    }

    /// Ingests the entries of a Parquet file, some at a time. What is damaged ends there; what was
    /// read before is taken in.
    fn parquet(&mut self, path: &Path) -> Result<()> {
        let (mut rows, mut bytes, mut first) = (Vec::new(), 0, 0);
        let read = columns::read_files(path, |kind, file, _| {
            bytes += file.len();
            rows.push((kind == "source", file));
            if rows.len() == TRANSACTION || bytes > TRANSACTION_BYTES {
                self.rows(path, first, &rows)?;
                first += rows.len();
                (rows, bytes) = (Vec::new(), 0);
            }
            Ok(())
        });
        self.rows(path, first, &rows)?;
        match read {
            Ok(()) => Ok(()),
            Err(RowsError::Failure(failure)) => Err(failure),
            Err(RowsError::Columns(e)) => {
                let failed = failed(&self.a.store);
                let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
                let name = path.display().to_string();
                self.tally.refuse(&mut ingest, &name, None, "AuditParquet", e.to_string());
                ingest.commit().map_err(&failed)
            }
        }
    }

    fn rows(&mut self, path: &Path, first: usize, rows: &[(bool, Vec<u8>)]) -> Result<()> {
        let failed = failed(&self.a.store);
        let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
        for (row, (is_source, bytes)) in (first..).zip(rows) {
            let added = if *is_source { ingest.add_source(bytes) } else { ingest.add(bytes) };
            let name = format!("{} row {row}", path.display());
            if self.tally.add(&mut ingest, &name, bytes, added.map_err(&failed)?) {
                let digest = Some(Sha256::digest(bytes).into());
                let reason = NO_SCHEDULE.to_owned();
                self.tally.refuse(&mut ingest, &name, digest, "NoSchedule", reason);
            }
        }
        ingest.commit().map_err(&failed)?;
        self.done += rows.len() as u64;
        self.bar.set(self.done, "entries".to_owned());
        Ok(())
    }
}

/// Why rows of a Parquet file are not read on.
enum RowsError {
    Columns(ColumnsError),
    Failure(Failure),
}

impl From<ColumnsError> for RowsError {
    fn from(error: ColumnsError) -> Self {
        Self::Columns(error)
    }
}

impl From<Failure> for RowsError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// Takes files into a store.
pub fn run(a: &Ingest, global: &Global) -> Result<Outcome> {
    let mut paths = Vec::new();
    a.paths.iter().try_for_each(|path| files(path, &mut paths))?;
    let extension = |path: &Path, of: &str| path.extension().is_some_and(|e| e == of);
    let (tables, rest): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| columns::is_parquet(path));
    let (lines, single): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|path| extension(path, "ndjson") || extension(path, "jsonl"));
    let store = Store::open(&a.store).map_err(|e| store_failure(&e, &a.store))?;
    let bar = Bar::counting(!global.quiet && !global.json, single.len() as u64);
    let mut work = Work { a, store, tally: Tally::default(), bar, done: 0 };
    let mut later = Vec::new();
    for group in single.chunks(TRANSACTION) {
        later.extend(work.group(group, false)?);
    }
    // Snapshots that came before their schedules; what is left then has none.
    for group in later.chunks(TRANSACTION) {
        work.group(group, true)?;
    }
    tables.iter().try_for_each(|path| work.parquet(path))?;
    lines.iter().try_for_each(|path| work.ndjson(path))?;
    let head = work.store.head().map_err(|e| store_failure(&e, &a.store))?;
    let tally = &work.tally;
    let mut text: Vec<(&str, String)> =
        tally.counts.iter().map(|(what, count)| (*what, count.to_string())).collect();
    text.push(("refused", tally.refusals.to_string()));
    text.push(("log", format!("{} entries, root {}", head.size, hex::encode(head.root))));
    let mut shown = lines_of(&text);
    for (file, reason) in &tally.refused {
        shown.push_str(&format!("refused {file}: {reason}\n"));
    }
    let result = json!({
        "added": tally.counts,
        "refused": tally.refusals,
        "first_refused": tally.refused.iter()
            .map(|(file, reason)| json!({ "file": file, "reason": reason })).collect::<Vec<_>>(),
        "log": { "size": head.size, "root": hex::encode(head.root) },
    });
    let mut outcome = Outcome::done(shown, result);
    if tally.refusals > 0 {
        outcome.exit = Exit::Malformed;
        let message = format!("{} files were not taken in; the others were", tally.refusals);
        outcome.reason = Some(("AuditRefused", message));
    }
    Ok(outcome)
}
