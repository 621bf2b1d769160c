//! Names, units, lists and roundings at the head of a schedule.

use super::CHECK;
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::{
    MAX_DECIMALS, MAX_LEFT_OUT, MAX_LISTED_ASSETS, MAX_LISTED_INSTRUMENTS, MAX_NOTE_BYTES,
    MAX_RATE_DECIMALS, MAX_ROUND_STEPS, MAX_TIER_TABLES,
};
use crate::schedule_file::{RoundStepFile, ScheduleFile, ValuationFile};
use crate::text::DecimalText;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::unit::{MAX_CURRENCY_BYTES, MAX_MARGIN_DECIMALS, MarginUnit};

pub(super) fn check_head(file: &ScheduleFile) -> Result<(), FileError> {
    if file.format != FileKind::Schedule.format() {
        let message = format!("write \"{}\"", FileKind::Schedule.format());
        return Err(CHECK.error(ErrorCode::WrongFormat, "/format", message));
    }
    CHECK.name(&file.venue, "/venue")?;
    CHECK.name(&file.name, "/name")?;
    if file.source.len() > MAX_NOTE_BYTES {
        let message = format!("longer than {MAX_NOTE_BYTES} bytes");
        return Err(CHECK.error(ErrorCode::BadText, "/source", message));
    }
    CHECK.decimals(file.valuation.decimals, MAX_DECIMALS, "/valuation/decimals")?;
    CHECK.decimals(file.rate_decimals, MAX_RATE_DECIMALS, "/rate_decimals")?;
    let place = "/valuation/margin_decimals";
    let (least, most) = (file.valuation.decimals, file.valuation.decimals + file.rate_decimals);
    match file.valuation.margin_decimals {
        Some(decimals) if decimals < least => {
            let message = format!("{decimals} decimals; at least {least}, those of values");
            return Err(CHECK.error(ErrorCode::BadDecimals, place, message));
        }
        decimals => CHECK.decimals(decimals.unwrap_or(most), most, place)?,
    }
    CHECK.bits(file.valuation.bits, "/valuation/bits")?;
    CHECK.length(file.assets.len(), MAX_LISTED_ASSETS, "/assets")?;
    CHECK.length(file.instruments.len(), MAX_LISTED_INSTRUMENTS, "/instruments")?;
    CHECK.length(file.tiers.len(), MAX_TIER_TABLES, "/tiers")?;
    if file.open_orders && file.instruments.is_empty() {
        let message = "no instrument is listed in which there could be orders; remove it";
        return Err(CHECK.error(ErrorCode::BadElement, "/open_orders", message));
    }
    if let Some(symbol) = &file.allocation_asset {
        let refused = [
            (!file.isolated_books, "no position is isolated, so none has an allocation; remove it"),
            (
                !file.open_orders,
                "an allocation is beside the open orders of a position; set \"open_orders\" to true",
            ),
            (
                file.settlement_asset_books,
                "each settlement asset has a book of its own, and an allocation is in none of them; remove it",
            ),
            (
                !file.assets.iter().any(|asset| asset.symbol == *symbol),
                "the asset is not listed; name one that is",
            ),
        ];
        if let Some((_, message)) = refused.into_iter().find(|(holds, _)| *holds) {
            return Err(CHECK.error(ErrorCode::BadElement, "/allocation_asset", message));
        }
    }
    if let Some(decimals) = file.own_leverage_decimals {
        let place = "/own_leverage_decimals";
        CHECK.decimals(decimals, MAX_LEVERAGE_DECIMALS, place)?;
        if file.own_rates {
            let message = "a position has one own parameter, and `own_rates` says that it is a rate; keep one of the two";
            return Err(CHECK.error(ErrorCode::BadElement, place, message));
        }
    }
    if let Some(reason) = &file.rounding_assumed {
        CHECK.words(reason, "/rounding_assumed")?;
    }
    CHECK.length(file.leaves_out.len(), MAX_LEFT_OUT, "/leaves_out")?;
    for (at, what) in file.leaves_out.iter().enumerate() {
        CHECK.words(what, &format!("/leaves_out/{at}"))?;
    }
    if file.no_requirement_is_healthy && file.isolated_books {
        let message = "an isolated position is held against its own requirement, also if that is nothing; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/no_requirement_is_healthy", message));
    }
    check_steps(&file.rounding.requirement, "/rounding/requirement")?;
    if let Some(to) = file.rounding.collateral {
        CHECK.decimals(to.decimals, margin_decimals(file), "/rounding/collateral/decimals")?;
    }
    if let Some(to) = file.rounding.conversion {
        CHECK.decimals(to.decimals, margin_decimals(file), "/rounding/conversion/decimals")?;
    }
    Ok(())
}

/// Leaves 13,421 times with the most digits.
const MAX_LEVERAGE_DECIMALS: u32 = 4;

/// Digits of equity and requirements.
pub(super) fn margin_decimals(file: &ScheduleFile) -> u32 {
    let all = file.valuation.decimals + file.rate_decimals;
    file.valuation.margin_decimals.unwrap_or(all)
}

pub(super) fn check_steps(steps: &[RoundStepFile], pointer: &str) -> Result<(), FileError> {
    CHECK.length(steps.len(), MAX_ROUND_STEPS, pointer)?;
    for (at, step) in steps.iter().enumerate() {
        if let Some(factor) = &step.factor {
            positive(factor, &format!("{pointer}/{at}/factor"))?;
        }
    }
    Ok(())
}

pub(super) fn positive(text: &DecimalText, pointer: &str) -> Result<Decimal, FileError> {
    let decimal = CHECK.decimal(text, pointer)?;
    if !decimal.coefficient().is_positive() {
        return Err(CHECK.error(ErrorCode::OutOfRange, pointer, "must be above zero"));
    }
    Ok(decimal)
}

// Every schedule has a margin unit that a statement can name.
const _: () = assert!(MAX_DECIMALS + MAX_RATE_DECIMALS <= MAX_MARGIN_DECIMALS as u32);

pub(super) fn margin_unit(file: &ScheduleFile) -> Result<MarginUnit, FileError> {
    let decimals = u16::try_from(margin_decimals(file)).unwrap_or(u16::MAX);
    let ValuationFile { currency, bits, .. } = &file.valuation;
    let currency = bits.map_or_else(|| currency.clone(), |bits| format!("{currency}/2^{bits}"));
    MarginUnit::new(currency, decimals).map_err(|_| {
        let message =
            format!("write 1 to {MAX_CURRENCY_BYTES} visible ASCII characters, such as \"USD\"");
        CHECK.error(ErrorCode::BadText, "/valuation/currency", message)
    })
}
