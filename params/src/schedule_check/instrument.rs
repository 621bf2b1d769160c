//! An instrument: its units, and how its profit and loss are rounded.

use super::CHECK;
use super::head::positive;
use super::requirement::requirement_rounding;
use super::tiers::{Gives, Tables};
use crate::elements::{self, Families};
use crate::error::{ErrorCode, FileError};
use crate::figures::MAX_DECIMALS;
use crate::negative_marks;
use crate::schedule::{Asset, Instrument};
use crate::schedule_file::{
    InstrumentFile, KindFile, RoundToFile, RoundingFile, ScheduleFile, VariableFile,
};
use crate::steps;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::LinearStep;
use zkmargin_model::shown::quoted;

pub(super) fn check_instrument(
    file: &ScheduleFile,
    at: usize,
    settle: &Asset,
    tier: usize,
    families: &Families<'_>,
    tables: &mut Tables,
) -> Result<Instrument, FileError> {
    let i = &file.instruments[at];
    let here = format!("/instruments/{at}");
    if !settle.settles {
        let message = format!(
            "asset {} does not settle positions; set its \"settles\" to true",
            quoted(&i.settle)
        );
        return Err(CHECK.error(ErrorCode::AssetDoesNotSettle, format!("{here}/settle"), message));
    }
    CHECK.decimals(i.size_decimals, MAX_DECIMALS, &format!("{here}/size_decimals"))?;
    CHECK.decimals(i.price_decimals, MAX_DECIMALS, &format!("{here}/price_decimals"))?;
    CHECK.bits(i.price_bits, &format!("{here}/price_bits"))?;
    if let Some(decimals) = i.funding_decimals {
        CHECK.decimals(decimals, MAX_DECIMALS, &format!("{here}/funding_decimals"))?;
    }
    let multiplier = positive(&i.multiplier, &format!("{here}/multiplier"))?;
    let entry_bits = file.assets[settle.at].entry_bits.unwrap_or(0);
    check_units(file, i, &here, settle, &multiplier)?;
    elements::check_names(&i.elements, &format!("{here}/elements"))?;
    let settle_unit = settle.amount_unit;
    let entry_unit = Unit { bits: settle_unit.bits + entry_bits, ..settle_unit };
    let elements = i.elements.as_ref();
    let gives = Gives::of(elements);
    let of_root = elements.is_some_and(|e| e.root_of_size.is_some());
    let counted_decimals = families.decimals(i).unwrap_or(i.size_decimals);
    let variable = file.tiers[tier].variable;
    let x = match variable {
        VariableFile::Value => settle_unit,
        VariableFile::Quantity if of_root => Unit::of_decimals(file.rate_decimals),
        VariableFile::Quantity => Unit::of_decimals(counted_decimals),
    };
    // A function of quantity gives its value in units finer by the digits of rates.
    let finer = variable == VariableFile::Quantity && gives == Gives::Requirement;
    let extra = if finer { file.rate_decimals } else { 0 };
    Ok(Instrument {
        id: i.id,
        symbol: i.symbol.clone(),
        kind: i.kind,
        settle: settle.id,
        settle_decimals: settle.decimals,
        settle_unit,
        notional_unit: Unit { decimals: settle_unit.decimals + extra, ..settle_unit },
        size_decimals: i.size_decimals,
        price_unit: Unit { decimals: i.price_decimals, bits: i.price_bits.unwrap_or(0) },
        entry_unit,
        multiplier,
        funding_unit: i.funding_decimals.map(|decimals| Unit { decimals, bits: entry_unit.bits }),
        table: tables.get(file, tier, x, gives)?,
        tiers_at: tier,
        counted_decimals,
        family: families.family(i, at)?,
        negative_marks: elements.is_some_and(|e| e.negative_marks),
        pnl_rounding: pnl_rounding(file, entry_unit, settle_unit),
        requirement_rounding: requirement_rounding(file, tier, settle_unit, gives)?,
        at,
    })
}

