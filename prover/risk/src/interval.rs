//! Closed intervals of integers.

use num_bigint::BigInt;
use num_traits::Zero;

/// The integers from `lo` to `hi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    pub(crate) lo: BigInt,
    pub(crate) hi: BigInt,
}

impl Interval {
    /// One integer.
    pub(crate) fn one(x: BigInt) -> Self {
        Self { lo: x.clone(), hi: x }
    }

    /// Zero alone.
    pub(crate) fn zero() -> Self {
        Self::one(BigInt::zero())
    }

    /// The integers between two, whichever is larger.
    pub(crate) fn between(a: BigInt, b: BigInt) -> Self {
        if a <= b { Self { lo: a, hi: b } } else { Self { lo: b, hi: a } }
    }

    /// What holds the images of all its integers under a function that only rises or only falls.
    pub(crate) fn through(&self, monotone: impl Fn(&BigInt) -> BigInt) -> Self {
        Self::between(monotone(&self.lo), monotone(&self.hi))
    }

    /// What holds all integers of both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What holds all sums.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self { lo: &self.lo + &other.lo, hi: &self.hi + &other.hi }
    }

    /// What holds the larger of each two.
    pub(crate) fn at_least(self, other: Self) -> Self {
        Self { lo: self.lo.max(other.lo), hi: self.hi.max(other.hi) }
    }

    /// What holds all products.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let at = |x: &BigInt| other.through(|y| x * y);
        at(&self.lo).with(at(&self.hi))
    }

    /// Wider by so much on either side.
    pub(crate) fn widened(&self, by: &BigInt) -> Self {
        Self { lo: &self.lo - by, hi: &self.hi + by }
    }
}
