//! One requirement of a portfolio account, figure by figure.

use super::super::margin::{Amount, side};
use super::Held;
use super::figures::Units;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::{
    GroupMargin, Margin, MarginError, Market, Role, UnitMargin, Worst, margin, margin_without,
};
use zkmargin_params::portfolio::PortfolioSchedule;
use zkmargin_params::{FileError, Requirement};

/// A name with an amount.
pub struct Named {
    pub name: String,
    pub amount: Amount,
}

/// A group within its unit.
pub struct GroupRow {
    pub name: String,
    /// What the group loses in what its unit's scan takes.
    pub loss: Amount,
    /// Each group scan: its name, the column that is the largest, and what it comes to.
    pub scans: Vec<(String, Option<String>, Amount)>,
    /// The loss in each scenario.
    pub scenarios: Vec<Named>,
}

/// A risk unit.
pub struct UnitRow {
    pub name: String,
    /// Name of what its scan takes; `None` where nothing loses.
    pub worst: Option<String>,
    pub scan: Amount,
    /// The scan times the unit's factor.
    pub scan_required: Amount,
    pub added: Vec<Named>,
    pub floors: Vec<Named>,
    pub requirement: Amount,
    pub groups: Vec<GroupRow>,
    /// The loss in each scenario.
    pub scenarios: Vec<Named>,
}

/// Options of one strike that is net short.
pub struct StrikeRow {
    pub group: String,
    pub strike: String,
    pub short: Amount,
    pub charge: Amount,
}

/// A position.
pub struct PositionRow {
    pub instrument: String,
    pub side: &'static str,
    pub size: Amount,
    pub pnl: Amount,
    /// What it adds to its unit's worst loss.
    pub adds: Amount,
    pub charge: Amount,
    /// What would be required without it.
    pub without: Amount,
}

/// An asset.
pub struct AssetRow {
    pub asset: String,
    pub balance: Amount,
    pub collateral: Amount,
}

/// All figures of a requirement.
pub struct Computed {
    pub units: Vec<UnitRow>,
    pub strikes: Vec<StrikeRow>,
    pub positions: Vec<PositionRow>,
    pub assets: Vec<AssetRow>,
    /// Charges on sizes together.
    pub charges: Amount,
    pub equity: Amount,
    pub required: Amount,
    /// Equity less the requirement.
    pub excess: Amount,
    pub ratio: Option<Amount>,
    /// Whether the equity meets the whole requirement.
    pub is_met: bool,
    figures: Margin,
    requirement: Requirement,
}

/// What the schedule and the snapshot say about a requirement.
pub enum Answer {
    Computed(Box<Computed>),
    /// Nothing, because a feed is not to be trusted.
    Refused(FileError),
}

/// A requirement of the schedule.
pub struct Sheet {
    pub requirement: Requirement,
    pub answer: Answer,
}

/// An account for which the rule is undefined, with names in place of numbers.
pub fn in_words(schedule: &PortfolioSchedule, error: &MarginError) -> String {
    said_of(schedule, error).1
}

/// An account for which the rule is undefined.
pub fn undefined(held: &Held, error: &MarginError) -> Failure {
    let schedule = held.market.schedule();
    let (code, message) = said_of(schedule, error);
    let failure = Failure::new(Exit::Malformed, code, message);
    if !matches!(error, MarginError::UnknownStress { .. }) {
        return failure.in_file(&held.account_name);
    }
    let names: Vec<_> = schedule.file().stresses.iter().map(|s| s.name.as_str()).collect();
    match names.is_empty() {
        true => failure,
        false => failure.help(format!("choose from {}", names.join(", "))),
    }
}

fn said_of(schedule: &PortfolioSchedule, error: &MarginError) -> (&'static str, String) {
    let symbol = |id: u32| schedule.instrument_of(id).map_or("", |i| i.symbol.as_str());
    let asset = |id: u32| schedule.asset_of(id).map_or("", |a| a.symbol.as_str());
    let message = match error {
        MarginError::BeyondCollateral { asset: id } => {
            format!(
                "the balance of {} with its profit and loss is beyond its collateral function",
                asset(*id)
            )
        }
        MarginError::BeyondLine { unit, column } => {
            let unit = schedule.unit_of(*unit).map_or("", |u| u.name.as_str());
            format!("the sum of unit {unit} over column {column} is beyond its rows")
        }
        MarginError::UnknownStress { name } => {
            format!("the schedule has no stress {name}")
        }
        MarginError::Size { instrument, .. } => {
            format!("the size of {} exceeds its width", symbol(*instrument))
        }
        other => other.to_string(),
    };
    (error.code(), message)
}

impl Sheet {
    pub fn new(held: &Held, units: &Units, requirement: Requirement) -> Result<Self> {
        let answer = match held.market.market(requirement) {
            Ok(market) => {
                let computed = Computed::new(held, units, requirement, market);
                Answer::Computed(Box::new(computed.map_err(|e| undefined(held, &e))?))
            }
            Err(error) => Answer::Refused(error),
        };
        Ok(Self { requirement, answer })
    }
}

/// What a unit's scan takes, by name.
fn worst_name(market: &Market, worst: Worst) -> Option<String> {
    match worst {
        Worst::None => None,
        Worst::Column(at) => Some(market.terms().columns.get(at)?.name.clone()),
        Worst::GroupScan(at) => Some(market.terms().scans.get(at)?.clone()),
    }
}

