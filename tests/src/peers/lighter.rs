//! Lighter: collateral in 1e-12 USDC, entry values in 1e-6, fractions in 1e-4, funding as a prefix
//! sum per base unit. Nothing is divided.
//!
//! One market per fraction: initial, maintenance and close-out requirement.

use super::cases_of;
use crate::case::{Expected, Loaded, Made, Verdict};
use crate::json::{Reason, int, int_or_zero, list, need, one_collateral_int, opt, opt_int};
use crate::json::{refuse_needs, text};
use crate::sheet::{Line, Sheet, flat};
use num_bigint::BigInt;
use num_traits::{Signed, Zero};
use serde_json::Value;
use zkmargin_model::rule::LinearStep;

/// 1e-6 USDC in 1e-12 USDC.
const MICRO: u32 = 1_000_000;
/// 1e-6 USDC times 1e-4 in 1e-12 USDC.
const REQUIREMENT_UNIT: u32 = 100;

/// A verdict of each of initial, maintenance, close-out requirement, and solvency, where known.
type Health = [Option<bool>; 4];

pub(super) fn adapt(root: &Value) -> Loaded {
    let mut loaded = cases_of(root, case);
    for (name, cases) in joined(root) {
        loaded.add(&name, every_book(&cases));
    }
    loaded
}

/// Accounts with isolated positions: the case of the cross book, and then those of the others.
fn joined(root: &Value) -> Vec<(String, Vec<&Value>)> {
    let mut accounts: Vec<(String, Vec<&Value>)> = Vec::new();
    for case in list(root, "cases") {
        let Some((account, book)) = text(case, "name").rsplit_once('/') else { continue };
        match accounts.iter_mut().find(|(name, _)| name == account) {
            Some((_, cases)) => cases.push(case),
            None if book == "cross" => accounts.push((account.to_owned(), vec![case])),
            None => {}
        }
    }
    accounts.retain(|(_, cases)| cases.len() > 1);
    accounts
}

/// One account with all its books, at each requirement.
fn every_book(cases: &[&Value]) -> Result<Made, Reason> {
    let mut made = Made::default();
    let [cross, isolated @ ..] = cases else { return Err("no cross book".into()) };
    for (label, fraction) in REQUIREMENTS {
        let lines = list(cross, "positions").iter().map(|p| line(cross, p, fraction));
        let mut sheet = Sheet::new(one_collateral_int(cross)?, lines.collect::<Result<_, _>>()?);
        let mut expected = figures(cross, label)?;
        for book in isolated {
            let [position] = list(book, "positions") else {
                return Err("an isolated book of several positions".into());
            };
            sheet.isolated.push((line(book, position, fraction)?, one_collateral_int(book)?));
            let of = figures(book, label)?;
            expected.books.extend(of.equity.zip(of.maintenance).map(|(e, m)| Some([e, m])));
        }
        made.push(&sheet, label, expected)?;
    }
    Ok(made)
}

/// Equity and requirement of a case.
fn figures(case: &Value, label: &str) -> Result<Expected, Reason> {
    let expected = opt(case, "expected").map_or_else(|| need(case, "computed"), Ok)?;
    Ok(Expected {
        equity: opt_int(expected, "total_account_value")?,
        maintenance: opt_int(expected, &format!("{}_margin_requirement", label.replace('-', "_")))?,
        ..Expected::default()
    })
}

/// Requirements with the fraction that each goes by.
const REQUIREMENTS: [(&str, &str); 3] =
    [("initial", "imf"), ("maintenance", "mmf"), ("close-out", "cmf")];

fn line(case: &Value, position: &Value, fraction: &str) -> Result<Line, Reason> {
    let terms = need(need(case, "instruments")?, text(position, "instrument"))?;
    let multiplier = int(terms, "quote_multiplier")?;
    let size = int(position, "size")?;
    let price = int(terms, "mark_price")? * &multiplier;
    let funding = int(terms, "funding_rate_prefix_sum")? * &multiplier;
    let entry_funding = int(position, "last_funding_rate_prefix_sum")? * &multiplier;
    let entry_quote = int(position, "entry_quote")? * size.signum() * MICRO;
    let rate = match fraction {
        // The account's own choice of leverage, never below the market's least.
        "imf" => {
            let own = opt_int(position, "account_imf")?.filter(|f| !f.is_zero());
            let own = own.map_or_else(|| int(terms, "default_imf"), Ok)?;
            own.max(int_or_zero(terms, "min_imf")?)
        }
        other => int(terms, other)?,
    };
    let status = opt_int(terms, "status")?.unwrap_or_else(|| 1.into());
    Ok(Line {
        entry: entry_quote - &size * entry_funding,
        funding: BigInt::ZERO,
        pnl_rounding: None,
        size,
        value: LinearStep::exact(&price * MICRO - funding),
        requirement: LinearStep::exact(price * REQUIREMENT_UNIT),
        rows: flat(rate * status),
        roundings: Vec::new(),
    })
}

/// The position with its funding only: as if its price and its entry value were zero.
fn funding_line(case: &Value, position: &Value) -> Result<Line, Reason> {
    let mut line = line(case, position, "mmf")?;
    let price = line.requirement.num() / REQUIREMENT_UNIT * MICRO;
    line.value = LinearStep::exact(line.value.num() - price);
    line.entry -= int(position, "entry_quote")? * line.size.signum() * MICRO;
    line.requirement = LinearStep::exact(BigInt::zero());
    Ok(line)
}

/// What a state's name says: healthy at the initial requirement, liquidated below maintenance.
fn health(name: &str) -> Health {
    match name {
        "HEALTHY" => [Some(true), None, None, None],
        "PRE_LIQUIDATION" => [Some(false), Some(true), None, None],
        "PARTIAL_LIQUIDATION" => [None, Some(false), Some(true), None],
        "FULL_LIQUIDATION" => [None, None, Some(false), Some(true)],
        "BANKRUPTCY" => [None, None, None, Some(false)],
        _ => [None; 4],
    }
}

fn case(case: &Value) -> Result<Made, Reason> {
    // An insurance fund is judged strategy by strategy; the figures of the whole account are given
    // all the same and are compared, its health is not.
    refuse_needs(case, &["insurance_fund_strategies"])?;
    let whole_account = list(case, "needs").is_empty();
    let expected = opt(case, "expected").map_or_else(|| need(case, "computed"), Ok)?;
    let states = if whole_account { health(text(expected, "health")) } else { [None; 4] };
    let mut made = Made::default();
    for (at, (label, fraction)) in REQUIREMENTS.into_iter().enumerate() {
        let lines = list(case, "positions").iter().map(|p| line(case, p, fraction));
        let sheet = Sheet::new(one_collateral_int(case)?, lines.collect::<Result<_, _>>()?);
        let mut verdicts: Vec<_> = states[at].map(Verdict::healthy).into_iter().collect();
        verdicts.extend(states[3].map(Verdict::solvent));
        let expected = Expected { verdicts, ..figures(case, label)? };
        made.push(&sheet, label, expected)?;
    }
    if let Some(equity) = opt_int(expected, "collateral_with_funding")? {
        let lines = list(case, "positions").iter().map(|p| funding_line(case, p));
        let sheet = Sheet::new(one_collateral_int(case)?, lines.collect::<Result<_, _>>()?);
        made.push(&sheet, "funding", Expected { equity: Some(equity), ..Expected::default() })?;
    }
    made.or_nothing_expected()
}
