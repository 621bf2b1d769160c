//! The slot of a position whose requirement has no tiers. Here is its last row: the requirement and the sum over
//! positions.
//!
//! ```text
//! row  limbs                                     aux 0      aux 1         aux 2          aux 3       aux 4
//! 0    size - 1                                  sum 0 in   sum 1 in      sum 2 in       sum 3 in    pnl
//! 1    size - 1                                  sum 0 out  sum 1 out     sum 2 out      sum 3 out   code
//! 2    entry                                     size - 1   pnl           x              value       factor
//! 3    entry                                     entry      previous key  previous used  packed      cross
//! 4    key (0-1), distance (2-3), entry top (4)  side       used          code           conversion  key
//! 5                                              cross      pnl           conversion     cross pnl   cross conversion
//! 6                                              x          conversion    MM in          MM out
//! ```
//!
//! Rows 0 to 4 are the core, and `x` is the requirement before it is converted. Without isolated books there is neither
//! the flag of row 3 nor row 5, which is that of the [cross book](super::cross).

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::rule::Profile;

/// Row of the sum, counted from the first row of the requirement.
pub(super) const fn row(profile: Profile) -> usize {
    profile.has_isolated() as usize
}

/// The requirement before it is converted: 196 bits.
const X: At = aux("x", 0, 0);
/// From it to margin units of the cross book: 72 bits.
const CONVERSION: At = aux("conversion", 1, 0);
/// Sum of the requirements of the slots before: 204 bits.
const SUM_IN: At = aux("MM in", 2, 0);
const SUM_OUT: At = aux("MM out", 3, 0);

/// Configuration of requirements without tiers.
#[derive(Clone, Debug)]
pub(super) struct FlatConfig {
    row: usize,
    columns: Columns,
    q_flat: Selector,
}

impl FlatConfig {
    /// Creates the gate of the sum.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
    ) -> Self {
        let q_flat = meta.selector();
        meta.create_gate("flat requirement", |meta| {
            let q = meta.query_selector(q_flat);
            let [x, conversion, sum_in, sum_out] =
                columns.query_all(meta, [X, CONVERSION, SUM_IN, SUM_OUT], 0);
            let sum = sum_in + x * conversion - sum_out;
            Constraints::with_selector(q, [("MM out = MM in + x conversion", sum)])
        });
        Self { row: row(profile), columns: columns.clone(), q_flat }
    }

    /// Assigns the requirement from `offset` on and returns the sum.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        conversion: &FieldCell,
        sum: Option<&FieldCell>,
    ) -> Result<FieldCell, Error> {
        let (columns, row) = (&self.columns, offset + self.row);
        let x = columns.copy(region, row, X, x)?;
        let conversion = columns.copy(region, row, CONVERSION, conversion)?;
        let sum = columns.copy_or_constant(region, row, SUM_IN, sum, Fp::ZERO)?;
        self.q_flat.enable(region, row)?;
        let sum = x.value().zip(conversion.value()).zip(sum.value());
        let sum = sum.map(|((x, conversion), sum)| *x * conversion + sum);
        columns.assign(region, row, SUM_OUT, sum)
    }
}

/// All cells of the row.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&[X, CONVERSION, SUM_IN, SUM_OUT]])
}
