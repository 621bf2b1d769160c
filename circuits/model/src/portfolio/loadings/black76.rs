//! The price of a European option on a forward.

use super::exponential::negative_exponential;
use super::fixed::{FRACTION_BITS, ONE, quotient, times};
use super::logarithm::{Signed, ln_ratio};
use super::normal::share_below;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// Bits of a forward, a strike and a price, decimal numbers.
pub const PRICE_BITS: u32 = 100;
/// Seconds in the year of the formula: 365 days.
pub const YEAR: u32 = 365 * 86_400;
/// Deviations are cut here: a call is worth the forward long before, and a put the strike.
const MOST_DEVIATION: u128 = 200 * ONE;
/// Distances of the forward from the strike in standard deviations are cut here: the distribution is 0 or 1 long before.
const MOST_DISTANCE: u128 = 100 * ONE;

/// Volatility times the root of the time to expiry, a binary number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Deviation(u128);

impl Deviation {
    /// Of a decimal volatility.
    pub(super) fn of(volatility: u128, seconds: u64) -> Self {
        let unit = BigUint::from(super::UNIT);
        let variance = (BigUint::from(volatility).pow(2) * seconds) << (2 * FRACTION_BITS);
        let deviation = (variance / (&unit * &unit * YEAR)).sqrt();
        Self(deviation.to_u128().unwrap_or(MOST_DEVIATION).min(MOST_DEVIATION))
    }
}

/// What a payment at expiry is worth now, a binary number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Discount(u128);

impl Discount {
    /// Of a decimal rate of a year.
    pub(super) fn of(rate: u128, seconds: u64) -> Self {
        let exponent = (BigUint::from(rate) * seconds) << FRACTION_BITS;
        let exponent = (exponent / (BigUint::from(super::UNIT) * YEAR)).to_u128();
        // What does not fit is worth nothing, and so is what is far below it.
        Self(exponent.map_or(0, negative_exponential))
    }

    pub(super) fn apply(self, price: u128) -> u128 {
        times(price, self.0)
    }
}

/// What is computed once for a forward and a strike, decimal numbers below `2^100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moneyness {
    forward: u128,
    strike: u128,
    ln: Signed,
}

impl Moneyness {
    pub(super) fn of(forward: u128, strike: u128) -> Self {
        Self { forward, strike, ln: ln_ratio(forward, strike) }
    }

    /// The undiscounted price as a decimal number.
    pub(super) fn price(&self, deviation: Deviation, is_call: bool) -> u128 {
        let Self { forward, strike, ln } = *self;
        let (paid, received) = if is_call { (strike, forward) } else { (forward, strike) };
        let distance = quotient(&ln.magnitude.into(), &deviation.0.into(), MOST_DISTANCE);
        // No deviation at all: what the option is worth at the forward.
        if deviation.0 == 0 {
            return received.saturating_sub(paid);
        }
        let distance = Signed { magnitude: distance.unwrap_or(MOST_DISTANCE), ..ln };
        let half = Signed { negative: false, magnitude: deviation.0 / 2 };
        let (d1, d2) = (sum(distance, half), sum(distance, opposite(half)));
        let (first, second) = if is_call { (d1, d2) } else { (opposite(d2), opposite(d1)) };
        times(received, share_below(first)).saturating_sub(times(paid, share_below(second)))
    }
}

fn opposite(x: Signed) -> Signed {
    Signed { negative: !x.negative, ..x }
}

fn sum(a: Signed, b: Signed) -> Signed {
    if a.negative == b.negative {
        return Signed { magnitude: a.magnitude + b.magnitude, ..a };
    }
    if a.magnitude >= b.magnitude {
        Signed { magnitude: a.magnitude - b.magnitude, ..a }
    } else {
        Signed { magnitude: b.magnitude - a.magnitude, ..b }
    }
}
