//! Judges proofs for an audit: their evidence first, then all of them in one batch.

mod candidates;
mod messages;
#[cfg(test)]
mod tests;
mod words;

use crate::evidence::{EvidenceFile, EvidenceKind, EvidenceStore};
use crate::rules::{Period, Rules};
use crate::schedules::Schedules;
use crate::status::{Judgement, Status};
use candidates::{Beginning, Candidates, Place, Sought, is_wrong_for_all};
use lru::LruCache;
use messages::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use words::{missing, of_failure, of_verdict, refused, unread};
use zkmargin_circuit::KeyCache;
use zkmargin_model::context::zero_for_none;
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest, SnapshotDigest};
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_notes::{KeySet, SnapshotNote};
use zkmargin_params::{AccountDemand, AnyMarket, AnySchedule, format_utc};
use zkmargin_policy::{
    Assessment, BatchItem, Evidence, Met, NotChecked, Refused, What, assess_dated, open_note,
    verdict_on, verdicts_on,
};
use zkmargin_verifier::VerifyFailure;

/// Number of markets kept compiled.
const MARKETS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Number of evidence assessments kept.
const ASSESSMENTS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// A proof to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Submitted<'a> {
    /// The proof file, binary or its JSON twin.
    pub bytes: &'a [u8],
    /// Who submitted it, as a number.
    pub submitter: u64,
}

/// No judgement could be made. This says nothing about the proofs.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError<E: std::error::Error> {
    /// From the verifier.
    #[error(transparent)]
    Verify(#[from] VerifyFailure),
    /// From the store of evidence.
    #[error("the evidence cannot be looked up: {0}")]
    Evidence(E),
}

/// A period's evidence for an account at a market: what the proof must say, or why there is no point in looking at it.
type Assessed = Arc<Result<Sound, Judgement>>;

/// Evidence that meets a period's demands, and the notes it consists of.
#[derive(Clone, Debug)]
struct Sound {
    assessment: Assessment,
    notes: Vec<NoteTimes>,
}

/// A note that a verdict relies on: what it is, the time it states, and when it was submitted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NoteTimes {
    /// Which note.
    pub what: String,
    /// The time in the note, UTC; `None` if it has none.
    pub stated: Option<String>,
    /// When it was ingested, UTC: the time at which it counts.
    pub ingested: String,
}

/// What a proof relies on.
#[derive(Clone, Debug)]
pub struct Provenance {
    /// Demands, and how they are met.
    pub met: Vec<Met>,
    /// The notes, with their times.
    pub notes: Vec<NoteTimes>,
    /// Whose rules, in words.
    pub rules: String,
    /// What the period's policy does not demand.
    pub not_checked: Vec<NotChecked>,
}

/// The undemanded checks that an audit does not settle in another way: its periods fix the epoch and the times of
/// marks, its list of what is due fixes the holders, its policies fix audience and purpose. The list counts the accounts of
/// one ledger of the venue, so those of another one stay open.
fn of_an_audit(open: BTreeSet<NotChecked>) -> Vec<NotChecked> {
    use NotChecked as N;
    let settled = [
        N::Audience,
        N::Purpose,
        N::Nonce,
        N::Epoch,
        N::Holder,
        N::SnapshotAge,
        N::Replay,
        N::Sequence,
        // The store looks for evidence of every kind.
        N::UnusedEvidence,
    ];
    open.into_iter().filter(|what| !settled.contains(what)).collect()
}

/// A proof's market with its period's evidence, or the judgement that can be made without them.
type Prepared = Result<(Arc<dyn AnyMarket>, Assessed), Judgement>;

/// A market, or why there is none.
type Market = Result<Arc<dyn AnyMarket>, Judgement>;

/// What an assessment depends on: schedule, snapshot, ledger root or commitment, epoch.
type Key = (ScheduleDigest, SnapshotDigest, [u8; 32], u64);

/// Judges proofs under the rules of a manifest, with the evidence of a store.
pub struct Judge<'a, E> {
    rules: &'a Rules,
    evidence: &'a E,
    keys: &'a KeyCache,
    workers: NonZeroUsize,
    schedules: Schedules,
    markets: LruCache<(ScheduleDigest, SnapshotDigest), Market>,
    assessments: LruCache<Key, Assessed>,
    beginnings: LruCache<Sought, Beginning>,
    /// By the policy that names the sources: its venue, and the registry that it names, if it does.
    messages: BTreeMap<(String, Option<RegistryDigest>), Arc<Vec<Message>>>,
}

