//! Whether each size has the sign that its profit has: a size that is signed by itself can have lost it.
//!
//! A position's profit has the sign of its size times that of the mark's distance from the entry price, of a linear contract
//! and of an inverse one alike. So a profit, an entry price and a mark say which side a position is on, and a size that has
//! the other sign is refused. Where the mark is nearly the entry price, or the answer has no profit, nothing says so.

use super::stated::{FigureKind, StatedPosition, VenueFigures};
use super::{ImportError, magnitude};
use crate::portfolio::figure::{less, product, sum};
use crate::{Schedule, SnapshotFile};
use num_bigint::Sign;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Part of the entry price by which a mark that a notional implies is farther from it than digits are rounded by: 10^-4.
const IMPLIED_MARK: u32 = 4;
/// The same of a mark of the snapshot, which may have moved since the answer: 10^-2.
const OTHER_MARK: u32 = 2;

/// The mark that the snapshot has of an instrument.
fn mark_of(snapshot: &SnapshotFile, instrument: &str) -> Option<Decimal> {
    let listed = snapshot.instruments.iter().find(|price| price.instrument == instrument)?;
    Decimal::parse(listed.mark.as_ref()?.as_str()).ok()
}

/// Whether the profit says that the position is on the other side; `None` if nothing says which.
fn is_reversed(p: &StatedPosition, profit: &Decimal, snapshot: &SnapshotFile) -> Option<bool> {
    let shown = p.entry_price.as_ref()?;
    let entry = &shown.price;
    let part = |digits| product(entry, &Decimal::from_scaled(&1.into(), digits));
    let (mark, least) = match &p.mark {
        Some(mark) if p.mark_is_implied => (mark.clone(), part(IMPLIED_MARK)),
        // Both prices are shown with so many digits.
        Some(mark) => (mark.clone(), Decimal::from_scaled(&1.into(), shown.decimals)),
        None => (mark_of(snapshot, &p.instrument)?, part(OTHER_MARK)),
    };
    if !entry.coefficient().is_positive() || !mark.coefficient().is_positive() {
        return None;
    }
    let distance = sum(&mark, &less(entry));
    if !sum(&magnitude(&distance), &less(&least)).coefficient().is_positive() {
        return None;
    }
    let expected = distance.coefficient().sign() * p.size.coefficient().sign();
    let found = profit.coefficient().sign();
    (found != Sign::NoSign).then_some(found == -expected)
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
    for p in &stated.positions {
        let subject = p.subject();
        let is_profit = |f: &&super::VenueFigure| {
            f.kind == FigureKind::UnrealizedProfit && f.subject == subject
        };
        let Some(figure) = stated.figures.iter().find(is_profit) else { continue };
        let Some(profit) = &figure.value else { continue };
        if schedule.instrument(&p.instrument).is_none() {
            continue;
        }
        if is_reversed(p, profit, snapshot) == Some(true) {
            let (side, other) = match p.side() {
                zkmargin_model::rule::Side::Long => ("long", "short"),
                zkmargin_model::rule::Side::Short => ("short", "long"),
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
