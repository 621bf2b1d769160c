//! What an audit found: per period and in all, and every exception by name.

use crate::due::Expected;
use crate::evidence::EvidenceKind;
use crate::evidence::{EvidenceFile, next_time};
use crate::ingestion::Ingestion;
use crate::judge::{Judge, JudgeError, NoteTimes, Provenance};
use crate::merge::{Chosen, MergeError, choose, draw_seed, judge_again};
use crate::own::RunRecord;
use crate::rules::Period;
use crate::run::{Run, RunError};
use crate::status::{Judgement, Status};
use crate::store::{Store, StoreError, View, from_row, to_row};
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::counted;
use zkmargin_model::digest::Digest;
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::{Body, EnrolmentNote, KeySet, LedgerCheckpoint, SnapshotNote};
use zkmargin_params::AccountDemand;
use zkmargin_policy::{Demands, NotChecked};

/// Periods whose evidence a report describes in words.
const DESCRIBED: usize = 1000;

/// Snapshots of a period that are described.
const SNAPSHOTS: usize = 8;

/// The verdict on an audit. Its text is the line to show to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything due is shown by valid proofs, and nothing else was found.
    Complete,
    /// Everything due is shown by valid proofs; there are exceptions, none of them an invalid proof.
    CompleteWithExceptions,
    /// Everything due is shown by valid proofs, and there are invalid ones beside them.
    InvalidProofs,
    /// Something due is not shown.
    Incomplete,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Complete => "COMPLETE: every due account is shown by a valid proof",
            Self::CompleteWithExceptions => {
                "COMPLETE, WITH EXCEPTIONS: every due account is shown by a valid proof"
            }
            Self::InvalidProofs => {
                "COMPLETE, WITH INVALID PROOFS: every due account is shown by a valid proof, and other proofs are invalid"
            }
            Self::Incomplete => "INCOMPLETE: something that is due is not shown by a valid proof",
        })
    }
}

/// Kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// Due, and fewer proofs than due.
    Missing,
    /// A proof that does not hold.
    Invalid,
    /// Marks and price sources do not agree.
    PricesDisagree,
    /// Another schedule or a lower claim.
    WrongRule,
    /// Another time.
    Stale,
    /// Evidence that is not in the store.
    EvidenceMissing,
    /// A circuit or format that this version does not know.
    Unsupported,
    /// A proof of a period, about nobody who is due in it.
    Unexpected,
    /// One statement with several proofs.
    DuplicateStatement,
    /// One account with several statements that are shown to hold, in one period.
    DuplicateAccount,
    /// Number of accounts: the manifest's differs from the ledger's, or more are due than exist.
    Population,
    /// The venue's enrolment has another number of accounts than the manifest.
    Enrolment,
    /// Two signed notes of the venue that cannot both be true.
    Contradiction,
}

impl ExceptionKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Missing,
        Self::Invalid,
        Self::PricesDisagree,
        Self::WrongRule,
        Self::Stale,
        Self::EvidenceMissing,
        Self::Unsupported,
        Self::Unexpected,
        Self::DuplicateStatement,
        Self::DuplicateAccount,
        Self::Population,
        Self::Enrolment,
        Self::Contradiction,
    ];

    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::PricesDisagree => "prices-disagree",
            Self::WrongRule => "wrong-rule",
            Self::Stale => "stale",
            Self::EvidenceMissing => "evidence-missing",
            Self::Unsupported => "unsupported",
            Self::Unexpected => "unexpected",
            Self::DuplicateStatement => "duplicate-statement",
            Self::DuplicateAccount => "duplicate-account",
            Self::Population => "population",
            Self::Enrolment => "enrolment",
            Self::Contradiction => "contradiction",
        }
    }

    fn of(status: Status) -> Option<Self> {
        Some(match status {
            Status::Valid | Status::Outside => return None,
            Status::Invalid => Self::Invalid,
            Status::PricesDisagree => Self::PricesDisagree,
            Status::WrongRule => Self::WrongRule,
            Status::Stale => Self::Stale,
            Status::EvidenceMissing => Self::EvidenceMissing,
            Status::Unsupported => Self::Unsupported,
        })
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// Which kind.
    pub kind: ExceptionKind,
    /// The venue, where it is of one.
    pub venue: String,
    /// The epoch; zero for none.
    pub epoch: u64,
    /// The pseudonym or commitment, hexadecimal.
    pub subject: String,
    /// Digest of the proof, hexadecimal.
    pub proof: String,
    /// Who handed it in.
    pub submitter: String,
    /// Code of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

/// What was found about one period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PeriodFindings {
    /// The venue.
    pub venue: String,
    /// The epoch.
    pub epoch: u64,
    /// Margin accounts at the venue, by the manifest.
    pub population: u64,
    /// Accounts in the venue's signed ledger; none where there is no trusted checkpoint.
    pub ledger_size: Option<u64>,
    /// Entries that are due.
    pub due: u64,
    /// Accounts that are due, over all entries.
    pub due_accounts: u64,
    /// Entries that are shown.
    pub shown: u64,
    /// Entries whose enrolment by the venue is in the store and agrees with the manifest.
    pub enrolled: u64,
    /// Proofs by status.
    pub proofs: BTreeMap<&'static str, u64>,
    /// Proofs about nobody who is due.
    pub unexpected: u64,
    /// How the evidence of its proofs meets the policy: per market and ledger.
    pub evidence: Vec<EvidenceFound>,
}

