//! Perpetuals: results by sign with a cap, ratios with the root of the size.

use super::market::{ROOT_STEP, Requirement, Terms, WHOLE, charge};
use crate::folio::{Contract, Tiers, by_sign};
use crate::json::{Reason, int, int_or_zero, opt_int, text};
use crate::sheet::step;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::rule::{
    BracketRow, InstrumentElements, LinearStep, Orders, RateForm, Rounding, ShortTerms, SizeRoot,
    Variable,
};
use zkmargin_model::widths::OWN_BITS;

pub(super) const QUOTE: u32 = 1_000_000;
const BASE: u32 = 1_000_000_000;
/// Most that a perpetual's profit adds to the initial figure.
const PROFIT_CAP: u32 = 100 * QUOTE;

/// What each open order requires, in 1e-6 USD.
pub(super) const ORDER_FEE: u32 = 10_000;

/// Open orders beside a perpetual position; asks are negative in the file.
pub(super) fn orders(position: &Value) -> Result<Orders, Reason> {
    let size = |of: BigInt| of.to_biguint().ok_or("orders of the wrong sign");
    let count = int_or_zero(position, "open_orders")?;
    Ok(Orders {
        bids: size(int_or_zero(position, "open_bids")?)?,
        asks: size(-int_or_zero(position, "open_asks")?)?,
        count: count.to_u32().ok_or("a number of orders of more than 32 bits")?,
    })
}

/// The margin ratio of a perpetual as a function of the root of its size.
pub(super) fn ratio(
    market: &Value,
    requirement: Requirement,
    high_leverage: bool,
    least: &BigInt,
) -> Result<(Tiers, Option<SizeRoot>, RateForm), Reason> {
    let ordinary = requirement.of(market, ["margin_ratio_initial", "margin_ratio_maintenance"])?;
    let names = ["high_leverage_margin_ratio_initial", "high_leverage_margin_ratio_maintenance"];
    let base = if high_leverage { requirement.of(market, names)? } else { ordinary.clone() };
    let own = (requirement == Requirement::Initial).then_some(0);
    let factor = int_or_zero(market, "imf_factor")?;
    if factor.is_zero() || requirement == Requirement::Equity {
        let form = RateForm { steps: Vec::new(), own };
        return Ok((Tiers::constant(base.max(least.clone())), None, form));
    }
    let root_step = step(factor, ROOT_STEP, Rounding::Floor);
    let root = SizeRoot::new(10.into(), 1.into(), vec![root_step]).ok_or("a negative factor")?;
    let row = |lo: BigInt, hi: BigInt, slope: BigInt, intercept: BigInt| BracketRow {
        lo,
        hi,
        slope,
        intercept,
    };
    let most = BigInt::one() << OWN_BITS;
    let fifth = ordinary.div_floor(&5.into());
    if high_leverage && requirement == Requirement::Initial {
        // Up to the ordinary ratio on a line of its own, beyond it as without high leverage; in units of 1 / fifth.
        if !fifth.is_positive() || !least.is_zero() {
            return Err("a ratio with high leverage that has no line".into());
        }
        let rows = vec![
            row(BigInt::zero(), fifth.clone(), &ordinary - &base, &base * &fifth),
            row(&fifth + 1, most - &ordinary, fifth.clone(), (&ordinary - &fifth) * &fifth),
        ];
        let form = RateForm { steps: vec![step(1, fifth, Rounding::Floor)], own };
        return Ok((Tiers(Variable::Quantity, rows), Some(root), form));
    }
    // The larger of the base and four fifths of it with the premium of the size.
    let premium_from = &base - base.div_floor(&5.into());
    let flat_ratio = base.max(least.clone());
    let flat_to = &flat_ratio - &premium_from;
    let rows = vec![
        row(BigInt::zero(), flat_to.clone(), BigInt::zero(), flat_ratio),
        row(flat_to + 1, most - 1 - &premium_from, BigInt::one(), premium_from),
    ];
    Ok((Tiers(Variable::Quantity, rows), Some(root), RateForm { steps: Vec::new(), own }))
}

/// Terms of a perpetual that settles in this asset.
pub(super) fn perpetual(
    market: &Value,
    terms: &Terms,
    high_leverage: bool,
    settle: u32,
) -> Result<Contract, Reason> {
    let requirement = terms.requirement;
    let price = int(market, "oracle_price")?;
    let value = step(price.clone(), BASE, Rounding::Truncate);
    let pays_to_one = text(market, "contract_type") == "Prediction";
    let profit = match requirement {
        Requirement::Initial => "unrealized_pnl_initial_asset_weight",
        _ => "unrealized_pnl_maintenance_asset_weight",
    };
    let profit = match requirement {
        Requirement::Equity => WHOLE.into(),
        _ => opt_int(market, profit)?.unwrap_or_default(),
    };
    let share = |of: BigInt| step(of, WHOLE, Rounding::Truncate);
    let quoted = |price: &BigInt| step(price.clone(), QUOTE, Rounding::Truncate);
    let [owned, owed] = &terms.quote;
    let mut result = vec![
        by_sign(share(profit), share(WHOLE + &terms.buffer))?,
        by_sign(quoted(owned), quoted(owed))?,
    ];
    if requirement == Requirement::Initial {
        let exact = || LinearStep::exact(1.into());
        let cap = by_sign(exact(), exact())?.capped(PROFIT_CAP.into());
        result.push(cap.ok_or("a negative cap")?);
    }
    let (tiers, root, rate) = ratio(market, requirement, high_leverage, &terms.least_ratio)?;
    Ok(Contract {
        settle,
        notional: value.clone(),
        tiers,
        roundings: vec![step(1, WHOLE, Rounding::Floor)],
        elements: InstrumentElements {
            short: pays_to_one.then(|| ShortTerms {
                value: value.clone(),
                requirement: step(QUOTE - price, BASE, Rounding::Truncate),
            }),
            result,
            notional: vec![step(owed.clone(), QUOTE, Rounding::Floor)],
            root,
            rate: Some(rate),
            leverage: None,
            charge: charge(&terms.buffer),
            order_fee: None,
            family: None,
            at_entry: false,
        },
        value,
    })
}
