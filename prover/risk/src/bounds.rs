//! Bounds of the rule's functions on intervals.
//!
//! Each function of the rule is a chain of steps that only rise or only fall, and of bracketed functions whose rows are
//! lines: the ends of an interval, and of each row in it, have the extreme values.

use crate::interval::Interval;
use crate::standing::Standing;
use num_bigint::BigInt;
use num_traits::{One, Signed};
use zkmargin_model::rule::{
    AssetTerms, BracketedLinear, InstrumentTerms, LinearStep, Market, Position, PositionMargin,
    Variable,
};
use zkmargin_model::widths::BRACKET_BITS;

/// Values of a bracketed function; `None` where it is not defined on all of the interval.
pub(crate) fn bracketed(f: &BracketedLinear, x: &Interval) -> Option<Interval> {
    let (first, last) = (f.find(&x.lo)?, f.find(&x.hi)?);
    let rows = f.rows().get(first..=last)?.iter();
    let values = rows.map(|row| {
        let (from, to) = ((&row.lo).max(&x.lo), (&row.hi).min(&x.hi));
        Interval::between(row.at(from), row.at(to))
    });
    values.reduce(Interval::with)
}

/// Values of the rows that hold an `x`, at a size; `None` where some `x` is in none.
fn rated(f: &BracketedLinear, x: &Interval, size: &Interval) -> Option<Interval> {
    let (first, last) = (f.find(&x.lo)?, f.find(&x.hi)?);
    let values = f.rows().get(first..=last)?.iter().map(|row| size.through(|size| row.at(size)));
    values.reduce(Interval::with)
}

fn in_turn(steps: &[LinearStep], x: Interval) -> Interval {
    steps.iter().fold(x, |x, step| x.through(|x| step.apply(x)))
}

/// What a position with this own parameter requires, before it is converted, when its tier variable is in `x`, its size in
/// `size` and its notional in `n`; `notional_of` is the notional of a size. `None` where the rule is not defined on all of `x`.
pub(crate) fn requirement(
    market: &Market,
    terms: &InstrumentTerms,
    own: u32,
    [x, size, n]: [&Interval; 3],
    notional_of: impl Fn(&BigInt) -> BigInt,
) -> Option<Interval> {
    let tiers = market.terms().tiers.get(terms.tiers)?;
    let is_flat = market.profile().is_ok_and(|profile| profile.flat);
    // The row of the whole family, on the position's own size.
    let of_family = terms.elements.family.is_some() && terms.elements.rate.is_none();
    let tiered = match tiers.rows() {
        // As in the rule: without tiers, the end of the only row is the format's.
        [row] if is_flat && terms.elements.family.is_none() => x.through(|x| row.at(x)),
        _ if of_family => rated(tiers, x, size)?,
        _ => bracketed(tiers, x)?,
    };
    let unrounded = match (&terms.elements.rate, tiers.variable()) {
        (Some(rate), _) => tiered.through(|y| rate.at(y.clone(), own)).times(n),
        (None, Variable::Value) => tiered,
        (None, Variable::Quantity) => tiered.through(notional_of),
    };
    let mut amount = in_turn(&terms.requirement_rounding, unrounded);
    if let Some(leverage) = &terms.elements.leverage {
        amount = amount.at_least(n.through(|n| leverage.at(n, own)));
    }
    if terms.elements.charge.is_empty() {
        return Some(amount);
    }
    Some(amount.plus(&in_turn(&terms.elements.charge, n.clone())))
}

/// Whether the mark changes its sign between two, so that a notional falls and rises between them.
pub(crate) fn turns(a: &InstrumentTerms, b: &InstrumentTerms) -> bool {
    (a.value.num() * b.value.num()).is_negative()
}

/// What a position requires, before it is converted, at all prices of its instrument between two at which it was
/// computed; `None` where the rule is not known to be defined at all of them.
///
/// Its notional only rises or only falls from the one to the other.
pub(crate) fn position(
    market: &Market,
    terms: &InstrumentTerms,
    p: &Position,
    [a, b]: [&PositionMargin; 2],
) -> Option<Interval> {
    let amount = |m: &PositionMargin| m.amount.clone();
    match market.terms().tiers.get(terms.tiers)?.variable() {
        // At entry, no price decides about it.
        _ if terms.elements.at_entry => Some(Interval::between(amount(a), amount(b))),
        // The notional of a size, or a rate of it.
        Variable::Quantity => Some(Interval::between(amount(a), amount(b))),
        Variable::Value => {
            let x = Interval::between(a.variable.clone(), b.variable.clone());
            requirement(market, terms, p.own, [&x, &x, &x], BigInt::clone)
        }
    }
}

/// Equity and requirement of a book, or what an asset adds to them.
pub(crate) struct StandingBounds {
    pub(crate) equity: Interval,
    pub(crate) requirement: Interval,
}

