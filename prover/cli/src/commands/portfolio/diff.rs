//! `zkmargin schedule diff` of portfolio schedules.

use super::super::schedule_diff::{Names, changes};
use super::schedule_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use std::path::Path;

/// What changed from one schedule to another. Two that give an id two meanings are refused: no account is the same under both.
pub fn run(old: (&Path, &[u8]), new: (&Path, &[u8])) -> Result<Outcome> {
    let (path, before, after) = (new.0, schedule_of(old.0, old.1)?, schedule_of(new.0, new.1)?);
    after.agrees_on_ids(&before).map_err(|two| {
        Failure::new(Exit::Malformed, "TwoMeanings", two.to_string()).in_file(&files::name_of(path))
    })?;
    let name = |of: &zkmargin_params::portfolio::PortfolioSchedule| {
        (format!("{} {}", of.file().name, of.digest()), of.digest().to_string())
    };
    let names = Names { old: name(&before), new: name(&after) };
    let (text, result) = changes(&names, &before.differences(&after));
    Ok(Outcome::done(text, result))
}
