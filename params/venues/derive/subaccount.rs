//! Accounts: the `result` of `private/get_subaccount`, under a schedule that lists what it holds by the venue's names.
//!
//! The answer says what an account holds and nothing of the rule: scenarios, factors and confidences are in no answer of the
//! API, so no schedule and no snapshot are read. Cash is with the interest that is not settled yet. A perpetual's value at
//! entry is its average price less the funding that is not settled yet; what else has been settled since it was opened is
//! not in the answer's figures alone, so a position of which something has is refused. Options are worth their mark,
//! whatever was paid.
//!
//! Figures are text, some with an exponent; amounts have up to 34 digits after the point, which are rounded to those of
//! the schedule, to the nearest.

use super::{ImportError, Member, NAME, nearest_product, scaled};
use crate::portfolio::figure::{less, nearest, product, sum};
use crate::portfolio::{ContractFile, PortfolioSchedule};
use crate::venue::{ListedSum, empty_account, price_above_zero, two_accounts};
use crate::{AccountFile, AccountKind, BalanceFile, DecimalText, PositionFile};
use num_bigint::BigInt;
use num_traits::Signed;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Margin type of the rule PMRM_2.
const MARGIN_TYPE: &str = "PM2";

/// Digits to which values are compared with their totals.
const SHOWN_DECIMALS: u32 = 6;

/// Reads the account of an answer.
///
/// # Errors
/// [`ImportError::Source`] with the place in the answer that is wrong; it repeats no figure.
pub fn account(source: &Value, schedule: &PortfolioSchedule) -> Result<AccountFile, ImportError> {
    read(&Member::root(source), schedule)
}

/// The same of an answer's `result` at its place.
pub(super) fn read(
    root: &Member<'_>,
    schedule: &PortfolioSchedule,
) -> Result<AccountFile, ImportError> {
    let kind = root.member("margin_type");
    if kind.text()? != MARGIN_TYPE {
        return Err(kind.wrong(match kind.text()? {
            "SM" => two_accounts(AccountKind::Linear),
            _ => "is not \"PM2\", the margin type that the schedule is of".to_owned(),
        }));
    }
    let liquidated = root.member("is_under_liquidation");
    if liquidated.stated_flag()? {
        return Err(liquidated.wrong("is set: the account is being liquidated"));
    }
    let orders = root.member("open_orders");
    if !orders.list()?.is_empty() {
        return Err(orders.wrong("is not empty, and open orders are no part of the rule"));
    }
    let failed = root.member("failed_to_fetch");
    if failed.flag()? {
        return Err(failed.wrong("is set: the answer is not whole"));
    }
    let mut account = empty_account(NAME);
    for listed in root.member("collaterals").list()? {
        collateral(&listed, schedule, &mut account)?;
    }
    for listed in root.member("positions").list()? {
        account.positions.extend(position(&listed, schedule)?);
    }
    check_listed(root)?;
    Ok(account)
}

/// Checks that nothing is missing: every answer has totals of values at the mark, and of what a list requires, which is
/// nothing of an empty one.
fn check_listed(root: &Member<'_>) -> Result<(), ImportError> {
    for (list, totals) in [
        ("collaterals", ["collaterals_value", "collaterals_maintenance_margin"]),
        ("positions", ["positions_value", "positions_maintenance_margin"]),
    ] {
        let entries = root.member(list).list()?;
        if entries.is_empty() {
            for name in totals {
                let message = format!("is not zero, but {list} is empty");
                root.member(name).must_be_nothing(&message)?;
            }
            continue;
        }
        let value = root.member(totals[0]);
        let mut listed = ListedSum::default();
        for entry in entries {
            listed.add(&entry.member("mark_value").computed()?);
        }
        if !listed.is_nearly(&value.computed()?, SHOWN_DECIMALS) {
            let help = "save the whole answer again";
            return Err(value.wrong(format!("is not that of {list}")).with_help(help));
        }
    }
    Ok(())
}

/// An amount in the digits of entry values and balances.
fn amount(figure: &Decimal, schedule: &PortfolioSchedule) -> DecimalText {
    let digits = schedule.file().digits.entry;
    scaled(nearest(figure, digits), digits)
}

