//! Fixed point arithmetic: *binary* numbers `0 <= x < 256` are multiples of `2^-120`, *decimal* ones of `10^-18`.

use num_bigint::BigUint;
use num_traits::{CheckedDiv, ToPrimitive};

/// Bits after the point of a binary number.
pub(super) const FRACTION_BITS: u32 = 120;
/// The binary number 1.
pub(super) const ONE: u128 = 1 << FRACTION_BITS;
/// The decimal number 1.
pub const UNIT: u128 = 1_000_000_000_000_000_000;

/// The product in two words, the high one first.
fn wide(a: u128, b: u128) -> (u128, u128) {
    const HALF: u32 = 64;
    const LOW: u128 = (1 << HALF) - 1;
    let (a1, a0, b1, b0) = (a >> HALF, a & LOW, b >> HALF, b & LOW);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> HALF);
    let other = a0 * b1 + (middle & LOW);
    (a1 * b1 + (middle >> HALF) + (other >> HALF), (other << HALF) | (low & LOW))
}

/// `a * b / 2^120`, rounded down: a product of two binary numbers, or of a decimal and a binary one. Callers keep it below
/// `2^128`.
pub(super) fn times(a: u128, b: u128) -> u128 {
    let (high, low) = wide(a, b);
    debug_assert!(high >> FRACTION_BITS == 0, "the product is out of range");
    (high << (u128::BITS - FRACTION_BITS)) | (low >> FRACTION_BITS)
}

/// `a / b` as a binary number, rounded down; `None` where that is `most` or more, or `b` is zero.
pub(super) fn quotient(a: &BigUint, b: &BigUint, most: u128) -> Option<u128> {
    (a << FRACTION_BITS).checked_div(b)?.to_u128().filter(|q| *q < most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        let cases = [
            (0, u128::MAX),
            (1, u128::MAX),
            (u128::MAX, u128::MAX),
            (u128::MAX - 12_345, 987_654_321_987_654_321_987_654_321),
            ((1 << 64) - 1, (1 << 64) + 1),
            (u128::MAX >> 1, (1 << 64) - 1),
        ];
        for (a, b) in cases {
            let (high, low) = wide(a, b);
            let got = (BigUint::from(high) << 128) + low;
            assert_eq!(got, BigUint::from(a) * b, "{a} * {b}");
        }
        assert_eq!(times(3 * ONE, ONE / 2), 3 * ONE / 2);
        assert_eq!(times(UNIT, ONE), UNIT);
    }

    #[test]
    fn quotients() {
        let of = |a: u32, b: u32, most| quotient(&a.into(), &b.into(), most);
        assert_eq!(of(1, 4, ONE), Some(ONE / 4));
        assert_eq!(of(2, 3, ONE), Some((ONE << 1) / 3));
        assert_eq!((of(1, 1, ONE), of(1, 0, ONE)), (None, None));
    }
}
