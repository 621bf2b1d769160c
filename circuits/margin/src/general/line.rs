//! A line of a market, looked up by key and rounded.
//!
//! ```text
//! row  limbs                          aux 0  aux 1  aux 2      aux 3  aux 4
//! 0    r                              key    of     first key
//! 1    d - 1 - r                      a      b      d - 1
//! 2    r (0), d - 1 - r (1), y (2-4)  x      a      b          d - 1  y
//! 3    y
//! 4    y
//! ```
//!
//! The last two rows are free in the auxiliary columns.

use super::keys::Figure;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::divide::{DivideConfig, Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedConfig;

/// Number of rows.
pub(crate) const ROWS: usize = Form::Deep.rows();

/// First of the two rows that are free in the auxiliary columns.
pub(crate) const FREE: usize = 3;

/// Configuration of looked-up lines.
#[derive(Clone, Debug)]
pub(crate) struct LineConfig {
    pub(crate) keyed: KeyedConfig,
    pub(crate) divide: DivideConfig,
}

impl LineConfig {
    /// Assigns the block from `offset` on and returns the quotient.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        of: &FieldCell,
        figure: Figure,
        hint: Value<BracketHint>,
    ) -> Result<FieldCell, Error> {
        let row = self.keyed.look_up(region, offset, of, figure.first_field(), hint)?;
        let line = Line { x, a: &row.a, b: &row.b, last: &row.last };
        self.divide.assign(region, offset, Form::Deep, line, line.quotient())
    }
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<zkmargin_gadgets::cell::At> {
    use crate::layout::place;
    use zkmargin_gadgets::{divide, keyed};
    [place(&keyed::CELLS, 0, |name| name), divide::cells(Form::Deep)].concat()
}