impl<E> std::fmt::Debug for Judge<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("workers", &self.workers).finish_non_exhaustive()
    }
}

fn account(statement: &Statement) -> [u8; 32] {
    match statement.account {
        AccountReference::Commitment(commitment) => commitment.to_bytes(),
        AccountReference::Ledger { root, .. } => root.to_bytes(),
    }
}

/// What is said of a proof of a registry that no policy is about.
fn no_policy() -> Judgement {
    Judgement::new(Status::Outside, "NoPeriod", "no period of this registry")
}

/// Judgements in the order of their proofs.
fn in_order(mut judgements: Vec<(usize, Judgement)>) -> Vec<Judgement> {
    judgements.sort_by_key(|(at, _)| *at);
    judgements.into_iter().map(|(_, judgement)| judgement).collect()
}

/// A proof with what it is verified against.
struct Ready {
    at: usize,
    envelope: Envelope,
    market: Arc<dyn AnyMarket>,
    assessed: Assessed,
}

impl<'a, E: EvidenceStore> Judge<'a, E> {
    /// A judge using `workers` threads.
    pub fn new(
        rules: &'a Rules,
        evidence: &'a E,
        keys: &'a KeyCache,
        workers: NonZeroUsize,
    ) -> Self {
        Self {
            rules,
            evidence,
            keys,
            workers,
            schedules: Schedules::default(),
            markets: LruCache::new(MARKETS),
            assessments: LruCache::new(ASSESSMENTS),
            beginnings: LruCache::new(ASSESSMENTS),
            messages: Default::default(),
        }
    }

    /// The schedule with a digest, if the evidence has it.
    pub(crate) fn schedule(
        &mut self,
        digest: &ScheduleDigest,
    ) -> Result<Option<Arc<dyn AnySchedule>>, E::Error> {
        let evidence = self.evidence;
        self.schedules.get(digest, || {
            let file = evidence.next(EvidenceKind::Schedule, Some(digest.bytes()), 0)?;
            Ok(file.map(|file| file.bytes))
        })
    }

    /// Venue and registry of a schedule: what gives the ids of an account their meaning. `None` if the schedule is not
    /// there.
    pub(crate) fn series(
        &mut self,
        schedule: &ScheduleDigest,
    ) -> Result<Option<(String, RegistryDigest)>, E::Error> {
        let schedule = self.schedule(schedule)?;
        Ok(schedule.map(|schedule| (schedule.venue().to_owned(), schedule.registry_digest())))
    }

    fn market(
        &mut self,
        schedule: &dyn AnySchedule,
        snapshot: &SnapshotDigest,
        period: &Period,
    ) -> Result<Market, E::Error> {
        let key = (schedule.digest(), *snapshot);
        if let Some(known) = self.markets.get(&key) {
            return Ok(known.clone());
        }
        let made = self.make_market(schedule, snapshot, period)?;
        self.markets.put(key, made.clone());
        Ok(made)
    }

    /// The market at a snapshot that a trusted key has signed: loadings of a portfolio snapshot are expensive to derive, and
    /// anybody can submit one.
    fn make_market(
        &mut self,
        schedule: &dyn AnySchedule,
        snapshot: &SnapshotDigest,
        period: &Period,
    ) -> Result<Market, E::Error> {
        let absent = || missing("SnapshotMissing", format!("no snapshot {snapshot}"));
        let file = self.evidence.next(EvidenceKind::Snapshot, Some(snapshot.bytes()), 0)?;
        let Some(file) = file else { return Ok(Err(absent())) };
        if let Err(judgement) = self.check_signed(snapshot, period)? {
            return Ok(Err(judgement));
        }
        let market = schedule.at(&file.bytes).ok();
        Ok(market.filter(|market| market.snapshot_digest() == *snapshot).ok_or_else(absent))
    }

