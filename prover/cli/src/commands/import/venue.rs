//! The arguments: which venue reads the file, and which flags it has.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::shared::{Output, requirement};
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::path::PathBuf;
use zkmargin_params::venues::{
    Binance, BinanceCoinM, Bitmex, Bybit, Deribit, Drift, Dydx, Extended, Gate, Hyperliquid,
    ImportError, ImportedSchedule, Kraken, Lighter, Mango, Okx, Venue, binance, binance_coinm,
    bitmex, bybit, deribit, drift, dydx, extended, gate, hyperliquid, kraken, lighter, mango, okx,
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
    /// Binance COIN-M contracts and brackets, in one object
    BinanceCoinm,
    /// Bybit instruments and risk limits, linear perpetuals, in one object
    Bybit,
    /// OKX instruments and position tiers, linear swaps, in one object
    Okx,
    /// Gate contracts and risk limits, linear perpetuals, in one object
    Gate,
    /// Deribit instruments, linear perpetuals
    Deribit,
    /// Drift v2, decoded accounts of the program in one object
    Drift,
    /// Mango v4, decoded accounts of the program in one object
    Mango,
    /// Derive, cases of the portfolio margin contract's tests; `--name` says which
    Derive,
    /// Takasbank SPAN file, portfolio margin
    Takasbank,
}

impl Source {
    /// Whether its schedules are of portfolio margin.
    pub fn is_portfolio(self) -> bool {
        matches!(self, Source::Derive | Source::Takasbank)
    }

    /// Whether its files have prices too.
    fn has_prices(self) -> bool {
        self.is_portfolio()
            || matches!(
                self,
                Source::Lighter | Source::Extended | Source::Bitmex | Source::Drift | Source::Mango
            )
    }

    /// Whether its contracts settle in one of several assets.
    fn has_settlement_assets(self) -> bool {
        self.has_books()
            || matches!(self, Source::Kraken | Source::Bybit | Source::Okx | Source::Gate)
    }

    /// Whether a schedule can have books of several settlement assets.
    fn has_books(self) -> bool {
        matches!(self, Source::Binance | Source::BinanceCoinm)
    }
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
    /// Settlement asset of the instruments to import (Binance, Kraken, Bybit, OKX, Gate); USDT, of Kraken USD and of COIN-M
    /// BTC if not given. Several of Binance have a book each in single-asset mode
    #[arg(long, value_name = "ASSET,..", value_delimiter = ',')]
    pub settle: Vec<String>,
    /// Other assets that are collateral, in Binance's multi-assets mode; single-asset mode if not given
    #[arg(long, value_name = "ASSET,..", value_delimiter = ',')]
    pub collateral: Vec<String>,
    /// Which of the venue's margin requirements the schedule computes (dYdX, Drift, Mango) [default: maintenance]
    #[arg(long, value_name = "REQUIREMENT", value_parser = requirement)]
    pub requirement: Option<Requirement>,
    /// Declare that jumps in a requirement, falling or zero rates and tiers without a cap are the
    /// venue's own rule; the schedule then says so
    #[arg(long)]
    pub accept_rule: bool,
    /// Earlier schedule of the venue, whose ids are kept: what is new gets ids that were never given
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
    /// Also write the snapshot contained in the file (Lighter, Extended, BitMEX, Drift, Mango, Derive, Takasbank)
    #[arg(id = "snapshot_output", long = "snapshot", value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

/// Refuses flags that would have no effect.
pub fn check_flags(a: &Import) -> Result<()> {
    let wrong = |message: &str| Err(Failure::usage(message));
    if !a.settle.is_empty() && !a.from.has_settlement_assets() {
        return wrong("--settle: this venue's contracts have one settlement asset");
    }
    if a.settle.len() > 1 && !a.from.has_books() {
        return wrong("--settle: of this venue one settlement asset is imported at a time");
    }
    if !a.collateral.is_empty() && a.from != Source::Binance {
        return wrong("--collateral: this venue's collateral is in its rule");
    }
    if a.requirement.is_some() && !matches!(a.from, Source::Dydx | Source::Drift | Source::Mango) {
        return wrong("--requirement: only the maintenance margin of this venue is imported");
    }
    if a.snapshot.is_some() && !a.from.has_prices() {
        return wrong("--snapshot: this kind of file holds no prices");
    }
    if a.from.is_portfolio() && (a.accept_rule || a.previous.is_some()) {
        return wrong(
            "--accept-rule, --previous: portfolio schedules have neither tiers nor a numbering",
        );
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
        Source::BinanceCoinm => {
            let default = binance_coinm::Options::default();
            let settle = if a.settle.is_empty() { default.settle } else { a.settle.clone() };
            BinanceCoinM::schedule(source, &binance_coinm::Options { settle, name })
        }
        Source::Bybit => {
            let settle = a.settle.first().cloned().unwrap_or(bybit::Options::default().settle);
            Bybit::schedule(source, &bybit::Options { settle, name })
        }
        Source::Okx => {
            let settle = a.settle.first().cloned().unwrap_or(okx::Options::default().settle);
            Okx::schedule(source, &okx::Options { settle, name })
        }
        Source::Gate => {
            let settle = a.settle.first().cloned().unwrap_or(gate::Options::default().settle);
            Gate::schedule(source, &gate::Options { settle, name })
        }
        Source::Deribit => Deribit::schedule(source, &deribit::Options { name }),
        Source::Drift => {
            let requirement = a.requirement.unwrap_or_default();
            Drift::schedule(source, &drift::Options { name, requirement, ..Default::default() })
        }
        Source::Mango => {
            let requirement = a.requirement.unwrap_or_default();
            Mango::schedule(source, &mango::Options { name, requirement })
        }
        Source::Derive | Source::Takasbank => return Err(portfolio_alone()),
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
        Source::BinanceCoinm => BinanceCoinM::snapshot(source, schedule),
        Source::Bybit => Bybit::snapshot(source, schedule),
        Source::Okx => Okx::snapshot(source, schedule),
        Source::Gate => Gate::snapshot(source, schedule),
        Source::Deribit => Deribit::snapshot(source, schedule),
        Source::Drift => Drift::snapshot(source, schedule),
        Source::Mango => Mango::snapshot(source, schedule),
        Source::Derive | Source::Takasbank => return Err(portfolio_alone()),
    };
    snapshot.map_err(failure)
}

/// What is of portfolio margin is read by [`super::portfolio`].
fn portfolio_alone() -> Failure {
    Failure::usage("--from: this venue's schedules are of portfolio margin")
}

pub(super) fn failure(error: ImportError) -> Failure {
    let failure = Failure::new(Exit::Malformed, "ImportSource", error.to_string());
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}
