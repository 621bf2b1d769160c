//! Snapshots: `assetIndex` and `premiumIndex`, each a list.

use super::{ImportError, Member};
use crate::venue::{MAX_SKEW_MS, priced_snapshot};
use crate::{AssetPriceFile, InstrumentPriceFile, Schedule, SnapshotFile};
use std::collections::BTreeMap;

/// Rates and marks, at the earliest time of those that are taken, so that none is older than the snapshot. The time in
/// milliseconds is its number too.
pub(super) fn snapshot(root: &Member, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
    let file = schedule.file();
    let rates = by_symbol(root.member("assetIndex"))?;
    let marks = by_symbol(root.member("premiumIndex"))?;
    let mut times = Vec::new();
    let mut assets = Vec::new();
    for asset in &file.assets {
        // Rates are in US dollars: BTCUSD is that of BTC.
        let rate = rates.of(&format!("{}USD", asset.symbol))?;
        dated(&mut times, rate)?;
        let price = |name| rate.member(name).decimal();
        assets.push(match file.bid_and_ask {
            true => {
                AssetPriceFile::at_bid_and_ask(&asset.symbol, price("bidRate")?, price("askRate")?)
            }
            false => AssetPriceFile::at_index(&asset.symbol, price("index")?),
        });
    }
    let mut instruments = Vec::new();
    for instrument in &file.instruments {
        let mark = marks.of(&instrument.symbol)?;
        dated(&mut times, mark)?;
        let price = mark.member("markPrice").decimal()?;
        instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, price));
    }
    let time = times.into_iter().min().unwrap_or_default();
    let source = "Binance's asset index rates and mark prices.";
    let snapshot = priced_snapshot(schedule, time, time, source);
    Ok(SnapshotFile { assets, instruments, ..snapshot })
}

/// Adds an entry's time. All that are taken are of nearly one time.
fn dated(times: &mut Vec<u64>, entry: &Member) -> Result<(), ImportError> {
    let place = entry.member("time");
    let time = place.milliseconds()?;
    if times.iter().any(|other| other.abs_diff(time) > MAX_SKEW_MS) {
        let message = format!("is more than {} s from that of another entry", MAX_SKEW_MS / 1000);
        return Err(place.other_time(message));
    }
    times.push(time);
    Ok(())
}

/// Entries of an answer by their symbol.
struct BySymbol<'a> {
    answer: Member<'a>,
    entries: BTreeMap<&'a str, Member<'a>>,
}

fn by_symbol(answer: Member) -> Result<BySymbol, ImportError> {
    let mut entries = BTreeMap::new();
    for entry in answer.list()? {
        let symbol = entry.member("symbol");
        if entries.insert(symbol.text()?, entry).is_some() {
            return Err(symbol.wrong("is in the answer twice"));
        }
    }
    Ok(BySymbol { answer, entries })
}

impl<'a> BySymbol<'a> {
    fn of(&self, symbol: &str) -> Result<&Member<'a>, ImportError> {
        let missing = || self.answer.wrong(format!("has no entry of {symbol:?}"));
        self.entries.get(symbol).ok_or_else(missing)
    }
}