/// How the evidence for some proofs meets the demands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EvidenceFound {
    /// Digest of the snapshot, hexadecimal.
    pub snapshot: String,
    /// Proofs that rely on it.
    pub proofs: u64,
    /// Demands with how they are met; of one of the proofs, a valid one if there is any.
    pub met: Vec<(String, String)>,
    /// Why not, if they are not.
    pub refused: Option<String>,
    /// Times of the notes, and when they were ingested; of one of the proofs.
    pub notes: Vec<NoteTimes>,
    /// Whose rules: venue, schedule, digest, and how it differs from the venue's own rule; of one of the proofs.
    pub rules: String,
    /// What the policy does not demand, each a code with its text; of one of the proofs.
    pub not_checked: Vec<(&'static str, String)>,
}

impl EvidenceFound {
    fn take(&mut self, of: Provenance) {
        self.met = of.met.into_iter().map(|m| (m.demand.to_owned(), m.how)).collect();
        self.notes = of.notes;
        self.rules = of.rules;
        let open = of.not_checked.into_iter();
        self.not_checked = open.map(|what| (what.code(), what.to_string())).collect();
    }
}

/// Everything that an audit found, but its list of exceptions, which may be long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The verdict.
    pub verdict: Verdict,
    /// Entries of the log that the run covers.
    pub entries: u64,
    /// Proofs that the run has a verdict on.
    pub proofs: u64,
    /// Proofs by status.
    pub statuses: BTreeMap<&'static str, u64>,
    /// Exceptions by kind.
    pub exceptions: BTreeMap<&'static str, u64>,
    /// Entries that are due, accounts that are due, entries that are shown.
    pub due: u64,
    /// Accounts that are due, over all entries.
    pub due_accounts: u64,
    /// Entries that are shown by valid proofs.
    pub shown: u64,
    /// What was found about each period, in the order of the manifest.
    pub periods: Vec<PeriodFindings>,
    /// Accounts by epochs, for the picture: per band of subjects and period, entries due and shown.
    pub grid: Vec<Vec<(u64, u64)>>,
}

/// Findings, with what they were computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recomputed {
    /// The findings.
    pub findings: Findings,
    /// What the receipts of the log say.
    pub ingestion: Ingestion,
    /// The log's record of the run.
    pub record: RunRecord,
    /// Valid proofs, drawn at random, that were judged again.
    pub sampled: u64,
    /// Others, all of which were judged again.
    pub repeated: u64,
    /// Seed of the sample.
    pub seed: [u8; 32],
    /// What the policies do not demand that any valid proof relies on, each a code with its text.
    pub not_checked: Vec<(&'static str, String)>,
}

/// Why there are no findings.
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The evidence.
    #[error(transparent)]
    Judge(#[from] JudgeError<StoreError>),
    /// The run has not ended.
    #[error("the run has not ended; run it to its end first")]
    Unfinished,
    /// The run is a part only.
    #[error("the run is shard {0}; merge all shards first")]
    Part(String),
    /// Verdicts that are not those of the proofs.
    #[error("the run is not one verdict on each proof of its log, as this program finds them: {0}")]
    Verdicts(Box<MergeError>),
    /// The manifest was taken in by an earlier version, which kept no keys.
    #[error(
        "an earlier version took the manifest in and kept no keys, so nobody can say here who signed it"
    )]
    Signers,
    /// The list of exceptions cannot be written.
    #[error("the exceptions cannot be written: {0}")]
    Write(std::io::Error),
}

impl From<MergeError> for FindingsError {
    fn from(error: MergeError) -> Self {
        match error {
            MergeError::Store(e) => Self::Store(e),
            MergeError::Run(e) => Self::Run(e),
            other => Self::Verdicts(Box::new(other)),
        }
    }
}

impl From<rusqlite::Error> for FindingsError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Bands of subjects in the picture.
const BANDS: u64 = 64;

