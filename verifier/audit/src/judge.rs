//! What an audit says of proofs: their evidence first, then all of them in one batch.

use crate::evidence::{EvidenceFile, EvidenceKind, EvidenceStore, next_time};
use crate::recognise::is_newer;
use crate::rules::Rules;
use crate::schedules::Schedules;
use crate::status::{Judgement, Status};
use lru::LruCache;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;
use zkmargin_circuit::KeyCache;
use zkmargin_model::digest::Digest;
use zkmargin_model::envelope::{Envelope, EnvelopeError};
use zkmargin_model::statement::{AccountReference, Statement};
use zkmargin_notes::{Body, KeySet, LedgerCheckpoint, Note};
use zkmargin_params::{AccountDemand, CompiledMarket, Schedule, SnapshotFile, compile, format_utc};
use zkmargin_policy::{
    Assessment, BatchItem, Evidence, Met, Mismatch, NotChecked, Refused, Verdict, What,
    assess_dated, verdict_on, verdicts_on,
};
use zkmargin_verifier::VerifyFailure;

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

/// Evidence that meets a period's demands, and the notes that it is.
#[derive(Clone, Debug)]
struct Sound {
    assessment: Assessment,
    notes: Vec<NoteTimes>,
}

/// A note that a verdict relies on: what it is, the time that it names, and when it was handed in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NoteTimes {
    /// Which note.
    pub what: String,
    /// The time in the note, UTC; none where it has none.
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

/// Of what nobody demanded, what an audit does not settle otherwise: its periods fix epoch and times of marks, its list
/// of what is due the holders, its policies audience and purpose.
fn of_an_audit(open: BTreeSet<NotChecked>) -> Vec<NotChecked> {
    use NotChecked as N;
    let settled = [
        N::Audience,
        N::Purpose,
        N::Nonce,
        N::Epoch,
        N::Holder,
        N::OtherAccounts,
        N::SnapshotAge,
        N::Replay,
        N::Sequence,
        // The store looks for evidence of every kind.
        N::UnusedEvidence,
    ];
    open.into_iter().filter(|what| !settled.contains(what)).collect()
}

/// A proof's market with its period's evidence, or what can be said without them.
type Prepared = Result<(Arc<CompiledMarket>, Assessed), Judgement>;

/// What an assessment depends on: schedule, snapshot, ledger root or commitment, epoch.
type Key = (Digest, Digest, [u8; 32], u64);

/// A message of a price source, recognised. Its file stays in the store until it is used.
#[derive(Clone, Debug)]
struct Message {
    /// The source's name in the policy.
    source: String,
    /// Times of the prices that the policy compares marks with, milliseconds since 1970.
    times: Box<[u64]>,
    number: u64,
    /// When it was ingested: the time at which it counts.
    time_ms: u64,
}

impl Message {
    /// How many of the prices it has at a time, and how far off the nearest is.
    fn fitness(&self, time_ms: u64, most_ms: u64) -> (usize, Reverse<u64>) {
        let distances = self.times.iter().map(|time| time.abs_diff(time_ms));
        let fitting = distances.clone().filter(|distance| *distance <= most_ms).count();
        (fitting, Reverse(distances.min().unwrap_or(u64::MAX)))
    }
}

/// Where looking for evidence begins: those before are of no use to any proof of the venue, or of its epoch.
#[derive(Clone, Debug)]
struct Beginning {
    /// The file's place among all files, and the time at which it may count; none when no file is meant.
    place: Option<(u64, u64)>,
    /// Why those before do not do; none when there are none but such as are not meant.
    reason: Option<Refused>,
    /// Whether no file behind it is meant.
    is_over: bool,
}

/// Kind and name of evidence, the venue, and for checkpoints the epoch: what else is wrong with a note is so in all.
type Sought = (EvidenceKind, Digest, String, Option<u64>);

