//! An account: its mode, its wallet and its positions.

use super::{Bybit, ImportError, Member, Venue, entries, result};
use crate::venue::{
    ListedSum, check_parts, empty_account, entry_of, instrument_of, is_flat, leveraged, must_state,
    settled, signed, size_of,
};
use crate::{AccountFile, BalanceFile, PositionFile, Schedule};
use num_traits::Signed;
use std::collections::BTreeMap;

/// Digits with which the venue shows an amount.
const SHOWN_DECIMALS: u32 = 8;

/// `positionIdx` of a contract's only position in one-way mode, and of each side in hedge mode.
const ONE_WAY: u64 = 0;
const HEDGE_LONG: u64 = 1;
const HEDGE_SHORT: u64 = 2;

pub(super) fn account(root: &Member, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let mode = result(&root.member("account-info"))?.member("marginMode");
    if mode.text()? != "REGULAR_MARGIN" {
        return Err(mode.wrong("is not \"REGULAR_MARGIN\", the mode that the schedule is of"));
    }
    let mut account = empty_account(Bybit::NAME);
    let (mut profit, mut required) = (ListedSum::default(), ListedSum::default());
    let mut indices = Indices::default();
    for listed in entries(&root.member("position-list"))? {
        if let Some(position) = position(&listed, schedule)? {
            indices.add(&listed)?;
            profit.add(&listed.member("unrealisedPnl").computed()?);
            required.add(&listed.member("positionMM").computed()?);
            account.positions.push(position);
        }
    }
    let wallets = result(&root.member("wallet-balance"))?.member("list");
    let [wallet] = &wallets.list()?[..] else {
        return Err(wallets.wrong("is not a list of one account"));
    };
    let kind = wallet.member("accountType");
    if kind.text()? != "UNIFIED" {
        return Err(kind.wrong("is not \"UNIFIED\""));
    }
    let mut worth = ListedSum::default();
    for coin in wallet.member("coin").list()? {
        let symbol = coin.member("coin").text()?;
        owed(&coin)?;
        worth.add(&coin.member("usdValue").computed()?);
        if schedule.asset(symbol).is_none() {
            not_collateral(&coin)?;
            continue;
        }
        profit.check(&coin.member("unrealisedPnl"), SHOWN_DECIMALS)?;
        check_required(wallet, &coin, &account, &required)?;
        let parts = ["walletBalance", "unrealisedPnl"].map(|name| coin.member(name).computed());
        let [cash, result] = parts;
        let message = "is not walletBalance and unrealisedPnl";
        check_parts(&coin.member("equity"), &[cash?, result?], SHOWN_DECIMALS, message)?;
        account.balances.push(BalanceFile::new(symbol, coin.member("walletBalance").decimal()?));
    }
    check_worth(wallet, &worth)?;
    // The wallet lists what is not zero: without positions, an asset that is not listed is one of which there is nothing.
    for asset in &schedule.file().assets {
        if !account.balances.iter().any(|balance| balance.asset == asset.symbol) {
            if !account.positions.is_empty() {
                let message =
                    format!("has no entry of {:?}, but positions settle in it", asset.symbol);
                return Err(wallet.member("coin").wrong(message));
            }
            account.balances.push(BalanceFile::new(&*asset.symbol, crate::venue::decimal("0")));
        }
    }
    Ok(account)
}

/// Checks that no coin is missing: an answer for some of them has the account's total in dollars all the same, and what is
/// owed in another one is margin of these.
fn check_worth(wallet: &Member, worth: &ListedSum) -> Result<(), ImportError> {
    let total = wallet.member("totalEquity");
    if worth.is_nearly(&total.computed()?, SHOWN_DECIMALS) {
        return Ok(());
    }
    let help = "ask for all coins: leave `coin` out of the request";
    Err(total.wrong("is not what the coins listed are worth").with_help(help))
}

/// Compares what the positions listed require with what the coin's do: one that is missing can have no profit, or one that is
/// that of another with the other sign.
fn check_required(
    wallet: &Member,
    coin: &Member,
    account: &AccountFile,
    listed: &ListedSum,
) -> Result<(), ImportError> {
    let total = coin.member("totalPositionMM");
    if account.positions.is_empty() {
        // An answer that was recorded has it of one of two coins, and of the account.
        let place =
            if total.is_present() { total } else { wallet.member("totalMaintenanceMargin") };
        return place.must_be_nothing("is not zero, but position-list has no position");
    }
    let short = |position: &PositionFile| position.size.as_str().starts_with('-');
    let hedged = account.positions.iter().any(|one| {
        let mut others = account.positions.iter();
        others.any(|other| other.instrument == one.instrument && short(other) != short(one))
    });
    // Whether a contract held on both sides is required once or twice in the total is not documented.
    match hedged {
        true => listed.check_no_more(&total, SHOWN_DECIMALS),
        false => listed.check(&total, SHOWN_DECIMALS),
    }
}

