//! A venue's figure beside our own, and why they differ.

use crate::change::Change;
use num_rational::BigRational;
use zkmargin_params::venues::VenueFigure;

/// How a venue's figure follows from ours by rounding alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// `cut`, `rounded down`, `rounded up`, `rounded to the nearest`.
    pub how: &'static str,
    /// Digits after the point.
    pub decimals: u32,
}

/// A cause of a difference.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// What was changed to compute the venue's figure.
    pub change: Change,
    /// What it adds to our figure.
    pub effect: BigRational,
}

/// Why a figure was not computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The rules or prices at hand have nothing of what it is about.
    Rules(String),
    /// Something else that it follows from is not at hand, such as a balance, or no method computes it.
    Inputs(String),
}

impl Why {
    pub(crate) fn inputs(text: impl Into<String>) -> Self {
        Self::Inputs(text.into())
    }
}

impl<T: Into<String>> From<T> for Why {
    fn from(text: T) -> Self {
        Self::Rules(text.into())
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Rules(text) | Self::Inputs(text) => f.write_str(text),
        }
    }
}

/// Our own figure.
#[derive(Clone, Debug, PartialEq)]
pub enum Own {
    /// Its value.
    Value(BigRational),
    /// There is none, such as a liquidation price that is not reached.
    None,
    /// It was not computed, and why.
    NotComputed(Why),
}

/// How the two compare.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The same number, to the last digit that the venue states.
    Equal,
    /// The difference is the causes' effects, to the last digit that the venue states.
    Explained(Vec<Cause>),
    /// No cause was found; the one that comes nearest with what it leaves, if one comes nearer.
    Unexplained(Option<(Cause, BigRational)>),
    /// There is nothing to compare with.
    NotComputed,
}

impl Outcome {
    /// Stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Explained(_) => "explained",
            Self::Unexplained(_) => "unexplained",
            Self::NotComputed => "not-computed",
        }
    }
}

/// One figure of a venue.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// As the venue states it, in its unit.
    pub figure: VenueFigure,
    /// As computed here.
    pub own: Own,
    /// The venue's less ours, where both have a value.
    pub difference: Option<BigRational>,
    /// How they compare.
    pub outcome: Outcome,
}

impl Line {
    /// Whether a cause of its difference is that the venue holds something else.
    pub fn names_holdings(&self) -> bool {
        let Outcome::Explained(causes) = &self.outcome else { return false };
        causes.iter().any(|cause| matches!(cause.change, Change::Holdings(_)))
    }
}
