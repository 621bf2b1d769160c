//! `zkmargin audit ingest`.

use super::stores::store_failure;
use super::stream::{self, MAX_FILE, Stream};
use super::walk::{Found, Walked};
use crate::commands::Run;
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{is_stream, name_of, one_stream};
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::resolve::now_ms;
use crate::shared::Global;
use clap::Args;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use zkmargin_audit::{
    Added, ColumnsError, Ingest as Adding, Store, StoreError, Unrecognised, columns, open_regular,
};
use zkmargin_model::counted;
use zkmargin_model::envelope::MAX_JSON_BYTES;

#[derive(Debug, Args)]
pub struct Ingest {
    /// Store, created if absent
    pub store: PathBuf,
    /// Files and folders: proofs, evidence, .ndjson with a JSON twin per line, .parquet; `-` for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Who submits them
    #[arg(long, value_name = "NAME", default_value = "unnamed")]
    pub submitter: String,
    /// The files are messages of price networks, whose bytes do not say so
    #[arg(long)]
    pub sources: bool,
}

impl Run for Ingest {
    fn name(&self) -> &'static str {
        "audit ingest"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        ingest(self, global)
    }
}

/// Number of files per transaction: the most that being killed can undo.
const TRANSACTION: usize = 4096;

/// Bytes of Parquet rows that are kept for one transaction.
const TRANSACTION_BYTES: usize = 32 << 20;

/// Number of refused files that are listed.
const LISTED: usize = 20;

/// Why a snapshot is refused if its schedule was not submitted.
const NO_SCHEDULE: &str = "its schedule is not in the store";

/// What became of the files.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, u64>,
    refused: Vec<(String, String)>,
    refusals: u64,
}

