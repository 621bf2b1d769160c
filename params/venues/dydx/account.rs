//! A subaccount of the indexer.

use super::{Dydx, ImportError, Member, QUOTE_DECIMALS, Venue};
use crate::portfolio::figure::{product, sum};
use crate::venue::{
    ListedSum, decimal, empty_account, instrument_of, price_above_zero, scaled, signed, size_of,
};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// The number of an isolated subaccount is at least this.
const ISOLATED: u64 = 128;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let subaccount = root.member("subaccount");
    let number = subaccount.member("subaccountNumber");
    let number_of_all = number.natural()?;
    if number_of_all >= ISOLATED {
        return Err(number.wrong("is one of isolated markets, which the schedule leaves out"));
    }
    let mut account = empty_account(Dydx::NAME);
    let mut cash = BigInt::ZERO;
    for (symbol, held) in subaccount.member("assetPositions").object()? {
        if symbol != "USDC" {
            return Err(held.wrong("is not USDC, the only asset of the schedule"));
        }
        check_place(&held, number_of_all, "symbol", symbol)?;
        cash = side_of(&held, &held.member("size").figure()?)?
            .to_scaled(QUOTE_DECIMALS)
            .ok_or_else(|| held.member("size").wrong("has more digits than the chain's USDC"))?;
    }
    account.balances.push(BalanceFile::new("USDC", scaled(cash.clone(), QUOTE_DECIMALS)));
    let mut worth = ListedSum::default();
    worth.add(&Decimal::from_scaled(&cash, QUOTE_DECIMALS));
    for (market, held) in subaccount.member("openPerpetualPositions").object()? {
        let (position, value) = position(&held, schedule)?;
        check_place(&held, number_of_all, "market", market)?;
        worth.add(&value);
        account.positions.push(position);
    }
    // Without positions both are the balance.
    let equity = subaccount.member("equity");
    if account.positions.is_empty() && equity.scaled(QUOTE_DECIMALS)? != cash {
        return Err(equity.wrong("is not the balance of USDC, but no position is listed"));
    }
    worth.check(&equity, QUOTE_DECIMALS)?;
    Ok(account)
}

/// Checks that an entry is the one under whose name it stands, and of this subaccount: each is a book of its own.
fn check_place(held: &Member, subaccount: u64, names: &str, name: &str) -> Result<(), ImportError> {
    let own = held.member(names);
    if own.is_present() && own.text()? != name {
        return Err(own.wrong("is not the name under which the entry stands"));
    }
    let number = held.member("subaccountNumber");
    if number.is_present() && number.natural()? != subaccount {
        return Err(number.other_account("is not that of the subaccount"));
    }
    Ok(())
}

/// With the side's sign. The indexer writes a short one with a minus where it is of a perpetual.
fn side_of(held: &Member, size: &Decimal) -> Result<Decimal, ImportError> {
    let side = held.member("side");
    let negative = size.coefficient().is_negative();
    match side.text()? {
        "LONG" if negative => Err(held.member("size").wrong("is negative, but the side is LONG")),
        "LONG" => Ok(size.clone()),
        "SHORT" => Ok(if negative { size.clone() } else { signed(size.clone(), false) }),
        _ => Err(side.wrong("is neither \"LONG\" nor \"SHORT\"")),
    }
}

/// A position, and what it is worth at the price of the indexer: its size at entry with the profit and loss since.
fn position(held: &Member, schedule: &Schedule) -> Result<(PositionFile, Decimal), ImportError> {
    let instrument = instrument_of(schedule, &held.member("market"))?;
    let status = held.member("status");
    if status.text()? != "OPEN" {
        return Err(status.wrong("is not \"OPEN\""));
    }
    let place = held.member("size");
    let size = size_of(&place, instrument)?.ok_or_else(|| place.wrong("is 0"))?;
    let size = side_of(held, &size)?;
    let price = held.member("entryPrice");
    let at_entry = product(&size, &price_above_zero(&price, price.computed()?)?);
    let value = sum(&at_entry, &held.member("unrealizedPnl").computed()?);
    let size = decimal(size.to_string());
    let position = PositionFile {
        funding_index: instrument.funding_decimals.map(|_| decimal("0")),
        ..PositionFile::new(&*instrument.symbol, size, decimal("0"))
    };
    Ok((position, value))
}
