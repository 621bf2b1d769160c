//! Drift v2: scaled balances with interest, prices that can be the worse of two, weights by sign, ratios that grow with
//! the root of a size, and own ratios of accounts and positions. Debts are required, they do not lower the total.
//!
//! An isolated position with its deposit is a book of its own: an account beside the cross account, for which another
//! requirement can be asked.

mod components;
mod market;
mod perpetual;
mod spot;

use super::cases_of;
use crate::case::{Expected, Loaded, Made, PeerCase, RelationCheck, Verdict};
use crate::folio::{Folio, own};
use crate::json::{
    Reason, int, int_or_zero, list, need, opt, opt_bool, opt_int, refuse_needs, text,
};
use market::{QUOTE_MARKET, Requirement, Terms};
use num_bigint::BigInt;
use num_traits::Zero;
use serde_json::Value;
use zkmargin_model::rule::{AssetElements, Margin, Orders};

const KNOWN_NEEDS: [&str; 6] = [
    "perp_open_orders",
    "spot_borrow",
    "strict_twap_price",
    "isolated_position",
    "custom_margin_ratio",
    "liquidation_buffer",
];

pub(super) fn adapt(root: &Value) -> Loaded {
    cases_of(root, case)
}

fn case(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &KNOWN_NEEDS)?;
    let made = match text(case, "kind") {
        "account" => account(case)?,
        kind => components::component(kind, case)?,
    };
    made.or_nothing_expected()
}

/// A book of an account: cross, or one isolated position by its place in the list.
#[derive(Clone, Copy)]
enum Part<'a> {
    Cross,
    Isolated(&'a Value),
}

impl Part<'_> {
    /// Which requirement the case asks for.
    fn requirement(self, inputs: &Value) -> Result<Requirement, Reason> {
        let asked = need(inputs, "margin_type")?;
        if let Some(name) = asked.as_str() {
            return Requirement::named(name);
        }
        let name = match self {
            Self::Cross => "cross",
            Self::Isolated(position) => match opt(asked, "isolated_market").and_then(Value::as_str)
            {
                Some(market) if market != text(position, "market_index") => "other_isolated",
                _ => "isolated",
            },
        };
        Requirement::named(text(asked, name))
    }

    fn holds(self, position: &Value) -> bool {
        match self {
            Self::Cross => opt_bool(position, "isolated") != Some(true),
            Self::Isolated(own) => std::ptr::eq(own, position),
        }
    }

    fn label(self) -> String {
        match self {
            Self::Cross => "cross".to_owned(),
            Self::Isolated(position) => format!("isolated {}", text(position, "market_index")),
        }
    }

    /// Name of a figure or flag of this book in the file.
    fn named(self, name: &str) -> String {
        match self {
            Self::Cross => name.to_owned(),
            Self::Isolated(position) => {
                format!("isolated_{}_{name}", text(position, "market_index"))
            }
        }
    }
}

fn terms(inputs: &Value, requirement: Requirement, buffer: BigInt) -> Result<Terms, Reason> {
    let strict = opt_bool(inputs, "strict").unwrap_or_default();
    let quote = opt(need(inputs, "spot_markets")?, QUOTE_MARKET);
    let quote = quote.ok_or("no market of the quote asset")?;
    Ok(Terms {
        requirement,
        strict,
        buffer,
        least_ratio: int_or_zero(inputs, "margin_ratio_override")?,
        quote: market::prices(quote, strict)?,
    })
}

/// What is held at this requirement.
fn book(inputs: &Value, part: Part<'_>, terms: &Terms) -> Result<Folio, Reason> {
    let user = need(inputs, "user")?;
    if !["", "Default"].contains(&text(user, "margin_mode")) {
        return Err("a margin mode that is not the default".into());
    }
    let of_user = int_or_zero(user, "max_margin_ratio")?;
    let markets = need(inputs, "spot_markets")?;
    let mut book = Folio::default();
    let mut asset = |number: &str, balance: BigInt, own| {
        let elements = spot::asset(number, need(markets, number)?, terms)?;
        book.asset(balance, own, elements)
    };
    match part {
        Part::Cross => {
            for held in list(inputs, "spot_positions") {
                refuse_orders(held)?;
                let scaled = int(held, "scaled_balance")?;
                let is_debt = text(held, "balance_type") == "Borrow";
                let balance = if is_debt { -scaled } else { scaled };
                asset(text(held, "market_index"), balance, own(&of_user)?)?;
            }
        }
        Part::Isolated(position) => {
            asset(QUOTE_MARKET, int(position, "isolated_position_scaled_balance")?, 0)?;
        }
    }
    let held = list(inputs, "perp_positions").iter().filter(|p| part.holds(p));
    let held: Vec<_> = held.collect();
    let mut reads_orders = false;
    for position in &held {
        let flat = int(position, "base_asset_amount")?.is_zero();
        let has_result = !int(position, "quote_asset_amount")?.is_zero();
        reads_orders |= perpetual::orders(position)? != Orders::default() || (flat && has_result);
    }
    let mut settle = None;
    for position in held {
        let orders = perpetual::orders(position)?;
        let size = int(position, "base_asset_amount")?;
        let quote = int(position, "quote_asset_amount")?;
        if size.is_zero() && quote.is_zero() && orders == Orders::default() {
            continue;
        }
        let market = need(need(inputs, "perp_markets")?, text(position, "market_index"))?;
        let index = format!(
            "cumulative_funding_rate_{}",
            if size < BigInt::zero() { "short" } else { "long" }
        );
        if int_or_zero(market, &index)? != int_or_zero(position, "last_cumulative_funding_rate")? {
            return Err("funding that is not settled".into());
        }
        // Results add to the total without a weight of their own, as in an asset of their own.
        let results = match settle {
            Some(asset) => asset,
            None => book.asset(BigInt::zero(), 0, AssetElements::default())?,
        };
        settle = Some(results);
        let mut contract = perpetual::perpetual(market, terms, false, results)?;
        if reads_orders {
            contract.elements.order_fee = Some(perpetual::ORDER_FEE.into());
        }
        let ratio = int_or_zero(position, "max_margin_ratio")?.max(of_user.clone());
        book.position_with_orders(contract, &size, -quote, own(&ratio)?, orders)?;
    }
    Ok(book)
}

