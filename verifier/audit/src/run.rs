//! A run: one verdict on every proof of a store, kept in a file of its own.
//!
//! A run covers the log as it was when the run began. It goes page by page in the order of markets,
//! so that keys are made once, and writes each page with its place in one synced transaction: after
//! any interruption it goes on there.

use crate::due::Expected;
use crate::handle::Handle;
use crate::judge::{Judge, JudgeError, Submitted};
use crate::own::{MergeRecord, RUN, RunRecord, escape};
use crate::status::{Judgement, MAX_REASON_BYTES, Status};
use crate::store::{LogHead, Store, StoreError, View, from_row, to_row};
use crate::tlog::{Hash, leaf_hash};
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};
use std::num::NonZeroU32;
use std::path::Path;
use zkmargin_model::digest::Digest;
use zkmargin_storage::Kind;
use zkmargin_storage::database::{DatabaseError, integer};

/// Proofs of a page: what is lost at most when a run is killed.
const PAGE: usize = 1024;

/// Stages of a run: known proofs, then what could not be read, then nothing.
const PROOFS: i64 = 0;
const UNSUPPORTED: i64 = 1;
const FINISHED: i64 = 2;

/// Longest code, reason or fact that is read from a run's file, in bytes: it may come from a stranger.
const LONGEST: i64 = 4096;

// What is written can be read back.
const _: () = assert!((MAX_REASON_BYTES as i64) < LONGEST);

/// What makes verdicts comparable: the program's version and the layout of its circuits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Version of the program, with a digest of its sources.
    pub version: String,
    /// Known circuits and the fingerprint of their layout.
    pub circuits: String,
}

impl Build {
    /// This build.
    pub fn this() -> Self {
        Self {
            version: zkmargin_version::VERSION.to_owned(),
            circuits: zkmargin_circuit::circuits_id(),
        }
    }
}

/// A part of the proofs: those of every `of`-th slot. All proofs of a subject and epoch are in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub at: u32,
    /// How many parts.
    pub of: NonZeroU32,
}

impl Shard {
    /// Everything.
    pub const WHOLE: Self = Self { at: 0, of: NonZeroU32::MIN };
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.at, self.of)
    }
}

/// What a run is about. Two runs with the same subject and disjoint shards can be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// SHA-256 of the manifest.
    pub manifest: Digest,
    /// The log when the run began.
    pub log: LogHead,
    /// The program.
    pub build: Build,
}

/// Why a run does not go on.
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
    /// A file whose tables are not those of a run.
    #[error("the file holds {0}: it is not a run as this program writes one")]
    Forged(&'static str),
    /// The verdicts are not those that the log has of this run.
    #[error(
        "the run's verdicts are not those that the log has of it: {found} here, {recorded} in entry {entry}"
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
    /// An ended run that does not have one verdict for each proof.
    #[error(
        "the run has ended without one verdict for each proof of its part: {done} verdicts, {of} proofs"
    )]
    Uncovered {
        /// Verdicts in the file.
        done: u64,
        /// Proofs of its part of the log.
        of: u64,
    },
    /// The run has not ended.
    #[error("the run has not ended; run it to its end first")]
    Unfinished,
    /// The log of the store is not the one that the run began with.
    #[error("the store's log is not the one that this run began with")]
    OtherLog,
    /// No verdicts could be reached.
    #[error(transparent)]
    Judge(#[from] JudgeError<StoreError>),
}

/// A run's file.
#[derive(Debug)]
pub struct Run {
    pub(crate) connection: Handle,
    /// What it is about.
    pub subject: Subject,
    /// Its part.
    pub shard: Shard,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Proofs with a verdict.
    pub done: u64,
    /// Proofs of the shard.
    pub of: u64,
}

fn run_error(error: impl Into<DatabaseError>) -> RunError {
    RunError::Run(error.into())
}

/// What a file is about, or begins to be about, by the store.
fn subject(
    connection: &Connection,
    store: &Store,
    expected: &Expected,
) -> Result<Subject, RunError> {
    let log = match fact(connection, "log")? {
        Some(log) => {
            let size = log.split(' ').next().and_then(|size| size.parse().ok());
            let size = size.ok_or(run_error(DatabaseError::Row("log")))?;
            // A log that is longer than the store's is another one.
            if size > store.head()?.size {
                return Err(RunError::OtherLog);
            }
            store.head_at(size)?
        }
        None => store.head()?,
    };
    Ok(Subject { manifest: *expected.rules.digest(), log, build: Build::this() })
}

