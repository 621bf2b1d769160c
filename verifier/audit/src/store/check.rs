//! Reads the whole log again and compares every file with what the tables say about it.

use super::Store;
use super::entry::LogHead;
use super::error::StoreError;
use super::integers::{from_row, to_row};
use super::nodes::{read_node, size};
use super::own::read_receipt;
use crate::ingestion::Ingestion;
use crate::kinds::RECEIPT;
use crate::own::Receipt;
use crate::tlog::{Hash, leaf_hash, node_hash};
use rusqlite::params;
use zkmargin_model::digest::Digest;
use zkmargin_model::envelope::file_digest;
use zkmargin_model::shown::shown;
use zkmargin_policy::CLOCK_TOLERANCE_MS;
use zkmargin_storage::database::{integer, milliseconds};

impl Store {
    /// Reads the whole log again and compares every file with its leaf and with what the tables say about it, every
    /// submitter and time with a receipt, every stored node with its children, and every manifest's list with its
    /// digest: `Ok` when the root of [`head`](Self::head) is that of the files present.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first entry or, for a wrong node, the first entry below it;
    /// [`StoreError::Index`]; [`StoreError::Manifest`]; [`StoreError::Clock`] for a receipt dated after `now_ms`,
    /// milliseconds since 1970, beyond the tolerance for clocks.
    pub fn check(&self, now_ms: u64, progress: impl FnMut(u64)) -> Result<LogHead, StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        let head = self.head()?;
        self.examine_now(head.size, now_ms, progress)?;
        transaction.commit()?;
        Ok(head)
    }

    /// [`check`](Self::check), with what the receipts of the first `covered` entries say.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn examine(
        &self,
        covered: u64,
        now_ms: u64,
        progress: impl FnMut(u64),
    ) -> Result<Ingestion, StoreError> {
        let transaction = self.connection.unchecked_transaction()?;
        let ingestion = self.examine_now(covered, now_ms, progress)?;
        transaction.commit()?;
        Ok(ingestion)
    }

    /// Checks that every index has the rows of its table: otherwise what is found would depend on the query.
    fn check_indexes(&self) -> Result<(), StoreError> {
        let sql = "PRAGMA integrity_check(1)";
        let found: String = self.connection.query_row(sql, [], |row| row.get(0))?;
        if found == "ok" { Ok(()) } else { Err(StoreError::Index(shown(&found).into_owned())) }
    }

    /// [`examine`](Self::examine) in a transaction that has begun.
    pub(crate) fn examine_now(
        &self,
        covered: u64,
        now_ms: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Ingestion, StoreError> {
        self.check_indexes()?;
        let size = size(&self.connection)?;
        let mut sql = self.connection.prepare(
            "SELECT e.number, e.leaf, c.bytes, e.digest, e.kind, s.name, e.time_ms
             FROM entries e JOIN contents c USING (number) JOIN submitters s ON s.id = e.submitter
             ORDER BY number",
        )?;
        let mut rows = sql.query([])?;
        let (mut expected, mut receipted, mut further_times) = (0, 0, 0);
        let mut given: Option<(String, u64)> = None;
        let mut last = None;
        let mut ingestion = Ingestion::default();
        // Entries with a row of each table.
        let mut rows_of = [("contents", 0), ("proofs", 0), ("evidence", 0)];
        while let Some(row) = rows.next()? {
            let number = from_row(row.get(0)?);
            let leaf: Hash = row.get(1)?;
            let bytes = row.get_ref(2)?.as_blob().map_err(|_| StoreError::Damaged(expected))?;
            let digest: Digest = row.get(3)?;
            let damaged = || StoreError::Damaged(expected);
            if number != expected || leaf_hash(bytes) != leaf || file_digest(bytes) != digest {
                return Err(damaged());
            }
            let kind: String = row.get(4)?;
            // All entries up to a receipt have its submitter and time.
            let this = (row.get(5)?, milliseconds(row.get(6)?)?);
            if *given.get_or_insert_with(|| this.clone()) != this {
                return Err(damaged());
            }
            if kind == RECEIPT {
                let (receipt, first_version) =
                    Self::check_receipt(number, bytes, receipted, last.as_ref())?;
                if (&receipt.submitter, receipt.time_ms) != (&this.0, this.1) {
                    return Err(damaged());
                }
                if receipt.time_ms > now_ms.saturating_add(CLOCK_TOLERANCE_MS) {
                    return Err(StoreError::Clock { now_ms, last_ms: receipt.time_ms });
                }
                further_times += self.check_times(&receipt)?;
                if number < covered {
                    ingestion.add(&receipt);
                }
                (receipted, given, last) = (number + 1, None, Some((receipt, first_version)));
            } else {
                let table = self.check_entry(number, &kind, bytes)?;
                rows_of.iter_mut().filter(|(of, _)| Some(*of) == table).for_each(|(_, n)| *n += 1);
            }
            rows_of[0].1 += 1;
            if number >= covered {
                ingestion.add_later(&kind);
            }
            let (mut level, mut position) = (0, number);
            while position & 1 == 1 {
                let left = read_node(&self.connection, level, position - 1)?;
                let right = read_node(&self.connection, level, position)?;
                (level, position) = (level + 1, position >> 1);
                if read_node(&self.connection, level, position)? != node_hash(&left, &right) {
                    return Err(StoreError::Damaged(position << level));
                }
            }
            expected += 1;
            progress(expected);
        }
        if expected != size || receipted != size {
            return Err(StoreError::Damaged(expected));
        }
        // Each of these entries has a row, so that more are of no entry, or of one of another kind.
        for (table, rows) in rows_of {
            let count = format!("SELECT count(*) FROM {table}");
            let count = self.connection.query_row(&count, [], |row| row.get(0).map(from_row))?;
            if count != rows {
                let what = format!("{count} rows in {table}, for {rows} entries");
                return Err(StoreError::Index(what));
            }
        }
        let times = "SELECT count(*), coalesce(min(number), 0) FROM times";
        let (times, first): (i64, i64) =
            self.connection.query_row(times, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if from_row(times) != further_times {
            return Err(StoreError::Damaged(from_row(first)));
        }
        self.check_due()?;
        Ok(ingestion)
    }

    /// Checks that a receipt covers the entries since the previous one, and is not dated earlier.
    fn check_receipt(
        number: u64,
        bytes: &[u8],
        from: u64,
        before: Option<&(Receipt, bool)>,
    ) -> Result<(Receipt, bool), StoreError> {
        let damaged = || StoreError::Damaged(number);
        let first_version = Receipt::parse(bytes).is_none();
        let receipt = read_receipt(number, bytes).ok_or_else(damaged)?;
        let of_place = (receipt.number, receipt.from, receipt.to) == (number, from, number);
        let known = receipt.known.iter().all(|(low, high)| low < high && *high <= from);
        let in_time = match before {
            // Those of the first version could go back in time, and end where this one's begin.
            Some((_, of_first)) if first_version => *of_first,
            Some((before, _)) => receipt.time_ms >= before.time_ms,
            None => true,
        };
        if of_place && known && in_time { Ok((receipt, first_version)) } else { Err(damaged()) }
    }

    /// Checks that every entry of evidence that a receipt calls known has a row with the further time. Returns how
    /// many.
    fn check_times(&self, receipt: &Receipt) -> Result<u64, StoreError> {
        let mut count = 0;
        let evidence = "SELECT e.number, EXISTS (SELECT 1 FROM times t WHERE t.number = e.number
                               AND t.time_ms = ?3 AND t.receipt = ?4)
                        FROM evidence e WHERE e.number >= ?1 AND e.number < ?2";
        let mut evidence = self.connection.prepare_cached(evidence)?;
        for (from, to) in &receipt.known {
            let mut rows = evidence.query(params![
                to_row(*from),
                to_row(*to),
                integer(receipt.time_ms),
                to_row(receipt.number)
            ])?;
            while let Some(row) = rows.next()? {
                if !row.get::<_, bool>(1)? {
                    return Err(StoreError::Damaged(from_row(row.get(0)?)));
                }
                count += 1;
            }
        }
        Ok(count)
    }
}
