//! What the general profile computes for a position.

use super::super::position::{Chain, value_line};
use super::super::tables::Tables;
use super::super::{LineTable, Step, ValueLine};
use super::leverage::LeverageLine;
use super::orders::OrderFigures;
use super::stage::{self, DIVIDES, FACTOR, Line, SignedChain, Why};
use crate::rule::elements::least;
use crate::rule::{
    InstrumentTerms, LinearStep, MarketTerms, Orders, Position, RateForm, ShortTerms, Side,
    Variable,
};
use crate::widths::{
    BRACKET_BITS, DEEP_DIVISOR_BITS, DEEP_FACTOR_BITS, DEEP_QUOTIENT_BITS, NUMERATOR_BITS,
};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

const BY_LEVERAGE: &str = "requirement by the own leverage";

/// What the tier variable is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableOf {
    /// The root of the size.
    Root,
    /// The size.
    Size,
    /// The notional.
    Notional,
}

/// What the general profile computes for one instrument. Arrays of two are for a long and for a short position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentLines {
    /// Magnitude of the value, of the size.
    pub value: [Line; 2],
    /// From a long position's value to settlement units; negative for a value that falls with the size.
    pub scale: BigInt,
    /// Funding per size step, in settlement units, signed.
    pub funding: BigInt,
    /// From profit and loss to what settles, in turn.
    pub result: [LineTable; 2],
    /// First figure of the notional, of the size or of the magnitude of the entry.
    pub notional: [Line; 2],
    /// The notional, of its first figure.
    pub second_notional: Line,
    /// Factor and offset of the root; zero for none.
    pub root: [BigInt; 2],
    /// What the tier variable is made of.
    pub of: VariableOf,
    /// The tier variable, of what it is made of.
    pub variable: Line,
    /// Tiers: index into [`super::GeneralLines::tiers`].
    pub tiers: usize,
    /// Whether tiers give a rate that is multiplied by the notional.
    pub is_rate: bool,
    /// Whether the position's own parameter is read, with the parameter of a position that has none.
    pub own: Option<u32>,
    /// The requirement, of what tiers give.
    pub requirement: Line,
    /// What the position's own leverage requires at least.
    pub leverage: Option<LeverageLine>,
    /// From the requirement to margin units.
    pub conversion: BigInt,
    /// What is required besides, of the notional.
    pub charge: Line,
    /// From the charge to margin units.
    pub charge_conversion: BigInt,
    /// From requirement and charge to the unit of an isolated book: their own, before they are converted, or margin units
    /// where records have allocations.
    pub units: [BigInt; 2],
    /// From what settles to margin units, where records have allocations and a claim is about isolated books; zero
    /// elsewhere.
    pub result_unit: BigInt,
    /// What each open order requires, in margin units and in the unit of an isolated book; `None` where records have none.
    pub order_fee: Option<[BigInt; 2]>,
    /// Whether the notional is of the entry.
    pub at_entry: bool,
}

/// A chain that is rounded once at most, as one line; and what its quotient is multiplied with.
pub(super) fn one_line<'a>(
    steps: impl Iterator<Item = &'a LinearStep>,
) -> Result<(Step, BigInt), Why> {
    let Chain { mut roundings, scale } = Chain::of(steps);
    match (roundings.pop(), roundings.is_empty()) {
        (None, _) => Ok((Step { a: scale, ..Step::none() }, BigInt::one())),
        (Some(step), true) => Ok((step, scale)),
        (Some(_), false) => Err("it is rounded too often"),
    }
}

fn value(terms: &InstrumentTerms) -> Result<([Line; 2], BigInt), Why> {
    let ValueLine { a, long, short, d, scale, .. } = value_line(&terms.value, &terms.funding);
    let of_long = Line { a: a.clone(), b: long, d: d.clone() };
    let of_short = match &terms.elements.short {
        None => Line { a, b: short, d },
        Some(of) => {
            let of = value_line(&of.value, &terms.funding);
            if of.scale != scale && !of.a.is_zero() {
                return Err("values of a long and of a short are in different units");
            }
            Line { a: of.a, b: of.short, d: of.d }
        }
    };
    Ok(([of_long, of_short], scale))
}

