//! Packed sums of a slot: for each packed cell, the sum over the group so far of sizes times loadings.
//!
//! ```text
//! row       wide 0..4            wide 5
//! 0..h      packed loadings      carry
//! h..2h  q  sums                 multiplier of the row
//! ```
//!
//! `sum = carry * sum above + multiplier * loadings`, where the sum above is that of the slot above, and the carry is 1
//! within a page, and on a page's first slot says whether it continues the group of the page above. All packed cells and the
//! instrument's terms are one tuple of one lookup.

use super::columns::{MULTIPLIER, PortfolioColumns, wide};
use super::hints::SlotHint;
use super::plan::{CellRow, Plan};
use super::slot::{SlotCells, SlotConfig};
use super::table::{Read, Row};
use super::tables::TERMS;
use zkmargin_gadgets::halo2::*;
use zkmargin_model::portfolio::Multiplier;

/// Configuration of packed sums.
#[derive(Clone, Debug)]
pub(crate) struct SumsConfig {
    columns: PortfolioColumns,
    plan: Plan,
    q_terms: Selector,
    /// By the number of cells on a row.
    q_sums: Vec<(usize, Selector)>,
}

impl SumsConfig {
    /// Creates the gates of sums. Rows with the same number of cells share one.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        plan: &Plan,
    ) -> Self {
        let q_terms = meta.complex_selector();
        let q_sums: Vec<_> =
            plan.widths().into_iter().map(|cells| (cells, meta.complex_selector())).collect();
        let (half, rows) = (plan.half(), plan.slot_rows());
        for (cells, selector) in &q_sums {
            meta.create_gate("packed sums", |meta| {
                let q = meta.query_selector(*selector);
                // Counted from the row of the sums.
                let carry = columns.wide(meta, wide("carry", MULTIPLIER, 0), half);
                let multiplier = columns.wide(meta, wide("multiplier", MULTIPLIER, 0), 0);
                let constraints: Vec<_> = (0..*cells)
                    .map(|column| {
                        let loadings = columns.wide(meta, wide("loadings", column, 0), half);
                        let above = columns.wide(meta, wide("sum", column, 0), rows);
                        let sum = columns.wide(meta, wide("sum", column, 0), 0);
                        let expected = carry.clone() * above + multiplier.clone() * loadings - sum;
                        ("sum = carry sum above + multiplier loadings", expected)
                    })
                    .collect();
                Constraints::with_selector(q, constraints)
            });
        }
        Self { columns: columns.clone(), plan: plan.clone(), q_terms, q_sums }
    }

    /// What a slot looks up: the instrument's terms and its packed loadings.
    pub(crate) fn read(&self, meta: &mut VirtualCells<'_, Fp>, slot: &SlotConfig) -> Read {
        let q = meta.query_selector(self.q_terms);
        let mut tuple = slot.terms(meta).to_vec();
        for (row, of) in self.plan.rows.iter().enumerate() {
            tuple.extend((0..of.cells.len()).map(|column| {
                self.columns.wide(meta, wide("loadings", column, row), SlotConfig::TERMS_ROW)
            }));
        }
        Read { kind: Row::Loadings, q, tuple }
    }

    /// The zeros above the first slot's sums.
    pub(crate) fn origin(&self, region: &mut Region<'_, Fp>, offset: usize) -> Result<(), Error> {
        let half = self.plan.half();
        for (row, of) in self.plan.rows.iter().enumerate() {
            for column in 0..of.cells.len() {
                let at = wide("sum", column, half + row);
                self.columns.constant_wide(region, offset, at, Fp::ZERO)?;
            }
        }
        Ok(())
    }

    /// Assigns loadings and sums of a slot; `above` are the values of the sums above. Returns the sums, in the order of
    /// cells.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        above: &[Value<Fp>],
        carry: &FieldCell,
        slot: &SlotCells,
        hint: Value<&SlotHint>,
    ) -> Result<Vec<FieldCell>, Error> {
        let half = self.plan.half();
        let mut sums = Vec::with_capacity(above.len());
        for (row, CellRow { multiplier, cells }) in self.plan.rows.iter().enumerate() {
            let multiplier = match multiplier {
                Multiplier::Net => &slot.net,
                Multiplier::Gross => &slot.size,
                Multiplier::Short => &slot.short_size,
            };
            // The slot has that of its own row.
            if row != SlotConfig::CARRY_ROW {
                self.columns.copy_wide(region, offset, wide("carry", MULTIPLIER, row), carry)?;
            }
            let at = wide("multiplier", MULTIPLIER, half + row);
            let multiplier = self.columns.copy_wide(region, offset, at, multiplier)?;
            for column in 0..cells.len() {
                let number = sums.len();
                let loadings = hint.map(|h| h.terms[TERMS - 1 + number]);
                let at = wide("loadings", column, row);
                let loadings = self.columns.assign_wide(region, offset, at, loadings)?;
                let before = above.get(number).copied().unwrap_or_else(Value::unknown);
                let carried = carry.value().zip(before).map(|(carry, sum)| *carry * sum);
                let added = multiplier.value().zip(loadings.value()).map(|(x, l)| *x * l);
                let sum = carried.zip(added).map(|(carried, added)| carried + added);
                let at = wide("sum", column, half + row);
                sums.push(self.columns.assign_wide(region, offset, at, sum)?);
            }
            let selector = self.q_sums.iter().find(|(width, _)| *width == cells.len());
            let (_, selector) = selector.ok_or(Error::Synthesis)?;
            selector.enable(region, offset + half + row)?;
        }
        self.q_terms.enable(region, offset + SlotConfig::TERMS_ROW)?;
        Ok(sums)
    }

    /// Packed cells of a slot.
    pub(crate) fn cells(&self) -> usize {
        self.plan.cells().count()
    }
}
