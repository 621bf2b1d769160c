//! One contract and its risk limits.

use super::{DECIMALS, ImportError, Member, entries};
use crate::venue::{LeastRate, LeastRates, deducted_rows, linear_instrument};
use crate::{InstrumentFile, RowFile};
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// Risk limits by symbol, in the order of the answer.
pub(super) fn risk_limits<'a>(
    answer: &Member<'a>,
) -> Result<BTreeMap<&'a str, Vec<Member<'a>>>, ImportError> {
    let mut limits: BTreeMap<&str, Vec<Member>> = BTreeMap::new();
    for limit in entries(answer)? {
        limits.entry(limit.member("symbol").text()?).or_default().push(limit);
    }
    Ok(limits)
}

/// Why no schedule of contracts that settle in this asset lists it.
pub(super) fn not_taken(
    contract: &Member<'_>,
    limits: &[Member<'_>],
    settle: &str,
) -> Result<Option<&'static str>, ImportError> {
    let kind = contract.member("contractType").text()?;
    Ok(if kind != "LinearPerpetual" {
        Some("not a linear perpetual")
    } else if contract.member("settleCoin").text()? != settle {
        Some("settles in another asset")
    } else if contract.member("status").text()? != "Trading" {
        Some("not trading")
    } else if limits.is_empty() {
        Some("has no risk limits in the answer")
    } else {
        None
    })
}

/// A contract whose sizes have the digits of its step, without tiers yet.
pub(super) fn instrument(
    id: u32,
    contract: &Member<'_>,
    settle: &str,
) -> Result<InstrumentFile, ImportError> {
    let place = contract.member("lotSizeFilter").member("qtyStep");
    let digits = place.figure()?.scale();
    let price = DECIMALS.checked_sub(digits).ok_or_else(|| place.wrong("has too many digits"))?;
    let symbol = contract.member("symbol").text()?;
    Ok(linear_instrument(id, symbol, settle, digits, price, ""))
}

/// Whether a rate is one that a position at the limit's highest leverage can have.
fn check_rate(limit: &Member<'_>, rate: &Decimal) -> Result<(), ImportError> {
    let leverage = limit.member("maxLeverage").figure()?;
    let least = rate.coefficient() * leverage.coefficient();
    let one = power_of_ten(rate.scale() + leverage.scale());
    if rate.coefficient().is_positive() && least < one {
        return Ok(());
    }
    let message = "is not above zero, or too high for maxLeverage: it is a fraction, not percent";
    Err(limit.member("maintenanceMargin").wrong(message))
}

/// Rows of the requirement table.
pub(super) fn rows(limits: &[Member<'_>]) -> Result<Vec<RowFile>, ImportError> {
    deducted_rows(limits, ["riskLimitValue", "mmDeduction"], |limit| {
        let rate = limit.member("maintenanceMargin").figure()?;
        check_rate(limit, &rate)?;
        Ok(rate)
    })
}

/// What is required at least, by the initial rate of each limit, or where it states none by its highest leverage; or why no
/// table says it exactly.
pub(super) fn least_rates(
    rows: &[RowFile],
    limits: &[Member<'_>],
) -> Result<Result<LeastRates, String>, ImportError> {
    let rates = limits.iter().map(|limit| {
        let (rate, highest) = (limit.member("initialMargin"), limit.member("maxLeverage"));
        // Checks it where a rate is stated too.
        let of_leverage = LeastRate::of_leverage(&highest)?;
        if rate.is_nothing() { Ok(of_leverage) } else { LeastRate::stated(&rate, &highest) }
    });
    Ok(LeastRates::of(rows, &rates.collect::<Result<Vec<_>, ImportError>>()?))
}