/// First and second line of the notional, and what the second's quotient is multiplied with.
fn notional(terms: &InstrumentTerms) -> Result<([Line; 2], Line, BigInt), Why> {
    let first = |step: &LinearStep| {
        let line = Line::of(&Step::reduced(step.num(), step.den(), step.mode()));
        (line, step.scale().clone())
    };
    let (long, scale) = first(&terms.requirement);
    let short = match &terms.elements.short {
        None => long.clone(),
        Some(of) => {
            let (short, other) = first(&of.requirement);
            if other != scale {
                return Err("notionals of a long and of a short are in different units");
            }
            short
        }
    };
    let scaled = LinearStep::exact(scale);
    let rest = std::iter::once(&scaled).chain(&terms.elements.notional);
    let (second, scale) = one_line(rest)?;
    Ok(([long, short], Line::of(&second), scale))
}

impl InstrumentLines {
    pub(super) fn of(
        market: &MarketTerms,
        terms: &InstrumentTerms,
        tables: &mut Tables,
    ) -> Result<Self, (&'static str, Why)> {
        let at = |point: &'static str| move |why: Why| (point, why);
        let elements = &terms.elements;
        let index = &market.groups[terms.group].requirement_index;

        let (value, scale) = value(terms).map_err(at("value"))?;
        let mut result = SignedChain::new();
        let result = (|| {
            terms.pnl_rounding.iter().try_for_each(|step| result.step(step))?;
            elements.result.iter().try_for_each(|step| result.by_sign(step))?;
            let (tables, scale) = result.tables()?;
            if scale.is_one() { Ok(tables) } else { Err("it is not in settlement units") }
        })();
        let result = result.map_err(at("result"))?;
        let (notional, second_notional, unit) = notional(terms).map_err(at("notional"))?;

        let variable = market.tiers[terms.tiers].variable();
        let zero = || [BigInt::zero(), BigInt::zero()];
        let (of, root, line) = match (variable, &elements.root) {
            (Variable::Value, _) => (
                VariableOf::Notional,
                zero(),
                Ok((Step { a: unit.clone(), ..Step::none() }, BigInt::one())),
            ),
            (Variable::Quantity, None) => (VariableOf::Size, zero(), one_line([].iter())),
            (Variable::Quantity, Some(root)) => {
                let radicand = root.radicand().map(Clone::clone);
                (VariableOf::Root, radicand, one_line(root.steps().iter()))
            }
        };
        let (line, scale_of_variable) = line.map_err(at("tier variable"))?;
        if !scale_of_variable.is_one() {
            return Err(("tier variable", "it is rounded to another unit than its tiers have"));
        }

        // What is merged into the tiers, and the requirement of what they give.
        let rounding = &terms.requirement_rounding;
        let (first, second) = match (&elements.rate, variable) {
            (Some(RateForm { steps, .. }), _) => {
                let (first, scale) = one_line(steps.iter()).map_err(at("rate"))?;
                if !scale.is_one() {
                    return Err(("rate", "it is rounded to another unit than own parameters have"));
                }
                let unit = LinearStep::exact(unit.clone());
                let rest = std::iter::once(&unit).chain(rounding);
                (first, one_line(rest).map_err(at("requirement"))?)
            }
            (None, _) => {
                let of_size = variable == Variable::Quantity;
                let other = |short: &ShortTerms| short.requirement != terms.requirement;
                if of_size && elements.short.as_ref().is_some_and(other) {
                    return Err(("requirement", "a short has terms of its own, and tiers by size"));
                }
                let notional = of_size.then_some(&terms.requirement).into_iter();
                let notional = notional.chain(elements.notional.iter().filter(|_| of_size));
                let Chain { mut roundings, scale } = Chain::of(notional.chain(rounding));
                if roundings.len() > 2 {
                    return Err(("requirement", "it is rounded too often"));
                }
                let second = if roundings.len() > 1 { roundings.pop() } else { None };
                let second = second.unwrap_or_else(Step::none);
                (roundings.pop().unwrap_or_else(Step::none), (second, scale))
            }
        };
        let (second, scale_of_requirement) = second;
        if first.a.is_negative() {
            return Err(("requirement", FACTOR));
        }
        let Some(tiers) = tables.number(market, terms.tiers, &first) else {
            return Err(("tiers", "the market has more rows than any circuit holds"));
        };
        let LineTable { rows, d } = &tables.made[tiers].lines;
        if *d > BigInt::one() << DEEP_DIVISOR_BITS {
            return Err(("requirement", DIVIDES));
        }
        if !stage::are_safe(rows) {
            return Err(("requirement", FACTOR));
        }
        // The larger of two requirements is in a unit that both are multiples of.
        let mut coarsest = scale_of_requirement.clone();
        let (leverage, scale_of_requirement) = match &elements.leverage {
            None => (None, scale_of_requirement),
            Some(leverage) => {
                coarsest = coarsest.max(leverage.step().scale().clone());
                let (line, common) = LeverageLine::of(leverage, &unit, &scale_of_requirement)
                    .map_err(at(BY_LEVERAGE))?;
                (Some(line), common)
            }
        };
        let unit_bits = unit.bits();
        let unit_of_charge = LinearStep::exact(unit);
        let (charge, scale_of_charge) = match elements.charge.is_empty() {
            true => (Line::exact(BigInt::zero()), BigInt::one()),
            false => {
                let steps = std::iter::once(&unit_of_charge).chain(&elements.charge);
                let (step, scale) = one_line(steps).map_err(at("charge"))?;
                (Line::of(&step), scale)
            }
        };

        let is_rate = elements.rate.is_some();
        let is_read = is_rate || !elements.charge.is_empty();
        if is_read && unit_bits > u64::from(BRACKET_BITS - DEEP_QUOTIENT_BITS) {
            return Err(("notional", "its unit is too coarse"));
        }
        // A notional that nothing reads is none, however wide.
        let none = || Line::exact(BigInt::zero());
        let (notional, second_notional) = match is_read || of == VariableOf::Notional {
            true => (notional, second_notional),
            // Its first figure says which of two positions is the larger.
            false if elements.order_fee.is_some() => (notional, none()),
            false => ([none(), none()], none()),
        };

        let wide = |[long, short]: [Line; 2], point| {
            let both = [long.checked(DEEP_FACTOR_BITS), short.checked(DEEP_FACTOR_BITS)];
            let [long, short] = both.map(|line| line.map_err(at(point)));
            Ok::<_, (&'static str, Why)>([long?, short?])
        };
        let narrow = |line: Line, point| line.checked(NUMERATOR_BITS).map_err(at(point));
        let units = [scale_of_requirement, scale_of_charge];
        let [conversion, charge_conversion] = units.each_ref().map(|scale| scale * index);
        // Books of isolated positions with allocations are in margin units.
        let unit_of_book = if market.allocation_asset.is_some() { index } else { &BigInt::one() };
        // A requirement of another book counts for nothing, but an isolated position is compared with it.
        let [widest, of_charge] =
            [&coarsest, &units[1]].map(|unit| unit * index.max(&BigInt::one()));
        let order_fee = elements.order_fee.as_ref().map(|fee| [fee * index, fee * unit_of_book]);
        let units = units.map(|scale| scale * unit_of_book);
        let factors = [&scale, &terms.funding, &widest, &of_charge, &root[0], &root[1]];
        let factors = factors.into_iter().chain(order_fee.iter().flatten());
        if factors.into_iter().any(|x| x.bits() > u64::from(NUMERATOR_BITS)) {
            return Err(("rounding", FACTOR));
        }
        Ok(Self {
            value: wide(value, "value")?,
            scale,
            funding: terms.funding.clone(),
            result,
            notional: wide(notional, "notional")?,
            second_notional: narrow(second_notional, "notional")?,
            root,
            of,
            variable: narrow(Line::of(&line), "tier variable")?,
            tiers,
            is_rate,
            own: elements.rate.as_ref().and_then(|rate| rate.own),
            requirement: narrow(Line::of(&second), "requirement")?,
            leverage,
            conversion,
            charge: narrow(charge, "charge")?,
            charge_conversion,
            units,
            result_unit: BigInt::zero(),
            order_fee,
            at_entry: elements.at_entry,
        })
    }
}

/// What a prover needs to know of a position besides its terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionFigures {
    /// Rows of the result's tables.
    pub result: [usize; 2],
    /// Root of the size.
    pub root: BigInt,
    /// Row of the tiers.
    pub tier: usize,
    /// Whether the own parameter, or its default, is larger than what tiers give.
    pub own_decides: bool,
    /// Whether the own leverage requires more than tiers.
    pub leverage_decides: bool,
    /// Of open orders, in a record that has them.
    pub orders: Option<OrderFigures>,
}

