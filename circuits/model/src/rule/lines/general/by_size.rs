//! How far the size of a holding moves a weight from one, as the general profile computes it.

use super::instrument::one_line;
use super::stage::{DIVIDES, FACTOR, Line, Why};
use crate::rule::SizeWeights;
use crate::widths::{DEEP_DIVISOR_BITS, HELD_FACTOR_BITS, NUMERATOR_BITS, OWN_BITS};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

const UNIT: Why = "it is rounded to another unit than weights have";

/// `floor((from + [debt] step(r)) / (base + [deposit] step(r)))` of the root `r` of what is held.
///
/// Arrays of two are for deposits and for debts. A debt's base is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeLines {
    /// From the magnitude of an amount to the size whose root is taken.
    pub held: Line,
    /// Factor and offset of the radicand.
    pub root: [BigInt; 2],
    /// From the root to what is added.
    pub step: [Line; 2],
    /// Numerator of a deposit's weight, and least weight of a debt.
    pub from: [BigInt; 2],
    /// Divisor before what is added.
    pub base: [BigInt; 2],
}

impl SizeLines {
    /// The lines of a weight that no size moves: a weight of one, which no public weight is on the far side of. That of
    /// debts is less where the unit of weights is wider than a weight by size.
    pub(super) fn none(one: &BigInt) -> Self {
        let zero = || Line::exact(BigInt::zero());
        let widest: BigInt = (BigInt::one() << OWN_BITS) - 1;
        Self {
            held: zero(),
            root: [BigInt::zero(), BigInt::zero()],
            step: [zero(), zero()],
            from: [one.clone(), one.min(&widest).clone()],
            base: [BigInt::one(), BigInt::one()],
        }
    }

    pub(super) fn of(weights: &SizeWeights) -> Result<Self, Why> {
        let line = |steps: &mut dyn Iterator<Item = _>, bits| {
            let (step, scale) = one_line(steps)?;
            if scale.is_one() { Line::of(&step).checked(bits) } else { Err(UNIT) }
        };
        let root = weights.root();
        let after_root = |last| line(&mut root.steps().iter().chain([last]), NUMERATOR_BITS);
        let (numerator, base, discount) = weights.discount();
        let (least, premium) = weights.premium();
        let radicand = root.radicand().map(Clone::clone);
        if radicand[0].bits() > u64::from(HELD_FACTOR_BITS) {
            return Err(FACTOR);
        }
        if [&radicand[1], numerator, least].iter().any(|x| x.bits() > u64::from(NUMERATOR_BITS)) {
            return Err(FACTOR);
        }
        if *base > BigInt::one() << DEEP_DIVISOR_BITS {
            return Err(DIVIDES);
        }
        Ok(Self {
            held: line(&mut [weights.unit()].into_iter(), NUMERATOR_BITS)?,
            root: radicand,
            step: [after_root(discount)?, after_root(premium)?],
            from: [numerator.clone(), least.clone()],
            base: [base.clone(), BigInt::one()],
        })
    }

    /// Root of what is held, and the weight.
    ///
    /// # Errors
    /// The figure that is wider than a proof holds.
    pub fn at(&self, amount: &BigInt, is_debt: bool) -> Result<(BigInt, BigInt), &'static str> {
        const POINT: &str = "weight by size";
        let held = self.held.at(&amount.abs()).ok_or(POINT)?;
        let root = (&self.root[0] * held + &self.root[1]).sqrt();
        let side = usize::from(is_debt);
        let step = self.step[side].at(&root).ok_or(POINT)?;
        let (dividend, divisor) = match is_debt {
            true => (&self.from[1] + step, self.base[1].clone()),
            false => (self.from[0].clone(), &self.base[0] + step),
        };
        let weight = dividend.div_floor(&divisor);
        let fits = divisor <= BigInt::one() << DEEP_DIVISOR_BITS
            && (!is_debt || weight.bits() <= u64::from(OWN_BITS));
        if fits { Ok((root, weight)) } else { Err(POINT) }
    }
}
