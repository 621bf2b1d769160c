//! Columns of the portfolio circuit: those of all gadgets, six wide ones, and fixed parameters of the market.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, Place};
use zkmargin_gadgets::halo2::*;

/// Packed cells on one row of a slot.
pub(crate) const CELLS_PER_ROW: usize = 5;
/// The column of what a row's cells are multiplied by.
pub(crate) const MULTIPLIER: usize = CELLS_PER_ROW;
/// Fixed columns of parameters.
pub(crate) const PARAMETERS: usize = 4;

/// A cell of a wide column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wide {
    /// What it holds.
    pub(crate) name: &'static str,
    /// Its column.
    pub(crate) column: usize,
    /// Its row, counted from the part's first.
    pub(crate) row: usize,
}

/// A wide cell.
pub(crate) const fn wide(name: &'static str, column: usize, row: usize) -> Wide {
    Wide { name, column, row }
}

/// Columns of the circuit.
#[derive(Clone, Debug)]
pub(crate) struct PortfolioColumns {
    /// Limbs and auxiliary columns.
    pub(crate) shared: Columns,
    /// Packed loadings and their sums, and beside them what they are multiplied by.
    pub(crate) wide: [Column<Advice>; CELLS_PER_ROW + 1],
    /// Constants of the market that gates read.
    parameters: [Column<Fixed>; PARAMETERS],
}

impl PortfolioColumns {
    pub(crate) fn configure(meta: &mut ConstraintSystem<Fp>) -> Self {
        let shared = Columns::configure(meta);
        let wide = std::array::from_fn(|_| meta.advice_column());
        for column in wide {
            meta.enable_equality(column);
        }
        let parameters = std::array::from_fn(|_| meta.fixed_column());
        Self { shared, wide, parameters }
    }

    /// Columns of holder and path: wide ones, which nothing takes below the losses of the last page.
    pub(crate) fn of_membership(&self) -> Columns {
        Columns { limbs: self.shared.limbs, aux: std::array::from_fn(|column| self.wide[column]) }
    }

    /// An auxiliary cell, or the number in limbs, of the part whose gate is on row `gate`, `before` rows further up.
    pub(crate) fn far(
        &self,
        meta: &mut VirtualCells<'_, Fp>,
        at: At,
        gate: usize,
        before: usize,
    ) -> Expression<Fp> {
        let rotation = Rotation(at.row as i32 - gate as i32 - before as i32);
        match at.place {
            Place::Aux(column) => meta.query_advice(self.shared.aux[column], rotation),
            // Limbs are read only by gates beside them.
            Place::Limbs { .. } => self.shared.query(meta, at, gate),
        }
    }

    /// A wide cell, for a gate on row `gate`.
    pub(crate) fn wide(
        &self,
        meta: &mut VirtualCells<'_, Fp>,
        at: Wide,
        gate: usize,
    ) -> Expression<Fp> {
        let rotation = Rotation(at.row as i32 - gate as i32);
        meta.query_advice(self.wide[at.column], rotation)
    }

    /// The parameters on a gate's row.
    pub(crate) fn parameters<const N: usize>(
        &self,
        meta: &mut VirtualCells<'_, Fp>,
    ) -> [Expression<Fp>; N] {
        std::array::from_fn(|i| meta.query_fixed(self.parameters[i]))
    }

    /// Assigns the parameters of a gate on row `row` of the region.
    pub(crate) fn fix(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        values: &[Fp],
    ) -> Result<(), Error> {
        self.parameters.iter().zip(values).try_for_each(|(column, value)| {
            region.assign_fixed(|| "parameter", *column, row, || Value::known(*value)).map(|_| ())
        })
    }

    pub(crate) fn assign_wide(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: Wide,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        region.assign_advice(|| at.name, self.wide[at.column], offset + at.row, || value)
    }

    pub(crate) fn copy_wide(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: Wide,
        cell: &FieldCell,
    ) -> Result<FieldCell, Error> {
        cell.copy_advice(|| at.name, region, self.wide[at.column], offset + at.row)
    }

    pub(crate) fn constant_wide(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: Wide,
        value: Fp,
    ) -> Result<FieldCell, Error> {
        let column = self.wide[at.column];
        region.assign_advice_from_constant(|| at.name, column, offset + at.row, value)
    }

    /// Copies a cell, or assigns the constant that starts a chain of copies.
    pub(crate) fn copy_or_constant_wide(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: Wide,
        cell: Option<&FieldCell>,
        start: Fp,
    ) -> Result<FieldCell, Error> {
        match cell {
            Some(cell) => self.copy_wide(region, offset, at, cell),
            None => self.constant_wide(region, offset, at, start),
        }
    }
}
