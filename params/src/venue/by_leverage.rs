//! Initial margin by the leverage that a position has, and maintenance margin beside it: what schedules of the registry in
//! which positions have leverages have in common.

use super::{ImportError, Member, TierTables, decimal, scaled};
use crate::{
    DecimalText, InstrumentElementsFile, InstrumentFile, OwnLeverageFile, PositionFile, RateFile,
    Requirement, RoundToFile, RowFile, Schedule, ScheduleFile, VariableFile,
};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::power_of_ten;

/// Digits of leverages.
const LEVERAGE_DECIMALS: u32 = 2;
/// Digits of the rates that are required at least.
pub const LEAST_RATE_DECIMALS: u32 = 6;

/// Which requirements are read where initial margin is by leverage.
pub const BY_LEVERAGE: [Requirement; 2] = [Requirement::Maintenance, Requirement::Initial];

/// The row of a tier in which this leverage is the highest: a position requires no less than at that, cut to the digits of
/// rates.
///
/// # Errors
/// [`ImportError`] for one below 1.
pub fn least_row(row: &RowFile, highest: &Member<'_>) -> Result<RowFile, ImportError> {
    let figure = highest.figure()?;
    if *figure.coefficient() < power_of_ten(figure.scale()) {
        return Err(highest.wrong("is below 1"));
    }
    let least: BigInt = power_of_ten(LEAST_RATE_DECIMALS + figure.scale()) / figure.coefficient();
    Ok(RowFile { rate: decimal("0"), amount: scaled(least, LEAST_RATE_DECIMALS), ..row.clone() })
}

/// Puts an instrument under a table of such rows. A position whose leverage is not known requires its notional.
pub fn by_leverage(
    instrument: InstrumentFile,
    rows: Vec<RowFile>,
    tables: &mut TierTables,
    round: RoundToFile,
) -> InstrumentFile {
    let own_leverage = Some(OwnLeverageFile { default: decimal("1"), round });
    let rate = Some(RateFile::default());
    let elements = InstrumentElementsFile { own_leverage, rate, ..Default::default() };
    let tiers = tables.name_of(VariableFile::Value, rows);
    InstrumentFile { tiers, elements: Some(elements), ..instrument }
}

/// Makes it the schedule of a requirement that is named, of the registry in which positions have leverages: one commitment
/// serves all of them. A name that was not chosen says which requirement it is.
pub fn with_leverages(
    schedule: ScheduleFile,
    requirement: Requirement,
    is_named: bool,
) -> ScheduleFile {
    let name = schedule.name;
    ScheduleFile {
        name: if is_named { name } else { format!("{name}-{}", requirement.name()) },
        requirement,
        own_leverage_decimals: Some(LEVERAGE_DECIMALS),
        menu: super::menu(requirement),
        ..schedule
    }
}

/// The position with its leverage, under a schedule that has any. Where only initial margin reads it, one that is not stated
/// is none under the schedules of other requirements.
///
/// # Errors
/// [`ImportError`] if it is not stated under a schedule that reads it, or not above zero.
pub fn leveraged(
    position: PositionFile,
    place: &Member<'_>,
    schedule: &Schedule,
) -> Result<PositionFile, ImportError> {
    if schedule.file().own_leverage_decimals.is_none() {
        return Ok(position);
    }
    if place.is_nothing() && schedule.requirement() != Requirement::Initial {
        return Ok(position);
    }
    let leverage = place.figure()?;
    if !leverage.coefficient().is_positive() {
        return Err(place.wrong("is not above zero"));
    }
    let own_leverage = Some(DecimalText::new(leverage.to_string()));
    Ok(PositionFile { own_leverage, ..position })
}
