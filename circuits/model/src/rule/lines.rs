//! What a proof computes for a market: every rounding as a division with remainder, on magnitudes.
//!
//! A rounded figure is `floor((a x + b) / d)` with `x >= 0`: the mode is in `b`, and a negative figure is rounded as
//! its magnitude in the mirrored mode. Exact steps between two roundings are merged into the next one, so the number
//! of divisions is the number of roundings that the schedule declares.

use super::profile::{Base, Profile, Rounded, Unprovable};
use super::{AssetTerms, BracketRow, InstrumentTerms, LinearStep, MarketTerms, Rounding, Variable};
use crate::widths::{
    BIASED_QUOTIENT_BITS, BRACKET_BITS, COLLATERAL_BITS, DIVISOR_BITS, NARROW_BRACKET_BITS,
    NUMERATOR_BITS, QUOTIENT_BITS, REQUIREMENT_BITS, SHORT_DIVISOR_BITS, SHORT_QUOTIENT_BITS,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use std::collections::HashMap;

/// Rows of tier tables beyond which no market has a proof; the largest circuit has a quarter of them.
const MAX_TIER_ROWS: usize = 1 << 16;

/// `floor((a x + b) / d)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Factor, not negative.
    pub a: BigInt,
    /// Offset of the rounding mode: 0 to `d - 1`.
    pub b: BigInt,
    /// Divisor, positive, at most 2^45.
    pub d: BigInt,
}

impl Line {
    /// The line's value at `x`.
    pub fn at(&self, x: &BigInt) -> BigInt {
        (&self.a * x + &self.b).div_floor(&self.d)
    }
}

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
}

/// A tier table whose rows round: `floor((a x + b) / d)` for `lo <= x <= hi`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTable {
    /// The rows; `slope` is `a` and `intercept` is `b`, with the mode's offset in it.
    pub rows: Vec<LineRow>,
    /// Divisor of all rows.
    pub d: BigInt,
}

impl LineTable {
    /// Rows that are not rounded.
    pub fn exact(rows: Vec<BracketRow>) -> Self {
        let row = |r: BracketRow| LineRow { lo: r.lo, hi: r.hi, a: r.slope, b: r.intercept };
        Self { rows: rows.into_iter().map(row).collect(), d: BigInt::one() }
    }
}

/// A row of a [`LineTable`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRow {
    /// Smallest `x`.
    pub lo: BigInt,
    /// Largest `x`.
    pub hi: BigInt,
    /// Factor.
    pub a: BigInt,
    /// Offset, beside an intercept.
    pub b: BigInt,
}

/// What a proof computes for one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionLines {
    /// Value.
    pub value: ValueLine,
    /// From the size to the tier variable, if the variable is a multiple of it.
    pub of_size: Option<BigInt>,
    /// From the value's quotient to the tier variable, if the variable is a multiple of it.
    pub of_value: Option<BigInt>,
    /// Tiers with the first rounding of the requirement: index into [`Lines::tiers`].
    pub tiers: usize,
    /// Second rounding of the requirement; `1 x / 1` when there is none.
    pub second: Line,
    /// From the last quotient to the requirement in margin units.
    pub conversion: BigInt,
}

/// The rounded collateral values of an asset. A quotient is biased by [`collateral_bias`], since it can be
/// negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollateralLines {
    /// Rows by balance, each with one sign of its numerator; the bias is in `b`.
    pub table: LineTable,
    /// From an unbiased quotient to margin units.
    pub scale: BigInt,
}

/// What is added to the quotient of a collateral value.
pub fn collateral_bias() -> BigInt {
    BigInt::one() << (BIASED_QUOTIENT_BITS - 1)
}

/// Steps in turn, with exact ones merged into the next.
struct Chain {
    /// The roundings: factor, divisor and mode.
    roundings: Vec<(BigInt, BigInt, Rounding)>,
    /// What the last quotient is multiplied with.
    scale: BigInt,
}

