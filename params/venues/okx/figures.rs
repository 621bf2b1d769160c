//! The venue's own figures: an object of the answers of `/api/v5/account/positions` and `/api/v5/account/balance`, under
//! `positions` and `balance`, or one of the two.
//!
//! The venue computes in 64 bits and writes figures as they come out. Sizes are contracts, as in schedules.

use super::{ImportError, Member, Okx, Venue, data};
use crate::venue::{
    BalanceOf, FigureKind, InitialRate, StatedBalance, StatedPosition, StatesFigures, Subject,
    VenueFigures, signed,
};
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

impl StatesFigures for Okx {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated = VenueFigures::new(Self::NAME, None);
        let (positions, balance) = (root.member("positions"), root.member("balance"));
        if !positions.is_present() && !balance.is_present() {
            return Err(root.wrong("has neither positions nor balance"));
        }
        if positions.is_present() {
            for listed in data(&positions)? {
                position(&mut stated, &listed)?;
            }
        }
        if balance.is_present() {
            for account in data(&balance)? {
                for coin in account.member("details").list()? {
                    asset(&mut stated, &coin)?;
                }
            }
        }
        Ok(stated)
    }
}

/// A figure; none where the venue writes empty text.
fn figure(place: &Member<'_>) -> Result<Option<Decimal>, ImportError> {
    let nothing = !place.is_present() || place.text()?.is_empty();
    if nothing { Ok(None) } else { place.figure().map(Some) }
}

fn state(
    stated: &mut VenueFigures,
    place: &Member<'_>,
    kind: FigureKind,
    subject: &Subject,
    unit: &str,
) -> Result<(), ImportError> {
    if let Some(value) = figure(place)? {
        let digits = value.scale();
        stated.push(place, kind, subject, (unit, digits), Some(value));
    }
    Ok(())
}

fn asset(stated: &mut VenueFigures, coin: &Member<'_>) -> Result<(), ImportError> {
    let symbol = coin.member("ccy").text()?;
    let (all, cross) = (Subject::Asset(symbol.to_owned()), Subject::CrossAsset(symbol.to_owned()));
    let cash = coin.member("cashBal");
    state(stated, &cash, FigureKind::Balance, &cross, symbol)?;
    state(stated, &coin.member("eq"), FigureKind::Equity, &all, symbol)?;
    state(stated, &coin.member("upl"), FigureKind::UnrealizedProfit, &all, symbol)?;
    state(stated, &coin.member("mmr"), FigureKind::Maintenance, &cross, symbol)?;
    state(stated, &coin.member("imr"), FigureKind::Initial, &cross, symbol)?;
    stated.balances.push(StatedBalance {
        place: cash.pointer().to_owned(),
        asset: symbol.to_owned(),
        amount: cash.figure()?,
        of: BalanceOf::Wallet,
        pending: None,
    });
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let place = listed.member("pos");
    if place.is_zero()? {
        return Ok(());
    }
    let side = listed.member("posSide");
    let size = match side.text()? {
        "net" | "long" => place.figure()?,
        "short" => signed(place.figure()?, false),
        _ => return Err(side.wrong("is none of \"net\", \"long\" and \"short\"")),
    };
    let mut held = StatedPosition::new(listed, listed.member("instId").text()?, size);
    held.entry_price = figure(&listed.member("avgPx"))?;
    held.mark = figure(&listed.member("markPx"))?;
    held.initial_rate = figure(&listed.member("lever"))?.map(InitialRate::Leverage);
    if listed.member("mgnMode").text()? == "isolated" {
        held.isolated_margin = figure(&listed.member("margin"))?;
    }
    let subject = held.subject();
    let unit = listed.member("ccy").text()?;
    for (name, kind) in [
        ("upl", FigureKind::UnrealizedProfit),
        ("mmr", FigureKind::Maintenance),
        ("imr", FigureKind::Initial),
    ] {
        state(stated, &listed.member(name), kind, &subject, unit)?;
    }
    let price = listed.member("liqPx");
    if let Some(value) = figure(&price)? {
        let digits = value.scale();
        stated.push(&price, FigureKind::LiquidationPrice, &subject, (unit, digits), Some(value));
    }
    stated.positions.push(held);
    Ok(())
}
