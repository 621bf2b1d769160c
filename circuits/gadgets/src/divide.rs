//! Division with remainder: `y = floor((a x + b) / d)`, the step that every rounding is made of.
//!
//! ```text
//! row   limbs      aux 0  aux 1  aux 2  aux 3  aux 4
//! 0     r
//! 1  q  d - 1 - r
//! 2     y          x      a      b      d - 1  y
//! 3     y
//! 4     y
//! ```
//!
//! `0 <= r < d`, because both `r` and `d - 1 - r` are words of 45 bits, and `y` is a word of 135 bits, or of 90 bits and
//! then without the last row: none of the three range checks can be omitted. `a x + b` is not negative and below
//! 2^250; the caller's widths guarantee that. The divisor enters less one, so that the zero tuple of a table, which
//! empty slots look up, divides zero by one.

use crate::Columns;
use crate::cell::{At, aux, limbs};
use crate::halo2::*;
use crate::range::{self, LIMBS, RangeConfig, Width, limbs_of};

/// First row of the quotient.
pub const QUOTIENT_ROWS: usize = 2;

/// Number of rows one division takes.
pub const fn rows(width: Width) -> usize {
    QUOTIENT_ROWS + width.rows()
}

/// Remainder: 45 bits.
const REMAINDER: At = limbs("r", 0, LIMBS, 0);
/// How far the remainder is below `d - 1`: 45 bits.
const REST: At = limbs("d - 1 - r", 0, LIMBS, 1);
const X: At = aux("x", 0, 2);
const FACTOR: At = aux("a", 1, 2);
const OFFSET: At = aux("b", 2, 2);
/// The divisor less one: 45 bits.
const LAST: At = aux("d - 1", 3, 2);
/// Quotient: 135 or 90 bits.
pub const QUOTIENT: At = range::ABOVE_WORD.below(QUOTIENT_ROWS).named("y");

/// The gate's row.
pub const GATE: usize = 1;

/// All cells.
pub fn cells(width: Width) -> Vec<At> {
    let quotient = width.above().iter().map(|at| at.below(QUOTIENT_ROWS).named(QUOTIENT.name));
    [REMAINDER, REST, X, FACTOR, OFFSET, LAST].into_iter().chain(quotient).collect()
}

/// Division configuration.
#[derive(Clone, Debug)]
pub struct DivideConfig {
    columns: Columns,
    range: RangeConfig,
    q_divide: Selector,
}

/// What is divided, and by what: `(a x + b) / d`.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    /// What the line is a function of.
    pub x: &'a FieldCell,
    /// Factor.
    pub a: &'a FieldCell,
    /// Offset, in which the rounding mode is: 0 to `d - 1`, beside an intercept.
    pub b: &'a FieldCell,
    /// Divisor less one, below 2^45.
    pub last: &'a FieldCell,
}

impl Line<'_> {
    /// The quotient, for a dividend below 2^250; what it is for others has no remainder that fits.
    pub fn quotient(&self) -> Value<Fp> {
        let dividend = self.a.value().zip(self.x.value()).zip(self.b.value());
        let dividend = dividend.map(|((a, x), b)| *a * x + b);
        dividend.zip(self.last.value()).map(|(dividend, last)| divided(&dividend, last))
    }
}

/// Integer division by `last + 1`, in digits of 64 bits.
fn divided(dividend: &Fp, last: &Fp) -> Fp {
    let digits = |x: &Fp| {
        let bytes = x.to_repr();
        let digit = |i: usize| {
            bytes[8 * i..8 * i + 8].iter().rev().fold(0u64, |d, b| d << 8 | u64::from(*b))
        };
        [3, 2, 1, 0].map(digit)
    };
    let divisor = u128::from(digits(last)[3] % (1 << 45)) + 1;
    let base = Fp::from_u128(1 << 64);
    let mut remainder = 0u128;
    digits(dividend).into_iter().fold(Fp::ZERO, |quotient, digit| {
        let part = remainder << 64 | u128::from(digit);
        remainder = part % divisor;
        quotient * base + Fp::from_u128(part / divisor)
    })
}

impl DivideConfig {
    /// Creates the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_divide = meta.selector();
        meta.create_gate("division", |meta| {
            let q = meta.query_selector(q_divide);
            let [remainder, rest, x, a, b, last, y] =
                columns.query_all(meta, [REMAINDER, REST, X, FACTOR, OFFSET, LAST, QUOTIENT], GATE);
            let divisor = last.clone() + Expression::Constant(Fp::ONE);
            Constraints::with_selector(
                q,
                [
                    ("d y + r = a x + b", divisor * y + remainder.clone() - (a * x + b)),
                    ("r + (d - 1 - r) = d - 1", remainder + rest - last),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_divide }
    }

    /// Divides on the rows from `offset` on and returns the quotient, whose value the caller supplies:
    /// [`Line::quotient`], unless it cheats.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        width: Width,
        line: Line<'_>,
        quotient: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, line.x)?;
        let a = columns.copy(region, offset, FACTOR, line.a)?;
        let b = columns.copy(region, offset, OFFSET, line.b)?;
        let last = columns.copy(region, offset, LAST, line.last)?;
        let dividend = a.value().zip(x.value()).zip(b.value()).map(|((a, x), b)| *a * x + b);
        let remainder = dividend
            .zip(last.value())
            .zip(quotient)
            .map(|((dividend, last), y)| dividend - (*last + Fp::ONE) * y);
        let rest = last.value().zip(remainder).map(|(last, r)| *last - r);
        for (at, value) in [(REMAINDER, remainder), (REST, rest)] {
            let limbs = value.map(|value| limbs_of(&value, LIMBS)).transpose_vec(LIMBS);
            self.range.assign_limbs(region, offset, at, &limbs)?;
        }
        self.q_divide.enable(region, offset + GATE)?;
        self.range.above(region, offset + QUOTIENT_ROWS, width, quotient)
    }
}
