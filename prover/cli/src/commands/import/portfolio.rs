//! Schedules of portfolio margin from a venue's own file.

use super::venue::{Import, Source, failure};
use crate::commands::describe;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use serde_json::json;
use zkmargin_params::FileError;
use zkmargin_params::portfolio::{PortfolioSchedule, PortfolioScheduleFile, PortfolioSnapshotFile};
use zkmargin_params::venues::derive::{self, Loadings};
use zkmargin_params::venues::takasbank;

/// Schedule and snapshot of a file.
fn read(a: &Import, bytes: &[u8]) -> Result<(PortfolioScheduleFile, PortfolioSnapshotFile)> {
    let Import { name, .. } = a;
    if a.from == Source::Derive {
        let name = name
            .as_deref()
            .ok_or_else(|| Failure::usage("--name: give the name of one of the file's cases"))?;
        let made = derive::import(&super::json_of(bytes)?, name, Loadings::Published);
        let made = made.map_err(failure)?;
        return Ok((made.schedule, made.snapshot));
    }
    let source = |message: String| Failure::new(Exit::Malformed, "ImportSource", message);
    let file = takasbank::read(bytes).map_err(|e| source(e.to_string()))?;
    let mut made = takasbank::import(&file, &[]).map_err(|e| source(e.to_string()))?;
    if let Some(name) = name {
        made.schedule.name.clone_from(name);
    }
    Ok((made.schedule, made.snapshot))
}

pub fn import(a: &Import, bytes: &[u8], name: &str) -> Result<Outcome> {
    let (schedule, mut snapshot) = read(a, bytes).map_err(|failure| failure.in_file(name))?;
    let failed = |e: FileError| Failure::in_json(&e, name, b"").help("in the imported schedule");
    let checked = PortfolioSchedule::new(schedule.clone()).map_err(failed)?;
    let digest = checked.digest().to_string();
    snapshot.schedule.clone_from(&digest);
    let force = a.output.force;
    let text = schedule.to_json().map_err(failed)?;
    files::write(&a.output.output, text.as_bytes(), Secrecy::Public, force)?;
    if let Some(path) = &a.snapshot {
        let text = snapshot.to_json().map_err(failed)?;
        files::write(path, text.as_bytes(), Secrecy::Public, force)?;
    }
    let instruments = schedule.instruments.len();
    let lines = [
        ("venue", schedule.venue.clone()),
        ("name", schedule.name.clone()),
        ("digest", digest.clone()),
        ("instruments", instruments.to_string()),
        ("left out", schedule.leaves_out.join("; ")),
    ];
    let result = json!({
        "schedule": {
            "venue": schedule.venue,
            "name": schedule.name,
            "digest": digest,
            "instruments": instruments,
            "leaves_out": schedule.leaves_out,
        },
    });
    let mut outcome = Outcome::done(describe::lines_of(&lines), result);
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}
