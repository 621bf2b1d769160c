//! `zkmargin snapshot`.

use super::describe::{Room, lines_of};
use crate::arguments::Output;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use serde_json::json;
use std::path::Path;
use zkmargin_notes::sequence::Conflict;
use zkmargin_notes::{Body, SnapshotNote};

pub fn check(snapshot: &Path, schedule: &Path) -> Result<Outcome> {
    files::one_stream(&[snapshot, schedule])?;
    let schedule = resolve::schedule(schedule)?;
    let market = resolve::market_of(&schedule, snapshot)?;
    let room = Room::of(market.market());
    let digest = hex::encode(market.digest());
    let mut text = lines_of(&[
        ("market", digest.clone()),
        ("schedule", hex::encode(market.schedule_digest())),
        ("snapshot", hex::encode(market.snapshot_digest())),
        ("time", market.snapshot().time()),
        ("sequence", market.snapshot().sequence.to_string()),
        ("instruments", market.snapshot().instruments.len().to_string()),
        ("assets", market.snapshot().assets.len().to_string()),
    ]);
    text.push_str(&room.text());
    let result = json!({
        "market": digest,
        "schedule": hex::encode(market.schedule_digest()),
        "snapshot": hex::encode(market.snapshot_digest()),
        "registry": hex::encode(market.registry_digest()),
        "time": market.snapshot().time(),
        "sequence": market.snapshot().sequence,
        "instruments": market.snapshot().instruments.len(),
        "assets": market.snapshot().assets.len(),
        "room": room.json(),
    });
    Ok(Outcome::done(text, result))
}

/// Signs a snapshot as its venue.
pub fn sign(snapshot: &Path, schedule: &Path, signer: &Path, output: &Output) -> Result<Outcome> {
    files::check_absent(&output.output, output.force)?;
    let market = resolve::market_of(&resolve::schedule(schedule)?, snapshot)?;
    let signer = resolve::signer(signer)?;
    let note = SnapshotNote::of(&market).sign(&signer);
    let note = note.map_err(|e| Failure::new(Exit::Malformed, "CannotSign", e.to_string()))?;
    files::write(&output.output, note.to_text().as_bytes(), Secrecy::Public, output.force)?;
    let market = hex::encode(market.digest());
    let mut outcome =
        Outcome::done(lines_of(&[("market", market.clone())]), json!({ "market": market }));
    outcome.stdout_taken = files::is_stream(&output.output);
    Ok(outcome)
}

/// Evidence that a venue signed two things under one number, or that it did not.
pub fn compare(first: &Path, second: &Path, keys: &Path) -> Result<Outcome> {
    let keys = resolve::keys_of(keys)?;
    let (a, b) = (
        resolve::note::<SnapshotNote>(first, &keys)?,
        resolve::note::<SnapshotNote>(second, &keys)?,
    );
    let Some(conflict) = Conflict::find(&a, &b) else {
        let text = "no contradiction: another venue or number, or the same snapshot\n";
        return Ok(Outcome::done(text, json!({ "conflict": false })));
    };
    let mut outcome = Outcome::done(format!("{conflict}\n"), json!({ "conflict": true }));
    outcome.exit = Exit::Invalid;
    outcome.reason = Some(("SnapshotConflict", "two snapshots of one number".to_owned()));
    Ok(outcome)
}
