//! Columns of a portfolio schedule as written in JSON.

use super::loadings_file::ShockFile;
use crate::requirement::Requirement;
use crate::schedule_file::RowFile;
use crate::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column: what sizes are multiplied by, and what becomes of the sums.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ColumnFile {
    /// Name, unique among columns.
    pub name: String,
    /// What it is for.
    pub role: RoleFile,
    /// Name of the group scan of a column in that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scan: Option<String>,
    /// What counts of a unit's sum over an added or floor column; the sum itself if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<AggregateFile>,
    /// The one requirement that it belongs to; absent if it belongs to each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<Requirement>,
    /// What loadings are multiplied by.
    #[serde(default, skip_serializing_if = "MultiplierFile::is_net")]
    pub multiplier: MultiplierFile,
    /// Whether entries are subtracted: the sum is a result and not a value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub less_entry: bool,
    /// Signed constant in both slopes. A whole number in a group scan and under a function.
    pub slope: DecimalText,
    /// Whether the slopes are also multiplied by those of the group; never in a group scan.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sloped: bool,
    /// Whether the magnitude is taken, after slopes and terms, in groups whose class says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub magnitude: bool,
    /// What is added after the slopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<TermFile>,
    /// What derived loadings of the column assume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shock: Option<ShockFile>,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RoleFile {
    /// A unit's sum is a loss in one scenario: the scan takes the largest.
    Scenario,
    /// A unit's sum is added to the scan.
    Added,
    /// The unit's requirement is at least this.
    Floor,
    /// Groups take the largest over the columns of one scan; units sum those.
    GroupScan,
    /// Only other columns read its sums.
    Term,
}

/// What a loading is multiplied by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum MultiplierFile {
    /// The signed size.
    #[default]
    Net,
    /// The magnitude of the size.
    Gross,
    /// The magnitude of a short position's size.
    Short,
}

impl MultiplierFile {
    /// Whether it is what a column has that says nothing.
    pub fn is_net(&self) -> bool {
        *self == Self::Net
    }
}

/// What counts of a unit's sum: a multiple of its magnitude, or a bracketed line of it. One of the two is given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AggregateFile {
    /// Multiple of the magnitude; a negative one is an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<DecimalText>,
    /// Rows that tile, of the sum in the valuation currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<Vec<RowFile>>,
}

/// A multiple of another column's sum of the same group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TermFile {
    /// Name of a column in the role of a term.
    pub column: String,
    /// Multiplier. A whole number where the slope is.
    pub multiplier: DecimalText,
}
