//! What decides what Drift requires, and its units.
//!
//! Prices and quote amounts are in 1e-6 USD, base amounts in 1e-9, balances in 1e-9 of a token before interest, weights
//! and ratios in 1e-4.

use crate::json::{Reason, int};
use crate::sheet::step;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::rule::{LinearStep, Rounding};

/// 100 % as a weight or a ratio.
pub(super) const WHOLE: u32 = 10_000;
/// From a root and a factor in 1e-6 to a ratio.
pub(super) const ROOT_STEP: u32 = 10_000_000;
/// The quote asset is the spot market with this number.
pub(super) const QUOTE_MARKET: &str = "0";

/// Which of Drift's figures a market stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    Initial,
    Fill,
    Maintenance,
    /// Everything at its price: no weights, no requirement.
    Equity,
}

impl Requirement {
    pub(super) fn named(name: &str) -> Result<Self, Reason> {
        match name {
            "Initial" => Ok(Self::Initial),
            "Fill" => Ok(Self::Fill),
            "Maintenance" => Ok(Self::Maintenance),
            other => Err(format!("unknown requirement `{other}`")),
        }
    }

    /// The figure of a pair of figures, one for initial and one for maintenance.
    pub(super) fn of(
        self,
        market: &Value,
        [initial, maintenance]: [&str; 2],
    ) -> Result<BigInt, Reason> {
        let (initial, maintenance) = (|| int(market, initial), || int(market, maintenance));
        match self {
            Self::Initial => initial(),
            Self::Fill => Ok((initial()? + maintenance()?).div_floor(&BigInt::from(2))),
            Self::Maintenance => maintenance(),
            Self::Equity => Ok(BigInt::zero()),
        }
    }
}

/// What besides a market's own terms decides what is required.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) requirement: Requirement,
    /// Prices are the worse of the oracle's and its average of five minutes.
    pub(super) strict: bool,
    /// Added to ratios and to the weights of debts and losses while an account is liquidated.
    pub(super) buffer: BigInt,
    /// A least ratio given by the caller; zero for none.
    pub(super) least_ratio: BigInt,
    /// Prices of the quote asset for what is owned and for what is owed.
    pub(super) quote: [BigInt; 2],
}

/// Prices of a market for what is owned and for what is owed.
pub(super) fn prices(market: &Value, strict: bool) -> Result<[BigInt; 2], Reason> {
    let oracle = int(market, "oracle_price")?;
    if !strict {
        return Ok([oracle.clone(), oracle]);
    }
    let average = int(market, "twap_5min")?;
    Ok([oracle.clone().min(average.clone()), oracle.max(average)])
}

/// A share in 1e-4, rounded down by itself; nothing for none.
pub(super) fn charge(share: &BigInt) -> Vec<LinearStep> {
    let of = || step(share.clone(), WHOLE, Rounding::Floor);
    if share.is_zero() { Vec::new() } else { vec![of()] }
}
