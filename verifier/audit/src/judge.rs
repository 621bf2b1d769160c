//! What an audit says of proofs: their evidence first, then all of them in one batch.

use crate::evidence::{EvidenceFile, EvidenceKind, EvidenceStore};
use crate::recognise::is_newer;
use crate::rules::Rules;
use crate::status::{Judgement, Status};
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::Arc;
use zkmargin_circuit::KeyCache;
use zkmargin_model::commitment::field_bytes;
use zkmargin_model::digest::Digest;
use zkmargin_model::files::{CompiledMarket, Schedule, SnapshotFile, compile, format_utc};
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_notes::{Body, LedgerCheckpoint, Note};
use zkmargin_policy::{Evidence, Met, Refused, assess};
use zkmargin_verifier::{
    BatchItem, Envelope, EnvelopeError, Mismatch, Policy, Verdict, VerifyFailure, verify,
    verify_batch,
};

/// Markets that are kept compiled.
const MARKETS: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// Assessments of evidence that are kept.
const ASSESSMENTS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// A proof that is to be judged.
#[derive(Clone, Copy, Debug)]
pub struct Submitted<'a> {
    /// The proof file, binary or its JSON twin.
    pub bytes: &'a [u8],
    /// Who handed it in, as a number.
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

/// A period's evidence for an account at a market: what the proof must say, or why there is no
/// use in looking at it.
type Assessed = Arc<Result<Sound, Judgement>>;

/// Evidence that meets a period's demands.
#[derive(Clone, Debug)]
struct Sound {
    policy: Policy,
    met: Vec<Met>,
}

/// A proof's market with its period's evidence, or what can be said without them.
type Prepared = Result<(Arc<CompiledMarket>, Assessed), Judgement>;

/// What an assessment depends on: schedule, snapshot, and ledger root or commitment.
type Key = (Digest, Digest, [u8; 32]);

/// A message of a price source, recognised.
#[derive(Clone, Debug)]
struct Message {
    source: String,
    time_ms: u64,
    file: Arc<EvidenceFile>,
}

/// Judges proofs under the rules of a manifest, with the evidence of a store.
pub struct Judge<'a, E> {
    rules: &'a Rules,
    evidence: &'a E,
    keys: &'a KeyCache,
    workers: NonZeroUsize,
    schedules: LruCache<Digest, Option<Arc<Schedule>>>,
    markets: LruCache<(Digest, Digest), Option<Arc<CompiledMarket>>>,
    assessments: LruCache<Key, Assessed>,
    messages: std::collections::BTreeMap<String, Arc<Vec<Message>>>,
}

impl<E> std::fmt::Debug for Judge<'_, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Judge").field("workers", &self.workers).finish_non_exhaustive()
    }
}

/// What a refusal of evidence says of the proofs that rely on it.
fn refused(reason: &Refused) -> Judgement {
    let status = match reason {
        Refused::Stale { .. } | Refused::Distance { .. } | Refused::Future { .. } => Status::Stale,
        Refused::PricesDisagree(_) | Refused::PricesIncomplete(_) => Status::PricesDisagree,
        Refused::OtherSchedule { .. } | Refused::UnknownLevel(_) | Refused::Floor => {
            Status::WrongRule
        }
        _ => Status::EvidenceMissing,
    };
    Judgement::new(status, reason.code(), reason.to_string())
}

fn missing(code: &str, what: impl Into<String>) -> Judgement {
    Judgement::new(Status::EvidenceMissing, code, what)
}

/// What a verdict says to an auditor.
fn of_verdict(verdict: Verdict) -> Judgement {
    match verdict {
        Verdict::Valid => Judgement::valid(),
        Verdict::Invalid(reason) => {
            Judgement::new(Status::Invalid, reason.code(), reason.to_string())
        }
        Verdict::PolicyMismatch(mismatch) => {
            let status = match mismatch {
                Mismatch::Audience { .. } | Mismatch::Purpose { .. } | Mismatch::Epoch { .. } => {
                    Status::Outside
                }
                _ => Status::WrongRule,
            };
            Judgement::new(status, mismatch.code(), mismatch.to_string())
        }
        Verdict::NotAnchored { .. } => missing("NotAnchored", verdict.to_string()),
    }
}

