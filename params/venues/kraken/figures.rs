//! The venue's own figures: an object of the answers of `/derivatives/api/v3/accounts` and
//! `/derivatives/api/v3/openpositions`, under `accounts` and `openpositions`.
//!
//! Positions have no figures of their own; their funding that is not settled is a part of equity. The venue computes in 64
//! bits: figures are read to their fifteenth digit. Each wallet is a book of its own.

use super::{ImportError, Kraken, Member, USD, Venue, succeeded};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, Quotes, StatedPosition, StatesFigures, Subject,
    VenueFigures, given, quotes_of,
};
use num_bigint::BigInt;
use serde_json::Value;

impl StatesFigures for Kraken {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated =
            VenueFigures { separate_books: true, ..VenueFigures::new(Self::NAME, None) };
        let answer = root.member("accounts");
        let time = answer.member("serverTime");
        stated.time_ms = time.is_present().then(|| time.utc()).transpose()?;
        for listed in succeeded(root.member("openpositions"))?.member("openPositions").list()? {
            position(&mut stated, &listed)?;
        }
        for (name, wallet) in succeeded(answer)?.member("accounts").object()? {
            match (name, wallet.member("type").text()?) {
                (_, "multiCollateralMarginAccount") => multi_collateral(&mut stated, &wallet)?,
                (_, "marginAccount") => single_collateral(&mut stated, &wallet)?,
                _ => {}
            }
        }
        Ok(stated)
    }

    fn quotes(source: &Value) -> Result<Quotes, ImportError> {
        let listed = succeeded(Member::root(source))?.member("tickers").list()?;
        quotes_of(&listed, ["symbol", "bid", "ask"])
    }
}

/// The venue names bitcoin `xbt`.
fn coin(name: &str) -> String {
    if name.eq_ignore_ascii_case("xbt") { "BTC".to_owned() } else { name.to_uppercase() }
}

fn multi_collateral(stated: &mut VenueFigures, wallet: &Member<'_>) -> Result<(), ImportError> {
    for (name, currency) in wallet.member("currencies").object()? {
        let place = currency.member("quantity");
        let asset = coin(name);
        // Other coins are collateral of this wallet, not those of the single-collateral ones.
        let asset = if asset == USD { asset } else { format!("{asset} (flex)") };
        let amount = place.computed()?;
        if asset == USD || *amount.coefficient() != BigInt::ZERO {
            stated.hold(&place, &asset, BalanceOf::Wallet, amount);
        }
    }
    let subject = Subject::CrossAsset(USD.to_owned());
    stated.state_floats(
        wallet,
        &subject,
        USD,
        &[
            ("balanceValue", FigureKind::Balance),
            ("pnl", FigureKind::UnrealizedProfit),
            ("marginEquity", FigureKind::Equity),
            ("maintenanceMargin", FigureKind::Maintenance),
            ("initialMargin", FigureKind::Initial),
            ("initialMarginWithOrders", FigureKind::InitialWithOrders),
            ("availableMargin", FigureKind::Available),
        ],
    )
}

fn single_collateral(stated: &mut VenueFigures, wallet: &Member<'_>) -> Result<(), ImportError> {
    let name = wallet.member("currency").text()?;
    let asset = coin(name);
    let subject = Subject::CrossAsset(asset.clone());
    let place = wallet.member("balances").member(name);
    stated.hold(&place, &asset, BalanceOf::Wallet, place.computed()?);
    stated.state_floats(
        &wallet.member("auxiliary"),
        &subject,
        &asset,
        &[
            ("pnl", FigureKind::UnrealizedProfit),
            ("pv", FigureKind::Equity),
            ("af", FigureKind::Available),
        ],
    )?;
    stated.state_floats(
        &wallet.member("marginRequirements"),
        &subject,
        &asset,
        &[("mm", FigureKind::Maintenance), ("im", FigureKind::InitialWithOrders)],
    )
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let symbol = listed.member("symbol").text()?;
    let size = (&listed.member("size"), &listed.member("side"));
    let Some(mut held) = StatedPosition::of_side(listed, symbol, size, ["long", "short"])? else {
        return Ok(());
    };
    held.settle = super::account::settles_in(symbol).map(str::to_owned);
    held.entry_price = EntryPrice::given(&listed.member("price"))?;
    held.funding = given(&listed.member("unrealizedFunding"))?;
    stated.positions.push(held);
    Ok(())
}
