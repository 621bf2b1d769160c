//! Which venue reads the file, and which flags it has.

use crate::arguments::{Import, Source};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use serde_json::Value;
use zkmargin_params::venues::{
    Binance, Hyperliquid, ImportError, ImportedSchedule, Lighter, Venue, binance, hyperliquid,
    lighter,
};
use zkmargin_params::{Schedule, SnapshotFile};

/// Refuses flags that would have no effect.
pub fn check_flags(a: &Import) -> Result<()> {
    let wrong = |message: &str| Err(Failure::usage(message));
    if a.settle.is_some() && a.from != Source::Binance {
        return wrong("--settle: this venue's contracts have one settlement asset");
    }
    if a.rounding && a.from == Source::Lighter {
        return wrong("--rounding: this venue does not round requirements");
    }
    if a.snapshot.is_some() && a.from != Source::Lighter {
        return wrong("--snapshot: this kind of file holds no prices");
    }
    Ok(())
}

pub fn schedule(source: &Value, a: &Import) -> Result<ImportedSchedule> {
    let (rounding, name) = (a.rounding, a.name.clone());
    let imported = match a.from {
        Source::Binance => {
            let default = binance::Options::default();
            let settle = a.settle.clone().unwrap_or(default.settle);
            Binance::schedule(source, &binance::Options { settle, rounding, name })
        }
        Source::Lighter => Lighter::schedule(source, &lighter::Options { name }),
        Source::Hyperliquid => {
            Hyperliquid::schedule(source, &hyperliquid::Options { rounding, name })
        }
    };
    imported.map_err(failure)
}

pub fn snapshot(source: &Value, schedule: &Schedule, a: &Import) -> Result<SnapshotFile> {
    let snapshot = match a.from {
        Source::Binance => Binance::snapshot(source, schedule),
        Source::Lighter => Lighter::snapshot(source, schedule),
        Source::Hyperliquid => Hyperliquid::snapshot(source, schedule),
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
