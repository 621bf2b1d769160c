//! `zkmargin schedule diff` of portfolio schedules.

use super::super::schedule_diff::{Book, Changes, DiffSchedule, Names, account_file, side_by_side};
use super::figures::Units;
use super::requirement::{Answer, Computed, Sheet};
use super::{Held, schedule_of};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::text::Text;
use serde_json::{Value, json};
use std::path::Path;
use zkmargin_model::shown::shown;
use zkmargin_params::portfolio::{PortfolioMarket, PortfolioSchedule, PortfolioSnapshotFile};
use zkmargin_params::{AccountFile, FileKind, MAX_FILE_BYTES};

/// What changed from one schedule to another, and what it does to an account. Two that give an id two meanings are refused:
/// no account is the same under both.
pub fn run(a: &DiffSchedule, [old, new]: [&[u8]; 2]) -> Result<Outcome> {
    let (before, after) = (schedule_of(&a.old, old)?, schedule_of(&a.new, new)?);
    after.agrees_on_ids(&before).map_err(|two| {
        let failure = Failure::new(Exit::Malformed, "TwoMeanings", two.to_string());
        failure.in_file(&files::name_of(&a.new))
    })?;
    let name = |of: &PortfolioSchedule| {
        (format!("{} {}", of.file().name, of.digest()), of.digest().to_string())
    };
    let names = Names { old: name(&before), new: name(&after) };
    let columns = |of: &PortfolioSchedule| -> Vec<String> {
        of.file().columns.iter().map(|column| column.name.clone()).collect()
    };
    let has_same_columns = columns(&before) == columns(&after);
    let mut changes = Changes::of(before.differences(&after), before.file(), after.file());
    let mut snapshots = None;
    if let Some(path) = &a.snapshot {
        let old_prices = snapshot(path)?;
        let new_path = a.new_snapshot.as_ref().unwrap_or(path);
        let new_prices = match &a.new_snapshot {
            Some(path) => snapshot(path)?,
            None => old_prices.clone(),
        };
        // Of schedules with other columns, loadings have no names in common.
        let named = if has_same_columns { columns(&before) } else { Vec::new() };
        let found = old_prices.differences(&new_prices, &named);
        changes = changes.with_snapshots(found, [&old_prices, &new_prices]);
        snapshots = Some((path, old_prices, new_path, new_prices));
    }
    let (mut text, mut result) = changes.told(&names);
    if let (Some((path, old_prices, new_path, new_prices)), Some(account)) = (snapshots, &a.account)
    {
        if a.new_snapshot.is_none() && !has_same_columns {
            return Err(Failure::usage(
                "--new-snapshot is needed: the schedules have other columns, and the snapshot's loadings are of those of the earlier one",
            ));
        }
        let file = account_file(account)?;
        let old = held(&before, &old_prices, path, &file, account)?;
        let new = held(&after, &new_prices, new_path, &file, account)?;
        let (lines, effect) = effect(&At::new(&old)?, &At::new(&new)?);
        text.append(lines);
        result["effect"] = effect;
    }
    Ok(Outcome::done(text, result))
}

/// A snapshot as it is written.
fn snapshot(path: &Path) -> Result<PortfolioSnapshotFile> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let file = PortfolioSnapshotFile::from_json(&bytes);
    file.map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// The account under a schedule, at prices that need not be those of its own list.
fn held(
    schedule: &PortfolioSchedule,
    prices: &PortfolioSnapshotFile,
    path: &Path,
    file: &AccountFile,
    account: &Path,
) -> Result<Held> {
    let written = schedule.file();
    let mut prices = prices.clone();
    prices.schedule = schedule.digest().to_string();
    prices.assets.retain(|p| written.assets.iter().any(|of| of.symbol == p.asset));
    prices.indices.retain(|p| written.indices.contains(&p.index));
    prices.groups.retain(|p| written.groups.iter().any(|of| of.name == p.group));
    prices.instruments.retain(|p| schedule.instrument(&p.instrument).is_some());
    let market = PortfolioMarket::compile(schedule, &prices).map_err(|e| {
        let failure = match e.file {
            FileKind::PortfolioSnapshot => Failure::in_json(&e, &files::name_of(path), b""),
            _ => Failure::new(Exit::Malformed, e.code.as_str(), e.to_string()),
        };
        failure.help(format!(
            "at these figures of schedule {:?}; --new-snapshot takes those of the later schedule",
            written.name
        ))
    })?;
    let account_name = files::name_of(account);
    let account = schedule.account(file).map_err(|e| Failure::in_json(&e, &account_name, b""))?;
    Ok(Held { market, prices, account, account_name })
}

/// What an account comes to: each requirement of a schedule.
struct At {
    requirements: Vec<(String, Book)>,
    /// Requirements that the figures do not allow, and why.
    refused: Vec<(String, String)>,
    /// What each position adds to a requirement's worst loss.
    adds: Vec<Added>,
}

struct Added {
    requirement: String,
    position: String,
    amount: String,
}

impl At {
    fn new(held: &Held) -> Result<Self> {
        let schedule = held.market.schedule();
        let units = Units::of(schedule);
        let (mut requirements, mut refused, mut adds) = (Vec::new(), Vec::new(), Vec::new());
        for requirement in schedule.requirements() {
            let name = requirement.margin().to_owned();
            match Sheet::new(held, &units, requirement)?.answer {
                Answer::Refused(error) => refused.push((name, error.message)),
                Answer::Computed(computed) => {
                    let Computed { positions, equity, required, excess, ratio, .. } = *computed;
                    adds.extend(positions.into_iter().map(|p| Added {
                        requirement: name.clone(),
                        position: format!("{} {}", p.instrument, p.side),
                        amount: p.adds.exact(),
                    }));
                    let book = Book {
                        figures: [equity, required, excess],
                        ratio: ratio.map(|ratio| ratio.exact()),
                        currency: schedule.file().valuation.currency.clone(),
                    };
                    requirements.push((name, book));
                }
            }
        }
        Ok(Self { requirements, refused, adds })
    }
}

/// Requirements and positions under both schedules.
fn effect(before: &At, after: &At) -> (Text, Value) {
    let (mut text, books) =
        side_by_side(["old", "new"], [&before.requirements, &after.requirements]);
    for (which, at) in [("old", before), ("new", after)] {
        for (margin, why) in &at.refused {
            text.line(format!("{margin} of the {which} schedule: refused: {why}"));
        }
    }
    let mut positions = Vec::new();
    for Added { requirement, position, amount } in &before.adds {
        let mut of = after.adds.iter();
        let now = of.find(|is| is.position == *position && is.requirement == *requirement);
        let now = now.map(|now| &now.amount);
        if now != Some(amount) {
            let (name, is) = (shown(position), now.map_or("none", String::as_str));
            text.line(format!("{requirement}: what {name} adds to the loss: {amount} -> {is}"));
        }
        positions.push(json!({
            "position": position,
            "requirement": requirement,
            "old": amount,
            "new": now,
        }));
    }
    (text, json!({ "books": books, "positions": positions }))
}
