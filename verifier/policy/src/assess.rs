//! Evidence and market against the demands, before any proof is looked at.

use crate::demands::{Account, Ages, Demands};
use crate::evidence::Evidence;
use crate::listing::{self, Listing};
use crate::pins::{BooksPin, Mismatch, Pins, SubjectPin};
use crate::prices;
use crate::refused::{Refused, What, span};
use crate::seen::Replay;
use crate::verdict::{NotChecked, Verdict};
use num_bigint::BigInt;
use std::collections::BTreeSet;
use zkmargin_model::claim::Claim;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::counted;
use zkmargin_model::digest::{Digest, MarketDigest, ScheduleDigest};
use zkmargin_model::element::{AccountCommitment, Pseudonym};
use zkmargin_model::holder::audience_digest;
use zkmargin_model::measure::{Measure, StressName};
use zkmargin_model::rule::Isolated;
use zkmargin_model::shown::quoted;
use zkmargin_model::statement::Statement;
use zkmargin_notes::sequence::Numbered;
use zkmargin_notes::{
    AttestationNote, Body, EnrolmentNote, KeySet, LedgerCheckpoint, Opened, ScheduleNote, Signer,
    SnapshotNote,
};
use zkmargin_params::portfolio::PortfolioSchedule;
use zkmargin_params::{AnyMarket, Challenge, Schedule, ScheduleKind, format_utc};
use zkmargin_verifier::Invalid;

/// Clocks differ: a note may be this far ahead of the verifier's time, in milliseconds.
pub const CLOCK_TOLERANCE_MS: u64 = 5_000;

/// A limit on age or distance above this, in milliseconds, is enforced but does not count as a demand: the verdict
/// lists it under what was not checked. 366 days.
pub const LONGEST_SPAN_MS: u64 = 366 * 86_400_000;

/// With a limit above this on the time between marks and a source's price, in milliseconds, they are compared but do
/// not count as agreeing. One day.
pub const LONGEST_SKEW_MS: u64 = 86_400_000;

/// With a limit above this on the distance between a mark and the median, in basis points of the median, they are
/// compared but do not count as agreeing. This is the median itself.
pub const GREATEST_DEVIATION_BPS: u32 = 10_000;

/// Largest circuit size for a market that is not anchored, unless the policy says otherwise. Its key takes a few
/// seconds; each further size doubles that.
pub const UNANCHORED_MAX_K: u8 = 12;

/// Nobody's demand, but met where the account was read under another schedule that is at hand.
const SAME_IDS: &str = "ids mean the same where the account was read";

/// What a note about the account would say: how old its state is, and under which schedule it was read.
const OF_NO_NOTE: [NotChecked; 3] =
    [NotChecked::AccountAge, NotChecked::AccountChoice, NotChecked::Listing];

/// A demand, and how it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// What was demanded.
    pub demand: &'static str,
    /// How it was met.
    pub how: String,
}

/// The demands that evidence, market and time meet, and what a proof's statement must say for the others. Only
/// [`assess`] and [`assess_dated`] make one.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// Digest of the market it was made for.
    market: MarketDigest,
    pub(crate) pins: Pins,
    pub(crate) met: Vec<Met>,
    /// What is pinned: met once the statement says it.
    pub(crate) pinned: Vec<Met>,
    pub(crate) snapshot: Option<SnapshotNote>,
    pub(crate) checkpoint: Option<LedgerCheckpoint>,
    pub(crate) accounts: Option<u64>,
    /// Who vouches for the account, and how.
    pub(crate) vouched: String,
    /// Demands that were not made, whatever the statement says.
    open: BTreeSet<NotChecked>,
    /// A demand that a verdict on one proof alone cannot meet, by its name in a policy.
    pub(crate) not_alone: Option<&'static str>,
}

impl Assessment {
    /// Demands met so far.
    pub fn met(&self) -> &[Met] {
        &self.met
    }

    /// The ledger's checkpoint, for an account in a ledger.
    pub fn checkpoint(&self) -> Option<&LedgerCheckpoint> {
        self.checkpoint.as_ref()
    }

    /// The same, for proofs of one epoch. An epoch that the policy demands is kept.
    pub fn for_epoch(mut self, epoch: u64) -> Self {
        self.pins.epoch.get_or_insert(epoch);
        self
    }

