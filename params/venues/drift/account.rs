//! A user's account. Errors repeat no figure of it.

use super::{
    Drift, QUOTE_DECIMALS, RATE_DECIMALS, RESULTS, figure_or_zero, index, perpetual, spot,
};
use crate::venue::{ImportError, Member, Venue, decimal, empty_account, scaled};
use crate::{AccountFile, BalanceFile, DecimalText, PositionFile, Requirement, Schedule};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use std::collections::BTreeSet;

/// Digits of a balance before interest, and of a size.
const BASE_DECIMALS: u32 = 9;

/// Bit of an isolated position in the program's flags.
const ISOLATED: u64 = 1;

/// Bits of what happens to a book: those of the user's status, and those of an isolated position's flags.
struct States {
    being_liquidated: u64,
    bankrupt: u64,
}

const OF_USER: States = States { being_liquidated: 1, bankrupt: 2 };
const OF_POSITION: States = States { being_liquidated: 2, bankrupt: 4 };

impl States {
    /// Refuses a bankrupt book, and one that is being liquidated where the margin is another than that at which this ends.
    fn check(&self, bits: &Member<'_>, schedule: &Schedule) -> Result<(), ImportError> {
        if !bits.is_present() {
            return Ok(());
        }
        let set = flags_of(bits)?;
        if set & self.bankrupt != 0 {
            return Err(bits.wrong("has the bit of a bankrupt: its losses are shared by others"));
        }
        let may_be = schedule.requirement() == Requirement::LiquidationEnd;
        if set & self.being_liquidated != 0 && !may_be {
            let message = "has the bit of one that is being liquidated, until its margin of --requirement liquidation-end is met";
            return Err(bits.wrong(message));
        }
        Ok(())
    }
}

/// Figures of a position, one of which is not zero.
const FIGURES: [&str; 6] = [
    "base_asset_amount",
    "quote_asset_amount",
    "isolated_position_scaled_balance",
    "open_bids",
    "open_asks",
    "open_orders",
];

/// The account of a user, with its isolated positions.
pub(super) fn account(root: &Member<'_>, schedule: &Schedule) -> Result<AccountFile, ImportError> {
    let user = root.member("user");
    let mode = user.member("margin_mode");
    if mode.is_present() && mode.text()? != "Default" {
        return Err(mode.wrong("is not the default mode, which is the only one that is imported"));
    }
    let message = "is not the pool of all markets, which is the only one that is imported";
    user.member("pool_id").must_be_nothing_if_given(message)?;
    OF_USER.check(&user.member("status"), schedule)?;
    check_positions(root)?;
    let of_user = figure_or_zero(&user, "max_margin_ratio")?;
    let mut account = empty_account(Drift::NAME);
    for held in root.member("spot_positions").list()? {
        refuse_orders(&held)?;
        let symbol = symbol_of(&root.member("spot_markets"), &held, spot::symbol)?;
        if schedule.asset(&symbol).is_none() {
            return Err(held.wrong("is in a market that the schedule does not list"));
        }
        let share = held.member("scaled_balance").scaled(0)?;
        if share.is_negative() {
            // The program has no signs: a debt with one would be a deposit.
            return Err(held
                .member("scaled_balance")
                .wrong("is negative; balance_type is its sign"));
        }
        if !share.is_zero() {
            let market = root.member("spot_markets").member(held.member("market_index").text()?);
            let message = "is not the pool of the user, in which this balance would be";
            market.member("pool_id").must_be_nothing_if_given(message)?;
        }
        let share = match held.member("balance_type").text()? {
            "Deposit" => share,
            "Borrow" => -share,
            _ => {
                return Err(held.member("balance_type").wrong("is neither a deposit nor a borrow"));
            }
        };
        let own_rate = own_rate(&of_user);
        account.balances.push(BalanceFile {
            own_rate,
            ..BalanceFile::new(symbol, scaled(share, BASE_DECIMALS))
        });
    }
    account.balances.push(BalanceFile::new(RESULTS, decimal("0")));
    for held in root.member("perp_positions").list()? {
        if is_empty(&held)? {
            continue;
        }
        if let Some(position) = position(root, &held, schedule, &of_user)? {
            account.positions.push(position);
        }
    }
    Ok(account)
}

