//! The table of the market: loadings, groups and brackets one below the other, and the one lookup that reads it.
//!
//! ```text
//! column 0   columns 1 ..
//! 0          zeros: rows on which nothing is looked up
//! 1          2^58 + 2 id, group, strike, rate, value, charge, settle code, packed loadings ..
//! 2          group, unit, positive, negative, magnitudes, factor of the unit, factor of each scan ..
//! 4          key, lo, hi, slope, intercept
//! ```
//!
//! Column 0 is the kind of the row. In the lookup it is a constant times the selector of the part that reads, so a row of one
//! kind is never read as one of another. Of each kind the first row is zeros, for empty slots and pages and for lines that do
//! not count. No two parts read on one row: they are on rows of their own, as a test in `layout.rs` has it. Kinds are powers of two, so that no two of them
//! would add up to a third.

use super::tables::{GROUP_COLUMNS, PortfolioTables, TERMS};
use zkmargin_gadgets::bracket::{TABLE_COLUMNS, load_table};
use zkmargin_gadgets::cell::constant;
use zkmargin_gadgets::halo2::*;

/// Columns of a bracket whose line is not rounded.
const BRACKET_COLUMNS: usize = TABLE_COLUMNS - 1;

/// What a row of the table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// Terms and loadings of an instrument.
    Loadings = 1,
    /// A group.
    Group = 2,
    /// A row of a bracketed line.
    Bracket = 4,
}

/// What a part of the circuit looks up on the rows of its selector.
pub(crate) struct Read {
    pub(crate) kind: Row,
    pub(crate) q: Expression<Fp>,
    pub(crate) tuple: Vec<Expression<Fp>>,
}

/// The table's columns.
#[derive(Clone, Debug)]
pub(crate) struct TableConfig {
    columns: Vec<TableColumn>,
    /// Selectors of what reads it.
    #[cfg(test)]
    pub(crate) readers: Vec<Expression<Fp>>,
}

impl TableConfig {
    /// Creates the table of a market with a number of packed cells, and the lookup of all that is read in it.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        cells: usize,
        reads: impl Fn(&mut VirtualCells<'_, Fp>) -> Vec<Read>,
    ) -> Self {
        let width = (TERMS + cells).max(GROUP_COLUMNS).max(BRACKET_COLUMNS);
        let columns: Vec<_> = (0..1 + width).map(|_| meta.lookup_table_column()).collect();
        #[cfg(test)]
        let mut readers = Vec::new();
        meta.lookup(|meta| {
            let mut inputs: Vec<Option<Expression<Fp>>> = vec![None; columns.len()];
            for Read { kind, q, tuple } in reads(meta) {
                #[cfg(test)]
                readers.push(q.clone());
                let kind = std::iter::once(constant(kind as u64));
                for (input, part) in inputs.iter_mut().zip(kind.chain(tuple)) {
                    let part = q.clone() * part;
                    *input = Some(match input.take() {
                        Some(others) => others + part,
                        None => part,
                    });
                }
            }
            let inputs = inputs.into_iter().map(|input| input.unwrap_or(constant(0)));
            inputs.zip(columns.iter().copied()).collect()
        });
        Self {
            columns,
            #[cfg(test)]
            readers,
        }
    }

    /// Fills the table.
    pub(crate) fn load(
        &self,
        layouter: &mut impl Layouter<Fp>,
        tables: &PortfolioTables,
    ) -> Result<(), Error> {
        load_table(layouter, "market", &self.columns, &self.rows(tables))
    }

    fn rows(&self, tables: &PortfolioTables) -> Vec<Vec<Fp>> {
        let row = |kind: Row, of: &[Fp]| {
            let mut row = vec![Fp::ZERO; self.columns.len()];
            row[0] = Fp::from(kind as u64);
            row[1..].iter_mut().zip(of).for_each(|(cell, value)| *cell = *value);
            row
        };
        let zero = vec![Fp::ZERO; self.columns.len()];
        let loadings = tables.loadings().iter().map(|of| row(Row::Loadings, of));
        let groups = tables.groups().iter().map(|of| row(Row::Group, of));
        let brackets = tables.brackets().iter();
        let brackets = brackets.map(|of| row(Row::Bracket, &of[..BRACKET_COLUMNS]));
        std::iter::once(zero).chain(loadings).chain(groups).chain(brackets).collect()
    }
}
