//! Terms of contracts: what a size is of, by series of a unit, or of an instrument that does not expire.
//!
//! An id says the unit, the day and the series of what expires. Its terms stand in the unit's line of the venue's lists, which
//! only grows, so that whatever is listed under an id later has them too.

use super::lookup::Lookup;
use super::schedule::{PortfolioInstrument, PortfolioSeries, PortfolioTerms, PortfolioUnit};
use super::schedule_file::{
    ContractTermsFile, GroupFile, PortfolioInstrumentFile, PortfolioScheduleFile, UnitFile,
};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use std::collections::BTreeSet;
use zkmargin_model::portfolio::loadings::{DIGITS, UNIT};
use zkmargin_model::portfolio::widths::SERIES_BITS;
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);
/// Series of a unit.
const SERIES: u32 = 1 << SERIES_BITS;

/// Terms as they are written.
fn terms(
    file: &PortfolioScheduleFile,
    assets: &Lookup,
    written: &ContractTermsFile,
    here: &str,
) -> Result<PortfolioTerms, FileError> {
    let settle = assets.find(CHECK, &written.settle, || format!("{here}/settle"))?;
    let place = format!("{here}/size_decimals");
    CHECK.decimals(written.size_decimals, file.digits.product, &place)?;
    let of_values = file.digits.product - written.size_decimals;
    if file.derived.is_some() && of_values > DIGITS {
        let message = format!(
            "leaves {of_values} digits to values and loadings; derived ones have at most {DIGITS}"
        );
        return Err(CHECK.error(ErrorCode::BadDecimals, place, message));
    }
    let multiplier = written.multiplier.as_ref();
    let multiplier =
        multiplier.map(|text| CHECK.positive_figure(text, &format!("{here}/multiplier")));
    Ok(PortfolioTerms {
        settle: file.assets[settle].id,
        size_decimals: written.size_decimals,
        multiplier: multiplier.transpose()?.unwrap_or(UNIT),
        contract_version: written.contract_version,
    })
}

/// The series of a unit, ascending by number.
pub(super) fn of_unit(
    file: &PortfolioScheduleFile,
    assets: &Lookup,
    unit: &UnitFile,
    here: &str,
) -> Result<Vec<PortfolioSeries>, FileError> {
    CHECK.length(unit.series.len(), SERIES as usize, &format!("{here}/series"))?;
    let (mut made, mut seen) = (Vec::with_capacity(unit.series.len()), BTreeSet::new());
    for (at, series) in unit.series.iter().enumerate() {
        let here = format!("{here}/series/{at}");
        let number = series.number;
        if number >= SERIES {
            let message = format!("a series is 0 to {} in an id", SERIES - 1);
            return Err(CHECK.error(ErrorCode::BadId, format!("{here}/number"), message));
        }
        if !seen.insert(number) {
            let message = format!("series {number} is listed twice; keep one of them");
            return Err(CHECK.error(ErrorCode::DuplicateId, here, message));
        }
        let read = |written: &Option<ContractTermsFile>, field: &str| {
            let written = written.as_ref();
            written.map(|t| terms(file, assets, t, &format!("{here}/{field}"))).transpose()
        };
        let [options, futures] =
            [read(&series.options, "options")?, read(&series.futures, "futures")?];
        if options.is_none() && futures.is_none() {
            let message = "a series has terms of options, of futures or of both; add them";
            return Err(CHECK.error(ErrorCode::MissingField, here, message));
        }
        if file.derived.is_some() && options.is_some_and(|of| of.multiplier != UNIT) {
            let message = "loadings are derived of options on one of the underlying; count sizes in it, or publish loadings";
            let place = format!("{here}/options/multiplier");
            return Err(CHECK.error(ErrorCode::OutOfRange, place, message));
        }
        made.push(PortfolioSeries { number, options, futures, at });
    }
    made.sort_by_key(|series| series.number);
    Ok(made)
}

/// The terms of an instrument: its own if it does not expire, and those of its series if it does.
pub(super) fn of_instrument(
    file: &PortfolioScheduleFile,
    assets: &Lookup,
    instrument: &PortfolioInstrumentFile,
    (group, unit): (&GroupFile, &PortfolioUnit),
    here: &str,
) -> Result<PortfolioTerms, FileError> {
    let place = format!("{here}/terms");
    match (&instrument.terms, group.market) {
        (Some(written), Some(_)) => terms(file, assets, written, &place),
        (None, Some(_)) => {
            let message = "what does not expire has terms of its own";
            Err(CHECK.error(ErrorCode::MissingField, place, message))
        }
        (Some(_), None) => {
            let message =
                "what expires has the terms of its series, which stand in its unit; remove these";
            Err(CHECK.error(ErrorCode::UnknownField, place, message))
        }
        (None, None) => {
            let series = unit.series.iter().find(|series| series.number == group.series);
            let (what, terms) = match instrument.kind.is_option() {
                true => ("options", series.and_then(|series| series.options)),
                false => ("futures", series.and_then(|series| series.futures)),
            };
            terms.ok_or_else(|| {
                let (name, number) = (quoted(&unit.name), group.series);
                let message = format!(
                    "unit {name} has no terms of {what} of series {number}, as {} is",
                    quoted(&instrument.symbol)
                );
                let place = format!("/units/{}/series", unit.at);
                CHECK.error(ErrorCode::MissingField, place, message)
            })
        }
    }
}

impl PortfolioInstrument {
    /// What a size is of.
    pub fn terms(&self) -> PortfolioTerms {
        let Self { settle, size_decimals, multiplier, contract_version, .. } = *self;
        PortfolioTerms { settle, size_decimals, multiplier, contract_version }
    }
}