    /// Compares a statement with the demands.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, statement: &Statement, market: &dyn AnyMarket) -> Result<(), Mismatch> {
        let (assessed, given) = (self.market, market.digest());
        if assessed != given {
            return Err(Mismatch::NotAssessed { assessed, given });
        }
        self.pins.check(statement, market)
    }

    /// The verdict on a proof whose statement was compared, once it is known whether the proof shows it.
    pub(crate) fn conclude(&self, statement: &Statement, proof: Result<(), Invalid>) -> Verdict {
        match proof {
            Err(reason) => Verdict::Invalid(reason),
            Ok(()) => match self.pins.missing(statement) {
                missing if missing.is_empty() => Verdict::Valid,
                missing => Verdict::NotAnchored { missing },
            },
        }
    }

    /// What nobody demanded of a proof with this statement.
    pub fn not_checked(&self, statement: &Statement) -> BTreeSet<NotChecked> {
        let in_ledger = statement.account.is_in_ledger();
        let (pins, books) = (&self.pins, statement.subject().books());
        let mut open = self.open.clone();
        open.extend(
            [
                (NotChecked::Audience, pins.audience.is_none()),
                (NotChecked::Purpose, pins.purpose.is_none()),
                (NotChecked::Nonce, pins.nonce.is_none()),
                (NotChecked::Epoch, pins.epoch.is_none()),
                // An attester's word is not the venue's.
                (NotChecked::AccountOwner, !in_ledger),
                (NotChecked::Holder, in_ledger && pins.pseudonym.is_none()),
                (NotChecked::OtherAccounts, self.accounts.is_none()),
                (
                    NotChecked::IsolatedPositions,
                    books.is_some_and(|books| books.isolated == Isolated::LeftOut),
                ),
            ]
            .into_iter()
            .filter(|(_, is_open)| *is_open)
            .map(|(what, _)| what),
        );
        open
    }
}

/// The verifier's times, in milliseconds since 1970.
#[derive(Clone, Copy)]
struct Times<'a> {
    /// Now; `None` in an audit.
    now_ms: Option<u64>,
    /// When a piece of evidence is known to have existed: its key must be trusted then, and it must not state a later
    /// time.
    at_ms: &'a dyn Fn(&What) -> u64,
}

/// What an assessment works from, and its results so far.
struct Desk<'a> {
    demands: &'a Demands,
    evidence: &'a Evidence,
    market: &'a dyn AnyMarket,
    times: Times<'a>,
    met: Vec<Met>,
    pinned: Vec<Met>,
    open: BTreeSet<NotChecked>,
}

