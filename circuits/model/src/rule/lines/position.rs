//! Value and requirement of a position.

use super::tables::Tables;
use super::{Division, Step, is_long};
use crate::rule::{InstrumentTerms, LinearStep, MarketTerms, Profile, Unprovable, Variable};
use crate::widths::{
    ENTRY_BITS, NARROW_QUOTIENT_BITS, NUMERATOR_BITS, QUOTIENT_BITS, REQUIREMENT_BITS, SIZE_BITS,
};
use num_bigint::BigInt;
use num_traits::{One, Signed};

/// Magnitude of a position's value, from the magnitude of its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueLine {
    /// Magnitude of the numerator.
    pub a: BigInt,
    /// Offset for a long position.
    pub long: BigInt,
    /// Offset for a short position.
    pub short: BigInt,
    /// Divisor.
    pub d: BigInt,
    /// From a long position's quotient to its value in settlement units; negative for a value that falls with the size.
    pub scale: BigInt,
    /// Funding per size step, in settlement units, signed.
    pub funding: BigInt,
}

/// What a proof computes for one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionLines {
    /// Value.
    pub value: ValueLine,
    /// From the size to the tier variable, if the variable is a multiple of it; in the flat profile, to the requirement
    /// before it is converted.
    pub of_size: Option<BigInt>,
    /// From the value's quotient to the tier variable, if the variable is a multiple of it.
    pub of_value: Option<BigInt>,
    /// Tiers with the first rounding of the requirement: index into [`super::PlainLines::tiers`]; 0 in the
    /// flat profile, which has none.
    pub tiers: usize,
    /// Factor of the second rounding of the requirement, whose divisor is the market's.
    pub second: BigInt,
    /// From the last quotient to the requirement in margin units; where tiers go by families, from the requirement in its
    /// own unit.
    pub conversion: BigInt,
    /// The instrument's family, where tiers go by families.
    pub family: Option<FamilyLine>,
}

/// What a position counts in its family, and its requirement by the row of the family's sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyLine {
    /// Number of the family, positive.
    pub number: u32,
    /// What one size step counts.
    pub unit: BigInt,
    /// From the row's rate of a size to the requirement in its own unit, before it is converted.
    pub requirement: BigInt,
}

/// Steps in turn, with exact ones merged into the next.
pub(super) struct Chain {
    pub(super) roundings: Vec<Step>,
    /// What the last quotient is multiplied with.
    pub(super) scale: BigInt,
}

impl Chain {
    pub(super) fn of<'a>(steps: impl Iterator<Item = &'a LinearStep>) -> Self {
        let mut chain = Self { roundings: Vec::new(), scale: BigInt::one() };
        for step in steps {
            let next = Step::reduced(&(step.num() * &chain.scale), step.den(), step.mode());
            if next.rounds() {
                chain.roundings.push(next);
                chain.scale = step.scale().clone();
            } else {
                chain.scale = next.a * step.scale();
            }
        }
        chain
    }
}

pub(super) fn value_line(value: &LinearStep, funding: &BigInt) -> ValueLine {
    let Step { a, d, mode } = Step::reduced(value.num(), value.den(), value.mode());
    // The magnitude of a negative value is rounded in the mirrored mode: what is up for one is down for the other.
    let down = |is_negative| {
        let offset = mode.offset(is_negative, &d);
        if is_negative { &d - 1 - offset } else { offset }
    };
    let sign = BigInt::from(if a.is_negative() { -1 } else { 1 });
    let (long, short) = (down(a.is_negative()), down(!a.is_negative()));
    let (scale, funding) = (value.scale() * sign, funding.clone());
    ValueLine { a: a.abs(), long, short, d, scale, funding }
}

/// The multiplier of a step that divides by nothing.
fn exact(step: &LinearStep) -> Option<BigInt> {
    let Step { a, d, .. } = Step::reduced(step.num(), step.den(), step.mode());
    d.is_one().then(|| a * step.scale())
}

/// An instrument's lines while the market's common divisor is not known.
pub(super) struct Draft {
    id: u32,
    pub(super) value: ValueLine,
    pub(super) of_size: Option<BigInt>,
    pub(super) of_value: Option<BigInt>,
    pub(super) tiers: usize,
    /// The second rounding of the requirement.
    pub(super) second: Step,
    /// From the last quotient to the requirement in its own unit, before it is converted.
    pub(super) unit: BigInt,
    conversion: BigInt,
}

/// Whether the notional is the rounded value's magnitude, in units of its own.
fn is_value(notional: &LinearStep, value: &LinearStep, line: &ValueLine) -> bool {
    let [of, is] = [notional, value].map(|s| Step::reduced(s.num(), s.den(), s.mode()));
    let up = of.mode.offset(false, &of.d);
    of.a == is.a.abs() && of.d == is.d && line.long == up && line.short == up
}

