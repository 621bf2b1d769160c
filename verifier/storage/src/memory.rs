//! A verifier's memory in one SQLite file.
//!
//! Every acceptance is one immediate transaction: it takes the write lock before it looks, so that of two processes
//! that race, one sees the other's rows. It is on disk before it returns.

use crate::database::{self, DatabaseError, integer, milliseconds};
use crate::kind::Kind;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::num::NonZeroU64;
use std::path::Path;
use zkmargin_model::context::Context;
use zkmargin_model::context::zero_for_none;
use zkmargin_notes::sequence::{Numbered, Series};
use zkmargin_notes::{LedgerCheckpoint, SnapshotNote};
use zkmargin_params::{Challenge, Requirement};
use zkmargin_policy::{Before, Issued, Replay, SeenStore, Use, check_use, is_next};

/// A verifier's memory.
#[derive(Debug)]
pub struct SqliteMemory {
    connection: Connection,
}

impl SqliteMemory {
    /// Opens a memory, creating it if necessary.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub fn open(path: &Path) -> Result<Self, DatabaseError> {
        Ok(Self { connection: database::open(path, Kind::Memory)? })
    }

    fn transaction(&mut self) -> Result<Transaction<'_>, DatabaseError> {
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }
}

fn issued(connection: &Connection, nonce: &[u8; 32]) -> Result<Option<Issued>, DatabaseError> {
    let sql = "SELECT audience, purpose, epoch, time_ms, expires_ms, answered_ms IS NOT NULL
               FROM challenges WHERE nonce = ?1";
    let row = connection.query_row(sql, params![nonce], |row| {
        let texts: [String; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
        Ok((texts, row.get::<_, i64>(3)?, row.get::<_, i64>(4)?, row.get(5)?))
    });
    let Some(([audience, purpose, epoch], time, expires, answered)) = row.optional()? else {
        return Ok(None);
    };
    let epoch = epoch.parse().map_err(|_| DatabaseError::Row("period"))?;
    let context = Context::new(audience, purpose, Some(*nonce));
    let context = context.map_err(|_| DatabaseError::Row("context"))?;
    let context = context.of_epoch(NonZeroU64::new(epoch));
    let context = context.expiring(NonZeroU64::new(milliseconds(expires)?));
    let challenge = Challenge::new(context, milliseconds(time)?);
    let challenge = challenge.ok_or(DatabaseError::Row("challenge"))?;
    Ok(Some(Issued { challenge, answered }))
}

fn is_seen(
    connection: &Connection,
    used: &Use,
    nullifier: &[u8; 32],
) -> Result<bool, DatabaseError> {
    let sql = "SELECT 1 FROM nullifiers WHERE scope = ?1 AND nullifier = ?2";
    let row = connection.query_row(sql, params![used.scope, nullifier], |_| Ok(()));
    Ok(row.optional()?.is_some())
}

/// The requirement of a series as its row has it; ledgers have none.
fn requirement(series: &Series) -> &'static str {
    series.requirement.map_or("", Requirement::name)
}

fn last<T: Numbered>(
    connection: &Connection,
    kind: &'static str,
    series: &Series,
) -> Result<Option<T>, DatabaseError> {
    let sql = "SELECT last FROM series
               WHERE kind = ?1 AND venue = ?2 AND registry = ?3 AND requirement = ?4";
    let with = params![kind, series.venue, series.registry.bytes(), requirement(series)];
    let row: Option<String> = connection.query_row(sql, with, |row| row.get(0)).optional()?;
    row.map(|text| T::parse(&text).map_err(|_| DatabaseError::Row(kind))).transpose()
}

/// The last notes of a note's series.
fn last_of<T: Numbered>(
    connection: &Connection,
    kind: &'static str,
    note: Option<&T>,
) -> Result<Vec<T>, DatabaseError> {
    let series = note.map(Numbered::series).unwrap_or_default();
    let last = series.iter().map(|series| last(connection, kind, series));
    last.filter_map(Result::transpose).collect()
}

