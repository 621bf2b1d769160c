//! How loadings are derived, as written in a portfolio schedule.

use crate::text::DecimalText;
#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Loadings from the snapshot's forwards, volatilities and rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DerivedFile {
    /// Name of the algorithm with its version, `black76/1`.
    pub algorithm: String,
    /// Seconds before expiry over which options settle at an average: scenarios do not move what has passed of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average_seconds: Option<u64>,
    /// How scenarios move volatilities.
    pub shocks: ShocksFile,
}

/// What a column assumes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShockFile {
    /// Factor of the value of what is not an option.
    pub spot: DecimalText,
    /// Factor of the forwards of options.
    pub forward: DecimalText,
    /// What happens to volatilities.
    pub volatility: VolatilityFile,
}

/// How a scenario moves volatilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum VolatilityFile {
    /// Not at all.
    None,
    /// Up, the more the sooner the expiry.
    Up,
    /// Down, the more the sooner the expiry.
    Down,
    /// By the logarithm of strike over forward: up above it, down below.
    Linear,
    /// By the magnitude of that logarithm, up on either side.
    Abs,
}

/// Parameters of the moves of volatilities, in the terms of `black76/1`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShocksFile {
    /// Relative change up at thirty days.
    pub range_up: DecimalText,
    /// Relative change down at thirty days.
    pub range_down: DecimalText,
    /// The least volatility after a move up.
    pub least_up: DecimalText,
    /// Power of thirty days over the time to expiry, up to thirty days.
    pub short_power: DecimalText,
    /// The same beyond.
    pub long_power: DecimalText,
    /// Times to expiry count as at least this, in seconds.
    pub least_seconds: u64,
    /// Linear skew.
    pub linear: SkewFile,
    /// Skew by magnitude.
    pub abs: SkewFile,
    /// The least logarithm at which a skew reaches its cap.
    pub least_width: DecimalText,
    /// That logarithm in units of the volatility below times the root of the years.
    pub width: DecimalText,
    /// Volatility that the width is measured with.
    pub width_volatility: DecimalText,
    /// What it changes by with each root of a year.
    pub width_volatility_slope: DecimalText,
}

/// Scale of a skew: the largest relative change of a volatility is `cap + slope * sqrt(years)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SkewFile {
    /// At expiry.
    pub cap: DecimalText,
    /// With each root of a year.
    pub slope: DecimalText,
}
