//! Where the debts in an asset count.

use crate::rule::LinearStep;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

/// Where an asset's negative collateral value goes, in margin units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Debts {
    /// Whether it leaves equity and is required instead (Drift, Bybit); otherwise it is negative equity.
    pub required: bool,
    /// Steps in turn from the magnitude of the unweighted value of a debt to what is required besides (a buffer of
    /// Drift, a share of the debt at Gate); empty for nothing.
    pub charge: Vec<LinearStep>,
}

impl Debts {
    /// Equity and requirement of a collateral value and the value before its weight.
    pub fn split(&self, collateral: BigInt, unweighted: &BigInt) -> (BigInt, BigInt) {
        let charge = match unweighted.is_negative() && !self.charge.is_empty() {
            true => self.charge.iter().fold(-unweighted, |y, step| step.apply(&y)),
            false => BigInt::zero(),
        };
        if self.required && collateral.is_negative() {
            return (BigInt::zero(), charge - collateral);
        }
        (collateral, charge)
    }
}
