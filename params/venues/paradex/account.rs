//! An account: `balance` and `positions`, with `account` and `account/margin` to compare.
//!
//! Cash is the balance. A position's value at entry is its size at its average price, less the funding that is not
//! settled yet; an option has none.
//!
//! A position's result is `size * (mark - average price)` and that funding, and the account's value is the balance and all
//! results. Each is compared with the venue's own: what a result differs by is what its mark moved from one answer to the
//! other and what the average price is rounded by, which is measured, and the value may differ by the sum of that and by the
//! digits of what is added, and no more.

use super::super::{
    ImportError, Listed, ListedSum, Member, is_flat, nearest_product, price_above_zero,
};
use super::super::{empty_account, is_opposite, magnitude, scaled, two_accounts, within};
use super::markets::delta_of;
use super::{DECIMALS, NAME, USDC};
use crate::portfolio::figure::{less, nearest, product, sum};
use crate::portfolio::{ContractFile, PortfolioSchedule};
use crate::{AccountFile, AccountKind, BalanceFile, PositionFile};
use num_bigint::BigInt;
use num_traits::Signed;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;

/// Digits with which the venue shows an amount.
const SHOWN_DECIMALS: u32 = 8;
/// Digits of the part by which the underlying may have moved: 10^-2.
const MOVE_DECIMALS: u32 = 2;
/// Digits of the part by which the cost of a position may differ from its size at its average price: 10^-3.
const COST_DECIMALS: u32 = 3;
/// Digits of the part of the underlying's price by which a mark is far from the entry price: 10^-3.
const SIDE_DECIMALS: u32 = 3;

/// Answers about one account, and the quotes of its markets.
pub(super) struct Answers<'a> {
    pub(super) margin: Member<'a>,
    pub(super) account: Member<'a>,
    pub(super) balance: Member<'a>,
    pub(super) positions: Member<'a>,
    pub(super) summary: Member<'a>,
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
    let owner = of.account.member("account").text()?;
    check_owner(&of.margin, owner)?;
    let status = of.account.member("status");
    if status.text()? != "ACTIVE" {
        return Err(status.wrong("is not \"ACTIVE\": the venue has the account in another state"));
    }
    let isolated = isolated(&of.margin)?;
    let quotes = Listed::read(&of.summary.member("results"), "symbol")?;
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
    let mut moved = zero();
    for listed in of.positions.member("results").list()? {
        check_owner(&listed, owner)?;
        let status = listed.member("status");
        if status.is_present() && status.text()? != "OPEN" {
            listed.member("size").must_be_nothing("is not zero, but the position is closed")?;
            continue;
        }
        if let Some((position, is_option, funding)) = position(&listed, schedule)? {
            let market = listed.member("market");
            if let Some(place) = isolated.get(market.text()?) {
                let message = "is \"ISOLATED\", and a position is held there: portfolio margin has no margin of its own";
                return Err(place.wrong(message));
            }
            worth.add(&listed.member("unrealized_pnl").figure()?);
            let quote = quotes.of(market.text()?)?;
            moved = sum(&moved, &movement(&listed, (&position, is_option), &funding, quote)?);
            account.positions.push(position);
        }
    }
    worth.check_moved(&of.account.member("account_value"), SHOWN_DECIMALS, &moved)?;
    Ok(account)
}

fn zero() -> Decimal {
    Decimal::from_scaled(&BigInt::ZERO, 0)
}

/// An entry that says whose it is says the account.
fn check_owner(entry: &Member<'_>, owner: &str) -> Result<(), ImportError> {
    let id = entry.member("account");
    if id.is_present() && id.text()? != owner {
        return Err(id.other_account("is not the account of account.json"));
    }
    Ok(())
}

/// Markets that the account has set to margin of their own.
fn isolated<'a>(margin: &Member<'a>) -> Result<BTreeMap<&'a str, Member<'a>>, ImportError> {
    let configs = margin.member("configs");
    let configs = if configs.is_present() { configs.list()? } else { Vec::new() };
    let mut markets = BTreeMap::new();
    for config in configs {
        let kind = config.member("margin_type");
        match kind.text()? {
            "CROSS" => {}
            "ISOLATED" => drop(markets.insert(config.member("market").text()?, kind)),
            _ => return Err(kind.wrong("is neither \"CROSS\" nor \"ISOLATED\"")),
        }
    }
    Ok(markets)
}

/// By how much a position's result differs from that at the mark of the snapshot. The mark moves with 1 % of the underlying
/// by its delta, and by 1 % of itself as volatility and time do.
fn movement(
    listed: &Member<'_>,
    (position, is_option): (&PositionFile, bool),
    funding: &Decimal,
    quote: &Member<'_>,
) -> Result<Decimal, ImportError> {
    let place = listed.member("unrealized_pnl");
    let size = listed.member("size");
    let size = Decimal::parse(position.size.as_str()).map_err(|e| size.wrong(e.to_string()))?;
    let mark = quote.member("mark_price").figure()?;
    let distance = sum(&mark, &less(&listed.member("average_entry_price").figure()?));
    let own = product(&size, &distance);
    let stated = sum(&place.figure()?, &less(funding));
    let price = quote.member("underlying_price").figure()?;
    if is_opposite(&stated, &own) && !within(&distance, &zero(), &price, SIDE_DECIMALS) {
        return Err(place.wrong("is the result of a position on the other side"));
    }
    let by_underlying = product(&magnitude(&delta_of(quote, is_option)?), &price);
    let moving = product(&size, &sum(&by_underlying, &mark));
    if !within(&stated, &own, &moving, MOVE_DECIMALS) {
        let message = "differs from the result of the size at the mark of summary.json by more than 1 % of the underlying moves it";
        return Err(place.other_time(message));
    }
    Ok(magnitude(&sum(&stated, &less(&own))))
}

/// Compares what a position cost with its size at its average price, to the digits that are shown: near that price neither
/// its result nor the account's value say how large it is.
fn check_cost(place: &Member<'_>, paid: &Decimal) -> Result<(), ImportError> {
    let cost = place.computed()?;
    let one = |digits| Decimal::from_scaled(&1.into(), digits);
    let most = sum(&product(&magnitude(paid), &one(COST_DECIMALS)), &one(cost.scale()));
    let apart = magnitude(&sum(&magnitude(&cost), &less(&magnitude(paid))));
    if sum(&most, &less(&apart)).coefficient().is_negative() {
        return Err(place.wrong("is not the size at the average entry price"));
    }
    Ok(())
}

/// A position, whether it is an option, and its funding that is not settled yet.
fn position(
    listed: &Member<'_>,
    schedule: &PortfolioSchedule,
) -> Result<Option<(PositionFile, bool, Decimal)>, ImportError> {
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
    check_cost(&listed.member("cost"), &paid)?;
    let funding = listed.member("unrealized_funding_pnl");
    let is_option = of.kind != ContractFile::Linear;
    let funding = match funding.is_present() && is_option {
        // An option has none.
        true => funding.figure_or_zero()?,
        false => funding.figure()?,
    };
    let entry = nearest(&sum(&paid, &less(&funding)), DECIMALS);
    let size = scaled(units, of.size_decimals);
    let position = PositionFile::new(name.text()?, size, scaled(entry, DECIMALS));
    Ok(Some((position, is_option, funding)))
}