/// Whether a position is a book of its own. The program has that as a bit of its flags; a decoder may say it as `isolated`.
fn is_isolated(held: &Member<'_>) -> Result<bool, ImportError> {
    let (said, flags) = (held.member("isolated"), held.member("position_flag"));
    let by_flags =
        flags.is_present().then(|| Ok::<_, ImportError>(flags_of(&flags)? & ISOLATED != 0));
    let by_flags = by_flags.transpose()?;
    let by_word = said.is_present().then(|| said.stated_flag()).transpose()?;
    let isolated = match (by_word, by_flags) {
        (Some(word), Some(flags)) if word != flags => {
            return Err(said.wrong("is not what position_flag says"));
        }
        (None, None) => {
            let message = "is missing, and so is isolated: which book the position is in";
            return Err(flags.wrong(message));
        }
        (word, flags) => word.or(flags) == Some(true),
    };
    if !isolated {
        let message = "is not zero, but the position is not isolated";
        held.member("isolated_position_scaled_balance").must_be_nothing_if_given(message)?;
    }
    Ok(isolated)
}

/// The bits of a position, as a number or as text.
fn flags_of(flags: &Member<'_>) -> Result<u64, ImportError> {
    flags.natural().or_else(|_| {
        flags.scaled(0)?.to_u64().ok_or_else(|| flags.wrong("is not a number of bits"))
    })
}

/// Checks what all positions are: each says its book, none is in a market of another, and none has
/// shares of a market's liquidity, whose part of the market is no part of the size.
fn check_positions(root: &Member<'_>) -> Result<(), ImportError> {
    let mut markets = BTreeSet::new();
    for held in root.member("perp_positions").list()? {
        is_isolated(&held)?;
        let message = "is not zero; shares of a market's liquidity are not imported";
        held.member("lp_shares").must_be_nothing_if_given(message)?;
        for name in ["base_asset_amount", "quote_asset_amount"] {
            held.member(name).scaled(0)?;
        }
        let is_empty = is_empty(&held)?;
        // Places without a position are all of market 0.
        let market = held.member("market_index");
        if !is_empty && !markets.insert(market.text()?.to_owned()) {
            return Err(
                market.wrong("is that of another position: the program has one in a market")
            );
        }
    }
    Ok(())
}

