//! Whether the marks by which an answer values positions are those of the snapshot, nearly: marks of another time or of another
//! list make other figures than the venue's.
//!
//! A position has a mark, or its notional implies one, or its profit and entry price do. Where an answer has none of these,
//! nothing says so.

use super::stated::{FigureKind, StatedPosition, VenueFigures};
use super::{ImportError, VenueFigure, magnitude};
use crate::portfolio::figure::{less, product, sum};
use crate::{Instrument, KindFile, Schedule, SnapshotFile};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Digits of the part by which marks may have moved between two answers: 10^-2.
const MOVED: u32 = 2;

/// A unit of the last of so many digits after the point.
fn unit(decimals: u32) -> Decimal {
    Decimal::from_scaled(&1.into(), decimals)
}

/// The figure of this kind about a position.
fn figure<'a>(
    stated: &'a VenueFigures,
    p: &StatedPosition,
    kind: FigureKind,
) -> Option<(&'a VenueFigure, &'a Decimal)> {
    let subject = p.subject();
    let found = stated.figures.iter().find(|of| of.kind == kind && of.subject == subject)?;
    Some((found, found.value.as_ref()?))
}

/// By how much the value of a position is another one at the answer's mark than at this one, and by how much digits explain.
fn apart(
    stated: &VenueFigures,
    p: &StatedPosition,
    of: &Instrument,
    mark: &Decimal,
) -> Option<(Decimal, Decimal)> {
    let size = magnitude(&p.size);
    if let Some(own) = &p.mark {
        let implied = figure(stated, p, FigureKind::Notional).filter(|_| p.mark_is_implied);
        let none = Decimal::from_scaled(&BigInt::ZERO, 0);
        let digits = implied.map_or(none, |(of, _)| unit(of.decimals));
        return Some((product(&size, &magnitude(&sum(own, &less(mark)))), digits));
    }
    // A profit by the mark, of a contract whose profit is a multiple of what the mark moved.
    if of.kind != KindFile::Linear {
        return None;
    }
    let (stated, profit) = figure(stated, p, FigureKind::UnrealizedProfit)?;
    let entry = p.entry_price.as_ref()?;
    let at_mark = product(&product(&p.size, &of.multiplier), &sum(mark, &less(&entry.price)));
    let shown = product(&product(&size, &of.multiplier), &unit(entry.decimals));
    Some((magnitude(&sum(&at_mark, &less(profit))), sum(&unit(stated.decimals), &shown)))
}

/// Compares them.
///
/// # Errors
/// [`ImportError::TimesApart`] at the position whose mark is another one.
pub(super) fn check(
    stated: &VenueFigures,
    schedule: &Schedule,
    snapshot: &SnapshotFile,
) -> Result<(), ImportError> {
    let marks = snapshot.instruments.iter().filter_map(|price| {
        let mark = Decimal::parse(price.mark.as_ref()?.as_str()).ok()?;
        Some((price.instrument.as_str(), mark))
    });
    let marks: BTreeMap<_, _> = marks.collect();
    for p in &stated.positions {
        let listed = schedule.instrument(&p.instrument).zip(marks.get(p.instrument.as_str()));
        let Some((instrument, mark)) = listed else { continue };
        let Some((apart, digits)) = apart(stated, p, instrument, mark) else { continue };
        let size = match p.mark {
            Some(_) => magnitude(&p.size),
            None => product(&magnitude(&p.size), &instrument.multiplier),
        };
        let moved = product(&product(&size, &magnitude(mark)), &unit(MOVED));
        if sum(&apart, &less(&sum(&moved, &digits))).coefficient().is_positive() {
            return Err(ImportError::TimesApart {
                pointer: p.place.clone(),
                message: "is valued at a mark that differs from that of the answer with the prices by more than 1 %"
                    .to_owned(),
            });
        }
    }
    Ok(())
}
