//! A run: one verdict on every proof of a store, kept in a separate file.
//!
//! A run covers the log as it was when the run began. It goes page by page in the order of markets, so that keys are
//! generated once, and writes each page with its place in one synced transaction: after any interruption it resumes
//! there.

mod error;
mod subject;

pub use error::RunError;
pub use subject::{Build, Shard, Subject, parse_shard};

use crate::due::Expected;
use crate::judge::{Judge, Submitted};
use crate::kinds::RUN;
use crate::own::{MergeRecord, RunRecord, escape};
use crate::status::{Judgement, Status};
use crate::store::{Held, RunFile, RunFileError, RunWriter, Stage, Store, Stored, View};
use sha2::{Digest as _, Sha256};
use std::path::Path;
use zkmargin_model::digest::Digest;
use zkmargin_storage::database::{DatabaseError, integer};

/// Number of proofs per page: the most that is lost when a run is killed.
const PAGE: usize = 1024;

/// A number before those of all entries.
const BEFORE_ALL: i64 = -1;

/// A run's file.
#[derive(Debug)]
pub struct Run {
    file: RunFile,
    /// What it is about.
    pub subject: Subject,
    /// Its part.
    pub shard: Shard,
}

/// How far a run has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Proofs with a verdict.
    pub done: u64,
    /// Proofs of the shard.
    pub of: u64,
}

/// What a file that names a log is about, or, for one that names none, what it will be about according to the store.
fn subject(log: Option<String>, store: &Store, expected: &Expected) -> Result<Subject, RunError> {
    let log = match log {
        Some(log) => {
            let size = log.split(' ').next().and_then(|size| size.parse().ok());
            let size = size.ok_or(RunError::Run(DatabaseError::Row("log")))?;
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
    /// Opens a run's file, or starts a run over the store's log as it is now.
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
        let mut file = RunFile::to_write(path).map_err(RunError::Run)?;
        let subject = subject(file.fact("log")?, store, expected)?;
        let writer = file.begin().map_err(RunError::Run)?;
        for (what, expected) in facts(&subject, shard) {
            match writer.fact(what)? {
                None => writer.set_fact(what, &expected).map_err(RunError::Run)?,
                Some(found) => check_fact(what, found, expected)?,
            }
        }
        if writer.fact("started")?.is_none() {
            writer.set_fact("started", &now_ms.to_string()).map_err(RunError::Run)?;
        }
        writer.commit().map_err(RunError::Run)?;
        Ok(Self { file, subject, shard })
    }

    /// Opens a run for reading. The file may come from a stranger: it is not written to, its tables must be those this
    /// program creates, and reading it takes no longer than its rows require.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn read(path: &Path, store: &Store, expected: &Expected) -> Result<Self, RunError> {
        let file = RunFile::to_read(path).map_err(RunError::Run)?;
        let shard = file.fact("shard")?;
        let shard = shard.as_deref().and_then(parse_shard);
        let shard = shard.ok_or(RunError::Run(DatabaseError::Row("shard")))?;
        let subject = subject(file.fact("log")?, store, expected)?;
        for (what, expected) in facts(&subject, shard) {
            check_fact(what, file.fact(what)?.unwrap_or_default(), expected)?;
        }
        Ok(Self { file, subject, shard })
    }

    /// Holds the run's file in its current state until the returned value is dropped.
    pub(crate) fn reading(&self) -> Result<Held<'_>, RunError> {
        self.file.hold().map_err(RunError::Run)
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

    /// What the log will say about this run. Its number is not yet that of any entry.
    fn record(&self) -> Result<RunRecord, RunError> {
        let (verdicts, sha256) = self.digest()?;
        let Subject { manifest, log, build } = self.subject.clone();
        let (shard, merge) = (self.shard, self.merge()?);
        Ok(RunRecord { number: u64::MAX, manifest, log, build, shard, verdicts, sha256, merge })
    }

    /// How the run was merged, according to the run itself.
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
        made().map(Some).ok_or(RunError::Run(DatabaseError::Row("merge")))
    }

    /// The log's record of this run.
    ///
    /// # Errors
    /// [`RunError::NotRecorded`]; [`RunError::Changed`] when any record of the same run says otherwise.
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

    /// A fact that was noted about the run.
    ///
    /// # Errors
    /// [`RunError::Run`].
    pub fn fact(&self, key: &str) -> Result<Option<String>, RunError> {
        Ok(self.file.fact(key)?)
    }

    /// Notes a fact about the run, such as how long it took.
    ///
    /// # Errors
    /// [`RunError::Run`].
    pub fn note(&self, key: &str, value: &str) -> Result<(), RunError> {
        self.file.set_fact(key, value).map_err(RunError::Run)
    }

    /// How far the run has got.
    ///
    /// # Errors
    /// [`RunError`].
    pub fn progress(&self, store: &Store) -> Result<Progress, RunError> {
        let done = self.file.count().map_err(RunError::Run)?;
        let mut of = store.count_proofs(self.subject.log.size, self.shard)?;
        if self.shard.at == 0 {
            of += store.count_unsupported(self.subject.log.size)?;
        }
        Ok(Progress { done, of })
    }

    /// Judges the next page and keeps its verdicts. Returns how many there were; zero means the end.
    ///
    /// # Errors
    /// [`RunError`]; in that case the run is unchanged.
    pub fn step(
        &mut self,
        store: &Store,
        judge: &mut Judge<'_, View<'_>>,
    ) -> Result<usize, RunError> {
        let (stage, place) = self.file.place().map_err(RunError::Run)?;
        match stage {
            Some(Stage::Proofs) => {}
            Some(Stage::Unsupported) => return self.step_unsupported(store, judge, place.number),
            Some(Stage::Finished) | None => return Ok(0),
        }
        let size = self.subject.log.size;
        if let Some((page, last)) = store.proofs_after(&place, size, self.shard, PAGE)? {
            let judgements = judge_page(judge, &page)?;
            let writer = self.file.begin().map_err(RunError::Run)?;
            write_verdicts(&writer, &page, &judgements)?;
            writer.go_to(&last).map_err(RunError::Run)?;
            writer.commit().map_err(RunError::Run)?;
            return Ok(page.len());
        }
        self.file.end_proofs().map_err(RunError::Run)?;
        self.step_unsupported(store, judge, BEFORE_ALL)
    }

    /// The next page of what no version that has opened the store could read.
    fn step_unsupported(
        &mut self,
        store: &Store,
        judge: &mut Judge<'_, View<'_>>,
        after: i64,
    ) -> Result<usize, RunError> {
        let page = match self.shard.at {
            0 => store.unsupported_after(after, self.subject.log.size, PAGE)?,
            _ => Vec::new(),
        };
        let judgements = judge_page(judge, &page)?;
        let writer = self.file.begin().map_err(RunError::Run)?;
        write_verdicts(&writer, &page, &judgements)?;
        match page.last() {
            Some(last) => writer.go_to_unsupported(last.number),
            None => writer.finish(),
        }
        .map_err(RunError::Run)?;
        writer.commit().map_err(RunError::Run)?;
        Ok(page.len())
    }

    /// Whether every proof of the shard has its verdict.
    ///
    /// # Errors
    /// [`RunError::Run`].
    pub fn is_done(&self) -> Result<bool, RunError> {
        Ok(self.file.stage().map_err(RunError::Run)? == Some(Stage::Finished))
    }
}

