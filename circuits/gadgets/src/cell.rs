//! Cells of a layout by name.
//!
//! A part of the circuit, such as a gadget or a slot, is a few rows of the shared columns. Each of its
//! cells is a constant: what it holds, its column, and its row counted from the part's first row.
//! Gates query these constants and assignments fill them, and a test prints the part's table in its
//! header and its book page from them.

use crate::Columns;
use crate::halo2::*;
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::LIMB_BITS;

/// Where a cell is on its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Limb columns that together hold one number, lowest limb first.
    Limbs {
        /// First column.
        first: usize,
        /// Number of columns.
        count: usize,
    },
    /// An auxiliary column.
    Aux(usize),
}

/// A cell of a part, or limbs on one row that hold one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// What it holds.
    pub name: &'static str,
    /// Its columns.
    pub place: Place,
    /// Its row, counted from the part's first.
    pub row: usize,
}

/// A cell of an auxiliary column.
pub const fn aux(name: &'static str, column: usize, row: usize) -> At {
    At { name, place: Place::Aux(column), row }
}

/// Limbs of one row.
pub const fn limbs(name: &'static str, first: usize, count: usize, row: usize) -> At {
    At { name, place: Place::Limbs { first, count }, row }
}

impl At {
    /// The same cell of a gadget that starts `rows` rows below the first row of the part that uses it.
    pub const fn below(self, rows: usize) -> Self {
        Self { row: self.row + rows, ..self }
    }

    /// The same cell under another name.
    pub const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }
}

/// The cells of a gadget that starts `rows` rows below, all under one name.
pub const fn placed<const N: usize>(
    mut cells: [At; N],
    rows: usize,
    name: &'static str,
) -> [At; N] {
    let mut i = 0;
    while i < N {
        cells[i] = cells[i].below(rows).named(name);
        i += 1;
    }
    cells
}

/// A small constant in a gate.
pub fn constant(value: u64) -> Expression<Fp> {
    Expression::Constant(Fp::from(value))
}

/// Zero exactly when the expression is 0 or 1.
pub fn is_boolean(x: &Expression<Fp>) -> Expression<Fp> {
    x.clone() * (constant(1) - x.clone())
}

/// Cells of a part whose first row is `offset`, and expressions for gates on row `gate` of it.
impl Columns {
    /// The cell, or the number in the limbs, for a gate whose selector is on row `gate` of the part.
    ///
    /// # Panics
    /// When the two are more than one row apart: gates see only the rows directly above and below.
    pub fn query(&self, meta: &mut VirtualCells<'_, Fp>, at: At, gate: usize) -> Expression<Fp> {
        let rotation = Rotation(at.row as i32 - gate as i32);
        assert!(rotation.0.abs() <= 1, "{at:?} is out of reach of a gate on row {gate}");
        match at.place {
            Place::Aux(column) => meta.query_advice(self.aux[column], rotation),
            Place::Limbs { first, count: 1 } => meta.query_advice(self.limbs[first], rotation),
            Place::Limbs { first, count } => self.limbs[first..first + count]
                .iter()
                .zip(0..)
                .map(|(limb, i)| meta.query_advice(*limb, rotation) * power_of_two(LIMB_BITS * i))
                .reduce(|sum, term| sum + term)
                .unwrap_or(Expression::Constant(Fp::ZERO)),
        }
    }

    /// Several cells at once.
    pub fn query_all<const N: usize>(
        &self,
        meta: &mut VirtualCells<'_, Fp>,
        cells: [At; N],
        gate: usize,
    ) -> [Expression<Fp>; N] {
        cells.map(|at| self.query(meta, at, gate))
    }

    /// The column of an auxiliary cell. Limbs are assigned only by the range check.
    fn aux_column(&self, at: At) -> Result<Column<Advice>, Error> {
        match at.place {
            Place::Aux(column) => Ok(self.aux[column]),
            Place::Limbs { .. } => Err(Error::Synthesis),
        }
    }

    /// Assigns a value that only gates constrain.
    ///
    /// # Errors
    /// From the layouter, or when the cell is not auxiliary.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: At,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        region.assign_advice(|| at.name, self.aux_column(at)?, offset + at.row, || value)
    }

    /// Assigns a copy of another cell.
    ///
    /// # Errors
    /// From the layouter, or when the cell is not auxiliary.
    pub fn copy(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: At,
        cell: &FieldCell,
    ) -> Result<FieldCell, Error> {
        cell.copy_advice(|| at.name, region, self.aux_column(at)?, offset + at.row)
    }

    /// Assigns a constant of the circuit.
    ///
    /// # Errors
    /// From the layouter, or when the cell is not auxiliary.
    pub fn constant(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: At,
        value: Fp,
    ) -> Result<FieldCell, Error> {
        let column = self.aux_column(at)?;
        region.assign_advice_from_constant(|| at.name, column, offset + at.row, value)
    }

    /// Copies a cell, or assigns the constant that starts a chain of copies.
    ///
    /// # Errors
    /// From the layouter, or when the cell is not auxiliary.
    pub fn copy_or_constant(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        at: At,
        cell: Option<&FieldCell>,
        start: Fp,
    ) -> Result<FieldCell, Error> {
        match cell {
            Some(cell) => self.copy(region, offset, at, cell),
            None => self.constant(region, offset, at, start),
        }
    }
}
