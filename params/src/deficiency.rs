//! Of which subjects a schedule has claims that an account does not meet a level.

use crate::any::AnySchedule;
use crate::departures::OTHER_BOOKS;
use zkmargin_model::rule::Isolated;
use zkmargin_model::shown::quoted;
use zkmargin_model::subject::Subject;

/// How an entry of `leaves_out` begins if no account looks worse for it than at its venue, beyond the digits that it names.
/// Whatever else is left out can be a cap, an offset or collateral: the requirement is then an upper bound, which shows
/// health and no deficiency.
pub const NEVER_WORSE: [&str; 4] = [
    "open orders",
    "initial margin while a feed's confidence",
    "truncation of each product",
    "digits of sizes beyond",
];

/// Why a schedule has no claim that an account does not meet a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoDeficiency {
    /// The rule is more than the schedule, and may ask for less.
    #[error(
        "the schedule leaves out {}, so an account can look worse under it than at its venue: no claim is that one does not meet a level", quoted(.0)
    )]
    LeftOut(String),
    /// A claim about all books together is not of one comparison.
    #[error(
        "no claim is that the cross book or some isolated position does not meet a level; claim it of the cross book alone"
    )]
    IsolatedPositions,
    /// A stress has no level.
    #[error("no claim is that a stress leaves less than a floor")]
    Stress,
}

impl NoDeficiency {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::LeftOut(_) => "DeficiencyLeftOut",
            Self::IsolatedPositions => "DeficiencyIsolated",
            Self::Stress => "DeficiencyStress",
        }
    }
}

impl dyn AnySchedule + '_ {
    /// Whether an account can be claimed not to meet a level under the schedule.
    ///
    /// # Errors
    /// [`NoDeficiency`]: the requirement is an upper bound only, or the claim is no single comparison.
    pub fn decides_deficiency(&self, subject: &Subject) -> Result<(), NoDeficiency> {
        let can_be_worse = |what: &&String| {
            let mut known = NEVER_WORSE.iter().chain(&OTHER_BOOKS);
            !known.any(|words| what.starts_with(words))
        };
        if let Some(what) = self.leaves_out().iter().find(can_be_worse) {
            return Err(NoDeficiency::LeftOut(what.clone()));
        }
        match subject {
            Subject::Books(books) if books.isolated == Isolated::Compared => {
                Err(NoDeficiency::IsolatedPositions)
            }
            Subject::Portfolio(measure) if measure.stress().is_some() => Err(NoDeficiency::Stress),
            _ => Ok(()),
        }
    }
}
