//! An account: `balance` and `positions`, with `account` and `account/margin` to compare.
//!
//! Cash is the balance. A position's value at entry is its size at its average price, less the funding that is not
//! settled yet; an option has none.

use super::super::{ImportError, ListedSum, Member, is_flat, nearest_product, price_above_zero};
use super::super::{empty_account, magnitude, scaled, two_accounts, within};
use super::{DECIMALS, NAME, USDC};
use crate::portfolio::PortfolioSchedule;
use crate::portfolio::figure::{less, nearest, sum};
use crate::{AccountFile, AccountKind, BalanceFile, PositionFile};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Hundredths of the account's value by which what the answers add up to may differ from it.
const VALUE_DECIMALS: u32 = 2;

/// Answers about one account.
pub(super) struct Answers<'a> {
    pub(super) margin: Member<'a>,
    pub(super) account: Member<'a>,
    pub(super) balance: Member<'a>,
    pub(super) positions: Member<'a>,
}

pub(super) fn account(
    of: &Answers<'_>,
    schedule: &PortfolioSchedule,
) -> Result<AccountFile, ImportError> {
    let method = of.margin.member("margin_methodology");
    match method.text()? {
        "portfolio_margin" => {}
        "cross_margin" => return Err(method.wrong(two_accounts(AccountKind::Linear))),
        _ => return Err(method.wrong("is not \"portfolio_margin\"")),
    }
    let id = of.margin.member("account");
    if id.is_present() && id.text()? != of.account.member("account").text()? {
        return Err(id.other_account("is not the account of account.json"));
    }
    let mut account = empty_account(NAME);
    let mut worth = ListedSum::default();
    for listed in of.balance.member("results").list()? {
        let (token, size) = (listed.member("token"), listed.member("size"));
        if token.text()? != USDC {
            size.must_be_nothing(
                "is not zero: collateral other than USDC is no part of the schedule",
            )?;
            continue;
        }
        let held = size.figure()?;
        if !account.balances.is_empty() {
            return Err(token.wrong("is in the answer twice"));
        }
        worth.add(&held);
        account.balances.push(BalanceFile::new(USDC, scaled(nearest(&held, DECIMALS), DECIMALS)));
    }
    for listed in of.positions.member("results").list()? {
        let status = listed.member("status");
        if status.is_present() && status.text()? != "OPEN" {
            listed.member("size").must_be_nothing("is not zero, but the position is closed")?;
            continue;
        }
        if let Some(position) = position(&listed, schedule)? {
            worth.add(&listed.member("unrealized_pnl").figure()?);
            account.positions.push(position);
        }
    }
    let total = of.account.member("account_value");
    let value = total.figure()?;
    if !within(&value, worth.sum(), &value, VALUE_DECIMALS) {
        let message =
            "differs from the balance and results of the positions listed by more than 1 %";
        return Err(total
            .wrong(message)
            .with_help("save all answers at one time, with every position"));
    }
    Ok(account)
}

fn position(
    listed: &Member<'_>,
    schedule: &PortfolioSchedule,
) -> Result<Option<PositionFile>, ImportError> {
    if is_flat(listed, "size", &["unrealized_pnl"])? {
        return Ok(None);
    }
    let name = listed.member("market");
    let of = name.text().ok().and_then(|symbol| schedule.instrument(symbol));
    let of = of.ok_or_else(|| name.wrong("is not a market of the schedule"))?;
    let place = listed.member("size");
    let size = place.figure()?;
    let side = listed.member("side");
    let size = match side.text()? {
        // The venue writes sizes of short positions with a sign, or without one.
        "SHORT" => less(&magnitude(&size)),
        "LONG" if size.coefficient().is_positive() => size,
        "LONG" => return Err(place.wrong("is below zero, but side is \"LONG\"")),
        _ => return Err(side.wrong("is neither \"LONG\" nor \"SHORT\"")),
    };
    let Some(units) = size.to_scaled(of.size_decimals) else {
        return Err(place.wrong("has more digits than sizes of the market"));
    };
    let price = listed.member("average_entry_price");
    let price = price_above_zero(&price, price.figure()?)?;
    let paid = Decimal::from_scaled(&nearest_product(&[&size, &price], DECIMALS), DECIMALS);
    let funding = listed.member("unrealized_funding_pnl").figure_or_zero()?;
    let entry = nearest(&sum(&paid, &less(&funding)), DECIMALS);
    let size = scaled(units, of.size_decimals);
    Ok(Some(PositionFile::new(name.text()?, size, scaled(entry, DECIMALS))))
}
