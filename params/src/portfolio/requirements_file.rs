//! Maintenance and initial margin of a portfolio schedule, as written in JSON.

use crate::requirement::Requirement;
use crate::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The requirements over one list of instruments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequirementsFile {
    /// What a venue requires of an account to be left alone.
    pub maintenance: RequirementFile,
    /// What a venue requires of an account to take on more risk; absent if the schedule does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<RequirementFile>,
}

impl RequirementsFile {
    /// Those that are given, in order.
    pub fn all(&self) -> impl Iterator<Item = (Requirement, &RequirementFile)> {
        let maintenance = Some((Requirement::Maintenance, &self.maintenance));
        let initial = self.initial.as_ref().map(|file| (Requirement::Initial, file));
        maintenance.into_iter().chain(initial)
    }
}

/// One requirement, besides the columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RequirementFile {
    /// Multiplier of a unit's scan.
    pub factor: DecimalText,
    /// Units with another multiplier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unit_factors: Vec<UnitFactorFile>,
    /// What the multipliers rise by while a price is below its peg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peg: Option<PegFile>,
    /// No claim of this requirement while a feed's confidence is below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_confidence: Option<DecimalText>,
    /// Charge for each unit of size that is net short at a strike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_options: Option<RateFile>,
    /// Charges for each unit of size, long or short.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<ChargeFile>,
}

/// The multiplier of one unit's scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UnitFactorFile {
    /// Name of the unit.
    pub unit: String,
    /// Multiplier.
    pub factor: DecimalText,
}

/// Multipliers rise by `factor * (threshold - price)` while the price is below the threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PegFile {
    /// Name of the price.
    pub index: String,
    /// Threshold.
    pub threshold: DecimalText,
    /// What a whole unit below adds.
    pub factor: DecimalText,
}

/// A rate of something, to the nearest margin unit of a size step, halves up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RateFile {
    /// Rate.
    pub rate: DecimalText,
    /// What it is a rate of.
    pub of: BaseFile,
}

/// A charge on sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChargeFile {
    /// The name that instruments have as their `charge`.
    pub charge: String,
    /// Rate.
    pub rate: DecimalText,
    /// What it is a rate of.
    pub of: BaseFile,
}

/// What a rate is a rate of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum BaseFile {
    /// The public price of the instrument's unit.
    Index,
    /// The value of the instrument; not of a strike.
    Value,
    /// One: the rate is an amount of the valuation currency.
    Size,
}
