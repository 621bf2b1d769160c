//! The comparison of an account of portfolio margin, whose rule and prices are given beside the answer.

use super::{Compare, answers};
use crate::commands::folder::FolderOptions;
use crate::commands::portfolio::{account_of, market_of, schedule_of};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use serde_json::Value;
use std::path::Path;
use zkmargin_model::rule::Account;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::venues::{StatingVenue, derive};
use zkmargin_params::{FileError, MAX_FILE_BYTES};
use zkmargin_reconcile::{PortfolioAlternatives, Reconciled, other_holdings, reconcile_portfolio};

fn schedule(path: &Path) -> Result<PortfolioSchedule> {
    schedule_of(path, &files::read(path, MAX_FILE_BYTES)?)
}

fn unusable(error: &FileError, path: &Path) -> Failure {
    Failure::new(Exit::Malformed, error.code.as_str(), error.to_string())
        .in_file(&files::name_of(path))
}

/// Another schedule at the same prices.
fn under(path: &Path, prices: &PortfolioSnapshotFile) -> Result<(String, PortfolioMarket)> {
    let other = schedule(path)?;
    let digest = other.digest().to_string();
    let prices = PortfolioSnapshotFile { schedule: digest, ..prices.clone() };
    let market = PortfolioMarket::compile(&other, &prices).map_err(|e| unusable(&e, path))?;
    Ok((other.file().name.clone(), market))
}

/// The account that the answer lists.
fn answered(a: &Compare, source: &Value, schedule: &PortfolioSchedule) -> Result<Account> {
    let result = source.get("result").unwrap_or(source);
    let file = derive::account_of(result, schedule)
        .map_err(|e| answers::wrong(&e, &a.from, &files::name_of(&a.answer), source))?;
    schedule.account(&file).map_err(|e| unusable(&e, &a.answer))
}

/// The comparison that the arguments describe.
pub fn own(a: &Compare, options: &FolderOptions, venue: &StatingVenue) -> Result<Reconciled> {
    let (Some(rules), Some(snapshot)) = (&a.schedule, &a.snapshot) else {
        let message = format!(
            "rule and prices are in no answer of {}: pass --schedule and --snapshot",
            venue.name
        );
        return Err(Failure::usage(message));
    };
    if *options != FolderOptions::default() {
        return Err(Failure::usage("the options of a folder have no effect beside --schedule"));
    }
    if a.initial_schedule.is_some() || a.taker_fee.is_some() {
        let message = "--initial-schedule and --taker-fee: a portfolio schedule has both requirements, and no fee";
        return Err(Failure::usage(message));
    }
    let (source, stated) = answers::portfolio_answer(venue, &a.answer)?;
    let (prices, market) = market_of(&schedule(rules)?, rules, snapshot)?;
    let account = match &a.account {
        Some(path) => account_of(market.schedule(), path)?,
        None => answered(a, &source, market.schedule())?,
    };
    let mut with = PortfolioAlternatives::default();
    for path in &a.other_schedule {
        with.schedules.push(under(path, &prices)?);
    }
    for path in &a.other_snapshot {
        let (_, market) = market_of(market.schedule(), rules, path)?;
        with.snapshots.push((market.snapshot().time(), market));
    }
    let mut of = reconcile_portfolio(&market, &account, &stated, &with);
    if a.account.is_some() {
        // Figures alone do not show a size that another account has.
        let there = answered(a, &source, market.schedule())?;
        [of.unlisted_there, of.unlisted_here] = other_holdings(market.schedule(), &account, &there);
    }
    Ok(of)
}
