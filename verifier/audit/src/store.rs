//! The store of record: every file that was ingested, in order, and the log over them.
//!
//! One SQLite file that is synced at every commit. Tables are append-only: triggers
//! refuse every change and deletion. They are an index: what is said of the store is computed from the
//! entries of the log.

use crate::evidence::{Evidence, EvidenceFile, EvidenceKind, EvidenceStore};
use crate::handle::Handle;
use crate::ingestion::Ingestion;
use crate::own::{self, EXPECT, ExpectRecord, RECEIPT, RUN, Receipt, RefusedFile, RunRecord};
use crate::receipts::Receipts;
use crate::recognise::{Recognised, Unrecognised, recognise};
use crate::schedules::{Named, Schedules};
use crate::tlog::{self, Hash, leaf_hash, node_hash};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use zkmargin_model::digest::Digest;
use zkmargin_model::envelope::{Envelope, EnvelopeError, file_digest};
use zkmargin_model::field::field_bytes;
use zkmargin_model::names::{NameError, check_name};
use zkmargin_model::shown::shown;
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_params::{MAX_FILE_BYTES, MAX_TEXT_BYTES, SnapshotFile, format_utc};
use zkmargin_policy::CLOCK_TOLERANCE_MS;
use zkmargin_storage::Kind;
use zkmargin_storage::database::{DatabaseError, integer, milliseconds};

/// Pages of memory that SQLite keeps: 256 MiB, whatever the store's size.
const CACHE_KIB: i64 = -262_144;

/// Whether a kind of entry is the store's own.
pub(crate) fn is_own(kind: &str) -> bool {
    [RECEIPT, EXPECT, RUN].contains(&kind)
}

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Contents that are not those that were ingested.
    #[error("entry {0} is not what was ingested: the store was changed or is damaged")]
    Damaged(u64),
    /// A submitter whose name is not in the alphabet of names.
    #[error("the submitter's name {0}")]
    Submitter(NameError),
    /// Indexes that do not have the rows of their tables, rows of no entry, or pages that are damaged.
    #[error("the tables are not those of the log ({0}): the store was changed or is damaged")]
    Index(String),
    /// A manifest or its list that is not what was taken in.
    #[error(
        "a manifest or its list of what is due is not what was taken in: the store was changed or is damaged"
    )]
    Manifest,
    /// A clock behind the last receipt.
    #[error(
        "the clock says {}, and the last receipt is of {}: receipts do not go back in time",
        format_utc(*now_ms),
        format_utc(*last_ms)
    )]
    Clock {
        /// The time now, milliseconds since 1970.
        now_ms: u64,
        /// The time of the last receipt.
        last_ms: u64,
    },
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// An auditor's store.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Handle,
    schedules: RefCell<Schedules>,
    receipts: RefCell<Receipts>,
}

/// What came of a file that was handed in.
#[derive(Debug)]
pub enum Added {
    /// A new entry, a proof.
    Proof,
    /// A new entry, a proof of an unknown circuit or format.
    Unsupported(EnvelopeError),
    /// A new entry, evidence.
    Evidence(EvidenceKind),
    /// An entry already.
    Known,
    /// Not kept.
    Refused(Unrecognised),
}

/// Size and root of the log. Its text is both, the root in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogHead {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

impl std::fmt::Display for LogHead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.size, hex::encode(self.root))
    }
}

/// A stored entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Number in the log.
    pub number: u64,
    /// `proof`, `unsupported`, or the name of an [`EvidenceKind`].
    pub kind: String,
    /// Digest of the file.
    pub digest: Digest,
    /// Who handed it in.
    pub submitter: String,
    /// When, milliseconds since 1970.
    pub time_ms: u64,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Whom a proof is about, for a list of what is due: the pseudonym of an account of a ledger, or
/// the account's commitment.
pub fn subject(statement: &Statement) -> Digest {
    match statement.account {
        AccountReference::Commitment(account) => account.to_bytes(),
        AccountReference::Ledger { pseudonym, .. } => pseudonym.to_bytes(),
    }
}

/// Which of the subject's accounts a proof is about: its nullifier in the period, or the account's
/// commitment.
pub fn holding(statement: &Statement) -> Digest {
    match statement.account {
        AccountReference::Commitment(account) => account.to_bytes(),
        AccountReference::Ledger { nullifier, .. } => nullifier.to_bytes(),
    }
}

