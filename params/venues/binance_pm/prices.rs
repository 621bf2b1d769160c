//! Snapshots: `assetIndexPrice` and `premiumIndex`, each a list.

use super::{ImportError, Member};
use crate::venue::{Listed, of_one_time, priced_snapshot};
use crate::{AssetPriceFile, InstrumentPriceFile, Schedule, SnapshotFile};

pub(super) fn snapshot(root: &Member, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
    let file = schedule.file();
    let indices = Listed::read(&root.member("assetIndexPrice"), "asset")?;
    let marks = Listed::read(&root.member("premiumIndex"), "symbol")?;
    let (mut times, mut assets, mut instruments) = (Vec::new(), Vec::new(), Vec::new());
    let mut dated = |entry: &Member<'_>| {
        let at = entry.member("time");
        of_one_time(&mut times, &at, at.milliseconds()?)
    };
    for asset in &file.assets {
        let index = indices.of(&asset.symbol)?;
        dated(index)?;
        let price = index.member("assetIndexPrice").decimal()?;
        assets.push(AssetPriceFile::at_index(&asset.symbol, price));
    }
    for instrument in &file.instruments {
        let mark = marks.of(&instrument.symbol)?;
        dated(mark)?;
        let price = mark.member("markPrice").decimal()?;
        instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, price));
    }
    let time = times.into_iter().min().unwrap_or_default();
    let source = "Binance's index prices of assets and mark prices.";
    let snapshot = priced_snapshot(schedule, time, time, source);
    Ok(SnapshotFile { assets, instruments, ..snapshot })
}
