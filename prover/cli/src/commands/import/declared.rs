//! Figures that must be declared to be the venue's own rule.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use zkmargin_params::venues::Caps;
use zkmargin_params::{MAX_NOTE_BYTES, Remark, RemarkKind, Schedule, ScheduleFile};

/// Maximum number of rows, and of contracts left out, shown in text.
const SHOWN: usize = 20;

/// What in the figures must be declared to be the venue's own rule.
pub fn undeclared(schedule: &Schedule, caps: Caps) -> Vec<Remark> {
    let mut remarks = schedule.remarks();
    remarks.retain(|r| r.kind != RemarkKind::NoCap || caps == Caps::Published);
    remarks
}

/// The first lines, and how many more there are.
pub fn shown(lines: &[String]) -> String {
    let more = lines.len().saturating_sub(SHOWN);
    let mut text = lines[..lines.len() - more].join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Refuses what is usually a mistake, or records it in the schedule as declared.
pub fn declare(file: &mut ScheduleFile, remarks: &[Remark], accepted: bool) -> Result<()> {
    if remarks.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = remarks.iter().map(Remark::to_string).collect();
    if !accepted {
        let message = format!("figures that are seldom a venue's rule: {}", shown(&lines));
        return Err(Failure::new(Exit::Malformed, "ImportRule", message).help(
            "compare them with the venue's page; if they are its rule, pass --accept-rule, which records that in the schedule",
        ));
    }
    let declared = format!(" Declared to be the venue's own rule: {}.", shown(&lines));
    let room = MAX_NOTE_BYTES.saturating_sub(file.source.len());
    if declared.len() <= room {
        file.source.push_str(&declared);
    } else {
        let count = remarks.len();
        file.source
            .push_str(&format!(" Declared to be the venue's own rule: {count} unusual rows."));
    }
    Ok(())
}
