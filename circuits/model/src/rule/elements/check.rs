//! Widths and forms of the optional elements, composed with those of the terms they change.

use super::{AssetElements, InstrumentElements, SignedWeight};
use crate::rule::{
    AssetTerms, BracketedLinear, InstrumentTerms, LinearStep, MarketError, MarketTerms, Variable,
};
use crate::widths::{
    BRACKET_BITS, COLLATERAL_BITS, ENTRY_BITS, FAMILY_UNIT_BITS, NUMERATOR_BITS, ORDERS_BITS,
    OWN_BITS, REQUIREMENT_BITS, RESULT_BITS, SIZE_BITS,
};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

fn power(bits: u32) -> BigInt {
    BigInt::one() << bits
}

/// A magnitude, or a factor, that is at least what the steps make of `start` in turn, and `start` itself.
fn composed<'a>(start: BigInt, steps: impl IntoIterator<Item = &'a LinearStep>) -> BigInt {
    steps.into_iter().fold(start, |bound, step| step.reach(&bound).max(bound))
}

fn turns<'a>(steps: impl IntoIterator<Item = &'a LinearStep>) -> bool {
    steps.into_iter().any(|step| step.num().is_negative())
}

/// Of which instrument or asset.
#[derive(Clone, Copy)]
struct Of {
    list: &'static str,
    id: u32,
}

impl Of {
    fn form(self, fits: bool, what: &'static str, why: &'static str) -> Result<(), MarketError> {
        let Self { list, id } = self;
        if fits { Ok(()) } else { Err(MarketError::Element { list, id, what, why }) }
    }

    fn width(self, bound: &BigInt, what: &'static str, bits: u32) -> Result<(), MarketError> {
        let Self { list, id } = self;
        let fits = bound.bits() <= u64::from(bits);
        if fits { Ok(()) } else { Err(MarketError::ElementWidth { list, id, what, bits }) }
    }
}

impl InstrumentTerms {
    /// No notional is larger than the size times this. Positive if its steps are.
    pub(in crate::rule) fn notional_bound(&self) -> BigInt {
        let first = self.requirement.bound();
        let short = self.elements.short.as_ref().map(|short| short.requirement.bound());
        let first = short.map_or(first.clone(), |short| short.max(first));
        composed(first, &self.elements.notional)
    }

    /// Largest notional: bounded when it is looked up in tiers, and when it is multiplied.
    fn largest_notional(&self) -> BigInt {
        let base = if self.elements.at_entry { ENTRY_BITS - 1 } else { SIZE_BITS };
        (power(base) * self.notional_bound()).min(power(BRACKET_BITS) - 1)
    }

    pub(in crate::rule) fn check_elements(&self, market: &MarketTerms) -> Result<(), MarketError> {
        let InstrumentElements {
            short,
            result,
            notional,
            root,
            family,
            rate,
            leverage,
            charge,
            order_fee,
            at_entry,
        } = &self.elements;
        let of = Of { list: "instrument", id: self.id };
        let tiers = &market.tiers[self.tiers];
        let mut value = self.value.bound().abs();
        if let Some(short) = short {
            of.width(&short.value.bound(), "value numerator of a short", NUMERATOR_BITS)?;
            let what = "requirement numerator of a short";
            of.form(!short.requirement.num().is_negative(), what, "must not be negative")?;
            of.width(&short.requirement.bound(), what, NUMERATOR_BITS)?;
            value = value.max(short.value.bound().abs());
        }
        let pnl = power(SIZE_BITS) * (value + self.funding.abs()) + power(ENTRY_BITS - 1);
        let rounded = composed(pnl, &self.pnl_rounding);
        let settled = result.iter().fold(rounded, |w, step| w * step.bound().max(BigInt::one()));
        let in_entry = market.isolated_unit.is_some() && market.allocation_asset.is_none();
        // The margin that is assigned to an isolated position is in its entry then, and is not a result.
        let apart = result.is_empty() || !in_entry;
        let why = "cannot be where positions can be isolated, unless they have allocations";
        of.form(apart, "result steps", why)?;
        if !result.is_empty() {
            of.width(&settled, "result", RESULT_BITS)?;
        }
        let positive = notional.iter().all(|step| step.num().is_positive());
        of.form(positive, "notional", "must have positive steps")?;
        of.width(&self.notional_bound(), "notional numerator", NUMERATOR_BITS)?;
        if let Some(root) = root {
            let by_quantity = tiers.variable() == Variable::Quantity;
            of.form(by_quantity, "root of the size", "needs tiers by quantity")?;
            of.width(root.widest(), "root of the size", NUMERATOR_BITS)?;
        }
        if let Some(family) = family {
            let by_quantity = tiers.variable() == Variable::Quantity;
            of.form(by_quantity, "family", "needs tiers by quantity")?;
            of.form(root.is_none(), "family", "cannot be beside a root of the size")?;
            of.form(order_fee.is_none(), "family", "cannot be beside open orders")?;
            // A deduction is that of a whole sum, of which a position has only a part.
            let whole = rate.is_some() || tiers.rows().iter().all(|row| row.intercept.is_zero());
            of.form(whole, "family", "needs tiers whose rates are of the whole size")?;
            of.form(family.unit.is_positive(), "unit in the family", "must be positive")?;
            of.width(&family.unit, "unit in the family", FAMILY_UNIT_BITS)?;
        }
        of.form(!turns(charge), "charge on the notional", "must not be negative")?;
        if let Some(rate) = rate {
            of.form(!turns(&rate.steps), "rate", "must not have negative steps")?;
            of.width(&rate.own.unwrap_or(0).into(), "default rate", OWN_BITS)?;
            of.width(&self.largest_rate(tiers), "rate", OWN_BITS)?;
        }
        if let Some(leverage) = leverage {
            let what = "own leverage";
            // One own parameter is not two.
            let public = rate.as_ref().is_some_and(|rate| rate.own.is_none());
            of.form(public, what, "needs tiers that give a public rate")?;
            of.width(&leverage.of(0).into(), "default leverage", OWN_BITS)?;
        }
        let fee_turns = order_fee.as_ref().is_some_and(BigInt::is_negative);
        of.form(!fee_turns, "fee for open orders", "must not be negative")?;
        let first = market.instruments.first();
        let first = first.is_some_and(|first| first.elements.order_fee.is_some());
        let why = "must be read of all instruments or of none";
        of.form(order_fee.is_some() == first, "open orders", why)?;
        if *at_entry {
            let what = "notional at entry";
            let one_book = market.isolated_unit.is_none();
            of.form(one_book, what, "cannot be where positions can be isolated")?;
            of.form(order_fee.is_none(), what, "cannot be where there are open orders")?;
            of.form(self.funding.is_zero(), what, "cannot be where entries have funding in them")?;
            of.form(short.is_none(), what, "cannot be beside terms of a short")?;
            let by_value = tiers.variable() == Variable::Value || rate.is_some();
            of.form(by_value, what, "needs tiers by value, or tiers that give a rate")?;
        }
        if rate.is_some() || !charge.is_empty() || order_fee.is_some() {
            of.width(&self.largest_requirement(market), "requirement", REQUIREMENT_BITS)?;
        }
        Ok(())
    }