/// Whether a time is after one that the verifier knows.
fn is_future(time_ms: u64, known_ms: u64) -> bool {
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
    fn met(&mut self, demand: &'static str, how: impl Into<String>) {
        self.met.push(Met { demand, how: how.into() });
    }

    fn pinned(&mut self, demand: &'static str, how: impl Into<String>) {
        self.pinned.push(Met { demand, how: how.into() });
    }

    fn open<T: Body>(&self, bytes: Option<&[u8]>, what: What) -> Result<Opened<T>, Refused> {
        let bytes = bytes.ok_or_else(|| Refused::Missing(what.clone()))?;
        let venue = self.demands.file().market.venue.as_deref();
        let at_ms = (self.times.at_ms)(&what);
        open_note(self.demands.keys(), bytes, what, venue, at_ms)
    }

    /// Compares a time with the verifier's. Returns whether that age counts.
    fn age(
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
    fn account_ages(
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

    fn schedule(&mut self) -> Result<(), Refused> {
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
    fn snapshot(&mut self) -> Result<Option<SnapshotNote>, Refused> {
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
            counted(note.instruments, "instrument", "instruments"),
            signers(&opened)
        );
        self.met("marks signed by the venue", how);
        let demanded = self.demands.file().market.witnesses;
        self.witnesses(&opened, what, "marks cosigned by witnesses", demanded)?;
        Ok(Some(note.clone()))
    }

    /// Counts witnesses who cosigned when the note could have been seen: not before the time it states, and not after
    /// the verifier's.
    fn witnesses<T: Body>(
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

    /// The challenge: this verifier's own, in time, and for what the policy asks.
    fn challenge(&mut self) -> Result<Option<Challenge>, Refused> {
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

    /// The first note of its series at or after the challenge: the one before it is earlier.
    fn first_after<T: Numbered>(
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
    fn newest<T: Body, O: Ord>(
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

    /// Compares what ids mean under the schedule that a note names with what they mean under the proof's.
    fn listing(&mut self, what: &What, named: ScheduleDigest) -> Result<(), Refused> {
        let given = self.evidence.account_schedule.as_deref();
        match listing::compare(what, named, self.market, given)? {
            Listing::Same => return Ok(()),
            Listing::Agrees => self.met(SAME_IDS, format!("under schedule {named}")),
            Listing::NotGiven => {
                self.open.insert(NotChecked::Listing);
            }
        }
        if self.demands.schedule.is_none() {
            self.open.insert(NotChecked::ScheduleChoice);
        }
        Ok(())
    }

    fn ledger(
        &mut self,
        ages: &Ages,
        [newest, first]: [bool; 2],
        demanded: u32,
        challenge: Option<&Challenge>,
    ) -> Result<(LedgerCheckpoint, String), Refused> {
        let what = What::Checkpoint;
        let bytes = self.evidence.checkpoint.as_deref();
        let opened = self.open::<LedgerCheckpoint>(bytes, what.clone())?;
        let checkpoint = opened.body().clone();
        if checkpoint.registry != self.market.registry_digest() {
            return Err(Refused::Other { what, part: "registry" });
        }
        let name = |c: &LedgerCheckpoint| format!("epoch {} of {}", c.epoch, format_utc(c.time_ms));
        let size = counted(checkpoint.size, "account", "accounts");
        let how = format!("{}, {size}, {}", name(&checkpoint), signers(&opened));
        self.met("account in the venue's ledger", how);
        self.witnesses(&opened, what.clone(), "ledger cosigned by witnesses", demanded)?;
        let demands = ["ledger not too old", "ledger and marks close in time"];
        self.account_ages(what.clone(), demands, checkpoint.time_ms, ages)?;
        self.listing(&what, checkpoint.schedule)?;
        if newest {
            let own = self.evidence.newest_checkpoint.as_deref();
            let own_body = self.open::<LedgerCheckpoint>(own, What::NewestCheckpoint)?;
            if own_body.body().registry != checkpoint.registry {
                return Err(Refused::Other { what: What::NewestCheckpoint, part: "registry" });
            }
            let whats = [what.clone(), What::NewestCheckpoint];
            let demand = ("newest ledger", NotChecked::AccountChoice);
            self.newest(&checkpoint, whats, own, demand, |c| c.epoch, name)?;
        }
        if let Some(challenge) = challenge.filter(|_| first) {
            let previous = self.evidence.previous_checkpoint.as_deref();
            let whats = [what, What::PreviousCheckpoint];
            let demand = "first ledger after the challenge";
            self.first_after(&checkpoint, whats, previous, demand, challenge.time_ms())?;
        }
        if !newest && !first {
            self.open.insert(NotChecked::AccountChoice);
        }
        let vouched = format!(
            "{}, {}; the proof hides which of its accounts it is",
            name(&checkpoint),
            signers(&opened)
        );
        Ok((checkpoint, format!("the venue's ledger of {vouched}")))
    }

    fn attestation(
        &mut self,
        ages: &Ages,
        newest: bool,
    ) -> Result<(AccountCommitment, String), Refused> {
        let what = What::Attestation;
        let bytes = self.evidence.attestation.as_deref();
        let opened = self.open::<AttestationNote>(bytes, what.clone())?;
        let note = opened.body();
        if note.registry != self.market.registry_digest() {
            return Err(Refused::Other { what, part: "registry" });
        }
        let name =
            |n: &AttestationNote| format!("{} at {}", quoted(&n.checked), format_utc(n.time_ms));
        let how = format!("{}, {}", name(note), signers(&opened));
        self.met("account checked by an attester", how.clone());
        let demands = ["attestation not too old", "attestation and marks close in time"];
        self.account_ages(what.clone(), demands, note.time_ms, ages)?;
        self.listing(&what, note.schedule)?;
        if newest {
            let own = self.evidence.newest_attestation.as_deref();
            let own_body = self.open::<AttestationNote>(own, What::NewestAttestation)?;
            let same = own_body.body();
            // Another attester's newest note is not this one's.
            let attesters = |opened: &Opened<AttestationNote>| -> BTreeSet<String> {
                let of_role = opened.signers().iter().filter(|s| s.role == AttestationNote::ROLE);
                of_role.map(|s| s.name.clone()).collect()
            };
            for (part, same) in [
                ("registry", same.registry == note.registry),
                ("commitment", same.commitment == note.commitment),
                ("attester", !attesters(&opened).is_disjoint(&attesters(&own_body))),
            ] {
                if !same {
                    return Err(Refused::Other { what: What::NewestAttestation, part });
                }
            }
            let whats = [what, What::NewestAttestation];
            let demand = ("newest attestation", NotChecked::AccountChoice);
            self.newest(note, whats, own, demand, |n| n.time_ms, name)?;
        }
        // An account that has changed since has another commitment, which nothing ties to this one.
        self.open.insert(NotChecked::AccountChoice);
        let vouched = format!("an attester, in its own words: {how}; the venue itself does not");
        Ok((note.commitment, vouched))
    }

    fn enrolment(
        &mut self,
        checkpoint: &LedgerCheckpoint,
        pseudonym: Pseudonym,
    ) -> Result<u64, Refused> {
        let what = What::Enrolment;
        let opened =
            self.open::<EnrolmentNote>(self.evidence.enrolment.as_deref(), what.clone())?;
        let note = opened.body().clone();
        let audience: Digest =
            audience_digest(self.demands.file().audience.as_deref().unwrap_or_default());
        let is_meant = |note: &EnrolmentNote, what: What| {
            if note.replaces == Some(pseudonym) {
                let pseudonym = note.pseudonym.to_string();
                return Err(Refused::PseudonymReplaced(pseudonym));
            }
            for (part, same) in [
                ("audience", note.audience == audience),
                ("pseudonym", note.pseudonym == pseudonym),
                // Accounts of another ledger of the epoch are counted in another note.
                ("registry", note.registry == checkpoint.registry),
            ] {
                if !same {
                    return Err(Refused::Other { what, part });
                }
            }
            Ok(())
        };
        is_meant(&note, what.clone())?;
        if note.epoch != checkpoint.epoch {
            return Err(Refused::Other { what, part: "epoch" });
        }
        let name = |n: &EnrolmentNote| {
            let time = n.time_ms.map(|ms| format!(" of {}", format_utc(ms))).unwrap_or_default();
            let accounts = counted(n.accounts, "account", "accounts");
            format!("{accounts} in epoch {}{time}", n.epoch)
        };
        self.met("holder enrolled by the venue", format!("{}, {}", name(&note), signers(&opened)));
        let Some(holder) = &self.demands.file().holder else { return Ok(note.accounts) };
        let (most, newest) = (holder.max_age_seconds, holder.newest);
        let mut has_age = false;
        if let Some(most) = most {
            let time_ms = note.time_ms.ok_or_else(|| Refused::NoTime(what.clone()))?;
            let most_ms = Some(most.saturating_mul(1000));
            has_age = self.age(what.clone(), "enrolment not too old", time_ms, most_ms)?;
        }
        if !has_age {
            self.open.insert(NotChecked::EnrolmentAge);
        }
        if newest {
            let own = self.evidence.newest_enrolment.as_deref();
            let opened = self.open::<EnrolmentNote>(own, What::NewestEnrolment)?;
            is_meant(opened.body(), What::NewestEnrolment)?;
            let order = |n: &EnrolmentNote| (n.epoch, n.time_ms);
            let whats = [what, What::NewestEnrolment];
            let demand = ("newest enrolment", NotChecked::EnrolmentChoice);
            self.newest(&note, whats, own, demand, order, name)?;
        } else {
            self.open.insert(NotChecked::EnrolmentChoice);
        }
        Ok(note.accounts)
    }

    fn prices(&mut self) -> Result<(), Refused> {
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
        let compared = prices::compare(self.market, &verified, demand)?;
        let count = compared.entries;
        let bounded = demand.max_skew_ms <= LONGEST_SKEW_MS
            && demand.max_deviation_bps <= GREATEST_DEVIATION_BPS;
        if compared.uncovered() > 0 {
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
            compared.uncovered_in_words()
        );
        self.met("marks agree with price sources", how);
        Ok(())
    }

    /// Whether prices of a source are compared with marks.
    fn is_compared(&self, source: &str) -> bool {
        let covers = self.demands.file().prices.iter().flat_map(|prices| &prices.cover);
        covers.flat_map(|cover| &cover.feeds).any(|feed| feed.source == source)
    }

    /// Whether evidence was submitted that no demand uses.
    fn has_unused_evidence(&self) -> bool {
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

    /// What the claim must be about: all of the schedule's books, or the demanded requirement of a portfolio account,
    /// unless the policy says otherwise.
    fn subject(&mut self) -> Result<SubjectPin, Refused> {
        match self.market.schedule().kind() {
            ScheduleKind::Linear(schedule) => match &self.demands.file().claim.stress {
                Some(demanded) => Err(Refused::NoSuchStress(demanded.clone())),
                None => self.books(schedule).map(SubjectPin::Books),
            },
            ScheduleKind::Portfolio(schedule) => self.measure(schedule).map(SubjectPin::Portfolio),
        }
    }

    /// The requirement or stress of a portfolio account.
    fn measure(&self, schedule: &PortfolioSchedule) -> Result<Measure, Refused> {
        let demand = &self.demands.file().claim;
        if let Some(demanded) = demand.settlement_asset.clone() {
            let has = "a portfolio account is one book".to_owned();
            return Err(Refused::NoSuchBook { demanded, has });
        }
        let Some(name) = &demand.stress else { return Ok(self.demands.requirement().into()) };
        let no_such = || Refused::NoSuchStress(name.clone());
        if !schedule.file().stresses.iter().any(|stress| stress.name == *name) {
            return Err(no_such());
        }
        StressName::new(&**name).map(Measure::Stress).map_err(|_| no_such())
    }

    fn books(&mut self, schedule: &Schedule) -> Result<BooksPin, Refused> {
        let demand = &self.demands.file().claim;
        let cross_alone = demand.cross_alone;
        let demanded = demand.settlement_asset.as_ref();
        let no_such = |has: String| match demanded {
            Some(demanded) => Err(Refused::NoSuchBook { demanded: demanded.clone(), has }),
            None => Ok(None),
        };
        let settlement_asset = if schedule.file().settlement_asset_books {
            let books: Vec<_> = schedule.assets().iter().filter(|a| a.settles).collect();
            let symbols = || {
                let symbols = books.iter().map(|a| quoted(&a.symbol).to_string());
                symbols.collect::<Vec<_>>().join(", ")
            };
            if books.len() > 1 {
                self.open.insert(NotChecked::OtherBooks);
            }
            match demanded {
                Some(symbol) => match books.iter().find(|a| a.symbol == *symbol) {
                    Some(asset) => Ok(asset.book()),
                    None => Ok(no_such(format!("it has those of {}", symbols()))?),
                },
                None => match &books[..] {
                    [only] => Ok(only.book()),
                    _ => Err(symbols()),
                },
            }
        } else {
            Ok(no_such("it has one cross book of all assets".to_owned())?)
        };
        Ok(BooksPin { settlement_asset, cross_alone })
    }

    fn claim(&self) -> Result<Claim, Refused> {
        let schedule = self.market.schedule();
        let level = &self.demands.level;
        level.check(schedule, self.demands.requirement())?;
        let floor = self.demands.floor.in_units(schedule.margin_decimals());
        let floor = floor.ok_or(Refused::Floor)?;
        Claim::with_floor(level.level_bps(), floor).map_err(|_| Refused::Floor)
    }
}

fn signers<T: Body>(opened: &Opened<T>) -> String {
    let of_role = opened.signers().iter().filter(|s| s.role == T::ROLE);
    let names: Vec<_> = of_role.map(|s| format!("{} ({})", s.name, s.id)).collect();
    format!("signed by {}", names.join(", "))
}

/// Compares evidence and market with the demands at the verifier's time, in milliseconds since 1970.
///
/// # Errors
/// The first [`Refused`] reason.
pub fn assess(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    now_ms: u64,
) -> Result<Assessment, Refused> {
    assess_at(demands, evidence, market, Times { now_ms: Some(now_ms), at_ms: &|_| now_ms })
}

/// [`assess`] after the fact: each piece of evidence has its own time, when it is known to have existed. Its key must
/// be trusted then, and it must not state a later time. Ages by the verifier's clock are not compared.
///
/// # Errors
/// The first [`Refused`] reason.
pub fn assess_dated(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    at_ms: &dyn Fn(&What) -> u64,
) -> Result<Assessment, Refused> {
    assess_at(demands, evidence, market, Times { now_ms: None, at_ms })
}

fn assess_at(
    demands: &Demands,
    evidence: &Evidence,
    market: &dyn AnyMarket,
    times: Times<'_>,
) -> Result<Assessment, Refused> {
    let (met, pinned, open) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut desk = Desk { demands, evidence, market, times, met, pinned, open };
    let file = demands.file();
    if let Some(digest) = demands.market {
        if digest != market.digest() {
            let (found, pinned) = (market.digest(), digest);
            return Err(Refused::OtherMarket { found, pinned });
        }
        desk.met("market pinned", digest.to_string());
    }
    desk.schedule()?;
    let snapshot = desk.snapshot()?;
    let challenge = desk.challenge()?;
    if let Some((note, challenge)) = snapshot.as_ref().zip(challenge.as_ref())
        && file.market.first_after_challenge
    {
        let previous = evidence.previous_note.as_deref();
        let whats = [What::SnapshotNote, What::PreviousNote];
        let demand = "first marks after the challenge";
        desk.first_after(note, whats, previous, demand, challenge.time_ms())?;
    }
    let (mut commitment, mut ledger_root, mut checkpoint) = (None, None, None);
    let own_word = "nobody but you: the account is pinned on your word alone";
    let vouched = match &demands.account {
        Account::Ledger { ages, newest, first, witnesses } => {
            let which = [*newest, *first];
            let (found, vouched) = desk.ledger(ages, which, *witnesses, challenge.as_ref())?;
            ledger_root = Some(found.root);
            checkpoint = Some(found);
            vouched
        }
        Account::Attested { ages, newest } => {
            let (found, vouched) = desk.attestation(ages, *newest)?;
            commitment = Some(found);
            vouched
        }
        Account::Commitment(pinned) => {
            commitment = Some(*pinned);
            desk.pinned("account pinned", pinned.to_string());
            desk.open.extend(OF_NO_NOTE);
            own_word.to_owned()
        }
        Account::LedgerRoot(pinned) => {
            ledger_root = Some(*pinned);
            desk.pinned("ledger pinned", pinned.to_string());
            desk.open.extend(OF_NO_NOTE);
            own_word.to_owned()
        }
        Account::Any => {
            desk.open.extend(OF_NO_NOTE);
            "nobody".to_owned()
        }
    };
    let mut accounts = None;
    if let Some(pseudonym) = demands.pseudonym {
        desk.pinned("holder pinned", format!("pseudonym {pseudonym}"));
        let all = file.holder.as_ref().is_some_and(|h| h.all_accounts);
        if let Some(checkpoint) = checkpoint.as_ref().filter(|_| all) {
            accounts = Some(desk.enrolment(checkpoint, pseudonym)?);
        }
    }
    desk.prices()?;
    let asked = challenge.as_ref().map(|c| c.context());
    let anchored = demands.market.is_some() || snapshot.is_some();
    let unanchored = (!anchored).then_some(UNANCHORED_MAX_K);
    let pins = Pins {
        market: anchored,
        commitment,
        ledger_root,
        pseudonym: demands.pseudonym,
        claim: Some(desk.claim()?),
        subject: Some(desk.subject()?),
        audience: file.audience.clone().or_else(|| asked.map(|c| c.audience().to_owned())),
        purpose: file.purpose.clone().or_else(|| asked.map(|c| c.purpose().to_owned())),
        nonce: challenge.as_ref().map(|c| *c.nonce()).or(demands.nonce),
        epoch: file.epoch.or_else(|| asked.map(|c| zero_for_none(c.epoch()))),
        expires: challenge.as_ref().map(|c| c.expires_ms()),
        now_ms: times.now_ms,
        max_k: file.market.max_k.or(unanchored),
    };
    if desk.has_unused_evidence() {
        desk.open.insert(NotChecked::UnusedEvidence);
    }
    let fresh = &file.freshness;
    let not_alone = [
        ("freshness.challenge", fresh.challenge),
        ("freshness.once_per_period", fresh.once_per_period),
        ("freshness.sequence", fresh.sequence),
        ("holder.all_accounts", accounts.is_some()),
    ];
    let not_alone = not_alone.into_iter().find(|(_, demanded)| *demanded).map(|(name, _)| name);
    let Desk { met, pinned, open, .. } = desk;
    let market = market.digest();
    Ok(Assessment {
        market,
        pins,
        met,
        pinned,
        snapshot,
        checkpoint,
        accounts,
        vouched,
        open,
        not_alone,
    })
}
