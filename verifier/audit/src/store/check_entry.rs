//! Compares what the tables say about one entry with its file.

use super::Store;
use super::error::StoreError;
use super::files::schedule_of;
use super::integers::to_row;
use crate::evidence::{Evidence, EvidenceKind};
use crate::kinds::{EXPECT, PROOF, RUN, UNSUPPORTED};
use crate::own::{ExpectRecord, RunRecord};
use crate::recognise::{Recognised, Unrecognised, recognise};
use rusqlite::{OptionalExtension, params};
use sha2::{Digest as _, Sha256};
use zkmargin_model::digest::{Digest, ScheduleDigest};

impl Store {
    /// Compares what the tables say about an entry with its file. Returns the table it is in, besides those that hold
    /// every entry.
    pub(super) fn check_entry(
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
        let schedule = |digest: &ScheduleDigest, priced: [usize; 2]| {
            schedule_of(&self.connection, &self.schedules, digest, priced)
        };
        match recognise(bytes, schedule)? {
            Ok(Recognised::Proof(envelope)) if kind == PROOF || kind == UNSUPPORTED => {
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
            Ok(Recognised::Proof(_) | Recognised::Unsupported(_) | Recognised::Evidence(_))
            | Err(_) => Err(damaged()),
        }
    }

    /// Checks that an entry's file has its SHA-256.
    fn check_named(&self, before: u64, (number, sha256): (u64, Digest)) -> Result<(), StoreError> {
        let named = number < before && Sha256::digest(&self.entry(number)?.bytes)[..] == sha256[..];
        if named { Ok(()) } else { Err(StoreError::Damaged(before)) }
    }

    /// Checks that an entry has a row of its kind.
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
}
