//! What a verifier remembers, so that no proof counts twice and no venue goes back in time. A venue has a series of ledgers
//! for each registry, and of snapshots for each registry and requirement: each is compared with its own.

use std::collections::{BTreeMap, BTreeSet};
use zkmargin_notes::sequence::{Numbered, SequenceError, Series, follow};
use zkmargin_notes::{LedgerCheckpoint, SnapshotNote};
use zkmargin_params::Challenge;

/// A challenge that this verifier made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The challenge.
    pub challenge: Challenge,
    /// Whether a proof that answers it was accepted.
    pub answered: bool,
}

/// One acceptance: everything it uses up, and everything that later ones are compared with. All of it is remembered,
/// whatever is demanded now: a policy that demands more later finds it there.
#[derive(Clone, Debug)]
pub struct Use {
    /// The proofs' nonce.
    pub nonce: Option<[u8; 32]>,
    /// Scope of the nullifiers.
    pub scope: [u8; 32],
    /// The accounts' nullifiers, for accounts in a ledger.
    pub nullifiers: Vec<[u8; 32]>,
    /// The venue's snapshot, where it is signed.
    pub snapshot: Option<SnapshotNote>,
    /// The venue's ledger, where it is signed.
    pub checkpoint: Option<LedgerCheckpoint>,
    /// The verifier's time, in milliseconds since 1970.
    pub now_ms: u64,
    /// Refused unless the nonce belongs to an unanswered challenge.
    pub answers_challenge: bool,
    /// Refused if a nullifier was seen in the scope.
    pub once_per_period: bool,
    /// Refused if the snapshot or checkpoint goes back behind the last one, or contradicts it.
    pub sequence: bool,
}

/// What was remembered before an acceptance. A snapshot of a schedule of several requirements is in the series of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// Whether a snapshot of each of its series was.
    pub snapshot: bool,
    /// Whether a ledger of the series was.
    pub checkpoint: bool,
    /// Whether anything was.
    pub anything: bool,
}

/// Why a use is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Replay {
    /// No such challenge was made.
    #[error("this verifier issued no challenge with the proof's nonce")]
    UnknownNonce,
    /// The challenge was already answered.
    #[error("the challenge was already answered: the proof is a replay")]
    Answered,
    /// The account was already shown in this scope.
    #[error(
        "the account was already accepted for this audience, purpose and period: the nullifier is known"
    )]
    Nullifier,
    /// The snapshot's series goes back or contradicts itself.
    #[error("snapshot: {0}")]
    Snapshot(SequenceError),
    /// The ledger's series goes back or contradicts itself.
    #[error("ledger checkpoint: {0}")]
    Checkpoint(SequenceError),
}

impl Replay {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        let sequence = |error: &SequenceError| match error {
            SequenceError::OtherVenue { .. } => "SequenceOtherVenue",
            SequenceError::OtherRegistry { .. } => "SequenceOtherRegistry",
            SequenceError::OtherRequirement { .. } => "SequenceOtherRequirement",
            SequenceError::Older { .. } => "SequenceOlder",
            SequenceError::Conflict { .. } => "SequenceConflict",
            SequenceError::TimeBackwards { .. } => "SequenceTimeBackwards",
        };
        match self {
            Self::UnknownNonce => "ChallengeUnknown",
            Self::Answered => "Replayed",
            Self::Nullifier => "NullifierSeen",
            Self::Snapshot(error) | Self::Checkpoint(error) => sequence(error),
        }
    }
}

/// A verifier's memory. Several verifiers that share one store share one memory.
pub trait SeenStore {
    /// Why the store cannot be used.
    type Error: std::error::Error;

    /// Remembers a challenge. A nonce is issued only once.
    ///
    /// # Errors
    /// From the store.
    fn issue(&mut self, challenge: &Challenge) -> Result<(), Self::Error>;

    /// The challenge with this nonce.
    ///
    /// # Errors
    /// From the store.
    fn issued(&mut self, nonce: &[u8; 32]) -> Result<Option<Issued>, Self::Error>;

    /// Whether a use would be accepted now; nothing is written. [`SeenStore::accept`] decides.
    ///
    /// # Errors
    /// From the store.
    fn look(&mut self, used: &Use) -> Result<Result<(), Replay>, Self::Error>;

    /// Accepts a use atomically: either none of it was used before and all of it is written, or nothing is. If two
    /// race, one is refused.
    ///
    /// # Errors
    /// From the store; then nothing was written.
    fn accept(&mut self, used: &Use) -> Result<Result<Before, Replay>, Self::Error>;

    /// Whether nothing is remembered: no challenge, no acceptance.
    ///
    /// # Errors
    /// From the store.
    fn is_empty(&mut self) -> Result<bool, Self::Error>;
}

