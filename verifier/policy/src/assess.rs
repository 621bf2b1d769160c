//! Evidence and market against the demands, before any proof is looked at.

use crate::demands::{Account, Demands};
use crate::evidence::Evidence;
use crate::prices;
use crate::refused::{Refused, What};
use crate::seen::Replay;
use num_bigint::BigInt;
use zkmargin_circuit::halo2::Fp;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::field_bytes;
use zkmargin_model::digest::Digest;
use zkmargin_model::files::{CompiledMarket, format_utc};
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::{
    AttestationNote, Body, EnrolmentNote, LedgerCheckpoint, Opened, ScheduleNote, SnapshotNote,
};
use zkmargin_verifier::Policy;

/// Clocks differ: a note may be this far ahead of the verifier's time, in milliseconds.
pub const CLOCK_TOLERANCE_MS: u64 = 5_000;

/// A demand, and how it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// What was demanded.
    pub demand: &'static str,
    /// How it was met.
    pub how: String,
}

/// Demands that evidence, market and time meet. The proofs are still to be verified.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// What the proof itself must say.
    pub policy: Policy,
    /// Demands met so far.
    pub met: Vec<Met>,
    /// The venue's note over the snapshot.
    pub snapshot: SnapshotNote,
    /// The checkpoint of the ledger, for an account of one.
    pub checkpoint: Option<LedgerCheckpoint>,
    /// Number of the holder's accounts, when all are demanded.
    pub accounts: Option<u64>,
    /// The nonce to be used up.
    pub nonce: Option<[u8; 32]>,
}

/// What an assessment is made of.
struct Bench<'a> {
    demands: &'a Demands,
    evidence: &'a Evidence,
    market: &'a CompiledMarket,
    now_ms: u64,
    at_ms: &'a dyn Fn(&What) -> u64,
    met: Vec<Met>,
}

