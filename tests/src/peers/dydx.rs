//! dYdX v4: quote quantums of 1e-6 USDC. The notional truncates toward zero; the initial
//! requirement is rounded up once, maintenance twice. The initial fraction grows with open
//! interest, which is part of the snapshot and so of the adapter.

use super::{cases_of, each};
use crate::case::{Expected, Loaded, Made, PeerCase, RelationCheck, Verdict};
use crate::json::{
    Reason, int, int_or_zero, list, need, one_collateral_int, opt, opt_bool, opt_int,
};
use crate::json::{power_of_ten, refuse_needs, text};
use crate::sheet::{Line, Sheet, flat, step, step_of};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::floor::Floor;
use zkmargin_model::rule::{LinearStep, Margin, Rounding};

const MILLION: u32 = 1_000_000;
const QUOTE_DECIMALS: i32 = 6;

pub(super) fn adapt(root: &Value) -> Loaded {
    let mut loaded = cases_of(root, case);
    each(&mut loaded, list(root, "predicates"), predicate);
    each(&mut loaded, list(root, "components"), component);
    loaded
}

/// Quote quantums of one base quantum.
fn price(case: &Value, instrument: &str, terms: &Value) -> Result<BigRational, Reason> {
    let price = need(need(case, "prices")?, instrument)?;
    let power = int(price, "exponent")? + int(terms, "atomic_resolution")? + QUOTE_DECIMALS;
    let power = power.to_i32().filter(|p| p.abs() <= 64).ok_or("an exponent out of range")?;
    Ok(BigRational::from(int(price, "price")?) * power_of_ten(power))
}

/// The base fraction, scaled up to 100 % as open interest goes from the lower to the upper cap.
fn initial_ppm(terms: &Value, open_interest_notional: &BigInt) -> Result<BigInt, Reason> {
    let base = int(terms, "imf_ppm")?;
    let (lower, upper) = (int_or_zero(terms, "oi_lower")?, int_or_zero(terms, "oi_upper")?);
    if upper.is_zero() || *open_interest_notional <= lower {
        return Ok(base);
    }
    let million = BigInt::from(MILLION);
    if *open_interest_notional >= upper {
        return Ok(million.max(base));
    }
    let rise = (&million - &base) * (open_interest_notional - &lower);
    Ok(base + rise.div_floor(&(upper - lower)))
}

/// Parts of a quote quantum in which entries are given: millionths, or wholes where there is no
/// funding, since some tests have values that leave no room for fractions.
fn ledger_units(case: &Value, account: &Value) -> Result<u32, Reason> {
    for position in list(account, "positions") {
        let terms = need(need(case, "instruments")?, text(position, "instrument"))?;
        for of in [position, terms] {
            if !int_or_zero(of, "funding_index")?.is_zero() {
                return Ok(MILLION);
            }
        }
    }
    Ok(1)
}

/// Sheets for the initial and the maintenance requirement of an account at the case's market.
fn sheets(case: &Value, account: &Value) -> Result<[Sheet; 2], Reason> {
    let balance = one_collateral_int(account)?;
    let fine = ledger_units(case, account)?;
    let (mut initial, mut maintenance) = (Vec::new(), Vec::new());
    for position in list(account, "positions") {
        let instrument = text(position, "instrument");
        let terms = need(need(case, "instruments")?, instrument)?;
        let price = price(case, instrument, terms)?;
        let size = int(position, "size")?;
        let settled = int_or_zero(position, "funding_index")?;
        let entry = -int_or_zero(position, "quote_balance")? * fine - settled * &size;
        let funding = int_or_zero(terms, "funding_index")?;
        let open_interest = BigRational::from(int_or_zero(terms, "open_interest")?) * &price;
        let adjusted = initial_ppm(terms, &open_interest.to_integer())?;
        let base = int(terms, "imf_ppm")?;
        let value = step_of(&price, Rounding::Truncate);
        let line = |rate: BigInt, roundings| Line {
            size: size.clone(),
            entry: entry.clone(),
            funding: funding.clone(),
            pnl_rounding: None,
            value: value.scaled(&fine.into()),
            requirement: value.clone(),
            rows: flat(rate),
            roundings,
        };
        let up = |num: BigInt| step(num, MILLION, Rounding::Ceil);
        initial.push(line(adjusted, vec![up(1.into())]));
        maintenance.push(line(base, vec![up(1.into()), up(int(terms, "mf_ppm")?)]));
    }
    // dYdX settles funding into the quote balance before the check, floored once over the sum. Nothing
    // else of the equity has a fraction.
    let of = |lines| Sheet {
        equity_rounding: (fine > 1).then(|| step(1, fine, Rounding::Floor)),
        ..Sheet::new(&balance * fine, lines)
    };
    Ok([of(initial), of(maintenance)])
}

fn bare(sheets: &[Sheet; 2]) -> Result<Vec<PeerCase>, Reason> {
    let of = |sheet: &Sheet, label| sheet.case(label, Expected::default());
    Ok(vec![of(&sheets[0], "initial")?, of(&sheets[1], "maintenance")?])
}

fn agree<T: PartialEq + std::fmt::Debug>(what: &str, got: T, expected: T) -> Result<(), String> {
    if got == expected { Ok(()) } else { Err(format!("{what} is {got:?}, expected {expected:?}")) }
}

