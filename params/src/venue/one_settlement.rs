//! Venues whose contracts settle in one asset, which is the valuation currency.

use super::{Choice, priced_snapshot};
use crate::{AssetPriceFile, DecimalText, Schedule, SnapshotFile};

/// The options for a schedule of the contracts of one settlement asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettleOptions {
    /// What the contracts settle in, such as USDT.
    pub settle: String,
    /// Name of the schedule; the venue and the settlement asset if there is none.
    pub name: Option<String>,
}

impl Default for SettleOptions {
    fn default() -> Self {
        Self { settle: "USDT".to_owned(), name: None }
    }
}

impl SettleOptions {
    /// What is chosen for a folder.
    pub fn chosen(choice: &Choice) -> Self {
        let settle = choice.settle.first().cloned().unwrap_or(Self::default().settle);
        Self { settle, name: choice.name.clone() }
    }

    /// Name of a venue's schedule.
    pub fn name_at(&self, venue: &str) -> String {
        let made = || format!("{venue}-{}", self.settle.to_lowercase());
        self.name.clone().unwrap_or_else(made)
    }
}

/// A snapshot under the schedule in which every asset is worth one, without marks yet. The time, in milliseconds since
/// 1970, is the sequence number as well.
pub fn snapshot_in_settlement(
    schedule: &Schedule,
    time_ms: u64,
    source: impl Into<String>,
) -> SnapshotFile {
    let one = DecimalText::new("1");
    let assets = schedule.file().assets.iter();
    let assets = assets.map(|asset| AssetPriceFile::at_index(&asset.symbol, one.clone()));
    SnapshotFile { assets: assets.collect(), ..priced_snapshot(schedule, time_ms, time_ms, source) }
}
