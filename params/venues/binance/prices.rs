//! Snapshots: `assetIndex` and `premiumIndex`, each a list.

use super::{ImportError, Member};
use crate::venue::{Listed, of_one_time, priced_snapshot};
use crate::{AssetPriceFile, InstrumentPriceFile, Schedule, SnapshotFile};

/// Rates and marks, at the earliest time of those that are taken, so that none is older than the snapshot. The time in
/// milliseconds is its number too.
pub(super) fn snapshot(root: &Member, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
    let file = schedule.file();
    let rates = Listed::read(&root.member("assetIndex"), "symbol")?;
    let marks = Listed::read(&root.member("premiumIndex"), "symbol")?;
    let mut times = Vec::new();
    let mut assets = Vec::new();
    for asset in &file.assets {
        // Rates are in US dollars: BTCUSD is that of BTC.
        let rate = rates.of(&format!("{}USD", asset.symbol))?;
        let at = rate.member("time");
        of_one_time(&mut times, &at, at.milliseconds()?)?;
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
        let at = mark.member("time");
        of_one_time(&mut times, &at, at.milliseconds()?)?;
        let price = mark.member("markPrice").decimal()?;
        instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, price));
    }
    let time = times.into_iter().min().unwrap_or_default();
    let source = "Binance's asset index rates and mark prices.";
    let snapshot = priced_snapshot(schedule, time, time, source);
    Ok(SnapshotFile { assets, instruments, ..snapshot })
}