impl Tally {
    /// Counts the file; returns whether its schedule may still come. The receipt says what is refused.
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

/// Reads a file, or says why it should not be read.
fn read(found: &Found) -> std::result::Result<Vec<u8>, String> {
    let text = |e: std::io::Error| e.to_string();
    let mut bytes = Vec::new();
    let file = open_regular(&found.path, found.links).map_err(text)?;
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
    /// Ingests a group of single files in one transaction; returns those whose schedule is not there yet, unless this
    /// is the `last` time.
    fn group(&mut self, files: &[Found], last: bool) -> Result<Vec<Found>> {
        let failed = failed(&self.a.store);
        let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
        let mut later = Vec::new();
        for file in files {
            let name = file.path.display().to_string();
            self.done += 1;
            let bytes = match read(file) {
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
                    false => later.push(file.clone()),
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

    /// Ingests a file with one JSON object per line. If it grows in the meantime, only what was there.
    fn ndjson(&mut self, file: &Found) -> Result<()> {
        let name = file.path.display().to_string();
        let opened = open_regular(&file.path, file.links);
        let opened = opened.and_then(|opened| Ok((opened.metadata()?.len(), opened)));
        match opened {
            Ok((length, opened)) => self.lines(&name, BufReader::new(opened.take(length))),
            Err(e) => self.refuse(&[(name, e.to_string())], "CannotRead"),
        }
    }

    /// Ingests JSON objects, one per line, several lines at a time.
    fn lines(&mut self, source: &str, mut reader: impl BufRead) -> Result<()> {
        let failed = failed(&self.a.store);
        let io =
            |e: std::io::Error| Failure::new(Exit::Io, "CannotRead", e.to_string()).in_file(source);
        let mut number = 0;
        loop {
            let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
            let mut lines = 0;
            while lines < TRANSACTION {
                let mut line = Vec::new();
                let limit = MAX_JSON_BYTES as u64 + 1;
                let n = (&mut reader).take(limit).read_until(b'\n', &mut line).map_err(io)?;
                if n == 0 {
                    break;
                }
                number += 1;
                lines += 1;
                let name = format!("{source}:{number}");
                if line.len() as u64 >= limit && !line.ends_with(b"\n") {
                    let reason = format!("a line longer than {MAX_JSON_BYTES} bytes");
                    self.tally.refuse(&mut ingest, &name, None, "TooLong", reason);
                    // The rest of the line would be read as others.
                    reader.skip_until(b'\n').map_err(io)?;
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

    /// Ingests the entries of a Parquet file, several at a time. Damaged data ends the file there; what was read before
    /// is ingested.
    fn parquet(&mut self, file: &Found) -> Result<()> {
        let path = &*file.path;
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
                self.refuse(&[(path.display().to_string(), e.to_string())], "AuditParquet")
            }
        }
    }

    /// Ingests standard input: one file, or JSON objects, one per line.
    fn stream(&mut self) -> Result<()> {
        let name = name_of(Path::new("-"));
        match stream::read(std::io::stdin().lock()) {
            Ok(Stream::Lines(lines)) => self.lines(&name, lines),
            Ok(Stream::File(bytes)) => {
                let row = (self.a.sources, bytes);
                self.add(std::slice::from_ref(&row), |_| name.clone())
            }
            Ok(Stream::Refused(reason)) => self.refuse(&[(name, reason)], "TooLong"),
            Err(e) => Err(Failure::new(Exit::Io, "CannotRead", e.to_string()).in_file(&name)),
        }
    }

    /// Refuses files from which nothing was read, each with its reason.
    fn refuse(&mut self, files: &[(String, String)], code: &str) -> Result<()> {
        let failed = failed(&self.a.store);
        for group in files.chunks(TRANSACTION) {
            let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
            for (name, reason) in group {
                self.tally.refuse(&mut ingest, name, None, code, reason.clone());
            }
            ingest.commit().map_err(&failed)?;
        }
        Ok(())
    }

    fn rows(&mut self, path: &Path, first: usize, rows: &[(bool, Vec<u8>)]) -> Result<()> {
        self.add(rows, |row| format!("{} row {}", path.display(), first + row))
    }

    /// Ingests files in one transaction, each with whether it is a message of a price network.
    fn add(&mut self, files: &[(bool, Vec<u8>)], name: impl Fn(usize) -> String) -> Result<()> {
        let failed = failed(&self.a.store);
        let mut ingest = self.store.ingest(&self.a.submitter, now_ms()).map_err(&failed)?;
        for (at, (is_source, bytes)) in files.iter().enumerate() {
            let added = if *is_source { ingest.add_source(bytes) } else { ingest.add(bytes) };
            let name = name(at);
            if self.tally.add(&mut ingest, &name, bytes, added.map_err(&failed)?) {
                let digest = Some(Sha256::digest(bytes).into());
                let reason = NO_SCHEDULE.to_owned();
                self.tally.refuse(&mut ingest, &name, digest, "NoSchedule", reason);
            }
        }
        ingest.commit().map_err(&failed)?;
        self.done += files.len() as u64;
        self.bar.set(self.done, "entries".to_owned());
        Ok(())
    }
}

/// Why no further rows of a Parquet file are read.
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

/// Imports files into a store.
fn ingest(a: &Ingest, global: &Global) -> Result<Outcome> {
    one_stream(&a.paths.iter().map(|path| path.as_path()).collect::<Vec<_>>())?;
    let mut walked = Walked::default();
    let mut named = a.paths.iter().filter(|path| !is_stream(path));
    named.try_for_each(|path| walked.add(path))?;
    let extension =
        |path: &Path, of: &str| path.extension().is_some_and(|e| e.eq_ignore_ascii_case(of));
    let (tables, rest): (Vec<_>, Vec<_>) =
        walked.files.into_iter().partition(|file| columns::is_parquet(&file.path));
    let (lines, single): (Vec<_>, Vec<_>) = rest
        .into_iter()
        .partition(|file| extension(&file.path, "ndjson") || extension(&file.path, "jsonl"));
    let store = Store::open(&a.store).map_err(|e| store_failure(&e, &a.store))?;
    let bar = Bar::counting(!global.quiet && !global.json, single.len() as u64);
    let mut work = Work { a, store, tally: Tally::default(), bar, done: 0 };
    let refused = walked.refused.into_iter();
    let refused: Vec<_> =
        refused.map(|(path, reason)| (path.display().to_string(), reason)).collect();
    work.refuse(&refused, "NotRegular")?;
    let mut later = Vec::new();
    for group in single.chunks(TRANSACTION) {
        later.extend(work.group(group, false)?);
    }
    // Snapshots that came before their schedules; what is left then has none.
    for group in later.chunks(TRANSACTION) {
        work.group(group, true)?;
    }
    tables.iter().try_for_each(|file| work.parquet(file))?;
    lines.iter().try_for_each(|file| work.ndjson(file))?;
    if a.paths.iter().any(|path| is_stream(path)) {
        work.stream()?;
    }
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
        let message = format!("{files} {were} not ingested; the others were");
        outcome.reason = Some(("AuditRefused", message));
    }
    Ok(outcome)
}
