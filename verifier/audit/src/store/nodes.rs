//! The tree over the log: leaves belong to the entries, inner nodes have their own table.

use super::Store;
use super::entry::LogHead;
use super::error::StoreError;
use super::integers::{from_row, to_row};
use crate::tlog::{self, Hash};
use rusqlite::{Connection, params};

/// A node of the tree.
pub(super) fn read_node(
    connection: &Connection,
    level: u32,
    position: u64,
) -> rusqlite::Result<Hash> {
    if level == 0 {
        let mut sql = connection.prepare_cached("SELECT leaf FROM entries WHERE number = ?1")?;
        return sql.query_row([to_row(position)], |row| row.get(0));
    }
    let sql = "SELECT hash FROM nodes WHERE level = ?1 AND position = ?2";
    connection.prepare_cached(sql)?.query_row(params![level, to_row(position)], |row| row.get(0))
}

/// Number of entries in the log.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(number) + 1, 0) FROM entries";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(from_row)
}

impl Store {
    /// Size and root of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn head(&self) -> Result<LogHead, StoreError> {
        let size = size(&self.connection)?;
        self.head_at(size)
    }

    /// Root of the log when it had `size` entries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn head_at(&self, size: u64) -> Result<LogHead, StoreError> {
        Ok(LogHead { size, root: tlog::root(size, |l, p| read_node(&self.connection, l, p))? })
    }

    /// Hashes from an entry to the root of the log of `size` entries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn inclusion(&self, number: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        Ok(tlog::inclusion(number, size, |l, p| read_node(&self.connection, l, p))?)
    }

    /// Hashes that show that the log of `old` entries is a prefix of that of `new`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        Ok(tlog::consistency(old, new, |l, p| read_node(&self.connection, l, p))?)
    }
}
