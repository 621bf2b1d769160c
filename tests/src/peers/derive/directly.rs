//! The venue's formula as it is written, in whole numbers of the same figures: profit and loss by scenario, the smallest of
//! all, contingencies. Nothing of the rule is used.

use super::figures::{
    BASIS_DIGITS, Expiry, Figures, HeldOption, SIZE_DIGITS, SLOPE_DIGITS, Spot, nearest,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;
use zkmargin_model::decimal::power_of_ten;

fn ten(digits: i32) -> BigInt {
    power_of_ten(digits.unsigned_abs())
}

/// Sizes times values of an expiry, in units of both together.
fn sum<'a>(e: &'a Expiry, value: impl Fn(&'a HeldOption) -> &'a BigInt) -> BigInt {
    e.options.iter().map(|o| &o.size * value(o)).sum()
}

/// What a holding is worth, in units of sizes and values together.
fn worth(s: &Spot) -> BigInt {
    let worth = &s.size * &s.value;
    match &s.pnl {
        // An entry has the digits of a value: what was made is the value less a rounded cost.
        Some(pnl) => {
            let cost = BigRational::new(worth.clone(), ten(SIZE_DIGITS)).round().to_integer();
            worth + (pnl - cost) * ten(SIZE_DIGITS)
        }
        None => worth,
    }
}

/// Equity in units of sizes and values together, and the requirement in such units over those of both digits of a slope
/// and over the denominator of the factor.
pub(super) fn equity_and_requirement(figures: &Figures) -> [BigInt; 2] {
    let mut equity = &figures.cash * ten(SIZE_DIGITS);
    let mut contingency = BigInt::zero();
    for s in &figures.spots {
        equity += worth(s);
        contingency += s.size.abs() * &s.charge;
    }
    let mut basis = BigInt::zero();
    for e in &figures.expiries {
        let mark = sum(e, |o| &o.mark);
        let change = sum(e, |o| &o.basis[0]).min(sum(e, |o| &o.basis[1])) - &mark;
        basis += change.min(BigInt::zero()) * &e.basis_factor;
        equity += mark;
        let mut nets: BTreeMap<&BigRational, BigInt> = BTreeMap::new();
        for o in &e.options {
            *nets.entry(&o.strike).or_default() += &o.size;
            contingency += o.size.abs() * &e.charge;
        }
        let naked: BigInt = nets.into_values().filter(Signed::is_negative).sum();
        contingency -= naked * &figures.short_rate;
    }
    let basis = basis * ten(2 * SLOPE_DIGITS - BASIS_DIGITS);
    let scenarios = (0..figures.scenarios.len()).map(|at| profit(figures, at));
    let least = scenarios.chain([basis, BigInt::zero()]).min().unwrap_or_default();
    let (factor, denominator) = (figures.factor.numer(), figures.factor.denom());
    [equity, contingency * ten(2 * SLOPE_DIGITS) * denominator - least * factor]
}

/// Profit and loss in one scenario.
fn profit(figures: &Figures, at: usize) -> BigInt {
    let s = &figures.scenarios[at];
    let mut profit = BigInt::zero();
    for spot in &figures.spots {
        let moved = nearest(&(&spot.moved * &s.move_of_spot), spot.digits.value);
        profit += &spot.size * moved * &s.damping * ten(SLOPE_DIGITS);
    }
    for e in &figures.expiries {
        let shocked = sum(e, |o| &o.values[at]);
        let discount = &e.discounts[usize::from(shocked.is_negative())];
        let change = shocked * discount - sum(e, |o| &o.mark) * ten(SLOPE_DIGITS);
        let change = change * &s.damping;
        profit += if s.skew { -change.abs() } else { change };
    }
    profit
}
