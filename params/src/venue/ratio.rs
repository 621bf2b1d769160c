//! For tests of importers: exact fractions, in which a venue's formula is computed apart from the rule.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};
use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// A fraction whose denominator is positive.
#[derive(Clone, Debug)]
pub(crate) struct Ratio {
    num: BigInt,
    den: BigInt,
}

impl Ratio {
    /// A number of units of `10^-digits`.
    pub fn units(units: impl Into<BigInt>, digits: u32) -> Self {
        Self { num: units.into(), den: power_of_ten(digits) }
    }

    /// A decimal number.
    pub fn of(text: &str) -> Self {
        let decimal = Decimal::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        Self::units(decimal.coefficient().clone(), decimal.scale())
    }

    /// Over a positive number.
    pub fn over(self, by: i64) -> Self {
        assert!(by > 0);
        Self { den: self.den * by, ..self }
    }

    /// The number of units below it, or the next.
    fn units_below(&self, digits: u32) -> (BigInt, BigInt) {
        (&self.num * power_of_ten(digits)).div_mod_floor(&self.den)
    }

    /// Rounded down to `10^-digits`.
    pub fn floor(&self, digits: u32) -> Self {
        Self::units(self.units_below(digits).0, digits)
    }

    /// Toward zero.
    pub fn truncate(&self, digits: u32) -> Self {
        if self.num.is_negative() { -(-self.clone()).floor(digits) } else { self.floor(digits) }
    }

    /// Without its sign.
    pub fn abs(&self) -> Self {
        Self { num: self.num.abs(), den: self.den.clone() }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.num.is_negative()
    }

    /// As a decimal number of at most so many digits, which it must be.
    pub fn text(&self, digits: u32) -> String {
        let (units, rest) = self.units_below(digits);
        assert_eq!(rest, BigInt::ZERO, "{self:?} in {digits} digits");
        Decimal::from_scaled(&units, digits).to_string()
    }
}

impl PartialEq for Ratio {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some((&self.num * &other.den).cmp(&(&other.num * &self.den)))
    }
}

impl Add for Ratio {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { num: self.num * &other.den + other.num * &self.den, den: self.den * other.den }
    }
}

impl Neg for Ratio {
    type Output = Self;

    fn neg(self) -> Self {
        Self { num: -self.num, ..self }
    }
}

impl Sub for Ratio {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Ratio {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { num: self.num * other.num, den: self.den * other.den }
    }
}

impl std::iter::Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self { num: BigInt::ZERO, den: BigInt::one() }, |sum, more| sum + more)
    }
}

#[test]
fn fractions_are_exact() {
    let third = Ratio::units(1, 0).over(3);
    assert_eq!(third.clone() + third.clone() + third.clone(), Ratio::of("1"));
    assert_eq!(third.floor(3), Ratio::of("0.333"));
    assert_eq!((-third.clone()).floor(3), Ratio::of("-0.334"));
    assert_eq!((-third.clone()).truncate(3), Ratio::of("-0.333"));
    assert_eq!((third * Ratio::of("1.5")).text(2), "0.5");
}
