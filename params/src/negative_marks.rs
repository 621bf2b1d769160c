//! Marks at zero or below: of instruments whose schedule says that they can have one, as futures of oil had in April 2020.
//!
//! The value of a position is its size times the mark, with the mark's sign, and its notional the magnitude of that. So both
//! are exact: what rounds a value, or makes it of other prices than the mark, is not defined for them.

use super::elements_file::InstrumentElementsFile;
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::schedule::Instrument;
use super::schedule_file::{InstrumentFile, KindFile, RoundToFile, ScheduleFile};
use super::text::DecimalText;
use num_bigint::{BigInt, Sign};

/// Refuses the flag for an instrument whose rule needs a mark above zero; `digits` are those of an exact value.
///
/// # Errors
/// [`ErrorCode::BadElement`].
pub(super) fn check(
    file: &ScheduleFile,
    i: &InstrumentFile,
    here: &str,
    digits: u32,
) -> Result<(), FileError> {
    let Some(InstrumentElementsFile {
        negative_marks: true, value_by_side, notional_by_side, ..
    }) = &i.elements
    else {
        return Ok(());
    };
    let cuts = |to: Option<RoundToFile>| to.is_some_and(|to| to.decimals < digits);
    let rounding = &file.rounding;
    let rounds = i.price_bits.is_some() || cuts(rounding.value) || cuts(rounding.notional);
    let refused = [
        (i.kind == KindFile::Inverse, "an inverse instrument divides by its mark"),
        (rounds, "values and notionals are rounded; a mark at zero or below has exact ones"),
        (
            value_by_side.is_some() || notional_by_side.is_some(),
            "terms by side are for marks above zero",
        ),
        (
            file.open_orders,
            "the larger of two positions has the larger notional, and at a mark of zero neither has; not under a schedule with open orders",
        ),
    ];
    match refused.into_iter().find(|(holds, _)| *holds) {
        None => Ok(()),
        Some((_, message)) => {
            let place = format!("{here}/elements/negative_marks");
            Err(Checker(FileKind::Schedule).error(ErrorCode::BadElement, place, message))
        }
    }
}

/// A mark of the snapshot.
///
/// # Errors
/// [`ErrorCode::NonPositivePrice`] for one that the instrument cannot have.
pub(super) fn mark(
    instrument: &Instrument,
    text: &DecimalText,
    place: &str,
) -> Result<BigInt, FileError> {
    let check = Checker(FileKind::Snapshot);
    let mark = check.counted(text, instrument.price_unit, place)?;
    if instrument.can_be(&mark) {
        return Ok(mark);
    }
    let message = match mark.sign() {
        Sign::Minus => {
            "a price must be above zero; where the venue has marks below zero, the schedule says so of the instrument (\"negative_marks\" in its \"elements\")"
        }
        _ => "a price must be above zero; a market without one cannot be priced",
    };
    Err(check.error(ErrorCode::NonPositivePrice, place, message))
}

impl Instrument {
    /// Whether a snapshot can have this mark, as far as its sign is concerned.
    pub fn can_be(&self, mark: &BigInt) -> bool {
        self.negative_marks || mark.sign() == Sign::Plus
    }
}
