//! The schedule as written in JSON. [`super::Schedule`] is the checked form.

use super::elements_file::{AssetElementsFile, InstrumentElementsFile};
use super::requirement::Requirement;
use super::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A venue's rule book: instruments, collateral assets, tiers, haircuts, rounding, claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleFile {
    /// Always `zkmargin-schedule/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-schedule/1")))]
    pub format: String,
    /// Venue to which the numbering of instruments and assets belongs.
    pub venue: String,
    /// Name of this rule book at the venue.
    pub name: String,
    /// Where the figures come from. Free text, not part of the digest.
    pub source: String,
    /// The venue's numbering of assets and instruments; absent for its only one, with nothing delisted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbering: Option<NumberingFile>,
    /// Which of the venue's margin requirements the figures are.
    pub requirement: Requirement,
    /// What equity and requirements are expressed in.
    pub valuation: ValuationFile,
    /// Digits after the point in rates.
    pub rate_decimals: u32,
    /// Whether equity equal to the requirement is healthy.
    pub equality_is_healthy: bool,
    /// Whether a cross book of which nothing is required is healthy, whatever its equity; not beside isolated books.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub no_requirement_is_healthy: bool,
    /// Whether a position can be isolated: a book of its own, with the margin assigned to it. A claim then speaks about the
    /// cross book and every isolated one, unless it says that it is about the cross book alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub isolated_books: bool,
    /// Whether each settlement asset has a cross book of its own: its balance, with the profit and loss of the positions
    /// that settle in it, covers their requirements. Every asset settles positions then, and a claim names the asset
    /// whose book it is about.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settlement_asset_books: bool,
    /// Whether an asset has two index prices: the bid, which values a balance that is not negative, and the ask, which
    /// values a negative one and converts requirements.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bid_and_ask: bool,
    /// Whether holders choose margin rates of their own for positions and balances. Which of them count, and how, is said
    /// by elements of instruments and assets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_rates: bool,
    /// Digits after the point of the leverages that holders choose for positions, 0 to 4; absent if they choose none. Which of
    /// them count is said by elements of instruments. Not beside `own_rates`: a position has one own parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_leverage_decimals: Option<u32>,
    /// Whether accounts have open orders beside their positions, and positions of size zero. What a position requires is
    /// then that of the larger of what all bids and what all asks would make of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open_orders: bool,
    /// Symbol of the asset in which an isolated position has what is assigned to it, as a balance of its own that is worth
    /// what a balance of the account is; absent if that is in the settlement asset and part of the result. Only with
    /// `isolated_books` and `open_orders`, and without `settlement_asset_books`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allocation_asset: Option<String>,
    /// Claims that may be made under this schedule.
    pub menu: MenuFile,
    /// Declared rounding; what is absent is exact.
    #[serde(default, skip_serializing_if = "RoundingFile::is_exact")]
    pub rounding: RoundingFile,
    /// Why the declared rounding is an assumption, when the venue publishes none. Every verdict repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding_assumed: Option<String>,
    /// What the venue's rule has and this schedule leaves out, in its own words. Every verdict repeats it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves_out: Vec<String>,
    /// Collateral assets.
    pub assets: Vec<AssetFile>,
    /// Requirement tables, shared by instruments.
    pub tiers: Vec<TiersFile>,
    /// Instruments.
    pub instruments: Vec<InstrumentFile>,
}

/// A numbering of assets and instruments: a list to which new listings are appended. No number is given twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NumberingFile {
    /// Its name, where the venue has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Highest id that an asset ever had; the highest in the list if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_asset: Option<u32>,
    /// Highest id that an instrument ever had; the highest in the list if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_instrument: Option<u32>,
    /// Number of ids in the block of each family of instruments; absent if ids are one list. Every instrument is of a family
    /// then, and a family's ids are those of one block: from a multiple of this number up to the next, the first of which
    /// is the number itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_block: Option<u32>,
    /// Highest id that an instrument of each family ever had, by the family's name; the highest in the list for a family
    /// that is absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub last_of_families: BTreeMap<String, u32>,
}

impl NumberingFile {
    /// One of several numberings of a venue.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// The same with ids in blocks of families.
    pub fn in_blocks(self, size: u32) -> Self {
        Self { family_block: Some(size), ..self }
    }
}

/// Valuation currency and its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ValuationFile {
    /// Currency symbol, such as `USD`.
    pub currency: String,
    /// Digits after the point of a collateral value before its rate is applied. An asset's index price has at most this
    /// many digits, less the asset's own decimals.
    pub decimals: u32,
    /// Digits after the point of equity and requirements, where all of them are rounded; those of values and of rates
    /// together if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin_decimals: Option<u32>,
    /// Binary digits, beside the decimals, of the unit of every amount: balances, entry values, values, equity and
    /// requirements; 1 to 48. Equity is then in `currency/2^bits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u32>,
}

impl ValuationFile {
    /// A currency whose values have this many digits, and equity those of rates beside.
    pub fn new(currency: impl Into<String>, decimals: u32) -> Self {
        Self { currency: currency.into(), decimals, margin_decimals: None, bits: None }
    }
}

/// Claims that may be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MenuFile {
    /// Levels of the required margin.
    pub levels: Vec<LevelFile>,
    /// Equity floors in the valuation currency, signed; `none` for none.
    #[cfg_attr(feature = "schemas", schemars(with = "Vec<crate::schemas::Floor>"))]
    pub floors: Vec<DecimalText>,
}

/// A level of the required margin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LevelFile {
    /// Name. `maintenance` and `initial` are that requirement itself, under a schedule that computes it.
    pub name: String,
    /// Basis points of the required margin; 10000 is the margin itself.
    pub level_bps: u32,
}

