//! Why a proof does not show its statement.

use zkmargin_circuit::VerifyError;
use zkmargin_model::circuit::{Family, K, Slots};
use zkmargin_model::subject::NamedSubject;
use zkmargin_params::{NoDeficiency, NotDecided};

/// Why a proof does not show its statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The statement is about a market other than the given one.
    #[error("the proof is about another {part}: {}, not {}", hex::encode(.stated), hex::encode(.given))]
    OtherMarket {
        /// `schedule`, `snapshot` or `registry`.
        part: &'static str,
        /// Digest in the statement.
        stated: [u8; 32],
        /// Digest of the given market.
        given: [u8; 32],
    },
    /// A claim that the schedule does not publish.
    #[error("the schedule's menu has no claim at level {level_bps} basis points with that floor")]
    OffMenu {
        /// Level of the statement.
        level_bps: u32,
    },
    /// A deficiency that the schedule has no claims of.
    #[error(transparent)]
    NoDeficiency(NoDeficiency),
    /// The market decides nothing about what the claim is about.
    #[error(transparent)]
    Subject(NotDecided),
    /// A circuit that computes another rule than the market's.
    #[error("the proof is of an {stated} circuit; this market's rule is {expected}")]
    CircuitFamily {
        /// In the statement.
        stated: Family,
        /// The market's.
        expected: Family,
    },
    /// A shape that no circuit of the market's rule has.
    #[error("the proof states shape {stated}, of which there is no circuit for this market's rule")]
    CircuitShape {
        /// In the statement.
        stated: Slots,
    },
    /// A circuit that is not the one for the shape and the market.
    #[error(
        "the proof states circuit size k = {stated}; this shape and market have k = {expected}"
    )]
    CircuitSize {
        /// In the statement.
        stated: K,
        /// The only correct size.
        expected: K,
    },
    /// A snapshot time other than the snapshot's.
    #[error("the stated snapshot time is not that of the snapshot")]
    SnapshotTime,
    /// A margin unit other than the schedule's.
    #[error("the stated margin unit is not that of the schedule")]
    MarginUnit,
    /// The proof itself.
    #[error(transparent)]
    Proof(VerifyError),
}

impl Invalid {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OtherMarket { .. } => "InvalidOtherMarket",
            Self::OffMenu { .. } => "InvalidOffMenu",
            Self::NoDeficiency(_) => "InvalidDeficiency",
            Self::Subject(NotDecided::OtherKind { .. }) => "InvalidOtherKind",
            Self::Subject(NotDecided::Unknown(NamedSubject::Books { .. })) => "InvalidBooks",
            Self::Subject(NotDecided::Unknown(NamedSubject::Portfolio(_))) => "InvalidRequirement",
            Self::Subject(NotDecided::LowConfidence(_)) => "InvalidLowConfidence",
            Self::CircuitFamily { .. } => "InvalidCircuitProfile",
            Self::CircuitShape { .. } => "InvalidCircuitShape",
            Self::CircuitSize { .. } => "InvalidCircuitSize",
            Self::SnapshotTime => "InvalidSnapshotTime",
            Self::MarginUnit => "InvalidMarginUnit",
            Self::Proof(VerifyError::Length { .. }) => "InvalidProofLength",
            Self::Proof(VerifyError::Invalid) => "InvalidProof",
        }
    }
}
