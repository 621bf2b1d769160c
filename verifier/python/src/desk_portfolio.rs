//! The same questions of a portfolio account.

use crate::errors::{coded, file_error, value_error};
use crate::prove::{portfolio_claim, requirement_of};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use serde_json::{Value, json};
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::floor::WrittenFloor;
use zkmargin_model::portfolio::margin;
use zkmargin_model::rule::Account;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::{StatingVenue, derive, read_answer};
use zkmargin_params::{AccountFile, Requirement};
use zkmargin_reconcile::{PortfolioAlternatives, Reconciled, other_holdings, reconcile_portfolio};
use zkmargin_risk::portfolio::{Grid, scans, scans_json, stays, stays_json};

/// How far from the price the grid goes, in percent, if nothing is said.
pub const RANGE: u32 = 50;

/// Schedule and snapshot as they are read, with their market.
pub struct Market {
    prices: PortfolioSnapshotFile,
    market: PortfolioMarket,
}

impl Market {
    pub fn read(schedule: &[u8], snapshot: &[u8]) -> PyResult<Self> {
        let schedule = PortfolioSchedule::from_json(schedule).map_err(|e| file_error(&e))?;
        Self::of(&schedule, snapshot)
    }

    fn of(schedule: &PortfolioSchedule, snapshot: &[u8]) -> PyResult<Self> {
        let prices = PortfolioSnapshotFile::from_json(snapshot).map_err(|e| file_error(&e))?;
        let market = PortfolioMarket::compile(schedule, &prices).map_err(|e| file_error(&e))?;
        Ok(Self { prices, market })
    }

    fn account(&self, bytes: &[u8]) -> PyResult<Account> {
        let file = AccountFile::from_json(bytes).map_err(|e| file_error(&e))?;
        self.market.schedule().account(&file).map_err(|e| file_error(&e))
    }
}

/// Prices of each underlying on a grid, as `zkmargin liquidation` finds them.
pub fn liquidation(
    of: &Market,
    account: &[u8],
    (requirement, claim): (Requirement, &Claim),
    grid: &Grid,
) -> PyResult<Value> {
    let account = of.account(account)?;
    let market = of.market.market(requirement).map_err(|e| file_error(&e))?;
    let figures = margin(&account, market).map_err(value_error)?;
    let found = scans(&of.market, &of.prices, &account, (requirement, claim), grid);
    let found = found.map_err(|e| coded("NotSearched", e))?;
    let stays = stays(of.market.schedule(), &account);
    Ok(json!({
        "account": "portfolio",
        "underlyings": found.iter().map(scans_json).collect::<Vec<_>>(),
        "stays": stays.iter().map(stays_json).collect::<Vec<_>>(),
        "range_percent": grid.range,
        "requirement": requirement.name(),
        "meets": figures.meets(claim, market),
    }))
}

/// Which claim is looked at: that of the whole margin, which need not be on the menu, or a level of it.
pub fn claim(
    of: &Market,
    requirement: Option<&str>,
    level_bps: u32,
    floor: Option<&str>,
) -> PyResult<(Requirement, Claim)> {
    let asked = requirement_of(requirement)?.unwrap_or_default();
    if (level_bps, floor) == (MARGIN_BPS, None) {
        return Ok((asked, Claim::margin()));
    }
    let text = floor.unwrap_or("0");
    let floor =
        WrittenFloor::parse(text).map_err(|e| value_error(format!("floor {text:?} {e}")))?;
    portfolio_claim(of.market.schedule(), asked, level_bps, &floor)
}

/// A venue's answer with the files that it is compared under.
pub struct Compared<'a> {
    pub answer: &'a [u8],
    pub schedule: &'a [u8],
    pub snapshot: &'a [u8],
    pub account: Option<&'a [u8]>,
    pub other_schedules: &'a [PyBackedBytes],
    pub other_snapshots: &'a [PyBackedBytes],
}

/// A venue's figures of a portfolio account against the rule's.
pub fn reconcile(venue: &StatingVenue, of: &Compared<'_>) -> PyResult<Reconciled> {
    let numerals = zkmargin_params::venues::account_numerals(venue.name);
    let source = read_answer("the answer", of.answer, numerals);
    let source = source.map_err(|e| coded(e.code.as_str(), e))?;
    let stated = venue.read(&source, None).map_err(|e| coded("ImportSource", e))?;
    let now = Market::read(of.schedule, of.snapshot)?;
    let schedule = now.market.schedule();
    let listed = source.get("result").unwrap_or(&source);
    let listed = derive::account_of(listed, schedule).map_err(|e| coded("ImportSource", e))?;
    let listed = schedule.account(&listed).map_err(|e| file_error(&e))?;
    let own = of.account.map(|bytes| now.account(bytes)).transpose()?;
    let mut with = PortfolioAlternatives::default();
    for other in of.other_schedules {
        let other = PortfolioSchedule::from_json(other).map_err(|e| file_error(&e))?;
        let prices =
            PortfolioSnapshotFile { schedule: other.digest().to_string(), ..now.prices.clone() };
        let market = PortfolioMarket::compile(&other, &prices).map_err(|e| file_error(&e))?;
        with.schedules.push((other.file().name.clone(), market));
    }
    for other in of.other_snapshots {
        let other = Market::of(schedule, other)?.market;
        with.snapshots.push((other.snapshot().time(), other));
    }
    let account = own.as_ref().unwrap_or(&listed);
    let mut found = reconcile_portfolio(&now.market, account, &stated, &with);
    if own.is_some() {
        [found.unlisted_there, found.unlisted_here] = other_holdings(schedule, account, &listed);
    }
    Ok(found)
}