impl Bench<'_> {
    fn met(&mut self, demand: &'static str, how: impl Into<String>) {
        self.met.push(Met { demand, how: how.into() });
    }

    /// Opens a note of the policy's venue; `None` when there is none.
    fn open<T: Body>(&self, bytes: Option<&[u8]>, what: What) -> Result<Opened<T>, Refused> {
        let bytes = bytes.ok_or_else(|| Refused::Missing(what.clone()))?;
        let opened = self.demands.keys().open::<T>(bytes, (self.at_ms)(&what));
        let opened = opened.map_err(|error| Refused::Note { what: what.clone(), error })?;
        let demanded = &self.demands.file().market.venue;
        match opened.body().venue() {
            Some(found) if found != demanded => {
                let (found, demanded) = (found.to_owned(), demanded.clone());
                Err(Refused::OtherVenue { what, found, demanded })
            }
            _ => Ok(opened),
        }
    }

    fn past(&self, what: What, time_ms: u64) -> Result<(), Refused> {
        if time_ms > (self.at_ms)(&what).saturating_add(CLOCK_TOLERANCE_MS) {
            return Err(Refused::Future { what, time_ms });
        }
        Ok(())
    }

    fn distance(&self, what: What, time_ms: u64, most: Option<u64>) -> Result<u64, Refused> {
        let distance_ms = time_ms.abs_diff(self.market.snapshot().time_ms);
        match most.filter(|most| distance_ms > *most) {
            Some(most_ms) => Err(Refused::Distance { what, distance_ms, most_ms }),
            None => Ok(distance_ms),
        }
    }

    fn schedule(&mut self) -> Result<(), Refused> {
        let file = self.market.schedule().file();
        let demand = &self.demands.file().market;
        if file.venue != demand.venue {
            return Err(Refused::OtherVenue {
                what: What::ScheduleNote,
                found: file.venue.clone(),
                demanded: demand.venue.clone(),
            });
        }
        let found = self.market.schedule_digest();
        let name = format!("{:?} of {}", file.name, file.venue);
        if let Some(pinned) = self.demands.schedule {
            if pinned != found {
                let (found, pinned) = (hex::encode(found), hex::encode(pinned));
                return Err(Refused::OtherSchedule { found, pinned });
            }
            self.met("schedule pinned", format!("{name}, digest {}", hex::encode(found)));
        }
        if demand.signed_schedule {
            let what = What::ScheduleNote;
            let bytes = self.evidence.schedule_note.as_deref();
            let opened = self.open::<ScheduleNote>(bytes, what.clone())?;
            let checked = opened.body().check(self.market.schedule());
            checked.map_err(|mismatch| Refused::OtherFile { what, mismatch })?;
            self.met("schedule signed by its venue", format!("{name}, {}", signers(&opened)));
        }
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Opened<SnapshotNote>, Refused> {
        let what = What::SnapshotNote;
        let opened =
            self.open::<SnapshotNote>(self.evidence.snapshot_note.as_deref(), what.clone())?;
        let checked = opened.body().check(self.market);
        checked.map_err(|mismatch| Refused::OtherFile { what: what.clone(), mismatch })?;
        let note = opened.body();
        let how = format!(
            "number {} of {}, {} instruments, {}",
            note.sequence,
            format_utc(note.time_ms),
            note.instruments,
            signers(&opened)
        );
        self.met("marks signed by the venue", how);
        self.past(what.clone(), note.time_ms)?;
        let demand = &self.demands.file().market;
        witnesses(&opened, what, demand.witnesses)?;
        if demand.witnesses > 0 {
            let how = format!("{} by {}", opened.witnesses().count(), witness_names(&opened));
            self.met("marks cosigned by witnesses", how);
        }
        if let Some(most_ms) = demand.max_age_seconds.map(|s| s.saturating_mul(1000)) {
            let age_ms = self.now_ms.saturating_sub(note.time_ms);
            if age_ms > most_ms {
                return Err(Refused::Stale { time_ms: note.time_ms, age_ms, most_ms });
            }
            self.met("marks not too old", format!("{age_ms} ms of at most {most_ms} ms"));
        }
        Ok(opened)
    }

    /// The challenge: this verifier's own, in time, and for what the policy asks.
    fn challenge(&mut self) -> Result<Option<zkmargin_model::files::Challenge>, Refused> {
        let file = self.demands.file();
        if !file.freshness.challenge {
            return Ok(None);
        }
        let issued = self.evidence.challenge.as_ref().ok_or(Refused::Missing(What::Challenge))?;
        let challenge = issued.challenge.clone();
        if issued.answered {
            return Err(Replay::Answered.into());
        }
        if self.now_ms >= challenge.expires_ms() {
            return Err(Refused::ChallengeExpired(challenge.expires_ms()));
        }
        let context = challenge.context();
        if context.audience() != file.audience {
            return Err(Refused::OtherChallenge("audience"));
        }
        if file.purpose.as_deref().is_some_and(|purpose| purpose != context.purpose()) {
            return Err(Refused::OtherChallenge("purpose"));
        }
        if file.epoch.is_some_and(|epoch| epoch != context.epoch()) {
            return Err(Refused::OtherChallenge("period"));
        }
        let how = format!(
            "made at {}, expires at {}",
            format_utc(challenge.time_ms()),
            format_utc(challenge.expires_ms())
        );
        self.met("answers this verifier's challenge", how);
        Ok(Some(challenge))
    }

    /// The first snapshot at or after the challenge: the one before it is earlier.
    fn first_after(&mut self, note: &SnapshotNote, challenge_ms: u64) -> Result<(), Refused> {
        if note.time_ms < challenge_ms {
            return Err(Refused::BeforeChallenge { time_ms: note.time_ms, challenge_ms });
        }
        let what = What::PreviousNote;
        let previous = self.open::<SnapshotNote>(self.evidence.previous_note.as_deref(), what)?;
        let previous = previous.body();
        let sequence = note.sequence;
        if previous.sequence.checked_add(1) != Some(sequence) {
            let reason = "the note of the snapshot before has another number";
            return Err(Refused::NotFirst { sequence, reason });
        }
        if previous.time_ms >= challenge_ms {
            let reason = "the snapshot before is after the challenge too";
            return Err(Refused::NotFirst { sequence, reason });
        }
        let how = format!(
            "number {} is of {}, before the challenge",
            previous.sequence,
            format_utc(previous.time_ms)
        );
        self.met("first marks after the challenge", how);
        Ok(())
    }

    fn ledger(&mut self, most: Option<u64>, demanded: u32) -> Result<LedgerCheckpoint, Refused> {
        let what = What::Checkpoint;
        let bytes = self.evidence.checkpoint.as_deref();
        let opened = self.open::<LedgerCheckpoint>(bytes, what.clone())?;
        let checkpoint = opened.body().clone();
        if checkpoint.registry != self.market.registry_digest() {
            return Err(Refused::Other { what, part: "registry" });
        }
        self.past(what.clone(), checkpoint.time_ms)?;
        witnesses(&opened, what.clone(), demanded)?;
        let distance = self.distance(what, checkpoint.time_ms, most)?;
        let how = format!(
            "epoch {} of {}, {} accounts, {}",
            checkpoint.epoch,
            format_utc(checkpoint.time_ms),
            checkpoint.size,
            signers(&opened)
        );
        self.met("account of the venue's ledger", how);
        if demanded > 0 {
            let how = format!("{} by {}", opened.witnesses().count(), witness_names(&opened));
            self.met("ledger cosigned by witnesses", how);
        }
        if let Some(most) = most {
            let how = format!("{distance} ms of at most {most} ms");
            self.met("ledger and marks of one time", how);
        }
        Ok(checkpoint)
    }

    fn attestation(&mut self, most: Option<u64>) -> Result<Fp, Refused> {
        let what = What::Attestation;
        let bytes = self.evidence.attestation.as_deref();
        let opened = self.open::<AttestationNote>(bytes, what.clone())?;
        let note = opened.body();
        if note.registry != self.market.registry_digest() {
            return Err(Refused::Other { what, part: "registry" });
        }
        self.past(what.clone(), note.time_ms)?;
        let distance = self.distance(what, note.time_ms, most)?;
        let how =
            format!("{:?} at {}, {}", note.checked, format_utc(note.time_ms), signers(&opened));
        self.met("account checked by an attester", how);
        if let Some(most) = most {
            let how = format!("{distance} ms of at most {most} ms");
            self.met("attestation and marks of one time", how);
        }
        Ok(note.commitment)
    }

    fn enrolment(&mut self, checkpoint: &LedgerCheckpoint, pseudonym: Fp) -> Result<u64, Refused> {
        let what = What::Enrolment;
        let opened =
            self.open::<EnrolmentNote>(self.evidence.enrolment.as_deref(), what.clone())?;
        let note = opened.body();
        if note.replaces == Some(pseudonym) {
            let pseudonym = hex::encode(field_bytes(&note.pseudonym));
            return Err(Refused::PseudonymReplaced(pseudonym));
        }
        let audience: Digest = audience_digest(&self.demands.file().audience);
        for (part, same) in [
            ("epoch", note.epoch == checkpoint.epoch),
            ("audience", note.audience == audience),
            ("pseudonym", note.pseudonym == pseudonym),
        ] {
            if !same {
                return Err(Refused::Other { what, part });
            }
        }
        let how =
            format!("{} accounts in epoch {}, {}", note.accounts, note.epoch, signers(&opened));
        self.met("holder enrolled by the venue", how);
        Ok(note.accounts)
    }

    fn prices(&mut self) -> Result<bool, Refused> {
        let names = |name: &str| self.demands.sources().iter().find(|s| s.name == name);
        let mut verified = Vec::new();
        for (name, bytes) in &self.evidence.sources {
            let source = names(name).ok_or_else(|| Refused::UnknownSource(name.clone()))?;
            if verified.iter().any(|v: &crate::source::Verified| v.name == *name) {
                let reason = "two messages; give the one of the snapshot's time".to_owned();
                return Err(Refused::Source { name: name.clone(), reason });
            }
            let at_ms = (self.at_ms)(&What::Source(name.clone()));
            verified.push(source.verify(bytes, self.demands.keys(), at_ms)?);
        }
        let Some(demand) = &self.demands.file().prices else { return Ok(false) };
        let (compared, greatest) = prices::compare(self.market, &verified, demand)?;
        let hundred = BigInt::from(100);
        let uncovered = demand.uncovered.instruments.len() + demand.uncovered.assets.len();
        let how = format!(
            "{compared} within {} bp of the median of {} sources (greatest distance {}.{:0>2} bp), {uncovered} declared uncovered",
            demand.max_deviation_bps,
            verified.len(),
            &greatest / &hundred,
            &greatest % &hundred
        );
        self.met("marks agree with price sources", how);
        Ok(true)
    }

    fn claim(&self) -> Result<Claim, Refused> {
        let schedule = self.market.schedule();
        let text = &self.demands.file().claim.level;
        let level = schedule.level(text).or_else(|| text.parse().ok());
        let level = level.ok_or_else(|| Refused::UnknownLevel(text.clone()))?;
        let floor = self.demands.floor.to_scaled(schedule.margin_decimals());
        let floor = floor.and_then(|f| f.to_biguint()).ok_or(Refused::Floor)?;
        Claim::new(level, floor).map_err(|_| Refused::UnknownLevel(text.clone()))
    }
}