    /// Looks for a note over a snapshot that a key of the venue's policy has signed.
    fn check_signed(
        &mut self,
        snapshot: &SnapshotDigest,
        period: &Period,
    ) -> Result<Result<(), Judgement>, E::Error> {
        let (rules, venue) = (self.rules, &period.venue[..]);
        let (registry, epoch) = (period.registry, period.epoch);
        let Some(demands) = rules.policy(venue, &registry) else { return Ok(Err(no_policy())) };
        let place = Place { venue, registry, epoch };
        let kind = EvidenceKind::SnapshotNote;
        let mut note = Candidates::new(What::SnapshotNote, kind, Some(snapshot.bytes()), place);
        self.begin(&mut note)?;
        loop {
            let reason = match &note.current {
                None => Refused::Missing(What::SnapshotNote),
                Some(file) => {
                    let (keys, what) = (demands.keys(), What::SnapshotNote);
                    let time_ms = file.time_ms;
                    let opened =
                        open_note::<SnapshotNote>(keys, &file.bytes, what, Some(venue), time_ms);
                    match opened {
                        Ok(_) => return Ok(Ok(())),
                        Err(reason) => reason,
                    }
                }
            };
            if let Some(judgement) = self.another(&mut note, reason, demands.keys())? {
                return Ok(Err(judgement));
            }
        }
    }

    /// Moves candidates to where the search for them begins.
    fn begin(&mut self, of_kind: &mut Candidates<'_>) -> Result<(), E::Error> {
        let Some(sought) = of_kind.sought() else { return Ok(()) };
        of_kind.begin(self.evidence, self.beginnings.get(&sought))?;
        // Checkpoints of other periods are passed over once.
        self.beginnings.put(sought, of_kind.beginning());
        Ok(())
    }

    /// Moves on from a candidate that is refused to the next that may do: nobody spoils a note by handing in a worse one.
    /// Returns what is said if there is none.
    fn another(
        &mut self,
        of_kind: &mut Candidates<'_>,
        reason: Refused,
        keys: &KeySet,
    ) -> Result<Option<Judgement>, E::Error> {
        of_kind.is_beginning &= is_wrong_for_all(&reason);
        let again = of_kind.advance_time(self.evidence, keys, &reason)?;
        // What is wrong with a trusted note says more than that a stranger has signed another.
        let said = match of_kind.reason.take() {
            Some(first) if first.code() != "KeyUnknown" => first,
            Some(_) | None => reason,
        };
        let is_next = again || of_kind.advance(self.evidence)?;
        let judgement = (!is_next).then(|| refused(&said));
        of_kind.reason = Some(said);
        // Strangers' notes cost one look each, not one for each proof.
        if let Some(sought) = of_kind.sought().filter(|_| of_kind.is_beginning) {
            self.beginnings.put(sought, of_kind.beginning());
        }
        Ok(judgement)
    }

