//! Portfolio margin on the command line: an account's figures, computed locally without a proof, and checks of files.

pub mod check;
pub mod diff;
mod figures;
mod json;
pub mod liquidation;
mod plot;
mod requirement;
mod stress;
mod text;

pub mod watch;
pub mod what_if;

use super::liquidation::ClaimArguments;
use super::margin::MarginArguments;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Market;
use figures::Units;
pub use requirement::in_words;
use requirement::{Answer, Sheet};
use serde_json::json;
use std::path::Path;
use stress::Stressed;
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio;
use zkmargin_model::rule::Account;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::{AccountFile, FileKind, MAX_FILE_BYTES, Requirement, Schedule};

/// What is said to who asks about books of one.
pub const ONE_BOOK: &str = "--settlement-asset, --cross-alone, --only-isolated and --all-but-isolated: a portfolio account is one book";

/// An account at a market.
struct Held {
    market: PortfolioMarket,
    /// The snapshot as it was read.
    prices: PortfolioSnapshotFile,
    account: Account,
    account_name: String,
}

/// Checks a schedule that was read from a path.
pub fn schedule_of(path: &Path, bytes: &[u8]) -> Result<PortfolioSchedule> {
    PortfolioSchedule::from_json(bytes).map_err(|e| {
        let name = files::name_of(path);
        if Schedule::from_json(bytes).is_err() {
            return Failure::in_json(&e, &name, bytes);
        }
        let message = "is a linear schedule, and one of portfolio margin is read here";
        let help = "name a schedule of portfolio margin; `zkmargin margin` computes a linear account under its own";
        Failure::new(Exit::Malformed, "OtherKind", message).in_file(&name).help(help)
    })
}

/// Reads a snapshot and compiles its markets. `path` is the schedule's.
pub fn market_of(
    schedule: &PortfolioSchedule,
    path: &Path,
    snapshot: &Path,
) -> Result<(PortfolioSnapshotFile, PortfolioMarket)> {
    let bytes = files::read(snapshot, MAX_FILE_BYTES)?;
    let made = PortfolioSnapshotFile::from_json(&bytes)
        .and_then(|file| Ok((PortfolioMarket::compile(schedule, &file)?, file)));
    let made = made.map(|(market, file)| (file, market));
    // What does not fit can be an error in either file.
    made.map_err(|e| match e.file {
        FileKind::PortfolioSnapshot => Failure::in_json(&e, &files::name_of(snapshot), &bytes),
        _ => Failure::new(Exit::Malformed, e.code.as_str(), e.to_string())
            .in_file(&files::name_of(path)),
    })
}

pub fn account_of(schedule: &PortfolioSchedule, path: &Path) -> Result<Account> {
    let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
    AccountFile::from_json(&bytes)
        .and_then(|file| schedule.account(&file))
        .map_err(|e| Failure::in_json(&e, &name, &bytes))
}

fn open(paths: &Market, account: &Path, schedule: &[u8]) -> Result<Held> {
    let schedule = schedule_of(&paths.schedule, schedule)?;
    let (prices, market) = market_of(&schedule, &paths.schedule, &paths.snapshot)?;
    let account_name = files::name_of(account);
    let account = account_of(market.schedule(), account)?;
    Ok(Held { market, prices, account, account_name })
}

/// The claim that is looked at, by default the maintenance margin itself, and its requirement.
fn claim_of(a: &ClaimArguments, schedule: &PortfolioSchedule) -> Result<(Requirement, Claim)> {
    match &a.claim {
        Some(claim) => resolve::portfolio_claim(schedule, claim, &a.floor, None),
        None => Ok((Requirement::Maintenance, Claim::margin())),
    }
}

/// The market of a requirement.
fn required_market(market: &PortfolioMarket, of: Requirement) -> Result<&portfolio::Market> {
    market.market(of).map_err(|e| Failure::new(Exit::Malformed, e.code.as_str(), e.to_string()))
}

/// Runs the command on a schedule that was read and is of the portfolio format.
pub fn run(a: &MarginArguments, schedule: &[u8]) -> Result<Outcome> {
    if !a.asked.asked().is_all() {
        return Err(Failure::usage(ONE_BOOK));
    }
    if let Some(path) = &a.plot {
        files::check_absent(path, false)?;
    }
    let held = open(&a.market, &a.account, schedule)?;
    let schedule = held.market.schedule();
    let units = Units::of(schedule);
    let mut sheets = Vec::new();
    for requirement in schedule.requirements() {
        sheets.push(Sheet::new(&held, &units, requirement)?);
    }
    let mut text = text::of(&held, &sheets);
    let mut result = json::of(&held, &sheets);
    let (mut exit, mut reason) = (Exit::Ok, None);
    let mut not_met = || {
        exit = Exit::Invalid;
        reason = Some(("ClaimNotMet", "the account does not meet the claim".to_owned()));
    };
    if let Some(level) = &a.claim {
        let (of, claim) = resolve::portfolio_claim(schedule, level, &a.floor, None)?;
        let sheet = sheets.iter().find(|sheet| sheet.requirement == of);
        let missing = match sheet.map(|sheet| &sheet.answer) {
            Some(Answer::Computed(computed)) => computed.missing(&held, &units, &claim)?,
            Some(Answer::Refused(error)) => {
                return Err(Failure::new(Exit::Malformed, error.code.as_str(), error.to_string()));
            }
            None => return Err(Failure::usage("the schedule does not have this requirement")),
        };
        match &missing {
            None => text.line("The claim is met."),
            Some(missing) => {
                text.line(format!("The claim is not met: {missing} of equity is missing."));
                not_met();
            }
        }
        result["claim_met"] = json!(missing.is_none());
        result["shortfall"] = json!(missing);
    }
    if let Some(name) = &a.stress {
        let stressed = Stressed::new(&held, &units, name, &a.floor)?;
        text.append(stressed.text(&held));
        result["stress"] = stressed.json(&held);
        if !stressed.keeps {
            not_met();
        }
    }
    if let Some(path) = &a.plot {
        let drawn = sheets.iter().find_map(|sheet| match &sheet.answer {
            Answer::Computed(computed) => Some(computed),
            Answer::Refused(_) => None,
        });
        let drawn = drawn.ok_or_else(|| Failure::usage("no requirement has figures to plot"))?;
        let svg = plot::draw(drawn, &schedule.file().valuation.currency)?;
        // It shows what the account loses.
        files::write(path, svg.as_bytes(), Secrecy::Private, false)?;
        result["plot"] = json!(files::name_of(path));
        text.line(format!("The losses by scenario are in {}.", files::name_of(path)));
    }
    let mut outcome = Outcome::done(text, result);
    outcome.exit = exit;
    outcome.reason = reason;
    outcome.stdout_taken = a.plot.as_deref().is_some_and(files::is_stream);
    Ok(outcome)
}