    /// Largest public rate: steps keep the order, so it is at the end of a row.
    fn largest_rate(&self, tiers: &BracketedLinear) -> BigInt {
        let rate = self.elements.rate.clone().unwrap_or_default();
        let ends = tiers.rows().iter().flat_map(|r| [r.at(&r.lo), r.at(&r.hi)]);
        ends.map(|end| rate.public(end)).max().unwrap_or_default()
    }

    /// A requirement with its charge, in margin units, that no position exceeds.
    fn largest_requirement(&self, market: &MarketTerms) -> BigInt {
        let tiers = &market.tiers[self.tiers];
        let n = self.largest_notional();
        let largest = |tiers: &BracketedLinear| {
            let ends = tiers.rows().iter().flat_map(|r| [r.at(&r.lo), r.at(&r.hi)]);
            ends.max().unwrap_or_default()
        };
        let unrounded = match (&self.elements.rate, tiers.variable()) {
            (Some(rate), _) => {
                let own = if rate.own.is_some() { power(OWN_BITS) - 1 } else { BigInt::zero() };
                self.largest_rate(tiers).max(own) * &n
            }
            (None, Variable::Value) => largest(tiers),
            (None, Variable::Quantity) => largest(tiers) * self.notional_bound(),
        };
        let charge = match self.elements.charge.is_empty() {
            true => BigInt::zero(),
            false => composed(n.clone(), &self.elements.charge),
        };
        let mut rounded = composed(unrounded, &self.requirement_rounding);
        if let Some(leverage) = &self.elements.leverage {
            rounded = rounded.max(leverage.step().reach(&n));
        }
        let fee = self.elements.order_fee.as_ref();
        let fees = fee.map_or_else(BigInt::zero, |fee| fee * power(ORDERS_BITS));
        (rounded + charge + fees) * &market.groups[self.group].requirement_index
    }
}

impl AssetTerms {
    pub(in crate::rule) fn check_elements(&self) -> Result<(), MarketError> {
        let AssetElements { amount, value, weight, debts } = &self.elements;
        let of = Of { list: "asset", id: self.id };
        if let Some(amount) = amount {
            of.width(&amount.bound(), "amount by sign", NUMERATOR_BITS)?;
        }
        if let Some(by_size) = weight.as_ref().and_then(SignedWeight::by_size) {
            of.width(&by_size.widest(), "root of weights by size", NUMERATOR_BITS)?;
        }
        let by_value = value.is_empty() || self.collateral.variable() == Variable::Value;
        of.form(by_value, "value by sign", "needs a collateral function of the value")?;
        of.form(!turns(&debts.charge), "charge on debts", "must not be negative")?;
        let one = BigInt::one();
        let price = self.index.highest().clone();
        let price = value.iter().fold(price, |x, s| x * s.bound().max(one.clone()));
        of.width(&price, "value by sign", NUMERATOR_BITS)?;
        // Magnitudes of the collateral function on what a balance can be, rounded and weighted.
        let most = power(BRACKET_BITS) * price;
        let ends = self.collateral.rows().iter().flat_map(|r| [(r, &r.lo), (r, &r.hi)]);
        let ends = ends.map(|(r, x)| r.at(&x.clone().clamp(-most.clone(), most.clone())).abs());
        let largest = ends.max().unwrap_or_default();
        let unweighted = composed(
            match self.collateral.variable() {
                Variable::Value => largest,
                Variable::Quantity => largest * self.index.highest(),
            },
            &self.rounding,
        );
        let weighted = match weight {
            Some(weight) => &unweighted * weight.bound().max(one),
            None => unweighted.clone(),
        };
        let is_plain = value.is_empty() && weight.is_none();
        if !is_plain {
            of.width(&weighted, "collateral value", COLLATERAL_BITS)?;
        }
        let mut requirement = if debts.required { weighted } else { BigInt::zero() };
        if !debts.charge.is_empty() {
            requirement += composed(unweighted, &debts.charge);
        }
        of.width(&requirement, "requirement of debts", REQUIREMENT_BITS)
    }
}
