//! The venue's own figures: an object of the answers of `private/get_account_summaries` and `private/get_positions`, under
//! `get_account_summaries` and `get_positions`, or one of the two.
//!
//! Daily settlement moves results into balances, so that a position's floating result is that of its session: since the
//! settlement price, or since its average price if it was opened after that. The one of the two that gives the result is
//! its price at entry; where neither does, the position was changed since, and there is none. A balance is that
//! of the last settlement; what was realized since is added to it.

use super::{Deribit, ImportError, Member, Venue, magnitude, result, size};
use crate::portfolio::figure::{less, product, sum};
use crate::venue::{
    BalanceOf, EntryPrice, FigureKind, InitialRate, ProfitSince, Quotes, StatedPosition,
    StatesFigures, Subject, VenueFigures, given, quotes_of,
};
use num_traits::{Signed, Zero};
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

impl StatesFigures for Deribit {
    fn figures(source: &Value) -> Result<VenueFigures, ImportError> {
        let root = Member::root(source);
        let mut stated =
            VenueFigures { separate_books: true, ..VenueFigures::new(Self::NAME, None) };
        let summaries = root.member("get_account_summaries");
        let positions = root.member("get_positions");
        if !summaries.is_present() && !positions.is_present() {
            return Err(root.wrong("has neither get_account_summaries nor get_positions"));
        }
        if positions.is_present() {
            for listed in result(&positions)?.list()? {
                position(&mut stated, &listed)?;
            }
        }
        if summaries.is_present() {
            for summary in result(&summaries)?.member("summaries").list()? {
                let shared = summary.member("cross_collateral_enabled");
                stated.separate_books &= !shared.flag()?;
                asset(&mut stated, &summary)?;
            }
        }
        Ok(stated)
    }

    fn quotes(source: &Value) -> Result<Quotes, ImportError> {
        let root = Member::root(source);
        let answers = if root.is_list() { root.list()? } else { vec![root] };
        let listed = answers.iter().map(result).collect::<Result<Vec<_>, _>>()?;
        quotes_of(&listed, ["instrument_name", "best_bid_price", "best_ask_price"])
    }
}

/// Digits that the venue shows an amount with.
fn decimals(currency: &str) -> u32 {
    match currency {
        "BTC" | "SOL" => 8,
        _ => 6,
    }
}

fn asset(stated: &mut VenueFigures, summary: &Member<'_>) -> Result<(), ImportError> {
    let symbol = summary.member("currency").text()?;
    let subject = Subject::CrossAsset(symbol.to_owned());
    stated.state_given(
        summary,
        &subject,
        (symbol, decimals(symbol)),
        &[
            ("equity", FigureKind::Equity),
            ("futures_session_upl", FigureKind::UnrealizedProfit),
            ("maintenance_margin", FigureKind::Maintenance),
            ("initial_margin", FigureKind::InitialWithOrders),
            ("available_funds", FigureKind::Available),
        ],
    )?;
    let place = summary.member("balance");
    let realized = given(&summary.member("session_rpl"))?;
    let amount = place.computed()?;
    let amount = realized.map_or(amount.clone(), |realized| sum(&amount, &realized));
    stated.hold(&place, symbol, BalanceOf::Wallet, amount);
    Ok(())
}

fn position(stated: &mut VenueFigures, listed: &Member<'_>) -> Result<(), ImportError> {
    let symbol = listed.member("instrument_name").text()?;
    let size = (&size::place(listed, symbol), &listed.member("direction"));
    let Some(mut held) = StatedPosition::of_side(listed, symbol, size, ["buy", "sell"])? else {
        return Ok(());
    };
    // `BTC-PERPETUAL` settles in BTC, and `BTC_USDC-PERPETUAL` in USDC.
    let unit = match size::pair_of(symbol) {
        Some((_, settled)) => settled,
        None => symbol.split('-').next().unwrap_or(symbol),
    };
    held.settle = Some(unit.to_owned());
    held.mark = given(&listed.member("mark_price"))?;
    size::state_value(&mut held, listed)?;
    held.initial_rate = given(&listed.member("leverage"))?.map(InitialRate::Leverage);
    let floating = given(&listed.member("floating_profit_loss"))?;
    held.entry_price = entry(listed, &held, floating.as_ref())?.map(EntryPrice::of);
    // The whole result is always that since the average price.
    let whole = listed.member("total_profit_loss");
    let average = given(&listed.member("average_price"))?.map(EntryPrice::of);
    if let Some((profit, entry)) = given(&whole)?.zip(average) {
        held.profits_since.push(ProfitSince { place: whole.pointer().to_owned(), profit, entry });
    }
    held.orders = given(&listed.member("open_orders_margin"))?;
    let subject = held.subject();
    stated.state_given(
        listed,
        &subject,
        (unit, decimals(unit)),
        &[
            ("floating_profit_loss", FigureKind::UnrealizedProfit),
            ("maintenance_margin", FigureKind::Maintenance),
            ("initial_margin", FigureKind::Initial),
        ],
    )?;
    stated.state_price(&listed.member("estimated_liquidation_price"), &subject, unit)?;
    stated.positions.push(held);
    Ok(())
}

/// The price that a position's result of this session is counted from.
fn entry(
    listed: &Member<'_>,
    held: &StatedPosition,
    floating: Option<&Decimal>,
) -> Result<Option<Decimal>, ImportError> {
    let settled = given(&listed.member("settlement_price"))?;
    let settled = settled.filter(|price| !price.coefficient().is_zero());
    let average = given(&listed.member("average_price"))?;
    let since = |price: &Decimal| {
        let mark = held.mark.as_ref()?;
        Some(product(&held.size, &sum(mark, &less(price))))
    };
    // To the digits that are shown.
    let gives = |price: &&Decimal| {
        since(price).zip(floating).is_some_and(|(own, stated)| {
            let shown = Decimal::from_scaled(&1.into(), stated.scale());
            let apart = magnitude(&sum(&own, &less(stated)));
            !sum(&shown, &less(&apart)).coefficient().is_negative()
        })
    };
    // What was traded in the session is counted from its own price: then neither of the two says the side.
    match settled {
        None => Ok(average),
        Some(settled) => Ok([Some(settled), average].into_iter().flatten().find(|p| gives(&p))),
    }
}
