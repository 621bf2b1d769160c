//! Hyperliquid: one real account as its API reported it, in 1e-6 USD. A requirement is floored per
//! position: the digits of the reported liquidation prices show it.

use crate::case::{Expected, Loaded, Made, RelationCheck, Verdict};
use crate::json::{Reason, list, need, opt, opt_ratio, parse_ratio, power_of_ten, ratio, text};
use crate::sheet::{Line, Sheet, flat, step_of};
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use serde_json::Value;
use zkmargin_model::rule::Rounding;

/// Reported amounts are in this many decimals of a USD.
const DECIMALS: i32 = 6;
/// Reported liquidation prices have at most this many decimals.
const PRICE_DECIMALS: i32 = 8;

#[derive(Clone, Copy)]
enum Requirement {
    Maintenance,
    Initial,
}

pub(super) fn adapt(root: &Value) -> Loaded {
    let mut loaded = Loaded::default();
    loaded.add("account", account(root));
    for (at, position) in list(root, "positions").iter().enumerate() {
        loaded.add(text(position, "coin"), liquidation_price(root, at, position));
    }
    loaded
}

fn micro(r: &BigRational) -> Result<BigInt, Reason> {
    let scaled = r * power_of_ten(DECIMALS);
    if scaled.is_integer() {
        Ok(scaled.to_integer())
    } else {
        Err("an amount is not a whole number of 1e-6 USD".into())
    }
}

fn nonzero(v: &Value, key: &str) -> Result<BigRational, Reason> {
    let figure = ratio(v, key)?;
    if figure.is_zero() { Err(format!("`{key}` is zero")) } else { Ok(figure) }
}

fn rate(position: &Value, which: Requirement) -> Result<BigRational, Reason> {
    let one = BigRational::one();
    match which {
        Requirement::Initial => Ok(one / nonzero(need(position, "leverage")?, "value")?),
        Requirement::Maintenance => match opt_ratio(position, "maint_rate")? {
            Some(rate) => Ok(rate),
            None => Ok(one / (nonzero(position, "max_leverage")? * BigInt::from(2))),
        },
    }
}

fn mark(position: &Value) -> Result<BigRational, Reason> {
    Ok(ratio(position, "positionValue")? / nonzero(position, "szi")?.abs())
}

fn sheet(root: &Value, which: Requirement) -> Result<Sheet, Reason> {
    let positions = list(root, "positions");
    let lines = positions.iter().map(|position| {
        let size = ratio(position, "szi")?;
        let steps = size.denom().clone();
        // The position value is reported exactly; the mark follows from it.
        let price = mark(position)? * power_of_ten(DECIMALS) / steps;
        let rate = rate(position, which)?;
        Ok(Line {
            size: size.numer().clone(),
            entry: BigInt::zero(),
            funding: BigInt::ZERO,
            pnl_rounding: None,
            value: step_of(&price, Rounding::Truncate),
            requirement: step_of(&price, Rounding::Truncate),
            rows: flat(rate.numer().clone()),
            roundings: vec![step_of(
                &BigRational::new(BigInt::one(), rate.denom().clone()),
                Rounding::Floor,
            )],
        })
    });
    // What the account paid for its positions is inside the raw balance, so entries are zero.
    let balance = micro(&ratio(need(root, "account")?, "totalRawUsd")?)?;
    Ok(Sheet::new(balance, lines.collect::<Result<_, Reason>>()?))
}

fn account(root: &Value) -> Result<Made, Reason> {
    let account = need(root, "account")?;
    let figure = |v: &Value, key: &str| opt_ratio(v, key)?.map(|r| micro(&r)).transpose();
    let equity = figure(account, "accountValue")?;
    let checks = opt(root, "checks").cloned().unwrap_or(Value::Null);
    let maintenance = figure(&checks, "maintenance_margin")?;
    let healthy = match text(&checks, "verdict") {
        "HEALTHY" => Some(true),
        "" => None,
        _ => Some(false),
    };
    let verdicts = healthy.map(Verdict::healthy).into_iter().collect();
    let mut made = Made::default();
    let of = sheet(root, Requirement::Maintenance)?;
    let expected =
        Expected { equity: equity.clone(), maintenance, verdicts, ..Expected::default() };
    made.push(&of, "maintenance", expected)?;
    let of = sheet(root, Requirement::Initial)?;
    let maintenance = figure(account, "totalMarginUsed")?;
    made.push(&of, "initial", Expected { equity, maintenance, ..Expected::default() })?;
    if let Some(total) = figure(account, "totalNtlPos")? {
        let check: RelationCheck = Box::new(move |m| {
            let notional: BigInt = m[0].positions.iter().map(|p| &p.variable).sum();
            if notional == total {
                Ok(())
            } else {
                Err(format!("the total notional is {notional}, expected {total}"))
            }
        });
        made.relations.push((vec![of.case("initial", Expected::default())?], check));
    }
    if let Some(withdrawable) = figure(account, "withdrawable")? {
        let check: RelationCheck = Box::new(move |m| {
            let free = (&m[0].equity - &m[0].maintenance).max(BigInt::zero());
            if free == withdrawable {
                Ok(())
            } else {
                Err(format!("withdrawable is {free}, expected {withdrawable}"))
            }
        });
        made.relations.push((vec![of.case("initial", Expected::default())?], check));
    }
    made.or_nothing_expected()
}

/// The reported price at which the account, all else equal, is liquidated: `mark - (AV - MM) / szi`
/// at this capture's time, null when not positive. With it the margin reserved for the position.
fn liquidation_price(root: &Value, at: usize, position: &Value) -> Result<Made, Reason> {
    let mut made = Made::default();
    if let Some(used) = opt_ratio(position, "marginUsed")?.map(|r| micro(&r)).transpose()? {
        let case = sheet(root, Requirement::Initial)?.case("initial", Expected::default())?;
        let instrument = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let check: RelationCheck = Box::new(move |m| {
            let got = m[0].positions.iter().find(|p| p.instrument == instrument);
            match got.map(|p| &p.requirement) {
                Some(got) if *got == used => Ok(()),
                got => Err(format!("margin used is {got:?}, expected {used}")),
            }
        });
        made.relations.push((vec![case], check));
    }
    let Some(expected) = position.get("expected_liquidationPx") else {
        return made.or_nothing_expected();
    };
    let expected = match expected {
        Value::Null => None,
        Value::String(s) => Some(parse_ratio(s).ok_or("a liquidation price is not a decimal")?),
        other => Some(parse_ratio(&other.to_string()).ok_or("a liquidation price is no number")?),
    };
    let case = sheet(root, Requirement::Maintenance)?.case("maintenance", Expected::default())?;
    let (mark, size) = (mark(position)?, ratio(position, "szi")?);
    let check: RelationCheck = Box::new(move |m| {
        let surplus = BigRational::from(&m[0].equity - &m[0].maintenance);
        let price = &mark - surplus / power_of_ten(DECIMALS) / &size;
        let unit = power_of_ten(PRICE_DECIMALS);
        // Half a unit of the last place is the most that reporting the price can have rounded.
        let twice = (&price * &unit * BigInt::from(2)).to_integer();
        let agrees = match &expected {
            None => !price.is_positive(),
            Some(e) => ((&price - e) * &unit * BigInt::from(2)).abs() <= BigRational::one(),
        };
        if agrees {
            Ok(())
        } else {
            Err(format!(
                "the liquidation price is {} / 10^{PRICE_DECIMALS}, expected {expected:?}",
                twice.div_floor(&2.into())
            ))
        }
    });
    made.relations.push((vec![case], check));
    made.or_nothing_expected()
}