/// What was said of each proof, with the period that it is of by what the log had when the run began; what is
/// due, with what shows it.
const VIEWS: &str = "
    DROP TABLE IF EXISTS temp.judged;
    DROP TABLE IF EXISTS temp.answered;
    CREATE TEMP TABLE judged AS
        SELECT p.number AS number, r.id AS period, p.subject AS subject, p.holding AS holding,
               p.statement AS statement, p.snapshot AS snapshot, p.epoch AS epoch, v.status AS status
        FROM said v JOIN proofs p USING (number)
        LEFT JOIN (SELECT DISTINCT name, venue FROM evidence
                   WHERE kind = 'schedule' AND number < ?2) s
               ON s.name = p.schedule
        LEFT JOIN periods r ON r.manifest = ?1 AND r.epoch = p.epoch AND r.venue = s.venue;
    CREATE INDEX temp.judged_due ON judged (period, subject, status, holding);
";

const ANSWERED: &str = "
    CREATE TEMP TABLE answered AS
        SELECT d.period AS period, d.subject AS subject, d.accounts AS accounts,
               (SELECT count(DISTINCT j.holding) FROM judged j
                WHERE j.period = d.period AND j.subject = d.subject AND j.status = 'valid') AS shown
        FROM due d JOIN periods p ON p.id = d.period WHERE p.manifest = ?1
";

/// Writes exceptions and counts them.
struct Writer<'a> {
    take: &'a mut dyn FnMut(&Exception) -> std::io::Result<()>,
    counts: BTreeMap<&'static str, u64>,
}

impl Writer<'_> {
    fn put(&mut self, exception: &Exception) -> Result<(), FindingsError> {
        *self.counts.entry(exception.kind.code()).or_default() += 1;
        (self.take)(exception).map_err(FindingsError::Write)
    }
}

fn hex_of(row: &Row<'_>, at: usize) -> rusqlite::Result<String> {
    Ok(row.get::<_, Option<Vec<u8>>>(at)?.map(hex::encode).unwrap_or_default())
}

fn exception(kind: ExceptionKind, row: &Row<'_>) -> rusqlite::Result<Exception> {
    Ok(Exception {
        kind,
        venue: row.get::<_, Option<String>>(0)?.unwrap_or_default(),
        epoch: row.get::<_, Option<i64>>(1)?.map(from_row).unwrap_or_default(),
        subject: hex_of(row, 2)?,
        proof: hex_of(row, 3)?,
        submitter: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        code: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        reason: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
    })
}

/// An exception about a period, or a subject in it.
fn about(period: &Period, kind: ExceptionKind, subject: String, reason: String) -> Exception {
    Exception {
        kind,
        venue: period.venue.clone(),
        epoch: period.epoch,
        subject,
        proof: String::new(),
        submitter: String::new(),
        code: String::new(),
        reason,
    }
}

/// Makes the temporary table of verdicts.
fn load(connection: &Connection, run: &Run) -> Result<(), FindingsError> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.said;
         CREATE TEMP TABLE said (number INTEGER PRIMARY KEY, status TEXT, code TEXT, reason TEXT);",
    )?;
    let mut insert = connection.prepare("INSERT INTO temp.said VALUES (?1, ?2, ?3, ?4)")?;
    run.each(|kept| {
        let j = kept.judgement;
        // Words are those that come out here.
        insert.execute(params![to_row(kept.number), j.status.code(), j.code, ""])?;
        Ok::<_, FindingsError>(())
    })?;
    Ok(())
}

