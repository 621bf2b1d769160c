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
use num_traits::{Signed, Zero};
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
    let mut parts = ListedSum::default();
    for name in ["collaterals_value", "positions_value"] {
        parts.add(&root.member(name).computed()?);
    }
    let whole = root.member("subaccount_value");
    match parts.is_nearly(&whole.computed()?, SHOWN_DECIMALS) {
        true => Ok(()),
        false => Err(whole.wrong("is not collaterals_value and positions_value")),
    }
}

/// An amount in the digits of entry values and balances.
fn in_units(figure: &Decimal, schedule: &PortfolioSchedule) -> DecimalText {
    let digits = schedule.file().digits.entry;
    scaled(nearest(figure, digits), digits)
}

/// A balance of an asset of the schedule, or collateral that it lists as an instrument.
fn collateral(
    listed: &Member<'_>,
    schedule: &PortfolioSchedule,
    account: &mut AccountFile,
) -> Result<(), ImportError> {
    let (name, place) = (listed.member("asset_name"), listed.member("amount"));
    let amount = place.scientific()?;
    let pending = listed.member("pending_interest").scientific()?;
    let held = sum(&amount, &pending);
    if schedule.asset(name.text()?).is_some() {
        account.balances.push(BalanceFile::new(name.text()?, in_units(&held, schedule)));
    } else {
        let dust = held.coefficient().is_positive();
        if let Some(size) = size((&name, &place), &held, schedule, dust)? {
            let none = in_units(&Decimal::from_scaled(&BigInt::ZERO, 0), schedule);
            account.positions.push(PositionFile::new(name.text()?, size, none));
        }
    }
    // Interest that is pending is not in the value.
    check_at_mark(listed, &amount)
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
    let (name, place) = (listed.member("instrument_name"), listed.member("amount"));
    let held = place.scientific()?;
    if held.coefficient().is_zero()
        && !listed.member("mark_value").computed()?.coefficient().is_zero()
    {
        return Err(place.wrong("is zero, but mark_value is not"));
    }
    let Some(size) = size((&name, &place), &held, schedule, false)? else { return Ok(None) };
    let orders = listed.member("open_orders_margin").scientific()?;
    if *orders.coefficient() != BigInt::ZERO {
        let message = "is not zero, and open orders are no part of the rule";
        return Err(listed.member("open_orders_margin").wrong(message));
    }
    let of = schedule.file().instruments.iter().find(|i| name.text() == Ok(&*i.symbol));
    let entry = if of.is_some_and(|i| i.kind == ContractFile::Linear) {
        perpetual(listed, &held)?
    } else {
        check_at_mark(listed, &held)?;
        Decimal::from_scaled(&BigInt::ZERO, 0)
    };
    Ok(Some(PositionFile::new(name.text()?, size, in_units(&entry, schedule))))
}

/// The value at entry of a perpetual.
fn perpetual(listed: &Member<'_>, held: &Decimal) -> Result<Decimal, ImportError> {
    let place = listed.member("average_price");
    let price = price_above_zero(&place, place.scientific()?)?;
    let settled = listed.member("net_settlements");
    if !settled.scientific()?.coefficient().is_zero() {
        let message = "is not zero: what was settled is not in the average price";
        return Err(settled.wrong(message));
    }
    check_gain(listed, held, &price)?;
    let paid = product(held, &price);
    Ok(sum(&paid, &less(&listed.member("pending_funding").scientific()?)))
}

/// Checks that an amount is the one that its value is of: of collateral and options the value is the amount at the mark.
fn check_at_mark(listed: &Member<'_>, held: &Decimal) -> Result<(), ImportError> {
    let at_mark = product(held, &listed.member("mark_price").computed()?);
    is_value(listed, &[at_mark], "is not that of the amount at mark_price")
}

/// The same of a perpetual of which nothing is settled: the value is what the mark has moved since the average price. So it is in
/// recorded answers, less what was settled there; none has pending funding and says whether that is in it.
fn check_gain(listed: &Member<'_>, held: &Decimal, price: &Decimal) -> Result<(), ImportError> {
    let moved = sum(&listed.member("mark_price").computed()?, &less(price));
    let gain = product(held, &moved);
    let with_funding = sum(&gain, &listed.member("pending_funding").computed()?);
    let message = "is not what the amount has gained from average_price to mark_price";
    is_value(listed, &[gain, with_funding], message)
}

/// Refuses a value that is none of these, to the digits of totals.
fn is_value(listed: &Member<'_>, own: &[Decimal], message: &str) -> Result<(), ImportError> {
    let place = listed.member("mark_value");
    let stated = place.computed()?;
    let is_one = own.iter().any(|own| {
        let mut value = ListedSum::default();
        value.add(own);
        value.is_nearly(&stated, SHOWN_DECIMALS)
    });
    if is_one { Ok(()) } else { Err(place.wrong(message)) }
}
