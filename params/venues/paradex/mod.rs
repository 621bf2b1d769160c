//! Paradex, portfolio margin: perpetuals and dated options of one underlying.
//!
//! Initial margin is the greater of the worst weighted loss over the scenarios and a minimum by delta, and provisions for
//! funding and fees. Maintenance margin is `mmf_factor` of the first, and the same provisions:
//!
//! ```text
//! scan     = max over scenarios of weight * loss
//! minimum  = (unhedged |N| + hedged (G - |N|) / 2) spot       N = sum of q delta, G = sum of |q delta|
//! margin   = factor * max(scan, minimum) + max(0, funding) + sum of |q| fee
//! ```
//!
//! With `u = unhedged - hedged / 2` the minimum is the larger of `u N + hedged / 2 G` and `-u N + hedged / 2 G`, so it is two
//! floor columns. A floor is compared with the scan and everything added, so provisions are in both.
//!
//! Sources. The page docs.paradex.trade/risk/portfolio-margin (`tradeparadex/paradex-docs@0db52d96`) has requirements,
//! scenarios, moves of volatilities and the minimum. How instruments are priced, what a provision is and the last half hour
//! of an option are in the venue's kit (`tradeparadex/paradex-py@e9b8112c`, `paradex_py/margin/portfolio_margin.py`). The
//! parameters are those of the answer; the page's own are of one day.
//!
//! | file | answers of the API |
//! |---|---|
//! | schedule, snapshot | `system/portfolio-margin-config`, `markets`, `markets/summary` |
//! | account | `account/margin`, `account`, `balance`, `positions` |
//!
//! A perpetual loses `-mark * move`. An option is worth Black's price at the moved spot, `spot exp(rate t)` for its forward,
//! which [`ALGORITHM`](zkmargin_model::portfolio::loadings::ALGORITHM) computes; the loss is from its mark. The snapshot has
//! the losses, so they are published there: what the venue publishes is what they are computed from.

mod account;
mod config;
mod folder;
mod markets;
mod schedule;
mod snapshot;

#[cfg(test)]
mod tests;

pub use folder::FOLDER;

use super::{ImportError, Member};
use crate::portfolio::{PortfolioSchedule, PortfolioScheduleFile, PortfolioSnapshotFile};
use config::Config;
use markets::Markets;

/// Value of `venue` in the files.
pub const NAME: &str = "paradex";
/// The one collateral, in which everything settles.
const USDC: &str = "USDC";
/// Digits of sizes times values, of entries and of balances.
const DECIMALS: u32 = 12;
/// Digits of weights, factors of the minimum and slopes.
const SLOPE_DECIMALS: u32 = 12;
/// Strikes are multiples of a tenth of a dollar, so that an id has them up to 1.6 million.
const STRIKE_DECIMALS: u32 = 1;

const ASSUMED: &str = "sizes have the digits of order_size_increment; the fee provision is at the market's highest taker fee; times to expiry are whole seconds; equality is healthy; menu of this project";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 6] = [
    "open orders, which raise initial margin",
    "fee rates of the account's own below the highest, so that the requirement can be too high",
    "perpetual options, which no published text says how scenarios price",
    "forwards of the venue's own: options are priced at the spot and a rate, as its kit does",
    "how several underlyings of one account are put together",
    "collateral other than USDC",
];

/// A schedule and a snapshot of one underlying.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The schedule, not yet checked.
    pub schedule: PortfolioScheduleFile,
    /// The snapshot of that schedule.
    pub snapshot: PortfolioSnapshotFile,
    /// How many underlyings the venue has parameters of.
    pub underlyings: usize,
    /// The earliest time of a quote in the snapshot, in milliseconds since 1970.
    pub time_ms: u64,
}

/// Reads the rule and the prices of the only underlying, or of the one that is named. Members are those of whole answers.
///
/// # Errors
/// [`ImportError::Source`] with the place in the answer that is wrong.
pub fn import(
    [config, markets, summary]: [&Member<'_>; 3],
    only: &[String],
) -> Result<Imported, ImportError> {
    let (config, underlyings) = Config::read(config, only)?;
    let markets = Markets::read(markets, summary, &config)?;
    let schedule = schedule::schedule(&config, &markets);
    let checked = PortfolioSchedule::new(schedule.clone()).map_err(|e| ImportError::Source {
        pointer: String::new(),
        message: format!("makes a schedule that is refused: {e}"),
        help: None,
    })?;
    let digest = checked.digest().to_string();
    let snapshot = snapshot::snapshot(&config, &markets, &digest)?;
    Ok(Imported { schedule, snapshot, underlyings, time_ms: markets.time_ms })
}
