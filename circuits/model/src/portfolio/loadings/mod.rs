//! Loadings that are derived: prices of European options in scenarios, from a snapshot's forwards and volatilities.
//!
//! The algorithm is part of what a schedule names, [`ALGORITHM`]: a verifier repeats it and must come to the same integers,
//! so there is no floating point in it and no division whose rounding is not said. Prices are of Black's formula over a
//! year of 365 days:
//!
//! ```text
//! call = D (F N(d1) - K N(d2))    put = D (K N(-d2) - F N(-d1))    D = exp(-rate * seconds / year)
//! d1 = ln(F/K) / s + s/2          d2 = d1 - s                      s = volatility * sqrt(seconds / year)
//! ```
//!
//! A price errs by less than `(F + K) 10^-18 + 10^-17` from the formula of the same moved forward and volatility, either
//! way; a loading by half of its unit more. The error of a loading times a size is the error of the loss.

mod black76;
mod exponential;
mod fixed;
mod logarithm;
mod normal;
mod shocks;

#[cfg(test)]
mod tests;

pub use black76::{PRICE_BITS, YEAR};
pub use fixed::UNIT;
pub use shocks::{Shocks, Skew, VolatilityMove};

use crate::decimal::power_of_ten;
use crate::rule::Rounding;
use black76::{Deviation, Discount, Moneyness};
use num_bigint::{BigInt, BigUint};
use num_traits::ToPrimitive;

/// Name of the algorithm, with its version. A change of any integer that it gives is another version.
pub const ALGORITHM: &str = "black76/1";
/// Digits after the point of a decimal number, and so of a loading at most.
pub const DIGITS: u32 = 18;

/// An option as the snapshot has it. Prices are decimal numbers below `2^100`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedOption {
    /// Instrument id.
    pub instrument: u32,
    /// Whether it is a call.
    pub is_call: bool,
    /// Strike, positive.
    pub strike: u128,
    /// Part of the forward that scenarios move.
    pub forward_moving: u128,
    /// Part of the forward that they do not.
    pub forward_fixed: u128,
    /// Seconds to expiry, positive.
    pub seconds: u64,
    /// Rate of a year at which prices are discounted, a decimal number; zero for none.
    pub rate: u128,
    /// Volatility of a year, a decimal number; `None` where the snapshot has none.
    pub volatility: Option<u128>,
}

/// What one column assumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Factor of the moving part of forwards, a decimal number, positive and below 16.
    pub spot: u128,
    /// What happens to volatilities.
    pub volatility: VolatilityMove,
}

/// Why an option has no loadings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LoadingError {
    /// It has expired: it has a settlement value and no price.
    #[error("instrument {instrument} has expired; its value is its settlement value")]
    Expired {
        /// The instrument.
        instrument: u32,
    },
    /// The snapshot has no volatility for it.
    #[error("instrument {instrument} has no volatility")]
    NoVolatility {
        /// The instrument.
        instrument: u32,
    },
    /// A volatility, or one after a move, is too large, or a power of the moves is.
    #[error("the volatility of instrument {instrument} is out of range in a scenario")]
    Volatility {
        /// The instrument.
        instrument: u32,
    },
    /// A forward or a strike that is zero or too large.
    #[error("the {what} of instrument {instrument} must be positive and below 2^{PRICE_BITS}")]
    Price {
        /// The instrument.
        instrument: u32,
        /// `strike`, `forward` or `price`.
        what: &'static str,
    },
    /// A scenario's factor that is zero or too large.
    #[error("the spot factor of scenario {scenario} must be positive and below 16")]
    Spot {
        /// Index of the scenario.
        scenario: usize,
    },
    /// More digits than prices have.
    #[error("loadings have at most {DIGITS} digits after the point, not {digits}")]
    Digits {
        /// The digits asked for.
        digits: u32,
    },
}

