//! Of which subjects a schedule has claims that an account does not meet a level.

use crate::any::AnySchedule;
use crate::departures::OTHER_BOOKS;
use zkmargin_model::rule::Isolated;
use zkmargin_model::shown::quoted;
use zkmargin_model::subject::Subject;

/// Entries of `leaves_out` for which no account looks worse than at its venue, beyond the digits that they name. Whatever
/// else is left out can be a cap, an offset or collateral: the requirement is then an upper bound, which shows health and
/// no deficiency. An entry is one of these as a whole, because what follows after one can be anything.
pub const NEVER_WORSE: [&str; 5] = [
    "open orders",
    "open orders in spot markets",
    "initial margin while a feed's confidence is below its threshold",
    "truncation of each product at 18 digits",
    "digits of sizes beyond the fifteenth",
];

/// Whether it says that there are other books, and after a colon which, and nothing else.
fn is_of_other_books(what: &str) -> bool {
    let rest = |words: &&str| what.strip_prefix(*words);
    OTHER_BOOKS.iter().find_map(rest).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

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
        let can_be_worse =
            |what: &&String| !NEVER_WORSE.contains(&what.as_str()) && !is_of_other_books(what);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{edit, read_schedule, schedule};
    use serde_json::json;
    use zkmargin_model::rule::Books;

    #[test]
    fn an_entry_is_known_as_a_whole() {
        let subject = Books { settlement_asset: None, isolated: Isolated::None }.into();
        let of = |what: &str| {
            let schedule = read_schedule(&edit(&schedule(), "/leaves_out", json!([what]))).unwrap();
            (&schedule as &dyn AnySchedule).decides_deficiency(&subject)
        };
        let books = ["books of other settlement assets", "the user's other books: isolated ones"];
        for what in NEVER_WORSE.into_iter().chain(books) {
            assert_eq!(of(what), Ok(()), "{what}");
        }
        for what in [
            "open orders, and offsets between positions on both sides",
            "digits of sizes",
            "books of other settlement assets and what they lend to this one",
            "offsets",
        ] {
            assert_eq!(of(what), Err(NoDeficiency::LeftOut(what.to_owned())));
        }
    }
}
