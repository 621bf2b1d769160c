//! Signed markets: a venue's schedules and snapshots.
//!
//! The note names digests; the JSON file is kept separately. The digest covers every figure, unit, symbol and time in
//! the file, regardless of white space and the order of its lists.

use crate::body::Body;
use crate::lines::{BodyError, BodyProblem, Lines, differing};
use zkmargin_model::digest::{MarketDigest, RegistryDigest, ScheduleDigest, SnapshotDigest};
use zkmargin_params::{AnyMarket, AnySchedule, Requirement, Role, market_digest};

const SCHEDULE: &str = "zkmargin/schedule/v1";
const SNAPSHOT: &str = "zkmargin/snapshot/v1";

/// Key of the lines that name what a schedule computes.
const REQUIREMENT: &str = "requirement";

/// A file that is not the one a note is about: the first line that differs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the note says {}, but for the given file it would say {}", said(.note), said(.file))]
pub struct FileMismatch {
    /// Line of the note.
    pub note: String,
    /// The line for the given file.
    pub file: String,
}

/// A line in words; empty is one that there is not.
fn said(line: &str) -> String {
    if line.is_empty() { "nothing".to_owned() } else { format!("`{line}`") }
}

fn compare<T: Body>(note: &T, file: &T) -> Result<(), FileMismatch> {
    compare_texts(note.to_text(), file.to_text())
}

fn compare_texts(note: String, file: String) -> Result<(), FileMismatch> {
    if note == file {
        return Ok(());
    }
    // Which lines differ is for a reader: texts of the same lines in another order are not the same.
    let first = differing(&note, &file).into_iter().next();
    let (note, file) = first.unwrap_or((note, file));
    Err(FileMismatch { note, file })
}

/// A venue's statement that a schedule is its rule book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleNote {
    /// The venue.
    pub venue: String,
    /// Name of the schedule.
    pub name: String,
    /// Registry digest.
    pub registry: RegistryDigest,
    /// Digest of the schedule.
    pub schedule: ScheduleDigest,
}

impl ScheduleNote {
    /// What a venue signs about a schedule.
    pub fn of(schedule: &dyn AnySchedule) -> Self {
        Self {
            venue: schedule.venue().to_owned(),
            name: schedule.name().to_owned(),
            registry: schedule.registry_digest(),
            schedule: schedule.digest(),
        }
    }

    /// Checks that the note is about this schedule.
    ///
    /// # Errors
    /// [`FileMismatch`] with the first line that differs.
    pub fn check(&self, schedule: &dyn AnySchedule) -> Result<(), FileMismatch> {
        compare(self, &Self::of(schedule))
    }
}

impl Body for ScheduleNote {
    const ROLE: Role = Role::Venue;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(SCHEDULE)?;
        let note = Self {
            venue: lines.name("venue")?,
            name: lines.name("name")?,
            registry: lines.digest("registry")?,
            schedule: lines.digest("schedule")?,
        };
        lines.end()?;
        Ok(note)
    }

    fn to_text(&self) -> String {
        format!(
            "{SCHEDULE}\nvenue {}\nname {}\nregistry {}\nschedule {}\n",
            self.venue, self.name, self.registry, self.schedule,
        )
    }

    fn venue(&self) -> Option<&str> {
        Some(&self.venue)
    }

    fn time_ms(&self) -> Option<u64> {
        None
    }
}

/// A venue's statement that a snapshot holds its marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotNote {
    /// The venue.
    pub venue: String,
    /// What the schedule computes: one requirement, or those of a portfolio schedule, in the order of
    /// [`Requirement::ALL`]. The number is one in the series of each.
    pub requirements: Vec<Requirement>,
    /// Number in the venue's series. A venue signs one snapshot per number.
    pub sequence: u64,
    /// When the marks were taken, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Number of instruments that the snapshot has a price of.
    pub instruments: u64,
    /// Registry digest.
    pub registry: RegistryDigest,
    /// Digest of the schedule.
    pub schedule: ScheduleDigest,
    /// Digest of the snapshot.
    pub snapshot: SnapshotDigest,
}

