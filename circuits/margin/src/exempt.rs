//! A book of which nothing is required is healthy: nothing of it is beyond the level, nor missing.
//!
//! ```text
//! row  aux 0  aux 1    aux 2             aux 3       aux 4
//! 0    MM     inverse  nothing required  all beyond  beyond level
//! ```
//!
//! The row is below the claim's comparisons, of which the first is then about the last cell.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::halo2::*;

/// Rows.
pub(crate) const ROWS: usize = 1;

/// Requirement, in margin units: 204 bits.
const MAINTENANCE: At = aux("MM", 0, 0);
/// Its inverse; zero if there is none.
const INVERSE: At = aux("inverse", 1, 0);
/// 1 if nothing is required, 0 otherwise.
const NOTHING: At = aux("nothing required", 2, 0);
/// Equity beyond the level: 225 bits and a sign.
const ALL_BEYOND: At = aux("all beyond", 3, 0);
/// What counts of it: zero of an exempt book.
const BEYOND: At = aux("beyond level", 4, 0);

/// Configuration of the row.
#[derive(Clone, Debug)]
pub(crate) struct ExemptConfig {
    columns: Columns,
    q_exempt: Selector,
}

impl ExemptConfig {
    /// Creates the gate.
    pub(crate) fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let q_exempt = meta.selector();
        meta.create_gate("exempt book", |meta| {
            let q = meta.query_selector(q_exempt);
            let [maintenance, inverse, nothing, all_beyond, beyond] =
                columns.query_all(meta, [MAINTENANCE, INVERSE, NOTHING, ALL_BEYOND, BEYOND], 0);
            Constraints::with_selector(
                q,
                [
                    ("what is required is something", nothing.clone() * maintenance.clone()),
                    (
                        "something has an inverse",
                        constant(1) - maintenance * inverse.clone() - nothing.clone(),
                    ),
                    ("nothing has no inverse", nothing.clone() * inverse),
                    (
                        "beyond level = [something required] all beyond",
                        (constant(1) - nothing) * all_beyond - beyond,
                    ),
                ],
            )
        });
        Self { columns: columns.clone(), q_exempt }
    }

    /// Assigns the row and returns what counts of what is beyond the level.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        maintenance: &FieldCell,
        all_beyond: &FieldCell,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let maintenance = columns.copy(region, row, MAINTENANCE, maintenance)?;
        let inverse = maintenance.value().map(|m| m.invert().unwrap_or(Fp::ZERO));
        columns.assign(region, row, INVERSE, inverse)?;
        let nothing = maintenance.value().map(|m| Fp::from(u64::from(m.is_zero_vartime())));
        let nothing = columns.assign(region, row, NOTHING, nothing)?;
        let all_beyond = columns.copy(region, row, ALL_BEYOND, all_beyond)?;
        let beyond = nothing.value().zip(all_beyond.value());
        let beyond = beyond.map(|(nothing, all_beyond)| (Fp::ONE - nothing) * all_beyond);
        self.q_exempt.enable(region, row)?;
        columns.assign(region, row, BEYOND, beyond)
    }
}

/// All cells of the row.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&[MAINTENANCE, INVERSE, NOTHING, ALL_BEYOND, BEYOND]])
}
