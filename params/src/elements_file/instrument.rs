//! Elements of an instrument.

use super::StepFile;
use crate::{DecimalText, ModeFile, RoundToFile};
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the venue's rule has for an instrument beside the plain rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InstrumentElementsFile {
    /// Value of a long and of a short position: of size times multiplier. The figure takes the mark's place, and these
    /// roundings that of the schedule's `rounding.value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_by_side: Option<SidesFile>,
    /// Notional of a long and of a short position, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notional_by_side: Option<SidesFile>,
    /// Steps in turn from profit or loss to what settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub result: Vec<ResultStepFile>,
    /// Further steps in turn on the notional.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notional: Vec<StepFile>,
    /// The root that takes the size's place in tiers by quantity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_of_size: Option<RootFile>,
    /// The family of instruments by which the tiers go, which must be by quantity: they are looked up at what is held of
    /// all of them in the book together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<FamilyFile>,
    /// The instrument's tiers give a rate of the notional and not a requirement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateFile>,
    /// The requirement is at least the notional over the leverage that the holder chose for the position; only with `rate`,
    /// whose rates are required at least, whatever the leverage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_leverage: Option<OwnLeverageFile>,
    /// Steps in turn from the notional to what is required besides, rounded separately. Not of tiers by quantity without
    /// `rate`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charge: Vec<StepFile>,
    /// What each open order requires, in the settlement asset, under a schedule with open orders; nothing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_fee: Option<DecimalText>,
    /// The notional is the magnitude of the value at entry, not of that at the mark. Only without a funding index, isolated
    /// books and open orders, so that an entry value is nothing else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub notional_at_entry: bool,
    /// The mark can be zero or below. Only of a linear instrument whose values are exact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative_marks: bool,
}

/// A family of instruments. Their ids follow each other, and rows of their tiers have no amounts unless they give rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FamilyFile {
    /// Its name, the same for all of its instruments.
    pub name: String,
    /// What a size of 1 counts, positive; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<DecimalText>,
}

impl FamilyFile {
    /// A family in which sizes count as they are.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), counts: None }
    }
}

/// One step for a long position and one for a short one. Without a figure, the mark is the price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SidesFile {
    /// Of a long position.
    pub long: StepFile,
    /// Of a short position.
    pub short: StepFile,
}

/// One step for a profit and one for a loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResultStepFile {
    /// Of what is not negative.
    pub profit: StepFile,
    /// Of what is negative.
    pub loss: StepFile,
    /// Largest result, in the settlement asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<DecimalText>,
}

/// `steps(square root of factor * |size| + offset)`, the root rounded down to an integer. The size is counted in its
/// smallest units, and the result in the unit of rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RootFile {
    /// Positive integer.
    pub factor: DecimalText,
    /// Integer that is not negative.
    pub offset: DecimalText,
    /// Steps in turn from the root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepFile>,
}

/// How tiers give a rate. In a row it is `rate * x + amount`, in the unit of rates; a denominator of the table divides it, or
/// what it requires if it is not rounded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RateFile {
    /// Direction in which a rate is rounded, for a table with a denominator. Without it, and without own rates, rates are
    /// exact fractions, and the first rounding of the requirement divides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<ModeFile>,
    /// The rate is at least the position's own rate; absent if that is not looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_rate: Option<OwnRateFile>,
}

/// The rate that a holder chooses for a position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnRateFile {
    /// What it is for a position whose holder chose none; `0` for nothing.
    pub default: DecimalText,
}

/// The leverage that a holder chooses for a position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnLeverageFile {
    /// What it is for a position whose holder chose none; above zero.
    pub default: DecimalText,
    /// Rounding of the quotient, to digits of the settlement asset.
    pub round: RoundToFile,
}
