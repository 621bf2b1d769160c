//! `zkmargin snapshot`.

use super::Run;
use super::compare::{Compare, compare};
use super::describe::{Room, lines_of};
use super::portfolio;
use super::sign;
use crate::failure::Result;
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Market, Output};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_notes::SnapshotNote;
use zkmargin_params::MAX_FILE_BYTES;
use zkmargin_params::portfolio::is_portfolio_schedule;

#[derive(Debug, Subcommand)]
pub enum Snapshot {
    /// Sign a snapshot as its venue
    Sign(SignSnapshot),
    /// Show whether two signed snapshots of one series contradict each other
    Compare(CompareSnapshots),
    /// Check a snapshot against its schedule and show the market's digest
    Check(CheckSnapshot),
}

impl Snapshot {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Snapshot::Sign(a) => a,
            Snapshot::Compare(a) => a,
            Snapshot::Check(a) => a,
        }
    }
}

#[derive(Debug, Args)]
pub struct SignSnapshot {
    /// Price snapshot
    pub snapshot: PathBuf,
    /// Risk schedule
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Note key of the venue
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct CompareSnapshots {
    #[command(flatten)]
    pub notes: Compare,
}

#[derive(Debug, Args)]
pub struct CheckSnapshot {
    /// Price snapshot; `-` is standard input
    pub snapshot: PathBuf,
    /// Risk schedule; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
}

impl Run for SignSnapshot {
    fn name(&self) -> &'static str {
        "snapshot sign"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        sign(self, global)
    }
}

impl Run for CompareSnapshots {
    fn name(&self) -> &'static str {
        "snapshot compare"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        compare::<SnapshotNote>(&self.notes, "SnapshotConflict")
    }
}

impl Run for CheckSnapshot {
    fn name(&self) -> &'static str {
        "snapshot check"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        check(self)
    }
}

fn check(a: &CheckSnapshot) -> Result<Outcome> {
    files::one_stream(&[&a.snapshot, &a.schedule])?;
    let bytes = files::read(&a.schedule, MAX_FILE_BYTES)?;
    if is_portfolio_schedule(&bytes) {
        return portfolio::check::snapshot(&a.schedule, &bytes, &a.snapshot);
    }
    let schedule = resolve::schedule_in(&bytes, &a.schedule)?;
    let market = resolve::market_of(&schedule, &a.snapshot)?;
    let room = Room::of(market.market());
    let digest = market.digest().to_string();
    let mut instruments = market.snapshot().instruments.len().to_string();
    if !market.snapshot().unpriced.is_empty() {
        let unpriced = market.snapshot().unpriced.len();
        instruments.push_str(&format!(", and {unpriced} without a price"));
    }
    let mut text = lines_of(&[
        ("market", digest.clone()),
        ("schedule", market.schedule_digest().to_string()),
        ("snapshot", market.snapshot_digest().to_string()),
        ("time", market.snapshot().time()),
        ("sequence", market.snapshot().sequence.to_string()),
        ("instruments", instruments),
        ("assets", market.snapshot().assets.len().to_string()),
    ]);
    text.append(room.text());
    let result = json!({
        "market": digest,
        "schedule": market.schedule_digest().to_string(),
        "snapshot": market.snapshot_digest().to_string(),
        "registry": market.registry_digest().to_string(),
        "time": market.snapshot().time(),
        "sequence": market.snapshot().sequence,
        "instruments": market.snapshot().instruments.len(),
        "unpriced": market.snapshot().unpriced.len(),
        "assets": market.snapshot().assets.len(),
        "room": room.json(),
    });
    Ok(Outcome::done(text, result))
}

/// Signs a snapshot as its venue.
fn sign(a: &SignSnapshot, global: &Global) -> Result<Outcome> {
    let (schedule, snapshot) = (a.schedule.clone(), a.snapshot.clone());
    let market = resolve::any_market(&Market { schedule, snapshot })?;
    let digest = market.digest().to_string();
    let text = lines_of(&[("market", digest.clone())]);
    let result = json!({ "market": digest });
    sign::sign(&SnapshotNote::of(&*market), &a.signer, &a.output, global, text, result)
}
