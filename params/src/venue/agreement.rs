//! Whether what an answer states of one position agrees: a size, or a price at entry, that was misread contradicts the rest.
//!
//! A position's value is its size at its mark, and its profit is the value less that at entry: of an inverse contract, whose
//! value falls as its price rises, the value at entry less that. Figures of one answer are of marks that are a moment apart
//! at most, so that they may differ by 0.1 % of the value, and by the digits that are shown. Where an answer has neither a
//! mark nor a value, nothing says so.

use super::figure_index::FigureIndex;
use super::marks::{distance, unit};
use super::stated::{
    FigureKind, InitialRate, InitialRounding, MOMENT_DIGITS, NearValue, StatedPosition,
    VenueFigures,
};
use super::{EntryPrice, ImportError, magnitude};
use crate::portfolio::figure::{less, product, sum};
use crate::{Instrument, KindFile, Schedule};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

const HELP: &str = "save the answers again as the venue sends them; if this remains, tell which figures of which venue do not agree: their values are not needed";

/// A value without its sign, and by how much the digits that are shown let it differ.
struct Worth {
    value: Decimal,
    digits: Decimal,
}

/// The most by which figures of two values may differ: this part of the greater, and these digits.
fn most_apart(one: &Decimal, other: &Decimal, part: &Decimal, digits: &Decimal) -> Decimal {
    let greater = if is_above(one, other) { one } else { other };
    sum(&product(greater, part), digits)
}

/// Whether two values differ by no more than that.
fn agree(one: &Decimal, other: &Decimal, part: &Decimal, digits: &Decimal) -> bool {
    !is_above(&distance(one, other), &most_apart(one, other, part, digits))
}

fn is_above(one: &Decimal, other: &Decimal) -> bool {
    sum(one, &less(other)).coefficient().is_positive()
}

/// What a position was worth when it was opened at this price.
fn worth_at(p: &StatedPosition, of: &Instrument, entry: &EntryPrice) -> Option<Worth> {
    let value = p.value_at(of, &entry.price)?;
    let next = p.value_at(of, &sum(&entry.price, &unit(entry.decimals)))?;
    let digits = distance(&value, &next);
    Some(Worth { value, digits })
}

/// What an answer states of its positions.
struct Stated<'a> {
    figures: FigureIndex<'a>,
    initial_rounding: Option<InitialRounding>,
}

impl Stated<'_> {
    /// What the position is worth: its size at its mark, else its notional, else what its initial margin is by its leverage
    /// where the venue's rounding of that is known.
    fn worth(&self, p: &StatedPosition, of: &Instrument) -> Option<Worth> {
        let none = Decimal::from_scaled(&0.into(), 0);
        if let Some(mark) = p.mark_beside() {
            return Some(Worth { value: p.value_at(of, mark)?, digits: none });
        }
        if let Some(notional) = &p.notional {
            let digits =
                self.figures.of(p, FigureKind::Notional).map_or(none, |of| unit(of.decimals));
            return Some(Worth { value: magnitude(notional), digits });
        }
        let InitialRate::Leverage(leverage) = p.initial_rate.as_ref()? else { return None };
        let initial = self.figures.of(p, FigureKind::Initial)?.value.as_ref()?;
        let is_margin = initial.coefficient().is_positive() && leverage.coefficient().is_positive();
        let digits = product(leverage, &unit(self.initial_rounding?.decimals));
        is_margin.then(|| Worth { value: product(initial, leverage), digits })
    }

    /// The first place of a position whose figure is not what its size and prices come to, with the reason.
    fn contradiction(&self, p: &StatedPosition, of: &Instrument) -> Option<(String, &'static str)> {
        let now = self.worth(p, of)?;
        let at_entry = match &p.entry_value {
            Some(value) => Some(Worth { value: magnitude(value), digits: unit(value.scale()) }),
            None => p.entry_price.as_ref().and_then(|entry| worth_at(p, of, entry)),
        };
        self.other_notional(p, &now)
            .or_else(|| other_value(p, &now, at_entry.as_ref()))
            .or_else(|| self.other_profit(p, of, &now, &at_entry?))
            .or_else(|| other_profit_since(p, of, &now))
    }

    fn other_notional(&self, p: &StatedPosition, now: &Worth) -> Option<(String, &'static str)> {
        p.mark_beside()?;
        let shown = self.figures.of(p, FigureKind::Notional)?;
        let value = magnitude(shown.value.as_ref()?);
        let agrees = agree(&value, &now.value, &unit(MOMENT_DIGITS), &unit(shown.decimals));
        (!agrees).then(|| (shown.place.clone(), "is not the size at the mark price"))
    }

    fn other_profit(
        &self,
        p: &StatedPosition,
        of: &Instrument,
        now: &Worth,
        at_entry: &Worth,
    ) -> Option<(String, &'static str)> {
        let shown = self.figures.of(p, FigureKind::UnrealizedProfit)?;
        let agrees = is_profit(p, of, (now, at_entry), (shown.value.as_ref()?, shown.decimals));
        let message = "is not the profit that size, entry price and mark price come to";
        (!agrees).then(|| (shown.place.clone(), message))
    }
}

