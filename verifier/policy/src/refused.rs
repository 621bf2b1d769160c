//! Why a policy is not met: each reason its own.

use crate::prices::{Disagreement, Gap};
use crate::seen::Replay;
use zkmargin_model::files::format_utc;
use zkmargin_model::shown::{quoted, shown};
use zkmargin_notes::{FileMismatch, OpenError, Refusal};

/// A piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The venue's note over the schedule.
    ScheduleNote,
    /// The venue's note over the snapshot.
    SnapshotNote,
    /// The venue's note over the snapshot before.
    PreviousNote,
    /// The signed checkpoint of the ledger.
    Checkpoint,
    /// An attester's note over the commitment.
    Attestation,
    /// The venue's note that enrols the holder.
    Enrolment,
    /// The challenge that is to be answered.
    Challenge,
    /// A message of the price source with this name.
    Source(String),
}

impl std::fmt::Display for What {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ScheduleNote => f.write_str("schedule note"),
            Self::SnapshotNote => f.write_str("snapshot note"),
            Self::PreviousNote => f.write_str("note of the snapshot before"),
            Self::Checkpoint => f.write_str("ledger checkpoint"),
            Self::Attestation => f.write_str("attestation"),
            Self::Enrolment => f.write_str("enrolment note"),
            Self::Challenge => f.write_str("challenge"),
            Self::Source(name) => write!(f, "message of price source {}", quoted(name)),
        }
    }
}

/// Why a policy is not met. Times are in milliseconds since 1970-01-01 UTC, spans in milliseconds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Refused {
    /// Evidence that the policy demands is not there.
    #[error("the policy demands a {0}, and there is none")]
    Missing(What),
    /// A note that is not one, or that nobody trusted has signed.
    #[error("{what}: {error}")]
    Note {
        /// Which note.
        what: What,
        /// What is wrong.
        error: OpenError,
    },
    /// A note of another venue than the policy's.
    #[error("the {what} is of venue {}, and the policy's is {}", quoted(.found), quoted(.demanded))]
    OtherVenue {
        /// Which note.
        what: What,
        /// Its venue.
        found: String,
        /// The policy's venue.
        demanded: String,
    },
    /// A note that speaks of another file.
    #[error("{what}: {mismatch}")]
    OtherFile {
        /// Which note.
        what: What,
        /// First line that differs.
        mismatch: FileMismatch,
    },
    /// Another schedule than the pinned one.
    #[error("the schedule has digest {found}, and the policy accepts {pinned} only")]
    OtherSchedule {
        /// Digest of the schedule at hand.
        found: String,
        /// Pinned digest.
        pinned: String,
    },
    /// Too few witnesses.
    #[error("{found} witnesses have cosigned the {what}, and the policy demands {demanded}")]
    Witnesses {
        /// Which note.
        what: What,
        /// Witnesses that count.
        found: usize,
        /// Demanded.
        demanded: u32,
    },
    /// Old prices.
    #[error("the snapshot is {age_ms} ms old, of {}; at most {most_ms} ms are accepted", format_utc(*.time_ms))]
    Stale {
        /// Time of the snapshot.
        time_ms: u64,
        /// Its age.
        age_ms: u64,
        /// Greatest age.
        most_ms: u64,
    },
    /// Prices or accounts of a time that has not come.
    #[error("the {what} is of {}, which is after now", format_utc(*.time_ms))]
    Future {
        /// Which note.
        what: What,
        /// Its time.
        time_ms: u64,
    },
    /// Account and prices of times too far apart.
    #[error(
        "the {what} is {distance_ms} ms away from the snapshot; at most {most_ms} ms are accepted"
    )]
    Distance {
        /// Checkpoint or attestation.
        what: What,
        /// Time between them.
        distance_ms: u64,
        /// Greatest time between them.
        most_ms: u64,
    },
    /// A snapshot from before the challenge.
    #[error("the snapshot is of {}, before the challenge of {}", format_utc(*.time_ms), format_utc(*.challenge_ms))]
    BeforeChallenge {
        /// Time of the snapshot.
        time_ms: u64,
        /// Time of the challenge.
        challenge_ms: u64,
    },
    /// Not the first snapshot after the challenge, or not shown to be.
    #[error("snapshot {sequence} is not shown to be the first one after the challenge: {reason}")]
    NotFirst {
        /// Its sequence number.
        sequence: u64,
        /// What the note of the snapshot before says instead.
        reason: &'static str,
    },
    /// A challenge whose time is over.
    #[error("the challenge expired at {}", format_utc(*.0))]
    ChallengeExpired(u64),
    /// A challenge for something else than the policy asks.
    #[error("the challenge is for another {0} than the policy")]
    OtherChallenge(&'static str),
    /// The policy's claim is not one of the schedule's.
    #[error("the schedule's menu has no level {}", quoted(.0))]
    UnknownLevel(String),
    /// The policy's floor is finer than the schedule's unit.
    #[error("the floor has more digits than the schedule's margin unit")]
    Floor,
    /// A note about another account, holder or epoch than the one demanded.
    #[error("the {what} is for another {part}")]
    Other {
        /// Which note.
        what: What,
        /// `commitment`, `registry`, `epoch`, `audience` or `pseudonym`.
        part: &'static str,
    },
    /// The holder has a new secret, and with it a new pseudonym.
    #[error("the holder's pseudonym was replaced by {0}; put it into the policy")]
    PseudonymReplaced(String),
    /// Fewer accounts than the holder has.
    #[error("the holder has {enrolled} accounts at the venue, and {shown} are shown")]
    AccountsMissing {
        /// Accounts by the enrolment note.
        enrolled: u64,
        /// Accounts shown.
        shown: usize,
    },
    /// One account in place of two.
    #[error("proofs {first} and {second} are about the same account")]
    SameAccount {
        /// Its place in the list of proofs, from 1.
        first: usize,
        /// The other's.
        second: usize,
    },
    /// Proofs for different contexts count together nowhere.
    #[error(
        "proof {0} is for another audience, purpose, nonce, period, expiry, market or ledger than the first"
    )]
    OtherStatement(usize),
    /// More proofs than the policy has a use for.
    #[error("{0} proofs; without `all_accounts` a policy takes one")]
    TooManyProofs(usize),
    /// A message of a source that is not one, or that is not signed by the source's keys.
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

