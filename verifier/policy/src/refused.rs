//! Why a policy is not met, one variant per reason.

use crate::disagreement::{Disagreement, Gap};
use crate::seen::Replay;
use zkmargin_model::counted;
use zkmargin_model::digest::{MarketDigest, RegistryDigest, ScheduleDigest};
use zkmargin_model::shown::{quoted, shown};
use zkmargin_notes::{FileMismatch, OpenError, Refusal};
use zkmargin_params::{LevelError, NoDeficiency, Requirement, TwoMeanings, format_utc};

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The venue's note over the schedule.
    ScheduleNote,
    /// The venue's note over the snapshot.
    SnapshotNote,
    /// The venue's note over the previous snapshot.
    PreviousNote,
    /// The signed checkpoint of the ledger.
    Checkpoint,
    /// An attester's note over the commitment.
    Attestation,
    /// The venue's note that enrols the holder.
    Enrolment,
    /// The challenge that is to be answered.
    Challenge,
    /// The snapshot itself, without a note.
    Snapshot,
    /// The signed checkpoint of the previous ledger.
    PreviousCheckpoint,
    /// The verifier's own copy of the venue's newest checkpoint.
    NewestCheckpoint,
    /// The verifier's own copy of the attester's newest attestation.
    NewestAttestation,
    /// The verifier's own copy of the venue's newest enrolment of the holder.
    NewestEnrolment,
    /// A message of the price source with this name.
    Source(String),
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ScheduleNote => f.write_str("schedule note"),
            Self::SnapshotNote => f.write_str("snapshot note"),
            Self::PreviousNote => f.write_str("note of the previous snapshot"),
            Self::Checkpoint => f.write_str("ledger checkpoint"),
            Self::Attestation => f.write_str("attestation"),
            Self::Enrolment => f.write_str("enrolment note"),
            Self::Challenge => f.write_str("challenge"),
            Self::Snapshot => f.write_str("snapshot"),
            Self::PreviousCheckpoint => f.write_str("checkpoint of the previous ledger"),
            Self::NewestCheckpoint => f.write_str("newest checkpoint of your own"),
            Self::NewestAttestation => f.write_str("newest attestation of your own"),
            Self::NewestEnrolment => f.write_str("newest enrolment note of your own"),
            Self::Source(name) => write!(f, "message of price source {}", quoted(name)),
        }
    }
}

