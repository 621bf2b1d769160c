//! How requirements are rounded, and what their rates are divided by.

use super::CHECK;
use super::head::{margin_decimals, positive};
use super::tiers::Gives;
use crate::error::{ErrorCode, FileError};
use crate::figures::MAX_DENOMINATOR;
use crate::schedule_file::{RoundStepFile, RoundToFile, ScheduleFile, VariableFile};
use crate::steps;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use zkmargin_model::rule::LinearStep;

pub(super) fn requirement_rounding(
    file: &ScheduleFile,
    tier: usize,
    settle: Unit,
    gives: Gives,
) -> Result<Vec<LinearStep>, FileError> {
    let (list, pointer) = match &file.tiers[tier].requirement_rounding {
        Some(own) => (own, format!("/tiers/{tier}/requirement_rounding")),
        None => (&file.rounding.requirement, "/rounding/requirement".to_owned()),
    };
    // What tiers give has the digits of rates beside; a rounded requirement can have fewer.
    let finest = Unit { decimals: settle.decimals + file.rate_decimals, ..settle };
    let extra = margin_decimals(file) - file.valuation.decimals;
    let out_unit = Unit { decimals: settle.decimals + extra, ..settle };
    let out = out_unit.decimals;
    if finest != out_unit && list.is_empty() {
        let message = format!("requirements must be rounded to it; declare that at {pointer}");
        let place = "/valuation/margin_decimals";
        return Err(CHECK.error(ErrorCode::RoundingMissing, place, message));
    }
    let denominator = denominator(file, tier, list, gives)?;
    let mut made = Vec::with_capacity(list.len());
    for (at, step) in list.iter().enumerate() {
        CHECK.decimals(step.decimals, out, &format!("{pointer}/{at}/decimals"))?;
        let (factor, scale) = match &step.factor {
            None => (BigInt::one(), 0),
            Some(text) => {
                let factor = positive(text, &format!("{pointer}/{at}/factor"))?;
                (factor.coefficient().clone(), factor.scale())
            }
        };
        let to = RoundToFile { mode: step.mode, decimals: step.decimals };
        // `out` is at least `to.decimals`, so the step exists; without effect it is left out.
        let from = if at == 0 { finest } else { out_unit };
        let step = match denominator {
            Some(by) if at == 0 => {
                let whole = Unit::of_decimals(0);
                steps::quotient(&factor, from.decimals + scale, &by.into(), whole, to, out_unit)
            }
            _ => {
                let from = Unit { decimals: from.decimals + scale, ..from };
                steps::product(&factor, from, Some(to), out_unit)
            }
        };
        made.extend(step.filter(|s| s.exact_num().is_none_or(|n| !n.is_one())));
    }
    Ok(made)
}

/// What a table's rates are divided by, which only the first rounding of the requirement can do where they are not rounded
/// themselves.
fn denominator(
    file: &ScheduleFile,
    tier: usize,
    steps: &[RoundStepFile],
    gives: Gives,
) -> Result<Option<u32>, FileError> {
    let tiers = &file.tiers[tier];
    let Some(denominator) = tiers.denominator else { return Ok(None) };
    let here = format!("/tiers/{tier}/denominator");
    if !(2..=MAX_DENOMINATOR).contains(&denominator) {
        let message =
            format!("{denominator} is not in 2..={MAX_DENOMINATOR}; leave out a denominator of 1");
        return Err(CHECK.error(ErrorCode::BadDenominator, here, message));
    }
    if gives == Gives::RoundedRate {
        return Ok(None);
    }
    let rounds_before = gives == Gives::Requirement
        && tiers.variable == VariableFile::Quantity
        && file.rounding.notional.is_some();
    if steps.is_empty() || rounds_before {
        let message = if rounds_before {
            "a function of quantity cannot be divided after its notional is rounded"
        } else {
            "a requirement that is divided must be rounded; declare it at /rounding/requirement"
        };
        return Err(CHECK.error(ErrorCode::RoundingMissing, here, message));
    }
    Ok(Some(denominator))
}