fn check_fact(what: &'static str, found: String, expected: String) -> Result<(), RunError> {
    match found == expected {
        true => Ok(()),
        false if what == "log" => Err(RunError::OtherLog),
        false => Err(RunError::Other { what, found, expected }),
    }
}

fn facts(subject: &Subject, shard: Shard) -> [(&'static str, String); 5] {
    [
        ("manifest", hex::encode(subject.manifest)),
        ("log", subject.log.to_string()),
        ("build", subject.build.version.clone()),
        ("circuits", subject.build.circuits.clone()),
        ("shard", shard.to_string()),
    ]
}

impl Run {
    /// Opens a run's file, or begins a run over the store's log as it is now.
    ///
    /// # Errors
    /// [`RunError::Other`] for the file of another run.
    pub fn open(
        path: &Path,
        store: &Store,
        expected: &Expected,
        shard: Shard,
        now_ms: u64,
    ) -> Result<Self, RunError> {
        let mut connection = Handle::to_write(path, Kind::AuditRun).map_err(RunError::Run)?;
        let subject = subject(&connection, store, expected)?;
        let transaction = connection.transaction().map_err(run_error)?;
        for (what, expected) in facts(&subject, shard) {
            match fact(&transaction, what)? {
                None => set_fact(&transaction, what, &expected)?,
                Some(found) => check_fact(what, found, expected)?,
            }
        }
        if fact(&transaction, "started")?.is_none() {
            set_fact(&transaction, "started", &now_ms.to_string())?;
        }
        transaction.commit().map_err(run_error)?;
        Ok(Self { connection, subject, shard })
    }

    /// Opens a run for reading. The file may be a stranger's: it is not written to, its tables must be those
    /// that this program makes, and nothing in it takes longer than its rows.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn read(path: &Path, store: &Store, expected: &Expected) -> Result<Self, RunError> {
        let connection = Handle::to_read(path, Kind::AuditRun).map_err(RunError::Run)?;
        let shard = fact(&connection, "shard")?;
        let shard = shard.as_deref().and_then(parse_shard);
        let shard = shard.ok_or(run_error(DatabaseError::Row("shard")))?;
        let subject = subject(&connection, store, expected)?;
        for (what, expected) in facts(&subject, shard) {
            check_fact(what, fact(&connection, what)?.unwrap_or_default(), expected)?;
        }
        Ok(Self { connection, subject, shard })
    }

    /// Holds the run's file as it is until the transaction is dropped.
    pub(crate) fn reading(&self) -> Result<rusqlite::Transaction<'_>, RunError> {
        let transaction = self.connection.unchecked_transaction().map_err(run_error)?;
        // Reading begins with the first row.
        let first =
            transaction.query_row("SELECT count(*) FROM place", [], |row| row.get::<_, i64>(0));
        first.map_err(run_error)?;
        Ok(transaction)
    }

    /// How many verdicts there are, and SHA-256 over all of them: `number status code` and a newline for
    /// each, in the order of the log.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn digest(&self) -> Result<(u64, Digest), RunError> {
        let (mut count, mut hash) = (0, Sha256::new());
        self.each(|kept| {
            let Judgement { status, code, .. } = &kept.judgement;
            hash.update(format!("{} {} {}\n", kept.number, status.code(), escape(code)));
            count += 1;
            Ok::<_, RunError>(())
        })?;
        Ok((count, hash.finalize().into()))
    }

    /// What the log is to say of this run. Its number is that of no entry yet.
    fn record(&self) -> Result<RunRecord, RunError> {
        let (verdicts, sha256) = self.digest()?;
        let Subject { manifest, log, build } = self.subject.clone();
        let (shard, merge) = (self.shard, self.merge()?);
        Ok(RunRecord { number: u64::MAX, manifest, log, build, shard, verdicts, sha256, merge })
    }

    /// How the run was merged, by its own word.
    fn merge(&self) -> Result<Option<MergeRecord>, RunError> {
        let Some(inputs) = self.fact("inputs")? else { return Ok(None) };
        let number = |text: &str| text.parse::<u64>().ok();
        let made = || {
            let mut seed = [0; 32];
            hex::decode_to_slice(self.fact("seed").ok()??, &mut seed).ok()?;
            let sampled = number(&self.fact("sampled").ok()??)?;
            let repeated = number(&self.fact("repeated").ok()??)?;
            Some(MergeRecord { inputs: number(&inputs)?, sampled, repeated, seed })
        };
        made().map(Some).ok_or(run_error(DatabaseError::Row("merge")))
    }

    /// The log's record of this run.
    ///
    /// # Errors
    /// [`RunError::NotRecorded`]; [`RunError::Changed`] when any record of the same run says something
    /// else.
    pub fn recorded(&self, store: &Store) -> Result<RunRecord, RunError> {
        let this = self.record()?;
        let mut found = None;
        for record in store.run_records()? {
            if record.number < this.log.size || !record.same_subject(&this) {
                continue;
            }
            if (record.verdicts, record.sha256) != (this.verdicts, this.sha256) {
                let text = |r: &RunRecord| format!("{} {}", r.verdicts, hex::encode(r.sha256));
                let (found, recorded, entry) = (text(&this), text(&record), record.number);
                return Err(RunError::Changed { found, recorded, entry });
            }
            if record.merge == this.merge {
                found = Some(record);
            }
        }
        found.ok_or(RunError::NotRecorded)
    }

    /// A fact about the run that somebody noted.
    ///
    /// # Errors
    /// [`RunError::Run`].
    pub fn fact(&self, key: &str) -> Result<Option<String>, RunError> {
        fact(&self.connection, key)
    }

    /// Notes a fact about the run, such as how long it took.
    ///
    /// # Errors
    /// [`RunError::Run`].
    pub fn note(&self, key: &str, value: &str) -> Result<(), RunError> {
        set_fact(&self.connection, key, value)
    }

    /// How far the run is.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn progress(&self, store: &Store) -> Result<Progress, RunError> {
        let done = "SELECT count(*) FROM verdicts";
        let done = self.connection.query_row(done, [], |row| row.get(0)).map_err(run_error)?;
        let proofs = "SELECT count(*) FROM proofs WHERE number < ?1 AND slot % ?2 = ?3";
        let (size, at, of) = (to_row(self.subject.log.size), self.shard.at, self.shard.of.get());
        let connection = &store.connection;
        let proofs = connection.query_row(proofs, params![size, of, at], |row| row.get(0));
        let mut of = from_row(proofs.map_err(StoreError::from)?);
        if self.shard.at == 0 {
            let sql = "SELECT count(*) FROM entries WHERE kind = 'unsupported' AND number < ?1
                       AND number NOT IN (SELECT number FROM proofs)";
            let unsupported = connection.query_row(sql, [size], |row| row.get(0));
            of += from_row(unsupported.map_err(StoreError::from)?);
        }
        Ok(Progress { done: from_row(done), of })
    }

    /// Judges the next page and keeps its verdicts: how many there were. Zero is the end.
    ///
    /// # Errors
    /// [`RunError`]; the run is then as before.
    pub fn step(
        &mut self,
        store: &Store,
        judge: &mut Judge<'_, View<'_>>,
    ) -> Result<usize, RunError> {
        let place: (Vec<u8>, Vec<u8>, i64, i64, i64) = self
            .connection
            .query_row("SELECT schedule, snapshot, submitter, number, done FROM place", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .map_err(run_error)?;
        match place.4 {
            PROOFS => {}
            UNSUPPORTED => return self.step_unsupported(store, judge, place.3),
            _ => return Ok(0),
        }
        let sql = "SELECT p.schedule, p.snapshot, p.submitter, p.number, c.bytes, e.leaf
                   FROM proofs p JOIN contents c USING (number) JOIN entries e USING (number)
                   WHERE (p.schedule, p.snapshot, p.submitter, p.number) > (?1, ?2, ?3, ?4)
                     AND p.number < ?5 AND p.slot % ?6 = ?7
                   ORDER BY p.schedule, p.snapshot, p.submitter, p.number LIMIT ?8";
        let mut sql = store.connection.prepare_cached(sql).map_err(StoreError::from)?;
        let mut rows = sql
            .query(params![
                place.0,
                place.1,
                place.2,
                place.3,
                to_row(self.subject.log.size),
                self.shard.of.get(),
                self.shard.at,
                PAGE as i64,
            ])
            .map_err(StoreError::from)?;
        let mut page = Vec::new();
        let mut last = None;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let get = || -> rusqlite::Result<_> {
                let place: (Vec<u8>, Vec<u8>, i64, i64) =
                    (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((place, row.get::<_, Vec<u8>>(4)?, row.get::<_, Hash>(5)?))
            };
            let (place, bytes, leaf) = get().map_err(StoreError::from)?;
            if leaf_hash(&bytes) != leaf {
                return Err(StoreError::Damaged(from_row(place.3)).into());
            }
            page.push((place.3, place.2, bytes));
            last = Some(place);
        }
        drop(rows);
        if let Some((schedule, snapshot, submitter, number)) = last {
            let judgements = judge_page(judge, &page)?;
            let transaction = self.connection.transaction().map_err(run_error)?;
            write_verdicts(&transaction, &page, &judgements)?;
            let sql = "UPDATE place SET schedule = ?1, snapshot = ?2, submitter = ?3, number = ?4";
            transaction
                .execute(sql, params![schedule, snapshot, submitter, number])
                .map_err(run_error)?;
            transaction.commit().map_err(run_error)?;
            return Ok(page.len());
        }
        let sql = "UPDATE place SET done = ?1, number = -1";
        self.connection.execute(sql, [UNSUPPORTED]).map_err(run_error)?;
        self.step_unsupported(store, judge, -1)
    }

    /// The next page of what no version that had the store could read.
    fn step_unsupported(
        &mut self,
        store: &Store,
        judge: &mut Judge<'_, View<'_>>,
        after: i64,
    ) -> Result<usize, RunError> {
        let mut page: Vec<Stored> = Vec::new();
        if self.shard.at == 0 {
            let sql = "SELECT number, submitter FROM entries
                       WHERE kind = 'unsupported' AND number > ?1 AND number < ?2
                         AND number NOT IN (SELECT number FROM proofs) ORDER BY number LIMIT ?3";
            let mut sql = store.connection.prepare(sql).map_err(StoreError::from)?;
            let size = to_row(self.subject.log.size);
            let rows = sql
                .query_map(params![after, size, PAGE as i64], |row| Ok((row.get(0)?, row.get(1)?)));
            let rows: Vec<(i64, i64)> =
                rows.and_then(|rows| rows.collect::<Result<_, _>>()).map_err(StoreError::from)?;
            for (number, submitter) in rows {
                page.push((number, submitter, store.entry(from_row(number))?.bytes));
            }
        }
        let judgements = judge_page(judge, &page)?;
        let transaction = self.connection.transaction().map_err(run_error)?;
        write_verdicts(&transaction, &page, &judgements)?;
        let place = match page.last() {
            Some((number, ..)) => (UNSUPPORTED, *number),
            None => (FINISHED, -1),
        };
        let sql = "UPDATE place SET done = ?1, number = ?2";
        transaction.execute(sql, params![place.0, place.1]).map_err(run_error)?;
        transaction.commit().map_err(run_error)?;
        Ok(page.len())
    }

    /// Whether every proof of the shard has its verdict.
    ///
    /// # Errors
    /// [`RunError::Run`].
    pub fn is_done(&self) -> Result<bool, RunError> {
        let done =
            self.connection.query_row("SELECT done FROM place", [], |row| row.get::<_, i64>(0));
        Ok(done.map_err(run_error)? == FINISHED)
    }
}