fn refuse_orders(held: &Value) -> Result<(), Reason> {
    for figure in ["open_orders", "open_bids", "open_asks"] {
        if !int_or_zero(held, figure)?.is_zero() {
            return Err("open orders".into());
        }
    }
    Ok(())
}

/// A figure that the test expects, or that its inputs give in the venue's own arithmetic.
fn figure(case: &Value, name: &str) -> Result<Option<BigInt>, Reason> {
    match opt_int(need(case, "expected")?, name)? {
        Some(figure) => Ok(Some(figure)),
        None => opt_int(need(need(case, "check")?, "recomputed")?, name),
    }
}

fn flag(case: &Value, name: &str) -> Option<bool> {
    opt_bool(case.get("expected")?, name)
        .or_else(|| opt_bool(case.get("check")?.get("recomputed")?, name))
}

fn account(case: &Value) -> Result<Made, Reason> {
    let inputs = need(case, "inputs")?;
    let buffer = int_or_zero(inputs, "margin_buffer")?;
    let isolated = list(inputs, "perp_positions").iter();
    let isolated = isolated.filter(|p| !Part::Cross.holds(p)).map(Part::Isolated);
    let parts: Vec<_> = std::iter::once(Part::Cross).chain(isolated).collect();
    let mut made = Made::default();
    let mut bare: Vec<PeerCase> = Vec::new();
    for part in parts {
        let requirement = part.requirement(inputs)?;
        let book = |buffer: &BigInt| {
            let terms = terms(inputs, requirement, buffer.clone())?;
            book(inputs, part, &terms)
        };
        let meets = match part {
            Part::Cross => "meets_cross_margin_requirement".to_owned(),
            Part::Isolated(_) => part.named("meets"),
        };
        let expected = Expected {
            equity: figure(case, &part.named("total_collateral"))?,
            maintenance: figure(case, &part.named("margin_requirement"))?,
            verdicts: flag(case, &meets).map(Verdict::healthy).into_iter().collect(),
            ..Expected::default()
        };
        let label = part.label();
        bare.push(book(&BigInt::zero())?.case(&label, Expected::default())?);
        made.cases.push(book(&BigInt::zero())?.case(&label, expected)?);
        if !buffer.is_zero() {
            let expected = Expected {
                equity: figure(case, &part.named("total_collateral_plus_buffer"))?,
                maintenance: figure(case, &part.named("margin_requirement_plus_buffer"))?,
                ..Expected::default()
            };
            made.cases.push(book(&buffer)?.case(&format!("{label} with buffer"), expected)?);
        }
    }
    for name in ["meets_margin_requirement", "meets_place_order_margin"] {
        if let Some(flag) = flag(case, name) {
            let check: RelationCheck = Box::new(move |m| all_meet(m, flag));
            made.relations.push((bare.clone(), check));
        }
    }
    if let Some(equity) = figure(case, "equity")? {
        let terms = terms(inputs, Requirement::Equity, BigInt::zero())?;
        let expected = Expected { equity: Some(equity), ..Expected::default() };
        made.cases.push(book(inputs, Part::Cross, &terms)?.case("equity", expected)?);
    }
    Ok(made)
}

/// Every book covers its requirement, or not all do.
fn all_meet(books: &[Margin], flag: bool) -> Result<(), String> {
    let all = books.iter().all(|m| m.equity >= m.maintenance);
    if all == flag { Ok(()) } else { Err(format!("all books meet their requirement: {all}")) }
}
