//! A line by the sign of its variable, looked up by key and bracket, and rounded.
//!
//! ```text
//! row  limbs                          aux 0  aux 1  aux 2      aux 3      aux 4
//! 0    x - lo
//! 1    x - lo                                                             d - 1
//! 2    x - lo                         x      key    slope      intercept  x - lo
//! 3    hi - x                                                             hi - x
//! 4    hi - x                         key    of     first key
//! 5    hi - x
//! 6    r
//! 7    d - 1 - r
//! 8    r (0), d - 1 - r (1), y (2-4)  x      a      b          d - 1      y
//! 9    y                              value
//! 10   y
//! ```
//!
//! The table's intercepts are biased: the quotient is the value plus 2^116. Rows 6 and 7 are free in the auxiliary
//! columns.

use super::keys::Figure;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{self, BracketConfig, BracketHint};
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::divide::{self, DivideConfig, Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::DEEP_QUOTIENT_BITS;

/// The row of an empty slot: zero and its bias.
pub(super) const EMPTY: BracketHint = BracketHint {
    intercept: Fp::from_raw([0, 1 << (DEEP_QUOTIENT_BITS - 1 - 64), 0, 0]),
    ..BracketHint::ZERO
};

/// First row of the division.
pub(super) const DIVIDE_ROWS: usize = bracket::rows(Width::Wide);

/// Number of rows.
pub(crate) const ROWS: usize = DIVIDE_ROWS + Form::Deep.rows();

/// First of the two rows that are free in the auxiliary columns.
pub(crate) const FREE: usize = DIVIDE_ROWS;

const KEY: At = aux("key", 0, 4);
/// The slot's word.
const OF: At = aux("of", 1, 4);
/// A constant of the circuit.
const FIRST: At = aux("first key", 2, 4);
const QUOTIENT: At = divide::QUOTIENT.below(DIVIDE_ROWS);
/// The rounded value: 116 bits and a sign.
const VALUE: At = aux("value", 0, DIVIDE_ROWS + 3);

// Rows of the gates.
const KEY_GATE: usize = 4;
const VALUE_GATE: usize = DIVIDE_ROWS + 3;

/// Configuration of lines by sign.
#[derive(Clone, Debug)]
pub(crate) struct SignedConfig {
    columns: Columns,
    bracket: BracketConfig,
    divide: DivideConfig,
    q_key: Selector,
    q_value: Selector,
}

impl SignedConfig {
    /// Creates the gates.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        bracket: &BracketConfig,
        divide: &DivideConfig,
    ) -> Self {
        let (q_key, q_value) = (meta.selector(), meta.selector());
        meta.create_gate("key of a line by sign", |meta| {
            let q = meta.query_selector(q_key);
            let [key, of, first] = columns.query_all(meta, [KEY, OF, FIRST], KEY_GATE);
            Constraints::with_selector(q, [("key = of + first key", of + first - key)])
        });
        meta.create_gate("value of a line by sign", |meta| {
            let q = meta.query_selector(q_value);
            let [y, value] = columns.query_all(meta, [QUOTIENT, VALUE], VALUE_GATE);
            let bias = Expression::Constant(power_of_two(DEEP_QUOTIENT_BITS - 1));
            Constraints::with_selector(q, [("value = y - 2^116", y - bias - value)])
        });
        let (columns, bracket, divide) = (columns.clone(), bracket.clone(), divide.clone());
        Self { columns, bracket, divide, q_key, q_value }
    }

    /// Assigns the block of an instrument's or asset's figure from `offset` on.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        of: &FieldCell,
        figure: Figure,
        hint: Value<BracketHint>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let first = figure.first_field();
        let of = columns.copy(region, offset, OF, of)?;
        columns.constant(region, offset, FIRST, first)?;
        let key = columns.assign(region, offset, KEY, of.value().map(|of| *of + first))?;
        self.q_key.enable(region, offset + KEY_GATE)?;
        self.keyed(region, offset, x, &key, hint)
    }

    /// Assigns the block from `offset` on, of rows with this key; row 4 is free in the auxiliary columns then.
    pub(crate) fn keyed(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        key: &FieldCell,
        hint: Value<BracketHint>,
    ) -> Result<FieldCell, Error> {
        let y = self.quotient(region, offset, x, key, hint)?;
        let value = y.value().map(|y| *y - power_of_two(DEEP_QUOTIENT_BITS - 1));
        self.q_value.enable(region, offset + VALUE_GATE)?;
        self.columns.assign(region, offset, VALUE, value)
    }

    /// Assigns lookup and division from `offset` on, of rows without a bias.
    pub(crate) fn quotient(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        key: &FieldCell,
        hint: Value<BracketHint>,
    ) -> Result<FieldCell, Error> {
        let row = self.bracket.look_up(region, offset, Width::Wide, x, key, hint)?;
        let last = row.last.as_ref().ok_or(Error::Synthesis)?;
        let line = Line { x: &row.x, a: &row.slope, b: &row.intercept, last };
        self.divide.assign(region, offset + DIVIDE_ROWS, Form::Deep, line, line.quotient())
    }
}

/// Cells of lookup and division.
#[cfg(test)]
pub(crate) fn quotient_cells() -> Vec<At> {
    use crate::layout::place;
    let division = divide::cells(Form::Deep);
    [bracket::line_cells(Width::Wide), place(&[&division], DIVIDE_ROWS, |name| name)].concat()
}

/// Cells of the block of rows with a given key.
#[cfg(test)]
pub(crate) fn keyed_cells() -> Vec<At> {
    [quotient_cells(), vec![VALUE]].concat()
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    [keyed_cells(), vec![KEY, OF, FIRST]].concat()
}
