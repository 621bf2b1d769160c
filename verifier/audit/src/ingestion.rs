//! What the receipts of a log say as a whole: from when to when, and what was refused.

use crate::kinds::{is_own, is_proof};
use crate::own::{Receipt, RefusedFile};
use serde::{Deserialize, Serialize};
use zkmargin_params::format_utc;

/// Number of refused files that are listed.
const LISTED: usize = 25;

/// What was submitted over the lifetime of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ingestion {
    /// Receipts.
    pub receipts: u64,
    /// Time of the first one, UTC.
    pub first: Option<String>,
    /// Time of the last one, UTC.
    pub last: Option<String>,
    /// How many times files were submitted again.
    pub again: u64,
    /// Files that were refused.
    pub refused: u64,
    /// The first of them.
    pub first_refused: Vec<RefusedEntry>,
    /// Entries submitted later than what is covered.
    pub later_entries: u64,
    /// Proofs among them.
    pub later_proofs: u64,
}

/// A refused file with its receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedEntry {
    /// When, UTC.
    pub time: String,
    /// Who submitted it.
    pub submitter: String,
    /// Its name, as given.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal; empty if they were not read.
    pub sha256: String,
    /// Code of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

impl Ingestion {
    pub(crate) fn add(&mut self, receipt: &Receipt) {
        let time = format_utc(receipt.time_ms);
        self.receipts += 1;
        self.first.get_or_insert_with(|| time.clone());
        self.again += receipt.known.iter().map(|(from, to)| to - from).sum::<u64>();
        self.refused += receipt.refused.len() as u64;
        for RefusedFile { name, sha256, code, reason } in &receipt.refused {
            if self.first_refused.len() == LISTED {
                break;
            }
            self.first_refused.push(RefusedEntry {
                time: time.clone(),
                submitter: receipt.submitter.clone(),
                name: name.clone(),
                sha256: sha256.map(hex::encode).unwrap_or_default(),
                code: code.clone(),
                reason: reason.clone(),
            });
        }
        self.last = Some(time);
    }

    pub(crate) fn add_later(&mut self, kind: &str) {
        if !is_own(kind) {
            self.later_entries += 1;
            self.later_proofs += u64::from(is_proof(kind));
        }
    }
}
