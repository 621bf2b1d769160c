//! Terms of one requirement from a schedule and figures.

use super::columns::Plan;
use super::figure::{less, nearest, product, sum};
use super::groups::rate_of;
use super::requirements_file::{BaseFile, PegFile, RequirementFile};
use super::schedule::PortfolioSchedule;
use super::snapshot::Figures;
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::rows::{self, RowUnits};
use crate::text::DecimalText;
use num_bigint::BigInt;
use num_traits::One;
use std::collections::BTreeMap;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::{Capacity, Group, Instrument, Strike, Terms, Unit};
use zkmargin_model::rule::{AssetElements, AssetTerms};

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);

/// Width of an open end of a collateral function, in settlement units at the asset's price: with a scale of 67 bits and a
/// denominator of 30 the equity fits the comparison with the requirement.
const OPEN_BALANCE_BITS: u32 = 120;

/// One requirement of a schedule at figures.
pub(super) struct Building<'a> {
    pub(super) schedule: &'a PortfolioSchedule,
    pub(super) figures: &'a Figures,
    pub(super) plan: &'a Plan,
    pub(super) file: &'a RequirementFile,
}

impl Building<'_> {
    /// A place in the requirement's block.
    fn place(&self, field: &str) -> String {
        format!("/requirements/{}/{field}", self.plan.requirement.name())
    }

    pub(super) fn terms(&self) -> Result<Terms, FileError> {
        let file = &self.schedule.file;
        let digits = file.digits;
        let capacity = Capacity {
            positions: usize::try_from(file.capacity.positions).unwrap_or(usize::MAX),
            size_bits: file.capacity.size_bits,
        };
        let finer = self.schedule.loss_decimals() - self.schedule.margin_decimals();
        Ok(Terms {
            capacity,
            assets: self.assets()?,
            entry_unit: power_of_ten(digits.product - digits.entry),
            columns: self.plan.columns.clone(),
            scans: file.scans.clone(),
            units: self.units()?,
            groups: self.groups(),
            strikes: self.strikes()?,
            instruments: self.instruments()?,
            scale: power_of_ten(finer),
            denominator: power_of_ten(digits.factor),
            stresses: self.plan.stresses.clone(),
            equality_is_healthy: file.equality_is_healthy,
        })
    }

    fn assets(&self) -> Result<Vec<AssetTerms>, FileError> {
        let file = &self.schedule.file;
        let mut assets = Vec::with_capacity(self.schedule.assets.len());
        for (asset, index) in self.schedule.assets.iter().zip(&self.figures.assets) {
            let written = &file.assets[asset.at].collateral;
            let end = BigInt::one() << OPEN_BALANCE_BITS;
            let (x_decimals, end) = match written.variable {
                crate::VariableFile::Value => (file.valuation.decimals, end * index),
                crate::VariableFile::Quantity => (file.digits.product, end),
            };
            let units = RowUnits {
                x: crate::unit::Unit::of_decimals(x_decimals),
                rate_decimals: file.rate_decimals,
                largest_rate: None,
                open_low: Some(-&end),
                open_high: end,
            };
            let here = format!("/assets/{}/collateral", asset.at);
            assets.push(AssetTerms {
                id: asset.id,
                index: index.clone().into(),
                collateral: rows::tile(CHECK, &here, written.variable, &written.rows, &units)?,
                rounding: None,
                elements: AssetElements::default(),
            });
        }
        Ok(assets)
    }

    /// A factor in its unit, with what a lost peg adds.
    fn factor(&self, text: &DecimalText, place: &str) -> Result<BigInt, FileError> {
        let decimals = self.schedule.file.digits.factor;
        let factor = CHECK.scaled(text, decimals, place)?;
        let Some(PegFile { index, threshold, factor: by }) = &self.file.peg else {
            return Ok(factor);
        };
        let index = self.schedule.names.indices.find(CHECK, index, || self.place("peg/index"))?;
        let threshold = CHECK.amount(threshold, &self.place("peg/threshold"))?;
        let by = CHECK.amount(by, &self.place("peg/factor"))?;
        let price = &self.figures.indices[index];
        let below = sum(&threshold, &less(price));
        if *below.coefficient() <= BigInt::ZERO {
            return Ok(factor);
        }
        let written = CHECK.decimal(text, place)?;
        Ok(nearest(&sum(&written, &product(&by, &below)), decimals))
    }

    fn units(&self) -> Result<Vec<Unit>, FileError> {
        let mut own = BTreeMap::new();
        for (at, of) in self.file.unit_factors.iter().enumerate() {
            let here = self.place(&format!("unit_factors/{at}"));
            let place = || format!("{here}/unit");
            let unit = self.schedule.names.units.find(CHECK, &of.unit, place)?;
            if own.insert(unit, (&of.factor, format!("{here}/factor"))).is_some() {
                let message = "the unit has two factors; keep one";
                return Err(CHECK.error(ErrorCode::DuplicateName, place(), message));
            }
        }
        let common = (&self.file.factor, self.place("factor"));
        let unit = |u: &super::schedule::PortfolioUnit| {
            let (text, place) = own.get(&u.at).unwrap_or(&common);
            Ok(Unit { id: u.id, name: u.name.clone(), factor: self.factor(text, place)? })
        };
        self.schedule.units.iter().map(unit).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let listed = self.schedule.groups.iter().zip(&self.figures.groups);
        let group =
            |(g, figures): (&super::schedule::PortfolioGroup, &super::snapshot::GroupFigures)| {
                Group {
                    id: g.id,
                    unit: self.schedule.units[g.unit].id,
                    name: g.name.clone(),
                    positive: figures.positive.clone(),
                    negative: figures.negative.clone(),
                    magnitudes: self.schedule.file.classes[g.class].magnitudes,
                    scans: figures.scans.clone(),
                }
            };
        listed.map(group).collect()
    }

    /// Digits of a figure that is multiplied by sizes of so many digits and is then in margin units.
    fn charge_decimals(&self, size_decimals: u32, place: &str) -> Result<u32, FileError> {
        self.schedule.margin_decimals().checked_sub(size_decimals).ok_or_else(|| {
            let message = "sizes have more digits after the point than margin amounts";
            CHECK.error(ErrorCode::UnitTooCoarse, place, message)
        })
    }

    /// A public price, of the unit at this place.
    fn index(&self, unit: usize, place: &str) -> Result<&Decimal, FileError> {
        let unit = &self.schedule.units[unit];
        let index = unit.index.map(|at| &self.figures.indices[at]);
        index.ok_or_else(|| {
            let message = format!("is a rate of the index of unit {:?}, which has none", unit.name);
            CHECK.error(ErrorCode::UnknownIndex, place, message)
        })
    }

    fn strikes(&self) -> Result<Vec<Strike>, FileError> {
        let mut strikes = Vec::with_capacity(self.schedule.strikes.len());
        for s in &self.schedule.strikes {
            let mut rate = BigInt::ZERO;
            if let Some(of) = &self.file.short_options {
                let place = self.place("short_options/rate");
                let decimals = self.charge_decimals(s.size_decimals, &place)?;
                let of_one = CHECK.amount(&of.rate, &place)?;
                rate = match of.of {
                    BaseFile::Size => nearest(&of_one, decimals),
                    BaseFile::Index => {
                        let index = self.index(s.unit, &self.place("short_options/of"))?;
                        rate_of(&of_one, index, decimals)
                    }
                    BaseFile::Value => {
                        let message = "a strike has no value; write \"index\" or \"size\"";
                        let place = self.place("short_options/of");
                        return Err(CHECK.error(ErrorCode::OutOfRange, place, message));
                    }
                };
            }
            strikes.push(Strike { id: s.id, rate });
        }
        Ok(strikes)
    }

    fn instruments(&self) -> Result<Vec<Instrument>, FileError> {
        let mut charges = BTreeMap::new();
        for (at, charge) in self.file.charges.iter().enumerate() {
            let here = self.place(&format!("charges/{at}"));
            let rate = CHECK.amount(&charge.rate, &format!("{here}/rate"))?;
            if charges.insert(charge.charge.as_str(), (rate, charge.of, here.clone())).is_some() {
                let message = "the charge has two rates; keep one";
                let place = format!("{here}/charge");
                return Err(CHECK.error(ErrorCode::DuplicateName, place, message));
            }
        }
        let listed = self.schedule.instruments.iter().zip(&self.figures.instruments);
        let mut instruments = Vec::with_capacity(self.schedule.instruments.len());
        for (i, figures) in listed {
            let group = &self.schedule.groups[i.group];
            let written = self.schedule.file.instruments[i.at].charge.as_deref();
            let charge = match written.and_then(|name| charges.get(name)) {
                None => BigInt::ZERO,
                Some((rate, of, here)) => {
                    let decimals = self.charge_decimals(i.size_decimals, here)?;
                    match of {
                        BaseFile::Size => nearest(rate, decimals),
                        BaseFile::Index => {
                            let index = self.index(group.unit, &format!("{here}/of"))?;
                            rate_of(rate, index, decimals)
                        }
                        BaseFile::Value => rate_of(rate, &figures.unit_value, decimals),
                    }
                }
            };
            let loading = |at: &usize| figures.loadings[*at].clone();
            instruments.push(Instrument {
                id: i.id,
                contract: i.contract,
                group: group.id,
                strike: i.strike.map(|strike| self.schedule.strikes[strike].id),
                value: figures.value.clone(),
                settles_in: i.settle,
                charge,
                loadings: self.plan.places.iter().map(loading).collect(),
            });
        }
        Ok(instruments)
    }
}
