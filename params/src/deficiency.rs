//! Of which subjects a schedule has claims that an account does not meet a level.

use crate::any::AnySchedule;
use zkmargin_model::rule::Isolated;
use zkmargin_model::shown::quoted;
use zkmargin_model::subject::Subject;

/// Entries of `leaves_out` for which no account looks worse than at its venue, beyond the digits that they name. Whatever else
/// is left out can be a cap, an offset or collateral: the requirement is then an upper bound, which shows health and no
/// deficiency. An entry that only begins like one of these can go on with anything, so it is another.
pub const NEVER_WORSE: [&str; 7] = [
    "open orders",
    "open orders in spot markets",
    "initial margin while a feed's confidence is below its threshold",
    "truncation of each product at 18 digits",
    "digits of sizes beyond the fifteenth",
    "the user's other books: each isolated position is one",
    "books of other settlement assets",
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
        "no claim is that the cross book or some isolated position does not meet a level; claim it of the cross book alone, or of one isolated position only"
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
        let can_be_worse = |what: &&String| !NEVER_WORSE.contains(&what.as_str());
        if let Some(what) = self.leaves_out().iter().find(can_be_worse) {
            return Err(NoDeficiency::LeftOut(what.clone()));
        }
        match subject {
            Subject::Books(books)
                if matches!(books.isolated, Isolated::Compared | Isolated::AllBut) =>
            {
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
    use crate::read_schedule;
    use crate::tests::edit;
    use serde_json::{Value, json};
    use zkmargin_model::measure::Measure;
    use zkmargin_model::rule::Books;

    macro_rules! example {
        ($name:literal) => {
            include_str!(concat!("../venues/", $name, ".schedule.json"))
        };
    }

    fn decides(schedule: &Value) -> Result<(), &'static str> {
        let schedule = read_schedule(schedule.to_string().as_bytes()).unwrap();
        let subject: Subject = match schedule.kind() {
            crate::ScheduleKind::Linear(_) => {
                Books { settlement_asset: None, isolated: Isolated::LeftOut, position: None }.into()
            }
            crate::ScheduleKind::Portfolio(_) => Measure::parse("maintenance").unwrap().into(),
        };
        schedule.decides_deficiency(&subject).map_err(|reason| reason.code())
    }

    fn with(text: &str, left_out: &str) -> Value {
        edit(&serde_json::from_str(text).unwrap(), "/leaves_out", json!([left_out]))
    }

    #[test]
    fn of_venues() {
        for (decided, text) in [
            (true, example!("binance/examples/cross")),
            (true, example!("derive/examples/options")),
            (false, example!("hyperliquid/examples/cross")),
            (false, example!("drift/examples/perpetual")),
            (false, example!("extended/examples/flow")),
            (false, example!("mango/examples/perpetual")),
            (false, example!("takasbank/examples/commodity")),
        ] {
            let found = decides(&serde_json::from_str(text).unwrap());
            assert_eq!(found, decided.then_some(()).ok_or("DeficiencyLeftOut"), "{text}");
        }
    }

    /// An entry says what it says as a whole, not how it begins.
    #[test]
    fn an_entry_that_goes_on_is_another() {
        for text in [example!("binance/examples/cross"), example!("derive/examples/options")] {
            for words in NEVER_WORSE {
                assert_eq!(decides(&with(text, words)), Ok(()), "{words}");
                for more in [", and offsets between contracts", " "] {
                    let found = decides(&with(text, &format!("{words}{more}x")));
                    assert_eq!(found, Err("DeficiencyLeftOut"), "{words}");
                }
            }
        }
    }
}
