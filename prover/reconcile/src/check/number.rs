//! Numbers as reports show them.

use crate::number::{SHOWN, of_decimal};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// A number as it is shown: itself, or cut after some digits, and then it lies in an interval.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) low: BigRational,
    pub(super) high: BigRational,
}

impl Number {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some(cut) = text.strip_suffix("..") else {
            let exact = of_decimal(&Decimal::parse(text).ok()?);
            return Some(Self { low: exact.clone(), high: exact });
        };
        let (is_negative, magnitude) = match cut.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, cut),
        };
        let near = of_decimal(&Decimal::parse(magnitude).ok()?);
        let far = &near + BigRational::new(BigInt::from(1), power_of_ten(SHOWN));
        let (low, high) = if is_negative { (-far, -near) } else { (near, far) };
        Some(Self { low, high })
    }

    pub(super) fn zero() -> Self {
        Self { low: BigRational::zero(), high: BigRational::zero() }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        Self { low: &self.low + &other.low, high: &self.high + &other.high }
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        Self { low: &self.low - &other.high, high: &self.high - &other.low }
    }

    /// Whether it can be this number.
    pub(super) fn can_be(&self, other: &Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }

    /// Whether it is zero for certain.
    pub(super) fn is_zero(&self) -> bool {
        self.low.is_zero() && self.high.is_zero()
    }

    /// Whether both are one number for certain.
    pub(super) fn is(&self, other: &Self) -> bool {
        self == other && self.low == self.high
    }

    /// The least and the largest that its magnitude can be.
    pub(super) fn magnitude(&self) -> [BigRational; 2] {
        let [low, high] = [self.low.abs(), self.high.abs()];
        let has_zero = !self.low.is_positive() && !self.high.is_negative();
        let least = if has_zero { BigRational::zero() } else { low.clone().min(high.clone()) };
        [least, low.max(high)]
    }
}
