//! The store's own entries: receipts, imported manifests, and runs.

use super::Store;
use super::error::StoreError;
use super::files::file;
use super::integers::{from_row, to_row};
use crate::kinds::{EXPECT, OWN, RECEIPT, RUN};
use crate::own::{ExpectRecord, Receipt, RunRecord};
use rusqlite::Connection;

/// The store's own kinds as listed in the partial index `entries_own`: SQLite uses it only for a query with the same
/// list in its text.
fn own_kinds() -> String {
    format!("kind IN ({})", OWN.map(|kind| format!("'{kind}'")).join(", "))
}

/// The last entry of one of the store's own kinds.
fn last_own(connection: &Connection, kind: &str) -> Result<Option<u64>, StoreError> {
    let sql = format!("SELECT max(number) FROM entries WHERE kind = ?1 AND {}", own_kinds());
    let last: Option<i64> = connection.prepare_cached(&sql)?.query_row([kind], |row| row.get(0))?;
    Ok(last.map(from_row))
}

/// The last receipt, from its entry of the log.
pub(super) fn last_receipt(connection: &Connection) -> Result<Option<Receipt>, StoreError> {
    let Some(number) = last_own(connection, RECEIPT)? else { return Ok(None) };
    let sql = "SELECT c.bytes, e.time_ms, e.number, e.leaf
               FROM entries e JOIN contents c USING (number) WHERE number = ?1";
    let found = file(connection, sql, [to_row(number)])?.ok_or(StoreError::Damaged(number))?;
    read_receipt(number, &found.bytes).map(Some).ok_or(StoreError::Damaged(number))
}

/// A receipt of this version or of the first.
pub(super) fn read_receipt(number: u64, bytes: &[u8]) -> Option<Receipt> {
    Receipt::parse(bytes).or_else(|| Receipt::parse_first(number, bytes))
}

impl Store {
    /// The store's own entries of a kind, in the order of the log.
    fn own_entries(&self, kind: &str) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let own = own_kinds();
        let sql = format!("SELECT number FROM entries WHERE kind = ?1 AND {own} ORDER BY number");
        let mut sql = self.connection.prepare_cached(&sql)?;
        let numbers = sql.query_map([kind], |row| row.get(0).map(from_row))?;
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        numbers.into_iter().map(|number| Ok((number, self.entry(number)?.bytes))).collect()
    }

    /// What the log says about imported manifests.
    pub(crate) fn expect_records(&self) -> Result<Vec<ExpectRecord>, StoreError> {
        let read = |(number, bytes): (u64, Vec<u8>)| {
            let record = ExpectRecord::parse(&bytes).filter(|record| record.number == number);
            record.ok_or(StoreError::Damaged(number))
        };
        self.own_entries(EXPECT)?.into_iter().map(read).collect()
    }

    /// What the log says about runs, in log order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn run_records(&self) -> Result<Vec<RunRecord>, StoreError> {
        let read = |(number, bytes): (u64, Vec<u8>)| {
            let record = RunRecord::parse(&bytes).filter(|record| record.number == number);
            record.ok_or(StoreError::Damaged(number))
        };
        self.own_entries(RUN)?.into_iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_entries_are_found_by_their_index() {
        let fresh = Connection::open_in_memory().expect("memory");
        for step in zkmargin_storage::Kind::AuditStore.migrations() {
            fresh.execute_batch(step).expect("step");
        }
        let own = own_kinds();
        let sql =
            format!("EXPLAIN QUERY PLAN SELECT max(number) FROM entries WHERE kind = ?1 AND {own}");
        let plan: String = fresh.query_row(&sql, [RECEIPT], |row| row.get(3)).expect("plan");
        assert!(plan.contains("entries_own"), "{plan}");
    }
}
