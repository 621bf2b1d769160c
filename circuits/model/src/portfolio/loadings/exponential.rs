//! The exponential function.

use super::fixed::{FRACTION_BITS, ONE, UNIT, times};
use super::logarithm::LN_2;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// Halvings of the argument before its series.
const HALVINGS: u32 = 4;
/// Terms of the series: the next one is below `2^-120` for arguments up to `ln 2 / 16`.
const TERMS: u128 = 18;

/// `e^-r` for a binary number `r` up to `ln 2`; error below `2^-113`.
fn of_fraction(r: u128) -> u128 {
    let x = r >> HALVINGS;
    // 1 - x (1 - x/2 (1 - x/3 (...))): nothing is negative.
    let series = (1..=TERMS).rev().fold(ONE, |rest, k| ONE - times(x, rest) / k);
    (0..HALVINGS).fold(series, |power, _| times(power, power))
}

/// `e^-x` for a binary number; error below `2^-113 e^-x + 2^-119`.
pub(super) fn negative_exponential(x: u128) -> u128 {
    let halvings = x / LN_2;
    if halvings >= u128::from(FRACTION_BITS) {
        return 0;
    }
    of_fraction(x % LN_2) >> halvings
}

/// `e^x` of a binary number with this sign as a decimal number, rounded down; `None` from `2^60` on.
pub(super) fn exponential(negative: bool, x: u128) -> Option<u128> {
    const MOST: u128 = 60;
    if negative {
        return Some(times(UNIT, negative_exponential(x)));
    }
    let doublings = x / LN_2 + 1;
    if doublings > MOST {
        return None;
    }
    let power = BigUint::from(of_fraction(LN_2 - x % LN_2)) * UNIT;
    (power >> (u128::from(FRACTION_BITS) - doublings)).to_u128()
}