/// Slots that proofs are dealt to shards by. All proofs of one subject and epoch are in one.
pub const SLOTS: u32 = 1 << 16;

/// The slot of a subject in an epoch.
pub fn slot(epoch: u64, subject: &Digest) -> u32 {
    let hash = Sha256::new().chain_update(epoch.to_le_bytes()).chain_update(subject).finalize();
    u32::from(u16::from_le_bytes([hash[0], hash[1]]))
}

/// Kind of a proof that no version of the program that had the store could read when it came.
const UNSUPPORTED: &str = "unsupported";

/// What the tables say of a proof.
#[derive(Debug, PartialEq, Eq)]
struct ProofRow {
    statement: Digest,
    schedule: Digest,
    snapshot: Digest,
    epoch: i64,
    subject: Digest,
    holding: Digest,
    slot: u32,
}

impl ProofRow {
    fn of(statement: &Statement) -> Self {
        let (epoch, subject) = (statement.context.epoch(), subject(statement));
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

pub(crate) fn from_row(value: i64) -> u64 {
    u64::from_ne_bytes(value.to_ne_bytes())
}

pub(crate) fn to_row(value: u64) -> i64 {
    i64::from_ne_bytes(value.to_ne_bytes())
}

fn read_node(connection: &Connection, level: u32, position: u64) -> rusqlite::Result<Hash> {
    if level == 0 {
        let mut sql = connection.prepare_cached("SELECT leaf FROM entries WHERE number = ?1")?;
        return sql.query_row([to_row(position)], |row| row.get(0));
    }
    let sql = "SELECT hash FROM nodes WHERE level = ?1 AND position = ?2";
    connection.prepare_cached(sql)?.query_row(params![level, to_row(position)], |row| row.get(0))
}

fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let sql = "SELECT coalesce(max(number) + 1, 0) FROM entries";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0)).map(from_row)
}

/// The schedule with a digest, for a snapshot that names it.
fn schedule_of(
    connection: &Connection,
    schedules: &RefCell<Schedules>,
    digest: &Digest,
    snapshot: &SnapshotFile,
) -> Result<Named, StoreError> {
    schedules.borrow_mut().named(digest, snapshot, || {
        let file = next_file(connection, EvidenceKind::Schedule, Some(digest), 0, u64::MAX >> 1)?;
        Ok(file.map(|file| file.bytes))
    })
}

/// The first evidence of a kind with a name, or without one, from a number on, of a log of some size.
fn next_file(
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

/// The file that a query finds, compared with its leaf of the log.
fn file(
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

fn add_proof_row(
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
        row.schedule,
        row.snapshot,
        row.epoch,
        row.subject,
        row.holding,
        row.slot,
    ])?;
    Ok(())
}

/// How far a clock may be behind the last receipt, whose time is then used, in milliseconds.
pub const RECEIPT_SKEW_MS: u64 = 5_000;

/// The last entry of one of the store's own kinds.
fn last_own(connection: &Connection, kind: &str) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT max(number) FROM entries WHERE kind = ?1
               AND kind IN ('receipt', 'expect', 'run')";
    let last: Option<i64> = connection.prepare_cached(sql)?.query_row([kind], |row| row.get(0))?;
    Ok(last.map(from_row))
}

/// The last receipt, from its entry of the log.
fn last_receipt(connection: &Connection) -> Result<Option<Receipt>, StoreError> {
    let Some(number) = last_own(connection, RECEIPT)? else { return Ok(None) };
    let sql = "SELECT c.bytes, e.time_ms, e.number, e.leaf
               FROM entries e JOIN contents c USING (number) WHERE number = ?1";
    let found = file(connection, sql, [to_row(number)])?.ok_or(StoreError::Damaged(number))?;
    read_receipt(number, &found.bytes).map(Some).ok_or(StoreError::Damaged(number))
}

/// A receipt of this version or of the first.
fn read_receipt(number: u64, bytes: &[u8]) -> Option<Receipt> {
    Receipt::parse(bytes).or_else(|| Receipt::parse_first(number, bytes))
}

