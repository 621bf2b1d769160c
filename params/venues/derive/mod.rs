//! Derive, portfolio margin PMRM_2: accounts of the contracts' tests as portfolio schedules, snapshots and accounts.
//!
//! The source is a list of the tests' cases with the parameters and scenarios they name, in the form of the project's vectors
//! (`derive_pmrm2.json`, from `test/risk-managers/unit-tests/PMRM_2` of `derivexyz/v2-core`). A case has one account with the
//! prices of everything that it holds, so each has a schedule and a snapshot of its own. The rule is that of `PMRM_2.sol` and
//! `PMRMLib_2.sol` there.
//!
//! Figures of the source are 64-bit floating point numbers, read as the shortest decimals that stand for them. Sizes are cut
//! to 15 digits after the point and everything else is rounded: values and cash to 9, dampening factors and discounts to 10.
//! Collateral worth less than a thousand has 12 digits of each. The contracts truncate each product at 18 digits; the rule
//! here does not round. Times are not in the source: a case is taken to be of [`TIME_MS`].
//!
//! Of the venue's API an account is read ([`account_of`]), and what the venue states about it ([`Derive`]).

mod account;
mod case;
mod figures;
mod folder;
mod schedule;
mod snapshot;
mod subaccount;

#[cfg(test)]
mod tests;

pub use case::Case;
pub use folder::FOLDER;
pub use subaccount::account as account_of;

use super::*;
use crate::AccountFile;
use crate::portfolio::{PortfolioScheduleFile, PortfolioSnapshotFile};
use serde_json::Value;

/// The venue.
#[derive(Clone, Copy, Debug)]
pub struct Derive;

/// Value of `venue` in the files.
pub const NAME: &str = "derive";
/// The time that a case is taken to be of: 2025-01-01T00:00:00Z, in milliseconds.
pub const TIME_MS: u64 = 1_735_689_600_000;

/// What the contracts' rule has besides.
const LEAVES_OUT: [&str; 3] = [
    "initial margin while a feed's confidence is below its threshold",
    "truncation of each product at 18 digits",
    "digits of sizes beyond the fifteenth",
];

/// Where the values of options come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loadings {
    /// The source has them, and the snapshot.
    Published,
    /// They follow from forwards and volatilities.
    Derived,
}

/// Schedule, snapshot and account of one case.
#[derive(Clone, PartialEq)]
pub struct Imported {
    /// The schedule, not yet checked.
    pub schedule: PortfolioScheduleFile,
    /// The snapshot. The schedule that it names is this one.
    pub snapshot: PortfolioSnapshotFile,
    /// The account.
    pub account: AccountFile,
}

/// Reads the case of a name.
///
/// # Errors
/// [`ImportError::Source`] with the place in the source that is wrong.
pub fn import(source: &Value, name: &str, loadings: Loadings) -> Result<Imported, ImportError> {
    let case = Case::read(source, name)?;
    let schedule = schedule::schedule(&case, loadings);
    let checked = crate::portfolio::PortfolioSchedule::new(schedule.clone());
    let digest = checked.map_err(|e| ImportError::Source {
        pointer: String::new(),
        message: format!("makes a schedule that is refused: {e}"),
        help: None,
    })?;
    let snapshot = snapshot::snapshot(&case, &digest.digest().to_string(), loadings);
    Ok(Imported { account: account::account(&case), schedule, snapshot })
}
