//! The file of a run: facts about it, its verdicts, and its progress.

use super::handle::Handle;
use super::integers::{from_row, to_row};
use super::verdicts::Verdicts;
use crate::status::MAX_REASON_BYTES;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::path::Path;
use zkmargin_storage::Kind;
use zkmargin_storage::database::DatabaseError;

/// Maximum length of a code, reason or fact read from a run's file, in bytes: it may come from a stranger.
const LONGEST: i64 = 4096;

// What is written can be read back.
const _: () = assert!((MAX_REASON_BYTES as i64) < LONGEST);

/// The table of a run's verdicts.
const VERDICTS: &str = "verdicts";

/// What a run does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Known proofs, in the order of markets.
    Proofs = 0,
    /// What could not be read.
    Unsupported = 1,
    /// Nothing.
    Finished = 2,
}

impl Stage {
    fn of(number: i64) -> Option<Self> {
        [Self::Proofs, Self::Unsupported, Self::Finished]
            .into_iter()
            .find(|stage| *stage as i64 == number)
    }
}

/// The last proof that has a verdict, in the order of markets; before all proofs at first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub schedule: Vec<u8>,
    pub snapshot: Vec<u8>,
    /// As in the tables; -1 before all.
    pub submitter: i64,
    /// As in the tables; -1 before all.
    pub number: i64,
}

/// A verdict as it stands in a run's file.
#[derive(Debug)]
pub(crate) struct VerdictRow {
    pub number: u64,
    pub status: String,
    pub code: String,
    pub reason: String,
}

/// Why a run's file cannot be used.
#[derive(Debug)]
pub(crate) enum RunFileError {
    /// The database.
    Database(DatabaseError),
    /// Something no run contains.
    Forged(&'static str),
}

impl From<DatabaseError> for RunFileError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::Error> for RunFileError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// A run's file.
#[derive(Debug)]
pub(crate) struct RunFile(Handle);

/// A run's file, held in its current state.
pub(crate) struct Held<'a>(Transaction<'a>);

impl Held<'_> {
    pub fn release(self) -> Result<(), DatabaseError> {
        Ok(self.0.finish()?)
    }
}

impl RunFile {
    pub fn to_write(path: &Path) -> Result<Self, DatabaseError> {
        Handle::to_write(path, Kind::AuditRun).map(Self)
    }

    /// Opens a file that may come from a stranger.
    pub fn to_read(path: &Path) -> Result<Self, DatabaseError> {
        Handle::to_read(path, Kind::AuditRun).map(Self)
    }

