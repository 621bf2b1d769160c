//! Requirements as a rate of the notional.

use crate::rule::LinearStep;
use num_bigint::BigInt;

/// The tier table gives a rate and the requirement is `rate * n`, where `n` is the notional.
///
/// Without this element the table gives the requirement itself. A rate, in units of the schedule's rate decimals, is
/// below 2^27. It never falls below the public rate: the position's own parameter only raises it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RateForm {
    /// Steps in turn from the table's value to the rate; empty for a table of rates.
    pub steps: Vec<LinearStep>,
    /// `Some` if the rate is at least the position's own parameter, or this default for a position that has none;
    /// `None` if the parameter is not looked at.
    pub own: Option<u32>,
}

impl RateForm {
    /// The public rate of a table's value.
    pub fn public(&self, value: BigInt) -> BigInt {
        self.steps.iter().fold(value, |y, step| step.apply(&y))
    }

    /// The rate of a table's value for a position with this own parameter, 0 for none.
    pub fn at(&self, value: BigInt, own: u32) -> BigInt {
        self.public(value).max(least(self.own, own).into())
    }
}

/// What a rate is at least: the own parameter, or the default of a position that has none; 0 if it is not looked at.
pub(in crate::rule) fn least(default: Option<u32>, own: u32) -> u32 {
    match (default, own) {
        (None, _) => 0,
        (Some(default), 0) => default,
        (Some(_), own) => own,
    }
}
