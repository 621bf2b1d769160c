//! Files that queries find, compared with their leaves of the log.

use super::error::StoreError;
use super::integers::{from_row, to_row};
use crate::evidence::{EvidenceFile, EvidenceKind};
use crate::schedules::{Named, Schedules};
use crate::tlog::{Hash, leaf_hash};
use rusqlite::{Connection, params};
use std::cell::RefCell;
use zkmargin_model::digest::{Digest, ScheduleDigest};
use zkmargin_storage::database::milliseconds;

/// The schedule with a digest, for a snapshot that names it.
pub(super) fn schedule_of(
    connection: &Connection,
    schedules: &RefCell<Schedules>,
    digest: &ScheduleDigest,
    priced: [usize; 2],
) -> Result<Named, StoreError> {
    schedules.borrow_mut().named(digest, priced, || {
        let file =
            next_file(connection, EvidenceKind::Schedule, Some(digest.bytes()), 0, u64::MAX >> 1)?;
        Ok(file.map(|file| file.bytes))
    })
}

/// The first evidence of a kind with a name, or without one, from a number on, in a log of a given size.
pub(super) fn next_file(
    connection: &Connection,
    kind: EvidenceKind,
    name: Option<&Digest>,
    from: u64,
    size: u64,
) -> Result<Option<EvidenceFile>, StoreError> {
    let sql = "SELECT c.bytes, e.time_ms, e.number, e.leaf
               FROM evidence v JOIN entries e USING (number) JOIN contents c USING (number)
               WHERE v.kind = ?1 AND v.name IS ?2 AND v.number >= ?3 AND v.number < ?4
               ORDER BY v.number LIMIT 1";
    file(connection, sql, params![kind.name(), name, to_row(from), to_row(size)])
}

/// The file a query finds, compared with its leaf of the log.
pub(super) fn file(
    connection: &Connection,
    sql: &str,
    with: impl rusqlite::Params,
) -> Result<Option<EvidenceFile>, StoreError> {
    let mut sql = connection.prepare_cached(sql)?;
    let mut rows = sql.query(with)?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (bytes, number): (Vec<u8>, _) = (row.get(0)?, from_row(row.get(2)?));
    let leaf: Hash = row.get(3)?;
    if leaf_hash(&bytes) != leaf {
        return Err(StoreError::Damaged(number));
    }
    Ok(Some(EvidenceFile { number, bytes, time_ms: milliseconds(row.get(1)?)? }))
}
