//! The book of the isolated position that a claim is about only: its equity and requirement are those that the claim and
//! the margin commitment read.
//!
//! ```text
//! row  aux 0        aux 1        aux 2      aux 3        aux 4
//! 0    key          name         named      found in     found out
//! 1    pnl          equity       intercept  requirement
//! 2    slope        x
//! 3    equity       equity unit  E
//! 4    requirement  unit         MM
//! ```
//!
//! The first row is that of a [named position](crate::named). The rows are of each of the first slots, without the last
//! two, which are below them once. What is said of the requirement is as in an [isolated book](crate::book): that of an
//! exact one is a tier row, of every other the figure itself.

use crate::book::{BookCells, BookConstants, has_row};
use crate::named::{self, NamedCells, NamedConfig, NamedHint};
use crate::position::requirement::Unconverted;
use crate::valuation::Valuation;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::rule::{MAX_ISOLATED, Profile};

/// Rows of a slot.
const SLOT: usize = 3;
/// Rows below all slots.
const BOOK: usize = 2;

/// How many of the first slots can have the position: isolated ones come first.
const fn slots(positions: usize) -> usize {
    if positions < MAX_ISOLATED { positions } else { MAX_ISOLATED }
}

/// Rows of the block.
pub(crate) const fn rows(positions: usize) -> usize {
    slots(positions) * SLOT + BOOK
}

/// Profit and loss with the assigned margin, in settlement units: 166 bits and a sign.
const PNL: At = aux("pnl", 0, 1);
/// That of the position that is named.
const EQUITY: At = aux("equity", 1, 1);
/// The last quotient of a rounded requirement, 135 bits, or one without tiers, by those of a family or of the general
/// profile, 196 bits.
const FIGURE: At = aux("y", 2, 1);
// The tier row of an exact one with tiers.
const INTERCEPT: At = aux("intercept", 2, 1);
const SLOPE: At = aux("slope", 0, 2);
const X: At = aux("x", 1, 2);
/// The requirement's last figure of the position that is named.
const REQUIREMENT: At = aux("requirement", 3, 1);

/// Row of the gate of a slot.
const OF_SLOT: usize = 1;

const EQUITY_COPY: At = aux("equity", 0, 0);
/// From settlement units to units of the requirement, times 10,000: 54 bits. A constant of the market.
const EQUITY_UNIT: At = aux("equity unit", 1, 0);
/// Equity of the book, in units of its requirement: 207 bits and a sign.
const E: At = aux("E", 2, 0);
const REQUIREMENT_COPY: At = aux("requirement", 0, 1);
/// From the requirement's last figure to its own unit: 72 bits. A constant of the market.
const UNIT: At = aux("unit", 1, 1);
/// Requirement of the book, before it is converted: 196 bits.
const MM: At = aux("MM", 2, 1);

/// Row of the gate of the book.
const OF_BOOK: usize = 0;

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(crate) struct OnlyConfig {
    columns: Columns,
    named: NamedConfig,
    q_slot: Selector,
    q_book: Selector,
}

