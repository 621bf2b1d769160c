//! The store of record: every file that was ingested, in order, and the log over them.
//!
//! One SQLite file, synced at every commit. Tables are append-only: triggers
//! refuse every change and deletion. What can be computed anew from them (which due proofs are still
//! open) is in tables of its own.

use crate::evidence::{Evidence, EvidenceFile, EvidenceKind, EvidenceStore};
use crate::recognise::{Recognised, Unrecognised, recognise};
use crate::schedules::Schedules;
use crate::tlog::{self, Hash, leaf_hash, node_hash};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use zkmargin_model::commitment::field_bytes;
use zkmargin_model::digest::Digest;
use zkmargin_model::files::{MAX_FILE_BYTES, MAX_TEXT_BYTES, Schedule};
use zkmargin_model::names::{NameError, check_name};
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_storage::Kind;
use zkmargin_storage::database::{self, DatabaseError, integer, milliseconds};
use zkmargin_verifier::{Envelope, EnvelopeError, file_digest};

/// Pages of memory that SQLite keeps: 256 MiB, whatever the store's size.
const CACHE_KIB: i64 = -262_144;

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
    /// A manifest or its list that is not what was taken in.
    #[error(
        "a manifest or its list of what is due is not what was taken in: the store was changed or is damaged"
    )]
    Manifest,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

/// An auditor's store.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    schedules: RefCell<Schedules>,
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
        AccountReference::Commitment(account) => field_bytes(&account),
        AccountReference::Ledger(_) => field_bytes(&statement.pseudonym),
    }
}

