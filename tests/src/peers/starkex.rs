//! StarkEx family: prices in 2^-28, funding indices in 2^-32, risk factors per mille that step on
//! the whole notional. Values truncate toward zero, risk and funding are floored per position.

use super::cases_of;
use crate::case::{Expected, Loaded, Made, Verdict};
use crate::json::{Reason, int, int_or_zero, list, need, one_collateral_int, opt_bool, opt_int};
use crate::json::{refuse_needs, text};
use crate::sheet::{Line, Sheet, open_end, step};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use serde_json::Value;
use zkmargin_model::rule::{BracketRow, Rounding};

const PRICE_BITS: u32 = 28;
const FUNDING_BITS: u32 = 32;
const PER_MILLE: u32 = 1000;

fn fraction(bits: u32) -> BigInt {
    BigInt::one() << bits
}

pub(super) fn adapt(root: &Value) -> Loaded {
    cases_of(root, case)
}

/// `index = |value| < first ? 0 : min(1 + (|value| - first) / tier_size, n - 1)` as rows. A first
/// boundary of 2^128 - 1 means that there is one tier: the last row that starts within what the
/// rule allows ends there.
fn rows(terms: &Value) -> Result<Vec<BracketRow>, Reason> {
    let factors = list(terms, "risk_factor_tiers");
    let first = int(terms, "first_tier_boundary")?;
    let width = int(terms, "tier_size")?;
    if factors.is_empty() || (factors.len() > 1 && !width.is_positive()) {
        return Err("risk factor tiers without a factor or without a width".into());
    }
    let mut rows = Vec::new();
    let mut lo = BigInt::zero();
    for (at, factor) in factors.iter().enumerate() {
        let last = at + 1 == factors.len();
        let hi = if last { open_end() } else { &first + &width * at - 1 }.min(open_end());
        let text = factor.as_str().map_or_else(|| factor.to_string(), str::to_owned);
        let slope: BigInt = text.parse().map_err(|_| "a risk factor is not an integer")?;
        if lo <= hi {
            let next = &hi + 1;
            rows.push(BracketRow { lo, hi, slope, intercept: BigInt::zero() });
            lo = next;
        }
    }
    Ok(rows)
}

fn case(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &[])?;
    let balance = one_collateral_int(case)?;
    let mut lines = Vec::new();
    for position in list(case, "positions") {
        let instrument = text(position, "instrument");
        let terms = need(need(case, "instruments")?, instrument)?;
        let size = int(position, "size")?;
        let price = int(need(case, "prices")?, instrument)?;
        lines.push(Line {
            // The contract settles funding into the balance, floored per position, before it looks
            // at value and risk. A value has no fraction, so the floor of both together is the same.
            entry: -int_or_zero(position, "cached_funding_index")? * &size,
            funding: int_or_zero(terms, "funding_index")?,
            pnl_rounding: Some(step(1, fraction(FUNDING_BITS), Rounding::Floor)),
            value: step(price.clone(), fraction(PRICE_BITS), Rounding::Truncate)
                .scaled(&fraction(FUNDING_BITS)),
            requirement: step(price, fraction(PRICE_BITS), Rounding::Truncate),
            size,
            rows: rows(terms)?,
            roundings: vec![step(1, PER_MILLE, Rounding::Floor)],
        });
    }
    let expected = need(case, "expected")?;
    // Healthy is TV >= 0 and TV >= TR; with TR >= 0 the second is enough.
    let healthy = opt_bool(expected, "healthy").map(Verdict::healthy);
    let liquidatable = opt_bool(expected, "liquidatable").map(|l| Verdict::healthy(!l));
    let deleveragable = opt_bool(expected, "deleveragable").map(|d| Verdict::solvent(!d));
    let state = match text(expected, "state") {
        "healthy" => Some(Verdict::healthy(true)),
        "liquidatable" => Some(Verdict::healthy(false)),
        "deleveragable" => Some(Verdict::solvent(false)),
        _ => None,
    };
    let expected = Expected {
        equity: opt_int(expected, "total_value")?,
        maintenance: opt_int(expected, "total_risk")?,
        verdicts: [healthy, liquidatable, deleveragable, state].into_iter().flatten().collect(),
        ..Expected::default()
    };
    let mut made = Made::default();
    made.push(&Sheet::new(balance, lines), "maintenance", expected)?;
    made.or_nothing_expected()
}
