//! What in an account is more often a mistake than intended. Messages repeat no figure.

use super::account_file::{AccountFile, PositionFile};
use super::schedule::{Instrument, Schedule};
use super::schedule_file::KindFile;
use super::snapshot::Snapshot;

/// How far a value at entry must be from the value at the mark, and how near to the mark itself, to look like a price.
const FAR: f64 = 4.0;
const NEAR: f64 = 2.0;

/// A position that is worth a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRemark {
    /// Stable name.
    pub code: &'static str,
    /// JSON pointer of the value.
    pub pointer: String,
    /// Symbol of the instrument.
    pub instrument: String,
    /// What looks wrong and what to do.
    pub message: &'static str,
}

impl std::fmt::Display for AccountRemark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.pointer, self.instrument, self.message)
    }
}

impl AccountFile {
    /// Entry values of the wrong sign, and, where prices are given, prices in place of values.
    pub fn remarks(&self, schedule: &Schedule, prices: Option<&Snapshot>) -> Vec<AccountRemark> {
        let one = |(at, position): (usize, &PositionFile)| {
            let instrument = schedule.instrument(&position.instrument)?;
            let mark = prices.and_then(|prices| mark(prices, instrument));
            let (code, message) = of_position(position, instrument, mark)?;
            Some(AccountRemark {
                code,
                pointer: format!("/positions/{at}/entry_value"),
                instrument: instrument.symbol.clone(),
                message,
            })
        };
        self.positions.iter().enumerate().filter_map(one).collect()
    }
}

fn mark(prices: &Snapshot, instrument: &Instrument) -> Option<f64> {
    let at = prices.instruments.binary_search_by_key(&instrument.id, |p| p.id).ok()?;
    instrument.price_unit.figure(&prices.instruments[at].mark).to_string().parse().ok()
}

/// A guess about what was meant, so floating point is good enough.
fn of_position(
    position: &PositionFile,
    instrument: &Instrument,
    mark: Option<f64>,
) -> Option<(&'static str, &'static str)> {
    let number = |text: &super::DecimalText| text.as_str().parse::<f64>().ok();
    let (size, entry) = (number(&position.size)?, number(&position.entry_value)?);
    let multiplier: f64 = instrument.multiplier.to_string().parse().ok()?;
    let per_unit = |price: f64| match instrument.kind {
        KindFile::Linear => multiplier * price,
        KindFile::Inverse => -multiplier / price,
    };
    // Beside orders, what has no size has no side and no price either.
    if entry == 0.0 || size == 0.0 {
        return None;
    }
    if (size * per_unit(1.0) > 0.0) != (entry > 0.0) {
        let message = match instrument.kind {
            KindFile::Linear => {
                "has the opposite sign to `size`; it is signed as the position is: below zero for a short"
            }
            KindFile::Inverse => {
                "has the same sign as `size`; for an inverse position it is below zero for a long"
            }
        };
        return Some(("EntryValueSign", message));
    }
    let mark = mark?;
    let within = |a: f64, b: f64, times: f64| a <= b * times && b <= a * times;
    let (entry, value) = (entry.abs(), (size * per_unit(mark)).abs());
    let is_price = within(entry, mark, NEAR) && !within(entry, value, FAR);
    is_price.then_some((
        "EntryValueIsPrice",
        "looks like a price; write the whole position's value at entry, which is size times price for a linear instrument",
    ))
}
