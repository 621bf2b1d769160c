//! What terms must meet to be a market: ids, order, references and the width of each figure. Widths of sums are in
//! [`super::bounds`].

use super::widths::{
    CONTRACT_ID_BITS, ENTRY_UNIT_BITS, FACTOR_BITS, LOADING_BITS, MAX_CELLS, MAX_COLUMNS,
    MAX_GROUPS, MAX_INSTRUMENTS, MAX_POSITIONS, MAX_SCANS, MAX_UNITS, SCALE_BITS, SIZE_BITS,
    SLOPE_BITS,
};
use super::{Aggregate, Column, ContractId, MarketError, Multiplier, Role, Terms};
use crate::rule::{self, AssetElements, AssetTerms, MarketTerms, SettleGroup, Variable};
use crate::widths::INSTRUMENT_ID_BITS;
use num_bigint::BigInt;
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet};

/// The sign that a figure must have.
#[derive(Clone, Copy)]
enum Sign {
    Positive,
    NotNegative,
    Any,
}

impl Sign {
    fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::NotNegative => "at least zero",
            Self::Any => "in magnitude",
        }
    }

    fn holds(self, x: &BigInt) -> bool {
        match self {
            Self::Positive => x.is_positive(),
            Self::NotNegative => !x.is_negative(),
            Self::Any => true,
        }
    }
}

/// Checks figures of one member of a list.
struct Figures {
    list: &'static str,
    id: u32,
}

impl Figures {
    fn check(
        &self,
        what: &'static str,
        x: &BigInt,
        sign: Sign,
        bits: u32,
    ) -> Result<(), MarketError> {
        if sign.holds(x) && x.bits() <= u64::from(bits) {
            return Ok(());
        }
        let Self { list, id } = *self;
        Err(MarketError::Figure { list, id, what, sign: sign.name(), bits })
    }
}

fn index(i: usize) -> u32 {
    u32::try_from(i).unwrap_or(u32::MAX)
}

fn ascending(list: &'static str, ids: impl Iterator<Item = u32>) -> Result<(), MarketError> {
    let mut previous = 0;
    for id in ids {
        if id <= previous || id >= 1 << INSTRUMENT_ID_BITS {
            return Err(MarketError::Ids { list, id });
        }
        previous = id;
    }
    Ok(())
}

fn at_most(list: &'static str, count: usize, most: usize) -> Result<(), MarketError> {
    if count > most { Err(MarketError::TooMany { list, count, most }) } else { Ok(()) }
}

impl Terms {
    pub(super) fn check(&self) -> Result<(), MarketError> {
        self.check_capacity()?;
        self.check_whole()?;
        self.check_columns()?;
        self.check_units()?;
        self.check_groups()?;
        self.check_strikes()?;
        self.check_instruments()?;
        self.check_order()?;
        self.check_strikes_of_instruments()?;
        self.check_stresses()?;
        self.check_assets()?;
        self.check_sums()
    }

    fn check_capacity(&self) -> Result<(), MarketError> {
        let (positions, size_bits) = (self.capacity.positions, self.capacity.size_bits);
        if !(1..=MAX_POSITIONS).contains(&positions) || !(1..=SIZE_BITS).contains(&size_bits) {
            return Err(MarketError::Capacity { positions, size_bits });
        }
        at_most("columns", self.columns.len(), MAX_COLUMNS)?;
        at_most("group scans", self.scans.len(), MAX_SCANS)?;
        at_most("units", self.units.len(), MAX_UNITS)?;
        at_most("groups", self.groups.len(), MAX_GROUPS)?;
        at_most("instruments", self.instruments.len(), MAX_INSTRUMENTS)?;
        let cells = |multiplier| {
            let columns = self.columns.iter().filter(|c| c.multiplier == multiplier);
            columns.count().div_ceil(2)
        };
        let count = [Multiplier::Net, Multiplier::Gross, Multiplier::Short].map(cells).iter().sum();
        if count > MAX_CELLS { Err(MarketError::Cells { count }) } else { Ok(()) }
    }

