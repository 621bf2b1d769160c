//! Weights of deposits and debts.

use super::SizeWeights;
use crate::rule::Rounding;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// `y = round(x * weight / one)`, with one weight for `x >= 0` and one for debts.
///
/// The size of a holding can move them, and so can an own parameter `t` (0 = none): it lowers the weight of a deposit
/// to `one - t`, but not below zero, and raises that of a debt to `one + t`. Neither ever helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedWeight {
    deposit: BigInt,
    debt: BigInt,
    one: BigInt,
    mode: Rounding,
    by_size: Option<SizeWeights>,
    own: bool,
}

impl SignedWeight {
    /// Weights in units of `1 / one`; `None` if one is negative, or `one` is not positive.
    pub fn new(deposit: BigInt, debt: BigInt, one: BigInt, mode: Rounding) -> Option<Self> {
        let fits = !deposit.is_negative() && !debt.is_negative() && one.is_positive();
        fits.then_some(Self { deposit, debt, one, mode, by_size: None, own: false })
    }

    /// The same weights, moved by the balance's own parameter.
    #[must_use]
    pub fn with_own(self) -> Self {
        Self { own: true, ..self }
    }

    /// The same weights, moved by the size of the amount.
    #[must_use]
    pub fn with_size(self, by_size: SizeWeights) -> Self {
        Self { by_size: Some(by_size), ..self }
    }

    /// How the size moves the weights.
    pub fn by_size(&self) -> Option<&SizeWeights> {
        self.by_size.as_ref()
    }

    /// Weights of deposits and of debts, and their unit.
    pub(in crate::rule) fn public(&self) -> [&BigInt; 3] {
        [&self.deposit, &self.debt, &self.one]
    }

    /// How a weighted value is rounded.
    pub(in crate::rule) fn mode(&self) -> Rounding {
        self.mode
    }

    /// Whether a balance's own parameter moves them.
    pub(in crate::rule) fn reads_own(&self) -> bool {
        self.own
    }

    /// The weight of a value `x` of an amount in a balance with this own parameter; `None` where the size leaves it
    /// undefined.
    pub fn of(&self, x: &BigInt, amount: &BigInt, own: u32) -> Option<BigInt> {
        let own = BigInt::from(if self.own { own } else { 0 });
        if x.is_negative() {
            let by_size = self.by_size.as_ref().map(|w| w.least(amount));
            let by_size = by_size.map_or(Some(BigInt::zero()), |least| least)?;
            let by_own = if own.is_zero() { own } else { &self.one + own };
            return Some(self.debt.clone().max(by_size).max(by_own));
        }
        let by_size = self.by_size.as_ref().map(|w| w.most(amount));
        let by_own = (!own.is_zero()).then(|| (&self.one - own).max(BigInt::zero()));
        Some([by_size, by_own].into_iter().flatten().fold(self.deposit.clone(), BigInt::min))
    }

    /// The weighted value.
    pub fn apply(&self, x: &BigInt, amount: &BigInt, own: u32) -> Option<BigInt> {
        let weight = self.of(x, amount, own)?;
        Some(self.mode.divide(&(x * weight), &self.one))
    }

    /// No weight is larger, given the width of own parameters and of weights by size. Rounded up.
    pub fn bound(&self) -> BigInt {
        let width = BigInt::from(1) << crate::widths::OWN_BITS;
        let own = if self.own { &self.one + &width - 1 } else { BigInt::zero() };
        let by_size = if self.by_size.is_some() { width } else { BigInt::zero() };
        let most = own.max(by_size).max(self.deposit.clone()).max(self.debt.clone());
        num_integer::Integer::div_ceil(&most, &self.one)
    }
}
