//! Ingests files: transactions that add entries.

use super::Store;
use super::error::StoreError;
use super::files::schedule_of;
use super::integers::{from_row, to_row};
use super::nodes::{read_node, size};
use super::own::last_receipt;
use super::proof::add_proof_row;
use crate::evidence::{Evidence, EvidenceKind};
use crate::kinds::{PROOF, RECEIPT, UNSUPPORTED};
use crate::own::{self, Receipt, RefusedFile};
use crate::recognise::{Recognised, Unrecognised, recognise};
use crate::schedules::Schedules;
use crate::tlog::{leaf_hash, node_hash};
use rusqlite::{OptionalExtension, Transaction, TransactionBehavior, params};
use std::cell::RefCell;
use std::collections::BTreeSet;
use zkmargin_model::digest::{Digest, ScheduleDigest};
use zkmargin_model::envelope::{Envelope, EnvelopeError, file_digest};
use zkmargin_model::names::check_name;
use zkmargin_params::{MAX_FILE_BYTES, MAX_TEXT_BYTES};
use zkmargin_storage::database::integer;

/// The result for a file that was submitted.
#[derive(Debug)]
pub enum Added {
    /// A new entry, a proof.
    Proof,
    /// A new entry, a proof of an unknown circuit or format.
    Unsupported(EnvelopeError),
    /// A new entry, evidence.
    Evidence(EvidenceKind),
    /// Already an entry.
    Known,
    /// Not kept.
    Refused(Unrecognised),
}

/// How far a clock may lag behind the last receipt, whose time is then used, in milliseconds.
pub const RECEIPT_SKEW_MS: u64 = 5_000;

/// A transaction that adds entries. They are durable once [`commit`](Ingest::commit) returns, and not there at all
/// before.
#[derive(Debug)]
pub struct Ingest<'a> {
    pub(super) transaction: Transaction<'a>,
    schedules: &'a RefCell<Schedules>,
    submitter: i64,
    name: String,
    time_ms: u64,
    next: u64,
    first: u64,
    /// Entries that were submitted again.
    known: BTreeSet<u64>,
    refused: Vec<RefusedFile>,
}

impl Store {
    /// Begins to add a submitter's files at a time, in milliseconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Clock`] for a time before the last receipt by more than [`RECEIPT_SKEW_MS`].
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
}

impl Ingest<'_> {
    /// Adds a file, whatever it is. A JSON twin is stored as the binary file it stands for.
    ///
    /// # Errors
    /// [`StoreError`]; a skipped file is not an error.
    pub fn add(&mut self, bytes: &[u8]) -> Result<Added, StoreError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Ok(Added::Refused(Unrecognised::TooLong));
        }
        let schedule = |digest: &ScheduleDigest, priced: [usize; 2]| {
            schedule_of(&self.transaction, self.schedules, digest, priced)
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

    /// Adds a message of a price network, whose bytes do not say what they are. Anything else is added as what it is:
    /// what a file is never depends on who submits it.
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
        let Some(number) = self.append(PROOF, &envelope.encode())? else {
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

    /// Records that a file was refused: its name as given by the submitter, the SHA-256 of its bytes if they were read,
    /// and why.
    pub fn refuse(&mut self, name: &str, sha256: Option<Digest>, code: &str, reason: &str) {
        let (name, code, reason) = (name.to_owned(), code.to_owned(), reason.to_owned());
        self.refused.push(RefusedFile { name, sha256, code, reason });
    }

    /// The number of the next entry.
    pub(crate) fn next(&self) -> u64 {
        self.next
    }

    /// The time at which this transaction ingests files, milliseconds since 1970.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// The number of the entry with these bytes, which already exists or is added.
    pub(crate) fn number_of(&mut self, bytes: &[u8]) -> Result<Option<u64>, StoreError> {
        self.add(bytes)?;
        let sql = "SELECT number FROM entries WHERE digest = ?1";
        let mut sql = self.transaction.prepare_cached(sql)?;
        let number = sql.query_row([file_digest(bytes)], |row| row.get(0)).optional()?;
        Ok(number.map(from_row))
    }

    /// Adds one of the store's own entries, whose text states its number and so is new.
    pub(crate) fn append_own(&mut self, kind: &str, text: &str) -> Result<(), StoreError> {
        let number = self.next;
        match self.append(kind, text.as_bytes())? {
            Some(_) => Ok(()),
            None => Err(StoreError::Damaged(number)),
        }
    }

    fn submitter_id(&self) -> Result<i64, StoreError> {
        let sql = "INSERT OR IGNORE INTO submitters (name) VALUES (?1)";
        self.transaction.execute(sql, [&self.name])?;
        let sql = "SELECT id FROM submitters WHERE name = ?1";
        Ok(self.transaction.query_row(sql, [&self.name], |row| row.get(0))?)
    }

    /// Makes everything that was added durable. A receipt in the log says who submitted it, and when, what was already
    /// there, and what was refused.
    ///
    /// # Errors
    /// [`StoreError`]: in that case none of it was added.
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