/// What a schedule computes, in the order of a note's lines.
fn computed_by(schedule: &dyn AnySchedule) -> Vec<Requirement> {
    let mut requirements = schedule.requirements();
    requirements.sort_unstable();
    requirements
}

impl SnapshotNote {
    /// What a venue signs about a snapshot.
    pub fn of(market: &dyn AnyMarket) -> Self {
        Self {
            venue: market.schedule().venue().to_owned(),
            requirements: computed_by(market.schedule()),
            sequence: market.sequence(),
            time_ms: market.time_ms(),
            instruments: market.instruments() as u64,
            registry: market.registry_digest(),
            schedule: market.schedule_digest(),
            snapshot: market.snapshot_digest(),
        }
    }

    /// Digest of the market: of schedule and snapshot.
    pub fn market(&self) -> MarketDigest {
        market_digest(&self.schedule, &self.snapshot)
    }

    /// The note with what this schedule says of itself: venue, requirements, registry and digest.
    pub fn described_by(&self, schedule: &dyn AnySchedule) -> Self {
        Self {
            venue: schedule.venue().to_owned(),
            requirements: computed_by(schedule),
            registry: schedule.registry_digest(),
            schedule: schedule.digest(),
            ..self.clone()
        }
    }

    /// Checks that the note is about this schedule and says of it what it says itself.
    ///
    /// # Errors
    /// [`FileMismatch`] with the first line that differs.
    pub fn check_schedule(&self, schedule: &dyn AnySchedule) -> Result<(), FileMismatch> {
        compare(self, &self.described_by(schedule))
    }

    /// Checks that the note is about this market.
    ///
    /// # Errors
    /// [`FileMismatch`] with the first line that differs.
    pub fn check(&self, market: &dyn AnyMarket) -> Result<(), FileMismatch> {
        compare(self, &Self::of(market))
    }
}

impl Body for SnapshotNote {
    const ROLE: Role = Role::Venue;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        lines.kind(SNAPSHOT)?;
        let note = Self {
            venue: lines.name("venue")?,
            requirements: lines.requirements(REQUIREMENT)?,
            sequence: lines.integer("sequence")?,
            time_ms: lines.integer("time-ms")?,
            instruments: lines.integer("instruments")?,
            registry: lines.digest("registry")?,
            schedule: lines.digest("schedule")?,
            snapshot: lines.digest("snapshot")?,
        };
        // Written for people and for policies that pin a market; it may not say anything else.
        if lines.digest::<MarketDigest>("market")? != note.market() {
            return Err(lines.error(BodyProblem::Market));
        }
        lines.end()?;
        Ok(note)
    }

    fn to_text(&self) -> String {
        let line = |of: &Requirement| format!("{REQUIREMENT} {}\n", of.name());
        let requirements: String = self.requirements.iter().map(line).collect();
        format!(
            "{SNAPSHOT}\nvenue {}\n{requirements}sequence {}\ntime-ms {}\ninstruments {}\nregistry {}\n\
             schedule {}\nsnapshot {}\nmarket {}\n",
            self.venue,
            self.sequence,
            self.time_ms,
            self.instruments,
            self.registry,
            self.schedule,
            self.snapshot,
            self.market(),
        )
    }

    fn venue(&self) -> Option<&str> {
        Some(&self.venue)
    }

    fn time_ms(&self) -> Option<u64> {
        Some(self.time_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::compare_texts;

    #[test]
    fn the_same_lines_in_another_order_are_no_match() {
        let compared = |note: &str, file: &str| compare_texts(note.to_owned(), file.to_owned());
        assert!(compared("a 1\nb 2\n", "a 1\nb 2\n").is_ok());
        assert!(compared("a 1\nb 2\n", "b 2\na 1\n").is_err());
        assert!(compared("a 1\n", "a 1\na 1\n").is_err());
        let mismatch = compared("a 1\nb 2\n", "a 1\nb 3\n").unwrap_err();
        assert_eq!((mismatch.note.as_str(), mismatch.file.as_str()), ("b 2", "b 3"));
    }
}
