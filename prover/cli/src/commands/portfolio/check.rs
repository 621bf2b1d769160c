//! `zkmargin schedule check` and `zkmargin snapshot check` of the portfolio formats.

use super::super::describe::lines_of;
use super::{NO_PROOF, market_of, schedule_of};
use crate::failure::Result;
use crate::outcome::Outcome;
use serde_json::json;
use std::path::Path;
use zkmargin_params::Requirement;

/// A schedule that was read from a path: its digests, and what it lists.
pub fn schedule(path: &Path, bytes: &[u8]) -> Result<Outcome> {
    let schedule = schedule_of(path, bytes)?;
    let file = schedule.file();
    let requirements: Vec<_> = schedule.requirements().map(Requirement::name).collect();
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
        ("provable", NO_PROOF.to_owned()),
    ]);
    if let Some(departures) = schedule.departures() {
        text.line(departures.to_string());
    }
    let result = json!({
        "schedule": schedule.digest().to_string(),
        "registry": schedule.registry_digest().to_string(),
        "requirements": requirements,
        "lists": counts.iter().map(|(name, count)| ((*name).to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
        "algorithm": file.derived.as_ref().map(|derived| &derived.algorithm),
        "leaves_out": file.leaves_out,
        "provable": false,
    });
    Ok(Outcome::done(text, result))
}

/// A snapshot of a schedule that was read from a path: the market's digest, and which requirements it has markets of.
pub fn snapshot(path: &Path, bytes: &[u8], snapshot: &Path) -> Result<Outcome> {
    let market = market_of(&schedule_of(path, bytes)?, path, snapshot)?;
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
    let refused = |(name, refused): &(&str, Option<String>)| json!({ "requirement": name, "refused": refused });
    let result = json!({
        "market": market.digest().to_string(),
        "schedule": market.schedule().digest().to_string(),
        "snapshot": market.snapshot().digest().to_string(),
        "time": market.snapshot().time(),
        "sequence": market.snapshot().sequence(),
        "requirements": requirements.iter().map(refused).collect::<Vec<_>>(),
        "provable": false,
    });
    Ok(Outcome::done(text, result))
}