    /// Evidence for an account at a market: of several files of one kind, the first that is trusted, or else the first.
    fn assess(
        &mut self,
        statement: &Statement,
        market: &dyn AnyMarket,
        epoch: u64,
    ) -> Result<Result<Sound, Judgement>, E::Error> {
        let venue = market.schedule().venue().to_owned();
        let rules = self.rules;
        let registry = market.registry_digest();
        let Some(demands) = rules.policy(&venue, &registry) else {
            return Ok(Err(no_policy()));
        };
        let place = Place { venue: &venue, registry, epoch };
        let account = account(statement);
        let in_ledger = matches!(demands.file().account, Some(AccountDemand::Ledger(_)));
        let schedule = *market.schedule_digest().bytes();
        let snapshot = *market.snapshot_digest().bytes();
        let signed_schedule = demands.file().market.signed_schedule;
        let mut candidates = [
            (What::ScheduleNote, EvidenceKind::ScheduleNote, signed_schedule.then_some(&schedule)),
            (What::SnapshotNote, EvidenceKind::SnapshotNote, Some(&snapshot)),
            (What::Checkpoint, EvidenceKind::Checkpoint, in_ledger.then_some(&account)),
            (What::Attestation, EvidenceKind::Attestation, (!in_ledger).then_some(&account)),
        ]
        .map(|(what, kind, name)| Candidates::new(what, kind, name, place));
        for of_kind in &mut candidates {
            self.begin(of_kind)?;
        }
        let messages = self.chosen_messages(&venue, market)?;
        loop {
            let [schedule, snapshot, checkpoint, attestation] =
                [0, 1, 2, 3].map(|at: usize| candidates[at].bytes());
            let named = candidates.iter().find_map(Candidates::schedule);
            let account_schedule = match named.filter(|named| *named != market.schedule_digest()) {
                Some(named) => {
                    self.evidence.next(EvidenceKind::Schedule, Some(named.bytes()), 0)?
                }
                None => None,
            };
            let of = |(source, file): &(String, EvidenceFile)| (source.clone(), file.bytes.clone());
            let evidence = Evidence {
                schedule_note: schedule,
                snapshot_note: snapshot,
                checkpoint,
                attestation,
                account_schedule: account_schedule.map(|file| file.bytes),
                sources: messages.iter().map(of).collect(),
                ..Evidence::default()
            };
            // A file existed when it was ingested: that is the time at which its key must be trusted.
            let at_ms = |what: &What| {
                let note = candidates.iter().find(|c| c.what == *what);
                let note = note.and_then(|c| c.current.as_ref());
                let of_source =
                    |(source, _): &&(_, _)| *what == What::Source(String::clone(source));
                let message = || messages.iter().find(of_source).map(|(_, file)| file);
                note.or_else(message).map_or(0, |file| file.time_ms)
            };
            // A proof that has expired since was in time then; the period says what is due.
            let reason = match assess_dated(demands, &evidence, market, &at_ms) {
                Ok(assessment) => {
                    let notes = candidates.iter().filter_map(Candidates::times).collect();
                    let assessment = assessment.for_epoch(epoch);
                    return Ok(Ok(Sound { assessment, notes }));
                }
                Err(reason) => reason,
            };
            // Another file of the kind may do.
            let what = reason.what();
            let Some(of_kind) = candidates.iter_mut().find(|c| Some(&c.what) == what.as_ref())
            else {
                return Ok(Err(refused(&reason)));
            };
            if let Some(judgement) = self.another(of_kind, reason, demands.keys())? {
                return Ok(Err(judgement));
            }
        }
    }

    /// Everything that can be said before the proof itself is looked at.
    fn prepare(&mut self, statement: &Statement) -> Result<Prepared, E::Error> {
        let Some(schedule) = self.schedule(&statement.schedule_digest)? else {
            let reason = format!("no schedule {}", statement.schedule_digest);
            return Ok(Err(missing("ScheduleMissing", reason)));
        };
        let venue = schedule.venue();
        let epoch = zero_for_none(statement.context.epoch());
        let registry = schedule.registry_digest();
        let place = self.rules.place(venue, &registry, epoch);
        let Some(period) = place.and_then(|place| self.rules.periods().get(place)) else {
            let what = format!("no period {epoch} of {venue} with registry {registry}");
            return Ok(Err(Judgement::new(Status::Outside, "NoPeriod", what)));
        };
        if period.schedule != statement.schedule_digest {
            let (stated, due) = (statement.schedule_digest, period.schedule);
            let reason = format!("schedule {stated}; the period has {due}");
            return Ok(Err(Judgement::new(Status::WrongRule, "PolicySchedule", reason)));
        }
        let time_ms = statement.snapshot_time;
        if !(period.from_ms..period.until_ms).contains(&time_ms) {
            let reason =
                format!("marks dated {}, which is outside the period", format_utc(time_ms));
            return Ok(Err(Judgement::new(Status::Stale, "MarksOutsidePeriod", reason)));
        }
        let market = match self.market(&*schedule, &statement.snapshot_digest, period)? {
            Ok(market) => market,
            Err(judgement) => return Ok(Err(judgement)),
        };
        let account = account(statement);
        let key = (statement.schedule_digest, statement.snapshot_digest, account, epoch);
        if let Some(assessed) = self.assessments.get(&key) {
            return Ok(Ok((market, assessed.clone())));
        }
        let assessed = Arc::new(self.assess(statement, &*market, epoch)?);
        self.assessments.put(key, assessed.clone());
        Ok(Ok((market, assessed)))
    }

