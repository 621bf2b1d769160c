//! A step with two multipliers, by the sign of what it is applied to.
//!
//! Venues weigh profit and loss differently, price deposits and debts differently, and pay interest at two rates.

use crate::rule::LinearStep;
use num_bigint::BigInt;
use num_traits::Signed;

/// `y = positive(x)` for `x >= 0`, `negative(x)` below, then at most a cap if there is one.
///
/// Neither step turns the sign, so zero gives zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedStep {
    positive: LinearStep,
    negative: LinearStep,
    cap: Option<BigInt>,
}

impl SignedStep {
    /// The step of two steps; `None` if a multiplier is negative.
    pub fn new(positive: LinearStep, negative: LinearStep) -> Option<Self> {
        let turns = positive.num().is_negative() || negative.num().is_negative();
        (!turns).then_some(Self { positive, negative, cap: None })
    }

    /// The same step with a largest result, in the unit of its results; `None` if that is negative.
    pub fn capped(self, most: BigInt) -> Option<Self> {
        (!most.is_negative()).then_some(Self { cap: Some(most), ..self })
    }

    /// The step's value at `x`.
    pub fn apply(&self, x: &BigInt) -> BigInt {
        let step = if x.is_negative() { &self.negative } else { &self.positive };
        let y = step.apply(x);
        match &self.cap {
            Some(most) if y > *most => most.clone(),
            _ => y,
        }
    }

    /// The steps of what is not negative and of what is.
    pub(in crate::rule) fn steps(&self) -> [&LinearStep; 2] {
        [&self.positive, &self.negative]
    }

    /// Largest result.
    pub(in crate::rule) fn cap(&self) -> Option<&BigInt> {
        self.cap.as_ref()
    }

    /// Neither multiplier is larger: widths are checked with it.
    pub fn bound(&self) -> BigInt {
        self.positive.bound().max(self.negative.bound())
    }
}
