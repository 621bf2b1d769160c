//! The arguments: which venue reads the file, and which flags it has.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::shared::{Output, requirement};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::path::PathBuf;
use zkmargin_params::venues::{
    Binance, Bitmex, Dydx, Extended, Hyperliquid, ImportError, ImportedSchedule, Kraken, Lighter,
    Venue, binance, bitmex, dydx, extended, hyperliquid, kraken, lighter,
};
use zkmargin_params::{Requirement, Schedule, SnapshotFile};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Binance leverage brackets as ccxt and freqtrade keep them, linear perpetuals
    Binance,
    /// Lighter market list of one block
    Lighter,
    /// Hyperliquid meta response, perpetuals
    Hyperliquid,
    /// dYdX v4 indexer's perpetual markets
    Dydx,
    /// Assets of the Extended contract, as its views answer
    Extended,
    /// Kraken Futures instruments, perpetuals
    Kraken,
    /// BitMEX instruments, inverse contracts that settle in XBT
    Bitmex,
}

#[derive(Debug, Args)]
pub struct Import {
    /// What the file is
    #[arg(long, value_enum)]
    pub from: Source,
    /// The venue's file; `-` is standard input
    pub file: PathBuf,
    /// Name of the schedule
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Settlement asset of the instruments to import (Binance, Kraken); USDT or USD if not given. Several of Binance
    /// have a book each in single-asset mode
    #[arg(long, value_name = "ASSET,..", value_delimiter = ',')]
    pub settle: Vec<String>,
    /// Other assets that are collateral, in Binance's multi-assets mode; single-asset mode if not given
    #[arg(long, value_name = "ASSET,..", value_delimiter = ',')]
    pub collateral: Vec<String>,
    /// Which of the venue's margin requirements the schedule computes (dYdX) [default: maintenance]
    #[arg(long, value_name = "REQUIREMENT", value_parser = requirement)]
    pub requirement: Option<Requirement>,
    /// Declare that jumps in a requirement, falling or zero rates and tiers without a cap are the
    /// venue's own rule; the schedule then says so
    #[arg(long)]
    pub accept_rule: bool,
    /// Earlier schedule of the venue, whose ids are kept: what is new gets ids that were never given
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
    /// Also write the snapshot contained in the file (Lighter, Extended, BitMEX)
    #[arg(id = "snapshot_output", long = "snapshot", value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

/// Refuses flags that would have no effect.
pub fn check_flags(a: &Import) -> Result<()> {
    let wrong = |message: &str| Err(Failure::usage(message));
    if !a.settle.is_empty() && !matches!(a.from, Source::Binance | Source::Kraken) {
        return wrong("--settle: this venue's contracts have one settlement asset");
    }
    if a.settle.len() > 1 && a.from != Source::Binance {
        return wrong("--settle: of this venue one settlement asset is imported at a time");
    }
    if !a.collateral.is_empty() && a.from != Source::Binance {
        return wrong("--collateral: this venue's collateral is in its rule");
    }
    if a.requirement.is_some() && a.from != Source::Dydx {
        return wrong("--requirement: only the maintenance margin of this venue is imported");
    }
    if a.snapshot.is_some()
        && !matches!(a.from, Source::Lighter | Source::Extended | Source::Bitmex)
    {
        return wrong("--snapshot: this kind of file holds no prices");
    }
    Ok(())
}

pub fn schedule(source: &Value, a: &Import) -> Result<ImportedSchedule> {
    let name = a.name.clone();
    let imported = match a.from {
        Source::Binance => {
            let default = binance::Options::default();
            let settle = if a.settle.is_empty() { default.settle } else { a.settle.clone() };
            let collateral = a.collateral.clone();
            Binance::schedule(source, &binance::Options { settle, collateral, name })
        }
        Source::Lighter => Lighter::schedule(source, &lighter::Options { name }),
        Source::Hyperliquid => Hyperliquid::schedule(source, &hyperliquid::Options { name }),
        Source::Dydx => {
            let requirement = a.requirement.unwrap_or_default();
            Dydx::schedule(source, &dydx::Options { name, requirement })
        }
        Source::Extended => Extended::schedule(source, &extended::Options { name }),
        Source::Kraken => {
            let default = kraken::Options::default();
            let settle = a.settle.first().cloned().unwrap_or(default.settle);
            Kraken::schedule(source, &kraken::Options { settle, name })
        }
        Source::Bitmex => Bitmex::schedule(source, &bitmex::Options { name }),
    };
    imported.map_err(failure)
}

pub fn snapshot(source: &Value, schedule: &Schedule, a: &Import) -> Result<SnapshotFile> {
    let snapshot = match a.from {
        Source::Binance => Binance::snapshot(source, schedule),
        Source::Lighter => Lighter::snapshot(source, schedule),
        Source::Hyperliquid => Hyperliquid::snapshot(source, schedule),
        Source::Dydx => Dydx::snapshot(source, schedule),
        Source::Extended => Extended::snapshot(source, schedule),
        Source::Kraken => Kraken::snapshot(source, schedule),
        Source::Bitmex => Bitmex::snapshot(source, schedule),
    };
    snapshot.map_err(failure)
}

fn failure(error: ImportError) -> Failure {
    let failure = Failure::new(Exit::Malformed, "ImportSource", error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
