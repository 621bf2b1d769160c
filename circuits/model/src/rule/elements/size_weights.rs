//! Weights that change with the root of what is held.

use super::SizeRoot;
use crate::rule::LinearStep;
use crate::widths::OWN_BITS;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed};

/// Moves the weights of a large holding: those of deposits down, those of debts up. Drift's factor for a large size.
///
/// With `r = isqrt(factor |unit(u)| + offset)` of the amount `u`, a deposit weighs at most
/// `floor(numerator / (base + discount(r)))` and a debt at least `premium_from + premium(r)`, all in the unit of the
/// weights. Where that is 2^27 or more, the rule is undefined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeWeights {
    unit: LinearStep,
    root: SizeRoot,
    discount: (BigInt, BigInt, LinearStep),
    premium: (BigInt, LinearStep),
}

impl SizeWeights {
    /// `unit` converts an amount to the size whose root is taken; `discount` is numerator, base and step, `premium`
    /// its least value and step. `None` if the base is not positive or another figure is negative.
    pub fn new(
        unit: LinearStep,
        root: SizeRoot,
        discount: (BigInt, BigInt, LinearStep),
        premium: (BigInt, LinearStep),
    ) -> Option<Self> {
        let figures = [unit.num(), &discount.0, discount.2.num(), &premium.0, premium.1.num()];
        let fits = discount.1.is_positive() && !figures.iter().any(|figure| figure.is_negative());
        fits.then_some(Self { unit, root, discount, premium })
    }

    /// From an amount's magnitude to the size whose root is taken.
    pub(in crate::rule) fn unit(&self) -> &LinearStep {
        &self.unit
    }

    /// The root.
    pub(in crate::rule) fn root(&self) -> &SizeRoot {
        &self.root
    }

    /// Numerator, base and step of a deposit's weight.
    pub(in crate::rule) fn discount(&self) -> &(BigInt, BigInt, LinearStep) {
        &self.discount
    }

    /// Least value and step of a debt's weight.
    pub(in crate::rule) fn premium(&self) -> &(BigInt, LinearStep) {
        &self.premium
    }

    fn root_of(&self, amount: &BigInt) -> BigInt {
        self.root.at(&self.unit.apply(&amount.abs()))
    }

    /// A deposit of this amount weighs at most this.
    pub fn most(&self, amount: &BigInt) -> BigInt {
        let (numerator, base, step) = &self.discount;
        numerator.div_floor(&(base + step.apply(&self.root_of(amount))))
    }

    /// A debt of this amount weighs at least this; `None` from 2^27 on.
    pub fn least(&self, amount: &BigInt) -> Option<BigInt> {
        let (from, step) = &self.premium;
        let least = from + step.apply(&self.root_of(amount));
        (least.bits() <= u64::from(OWN_BITS)).then_some(least)
    }

    /// From an amount to what the root is taken of: its width is checked with it.
    pub(super) fn widest(&self) -> BigInt {
        self.unit.bound().max(BigInt::one()) * self.root.widest()
    }
}
