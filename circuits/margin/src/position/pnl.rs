//! The rounded profit and loss of a position.
//!
//! ```text
//! row  limbs      aux 0          aux 1     aux 2           aux 3  aux 4
//! 0    r          1              biased b  market's d - 1
//! 1    d - 1 - r
//! 2    y          unrounded pnl  a         b               d - 1  y
//! 3    y          scale          pnl
//! 4    y
//! ```
//!
//! They can be negative, so the offset is biased: the quotient is the rounded figure plus 2^134, which is taken off
//! again.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::divide::{self, DivideConfig, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::Profile;
use zkmargin_model::widths::BIASED_QUOTIENT_BITS;

/// Sums of a long price and a long entry are wide.
const FORM: divide::Form = divide::Form::Long(Width::Wide);

/// Rows of the block.
pub(super) const fn rows(profile: Profile) -> usize {
    if profile.pnl { FORM.rows() } else { 0 }
}

// Constants of the market, which the division copies.
const FACTOR: At = aux("1", 0, 0);
/// The mode's offset and the bias times the divisor: 181 bits.
const OFFSET: At = aux("biased b", 1, 0);
const LAST: At = aux("market's d - 1", 2, 0);
/// From the rounded figure to settlement units: 72 bits. A constant of the market.
const SCALE: At = aux("scale", 0, 3);
/// Rounded profit and loss, in settlement units: 207 bits and a sign.
const PNL: At = aux("pnl", 1, 3);

/// The gate's row.
const GATE: usize = 3;

/// How profit and loss are rounded at a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PnlRounding {
    /// Offset of the mode, and 2^134 divisors.
    pub b: Fp,
    /// Divisor less one: 45 bits.
    pub last: Fp,
    /// From the rounded figure to settlement units: 72 bits.
    pub scale: Fp,
}

/// Configuration of rounded profit and loss.
#[derive(Clone, Debug)]
pub(super) struct PnlConfig {
    columns: Columns,
    divide: DivideConfig,
    q_pnl: Selector,
}

impl PnlConfig {
    /// Creates the gate.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        divide: &DivideConfig,
    ) -> Self {
        let q_pnl = meta.selector();
        meta.create_gate("rounded profit and loss", |meta| {
            let q = meta.query_selector(q_pnl);
            let [y, scale, pnl] = columns.query_all(meta, [divide::QUOTIENT, SCALE, PNL], GATE);
            let bias = Expression::Constant(power_of_two(BIASED_QUOTIENT_BITS - 1));
            Constraints::with_selector(q, [("pnl = (y - 2^134) scale", (y - bias) * scale - pnl)])
        });
        Self { columns: columns.clone(), divide: divide.clone(), q_pnl }
    }

    /// Assigns the block from `offset` on and returns the rounded figure.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        pnl: &FieldCell,
        rounding: &PnlRounding,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let a = columns.constant(region, offset, FACTOR, Fp::ONE)?;
        let b = columns.constant(region, offset, OFFSET, rounding.b)?;
        let last = columns.constant(region, offset, LAST, rounding.last)?;
        let line = Line { x: pnl, a: &a, b: &b, last: &last };
        let y = self.divide.assign(region, offset, FORM, line, line.quotient())?;
        let scale = columns.constant(region, offset, SCALE, rounding.scale)?;
        let rounded = y.value().zip(scale.value());
        let rounded =
            rounded.map(|(y, scale)| (*y - power_of_two(BIASED_QUOTIENT_BITS - 1)) * scale);
        self.q_pnl.enable(region, offset + GATE)?;
        columns.assign(region, offset, PNL, rounded)
    }
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::{of, place};
    [
        of(&[&[FACTOR, OFFSET, LAST, SCALE, PNL]]),
        place(&[&divide::cells(FORM)], 0, |name| match name {
            "x" => "unrounded pnl",
            other => other,
        }),
    ]
    .concat()
}
