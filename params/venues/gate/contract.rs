//! One contract and its risk limits.

use super::{DECIMALS, ImportError, Member};
use crate::portfolio::figure::sum;
use crate::venue::{decimal, deducted_rows, linear_instrument};
use crate::{InstrumentFile, RowFile};
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Tiers by contract, in the order of the answers: a list of tiers, or of such lists.
pub(super) fn risk_limits<'a>(
    answers: &Member<'a>,
) -> Result<BTreeMap<&'a str, Vec<Member<'a>>>, ImportError> {
    let mut limits: BTreeMap<&str, Vec<Member>> = BTreeMap::new();
    for answer in answers.list()? {
        let tiers = if answer.is_list() { answer.list()? } else { vec![answer] };
        for tier in tiers {
            limits.entry(tier.member("contract").text()?).or_default().push(tier);
        }
    }
    Ok(limits)
}

/// Why no schedule of contracts that settle in this asset lists it.
pub(super) fn not_taken(
    contract: &Member<'_>,
    symbol: &str,
    limits: &[Member<'_>],
    settle: &str,
) -> Result<Option<&'static str>, ImportError> {
    let quote = symbol.rsplit_once('_').map(|(_, quote)| quote);
    Ok(if contract.member("type").text()? != "direct" {
        Some("not linear")
    } else if quote != Some(settle) {
        Some("settles in another asset")
    } else if contract.member("in_delisting").flag()? {
        Some("being delisted")
    } else if limits.is_empty() {
        Some("has no risk limits in the answer")
    } else {
        None
    })
}

/// A contract of its multiplier.
pub(super) fn instrument(
    id: u32,
    contract: &Member<'_>,
    settle: &str,
    tiers: String,
) -> Result<InstrumentFile, ImportError> {
    let place = contract.member("quanto_multiplier");
    let multiplier = place.figure()?;
    if !multiplier.coefficient().is_positive() {
        return Err(place.wrong("is not above zero"));
    }
    let price = DECIMALS.checked_sub(multiplier.scale());
    let price = price.ok_or_else(|| place.wrong("has too many digits"))?;
    let symbol = contract.member("name").text()?;
    Ok(InstrumentFile {
        multiplier: decimal(multiplier.to_string()),
        ..linear_instrument(id, symbol, settle, 0, price, tiers)
    })
}

/// Rows of the requirement table, whose rates have the fee.
pub(super) fn rows(
    contract: &Member<'_>,
    limits: &[Member<'_>],
) -> Result<Vec<RowFile>, ImportError> {
    let place = contract.member("taker_fee_rate");
    let fee: Decimal = place.figure()?;
    if fee.coefficient().is_negative() {
        return Err(place.wrong("is negative"));
    }
    deducted_rows(limits, ["risk_limit", "deduction"], |limit| {
        let place = limit.member("maintenance_rate");
        let rate = place.figure()?;
        match rate.coefficient().is_positive() {
            true => Ok(sum(&rate, &fee)),
            false => Err(place.wrong("is not above zero")),
        }
    })
}
