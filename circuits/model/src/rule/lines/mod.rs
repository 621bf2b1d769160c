//! What a proof computes for a market: every rounding as a division with remainder, on magnitudes.
//!
//! A rounded figure is `floor((a x + b) / d)` with `x >= 0`: the mode is in `b`, and a negative figure is rounded as
//! its magnitude in the mirrored mode. Exact steps between two roundings are merged into the next one, so the number
//! of divisions is the number of roundings that the schedule declares. Profit and loss and collateral values, whose
//! signs a proof does not look at, are divided with a bias.

mod collateral;
mod flat;
mod general;
mod pnl;
mod position;
mod tables;

pub use collateral::CollateralLines;
pub use general::{
    AllocationLines, AssetFigures, AssetLines, GeneralLines, InstrumentLines, LeverageLine, Line,
    OrderFigures, PositionFigures, SizeLines, VariableOf, Weight,
};
pub use pnl::PnlLine;
pub use position::{FamilyLine, PositionLines, ValueLine};
pub use tables::{LineRow, LineTable};

use super::profile::{Base, Isolated, Profile, Rounded, Unprovable};
use super::{MarketTerms, Rounding, Settlement};
use crate::widths::{
    BIASED_QUOTIENT_BITS, BOOK_PNL_BITS, BRACKET_BITS, DIVISOR_BITS, NARROW_BRACKET_BITS,
    QUOTIENT_BITS, SHORT_DIVISOR_BITS, SHORT_QUOTIENT_BITS,
};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};
use position::Draft;
use std::collections::BTreeMap;
use tables::{MadeTable, Tables};

/// `floor((x + b) / d)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// Offset: that of the rounding mode, 0 to `d - 1`, and beside it an intercept or a bias.
    pub b: BigInt,
    /// Divisor, positive, at most 2^45.
    pub d: BigInt,
}

impl Division {
    /// Divides by one.
    fn none() -> Self {
        Self { b: BigInt::zero(), d: BigInt::one() }
    }

    /// The quotient.
    pub fn at(&self, x: &BigInt) -> BigInt {
        (x + &self.b).div_floor(&self.d)
    }
}

/// What is added to a quotient that can be negative.
pub fn bias() -> BigInt {
    BigInt::one() << (BIASED_QUOTIENT_BITS - 1)
}

/// A rounding of the schedule in lowest terms, which its quotient does not depend on.
#[derive(Clone, Debug)]
struct Step {
    a: BigInt,
    d: BigInt,
    mode: Rounding,
}

impl Step {
    fn reduced(num: &BigInt, den: &BigInt, mode: Rounding) -> Self {
        let divisor = num.gcd(den);
        Self { a: num / &divisor, d: den / divisor, mode }
    }

    fn none() -> Self {
        Self { a: BigInt::one(), d: BigInt::one(), mode: Rounding::Floor }
    }

    fn rounds(&self) -> bool {
        !self.d.is_one()
    }

    /// What its numerator, which is not negative, is divided by.
    fn division(&self) -> Division {
        Division { b: self.mode.offset(false, &self.d), d: self.d.clone() }
    }

    fn at(&self, x: &BigInt) -> BigInt {
        self.division().at(&(&self.a * x))
    }
}

fn is_long(d: &BigInt) -> bool {
    *d > BigInt::one() << DIVISOR_BITS
}

/// What a proof computes at a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lines {
    /// In the profile that has the blocks which the market needs.
    Plain(Box<PlainLines>),
    /// In the general profile, which serves where no other does.
    General(Box<GeneralLines>),
}

impl Lines {
    /// The lines of a market, in which this becomes of isolated positions.
    pub(super) fn of(terms: &MarketTerms, isolated: Isolated) -> Result<Self, Unprovable> {
        if let Some(group) = terms.groups.first().filter(|_| terms.conversion_rounding.is_some()) {
            return Err(Unprovable {
                point: "conversion of requirements",
                list: "asset",
                id: group.asset,
                why: "it is rounded after the sum",
            });
        }
        let family = terms.instruments.iter().find(|i| i.elements.family.is_some());
        let general = || match family {
            Some(i) => Err(Unprovable::instrument("tiers of a family", i.id, FAMILY_ALONE)),
            None => GeneralLines::of(terms, isolated).map(|lines| Self::General(Box::new(lines))),
        };
        if super::elements::any(terms) || terms.allocation_asset.is_some() {
            return general();
        }
        // Without elements, what is missing in the plain profile is said.
        let plain = PlainLines::of(terms, isolated).map(|lines| Self::Plain(Box::new(lines)));
        plain.or_else(|plain| general().map_err(|_| plain))
    }

    /// Those of a profile with the blocks that the market needs.
    pub fn plain(&self) -> Option<&PlainLines> {
        match self {
            Self::Plain(lines) => Some(lines),
            Self::General(_) => None,
        }
    }

    /// Those of the general profile.
    pub fn general(&self) -> Option<&GeneralLines> {
        match self {
            Self::Plain(_) => None,
            Self::General(lines) => Some(lines),
        }
    }

