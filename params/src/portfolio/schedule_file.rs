//! The portfolio schedule as written in JSON. [`super::PortfolioSchedule`] is the checked form.

use super::columns_file::ColumnFile;
use super::loadings_file::DerivedFile;
use super::requirements_file::RequirementsFile;
use crate::requirement::Requirement;
use crate::schedule_file::FunctionFile;
use crate::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A venue's rule book for accounts that are margined on scenarios: what it lists, how losses are summed, claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioScheduleFile {
    /// Always `zkmargin-portfolio-schedule/1`.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = "zkmargin-portfolio-schedule/1")))]
    pub format: String,
    /// Venue to which the numbering of instruments and assets belongs.
    pub venue: String,
    /// Name of this rule book at the venue.
    pub name: String,
    /// Where the figures come from. Free text, not part of the digest.
    pub source: String,
    /// The venue's lists of assets, units, markets and contracts; absent for its only ones, with nothing delisted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbering: Option<PortfolioNumberingFile>,
    /// UTC time from which the figures hold.
    pub date: String,
    /// What equity and requirements are expressed in.
    pub valuation: PortfolioValuationFile,
    /// Digits after the point in rates of collateral functions.
    pub rate_decimals: u32,
    /// Digits after the point of figures.
    pub digits: DigitsFile,
    /// Whether equity equal to the requirement is healthy.
    pub equality_is_healthy: bool,
    /// What an account may hold; widths of sums follow from it.
    pub capacity: CapacityFile,
    /// Claims that may be made under this schedule.
    pub menu: PortfolioMenuFile,
    /// What the venue's rule has and this schedule leaves out, in its own words. Every verdict repeats it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves_out: Vec<String>,
    /// Collateral assets.
    pub assets: Vec<PortfolioAssetFile>,
    /// Names of public prices that charges, rates of strikes and pegs are multiples of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indices: Vec<String>,
    /// Risk units: what nets in full.
    pub units: Vec<UnitFile>,
    /// Names of group scans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scans: Vec<String>,
    /// Classes of groups.
    pub classes: Vec<ClassFile>,
    /// Groups: expiries, maturities or single markets.
    pub groups: Vec<GroupFile>,
    /// Columns, in the order of an instrument's loadings.
    pub columns: Vec<ColumnFile>,
    /// How loadings are derived; absent if the snapshot has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub derived: Option<DerivedFile>,
    /// Instruments. Short options are charged as far as long ones of their group and strike do not cover them.
    pub instruments: Vec<PortfolioInstrumentFile>,
    /// What maintenance and initial margin are.
    pub requirements: RequirementsFile,
    /// Named sets of scenarios of which a claim can say what would be left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stresses: Vec<StressFile>,
}

/// Lists to which new listings are appended. No number is given twice. Options, and what else expires, have none: their ids
/// follow from their terms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioNumberingFile {
    /// Their name, where the venue has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Highest id that an asset ever had; the highest in the list if absent. So are the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_asset: Option<u32>,
    /// Highest id that a unit ever had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_unit: Option<u32>,
    /// Highest number that a group which does not expire ever had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_market: Option<u32>,
    /// Highest number that an instrument ever had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_number: Option<u32>,
}

/// Digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DigitsFile {
    /// Of a size times a value or a loading. Values and loadings of an instrument have these less those of its sizes.
    pub product: u32,
    /// Of an entry value and a balance.
    pub entry: u32,
    /// Of the slope of a column that is sloped, and of what a function multiplies such a column by.
    pub slope: u32,
    /// Of the slopes of a group.
    pub group_slope: u32,
    /// Of the factor of a group scan; at most those of both slopes together.
    pub scan: u32,
    /// Of the factor of a unit's scan.
    pub factor: u32,
}

/// What an account may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapacityFile {
    /// Positions, 1 to 128.
    pub positions: u32,
    /// Sizes are below 2 to the power of this, in steps; 1 to 63.
    pub size_bits: u32,
}

/// Claims that may be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioMenuFile {
    /// Levels of the requirements.
    pub levels: Vec<PortfolioLevelFile>,
    /// Equity floors in the valuation currency, signed; `none` for none. They are also those of what a stress leaves, but
    /// for none.
    pub floors: Vec<DecimalText>,
}

/// A level of a requirement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioLevelFile {
    /// Name. `maintenance` and `initial` are that requirement itself.
    pub name: String,
    /// Which requirement it is a level of.
    pub requirement: Requirement,
    /// Basis points of the requirement; 10000 is the requirement itself.
    pub level_bps: u32,
}

/// What equity and requirements are expressed in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioValuationFile {
    /// Currency symbol, such as `USD`.
    pub currency: String,
    /// Digits after the point of a collateral value before its rate is applied.
    pub decimals: u32,
}

