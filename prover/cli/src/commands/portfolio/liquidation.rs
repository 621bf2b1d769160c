//! `zkmargin liquidation` of a portfolio account: prices of each underlying, on a grid.

use super::super::liquidation::LiquidationArguments;
use super::super::margin::{align, table};
use super::requirement::undefined;
use super::{claim_of, json as sheet, open, required_market, text};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use serde_json::json;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::portfolio::margin;
use zkmargin_model::shown::shown;
use zkmargin_risk::portfolio::{
    Grid, ScanError, Scanned, percent, scans, scans_json, stays, stays_json,
};

/// One direction's cells: the price and its distance in percent.
fn cells(of: &Scanned, from: &Decimal) -> [String; 2] {
    let distance = |price: Option<&Decimal>| price.map_or_else(String::new, |p| percent(p, from));
    let text = |price: Option<&Decimal>| price.map_or_else(String::new, Decimal::to_string);
    match of {
        Scanned::Crossed => ["now".to_owned(), "0".to_owned()],
        Scanned::At { .. } => [text(of.price()), distance(of.price())],
        Scanned::Ends { .. } => [format!("rule ends {}", text(of.price())), distance(of.price())],
        Scanned::NotWithin { .. } => [format!("none to {}", text(of.met())), distance(of.met())],
    }
}

fn grid(a: &LiquidationArguments) -> Result<Grid> {
    let step = |text: &String| {
        Decimal::parse(text).map_err(|e| Failure::usage(format!("--step {text:?} {e}")))
    };
    Ok(Grid { step: a.step.as_ref().map(step).transpose()?, range: a.range.unwrap_or(50) })
}

/// Runs the command on a schedule that was read and is of the portfolio format.
pub fn run(a: &LiquidationArguments, schedule: &[u8]) -> Result<Outcome> {
    if !a.fixed.is_empty() {
        return Err(Failure::usage("--fixed: prices of assets stay for a portfolio account"));
    }
    let held = open(&a.market, &a.account, schedule)?;
    let schedule = held.market.schedule();
    let (requirement, claim) = claim_of(&a.claim, schedule)?;
    let market = required_market(&held.market, requirement)?;
    let figures = margin(&held.account, market).map_err(|e| undefined(&held, &e))?;
    let is_met = figures.meets(&claim, market);
    let grid = grid(a)?;
    let asked = (requirement, &claim);
    let found = scans(&held.market, &held.prices, &held.account, asked, &grid);
    let found = found.map_err(|e| match e {
        ScanError::Grid { .. } => Failure::usage(format!("--step: {e}")),
        ScanError::Rule(e) => undefined(&held, &e),
        other => Failure::new(Exit::Malformed, "NotSearched", other.to_string()),
    })?;
    let mut rows = table(&["underlying", "price", "step", "falling", "%", "rising", "%"]);
    for of in &found {
        let ([low, down], [high, up]) =
            (cells(&of.falling, &of.price), cells(&of.rising, &of.price));
        let (name, price) = (shown(&of.name).into_owned(), of.price.to_string());
        rows.add_row([name, price, of.step.to_string(), low, down, high, up]);
    }
    align(&mut rows, &[1, 2, 3, 4, 5, 6]);
    let mut out: crate::text::Text = rows.lines().collect();
    for why in found.iter().flat_map(|of| [&of.falling, &of.rising]) {
        if let Scanned::Ends { price, why } = why {
            out.line(format!("At {price} there is no rule: {why}."));
        }
    }
    let stays = stays(schedule, &held.account);
    for of in &stays {
        out.line(format!("{} stays: {}.", of.name, of.why));
    }
    out.line(format!(
        "The {} was computed at each multiple of the step within {} %, and, from the first that misses the claim, halved to a thousandth of the step. Of prices between them nothing is said. Forwards, and what is linear, move in proportion; volatilities stay. No joint move was searched.",
        requirement.margin(),
        grid.range
    ));
    out.line(text::rules(schedule));
    let why = "only one underlying at a time is moved";
    let result = json!({
        "account": "portfolio",
        "underlyings": found.iter().map(scans_json).collect::<Vec<_>>(),
        "stays": stays.iter().map(stays_json).collect::<Vec<_>>(),
        "range_percent": grid.range,
        "joint": { "status": "not-searched", "why": why },
        "requirement": requirement.name(),
        "level_bps": claim.level_bps(),
        "claim_met": is_met,
        "rules": sheet::rules(schedule),
    });
    let mut outcome = Outcome::done(out, result);
    if !is_met {
        outcome.text.line("The claim is not met at the snapshot's prices.");
        outcome.exit = Exit::Invalid;
        outcome.reason = Some(("ClaimNotMet", "the account does not meet the claim".to_owned()));
    }
    Ok(outcome)
}
