//! Multipliers and steps.

use super::FractionText;
use crate::ModeFile;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A multiplier: a constant, a figure of the snapshot, or their product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MultiplierFile {
    /// Constant, such as `0.95` or `1/3`; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiply: Option<FractionText>,
    /// Name of a figure that the snapshot has for this instrument or asset, such as `oracle price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A multiplication with its rounding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepFile {
    /// Constant, such as `0.95` or `1/3`; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multiply: Option<FractionText>,
    /// Name of a figure that the snapshot has for this instrument or asset, such as `oracle price`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Direction in which the product is rounded; absent if it is always exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<ModeFile>,
    /// Digits kept; the unit of the result if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u32>,
}
