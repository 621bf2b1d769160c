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
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use zkmargin_audit::{Added, ColumnsError, Store, StoreError, Unrecognised, columns};
use zkmargin_model::counted;
use zkmargin_verifier::MAX_JSON_BYTES;

/// Files of a transaction: what a kill can undo.
const TRANSACTION: usize = 4096;

/// Bytes of Parquet rows that are kept for one transaction.
const TRANSACTION_BYTES: usize = 64 << 20;

/// Refused files that are listed.
const LISTED: usize = 20;

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
    /// Counts; gives the file back whose schedule may still come.
    fn add(&mut self, name: &str, added: Added) -> bool {
        let what = match added {
            Added::Proof => "proofs",
            Added::Unsupported(_) => "unsupported",
            Added::Evidence(kind) => kind.name(),
            Added::Known => "known",
            Added::Refused(Unrecognised::NoSchedule(_)) => return true,
            Added::Refused(reason) => {
                self.refuse(name, reason.to_string());
                return false;
            }
        };
        *self.counts.entry(what).or_default() += 1;
        false
    }

    fn refuse(&mut self, name: &str, reason: String) {
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
    /// not there yet.
    fn group(&mut self, paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
        let failed = failed(&self.a.store);
        let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
        let mut later = Vec::new();
        for path in paths {
            let name = path.display().to_string();
            self.done += 1;
            let bytes = match read(path) {
                Ok(bytes) => bytes,
                Err(reason) => {
                    self.tally.refuse(&name, reason);
                    continue;
                }
            };
            if bytes.len() as u64 > MAX_FILE {
                self.tally.refuse(&name, format!("longer than {MAX_FILE} bytes"));
                continue;
            }
            let added = if self.a.sources { ingest.add_source(&bytes) } else { ingest.add(&bytes) };
            if self.tally.add(&name, added.map_err(&failed)?) {
                later.push(path.clone());
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
                    self.tally.refuse(&name, format!("a line longer than {MAX_JSON_BYTES} bytes"));
                    // The rest of the line would be read as others.
                    reader.skip_until(b'\n').map_err(io(path))?;
                    continue;
                }
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                let added = ingest.add(&line).map_err(&failed)?;
                if self.tally.add(&name, added) {
                    self.tally.refuse(&name, "its schedule is not in the store".to_owned());
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
                self.tally.refuse(&path.display().to_string(), e.to_string());
                Ok(())
            }
        }
    }

    fn rows(&mut self, path: &Path, first: usize, rows: &[(bool, Vec<u8>)]) -> Result<()> {
        let failed = failed(&self.a.store);
        let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
        for (row, (is_source, bytes)) in (first..).zip(rows) {
            let added = if *is_source { ingest.add_source(bytes) } else { ingest.add(bytes) };
            let name = format!("{} row {row}", path.display());
            if self.tally.add(&name, added.map_err(&failed)?) {
                self.tally.refuse(&name, "its schedule is not in the store".to_owned());
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
        later.extend(work.group(group)?);
    }
    // Snapshots that came before their schedules; what is left then has none.
    for path in work.group(&later)? {
        let reason = "its schedule is not in the store; ingest the schedule first".to_owned();
        work.tally.refuse(&path.display().to_string(), reason);
    }
    tables.iter().try_for_each(|path| work.parquet(path))?;
    lines.iter().try_for_each(|path| work.ndjson(path))?;
    let head = work.store.head().map_err(|e| store_failure(&e, &a.store))?;
    let tally = &work.tally;
    let mut text: Vec<(&str, String)> =
        tally.counts.iter().map(|(what, count)| (*what, count.to_string())).collect();
    text.push(("refused", tally.refusals.to_string()));
    text.push((
        "log",
        format!("{}, root {}", counted(head.size, "entry", "entries"), hex::encode(head.root)),
    ));
    let mut shown = lines_of(&text);
    for (file, reason) in &tally.refused {
        shown.line(format!("refused {file}: {reason}"));
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
        let were = if tally.refusals == 1 { "was" } else { "were" };
        let files = counted(tally.refusals, "file", "files");
        let message = format!("{files} {were} not taken in; the others were");
        outcome.reason = Some(("AuditRefused", message));
    }
    Ok(outcome)
}