/// Whether what is wrong with a note is so whatever proof it is looked at for.
fn is_wrong_for_all(reason: &Refused) -> bool {
    matches!(
        reason,
        Refused::Note { .. }
            | Refused::OtherVenue { .. }
            | Refused::Future { .. }
            | Refused::Witnesses { .. }
    )
}

/// When keys of a set have cosigned a note by the word of its signature lines, which are verified when it is
/// opened: milliseconds since 1970.
fn cosigned_ms(note: &[u8], keys: &KeySet) -> Vec<u64> {
    let Ok(note) = Note::parse(note) else { return Vec::new() };
    let known = note.signatures().iter().filter(|s| keys.get(s.name()).is_some());
    let seconds = known.filter_map(|s| s.bytes().first_chunk()).copied().map(u64::from_be_bytes);
    seconds.map(|seconds| seconds.saturating_mul(1000)).collect()
}

/// Files of one kind and name that could be the evidence of a venue's epoch, tried one after another.
struct Candidates<'a> {
    what: What,
    kind: EvidenceKind,
    /// None where no such evidence is wanted.
    name: Option<&'a Digest>,
    period: (&'a str, u64),
    current: Option<EvidenceFile>,
    /// Why those before do not do.
    reason: Option<Refused>,
    /// Whether all before were wrong for all.
    is_beginning: bool,
    /// Whether no file behind the present one is meant.
    is_over: bool,
}

impl<'a> Candidates<'a> {
    fn sought(&self) -> Option<Sought> {
        let (venue, epoch) = self.period;
        let epoch = (self.kind == EvidenceKind::Checkpoint).then_some(epoch);
        Some((self.kind, *self.name?, venue.to_owned(), epoch))
    }

    /// Goes to where looking begins.
    fn begin<E: EvidenceStore>(
        &mut self,
        evidence: &E,
        beginning: Option<&Beginning>,
    ) -> Result<(), E::Error> {
        let Some(Beginning { place, reason, is_over }) = beginning else {
            return self.advance(evidence).map(|_| ());
        };
        (self.reason, self.is_over) = (reason.clone(), *is_over);
        let Some((number, time_ms)) = *place else { return Ok(()) };
        let file = evidence.next(self.kind, self.name, number)?;
        self.current = file.map(|file| EvidenceFile { time_ms, ..file });
        Ok(())
    }

    /// Whether a file is about the period: one root could be published for two epochs or by two venues.
    fn is_meant(&self, file: &EvidenceFile) -> bool {
        let checkpoint = |file: &EvidenceFile| {
            let note = Note::parse(&file.bytes).ok()?;
            LedgerCheckpoint::parse(note.text()).ok()
        };
        self.kind != EvidenceKind::Checkpoint
            || checkpoint(file).is_some_and(|c| (c.origin.as_str(), c.epoch) == self.period)
    }

    /// Goes on to the first file, or to the one after the present one, that could be meant. `false`
    /// without one, and the present one stays.
    fn advance<E: EvidenceStore>(&mut self, evidence: &E) -> Result<bool, E::Error> {
        let Some(name) = self.name.filter(|_| !self.is_over) else { return Ok(false) };
        let mut from = self.current.as_ref().map_or(0, |file| file.number + 1);
        while let Some(file) = evidence.next(self.kind, Some(name), from)? {
            if self.is_meant(&file) {
                self.current = Some(file);
                return Ok(true);
            }
            from = file.number + 1;
        }
        self.is_over = true;
        Ok(false)
    }

    /// Goes on to the next time at which the present file may count. `false` without one.
    fn advance_time<E: EvidenceStore>(
        &mut self,
        evidence: &E,
        keys: &KeySet,
        reason: &Refused,
    ) -> Result<bool, E::Error> {
        let Some(file) = &mut self.current else { return Ok(false) };
        let stated_ms = match reason {
            Refused::Future { time_ms, .. } => vec![*time_ms],
            Refused::Witnesses { .. } => cosigned_ms(&file.bytes, keys),
            _ => Vec::new(),
        };
        let Some(time_ms) = next_time(evidence, file, keys, &stated_ms)? else { return Ok(false) };
        file.time_ms = time_ms;
        Ok(true)
    }

