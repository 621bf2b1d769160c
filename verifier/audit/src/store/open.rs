//! Opens stores.

use super::Store;
use super::error::StoreError;
use super::handle::Handle;
use super::integers::from_row;
use super::proof::add_proof_row;
use crate::kinds::UNSUPPORTED;
use std::cell::RefCell;
use std::path::Path;
use zkmargin_model::envelope::Envelope;
use zkmargin_storage::Kind;

/// SQLite's page cache: 256 MiB, whatever the store's size.
const CACHE_KIB: i64 = -262_144;

impl Store {
    /// Opens a store for writing, creating it if necessary.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut store = Self::with(Handle::to_write(path, Kind::AuditStore)?)?;
        store.read_again()?;
        Ok(store)
    }

    /// Opens a store for reading. The file is never changed, and nothing is written next to it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Self::with(Handle::to_read(path, Kind::AuditStore)?)
    }

    fn with(connection: Handle) -> Result<Self, StoreError> {
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection, schedules: RefCell::default(), receipts: RefCell::default() })
    }

    /// Adds rows for proofs that an older version could not read.
    fn read_again(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT number, submitter FROM entries WHERE kind = ?1
                   AND number NOT IN (SELECT number FROM proofs)";
        let numbers: Vec<(i64, i64)> = {
            let mut sql = self.connection.prepare(sql)?;
            let rows = sql.query_map([UNSUPPORTED], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (number, submitter) in numbers {
            let entry = self.entry(from_row(number))?;
            if let Ok(envelope) = Envelope::decode(&entry.bytes) {
                add_proof_row(&self.connection, number, submitter, &envelope)?;
            }
        }
        Ok(())
    }
}
