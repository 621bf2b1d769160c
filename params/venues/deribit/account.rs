//! An account: its summary of USDC and its positions.

use super::{DECIMALS, Deribit, ImportError, Member, USDC, Venue, result};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{
    Listed, ListedSum, decimal, empty_account, instrument_of, scaled, signed, size_of, two_accounts,
};
use crate::{AccountFile, AccountKind, BalanceFile, DecimalText, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Digits with which the venue shows an amount of USDC.
const SHOWN_DECIMALS: u32 = 6;

/// An amount that has no more digits than USDC.
fn amount(place: &Member, amount: &Decimal) -> Result<DecimalText, ImportError> {
    let units: Option<BigInt> = amount.to_scaled(DECIMALS);
    let units = units.ok_or_else(|| place.wrong("has too many digits"))?;
    Ok(scaled(units, DECIMALS))
}

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let summaries = result(&root.member("get_account_summaries"))?.member("summaries");
    let summaries = Listed::read(&summaries, "currency")?;
    let usdc = summaries.of(USDC)?;
    let model = usdc.member("margin_model");
    if model.text()? != "segregated_sm" {
        let message = "is not \"segregated_sm\": the schedule leaves other margin models out";
        return Err(model.wrong(message));
    }
    for name in ["portfolio_margining_enabled", "cross_collateral_enabled"] {
        let flag = usdc.member(name);
        if flag.stated_flag()? {
            return Err(flag.wrong("is set, which the schedule leaves out"));
        }
    }
    for name in ["options_value", "options_session_upl"] {
        let message = "is not zero: the account holds options, which the schedule leaves out";
        usdc.member(name).must_be_nothing(message)?;
    }
    let message = "is not zero: a reserve for spot orders, which the schedule leaves out";
    usdc.member("spot_reserve").must_be_nothing(message)?;
    let mut account = empty_account(Deribit::NAME);
    let place = usdc.member("equity");
    let cash = sum(&place.number()?, &less(&usdc.member("futures_session_upl").number()?));
    account.balances.push(BalanceFile::new(USDC, amount(&place, &cash)?));
    let mut profit = ListedSum::default();
    for listed in result(&root.member("get_positions"))?.list()? {
        if let Some(position) = position(&listed, schedule)? {
            profit.add(&listed.member("floating_profit_loss").number()?);
            account.positions.push(position);
        }
    }
    profit.check(&usdc.member("futures_session_upl"), SHOWN_DECIMALS)?;
    if account.positions.is_empty() {
        let message = "is not zero, but no position is listed";
        usdc.member("maintenance_margin").must_be_nothing(message)?;
    }
    Ok(account)
}

/// A position, or `None` for an empty entry.
fn position(listed: &Member, schedule: &Schedule) -> Result<Option<PositionFile>, ImportError> {
    let place = listed.member("size");
    if place.is_zero()? {
        return Ok(None);
    }
    let kind = listed.member("kind");
    if kind.text()?.starts_with("option") {
        return Err(kind.wrong(two_accounts(AccountKind::Portfolio)));
    }
    if kind.text()? != "future" {
        return Err(kind.wrong("is not \"future\": the schedule leaves other positions out"));
    }
    let instrument = instrument_of(schedule, &listed.member("instrument_name"))?;
    let Some(size) = size_of(&place, instrument)? else { return Ok(None) };
    let direction = listed.member("direction");
    let long = match direction.text()? {
        "buy" => true,
        "sell" => false,
        _ => return Err(direction.wrong("is neither \"buy\" nor \"sell\"")),
    };
    // Sizes have a sign as well.
    let negative = size.coefficient().is_negative();
    if negative && long {
        return Err(place.wrong("is negative, but the direction is \"buy\""));
    }
    let size = if negative { size } else { signed(size, long) };
    let value = product(&size, &listed.member("mark_price").number()?);
    let place = listed.member("floating_profit_loss");
    let entry = amount(&place, &sum(&value, &less(&place.number()?)))?;
    Ok(Some(PositionFile::new(&*instrument.symbol, decimal(size.to_string()), entry)))
}
