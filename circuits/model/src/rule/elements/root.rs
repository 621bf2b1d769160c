//! The square root of a size as the tier variable.

use crate::rule::LinearStep;
use num_bigint::BigInt;
use num_traits::Signed;

/// `x = steps(isqrt(factor |q| + offset))` with `|q|` in size steps; the root is rounded down.
///
/// It takes the place of the size in tiers by quantity. Drift raises its margin ratios with the root of the size:
/// `factor` 10, `offset` 1 and one step `floor(x imf / 10^7)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeRoot {
    factor: BigInt,
    offset: BigInt,
    steps: Vec<LinearStep>,
}

impl SizeRoot {
    /// The root; `None` if the factor is not positive, or the offset or a step is negative.
    pub fn new(factor: BigInt, offset: BigInt, steps: Vec<LinearStep>) -> Option<Self> {
        let fits = factor.is_positive()
            && !offset.is_negative()
            && !steps.iter().any(|step| step.num().is_negative());
        fits.then_some(Self { factor, offset, steps })
    }

    /// The variable of a size magnitude.
    pub fn at(&self, size: &BigInt) -> BigInt {
        // The radicand of a magnitude is not negative.
        let root = (&self.factor * size.abs() + &self.offset).sqrt();
        self.steps.iter().fold(root, |x, step| step.apply(&x))
    }

    /// Factor and offset of the radicand.
    pub(in crate::rule) fn radicand(&self) -> [&BigInt; 2] {
        [&self.factor, &self.offset]
    }

    /// From the root to the variable.
    pub(in crate::rule) fn steps(&self) -> &[LinearStep] {
        &self.steps
    }

    /// Largest factor or offset: their widths are checked with it.
    pub(super) fn widest(&self) -> &BigInt {
        (&self.factor).max(&self.offset)
    }
}
