//! Whether each size has the sign that its profit has: a size that is signed by itself can have lost it.
//!
//! A position's profit has the sign of its size times that of the mark's distance from the entry price, of a linear contract
//! and of an inverse one alike. So a profit, an entry price and a mark say which side a position is on, and a size that has
//! the other sign is refused. An answer without a mark can state an initial margin that is a part of the value by the
//! position's leverage, which says as much. Where the mark is nearly the entry price, or the answer has no profit, nothing
//! says so.

use super::figure_index::FigureIndex;
use super::stated::{FigureKind, InitialRate, StatedPosition, VenueFigures};
use super::{ImportError, magnitude};
use crate::portfolio::figure::{less, product, sum};
use crate::{Instrument, KindFile, Schedule, SnapshotFile};
use num_bigint::Sign;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::Side;

/// Part of the entry price by which a mark that a notional implies is farther from it than digits are rounded by: 10^-4.
const IMPLIED_MARK: u32 = 4;
/// The same of a mark of the snapshot, which may have moved since the answer: 10^-2.
const OTHER_MARK: u32 = 2;

/// A figure if it is farther from nothing than this.
fn beyond(figure: Decimal, least: &Decimal) -> Option<Sign> {
    let is_beyond = sum(&magnitude(&figure), &less(least)).coefficient().is_positive();
    is_beyond.then(|| figure.coefficient().sign())
}

/// What says on which side of its entry price a position's mark is.
struct Prices<'a> {
    stated: &'a VenueFigures,
    figures: &'a FigureIndex<'a>,
    marks: BTreeMap<&'a str, Decimal>,
}

impl<'a> Prices<'a> {
    fn new(
        stated: &'a VenueFigures,
        figures: &'a FigureIndex<'a>,
        snapshot: &'a SnapshotFile,
    ) -> Self {
        let marks = snapshot.instruments.iter().filter_map(|price| {
            let mark = Decimal::parse(price.mark.as_ref()?.as_str()).ok()?;
            Some((price.instrument.as_str(), mark))
        });
        Self { stated, figures, marks: marks.collect() }
    }

    /// Whether the mark is above the entry price or below it; `None` if it is nearly the same, or nothing says.
    fn side_of_entry(&self, p: &StatedPosition, of: &Instrument) -> Option<Sign> {
        let shown = p.entry_price.as_ref()?;
        let entry = &shown.price;
        if !entry.coefficient().is_positive() {
            return None;
        }
        let part = |digits| product(entry, &Decimal::from_scaled(&1.into(), digits));
        // Both prices are shown with so many digits.
        let unit = Decimal::from_scaled(&1.into(), shown.decimals);
        let from = |mark: &Decimal, least: &Decimal| {
            let is_price = mark.coefficient().is_positive();
            beyond(sum(mark, &less(entry)), least).filter(|_| is_price)
        };
        match (p.mark_beside(), p.implied_mark(of)) {
            (Some(mark), _) => from(mark, &unit),
            (None, Some(mark)) => from(&mark, &part(IMPLIED_MARK)),
            (None, None) => self
                .by_initial_margin(p, of, entry, &unit)
                .or_else(|| from(self.marks.get(p.instrument.as_str())?, &part(OTHER_MARK))),
        }
    }

    /// The same by the initial margin, where that is the value at the mark over the leverage, rounded.
    fn by_initial_margin(
        &self,
        p: &StatedPosition,
        of: &Instrument,
        entry: &Decimal,
        entry_unit: &Decimal,
    ) -> Option<Sign> {
        let rounding = self.stated.initial_rounding?;
        let Some(InitialRate::Leverage(leverage)) = &p.initial_rate else { return None };
        let initial = self.figures.of(p, FigureKind::Initial)?.value.as_ref()?;
        if !initial.coefficient().is_positive() || !leverage.coefficient().is_positive() {
            return None;
        }
        let now = product(initial, leverage);
        let at_entry = p.value_at(of, entry)?;
        // What the margin, the value that it is of and the entry price are rounded by.
        let rounded = product(leverage, &Decimal::from_scaled(&2.into(), rounding.decimals));
        let nearby = magnitude(&sum(&p.value_at(of, &sum(entry, entry_unit))?, &less(&at_entry)));
        let sign = beyond(sum(&now, &less(&at_entry)), &sum(&rounded, &nearby))?;
        // An inverse contract is worth less of its coin the higher the price.
        Some(if of.kind == KindFile::Inverse { -sign } else { sign })
    }
}

/// Compares the sign of each size that the answer lists with that of its profit.
///
/// # Errors
/// [`ImportError`] at the profit if it is that of the other side.
pub(super) fn check(
    stated: &VenueFigures,
    schedule: &Schedule,
    snapshot: &SnapshotFile,
) -> Result<(), ImportError> {
    let figures = FigureIndex::new(stated);
    let prices = Prices::new(stated, &figures, snapshot);
    for p in &stated.positions {
        let Some(figure) = figures.of(p, FigureKind::UnrealizedProfit) else { continue };
        let profit = figure.value.as_ref().map(|profit| profit.coefficient().sign());
        let Some(profit) = profit.filter(|sign| *sign != Sign::NoSign) else { continue };
        let Some(instrument) = schedule.instrument(&p.instrument) else { continue };
        let expected = prices.side_of_entry(p, instrument);
        let expected = expected.map(|sign| sign * p.size.coefficient().sign());
        if expected == Some(-profit) {
            let (side, other) = match p.side() {
                Side::Long => ("long", "short"),
                Side::Short => ("short", "long"),
            };
            return Err(ImportError::Source {
                pointer: figure.place.clone(),
                message: format!(
                    "is the profit of a {other} position by entry price and mark, but the size is of a {side} one"
                ),
                help: None,
            });
        }
    }
    Ok(())
}