/// A collateral asset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioAssetFile {
    /// Registry id, 1 to 65535.
    pub id: u32,
    /// Symbol, unique among assets.
    pub symbol: String,
    /// Chain on which the token lives; a `contract` needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// Address of the token's contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Version of that contract, where a chain or a migration leaves several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_version: Option<u32>,
    /// Symbol of the asset that replaces this one; nobody may hold both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub migrated_to: Option<String>,
    /// Collateral value of a balance, profit and loss included.
    pub collateral: FunctionFile,
}

/// A risk unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitFile {
    /// Id in the venue's list, 1 to 1023.
    pub id: u32,
    /// Name, unique among units.
    pub name: String,
    /// The public price that charges and rates of strikes in this unit are multiples of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// The step of which strikes of its options are multiples, of at most 16,777,215 steps; absent if it has none. It is the
    /// unit's for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strike_step: Option<DecimalText>,
    /// Terms of what expires in it, by series; empty if nothing ever did. A new series is added, and none is changed or removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub series: Vec<SeriesFile>,
}

/// What the contracts of one series of a unit have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SeriesFile {
    /// Its number, 0 to 15, which groups name as their `series`; 0 if absent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub number: u32,
    /// Terms of its options, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<ContractTermsFile>,
    /// Terms of what else of it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub futures: Option<ContractTermsFile>,
}

/// What a size of a contract is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContractTermsFile {
    /// Symbol of the asset in which profit and loss settle.
    pub settle: String,
    /// Digits after the point of a size.
    pub size_decimals: u32,
    /// How much of the underlying a size of 1 is; 1 if absent. Values, loadings and rates are of a size of 1, whatever this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<DecimalText>,
    /// Version of the contract, where an adjustment or a migration leaves several under one name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_version: Option<u32>,
}

/// A class of groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClassFile {
    /// Name, unique among classes.
    pub name: String,
    /// Slopes of its groups; absent if the snapshot has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slopes: Option<SlopesFile>,
    /// Whether columns that take a magnitude do so in its groups.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub magnitudes: bool,
    /// Factors of group scans; of those that are absent, 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scans: Vec<ScanFactorFile>,
}

/// The slopes of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SlopesFile {
    /// Slope of a sum that is positive or zero.
    pub positive: DecimalText,
    /// Slope of a negative sum.
    pub negative: DecimalText,
}

/// The factor of a group scan: `add + per_year * years to expiry`, to the nearest in the digits of scans, halves up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScanFactorFile {
    /// Name of the group scan.
    pub scan: String,
    /// What does not depend on time.
    pub add: DecimalText,
    /// What each year of 365 days to expiry adds.
    pub per_year: DecimalText,
}

/// A group. It has a market, an expiry or a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupFile {
    /// Name, unique among groups.
    pub name: String,
    /// Name of its unit.
    pub unit: String,
    /// Name of its class.
    pub class: String,
    /// Number in the venue's list of what does not expire, 1 to 65535.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<u32>,
    /// UTC time of expiry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<String>,
    /// Day of expiry, such as `2024-06-28`, where the snapshot has loadings up to the last day and nothing depends on the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// Number of the series of its unit that its contracts are of, 0 to 15: those whose terms were adjusted are of another.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub series: u32,
}

fn is_zero(series: &u32) -> bool {
    *series == 0
}

/// An instrument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PortfolioInstrumentFile {
    /// Symbol, unique among instruments.
    pub symbol: String,
    /// Name of its group.
    pub group: String,
    /// What it is.
    pub kind: ContractFile,
    /// Price at which it is exercised: of an option, and of no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strike: Option<DecimalText>,
    /// Number in the venue's list of what is no option, 1 to 16777215. The only future of an expiry need have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// Terms of what does not expire. What expires has those of its series, and says none of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<ContractTermsFile>,
    /// Name under which requirements charge its size; absent if none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<String>,
    /// Whether its price has a feed of its own, as a perpetual's has beside that of the index. Its confidence is in the
    /// snapshot, and must be where a requirement has a least confidence.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub feed: bool,
}

/// What an instrument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ContractFile {
    /// A European call. Derived loadings are its values.
    Call,
    /// A European put. Derived loadings are its values.
    Put,
    /// A perpetual, a future, or collateral that hedges. Derived loadings are changes of its value.
    Linear,
    /// Collateral that scenarios do not move. Derived loadings are zero.
    Fixed,
}

impl ContractFile {
    /// Whether it is exercised at a strike.
    pub fn is_option(self) -> bool {
        matches!(self, Self::Call | Self::Put)
    }
}

/// A named set of scenarios.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StressFile {
    /// Name, unique among stresses.
    pub name: String,
    /// Names of scenario columns.
    pub scenarios: Vec<String>,
}