    /// Begins a transaction.
    pub fn begin(&mut self) -> Result<RunWriter<'_>, DatabaseError> {
        Ok(RunWriter(self.0.transaction()?))
    }

    /// Holds the file in its current state.
    pub fn hold(&self) -> Result<Held<'_>, DatabaseError> {
        let transaction = self.0.unchecked_transaction()?;
        // Reading begins with the first row.
        transaction.query_row("SELECT count(*) FROM place", [], |row| row.get::<_, i64>(0))?;
        Ok(Held(transaction))
    }

    pub fn fact(&self, key: &str) -> Result<Option<String>, RunFileError> {
        fact(&self.0, key)
    }

    pub fn set_fact(&self, key: &str, value: &str) -> Result<(), DatabaseError> {
        set_fact(&self.0, key, value)
    }

    /// Number of verdicts in the file.
    pub fn count(&self) -> Result<u64, DatabaseError> {
        let sql = "SELECT count(*) FROM verdicts";
        Ok(self.0.query_row(sql, [], |row| row.get(0).map(from_row))?)
    }

    /// Where the run is. `None` stands for a stage that no run has.
    pub fn place(&self) -> Result<(Option<Stage>, Place), DatabaseError> {
        let sql = "SELECT schedule, snapshot, submitter, number, done FROM place";
        Ok(self.0.query_row(sql, [], |row| {
            let (schedule, snapshot) = (row.get(0)?, row.get(1)?);
            let place = Place { schedule, snapshot, submitter: row.get(2)?, number: row.get(3)? };
            Ok((Stage::of(row.get(4)?), place))
        })?)
    }

    pub fn stage(&self) -> Result<Option<Stage>, DatabaseError> {
        Ok(self.0.query_row("SELECT done FROM place", [], |row| row.get(0).map(Stage::of))?)
    }

    /// Moves on to what could not be read.
    pub fn end_proofs(&self) -> Result<(), DatabaseError> {
        let sql = "UPDATE place SET done = ?1, number = -1";
        self.0.execute(sql, [Stage::Unsupported as i64])?;
        Ok(())
    }

    /// Passes on every verdict on the log's first `size` entries, in log order. `wrong` makes the caller's error.
    pub fn each<E>(
        &self,
        size: u64,
        wrong: impl Fn(RunFileError) -> E,
        mut take: impl FnMut(VerdictRow) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT number,
                          CASE WHEN octet_length(status) <= ?1 THEN status END,
                          CASE WHEN octet_length(code) <= ?1 THEN code END,
                          CASE WHEN octet_length(reason) <= ?1 THEN reason END
                   FROM verdicts ORDER BY number";
        let database = |error: rusqlite::Error| wrong(error.into());
        let mut sql = self.0.prepare(sql).map_err(database)?;
        let mut rows = sql.query([LONGEST]).map_err(database)?;
        let mut next = 0;
        while let Some(row) = rows.next().map_err(database)? {
            // A damaged file could hold the same rows again and again.
            let number: i64 = row.get(0).map_err(database)?;
            if number < next || from_row(number) >= size {
                return Err(wrong(RunFileError::Forged("a verdict on no entry of its log")));
            }
            next = number + 1;
            let get = || -> rusqlite::Result<_> { Ok((row.get(1)?, row.get(2)?, row.get(3)?)) };
            let (Some(status), Some(code), Some(reason)) = get().map_err(database)? else {
                return Err(wrong(RunFileError::Forged("a verdict that is too long")));
            };
            take(VerdictRow { number: from_row(number), status, code, reason })?;
        }
        Ok(())
    }
}

/// A transaction on a run's file.
pub(crate) struct RunWriter<'a>(Transaction<'a>);

impl RunWriter<'_> {
    pub fn fact(&self, key: &str) -> Result<Option<String>, RunFileError> {
        fact(&self.0, key)
    }

    pub fn set_fact(&self, key: &str, value: &str) -> Result<(), DatabaseError> {
        set_fact(&self.0, key, value)
    }

    pub fn verdicts(&self) -> Verdicts<'_> {
        Verdicts::of(&self.0, VERDICTS)
    }

    /// Moves on past a known proof.
    pub fn go_to(&self, place: &Place) -> Result<(), DatabaseError> {
        let Place { schedule, snapshot, submitter, number } = place;
        let sql = "UPDATE place SET schedule = ?1, snapshot = ?2, submitter = ?3, number = ?4";
        self.0.execute(sql, params![schedule, snapshot, submitter, number])?;
        Ok(())
    }

    /// Moves on past a proof that could not be read.
    pub fn go_to_unsupported(&self, number: u64) -> Result<(), DatabaseError> {
        let sql = "UPDATE place SET done = ?1, number = ?2";
        self.0.execute(sql, params![Stage::Unsupported as i64, to_row(number)])?;
        Ok(())
    }

    /// Ends the run after its last proof.
    pub fn finish(&self) -> Result<(), DatabaseError> {
        let sql = "UPDATE place SET done = ?1, number = -1";
        self.0.execute(sql, [Stage::Finished as i64])?;
        Ok(())
    }

    pub fn commit(self) -> Result<(), DatabaseError> {
        Ok(self.0.commit()?)
    }
}

fn fact(connection: &Connection, key: &str) -> Result<Option<String>, RunFileError> {
    let sql = "SELECT CASE WHEN octet_length(value) <= ?2 THEN value END FROM facts WHERE key = ?1";
    let value = connection.query_row(sql, params![key, LONGEST], |row| row.get(0)).optional();
    match value? {
        Some(None) => Err(RunFileError::Forged("a fact that is too long")),
        Some(Some(value)) => Ok(Some(value)),
        None => Ok(None),
    }
}

fn set_fact(connection: &Connection, key: &str, value: &str) -> Result<(), DatabaseError> {
    let sql = "INSERT INTO facts VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";
    connection.execute(sql, [key, value])?;
    Ok(())
}
