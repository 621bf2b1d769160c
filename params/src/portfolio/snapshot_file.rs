//! The portfolio snapshot as written in JSON. [`super::PortfolioSnapshot`] is the checked form.

use crate::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The venue's figures for everything a portfolio schedule lists, at one time. Which instruments there are, their groups
/// and their strikes are the schedule's to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioSnapshotFile {
    /// Always `zkmargin-portfolio-snapshot/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-portfolio-snapshot/1")))]
    pub format: String,
    /// Digest of the schedule, 64 hexadecimal digits.
    pub schedule: String,
    /// UTC time, such as `2024-07-27T06:44:38Z` or with three digits of milliseconds.
    pub time: String,
    /// Number of the snapshot in the venue's series.
    pub sequence: u64,
    /// Where the figures come from. Free text, not part of the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Prices of all assets.
    pub assets: Vec<AssetIndexFile>,
    /// Public prices, of every index that the schedule names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indices: Vec<IndexFile>,
    /// Figures of groups: of those that need any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupFiguresFile>,
    /// Figures of all instruments.
    pub instruments: Vec<InstrumentFiguresFile>,
}

/// The price of an asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssetIndexFile {
    /// Symbol.
    pub asset: String,
    /// Price in the valuation currency.
    pub index: DecimalText,
}

/// A public price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct IndexFile {
    /// Name.
    pub index: String,
    /// Price in the valuation currency, up to 18 digits after the point.
    pub price: DecimalText,
    /// How far its feed is to be trusted, 0 to 1. A unit's index has one where the schedule has a least confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<DecimalText>,
}

/// Figures of a group. Each is up to 18 digits after the point, but for slopes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupFiguresFile {
    /// Name.
    pub group: String,
    /// Forward, of a group with options whose loadings are derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward: Option<DecimalText>,
    /// Rate of a year at which derived prices of options are discounted, not below zero.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<DecimalText>,
    /// Slope of a sum that is positive or zero, of a group whose class has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<DecimalText>,
    /// Slope of a negative sum, of a group whose class has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative: Option<DecimalText>,
    /// How far its feeds are to be trusted: the lowest of them, 0 to 1. A group with a forward, or with options that have
    /// not expired, has one where the schedule has a least confidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<DecimalText>,
}

/// Figures of an instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InstrumentFiguresFile {
    /// Symbol.
    pub instrument: String,
    /// Value of a unit of size. Absent for an option whose loadings are derived, and for what has expired. It can have 18
    /// digits after the point, and is rounded to those of the instrument, halves up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<DecimalText>,
    /// Published loadings, one for each column of the schedule, in its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loadings: Option<Vec<DecimalText>>,
    /// Volatility of a year, of an option whose loadings are derived; up to 18 digits after the point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volatility: Option<DecimalText>,
    /// What an expired instrument settles at: its value, and its loading in columns of values. It loses nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settlement: Option<DecimalText>,
    /// How far its own feed is to be trusted, 0 to 1, of an instrument that has one by the schedule; there it must be while
    /// the schedule has a least confidence and the instrument has not expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<DecimalText>,
}
