//! What the tables say about a proof: its row, derived from its statement and compared with it.

use super::Store;
use super::entry::{holding, slot, subject};
use super::error::StoreError;
use super::integers::to_row;
use rusqlite::{Connection, OptionalExtension, params};
use zkmargin_model::context::zero_for_none;
use zkmargin_model::digest::{Digest, ScheduleDigest, SnapshotDigest};
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::field_bytes;
use zkmargin_model::statement::Statement;

/// What the tables say about a proof.
#[derive(Debug, PartialEq, Eq)]
struct ProofRow {
    statement: Digest,
    schedule: ScheduleDigest,
    snapshot: SnapshotDigest,
    epoch: i64,
    subject: Digest,
    holding: Digest,
    slot: u32,
}

impl ProofRow {
    fn of(statement: &Statement) -> Self {
        let (epoch, subject) = (zero_for_none(statement.context.epoch()), subject(statement));
        Self {
            statement: field_bytes(&statement.digest()),
            schedule: statement.schedule_digest,
            snapshot: statement.snapshot_digest,
            epoch: to_row(epoch),
            subject,
            holding: holding(statement),
            slot: slot(epoch, &subject),
        }
    }
}

/// Adds a proof's row.
pub(super) fn add_proof_row(
    connection: &Connection,
    number: i64,
    submitter: i64,
    envelope: &Envelope,
) -> Result<(), StoreError> {
    let row = ProofRow::of(envelope.statement());
    let sql = "INSERT INTO proofs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute(params![
        number,
        submitter,
        row.statement,
        row.schedule.bytes(),
        row.snapshot.bytes(),
        row.epoch,
        row.subject,
        row.holding,
        row.slot,
    ])?;
    Ok(())
}

impl Store {
    /// Compares what the tables say about a proof with its file.
    pub(super) fn check_proof(&self, number: u64, statement: &Statement) -> Result<(), StoreError> {
        let damaged = || StoreError::Damaged(number);
        let sql = "SELECT statement, schedule, snapshot, epoch, subject, holding, slot, submitter
                       = (SELECT submitter FROM entries e WHERE e.number = p.number)
                   FROM proofs p WHERE number = ?1";
        let mut sql = self.connection.prepare_cached(sql)?;
        let found: Option<(ProofRow, bool)> = sql
            .query_row([to_row(number)], |row| {
                let columns = ProofRow {
                    statement: row.get(0)?,
                    schedule: row.get::<_, Digest>(1)?.into(),
                    snapshot: row.get::<_, Digest>(2)?.into(),
                    epoch: row.get(3)?,
                    subject: row.get(4)?,
                    holding: row.get(5)?,
                    slot: row.get(6)?,
                };
                Ok((columns, row.get(7)?))
            })
            .optional()?;
        match found {
            Some((row, true)) if row == ProofRow::of(statement) => Ok(()),
            _ => Err(damaged()),
        }
    }
}
