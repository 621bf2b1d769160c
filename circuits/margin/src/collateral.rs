//! The rounded collateral value of an asset, added to the equity.
//!
//! ```text
//! row  limbs      aux 0  aux 1      aux 2  aux 3      aux 4
//! 0    v - lo
//! 1    v - lo                                         d - 1
//! 2    v - lo     v      table key  slope  intercept  v - lo
//! 3    hi - v                                         hi - v
//! 4    hi - v
//! 5    hi - v
//! 6    r
//! 7    d - 1 - r
//! 8    y          v      a          b      d - 1      y
//! 9    y          scale  E in       E out  used
//! 10   y
//! ```
//!
//! A value can be negative, so the table's intercepts are biased: the quotient is the value plus 2^134, which is taken
//! off again in a used slot. Group sums of the slot share rows 4 and 5.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{self, BracketConfig, BracketHint};
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::divide::{self, DivideConfig, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::BIASED_QUOTIENT_BITS;

/// Balances are wide.
const FORM: divide::Form = divide::Form::Long(Width::Wide);

/// First row of the division.
pub(crate) const DIVIDE_ROWS: usize = bracket::rows(Width::Wide);

/// Rows of the block.
pub(crate) const ROWS: usize = DIVIDE_ROWS + FORM.rows();

/// The biased quotient: 135 bits.
const QUOTIENT: At = divide::QUOTIENT.below(DIVIDE_ROWS);
/// From the value to margin units: a constant of the market.
const SCALE: At = aux("scale", 0, DIVIDE_ROWS + 3);
/// Sum of the values of the slots before: 209 bits and a sign.
const SUM_IN: At = aux("E in", 1, DIVIDE_ROWS + 3);
const SUM_OUT: At = aux("E out", 2, DIVIDE_ROWS + 3);
const USED: At = aux("used", 3, DIVIDE_ROWS + 3);

/// The gate's row.
const GATE: usize = DIVIDE_ROWS + 3;

/// Configuration of rounded collateral.
#[derive(Clone, Debug)]
pub(crate) struct CollateralConfig {
    columns: Columns,
    bracket: BracketConfig,
    divide: DivideConfig,
    q_collateral: Selector,
}

/// Cells of the slot that the value depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inputs<'a> {
    /// The balance with profit and loss.
    pub(crate) v: &'a FieldCell,
    /// The key of the asset's rows.
    pub(crate) key: &'a FieldCell,
    /// 1 for a used slot.
    pub(crate) used: &'a FieldCell,
}

fn value(y: Fp, used: Fp) -> Fp {
    y - used * power_of_two(BIASED_QUOTIENT_BITS - 1)
}

impl CollateralConfig {
    /// Creates the gate.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        bracket: &BracketConfig,
        divide: &DivideConfig,
    ) -> Self {
        let q_collateral = meta.selector();
        meta.create_gate("rounded collateral", |meta| {
            let q = meta.query_selector(q_collateral);
            let [y, scale, sum_in, sum_out, used] =
                columns.query_all(meta, [QUOTIENT, SCALE, SUM_IN, SUM_OUT, USED], GATE);
            let value = y - used * power_of_two(BIASED_QUOTIENT_BITS - 1);
            let sum = sum_in + value * scale - sum_out;
            Constraints::with_selector(q, [("E out = E in + (y - 2^134 used) scale", sum)])
        });
        let (bracket, divide) = (bracket.clone(), divide.clone());
        Self { columns: columns.clone(), bracket, divide, q_collateral }
    }

    /// Assigns the block from `offset` on and returns the sum with this value.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: Inputs<'_>,
        scale: Fp,
        sum: Option<&FieldCell>,
        hint: Value<BracketHint>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let row = self.bracket.look_up(region, offset, Width::Wide, of.v, of.key, hint)?;
        let last = row.last.as_ref().ok_or(Error::Synthesis)?;
        let line = Line { x: &row.x, a: &row.slope, b: &row.intercept, last };
        let at = offset + DIVIDE_ROWS;
        let y = self.divide.assign(region, at, FORM, line, line.quotient())?;
        let scale = columns.constant(region, offset, SCALE, scale)?;
        let sum_in = columns.copy_or_constant(region, offset, SUM_IN, sum, Fp::ZERO)?;
        let used = columns.copy(region, offset, USED, of.used)?;
        let sum = y.value().zip(scale.value()).zip(sum_in.value()).zip(used.value());
        let sum = sum.map(|(((y, scale), sum), used)| value(*y, *used) * scale + sum);
        self.q_collateral.enable(region, offset + GATE)?;
        columns.assign(region, offset, SUM_OUT, sum)
    }
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    [
        of(&[&[SCALE, SUM_IN, SUM_OUT, USED]]),
        place(&[&bracket::line_cells(Width::Wide)], 0, |name| match name {
            "x" => "v",
            "x - lo" => "v - lo",
            "hi - x" => "hi - v",
            "key" => "table key",
            other => other,
        }),
        place(&[&divide::cells(FORM)], DIVIDE_ROWS, |name| match name {
            "x" => "v",
            other => other,
        }),
    ]
    .concat()
}
