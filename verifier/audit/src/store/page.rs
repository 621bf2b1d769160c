//! Proofs of a store to be judged: pages of a shard, and how many there are.

use super::Store;
use super::error::StoreError;
use super::integers::{from_row, to_row};
use super::run_file::Place;
use super::verdicts::Numbers;
use crate::kinds::{PROOF, UNSUPPORTED};
use crate::run::Shard;
use crate::tlog::{Hash, leaf_hash};
use rusqlite::{CachedStatement, params};

/// A proof to be judged.
#[derive(Debug)]
pub(crate) struct Stored {
    /// Number of its entry.
    pub number: u64,
    /// Who submitted it.
    pub submitter: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Whether entries are proofs of a shard.
pub(crate) struct Membership<'a> {
    sql: CachedStatement<'a>,
    shard: Shard,
}

impl Membership<'_> {
    pub fn has(&mut self, number: u64) -> Result<bool, StoreError> {
        let (of, at) = (self.shard.of.get(), self.shard.at);
        Ok(self.sql.exists(params![to_row(number), of, at, PROOF, UNSUPPORTED])?)
    }
}

impl Store {
    /// Number of known proofs of a shard, in the log's first `size` entries.
    pub(crate) fn count_proofs(&self, size: u64, shard: Shard) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM proofs WHERE number < ?1 AND slot % ?2 = ?3";
        let with = params![to_row(size), shard.of.get(), shard.at];
        Ok(self.connection.query_row(sql, with, |row| row.get(0).map(from_row))?)
    }

    /// Number of proofs that no version that has opened the store could read, in the log's first `size` entries.
    pub(crate) fn count_unsupported(&self, size: u64) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM entries WHERE kind = ?2 AND number < ?1
                   AND number NOT IN (SELECT number FROM proofs)";
        let with = params![to_row(size), UNSUPPORTED];
        Ok(self.connection.query_row(sql, with, |row| row.get(0).map(from_row))?)
    }

    /// The next known proofs of a shard in the order of markets, up to a limit, and the place of the last one; none at
    /// the end.
    pub(crate) fn proofs_after(
        &self,
        place: &Place,
        size: u64,
        shard: Shard,
        most: usize,
    ) -> Result<Option<(Vec<Stored>, Place)>, StoreError> {
        let sql = "SELECT p.schedule, p.snapshot, p.submitter, p.number, c.bytes, e.leaf
                   FROM proofs p JOIN contents c USING (number) JOIN entries e USING (number)
                   WHERE (p.schedule, p.snapshot, p.submitter, p.number) > (?1, ?2, ?3, ?4)
                     AND p.number < ?5 AND p.slot % ?6 = ?7
                   ORDER BY p.schedule, p.snapshot, p.submitter, p.number LIMIT ?8";
        let mut sql = self.connection.prepare_cached(sql)?;
        let mut rows = sql.query(params![
            place.schedule,
            place.snapshot,
            place.submitter,
            place.number,
            to_row(size),
            shard.of.get(),
            shard.at,
            most as i64,
        ])?;
        let mut page = Vec::new();
        let mut last = None;
        while let Some(row) = rows.next()? {
            let (schedule, snapshot) = (row.get(0)?, row.get(1)?);
            let this = Place { schedule, snapshot, submitter: row.get(2)?, number: row.get(3)? };
            let (bytes, leaf): (Vec<u8>, Hash) = (row.get(4)?, row.get(5)?);
            let (number, submitter) = (from_row(this.number), from_row(this.submitter));
            if leaf_hash(&bytes) != leaf {
                return Err(StoreError::Damaged(number));
            }
            page.push(Stored { number, submitter, bytes });
            last = Some(this);
        }
        Ok(last.map(|last| (page, last)))
    }

    /// The next of the proofs that no version that has opened the store could read, up to a limit.
    pub(crate) fn unsupported_after(
        &self,
        after: i64,
        size: u64,
        most: usize,
    ) -> Result<Vec<Stored>, StoreError> {
        let sql = "SELECT number, submitter FROM entries
                   WHERE kind = ?4 AND number > ?1 AND number < ?2
                     AND number NOT IN (SELECT number FROM proofs) ORDER BY number LIMIT ?3";
        let mut sql = self.connection.prepare(sql)?;
        let with = params![after, to_row(size), most as i64, UNSUPPORTED];
        let rows = sql.query_map(with, |row| Ok((from_row(row.get(0)?), from_row(row.get(1)?))))?;
        let rows = rows.collect::<Result<Vec<(u64, u64)>, _>>()?;
        let stored = |(number, submitter)| {
            Ok(Stored { number, submitter, bytes: self.entry(number)?.bytes })
        };
        rows.into_iter().map(stored).collect()
    }

    /// The entry with a number, to be judged.
    pub(crate) fn stored(&self, number: u64) -> Result<Stored, StoreError> {
        let sql = "SELECT submitter FROM entries WHERE number = ?1";
        let mut sql = self.connection.prepare_cached(sql)?;
        let submitter = sql.query_row([to_row(number)], |row| row.get(0).map(from_row))?;
        Ok(Stored { number, submitter, bytes: self.entry(number)?.bytes })
    }

    /// Numbers of all proofs in the log's first `size` entries, in log order.
    pub(crate) fn proof_numbers(&self, size: u64) -> Result<Numbers<'_>, StoreError> {
        let sql = "SELECT number FROM entries WHERE kind IN (?2, ?3) AND number < ?1
                   ORDER BY number";
        let mut sql = self.connection.prepare(sql)?;
        sql.raw_bind_parameter(1, to_row(size))?;
        sql.raw_bind_parameter(2, PROOF)?;
        sql.raw_bind_parameter(3, UNSUPPORTED)?;
        Ok(Numbers::of(sql))
    }

    /// Looks numbers up among the proofs of a shard.
    pub(crate) fn membership(&self, shard: Shard) -> Result<Membership<'_>, StoreError> {
        let sql = "SELECT 1 FROM entries e LEFT JOIN proofs p USING (number)
                   WHERE number = ?1 AND kind IN (?4, ?5) AND coalesce(p.slot % ?2, 0) = ?3";
        Ok(Membership { sql: self.connection.prepare_cached(sql)?, shard })
    }
}
