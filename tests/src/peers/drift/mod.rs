//! Drift v2: scaled balances with interest, prices that can be the worse of two, weights by sign, ratios that grow with
//! the root of a size, and own ratios of accounts and positions. Debts are required, they do not lower the total.
//!
//! An isolated position with its deposit is a book of its own in the same record. A check that asks another requirement of
//! it than of others is a statement for each requirement.

mod components;
mod market;
mod perpetual;
mod spot;

use super::cases_of;
use crate::case::{Expected, Loaded, Made, PeerCase, RelationCheck, Verdict};
use crate::folio::{Folio, HeldBeside, own};
use crate::json::{
    Reason, int, int_or_zero, list, need, opt, opt_bool, opt_int, refuse_needs, text,
};
use market::{QUOTE_MARKET, Requirement, Terms};
use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::rule::{AssetElements, Isolated, Margin, Orders};

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

/// The market at these terms with all that is held.
fn state(inputs: &Value, terms: &Terms) -> Result<Folio, Reason> {
    let user = need(inputs, "user")?;
    if !["", "Default"].contains(&text(user, "margin_mode")) {
        return Err("a margin mode that is not the default".into());
    }
    let of_user = int_or_zero(user, "max_margin_ratio")?;
    let markets = need(inputs, "spot_markets")?;
    let positions = list(inputs, "perp_positions");
    let mut folio = Folio::default();
    let mut quote = None;
    for held in list(inputs, "spot_positions") {
        refuse_orders(held)?;
        let scaled = int(held, "scaled_balance")?;
        let is_debt = text(held, "balance_type") == "Borrow";
        let balance = if is_debt { -scaled } else { scaled };
        let number = text(held, "market_index");
        let elements = spot::asset(number, need(markets, number)?, terms)?;
        let asset = folio.asset(balance, own(&of_user)?, elements)?;
        quote = quote.or((number == QUOTE_MARKET).then_some(asset));
    }
    let has_isolated = positions.iter().any(|p| !Part::Cross.holds(p));
    if has_isolated {
        let asset = match quote {
            Some(asset) => asset,
            None => {
                let market = need(markets, QUOTE_MARKET)?;
                folio.asset(BigInt::zero(), 0, spot::asset(QUOTE_MARKET, market, terms)?)?
            }
        };
        folio.allocate(asset);
    }
    let mut reads_orders = has_isolated;
    for position in positions {
        let flat = int(position, "base_asset_amount")?.is_zero();
        let has_result = !int(position, "quote_asset_amount")?.is_zero();
        reads_orders |= perpetual::orders(position)? != Orders::default() || (flat && has_result);
    }
    let mut settle = None;
    for position in positions {
        let orders = perpetual::orders(position)?;
        let size = int(position, "base_asset_amount")?;
        let quote = int(position, "quote_asset_amount")?;
        let is_cross = Part::Cross.holds(position);
        if !is_held(position) {
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
            None => folio.asset(BigInt::zero(), 0, AssetElements::default())?,
        };
        settle = Some(results);
        let mut contract = perpetual::perpetual(market, terms, false, results)?;
        if reads_orders {
            contract.elements.order_fee = Some(perpetual::ORDER_FEE.into());
        }
        let ratio = int_or_zero(position, "max_margin_ratio")?.max(of_user.clone());
        let deposit = int_or_zero(position, "isolated_position_scaled_balance")?.to_u64();
        let deposit = deposit.ok_or("a deposit of more than 64 bits")?;
        let allocation = (!is_cross).then_some(deposit);
        let beside = HeldBeside { own: own(&ratio)?, orders, allocation };
        folio.position_beside(contract, &size, -quote, beside)?;
    }
    Ok(folio)
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
    let asked = parts.iter().map(|part| part.requirement(inputs));
    let asked = asked.collect::<Result<Vec<_>, _>>()?;
    let state_at =
        |requirement, buffer: &BigInt| state(inputs, &terms(inputs, requirement, buffer.clone())?);
    let none = BigInt::zero();
    let mut made = Made::default();
    let mut requirements: Vec<_> = Vec::new();
    for requirement in &asked {
        if !requirements.contains(requirement) {
            requirements.push(*requirement);
        }
    }
    // The one record at each requirement that is asked of a book.
    for requirement in requirements {
        let of = |suffix: &str| -> Result<Expected, Reason> {
            let mut expected = Expected::default();
            for (part, at) in parts.iter().zip(&asked) {
                let figures = ["total_collateral", "margin_requirement"]
                    .map(|name| figure(case, &part.named(&format!("{name}{suffix}"))));
                let [equity, maintenance] = figures;
                let (equity, maintenance) = (equity?, maintenance?);
                let is_asked = *at == requirement;
                match part {
                    Part::Cross if is_asked => {
                        (expected.equity, expected.maintenance) = (equity, maintenance);
                    }
                    Part::Cross => {}
                    Part::Isolated(_) => {
                        let both = equity.zip(maintenance).filter(|_| is_asked);
                        expected.books.push(both.map(|(equity, required)| [equity, required]));
                    }
                }
            }
            Ok(expected)
        };
        let mut expected = of("")?;
        // One statement about all books, where one requirement is asked of all.
        if asked.iter().all(|at| *at == requirement) {
            let all = flag(case, "meets_margin_requirement");
            expected.verdicts.extend(all.map(Verdict::healthy));
        }
        let label = format!("{requirement:?}");
        made.cases.push(state_at(requirement, &none)?.case(&label, expected)?);
        if !buffer.is_zero() {
            let label = format!("{label} with buffer");
            made.cases.push(state_at(requirement, &buffer)?.case(&label, of("_plus_buffer")?)?);
        }
    }
    // Each book by itself, at what is asked of it.
    let mut each: Vec<PeerCase> = Vec::new();
    for (part, requirement) in parts.iter().zip(asked) {
        let (meets, at) = match part {
            Part::Cross => ("meets_cross_margin_requirement".to_owned(), Isolated::LeftOut),
            Part::Isolated(_) => (part.named("meets"), Isolated::Only),
        };
        let verdicts = flag(case, &meets).map(Verdict::healthy).into_iter().collect();
        let expected = Expected { verdicts, ..Expected::default() };
        let of = |expected| {
            let folio = state_at(requirement, &none)?;
            let name = match part {
                Part::Cross => None,
                Part::Isolated(held) => {
                    let before = list(inputs, "perp_positions").iter();
                    let before =
                        before.take_while(|p| !std::ptr::eq(*p, *held)).filter(|p| is_held(p));
                    Some(folio.name_of(before.count()).ok_or("a position that is not held")?)
                }
            };
            let at = if parts.len() == 1 { Isolated::None } else { at };
            folio.case_of(&part.label(), at, name, expected)
        };
        each.push(of(Expected::default())?);
        let of_part = of(expected)?;
        if of_part.checks() > 0 {
            made.cases.push(of_part);
        }
    }
    for name in ["meets_margin_requirement", "meets_place_order_margin"] {
        if let Some(flag) = flag(case, name) {
            let check: RelationCheck = Box::new(move |m| all_meet(m, flag));
            made.relations.push((each.clone(), check));
        }
    }
    if let Some(equity) = figure(case, "equity")? {
        let folio = state_at(Requirement::Equity, &none)?;
        let at = if parts.len() == 1 { Isolated::None } else { Isolated::LeftOut };
        let expected = Expected { equity: Some(equity), ..Expected::default() };
        made.cases.push(folio.case_of("equity", at, None, expected)?);
    }
    Ok(made)
}

/// Whether a place has a position, or is isolated.
fn is_held(position: &Value) -> bool {
    let figures = ["base_asset_amount", "quote_asset_amount"];
    let is_something = |name: &&str| int(position, name).is_ok_and(|x| !x.is_zero());
    let has_orders = perpetual::orders(position).is_ok_and(|of| of != Orders::default());
    !Part::Cross.holds(position) || figures.iter().any(is_something) || has_orders
}

/// Every book that a claim is about covers its requirement, or not all do.
fn all_meet(claims: &[Margin], flag: bool) -> Result<(), String> {
    let is_met = |m: &Margin| match m.compared().next() {
        Some((_, book)) => book.equity >= book.requirement,
        None => m.equity >= m.maintenance,
    };
    let all = claims.iter().all(is_met);
    if all == flag { Ok(()) } else { Err(format!("all books meet their requirement: {all}")) }
}