    fn check_whole(&self) -> Result<(), MarketError> {
        let figures = [
            ("entry unit", &self.entry_unit, ENTRY_UNIT_BITS),
            ("scale", &self.scale, SCALE_BITS),
            ("denominator", &self.denominator, FACTOR_BITS),
        ];
        let fits = |x: &BigInt, bits| x.is_positive() && x.bits() <= u64::from(bits);
        match figures.into_iter().find(|(_, x, bits)| !fits(x, *bits)) {
            Some((what, _, bits)) => Err(MarketError::Whole { what, bits }),
            None => Ok(()),
        }
    }

    fn check_columns(&self) -> Result<(), MarketError> {
        for (column, c) in self.columns.iter().enumerate() {
            let id = index(column);
            let missing = |what| Err(MarketError::Reference { list: "column", id, what });
            let figures = Figures { list: "column", id };
            figures.check("slope", &c.slope, Sign::Any, SLOPE_BITS)?;
            for term in &c.terms {
                figures.check("multiplier of a term", &term.multiplier, Sign::Any, SLOPE_BITS)?;
                if self.columns.get(term.column).is_none_or(|c| c.role != Role::Term) {
                    return missing("term");
                }
            }
            match &c.role {
                Role::GroupScan(scan) if *scan >= self.scans.len() => return missing("group scan"),
                Role::Added(aggregate) | Role::Floor(aggregate) => {
                    check_aggregate(aggregate, column)?;
                }
                Role::Scenario | Role::GroupScan(_) | Role::Term => {}
            }
        }
        Ok(())
    }

    fn check_units(&self) -> Result<(), MarketError> {
        ascending("unit", self.units.iter().map(|u| u.id))?;
        for u in &self.units {
            let figures = Figures { list: "unit", id: u.id };
            figures.check("factor", &u.factor, Sign::Positive, FACTOR_BITS)?;
        }
        Ok(())
    }

    fn check_groups(&self) -> Result<(), MarketError> {
        ascending("group", self.groups.iter().map(|g| g.id))?;
        for g in &self.groups {
            if self.unit(g.unit).is_none() {
                return Err(MarketError::Reference { list: "group", id: g.id, what: "unit" });
            }
            let (count, needed) = (g.scans.len(), self.scans.len());
            if count != needed {
                let what = "group scans";
                return Err(MarketError::Length { list: "group", id: g.id, what, count, needed });
            }
            let figures = Figures { list: "group", id: g.id };
            figures.check("slope of a positive sum", &g.positive, Sign::Any, SLOPE_BITS)?;
            figures.check("slope of a negative sum", &g.negative, Sign::Any, SLOPE_BITS)?;
            for factor in &g.scans {
                figures.check("factor of a group scan", factor, Sign::NotNegative, SLOPE_BITS)?;
            }
        }
        Ok(())
    }

    fn check_strikes(&self) -> Result<(), MarketError> {
        ascending("strike", self.strikes.iter().map(|s| s.id))?;
        for s in &self.strikes {
            let figures = Figures { list: "strike", id: s.id };
            figures.check("rate", &s.rate, Sign::NotNegative, LOADING_BITS)?;
        }
        Ok(())
    }

    fn check_instruments(&self) -> Result<(), MarketError> {
        ascending("instrument", self.instruments.iter().map(|i| i.id))?;
        let mut previous = ContractId::from_number(0);
        for i in &self.instruments {
            if i.contract <= previous || i.contract.number() >> CONTRACT_ID_BITS != 0 {
                return Err(MarketError::Contracts { instrument: i.id });
            }
            previous = i.contract;
        }
        for i in &self.instruments {
            let missing = |what| MarketError::Reference { list: "instrument", id: i.id, what };
            self.group(i.group).ok_or_else(|| missing("group"))?;
            if i.strike.is_some_and(|strike| self.strike(strike).is_none()) {
                return Err(missing("strike"));
            }
            if self.assets.binary_search_by_key(&i.settles_in, |a| a.id).is_err() {
                return Err(missing("asset"));
            }
            let (count, needed) = (i.loadings.len(), self.columns.len());
            if count != needed {
                let (list, id, what) = ("instrument", i.id, "loadings");
                return Err(MarketError::Length { list, id, what, count, needed });
            }
            let bits = LOADING_BITS;
            if let Some(column) = i.loadings.iter().position(|l| l.bits() > u64::from(bits)) {
                return Err(MarketError::LoadingWidth { instrument: i.id, column, bits });
            }
            let figures = Figures { list: "instrument", id: i.id };
            figures.check("value", &i.value, Sign::Any, LOADING_BITS)?;
            figures.check("charge", &i.charge, Sign::NotNegative, LOADING_BITS)?;
        }
        Ok(())
    }