    /// What a proof relies on, or why that does not meet the demands of its period.
    ///
    /// # Errors
    /// [`JudgeError`].
    pub fn provenance(
        &mut self,
        proof: &[u8],
    ) -> Result<Result<Provenance, Judgement>, JudgeError<E::Error>> {
        let envelope = match Envelope::read(proof) {
            Ok(envelope) => envelope,
            Err(error) => return Ok(Err(unread(&error))),
        };
        let prepared = self.prepare(envelope.statement()).map_err(JudgeError::Evidence)?;
        Ok(prepared.and_then(|(market, assessed)| match &*assessed {
            Ok(sound) => Ok(Provenance {
                met: sound.assessment.met().to_vec(),
                notes: sound.notes.clone(),
                rules: zkmargin_policy::Rules::of(&*market).to_string(),
                not_checked: of_an_audit(sound.assessment.not_checked(envelope.statement())),
            }),
            Err(judgement) => Err(judgement.clone()),
        }))
    }

    /// Judges proofs when some of their markets have no circuit: those of each market and circuit separately.
    fn apart(&self, items: &[BatchItem<'_>]) -> Result<Vec<Judgement>, VerifyFailure> {
        let mut parts: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, item) in items.iter().enumerate() {
            let of = item.envelope.statement();
            let part = (item.market.digest(), of.subject(), of.circuit().kind);
            parts.entry(part).or_default().push(at);
        }
        let mut found = Vec::with_capacity(items.len());
        for part in parts.into_values() {
            let of_part: Vec<_> = part.iter().map(|at| items[*at]).collect();
            let judgements: Vec<_> = match verdicts_on(&of_part, self.keys, self.workers) {
                Ok(verdicts) => verdicts.into_iter().map(of_verdict).collect(),
                // What can be said without a circuit is said of each, as if it were alone.
                Err(_) => of_part.iter().map(|item| self.alone(item)).collect::<Result<_, _>>()?,
            };
            found.extend(part.into_iter().zip(judgements));
        }
        Ok(in_order(found))
    }

    /// Judges one proof.
    fn alone(&self, item: &BatchItem<'_>) -> Result<Judgement, VerifyFailure> {
        match verdict_on(item.envelope, item.market, item.assessment, self.keys) {
            Ok(verdict) => Ok(of_verdict(verdict)),
            Err(failure) => of_failure(failure),
        }
    }

    /// Judges proofs, in order. Memory grows with their number: pass in a few thousand at a time.
    ///
    /// # Errors
    /// [`JudgeError`]; in that case no judgement is given.
    pub fn judge(
        &mut self,
        proofs: &[Submitted<'_>],
    ) -> Result<Vec<Judgement>, JudgeError<E::Error>> {
        let mut judgements = Vec::with_capacity(proofs.len());
        let mut ready = Vec::new();
        for (at, proof) in proofs.iter().enumerate() {
            let envelope = match Envelope::read(proof.bytes) {
                Ok(envelope) => envelope,
                Err(error) => {
                    judgements.push((at, unread(&error)));
                    continue;
                }
            };
            match self.prepare(envelope.statement()).map_err(JudgeError::Evidence)? {
                Err(judgement) => judgements.push((at, judgement)),
                Ok((market, assessed)) => match &*assessed {
                    Err(judgement) => judgements.push((at, judgement.clone())),
                    Ok(_) => ready.push(Ready { at, envelope, market, assessed }),
                },
            }
        }
        let items: Vec<_> = ready
            .iter()
            .filter_map(|r| {
                let assessment = &r.assessed.as_ref().as_ref().ok()?.assessment;
                let submitter = proofs[r.at].submitter;
                Some(BatchItem { envelope: &r.envelope, market: &*r.market, assessment, submitter })
            })
            .collect();
        let found: Vec<Judgement> = match verdicts_on(&items, self.keys, self.workers) {
            Ok(verdicts) => verdicts.into_iter().map(of_verdict).collect(),
            Err(
                VerifyFailure::Unprovable(_)
                | VerifyFailure::UnprovablePortfolio(_)
                | VerifyFailure::Capacity(_),
            ) => self.apart(&items)?,
            Err(failure) => return Err(failure.into()),
        };
        judgements.extend(ready.iter().map(|ready| ready.at).zip(found));
        Ok(in_order(judgements))
    }
}
