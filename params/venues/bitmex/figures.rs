//! The venue's own figures: an object of the answers of `/api/v1/user/margin` and `/api/v1/position`, under `margin` and
//! `position`, or one of the two.
//!
//! Amounts are whole satoshis. A position is entered at its `unrealisedCost`, not at the average price, which is rounded.

use super::account::{CURRENCY, satoshis};
use super::{Bitmex, DECIMALS, ImportError, Member, Venue};
use crate::portfolio::figure::{less, sum};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, Quotes, StatedPosition, StatesFigures, Subject,
    VenueFigures, given, magnitude, quotes_of,
};
use num_bigint::BigInt;
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

const XBT: (&str, u32) = ("XBT", DECIMALS);

impl StatesFigures for Bitmex {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated =
            VenueFigures { separate_books: true, ..VenueFigures::new(Self::NAME, None) };
        let (margin, positions) = (root.member("margin"), root.member("position"));
        if !margin.is_present() && !positions.is_present() {
            return Err(root.wrong("has neither margin nor position"));
        }
        if positions.is_present() {
            for listed in positions.list()? {
                // Margin in another currency is a book of its own.
                if listed.member("currency").text()?.eq_ignore_ascii_case(CURRENCY) {
                    position(&mut stated, &listed)?;
                }
            }
        }
        if margin.is_present() {
            let currency = margin.member("currency");
            if currency.text()? != CURRENCY {
                return Err(currency.wrong("is not \"XBt\""));
            }
            // Of all positions, isolated ones among them.
            let subject = Subject::Asset(XBT.0.to_owned());
            state(
                &mut stated,
                &margin,
                &subject,
                &[
                    ("walletBalance", FigureKind::Balance),
                    ("unrealisedPnl", FigureKind::UnrealizedProfit),
                    ("marginBalance", FigureKind::Equity),
                    ("maintMargin", FigureKind::Maintenance),
                ],
            )?;
            let wallet = margin.member("walletBalance");
            let margins = stated.positions.iter().filter_map(|p| p.isolated_margin.as_ref());
            let cash = margins.fold(amount(&wallet)?, |cash, margin| sum(&cash, &less(margin)));
            stated.hold(&wallet, XBT.0, BalanceOf::Wallet, cash);
        }
        Ok(stated)
    }

    fn quotes(source: &Value) -> Result<Quotes, ImportError> {
        let root = Member::root(source);
        let listed = if root.is_list() { root.list()? } else { vec![root] };
        quotes_of(&listed, ["symbol", "bidPrice", "askPrice"])
    }
}

/// Satoshis as XBT.
fn amount(place: &Member<'_>) -> Result<Decimal, ImportError> {
    Ok(Decimal::from_scaled(&satoshis(place)?, DECIMALS))
}

fn state(
    stated: &mut VenueFigures,
    of: &Member<'_>,
    subject: &Subject,
    names: &[(&str, FigureKind)],
) -> Result<(), ImportError> {
    for (name, kind) in names {
        let place = of.member(name);
        if place.is_present() {
            let value = amount(&place)?;
            // A value is that of what is held in dollars, with its sign.
            let value = if *kind == FigureKind::Notional { magnitude(&value) } else { value };
            stated.push(&place, *kind, subject, XBT, Some(value));
        }
    }
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let size = listed.member("currentQty");
    if size.is_zero()? {
        return Ok(());
    }
    let size = Decimal::from_scaled(&satoshis(&size)?, 0);
    let mut held = StatedPosition::new(listed, listed.member("symbol").text()?, size);
    held.settle = Some(XBT.0.to_owned());
    held.entry_price = EntryPrice::given(&listed.member("avgEntryPrice"))?;
    held.entry_value = Some(amount(&listed.member("unrealisedCost"))?);
    held.mark = given(&listed.member("markPrice"))?;
    if !listed.member("crossMargin").flag()? {
        held.isolated_margin = Some(isolated(listed)?);
    }
    let leverage = given(&listed.member("leverage"))?;
    held.initial_rate =
        leverage.filter(|times| !times.coefficient().is_zero()).map(InitialRate::Leverage);
    let subject = held.subject();
    state(
        stated,
        listed,
        &subject,
        &[
            ("markValue", FigureKind::Notional),
            ("unrealisedPnl", FigureKind::UnrealizedProfit),
            ("posMaint", FigureKind::Maintenance),
        ],
    )?;
    stated.state_price(&listed.member("liquidationPrice"), &subject, XBT.0)?;
    stated.positions.push(held);
    Ok(())
}

/// What is assigned to an isolated position, without its profit and loss.
fn isolated(listed: &Member<'_>) -> Result<Decimal, ImportError> {
    let margin = listed.member("posMargin");
    let satoshis: BigInt = satoshis(&margin)?;
    Ok(Decimal::from_scaled(&satoshis, DECIMALS))
}
