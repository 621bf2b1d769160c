//! Notes in a series: which is newer, and which contradict each other.
//!
//! A venue has a series of ledgers for each registry: one for its linear accounts, one for its portfolio accounts. It has
//! a series of snapshots for each registry and requirement: maintenance and initial margin are schedules of one registry,
//! with snapshots that are numbered apart. In each series it signs one snapshot per sequence number or one ledger per
//! epoch. Two that differ are evidence against it, which anyone who knows its key can check. A renumbered schedule is of
//! another registry and begins another series.

use crate::body::Body;
use crate::checkpoint::LedgerCheckpoint;
use crate::lines::differing;
use crate::market::SnapshotNote;
use crate::open::Opened;
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest};
use zkmargin_params::Requirement;

/// Whose numbers: those of a venue for one registry, and of snapshots for one requirement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// The venue.
    pub venue: String,
    /// Digest of the numbering of its instruments and assets.
    pub registry: RegistryDigest,
    /// What schedules of the series compute; `None` for ledgers, which serve every requirement.
    pub requirement: Option<Requirement>,
}

/// A body that has a number in a series.
pub trait Numbered: Body {
    /// What the number is called.
    const NUMBER: &'static str;

    /// The number.
    fn number(&self) -> u64;

    /// The time as of which the body says it holds, in milliseconds since 1970.
    fn time_ms(&self) -> u64;

    /// The registry digest it names.
    fn registry(&self) -> RegistryDigest;

    /// The schedule it names.
    fn schedule(&self) -> ScheduleDigest;

    /// What it says that schedule computes; nothing where its series is of no requirement.
    fn requirements(&self) -> &[Requirement];

    /// The series it is in: one, or one for each requirement of its schedule.
    fn series(&self) -> Vec<Series> {
        let of = |requirement| Series {
            venue: self.venue().unwrap_or_default().to_owned(),
            registry: self.registry(),
            requirement,
        };
        match self.requirements() {
            [] => vec![of(None)],
            requirements => requirements.iter().copied().map(Some).map(of).collect(),
        }
    }

    /// Whether a series of this body is one of another's.
    fn shares_series(&self, other: &Self) -> bool {
        let others = other.series();
        self.series().iter().any(|series| others.contains(series))
    }
}

impl Numbered for SnapshotNote {
    const NUMBER: &'static str = "sequence number";

    fn number(&self) -> u64 {
        self.sequence
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }

    fn registry(&self) -> RegistryDigest {
        self.registry
    }

    fn schedule(&self) -> ScheduleDigest {
        self.schedule
    }

    fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }
}

impl Numbered for LedgerCheckpoint {
    const NUMBER: &'static str = "epoch";

    fn number(&self) -> u64 {
        self.epoch
    }

    fn time_ms(&self) -> u64 {
        self.time_ms
    }

    fn registry(&self) -> RegistryDigest {
        self.registry
    }

    fn schedule(&self) -> ScheduleDigest {
        self.schedule
    }

    fn requirements(&self) -> &[Requirement] {
        &[]
    }
}

/// Two notes that cannot both be true: of one series, with the same number, and different; or about one schedule, and of
/// different registries or requirements, which only one of them can have. Both signed notes together are the evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict<T> {
    first: Opened<T>,
    second: Opened<T>,
}

/// Two snapshots of one series with the same sequence number, or that describe one schedule differently.
pub type SnapshotConflict = Conflict<SnapshotNote>;

/// Two ledgers of one series for the same epoch, or that describe one schedule differently.
pub type CheckpointConflict = Conflict<LedgerCheckpoint>;

impl<T: Numbered> Conflict<T> {
    /// The conflict between two notes, if there is one.
    pub fn find(first: &Opened<T>, second: &Opened<T>) -> Option<Self> {
        conflict(first.body(), second.body())
            .then(|| Self { first: first.clone(), second: second.clone() })
    }

    /// The note given first.
    pub fn first(&self) -> &Opened<T> {
        &self.first
    }

    /// The note given second.
    pub fn second(&self) -> &Opened<T> {
        &self.second
    }

    /// The lines that differ, of the first note and of the second; one that only one of them has is beside nothing.
    pub fn differences(&self) -> Vec<(String, String)> {
        let (first, second) = (self.first.note().text(), self.second.note().text());
        differing(first, second)
    }
}