/// Every product of a size, a price and a multiplier must be an integer in the settlement unit,
/// or its rounding must be declared.
fn check_units(
    file: &ScheduleFile,
    i: &InstrumentFile,
    here: &str,
    settle: &Asset,
    multiplier: &Decimal,
) -> Result<(), FileError> {
    let has = settle.decimals;
    let RoundingFile { value, notional, profit_and_loss, .. } = file.rounding;
    let elements = i.elements.as_ref();
    let value_by_side = elements.is_some_and(|e| e.value_by_side.is_some());
    let notional_by_side = elements.is_some_and(|e| e.notional_by_side.is_some());
    let by_side = |name: &str| match name {
        "value" => value_by_side,
        "notional" => notional_by_side,
        _ => false,
    };
    let points = [("value", value), ("notional", notional), ("profit_and_loss", profit_and_loss)];
    for (name, to) in points {
        match to {
            Some(RoundToFile { decimals, .. }) if decimals > has => {
                let message = format!(
                    "{decimals} decimals, but {} has {has}; round to at most {has}",
                    settle.symbol
                );
                let place = format!("/rounding/{name}/decimals");
                return Err(CHECK.error(ErrorCode::BadDecimals, place, message));
            }
            // What differs by side has roundings of its own.
            None if name == "profit_and_loss" || by_side(name) => {}
            None if i.price_bits.is_some() => {
                let message = format!(
                    "a price in a binary unit is divided; declare rounding of both value and notional at /rounding ({name} is missing)"
                );
                let place = format!("{here}/price_bits");
                return Err(CHECK.error(ErrorCode::RoundingMissing, place, message));
            }
            None if i.kind == KindFile::Inverse => {
                let message = format!(
                    "an inverse instrument divides by its price; declare rounding of both value and notional at /rounding ({name} is missing)"
                );
                return Err(CHECK.error(
                    ErrorCode::RoundingMissing,
                    format!("{here}/kind"),
                    message,
                ));
            }
            _ => {}
        }
    }
    if i.kind == KindFile::Inverse && i.funding_decimals.is_some() {
        let message = "an inverse instrument has no funding index; its funding goes into balances";
        let place = format!("{here}/funding_decimals");
        return Err(CHECK.error(ErrorCode::FundingNotSupported, place, message));
    }
    let price_digits = i.price_decimals + multiplier.scale();
    let exact = i.kind == KindFile::Linear
        && ((value.is_none() && !value_by_side) || (notional.is_none() && !notional_by_side));
    let needs = i.size_decimals + price_digits;
    negative_marks::check(file, i, here, needs)?;
    if exact && needs > has {
        let message = format!(
            "size ({}), price ({}) and multiplier ({}) together have {needs} digits after the point, but {} has {has}; raise its decimals, lower theirs, or declare rounding of value and notional",
            i.size_decimals,
            i.price_decimals,
            multiplier.scale(),
            settle.symbol,
        );
        return Err(CHECK.error(ErrorCode::UnitTooCoarse, here, message));
    }
    // The entry funding index enters the entry value, which is never rounded.
    let funding = i.size_decimals + i.funding_decimals.unwrap_or(0);
    if i.funding_decimals.is_some() && funding > has {
        let message = format!(
            "size and funding index together have {funding} digits after the point, but {} has {has}; raise its decimals",
            settle.symbol
        );
        return Err(CHECK.error(
            ErrorCode::UnitTooCoarse,
            format!("{here}/funding_decimals"),
            message,
        ));
    }
    Ok(())
}

/// The rounding of profit and loss to the settlement asset, unless it has no effect.
fn pnl_rounding(file: &ScheduleFile, entry_unit: Unit, settle_unit: Unit) -> Option<LinearStep> {
    let to = file.rounding.profit_and_loss?;
    let step = steps::product(&BigInt::one(), entry_unit, Some(to), settle_unit)?;
    step.exact_num().is_none().then_some(step)
}
