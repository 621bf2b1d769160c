//! `zkmargin schedule check` and `zkmargin snapshot check` of the portfolio formats.

use super::super::describe::lines_of;
use super::super::schedule::continued;
use super::{market_of, schedule_of};
use crate::failure::Result;
use crate::files;
use crate::outcome::Outcome;
use serde_json::json;
use std::path::Path;
use zkmargin_circuit::circuit_at;
use zkmargin_model::circuit::{Anchor, Pages, PortfolioKind, Slots};
use zkmargin_model::portfolio::Market;
use zkmargin_params::{MAX_FILE_BYTES, Requirement};

/// A schedule that was read from a path: its digests, and what it lists, also beside an earlier one.
pub fn schedule(path: &Path, bytes: &[u8], previous: Option<&Path>) -> Result<Outcome> {
    let schedule = schedule_of(path, bytes)?;
    let file = schedule.file();
    let requirements: Vec<_> = schedule.requirements().map(Requirement::name).collect();
    // Sums are bounded for the positions of the capacity, so no circuit has more slots.
    let admits = |pages: &Pages| pages.positions() <= file.capacity.positions as usize;
    let shapes = Pages::ALL.into_iter().filter(admits).map(|pages| Slots::Portfolio(pages).name());
    let shapes: Vec<_> = shapes.collect();
    let counts = [
        ("units", schedule.units().len()),
        ("groups", schedule.groups().len()),
        ("strikes", schedule.strikes().len()),
        ("columns", file.columns.len()),
        ("instruments", schedule.instruments().len()),
    ];
    let listed: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let mut text = lines_of(&[
        ("schedule", schedule.digest().to_string()),
        ("registry", schedule.registry_digest().to_string()),
        ("requirements", requirements.join(", ")),
        ("lists", listed.join(", ")),
        ("loadings", file.derived.as_ref().map_or("published", |d| &d.algorithm).to_owned()),
        ("shapes", shapes.join(", ")),
    ]);
    if let Some(departures) = schedule.departures() {
        text.line(departures.to_string());
    }
    let mut result = json!({
        "schedule": schedule.digest().to_string(),
        "registry": schedule.registry_digest().to_string(),
        "requirements": requirements,
        "lists": counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
        "algorithm": file.derived.as_ref().map(|derived| &derived.algorithm),
        "leaves_out": file.leaves_out,
        "shapes": shapes,
    });
    if let Some(earlier) = previous {
        let bytes = files::read(earlier, MAX_FILE_BYTES)?;
        let changes = schedule.continues(&schedule_of(earlier, &bytes)?);
        let (lines, changed) = continued(changes, path)?;
        text.append(lines);
        result["changes"] = changed;
    }
    Ok(Outcome::done(text, result))
}

/// What circuits there are of one shape at a market: `k`, or why there is none.
fn circuit(pages: Pages, market: &Market) -> std::result::Result<u32, String> {
    let kind = PortfolioKind { anchor: Anchor::Ledger, pages };
    circuit_at(kind, market).map(|id| id.k.get()).map_err(|error| error.to_string())
}

/// A snapshot of a schedule that was read from a path: the market's digest, and which requirements it has markets of.
pub fn snapshot(path: &Path, bytes: &[u8], snapshot: &Path) -> Result<Outcome> {
    let (_, market) = market_of(&schedule_of(path, bytes)?, path, snapshot)?;
    let requirements = market.schedule().requirements().map(|requirement| {
        let refused = market.market(requirement).err().map(|error| error.message);
        (requirement.name(), refused)
    });
    let requirements: Vec<_> = requirements.collect();
    let mut text = lines_of(&[
        ("market", market.digest().to_string()),
        ("schedule", market.schedule().digest().to_string()),
        ("snapshot", market.snapshot().digest().to_string()),
        ("time", market.snapshot().time()),
        ("sequence", market.snapshot().sequence().to_string()),
    ]);
    for (name, refused) in &requirements {
        if let Some(message) = refused {
            text.line(format!("{name} is refused: {message}"));
        }
    }
    let maintenance = market.market(Requirement::Maintenance).ok();
    let circuits: Vec<_> = maintenance
        .into_iter()
        .flat_map(|market| {
            Pages::ALL.map(|pages| (Slots::Portfolio(pages), circuit(pages, market)))
        })
        .collect();
    for (slots, circuit) in &circuits {
        text.line(match circuit {
            Ok(k) => format!("shape {:<5} k={k}", slots.name()),
            Err(why) => format!("shape {:<5} none: {why}", slots.name()),
        });
    }
    let circuits = circuits.iter().map(|(slots, circuit)| {
        json!({ "shape": slots.name(), "k": circuit.as_ref().ok(), "none": circuit.as_ref().err() })
    });
    let refused = |(name, refused): &(&str, Option<String>)| json!({ "requirement": name, "refused": refused });
    let result = json!({
        "market": market.digest().to_string(),
        "schedule": market.schedule().digest().to_string(),
        "snapshot": market.snapshot().digest().to_string(),
        "time": market.snapshot().time(),
        "sequence": market.snapshot().sequence(),
        "requirements": requirements.iter().map(refused).collect::<Vec<_>>(),
        "circuits": circuits.collect::<Vec<_>>(),
    });
    Ok(Outcome::done(text, result))
}
