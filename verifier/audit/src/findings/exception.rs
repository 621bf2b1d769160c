//! Something that is not as it should be, by kind.

use super::error::FindingsError;
use crate::rules::Period;
use crate::status::Status;
use serde::Serialize;
use std::collections::BTreeMap;

/// Kinds of exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExceptionKind {
    /// Fewer proofs than are due.
    Missing,
    /// A proof that does not hold.
    Invalid,
    /// Marks and price sources do not agree.
    PricesDisagree,
    /// Another schedule or a lower claim.
    WrongRule,
    /// A different time.
    Stale,
    /// Evidence that is not in the store.
    EvidenceMissing,
    /// A circuit or format that this version does not know.
    Unsupported,
    /// A proof for a period, about a subject not due in it.
    Unexpected,
    /// One statement with several proofs.
    DuplicateStatement,
    /// One account with several statements that are shown to hold in one period.
    DuplicateAccount,
    /// Number of accounts: the manifest's differs from the ledger's, or more are due than exist.
    Population,
    /// The venue's enrolment and the manifest differ in the number of accounts.
    Enrolment,
    /// Two signed notes of the venue that cannot both be true.
    Contradiction,
}

impl ExceptionKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Missing,
        Self::Invalid,
        Self::PricesDisagree,
        Self::WrongRule,
        Self::Stale,
        Self::EvidenceMissing,
        Self::Unsupported,
        Self::Unexpected,
        Self::DuplicateStatement,
        Self::DuplicateAccount,
        Self::Population,
        Self::Enrolment,
        Self::Contradiction,
    ];

    /// A stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::PricesDisagree => "prices-disagree",
            Self::WrongRule => "wrong-rule",
            Self::Stale => "stale",
            Self::EvidenceMissing => "evidence-missing",
            Self::Unsupported => "unsupported",
            Self::Unexpected => "unexpected",
            Self::DuplicateStatement => "duplicate-statement",
            Self::DuplicateAccount => "duplicate-account",
            Self::Population => "population",
            Self::Enrolment => "enrolment",
            Self::Contradiction => "contradiction",
        }
    }

    pub(super) fn of(status: Status) -> Option<Self> {
        Some(match status {
            Status::Valid | Status::Outside => return None,
            Status::Invalid => Self::Invalid,
            Status::PricesDisagree => Self::PricesDisagree,
            Status::WrongRule => Self::WrongRule,
            Status::Stale => Self::Stale,
            Status::EvidenceMissing => Self::EvidenceMissing,
            Status::Unsupported => Self::Unsupported,
        })
    }
}

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// Which kind.
    pub kind: ExceptionKind,
    /// The venue, if it concerns one.
    pub venue: String,
    /// Digest of the registry, hexadecimal, if it concerns a period.
    pub registry: String,
    /// The epoch; zero for none.
    pub epoch: u64,
    /// The pseudonym or commitment, hexadecimal.
    pub subject: String,
    /// Digest of the proof, hexadecimal.
    pub proof: String,
    /// Who submitted it.
    pub submitter: String,
    /// Code of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

impl Exception {
    /// An exception about a period, or a subject in it.
    pub(super) fn about(
        period: &Period,
        kind: ExceptionKind,
        subject: String,
        reason: String,
    ) -> Self {
        let Period { venue, registry, epoch, .. } = period;
        let registry = registry.to_string();
        Self { registry, epoch: *epoch, subject, ..Self::of_venue(venue.clone(), kind, reason) }
    }

    /// An exception about a venue.
    pub(super) fn of_venue(venue: String, kind: ExceptionKind, reason: String) -> Self {
        Self {
            kind,
            venue,
            registry: String::new(),
            epoch: 0,
            subject: String::new(),
            proof: String::new(),
            submitter: String::new(),
            code: String::new(),
            reason,
        }
    }
}

/// Writes exceptions and counts them.
pub(super) struct Writer<'a> {
    pub take: &'a mut dyn FnMut(&Exception) -> std::io::Result<()>,
    pub counts: BTreeMap<&'static str, u64>,
}

impl Writer<'_> {
    pub fn put(&mut self, exception: &Exception) -> Result<(), FindingsError> {
        *self.counts.entry(exception.kind.code()).or_default() += 1;
        (self.take)(exception).map_err(FindingsError::Write)
    }
}