/// The value of each option in each scenario, to the nearest multiple of `10^-digits`, halves up.
///
/// # Errors
/// [`LoadingError`] with the instrument or the scenario.
pub fn derive(
    options: &[ListedOption],
    scenarios: &[Scenario],
    shocks: &Shocks,
    digits: u32,
) -> Result<Vec<Vec<BigInt>>, LoadingError> {
    check(scenarios, digits)?;
    let unit = 10u128.pow(DIGITS - digits);
    let nearest = |price: u128| BigInt::from((price + unit / 2) / unit);
    let row = |option| Ok(prices(option, scenarios, shocks)?.into_iter().map(nearest).collect());
    options.iter().map(row).collect()
}

/// What the value of a perpetual, a future or collateral at this price changes by in each scenario, to the nearest multiple
/// of `10^-digits`, halves up. The price is a decimal number below `2^100`; volatilities do not matter.
///
/// # Errors
/// [`LoadingError`] with the instrument or the scenario.
pub fn derive_spot(
    instrument: u32,
    price: u128,
    scenarios: &[Scenario],
    digits: u32,
) -> Result<Vec<BigInt>, LoadingError> {
    check(scenarios, digits)?;
    if price == 0 || price >> PRICE_BITS != 0 {
        return Err(LoadingError::Price { instrument, what: "price" });
    }
    let unit = power_of_ten(2 * DIGITS - digits);
    let change = |s: &Scenario| {
        let change = (BigInt::from(s.spot) - UNIT) * price;
        Rounding::NearestUp.divide(&change, &unit)
    };
    Ok(scenarios.iter().map(change).collect())
}

fn check(scenarios: &[Scenario], digits: u32) -> Result<(), LoadingError> {
    if digits > DIGITS {
        return Err(LoadingError::Digits { digits });
    }
    match scenarios.iter().position(|s| s.spot == 0 || s.spot >= 16 * UNIT) {
        Some(scenario) => Err(LoadingError::Spot { scenario }),
        None => Ok(()),
    }
}

fn prices(
    option: &ListedOption,
    scenarios: &[Scenario],
    shocks: &Shocks,
) -> Result<Vec<u128>, LoadingError> {
    let ListedOption { instrument, is_call, strike, seconds, .. } = *option;
    let in_range = |price: u128, what| {
        let fits = price != 0 && price >> PRICE_BITS == 0;
        if fits { Ok(price) } else { Err(LoadingError::Price { instrument, what }) }
    };
    in_range(strike, "strike")?;
    if seconds == 0 {
        return Err(LoadingError::Expired { instrument });
    }
    let volatility = option.volatility.ok_or(LoadingError::NoVolatility { instrument })?;
    let forward = |spot: u128| {
        let moved = BigUint::from(option.forward_moving) * spot / UNIT + option.forward_fixed;
        in_range(moved.to_u128().unwrap_or_default(), "forward")
    };
    let unmoved = forward(UNIT)?;
    let deviation = |by| {
        let moved = shocks.volatility(instrument, volatility, seconds, [strike, unmoved], by)?;
        Ok::<_, LoadingError>(Deviation::of(moved, seconds))
    };
    let discount = Discount::of(option.rate, seconds);
    let mut deviations: [Option<Deviation>; VolatilityMove::ALL.len()] = Default::default();
    let mut moneyness: Option<(u128, Moneyness)> = None;
    let mut prices = Vec::with_capacity(scenarios.len());
    for scenario in scenarios {
        let at = match moneyness {
            Some((spot, at)) if spot == scenario.spot => at,
            _ => Moneyness::of(forward(scenario.spot)?, strike),
        };
        moneyness = Some((scenario.spot, at));
        let kept = &mut deviations[scenario.volatility as usize];
        let deviation = match *kept {
            Some(deviation) => deviation,
            None => deviation(scenario.volatility)?,
        };
        *kept = Some(deviation);
        prices.push(discount.apply(at.price(deviation, is_call)));
    }
    Ok(prices)
}
