//! The lines of which the general profile makes every rounded figure: of magnitudes, and of figures with a sign.

use super::super::{LineRow, LineTable, Step};
use crate::rule::{LinearStep, SignedStep};
use crate::widths::{
    BRACKET_BITS, DEEP_DIVISOR_BITS, DEEP_QUOTIENT_BITS, NUMERATOR_BITS, SAFE_BITS,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// Why a figure is not one of these lines.
pub(super) type Why = &'static str;

pub(super) const DIVIDES: Why = "it divides by more than 2^54";
pub(super) const FACTOR: Why = "a factor of it is too wide; use coarser units";

/// `floor((a x + b) / d)` for `x >= 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Factor, not negative.
    pub a: BigInt,
    /// Offset of the rounding mode: 0 to `d - 1`.
    pub b: BigInt,
    /// Divisor, positive, at most 2^54.
    pub d: BigInt,
}

impl Line {
    /// `a x`.
    pub(super) fn exact(a: BigInt) -> Self {
        Self { a, b: BigInt::zero(), d: BigInt::one() }
    }

    /// A step on magnitudes.
    pub(super) fn of(step: &Step) -> Self {
        Self { a: step.a.clone(), b: step.mode.offset(false, &step.d), d: step.d.clone() }
    }

    /// Checks the widths of its figures.
    pub(super) fn checked(self, factor_bits: u32) -> Result<Self, Why> {
        if self.d > BigInt::one() << DEEP_DIVISOR_BITS {
            return Err(DIVIDES);
        }
        let fits = !self.a.is_negative() && self.a.bits() <= u64::from(factor_bits);
        if fits { Ok(self) } else { Err(FACTOR) }
    }

    /// The line's value; `None` if it is wider than a proof holds.
    pub fn at(&self, x: &BigInt) -> Option<BigInt> {
        let y = (&self.a * x + &self.b).div_floor(&self.d);
        (y.bits() <= u64::from(DEEP_QUOTIENT_BITS)).then_some(y)
    }
}

/// What is added to a quotient that can be negative.
pub(super) fn deep_bias() -> BigInt {
    BigInt::one() << (DEEP_QUOTIENT_BITS - 1)
}

/// The biased table's value at `x` and its row; `None` if no row holds `x`, or the value is wider than a proof holds.
pub(super) fn at(table: &LineTable, x: &BigInt) -> Option<(usize, BigInt)> {
    let row = table.rows.iter().position(|row| row.lo <= *x && *x <= row.hi)?;
    let LineRow { a, b, .. } = &table.rows[row];
    let y = (a * x + b).div_floor(&table.d);
    let fits = !y.is_negative() && y.bits() <= u64::from(DEEP_QUOTIENT_BITS);
    fits.then(|| (row, y - deep_bias()))
}

/// Whether no figure in a table wraps, and no dividend: bounds of its variable are those of its rows.
pub(super) fn are_safe(rows: &[LineRow]) -> bool {
    let ends = rows.iter().flat_map(|row| [(row, &row.lo), (row, &row.hi)]);
    let dividends = ends.map(|(row, x)| &row.a * x + &row.b);
    let figures = rows.iter().flat_map(|row| [row.a.clone(), row.b.clone()]);
    dividends.chain(figures).all(|x| x.bits() < u64::from(SAFE_BITS))
}

/// A step by sign in lowest terms.
#[derive(Clone)]
struct Stage {
    positive: Step,
    negative: Step,
    cap: Option<BigInt>,
}

/// Steps by sign in turn, with exact ones merged where they can be.
pub(super) struct SignedChain {
    stages: Vec<Stage>,
    /// What the last quotient is multiplied with.
    scale: BigInt,
}

impl SignedChain {
    pub(super) fn new() -> Self {
        Self { stages: Vec::new(), scale: BigInt::one() }
    }

    /// Multiplies what the next step is applied to.
    pub(super) fn scale_by(&mut self, factor: &BigInt) {
        self.scale *= factor;
    }

    /// Two prices.
    pub(super) fn exact_by_sign(
        &mut self,
        positive: &LinearStep,
        negative: &LinearStep,
    ) -> Result<(), Why> {
        self.push(positive, negative, None)
    }