    /// Which blocks of rows compute it.
    pub fn profile(&self) -> Profile {
        match self {
            Self::Plain(lines) => lines.profile,
            Self::General(lines) => lines.profile(),
        }
    }
}

/// What a proof computes at a market whose rule has no optional elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainLines {
    /// Which blocks of rows compute it.
    pub profile: Profile,
    /// Tier tables, each once; none in the flat profile.
    pub tiers: Vec<LineTable>,
    /// Per instrument, in the market's order.
    pub positions: Vec<PositionLines>,
    /// What a requirement is divided by a second time.
    pub second: Division,
    /// From the last figure of every requirement to its own unit, before it is converted, where isolated positions are
    /// compared; 1 elsewhere.
    pub requirement_unit: BigInt,
    /// Rounding of every position's profit and loss; `None` when they are exact.
    pub pnl: Option<PnlLine>,
    /// Per asset, in the market's order; empty when no collateral value is rounded.
    pub collateral: Vec<CollateralLines>,
    /// From an unbiased quotient of collateral to margin units; 1 when none is rounded.
    pub collateral_scale: BigInt,
}

impl PlainLines {
    /// The lines of a market and the profile they need.
    fn of(terms: &MarketTerms, isolated: Isolated) -> Result<Self, Unprovable> {
        let mut tables = Tables::default();
        let drafts = terms.instruments.iter().map(|i| Draft::of(terms, i, &mut tables));
        let drafts = drafts.collect::<Result<Vec<_>, _>>()?;
        let rounded = rounded(&drafts, &tables);
        let second = common_second(terms, &drafts)?;
        let narrow = is_narrow(terms, rounded, &drafts, &tables, &second)?;
        let base = base(terms, &drafts)?;
        let pnl = PnlLine::of(terms)?;
        let collateral = CollateralLines::of(terms)?;
        let (rounds, collateral_scale) = match collateral.first() {
            Some(first) => (true, first.scale.clone()),
            None => (false, BigInt::one()),
        };
        let exact = rounded == Rounded::Nothing && base == Base::Size && pnl.is_none();
        let factors = if exact { flat::factors(terms, &drafts, &tables) } else { None };
        let profile = Profile {
            rounded,
            base,
            narrow,
            collateral: rounds,
            pnl: pnl.is_some(),
            isolated,
            general: false,
            orders: false,
            allocations: false,
            entry: false,
            leverage: false,
            own: terms.own_parameters,
            flat: factors.is_some(),
            exempt: terms.no_requirement_is_healthy,
            settlement: Settlement::of(terms.groups.len()),
            family: factors.is_none()
                && terms.instruments.iter().any(|i| i.elements.family.is_some()),
        };
        if profile.exempt && profile.has_isolated() {
            let id = terms.instruments.first().map_or(0, |i| i.id);
            return Err(Unprovable::instrument("isolated book", id, EXEMPT_ALONE));
        }
        if profile.family && profile.rounded != Rounded::Nothing {
            let of_family = terms.instruments.iter().find(|i| i.elements.family.is_some());
            let id = of_family.map_or(0, |i| i.id);
            return Err(Unprovable::instrument("tiers of a family", id, FAMILY_EXACT));
        }
        if profile.has_isolated() && rounded == Rounded::ValueAndTwice {
            let id = terms.instruments.first().map_or(0, |i| i.id);
            let why = "requirements are rounded twice";
            return Err(Unprovable::instrument("isolated book", id, why));
        }
        let requirement_unit = match profile.reads_isolated() {
            true => common_unit(terms, profile, &drafts, pnl.as_ref())?,
            false => BigInt::one(),
        };
        let (positions, tiers) = match factors {
            Some(factors) => (flat::positions(drafts, factors), Vec::new()),
            None => {
                let positions = match profile.family {
                    true => in_families(terms, drafts)?,
                    false => drafts
                        .into_iter()
                        .map(|draft| draft.finish(&second))
                        .collect::<Result<_, _>>()?,
                };
                let tiers = tables.made.into_iter().map(|made| made.lines);
                (positions, tiers.collect())
            }
        };
        Ok(Self {
            profile,
            tiers,
            positions,
            second,
            requirement_unit,
            pnl,
            collateral,
            collateral_scale,
        })
    }
}

const EXEMPT_ALONE: &str = "nothing required is healthy";
const FAMILY_ALONE: &str = "its rule has other elements beside";
const OF_NO_FAMILY: &str = "those of other instruments go by families";
const FAMILY_EXACT: &str = "values or requirements are rounded";

/// The lines where tiers go by families, each of which has a number.
fn in_families(terms: &MarketTerms, drafts: Vec<Draft>) -> Result<Vec<PositionLines>, Unprovable> {
    let mut numbers = BTreeMap::new();
    let each = drafts.into_iter().zip(&terms.instruments);
    let lines = each.map(|(draft, instrument)| {
        let Some(family) = &instrument.elements.family else {
            return Err(Unprovable::instrument("tiers", instrument.id, OF_NO_FAMILY));
        };
        let next = numbers.len() as u32 + 1;
        let number = *numbers.entry(family.number).or_insert(next);
        let index = &terms.groups[instrument.group].requirement_index;
        Ok(draft.finish_in(number, &family.unit, index))
    });
    lines.collect()
}

