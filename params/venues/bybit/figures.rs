//! The venue's own figures: an object of the answers of `/v5/position/list` and `/v5/account/wallet-balance`, under
//! `position-list` and `wallet-balance`, or one of the two.
//!
//! A position's value is one at entry in some answers and one at a mark in others, so it only confirms the size. A liquidation price
//! is empty where it is not between the least and the greatest price of the contract, which are in neither answer.

use super::{Bybit, ImportError, Member, Venue, entries, magnitude, result};
use crate::portfolio::figure::product;
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, NearValue, Quotes, StatedPosition,
    StatesFigures, Subject, VenueFigures, given, quotes_of, within,
};
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Digits that amounts are stated with.
const DECIMALS: u32 = 8;
/// Digits of the part by which a value at the average price may differ: 10^-3.
const AVERAGE_DIGITS: u32 = 3;
/// How many percent the mark moves at most between two settlements of contracts in USDC, eight hours apart.
const SETTLEMENT_PERCENT: u32 = 25;

impl StatesFigures for Bybit {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated = VenueFigures { hides_prices: true, ..VenueFigures::new(Self::NAME, None) };
        let (positions, wallet) = (root.member("position-list"), root.member("wallet-balance"));
        if !positions.is_present() && !wallet.is_present() {
            return Err(root.wrong("has neither position-list nor wallet-balance"));
        }
        if positions.is_present() {
            for listed in entries(&positions)? {
                position(&mut stated, &listed)?;
            }
        }
        if wallet.is_present() {
            let time = wallet.member("time");
            stated.time_ms = time.is_present().then(|| time.milliseconds()).transpose()?;
            let mut coins = Vec::new();
            for account in result(&wallet)?.member("list").list()? {
                coins.extend(account.member("coin").list()?);
            }
            for coin in &coins {
                asset(&mut stated, coin)?;
            }
            stated.separate_books = are_apart(&stated, &coins)?;
        }
        Ok(stated)
    }

    fn quotes(source: &Value) -> Result<Quotes, ImportError> {
        quotes_of(&entries(&Member::root(source))?, ["symbol", "bid1Price", "ask1Price"])
    }
}

/// Whether coins that no position listed settles in are no margin: the account has switched each of them off as collateral.
/// Where an answer does not say so, they may be margin.
fn are_apart(stated: &VenueFigures, coins: &[Member<'_>]) -> Result<bool, ImportError> {
    let mut margin = Vec::new();
    for coin in coins {
        let switches = ["marginCollateral", "collateralSwitch"].map(|name| coin.member(name));
        if !switches.iter().all(Member::is_present) {
            return Ok(false);
        }
        let [allowed, on] = [switches[0].flag()?, switches[1].flag()?];
        if allowed && on && !coin.member("walletBalance").is_zero()? {
            margin.push(coin.member("coin").text()?);
        }
    }
    let settles = |coin: &str| stated.positions.iter().any(|p| unit_of(&p.instrument) == coin);
    Ok(margin.len() <= 1 && margin.iter().all(|coin| settles(coin)))
}

/// The quote of a linear contract, which it settles in.
fn unit_of(symbol: &str) -> &'static str {
    ["USDT", "USDC"].into_iter().find(|unit| symbol.ends_with(unit)).unwrap_or("USDC")
}

fn asset(stated: &mut VenueFigures, coin: &Member<'_>) -> Result<(), ImportError> {
    let symbol = coin.member("coin").text()?;
    let subject = Subject::CrossAsset(symbol.to_owned());
    stated.state_given(
        coin,
        &subject,
        (symbol, DECIMALS),
        &[
            ("walletBalance", FigureKind::Balance),
            ("equity", FigureKind::Equity),
            ("unrealisedPnl", FigureKind::UnrealizedProfit),
            ("totalPositionMM", FigureKind::Maintenance),
            ("totalPositionIM", FigureKind::Initial),
        ],
    )?;
    let amount = coin.member("walletBalance");
    stated.hold(&amount, symbol, BalanceOf::Wallet, amount.figure()?);
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let symbol = listed.member("symbol").text()?;
    let size = (&listed.member("size"), &listed.member("side"));
    let Some(mut held) = StatedPosition::of_side(listed, symbol, size, ["Buy", "Sell"])? else {
        return Ok(());
    };
    let unit = unit_of(symbol);
    held.entry_price = EntryPrice::given(&super::account::entry_place(listed, unit))?;
    held.mark = given(&listed.member("markPrice"))?;
    held.initial_rate = given(&listed.member("leverage"))?.map(InitialRate::Leverage);
    let mode = listed.member("tradeMode");
    if mode.is_present() && mode.integer()? != 0 {
        held.isolated_margin = given(&listed.member("positionBalance"))?;
    }
    state_value(&mut held, listed, unit)?;
    let subject = held.subject();
    stated.state_given(
        listed,
        &subject,
        (unit, DECIMALS),
        &[
            ("unrealisedPnl", FigureKind::UnrealizedProfit),
            ("positionMM", FigureKind::Maintenance),
            ("positionIM", FigureKind::Initial),
        ],
    )?;
    stated.state_price(&listed.member("liqPrice"), &subject, unit)?;
    stated.positions.push(held);
    Ok(())
}

/// States the position's value, which confirms its size. That of a contract in USDC can also be at the average price of what
/// was bought, or at the mark of a settlement before the last one.
fn state_value(
    held: &mut StatedPosition,
    listed: &Member<'_>,
    unit: &str,
) -> Result<(), ImportError> {
    let place = listed.member("positionValue");
    let Some(value) = given(&place)? else { return Ok(()) };
    let near = NearValue::of(&place, value);
    if unit != "USDC" {
        held.near_values.push(near);
        return Ok(());
    }
    let average = given(&listed.member("avgPrice"))?;
    let at_average = average.map(|price| product(&held.size, &price));
    let is_at_average =
        at_average.is_some_and(|own| within(&near.value, &magnitude(&own), &own, AVERAGE_DIGITS));
    if !is_at_average {
        let part = Decimal::from_scaled(&SETTLEMENT_PERCENT.into(), 2);
        held.near_values.push(NearValue { part, ..near });
    }
    Ok(())
}
