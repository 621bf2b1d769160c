//! What a verdict covers, in words: whose rules, whose account, as of when.

use serde_json::{Value, json};
use zkmargin_model::digest::ScheduleDigest;
use zkmargin_model::shown::quoted;
use zkmargin_params::{CompiledMarket, Variant};

/// The rules a verdict is based on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The venue that the schedule names.
    pub venue: String,
    /// The schedule's name.
    pub schedule: String,
    /// Its digest.
    pub digest: ScheduleDigest,
    /// How it differs from the venue's own rule, if its name says that it does.
    pub variant: Option<Variant>,
}

impl Rules {
    /// The rules of a market.
    pub fn of(market: &CompiledMarket) -> Self {
        let schedule = market.schedule();
        Self {
            venue: schedule.file().venue.clone(),
            schedule: schedule.file().name.clone(),
            digest: market.schedule_digest(),
            variant: schedule.variant(),
        }
    }

    /// The same in machine-readable form.
    pub fn json(&self) -> Value {
        json!({
            "venue": self.venue,
            "schedule": self.schedule,
            "digest": self.digest.to_string(),
            "variant": self.variant.map(Variant::code),
            "variant_errs": self.variant.map(|variant| variant.to_string()),
        })
    }
}

impl std::fmt::Display for Rules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (venue, schedule) = (&self.venue, quoted(&self.schedule));
        write!(f, "{venue}, schedule {schedule}, digest {}", self.digest)?;
        match self.variant {
            Some(variant) => write!(f, "; {variant}"),
            None => Ok(()),
        }
    }
}