/// Losses in scenarios, by name.
fn scenarios(market: &Market, units: &Units, losses: &[BigInt]) -> Vec<Named> {
    let columns = market.terms().columns.iter().zip(losses);
    let scenarios = columns.filter(|(column, _)| column.role == Role::Scenario);
    let named = |(c, loss): (&zkmargin_model::portfolio::Column, _)| Named {
        name: c.name.clone(),
        amount: units.loss(loss),
    };
    scenarios.map(named).collect()
}

fn group_row(
    held: &Held,
    market: &Market,
    units: &Units,
    worst: Worst,
    g: &GroupMargin,
) -> GroupRow {
    let schedule = held.market.schedule();
    let column = |at: usize| market.terms().columns.get(at).map(|c| c.name.clone());
    let loss = match worst {
        Worst::None => BigInt::zero(),
        Worst::Column(at) => g.losses[at].clone(),
        Worst::GroupScan(at) => g.scans[at].loss.clone(),
    };
    let scans = market.terms().scans.iter().zip(&g.scans);
    GroupRow {
        name: schedule.group_of(g.group).map_or(String::new(), |g| g.name.clone()),
        loss: units.loss(&loss),
        scans: scans
            .map(|(name, scan)| {
                (name.clone(), scan.column.and_then(column), units.loss(&scan.loss))
            })
            .collect(),
        scenarios: scenarios(market, units, &g.losses),
    }
}

fn unit_row(held: &Held, market: &Market, units: &Units, u: &UnitMargin) -> UnitRow {
    let named = |list: &[zkmargin_model::portfolio::Addition]| {
        let name = |column: usize| market.terms().columns[column].name.clone();
        let of = |a: &zkmargin_model::portfolio::Addition| Named {
            name: name(a.column),
            amount: units.loss(&a.amount),
        };
        list.iter().map(of).collect()
    };
    let terms = market.terms().unit(u.unit);
    let factor = terms.map_or_else(BigInt::zero, |unit| unit.factor.clone());
    UnitRow {
        name: terms.map_or(String::new(), |unit| unit.name.clone()),
        worst: worst_name(market, u.worst),
        scan: units.loss(&u.scan),
        scan_required: units.requirement(&(&u.scan * factor)),
        added: named(&u.added),
        floors: named(&u.floors),
        requirement: units.requirement(&u.requirement),
        groups: u.groups.iter().map(|g| group_row(held, market, units, u.worst, g)).collect(),
        scenarios: scenarios(market, units, &u.losses),
    }
}

impl Computed {
    fn new(
        held: &Held,
        units: &Units,
        requirement: Requirement,
        market: &Market,
    ) -> std::result::Result<Self, MarginError> {
        let schedule = held.market.schedule();
        let figures = margin(&held.account, market)?;
        let mut positions = Vec::with_capacity(figures.positions.len());
        for (p, m) in held.account.positions().iter().zip(&figures.positions) {
            let Some(i) = schedule.instrument_of(p.instrument) else { continue };
            let without = margin_without(&held.account, market, p.instrument)?;
            positions.push(PositionRow {
                instrument: i.symbol.clone(),
                side: side(p),
                size: Amount::new(&BigInt::from(p.size.clone()), i.size_decimals),
                pnl: units.product(&m.pnl),
                adds: units.loss(&m.adds),
                charge: units.margin(&m.charge),
                without: units.requirement(&without.requirement),
            });
        }
        // A strike without a rate is charged nothing.
        let charged = figures.strikes.iter().filter(|s| !s.charge.is_zero());
        let written = &schedule.file().instruments;
        let strikes = charged.filter_map(|s| {
            let strike = schedule.strike_of(s.strike)?;
            let of = schedule
                .instruments()
                .iter()
                .find(|i| i.strike.is_some_and(|at| schedule.strikes()[at].id == s.strike))?;
            Some(StrikeRow {
                group: schedule.groups().get(of.group)?.name.clone(),
                strike: written.get(strike.at)?.strike.as_ref()?.as_str().to_owned(),
                short: Amount::new(&s.short, of.size_decimals),
                charge: units.margin(&s.charge),
            })
        });
        let assets = figures.assets.iter().filter_map(|a| {
            Some(AssetRow {
                asset: schedule.asset_of(a.asset)?.symbol.clone(),
                balance: units.product(&a.balance),
                collateral: units.margin(&a.collateral),
            })
        });
        let excess = figures.scaled_equity() - &figures.requirement;
        let charges: BigInt = figures.positions.iter().map(|p| &p.charge).sum();
        Ok(Self {
            units: figures.units.iter().map(|u| unit_row(held, market, units, u)).collect(),
            strikes: strikes.collect(),
            positions,
            assets: assets.collect(),
            charges: units.margin(&charges),
            equity: units.margin(&figures.equity),
            required: units.requirement(&figures.requirement),
            excess: units.requirement(&excess),
            ratio: super::super::margin::ratio(&figures.scaled_equity(), &figures.requirement),
            is_met: figures.meets(&Claim::margin(), market),
            figures,
            requirement,
        })
    }

    /// The equity that a claim lacks, to the next margin unit; `None` if it is met.
    pub fn missing(&self, held: &Held, units: &Units, claim: &Claim) -> Result<Option<String>> {
        let market = held.market.market(self.requirement);
        let market =
            market.map_err(|e| Failure::new(Exit::Malformed, e.code.as_str(), e.to_string()))?;
        let missing = self.figures.lacks(claim, market);
        Ok(missing.map(|missing| units.margin(&missing).exact()))
    }
}