/// A transaction that adds entries. What is added is there for good once
/// [`commit`](Ingest::commit) returns, and not at all before.
#[derive(Debug)]
pub struct Ingest<'a> {
    transaction: Transaction<'a>,
    schedules: &'a RefCell<Schedules>,
    submitter: i64,
    name: String,
    time_ms: u64,
    next: u64,
    first: u64,
    /// Entries that were handed in again.
    known: BTreeSet<u64>,
    refused: Vec<RefusedFile>,
}

impl Store {
    /// Opens a store to write to, or makes one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut store = Self::with(Handle::to_write(path, Kind::AuditStore)?)?;
        store.read_again()?;
        Ok(store)
    }

    /// Opens a store to read. The file is never changed, and nothing is written beside it.
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

    /// Gives proofs that an older version could not read their rows.
    fn read_again(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT number, submitter FROM entries WHERE kind = 'unsupported'
                   AND number NOT IN (SELECT number FROM proofs)";
        let numbers: Vec<(i64, i64)> = {
            let mut sql = self.connection.prepare(sql)?;
            let rows = sql.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
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

    /// Begins to add files of a submitter at a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Clock`] for a time before the last receipt, beyond
    /// [`RECEIPT_SKEW_MS`].
    pub fn ingest(&mut self, submitter: &str, now_ms: u64) -> Result<Ingest<'_>, StoreError> {
        check_name(submitter, MAX_TEXT_BYTES).map_err(StoreError::Submitter)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let last_ms = last_receipt(&transaction)?.map_or(0, |receipt| receipt.time_ms);
        if now_ms.saturating_add(RECEIPT_SKEW_MS) < last_ms {
            return Err(StoreError::Clock { now_ms, last_ms });
        }
        let next = size(&transaction)?;
        let mut ingest = Ingest {
            transaction,
            schedules: &self.schedules,
            submitter: 0,
            name: submitter.to_owned(),
            time_ms: now_ms.max(last_ms).min(i64::MAX.unsigned_abs()),
            next,
            first: next,
            known: BTreeSet::new(),
            refused: Vec::new(),
        };
        ingest.submitter = ingest.submitter_id()?;
        Ok(ingest)
    }

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

    /// Hashes that show the log of `old` entries to be the beginning of that of `new`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
        Ok(tlog::consistency(old, new, |l, p| read_node(&self.connection, l, p))?)
    }

    /// The number of the entry with a digest.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn find(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let mut sql =
            self.connection.prepare_cached("SELECT number FROM entries WHERE digest = ?1")?;
        Ok(sql.query_row([digest], |row| row.get(0)).optional()?.map(from_row))
    }

    /// Numbers of all proofs, or of all evidence, in the order of the log of so many entries.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn numbers(&self, proofs: bool, size: u64) -> Result<Vec<u64>, StoreError> {
        let sql = "SELECT number FROM entries
                   WHERE kind NOT IN ('receipt', 'expect', 'run')
                         AND (kind IN ('proof', 'unsupported')) = ?1
                         AND number < ?2
                   ORDER BY number";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map(params![proofs, to_row(size)], |row| row.get(0).map(from_row))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Further times at which the evidence with a number was handed in, in the log of so many entries,
    /// ascending.
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
    /// [`StoreError`], also for a number that no entry has.
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

    /// Reads the whole log anew and compares every file with its leaf and with what the tables say of it,
    /// every submitter and time with a receipt, every stored node with its children, and every
    /// manifest's list with its digest: `Ok` when the root of [`head`](Self::head) is that of the files
    /// that are there.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first entry or, for a wrong node, the first entry below it;
    /// [`StoreError::Index`]; [`StoreError::Manifest`]; [`StoreError::Clock`] for a receipt of a time after
    /// `now_ms`, milliseconds since 1970, beyond the tolerance for clocks.
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

    /// Every index has the rows of its table: otherwise what is found depends on how it is asked for.
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

    /// A receipt is of the entries since the one before it, and not of an earlier time.
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

    /// Every entry of evidence that a receipt calls known has a row with the further time: how many.
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

    /// The store's own entries of a kind, in the order of the log.
    pub(crate) fn own_entries(&self, kind: &str) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let sql = "SELECT number FROM entries WHERE kind = ?1
                   AND kind IN ('receipt', 'expect', 'run') ORDER BY number";
        let mut sql = self.connection.prepare_cached(sql)?;
        let numbers = sql.query_map([kind], |row| row.get(0).map(from_row))?;
        let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
        numbers.into_iter().map(|number| Ok((number, self.entry(number)?.bytes))).collect()
    }

    /// What the log says of manifests that were taken in.
    pub(crate) fn expect_records(&self) -> Result<Vec<ExpectRecord>, StoreError> {
        let read = |(number, bytes): (u64, Vec<u8>)| {
            let record = ExpectRecord::parse(&bytes).filter(|record| record.number == number);
            record.ok_or(StoreError::Damaged(number))
        };
        self.own_entries(EXPECT)?.into_iter().map(read).collect()
    }

    /// What the log says of runs, in its order.
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

    /// Entries that submitters handed in from a number on, and the proofs among them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn later(&self, from: u64) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(kind IN ('proof', 'unsupported')), 0) FROM entries
                   WHERE number >= ?1 AND kind NOT IN ('receipt', 'expect', 'run')";
        let counts = self.connection.query_row(sql, [to_row(from)], |row| {
            Ok((from_row(row.get(0)?), from_row(row.get(1)?)))
        });
        Ok(counts?)
    }

    /// The file of an entry with its SHA-256.
    fn check_named(&self, before: u64, (number, sha256): (u64, Digest)) -> Result<(), StoreError> {
        let named = number < before && Sha256::digest(&self.entry(number)?.bytes)[..] == sha256[..];
        if named { Ok(()) } else { Err(StoreError::Damaged(before)) }
    }

    /// Compares what the tables say of an entry with its file: the table, beside those that each entry is in.
    fn check_entry(
        &self,
        number: u64,
        kind: &str,
        bytes: &[u8],
    ) -> Result<Option<&'static str>, StoreError> {
        let damaged = || StoreError::Damaged(number);
        if kind == EXPECT {
            let record = ExpectRecord::parse(bytes).filter(|r| r.number == number);
            let record = record.ok_or_else(damaged)?;
            for named in [record.manifest, record.note, record.keys] {
                self.check_named(number, named)?;
            }
            return Ok(None);
        }
        if kind == RUN {
            let record = RunRecord::parse(bytes).filter(|r| r.number == number);
            let log = record.ok_or_else(damaged)?.log;
            let known = log.size <= number && self.head_at(log.size)? == log;
            return if known { Ok(None) } else { Err(damaged()) };
        }
        let schedule = |digest: &Digest, snapshot: &SnapshotFile| {
            schedule_of(&self.connection, &self.schedules, digest, snapshot)
        };
        match recognise(bytes, schedule)? {
            Ok(Recognised::Proof(envelope)) if kind == "proof" || kind == UNSUPPORTED => {
                self.check_proof(number, envelope.statement())?;
                Ok(Some("proofs"))
            }
            Ok(Recognised::Unsupported(_)) if kind == UNSUPPORTED => Ok(None),
            Ok(Recognised::Evidence(evidence)) if kind == evidence.kind.name() => {
                self.check_evidence(number, &evidence)?;
                Ok(Some("evidence"))
            }
            // What begins like an entry of the store's own is one, whatever the tables call it.
            Err(Unrecognised::Reserved) => Err(damaged()),
            Err(_) if kind == EvidenceKind::Source.name() => {
                self.check_evidence(number, &Evidence::new(EvidenceKind::Source))?;
                Ok(Some("evidence"))
            }
            // An older version took it in. Whoever reads it now refuses it, whatever its row says.
            Err(_) if EvidenceKind::ALL.iter().any(|known| known.name() == kind) => {
                self.check_row(number, kind)?;
                Ok(Some("evidence"))
            }
            _ => Err(damaged()),
        }
    }

    /// An entry has a row of its kind.
    fn check_row(&self, number: u64, kind: &str) -> Result<(), StoreError> {
        let sql = "SELECT 1 FROM evidence WHERE number = ?1 AND kind = ?2";
        let mut sql = self.connection.prepare_cached(sql)?;
        if sql.exists(params![to_row(number), kind])? {
            Ok(())
        } else {
            Err(StoreError::Damaged(number))
        }
    }

    fn check_evidence(&self, number: u64, evidence: &Evidence) -> Result<(), StoreError> {
        let sql = "SELECT kind, venue, name, series FROM evidence WHERE number = ?1";
        let mut sql = self.connection.prepare_cached(sql)?;
        let made = (evidence.kind.name().to_owned(), evidence.venue.clone());
        let made = (made.0, made.1, evidence.name, evidence.number.map(to_row));
        let found = sql.query_row([to_row(number)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        let found = found.optional()?;
        if found == Some(made) { Ok(()) } else { Err(StoreError::Damaged(number)) }
    }

    /// Compares what the tables say of a proof with its file.
    fn check_proof(&self, number: u64, statement: &Statement) -> Result<(), StoreError> {
        let damaged = || StoreError::Damaged(number);
        let sql = "SELECT statement, schedule, snapshot, epoch, subject, holding, slot, submitter
                       = (SELECT submitter FROM entries e WHERE e.number = p.number)
                   FROM proofs p WHERE number = ?1";
        let mut sql = self.connection.prepare_cached(sql)?;
        let found: Option<(ProofRow, bool)> = sql
            .query_row([to_row(number)], |row| {
                let columns = ProofRow {
                    statement: row.get(0)?,
                    schedule: row.get(1)?,
                    snapshot: row.get(2)?,
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

/// A store as it was when its log had some size: what came later is no evidence yet.
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
    /// Entries of the log as it was.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The oldest evidence of a venue of a series number with a name whose number in the log is at least
    /// `from`.
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

    /// The oldest evidence of a venue of a series number whose number in the log is at least `from`.
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

impl Ingest<'_> {
    /// Adds a file, whatever it is. A JSON twin is kept as the binary file that it stands for.
    ///
    /// # Errors
    /// [`StoreError`]; a file that is not kept is no error.
    pub fn add(&mut self, bytes: &[u8]) -> Result<Added, StoreError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Ok(Added::Refused(Unrecognised::TooLong));
        }
        let schedule = |digest: &Digest, snapshot: &SnapshotFile| {
            schedule_of(&self.transaction, self.schedules, digest, snapshot)
        };
        match recognise(bytes, schedule)? {
            Err(reason) => Ok(Added::Refused(reason)),
            Ok(Recognised::Proof(envelope)) => self.add_proof(&envelope),
            Ok(Recognised::Unsupported(reason)) => {
                let added = self.append(UNSUPPORTED, bytes)?;
                Ok(if added.is_some() { Added::Unsupported(reason) } else { Added::Known })
            }
            Ok(Recognised::Evidence(evidence)) => self.add_evidence(&evidence, bytes),
        }
    }

    /// Adds a message of a price network, whose bytes do not say what they are. What is anything else
    /// is added as that: what a file is never depends on who hands it in.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_source(&mut self, bytes: &[u8]) -> Result<Added, StoreError> {
        match self.add(bytes)? {
            Added::Refused(Unrecognised::Unknown) => {
                self.add_evidence(&Evidence::new(EvidenceKind::Source), bytes)
            }
            added => Ok(added),
        }
    }

    fn append(&mut self, kind: &str, bytes: &[u8]) -> Result<Option<i64>, StoreError> {
        let digest = file_digest(bytes);
        let known = "SELECT number FROM entries WHERE digest = ?1";
        let known: Option<i64> = {
            let mut known = self.transaction.prepare_cached(known)?;
            known.query_row([digest], |row| row.get(0)).optional()?
        };
        if let Some(number) = known {
            // Twice in one transaction is once.
            if from_row(number) < self.first {
                self.known.insert(from_row(number));
            }
            return Ok(None);
        }
        let mut hash = leaf_hash(bytes);
        let number = to_row(self.next);
        let sql = "INSERT INTO entries VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.transaction.prepare_cached(sql)?.execute(params![
            number,
            digest,
            hash,
            kind,
            self.submitter,
            integer(self.time_ms)
        ])?;
        let sql = "INSERT INTO contents VALUES (?1, ?2)";
        self.transaction.prepare_cached(sql)?.execute(params![number, bytes])?;
        let (mut level, mut position) = (0, self.next);
        let sql = "INSERT INTO nodes VALUES (?1, ?2, ?3)";
        while position & 1 == 1 {
            hash = node_hash(&read_node(&self.transaction, level, position - 1)?, &hash);
            (level, position) = (level + 1, position >> 1);
            let row = params![level, to_row(position), hash];
            self.transaction.prepare_cached(sql)?.execute(row)?;
        }
        self.next += 1;
        Ok(Some(number))
    }

    fn add_proof(&mut self, envelope: &Envelope) -> Result<Added, StoreError> {
        let Some(number) = self.append("proof", &envelope.encode())? else {
            return Ok(Added::Known);
        };
        add_proof_row(&self.transaction, number, self.submitter, envelope)?;
        Ok(Added::Proof)
    }

    fn add_evidence(&mut self, evidence: &Evidence, bytes: &[u8]) -> Result<Added, StoreError> {
        let Some(number) = self.append(evidence.kind.name(), bytes)? else {
            return Ok(Added::Known);
        };
        let sql = "INSERT INTO evidence VALUES (?1, ?2, ?3, ?4, ?5)";
        self.transaction.prepare_cached(sql)?.execute(params![
            number,
            evidence.kind.name(),
            evidence.venue,
            evidence.name,
            evidence.number.map(to_row),
        ])?;
        Ok(Added::Evidence(evidence.kind))
    }

    /// Notes that a file was not taken in: its name as whoever handed it in gave it, the SHA-256 of its
    /// bytes if they were read, and why.
    pub fn refuse(&mut self, name: &str, sha256: Option<Digest>, code: &str, reason: &str) {
        let (name, code, reason) = (name.to_owned(), code.to_owned(), reason.to_owned());
        self.refused.push(RefusedFile { name, sha256, code, reason });
    }

    /// The number of the next entry.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// When this transaction takes files in, milliseconds since 1970.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// The number of the entry with these bytes, which is there already or is added.
    pub(crate) fn number_of(&mut self, bytes: &[u8]) -> Result<Option<u64>, StoreError> {
        self.add(bytes)?;
        let sql = "SELECT number FROM entries WHERE digest = ?1";
        let mut sql = self.transaction.prepare_cached(sql)?;
        let number = sql.query_row([file_digest(bytes)], |row| row.get(0)).optional()?;
        Ok(number.map(from_row))
    }

    /// Adds an entry of the store's own, whose text names its number and so is new.
    pub(crate) fn append_own(&mut self, kind: &str, text: &str) -> Result<(), StoreError> {
        let number = self.next;
        match self.append(kind, text.as_bytes())? {
            Some(_) => Ok(()),
            None => Err(StoreError::Damaged(number)),
        }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.transaction
    }

    fn submitter_id(&self) -> Result<i64, StoreError> {
        let sql = "INSERT OR IGNORE INTO submitters (name) VALUES (?1)";
        self.transaction.execute(sql, [&self.name])?;
        let sql = "SELECT id FROM submitters WHERE name = ?1";
        Ok(self.transaction.query_row(sql, [&self.name], |row| row.get(0))?)
    }

    /// Makes everything that was added durable. A receipt in the log says who handed it in, and when,
    /// what was there before, and what was refused.
    ///
    /// # Errors
    /// [`StoreError`]: nothing of it was added then.
    pub fn commit(mut self) -> Result<(), StoreError> {
        if self.next > self.first || !self.known.is_empty() || !self.refused.is_empty() {
            let known = own::ranges(std::mem::take(&mut self.known));
            let receipt = Receipt {
                number: self.next,
                submitter: self.name.clone(),
                time_ms: self.time_ms,
                from: self.first,
                to: self.next,
                known,
                refused: std::mem::take(&mut self.refused),
            };
            for receipt in receipt.split() {
                self.append_own(RECEIPT, &receipt.text())?;
                for (from, to) in &receipt.known {
                    let sql = "INSERT INTO times SELECT number, ?3, ?4 FROM evidence
                               WHERE number >= ?1 AND number < ?2";
                    let (time, number) = (integer(receipt.time_ms), to_row(receipt.number));
                    let row = params![to_row(*from), to_row(*to), time, number];
                    self.transaction.prepare_cached(sql)?.execute(row)?;
                }
            }
        }
        Ok(self.transaction.commit()?)
    }
}