impl Chain {
    fn of<'a>(steps: impl Iterator<Item = &'a LinearStep>) -> Self {
        let mut chain = Self { roundings: Vec::new(), scale: BigInt::one() };
        for step in steps {
            let factor = step.num() * &chain.scale;
            let (factor, den) = reduced(&factor, step.den());
            if den.is_one() {
                chain.scale = factor * step.scale();
            } else {
                chain.roundings.push((factor, den, step.mode()));
                chain.scale = step.scale().clone();
            }
        }
        chain
    }
}

/// The same fraction in lowest terms. A rounding depends on the quotient alone.
fn reduced(num: &BigInt, den: &BigInt) -> (BigInt, BigInt) {
    let divisor = num.gcd(den);
    (num / &divisor, den / divisor)
}

fn line((a, d, mode): &(BigInt, BigInt, Rounding)) -> Line {
    Line { a: a.clone(), b: mode.offset(false, d), d: d.clone() }
}

fn value_line(step: &LinearStep) -> ValueLine {
    let (num, d) = reduced(step.num(), step.den());
    let sign = BigInt::from(if num.is_negative() { -1 } else { 1 });
    // The magnitude of a negative value is rounded in the mirrored mode: what is up for one is down for the other.
    let down = |is_negative| {
        let offset = step.mode().offset(is_negative, &d);
        if is_negative { &d - 1 - offset } else { offset }
    };
    ValueLine {
        a: num.abs(),
        long: down(num.is_negative()),
        short: down(!num.is_negative()),
        d: d.clone(),
        scale: step.scale() * sign,
    }
}

/// The multiplier of a step that divides by nothing.
fn exact(step: &LinearStep) -> Option<BigInt> {
    let (num, den) = reduced(step.num(), step.den());
    den.is_one().then(|| num * step.scale())
}

/// Tier tables, each made once, in the order of their first instruments.
#[derive(Default)]
struct Tables {
    /// By the market's table and the line of its first rounding.
    numbers: HashMap<(usize, [BigInt; 3]), usize>,
    made: Vec<MadeTable>,
    rows: usize,
}

/// A tier table with what is checked of it.
struct MadeTable {
    lines: LineTable,
    /// Largest quotient.
    most: BigInt,
    /// Largest `x`.
    end: BigInt,
}

impl Tables {
    /// The number of a table; `None` when there are too many rows for any circuit.
    fn number(&mut self, market: &MarketTerms, table: usize, line: Line) -> Option<usize> {
        let Line { a, b, d } = line;
        let key = (table, [a, b, d]);
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        let (_, [a, b, d]) = &key;
        let row = |r: &BracketRow| LineRow {
            lo: r.lo.clone(),
            hi: r.hi.clone(),
            a: &r.slope * a,
            b: &r.intercept * a + b,
        };
        let rows: Vec<_> = market.tiers[table].rows().iter().map(row).collect();
        self.rows += rows.len();
        if self.rows > MAX_TIER_ROWS {
            return None;
        }
        let ends = rows.iter().flat_map(|r| [(r, &r.lo), (r, &r.hi)]);
        let most = ends.map(|(r, x)| (&r.a * x + &r.b).div_floor(d)).max().unwrap_or_default();
        let end = rows.last().map(|r| r.hi.clone()).unwrap_or_default();
        let lines = LineTable { rows, d: d.clone() };
        self.made.push(MadeTable { lines, most, end });
        self.numbers.insert(key, self.made.len() - 1);
        Some(self.made.len() - 1)
    }
}