/// A collateral asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssetFile {
    /// Registry id, 1 to 65535.
    pub id: u32,
    /// Symbol, unique among assets.
    pub symbol: String,
    /// Chain of the asset, when it is a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// Contract address on that chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Version of the contract, when the venue or the chain has had several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_version: Option<u32>,
    /// Symbol of the entry of this list that replaces this one in a running migration. An account
    /// holds one of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrated_to: Option<String>,
    /// Digits after the point of a balance.
    pub decimals: u32,
    /// Whether positions settle in this asset; at most sixteen do.
    pub settles: bool,
    /// Binary digits, beside the decimals, of the unit in which entry values and funding of positions that settle in it
    /// are counted; 1 to 48. Profit and loss must be rounded then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_bits: Option<u32>,
    /// Collateral value of a balance, profit and loss included.
    pub collateral: FunctionFile,
    /// What the venue's rule has for it beside the plain rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<AssetElementsFile>,
}

/// A bracketed linear function: `rate * x + amount` in the row that holds `x`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FunctionFile {
    /// What `x` is.
    pub variable: VariableFile,
    /// Rows that tile.
    pub rows: Vec<RowFile>,
}

/// A shared requirement table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TiersFile {
    /// Name, unique among tables.
    pub name: String,
    /// What `x` is: `value` is the notional in the settlement asset, `quantity` the size.
    pub variable: VariableFile,
    /// Rows that tile from 0 on.
    pub rows: Vec<RowFile>,
    /// What rates and amounts of this table are divided by, for rates such as 1/6 that no decimal is; at least 2. The
    /// requirement must be rounded then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denominator: Option<u32>,
    /// Rounding of this table's requirements, in place of the schedule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement_rounding: Option<Vec<RoundStepFile>>,
}

/// What a bracketed function is a function of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum VariableFile {
    /// Price times quantity.
    Value,
    /// Quantity; the function's value is multiplied by the price.
    Quantity,
}

/// One row, `from <= x < below`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RowFile {
    /// Lower bound on `x`, inclusive; null in the first collateral row is open to minus infinity.
    #[serde(default)]
    pub from: Option<DecimalText>,
    /// Upper bound on `x`, exclusive; null in the last row is open.
    #[serde(default)]
    pub below: Option<DecimalText>,
    /// Slope.
    pub rate: DecimalText,
    /// Intercept, in the unit of `x`.
    pub amount: DecimalText,
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InstrumentFile {
    /// Registry id, 1 to 65535.
    pub id: u32,
    /// Symbol, unique among instruments.
    pub symbol: String,
    /// Chain, when the instrument is a contract on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// Contract address on that chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Version of the contract, when the venue or the chain has had several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_version: Option<u32>,
    /// Symbol of the entry of this list that replaces this one in a running migration. An account
    /// holds one of the two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrated_to: Option<String>,
    /// How value follows from price.
    pub kind: KindFile,
    /// Symbol of the asset in which profit and loss settle.
    pub settle: String,
    /// Digits after the point of a size.
    pub size_decimals: u32,
    /// Digits after the point of a mark price.
    pub price_decimals: u32,
    /// Binary digits, beside the decimals, of a mark price's unit; 1 to 48. Value and notional must be rounded then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_bits: Option<u32>,
    /// Value of one contract at a price of one (linear), or times the price (inverse).
    pub multiplier: DecimalText,
    /// Digits after the point of the funding index, in the settlement asset per unit of size;
    /// absent when the venue settles funding into balances.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funding_decimals: Option<u32>,
    /// Name of the requirement table.
    pub tiers: String,
    /// What the venue's rule has for it beside the plain rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<InstrumentElementsFile>,
}

/// How an instrument's value follows from its price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum KindFile {
    /// `value = size * multiplier * mark`.
    Linear,
    /// `value = -size * multiplier / mark`.
    Inverse,
}

/// Where the venue rounds. Decimals of value, notional, profit and loss, and requirement are
/// digits of the settlement asset, those of collateral digits of the valuation currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoundingFile {
    /// Value of a position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<RoundToFile>,
    /// Notional that a requirement is a function of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notional: Option<RoundToFile>,
    /// Profit and loss of a position: its value less funding and entry value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profit_and_loss: Option<RoundToFile>,
    /// Requirement of a position, steps applied in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requirement: Vec<RoundStepFile>,
    /// Collateral value of an asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collateral: Option<RoundToFile>,
    /// What the positions of one settlement asset require together in the cross book, once it is converted to the valuation
    /// currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversion: Option<RoundToFile>,
}

impl RoundingFile {
    /// Whether nothing is rounded.
    pub fn is_exact(&self) -> bool {
        *self == Self::default()
    }
}

/// Direction of a rounding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum ModeFile {
    /// Toward minus infinity.
    Floor,
    /// Toward plus infinity.
    Ceil,
    /// Toward zero.
    Truncate,
    /// Away from zero.
    Away,
    /// To the nearest, ties toward plus infinity.
    NearestUp,
    /// To the nearest, ties away from zero.
    NearestAway,
    /// To the nearest, ties toward zero.
    NearestZero,
}

/// A rounding to a number of digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoundToFile {
    /// Direction.
    pub mode: ModeFile,
    /// Digits kept.
    pub decimals: u32,
}

/// One step of a requirement's rounding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoundStepFile {
    /// Direction.
    pub mode: ModeFile,
    /// Digits kept.
    pub decimals: u32,
    /// Positive factor applied before rounding; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<DecimalText>,
}
