//! Tables of verdicts: that of a run's file, and the temporary one from which findings are computed.

use super::integers::{from_row, to_row};
use crate::status::Status;
use rusqlite::{Connection, Rows, Statement, params};
use zkmargin_storage::database::DatabaseError;

/// A table of verdicts.
#[derive(Debug)]
pub(crate) struct Verdicts<'a> {
    connection: &'a Connection,
    table: &'static str,
    insert: String,
    insert_new: String,
    said: String,
    give_reason: String,
}

impl<'a> Verdicts<'a> {
    pub(super) fn of(connection: &'a Connection, table: &'static str) -> Self {
        Self {
            connection,
            table,
            insert: format!("INSERT INTO {table} VALUES (?1, ?2, ?3, ?4)"),
            insert_new: format!("INSERT OR IGNORE INTO {table} VALUES (?1, ?2, ?3, '')"),
            said: format!("SELECT status, code FROM {table} WHERE number = ?1"),
            give_reason: format!("UPDATE {table} SET reason = ?2 WHERE number = ?1"),
        }
    }

    /// Adds the verdict on a proof that has none.
    pub fn add(
        &self,
        number: u64,
        status: Status,
        code: &str,
        reason: &str,
    ) -> Result<(), DatabaseError> {
        let row = params![to_row(number), status.code(), code, reason];
        self.connection.prepare_cached(&self.insert)?.execute(row)?;
        Ok(())
    }

    /// Adds the verdict on a proof, without a reason in words, unless it already has one. Returns whether it had none.
    pub fn add_new(&self, number: u64, status: Status, code: &str) -> Result<bool, DatabaseError> {
        let row = params![to_row(number), status.code(), code];
        Ok(self.connection.prepare_cached(&self.insert_new)?.execute(row)? == 1)
    }

    /// Numbers of proofs that are called valid, and of all others.
    pub fn by_validity(&self) -> Result<[Vec<u64>; 2], DatabaseError> {
        let numbers = |is: &str| -> rusqlite::Result<Vec<u64>> {
            let sql = format!("SELECT number FROM {} WHERE status {is} ?1", self.table);
            let mut sql = self.connection.prepare(&sql)?;
            let rows = sql.query_map([Status::Valid.code()], |row| row.get(0).map(from_row))?;
            rows.collect()
        };
        Ok([numbers("=")?, numbers("<>")?])
    }

    /// Status and code of the verdict on a proof, as stored.
    pub fn said(&self, number: u64) -> Result<(String, String), DatabaseError> {
        let mut sql = self.connection.prepare_cached(&self.said)?;
        Ok(sql.query_row([to_row(number)], |row| Ok((row.get(0)?, row.get(1)?)))?)
    }

    /// Adds the reason in words to the verdict on a proof.
    pub fn give_reason(&self, number: u64, reason: &str) -> Result<(), DatabaseError> {
        let row = params![to_row(number), reason];
        self.connection.prepare_cached(&self.give_reason)?.execute(row)?;
        Ok(())
    }

    /// Numbers of all proofs that have a verdict, in log order.
    pub fn numbers(&self) -> Result<Numbers<'_>, DatabaseError> {
        let sql = format!("SELECT number FROM {} ORDER BY number", self.table);
        Ok(Numbers::of(self.connection.prepare(&sql)?))
    }
}

/// Numbers of entries, ascending: a query whose parameters are bound.
pub(crate) struct Numbers<'a>(Statement<'a>);

impl<'a> Numbers<'a> {
    pub(super) fn of(bound: Statement<'a>) -> Self {
        Self(bound)
    }

    /// Begins to read them.
    pub fn read(&mut self) -> NumberCursor<'_> {
        NumberCursor(self.0.raw_query())
    }
}

/// Numbers that are read one after another.
pub(crate) struct NumberCursor<'a>(Rows<'a>);

impl NumberCursor<'_> {
    pub fn next(&mut self) -> Result<Option<u64>, DatabaseError> {
        Ok(self.0.next()?.map(|row| row.get(0).map(from_row)).transpose()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_verdict_is_of_a_valid_proof_or_of_another() {
        let run = Connection::open_in_memory().expect("memory");
        for step in zkmargin_storage::Kind::AuditRun.migrations() {
            run.execute_batch(step).expect("step");
        }
        let verdicts = Verdicts::of(&run, "verdicts");
        for (number, status) in (0..).zip(Status::ALL) {
            verdicts.add(number, status, "", "").expect("added");
            assert!(!verdicts.add_new(number, status, "").expect("looked up"));
        }
        let others = (1..Status::ALL.len() as u64).collect();
        assert_eq!(verdicts.by_validity().expect("read"), [vec![0], others]);
    }
}