impl<T: Numbered> std::fmt::Display for Conflict<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (body, other) = (self.first.body(), self.second.body());
        let venue = body.venue().unwrap_or_default();
        if describes_otherwise(body, other) {
            let schedule = body.schedule();
            return write!(f, "{venue} signed two different descriptions of schedule {schedule}");
        }
        write!(f, "{venue} signed two different notes with {} {}", T::NUMBER, body.number())
    }
}

fn conflict<T: Numbered>(first: &T, second: &T) -> bool {
    let repeated = first.shares_series(second) && first.number() == second.number();
    first != second && (repeated || describes_otherwise(first, second))
}

/// Whether a venue's notes say different things of one schedule, whose digest covers what they say. Otherwise a note would
/// leave its series by naming a requirement that its schedule does not compute.
fn describes_otherwise<T: Numbered>(first: &T, second: &T) -> bool {
    let said = |note: &T| (note.registry(), note.requirements().to_vec());
    first.venue() == second.venue()
        && first.schedule() == second.schedule()
        && said(first) != said(second)
}

/// How a note relates to the last one seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The same note again.
    Same,
    /// A later one. Numbers may be skipped.
    Newer,
}

/// Why a note may not follow the last one seen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SequenceError {
    /// A series belongs to one venue.
    #[error("the last note seen is from {last:?}, but this one is from {found:?}")]
    OtherVenue {
        /// Venue of the last note.
        last: String,
        /// Venue of this one.
        found: String,
    },
    /// A series belongs to one registry.
    #[error("the last note seen is of registry {last}, but this one is of {found}")]
    OtherRegistry {
        /// Registry of the last note.
        last: RegistryDigest,
        /// Registry of this one.
        found: RegistryDigest,
    },
    /// A series of snapshots belongs to one requirement.
    #[error("the last note seen is of {}, but this one is of {}", names(.last), names(.found))]
    OtherRequirement {
        /// Requirements of the last note's schedule.
        last: Vec<Requirement>,
        /// Requirements of this one's.
        found: Vec<Requirement>,
    },
    /// An earlier number: an old note is replayed.
    #[error("{what} {found} is older than {last}, which was seen before; an old note is replayed")]
    Older {
        /// What the number is called.
        what: &'static str,
        /// Number of the last note.
        last: u64,
        /// Number of this one.
        found: u64,
    },
    /// The same number with a different text; [`Conflict::find`] produces the evidence.
    #[error("{what} {number} was seen with different content; its signer contradicts itself")]
    Conflict {
        /// What the number is called.
        what: &'static str,
        /// The number.
        number: u64,
    },
    /// A later number with an earlier time, both in milliseconds since 1970.
    #[error("{what} {number} is newer but its time is earlier: {found} ms after {last} ms")]
    TimeBackwards {
        /// What the number is called.
        what: &'static str,
        /// Number of this note.
        number: u64,
        /// Time of the last note.
        last: u64,
        /// Time of this one.
        found: u64,
    },
}

fn names(requirements: &[Requirement]) -> String {
    requirements.iter().map(|of| of.name()).collect::<Vec<_>>().join(" and ")
}

/// Whether a note may follow the last one seen in a series that both are in.
///
/// Keep the last signed note, not just its number: it is half of the evidence if the signer ever contradicts itself.
///
/// # Errors
/// [`SequenceError`].
pub fn follow<T: Numbered>(last: &T, found: &T) -> Result<Order, SequenceError> {
    let what = T::NUMBER;
    if last.venue() != found.venue() {
        let name = |note: &T| note.venue().unwrap_or_default().to_owned();
        return Err(SequenceError::OtherVenue { last: name(last), found: name(found) });
    }
    if last.registry() != found.registry() {
        let (last, found) = (last.registry(), found.registry());
        return Err(SequenceError::OtherRegistry { last, found });
    }
    if !last.shares_series(found) {
        let (last, found) = (last.requirements().to_vec(), found.requirements().to_vec());
        return Err(SequenceError::OtherRequirement { last, found });
    }
    if last == found {
        return Ok(Order::Same);
    }
    let number = found.number();
    if number < last.number() {
        return Err(SequenceError::Older { what, last: last.number(), found: number });
    }
    if number == last.number() {
        return Err(SequenceError::Conflict { what, number });
    }
    let (last, found) = (Numbered::time_ms(last), Numbered::time_ms(found));
    if found < last {
        return Err(SequenceError::TimeBackwards { what, number, last, found });
    }
    Ok(Order::Newer)
}