fn signers<T: Body>(opened: &Opened<T>) -> String {
    let of_role = opened.signers().iter().filter(|s| s.role == T::ROLE);
    let names: Vec<_> = of_role.map(|s| format!("{} ({})", s.name, s.id)).collect();
    format!("signed by {}", names.join(", "))
}

fn witness_names<T>(opened: &Opened<T>) -> String {
    let names: Vec<_> = opened.witnesses().map(|s| s.name.clone()).collect();
    names.join(", ")
}

fn witnesses<T>(opened: &Opened<T>, what: What, demanded: u32) -> Result<(), Refused> {
    let found = opened.witnesses().count();
    if (found as u64) < u64::from(demanded) {
        return Err(Refused::Witnesses { what, found, demanded });
    }
    Ok(())
}

/// Compares evidence and market with the demands at a time, in milliseconds since 1970.
///
/// # Errors
/// The first [`Refused`] reason.
pub fn assess(
    demands: &Demands,
    evidence: &Evidence,
    market: &CompiledMarket,
    now_ms: u64,
) -> Result<Assessment, Refused> {
    assess_dated(demands, evidence, market, now_ms, &|_| now_ms)
}

/// [`assess`] with a time of its own for each piece of evidence, at which its key must be trusted and
/// after which it may not speak of: when the evidence is known to have existed.
///
/// # Errors
/// The first [`Refused`] reason.
pub fn assess_dated(
    demands: &Demands,
    evidence: &Evidence,
    market: &CompiledMarket,
    now_ms: u64,
    at_ms: &dyn Fn(&What) -> u64,
) -> Result<Assessment, Refused> {
    let mut bench = Bench { demands, evidence, market, now_ms, at_ms, met: Vec::new() };
    let file = demands.file();
    bench.schedule()?;
    let snapshot = bench.snapshot()?.body().clone();
    let challenge = bench.challenge()?;
    if let Some(challenge) = challenge.as_ref().filter(|_| file.market.first_after_challenge) {
        bench.first_after(&snapshot, challenge.time_ms())?;
    }
    let (mut commitment, mut checkpoint) = (None, None);
    match demands.account {
        Account::Ledger { max_distance_ms, witnesses } => {
            checkpoint = Some(bench.ledger(max_distance_ms, witnesses)?);
        }
        Account::Attested { max_distance_ms } => {
            commitment = Some(bench.attestation(max_distance_ms)?);
        }
        Account::Commitment(pinned) => {
            commitment = Some(pinned);
            bench.met("account pinned", hex::encode(field_bytes(&pinned)));
        }
    }
    let mut accounts = None;
    if let Some(pseudonym) = demands.pseudonym {
        bench.met("holder pinned", format!("pseudonym {}", hex::encode(field_bytes(&pseudonym))));
        let all = file.holder.as_ref().is_some_and(|h| h.all_accounts);
        if let Some(checkpoint) = checkpoint.as_ref().filter(|_| all) {
            accounts = Some(bench.enrolment(checkpoint, pseudonym)?);
        }
    }
    let prices_compared = bench.prices()?;
    let asked = challenge.as_ref().map(|c| c.context());
    let policy = Policy {
        market: Some(market.digest()),
        snapshot_signed: true,
        earliest_snapshot: file
            .market
            .max_age_seconds
            .map(|s| now_ms.saturating_sub(s.saturating_mul(1000))),
        commitment,
        ledger_root: checkpoint.as_ref().map(|c| c.root),
        pseudonym: demands.pseudonym,
        claim: Some(bench.claim()?),
        audience: Some(file.audience.clone()),
        purpose: file.purpose.clone().or_else(|| asked.map(|c| c.purpose().to_owned())),
        nonce: challenge.as_ref().map(|c| *c.nonce()),
        epoch: file.epoch.or_else(|| asked.map(|c| c.epoch())),
        expires: challenge.as_ref().map(|c| c.expires_ms()),
        now: Some(now_ms),
        account_age_checked: matches!(
            demands.account,
            Account::Ledger { max_distance_ms: Some(_), .. }
                | Account::Attested { max_distance_ms: Some(_) }
        ),
        attested: matches!(demands.account, Account::Attested { .. }),
        prices_compared,
        all_accounts: accounts.is_some(),
        replay_checked: false,
        sequence_checked: false,
    };
    let nonce = policy.nonce;
    Ok(Assessment { policy, met: bench.met, snapshot, checkpoint, accounts, nonce })
}