impl Store {
    /// A run has one verdict for each proof of its part of the log, and none for anything else.
    fn check_covered(&self, run: &Run) -> Result<(), RunError> {
        let Progress { done, of } = run.progress(self)?;
        let uncovered = || RunError::Uncovered { done, of };
        let sql = "SELECT 1 FROM entries e LEFT JOIN proofs p USING (number)
                   WHERE number = ?1 AND kind IN ('proof', 'unsupported')
                         AND coalesce(p.slot % ?2, 0) = ?3";
        let mut sql = self.connection.prepare_cached(sql).map_err(StoreError::from)?;
        run.each(|kept| {
            let (of, at) = (run.shard.of.get(), run.shard.at);
            let is_there = sql.exists(params![to_row(kept.number), of, at]);
            if is_there.map_err(StoreError::from)? { Ok(()) } else { Err(uncovered()) }
        })?;
        if done == of { Ok(()) } else { Err(uncovered()) }
    }

    /// Appends the record of a finished run to the log, if it has none yet: from then on, its verdicts are
    /// known.
    ///
    /// # Errors
    /// [`RunError::Changed`] when the log has the same run with other verdicts; [`RunError::Uncovered`].
    pub fn record(&mut self, run: &Run, now_ms: u64) -> Result<RunRecord, RunError> {
        if !run.is_done()? {
            return Err(RunError::Unfinished);
        }
        // One state of the run's file: what is counted is what is recorded.
        let reading = run.reading()?;
        match run.recorded(self) {
            Err(RunError::NotRecorded) => {}
            known => return known,
        }
        self.check_covered(run)?;
        let mut record = run.record()?;
        reading.finish().map_err(run_error)?;
        let mut ingest = self.ingest("run", now_ms)?;
        record.number = ingest.next();
        ingest.append_own(RUN, &record.text())?;
        ingest.commit()?;
        Ok(record)
    }
}

