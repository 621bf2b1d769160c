//! What the verdicts of a run and the list of what is due say together: temporary tables and counts per period.

use super::Store;
use super::due::{ManifestId, PeriodId};
use super::error::StoreError;
use super::integers::{from_row, to_row};
use super::verdicts::Verdicts;
use crate::evidence::EvidenceKind;
use crate::kinds::{PROOF, UNSUPPORTED};
use crate::status::Status;
use rusqlite::types::FromSql;
use rusqlite::{Row, Transaction, params};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use zkmargin_model::digest::{Digest, RegistryDigest, ScheduleDigest, SnapshotDigest};

/// What was said about each proof.
const SAID: &str = "
    DROP TABLE IF EXISTS temp.said;
    CREATE TEMP TABLE said (number INTEGER PRIMARY KEY, status TEXT, code TEXT, reason TEXT);
";

/// Venue and registry of each schedule that proofs name.
const SERIES: &str = "
    CREATE TEMP TABLE series (schedule BLOB PRIMARY KEY, venue TEXT, registry BLOB);
";

const DROP_JOINED: &str = "
    DROP TABLE IF EXISTS temp.series;
    DROP TABLE IF EXISTS temp.judged;
    DROP TABLE IF EXISTS temp.answered;
";

/// What was said about each proof, with the period it belongs to according to the log when the run began.
const JUDGED: &str = "
    CREATE TEMP TABLE judged AS
        SELECT p.number AS number, r.id AS period, p.subject AS subject, p.holding AS holding,
               p.statement AS statement, p.snapshot AS snapshot, p.epoch AS epoch, v.status AS status
        FROM said v JOIN proofs p USING (number)
        LEFT JOIN series s ON s.schedule = p.schedule
        LEFT JOIN periods r ON r.manifest = ?1 AND r.epoch = p.epoch AND r.venue = s.venue
                            AND r.registry = s.registry
";

const JUDGED_DUE: &str =
    "CREATE INDEX temp.judged_due ON judged (period, subject, status, holding)";

/// What is due, with what shows it.
const ANSWERED: &str = "
    CREATE TEMP TABLE answered AS
        SELECT d.period AS period, d.subject AS subject, d.accounts AS accounts,
               (SELECT count(DISTINCT j.holding) FROM judged j
                WHERE j.period = d.period AND j.subject = d.subject AND j.status = ?2) AS shown
        FROM due d JOIN periods p ON p.id = d.period WHERE p.manifest = ?1
";

/// The store, held in its current state.
pub(crate) struct Reading<'a>(Transaction<'a>);

impl Reading<'_> {
    pub fn end(self) -> Result<(), StoreError> {
        Ok(self.0.commit()?)
    }
}

/// A period with what is due in it, counted.
#[derive(Debug)]
pub(crate) struct CountedPeriod {
    pub id: PeriodId,
    pub venue: String,
    pub registry: RegistryDigest,
    pub epoch: u64,
    pub due: u64,
    pub due_accounts: u64,
    pub shown: u64,
}

/// A snapshot a period's proofs rely on.
#[derive(Debug)]
pub(crate) struct JudgedSnapshot {
    pub snapshot: SnapshotDigest,
    /// Proofs that rely on it.
    pub proofs: u64,
    /// The first of them.
    pub first: u64,
    /// The first valid one.
    pub valid: Option<u64>,
}

/// A cell of the picture: a period's subjects of one band.
#[derive(Debug)]
pub(crate) struct Cell {
    pub period: PeriodId,
    pub band: u64,
    pub due: u64,
    pub shown: u64,
}

fn pair<T: FromSql>(row: &Row<'_>) -> rusqlite::Result<(T, u64)> {
    Ok((row.get(0)?, from_row(row.get(1)?)))
}

fn judged_snapshot(row: &Row<'_>) -> rusqlite::Result<JudgedSnapshot> {
    let (snapshot, proofs) = pair::<Digest>(row)?;
    let snapshot = snapshot.into();
    let (first, valid) = (from_row(row.get(2)?), row.get::<_, Option<i64>>(3)?.map(from_row));
    Ok(JudgedSnapshot { snapshot, proofs, first, valid })
}

