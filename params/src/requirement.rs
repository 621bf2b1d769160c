//! Which of a venue's margin requirements a schedule computes.

#[cfg(feature = "schemas")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::measure::Measure;

/// A margin requirement of a venue. A schedule computes one of them, and one registry can have a schedule for each, so a
/// commitment serves both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Requirement {
    /// What a venue requires of an account to be left alone; below it, it liquidates.
    #[default]
    Maintenance,
    /// What a venue requires of an account to take on more risk.
    Initial,
    /// What a venue requires of an account when its orders are filled, between the other two.
    Fill,
    /// What a venue requires of an account not to close all of its positions; above it and below maintenance, it closes some.
    #[serde(rename = "close-out")]
    CloseOut,
    /// What a venue requires of an account that it liquidates, to stop; above maintenance.
    #[serde(rename = "liquidation-end")]
    LiquidationEnd,
}

impl Requirement {
    /// Every requirement, in their order.
    pub const ALL: [Self; 5] =
        [Self::Maintenance, Self::Initial, Self::Fill, Self::CloseOut, Self::LiquidationEnd];

    /// Its name in files, and on a menu that of the level of 10000 basis points.
    pub fn name(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance",
            Self::Initial => "initial",
            Self::Fill => "fill",
            Self::CloseOut => "close-out",
            Self::LiquidationEnd => "liquidation-end",
        }
    }

    /// What equity is compared with, in words: all text about a market's requirement takes them from here.
    pub fn margin(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance margin",
            Self::Initial => "initial margin",
            Self::Fill => "margin of fills",
            Self::CloseOut => "close-out margin",
            Self::LiquidationEnd => "liquidation-end margin",
        }
    }

    /// The same under a schedule by which a book of which nothing is required is healthy, whatever its equity.
    pub fn margin_if_any(self) -> &'static str {
        match self {
            Self::Maintenance => "maintenance margin, where there is any,",
            Self::Initial => "initial margin, where there is any,",
            Self::Fill => "margin of fills, where there is any,",
            Self::CloseOut => "close-out margin, where there is any,",
            Self::LiquidationEnd => "liquidation-end margin, where there is any,",
        }
    }

    /// The requirement with this name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|requirement| requirement.name() == name)
    }

    /// The requirement that a measure is, if it is no stress.
    pub fn of_measure(measure: &Measure) -> Option<Self> {
        match measure {
            Measure::Maintenance => Some(Self::Maintenance),
            Measure::Initial => Some(Self::Initial),
            Measure::Fill => Some(Self::Fill),
            Measure::CloseOut => Some(Self::CloseOut),
            Measure::LiquidationEnd => Some(Self::LiquidationEnd),
            Measure::Stress(_) => None,
        }
    }

    /// Whether a level on a menu, or a level that is demanded, can have this name: a requirement's name stands for the
    /// whole of it, wherever it is written.
    pub(super) fn can_name(name: &str, level_bps: u32) -> bool {
        Self::of_name(name).is_none() || level_bps == MARGIN_BPS
    }
}

impl From<Requirement> for Measure {
    fn from(requirement: Requirement) -> Self {
        match requirement {
            Requirement::Maintenance => Self::Maintenance,
            Requirement::Initial => Self::Initial,
            Requirement::Fill => Self::Fill,
            Requirement::CloseOut => Self::CloseOut,
            Requirement::LiquidationEnd => Self::LiquidationEnd,
        }
    }
}

/// What equity is compared with where the schedule is not known.
pub const MARGIN_OF_SCHEDULE: &str = "the margin its schedule requires";

/// The same where a book of which nothing is required is healthy, which a statement's profile says.
pub const MARGIN_OF_SCHEDULE_IF_ANY: &str =
    "the margin its schedule requires, where it requires any,";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_files() {
        for requirement in Requirement::ALL {
            let written = serde_json::to_value(requirement).unwrap();
            assert_eq!(written, requirement.name());
            assert_eq!(Requirement::of_name(requirement.name()), Some(requirement));
            assert!(requirement.margin().contains(requirement.name()));
        }
        assert_eq!(Requirement::of_name("liquidation"), None);
    }
}