/// What a failure to verify one proof alone says of it, if it is the proof's.
fn of_failure(failure: VerifyFailure) -> Result<Judgement, VerifyFailure> {
    let code = match &failure {
        VerifyFailure::Rounded(_) => "RoundedSchedule",
        VerifyFailure::Capacity(_) => "MarketTooLarge",
        _ => return Err(failure),
    };
    Ok(Judgement::new(Status::Invalid, code, failure.to_string()))
}

fn account(statement: &Statement) -> [u8; 32] {
    match statement.account {
        AccountReference::Commitment(element) | AccountReference::Ledger(element) => {
            field_bytes(&element)
        }
    }
}

/// A proof with what it is to be verified against.
struct Ready {
    at: usize,
    envelope: Envelope,
    market: Arc<CompiledMarket>,
    assessed: Assessed,
}

impl<'a, E: EvidenceStore> Judge<'a, E> {
    /// A judge with so many workers.
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
            schedules: LruCache::new(MARKETS),
            markets: LruCache::new(MARKETS),
            assessments: LruCache::new(ASSESSMENTS),
            messages: Default::default(),
        }
    }

    fn schedule(&mut self, digest: &Digest) -> Result<Option<Arc<Schedule>>, E::Error> {
        if let Some(known) = self.schedules.get(digest) {
            return Ok(known.clone());
        }
        let files = self.evidence.named(EvidenceKind::Schedule, digest)?;
        let read = files.first().and_then(|file| Schedule::from_json(&file.bytes).ok());
        let schedule = read.filter(|schedule| schedule.digest() == *digest).map(Arc::new);
        self.schedules.put(*digest, schedule.clone());
        Ok(schedule)
    }

    fn market(
        &mut self,
        schedule: &Schedule,
        snapshot: &Digest,
    ) -> Result<Option<Arc<CompiledMarket>>, E::Error> {
        let key = (schedule.digest(), *snapshot);
        if let Some(known) = self.markets.get(&key) {
            return Ok(known.clone());
        }
        let files = self.evidence.named(EvidenceKind::Snapshot, snapshot)?;
        let made = files.iter().find_map(|file| {
            let market = compile(schedule, &SnapshotFile::from_json(&file.bytes).ok()?).ok()?;
            (market.snapshot_digest() == *snapshot).then(|| Arc::new(market))
        });
        self.markets.put(key, made.clone());
        Ok(made)
    }

    /// Messages of a venue's price sources, recognised once.
    fn messages(&mut self, venue: &str) -> Result<Arc<Vec<Message>>, E::Error> {
        if let Some(known) = self.messages.get(venue) {
            return Ok(known.clone());
        }
        let mut messages = Vec::new();
        let demands = self.rules.policy(venue).filter(|d| !d.sources().is_empty());
        if let Some(demands) = demands {
            for file in self.evidence.sources()?.into_iter().map(Arc::new) {
                for (source, time_ms) in demands.sources_of(&file.bytes, file.time_ms) {
                    let (source, file) = (source.to_owned(), file.clone());
                    messages.push(Message { source, time_ms, file });
                }
            }
        }
        let messages = Arc::new(messages);
        self.messages.insert(venue.to_owned(), messages.clone());
        Ok(messages)
    }

    /// Evidence for an account at a market: of several files of one kind the first that is
    /// trusted, or else the first.
    fn assess(
        &mut self,
        statement: &Statement,
        market: &CompiledMarket,
        epoch: u64,
    ) -> Result<Result<Sound, Judgement>, E::Error> {
        let venue = market.schedule().file().venue.clone();
        let Some(demands) = self.rules.policy(&venue) else {
            return Ok(Err(Judgement::new(Status::Outside, "NoPeriod", "no period of this venue")));
        };
        let named = |kind, name: &Digest| self.evidence.named(kind, name);
        let trusted = |files: Vec<EvidenceFile>, is: &dyn Fn(&EvidenceFile) -> bool| {
            let chosen = files.iter().position(is).unwrap_or(0);
            files.into_iter().nth(chosen)
        };
        fn opens<T: Body>(keys: &zkmargin_notes::KeySet, file: &EvidenceFile) -> bool {
            keys.open::<T>(&file.bytes, file.time_ms).is_ok()
        }
        let keys = demands.keys();
        let schedule_note =
            trusted(named(EvidenceKind::ScheduleNote, &market.schedule_digest())?, &|f| {
                opens::<zkmargin_notes::ScheduleNote>(keys, f)
            });
        let snapshot_note =
            trusted(named(EvidenceKind::SnapshotNote, &market.snapshot_digest())?, &|f| {
                opens::<zkmargin_notes::SnapshotNote>(keys, f)
            });
        let account = account(statement);
        let mut checkpoints = named(EvidenceKind::Checkpoint, &account)?;
        // One root could be published for two epochs or by two venues.
        checkpoints.retain(|file| {
            let body = Note::parse(&file.bytes).ok();
            let body = body.and_then(|note| LedgerCheckpoint::parse(note.text()).ok());
            body.is_some_and(|body| body.origin == venue && body.epoch == epoch)
        });
        let checkpoint = trusted(checkpoints, &|f| opens::<LedgerCheckpoint>(keys, f));
        let attestation = trusted(named(EvidenceKind::Attestation, &account)?, &|f| {
            opens::<zkmargin_notes::AttestationNote>(keys, f)
        });
        let used = [&schedule_note, &snapshot_note, &checkpoint, &attestation];
        let now_ms = used.into_iter().flatten().map(|f| f.time_ms).max().unwrap_or(0);
        let bytes = |file: Option<EvidenceFile>| file.map(|f| f.bytes);
        let mut evidence = Evidence {
            schedule_note: bytes(schedule_note),
            snapshot_note: bytes(snapshot_note),
            checkpoint: bytes(checkpoint),
            attestation: bytes(attestation),
            ..Evidence::default()
        };
        let time_ms = market.snapshot().time_ms;
        let messages = self.messages(&venue)?;
        for source in demands.sources() {
            let of_source = messages.iter().filter(|m| m.source == source.name);
            // The one nearest in time; the policy's bound on the distance is compared later.
            if let Some(m) = of_source.min_by_key(|m| m.time_ms.abs_diff(time_ms)) {
                evidence.sources.push((m.source.clone(), m.file.bytes.clone()));
            }
        }
        let Some(demands) = self.rules.policy(&venue) else { return Ok(Err(missing("", ""))) };
        Ok(match assess(demands, &evidence, market, now_ms) {
            Err(reason) => Err(refused(&reason)),
            Ok(assessment) => {
                let mut policy = assessment.policy;
                policy.epoch = Some(epoch);
                // A proof that has expired since was in time then; the period says what is due.
                policy.now = None;
                Ok(Sound { policy, met: assessment.met })
            }
        })
    }

    /// All that can be said before the proof itself is looked at.
    fn prepare(&mut self, statement: &Statement) -> Result<Prepared, E::Error> {
        let Some(schedule) = self.schedule(&statement.schedule_digest)? else {
            let digest = hex::encode(statement.schedule_digest);
            return Ok(Err(missing("ScheduleMissing", format!("no schedule {digest}"))));
        };
        let venue = &schedule.file().venue;
        let epoch = statement.context.epoch();
        let place = self.rules.place(venue, epoch);
        let Some(period) = place.and_then(|place| self.rules.periods().get(place)) else {
            let what = format!("no period {epoch} of {venue}");
            return Ok(Err(Judgement::new(Status::Outside, "NoPeriod", what)));
        };
        if period.schedule != statement.schedule_digest {
            let (stated, due) =
                (hex::encode(statement.schedule_digest), hex::encode(period.schedule));
            let reason = format!("schedule {stated}; the period has {due}");
            return Ok(Err(Judgement::new(Status::WrongRule, "PolicySchedule", reason)));
        }
        let time_ms = statement.snapshot_time;
        if !(period.from_ms..period.until_ms).contains(&time_ms) {
            let reason = format!("marks of {}; the period's are others", format_utc(time_ms));
            return Ok(Err(Judgement::new(Status::Stale, "MarksOutsidePeriod", reason)));
        }
        let Some(market) = self.market(&schedule, &statement.snapshot_digest)? else {
            let digest = hex::encode(statement.snapshot_digest);
            return Ok(Err(missing("SnapshotMissing", format!("no snapshot {digest}"))));
        };
        let key = (statement.schedule_digest, statement.snapshot_digest, account(statement));
        // The epoch belongs to the account's ledger; a commitment could be shown in two of them.
        let known = self
            .assessments
            .get(&key)
            .filter(|_| matches!(statement.account, AccountReference::Ledger(_)));
        let known = known.filter(|a| match &***a {
            Ok(sound) => sound.policy.epoch == Some(epoch),
            Err(_) => false,
        });
        if let Some(assessed) = known {
            return Ok(Ok((market, assessed.clone())));
        }
        let assessed = Arc::new(self.assess(statement, &market, epoch)?);
        self.assessments.put(key, assessed.clone());
        Ok(Ok((market, assessed)))
    }

    /// How the evidence that a proof relies on meets the demands of its period, or why it does not.
    ///
    /// # Errors
    /// [`JudgeError`].
    pub fn provenance(
        &mut self,
        proof: &[u8],
    ) -> Result<Result<Vec<Met>, Judgement>, JudgeError<E::Error>> {
        let envelope = match Envelope::read(proof) {
            Ok(envelope) => envelope,
            Err(error) => return Ok(Err(unread(&error))),
        };
        let prepared = self.prepare(envelope.statement()).map_err(JudgeError::Evidence)?;
        Ok(prepared.and_then(|(_, assessed)| match &*assessed {
            Ok(sound) => Ok(sound.met.clone()),
            Err(judgement) => Err(judgement.clone()),
        }))
    }

    /// Judges proofs, in their order. Memory grows with their number: hand in some thousands at a
    /// time.
    ///
    /// # Errors
    /// [`JudgeError`]; nothing is said then.
    pub fn judge(
        &mut self,
        proofs: &[Submitted<'_>],
    ) -> Result<Vec<Judgement>, JudgeError<E::Error>> {
        let mut judgements: Vec<Option<Judgement>> = vec![None; proofs.len()];
        let mut ready = Vec::new();
        for (at, proof) in proofs.iter().enumerate() {
            let envelope = match Envelope::read(proof.bytes) {
                Ok(envelope) => envelope,
                Err(error) => {
                    judgements[at] = Some(unread(&error));
                    continue;
                }
            };
            match self.prepare(envelope.statement()).map_err(JudgeError::Evidence)? {
                Err(judgement) => judgements[at] = Some(judgement),
                Ok((market, assessed)) => match &*assessed {
                    Err(judgement) => judgements[at] = Some(judgement.clone()),
                    Ok(_) => ready.push(Ready { at, envelope, market, assessed }),
                },
            }
        }
        let items: Vec<_> = ready
            .iter()
            .filter_map(|r| {
                let policy = &r.assessed.as_ref().as_ref().ok()?.policy;
                let submitter = proofs[r.at].submitter;
                Some(BatchItem { envelope: &r.envelope, market: &r.market, policy, submitter })
            })
            .collect();
        let found: Vec<Judgement> = match verify_batch(&items, self.keys, self.workers) {
            Ok(verdicts) => verdicts.into_iter().map(of_verdict).collect(),
            // Somebody's market has no circuit: whose, is found one by one.
            Err(VerifyFailure::Rounded(_) | VerifyFailure::Capacity(_)) => {
                let one = |item: &BatchItem<'_>| match verify(
                    item.envelope,
                    item.market,
                    item.policy,
                    self.keys,
                ) {
                    Ok(report) => Ok(of_verdict(report.verdict)),
                    Err(failure) => of_failure(failure),
                };
                items.iter().map(one).collect::<Result<_, _>>()?
            }
            Err(failure) => return Err(failure.into()),
        };
        for (ready, judgement) in ready.iter().zip(found) {
            judgements[ready.at] = Some(judgement);
        }
        let unsaid = || Judgement::new(Status::Invalid, "NotJudged", "not judged");
        Ok(judgements.into_iter().map(|j| j.unwrap_or_else(unsaid)).collect())
    }
}

/// What is said of bytes that are no proof file of this version.
fn unread(error: &EnvelopeError) -> Judgement {
    let status = if is_newer(error) { Status::Unsupported } else { Status::Invalid };
    Judgement::new(status, error.code(), error.to_string())
}
