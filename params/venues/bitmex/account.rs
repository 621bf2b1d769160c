//! The margin of a currency, and positions.

use super::{Bitmex, DECIMALS, ImportError, Member, Venue};
use crate::venue::{empty_account, instrument_of, scaled};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;

/// The currency's name at the venue, in satoshis.
pub(super) const CURRENCY: &str = "XBt";

/// Whole satoshis.
pub(super) fn satoshis(place: &Member) -> Result<BigInt, ImportError> {
    place.integer().map(BigInt::from)
}

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let margin = root.member("margin");
    let currency = margin.member("currency");
    if currency.text()? != CURRENCY {
        return Err(currency.wrong("is not \"XBt\""));
    }
    for name in ["grossOpenCost", "initMargin"] {
        let message = "is not zero: open orders have margin, which the schedule leaves out";
        margin.member(name).must_be_nothing(message)?;
    }
    let mut account = empty_account(Bitmex::NAME);
    let cash = satoshis(&margin.member("walletBalance"))?;
    account.balances.push(BalanceFile::new("XBT", scaled(cash, DECIMALS)));
    for listed in root.member("position").list()? {
        let size = listed.member("currentQty");
        if size.is_zero()? {
            continue;
        }
        let currency = listed.member("currency");
        if !currency.text()?.eq_ignore_ascii_case(CURRENCY) {
            // Margin in another currency is a book of its own.
            continue;
        }
        account.positions.push(position(&listed, &size, schedule)?);
    }
    check_profit(&margin, root)?;
    Ok(account)
}

/// Checks that no position is missing: those listed come to the profit and loss of the margin.
fn check_profit(margin: &Member, root: &Member) -> Result<(), ImportError> {
    let mut listed = BigInt::ZERO;
    for position in root.member("position").list()? {
        if position.member("currency").text()?.eq_ignore_ascii_case(CURRENCY) {
            listed += satoshis(&position.member("unrealisedPnl"))?;
        }
    }
    let place = margin.member("unrealisedPnl");
    if satoshis(&place)? == listed {
        return Ok(());
    }
    let help = "save both answers at the same time, with every position of the currency";
    Err(place.wrong("is not that of the positions listed").with_help(help))
}

fn position(
    listed: &Member,
    size: &Member,
    schedule: &Schedule,
) -> Result<PositionFile, ImportError> {
    let cross = listed.member("crossMargin");
    if !cross.flag()? {
        return Err(cross.wrong("is not set: the position is isolated"));
    }
    for name in ["openOrderBuyQty", "openOrderSellQty"] {
        let message = "is not zero: open orders have margin, which the schedule leaves out";
        listed.member(name).must_be_nothing(message)?;
    }
    let instrument = instrument_of(schedule, &listed.member("symbol"))?;
    let entry = scaled(satoshis(&listed.member("unrealisedCost"))?, DECIMALS);
    let size = scaled(satoshis(size)?, 0);
    Ok(PositionFile::new(&*instrument.symbol, size, entry))
}
