//! What a position adds to the cross book: nothing, if it is isolated.
//!
//! ```text
//! row  aux 0  aux 1  aux 2       aux 3      aux 4
//! 0    cross  pnl    conversion  cross pnl  cross conversion
//! ```
//!
//! The row is the last of the requirement's tier row, which leaves these cells free.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;

/// 1 for a position in the cross book.
const CROSS: At = aux("cross", 0, 0);
/// Profit and loss of the position.
const PNL: At = aux("pnl", 1, 0);
/// From the requirement's last figure to margin units.
const CONVERSION: At = aux("conversion", 2, 0);
/// Profit and loss in the cross book.
const CROSS_PNL: At = aux("cross pnl", 3, 0);
/// From the requirement's last figure to margin units of the cross book.
const CROSS_CONVERSION: At = aux("cross conversion", 4, 0);

/// Configuration of the row.
#[derive(Clone, Debug)]
pub(super) struct CrossConfig {
    columns: Columns,
    q_cross: Selector,
}

/// What a position adds to the cross book.
#[derive(Clone, Debug)]
pub(super) struct CrossCells {
    /// Its profit and loss.
    pub(super) pnl: FieldCell,
    /// From the requirement's last figure to margin units.
    pub(super) conversion: FieldCell,
}

impl CrossConfig {
    /// Creates the gate.
    pub(super) fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let q_cross = meta.selector();
        meta.create_gate("cross book", |meta| {
            let q = meta.query_selector(q_cross);
            let [cross, pnl, conversion, cross_pnl, cross_conversion] =
                columns.query_all(meta, [CROSS, PNL, CONVERSION, CROSS_PNL, CROSS_CONVERSION], 0);
            let one = Expression::Constant(Fp::ONE);
            Constraints::with_selector(
                q,
                [
                    ("cross is boolean", cross.clone() * (one - cross.clone())),
                    ("pnl of the cross book", cross.clone() * pnl - cross_pnl),
                    ("conversion of the cross book", cross * conversion - cross_conversion),
                ],
            )
        });
        Self { columns: columns.clone(), q_cross }
    }

    /// Assigns the row.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        cross: &FieldCell,
        pnl: &FieldCell,
        conversion: &FieldCell,
    ) -> Result<CrossCells, Error> {
        let columns = &self.columns;
        let cross = columns.copy(region, row, CROSS, cross)?;
        let pnl = columns.copy(region, row, PNL, pnl)?;
        let conversion = columns.copy(region, row, CONVERSION, conversion)?;
        let product = |of: &FieldCell| cross.value().zip(of.value()).map(|(cross, of)| *cross * of);
        let cells = CrossCells {
            pnl: columns.assign(region, row, CROSS_PNL, product(&pnl))?,
            conversion: columns.assign(region, row, CROSS_CONVERSION, product(&conversion))?,
        };
        self.q_cross.enable(region, row)?;
        Ok(cells)
    }
}

/// All cells of the row.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&[CROSS, PNL, CONVERSION, CROSS_PNL, CROSS_CONVERSION]])
}