/// Whether a place has no position and no deposit of one: what else it says is of one that was there.
fn is_empty(held: &Member<'_>) -> Result<bool, ImportError> {
    for name in FIGURES {
        let figure = held.member(name);
        if figure.is_present() && !figure.scaled(0)?.is_zero() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn position(
    root: &Member<'_>,
    held: &Member<'_>,
    schedule: &Schedule,
    of_user: &BigInt,
) -> Result<Option<PositionFile>, ImportError> {
    OF_POSITION.check(&held.member("position_flag"), schedule)?;
    if !schedule.file().open_orders {
        refuse_orders(held)?;
    }
    let shares = held.member("lp_shares");
    shares
        .must_be_nothing_if_given("is not zero: shares of a market's liquidity are not imported")?;
    let size = held.member("base_asset_amount").scaled(0)?;
    let quote = held.member("quote_asset_amount").scaled(0)?;
    let (bids, asks) = (orders_of(held, "open_bids", 1)?, orders_of(held, "open_asks", -1)?);
    let orders = count(held)?;
    if size.is_zero() && !schedule.file().open_orders && !quote.is_zero() {
        return Err(held.wrong("has a result without a size, for which the schedule has no place"));
    }
    let allocation = allocation(held)?;
    let is_flat = size.is_zero() && quote.is_zero() && allocation.is_none();
    if is_flat && bids.is_none() && asks.is_none() && orders.is_none() {
        return Ok(None);
    }
    let markets = root.member("perp_markets");
    let symbol = symbol_of(&markets, held, perpetual::symbol)?;
    if schedule.instrument(&symbol).is_none() {
        return Err(held.wrong("is in a market that the schedule does not list"));
    }
    let market = markets.member(held.member("market_index").text()?);
    let side = if size.is_negative() { "short" } else { "long" };
    let index = market.member(&format!("cumulative_funding_rate_{side}"));
    let index = if index.is_present() { index.scaled(0)? } else { BigInt::ZERO };
    let settled = held.member("last_cumulative_funding_rate");
    let settled = if settled.is_present() { settled.scaled(0)? } else { BigInt::ZERO };
    // Nothing accrues on a size of zero, and the program leaves its rate as it was.
    if index != settled && !size.is_zero() {
        return Err(held.wrong("has funding that is not settled"));
    }
    let own = figure_or_zero(held, "max_margin_ratio")?.max(of_user.clone());
    let (size, entry) = (scaled(size, BASE_DECIMALS), scaled(-quote, QUOTE_DECIMALS));
    let own_rate = own_rate(&own);
    let position = PositionFile::new(symbol, size, entry);
    Ok(Some(PositionFile { allocation, own_rate, bids, asks, orders, ..position }))
}

/// The deposit of an isolated position, also if there is nothing in it; `None` in the cross book.
fn allocation(held: &Member<'_>) -> Result<Option<DecimalText>, ImportError> {
    if !is_isolated(held)? {
        return Ok(None);
    }
    let figure = held.member("isolated_position_scaled_balance");
    let deposit = if figure.is_present() { figure.scaled(0)? } else { BigInt::ZERO };
    if deposit.is_negative() {
        return Err(figure.wrong("is negative; the program has no signs, and it is a deposit"));
    }
    Ok(Some(scaled(deposit, BASE_DECIMALS)))
}

/// Size of the open orders of one side, whose sign in the source is this.
fn orders_of(held: &Member<'_>, name: &str, sign: i8) -> Result<Option<DecimalText>, ImportError> {
    let figure = held.member(name);
    let size = if figure.is_present() { figure.scaled(0)? * sign } else { BigInt::ZERO };
    if size.is_negative() {
        return Err(figure.wrong("has the sign of the other side's orders"));
    }
    Ok((!size.is_zero()).then(|| scaled(size, BASE_DECIMALS)))
}

/// Number of open orders.
fn count(held: &Member<'_>) -> Result<Option<u32>, ImportError> {
    let figure = held.member("open_orders");
    if !figure.is_present() {
        return Ok(None);
    }
    let count = figure.scaled(0)?.to_u32();
    let count = count.ok_or_else(|| figure.wrong("is not a number of orders"))?;
    Ok((count != 0).then_some(count))
}

fn own_rate(ratio: &BigInt) -> Option<DecimalText> {
    (!ratio.is_zero()).then(|| scaled(ratio.clone(), RATE_DECIMALS))
}

fn symbol_of(
    markets: &Member<'_>,
    held: &Member<'_>,
    symbol: fn(&Member<'_>, u32) -> Result<String, ImportError>,
) -> Result<String, ImportError> {
    let key = held.member("market_index");
    let market = markets.member(key.text()?);
    if !market.is_present() {
        return Err(key.wrong("is not a market of the source"));
    }
    symbol(&market, index(&key, key.text()?)?)
}

fn refuse_orders(held: &Member<'_>) -> Result<(), ImportError> {
    for name in ["open_orders", "open_bids", "open_asks"] {
        let figure = held.member(name);
        if figure.is_present() && !figure.scaled(0)?.is_zero() {
            return Err(figure.wrong("is not zero; open orders are not imported"));
        }
    }
    Ok(())
}