impl InstrumentLines {
    /// Figures of a position with its open orders, in a record that has them and where they are read.
    ///
    /// # Errors
    /// The figure that is wider than a proof holds.
    pub fn figures(
        &self,
        tiers: &LineTable,
        p: &Position,
        orders: Option<&Orders>,
    ) -> Result<PositionFigures, &'static str> {
        let side = usize::from(p.side == Side::Short);
        let size = BigInt::from(p.size.clone());
        let value = self.value[side].at(&size).ok_or("value")? * &self.scale;
        let signed = |x: BigInt| if side == 0 { x } else { -x };
        let pnl = signed(value - &self.funding * &size) - &p.entry;
        let (first, result) = stage::at(&self.result[0], &pnl).ok_or("profit or loss")?;
        let (second, _) = stage::at(&self.result[1], &result).ok_or("profit or loss")?;
        let (orders, size, notional) = match orders.filter(|_| self.order_fee.is_some()) {
            None => {
                let base = if self.at_entry { p.entry.abs() } else { size.clone() };
                let notional = self.notional[side].at(&base).ok_or("notional")?;
                (None, size, notional)
            }
            Some(orders) => {
                let (figures, size, notional) = self.worst(p, orders)?;
                (Some(figures), size, notional)
            }
        };
        let notional = self.second_notional.at(&notional).ok_or("notional")?;
        let root = (&self.root[0] * &size + &self.root[1]).sqrt();
        let of = match self.of {
            VariableOf::Root => &root,
            VariableOf::Size => &size,
            VariableOf::Notional => &notional,
        };
        let x = self.variable.at(of).ok_or("tier variable")?;
        let tier = tiers.rows.iter().position(|row| row.lo <= x && x <= row.hi);
        let tier = tier.ok_or("tier variable")?;
        let row = &tiers.rows[tier];
        let line = Line { a: row.a.clone(), b: row.b.clone(), d: tiers.d.clone() };
        let public = line.at(&x).ok_or("requirement")?;
        let own = BigInt::from(least(self.own, p.own));
        // Without rates, the low end of what tiers give is compared with nothing.
        let own_decides = self.is_rate && own > public;
        let unrounded = if self.is_rate { public.max(own) * &notional } else { public };
        let required = self.requirement.at(&unrounded).ok_or("requirement")?;
        let leverage_decides = match &self.leverage {
            None => false,
            Some(leverage) => leverage.decides(&required, &notional, p.own).ok_or(BY_LEVERAGE)?,
        };
        self.charge.at(&notional).ok_or("charge")?;
        let result = [first, second];
        Ok(PositionFigures { result, root, tier, own_decides, leverage_decides, orders })
    }
}
