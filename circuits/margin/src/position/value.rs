//! The rounded value of a position: the quotient of its magnitude, and the tier variable.
//!
//! ```text
//! row  limbs      aux 0     aux 1      aux 2       aux 3      aux 4
//! 0    r
//! 1    d - 1 - r
//! 2    y          size      a          b of side   d - 1      y
//! 3    y          size - 1  used       side        b of long  b of short
//! 4               size      b of side  multiplier  x
//! ```
//!
//! The last row is the first of the block below, which leaves these cells free.

use super::terms::{Column, TermsCells};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::divide::{self, DivideConfig, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;
use zkmargin_model::rule::{Base, Profile};

/// The divisors of values are prices' and can be long.
const fn form(width: Width) -> divide::Form {
    divide::Form::Long(width)
}

/// Rows of the block.
pub(super) const fn rows(profile: Profile) -> usize {
    if profile.rounded.rounds_values() { form(super::width(profile)).rows() } else { 0 }
}

/// The size, less one.
const SIZE: At = aux("size - 1", 0, 3);
const USED: At = aux("used", 1, 3);
const SIDE: At = aux("side", 2, 3);
/// Offsets of both sides: 45 bits.
const LONG: At = aux("b of long", 3, 3);
const SHORT: At = aux("b of short", 4, 3);
/// The size: 91 bits.
const MAGNITUDE: At = aux("size", 0, 4);
/// The side's offset: 45 bits.
const OFFSET: At = aux("b of side", 1, 4);
/// From the size or from the quotient to `x`: 72 bits.
const MULTIPLIER: At = aux("multiplier", 2, 4);
/// What the tier function is a function of: 133 bits.
const X: At = aux("x", 3, 4);
/// The quotient.
const QUOTIENT: At = divide::QUOTIENT;

/// The gate's row.
const GATE: usize = 3;

/// Configuration of rounded values.
#[derive(Clone, Debug)]
pub(super) struct ValueConfig {
    base: Base,
    columns: Columns,
    divide: DivideConfig,
    q_value: Selector,
}

/// What the block computes.
#[derive(Clone, Debug)]
pub(super) struct ValueCells {
    /// Quotient of the value's magnitude.
    pub(super) quotient: FieldCell,
    /// The tier variable.
    pub(super) x: FieldCell,
}

/// Cells of the slot that the value depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs<'a> {
    /// The size, less one.
    pub(super) size: &'a FieldCell,
    /// 1 for a used slot.
    pub(super) used: &'a FieldCell,
    /// 1 for a short position.
    pub(super) side: &'a FieldCell,
}

impl ValueConfig {
    /// Creates the gate.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        base: Base,
        divide: &DivideConfig,
    ) -> Self {
        let q_value = meta.selector();
        meta.create_gate("rounded value", |meta| {
            let q = meta.query_selector(q_value);
            let [less_one, used, side, long, short, size, offset] =
                columns.query_all(meta, [SIZE, USED, SIDE, LONG, SHORT, MAGNITUDE, OFFSET], GATE);
            let [quotient, multiplier, x] =
                columns.query_all(meta, [QUOTIENT, MULTIPLIER, X], GATE);
            let of = match base {
                Base::Size => size.clone(),
                Base::Value => quotient,
            };
            Constraints::with_selector(
                q,
                [
                    ("size = (size - 1) + used", less_one + used - size),
                    ("offset is the side's", long.clone() + side * (short - long) - offset),
                    ("x is a multiple of its base", of * multiplier - x),
                ],
            )
        });
        Self { base, columns: columns.clone(), divide: divide.clone(), q_value }
    }

    /// Assigns the block from `offset` on.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        width: Width,
        of: Inputs<'_>,
        terms: &TermsCells,
    ) -> Result<ValueCells, Error> {
        let columns = &self.columns;
        let less_one = columns.copy(region, offset, SIZE, of.size)?;
        let used = columns.copy(region, offset, USED, of.used)?;
        let side = columns.copy(region, offset, SIDE, of.side)?;
        let long = columns.copy(region, offset, LONG, terms.get(Column::Long)?)?;
        let short = columns.copy(region, offset, SHORT, terms.get(Column::Short)?)?;
        let size = less_one.value().zip(used.value()).map(|(size, used)| *size + used);
        let size = columns.assign(region, offset, MAGNITUDE, size)?;
        let b = side
            .value()
            .zip(long.value())
            .zip(short.value())
            .map(|((side, long), short)| *long + *side * (*short - long));
        let b = columns.assign(region, offset, OFFSET, b)?;
        let (a, last) = (terms.get(Column::Value)?, terms.get(Column::ValueLast)?);
        let line = Line { x: &size, a, b: &b, last };
        let quotient = self.divide.assign(region, offset, form(width), line, line.quotient())?;
        let multiplier =
            columns.copy(region, offset, MULTIPLIER, terms.get(Column::Multiplier)?)?;
        let of = match self.base {
            Base::Size => size.value().copied(),
            Base::Value => quotient.value().copied(),
        };
        let x = of.zip(multiplier.value()).map(|(of, multiplier)| of * multiplier);
        let x = columns.assign(region, offset, X, x)?;
        self.q_value.enable(region, offset + GATE)?;
        Ok(ValueCells { quotient, x })
    }
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells(width: Width) -> Vec<At> {
    use crate::layout::{of, place};
    [
        of(&[&[SIZE, USED, SIDE, LONG, SHORT, MAGNITUDE, OFFSET, MULTIPLIER, X]]),
        place(&[&divide::cells(form(width))], 0, |name| match name {
            "x" => MAGNITUDE.name,
            "b" => OFFSET.name,
            other => other,
        }),
    ]
    .concat()
}