/// Every proof of the log has one verdict, and nothing else has one.
fn check_whole(store: &Store, size: u64) -> Result<(), FindingsError> {
    let digest = |number: i64| -> Result<String, FindingsError> {
        Ok(hex::encode(store.entry(from_row(number))?.digest))
    };
    let lacking = "SELECT count(*), min(number) FROM entries
                   WHERE kind IN ('proof', 'unsupported') AND number < ?1
                         AND number NOT IN (SELECT number FROM temp.said)";
    let (count, first): (i64, Option<i64>) =
        store
            .connection
            .query_row(lacking, [to_row(size)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if let Some(first) = first {
        let (count, example) = (from_row(count), digest(first)?);
        return Err(MergeError::Lacking { count, example }.into());
    }
    let unknown = "SELECT min(number) FROM temp.said WHERE number NOT IN (
                       SELECT number FROM entries
                       WHERE kind IN ('proof', 'unsupported') AND number < ?1)";
    let unknown = store.connection.query_row(unknown, [to_row(size)], |row| row.get(0))?;
    if let Some(number) = unknown {
        let (input, proof) = (Default::default(), digest(number)?);
        return Err(MergeError::Unknown { input, proof }.into());
    }
    Ok(())
}

/// Makes the temporary tables that follow from the verdicts.
fn join(connection: &Connection, manifest: i64, size: u64) -> Result<(), FindingsError> {
    for sql in VIEWS.split(';').filter(|sql| !sql.trim().is_empty()) {
        let mut sql = connection.prepare(sql)?;
        match sql.parameter_count() {
            0 => sql.execute([])?,
            _ => sql.execute([manifest, to_row(size)])?,
        };
    }
    connection.execute(ANSWERED, [manifest])?;
    Ok(())
}

fn list(
    connection: &Connection,
    kind: ExceptionKind,
    sql: &str,
    manifest: i64,
    writer: &mut Writer<'_>,
) -> Result<(), FindingsError> {
    let mut sql = connection.prepare(sql)?;
    let mut rows = match sql.parameter_count() {
        0 => sql.query([])?,
        _ => sql.query([manifest])?,
    };
    while let Some(row) = rows.next()? {
        writer.put(&exception(kind, row)?)?;
    }
    Ok(())
}

/// Exceptions that the tables tell.
fn list_all(
    connection: &Connection,
    manifest: i64,
    writer: &mut Writer<'_>,
) -> Result<(), FindingsError> {
    use ExceptionKind as K;
    list(
        connection,
        K::Missing,
        "SELECT venue, epoch, subject, NULL, NULL,
                CASE WHEN others = 0 THEN 'NoProof' ELSE 'NoValidProof' END,
                'lacks ' || (accounts - shown) || ' of ' || accounts || ' accounts; '
                || others || ' proofs are there and not valid'
         FROM (SELECT p.id, p.venue, p.epoch, a.subject, a.accounts, a.shown,
                      (SELECT count(*) FROM judged j WHERE j.period = a.period
                       AND j.subject = a.subject AND j.status NOT IN ('valid', 'outside')) AS others
               FROM answered a JOIN periods p ON p.id = a.period WHERE a.shown < a.accounts)
         ORDER BY id, subject",
        manifest,
        writer,
    )?;
    for status in Status::ALL {
        let Some(kind) = K::of(status) else { continue };
        let sql = format!(
            "SELECT r.venue, p.epoch, p.subject, e.digest, s.name, v.code, v.reason
             FROM said v JOIN entries e USING (number) JOIN submitters s ON s.id = e.submitter
             LEFT JOIN proofs p USING (number)
             LEFT JOIN judged j USING (number) LEFT JOIN periods r ON r.id = j.period
             WHERE v.status = '{}' ORDER BY number",
            status.code()
        );
        list(connection, kind, &sql, manifest, writer)?;
    }
    list(
        connection,
        K::Unexpected,
        "SELECT r.venue, r.epoch, j.subject, e.digest, s.name, '', 'not in the list of what is due'
         FROM judged j JOIN periods r ON r.id = j.period JOIN entries e USING (number)
         JOIN submitters s ON s.id = e.submitter
         WHERE j.status <> 'outside' AND NOT EXISTS (
             SELECT 1 FROM due d WHERE d.period = j.period AND d.subject = j.subject)
         ORDER BY number",
        manifest,
        writer,
    )?;
    // One proof of a statement is none too many; each further one is. A valid one comes first, so
    // that nobody's good proof is called a duplicate because of somebody else's bad one.
    list(
        connection,
        K::DuplicateStatement,
        "SELECT r.venue, r.epoch, j.subject, e.digest, s.name, '', 'another proof of the same statement came before'
         FROM (SELECT number, row_number() OVER (PARTITION BY statement ORDER BY status <> 'valid', number) AS nth
               FROM judged WHERE period IS NOT NULL AND status <> 'outside') n
         JOIN judged j USING (number) JOIN periods r ON r.id = j.period
         JOIN entries e USING (number) JOIN submitters s ON s.id = e.submitter
         WHERE n.nth > 1 ORDER BY number",
        manifest,
        writer,
    )?;
    list(
        connection,
        K::DuplicateAccount,
        "SELECT r.venue, r.epoch, j.subject, e.digest, s.name, '', 'another statement about the same account came before'
         FROM (SELECT number, dense_rank() OVER (PARTITION BY period, holding ORDER BY first) AS nth, first
               FROM (SELECT number, period, holding,
                            min(number) OVER (PARTITION BY statement) AS first
                     FROM judged WHERE period IS NOT NULL AND status = 'valid')) n
         JOIN judged j USING (number) JOIN periods r ON r.id = j.period
         JOIN entries e USING (number) JOIN submitters s ON s.id = e.submitter
         WHERE n.nth > 1 AND n.number = n.first ORDER BY number",
        manifest,
        writer,
    )?;
    Ok(())
}

/// What a trusted key has signed, at any time at which the file was handed in.
fn open_at_any<T: Body>(
    view: &View<'_>,
    keys: &KeySet,
    mut file: EvidenceFile,
) -> Result<Option<T>, StoreError> {
    loop {
        if let Ok(opened) = keys.open::<T>(&file.bytes, file.time_ms) {
            return Ok(Some(opened.body().clone()));
        }
        let Some(time_ms) = next_time(view, &file, keys, &[])? else { return Ok(None) };
        file.time_ms = time_ms;
    }
}

/// Bodies of trusted notes that share a number and differ.
fn trusted<T: Body>(
    view: &View<'_>,
    kind: EvidenceKind,
    venue: &str,
    number: u64,
    keys: &KeySet,
) -> Result<Vec<T>, FindingsError> {
    let mut bodies: Vec<T> = Vec::new();
    let mut from = 0;
    while let Some(file) = view.next_in_series(kind, venue, number, from)? {
        from = file.number + 1;
        if let Some(body) = open_at_any(view, keys, file)?
            && !bodies.contains(&body)
        {
            bodies.push(body);
        }
    }
    Ok(bodies)
}

impl Store {
    /// What a finished run found. Every exception is handed to `take`, kind by kind.
    ///
    /// Everything is computed from the entries of the log: each is read and compared with what the tables
    /// say of it. The run's file is a hint: its verdicts must be those of which the log has the digest,
    /// one for each proof, and all that are not valid and `sample` of the valid ones, drawn at random
    /// now, must come out again. No receipt may be of a time after `now_ms`, milliseconds since 1970.
    ///
    /// # Errors
    /// [`FindingsError`].
    pub fn findings(
        &self,
        expected: &Expected,
        run: &Run,
        judge: &mut Judge<'_, View<'_>>,
        sample: u64,
        now_ms: u64,
        take: impl FnMut(&Exception) -> std::io::Result<()>,
    ) -> Result<Recomputed, FindingsError> {
        // One state of the store, whatever is written to it meanwhile.
        let transaction = self.connection.unchecked_transaction()?;
        // And one of the run's file: what is hashed is what is read.
        let _reading = run.reading()?;
        let found = self.findings_now(expected, run, judge, (sample, now_ms), take)?;
        transaction.commit()?;
        Ok(found)
    }

    fn findings_now(
        &self,
        expected: &Expected,
        run: &Run,
        judge: &mut Judge<'_, View<'_>>,
        (sample, now_ms): (u64, u64),
        mut take: impl FnMut(&Exception) -> std::io::Result<()>,
    ) -> Result<Recomputed, FindingsError> {
        if run.shard != crate::Shard::WHOLE {
            return Err(FindingsError::Part(run.shard.to_string()));
        }
        if !run.is_done()? {
            return Err(FindingsError::Unfinished);
        }
        let connection = &self.connection;
        let view = self.at(run.subject.log.size);
        if expected.signers.is_none() {
            return Err(FindingsError::Signers);
        }
        let record = run.recorded(self)?;
        let ingestion = self.examine_now(run.subject.log.size, now_ms, |_| ())?;
        load(connection, run)?;
        check_whole(self, run.subject.log.size)?;
        let seed = draw_seed()?;
        let chosen = choose(connection, "temp.said", sample, seed)?;
        judge_again(self, connection, "temp.said", judge, &chosen)?;
        let Chosen { sampled, repeated, .. } = chosen;
        join(connection, expected.id, run.subject.log.size)?;
        let mut writer = Writer { take: &mut take, counts: BTreeMap::new() };
        list_all(connection, expected.id, &mut writer)?;
        let mut periods = self.periods(expected)?;
        for (at, (id, found)) in periods.iter_mut().enumerate() {
            self.check_period(&view, expected, at, *id, found, &mut writer)?;
        }
        self.contradicting_snapshots(&view, expected, &mut writer)?;
        let open = self.describe(&mut periods, judge)?;
        let not_checked = open.into_iter().map(|what| (what.code(), what.to_string())).collect();
        let statuses = self.statuses("SELECT status, count(*) FROM said GROUP BY status", [])?;
        let grid = self.grid(&periods)?;
        let periods: Vec<_> = periods.into_iter().map(|(_, found)| found).collect();
        let sum = |of: fn(&PeriodFindings) -> u64| periods.iter().map(of).sum::<u64>();
        let (due, due_accounts, shown) =
            (sum(|p| p.due), sum(|p| p.due_accounts), sum(|p| p.shown));
        let exceptions = writer.counts;
        let any = |kinds: &[ExceptionKind]| kinds.iter().any(|k| exceptions.contains_key(k.code()));
        use ExceptionKind as K;
        let verdict = if shown < due || any(&[K::Population, K::Enrolment, K::Contradiction]) {
            Verdict::Incomplete
        } else if any(&[K::Invalid]) {
            Verdict::InvalidProofs
        } else if exceptions.is_empty() {
            Verdict::Complete
        } else {
            Verdict::CompleteWithExceptions
        };
        let findings = Findings {
            verdict,
            entries: run.subject.log.size,
            proofs: statuses.values().sum(),
            statuses,
            exceptions,
            due,
            due_accounts,
            shown,
            periods,
            grid,
        };
        Ok(Recomputed { findings, ingestion, record, sampled, repeated, seed, not_checked })
    }

    fn statuses(
        &self,
        sql: &str,
        with: impl rusqlite::Params,
    ) -> Result<BTreeMap<&'static str, u64>, FindingsError> {
        let mut sql = self.connection.prepare_cached(sql)?;
        let mut rows = sql.query(with)?;
        let mut statuses = BTreeMap::new();
        while let Some(row) = rows.next()? {
            if let Some(status) = Status::of_code(&row.get::<_, String>(0)?) {
                statuses.insert(status.code(), from_row(row.get(1)?));
            }
        }
        Ok(statuses)
    }

    fn periods(&self, expected: &Expected) -> Result<Vec<(i64, PeriodFindings)>, FindingsError> {
        let sql = "SELECT p.id, p.venue, p.epoch, count(a.subject), coalesce(sum(a.accounts), 0),
                          coalesce(sum(a.shown >= a.accounts), 0)
                   FROM periods p LEFT JOIN answered a ON a.period = p.id
                   WHERE p.manifest = ?1 GROUP BY p.id ORDER BY p.place";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map([expected.id], |row| {
            let found = PeriodFindings {
                venue: row.get(1)?,
                epoch: from_row(row.get(2)?),
                due: from_row(row.get(3)?),
                due_accounts: from_row(row.get(4)?),
                shown: from_row(row.get(5)?),
                ..PeriodFindings::default()
            };
            Ok((row.get(0)?, found))
        })?;
        let mut periods = rows.collect::<Result<Vec<(i64, PeriodFindings)>, _>>()?;
        for ((id, found), period) in periods.iter_mut().zip(expected.rules.periods()) {
            found.population = period.population;
            found.proofs = self.statuses(
                "SELECT status, count(*) FROM judged WHERE period = ?1 GROUP BY status",
                [*id],
            )?;
            let sql = "SELECT count(*) FROM judged j WHERE j.period = ?1 AND j.status <> 'outside'
                       AND NOT EXISTS (SELECT 1 FROM due d
                                       WHERE d.period = j.period AND d.subject = j.subject)";
            found.unexpected = from_row(self.connection.query_row(sql, [*id], |row| row.get(0))?);
        }
        Ok(periods)
    }

    /// Population, ledger and enrolments of a period.
    fn check_period(
        &self,
        view: &View<'_>,
        expected: &Expected,
        at: usize,
        id: i64,
        found: &mut PeriodFindings,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let Some(demands) = expected.rules.policy(&found.venue) else { return Ok(()) };
        let Some(period) = expected.rules.periods().get(at) else { return Ok(()) };
        use ExceptionKind as K;
        let (due, population) = (found.due_accounts, found.population);
        if due > population {
            let reason = format!(
                "{} due of a population of {population}",
                counted(due, "account is", "accounts are")
            );
            writer.put(&about(period, K::Population, String::new(), reason))?;
        }
        if !matches!(demands.file().account, Some(AccountDemand::Ledger(_))) {
            return Ok(());
        }
        let (venue, epoch) = (&period.venue, period.epoch);
        let ledgers: Vec<LedgerCheckpoint> =
            trusted(view, EvidenceKind::Checkpoint, venue, epoch, demands.keys())?;
        match &ledgers[..] {
            [] => {
                let reason =
                    "no trusted checkpoint of the venue's ledger says how many accounts there are";
                writer.put(&about(period, K::Population, String::new(), reason.to_owned()))?;
            }
            [ledger] => {
                found.ledger_size = Some(ledger.size);
                if ledger.size != population {
                    let reason = format!(
                        "the manifest has a population of {population}, the venue's ledger {}",
                        counted(ledger.size, "account", "accounts")
                    );
                    writer.put(&about(period, K::Population, String::new(), reason))?;
                }
            }
            several => {
                let reason =
                    format!("the venue has signed {} ledgers of this epoch", several.len());
                writer.put(&about(period, K::Contradiction, String::new(), reason))?;
            }
        }
        self.check_enrolments(view, demands, period, id, found, writer)
    }

    /// Enrolments of a period's subjects, those of other periods not even read.
    fn check_enrolments(
        &self,
        view: &View<'_>,
        demands: &Demands,
        period: &Period,
        id: i64,
        found: &mut PeriodFindings,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let (venue, epoch) = (&period.venue, period.epoch);
        let audience = audience_digest(demands.file().audience.as_deref().unwrap_or_default());
        let sql = "SELECT d.subject, d.accounts FROM due d WHERE d.period = ?1 AND EXISTS (
                       SELECT 1 FROM evidence v WHERE v.kind = 'enrolment' AND v.name = d.subject
                              AND +v.venue = ?2 AND +v.series = ?3 AND v.number < ?4)";
        let mut sql = self.connection.prepare_cached(sql)?;
        let mut rows = sql.query(params![id, venue, to_row(epoch), to_row(view.size())])?;
        while let Some(row) = rows.next()? {
            let (subject, accounts): (Digest, i64) = (row.get(0)?, row.get(1)?);
            let accounts = from_row(accounts);
            // Numbers of accounts that the venue has stated.
            let mut stated = BTreeSet::new();
            let mut from = 0;
            let kind = EvidenceKind::Enrolment;
            while let Some(file) = view.next_named_in_series(kind, venue, epoch, &subject, from)? {
                from = file.number + 1;
                let body = open_at_any::<EnrolmentNote>(view, demands.keys(), file)?;
                let of_period = body.filter(|note| {
                    note.venue == *venue && note.epoch == epoch && note.audience == audience
                });
                stated.extend(of_period.map(|note| note.accounts));
            }
            if let Some(other) = stated.iter().find(|stated| **stated != accounts) {
                let reason = format!(
                    "{} due; the venue has enrolled {other}",
                    counted(accounts, "account is", "accounts are")
                );
                writer.put(&about(
                    period,
                    ExceptionKind::Enrolment,
                    hex::encode(subject),
                    reason,
                ))?;
            } else if !stated.is_empty() {
                found.enrolled += 1;
            }
        }
        Ok(())
    }

    /// Snapshots of one sequence number that differ. Two notes over one snapshot are no contradiction.
    fn contradicting_snapshots(
        &self,
        view: &View<'_>,
        expected: &Expected,
        writer: &mut Writer<'_>,
    ) -> Result<(), FindingsError> {
        let sql = "SELECT venue, series FROM evidence WHERE kind = 'snapshot-note' AND number < ?1
                   GROUP BY venue, series HAVING count(DISTINCT name) > 1 ORDER BY venue, series";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map([to_row(view.size())], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?))
        })?;
        for row in rows {
            let (venue, number) = row?;
            let number = from_row(number);
            let Some(demands) = expected.rules.policy(&venue) else { continue };
            let notes: Vec<SnapshotNote> =
                trusted(view, EvidenceKind::SnapshotNote, &venue, number, demands.keys())?;
            let snapshots: BTreeSet<_> = notes.iter().map(|note| note.snapshot).collect();
            if snapshots.len() > 1 {
                let count = snapshots.len();
                let reason = format!("the venue has signed {count} snapshots of number {number}");
                writer.put(&Exception {
                    kind: ExceptionKind::Contradiction,
                    venue,
                    epoch: 0,
                    subject: String::new(),
                    proof: String::new(),
                    submitter: String::new(),
                    code: String::new(),
                    reason,
                })?;
            }
        }
        Ok(())
    }

    /// How the evidence of each period's proofs meets the policy: where there are valid ones, that of a valid one. What
    /// the policies leave open for any valid proof, the proofs of all markets looked at.
    fn describe(
        &self,
        periods: &mut [(i64, PeriodFindings)],
        judge: &mut Judge<'_, View<'_>>,
    ) -> Result<BTreeSet<NotChecked>, FindingsError> {
        let mut open = BTreeSet::new();
        // Anybody can hand in proofs that are refused, of any number of snapshots.
        let sql = "SELECT snapshot, count(*), min(number),
                          min(CASE status WHEN 'valid' THEN number END)
                   FROM judged WHERE period = ?1 AND status <> 'outside' GROUP BY snapshot
                   ORDER BY sum(status = 'valid') DESC, 2 DESC, snapshot";
        let mut sql = self.connection.prepare(sql)?;
        for (at, (id, found)) in periods.iter_mut().enumerate() {
            let mut rows = sql.query([*id])?;
            while let Some(row) = rows.next()? {
                let (snapshot, proofs): (Digest, i64) = (row.get(0)?, row.get(1)?);
                let valid: Option<i64> = row.get(3)?;
                let is_shown =
                    (0..DESCRIBED).contains(&at) && (0..SNAPSHOTS).contains(&found.evidence.len());
                let first: i64 = row.get(2)?;
                // Those with valid proofs come first.
                let Some(number) = valid.or(is_shown.then_some(first)) else { break };
                let (snapshot, proofs) = (hex::encode(snapshot), from_row(proofs));
                let mut evidence = EvidenceFound { snapshot, proofs, ..Default::default() };
                match self.provenance(from_row(number), valid.is_some(), judge)? {
                    Ok(of) => {
                        if valid.is_some() {
                            open.extend(&of.not_checked);
                        }
                        evidence.take(of);
                    }
                    Err(judgement) => evidence.refused = Some(judgement.reason),
                }
                if is_shown {
                    found.evidence.push(evidence);
                }
            }
        }
        Ok(open)
    }

    /// What a proof relies on, or why there is nothing. One that is called valid relies on something.
    fn provenance(
        &self,
        number: u64,
        is_valid: bool,
        judge: &mut Judge<'_, View<'_>>,
    ) -> Result<Result<Provenance, Judgement>, FindingsError> {
        let proof = self.entry(number)?;
        let found = judge.provenance(&proof.bytes)?;
        match found {
            Err(judgement) if is_valid => Err(FindingsError::from(MergeError::Differs {
                proof: hex::encode(proof.digest),
                said: Status::Valid.code(),
                said_code: String::new(),
                found: judgement.status.code(),
                found_code: judgement.code,
            })),
            found => Ok(found),
        }
    }

    /// Bands of subjects, each with entries due and shown per period.
    fn grid(
        &self,
        periods: &[(i64, PeriodFindings)],
    ) -> Result<Vec<Vec<(u64, u64)>>, FindingsError> {
        let sql = "SELECT period, (rank - 1) * ?1 / most, count(*), sum(shown >= accounts) FROM (
                       SELECT a.period, a.shown, a.accounts,
                              dense_rank() OVER (ORDER BY a.subject) AS rank, ?2 AS most
                       FROM answered a)
                   GROUP BY 1, 2";
        let subjects = "SELECT count(DISTINCT subject) FROM answered";
        let subjects = from_row(self.connection.query_row(subjects, [], |row| row.get(0))?);
        let bands = subjects.clamp(1, BANDS);
        let mut grid = vec![vec![(0, 0); periods.len()]; usize::try_from(bands).unwrap_or(1)];
        let places: BTreeMap<i64, usize> =
            periods.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
        let mut sql = self.connection.prepare(sql)?;
        let mut rows = sql.query(params![to_row(bands), to_row(subjects.max(1))])?;
        while let Some(row) = rows.next()? {
            let (period, band): (i64, i64) = (row.get(0)?, row.get(1)?);
            let cell = grid.get_mut(usize::try_from(band).unwrap_or(0));
            let cell = cell.and_then(|row| row.get_mut(*places.get(&period)?));
            if let Some(cell) = cell {
                *cell = (from_row(row.get(2)?), from_row(row.get(3)?));
            }
        }
        Ok(grid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run's file is recorded when it covers the log, so this is the second net.
    #[test]
    fn verdicts_are_on_every_proof_and_on_nothing_else() {
        let folder = tempfile::tempdir().expect("folder");
        let mut store = Store::open(&folder.path().join("s.db")).expect("store");
        let mut ingest = store.ingest("venue", 1_000).expect("ingest");
        let files: [&[u8]; 3] = [
            include_bytes!("../../../params/golden/binance-cross-v1.zkm"),
            include_bytes!("../../../params/examples/binance-cross.schedule.json"),
            include_bytes!("../../../params/golden/lighter-222378-v1.zkm"),
        ];
        for bytes in files {
            ingest.add(bytes).expect("added");
        }
        ingest.commit().expect("commit");
        let check = |numbers: &[i64], size: u64| {
            let sql = "DROP TABLE IF EXISTS temp.said; CREATE TEMP TABLE said (number INTEGER)";
            store.connection.execute_batch(sql).expect("table");
            for number in numbers {
                let sql = "INSERT INTO temp.said VALUES (?1)";
                store.connection.execute(sql, [number]).expect("row");
            }
            check_whole(&store, size).err().map(|error| error.to_string())
        };
        let digest = |at: usize| hex::encode(zkmargin_model::envelope::file_digest(files[at]));
        assert_eq!((check(&[0, 2], 3), check(&[0], 2)), (None, None));
        let lacking = check(&[0], 3).expect("lacking");
        assert!(lacking.contains(&digest(2)), "{lacking}");
        for (numbers, size, at) in [([0, 1, 2], 3, 1), ([0, 1, 0], 2, 1), ([0, 2, 2], 2, 2)] {
            let unknown = check(&numbers, size).expect("unknown");
            assert!(unknown.contains(&digest(at)), "{unknown}");
        }
    }
}