impl OnlyConfig {
    /// Creates the gates.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
    ) -> Self {
        let named = NamedConfig::configure(meta, columns, false);
        let (q_slot, q_book) = (meta.selector(), meta.selector());
        meta.create_gate("figures of the named position", |meta| {
            let q = meta.query_selector(q_slot);
            let [named, pnl, equity, requirement] =
                columns.query_all(meta, [named::NAMED, PNL, EQUITY, REQUIREMENT], OF_SLOT);
            let figure = if has_row(profile) {
                let [slope, x, intercept] = columns.query_all(meta, [SLOPE, X, INTERCEPT], OF_SLOT);
                slope * x + intercept
            } else {
                columns.query(meta, FIGURE, OF_SLOT)
            };
            Constraints::with_selector(
                q,
                [
                    ("equity is the named pnl", named.clone() * (pnl - equity)),
                    ("requirement is the named one", named * (figure - requirement)),
                ],
            )
        });
        meta.create_gate("book of the named position", |meta| {
            let q = meta.query_selector(q_book);
            let [equity, equity_unit, e] =
                columns.query_all(meta, [EQUITY_COPY, EQUITY_UNIT, E], OF_BOOK);
            let [requirement, unit, mm] =
                columns.query_all(meta, [REQUIREMENT_COPY, UNIT, MM], OF_BOOK);
            let ten_thousand = Fp::from(u64::from(MARGIN_BPS));
            Constraints::with_selector(
                q,
                [
                    (
                        "10000 E = equity in the requirement's unit",
                        equity * equity_unit - e * ten_thousand,
                    ),
                    ("MM in its own unit", requirement * unit - mm),
                ],
            )
        });
        Self { columns: columns.clone(), named, q_slot, q_book }
    }

    /// Assigns the block from `offset` on, for slots with these keys; and returns the book's equity and requirement, and
    /// the position's name.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign<'a>(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: impl Iterator<Item = (&'a FieldCell, &'a BookCells, NamedHint)>,
        constants: BookConstants,
    ) -> Result<(Valuation, FieldCell), Error> {
        let columns = &self.columns;
        let of: Vec<_> = of.take(MAX_ISOLATED).collect();
        let figures = of.iter().map(|(_, book, _)| (book.pnl.value(), figure(&book.requirement)));
        let named = of.iter().map(|(_, _, hint)| hint.named);
        let (equity, requirement) = named.zip(figures).fold(
            (Value::known(Fp::ZERO), Value::known(Fp::ZERO)),
            |(equity, requirement), (named, (pnl, figure))| {
                let add = |sum: Value<Fp>, of: Value<Fp>| {
                    sum.zip(named).zip(of).map(|((sum, named), of)| sum + named * of)
                };
                (add(equity, pnl.copied()), add(requirement, figure))
            },
        );
        let mut last: Option<(NamedCells, [FieldCell; 2])> = None;
        let mut row = offset;
        for (key, book, hint) in of {
            let previous = last.as_ref().map(|(named, _)| named);
            let named = self.named.assign(region, row, previous, key, hint)?;
            columns.copy(region, row, PNL, &book.pnl)?;
            match &book.requirement {
                Unconverted::Figure(y) => {
                    columns.copy(region, row, FIGURE, y)?;
                }
                Unconverted::Line(line) => {
                    columns.copy(region, row, INTERCEPT, &line.intercept)?;
                    columns.copy(region, row, SLOPE, &line.slope)?;
                    columns.copy(region, row, X, &line.x)?;
                }
            }
            let figures = match &last {
                None => [
                    columns.assign(region, row, EQUITY, equity)?,
                    columns.assign(region, row, REQUIREMENT, requirement)?,
                ],
                Some((_, [equity, requirement])) => [
                    columns.copy(region, row, EQUITY, equity)?,
                    columns.copy(region, row, REQUIREMENT, requirement)?,
                ],
            };
            self.q_slot.enable(region, row + OF_SLOT)?;
            last = Some((named, figures));
            row += SLOT;
        }
        let (named, [equity, requirement]) = last.ok_or(Error::Synthesis)?;
        named::is_found(region, &named)?;
        let valuation = self.book(region, row, [&equity, &requirement], constants)?;
        Ok((valuation, named.name))
    }

    /// Assigns the last rows.
    fn book(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        [equity, requirement]: [&FieldCell; 2],
        constants: BookConstants,
    ) -> Result<Valuation, Error> {
        let columns = &self.columns;
        let equity = columns.copy(region, row, EQUITY_COPY, equity)?;
        columns.constant(region, row, EQUITY_UNIT, constants.equity_unit)?;
        let ten_thousand = Fp::from(u64::from(MARGIN_BPS)).invert().unwrap_or(Fp::ZERO);
        let of_pnl = constants.equity_unit * ten_thousand;
        let e = equity.value().map(|equity| *equity * of_pnl);
        let equity = columns.assign(region, row, E, e)?;
        let requirement = columns.copy(region, row, REQUIREMENT_COPY, requirement)?;
        columns.constant(region, row, UNIT, constants.unit)?;
        let mm = requirement.value().map(|requirement| *requirement * constants.unit);
        let maintenance = columns.assign(region, row, MM, mm)?;
        self.q_book.enable(region, row + OF_BOOK)?;
        Ok(Valuation { equity, maintenance })
    }
}

/// A requirement's last figure.
fn figure(of: &Unconverted) -> Value<Fp> {
    match of {
        Unconverted::Figure(y) => y.value().copied(),
        Unconverted::Line(line) => {
            let figure = line.slope.value().zip(line.x.value()).zip(line.intercept.value());
            figure.map(|((slope, x), intercept)| *slope * x + intercept)
        }
    }
}

/// All cells of the last slot and of the book below it.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::{of, place};
    let figure = if has_row(profile) { vec![INTERCEPT, SLOPE, X] } else { vec![FIGURE] };
    let book = [EQUITY_COPY, EQUITY_UNIT, E, REQUIREMENT_COPY, UNIT, MM];
    [of(&[&named::CELLS, &[PNL, EQUITY, REQUIREMENT]]), figure, place(&[&book], SLOT, |name| name)]
        .concat()
}

/// First row of the last slot, and how many rows are from it on.
#[cfg(test)]
pub(crate) const fn last_slot(positions: usize) -> (usize, usize) {
    ((slots(positions) - 1) * SLOT, SLOT + BOOK)
}
