//! What an importer produces from a venue's list of markets.

use crate::ScheduleFile;

/// A schedule from a venue's own file, and what its reader should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedSchedule {
    /// The schedule, not yet checked.
    pub schedule: ScheduleFile,
    /// What the source does not say and the importer filled in; parts are separated by semicolons.
    pub assumed: String,
    /// Contracts of the source that are not in the schedule, in the source's order.
    pub left_out: Vec<LeftOut>,
    /// Whether the venue says where its last tiers end.
    pub caps: Caps,
}

/// A contract that was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name in the source.
    pub symbol: String,
    /// Why it was not imported.
    pub why: String,
}

impl LeftOut {
    /// The first few with their reasons, each after a semicolon: the end of a message that nothing was imported.
    pub fn examples(left_out: &[LeftOut]) -> String {
        left_out.iter().take(3).map(|l| format!("; {}: {}", l.symbol, l.why)).collect()
    }
}

/// Whether a venue caps what a position may be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caps {
    /// Its files say where each last tier ends, so an open one is worth a remark.
    Published,
    /// Its rule has none, so every last tier is open.
    None,
}
