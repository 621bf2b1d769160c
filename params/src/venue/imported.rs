//! What an importer produces from a venue's list of markets.

use crate::{InstrumentFile, NumberingFile, ScheduleFile};

/// A schedule from a venue's own file, and what its reader should know about it.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedSchedule {
    /// The schedule, not yet checked.
    pub schedule: ScheduleFile,
    /// What the source does not say and the importer filled in; parts are separated by semicolons.
    pub assumed: String,
    /// Contracts of the source that are not in the schedule, in the source's order.
    pub left_out: Vec<LeftOut>,
    /// Those of them that have ids all the same, because another schedule of the registry lists them.
    pub without_table: Vec<InstrumentFile>,
    /// Whether the venue says where its last tiers end.
    pub caps: Caps,
}

/// How a schedule says that it leaves out contracts which another requirement of its registry lists.
pub(super) const WITHOUT_TABLE: &str = "contracts of which no table has the requirement exactly";

/// Number of such contracts that the schedule names.
const NAMED: usize = 3;

impl ImportedSchedule {
    /// A schedule in which all contracts with ids are listed.
    pub fn new(
        schedule: ScheduleFile,
        assumed: impl Into<String>,
        left_out: Vec<LeftOut>,
        caps: Caps,
    ) -> Self {
        Self { schedule, assumed: assumed.into(), left_out, without_table: Vec::new(), caps }
    }

    /// Leaves out contracts that have ids, and says so in the schedule: no other contract gets one of them.
    pub fn leave_out(mut self, contracts: Vec<InstrumentFile>) -> Self {
        if contracts.is_empty() {
            return self;
        }
        let file = &mut self.schedule;
        let numbering = file.numbering.get_or_insert_with(NumberingFile::default);
        let ids = contracts.iter().chain(&file.instruments).map(|contract| contract.id);
        numbering.last_instrument = numbering.last_instrument.max(ids.max());
        let symbols: Vec<_> = contracts.iter().map(|c| c.symbol.as_str()).take(NAMED).collect();
        let mut words = format!("{WITHOUT_TABLE}: {}", symbols.join(", "));
        let more = contracts.len() - symbols.len();
        if more > 0 {
            words.push_str(&format!(" and {more} more"));
        }
        file.leaves_out.push(words);
        self.without_table = contracts;
        self
    }
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