/// Whether a note may become the last of its series.
pub fn is_next<T: Numbered>(last: Option<&T>, found: &T) -> bool {
    last.is_none_or(|last| follow(last, found).is_ok())
}

/// Compares a use with what is remembered, of notes the last of each of their series: the part common to every store.
///
/// # Errors
/// [`Replay`].
pub fn check_use(
    used: &Use,
    answered: impl FnOnce(&[u8; 32]) -> Option<bool>,
    mut seen: impl FnMut(&[u8; 32]) -> bool,
    last_snapshots: &[SnapshotNote],
    last_checkpoints: &[LedgerCheckpoint],
) -> Result<(), Replay> {
    if used.answers_challenge {
        match used.nonce.as_ref().and_then(answered) {
            None => return Err(Replay::UnknownNonce),
            Some(true) => return Err(Replay::Answered),
            Some(false) => {}
        }
    }
    if used.once_per_period && used.nullifiers.iter().any(&mut seen) {
        return Err(Replay::Nullifier);
    }
    if !used.sequence {
        return Ok(());
    }
    let snapshots =
        |found| last_snapshots.iter().try_for_each(|last| follow(last, found).map(drop));
    used.snapshot.as_ref().map_or(Ok(()), snapshots).map_err(Replay::Snapshot)?;
    let ledgers =
        |found| last_checkpoints.iter().try_for_each(|last| follow(last, found).map(drop));
    used.checkpoint.as_ref().map_or(Ok(()), ledgers).map_err(Replay::Checkpoint)
}

/// A memory that lasts as long as the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    challenges: BTreeMap<[u8; 32], Issued>,
    nullifiers: BTreeSet<([u8; 32], [u8; 32])>,
    snapshots: BTreeMap<Series, SnapshotNote>,
    checkpoints: BTreeMap<Series, LedgerCheckpoint>,
}

/// The last notes of a note's series, and whether there is one of each.
fn last_of<T: Numbered>(known: &BTreeMap<Series, T>, found: Option<&T>) -> (Vec<T>, bool) {
    let series = found.map(Numbered::series).unwrap_or_default();
    let last: Vec<T> = series.iter().filter_map(|series| known.get(series)).cloned().collect();
    let is_each = !series.is_empty() && last.len() == series.len();
    (last, is_each)
}

/// Makes a note the last of each of its series that it is not behind.
fn keep_next<T: Numbered>(known: &mut BTreeMap<Series, T>, found: Option<&T>) {
    let Some(found) = found else { return };
    for series in found.series() {
        if is_next(known.get(&series), found) {
            known.insert(series, found.clone());
        }
    }
}

impl SeenStore for MemoryStore {
    type Error = std::convert::Infallible;

    fn issue(&mut self, challenge: &Challenge) -> Result<(), Self::Error> {
        let issued = Issued { challenge: challenge.clone(), answered: false };
        self.challenges.entry(*challenge.nonce()).or_insert(issued);
        Ok(())
    }

    fn issued(&mut self, nonce: &[u8; 32]) -> Result<Option<Issued>, Self::Error> {
        Ok(self.challenges.get(nonce).cloned())
    }

    fn look(&mut self, used: &Use) -> Result<Result<(), Replay>, Self::Error> {
        let (snapshots, _) = last_of(&self.snapshots, used.snapshot.as_ref());
        let (checkpoints, _) = last_of(&self.checkpoints, used.checkpoint.as_ref());
        Ok(check_use(
            used,
            |nonce| self.challenges.get(nonce).map(|issued| issued.answered),
            |nullifier| self.nullifiers.contains(&(used.scope, *nullifier)),
            &snapshots,
            &checkpoints,
        ))
    }

    fn accept(&mut self, used: &Use) -> Result<Result<Before, Replay>, Self::Error> {
        if let Err(replay) = self.look(used)? {
            return Ok(Err(replay));
        }
        let anything = !self.is_empty()?;
        let before = Before {
            snapshot: last_of(&self.snapshots, used.snapshot.as_ref()).1,
            checkpoint: last_of(&self.checkpoints, used.checkpoint.as_ref()).1,
            anything,
        };
        if let Some(issued) = used.nonce.and_then(|nonce| self.challenges.get_mut(&nonce)) {
            issued.answered = true;
        }
        self.nullifiers.extend(used.nullifiers.iter().map(|n| (used.scope, *n)));
        keep_next(&mut self.snapshots, used.snapshot.as_ref());
        keep_next(&mut self.checkpoints, used.checkpoint.as_ref());
        Ok(Ok(before))
    }

    fn is_empty(&mut self) -> Result<bool, Self::Error> {
        Ok(self.challenges.is_empty()
            && self.nullifiers.is_empty()
            && self.snapshots.is_empty()
            && self.checkpoints.is_empty())
    }
}