/// Who is liquidated: a claim at the market where no requirement is healthy, about equity of whatever sign.
fn not_liquidated(
    made: &mut Made,
    maintenance: &Sheet,
    label: &str,
    flag: bool,
) -> Result<(), Reason> {
    let sheet = Sheet { no_requirement_is_healthy: true, ..maintenance.clone() };
    let claim = Claim::with_floor(MARGIN_BPS, Floor::none()).map_err(|e| e.to_string())?;
    let verdicts = vec![Verdict { claim, holds: !flag }];
    made.push(&sheet, label, Expected { verdicts, ..Expected::default() })
}

/// The verdict on an update. Figures: before and after, each initial then maintenance.
fn update_result(m: &[Margin]) -> &'static str {
    let [initial_before, before, initial_after, after] = m else {
        return "wrong number of figures";
    };
    if initial_after.equity >= initial_after.maintenance {
        return "Success";
    }
    let newly = initial_before.equity >= initial_before.maintenance;
    let refused = if newly { "NewlyUndercollateralized" } else { "StillUndercollateralized" };
    if after.maintenance > before.maintenance {
        return refused;
    }
    let improves = if after.maintenance.is_zero() || before.maintenance.is_zero() {
        after.equity > before.equity
    } else {
        // Equity per requirement must not get worse.
        &after.equity * &before.maintenance >= &before.equity * &after.maintenance
    };
    if improves { "Success" } else { refused }
}

fn case(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &["state_transition"])?;
    let expected = need(case, "expected")?;
    let sheets = sheets(case, case)?;
    let mut made = Made::default();
    let equity = opt_int(expected, "net_collateral")?;
    let solvent = opt_bool(expected, "negative_tnc").map(|n| Verdict::solvent(!n));
    for (sheet, label, figure, collateralized) in [
        (&sheets[0], "initial", "imr", "initial_collateralized"),
        (&sheets[1], "maintenance", "mmr", "maintenance_collateralized"),
    ] {
        let healthy = opt_bool(expected, collateralized).map(Verdict::healthy);
        let verdicts = healthy.into_iter().chain(solvent.clone()).collect();
        let maintenance = opt_int(expected, figure)?;
        let equity = equity.clone();
        made.push(sheet, label, Expected { equity, maintenance, verdicts, ..Expected::default() })?;
    }
    if let Some(flag) = opt_bool(expected, "liquidatable") {
        not_liquidated(&mut made, &sheets[1], "not liquidated", flag)?;
    }
    if let Some(result) = opt(expected, "update_result").and_then(Value::as_str) {
        let before = self::sheets(case, need(case, "before")?)?;
        let result = result.to_owned();
        let check: RelationCheck =
            Box::new(move |m| agree("the update's result", update_result(m), &result));
        made.relations.push((bare(&before)?.into_iter().chain(bare(&sheets)?).collect(), check));
    }
    made.or_nothing_expected()
}

/// An account of this equity that holds one unit which requires this much.
fn of_figures(equity: BigInt, requirement: BigInt) -> Sheet {
    let line = Line {
        size: 1.into(),
        entry: BigInt::zero(),
        funding: BigInt::ZERO,
        pnl_rounding: None,
        value: LinearStep::exact(BigInt::zero()),
        requirement: LinearStep::exact(requirement),
        rows: flat(1),
        roundings: Vec::new(),
    };
    Sheet::new(equity, vec![line])
}

fn predicate(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &[])?;
    let expected = need(case, "expected")?;
    let sheet = of_figures(int(case, "net_collateral")?, int(case, "requirement")?);
    let kind = text(case, "requirement_kind");
    let mut made = Made::default();
    let verdict = match kind {
        "IMR" => opt_bool(expected, "initial_collateralized"),
        "MMR" => opt_bool(expected, "maintenance_collateralized"),
        _ => return Err(format!("unknown requirement kind `{kind}`")),
    };
    let verdicts = verdict.map(Verdict::healthy).into_iter().collect();
    made.push(&sheet, kind, Expected { verdicts, ..Expected::default() })?;
    if let Some(flag) = opt_bool(expected, "liquidatable") {
        not_liquidated(&mut made, &sheet, kind, flag)?;
    }
    made.or_nothing_expected()
}

/// Requirement of a single notional. The adjusted fraction itself is the requirement of a million.
fn component(case: &Value) -> Result<Made, Reason> {
    refuse_needs(case, &[])?;
    let inputs = need(case, "inputs")?;
    let kind = text(case, "kind");
    let notional = match kind {
        "initial_margin" => int(inputs, "notional_quote_quantums")?,
        "adjusted_imf_ppm" => MILLION.into(),
        _ => return Err(format!("unknown component `{kind}`")),
    };
    let rate = initial_ppm(inputs, &int_or_zero(inputs, "open_interest_notional")?)?;
    let line = Line {
        size: notional,
        entry: BigInt::zero(),
        funding: BigInt::ZERO,
        pnl_rounding: None,
        value: LinearStep::exact(1.into()),
        requirement: LinearStep::exact(1.into()),
        rows: flat(rate),
        roundings: vec![step(1, MILLION, Rounding::Ceil)],
    };
    let expected = Expected { maintenance: opt_int(case, "expected")?, ..Expected::default() };
    let mut made = Made::default();
    made.push(&Sheet::new(BigInt::zero(), vec![line]), kind, expected)?;
    made.or_nothing_expected()
}
