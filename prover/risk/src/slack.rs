//! How far rounding takes the rule from straight lines.
//!
//! Within one row of each table, all figures of a position without optional elements are lines of the mark, or of its
//! inverse for an inverse contract, except for what is rounded. These are bounds of the difference.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use zkmargin_model::rule::{InstrumentElements, InstrumentTerms, LinearStep, Variable};

/// Largest difference of a step's result from the line through what it is applied to, when that differs from its own
/// line by at most `off`.
pub(crate) fn off_after(step: &LinearStep, off: &BigInt) -> BigInt {
    let scaled: BigInt = off * step.num().abs();
    let whole = num_integer::Integer::div_ceil(&scaled, step.den());
    (whole + rounds(step)) * step.scale()
}

fn rounds(step: &LinearStep) -> BigInt {
    if step.den().is_one() { BigInt::zero() } else { BigInt::one() }
}

/// Largest difference of a position's value from its line, in entry units.
pub(crate) fn value(terms: &InstrumentTerms) -> BigInt {
    let short = terms.elements.short.as_ref().map(|short| &short.value);
    let steps = [Some(&terms.value), short].into_iter().flatten();
    steps.map(|step| rounds(step) * step.scale()).max().unwrap_or_default()
}

/// Differences of one position from its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Off {
    /// Of what settles, in settlement units.
    pub(crate) result: BigInt,
    /// Of the requirement, before it is converted.
    pub(crate) requirement: BigInt,
}

impl Off {
    /// Of a position whose tier variable is in a row of this slope; `None` with optional elements, whose steps are not
    /// lines.
    pub(crate) fn of(terms: &InstrumentTerms, variable: Variable, slope: &BigInt) -> Option<Self> {
        if terms.elements != InstrumentElements::default() {
            return None;
        }
        let value = value(terms);
        let result = match &terms.pnl_rounding {
            Some(step) => off_after(step, &value),
            None => value,
        };
        let notional = rounds(&terms.requirement) * terms.requirement.scale();
        let tiered = match variable {
            Variable::Value => notional * slope.abs(),
            Variable::Quantity => notional,
        };
        let steps = terms.requirement_rounding.iter();
        Some(Self { result, requirement: steps.fold(tiered, |off, step| off_after(step, &off)) })
    }

    /// The larger differences of two.
    pub(crate) fn max(self, other: Self) -> Self {
        Self {
            result: self.result.max(other.result),
            requirement: self.requirement.max(other.requirement),
        }
    }
}

/// The same of an asset's collateral value, in a row of this slope over its balance, which differs by at most `off`.
pub(crate) fn collateral(rounding: Option<&LinearStep>, slope: &BigInt, off: &BigInt) -> BigInt {
    let exact = off * slope.abs();
    match rounding {
        Some(step) => off_after(step, &exact),
        None => exact,
    }
}
