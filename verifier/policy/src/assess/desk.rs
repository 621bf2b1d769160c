//! What an assessment works from, and what is common to its demands: notes, ages, witnesses, order.

use super::{CLOCK_TOLERANCE_MS, LONGEST_SPAN_MS, Met};
use crate::demands::{Account, Ages, Demands};
use crate::evidence::Evidence;
use crate::refused::{Refused, What, span};
use crate::verdict::NotChecked;
use std::collections::BTreeSet;
use zkmargin_notes::sequence::Numbered;
use zkmargin_notes::{Body, KeySet, Opened, Signer};
use zkmargin_params::{AnyMarket, format_utc};

/// Nobody's demand, but met where the account was read under another schedule that is at hand.
pub(super) const SAME_IDS: &str = "ids mean the same where the account was read";

/// The verifier's times, in milliseconds since 1970.
#[derive(Clone, Copy)]
pub(super) struct Times<'a> {
    /// Now; `None` in an audit.
    pub(super) now_ms: Option<u64>,
    /// When a piece of evidence is known to have existed: its key must be trusted then, and it must not state a later
    /// time.
    pub(super) at_ms: &'a dyn Fn(&What) -> u64,
}

/// What an assessment works from, and its results so far.
pub(super) struct Desk<'a> {
    pub(super) demands: &'a Demands,
    pub(super) evidence: &'a Evidence,
    pub(super) market: &'a dyn AnyMarket,
    pub(super) times: Times<'a>,
    pub(super) met: Vec<Met>,
    pub(super) pinned: Vec<Met>,
    pub(super) open: BTreeSet<NotChecked>,
}

/// Whether a time is after one that the verifier knows.
pub(super) fn is_future(time_ms: u64, known_ms: u64) -> bool {
    time_ms > known_ms.saturating_add(CLOCK_TOLERANCE_MS)
}

/// Opens a note that a trusted key has signed and that is not dated in the future. `venue` is the venue it must be
/// from.
///
/// # Errors
/// [`Refused`].
pub fn open_note<T: Body>(
    keys: &KeySet,
    bytes: &[u8],
    what: What,
    venue: Option<&str>,
    at_ms: u64,
) -> Result<Opened<T>, Refused> {
    let opened = keys.open::<T>(bytes, at_ms);
    let opened = opened.map_err(|error| Refused::Note { what: what.clone(), error })?;
    if let Some((found, demanded)) = opened.body().venue().zip(venue)
        && found != demanded
    {
        let (found, demanded) = (found.to_owned(), demanded.to_owned());
        return Err(Refused::OtherVenue { what, found, demanded });
    }
    match opened.body().time_ms().filter(|time_ms| is_future(*time_ms, at_ms)) {
        Some(time_ms) => Err(Refused::Future { what, time_ms }),
        None => Ok(opened),
    }
}

