//! An account: its summary of the settlement currency and its positions.
//!
//! Daily settlement moves results of futures into balances, and options are worth their mark. Cash is the equity without
//! the value of options and without what futures have come to since the last settlement; a future's value at entry is its
//! value at the answer's mark less that, and an option has none.

use super::super::deribit::summary;
use super::super::{ImportError, Listed, ListedSum, Member, check_sign, is_flat, price_above_zero};
use super::super::{empty_account, nearest_quotient, scaled, two_accounts};
use super::{DECIMALS, NAME, result};
use crate::portfolio::figure::{less, nearest, product, sum};
use crate::portfolio::{PortfolioInstrument, PortfolioSchedule};
use crate::{AccountFile, AccountKind, BalanceFile, PositionFile};
use num_bigint::BigInt;
use zkmargin_model::decimal::Decimal;

/// Digits with which the venue shows an amount.
const SHOWN_DECIMALS: u32 = 6;
/// Digits with which the venue shows the deltas of options.
const DELTA_DECIMALS: u32 = 5;
/// Margin models of portfolios of one currency.
const MODEL: &str = "segregated_pm";

pub(super) fn account(
    summaries: &Member<'_>,
    positions: &Member<'_>,
    schedule: &PortfolioSchedule,
) -> Result<AccountFile, ImportError> {
    let currency = schedule.file().valuation.currency.as_str();
    let summaries = Listed::read(&result(summaries)?.member("summaries"), "currency")?;
    let of = summaries.of(currency)?;
    let model = of.member("margin_model");
    match model.text()? {
        MODEL => {}
        "segregated_sm" | "cross_sm" => {
            return Err(model.wrong(two_accounts(AccountKind::Linear)));
        }
        _ => return Err(model.wrong("is not \"segregated_pm\": one currency by itself")),
    }
    let crossed = of.member("cross_collateral_enabled");
    if crossed.stated_flag()? {
        return Err(crossed.wrong("is set, which the schedule leaves out"));
    }
    let [equity, options, results] =
        ["equity", "options_value", "futures_session_upl"].map(|name| of.member(name));
    let cash = sum(&equity.computed()?, &less(&options.computed()?));
    let cash = sum(&cash, &less(&results.computed()?));
    let mut account = empty_account(NAME);
    account.balances.push(BalanceFile::new(currency, scaled(nearest(&cash, DECIMALS), DECIMALS)));
    let mut listed_sums = Sums::default();
    for listed in result(positions)?.list()? {
        if is_flat(&listed, "size", &["floating_profit_loss"])? {
            continue;
        }
        let name = listed.member("instrument_name");
        let held = name.text().ok().and_then(|symbol| schedule.instrument(symbol));
        let held = held.ok_or_else(|| name.wrong("is not an instrument of the schedule"))?;
        let position = position(&listed, held, &mut listed_sums)?;
        account.positions.push(position);
    }
    listed_sums.worth.check(&options, SHOWN_DECIMALS)?;
    listed_sums.profit.check(&results, SHOWN_DECIMALS)?;
    summary::check(of, SHOWN_DECIMALS)?;
    // Of a future whose session has no result yet, nothing else in the summary tells.
    listed_sums.delta.check(&of.member("delta_total"), DELTA_DECIMALS)?;
    Ok(account)
}

/// What the positions listed come to.
#[derive(Default)]
struct Sums {
    /// The value of options.
    worth: ListedSum,
    /// Results of futures since the last settlement.
    profit: ListedSum,
    /// Deltas in the currency: a future's is its size at its mark.
    delta: ListedSum,
}

fn position(
    listed: &Member<'_>,
    of: &PortfolioInstrument,
    sums: &mut Sums,
) -> Result<PositionFile, ImportError> {
    let place = listed.member("size");
    let size = place.number()?;
    let direction = listed.member("direction");
    let long = match direction.text()? {
        "buy" => true,
        "sell" => false,
        _ => return Err(direction.wrong("is neither \"buy\" nor \"sell\"")),
    };
    check_sign(&place, size.coefficient(), long)?;
    let Some(units) = size.to_scaled(of.size_decimals) else {
        return Err(place.wrong("has more digits than sizes of the instrument"));
    };
    let mark = listed.member("mark_price");
    let entry = if of.kind.is_option() {
        sums.worth.add(&product(&size, &mark.computed()?));
        sums.delta.add(&listed.member("delta").computed()?);
        BigInt::ZERO
    } else {
        let mark = price_above_zero(&mark, mark.computed()?)?;
        let value = nearest_quotient(&[&less(&size)], &mark, DECIMALS);
        let value = Decimal::from_scaled(&value.unwrap_or_default(), DECIMALS);
        let result = listed.member("floating_profit_loss").computed()?;
        sums.profit.add(&result);
        sums.delta.add(&less(&value));
        nearest(&sum(&value, &less(&result)), DECIMALS)
    };
    let size = scaled(units, of.size_decimals);
    Ok(PositionFile::new(of.symbol.as_str(), size, scaled(entry, DECIMALS)))
}
