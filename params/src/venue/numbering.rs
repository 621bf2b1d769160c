//! Which earlier schedule an import continues.
//!
//! A registry has one numbering and can have schedules of several requirements. Were each of them continued by itself, one id
//! would come to mean two things, so one chain gives the ids: that of the maintenance margin.

use super::folder_error::{FolderError, FolderErrorCode as Code};
use super::imported::WITHOUT_TABLE;
use super::subset::IS_SUBSET;
use crate::{AnySchedule, InstrumentFile, Requirement, Schedule, ScheduleFile};
use std::collections::BTreeSet;

/// Refuses to continue a schedule that leaves out what has ids: it does not say which, so that a contract would get a second
/// one.
///
/// # Errors
/// [`FolderError`].
pub(super) fn check_whole(earlier: &dyn AnySchedule) -> Result<(), FolderError> {
    let says = |words: &str| earlier.leaves_out().iter().any(|what| what.contains(words));
    let (message, help) = if says(IS_SUBSET) {
        let message = "the earlier schedule is a subset of its market, and does not say which ids the other instruments have";
        (message, "pass the schedule of the whole market")
    } else if says(WITHOUT_TABLE) {
        let message = "the earlier schedule leaves out contracts of its registry, and does not say which ids they have";
        (message, "pass the registry's schedule of maintenance margin, which lists them")
    } else {
        return Ok(());
    };
    Err(FolderError::new(Code::Choice, "", message).with_help(help))
}

/// Numbers what is listed as the earlier schedule does, `without_table` included, which has ids and is not listed.
///
/// # Errors
/// [`FolderError`] for an earlier schedule that leaves out what has ids, or if a schedule of another requirement than
/// maintenance margin lists what the earlier one does not.
pub(super) fn continue_from(
    file: &mut ScheduleFile,
    without_table: &[InstrumentFile],
    previous: &Schedule,
) -> Result<(), FolderError> {
    check_whole(previous)?;
    let numbered = file.instruments.iter().chain(without_table).map(|i| i.symbol.as_str());
    let mut new = numbered.filter(|symbol| previous.instrument(symbol).is_none());
    let mut new_assets = file.assets.iter().map(|asset| asset.symbol.as_str());
    let new = new.next().or_else(|| new_assets.find(|symbol| previous.asset(symbol).is_none()));
    let gives_ids = file.requirement == Requirement::Maintenance;
    if let Some(symbol) = new.filter(|_| !gives_ids) {
        let message = format!(
            "the earlier schedule does not list {symbol:?}, and only schedules of maintenance margin give ids: two chains would give one id twice"
        );
        let help = "import the schedule of maintenance margin first, and pass that one";
        return Err(FolderError::new(Code::Choice, "", message).with_help(help));
    }
    let listed = file.instruments.len();
    file.instruments.extend_from_slice(without_table);
    file.renumber(previous);
    file.instruments.truncate(listed);
    Ok(())
}

/// Symbols of what the earlier schedule lists and this one neither lists nor keeps an id for. Their ids are not given again,
/// and a schedule does not say what they meant.
pub(super) fn delisted(
    file: &ScheduleFile,
    without_table: &[InstrumentFile],
    previous: &Schedule,
) -> Vec<String> {
    let numbered = file.instruments.iter().chain(without_table).map(|i| i.symbol.as_str());
    let symbols: BTreeSet<&str> = numbered.collect();
    let assets: BTreeSet<&str> = file.assets.iter().map(|asset| asset.symbol.as_str()).collect();
    let instruments = previous.instruments().iter().map(|i| &i.symbol);
    let gone = instruments.filter(|symbol| !symbols.contains(symbol.as_str()));
    let before = previous.assets().iter().map(|asset| &asset.symbol);
    gone.chain(before.filter(|symbol| !assets.contains(symbol.as_str()))).cloned().collect()
}
