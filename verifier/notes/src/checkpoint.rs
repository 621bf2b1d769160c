//! Checkpoints: the size and root of a tree at one moment.
//!
//! Format: [tlog-checkpoint](https://c2sp.org/tlog-checkpoint).

use crate::body::Body;
use crate::encoding::base64;
use crate::lines::{BodyError, BodyProblem, Lines};
use zkmargin_model::digest::{RegistryDigest, ScheduleDigest};
use zkmargin_model::element::LedgerRoot;
use zkmargin_params::Role;

/// Maximum number of accounts in a ledger: the leaves of a binary tree of depth 32.
pub const MAX_ACCOUNTS: u64 = 1 << 32;

/// Any log's checkpoint: origin, size, root and further lines that have no meaning here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root hash.
    pub root: [u8; 32],
    /// Extension lines, none of them empty.
    pub extensions: Vec<String>,
}

/// Reads the three lines with which every checkpoint begins.
fn read_head<'a>(lines: &mut Lines<'a>) -> Result<(&'a str, u64, [u8; 32]), BodyError> {
    let origin = non_empty(lines, "the origin")?;
    let size = lines.line("the size")?;
    let size = lines.check_integer(size)?;
    let root = lines.line("the root")?;
    Ok((origin, size, lines.check_base64(root)?))
}

fn non_empty<'a>(lines: &mut Lines<'a>, what: &'static str) -> Result<&'a str, BodyError> {
    match lines.line(what)? {
        "" => Err(lines.error(BodyProblem::Missing(what))),
        line => Ok(line),
    }
}

fn write_head(origin: &str, size: u64, root: &[u8; 32]) -> String {
    format!("{origin}\n{size}\n{}\n", base64(root))
}

impl Checkpoint {
    /// Reads a checkpoint's text.
    ///
    /// # Errors
    /// [`BodyError`].
    pub fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        let (origin, size, root) = read_head(&mut lines)?;
        let mut extensions = Vec::new();
        while !lines.is_at_end() {
            extensions.push(non_empty(&mut lines, "an extension line")?.to_owned());
        }
        Ok(Self { origin: origin.to_owned(), size, root, extensions })
    }

    /// The checkpoint's text.
    pub fn to_text(&self) -> String {
        let mut text = write_head(&self.origin, self.size, &self.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// A venue's accounts at one epoch: a checkpoint whose extension lines say which epoch, and what
/// gives the integers of the accounts their meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerCheckpoint {
    /// The venue, as its schedules write it.
    pub origin: String,
    /// Number of accounts, at most [`MAX_ACCOUNTS`].
    pub size: u64,
    /// Root of the Poseidon tree over the accounts' commitments.
    pub root: LedgerRoot,
    /// Number of the ledger in the venue's series, above zero. A venue signs one per epoch.
    pub epoch: u64,
    /// When the accounts had the committed state, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Registry digest of the accounts.
    pub registry: RegistryDigest,
    /// Digest of the schedule in force, under which the accounts were read: what their ids mean.
    pub schedule: ScheduleDigest,
}

impl Body for LedgerCheckpoint {
    const ROLE: Role = Role::Venue;

    fn parse(text: &str) -> Result<Self, BodyError> {
        let mut lines = Lines::new(text);
        let origin = lines.line("the origin")?;
        let origin = lines.check_name(origin)?;
        let size = lines.line("the size")?;
        let size = lines.check_integer(size)?;
        if size > MAX_ACCOUNTS {
            return Err(lines.error(BodyProblem::Range("a ledger has at most 2^32 accounts")));
        }
        let root = lines.line("the root")?;
        let root = lines.check_element(&lines.check_base64(root)?)?.into();
        let epoch = lines.positive("epoch", "epoch 0 stands for none")?;
        let time_ms = lines.integer("time-ms")?;
        let registry = lines.digest("registry")?;
        let schedule = lines.digest("schedule")?;
        lines.end()?;
        Ok(Self { origin, size, root, epoch, time_ms, registry, schedule })
    }

    fn to_text(&self) -> String {
        let head = write_head(&self.origin, self.size, &self.root.to_bytes());
        let (registry, schedule) = (self.registry.to_string(), self.schedule.to_string());
        let (epoch, time) = (self.epoch, self.time_ms);
        format!("{head}epoch {epoch}\ntime-ms {time}\nregistry {registry}\nschedule {schedule}\n")
    }

    fn venue(&self) -> Option<&str> {
        Some(&self.origin)
    }

    fn time_ms(&self) -> Option<u64> {
        Some(self.time_ms)
    }
}