/// A balance of an asset of the schedule, or collateral that it lists as an instrument.
fn collateral(
    listed: &Member<'_>,
    schedule: &PortfolioSchedule,
    account: &mut AccountFile,
) -> Result<(), ImportError> {
    let name = listed.member("asset_name");
    let held = listed.member("amount").scientific()?;
    let pending = listed.member("pending_interest").scientific()?;
    let held = sum(&held, &pending);
    if schedule.asset(name.text()?).is_some() {
        account.balances.push(BalanceFile::new(name.text()?, amount(&held, schedule)));
        return Ok(());
    }
    let dust = held.coefficient().is_positive();
    let size = size((&name, &listed.member("amount")), &held, schedule, dust)?;
    if let Some(size) = size {
        let none = amount(&Decimal::from_scaled(&BigInt::ZERO, 0), schedule);
        account.positions.push(PositionFile::new(name.text()?, size, none));
    }
    Ok(())
}

/// A size in the instrument's digits; `None` for zero, and for what has none of these digits where that may be left out.
fn size(
    (name, place): (&Member<'_>, &Member<'_>),
    held: &Decimal,
    schedule: &PortfolioSchedule,
    leave_out: bool,
) -> Result<Option<DecimalText>, ImportError> {
    let listed = name.text().ok().and_then(|symbol| schedule.instrument(symbol));
    let listed = listed.ok_or_else(|| name.wrong("is not an instrument of the schedule"))?;
    let units = nearest_product(&[held], listed.size_decimals);
    if units == BigInt::ZERO && *held.coefficient() != BigInt::ZERO && !leave_out {
        return Err(place.wrong("is not zero, but less than a unit of the instrument"));
    }
    Ok((units != BigInt::ZERO).then(|| scaled(units, listed.size_decimals)))
}

fn position(
    listed: &Member<'_>,
    schedule: &PortfolioSchedule,
) -> Result<Option<PositionFile>, ImportError> {
    let name = listed.member("instrument_name");
    let held = listed.member("amount").scientific()?;
    let place = listed.member("amount");
    check_value(listed, &held)?;
    let Some(size) = size((&name, &place), &held, schedule, false)? else { return Ok(None) };
    let orders = listed.member("open_orders_margin").scientific()?;
    if *orders.coefficient() != BigInt::ZERO {
        let message = "is not zero, and open orders are no part of the rule";
        return Err(listed.member("open_orders_margin").wrong(message));
    }
    let of = schedule.file().instruments.iter().find(|i| name.text() == Ok(&*i.symbol));
    let linear = of.is_some_and(|i| i.kind == ContractFile::Linear);
    let nothing = Decimal::from_scaled(&BigInt::ZERO, 0);
    let entry = if linear { perpetual(listed, &held)? } else { nothing };
    Ok(Some(PositionFile::new(name.text()?, size, amount(&entry, schedule))))
}

/// Checks that an amount is the one that its value is of: of an option the value is the amount at the mark.
fn check_value(listed: &Member<'_>, held: &Decimal) -> Result<(), ImportError> {
    let value = listed.member("mark_value");
    let stated = value.computed()?;
    if *held.coefficient() == BigInt::ZERO && *stated.coefficient() != BigInt::ZERO {
        return Err(listed.member("amount").wrong("is zero, but mark_value is not"));
    }
    if listed.member("instrument_type").text() == Ok("option") {
        let mut at_mark = ListedSum::default();
        at_mark.add(&product(held, &listed.member("mark_price").computed()?));
        if !at_mark.is_nearly(&stated, SHOWN_DECIMALS) {
            return Err(value.wrong("is not that of the amount at mark_price"));
        }
    }
    Ok(())
}

/// The value at entry of a perpetual.
fn perpetual(listed: &Member<'_>, held: &Decimal) -> Result<Decimal, ImportError> {
    let settled = listed.member("net_settlements");
    if *settled.scientific()?.coefficient() != BigInt::ZERO {
        let message = "is not zero: what was settled is not in the average price";
        return Err(settled.wrong(message));
    }
    let price = listed.member("average_price");
    let paid = product(held, &price_above_zero(&price, price.scientific()?)?);
    Ok(sum(&paid, &less(&listed.member("pending_funding").scientific()?)))
}
