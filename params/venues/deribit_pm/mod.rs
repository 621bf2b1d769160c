//! Deribit, segregated portfolio margin (S:PM): inverse futures, the perpetual and options of one settlement currency.
//!
//! A settlement currency is a risk unit with its own requirement, equity and verdict. What is required is the worst case of
//! the venue's risk matrix and shocks or contingencies; maintenance margin is `mm_factor` of that:
//!
//! ```text
//! worst    = max over the matrix of the loss                        27 standard and 8 extended scenarios
//! roll     = sum over maturities of rate |sum of q delta|
//! futures  = rate (sum of |q| - |sum of q|) / 2                     over futures and the perpetual, in the currency
//! short    = rate max(0, -(call + put))                             at each strike
//! ```
//!
//! The matrix is the venue's: `private/pme/simulate`, asked without the account's own positions for one unit of each
//! instrument (`add_positions` false), gives each instrument's row (`initial_risk_vectors`), so loadings are published. The
//! answer is nobody's signature; who attests a snapshot of it answers for it.
//!
//! Sources. The page docs.deribit.com private/pme/simulate has the form of the answer and an account of June 2024
//! (`PrivatePmeSimulateResponse`), and an answer of February 2026 is quoted in a public trading log: in both,
//! `risk_matrix_margin` is the worst case and a roll shock of `min_annualised_move` of each future's size, and
//! `maintenance_margin` is 0.8 of it. The page support.deribit.com 25944756247837 has the scenarios. The older page
//! deribit.com/pages/docs/portfoliomargin has the two contingencies, of 0.01 for each net short option at a strike and 1 % of
//! offsetting futures.
//!
//! No stored text says which of these the venue takes today, how the roll shock grows with a maturity or what a delta shock
//! is. So rates and options' deltas are the schedule's author's to take from the venue's margin page, in
//! `parameters.json`: what it does not have is not charged, and the schedule says so.
//!
//! | file | answers of the API v2 |
//! |---|---|
//! | schedule, snapshot | `private/pme/simulate`, `public/get_instruments`, and the author's `parameters.json` |
//! | account | `private/get_account_summaries`, `private/get_positions` |
//!
//! A future's size is in dollars: a dollar of an inverse future is worth `-1 / mark` of the currency. Options have a size in the
//! currency, and are worth their mark.

mod account;
mod folder;
mod listed;
mod matrix;
mod parameters;
mod schedule;
mod snapshot;

#[cfg(test)]
mod tests;

pub use folder::FOLDER;

use super::{ImportError, Member};
use crate::portfolio::{PortfolioSchedule, PortfolioScheduleFile, PortfolioSnapshotFile};
use matrix::Matrix;
use parameters::Parameters;

/// Value of `venue` in the files: a venue of its own beside the linear one, as the numbering is another.
pub const NAME: &str = "deribit-pm";
/// Digits of sizes times values, of entries and of balances.
const DECIMALS: u32 = 16;
/// Strikes are multiples of a dollar, so that an id has them up to 16 million.
const STRIKE_DECIMALS: u32 = 0;
/// Digits of rates and of the factor of maintenance.
const SLOPE_DECIMALS: u32 = 12;

const ASSUMED: &str = "a future's dollar is 1 / mark of the currency; sizes of options have the digits of min_trade_amount; equality is healthy; menu of this project";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 6] = [
    "the dampener of the extended table, which lowers its losses, so that the requirement can be too high",
    "the delta shock of accounts whose delta is above delta_total_liq_shock_threshold",
    "open orders and market maker protection, which raise initial margin",
    "spot orders, fees and other settlement currencies",
    "offsets of vega across maturities",
    "rounding of the worst case to 1e-9",
];

/// A schedule and a snapshot of one settlement currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The schedule, not yet checked.
    pub schedule: PortfolioScheduleFile,
    /// The snapshot of that schedule.
    pub snapshot: PortfolioSnapshotFile,
}

/// The `result` of an answer.
fn result<'a>(answer: &Member<'a>) -> Result<Member<'a>, ImportError> {
    let error = answer.member("error");
    if error.is_present() {
        return Err(error.wrong("is what the venue answered"));
    }
    Ok(answer.member("result"))
}

/// Reads rule and prices from whole answers: the simulation, the list of instruments and the author's parameters.
///
/// # Errors
/// [`ImportError::Source`] with the place in the answer that is wrong.
pub fn import(
    [simulated, instruments, parameters]: [&Member<'_>; 3],
) -> Result<Imported, ImportError> {
    let parameters = Parameters::read(parameters)?;
    let matrix = Matrix::read(&result(simulated)?, &parameters.currency)?;
    let listed = listed::read(&result(instruments)?, &matrix, &parameters)?;
    let schedule = schedule::schedule(&matrix, &listed, &parameters);
    let checked = PortfolioSchedule::new(schedule.clone()).map_err(|e| ImportError::Source {
        pointer: String::new(),
        message: format!("makes a schedule that is refused: {e}"),
        help: None,
    })?;
    let added = schedule::added(&parameters);
    let snapshot = snapshot::snapshot(&matrix, &listed, &added, &checked)?;
    Ok(Imported { schedule, snapshot })
}
