//! An account: its summary of USDC and its positions.

use super::{DECIMALS, Deribit, ImportError, Member, USDC, Venue, result, size, summary};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{
    Listed, ListedSum, check_entry, check_sign, decimal, empty_account, instrument_of, is_flat,
    price_above_zero, scaled, size_of, two_accounts,
};
use crate::{AccountFile, AccountKind, BalanceFile, DecimalText, PositionFile, Schedule};
use num_bigint::BigInt;
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
    let mut account = empty_account(Deribit::NAME);
    let place = usdc.member("equity");
    let cash = sum(&place.number()?, &less(&usdc.member("futures_session_upl").number()?));
    account.balances.push(BalanceFile::new(USDC, amount(&place, &cash)?));
    let (mut profit, mut required) = (ListedSum::default(), ListedSum::default());
    for listed in result(&root.member("get_positions"))?.list()? {
        if let Some(position) = position(&listed, schedule)? {
            profit.add(&listed.member("floating_profit_loss").number()?);
            required.add(&listed.member("maintenance_margin").computed()?);
            account.positions.push(position);
        }
    }
    profit.check(&usdc.member("futures_session_upl"), SHOWN_DECIMALS)?;
    let total = usdc.member("maintenance_margin");
    if account.positions.is_empty() {
        total.must_be_nothing("is not zero, but no position is listed")?;
    } else {
        required.check(&total, SHOWN_DECIMALS)?;
    }
    summary::check(usdc, SHOWN_DECIMALS)?;
    Ok(account)
}

/// A position, or `None` for an empty entry.
fn position(listed: &Member, schedule: &Schedule) -> Result<Option<PositionFile>, ImportError> {
    let figures = ["floating_profit_loss", "maintenance_margin", "size_currency"];
    if is_flat(listed, "size", &figures)? {
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
    let place = size::place(listed, &instrument.symbol);
    let Some(size) = size_of(&place, instrument)? else {
        return Err(place.wrong("is zero, and size is not"));
    };
    let direction = listed.member("direction");
    let long = match direction.text()? {
        "buy" => true,
        "sell" => false,
        _ => return Err(direction.wrong("is neither \"buy\" nor \"sell\"")),
    };
    check_sign(&place, size.coefficient(), long)?;
    let value = listed.member("size");
    check_sign(&value, value.computed()?.coefficient(), long)?;
    let mark = listed.member("mark_price");
    let value = product(&size, &price_above_zero(&mark, mark.number()?)?);
    let place = listed.member("floating_profit_loss");
    let entry = sum(&value, &less(&place.number()?));
    check_entry(&place, instrument.kind, size.coefficient(), entry.coefficient())?;
    let entry = amount(&place, &entry)?;
    Ok(Some(PositionFile::new(&*instrument.symbol, decimal(size.to_string()), entry)))
}
