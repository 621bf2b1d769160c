//! Where the columns of a market are in the rows of a slot.
//!
//! Two columns of one multiplier share a packed cell, five cells share a row, and a row has one multiplier. Columns that are
//! terms of others come first among those of their multiplier; otherwise the market's order stays.

use super::columns::CELLS_PER_ROW;
use zkmargin_model::portfolio::{Column, Multiplier, Role, Terms};

/// Rows of packed cells that a slot has room for at least: its order gate reads the carry on row 1.
const LEAST_HALF: usize = 2;
/// Rows of a slot at least: those of the slot itself.
const LEAST_ROWS: usize = 8;

/// One packed cell: indices of the columns whose loadings it holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PackedCell {
    pub(crate) first: usize,
    pub(crate) second: Option<usize>,
}

impl PackedCell {
    /// Indices of its columns, the lower first.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.second)
    }
}

/// Cells of one multiplier on one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CellRow {
    pub(crate) multiplier: Multiplier,
    pub(crate) cells: Vec<PackedCell>,
}

/// Rows of packed cells of a slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) rows: Vec<CellRow>,
}

impl Plan {
    pub(crate) fn of(terms: &Terms) -> Self {
        let columns = &terms.columns;
        let mut rows = Vec::new();
        for multiplier in [Multiplier::Net, Multiplier::Gross, Multiplier::Short] {
            let of_multiplier = |c: &&usize| columns[**c].multiplier == multiplier;
            let mut all: Vec<usize> = (0..columns.len()).collect();
            all.sort_by_key(|c| !is_term(&columns[*c]));
            let all: Vec<usize> = all.iter().filter(of_multiplier).copied().collect();
            let cells = all
                .chunks(2)
                .map(|pair| PackedCell { first: pair[0], second: pair.get(1).copied() });
            let cells: Vec<_> = cells.collect();
            rows.extend(
                cells
                    .chunks(CELLS_PER_ROW)
                    .map(|cells| CellRow { multiplier, cells: cells.to_vec() }),
            );
        }
        Self { rows }
    }

    /// Rows above a slot's first row of sums.
    pub(crate) fn half(&self) -> usize {
        self.rows.len().max(LEAST_HALF)
    }

    /// Rows of a slot.
    pub(crate) fn slot_rows(&self) -> usize {
        (2 * self.half()).max(LEAST_ROWS)
    }

    /// Numbers of cells that rows have, each once.
    pub(crate) fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = self.rows.iter().map(|row| row.cells.len()).collect();
        widths.sort_unstable();
        widths.dedup();
        widths
    }

    /// Cells in the order of the table's columns.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &PackedCell> {
        self.rows.iter().flat_map(|row| &row.cells)
    }
}

fn is_term(column: &Column) -> bool {
    column.role == Role::Term
}
