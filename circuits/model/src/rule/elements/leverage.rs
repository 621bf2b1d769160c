//! Requirements by a position's own leverage.

use crate::rule::{LinearStep, Rounding};
use num_bigint::BigInt;
use num_traits::Signed;

/// The requirement is at least `round(notional / t)`, where `t` is the position's own leverage: its own parameter, or the
/// default of a position that has none.
///
/// A divisor lowers a requirement, so what tiers give is required at least, whatever the leverage (Bybit and Binance:
/// initial margin).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leverage {
    default: u32,
    /// From the notional to the requirement at a leverage of one unit.
    step: LinearStep,
}

impl Leverage {
    /// A leverage of `default` units, positive, for a position that has none; `step` is that to the requirement at a leverage
    /// of one unit, with its rounding. `None` unless its factor is positive.
    pub fn new(default: u32, step: LinearStep) -> Option<Self> {
        (default > 0 && step.num().is_positive()).then_some(Self { default, step })
    }

    /// The leverage of a position with this own parameter, 0 for none.
    pub fn of(&self, own: u32) -> u32 {
        if own == 0 { self.default } else { own }
    }

    /// What it requires of a notional.
    pub fn at(&self, notional: &BigInt, own: u32) -> BigInt {
        let divisor = self.step.den() * self.of(own);
        let quotient = self.step.mode().divide(&(notional * self.step.num()), &divisor);
        quotient * self.step.scale()
    }

    /// How the quotient is rounded.
    pub fn mode(&self) -> Rounding {
        self.step.mode()
    }

    /// The step at a leverage of one unit: no other requires more.
    pub(in crate::rule) fn step(&self) -> &LinearStep {
        &self.step
    }
}
