//! What an audit found: per period and overall, and every exception by name.

mod compute;
mod describe;
mod error;
mod exception;
mod list;
mod signed;

pub use error::FindingsError;
pub use exception::{Exception, ExceptionKind};

use crate::ingestion::Ingestion;
use crate::judge::NoteTimes;
use crate::own::RunRecord;
use serde::Serialize;
use std::collections::BTreeMap;

/// The verdict on an audit. Its text is the line to show to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything due is shown by valid proofs, and nothing else was found.
    Complete,
    /// Everything due is shown by valid proofs; there are exceptions, none of them an invalid proof.
    CompleteWithExceptions,
    /// Everything due is shown by valid proofs, but there are also invalid ones.
    InvalidProofs,
    /// Something due is not shown.
    Incomplete,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Complete => "COMPLETE: every due account is shown by a valid proof",
            Self::CompleteWithExceptions => {
                "COMPLETE, WITH EXCEPTIONS: every due account is shown by a valid proof"
            }
            Self::InvalidProofs => {
                "COMPLETE, WITH INVALID PROOFS: every due account is shown by a valid proof, and other proofs are invalid"
            }
            Self::Incomplete => "INCOMPLETE: something that is due is not shown by a valid proof",
        })
    }
}

/// What was found about one period.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PeriodFindings {
    /// The venue.
    pub venue: String,
    /// Digest of the registry, hexadecimal.
    pub registry: String,
    /// The epoch.
    pub epoch: u64,
    /// Margin accounts at the venue, by the manifest.
    pub population: u64,
    /// Accounts in the venue's signed ledger; `None` if there is no trusted checkpoint.
    pub ledger_size: Option<u64>,
    /// Entries that are due.
    pub due: u64,
    /// Accounts that are due, over all entries.
    pub due_accounts: u64,
    /// Entries that are shown.
    pub shown: u64,
    /// Entries whose enrolment by the venue is in the store and agrees with the manifest.
    pub enrolled: u64,
    /// Proofs by status.
    pub proofs: BTreeMap<&'static str, u64>,
    /// Proofs about subjects that are not due.
    pub unexpected: u64,
    /// How the evidence of its proofs meets the policy: per market and ledger.
    pub evidence: Vec<EvidenceFound>,
}

/// How the evidence for some proofs meets the demands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EvidenceFound {
    /// Digest of the snapshot, hexadecimal.
    pub snapshot: String,
    /// Proofs that rely on it.
    pub proofs: u64,
    /// Demands with how they are met; for one of the proofs, a valid one if there is any.
    pub met: Vec<(String, String)>,
    /// Why not, if they are not.
    pub refused: Option<String>,
    /// Times of the notes, and when they were ingested; for one of the proofs.
    pub notes: Vec<NoteTimes>,
    /// Whose rules: venue, schedule, digest, and how it differs from the venue's own rule; for one of the proofs.
    pub rules: String,
    /// What the policy does not demand, each a code with its text; for one of the proofs.
    pub not_checked: Vec<(&'static str, String)>,
}

/// Everything an audit found, except the list of exceptions, which may be long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The verdict.
    pub verdict: Verdict,
    /// Entries of the log that the run covers.
    pub entries: u64,
    /// Proofs that the run has a verdict on.
    pub proofs: u64,
    /// Proofs by status.
    pub statuses: BTreeMap<&'static str, u64>,
    /// Exceptions by kind.
    pub exceptions: BTreeMap<&'static str, u64>,
    /// Entries that are due, accounts that are due, entries that are shown.
    pub due: u64,
    /// Accounts that are due, over all entries.
    pub due_accounts: u64,
    /// Entries that are shown by valid proofs.
    pub shown: u64,
    /// What was found about each period, in the order of the manifest.
    pub periods: Vec<PeriodFindings>,
    /// Accounts by epochs, for the picture: per band of subjects and period, entries due and shown.
    pub grid: Vec<Vec<(u64, u64)>>,
}

/// Findings, with what they were computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recomputed {
    /// The findings.
    pub findings: Findings,
    /// What the receipts of the log say.
    pub ingestion: Ingestion,
    /// The log's record of the run.
    pub record: RunRecord,
    /// Valid proofs, drawn at random, that were judged again.
    pub sampled: u64,
    /// Others, all of which were judged again.
    pub repeated: u64,
    /// Seed of the sample.
    pub seed: [u8; 32],
    /// What the policies do not demand that any valid proof relies on, each a code with its text.
    pub not_checked: Vec<(&'static str, String)>,
}
