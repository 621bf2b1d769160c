//! The venue's own figures: a subaccount as the indexer answers it (`/v4/addresses/../subaccountNumber/..`), alone, under
//! `subaccount`, under `result`, or in the `contents` of a stream's first message.
//!
//! The balance of USDC is cash to which the whole value of positions is added. The indexer computes with decimal numbers of
//! any length, so a figure has as many digits as it is written with.

use super::{Dydx, ImportError, Member, QUOTE_DECIMALS, Venue};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRounding, StatedBalance, StatedPosition,
    StatesFigures, Subject, VenueFigures,
};
use num_traits::{Signed, Zero};
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

const USDC: &str = "USDC";

impl StatesFigures for Dydx {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let mut root = Member::root(source);
        for name in ["result", "contents", "subaccount"] {
            let inner = root.member(name);
            if inner.is_present() {
                root = inner;
            }
        }
        let rounding = InitialRounding { decimals: QUOTE_DECIMALS, up: true };
        let mut stated = VenueFigures::new(Self::NAME, Some(rounding));
        state(&mut stated, &root.member("equity"), FigureKind::Equity, &Subject::Cross)?;
        state(&mut stated, &root.member("freeCollateral"), FigureKind::Available, &Subject::Cross)?;
        for (_, listed) in root.member("openPerpetualPositions").object()? {
            position(&mut stated, &listed)?;
        }
        for (symbol, listed) in root.member("assetPositions").object()? {
            let place = listed.member("size");
            stated.balances.push(StatedBalance {
                place: place.pointer().to_owned(),
                asset: symbol.to_owned(),
                amount: signed(&place, &listed.member("side"))?,
                of: BalanceOf::Cash,
                pending: None,
            });
        }
        Ok(stated)
    }
}

/// A figure with as many digits as it is written with.
fn state(
    stated: &mut VenueFigures,
    place: &Member<'_>,
    kind: FigureKind,
    subject: &Subject,
) -> Result<(), ImportError> {
    if !place.is_present() {
        return Ok(());
    }
    let value = place.exact()?;
    let digits = value.scale().max(QUOTE_DECIMALS);
    stated.push(place, kind, subject, (USDC, digits), Some(value));
    Ok(())
}

/// A size with the sign of its side; some answers have the sign themselves.
fn signed(size: &Member<'_>, side: &Member<'_>) -> Result<Decimal, ImportError> {
    let value = size.exact()?;
    let magnitude = value.coefficient().abs();
    match side.text()? {
        "LONG" if value.coefficient().is_negative() => {
            Err(size.wrong("is negative, and the side is LONG"))
        }
        "LONG" => Ok(value),
        "SHORT" => Ok(Decimal::from_scaled(&-magnitude, value.scale())),
        _ => Err(side.wrong("is neither \"LONG\" nor \"SHORT\"")),
    }
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let size = signed(&listed.member("size"), &listed.member("side"))?;
    if size.coefficient().is_zero() {
        return Ok(());
    }
    let mut held = StatedPosition::new(listed, listed.member("market").text()?, size);
    held.entry_price = EntryPrice::given(&listed.member("entryPrice"))?;
    let subject = held.subject();
    state(stated, &listed.member("unrealizedPnl"), FigureKind::UnrealizedProfit, &subject)?;
    stated.positions.push(held);
    Ok(())
}
