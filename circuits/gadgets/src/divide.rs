//! Division with remainder: `y = floor((a x + b) / d)`, the step that every rounding is made of.
//!
//! ```text
//! row   limbs      aux 0  aux 1  aux 2  aux 3  aux 4
//! 0     r          x      a      b      d      used
//! 1  q  d - 1 - r
//! 2     y                                      y
//! 3     y
//! 4     y
//! ```
//!
//! `0 <= r < d`, because both `r` and `d - 1 - r` are words of 45 bits, and `y` is a word of 135 bits: none of the three
//! range checks can be omitted. `a x + b` is not negative and below 2^250; the caller's widths guarantee that. An unused
//! line, whose `a`, `b` and `d` are zero, gives zero.

use crate::Columns;
use crate::cell::{At, aux, limbs, placed};
use crate::halo2::*;
use crate::range::{self, LIMBS, RangeConfig, limbs_of};

/// Number of rows one division takes.
pub const ROWS: usize = 5;

/// First row of the quotient.
const QUOTIENT_ROWS: usize = 2;

/// Remainder: 45 bits.
const REMAINDER: At = limbs("r", 0, LIMBS, 0);
/// How far the remainder is below `d - 1`: 45 bits.
const REST: At = limbs("d - 1 - r", 0, LIMBS, 1);
const X: At = aux("x", 0, 0);
const FACTOR: At = aux("a", 1, 0);
const OFFSET: At = aux("b", 2, 0);
const DIVISOR: At = aux("d", 3, 0);
/// 1, or 0 in an empty slot.
const USED: At = aux("used", 4, 0);
/// Quotient: 135 bits.
const QUOTIENT: At = range::ABOVE_WORD.below(QUOTIENT_ROWS).named("y");

/// The gate's row.
pub const GATE: usize = 1;

/// All cells.
pub const CELLS: [&[At]; 2] = [
    &[REMAINDER, REST, X, FACTOR, OFFSET, DIVISOR, USED],
    &placed(range::ABOVE, QUOTIENT_ROWS, QUOTIENT.name),
];

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
    /// Divisor, `1 ..= 2^45`; zero in an unused line.
    pub d: &'a FieldCell,
    /// 1 for a used line, 0 for an unused one; the caller's to bind.
    pub used: &'a FieldCell,
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
            let [remainder, rest, x, a, b, d, used, y] = columns.query_all(
                meta,
                [REMAINDER, REST, X, FACTOR, OFFSET, DIVISOR, USED, QUOTIENT],
                GATE,
            );
            let one = Expression::Constant(Fp::ONE);
            // In an unused line the divisor would be zero, and the quotient free.
            let divisor = d.clone() + one - used.clone();
            Constraints::with_selector(
                q,
                [
                    ("d y + r = a x + b", divisor * y + remainder.clone() - (a * x + b)),
                    ("r + (d - 1 - r) = d - 1", remainder + rest - (d - used)),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_divide }
    }

    /// Divides on rows `offset` to `offset + 4` and returns the quotient, whose value the caller supplies.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        line: Line<'_>,
        quotient: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, line.x)?;
        let a = columns.copy(region, offset, FACTOR, line.a)?;
        let b = columns.copy(region, offset, OFFSET, line.b)?;
        let d = columns.copy(region, offset, DIVISOR, line.d)?;
        let used = columns.copy(region, offset, USED, line.used)?;
        let dividend = a.value().zip(x.value()).zip(b.value()).map(|((a, x), b)| *a * x + b);
        let divisor = d.value().zip(used.value()).map(|(d, used)| *d + Fp::ONE - used);
        let remainder = dividend.zip(divisor).zip(quotient).map(|((z, d), y)| z - d * y);
        let rest = d.value().zip(used.value()).zip(remainder).map(|((d, used), r)| *d - used - r);
        for (at, value) in [(REMAINDER, remainder), (REST, rest)] {
            let limbs = value.map(|value| limbs_of(&value, LIMBS)).transpose_vec(LIMBS);
            self.range.assign_limbs(region, offset, at, &limbs)?;
        }
        self.q_divide.enable(region, offset + GATE)?;
        self.range.three_rows_above(region, offset + QUOTIENT_ROWS, quotient)
    }
}