/// Refuses what lowers the margin beside positions. Some answers that were recorded leave out the order margin and the bonus
/// of a coin, and none of them what is locked or owed.
fn owed(coin: &Member) -> Result<(), ImportError> {
    for (name, message) in [
        ("totalOrderIM", "is not zero: open orders have margin, which the schedule leaves out"),
        ("bonus", "is not zero: what a bonus is as margin is not known"),
    ] {
        coin.member(name).must_be_nothing_if_given(message)?;
    }
    for (name, message) in [
        ("locked", "is not zero: an open spot order locks it, which the schedule leaves out"),
        ("borrowAmount", "is not zero: the schedule leaves borrowing out"),
        ("spotBorrow", "is not zero: the schedule leaves borrowing out"),
        ("accruedInterest", "is not zero: the schedule leaves borrowing out"),
    ] {
        coin.member(name).must_be_nothing(message)?;
    }
    Ok(())
}

/// Refuses a coin that is margin at the venue and is not in the schedule. What is owed is margin whatever is switched on.
fn not_collateral(coin: &Member) -> Result<(), ImportError> {
    let message = "is not zero: positions settle in a coin that the schedule does not have";
    coin.member("totalPositionMM").must_be_nothing_if_given(message)?;
    for name in ["walletBalance", "equity"] {
        let balance = coin.member(name);
        if name == "equity" && balance.is_nothing() {
            continue;
        }
        if balance.computed()?.coefficient().is_negative() {
            let message = "is negative: the schedule leaves debts in other coins out";
            return Err(balance.wrong(message));
        }
    }
    let flags = [coin.member("marginCollateral"), coin.member("collateralSwitch")];
    if flags[0].stated_flag()? && flags[1].stated_flag()? {
        let message =
            "is not zero: it is collateral, and the schedule has the settlement asset only";
        coin.member("walletBalance").must_be_nothing(message)?;
    }
    Ok(())
}

const ENTRY_HELP: &str = "ask for the positions of the settlement asset: those in USDC have a sessionAvgPrice, because avgPrice is not that of the profit which is not settled yet";

/// Where the price is from which a position's profit counts. Contracts in USDC settle theirs every eight hours into the
/// wallet, from the mark of which their session begins; `avgPrice` stays what was paid.
pub(super) fn entry_place<'a>(listed: &Member<'a>, settle: &str) -> Member<'a> {
    listed.member(if settle == "USDC" { "sessionAvgPrice" } else { "avgPrice" })
}

/// Indices of the positions in each contract.
#[derive(Default)]
struct Indices<'a>(BTreeMap<&'a str, Vec<u64>>);

impl<'a> Indices<'a> {
    /// Refuses a second position in a contract, but for one of the other side in hedge mode.
    fn add(&mut self, listed: &Member<'a>) -> Result<(), ImportError> {
        let place = listed.member("positionIdx");
        if !place.is_present() {
            return Ok(());
        }
        let index = place.natural()?;
        let others = self.0.entry(listed.member("symbol").text()?).or_default();
        if others.iter().any(|other| *other == index || [*other, index].contains(&ONE_WAY)) {
            let message = "is that of a second position in the contract, which has one, or in hedge mode one on each side";
            return Err(place.wrong(message));
        }
        others.push(index);
        Ok(())
    }
}

/// Compares the side with that of the index.
fn check_index(listed: &Member, long: bool) -> Result<(), ImportError> {
    let place = listed.member("positionIdx");
    if !place.is_present() {
        return Ok(());
    }
    match (place.natural()?, long) {
        (ONE_WAY, _) | (HEDGE_LONG, true) | (HEDGE_SHORT, false) => Ok(()),
        (HEDGE_LONG | HEDGE_SHORT, _) => Err(place.wrong("is that of the other side")),
        _ => Err(place.wrong("is none of 0, 1 and 2")),
    }
}

/// A position, or `None` for an empty entry.
fn position(listed: &Member, schedule: &Schedule) -> Result<Option<PositionFile>, ImportError> {
    if is_flat(listed, "size", &["unrealisedPnl", "positionMM", "positionValue"])? {
        return Ok(None);
    }
    let size = listed.member("size");
    let mode = listed.member("tradeMode");
    if mode.integer()? != 0 {
        return Err(mode.wrong("is not 0: the position is isolated"));
    }
    let status = listed.member("positionStatus");
    if status.text()? != "Normal" {
        return Err(status.wrong("is not \"Normal\": the position is being liquidated or reduced"));
    }
    let instrument = instrument_of(schedule, &listed.member("symbol"))?;
    let side = listed.member("side");
    let long = match side.text()? {
        "Buy" => true,
        "Sell" => false,
        _ => return Err(side.wrong("is neither \"Buy\" nor \"Sell\"")),
    };
    check_index(listed, long)?;
    let Some(size) = size_of(&size, instrument)?.filter(|size| size.coefficient().is_positive())
    else {
        return Err(size.wrong("is not above zero"));
    };
    let size = signed(size, long);
    must_state(listed, &["markPrice", "positionValue"])?;
    let place = entry_place(listed, &instrument.settle);
    let price = place.figure().map_err(|e| e.with_help(ENTRY_HELP))?;
    let entry = entry_of(schedule, instrument, &size, (&place, &price))?;
    let entry = settled(schedule, instrument, entry);
    let size = crate::venue::decimal(size.to_string());
    let position = PositionFile::new(&*instrument.symbol, size, entry);
    leveraged(position, &listed.member("leverage"), schedule).map(Some)
}