impl Desk<'_> {
    pub(super) fn met(&mut self, demand: &'static str, how: impl Into<String>) {
        self.met.push(Met { demand, how: how.into() });
    }

    pub(super) fn pinned(&mut self, demand: &'static str, how: impl Into<String>) {
        self.pinned.push(Met { demand, how: how.into() });
    }

    pub(super) fn open<T: Body>(
        &self,
        bytes: Option<&[u8]>,
        what: What,
    ) -> Result<Opened<T>, Refused> {
        let bytes = bytes.ok_or_else(|| Refused::Missing(what.clone()))?;
        let venue = self.demands.file().market.venue.as_deref();
        let at_ms = (self.times.at_ms)(&what);
        open_note(self.demands.keys(), bytes, what, venue, at_ms)
    }

    /// Compares a time with the verifier's. Returns whether that age counts.
    pub(super) fn age(
        &mut self,
        what: What,
        demand: &'static str,
        time_ms: u64,
        most: Option<u64>,
    ) -> Result<bool, Refused> {
        let Some((most_ms, now_ms)) = most.zip(self.times.now_ms) else { return Ok(false) };
        let age_ms = now_ms.saturating_sub(time_ms);
        if age_ms > most_ms {
            return Err(Refused::Stale { what, time_ms, age_ms, most_ms });
        }
        let counts = most_ms <= LONGEST_SPAN_MS;
        if counts {
            self.met(demand, format!("{} of at most {}", span(age_ms), span(most_ms)));
        }
        Ok(counts)
    }

    /// Compares the time of the account's state with the marks'. Returns whether that distance counts.
    fn distance(
        &mut self,
        what: &What,
        demand: &'static str,
        time_ms: u64,
        ages: &Ages,
    ) -> Result<bool, Refused> {
        let marks_ms = self.market.time_ms();
        let least = |a: Option<u64>, b: Option<u64>| a.into_iter().chain(b).min();
        let (side, most) = if time_ms <= marks_ms {
            ("before", least(ages.before_ms, ages.distance_ms))
        } else {
            ("after", least(ages.after_ms, ages.distance_ms))
        };
        let distance_ms = time_ms.abs_diff(marks_ms);
        let Some(most_ms) = most else { return Ok(false) };
        if distance_ms > most_ms {
            return Err(Refused::Distance { what: what.clone(), side, distance_ms, most_ms });
        }
        let counts = most_ms <= LONGEST_SPAN_MS;
        if counts {
            let how = format!(
                "{} {side} the marks, at most {} allowed",
                span(distance_ms),
                span(most_ms)
            );
            self.met(demand, how);
        }
        Ok(counts)
    }

    /// Age and distance of the account's state.
    pub(super) fn account_ages(
        &mut self,
        what: What,
        demands: [&'static str; 2],
        time_ms: u64,
        ages: &Ages,
    ) -> Result<(), Refused> {
        let [age, distance] = demands;
        // Near to marks of any age is of any age.
        let near = self.distance(&what, distance, time_ms, ages)?
            && (self.times.now_ms.is_none() || !self.open.contains(&NotChecked::SnapshotAge));
        let young = self.age(what, age, time_ms, ages.age_ms)?;
        if !near && !young {
            self.open.insert(NotChecked::AccountAge);
        }
        Ok(())
    }

    /// Counts witnesses who cosigned when the note could have been seen: not before the time it states, and not after
    /// the verifier's.
    pub(super) fn witnesses<T: Body>(
        &mut self,
        opened: &Opened<T>,
        what: What,
        demand: &'static str,
        demanded: u32,
    ) -> Result<(), Refused> {
        let latest_ms = (self.times.at_ms)(&what);
        let earliest_ms = opened.body().time_ms().unwrap_or(0);
        let in_time = |witness: &&Signer| {
            // Cosignatures have whole seconds.
            let seen_ms = witness.cosigned_at.map(|seconds| seconds.saturating_mul(1000));
            seen_ms.is_some_and(|seen_ms| {
                !is_future(seen_ms, latest_ms)
                    && !is_future(earliest_ms, seen_ms.saturating_add(999))
            })
        };
        let names: Vec<_> = opened.witnesses().filter(in_time).map(|w| w.name.as_str()).collect();
        let found = names.len();
        if (found as u64) < u64::from(demanded) {
            return Err(Refused::Witnesses { what, found, demanded });
        }
        if demanded > 0 {
            self.met(demand, format!("{found} by {}", names.join(", ")));
        }
        Ok(())
    }

    /// The first note of its series at or after the challenge: the one before it is earlier.
    pub(super) fn first_after<T: Numbered>(
        &mut self,
        note: &T,
        [this, before]: [What; 2],
        previous: Option<&[u8]>,
        demand: &'static str,
        challenge_ms: u64,
    ) -> Result<(), Refused> {
        let (time_ms, number) = (Numbered::time_ms(note), note.number());
        if time_ms < challenge_ms {
            return Err(Refused::BeforeChallenge { what: this, time_ms, challenge_ms });
        }
        let previous = self.open::<T>(previous, before.clone())?;
        let previous = previous.body();
        if previous.registry() != note.registry() {
            return Err(Refused::Other { what: before, part: "registry" });
        }
        // One that is in some of the series alone says nothing of the others.
        let (own, earlier) = (note.series(), previous.series());
        let is_of_each = own.iter().all(|series| earlier.contains(series));
        let is_misdescribed = previous.schedule() == note.schedule() && own != earlier;
        if !is_of_each || is_misdescribed {
            return Err(Refused::Other { what: before, part: "requirement" });
        }
        let (before_ms, before) = (Numbered::time_ms(previous), previous.number());
        if before.checked_add(1) != Some(number) {
            let reason = "the previous note does not have the preceding number";
            return Err(Refused::NotFirst { what: this, number, reason });
        }
        if before_ms >= challenge_ms {
            let reason = "the previous one is after the challenge too";
            return Err(Refused::NotFirst { what: this, number, reason });
        }
        self.met(
            demand,
            format!("number {before} is dated {}, before the challenge", format_utc(before_ms)),
        );
        Ok(())
    }

    /// Checks that a note is the newest one the verifier knows: `order` is what grows from one to the next. A copy of
    /// an earlier note does not show that nothing came in between.
    pub(super) fn newest<T: Body, O: Ord>(
        &mut self,
        note: &T,
        [this, newest]: [What; 2],
        own: Option<&[u8]>,
        (demand, choice): (&'static str, NotChecked),
        order: impl Fn(&T) -> O,
        name: impl Fn(&T) -> String,
    ) -> Result<(), Refused> {
        let own = self.open::<T>(own, newest)?;
        let own = own.body();
        // Two notes of one place in the order that differ: which one is the newest cannot be said.
        let later = own.time_ms() > note.time_ms();
        if later || order(own) > order(note) || (order(own) == order(note) && own != note) {
            return Err(Refused::NotNewest { what: this, newer: name(own) });
        }
        if own == note {
            self.met(demand, format!("{}, the same as your own copy", name(note)));
        } else {
            let how = format!("{}; your own copy is {}", name(note), name(own));
            self.met("not older than your own copy", how);
            self.open.insert(choice);
        }
        Ok(())
    }

    /// Whether evidence was submitted that no demand uses.
    pub(super) fn has_unused_evidence(&self) -> bool {
        let (evidence, file) = (self.evidence, self.demands.file());
        let (is_ledger, is_attested, newest, first) = match self.demands.account {
            Account::Ledger { newest, first, .. } => (true, false, newest, first),
            Account::Attested { newest, .. } => (false, true, newest, false),
            _ => (false, false, false, false),
        };
        let holder = file.holder.as_ref().filter(|holder| is_ledger && holder.all_accounts);
        [
            (evidence.schedule_note.is_some(), file.market.signed_schedule),
            (evidence.snapshot_note.is_some(), self.demands.signed_snapshot),
            (evidence.previous_note.is_some(), file.market.first_after_challenge),
            (evidence.checkpoint.is_some(), is_ledger),
            (evidence.previous_checkpoint.is_some(), is_ledger && first),
            (evidence.newest_checkpoint.is_some(), is_ledger && newest),
            (evidence.attestation.is_some(), is_attested),
            (evidence.newest_attestation.is_some(), is_attested && newest),
            (evidence.account_schedule.is_some(), self.met.iter().any(|m| m.demand == SAME_IDS)),
            (evidence.enrolment.is_some(), holder.is_some()),
            (evidence.newest_enrolment.is_some(), holder.is_some_and(|holder| holder.newest)),
            (evidence.challenge.is_some(), file.freshness.challenge),
        ]
        .into_iter()
        .any(|(is_given, is_used)| is_given && !is_used)
            || evidence.sources.iter().any(|(name, _)| !self.is_compared(name))
    }

    /// Whether prices of a source are compared with marks.
    fn is_compared(&self, source: &str) -> bool {
        let covers = self.demands.file().prices.iter().flat_map(|prices| &prices.cover);
        covers.flat_map(|cover| &cover.feeds).any(|feed| feed.source == source)
    }
}

pub(super) fn signers<T: Body>(opened: &Opened<T>) -> String {
    let of_role = opened.signers().iter().filter(|s| s.role == T::ROLE);
    let names: Vec<_> = of_role.map(|s| format!("{} ({})", s.name, s.id)).collect();
    format!("signed by {}", names.join(", "))
}
