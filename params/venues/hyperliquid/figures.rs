//! The venue's own figures, from the response to `{"type": "clearinghouseState"}`.
//!
//! `totalRawUsd` is cash to which the whole value of positions is added. `marginUsed` of a cross position is its initial
//! margin at the chosen leverage, that of an isolated one its equity.

use super::{DECIMALS, Hyperliquid, ImportError, Member, Venue};
use crate::venue::{
    BalanceOf, FigureKind, InitialRate, InitialRounding, StatedBalance, StatedPosition,
    StatesFigures, Subject, VenueFigures, magnitude,
};
use num_bigint::BigInt;
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// Digits of a liquidation price.
const PRICE_DECIMALS: u32 = 8;
const USDC: (&str, u32) = ("USDC", DECIMALS);

impl StatesFigures for Hyperliquid {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let rounding = InitialRounding { decimals: DECIMALS, up: false };
        let mut stated = VenueFigures::new(Self::NAME, Some(rounding));
        let time = root.member("time");
        stated.time_ms = time.is_present().then(|| time.milliseconds()).transpose()?;
        for listed in root.member("assetPositions").list()? {
            position(&mut stated, &listed.member("position"))?;
        }
        let cross = root.member("crossMarginSummary");
        for (summary, subject) in
            [(&cross, Subject::Cross), (&root.member("marginSummary"), Subject::Account)]
        {
            stated.state(&summary.member("accountValue"), FigureKind::Equity, &subject, USDC)?;
            stated.state(&summary.member("totalNtlPos"), FigureKind::Notional, &subject, USDC)?;
        }
        stated.state(
            &cross.member("totalMarginUsed"),
            FigureKind::Initial,
            &Subject::Cross,
            USDC,
        )?;
        let required = root.member("crossMaintenanceMarginUsed");
        stated.state(&required, FigureKind::Maintenance, &Subject::Cross, USDC)?;
        stated.state(&root.member("withdrawable"), FigureKind::Available, &Subject::Cross, USDC)?;
        let raw = cross.member("totalRawUsd");
        if raw.is_present() {
            stated.balances.push(StatedBalance {
                place: raw.pointer().to_owned(),
                asset: USDC.0.to_owned(),
                amount: raw.exact()?,
                of: BalanceOf::Cash,
                pending: None,
            });
        }
        Ok(stated)
    }
}

/// `a + b * c`.
fn plus_product(a: &Decimal, b: &Decimal, c: &Decimal) -> Decimal {
    let scale = a.scale().max(b.scale() + c.scale());
    let product: BigInt =
        b.coefficient() * c.coefficient() * power_of_ten(scale - b.scale() - c.scale());
    let sum = product + a.coefficient() * power_of_ten(scale - a.scale());
    Decimal::from_scaled(&sum, scale)
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let size = listed.member("szi").exact()?;
    if size.coefficient().is_zero() {
        return Err(listed.member("szi").wrong("is 0"));
    }
    let mut held = StatedPosition::new(listed, listed.member("coin").text()?, size);
    let entry = listed.member("entryPx").exact()?;
    let notional = listed.member("positionValue");
    held.notional = Some(magnitude(&notional.exact()?));
    let leverage = listed.member("leverage");
    let value = leverage.member("value");
    // The API writes a number, some libraries its text.
    let times = match value.natural() {
        Ok(times) => Decimal::from_scaled(&times.into(), 0),
        Err(_) => value.exact()?,
    };
    held.initial_rate = Some(InitialRate::Leverage(times));
    let used = match leverage.member("type").text()? {
        "cross" => FigureKind::Initial,
        "isolated" => {
            // Margin less the value at entry.
            let raw = leverage.member("rawUsd").exact()?;
            held.isolated_margin = Some(plus_product(&raw, &held.size, &entry));
            FigureKind::Equity
        }
        _ => return Err(leverage.member("type").wrong("is neither \"cross\" nor \"isolated\"")),
    };
    held.state_entry(&listed.member("entryPx"))?;
    let subject = held.subject();
    stated.state(&notional, FigureKind::Notional, &subject, USDC)?;
    stated.state(&listed.member("unrealizedPnl"), FigureKind::UnrealizedProfit, &subject, USDC)?;
    stated.state(&listed.member("marginUsed"), used, &subject, USDC)?;
    let price = listed.member("liquidationPx");
    // Null stands for none.
    if listed.object()?.iter().any(|(name, _)| *name == "liquidationPx") {
        let at = price.is_present().then(|| price.exact()).transpose()?;
        stated.push(&price, FigureKind::LiquidationPrice, &subject, ("USDC", PRICE_DECIMALS), at);
    }
    stated.positions.push(held);
    Ok(())
}