    pub(super) fn step(&mut self, step: &LinearStep) -> Result<(), Why> {
        self.push(step, step, None)
    }

    pub(super) fn by_sign(&mut self, step: &SignedStep) -> Result<(), Why> {
        let [positive, negative] = step.steps();
        self.push(positive, negative, step.cap())
    }

    fn push(
        &mut self,
        positive: &LinearStep,
        negative: &LinearStep,
        cap: Option<&BigInt>,
    ) -> Result<(), Why> {
        if positive.scale() != negative.scale() {
            return Err("its steps for gains and for losses have different units");
        }
        let scale = positive.scale();
        if cap.is_some() && !scale.is_one() {
            return Err("it has a cap in another unit than its rounding");
        }
        let reduced =
            |step: &LinearStep| Step::reduced(&(step.num() * &self.scale), step.den(), step.mode());
        let next =
            Stage { positive: reduced(positive), negative: reduced(negative), cap: cap.cloned() };
        let is_same = next.positive.a == next.negative.a;
        let is_exact = !next.positive.rounds() && !next.negative.rounds();
        if is_exact && is_same && next.cap.is_none() {
            self.scale = next.positive.a * scale;
            return Ok(());
        }
        if is_exact && is_same && next.positive.a.is_one() {
            // Only a cap, which the step before can have as well.
            if let Some(last) = self.stages.last_mut() {
                last.cap = [last.cap.take(), next.cap].into_iter().flatten().min();
                self.scale = scale.clone();
                return Ok(());
            }
        }
        self.stages.push(next);
        self.scale = scale.clone();
        Ok(())
    }

    /// The chain as `N` tables, and what the last quotient is multiplied with: 1 if there are fewer steps than tables.
    pub(super) fn tables<const N: usize>(mut self) -> Result<([LineTable; N], BigInt), Why> {
        while self.stages.len() < N {
            let step =
                Step { a: std::mem::replace(&mut self.scale, BigInt::one()), ..Step::none() };
            self.stages.push(Stage { positive: step.clone(), negative: step, cap: None });
        }
        let tables = self.stages.iter().map(Stage::table).collect::<Result<Vec<_>, _>>()?;
        let tables = tables.try_into().map_err(|_| "it is rounded too often")?;
        Ok((tables, self.scale))
    }
}

impl Stage {
    fn table(&self) -> Result<LineTable, Why> {
        let d = self.positive.d.lcm(&self.negative.d);
        if d > BigInt::one() << DEEP_DIVISOR_BITS {
            return Err(DIVIDES);
        }
        let factor = |step: &Step| &step.a * (&d / &step.d);
        let (gain, loss) = (factor(&self.positive), factor(&self.negative));
        let fits = |a: &BigInt| !a.is_negative() && a.bits() <= u64::from(NUMERATOR_BITS);
        if !fits(&gain) || !fits(&loss) {
            return Err(FACTOR);
        }
        let raised = &d * deep_bias();
        let bound = BigInt::one() << BRACKET_BITS;
        let mut rows = vec![LineRow {
            lo: -bound.clone(),
            hi: -BigInt::one(),
            a: loss,
            b: self.negative.mode.offset(true, &d) + &raised,
        }];
        let offset = self.positive.mode.offset(false, &d);
        // The first figure whose result is at the cap.
        let capped = self.cap.as_ref().filter(|_| gain.is_positive());
        let capped = capped.map(|cap| (cap, Integer::div_ceil(&(cap * &d - &offset), &gain)));
        let capped = capped.map(|(cap, from)| (cap, from.max(BigInt::zero())));
        let capped = capped.filter(|(_, from)| *from < bound);
        let end: BigInt = capped.as_ref().map_or(&bound, |(_, from)| from) - 1;
        if !end.is_negative() {
            let b = offset + &raised;
            rows.push(LineRow { lo: BigInt::zero(), hi: end, a: gain, b });
        }
        if let Some((cap, from)) = capped {
            let b = cap * &d + &raised;
            rows.push(LineRow { lo: from, hi: bound - 1, a: BigInt::zero(), b });
        }
        Ok(LineTable { rows, d })
    }
}
