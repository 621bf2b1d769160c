//! The snapshot as written in JSON. [`super::Snapshot`] is the checked form.

use super::elements_file::FractionText;
use super::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

/// Prices of an asset in the valuation currency: `index`, or under a schedule with a bid and an ask these two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssetPriceFile {
    /// Symbol.
    pub asset: String,
    /// Price that values balances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<DecimalText>,
    /// Price that values a balance that is not negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid: Option<DecimalText>,
    /// Price that values a negative balance and converts requirements, not below the bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<DecimalText>,
    /// Price that converts requirements, for an asset that settles and has no ask; `index` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement_index: Option<DecimalText>,
    /// Figures that the schedule names for the asset: each by its name, once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, FractionText>,
}

impl AssetPriceFile {
    /// An asset with one index price.
    pub fn at_index(asset: impl Into<String>, index: DecimalText) -> Self {
        let (index, asset) = (Some(index), asset.into());
        let figures = BTreeMap::new();
        Self { asset, index, bid: None, ask: None, requirement_index: None, figures }
    }

    /// An asset that is valued with figures in place of a price, without them yet.
    pub fn by_figures(asset: impl Into<String>) -> Self {
        let (asset, figures) = (asset.into(), BTreeMap::new());
        Self { asset, index: None, bid: None, ask: None, requirement_index: None, figures }
    }

    /// An asset with a bid and an ask.
    pub fn at_bid_and_ask(asset: impl Into<String>, bid: DecimalText, ask: DecimalText) -> Self {
        let (bid, ask, asset) = (Some(bid), Some(ask), asset.into());
        let figures = BTreeMap::new();
        Self { asset, index: None, bid, ask, requirement_index: None, figures }
    }
}

/// Prices of an instrument in its settlement asset (linear) or per unit of it (inverse).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InstrumentPriceFile {
    /// Symbol.
    pub instrument: String,
    /// Mark price; null for an instrument that is listed without a price, as one that is no longer traded can be.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "schemas", schemars(schema_with = "decimal_or_null"))]
    pub mark: Option<DecimalText>,
    /// Funding accrued since inception, in the settlement asset per unit of size, for an
    /// instrument with `funding_decimals`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding_index: Option<DecimalText>,
    /// Figures that the schedule names for the instrument: each by its name, once.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, FractionText>,
}

impl InstrumentPriceFile {
    /// An instrument at a mark price, without funding and other figures.
    pub fn at_mark(instrument: impl Into<String>, mark: DecimalText) -> Self {
        let (instrument, figures) = (instrument.into(), BTreeMap::new());
        Self { instrument, mark: Some(mark), funding_index: None, figures }
    }

    /// An instrument without a price.
    pub fn unpriced(instrument: impl Into<String>) -> Self {
        let (instrument, figures) = (instrument.into(), BTreeMap::new());
        Self { instrument, mark: None, funding_index: None, figures }
    }
}

/// A field that is always there.
#[cfg(feature = "schemas")]
fn decimal_or_null(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<Option<DecimalText>>()
}
