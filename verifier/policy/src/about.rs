//! What a verdict covers, in words: whose rules, whose account, as of when.

use serde_json::{Value, json};
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_model::shown::quoted;
use zkmargin_params::{CompiledMarket, Departures, Requirement};

/// The rules a verdict is based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The venue that the schedule names.
    pub venue: String,
    /// The schedule's name.
    pub schedule: String,
    /// Which of the venue's margin requirements it computes.
    pub requirement: Requirement,
    /// Its digest.
    pub digest: ScheduleDigest,
    /// Why its rounding is an assumption.
    pub rounding_assumed: Option<String>,
    /// What the venue's rule has and it leaves out.
    pub leaves_out: Vec<String>,
}

impl Rules {
    /// The rules of a market.
    pub fn of(market: &CompiledMarket) -> Self {
        let schedule = market.schedule();
        Self {
            venue: schedule.file().venue.clone(),
            schedule: schedule.file().name.clone(),
            requirement: schedule.requirement(),
            digest: market.schedule_digest(),
            rounding_assumed: schedule.file().rounding_assumed.clone(),
            leaves_out: schedule.file().leaves_out.clone(),
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
            "requirement": self.requirement.name(),
            "digest": self.digest.to_string(),
            "rounding_assumed": self.rounding_assumed,
            "leaves_out": self.leaves_out,
        })
    }
}

impl std::fmt::Display for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (venue, schedule) = (&self.venue, quoted(&self.schedule));
        let margin = self.requirement.margin();
        write!(f, "{venue}, {margin}, schedule {schedule}, digest {}", self.digest)?;
        match self.departures() {
            Some(departures) => write!(f, "; {departures}"),
            None => Ok(()),
        }
    }
}
