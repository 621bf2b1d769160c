//! The snapshot as written in JSON. [`super::Snapshot`] is the checked form.

use super::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The venue's own prices for everything a schedule lists, at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SnapshotFile {
    /// Always `zkmargin-snapshot/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-snapshot/1")))]
    pub format: String,
    /// Digest of the schedule, 64 hexadecimal digits.
    pub schedule: String,
    /// UTC time, such as `2024-07-27T06:44:38Z` or with three digits of milliseconds.
    pub time: String,
    /// Number of the snapshot in the venue's series.
    pub sequence: u64,
    /// Where the prices come from. Free text, not part of the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Prices of all assets.
    pub assets: Vec<AssetPriceFile>,
    /// Prices of all instruments.
    pub instruments: Vec<InstrumentPriceFile>,
}

/// Prices of an asset in the valuation currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssetPriceFile {
    /// Symbol.
    pub asset: String,
    /// Price that values balances.
    pub index: DecimalText,
    /// Price that converts requirements, for an asset that settles; `index` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement_index: Option<DecimalText>,
}

/// Prices of an instrument in its settlement asset (linear) or per unit of it (inverse).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InstrumentPriceFile {
    /// Symbol.
    pub instrument: String,
    /// Mark price.
    pub mark: DecimalText,
    /// Funding accrued since inception, in the settlement asset per unit of size, for an
    /// instrument with `funding_decimals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding_index: Option<DecimalText>,
}
