//! Rules and prices: schedule, marks, challenge, price sources.

use super::desk::{Desk, is_future, signers};
use super::{GREATEST_DEVIATION_BPS, LONGEST_SKEW_MS};
use crate::prices;
use crate::refused::{Refused, What};
use crate::seen::Replay;
use crate::verdict::NotChecked;
use num_bigint::BigInt;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::counted;
use zkmargin_notes::{ScheduleNote, SnapshotNote};
use zkmargin_params::{Challenge, format_utc};

impl Desk<'_> {
    pub(super) fn schedule(&mut self) -> Result<(), Refused> {
        let schedule = self.market.schedule();
        let demand = &self.demands.file().market;
        if let Some(demanded) = demand.venue.as_ref().filter(|venue| **venue != schedule.venue()) {
            return Err(Refused::OtherVenue {
                what: What::ScheduleNote,
                found: schedule.venue().to_owned(),
                demanded: demanded.clone(),
            });
        }
        let found = self.market.schedule_digest();
        let name = format!("{} of {}", schedule.name(), schedule.venue());
        if let Some(pinned) = self.demands.registry {
            let found = schedule.registry_digest();
            if pinned != found {
                return Err(Refused::OtherRegistry { found, pinned });
            }
            self.met("registry pinned", found.to_string());
        }
        if let Some(pinned) = self.demands.schedule {
            if pinned != found {
                return Err(Refused::OtherSchedule { found, pinned });
            }
            self.met("schedule pinned", format!("{name}, digest {found}"));
        }
        let (found, demanded) = (schedule.requirements(), self.demands.requirement());
        if let Some(first) = found.first().filter(|_| !found.contains(&demanded)) {
            return Err(Refused::OtherRequirement { found: *first, demanded });
        }
        if demand.signed_schedule {
            let what = What::ScheduleNote;
            let bytes = self.evidence.schedule_note.as_deref();
            let opened = self.open::<ScheduleNote>(bytes, what.clone())?;
            let checked = opened.body().check(self.market.schedule());
            checked.map_err(|mismatch| Refused::OtherFile { what, mismatch })?;
            self.met("schedule signed by its venue", format!("{name}, {}", signers(&opened)));
        }
        if self.market.schedule().departures().is_some() {
            self.open.insert(NotChecked::ScheduleVariant);
        }
        Ok(())
    }

    /// Marks: not dated in the future, and not too old; signed by their venue where that is demanded.
    pub(super) fn snapshot(&mut self) -> Result<Option<SnapshotNote>, Refused> {
        let note = self.snapshot_note()?;
        let time_ms = self.market.time_ms();
        if self.times.now_ms.is_some_and(|now| is_future(time_ms, now)) {
            return Err(Refused::Future { what: What::Snapshot, time_ms });
        }
        let most = self.demands.file().market.max_age_seconds.map(|s| s.saturating_mul(1000));
        let what = if note.is_some() { What::SnapshotNote } else { What::Snapshot };
        if !self.age(what, "marks not too old", time_ms, most)? {
            self.open.insert(NotChecked::SnapshotAge);
        }
        let chosen =
            self.demands.market.is_some() || self.demands.file().market.first_after_challenge;
        if !chosen {
            self.open.insert(NotChecked::SnapshotChoice);
        }
        Ok(note)
    }

    fn snapshot_note(&mut self) -> Result<Option<SnapshotNote>, Refused> {
        if !self.demands.signed_snapshot {
            self.open.insert(NotChecked::SnapshotOrigin);
            if !self.demands.file().market.signed_schedule {
                self.open.insert(NotChecked::ScheduleOrigin);
            }
            return Ok(None);
        }
        let what = What::SnapshotNote;
        let opened =
            self.open::<SnapshotNote>(self.evidence.snapshot_note.as_deref(), what.clone())?;
        let checked = opened.body().check(self.market);
        checked.map_err(|mismatch| Refused::OtherFile { what: what.clone(), mismatch })?;
        let note = opened.body();
        let how = format!(
            "number {} of {}, {}, {}",
            note.sequence,
            format_utc(note.time_ms),
            self.priced(note.instruments),
            signers(&opened)
        );
        self.met("marks signed by the venue", how);
        let demanded = self.demands.file().market.witnesses;
        self.witnesses(&opened, what, "marks cosigned by witnesses", demanded)?;
        Ok(Some(note.clone()))
    }

    /// How many instruments have prices, and how many are listed without one.
    fn priced(&self, instruments: u64) -> String {
        let priced = counted(instruments, "instrument", "instruments");
        match self.market.unpriced() {
            0 => priced,
            unpriced => format!("{priced} and {unpriced} without a price"),
        }
    }

    /// The challenge: this verifier's own, in time, and for what the policy asks.
    pub(super) fn challenge(&mut self) -> Result<Option<Challenge>, Refused> {
        let file = self.demands.file();
        if !file.freshness.challenge {
            return Ok(None);
        }
        let issued = self.evidence.challenge.as_ref().ok_or(Refused::Missing(What::Challenge))?;
        let challenge = issued.challenge.clone();
        if issued.answered {
            return Err(Replay::Answered.into());
        }
        let now_ms = self.times.now_ms.unwrap_or(u64::MAX);
        // It may have been made under a policy that gives more time.
        let life_ms = self.demands.challenge_seconds().saturating_mul(1000);
        let until_ms = challenge.expires_ms().min(challenge.time_ms().saturating_add(life_ms));
        if now_ms >= until_ms {
            return Err(Refused::ChallengeExpired(until_ms));
        }
        if is_future(challenge.time_ms(), now_ms) {
            let (what, time_ms) = (What::Challenge, challenge.time_ms());
            return Err(Refused::Future { what, time_ms });
        }
        let context = challenge.context();
        if file.audience.as_deref().is_some_and(|audience| audience != context.audience()) {
            return Err(Refused::OtherChallenge("audience"));
        }
        if file.purpose.as_deref().is_some_and(|purpose| purpose != context.purpose()) {
            return Err(Refused::OtherChallenge("purpose"));
        }
        if file.epoch.is_some_and(|epoch| epoch != zero_for_none(context.epoch())) {
            return Err(Refused::OtherChallenge("period"));
        }
        let how = format!(
            "made at {}, expires at {}",
            format_utc(challenge.time_ms()),
            format_utc(until_ms)
        );
        self.met("answers this verifier's challenge", how);
        Ok(Some(challenge))
    }

    pub(super) fn prices(&mut self) -> Result<(), Refused> {
        let names = |name: &str| self.demands.sources().iter().find(|s| s.name == name);
        let mut verified = Vec::new();
        for (name, bytes) in &self.evidence.sources {
            let source = names(name).ok_or_else(|| Refused::UnknownSource(name.clone()))?;
            if verified.iter().any(|v: &crate::source::Verified| v.name == *name) {
                let reason = "two messages; give only the one for the snapshot's time".to_owned();
                return Err(Refused::Source { name: name.clone(), reason });
            }
            let at_ms = (self.times.at_ms)(&What::Source(name.clone()));
            verified.push(source.verify(bytes, self.demands.keys(), at_ms)?);
        }
        let Some(demand) = &self.demands.file().prices else {
            self.open.insert(NotChecked::PriceSources);
            return Ok(());
        };
        let does_not_meet = self.demands.file().claim.does_not_meet;
        let compared = prices::compare(self.market, &verified, demand, does_not_meet)?;
        let count = compared.entries;
        let bounded = demand.max_skew_ms <= LONGEST_SKEW_MS
            && demand.max_deviation_bps <= GREATEST_DEVIATION_BPS;
        if compared.has_uncompared() {
            self.open.insert(NotChecked::UncoveredPrices);
        }
        if count == 0 || !bounded {
            // Nothing was compared, or with a bound that everything keeps: nothing agrees.
            self.open.insert(NotChecked::PriceSources);
            return Ok(());
        }
        let hundred = BigInt::from(100);
        let how = format!(
            "{count} within {} bp of the median of {} (greatest distance {}.{:0>2} bp), {}",
            demand.max_deviation_bps,
            compared.votes(),
            &compared.greatest / &hundred,
            &compared.greatest % &hundred,
            compared.uncompared_in_words()
        );
        self.met("marks agree with price sources", how);
        Ok(())
    }
}
