//! The venue's own figures: an object of the answers of `/v5/position/list` and `/v5/account/wallet-balance`, under
//! `position-list` and `wallet-balance`, or one of the two.
//!
//! A position's value is one at entry in some answers and one at a mark in others, so it is not compared.

use super::{Bybit, ImportError, Member, Venue, entries, result};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, Quotes, StatedPosition, StatesFigures, Subject,
    VenueFigures, given, quotes_of,
};
use serde_json::Value;

/// Digits that amounts are stated with.
const DECIMALS: u32 = 8;

impl StatesFigures for Bybit {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated = VenueFigures::new(Self::NAME, None);
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
            for account in result(&wallet)?.member("list").list()? {
                for coin in account.member("coin").list()? {
                    asset(&mut stated, &coin)?;
                }
            }
        }
        Ok(stated)
    }

    fn quotes(source: &Value) -> Result<Quotes, ImportError> {
        quotes_of(&entries(&Member::root(source))?, ["symbol", "bid1Price", "ask1Price"])
    }
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
    // The quote of a linear contract is what it settles in.
    let unit = ["USDT", "USDC"].into_iter().find(|unit| symbol.ends_with(unit)).unwrap_or("USDC");
    held.entry_price = EntryPrice::given(&super::account::entry_place(listed, unit))?;
    held.mark = given(&listed.member("markPrice"))?;
    held.initial_rate = given(&listed.member("leverage"))?.map(InitialRate::Leverage);
    let mode = listed.member("tradeMode");
    if mode.is_present() && mode.integer()? != 0 {
        held.isolated_margin = given(&listed.member("positionBalance"))?;
    }
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
