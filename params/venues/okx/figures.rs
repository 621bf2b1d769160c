//! The venue's own figures: an object of the answers of `/api/v5/account/positions` and `/api/v5/account/balance`, under
//! `positions` and `balance`, or one of the two.
//!
//! The venue computes in 64 bits and writes figures as they come out. Sizes are contracts, as in schedules.

use super::{ImportError, Member, Okx, Venue, data};
use crate::portfolio::figure::product;
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, NearValue, StatedPosition, StatesFigures,
    Subject, VenueFigures, given, nearest_quotient, signed,
};
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Digits that figures are compared to where the venue writes fewer: it cuts zeros.
const DECIMALS: u32 = 8;
/// Digits of an amount that a value in dollars implies.
const QUOTIENT_DIGITS: u32 = 12;

impl StatesFigures for Okx {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated =
            VenueFigures { separate_books: true, ..VenueFigures::new(Self::NAME, None) };
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

fn asset(stated: &mut VenueFigures, coin: &Member<'_>) -> Result<(), ImportError> {
    let symbol = coin.member("ccy").text()?;
    let (all, cross) = (Subject::Asset(symbol.to_owned()), Subject::CrossAsset(symbol.to_owned()));
    let unit = (symbol, DECIMALS);
    stated.state_given(coin, &cross, unit, &[("cashBal", FigureKind::Balance)])?;
    stated.state_given(
        coin,
        &all,
        unit,
        &[("eq", FigureKind::Equity), ("upl", FigureKind::UnrealizedProfit)],
    )?;
    stated.state_given(
        coin,
        &cross,
        unit,
        &[("mmr", FigureKind::Maintenance), ("imr", FigureKind::Initial)],
    )?;
    let cash = coin.member("cashBal");
    stated.hold(&cash, symbol, BalanceOf::Wallet, cash.figure()?);
    Ok(())
}

/// The asset in which a contract of this symbol settles, such as `BTC-USDT-SWAP`.
fn settled_in(symbol: &str) -> &str {
    let mut parts = symbol.split('-');
    let (coin, currency) = (parts.next().unwrap_or(symbol), parts.next().unwrap_or(symbol));
    if currency == "USD" { coin } else { currency }
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
    let symbol = listed.member("instId").text()?;
    let asset = listed.member("ccy");
    // A record without it is of a contract whose symbol says it: that of the coin, or of the currency of its price.
    let unit = if asset.is_nothing() { settled_in(symbol) } else { asset.text()? };
    let mut held = StatedPosition::new(listed, symbol, size);
    held.settle = Some(unit.to_owned());
    held.entry_price = EntryPrice::given(&listed.member("avgPx"))?;
    held.mark = given(&listed.member("markPx"))?;
    held.initial_rate = given(&listed.member("lever"))?.map(InitialRate::Leverage);
    if listed.member("mgnMode").text()? == "isolated" {
        held.isolated_margin = given(&listed.member("margin"))?;
    }
    held.near_values = near_values(listed, &held, unit)?;
    let subject = held.subject();
    stated.state_given(
        listed,
        &subject,
        (unit, DECIMALS),
        &[
            ("upl", FigureKind::UnrealizedProfit),
            ("mmr", FigureKind::Maintenance),
            ("imr", FigureKind::Initial),
        ],
    )?;
    let price = listed.member("liqPx");
    if !price.is_nothing() {
        stated.state_price(&price, &subject, unit)?;
    }
    stated.positions.push(held);
    Ok(())
}

/// What the position is worth by its value in dollars, and by its initial margin, which is that value over the leverage
/// unless the tier asks for more. The value in dollars is over the price of the asset that the contract settles in
/// (`usdPx`), or where an answer has none, nearly the same of a stablecoin and at the mark of a coin.
fn near_values(
    listed: &Member<'_>,
    held: &StatedPosition,
    unit: &str,
) -> Result<Vec<NearValue>, ImportError> {
    let mut near = Vec::new();
    let dollars = listed.member("notionalUsd");
    let (value, price) = (given(&dollars)?, given(&listed.member("usdPx"))?);
    let is_stable = unit.starts_with("USD");
    let over = |price: &Decimal| {
        let quotient = nearest_quotient(&[value.as_ref()?], price, QUOTIENT_DIGITS)?;
        Some(Decimal::from_scaled(&quotient, QUOTIENT_DIGITS))
    };
    let is_exact = is_stable && price.is_some();
    let in_asset = match (is_stable, &price) {
        (true, Some(price)) => over(price),
        (true, None) => value.clone(),
        (false, _) => held.mark.as_ref().and_then(over),
    };
    if let Some(value) = in_asset {
        let exact = NearValue::of(&dollars, value);
        let nearly = NearValue { part: Decimal::from_scaled(&2.into(), 2), ..exact.clone() };
        near.push(if is_exact { exact } else { nearly });
    }
    let margin = listed.member("imr");
    if let (Some(initial), Some(InitialRate::Leverage(times))) =
        (given(&margin)?, &held.initial_rate)
    {
        let value = product(&initial, times);
        near.push(NearValue { can_be_more: true, ..NearValue::of(&margin, value) });
    }
    Ok(near)
}