/// Number, submitter and bytes of a proof.
pub(crate) type Stored = (i64, i64, Vec<u8>);

pub(crate) fn judge_page(
    judge: &mut Judge<'_, View<'_>>,
    page: &[Stored],
) -> Result<Vec<Judgement>, RunError> {
    let submitted: Vec<_> = page
        .iter()
        .map(|(_, submitter, bytes)| Submitted { bytes, submitter: from_row(*submitter) })
        .collect();
    Ok(judge.judge(&submitted)?)
}

fn write_verdicts(
    connection: &Connection,
    page: &[Stored],
    judgements: &[Judgement],
) -> Result<(), RunError> {
    let sql = "INSERT INTO verdicts VALUES (?1, ?2, ?3, ?4)";
    let mut sql = connection.prepare_cached(sql).map_err(run_error)?;
    for ((number, ..), j) in page.iter().zip(judgements) {
        sql.execute(params![number, j.status.code(), j.code, j.reason]).map_err(run_error)?;
    }
    Ok(())
}

fn fact(connection: &Connection, key: &str) -> Result<Option<String>, RunError> {
    let sql = "SELECT CASE WHEN octet_length(value) <= ?2 THEN value END FROM facts WHERE key = ?1";
    let value = connection.query_row(sql, params![key, LONGEST], |row| row.get(0)).optional();
    match value.map_err(run_error)? {
        Some(None) => Err(RunError::Forged("a fact that is too long")),
        Some(Some(value)) => Ok(Some(value)),
        None => Ok(None),
    }
}

