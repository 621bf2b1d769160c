//! Why an account's risk cannot be computed.

use crate::search::MAX_POINTS;
use zkmargin_model::rule::RuleError;

/// Why an account's risk cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RiskError {
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
