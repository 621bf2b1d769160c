//! Why an account's risk cannot be computed.

use crate::search::MAX_POINTS;
use zkmargin_model::rule::RuleError;

/// Why an account's risk cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RiskError {
    /// Prices are not the only figures that an account depends on.
    #[error("{list} {id} is valued by other figures than its price; only prices are moved")]
    Elements {
        /// `instrument` or `asset`.
        list: &'static str,
        /// Its id.
        id: u32,
    },
    /// A position has open orders, or no size: what it requires follows from the larger of two positions.
    #[error(
        "the position in instrument {instrument} has open orders or no size, which are not moved"
    )]
    OpenOrders {
        /// The instrument.
        instrument: u32,
    },
    /// What a position requires is of its value at entry, which is not known of a part of it.
    #[error(
        "the position in instrument {instrument} is required of its value at entry; closing a part of it is not computed"
    )]
    AtEntry {
        /// The instrument.
        instrument: u32,
    },
    /// What all positions of a settlement asset require together is rounded, so that no position has a part of its own.
    #[error(
        "requirements are rounded after they are added up and converted; only exact sums are searched"
    )]
    RoundedSums,
    /// The rule is undefined for the account as it is.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The bounds did not exclude enough: more values than a search tries would have to be computed one by one.
    #[error("the {what} of {of} is not decided within {MAX_POINTS} computations of the rule")]
    Undecided {
        /// What was searched for.
        what: &'static str,
        /// Of what.
        of: String,
    },
}
