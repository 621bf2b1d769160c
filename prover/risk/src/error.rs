//! Why an account's risk cannot be computed.

use zkmargin_model::rule::RuleError;

/// Why an account's risk cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RiskError {
    /// The rule is undefined for the account as it is.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The bounds did not exclude enough: more values than a search tries would have to be computed one by one.
    #[error("the {what} of {list} {id} is not decided within {points} computations of the rule")]
    Undecided {
        /// What was searched for.
        what: &'static str,
        /// `instrument`, `asset` or `step`.
        list: &'static str,
        /// The instrument or asset, or the basis points at which the search stopped.
        id: u32,
        /// How many computations it was allowed.
        points: usize,
    },
}