impl Store {
    /// Holds one state of the store, whatever is written to it in the meantime.
    pub(crate) fn hold(&self) -> Result<Reading<'_>, StoreError> {
        Ok(Reading(self.connection.unchecked_transaction()?))
    }

    /// The temporary table of verdicts, recreated.
    pub(crate) fn new_said(&self) -> Result<Verdicts<'_>, StoreError> {
        self.connection.execute_batch(SAID)?;
        Ok(Verdicts::of(&self.connection, "temp.said"))
    }

    /// Proofs in the log's first `size` entries about which nothing was said: how many, and the first of them.
    pub(crate) fn unsaid(&self, size: u64) -> Result<Option<(u64, u64)>, StoreError> {
        let sql = "SELECT count(*), min(number) FROM entries
                   WHERE kind IN (?2, ?3) AND number < ?1
                         AND number NOT IN (SELECT number FROM temp.said)";
        let with = params![to_row(size), PROOF, UNSUPPORTED];
        Ok(self.connection.query_row(sql, with, |row| {
            let first: Option<i64> = row.get(1)?;
            let count = from_row(row.get(0)?);
            Ok(first.map(|first| (count, from_row(first))))
        })?)
    }

    /// The first entry about which something was said but that is not a proof in the log's first `size` entries.
    pub(crate) fn said_of_no_proof(&self, size: u64) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT min(number) FROM temp.said WHERE number NOT IN (
                       SELECT number FROM entries WHERE kind IN (?2, ?3) AND number < ?1)";
        let with = params![to_row(size), PROOF, UNSUPPORTED];
        let first = self.connection.query_row(sql, with, |row| row.get::<_, Option<i64>>(0))?;
        Ok(first.map(from_row))
    }

    /// Creates the temporary tables that follow from the verdicts and a manifest.
    pub(crate) fn join<E: From<StoreError>>(
        &self,
        manifest: ManifestId,
        mut series_of: impl FnMut(&ScheduleDigest) -> Result<Option<(String, RegistryDigest)>, E>,
    ) -> Result<(), E> {
        let begun = self.connection.execute_batch(DROP_JOINED);
        begun.and_then(|()| self.connection.execute_batch(SERIES)).map_err(StoreError::from)?;
        for schedule in self.judged_schedules()? {
            let Some((venue, registry)) = series_of(&schedule)? else { continue };
            let with = params![schedule.bytes(), venue, registry.bytes()];
            let sql = "INSERT INTO series VALUES (?1, ?2, ?3)";
            self.connection.execute(sql, with).map_err(StoreError::from)?;
        }
        Ok(self.join_periods(manifest)?)
    }

    /// The schedules that proofs name about which something was said.
    fn judged_schedules(&self) -> Result<Vec<ScheduleDigest>, StoreError> {
        let sql = "SELECT DISTINCT p.schedule FROM said v JOIN proofs p USING (number)";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map([], |row| row.get::<_, Digest>(0).map(ScheduleDigest::from))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn join_periods(&self, manifest: ManifestId) -> Result<(), StoreError> {
        self.connection.execute(JUDGED, [manifest.0])?;
        self.connection.execute(JUDGED_DUE, [])?;
        self.connection.execute(ANSWERED, params![manifest.0, Status::Valid.code()])?;
        Ok(())
    }

    /// Proofs by status.
    pub(crate) fn statuses(&self) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        self.count_statuses("SELECT status, count(*) FROM said GROUP BY status", [])
    }

    /// Proofs of a period by status.
    pub(crate) fn statuses_of(
        &self,
        period: PeriodId,
    ) -> Result<BTreeMap<&'static str, u64>, StoreError> {
        let sql = "SELECT status, count(*) FROM judged WHERE period = ?1 GROUP BY status";
        self.count_statuses(sql, [period.0])
    }

    fn count_statuses(
        &self,
        sql: &str,
        with: impl rusqlite::Params,
    ) -> Result<BTreeMap<&'static str, u64>, StoreError> {
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

    /// The periods of a manifest, in its order.
    pub(crate) fn counted_periods(
        &self,
        manifest: ManifestId,
    ) -> Result<Vec<CountedPeriod>, StoreError> {
        let sql = "SELECT p.id, p.venue, p.epoch, count(a.subject), coalesce(sum(a.accounts), 0),
                          coalesce(sum(a.shown >= a.accounts), 0), p.registry
                   FROM periods p LEFT JOIN answered a ON a.period = p.id
                   WHERE p.manifest = ?1 GROUP BY p.id ORDER BY p.place";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map([manifest.0], |row| {
            Ok(CountedPeriod {
                id: PeriodId(row.get(0)?),
                venue: row.get(1)?,
                epoch: from_row(row.get(2)?),
                due: from_row(row.get(3)?),
                due_accounts: from_row(row.get(4)?),
                shown: from_row(row.get(5)?),
                registry: row.get::<_, Digest>(6)?.into(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Number of proofs of a period about subjects not due in it.
    pub(crate) fn count_unexpected(&self, period: PeriodId) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM judged j WHERE j.period = ?1 AND j.status <> ?2
                   AND NOT EXISTS (SELECT 1 FROM due d
                                   WHERE d.period = j.period AND d.subject = j.subject)";
        let with = params![period.0, Status::Outside.code()];
        let mut sql = self.connection.prepare_cached(sql)?;
        Ok(sql.query_row(with, |row| row.get(0).map(from_row))?)
    }

    /// Passes on the subjects of a period, with what is due of each, that have enrolments of a venue and epoch in the
    /// log's first `size` entries.
    pub(crate) fn each_enrolled<E: From<StoreError>>(
        &self,
        period: PeriodId,
        (venue, epoch): (&str, u64),
        size: u64,
        mut take: impl FnMut(&Digest, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT d.subject, d.accounts FROM due d WHERE d.period = ?1 AND EXISTS (
                       SELECT 1 FROM evidence v WHERE v.kind = ?5 AND v.name = d.subject
                              AND +v.venue = ?2 AND +v.series = ?3 AND v.number < ?4)";
        let kind = EvidenceKind::Enrolment.name();
        let with = params![period.0, venue, to_row(epoch), to_row(size), kind];
        let mut sql = self.connection.prepare_cached(sql).map_err(StoreError::from)?;
        let mut rows = sql.query(with).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let (subject, accounts) = pair::<Digest>(row).map_err(StoreError::from)?;
            take(&subject, accounts)?;
        }
        Ok(())
    }

    /// Passes on venues and the numbers of snapshots that notes of theirs are over, in the log's first `size` entries.
    pub(crate) fn each_numbered_snapshot<E: From<StoreError>>(
        &self,
        size: u64,
        mut take: impl FnMut(String, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT venue, series FROM evidence WHERE kind = ?2 AND number < ?1
                   GROUP BY venue, series ORDER BY venue, series";
        let with = params![to_row(size), EvidenceKind::SnapshotNote.name()];
        let mut sql = self.connection.prepare(sql).map_err(StoreError::from)?;
        let mut rows = sql.query(with).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let (venue, number) = pair(row).map_err(StoreError::from)?;
            take(venue, number)?;
        }
        Ok(())
    }

    /// Passes on the snapshots that proofs of a period rely on, those with the most valid proofs first, until `take`
    /// has enough.
    pub(crate) fn each_snapshot<E: From<StoreError>>(
        &self,
        period: PeriodId,
        mut take: impl FnMut(JudgedSnapshot) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let sql = "SELECT snapshot, count(*), min(number),
                          min(CASE status WHEN ?2 THEN number END)
                   FROM judged WHERE period = ?1 AND status <> ?3 GROUP BY snapshot
                   ORDER BY sum(status = ?2) DESC, 2 DESC, snapshot";
        let with = params![period.0, Status::Valid.code(), Status::Outside.code()];
        let mut sql = self.connection.prepare_cached(sql).map_err(StoreError::from)?;
        let mut rows = sql.query(with).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            if take(judged_snapshot(row).map_err(StoreError::from)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Number of subjects from whom anything is due.
    pub(crate) fn count_subjects(&self) -> Result<u64, StoreError> {
        let sql = "SELECT count(DISTINCT subject) FROM answered";
        Ok(self.connection.query_row(sql, [], |row| row.get(0).map(from_row))?)
    }

    /// Passes on the picture's cells, with `most` subjects divided into bands.
    pub(crate) fn each_cell(
        &self,
        bands: u64,
        most: u64,
        mut take: impl FnMut(Cell),
    ) -> Result<(), StoreError> {
        let sql = "SELECT period, (rank - 1) * ?1 / most, count(*), sum(shown >= accounts) FROM (
                       SELECT a.period, a.shown, a.accounts,
                              dense_rank() OVER (ORDER BY a.subject) AS rank, ?2 AS most
                       FROM answered a)
                   GROUP BY 1, 2";
        let mut sql = self.connection.prepare(sql)?;
        let mut rows = sql.query(params![to_row(bands), to_row(most)])?;
        while let Some(row) = rows.next()? {
            take(Cell {
                period: PeriodId(row.get(0)?),
                band: from_row(row.get(1)?),
                due: from_row(row.get(2)?),
                shown: from_row(row.get(3)?),
            });
        }
        Ok(())
    }
}
