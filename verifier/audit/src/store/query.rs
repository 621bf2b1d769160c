//! Looks up entries.

use super::Store;
use super::entry::Entry;
use super::error::StoreError;
use super::integers::{from_row, to_row};
use crate::evidence::EvidenceStore;
use crate::kinds::{EXPECT, PROOF, RECEIPT, RUN, UNSUPPORTED};
use crate::tlog::{Hash, leaf_hash};
use rusqlite::{OptionalExtension, params};
use zkmargin_model::digest::Digest;

impl Store {
    /// The number of the entry with a digest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let mut sql =
            self.connection.prepare_cached("SELECT number FROM entries WHERE digest = ?1")?;
        Ok(sql.query_row([digest], |row| row.get(0)).optional()?.map(from_row))
    }

    /// Numbers of all proofs, or of all evidence, in the log's first `size` entries, in log order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn numbers(&self, proofs: bool, size: u64) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT number FROM entries
                   WHERE kind NOT IN (?3, ?4, ?5)
                         AND (kind IN (?6, ?7)) = ?1
                         AND number < ?2
                   ORDER BY number";
        let mut sql = self.connection.prepare(sql)?;
        let with = params![proofs, to_row(size), RECEIPT, EXPECT, RUN, PROOF, UNSUPPORTED];
        let rows = sql.query_map(with, |row| row.get(0).map(from_row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Further times at which the evidence with a number was submitted, in the log's first `size` entries, ascending.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn times(&self, number: u64, size: u64) -> Result<Vec<u64>, StoreError> {
        let view = self.at(size);
        let (mut times, mut from) = (Vec::new(), 0);
        while let Some(time_ms) = view.ingested_from(number, from)? {
            times.push(time_ms);
            from = time_ms.saturating_add(1);
        }
        Ok(times)
    }

    /// An entry, compared with its leaf of the log.
    ///
    /// # Errors
    /// [`StoreError`], including for a number that no entry has.
    pub fn entry(&self, number: u64) -> Result<Entry, StoreError> {
        let sql = "SELECT e.kind, e.digest, s.name, e.time_ms, c.bytes, e.leaf
                   FROM entries e JOIN contents c USING (number) JOIN submitters s ON s.id = e.submitter
                   WHERE number = ?1";
        let mut sql = self.connection.prepare_cached(sql)?;
        let (entry, leaf): (Entry, Hash) = sql.query_row([to_row(number)], |row| {
            let time_ms = u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
            let (kind, digest, submitter) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let bytes = row.get(4)?;
            Ok((Entry { number, kind, digest, submitter, time_ms, bytes }, row.get(5)?))
        })?;
        if leaf_hash(&entry.bytes) != leaf {
            return Err(StoreError::Damaged(number));
        }
        Ok(entry)
    }

    /// How many entries there are of each kind.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn counts(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let sql = "SELECT kind, count(*) FROM entries GROUP BY kind ORDER BY kind";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map([], |row| Ok((row.get(0)?, from_row(row.get(1)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many entries were submitted from a number on, and how many of them are proofs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn later(&self, from: u64) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(kind IN (?2, ?3)), 0) FROM entries
                   WHERE number >= ?1 AND kind NOT IN (?4, ?5, ?6)";
        let with = params![to_row(from), PROOF, UNSUPPORTED, RECEIPT, EXPECT, RUN];
        let counts = self
            .connection
            .query_row(sql, with, |row| Ok((from_row(row.get(0)?), from_row(row.get(1)?))));
        Ok(counts?)
    }
}
