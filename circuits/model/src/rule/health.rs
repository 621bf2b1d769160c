//! What else is healthy than equity above the requirement.

use crate::claim::{Claim, MARGIN_BPS};
use num_bigint::BigInt;
use num_traits::Zero;

/// Which books meet a claim's level that have no more equity than it asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Of equality: of equity that is just what the level asks for.
    pub equality: bool,
    /// Of no requirement: of which nothing is required, whatever its equity (dYdX does not liquidate it).
    pub no_requirement: bool,
}

impl Health {
    /// `10000 * E - level * MM` of a book, less one if equality is not healthy, and zero of a book of which nothing is
    /// required where that is healthy: non-negative exactly when the claim's level is met there. Of a claim of deficiency it
    /// is what is below zero of that, from -1 on: exactly one of the two claims is met.
    pub fn surplus(self, equity: &BigInt, requirement: &BigInt, claim: &Claim) -> BigInt {
        let beyond = self.beyond(equity, requirement, claim);
        if claim.is_deficiency() { -beyond - 1 } else { beyond }
    }

    fn beyond(self, equity: &BigInt, requirement: &BigInt, claim: &Claim) -> BigInt {
        if self.no_requirement && requirement.is_zero() {
            return BigInt::zero();
        }
        let strict = BigInt::from(u8::from(!self.equality));
        equity * MARGIN_BPS - requirement * claim.level_bps() - strict
    }
}