fn list<T: ToString>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join("; ")
}

impl Refused {
    /// The piece of evidence that it is about, if it is about one.
    pub fn what(&self) -> Option<What> {
        match self {
            Self::Missing(what)
            | Self::Note { what, .. }
            | Self::OtherVenue { what, .. }
            | Self::OtherFile { what, .. }
            | Self::Witnesses { what, .. }
            | Self::Future { what, .. }
            | Self::Distance { what, .. }
            | Self::Other { what, .. } => Some(what.clone()),
            Self::Source { name, .. } => Some(What::Source(name.clone())),
            _ => None,
        }
    }

    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "EvidenceMissing",
            Self::Note { error, .. } => note_code(error),
            Self::OtherVenue { .. } => "NoteOtherVenue",
            Self::OtherFile { .. } => "NoteOtherFile",
            Self::OtherSchedule { .. } => "PolicySchedule",
            Self::Witnesses { .. } => "TooFewWitnesses",
            Self::Stale { .. } => "SnapshotStale",
            Self::Future { .. } => "NoteFromFuture",
            Self::Distance { .. } => "SnapshotDistance",
            Self::BeforeChallenge { .. } => "SnapshotBeforeChallenge",
            Self::NotFirst { .. } => "SnapshotNotFirst",
            Self::ChallengeExpired(_) => "ChallengeExpired",
            Self::OtherChallenge(_) => "ChallengeOther",
            Self::UnknownLevel(_) => "PolicyLevelUnknown",
            Self::Floor => "PolicyFloorTooFine",
            Self::Other { .. } => "NoteOther",
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

/// The reason of a note's first refused key, which says more than that no key counts.
fn note_code(error: &OpenError) -> &'static str {
    match error {
        OpenError::Note(_) => "BadNote",
        OpenError::Signature(_) => "NoteSignature",
        OpenError::Untrusted(refusals) => refusals.first().map_or("NoteUntrusted", Refusal::code),
        OpenError::Body(_) => "BadNoteBody",
    }
}
