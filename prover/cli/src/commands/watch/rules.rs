//! The rules that an account is watched under, linear or of portfolio margin, and their snapshots.

use super::Watch;
use super::figures::{self, Reading};
use crate::commands::portfolio;
use crate::failure::{Failure, Result};
use crate::files;
use crate::resolve;
use std::path::Path;
use zkmargin_params::portfolio::{PortfolioSchedule, PortfolioSnapshotFile, is_portfolio_schedule};
use zkmargin_params::{MAX_FILE_BYTES, Schedule, SnapshotFile, compile, parse_utc};

/// A schedule of either kind.
pub enum Rules {
    Linear(Box<Schedule>),
    Portfolio(Box<PortfolioSchedule>),
}

/// A snapshot of the schedule's kind.
#[derive(Clone, PartialEq)]
pub enum Snapshot {
    Linear(SnapshotFile),
    Portfolio(PortfolioSnapshotFile),
}

impl Snapshot {
    /// UTC time.
    pub fn time(&self) -> &str {
        match self {
            Self::Linear(file) => &file.time,
            Self::Portfolio(file) => &file.time,
        }
    }

    /// The same in milliseconds since 1970; `None` if it is no time, which whoever compiles the snapshot refuses.
    pub fn time_ms(&self) -> Option<u64> {
        parse_utc(self.time())
    }

    /// Digest of the schedule that it names.
    pub fn schedule(&self) -> &str {
        match self {
            Self::Linear(file) => &file.schedule,
            Self::Portfolio(file) => &file.schedule,
        }
    }

    /// Number in the venue's series.
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Linear(file) => file.sequence,
            Self::Portfolio(file) => file.sequence,
        }
    }
}

impl Rules {
    /// Reads the schedule at a path.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = files::read(path, MAX_FILE_BYTES)?;
        Ok(match is_portfolio_schedule(&bytes) {
            true => Self::Portfolio(Box::new(portfolio::schedule_of(path, &bytes)?)),
            false => Self::Linear(Box::new(resolve::schedule_in(&bytes, path)?)),
        })
    }

    /// Reads a snapshot, or says why it is none.
    pub fn snapshot(&self, bytes: &[u8]) -> std::result::Result<Snapshot, String> {
        let read = match self {
            Self::Linear(_) => SnapshotFile::from_json(bytes).map(Snapshot::Linear),
            Self::Portfolio(_) => PortfolioSnapshotFile::from_json(bytes).map(Snapshot::Portfolio),
        };
        read.map_err(|e| e.to_string())
    }

    /// Digest of the schedule.
    pub fn digest(&self) -> String {
        match self {
            Self::Linear(schedule) => schedule.digest().to_string(),
            Self::Portfolio(schedule) => schedule.digest().to_string(),
        }
    }

    /// Name of the venue.
    pub fn venue(&self) -> &str {
        match self {
            Self::Linear(schedule) => &schedule.file().venue,
            Self::Portfolio(schedule) => &schedule.file().venue,
        }
    }

    /// What equity and requirement are in.
    pub fn currency(&self) -> &str {
        match self {
            Self::Linear(schedule) => schedule.margin_unit().currency(),
            Self::Portfolio(schedule) => &schedule.file().valuation.currency,
        }
    }

    /// Computes the account at a snapshot.
    pub fn reading(&self, a: &Watch, file: &Snapshot) -> Result<Reading> {
        let named = |failure: Failure| failure.in_file(&files::name_of(&a.account));
        match (self, file) {
            (Self::Linear(schedule), Snapshot::Linear(file)) => {
                let schedule: &Schedule = schedule;
                let market = compile(schedule, file)
                    .map_err(|e| Failure::in_json(&e, &files::name_of(&a.snapshots), b""))?;
                let claim = a.claim.of(&market)?;
                let read = resolve::ReadAccount::open(&a.account, schedule)?;
                let account = read.holdings(schedule)?;
                figures::read(&market, &account, &claim, !a.no_distance).map_err(named)
            }
            (Self::Portfolio(schedule), Snapshot::Portfolio(file)) => {
                portfolio::watch::read(schedule, file, a)
            }
            // Snapshots are read by the schedule that they are looked at with.
            _ => Err(Failure::usage("the snapshot is not of the schedule's kind")),
        }
    }
}