fn look(connection: &Connection, used: &Use) -> Result<Result<(), Replay>, DatabaseError> {
    let answered = match &used.nonce {
        Some(nonce) => issued(connection, nonce)?.map(|issued| issued.answered),
        None => None,
    };
    let mut seen = Vec::new();
    for nullifier in &used.nullifiers {
        if is_seen(connection, used, nullifier)? {
            seen.push(*nullifier);
        }
    }
    let snapshots = last_of::<SnapshotNote>(connection, "snapshot", used.snapshot.as_ref())?;
    let checkpoints = last_of::<LedgerCheckpoint>(connection, "ledger", used.checkpoint.as_ref())?;
    Ok(check_use(
        used,
        |_| answered,
        |nullifier| seen.contains(nullifier),
        &snapshots,
        &checkpoints,
    ))
}

fn is_empty(connection: &Connection) -> Result<bool, DatabaseError> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM challenges)
                  AND NOT EXISTS (SELECT 1 FROM nullifiers)
                  AND NOT EXISTS (SELECT 1 FROM series)";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

/// Makes a note the last of each of its series that it is not behind. Returns whether there was a last one of each.
fn remember<T: Numbered>(
    connection: &Connection,
    kind: &'static str,
    note: Option<&T>,
    now: i64,
) -> Result<bool, DatabaseError> {
    let Some(note) = note else { return Ok(false) };
    let mut is_each = true;
    for series in note.series() {
        let last = last::<T>(connection, kind, &series)?;
        is_each &= last.is_some();
        if !is_next(last.as_ref(), note) {
            continue;
        }
        let sql = "INSERT INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT DO UPDATE SET last = excluded.last, seen_ms = excluded.seen_ms";
        let (registry, requirement) = (series.registry.bytes(), requirement(&series));
        let with = params![kind, series.venue, registry, requirement, note.to_text(), now];
        connection.execute(sql, with)?;
    }
    Ok(is_each)
}

impl SeenStore for SqliteMemory {
    type Error = DatabaseError;

    fn issue(&mut self, challenge: &Challenge) -> Result<(), DatabaseError> {
        let context = challenge.context();
        let sql = "INSERT INTO challenges VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)";
        self.connection.execute(
            sql,
            params![
                challenge.nonce(),
                context.audience(),
                context.purpose(),
                zero_for_none(context.epoch()).to_string(),
                integer(challenge.time_ms()),
                integer(challenge.expires_ms()),
            ],
        )?;
        Ok(())
    }

    fn issued(&mut self, nonce: &[u8; 32]) -> Result<Option<Issued>, DatabaseError> {
        issued(&self.connection, nonce)
    }

    fn look(&mut self, used: &Use) -> Result<Result<(), Replay>, DatabaseError> {
        look(&self.connection, used)
    }

    fn accept(&mut self, used: &Use) -> Result<Result<Before, Replay>, DatabaseError> {
        let transaction = self.transaction()?;
        if let Err(replay) = look(&transaction, used)? {
            return Ok(Err(replay));
        }
        let (now, anything) = (integer(used.now_ms), !is_empty(&transaction)?);
        if let Some(nonce) = &used.nonce {
            let sql =
                "UPDATE challenges SET answered_ms = ?2 WHERE nonce = ?1 AND answered_ms IS NULL";
            transaction.execute(sql, params![nonce, now])?;
        }
        for nullifier in &used.nullifiers {
            let sql = "INSERT INTO nullifiers VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            transaction.execute(sql, params![used.scope, nullifier, now])?;
        }
        let snapshot = remember(&transaction, "snapshot", used.snapshot.as_ref(), now)?;
        let checkpoint = remember(&transaction, "ledger", used.checkpoint.as_ref(), now)?;
        transaction.commit()?;
        Ok(Ok(Before { snapshot, checkpoint, anything }))
    }

    fn is_empty(&mut self) -> Result<bool, DatabaseError> {
        is_empty(&self.connection)
    }
}
