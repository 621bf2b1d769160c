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
use crate::venue::{empty_account, two_accounts};
use crate::{AccountFile, AccountKind, BalanceFile, DecimalText, PositionFile};
use num_bigint::BigInt;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Margin type of the rule PMRM_2.
const MARGIN_TYPE: &str = "PM2";

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
    if liquidated.flag()? {
        return Err(liquidated.wrong("is set: the account is being liquidated"));
    }
    let orders = root.member("open_orders");
    if !orders.list()?.is_empty() {
        return Err(orders.wrong("is not empty, and open orders are no part of the rule"));
    }
    let mut account = empty_account(NAME);
    for listed in root.member("collaterals").list()? {
        collateral(&listed, schedule, &mut account)?;
    }
    for listed in root.member("positions").list()? {
        account.positions.extend(position(&listed, schedule)?);
    }
    Ok(account)
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
    let size = size(&name, &held, schedule)?;
    if let Some(size) = size {
        let none = amount(&Decimal::from_scaled(&BigInt::ZERO, 0), schedule);
        account.positions.push(PositionFile::new(name.text()?, size, none));
    }
    Ok(())
}

/// A size in the instrument's digits; `None` for zero.
fn size(
    name: &Member<'_>,
    held: &Decimal,
    schedule: &PortfolioSchedule,
) -> Result<Option<DecimalText>, ImportError> {
    let listed = schedule.file().instruments.iter().find(|i| name.text() == Ok(&*i.symbol));
    let listed = listed.ok_or_else(|| name.wrong("is not an instrument of the schedule"))?;
    let units = nearest_product(&[held], listed.size_decimals);
    Ok((units != BigInt::ZERO).then(|| scaled(units, listed.size_decimals)))
}

fn position(
    listed: &Member<'_>,
    schedule: &PortfolioSchedule,
) -> Result<Option<PositionFile>, ImportError> {
    let name = listed.member("instrument_name");
    let held = listed.member("amount").scientific()?;
    let Some(size) = size(&name, &held, schedule)? else { return Ok(None) };
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

/// The value at entry of a perpetual.
fn perpetual(listed: &Member<'_>, held: &Decimal) -> Result<Decimal, ImportError> {
    let settled = listed.member("net_settlements");
    if *settled.scientific()?.coefficient() != BigInt::ZERO {
        let message = "is not zero: what was settled is not in the average price";
        return Err(settled.wrong(message));
    }
    let paid = product(held, &listed.member("average_price").scientific()?);
    Ok(sum(&paid, &less(&listed.member("pending_funding").scientific()?)))
}