/// Which of the subject's accounts a proof is about: its nullifier in the period, or the account's
/// commitment.
pub fn holding(statement: &Statement) -> Digest {
    match statement.account {
        AccountReference::Commitment(account) => field_bytes(&account),
        AccountReference::Ledger(_) => field_bytes(&statement.nullifier),
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

/// Kind of an entry that says who handed in those before it.
const RECEIPT: &str = "receipt";

/// Who handed in the entries of a transaction, and when, in milliseconds since 1970.
#[derive(Debug, PartialEq, Eq)]
struct Receipt {
    submitter: String,
    time_ms: i64,
}

impl Receipt {
    /// The text of the entry behind the entries from `first` to before `end`.
    fn text(&self, first: u64, end: u64) -> String {
        let time = self.time_ms;
        // Quoted, so that a name with a line break is one line.
        let name = &self.submitter;
        format!("zkmargin/ingest/v1\nsubmitter {name:?}\ntime-ms {time}\nfrom {first}\nto {end}\n")
    }
}

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

/// The schedule with a digest.
fn schedule_of(
    connection: &Connection,
    schedules: &RefCell<Schedules>,
    digest: &Digest,
) -> Result<Option<Arc<Schedule>>, StoreError> {
    schedules.borrow_mut().get(digest, || {
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

/// A transaction that adds entries. What is added is there for good once
/// [`commit`](Ingest::commit) returns, and not at all before.
#[derive(Debug)]
pub struct Ingest<'a> {
    transaction: Transaction<'a>,
    schedules: &'a RefCell<Schedules>,
    submitter: i64,
    next: u64,
    first: u64,
    receipt: Receipt,
}

impl Store {
    /// Opens a store, or makes one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = database::open(path, Kind::AuditStore)?;
        connection.pragma_update(None, "cache_size", CACHE_KIB)?;
        connection.set_prepared_statement_cache_capacity(64);
        let mut store = Self { connection, schedules: RefCell::default() };
        store.read_again()?;
        Ok(store)
    }

    /// Gives proofs that an older version could not read their rows.
    fn read_again(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT number FROM entries WHERE kind = 'unsupported'
                   AND number NOT IN (SELECT number FROM proofs)";
        let numbers: Vec<i64> = {
            let mut sql = self.connection.prepare(sql)?;
            sql.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for number in numbers {
            let entry = self.entry(from_row(number))?;
            if let Ok(envelope) = Envelope::decode(&entry.bytes) {
                let mut ingest = self.ingest(&entry.submitter, entry.time_ms)?;
                ingest.add_proof_row(number, &envelope)?;
                ingest.transaction.commit()?;
            }
        }
        Ok(())
    }

    /// Begins to add files of a submitter at a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ingest(&mut self, submitter: &str, now_ms: u64) -> Result<Ingest<'_>, StoreError> {
        let name = submitter;
        check_name(name, MAX_TEXT_BYTES).map_err(StoreError::Submitter)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("INSERT OR IGNORE INTO submitters (name) VALUES (?1)", [submitter])?;
        let sql = "SELECT id FROM submitters WHERE name = ?1";
        let submitter = transaction.query_row(sql, [submitter], |row| row.get(0))?;
        let next = size(&transaction)?;
        let receipt = Receipt { submitter: name.to_owned(), time_ms: integer(now_ms) };
        let schedules = &self.schedules;
        Ok(Ingest { transaction, schedules, submitter, next, first: next, receipt })
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
                   WHERE kind <> 'receipt' AND (kind IN ('proof', 'unsupported')) = ?1
                         AND number < ?2
                   ORDER BY number";
        let mut sql = self.connection.prepare(sql)?;
        let rows = sql.query_map(params![proofs, to_row(size)], |row| row.get(0).map(from_row))?;
        Ok(rows.collect::<Result<_, _>>()?)
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
    /// every stored node with its children, and every manifest's list with its digest: `Ok` when the
    /// root of [`head`](Self::head) is that of the files that are there.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] with the first entry or, for a wrong node, the first entry below it;
    /// [`StoreError::Manifest`].
    pub fn check(&self, mut progress: impl FnMut(u64)) -> Result<LogHead, StoreError> {
        let head = self.head()?;
        let mut sql = self.connection.prepare(
            "SELECT e.number, e.leaf, c.bytes, e.digest, e.kind, s.name, e.time_ms
             FROM entries e JOIN contents c USING (number) JOIN submitters s ON s.id = e.submitter
             ORDER BY number",
        )?;
        let mut rows = sql.query([])?;
        let (mut expected, mut receipted) = (0, 0);
        let mut receipt: Option<Receipt> = None;
        while let Some(row) = rows.next()? {
            let number = from_row(row.get(0)?);
            let (leaf, bytes): (Hash, Vec<u8>) = (row.get(1)?, row.get(2)?);
            let digest: Digest = row.get(3)?;
            let damaged = || StoreError::Damaged(expected);
            if number != expected || leaf_hash(&bytes) != leaf || file_digest(&bytes) != digest {
                return Err(damaged());
            }
            let kind: String = row.get(4)?;
            // All entries up to a receipt have its submitter and time.
            let this = Receipt { submitter: row.get(5)?, time_ms: row.get(6)? };
            let same = receipt
                .get_or_insert_with(|| Receipt { submitter: this.submitter.clone(), ..this });
            if *same != this {
                return Err(damaged());
            }
            if kind == RECEIPT {
                if bytes != this.text(receipted, number).as_bytes() {
                    return Err(damaged());
                }
                (receipted, receipt) = (number + 1, None);
            } else {
                self.check_entry(number, &kind, &bytes)?;
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
        if expected != head.size || receipted != head.size {
            return Err(StoreError::Damaged(expected));
        }
        // Rows of no entry, or of another kind of entry.
        let strays = "SELECT number FROM (
                          SELECT number FROM proofs UNION ALL SELECT number FROM evidence
                          UNION ALL SELECT number FROM contents)
                      GROUP BY number HAVING count(*) > 2 OR number NOT IN (SELECT number FROM entries)";
        if let Some(number) = self.connection.query_row(strays, [], |row| row.get(0)).optional()? {
            return Err(StoreError::Damaged(from_row(number)));
        }
        self.check_due()?;
        Ok(head)
    }

    /// Compares what the tables say of an entry with its file.
    fn check_entry(&self, number: u64, kind: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let damaged = || StoreError::Damaged(number);
        let schedule = |digest: &Digest| schedule_of(&self.connection, &self.schedules, digest);
        match recognise(bytes, schedule)? {
            Ok(Recognised::Proof(envelope)) if kind == "proof" || kind == UNSUPPORTED => {
                self.check_proof(number, envelope.statement())
            }
            Ok(Recognised::Unsupported(_)) if kind == UNSUPPORTED => Ok(()),
            Ok(Recognised::Evidence(evidence)) if kind == evidence.kind.name() => {
                self.check_evidence(number, &evidence)
            }
            Err(Unrecognised::Unknown) if kind == EvidenceKind::Source.name() => {
                self.check_evidence(number, &Evidence::new(EvidenceKind::Source))
            }
            _ => Err(damaged()),
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
        let schedule = |digest: &Digest| schedule_of(&self.transaction, self.schedules, digest);
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
        let known = "SELECT 1 FROM entries WHERE digest = ?1";
        let mut known = self.transaction.prepare_cached(known)?;
        if known.exists([digest])? {
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
            self.receipt.time_ms
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
        self.add_proof_row(number, envelope)?;
        Ok(Added::Proof)
    }

    fn add_proof_row(&mut self, number: i64, envelope: &Envelope) -> Result<(), StoreError> {
        let row = ProofRow::of(envelope.statement());
        // Before the row is there, which would count as one seen before.
        self.close(&row)?;
        let sql = "INSERT INTO proofs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        self.transaction.prepare_cached(sql)?.execute(params![
            number,
            self.submitter,
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

    /// Counts a proof against what is due.
    fn close(&mut self, proof: &ProofRow) -> Result<(), StoreError> {
        let ProofRow { epoch, subject, holding, schedule, .. } = proof;
        let sql = "SELECT o.period, o.lacking FROM periods p JOIN open o ON o.period = p.id
                   WHERE p.epoch = ?1 AND p.schedule = ?2 AND o.subject = ?3";
        let mut sql = self.transaction.prepare_cached(sql)?;
        let rows = sql.query_map(params![epoch, schedule, subject], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        })?;
        let open = rows.collect::<Result<Vec<_>, _>>()?;
        if open.is_empty() {
            return Ok(());
        }
        let seen = "SELECT 1 FROM proofs
                    WHERE epoch = ?1 AND subject = ?2 AND holding = ?3 AND schedule = ?4";
        let mut seen = self.transaction.prepare_cached(seen)?;
        if seen.exists(params![epoch, subject, holding, schedule])? {
            return Ok(());
        }
        for (period, lacking) in open {
            let sql = if lacking > 1 {
                "UPDATE open SET lacking = lacking - 1 WHERE period = ?1 AND subject = ?2"
            } else {
                "DELETE FROM open WHERE period = ?1 AND subject = ?2"
            };
            self.transaction.prepare_cached(sql)?.execute(params![period, subject])?;
        }
        Ok(())
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

    /// Makes everything that was added durable. A receipt in the log says who handed it in, and when.
    ///
    /// # Errors
    /// [`StoreError`]: nothing of it was added then.
    pub fn commit(mut self) -> Result<(), StoreError> {
        if self.next > self.first {
            let text = self.receipt.text(self.first, self.next);
            self.append(RECEIPT, text.as_bytes())?;
        }
        Ok(self.transaction.commit()?)
    }
}