impl Store {
    /// Checks that a run has one verdict for each proof of its part of the log, and none for anything else.
    fn check_covered(&self, run: &Run) -> Result<(), RunError> {
        let Progress { done, of } = run.progress(self)?;
        let uncovered = || RunError::Uncovered { done, of };
        let mut proofs = self.membership(run.shard)?;
        run.each(|kept| if proofs.has(kept.number)? { Ok(()) } else { Err(uncovered()) })?;
        if done == of { Ok(()) } else { Err(uncovered()) }
    }

    /// Appends the record of a finished run to the log, if it has none yet: from then on, its verdicts are fixed.
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
        reading.release().map_err(RunError::Run)?;
        let mut ingest = self.ingest("run", now_ms)?;
        record.number = ingest.next();
        ingest.append_own(RUN, &record.text())?;
        ingest.commit()?;
        Ok(record)
    }
}

pub(crate) fn judge_page(
    judge: &mut Judge<'_, View<'_>>,
    page: &[Stored],
) -> Result<Vec<Judgement>, RunError> {
    let submitted: Vec<_> = page
        .iter()
        .map(|stored| Submitted { bytes: &stored.bytes, submitter: stored.submitter })
        .collect();
    Ok(judge.judge(&submitted)?)
}

fn write_verdicts(
    writer: &RunWriter<'_>,
    page: &[Stored],
    judgements: &[Judgement],
) -> Result<(), RunError> {
    let verdicts = writer.verdicts();
    for (stored, Judgement { status, code, reason }) in page.iter().zip(judgements) {
        verdicts.add(stored.number, *status, code, reason).map_err(RunError::Run)?;
    }
    Ok(())
}

/// A verdict of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Number of the entry.
    pub number: u64,
    /// What was said about it.
    pub judgement: Judgement,
}

impl Run {
    /// Passes on every verdict, in log order.
    ///
    /// # Errors
    /// [`RunError`], or the error of `take`.
    pub fn each<E: From<RunError>>(
        &self,
        mut take: impl FnMut(Kept) -> Result<(), E>,
    ) -> Result<(), E> {
        let wrong = |error: RunFileError| RunError::from(error).into();
        self.file.each(self.subject.log.size, wrong, |row| {
            let status =
                Status::of_code(&row.status).ok_or(RunError::Run(DatabaseError::Row("verdict")))?;
            let judgement = Judgement { status, code: row.code, reason: row.reason };
            take(Kept { number: row.number, judgement })
        })
    }

    /// Creates the file of a merged run, in a single transaction passed to `fill`.
    pub(crate) fn merged(
        path: &Path,
        subject: &Subject,
        now_ms: u64,
        fill: impl FnOnce(&RunWriter<'_>) -> Result<(), crate::MergeError>,
    ) -> Result<Self, crate::MergeError> {
        let mut file = RunFile::to_write(path).map_err(RunError::Run)?;
        let writer = file.begin().map_err(RunError::Run)?;
        for (what, value) in facts(subject, Shard::WHOLE) {
            writer.set_fact(what, &value).map_err(RunError::Run)?;
        }
        let started = integer(now_ms).to_string();
        writer.set_fact("started", &started).map_err(RunError::Run)?;
        fill(&writer)?;
        writer.finish().map_err(RunError::Run)?;
        writer.commit().map_err(RunError::Run)?;
        Ok(Self { file, subject: subject.clone(), shard: Shard::WHOLE })
    }
}
