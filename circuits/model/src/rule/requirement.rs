//! What a position requires, before it is converted to the margin unit.

use super::{InstrumentTerms, LinearStep, Market, Orders, Position, RuleError, Variable};
use crate::widths::BRACKET_BITS;
use num_bigint::BigInt;
use num_traits::Signed;

/// A requirement with what it was computed from.
pub(super) struct Requirement {
    /// The tier function's variable.
    pub(super) variable: BigInt,
    /// Row of the tier table, from 0.
    pub(super) row: usize,
    /// Slope of that row.
    pub(super) slope: BigInt,
    /// The requirement.
    pub(super) amount: BigInt,
}

impl Requirement {
    /// `beside` is what other positions of the instrument's family count in the same book.
    pub(super) fn of(
        market: &Market,
        terms: &InstrumentTerms,
        p: &Position,
        orders: Option<&Orders>,
        beside: &BigInt,
    ) -> Result<Self, RuleError> {
        let elements = &terms.elements;
        let orders = orders.zip(elements.order_fee.as_ref());
        let (side, size) = match orders {
            Some((orders, _)) => orders.worst(terms, p),
            None => (p.side, BigInt::from(p.size.clone())),
        };
        let notional = match elements.at_entry {
            true => terms.notional_of(side, &p.entry.abs()),
            false => terms.notional_of(side, &size),
        };
        let multiplied = elements.rate.is_some() || !elements.charge.is_empty();
        if multiplied && notional.bits() > u64::from(BRACKET_BITS) {
            return Err(RuleError::BeyondNotional { instrument: p.instrument });
        }
        let tiers = &market.terms().tiers[terms.tiers];
        let variable = match (tiers.variable(), &elements.root, &elements.family) {
            (Variable::Value, ..) => notional.clone(),
            (Variable::Quantity, Some(root), _) => root.at(&size),
            (Variable::Quantity, None, Some(family)) => family.counted(&size) + beside,
            (Variable::Quantity, None, None) => size.clone(),
        };
        let beyond = RuleError::BeyondTiers { instrument: p.instrument };
        let is_flat = market.profile().is_ok_and(|profile| profile.flat);
        // Without tiers, the end of the only row is the format's, not the venue's.
        let row = if is_flat { 0 } else { tiers.find(&variable).ok_or(beyond)? };
        let bracket = &tiers.rows()[row];
        let tiered = match (&elements.family, &elements.rate) {
            // The row of the whole family, on the position's own size.
            (Some(_), None) => bracket.at(&size),
            _ => bracket.at(&variable),
        };
        let unrounded = match (&elements.rate, tiers.variable()) {
            (Some(rate), _) => rate.at(tiered, p.own) * &notional,
            (None, Variable::Value) => tiered,
            (None, Variable::Quantity) => terms.notional_of(side, &tiered),
        };
        let mut amount = in_turn(&terms.requirement_rounding, unrounded);
        if let Some(leverage) = &elements.leverage {
            amount = amount.max(leverage.at(&notional, p.own));
        }
        if !elements.charge.is_empty() {
            amount += in_turn(&elements.charge, notional);
        }
        if let Some((orders, fee)) = orders {
            amount += fee * orders.count;
        }
        Ok(Self { variable, row, slope: bracket.slope.clone(), amount })
    }
}

fn in_turn(steps: &[LinearStep], x: BigInt) -> BigInt {
    steps.iter().fold(x, |x, step| step.apply(&x))
}
