//! The store as it was when its log had a given size.

use super::Store;
use super::error::StoreError;
use super::files::{file, next_file};
use super::integers::{from_row, to_row};
use crate::evidence::{EvidenceFile, EvidenceKind, EvidenceStore};
use rusqlite::{OptionalExtension, params};
use zkmargin_model::digest::Digest;
use zkmargin_storage::database::{integer, milliseconds};

/// A store as it was when its log had a given size: what came later is not yet evidence.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    store: &'a Store,
    size: u64,
}

impl Store {
    /// The store as it was when its log had `size` entries.
    pub fn at(&self, size: u64) -> View<'_> {
        View { store: self, size }
    }
}

impl View<'_> {
    /// Number of entries in the log at that point.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The oldest evidence of a venue with a series number and a name whose number in the log is at least `from`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_named_in_series(
        &self,
        kind: EvidenceKind,
        venue: &str,
        series: u64,
        name: &Digest,
        from: u64,
    ) -> Result<Option<EvidenceFile>, StoreError> {
        let sql = "SELECT c.bytes, e.time_ms, e.number, e.leaf
                   FROM evidence v JOIN entries e USING (number) JOIN contents c USING (number)
                   WHERE v.kind = ?1 AND v.name = ?2 AND +v.venue = ?3 AND +v.series = ?4
                         AND v.number >= ?5 AND v.number < ?6
                   ORDER BY v.number LIMIT 1";
        // By name: of one venue and series there are as many as holders.
        let (series, from, to) = (to_row(series), to_row(from), to_row(self.size));
        file(&self.store.connection, sql, params![kind.name(), name, venue, series, from, to])
    }

    /// The oldest evidence of a venue with a series number whose number in the log is at least `from`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn next_in_series(
        &self,
        kind: EvidenceKind,
        venue: &str,
        series: u64,
        from: u64,
    ) -> Result<Option<EvidenceFile>, StoreError> {
        let sql = "SELECT c.bytes, e.time_ms, e.number, e.leaf
                   FROM evidence v JOIN entries e USING (number) JOIN contents c USING (number)
                   WHERE v.kind = ?1 AND v.venue = ?2 AND v.series = ?3
                         AND v.number >= ?4 AND v.number < ?5
                   ORDER BY v.number LIMIT 1";
        let with = params![kind.name(), venue, to_row(series), to_row(from), to_row(self.size)];
        file(&self.store.connection, sql, with)
    }
}

impl EvidenceStore for View<'_> {
    type Error = StoreError;

    fn next(
        &self,
        kind: EvidenceKind,
        name: Option<&Digest>,
        from: u64,
    ) -> Result<Option<EvidenceFile>, StoreError> {
        next_file(&self.store.connection, kind, name, from, self.size)
    }

    fn ingested_from(&self, number: u64, from_ms: u64) -> Result<Option<u64>, StoreError> {
        let sql = "SELECT time_ms, receipt FROM times
                   WHERE number = ?1 AND time_ms >= ?2 AND receipt < ?3
                   ORDER BY time_ms, receipt LIMIT 1";
        let mut sql = self.store.connection.prepare_cached(sql)?;
        let row = params![to_row(number), integer(from_ms), to_row(self.size)];
        let found = sql.query_row(row, |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let Some((time_ms, receipt)): Option<(i64, i64)> = found else { return Ok(None) };
        // The row is an index; the receipt is what says so.
        let (time_ms, receipt) = (milliseconds(time_ms)?, from_row(receipt));
        let entry = || Ok::<_, StoreError>(self.store.entry(receipt)?.bytes);
        let read = self.store.receipts.borrow_mut().get(receipt, entry)?;
        let says_so =
            read.is_some_and(|r| r.has(number) && (r.number, r.time_ms) == (receipt, time_ms));
        if says_so { Ok(Some(time_ms)) } else { Err(StoreError::Damaged(receipt)) }
    }
}
