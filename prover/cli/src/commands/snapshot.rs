//! `zkmargin snapshot`.

use super::describe::{Room, lines_of};
use super::sign;
use crate::arguments::Output;
use crate::failure::Result;
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use serde_json::json;
use std::path::Path;
use zkmargin_notes::SnapshotNote;

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
    text.append(room.text());
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
    let market = resolve::market_of(&resolve::schedule(schedule)?, snapshot)?;
    let digest = hex::encode(market.digest());
    let text = lines_of(&[("market", digest.clone())]);
    sign::sign(&SnapshotNote::of(&market), signer, output, text, json!({ "market": digest }))
}
