//! What a page makes of its sums: losses of its group by column, group scans, and the unit's losses so far.

use super::column::{self, ColumnConfig, OfPage, Running, SumCells};
use super::hints::PageHint;
use super::linear::{self, LinearConfig};
use super::magnitude::{self, MagnitudeConfig};
use super::maximum::{self, MaximumConfig, Number};
use super::page::{LastCells, PageCells};
use super::tables::{ColumnConstants, PortfolioTables, Use};
use zkmargin_gadgets::halo2::*;

/// Configuration of a page's losses.
#[derive(Clone, Debug)]
pub(crate) struct GroupConfig {
    pub(crate) column: ColumnConfig,
    pub(crate) magnitude: MagnitudeConfig,
    pub(crate) maximum: MaximumConfig,
    pub(crate) linear: LinearConfig,
}

/// Losses of a unit so far, by column and by group scan; `None` before the first page and for columns that have none.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    pub(crate) columns: Vec<Option<FieldCell>>,
    pub(crate) scans: Vec<Option<FieldCell>>,
}

/// Where a page's sums come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageSums<'a> {
    pub(crate) page: &'a PageCells,
    pub(crate) last: &'a LastCells,
    /// Packed sums of the page's last slot.
    pub(crate) packed: &'a [FieldCell],
    /// Sum of entries of the page's last slot.
    pub(crate) entries: &'a FieldCell,
    /// Whether the unit's losses of the pages above are kept.
    pub(crate) keep: &'a FieldCell,
}

/// Rows of a group scan: its largest column, what the unit has, and what is added.
fn scan_rows(columns: usize) -> usize {
    maximum::rows(magnitude::LIMBS, 1 + columns) + 2 * linear::ROWS
}

/// Rows of a page's losses.
pub(crate) fn rows(tables: &PortfolioTables) -> usize {
    let columns = &tables.columns;
    let of_column = |c: &ColumnConstants| {
        let terms = c.terms.len().saturating_sub(1) * linear::ROWS;
        let magnitude = if c.magnitude { magnitude::ROWS } else { 0 };
        column::ROWS + if c.counts() { terms + magnitude } else { 0 }
    };
    let scans = (0..tables.constants.scans).map(|t| scan_rows(columns_of_scan(tables, t).count()));
    columns.iter().map(of_column).sum::<usize>() + scans.sum::<usize>()
}

fn columns_of_scan(tables: &PortfolioTables, t: usize) -> impl Iterator<Item = usize> + '_ {
    let columns = tables.columns.iter().enumerate();
    columns.filter(move |(_, c)| c.of == Use::GroupScan(t)).map(|(at, _)| at)
}

impl GroupConfig {
    /// Decides every column's sum on the rows from `offset` on, in the order of cells. Returns sums by column with their
    /// rows.
    fn sums(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: PageSums<'_>,
        tables: &PortfolioTables,
        hint: Value<&PageHint>,
    ) -> Result<Vec<(usize, SumCells)>, Error> {
        let page = of_page(of);
        let mut sums: Vec<Option<(usize, SumCells)>> = vec![None; tables.columns.len()];
        let mut row = offset;
        for (cell, packed) in tables.plan.cells().zip(of.packed) {
            let mut packed = packed.clone();
            for (place, at) in cell.columns().enumerate() {
                let is_alone = place == 1 || cell.second.is_none();
                let hints = [hint.map(|h| h.sums[at].sum), hint.map(|h| h.sums[at].negative)];
                let constants = &tables.columns[at];
                // The first column takes off the entries of both.
                let of_entries = if place == 0 { tables.entries_of(cell) } else { Fp::ZERO };
                let cells = self
                    .column
                    .sum(region, row, &packed, is_alone, page, constants, of_entries, hints)?;
                packed = cells.rest.clone();
                sums[at] = Some((row, cells));
                row += column::ROWS;
            }
        }
        sums.into_iter().collect::<Option<_>>().ok_or(Error::Synthesis)
    }

    /// Assigns the losses of a page on [`rows`] rows from `offset` on, and adds them to those of the unit so far.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: PageSums<'_>,
        losses: &mut Losses,
        tables: &PortfolioTables,
        hint: Value<&PageHint>,
    ) -> Result<(), Error> {
        let sums = self.sums(region, offset, of, tables, hint)?;
        let page = of_page(of);
        let mut row = offset + tables.columns.len() * column::ROWS;
        let mut of_scans: Vec<Vec<FieldCell>> = vec![Vec::new(); tables.constants.scans];
        for (at, constants) in tables.columns.iter().enumerate().filter(|(_, c)| c.counts()) {
            let (place, sum) = &sums[at];
            let mut terms = None;
            let (of_term, further) = match constants.terms.split_last() {
                Some(((term, _), further)) => (Some(&sums[*term].1.sum), further),
                None => (None, &[][..]),
            };
            for (term, multiplier) in further {
                let x = &sums[*term].1.sum;
                let before = terms.as_ref();
                let sum = self.linear.multiple(region, row, before, x, *multiplier)?;
                terms = Some(sum);
                row += linear::ROWS;
            }
            let terms = [terms.as_ref(), of_term];
            let mut loss = self.column.loss(region, *place, sum, terms, page, constants)?;
            let mut place = *place;
            if constants.magnitude {
                let negative = hint.map(|h| h.sums[at].loss_negative);
                let flag = &of.page.magnitudes;
                loss = self.magnitude.assign(region, row, &loss, flag, negative)?;
                place = row + magnitude::LOSS_BELOW;
                row += magnitude::ROWS;
            }
            if let Use::GroupScan(t) = constants.of {
                of_scans[t].push(loss);
                continue;
            }
            let before = losses.columns[at].take();
            let last = &of.last.of_group;
            let running = Running { before: before.as_ref(), keep: of.keep, last };
            losses.columns[at] = Some(self.column.unit(region, place, &loss, running)?);
        }
        for (t, of_scan) in of_scans.iter().enumerate() {
            let numbers: Vec<_> =
                std::iter::once(Number::Zero).chain(of_scan.iter().map(Number::Cell)).collect();
            let m = hint.map(|h| h.scans[t]);
            let (limbs, mask) = (magnitude::LIMBS, &of.last.of_group);
            let m = self.maximum.assign(region, row, limbs, &numbers, mask, m)?;
            row += maximum::rows(limbs, numbers.len());
            let before = losses.scans[t].take();
            let kept = match &before {
                Some(before) => Some(self.linear.product(region, row, None, before, of.keep)?),
                None => None,
            };
            row += linear::ROWS;
            let sum = self.linear.product(region, row, kept.as_ref(), &m, &of.page.scans[t])?;
            row += linear::ROWS;
            losses.scans[t] = Some(sum);
        }
        debug_assert_eq!(row, offset + rows(tables));
        Ok(())
    }
}

fn of_page(of: PageSums<'_>) -> OfPage<'_> {
    OfPage { positive: &of.page.positive, negative: &of.page.negative, entries: of.entries }
}