    /// The present file, as where looking begins.
    fn beginning(&self) -> Beginning {
        let place = self.current.as_ref().map(|file| (file.number, file.time_ms));
        Beginning { place, reason: self.reason.clone(), is_over: self.is_over }
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        self.current.as_ref().map(|file| file.bytes.clone())
    }

    /// The present note's times, for a report.
    fn times(&self) -> Option<NoteTimes> {
        let file = self.current.as_ref()?;
        let note = Note::parse(&file.bytes).ok()?;
        let stated = note.text().lines().find_map(|line| line.strip_prefix("time-ms "));
        let stated = stated.and_then(|ms| ms.parse().ok()).map(format_utc);
        let (what, ingested) = (self.kind.name().to_owned(), format_utc(file.time_ms));
        Some(NoteTimes { what, stated, ingested })
    }
}

/// Judges proofs under the rules of a manifest, with the evidence of a store.
pub struct Judge<'a, E> {
    rules: &'a Rules,
    evidence: &'a E,
    keys: &'a KeyCache,
    workers: NonZeroUsize,
    schedules: Schedules,
    markets: LruCache<(Digest, Digest), Option<Arc<CompiledMarket>>>,
    assessments: LruCache<Key, Assessed>,
    beginnings: LruCache<Sought, Beginning>,
    messages: BTreeMap<String, Arc<Vec<Message>>>,
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
        Refused::OtherSchedule { .. } | Refused::Level(_) | Refused::Floor => Status::WrongRule,
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
        Verdict::Mismatch(mismatch) => {
            let status = match mismatch {
                Mismatch::Audience { .. } | Mismatch::Purpose { .. } | Mismatch::Epoch { .. } => {
                    Status::Outside
                }
                _ => Status::WrongRule,
            };
            Judgement::new(status, mismatch.code(), mismatch.to_string())
        }
        Verdict::Refused(reason) => refused(&reason),
        // A new kind of verdict is none in favour.
        _ => missing(verdict.code().unwrap_or("NotJudged"), verdict.to_string()),
    }
}

