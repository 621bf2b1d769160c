//! The venue's own figures: an object of the answers of `/v5/position/list` and `/v5/account/wallet-balance`, under
//! `position-list` and `wallet-balance`, or one of the two.
//!
//! A position's value is one at entry in some answers and one at a mark in others, so it is not compared.

use super::{Bybit, ImportError, Member, Venue, entries, result};
use crate::venue::{
    BalanceOf, FigureKind, InitialRate, StatedBalance, StatedPosition, StatesFigures, Subject,
    VenueFigures, signed,
};
use num_bigint::BigInt;
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
}

/// A figure that the answer has; an empty one is none.
fn state(
    stated: &mut VenueFigures,
    place: &Member<'_>,
    kind: FigureKind,
    subject: &Subject,
    unit: &str,
) -> Result<(), ImportError> {
    if !place.is_present() || place.text()?.is_empty() {
        return Ok(());
    }
    let value = place.figure()?;
    let digits = value.scale().max(DECIMALS);
    stated.push(place, kind, subject, (unit, digits), Some(value));
    Ok(())
}

fn asset(stated: &mut VenueFigures, coin: &Member<'_>) -> Result<(), ImportError> {
    let symbol = coin.member("coin").text()?;
    let subject = Subject::CrossAsset(symbol.to_owned());
    let amount = coin.member("walletBalance");
    for (place, kind) in [
        (&amount, FigureKind::Balance),
        (&coin.member("equity"), FigureKind::Equity),
        (&coin.member("unrealisedPnl"), FigureKind::UnrealizedProfit),
        (&coin.member("totalPositionMM"), FigureKind::Maintenance),
        (&coin.member("totalPositionIM"), FigureKind::Initial),
    ] {
        state(stated, place, kind, &subject, symbol)?;
    }
    stated.balances.push(StatedBalance {
        place: amount.pointer().to_owned(),
        asset: symbol.to_owned(),
        amount: amount.figure()?,
        of: BalanceOf::Wallet,
        pending: None,
    });
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let place = listed.member("size");
    if place.is_zero()? {
        return Ok(());
    }
    let side = listed.member("side");
    let long = match side.text()? {
        "Buy" => true,
        "Sell" => false,
        _ => return Err(side.wrong("is neither \"Buy\" nor \"Sell\"")),
    };
    let symbol = listed.member("symbol").text()?;
    let mut held = StatedPosition::new(listed, symbol, signed(place.figure()?, long));
    // The quote of a linear contract is what it settles in.
    let unit = ["USDT", "USDC"].into_iter().find(|unit| symbol.ends_with(unit)).unwrap_or("USDC");
    let read = |place: Member<'_>| {
        let nothing = !place.is_present() || place.text()?.is_empty();
        if nothing { Ok(None) } else { place.figure().map(Some) }
    };
    let figure = |name: &str| read(listed.member(name));
    held.entry_price = read(super::account::entry_place(listed, unit))?;
    held.mark = figure("markPrice")?;
    held.initial_rate = figure("leverage")?.map(InitialRate::Leverage);
    let mode = listed.member("tradeMode");
    if mode.is_present() && mode.integer()? != 0 {
        held.isolated_margin = figure("positionBalance")?;
    }
    let subject = held.subject();
    for (name, kind) in [
        ("unrealisedPnl", FigureKind::UnrealizedProfit),
        ("positionMM", FigureKind::Maintenance),
        ("positionIM", FigureKind::Initial),
    ] {
        state(stated, &listed.member(name), kind, &subject, unit)?;
    }
    let price = listed.member("liqPrice");
    if price.is_present() {
        // Empty text stands for none.
        let value = figure("liqPrice")?.filter(|price| *price.coefficient() != BigInt::ZERO);
        let digits = value.as_ref().map_or(0, |price| price.scale());
        stated.push(&price, FigureKind::LiquidationPrice, &subject, (unit, digits), value);
    }
    stated.positions.push(held);
    Ok(())
}