/// Why a policy is not met. Times are in milliseconds since 1970-01-01 UTC, spans in milliseconds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// Evidence that the policy demands is missing.
    #[error("the policy demands evidence that is missing: {0}")]
    Missing(What),
    /// A demand on what was seen before, with no memory to consult.
    #[error(
        "the policy demands `freshness.{0}`, but there is no memory of what was accepted before"
    )]
    NoMemory(&'static str),
    /// A note that is malformed, or that no trusted key has signed.
    #[error("{what}: {error}")]
    Note {
        /// Which note.
        what: What,
        /// What is wrong.
        error: OpenError,
    },
    /// A note from a venue other than the policy's.
    #[error("the {what} is from venue {}, but the policy's is {}", quoted(.found), quoted(.demanded))]
    OtherVenue {
        /// Which note.
        what: What,
        /// Its venue.
        found: String,
        /// The policy's venue.
        demanded: String,
    },
    /// A note about another file.
    #[error("{what}: {mismatch}")]
    OtherFile {
        /// Which note.
        what: What,
        /// First line that differs.
        mismatch: FileMismatch,
    },
    /// A market other than the pinned one.
    #[error("the given schedule and snapshot have market digest {found}, not the pinned {pinned}")]
    OtherMarket {
        /// Digest of the given market.
        found: MarketDigest,
        /// Pinned digest.
        pinned: MarketDigest,
    },
    /// A demand that only [`decide`](crate::decide) can meet: it looks at all proofs and consults a memory.
    #[error("the policy demands `{0}`, which a verdict on one proof alone cannot meet")]
    NotAlone(&'static str),
    /// A schedule of another registry than the pinned one.
    #[error("the schedule is of registry {found}, but the policy accepts only {pinned}")]
    OtherRegistry {
        /// Registry of the given schedule.
        found: RegistryDigest,
        /// Pinned digest.
        pinned: RegistryDigest,
    },
    /// A schedule other than the pinned one.
    #[error("the schedule has digest {found}, but the policy accepts only {pinned}")]
    OtherSchedule {
        /// Digest of the given schedule.
        found: ScheduleDigest,
        /// Pinned digest.
        pinned: ScheduleDigest,
    },
    /// A schedule of another of the venue's margin requirements.
    #[error("the schedule computes the {}, but the policy demands the {}", .found.margin(), .demanded.margin())]
    OtherRequirement {
        /// What the given schedule computes.
        found: Requirement,
        /// What the policy demands.
        demanded: Requirement,
    },
    /// A book that the schedule does not have.
    #[error("the policy demands the book of {}, which the schedule does not have: {has}", quoted(.demanded))]
    NoSuchBook {
        /// Symbol of the settlement asset in the policy.
        demanded: String,
        /// What it has instead.
        has: String,
    },
    /// An isolated position that no account can have under the schedule.
    #[error(
        "the policy demands a claim that names an isolated position which the schedule does not have: {0}"
    )]
    NoSuchPosition(String),
    /// A stress that the schedule does not have.
    #[error("the policy demands a claim about stress {}, which the schedule does not have", quoted(.0))]
    NoSuchStress(String),
    /// A claim that a level is not met, of which the schedule has none.
    #[error(transparent)]
    NoDeficiency(#[from] NoDeficiency),
    /// Too few witnesses.
    #[error("the policy demands {} on the {what}; it has {found}", counted(*.demanded, "cosignature", "cosignatures"))]
    Witnesses {
        /// Which note.
        what: What,
        /// Witnesses that count.
        found: usize,
        /// Demanded.
        demanded: u32,
    },
    /// Old prices.
    #[error("the {what} is dated {}, {} ago; at most {} is accepted", format_utc(*.time_ms), span(*.age_ms), span(*.most_ms))]
    Stale {
        /// Snapshot, checkpoint, attestation or enrolment.
        what: What,
        /// Its time.
        time_ms: u64,
        /// Its age.
        age_ms: u64,
        /// Maximum age.
        most_ms: u64,
    },
    /// A note's age is limited, but it states no time.
    #[error("the {0} states no time, but the policy limits its age")]
    NoTime(What),
    /// Prices or accounts dated in the future.
    #[error("the {what} is dated {}, which is in the future", format_utc(*.time_ms))]
    Future {
        /// Which note.
        what: What,
        /// Its time.
        time_ms: u64,
    },
    /// Account and prices too far apart in time.
    #[error("the {what} is {} {side} the snapshot; at most {} is accepted", span(*.distance_ms), span(*.most_ms))]
    Distance {
        /// Checkpoint or attestation.
        what: What,
        /// `before` or `after`.
        side: &'static str,
        /// Time between them.
        distance_ms: u64,
        /// Longest time accepted between them.
        most_ms: u64,
    },
    /// A newer note of the same kind is known.
    #[error("the {what} is not the newest: {newer} is known")]
    NotNewest {
        /// Checkpoint, attestation or enrolment.
        what: What,
        /// The newer one.
        newer: String,
    },
    /// A snapshot or ledger from before the challenge.
    #[error("the {what} is dated {}, before the challenge of {}", format_utc(*.time_ms), format_utc(*.challenge_ms))]
    BeforeChallenge {
        /// Snapshot note or checkpoint.
        what: What,
        /// Its time.
        time_ms: u64,
        /// Time of the challenge.
        challenge_ms: u64,
    },
    /// Not the first snapshot or ledger after the challenge, or not shown to be.
    #[error("{what} {number} is not shown to be the first one after the challenge: {reason}")]
    NotFirst {
        /// Snapshot note or checkpoint.
        what: What,
        /// Its number in the venue's series.
        number: u64,
        /// What the note before it says instead.
        reason: &'static str,
    },
    /// A challenge that has expired.
    #[error("the challenge expired at {}", format_utc(*.0))]
    ChallengeExpired(u64),
    /// A challenge for something other than what the policy asks.
    #[error("the challenge is for a different {0} from the policy's")]
    OtherChallenge(&'static str),
    /// The policy's level is another one on the schedule's menu.
    #[error(transparent)]
    Level(#[from] LevelError),
    /// The policy's floor is finer than the schedule's unit.
    #[error("the floor has more digits than the schedule's margin unit")]
    Floor,
    /// A note about an account, holder or epoch other than the one demanded.
    #[error("the {what} is for another {part}")]
    Other {
        /// Which note.
        what: What,
        /// `commitment`, `registry`, `epoch`, `audience` or `pseudonym`.
        part: &'static str,
    },
    /// What was given as the schedule of the ledger or attestation is not that.
    #[error("the schedule that the {what} names: {}", shown(.reason))]
    AccountSchedule {
        /// Checkpoint or attestation.
        what: What,
        /// What is wrong with the file.
        reason: String,
    },
    /// An id means one thing where the account was read and another one where its margin is computed.
    #[error("the {what} was made under another schedule of this numbering: {two}")]
    TwoMeanings {
        /// Checkpoint or attestation.
        what: What,
        /// The id and its meanings; *here* is the proof's schedule.
        two: TwoMeanings,
    },
    /// The holder has a new secret, and with it a new pseudonym.
    #[error("the holder's pseudonym was replaced by {0}; put it into the policy")]
    PseudonymReplaced(String),
    /// Fewer accounts than the holder has.
    #[error("the holder has {} at the venue; proofs shown: {shown}", counted(*.enrolled, "account", "accounts"))]
    AccountsMissing {
        /// Accounts by the enrolment note.
        enrolled: u64,
        /// Accounts shown.
        shown: usize,
    },
    /// The same account shown twice.
    #[error("proofs {first} and {second} are about the same account")]
    SameAccount {
        /// Its place in the list of proofs, from 1.
        first: usize,
        /// The other's.
        second: usize,
    },
    /// Proofs for different contexts are never counted together.
    #[error(
        "proof {0} differs from the first in audience, purpose, nonce, period, expiry, market or ledger"
    )]
    OtherStatement(usize),
    /// More proofs than the policy has a use for.
    #[error("{0} proofs; without `all_accounts` a policy takes one")]
    TooManyProofs(usize),
    /// A source's message that is malformed, or that is not signed by the source's keys.
    #[error("price source {}: {}", quoted(.name), shown(.reason))]
    Source {
        /// The source.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Evidence of a source that the policy does not list.
    #[error("the policy lists no price source {}", quoted(.0))]
    UnknownSource(String),
    /// Prices that are neither covered nor declared uncovered, or have no price or too few keys.
    #[error("prices incomplete: {}", list(.0))]
    PricesIncomplete(Vec<Gap>),
    /// The circuit breaker.
    #[error("prices disagree: {}", list(.0))]
    PricesDisagree(Vec<Disagreement>),
    /// Used before, or behind what was seen before.
    #[error(transparent)]
    Replay(#[from] Replay),
}

/// A span of time in human-readable form.
pub(crate) fn span(ms: u64) -> String {
    let (seconds, rest) = (ms / 1000, ms % 1000);
    let part = |n: u64, unit: &str| if n == 0 { None } else { Some(format!("{n} {unit}")) };
    let parts = if seconds == 0 {
        [part(rest, "ms"), None]
    } else if seconds < 60 {
        [part(seconds, "s"), part(rest, "ms")]
    } else if seconds < 3600 {
        [part(seconds / 60, "min"), part(seconds % 60, "s")]
    } else if seconds < 86_400 {
        [part(seconds / 3600, "h"), part(seconds / 60 % 60, "min")]
    } else {
        [part(seconds / 86_400, "d"), part(seconds / 3600 % 24, "h")]
    };
    let text: Vec<_> = parts.into_iter().flatten().collect();
    if text.is_empty() { "0 ms".to_owned() } else { text.join(" ") }
}

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join("; ")
}

impl Refused {
    /// The piece of evidence it is about, if any.
    pub fn what(&self) -> Option<What> {
        match self {
            Self::Missing(what)
            | Self::Note { what, .. }
            | Self::OtherVenue { what, .. }
            | Self::OtherFile { what, .. }
            | Self::Witnesses { what, .. }
            | Self::Future { what, .. }
            | Self::Distance { what, .. }
            | Self::Stale { what, .. }
            | Self::NoTime(what)
            | Self::NotNewest { what, .. }
            | Self::BeforeChallenge { what, .. }
            | Self::NotFirst { what, .. }
            | Self::AccountSchedule { what, .. }
            | Self::TwoMeanings { what, .. }
            | Self::Other { what, .. } => Some(what.clone()),
            Self::Source { name, .. } => Some(What::Source(name.clone())),
            _ => None,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "EvidenceMissing",
            Self::NoMemory(_) => "MemoryMissing",
            Self::Note { error, .. } => note_code(error),
            Self::OtherVenue { .. } => "NoteOtherVenue",
            Self::OtherFile { .. } => "NoteOtherFile",
            Self::OtherMarket { .. } => "PolicyMarket",
            Self::NotAlone(_) => "DemandNotAlone",
            Self::OtherRegistry { .. } => "PolicyRegistry",
            Self::OtherSchedule { .. } => "PolicySchedule",
            Self::OtherRequirement { .. } => "PolicyRequirement",
            Self::NoSuchBook { .. } => "PolicyNoSuchBook",
            Self::NoSuchPosition(_) => "PolicyNoSuchPosition",
            Self::NoSuchStress(_) => "PolicyNoSuchStress",
            Self::NoDeficiency(reason) => reason.code(),
            Self::Witnesses { .. } => "TooFewWitnesses",
            Self::Stale { what, .. } => match what {
                What::Checkpoint => "LedgerStale",
                What::Attestation => "AttestationStale",
                What::Enrolment => "EnrolmentStale",
                _ => "SnapshotStale",
            },
            Self::NoTime(_) => "NoteWithoutTime",
            Self::Future { what: What::Snapshot, .. } => "SnapshotFromFuture",
            Self::Future { .. } => "NoteFromFuture",
            Self::Distance { .. } => "SnapshotDistance",
            Self::NotNewest { .. } => "NotNewest",
            Self::BeforeChallenge { what: What::Checkpoint, .. } => "LedgerBeforeChallenge",
            Self::BeforeChallenge { .. } => "SnapshotBeforeChallenge",
            Self::NotFirst { what: What::Checkpoint, .. } => "LedgerNotFirst",
            Self::NotFirst { .. } => "SnapshotNotFirst",
            Self::ChallengeExpired(_) => "ChallengeExpired",
            Self::OtherChallenge(_) => "ChallengeOther",
            Self::Level(_) => "PolicyLevelUnknown",
            Self::Floor => "PolicyFloorTooFine",
            Self::Other { .. } => "NoteOther",
            Self::AccountSchedule { .. } => "AccountSchedule",
            Self::TwoMeanings { .. } => "TwoMeanings",
            Self::PseudonymReplaced(_) => "PseudonymReplaced",
            Self::AccountsMissing { .. } => "AccountsMissing",
            Self::SameAccount { .. } => "AccountTwice",
            Self::OtherStatement(_) => "ProofsDiffer",
            Self::TooManyProofs(_) => "TooManyProofs",
            Self::Source { .. } => "SourceRefused",
            Self::UnknownSource(_) => "SourceUnknown",
            Self::PricesIncomplete(_) => "PricesIncomplete",
            Self::PricesDisagree(_) => "PricesDisagree",
            Self::Replay(replay) => replay.code(),
        }
    }
}

/// The reason a note's first key was refused, which says more than that no key counts.
fn note_code(error: &OpenError) -> &'static str {
    match error {
        OpenError::Note(_) => "BadNote",
        OpenError::Signature(_) => "NoteSignature",
        OpenError::Untrusted(refusals) => refusals.first().map_or("NoteUntrusted", Refusal::code),
        OpenError::Body(_) => "BadNoteBody",
    }
}
