//! What a verdict covers, in words: whose rules, whose account, as of when.

use serde_json::{Value, json};
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_model::shown::quoted;
use zkmargin_params::{AccountKind, AnyMarket, Departures, Requirement};

/// The rules a verdict is based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The venue that the schedule names.
    pub venue: String,
    /// The schedule's name.
    pub schedule: String,
    /// What accounts it is the rule of.
    pub account: AccountKind,
    /// Which of the venue's margin requirements it computes.
    pub requirements: Vec<Requirement>,
    /// Whether a book of which nothing is required meets every level, whatever its equity.
    pub no_requirement_is_healthy: bool,
    /// Its digest.
    pub digest: ScheduleDigest,
    /// Why its rounding is an assumption.
    pub rounding_assumed: Option<String>,
    /// What the venue's rule has and it leaves out.
    pub leaves_out: Vec<String>,
}

impl Rules {
    /// The rules of a market.
    pub fn of(market: &dyn AnyMarket) -> Self {
        let schedule = market.schedule();
        Self {
            venue: schedule.venue().to_owned(),
            schedule: schedule.name().to_owned(),
            account: schedule.accounts(),
            requirements: schedule.requirements(),
            no_requirement_is_healthy: schedule
                .linear()
                .is_some_and(|linear| linear.file().no_requirement_is_healthy),
            digest: market.schedule_digest(),
            rounding_assumed: schedule.rounding_assumed().map(str::to_owned),
            leaves_out: schedule.leaves_out().to_vec(),
        }
    }

    /// In what they may differ from the venue's own, as the schedule says itself.
    pub fn departures(&self) -> Option<Departures<'_>> {
        Departures::new(self.rounding_assumed.as_deref(), &self.leaves_out)
    }

    /// The same in machine-readable form.
    pub fn json(&self) -> Value {
        json!({
            "venue": self.venue,
            "schedule": self.schedule,
            "account": self.account.name(),
            "requirements": self.requirements.iter().map(|r| r.name()).collect::<Vec<_>>(),
            "no_requirement_is_healthy": self.no_requirement_is_healthy,
            "digest": self.digest.to_string(),
            "rounding_assumed": self.rounding_assumed,
            "leaves_out": self.leaves_out,
        })
    }
}

impl std::fmt::Display for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (venue, schedule) = (&self.venue, quoted(&self.schedule));
        let margins: Vec<_> = self.requirements.iter().map(|of| of.margin()).collect();
        let (margins, accounts) = (margins.join(" and "), self.account.name());
        let if_any = if self.no_requirement_is_healthy { ", where there is any" } else { "" };
        write!(f, "{venue}, {margins} of {accounts} accounts{if_any}, schedule {schedule}, ")?;
        write!(f, "digest {}", self.digest)?;
        match self.departures() {
            Some(departures) => write!(f, "; {departures}"),
            None => Ok(()),
        }
    }
}
