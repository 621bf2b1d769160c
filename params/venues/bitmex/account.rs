//! The margin of a currency, and positions.

use super::{Bitmex, DECIMALS, ImportError, Member, Venue};
use crate::portfolio::figure::sum;
use crate::venue::{
    ListedSum, check_entry, empty_account, instrument_of, is_flat, must_state, scaled,
};
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
    no_foreign_margin(&margin)?;
    let mut account = empty_account(Bitmex::NAME);
    let (mut profit, mut required) = (BigInt::ZERO, Vec::new());
    let cash = satoshis(&margin.member("walletBalance"))?;
    account.balances.push(BalanceFile::new("XBT", scaled(cash, DECIMALS)));
    for listed in root.member("position").list()? {
        let currency = listed.member("currency");
        if !currency.text()?.eq_ignore_ascii_case(CURRENCY) {
            // Margin in another currency is a book of its own.
            continue;
        }
        if is_flat(&listed, "currentQty", &["unrealisedPnl", "unrealisedCost", "posMaint"])? {
            continue;
        }
        account.positions.push(position(&listed, &listed.member("currentQty"), schedule)?);
        profit += result(&listed)?;
        required.push(listed.member("maintMargin"));
    }
    check_listed(&margin, &profit, &required)?;
    let [cash, result] =
        ["walletBalance", "unrealisedPnl"].map(|name| margin.member(name).computed());
    let message = "is not walletBalance and unrealisedPnl";
    // Whole satoshis, of which none is rounded.
    let balance = margin.member("marginBalance");
    if balance.is_present() && balance.computed()? != sum(&cash?, &result?) {
        return Err(balance.wrong(message));
    }
    Ok(account)
}

/// Refuses margin in other currencies that the venue counts with this one. Answers without any have zero there or, as one of
/// the library's, what the currency itself has.
fn no_foreign_margin(margin: &Member) -> Result<(), ImportError> {
    for (name, own) in
        [("foreignMarginBalance", "marginBalance"), ("foreignRequirement", "maintMargin")]
    {
        let (place, of) = (margin.member(name), margin.member(own));
        if place.is_present() && of.is_present() && place.computed()? == of.computed()? {
            continue;
        }
        place.must_be_nothing_if_given(&format!(
            "is neither zero nor {own}: margin in other currencies is no part of the schedule"
        ))?;
    }
    Ok(())
}

/// Checks that no position is missing: those listed come to the profit and loss of the margin, and to its maintenance margin
/// where each states its own.
fn check_listed(margin: &Member, profit: &BigInt, required: &[Member]) -> Result<(), ImportError> {
    let place = margin.member("unrealisedPnl");
    if satoshis(&place)? != *profit {
        let help = "save both answers at the same time, with every position of the currency";
        return Err(place.wrong("is not that of the positions listed").with_help(help));
    }
    let total = margin.member("maintMargin");
    if required.is_empty() {
        return total.must_be_nothing("is not zero, but no position of the currency is listed");
    }
    if !required.iter().all(Member::is_present) {
        return Ok(());
    }
    let mut listed = ListedSum::default();
    for own in required {
        listed.add(&own.computed()?);
    }
    listed.check(&total, 0)
}

/// A position's result, which is its value less what it cost, in whole satoshis of which none is rounded.
fn result(listed: &Member) -> Result<BigInt, ImportError> {
    let place = listed.member("unrealisedPnl");
    let [value, cost] = ["markValue", "unrealisedCost"].map(|name| listed.member(name));
    let result = satoshis(&place)?;
    if satoshis(&value)? - satoshis(&cost)? != result {
        return Err(place.wrong("is not markValue less unrealisedCost"));
    }
    Ok(result)
}

fn position(
    listed: &Member,
    size: &Member,
    schedule: &Schedule,
) -> Result<PositionFile, ImportError> {
    let state = listed.member("posState");
    if !state.is_nothing() {
        return Err(state.wrong("is not empty: the position is being liquidated"));
    }
    let cross = listed.member("crossMargin");
    if !cross.flag()? {
        return Err(cross.wrong("is not set: the position is isolated"));
    }
    for name in ["openOrderBuyQty", "openOrderSellQty"] {
        let message = "is not zero: open orders have margin, which the schedule leaves out";
        listed.member(name).must_be_nothing(message)?;
    }
    must_state(listed, &["markPrice"])?;
    let instrument = instrument_of(schedule, &listed.member("symbol"))?;
    let cost = listed.member("unrealisedCost");
    let (size, entry) = (satoshis(size)?, satoshis(&cost)?);
    check_entry(&cost, instrument.kind, &size, &entry)?;
    let (size, entry) = (scaled(size, 0), scaled(entry, DECIMALS));
    Ok(PositionFile::new(&*instrument.symbol, size, entry))
}