fn table<'a>(tables: &'a Tables, draft: &Draft) -> &'a MadeTable {
    &tables.made[draft.tiers]
}

/// What is rounded for a position.
fn rounded(drafts: &[Draft], tables: &Tables) -> Rounded {
    let roundings = |draft: &Draft| {
        usize::from(!table(tables, draft).lines.d.is_one()) + usize::from(draft.second.rounds())
    };
    let most = drafts.iter().map(roundings).max().unwrap_or(0);
    let values = drafts.iter().any(|draft| !draft.value.d.is_one());
    match (values, most) {
        (false, 0) => Rounded::Nothing,
        (false, 1) => Rounded::Requirement,
        (true, 0 | 1) => Rounded::Value,
        _ => Rounded::ValueAndTwice,
    }
}

/// Whether the narrow blocks hold every tier and requirement.
fn is_narrow(
    terms: &MarketTerms,
    rounded: Rounded,
    drafts: &[Draft],
    tables: &Tables,
    second: &Division,
) -> Result<bool, Unprovable> {
    if rounded == Rounded::Nothing {
        return Ok(false);
    }
    let too_wide = |bracket: u32, quotient: u32| {
        drafts.iter().position(|draft| {
            let MadeTable { most, end, .. } = table(tables, draft);
            let quotients = [most, &draft.second.at(most)].map(BigInt::bits);
            end.bits() > u64::from(bracket)
                || quotients.iter().any(|bits| *bits > u64::from(quotient))
        })
    };
    // Of an instrument whose own requirement is not rounded.
    if let Some(at) = too_wide(BRACKET_BITS, QUOTIENT_BITS) {
        let why = "it exceeds 135 bits, and other requirements are rounded; use a coarser unit";
        return Err(Unprovable::instrument("requirement", terms.instruments[at].id, why));
    }
    let first = drafts.iter().map(|draft| &table(tables, draft).lines.d);
    let all_short = first.chain([&second.d]).all(|d| *d <= BigInt::one() << SHORT_DIVISOR_BITS);
    Ok(all_short && too_wide(NARROW_BRACKET_BITS, SHORT_QUOTIENT_BITS).is_none())
}

/// The unit of all requirements, in which the circuit compares a position's profit and loss with its own.
fn common_unit(
    terms: &MarketTerms,
    profile: Profile,
    drafts: &[Draft],
    pnl: Option<&PnlLine>,
) -> Result<BigInt, Unprovable> {
    // A flat requirement is in its own unit already, and so is one by the row of a family.
    let in_own_unit = profile.flat || profile.family;
    let unit = drafts.first().map_or_else(BigInt::one, |draft| draft.unit.clone());
    for (draft, instrument) in drafts.iter().zip(&terms.instruments) {
        let refuse = |why| Err(Unprovable::instrument("isolated book", instrument.id, why));
        let bits = pnl.map_or_else(|| draft.pnl_bits(profile), PnlLine::bits);
        if bits > u64::from(BOOK_PNL_BITS) {
            return refuse("its profit and loss can exceed 166 bits; use coarser units");
        }
        if !in_own_unit && draft.unit != unit {
            return refuse("other requirements are computed in another unit");
        }
    }
    Ok(if in_own_unit { BigInt::one() } else { unit })
}

/// What all tier variables are multiples of.
fn base(terms: &MarketTerms, drafts: &[Draft]) -> Result<Base, Unprovable> {
    let of_size_only = drafts.iter().any(|draft| draft.of_value.is_none());
    let of_value_only = drafts.iter().position(|draft| draft.of_size.is_none());
    match (of_size_only, of_value_only) {
        (true, Some(at)) => {
            let why = "tiers of other instruments go by their size";
            Err(Unprovable::instrument("notional", terms.instruments[at].id, why))
        }
        (false, Some(_)) => Ok(Base::Value),
        (_, None) => Ok(Base::Size),
    }
}

/// One divisor for all second roundings of requirements: the least common multiple of theirs. Which fraction with
/// this divisor an instrument's is, is in its factor; a mode rounds equal fractions alike.
fn common_second(terms: &MarketTerms, drafts: &[Draft]) -> Result<Division, Unprovable> {
    let mut common: Option<Step> = None;
    for (draft, instrument) in drafts.iter().zip(&terms.instruments) {
        let refuse = |why| Err(Unprovable::instrument("requirement", instrument.id, why));
        let step = &draft.second;
        if !step.rounds() {
            continue;
        }
        let mut all = common.take().unwrap_or_else(|| step.clone());
        if all.mode != step.mode {
            return refuse("other requirements are rounded a second time in another mode");
        }
        all.d = all.d.lcm(&step.d);
        if is_long(&all.d) {
            return refuse("second roundings have no common divisor up to 2^45");
        }
        common = Some(all);
    }
    Ok(common.map_or_else(Division::none, |step| step.division()))
}
