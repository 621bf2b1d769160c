//! Single weights and ratios: the figure is what an account of 100 % requires or counts.

use super::market::{Requirement, Terms, WHOLE};
use super::perpetual::{ORDER_FEE, QUOTE, orders, perpetual, ratio};
use super::spot::{scaled_weight, signed_weight, size_weights, weights};
use crate::case::{Expected, Made, RelationCheck};
use crate::folio::{Contract, Folio, HeldBeside, by_sign, own};
use crate::json::{Reason, int, int_or_zero, need, opt_bool, opt_int, text};
use crate::sheet::step;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use serde_json::Value;
use zkmargin_model::rule::{
    AssetElements, Debts, InstrumentElements, LinearStep, Orders, Rounding,
};

pub(super) fn component(kind: &str, case: &Value) -> Result<Made, Reason> {
    let inputs = need(case, "inputs")?;
    let (expected, book) = match kind {
        "spot_asset_weight" => (equity(case, "result")?, spot_weight(inputs, false)?),
        "spot_scaled_initial_asset_weight" => {
            (equity(case, "result")?, spot_weight(inputs, false)?)
        }
        "spot_liability_weight" => (requirement(case, "result")?, spot_weight(inputs, true)?),
        "perp_margin_ratio" => (requirement(case, "result")?, margin_ratio(inputs)?),
        "perp_position" => {
            let expected = Expected {
                maintenance: requirement(case, "margin_requirement")?.maintenance,
                ..equity(case, "weighted_upnl")?
            };
            (expected, position(inputs)?)
        }
        "spot_worst_case_fill" => return Err("needs spot_open_orders".into()),
        "perp_worst_case_liability" => return worst_case(case),
        other => return Err(format!("unknown component `{other}`")),
    };
    let mut made = Made::default();
    made.cases.push(book.case(kind, expected)?);
    Ok(made)
}

fn equity(case: &Value, name: &str) -> Result<Expected, Reason> {
    let equity = opt_int(need(case, "expected")?, name)?;
    Ok(Expected { equity, ..Expected::default() })
}

fn requirement(case: &Value, name: &str) -> Result<Expected, Reason> {
    let maintenance = opt_int(need(case, "expected")?, name)?;
    Ok(Expected { maintenance, ..Expected::default() })
}

/// An amount of a spot market's asset that is worth 100 %, owned or owed. The component that only scales the initial weight names no
/// requirement.
fn spot_weight(inputs: &Value, owed: bool) -> Result<Folio, Reason> {
    let market = need(inputs, "market")?;
    let asked = match text(inputs, "margin_type") {
        "" => Requirement::Initial,
        name => Requirement::named(name)?,
    };
    let [mut deposit, debt] = weights(market, asked)?;
    if asked == Requirement::Initial && !owed {
        deposit = scaled_weight(market, deposit, &int(inputs, "oracle_price")?)?;
    }
    let size = opt_int(inputs, "size")?.unwrap_or_else(|| WHOLE.into());
    let price = || step(WHOLE, size.clone(), Rounding::Floor);
    let by_size = size_weights(market, &debt)?;
    let elements = AssetElements {
        value: vec![by_sign(price(), price())?],
        weight: Some(signed_weight(deposit, debt, by_size)?),
        debts: Debts { required: true, charge: Vec::new() },
        ..AssetElements::default()
    };
    let mut book = Folio::default();
    book.asset(if owed { -size } else { size }, 0, elements)?;
    Ok(book)
}

/// The size with a notional of 100 %.
fn margin_ratio(inputs: &Value) -> Result<Folio, Reason> {
    let asked = Requirement::named(text(inputs, "margin_type"))?;
    let high_leverage = opt_bool(inputs, "high_leverage").unwrap_or_default();
    let market = need(inputs, "market")?;
    let (tiers, root, rate) = ratio(market, asked, high_leverage, &BigInt::zero())?;
    let size = int(inputs, "size")?;
    let mut book = Folio::default();
    let settle = book.asset(BigInt::zero(), 0, AssetElements::default())?;
    let contract = Contract {
        settle,
        value: LinearStep::exact(0.into()),
        notional: step(WHOLE, size.clone(), Rounding::Floor),
        tiers,
        roundings: vec![step(1, WHOLE, Rounding::Floor)],
        elements: InstrumentElements { root, rate: Some(rate), ..InstrumentElements::default() },
    };
    book.position(contract, &size, BigInt::zero(), 0)?;
    Ok(book)
}

/// What the orders beside a position can make of it, at a ratio of 100 %.
fn worst_case(case: &Value) -> Result<Made, Reason> {
    let inputs = need(case, "inputs")?;
    let mut market = inputs.clone();
    market["margin_ratio_initial"] = WHOLE.to_string().into();
    let one = BigInt::from(QUOTE);
    let terms = Terms {
        requirement: Requirement::Initial,
        strict: false,
        buffer: BigInt::zero(),
        least_ratio: BigInt::zero(),
        quote: [one.clone(), one],
    };
    let held = need(inputs, "position")?;
    let mut book = Folio::default();
    let settle = book.asset(BigInt::zero(), 0, AssetElements::default())?;
    let mut contract = perpetual(&market, &terms, false, settle)?;
    contract.elements.order_fee = Some(BigInt::zero());
    let size = int(held, "base_asset_amount")?;
    let beside = HeldBeside { orders: orders(held)?, ..HeldBeside::default() };
    book.position_beside(contract, &size, BigInt::zero(), beside)?;
    let worst = need(case, "expected")?;
    let base = int(worst, "worst_case_base")?.abs();
    let made = book.case("worst case", requirement(case, "worst_case_liability")?)?;
    let sized: RelationCheck = Box::new(move |m| {
        let variable = m[0].positions.first().map(|p| &p.variable);
        if variable == Some(&base) { Ok(()) } else { Err(format!("size {variable:?}, not {base}")) }
    });
    Ok(Made { relations: vec![(vec![made.clone()], sized)], cases: vec![made], ..Made::default() })
}

/// One position by itself.
fn position(inputs: &Value) -> Result<Folio, Reason> {
    let mut market = need(inputs, "market")?.clone();
    market["oracle_price"] = need(inputs, "oracle_price")?.clone();
    let price = int(inputs, "quote_price")?;
    let terms = Terms {
        requirement: Requirement::named(text(inputs, "margin_type"))?,
        strict: false,
        buffer: BigInt::zero(),
        least_ratio: BigInt::zero(),
        quote: [price.clone(), price],
    };
    let high_leverage = opt_bool(inputs, "high_leverage").unwrap_or_default();
    let held = need(inputs, "position")?;
    let mut book = Folio::default();
    let settle = book.asset(BigInt::zero(), 0, AssetElements::default())?;
    let mut contract = perpetual(&market, &terms, high_leverage, settle)?;
    let orders = orders(held)?;
    if orders != Orders::default() {
        contract.elements.order_fee = Some(ORDER_FEE.into());
    }
    let own = own(&int_or_zero(inputs, "custom_margin_ratio")?)?;
    let entry = -int(held, "quote_asset_amount")?;
    let beside = HeldBeside { own, orders, allocation: None };
    book.position_beside(contract, &int(held, "base_asset_amount")?, entry, beside)?;
    Ok(book)
}