/// What a failure to verify a proof says of it, if it comes from its market.
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
        AccountReference::Commitment(commitment) => commitment.to_bytes(),
        AccountReference::Ledger { root, .. } => root.to_bytes(),
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
            schedules: Schedules::default(),
            markets: LruCache::new(MARKETS),
            assessments: LruCache::new(ASSESSMENTS),
            beginnings: LruCache::new(ASSESSMENTS),
            messages: Default::default(),
        }
    }

    fn schedule(&mut self, digest: &Digest) -> Result<Option<Arc<Schedule>>, E::Error> {
        let evidence = self.evidence;
        self.schedules.get(digest, || {
            let file = evidence.next(EvidenceKind::Schedule, Some(digest), 0)?;
            Ok(file.map(|file| file.bytes))
        })
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
        let made = |file: EvidenceFile| {
            let market = compile(schedule, &SnapshotFile::from_json(&file.bytes).ok()?).ok()?;
            (market.snapshot_digest() == *snapshot).then(|| Arc::new(market))
        };
        let file = self.evidence.next(EvidenceKind::Snapshot, Some(snapshot), 0)?;
        let made = file.and_then(made);
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
            let mut from = 0;
            while let Some(file) = self.evidence.next(EvidenceKind::Source, None, from)? {
                from = file.number + 1;
                let (mut file, mut of_file) = (file, BTreeSet::new());
                loop {
                    for is in demands.sources_of(&file.bytes, file.time_ms) {
                        // A source's key may be trusted only when the file comes again.
                        if !of_file.insert(is.source.clone()) {
                            continue;
                        }
                        let feeds = demands.feeds_of(&is.source);
                        let compared =
                            is.feeds.iter().filter(|(feed, _)| feeds.contains(&feed[..]));
                        let times = compared.map(|(_, time)| *time).collect();
                        let (source, number, time_ms) = (is.source, file.number, file.time_ms);
                        messages.push(Message { source, times, number, time_ms });
                    }
                    let next = next_time(self.evidence, &file, demands.keys(), &[])?;
                    let Some(time_ms) = next else { break };
                    file.time_ms = time_ms;
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
        let account = account(statement);
        let in_ledger = matches!(demands.file().account, Some(AccountDemand::Ledger(_)));
        let (schedule, snapshot) = (market.schedule_digest(), market.snapshot_digest());
        let signed_schedule = demands.file().market.signed_schedule;
        let mut candidates = [
            (What::ScheduleNote, EvidenceKind::ScheduleNote, signed_schedule.then_some(&schedule)),
            (What::SnapshotNote, EvidenceKind::SnapshotNote, Some(&snapshot)),
            (What::Checkpoint, EvidenceKind::Checkpoint, in_ledger.then_some(&account)),
            (What::Attestation, EvidenceKind::Attestation, (!in_ledger).then_some(&account)),
        ]
        .map(|(what, kind, name)| {
            let period = (&venue[..], epoch);
            Candidates {
                what,
                kind,
                name,
                period,
                current: None,
                reason: None,
                is_beginning: true,
                is_over: false,
            }
        });
        for of_kind in &mut candidates {
            let Some(sought) = of_kind.sought() else { continue };
            of_kind.begin(self.evidence, self.beginnings.get(&sought))?;
            // Checkpoints of other periods are passed over once.
            self.beginnings.put(sought, of_kind.beginning());
        }
        let messages = self.chosen_messages(&venue, market)?;
        let Some(demands) = self.rules.policy(&venue) else { return Ok(Err(missing("", ""))) };
        loop {
            let [schedule, snapshot, checkpoint, attestation] =
                [0, 1, 2, 3].map(|at: usize| candidates[at].bytes());
            let of = |(source, file): &(String, EvidenceFile)| (source.clone(), file.bytes.clone());
            let evidence = Evidence {
                schedule_note: schedule,
                snapshot_note: snapshot,
                checkpoint,
                attestation,
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
            // Another file of the kind may do: nobody spoils a note by handing in a worse one.
            let what = reason.what();
            let Some(of_kind) = candidates.iter_mut().find(|c| Some(&c.what) == what.as_ref())
            else {
                return Ok(Err(refused(&reason)));
            };
            let keys = demands.keys();
            of_kind.is_beginning &= is_wrong_for_all(&reason);
            let again = of_kind.advance_time(self.evidence, keys, &reason)?;
            // What is wrong with a trusted note says more than that a stranger has signed another.
            if of_kind.reason.as_ref().is_none_or(|first| first.code() == "KeyUnknown") {
                of_kind.reason = Some(reason);
            }
            let is_next = again || of_kind.advance(self.evidence)?;
            // Strangers' notes cost one look each, not one for each proof.
            if let Some(sought) = of_kind.sought().filter(|_| of_kind.is_beginning) {
                self.beginnings.put(sought, of_kind.beginning());
            }
            if !is_next {
                let reason = of_kind.reason.as_ref();
                return Ok(Err(reason.map_or_else(|| missing("", ""), refused)));
            }
        }
    }

    /// For each source of a venue's policy the message that has most of its feeds at the snapshot's
    /// time, and of several the nearest.
    fn chosen_messages(
        &mut self,
        venue: &str,
        market: &CompiledMarket,
    ) -> Result<Vec<(String, EvidenceFile)>, E::Error> {
        let messages = self.messages(venue)?;
        let Some(demands) = self.rules.policy(venue) else { return Ok(Vec::new()) };
        let time_ms = market.snapshot().time_ms;
        let most_ms = demands.file().prices.as_ref().map_or(0, |prices| prices.max_skew_ms);
        let mut chosen = Vec::new();
        for source in demands.sources() {
            let of_source = messages.iter().filter(|m| m.source == source.name);
            if let Some(message) = of_source.max_by_key(|m| m.fitness(time_ms, most_ms)) {
                let file = self.evidence.next(EvidenceKind::Source, None, message.number)?;
                let time_ms = message.time_ms;
                let dated = |file: EvidenceFile| EvidenceFile { time_ms, ..file };
                chosen.extend(file.map(|file| (source.name.clone(), dated(file))));
            }
        }
        Ok(chosen)
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
        let account = account(statement);
        let key = (statement.schedule_digest, statement.snapshot_digest, account, epoch);
        if let Some(assessed) = self.assessments.get(&key) {
            return Ok(Ok((market, assessed.clone())));
        }
        let assessed = Arc::new(self.assess(statement, &market, epoch)?);
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
                rules: zkmargin_policy::Rules::of(&market).to_string(),
                not_checked: of_an_audit(sound.assessment.not_checked(envelope.statement())),
            }),
            Err(judgement) => Err(judgement.clone()),
        }))
    }

    /// Judges proofs some of whose markets have no circuit: those of each market and circuit apart.
    fn apart(&self, items: &[BatchItem<'_>]) -> Result<Vec<Judgement>, VerifyFailure> {
        let mut parts: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (at, item) in items.iter().enumerate() {
            let part = (item.market.digest(), item.envelope.statement().circuit().kind);
            parts.entry(part).or_default().push(at);
        }
        let mut found = vec![None; items.len()];
        for part in parts.into_values() {
            let of_part: Vec<_> = part.iter().map(|at| items[*at]).collect();
            let judgements: Vec<_> = match verdicts_on(&of_part, self.keys, self.workers) {
                Ok(verdicts) => verdicts.into_iter().map(of_verdict).collect(),
                // What can be said without a circuit is said of each, as if it were alone.
                Err(_) => of_part.iter().map(|item| self.alone(item)).collect::<Result<_, _>>()?,
            };
            part.into_iter().zip(judgements).for_each(|(at, j)| found[at] = Some(j));
        }
        Ok(found.into_iter().map(|judgement| judgement.unwrap_or_else(unsaid)).collect())
    }

    /// Judges one proof.
    fn alone(&self, item: &BatchItem<'_>) -> Result<Judgement, VerifyFailure> {
        match verdict_on(item.envelope, item.market, item.assessment, self.keys) {
            Ok(verdict) => Ok(of_verdict(verdict)),
            Err(failure) => of_failure(failure),
        }
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
                let assessment = &r.assessed.as_ref().as_ref().ok()?.assessment;
                let submitter = proofs[r.at].submitter;
                Some(BatchItem { envelope: &r.envelope, market: &r.market, assessment, submitter })
            })
            .collect();
        let found: Vec<Judgement> = match verdicts_on(&items, self.keys, self.workers) {
            Ok(verdicts) => verdicts.into_iter().map(of_verdict).collect(),
            Err(VerifyFailure::Rounded(_) | VerifyFailure::Capacity(_)) => self.apart(&items)?,
            Err(failure) => return Err(failure.into()),
        };
        for (ready, judgement) in ready.iter().zip(found) {
            judgements[ready.at] = Some(judgement);
        }
        Ok(judgements.into_iter().map(|j| j.unwrap_or_else(unsaid)).collect())
    }
}

/// What would be said of a proof without a judgement: there is none.
fn unsaid() -> Judgement {
    Judgement::new(Status::Invalid, "NotJudged", "not judged")
}

/// What is said of bytes that are no proof file of this version.
fn unread(error: &EnvelopeError) -> Judgement {
    let status = if is_newer(error) { Status::Unsupported } else { Status::Invalid };
    Judgement::new(status, error.code(), error.to_string())
}

#[cfg(test)]
mod tests;