/// The first of the values that is near neither that at the mark nor that at entry.
fn other_value(
    p: &StatedPosition,
    now: &Worth,
    at_entry: Option<&Worth>,
) -> Option<(String, &'static str)> {
    let is_near = |near: &NearValue| {
        let (value, digits) = (magnitude(&near.value), unit(near.value.scale()));
        let mut values = [Some(now), at_entry].into_iter().flatten();
        values.any(|worth| {
            let is_more = near.can_be_more && is_above(&value, &worth.value);
            is_more || agree(&value, &worth.value, &near.part, &digits)
        })
    };
    let other = p.near_values.iter().find(|near| !is_near(near))?;
    let message = "does not agree with the size at the mark price or at the entry price";
    Some((other.place.clone(), message))
}

fn other_profit_since(
    p: &StatedPosition,
    of: &Instrument,
    now: &Worth,
) -> Option<(String, &'static str)> {
    let other = p.profits_since.iter().find(|since| {
        let at_entry = worth_at(p, of, &since.entry);
        let shown = (&since.profit, since.profit.scale());
        at_entry.is_some_and(|at_entry| !is_profit(p, of, (now, &at_entry), shown))
    })?;
    let message = "is not the profit that size, average price and mark price come to";
    Some((other.place.clone(), message))
}

/// Whether a profit, shown with so many digits, is that of a position with these values now and at entry.
fn is_profit(
    p: &StatedPosition,
    of: &Instrument,
    (now, at_entry): (&Worth, &Worth),
    (profit, decimals): (&Decimal, u32),
) -> bool {
    let gain = sum(&now.value, &less(&at_entry.value));
    let is_gain = p.size.coefficient().is_positive() == (of.kind == KindFile::Linear);
    let expected = if is_gain { gain } else { less(&gain) };
    let digits = sum(&sum(&now.digits, &at_entry.digits), &unit(decimals));
    let most = most_apart(&now.value, &at_entry.value, &unit(MOMENT_DIGITS), &digits);
    !is_above(&distance(profit, &expected), &most)
}

/// Compares the figures of each position that the answer lists.
///
/// # Errors
/// [`ImportError`] at the first figure that contradicts the others of its position.
pub(super) fn check(stated: &VenueFigures, schedule: &Schedule) -> Result<(), ImportError> {
    let of =
        Stated { figures: FigureIndex::new(stated), initial_rounding: stated.initial_rounding };
    for p in &stated.positions {
        let Some(instrument) = schedule.instrument(&p.instrument) else { continue };
        if let Some((pointer, message)) = of.contradiction(p, instrument) {
            let message = message.to_owned();
            return Err(ImportError::Source { pointer, message, help: None }.with_help(HELP));
        }
    }
    Ok(())
}
