//! A portfolio account at one snapshot of `zkmargin watch`.

use super::super::watch::Watch;
use super::super::watch::figures::{Prices, Reading};
use super::figures::Units;
use super::requirement::undefined;
use super::{Held, account_of, claim_of, required_market};
use crate::failure::{Failure, Result};
use crate::files;
use zkmargin_model::portfolio::margin;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_risk::{BookOf, BookStanding};

/// Why no distance is in a line.
const NOT_SEARCHED: &str = "prices of a portfolio account are computed on a grid, which `zkmargin liquidation` does: between its prices nothing is known";

/// Computes equity and requirement.
pub fn read(
    schedule: &PortfolioSchedule,
    file: &PortfolioSnapshotFile,
    a: &Watch,
) -> Result<Reading> {
    let market = PortfolioMarket::compile(schedule, file)
        .map_err(|e| Failure::in_json(&e, &files::name_of(&a.snapshots), b""))?;
    let (requirement, claim) = claim_of(&a.claim, schedule)?;
    let (account, account_name) = (account_of(schedule, &a.account)?, files::name_of(&a.account));
    let held = Held { market, prices: file.clone(), account, account_name };
    let of = required_market(&held.market, requirement)?;
    let figures = margin(&held.account, of).map_err(|e| undefined(&held, &e))?;
    let book = BookStanding {
        of: BookOf::Cross { asset: None },
        equity: figures.scaled_equity(),
        requirement: figures.requirement.clone(),
        unit: Units::of(schedule).of_requirement(),
        currency: schedule.file().valuation.currency.clone(),
        is_met: figures.meets(&claim, of),
    };
    let prices = match a.no_distance {
        true => Prices::NotAsked,
        false => Prices::NotSearched(NOT_SEARCHED.to_owned()),
    };
    Ok(Reading { books: vec![("portfolio".to_owned(), book)], prices })
}