impl Draft {
    pub(super) fn of(
        market: &MarketTerms,
        terms: &InstrumentTerms,
        tables: &mut Tables,
    ) -> Result<Self, Unprovable> {
        let id = terms.id;
        let refuse = |point, why| Err(Unprovable::instrument(point, id, why));
        let index = &market.groups[terms.group].requirement_index;
        let value = value_line(&terms.value, &terms.funding);
        let notional = &terms.requirement;
        let (of_size, of_value, steps) = match market.tiers[terms.tiers].variable() {
            Variable::Quantity => {
                let steps = std::iter::once(notional).chain(&terms.requirement_rounding);
                (Some(BigInt::one()), None, Chain::of(steps))
            }
            Variable::Value => {
                let is_value = is_value(notional, &terms.value, &value);
                let of_value = is_value.then(|| notional.scale().clone());
                (exact(notional), of_value, Chain::of(terms.requirement_rounding.iter()))
            }
        };
        if of_size.is_none() && of_value.is_none() {
            return refuse("notional", "it is rounded otherwise than the value");
        }
        if steps.roundings.len() > 2 {
            return refuse("requirement", "it is rounded more than twice");
        }
        if steps.roundings.iter().any(|step| step.a.is_negative()) {
            return refuse("requirement", "a step of it is negative");
        }
        let step = |at| steps.roundings.get(at).cloned().unwrap_or_else(Step::none);
        let (first, second) = (step(0), step(1));
        if [&value.d, &first.d, &second.d].into_iter().any(is_long) {
            return refuse("rounding", "it divides by more than 2^45");
        }
        let unit = steps.scale;
        let conversion = &unit * index;
        // A requirement of another book counts for nothing, but an isolated position is compared with it.
        let widest = &unit * index.max(&BigInt::one());
        let fits = {
            let ValueLine { a, scale, funding, .. } = &value;
            let figures = [a, scale, funding, &widest, &first.a];
            let multipliers = [&of_size, &of_value].into_iter().flatten();
            let mut figures = figures.into_iter().chain(multipliers);
            figures.all(|x| x.bits() <= u64::from(NUMERATOR_BITS))
        };
        if !fits {
            return refuse("rounding", FACTOR_TOO_WIDE);
        }
        let rounds = !steps.roundings.is_empty();
        let Some(tiers) = tables.number(market, terms.tiers, &first) else {
            return refuse("tiers", "the market has more rows than any circuit holds");
        };
        let most = &tables.made[tiers].most;
        let last = second.at(most);
        if rounds && most.max(&last).bits() > u64::from(QUOTIENT_BITS) {
            return refuse("requirement", "it exceeds 135 bits when rounded; use a coarser unit");
        }
        if (last * &widest).bits() > u64::from(REQUIREMENT_BITS) {
            return refuse("requirement", "it exceeds 196 bits; use a coarser unit");
        }
        Ok(Self { id, value, of_size, of_value, tiers, second, unit, conversion })
    }

    /// Width of the magnitude of profit and loss: a value, funding and an entry.
    pub(super) fn pnl_bits(&self, profile: Profile) -> u64 {
        let size = u64::from(SIZE_BITS) + 1;
        let ValueLine { a, scale, funding, .. } = &self.value;
        let value = if profile.rounded.rounds_values() {
            let quotient = if profile.narrow { NARROW_QUOTIENT_BITS } else { QUOTIENT_BITS };
            u64::from(quotient) + scale.bits()
        } else {
            size + a.bits() + scale.bits()
        };
        value.max(size + funding.bits()).max(u64::from(ENTRY_BITS)) + 2
    }

    /// The lines, with the market's divisor in the factor.
    pub(super) fn finish(self, common: &Division) -> Result<PositionLines, Unprovable> {
        let Self { id, value, of_size, of_value, tiers, second, conversion, .. } = self;
        let second = second.a * (&common.d / second.d);
        if second.bits() > u64::from(NUMERATOR_BITS) {
            return Err(Unprovable::instrument("rounding", id, FACTOR_TOO_WIDE));
        }
        let family = None;
        Ok(PositionLines { value, of_size, of_value, tiers, second, conversion, family })
    }

    /// The lines of an instrument of the family with this number, whose requirement converts with this index.
    pub(super) fn finish_in(self, number: u32, unit: &BigInt, index: &BigInt) -> PositionLines {
        let unit = unit.clone();
        let family = Some(FamilyLine { number, unit, requirement: self.unit });
        PositionLines {
            value: self.value,
            of_size: self.of_size,
            of_value: self.of_value,
            tiers: self.tiers,
            second: BigInt::one(),
            conversion: index.clone(),
            family,
        }
    }
}

const FACTOR_TOO_WIDE: &str = "a figure of it exceeds 72 bits; use coarser units";