    /// Instruments of a group, groups of a unit are neighbours, so an account's positions are in the order of units
    /// and groups.
    fn check_order(&self) -> Result<(), MarketError> {
        let mut among = 0;
        for g in &self.groups {
            if g.unit < among {
                return Err(MarketError::UnitsOverlap { group: g.id, unit: g.unit, among });
            }
            among = g.unit;
        }
        let mut among = 0;
        for i in &self.instruments {
            if i.group < among {
                let (instrument, group) = (i.id, i.group);
                return Err(MarketError::GroupsOverlap { instrument, group, among });
            }
            among = i.group;
        }
        Ok(())
    }

    /// A strike is in one group, and no other instrument lies between those of a strike.
    fn check_strikes_of_instruments(&self) -> Result<(), MarketError> {
        let mut group_of = BTreeMap::new();
        let mut previous = None;
        for i in &self.instruments {
            if let Some(strike) = i.strike.filter(|s| previous != Some((*s, i.group))) {
                match group_of.insert(strike, i.group) {
                    None => {}
                    Some(first) if first != i.group => {
                        return Err(MarketError::StrikeInTwoGroups {
                            strike,
                            first,
                            second: i.group,
                        });
                    }
                    Some(_) => return Err(MarketError::StrikeApart { strike, instrument: i.id }),
                }
            }
            previous = i.strike.map(|strike| (strike, i.group));
        }
        Ok(())
    }

    fn check_stresses(&self) -> Result<(), MarketError> {
        for (id, stress) in self.stresses.iter().enumerate() {
            let is_scenario =
                |c: &usize| self.columns.get(*c).is_some_and(|c| c.role == Role::Scenario);
            if !stress.columns.iter().all(is_scenario) {
                let (id, what) = (index(id), "scenario");
                return Err(MarketError::Reference { list: "stress", id, what });
            }
        }
        Ok(())
    }

    /// Assets are those of the linear rule, which checks them with the settle groups that the instruments use.
    fn check_assets(&self) -> Result<(), MarketError> {
        let varied =
            |a: &&AssetTerms| a.rounding.is_some() || a.elements != AssetElements::default();
        if let Some(asset) = self.assets.iter().find(varied) {
            return Err(MarketError::AssetElements { asset: asset.id });
        }
        let settling: BTreeSet<u32> = self.instruments.iter().map(|i| i.settles_in).collect();
        let group = |asset| SettleGroup { asset, requirement_index: BigInt::one() };
        rule::Market::new(MarketTerms {
            assets: self.assets.clone(),
            groups: settling.into_iter().map(group).collect(),
            tiers: Vec::new(),
            instruments: Vec::new(),
            equality_is_healthy: self.equality_is_healthy,
            no_requirement_is_healthy: false,
            conversion_rounding: None,
            isolated_unit: None,
            own_parameters: false,
            allocation_asset: None,
        })?;
        Ok(())
    }
}

fn check_aggregate(aggregate: &Aggregate, column: usize) -> Result<(), MarketError> {
    let figures = Figures { list: "column", id: index(column) };
    match aggregate {
        Aggregate::Identity => Ok(()),
        Aggregate::Magnitude(multiple) => {
            figures.check("multiple of a magnitude", multiple, Sign::Any, SLOPE_BITS)
        }
        Aggregate::Bracketed(line) if line.variable() == Variable::Value => Ok(()),
        Aggregate::Bracketed(_) => Err(MarketError::Line { column }),
    }
}

impl Column {
    /// Whether the column's sums are losses or charges of their own, not terms of other columns.
    pub(super) fn counts(&self) -> bool {
        self.role != Role::Term
    }
}
