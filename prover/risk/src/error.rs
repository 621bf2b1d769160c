//! Why an account's risk cannot be computed.

use crate::search::MAX_POINTS;
use zkmargin_model::rule::RuleError;
use zkmargin_model::shown::shown;

/// Why an account's risk cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RiskError {
    /// Prices are not the only figures that an account depends on.
    #[error("{} is valued by other figures than its price; only prices are moved", shown(symbol))]
    Elements {
        /// The instrument or asset.
        symbol: String,
    },
    /// A position has open orders, or no size: what it requires follows from the larger of two positions.
    #[error("the position in {} has open orders or no size, which are not moved", shown(symbol))]
    OpenOrders {
        /// The instrument.
        symbol: String,
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