fn set_fact(connection: &Connection, key: &str, value: &str) -> Result<(), RunError> {
    let sql = "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    connection.execute(sql, [key, value]).map(|_| ()).map_err(run_error)
}

/// The shard of the text `i/N`.
pub fn parse_shard(text: &str) -> Option<Shard> {
    let (at, of) = text.split_once('/')?;
    let shard = Shard { at: at.parse().ok()?, of: of.parse().ok()? };
    (shard.at < shard.of.get() && shard.to_string() == text).then_some(shard)
}

/// A verdict of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Number of the entry.
    pub number: u64,
    /// What was said of it.
    pub judgement: Judgement,
}

impl Run {
    /// Hands over every verdict, in the order of the log.
    ///
    /// # Errors
    /// [`RunError`], or that of `take`.
    pub fn each<E: From<RunError>>(
        &self,
        mut take: impl FnMut(Kept) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT number,
                          CASE WHEN octet_length(status) <= ?1 THEN status END,
                          CASE WHEN octet_length(code) <= ?1 THEN code END,
                          CASE WHEN octet_length(reason) <= ?1 THEN reason END
                   FROM verdicts ORDER BY number";
        let mut sql = self.connection.prepare(sql).map_err(run_error)?;
        let mut rows = sql.query([LONGEST]).map_err(run_error)?;
        let mut next = 0;
        while let Some(row) = rows.next().map_err(run_error)? {
            // A damaged file could hold the same rows again and again.
            let number: i64 = row.get(0).map_err(run_error)?;
            if number < next || from_row(number) >= self.subject.log.size {
                return Err(RunError::Forged("a verdict on no entry of its log").into());
            }
            next = number + 1;
            let get = || -> rusqlite::Result<_> {
                Ok((row.get::<_, Option<String>>(1)?, row.get(2)?, row.get(3)?))
            };
            let (Some(status), Some(code), Some(reason)) = get().map_err(run_error)? else {
                return Err(RunError::Forged("a verdict that is too long").into());
            };
            let status =
                Status::of_code(&status).ok_or(run_error(DatabaseError::Row("verdict")))?;
            let judgement = Judgement { status, code, reason };
            take(Kept { number: from_row(number), judgement })?;
        }
        Ok(())
    }

    /// Begins the file of a merged run, all in one transaction that `fill` is given.
    pub(crate) fn merged(
        path: &Path,
        subject: &Subject,
        now_ms: u64,
        fill: impl FnOnce(&Connection) -> Result<(), crate::MergeError>,
    ) -> Result<Self, crate::MergeError> {
        let mut connection = Handle::to_write(path, Kind::AuditRun).map_err(RunError::Run)?;
        let transaction = connection.transaction().map_err(run_error)?;
        for (what, value) in facts(subject, Shard::WHOLE) {
            set_fact(&transaction, what, &value)?;
        }
        set_fact(&transaction, "started", &integer(now_ms).to_string())?;
        fill(&transaction)?;
        transaction.execute("UPDATE place SET done = ?1", [FINISHED]).map_err(run_error)?;
        transaction.commit().map_err(run_error)?;
        Ok(Self { connection, subject: subject.clone(), shard: Shard::WHOLE })
    }
}