impl PositionLines {
    fn of(
        market: &MarketTerms,
        terms: &InstrumentTerms,
        tables: &mut Tables,
    ) -> Result<Self, Unprovable> {
        let refuse = |point, why| Err(Unprovable { point, list: "instrument", id: terms.id, why });
        let index = &market.groups[terms.group].requirement_index;
        let value = value_line(&terms.value);
        let notional = &terms.requirement;
        let (of_size, of_value, steps) = match market.tiers[terms.tiers].variable() {
            Variable::Quantity => {
                let steps = std::iter::once(notional).chain(&terms.requirement_rounding);
                (Some(BigInt::one()), None, Chain::of(steps))
            }
            Variable::Value => {
                let up = notional.mode().offset(false, &value.d);
                let is_value = reduced(notional.num(), notional.den())
                    == (value.a.clone(), value.d.clone())
                    && *notional.scale() == value.scale.abs()
                    && value.long == up
                    && value.short == up;
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
        if steps.roundings.iter().any(|(a, ..)| a.is_negative()) {
            return refuse("requirement", "a step of it is negative");
        }
        let one = (BigInt::one(), BigInt::one(), Rounding::Floor);
        let first = line(steps.roundings.first().unwrap_or(&one));
        let second = line(steps.roundings.get(1).unwrap_or(&one));
        if [&value.d, &first.d, &second.d].iter().any(|d| **d > BigInt::one() << DIVISOR_BITS) {
            return refuse("rounding", "it divides by more than 2^45");
        }
        let conversion = steps.scale * index;
        let fits = {
            let figures = [&value.a, &value.scale, &conversion, &first.a, &second.a];
            let multipliers = [&of_size, &of_value].into_iter().flatten();
            let mut figures = figures.into_iter().chain(multipliers);
            figures.all(|x| x.bits() <= u64::from(NUMERATOR_BITS))
        };
        if !fits {
            return refuse("rounding", "a figure of it exceeds 72 bits; use coarser units");
        }
        let rounds = !steps.roundings.is_empty();
        let Some(tiers) = tables.number(market, terms.tiers, first) else {
            return refuse("tiers", "the market has more rows than any circuit holds");
        };
        let most = &tables.made[tiers].most;
        let last = second.at(most);
        if rounds && most.max(&last).bits() > u64::from(QUOTIENT_BITS) {
            return refuse("requirement", "it exceeds 135 bits when rounded; use a coarser unit");
        }
        if (last * &conversion).bits() > u64::from(REQUIREMENT_BITS) {
            return refuse("requirement", "it exceeds 196 bits; use a coarser unit");
        }
        Ok(Self { value, of_size, of_value, tiers, second, conversion })
    }

    /// Number of roundings of the requirement.
    fn requirement_roundings(&self, table: &MadeTable) -> usize {
        usize::from(!table.lines.d.is_one()) + usize::from(!self.second.d.is_one())
    }

    /// Whether all tiers and requirements fit blocks of these widths.
    fn fits(&self, table: &MadeTable, bracket: u32, quotient: u32) -> bool {
        let quotients = [&table.most, &self.second.at(&table.most)].map(BigInt::bits);
        table.end.bits() <= u64::from(bracket)
            && quotients.iter().all(|bits| *bits <= u64::from(quotient))
    }
}

impl CollateralLines {
    fn of(asset: &AssetTerms) -> Result<Self, Unprovable> {
        let refuse =
            |why| Err(Unprovable { point: "collateral value", list: "asset", id: asset.id, why });
        let exact = LinearStep::exact(BigInt::one());
        let step = asset.rounding.as_ref().unwrap_or(&exact);
        if !step.num().is_positive() {
            return refuse("its step is not positive");
        }
        let (num, d) = reduced(step.num(), step.den());
        if d > BigInt::one() << DIVISOR_BITS {
            return refuse("it divides by more than 2^45");
        }
        if [&num, step.scale()].iter().any(|x| x.bits() > u64::from(NUMERATOR_BITS)) {
            return refuse("a figure of its rounding exceeds 72 bits; use a coarser unit");
        }
        let bias = &d * collateral_bias();
        let mut rows = Vec::new();
        for row in asset.rows_by_balance() {
            let (a, z) = (&row.slope * &num, &row.intercept * &num);
            // The first balance whose numerator is not negative: slopes are not.
            let from = if a.is_zero() {
                if z.is_negative() { &row.hi + 1 } else { row.lo.clone() }
            } else {
                Integer::div_ceil(&-&z, &a).clamp(row.lo.clone(), &row.hi + 1)
            };
            for (lo, hi, is_negative) in
                [(row.lo.clone(), &from - 1, true), (from.clone(), row.hi.clone(), false)]
            {
                if lo > hi {
                    continue;
                }
                let b = &z + step.mode().offset(is_negative, &d) + &bias;
                let quotients = [&lo, &hi].map(|v| (&a * v + &b).div_floor(&d));
                let fits = |y: &BigInt| {
                    let value = (y - collateral_bias()) * step.scale();
                    !y.is_negative()
                        && y.bits() <= u64::from(BIASED_QUOTIENT_BITS)
                        && value.bits() <= u64::from(COLLATERAL_BITS)
                };
                if !quotients.iter().all(fits) {
                    return refuse(
                        "it exceeds its width when rounded; give the row an end, or use a coarser unit",
                    );
                }
                rows.push(LineRow { lo, hi, a: a.clone(), b });
            }
        }
        Ok(Self { table: LineTable { rows, d }, scale: step.scale().clone() })
    }
}

/// What a proof computes at a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    /// Which blocks of rows compute it.
    pub profile: Profile,
    /// Tier tables, each once.
    pub tiers: Vec<LineTable>,
    /// Per instrument, in the market's order.
    pub positions: Vec<PositionLines>,
    /// Per asset, in the market's order; empty when no collateral value is rounded.
    pub collateral: Vec<CollateralLines>,
    /// From an unbiased quotient of collateral to margin units; 1 when none is rounded.
    pub collateral_scale: BigInt,
}

impl Lines {
    /// The lines of a market and the profile they need.
    pub(super) fn of(terms: &MarketTerms) -> Result<Self, Unprovable> {
        let mut tables = Tables::default();
        let positions = terms.instruments.iter().map(|i| PositionLines::of(terms, i, &mut tables));
        let positions = positions.collect::<Result<Vec<_>, _>>()?;
        let of = |p: &PositionLines| &tables.made[p.tiers];
        let most = positions.iter().map(|p| p.requirement_roundings(of(p))).max().unwrap_or(0);
        let values = positions.iter().any(|p| !p.value.d.is_one());
        let rounded = match (values, most) {
            (false, 0) => Rounded::Nothing,
            (false, 1) => Rounded::Requirement,
            (true, 0 | 1) => Rounded::Value,
            _ => Rounded::ValueAndTwice,
        };
        let too_wide =
            |bracket, quotient| positions.iter().position(|p| !p.fits(of(p), bracket, quotient));
        // Of an instrument whose own requirement is not rounded.
        let wide = too_wide(BRACKET_BITS, QUOTIENT_BITS).filter(|_| rounded != Rounded::Nothing);
        if let Some(at) = wide {
            let id = terms.instruments[at].id;
            let why = "it exceeds 135 bits, and other requirements are rounded; use a coarser unit";
            return Err(Unprovable { point: "requirement", list: "instrument", id, why });
        }
        let short = |p: &PositionLines| {
            [&of(p).lines.d, &p.second.d].iter().all(|d| **d <= BigInt::one() << SHORT_DIVISOR_BITS)
        };
        let narrow = rounded != Rounded::Nothing
            && too_wide(NARROW_BRACKET_BITS, SHORT_QUOTIENT_BITS).is_none()
            && positions.iter().all(short);
        let of_size_only = positions.iter().any(|p| p.of_value.is_none());
        let of_value_only = positions.iter().position(|p| p.of_size.is_none());
        let base = match (of_size_only, of_value_only) {
            (true, Some(at)) => {
                let id = terms.instruments[at].id;
                let why = "tiers of other instruments go by their size";
                return Err(Unprovable { point: "notional", list: "instrument", id, why });
            }
            (false, Some(_)) => Base::Value,
            (_, None) => Base::Size,
        };
        let rounds = terms.assets.iter().any(|a| a.rounding.is_some());
        let collateral = if rounds {
            let lines = terms.assets.iter().map(CollateralLines::of);
            lines.collect::<Result<Vec<_>, _>>()?
        } else {
            Vec::new()
        };
        let collateral_scale = collateral.first().map_or_else(BigInt::one, |c| c.scale.clone());
        if let Some(at) = collateral.iter().position(|c| c.scale != collateral_scale) {
            let (point, id) = ("collateral value", terms.assets[at].id);
            let why = "other assets round theirs to another unit";
            return Err(Unprovable { point, list: "asset", id, why });
        }
        let profile = Profile { rounded, base, narrow, collateral: rounds };
        let tiers = tables.made.into_iter().map(|made| made.lines).collect();
        Ok(Self { profile, tiers, positions, collateral, collateral_scale })
    }
}
