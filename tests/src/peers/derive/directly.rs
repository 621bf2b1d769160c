//! The venue's formula as it is written, over exact fractions of the same figures: profit and loss by scenario, the
//! smallest of all, contingencies. Nothing of the rule is used.

use super::figures::{BASIS_DIGITS, Figures, SIZE_DIGITS, SLOPE_DIGITS, VALUE_DIGITS, nearest};
use crate::json::power_of_ten;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use std::collections::BTreeMap;

fn fraction(x: &BigInt, digits: i32) -> BigRational {
    BigRational::from(x.clone()) * power_of_ten(-digits)
}

/// Equity and requirement in dollars.
pub(super) fn equity_and_requirement(figures: &Figures) -> [BigRational; 2] {
    let value = |x: &BigInt| fraction(x, VALUE_DIGITS);
    let size = |x: &BigInt| fraction(x, SIZE_DIGITS);
    let mut equity = value(&figures.cash);
    let mut contingency = BigRational::zero();
    for s in &figures.spots {
        let size = fraction(&s.size, s.digits.size);
        let worth = &size * fraction(&s.value, s.digits.value);
        equity += match &s.pnl {
            // An entry has the digits of a value: what was made is the value less a rounded cost.
            Some(pnl) => &worth - value(&nearest(&worth, VALUE_DIGITS)) + value(pnl),
            None => worth,
        };
        contingency += size.abs() * fraction(&s.charge, s.digits.value);
    }
    let mut basis = BigRational::zero();
    for e in &figures.expiries {
        let sum = |of: &dyn Fn(&super::figures::Option) -> BigInt| {
            e.options.iter().map(|o| size(&o.size) * value(&of(o))).sum::<BigRational>()
        };
        let mark = sum(&|o| o.mark.clone());
        let up = sum(&|o| o.basis[0].clone()) - &mark;
        let down = sum(&|o| o.basis[1].clone()) - &mark;
        basis += up.min(down).min(BigRational::zero()) * fraction(&e.basis_factor, BASIS_DIGITS);
        equity += mark;
        let mut nets: BTreeMap<&BigRational, BigRational> = BTreeMap::new();
        for o in &e.options {
            *nets.entry(&o.strike).or_default() += size(&o.size);
            contingency += size(&o.size).abs() * value(&e.charge);
        }
        let naked: BigRational = nets.into_values().filter(Signed::is_negative).sum();
        contingency -= naked * value(&figures.short_rate);
    }
    let scenarios = (0..figures.scenarios.len()).map(|at| profit(figures, at));
    let least = scenarios.chain([basis, BigRational::zero()]).min().unwrap_or_default();
    [equity, contingency - least * &figures.factor]
}

/// Profit and loss in one scenario, in dollars.
pub(super) fn profit(figures: &Figures, at: usize) -> BigRational {
    let s = &figures.scenarios[at];
    let damping = fraction(&s.damping, SLOPE_DIGITS);
    let value = |x: &BigInt| fraction(x, VALUE_DIGITS);
    let mut profit = BigRational::zero();
    for spot in &figures.spots {
        let moved = nearest(&(&spot.moved * &s.move_of_spot), spot.digits.value);
        let moved = fraction(&moved, spot.digits.value);
        profit += fraction(&spot.size, spot.digits.size) * moved * &damping;
    }
    for e in &figures.expiries {
        let sizes = e.options.iter().map(|o| (fraction(&o.size, SIZE_DIGITS), o));
        let (mut shocked, mut mark) = (BigRational::zero(), BigRational::zero());
        for (size, o) in sizes {
            shocked += &size * value(&o.values[at]);
            mark += &size * value(&o.mark);
        }
        let discount = &e.discounts[usize::from(shocked.is_negative())];
        let change = (shocked * fraction(discount, SLOPE_DIGITS) - mark) * &damping;
        profit += if s.skew { -change.abs() } else { change };
    }
    profit
}
