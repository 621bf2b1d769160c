//! `zkmargin schedule compare`: the same account under the rules of two venues.

use super::Run;
use super::describe::lines_of;
use super::schedule_diff::{At, account_file, side_by_side};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Global;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_model::decimal::Decimal;
use zkmargin_params::portfolio::PortfolioSchedule;
use zkmargin_params::{DecimalText, MAX_FILE_BYTES, Schedule};
use zkmargin_reconcile::{Given, TranslateError, translate};

#[derive(Debug, Args)]
pub struct CompareSchedules {
    /// Schedule of the account's own venue
    pub own: PathBuf,
    /// Schedule of the other venue
    pub other: PathBuf,
    /// Private account
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    /// Prices of the account's own venue, which are used for both
    #[arg(long, value_name = "FILE")]
    pub snapshot: PathBuf,
    /// Which instrument is the same as which at the other venue [default: the one of the same underlying]
    #[arg(long, value_name = "SYMBOL=SYMBOL")]
    pub map: Vec<String>,
    /// Price of an asset that counts at the other venue and is not in the snapshot, in the account's valuation currency
    #[arg(long, value_name = "ASSET=PRICE")]
    pub price: Vec<String>,
}

/// The parts of `NAME=VALUE` arguments.
fn pairs(option: &str, texts: &[String]) -> Result<Vec<(String, String)>> {
    let pair = |text: &String| {
        let parts = text.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
        parts.ok_or_else(|| Failure::usage(format!("{option} takes NAME=VALUE, not {text:?}")))
    };
    texts.iter().map(pair).collect()
}

impl Run for CompareSchedules {
    fn name(&self) -> &'static str {
        "schedule compare"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        run(self)
    }
}

/// A schedule of linear accounts: scenarios of another venue say nothing of an account's positions.
fn linear(path: &Path) -> Result<Schedule> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    if PortfolioSchedule::from_json(&bytes).is_ok() {
        let message = "is a schedule of portfolio margin, which is not compared";
        let help = "name two linear schedules; `zkmargin margin` shows what this one requires of an account of its own";
        return Err(Failure::new(Exit::Malformed, "OtherKind", message)
            .in_file(&files::name_of(path))
            .help(help));
    }
    resolve::schedule_in(&bytes, path)
}

fn run(a: &CompareSchedules) -> Result<Outcome> {
    files::one_stream(&[&a.own, &a.other, &a.account, &a.snapshot])?;
    let (own, other) = (linear(&a.own)?, linear(&a.other)?);
    let (prices, market) = resolve::snapshot_and_market(&own, &a.snapshot)?;
    let file = account_file(&a.account)?;
    let mut given =
        Given { names: pairs("--map", &a.map)?.into_iter().collect(), ..Given::default() };
    for (asset, price) in pairs("--price", &a.price)? {
        Decimal::parse(&price)
            .map_err(|e| Failure::usage(format!("--price {asset}={price}: {e}")))?;
        given.prices.insert(asset, DecimalText::new(price));
    }
    let before = At::new(&market, &file, &a.account)?;
    let there = translate(&market, &prices, &file, &other, &given).map_err(|e| {
        let help = match e {
            TranslateError::NotPriced { .. } => "pass --price ASSET=PRICE",
            _ => "pass --map SYMBOL=SYMBOL for instruments whose names do not say what they are on",
        };
        Failure::new(Exit::Malformed, "NotTranslated", e.to_string()).help(help)
    })?;
    let after = At::new(&there.market, &there.account, &a.account)?;
    let names = [own.file().venue.clone(), other.file().venue.clone()];
    let name = |schedule: &Schedule| {
        format!("{} of {}, {}", schedule.file().name, schedule.file().venue, schedule.digest())
    };
    let mut text = lines_of(&[("own", name(&own)), ("other", name(&other))]);
    let (rows, books) = side_by_side([&names[0], &names[1]], [&before.books, &after.books]);
    text.append(rows);
    let mut positions = Vec::new();
    for position in &before.positions {
        let other = there.mapping.iter().find(|(own, _)| *own == position.symbol);
        let Some((_, other)) = other else { continue };
        let counterpart = after.counterpart(other, position);
        let (a, b) = (position.amount.exact(), counterpart.map(|there| there.amount.exact()));
        let own = position.name();
        let other = counterpart.map_or_else(|| other.clone(), |there| there.name());
        let there = b.as_deref().unwrap_or("none");
        text.line(format!("requirement of {own} as {other}: {a}, {there}"));
        positions.push(json!({ "own": own, "other": other, "requirement": [Some(a), b] }));
    }
    for (own, other) in &there.mapping {
        text.line(format!("{own} is {other}"));
    }
    there.remarks.iter().for_each(|remark| text.line(format!("note: {remark}")));
    let mapping = there.mapping.iter().map(|(own, other)| json!({ "own": own, "other": other }));
    let result = json!({
        "venues": names,
        "books": books,
        "positions": positions,
        "mapping": mapping.collect::<Vec<_>>(),
        "remarks": there.remarks,
    });
    Ok(Outcome::done(text, result))
}
