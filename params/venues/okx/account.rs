//! An account: its mode, its balances and its positions.

use super::{ImportError, Member, Okx, Venue, data};
use crate::portfolio::figure::{less, sum};
use crate::venue::{
    ListedSum, check_parts, decimal, empty_account, entry_of, instrument_of, is_flat, must_state,
    settled, signed, size_of, two_accounts,
};
use crate::{AccountFile, AccountKind, BalanceFile, PositionFile, Schedule};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Digits to which the venue's figures, computed in 64 bits, are the same in two answers.
const SHOWN_DECIMALS: u32 = 8;

/// The only entry of an answer.
fn one<'a>(answer: &Member<'a>) -> Result<Member<'a>, ImportError> {
    match &data(answer)?[..] {
        [one] => Ok(one.clone()),
        _ => Err(answer.member("data").wrong("is not a list of one entry")),
    }
}

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let mode = one(&root.member("config"))?.member("acctLv");
    match mode.text()? {
        "2" => {}
        "3" => return Err(mode.wrong("is \"3\", multi-currency margin; the schedule is of \"2\"")),
        "4" => return Err(mode.wrong("is \"4\", portfolio margin; the schedule is of \"2\"")),
        _ => return Err(mode.wrong("is not \"2\", the mode in which swaps have single currencies")),
    }
    let mut account = empty_account(Okx::NAME);
    let details = one(&root.member("balance"))?.member("details");
    for coin in details.list()? {
        let symbol = coin.member("ccy").text()?;
        // Each currency is a book of its own: others are not margin of this one.
        if schedule.asset(symbol).is_some() {
            account.balances.push(balance(&coin, symbol)?);
        }
    }
    let [mut profit, mut required, mut isolated] = [(); 3].map(|()| ListedSum::default());
    let mut of_isolated = Decimal::from_scaled(&BigInt::ZERO, 0);
    for listed in data(&root.member("positions"))? {
        if let Some(position) = position(&listed, schedule)? {
            let own = listed.member("upl").computed()?;
            profit.add(&own);
            match &position.isolated_margin {
                None => required.add(&listed.member("mmr").computed()?),
                Some(_) => {
                    isolated.add(&sum(&listed.member("margin").computed()?, &own));
                    of_isolated = sum(&of_isolated, &own);
                }
            }
            account.positions.push(position);
        }
    }
    // The answer lists what is not zero.
    for asset in &schedule.file().assets {
        if !account.balances.iter().any(|balance| balance.asset == asset.symbol) {
            if !account.positions.is_empty() {
                let message =
                    format!("has no entry of {:?}, but positions settle in it", asset.symbol);
                return Err(details.wrong(message));
            }
            account.balances.push(BalanceFile::new(&*asset.symbol, decimal("0")));
        }
    }
    for coin in details.list()? {
        if schedule.asset(coin.member("ccy").text()?).is_some() {
            profit.check(&coin.member("upl"), SHOWN_DECIMALS)?;
            check_listed(&coin, &account, [&required, &isolated])?;
            check_equity(&coin, of_isolated.clone())?;
        }
    }
    Ok(account)
}

/// Compares the coin's equity with its cash, what is in the books of isolated positions, and the profit of the others.
fn check_equity(coin: &Member, profit_of_isolated: Decimal) -> Result<(), ImportError> {
    let [cash, profit] = ["cashBal", "upl"].map(|name| coin.member(name).computed());
    let isolated = coin.member("isoEq").figure_or_zero()?;
    let message = "is not that of the isolated positions listed";
    let own = std::slice::from_ref(&profit_of_isolated);
    check_parts(&coin.member("isoUpl"), own, SHOWN_DECIMALS, message)?;
    let parts = [cash?, profit?, isolated, less(&profit_of_isolated)];
    let message = "is not cashBal and isoEq with the profit of the cross book";
    check_parts(&coin.member("eq"), &parts, SHOWN_DECIMALS, message)
}

/// Checks that no position is missing, which can have no profit: what those of the cross book require, and what is in the
/// books of isolated ones.
fn check_listed(
    coin: &Member,
    account: &AccountFile,
    [required, in_books]: [&ListedSum; 2],
) -> Result<(), ImportError> {
    let isolated = |p: &PositionFile| p.isolated_margin.is_some();
    // The answer leaves both empty where there is nothing.
    if account.positions.iter().all(isolated) {
        let message = "is not zero, but no position of the cross book is listed";
        coin.member("mmr").must_be_nothing(message)?;
    } else {
        required.check(&coin.member("mmr"), SHOWN_DECIMALS)?;
    }
    if !account.positions.iter().any(isolated) {
        let message = "is not zero, but no isolated position is listed";
        coin.member("isoEq").must_be_nothing(message)?;
    } else {
        in_books.check(&coin.member("isoEq"), SHOWN_DECIMALS)?;
    }
    Ok(())
}

/// What the cross book has of its asset: cash without what is assigned to isolated positions.
fn balance(coin: &Member, symbol: &str) -> Result<BalanceFile, ImportError> {
    for (name, message) in [
        ("ordFrozen", "is not zero: open orders have margin, which the schedule leaves out"),
        ("liab", "is not zero: the schedule leaves borrowing out"),
        ("crossLiab", "is not zero: the schedule leaves borrowing out"),
        ("interest", "is not zero: the schedule leaves borrowing out"),
        ("stgyEq", "is not zero: equity of trading strategies is in none of the positions"),
        ("rewardBal", "is not zero: what a trial fund is as margin is not known"),
    ] {
        coin.member(name).must_be_nothing(message)?;
    }
    // Older answers have neither.
    for name in ["isoLiab", "uplLiab"] {
        let message = "is not zero: the schedule leaves borrowing out";
        coin.member(name).must_be_nothing_if_given(message)?;
    }
    Ok(BalanceFile::new(symbol, coin.member("cashBal").decimal()?))
}

/// A position, or `None` for an empty entry.
fn position(listed: &Member, schedule: &Schedule) -> Result<Option<PositionFile>, ImportError> {
    if is_flat(listed, "pos", &["upl", "mmr", "margin"])? {
        return Ok(None);
    }
    let place = listed.member("pos");
    let kind = listed.member("instType");
    if kind.text()? == "OPTION" {
        return Err(kind.wrong(two_accounts(AccountKind::Portfolio)));
    }
    if kind.text()? != "SWAP" {
        return Err(kind.wrong("is not \"SWAP\": the schedule leaves other positions out"));
    }
    must_state(listed, &["markPx", "notionalUsd"])?;
    let instrument = instrument_of(schedule, &listed.member("instId"))?;
    let Some(size) = size_of(&place, instrument)? else { return Ok(None) };
    let side = listed.member("posSide");
    let size = match side.text()? {
        "net" => size,
        "long" | "short" if size.coefficient().is_negative() => {
            return Err(place.wrong("is negative, but posSide says the side"));
        }
        "long" => size,
        "short" => signed(size, false),
        _ => return Err(side.wrong("is none of \"net\", \"long\" and \"short\"")),
    };
    let average = listed.member("avgPx");
    let entry = entry_of(schedule, instrument, &size, (&average, &average.figure()?))?;
    let mode = listed.member("mgnMode");
    let isolated_margin = match mode.text()? {
        "cross" => None,
        "isolated" => Some(listed.member("margin").decimal()?),
        _ => return Err(mode.wrong("is neither \"cross\" nor \"isolated\"")),
    };
    Ok(Some(PositionFile {
        isolated_margin,
        ..PositionFile::new(
            &*instrument.symbol,
            decimal(size.to_string()),
            settled(schedule, instrument, entry),
        )
    }))
}