impl StandingBounds {
    /// What holds all sums.
    fn plus(&self, other: &Self) -> Self {
        Self {
            equity: self.equity.plus(&other.equity),
            requirement: self.requirement.plus(&other.requirement),
        }
    }

    /// The least equity with the highest requirement.
    pub(crate) fn worst(self) -> Standing {
        Standing { equity: self.equity.lo, requirement: self.requirement.hi }
    }

    /// The highest equity with the least requirement.
    pub(crate) fn best(self) -> Standing {
        Standing { equity: self.equity.hi, requirement: self.requirement.lo }
    }
}

/// Bounds of [`AssetTerms::margin_of`] on an interval of amounts, at all prices of the asset between two; `None` where it
/// is not known to be defined at all of them.
pub(crate) fn asset(
    ends: [&AssetTerms; 2],
    amounts: &Interval,
    own: u32,
) -> Option<StandingBounds> {
    let bound = BigInt::one() << BRACKET_BITS;
    let (lo, hi) = (&amounts.lo, &amounts.hi);
    if *lo < -&bound || *hi >= bound {
        return None;
    }
    // Prices and steps change with the sign.
    if lo.is_negative() && !hi.is_negative() {
        let debts = of_one_sign(ends, &Interval::between(lo.clone(), -BigInt::one()), own)?;
        let deposits = of_one_sign(ends, &Interval::between(BigInt::ZERO, hi.clone()), own)?;
        return Some(StandingBounds {
            equity: debts.equity.with(deposits.equity),
            requirement: debts.requirement.with(deposits.requirement),
        });
    }
    of_one_sign(ends, amounts, own)
}

fn of_one_sign(ends: [&AssetTerms; 2], u: &Interval, own: u32) -> Option<StandingBounds> {
    let prices = ends.map(|terms| terms.index.of(&u.lo));
    // What is not a price is the same at both ends, except an end of the collateral function that is open: the format
    // puts it as far as the price needs it.
    let terms = if prices[0] >= prices[1] { ends[0] } else { ends[1] };
    let elements = &terms.elements;
    let exact = match terms.collateral.variable() {
        Variable::Value => {
            let [x, y] = ends.map(|terms| {
                let x = u.through(|u| u * terms.index.of(u));
                let steps = terms.elements.value.iter();
                steps.fold(x, |x, step| x.through(|x| step.apply(x)))
            });
            bracketed(&terms.collateral, &x.with(y))?
        }
        Variable::Quantity => {
            let price = Interval::between(prices[0].clone(), prices[1].clone());
            bracketed(&terms.collateral, u)?.times(&price)
        }
    };
    let unweighted = match &terms.rounding {
        Some(step) => exact.through(|x| step.apply(x)),
        None => exact,
    };
    let collateral = match &elements.weight {
        None => unweighted.clone(),
        // A larger amount weighs less as a deposit and more as a debt: the value falls with it either way.
        Some(weight) => {
            let [a, b] = [u.lo.abs(), u.hi.abs()];
            let (small, large) = if a <= b { (a, b) } else { (b, a) };
            Interval {
                lo: weight.apply(&unweighted.lo, &large, own)?,
                hi: weight.apply(&unweighted.hi, &small, own)?,
            }
        }
    };
    // Equity rises and the requirement of debts falls with both values.
    let (least, most) = (collateral.lo, collateral.hi);
    let (equity_lo, requirement_hi) = elements.debts.split(least, &unweighted.lo);
    let (equity_hi, requirement_lo) = elements.debts.split(most, &unweighted.hi);
    Some(StandingBounds {
        equity: Interval { lo: equity_lo, hi: equity_hi },
        requirement: Interval { lo: requirement_lo, hi: requirement_hi },
    })
}

/// Bounds of [`isolated_book`](zkmargin_model::rule::isolated_book) on intervals of what is assigned, of what settles and of
/// the requirement before conversion; `None` where the rule is not known to be defined on all of them.
pub(crate) fn isolated(
    market: &Market,
    terms: &InstrumentTerms,
    allocation: &Interval,
    result: &Interval,
    required: &Interval,
) -> Option<StandingBounds> {
    let of = market.terms();
    let unit = of.isolated_unit.as_ref()?;
    let Some(asset_id) = of.allocation_asset else {
        let equity = result.through(|result| result * unit);
        return Some(StandingBounds { equity, requirement: required.clone() });
    };
    let group = of.groups.get(terms.group)?;
    let of_position = StandingBounds {
        equity: Interval::zero(),
        requirement: required.through(|y| of.converted(&(y * &group.requirement_index))),
    };
    let assigned = market.asset(asset_id)?;
    let amount = allocation.through(|allocation| assigned.amount_of(allocation));
    if group.asset == asset_id {
        return Some(of_position.plus(&asset([assigned; 2], &amount.plus(result), 0)?));
    }
    let settlement = market.asset(group.asset)?;
    let both = of_position.plus(&asset([assigned; 2], &amount, 0)?);
    Some(both.plus(&asset([settlement; 2], result, 0)?))
}
