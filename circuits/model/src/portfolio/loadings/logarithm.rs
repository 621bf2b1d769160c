//! The natural logarithm of a ratio.

use super::fixed::{ONE, quotient, times};
use num_bigint::BigUint;

/// `ln 2` as a binary number, to the nearest.
pub(super) const LN_2: u128 = 0x00b1_7217_f7d1_cf79_abc9_e3b3_9803_f2f7;

/// A binary number with a sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) negative: bool,
    pub(super) magnitude: u128,
}

/// `ln(a / b)` of two positive integers below `2^128`; error below `2^-110`. Zero where either is zero: callers refuse that.
pub(super) fn ln_ratio(a: u128, b: u128) -> Signed {
    if a == 0 || b == 0 {
        return Signed { negative: false, magnitude: 0 };
    }
    // The nearest power of two, so that what is left is between 7/10 and 10/7.
    let (mut doublings, mut halvings) = (0u32, 0u32);
    let (bits_a, bits_b) = (u128::BITS - a.leading_zeros(), u128::BITS - b.leading_zeros());
    let (mut a, mut b) = (BigUint::from(a), BigUint::from(b));
    if bits_a >= bits_b {
        doublings = bits_a - bits_b;
        b <<= doublings;
    } else {
        halvings = bits_b - bits_a;
        a <<= halvings;
    }
    if &a * 5u8 > &b * 7u8 {
        b <<= 1;
        doublings += 1;
    } else if &a * 7u8 < &b * 5u8 {
        a <<= 1;
        halvings += 1;
    }
    // ln((1 + z) / (1 - z)) = 2 (z + z^3/3 + ...)
    let negative = a < b;
    let difference = if negative { &b - &a } else { &a - &b };
    let z = quotient(&difference, &(a + b), ONE).unwrap_or_default();
    let square = times(z, z);
    let (mut power, mut sum) = (z, 0);
    for k in (1..).step_by(2) {
        if power == 0 {
            break;
        }
        sum += power / k;
        power = times(power, square);
    }
    let fraction = 2 * sum;
    let whole = LN_2 * u128::from(doublings.abs_diff(halvings));
    match (halvings > doublings, negative) {
        (sign, same) if sign == same => Signed { negative, magnitude: whole + fraction },
        (sign, _) if whole >= fraction => Signed { negative: sign, magnitude: whole - fraction },
        (sign, _) => Signed { negative: !sign, magnitude: fraction - whole },
    }
}
