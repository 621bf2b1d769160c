//! The file of Takasbank that a folder can have: the rule and its prices. The account is given beside it.

use super::file::{Broken, broken};
use super::{NAME, import, read};
use crate::FileKind;
use crate::MAX_FILE_BYTES;
use crate::venue::portfolio_folder::{Opened, PortfolioReading, PortfolioVenue, Said};
use crate::venue::subset::IS_SUBSET;
use crate::venue::{Endpoint, FolderError, FolderErrorCode, Taken, none_of};

const FILE: &str = "risk.spn";

/// Accounts at members of Borsa Istanbul's clearing house.
pub const FOLDER: PortfolioVenue = PortfolioVenue::new(
    NAME,
    &[Endpoint::new(
        FILE,
        "the day's SPAN 4.00 file",
        &[FileKind::PortfolioSchedule, FileKind::PortfolioSnapshot],
        &[],
        "risk arrays, deltas, spread charges and minima of all contracts",
    )
    .assuming("sizes are whole contracts; an account is its collateral")
    .leaving_out("credits between commodities; the value of options as equity")],
    &[FileKind::Account],
    say,
);

/// What to do about a file that is not whole.
const AGAIN: &str = "save the day's file again, as the clearing house publishes it";

/// A file that is not read: cut, no XML, or with what the rule does not say.
fn not_read(bytes: &[u8], why: &str) -> FolderError {
    let of = |code, message: &str| FolderError::new(code, FILE, message);
    if bytes.trim_ascii().is_empty() {
        return of(FolderErrorCode::CutShort, "is empty").with_help(AGAIN);
    }
    match broken(bytes) {
        Some(Broken::Cut(at)) => {
            let message = "ends before its document does: the file was cut";
            of(FolderErrorCode::CutShort, message).with_help(AGAIN).at(at)
        }
        Some(Broken::NoXml(at)) => {
            of(FolderErrorCode::Syntax, "is not XML from here on").with_help(AGAIN).at(at)
        }
        None => {
            let help = "docs/venues.md says what is read of the file; what the rule cannot say is refused where it stands";
            of(FolderErrorCode::ImportSource, &format!("is not read: {why}")).with_help(help)
        }
    }
}

fn say(
    venue: &PortfolioVenue,
    opened: &Opened<'_>,
    reading: &PortfolioReading,
) -> Result<Said, FolderError> {
    if reading.account.is_some() {
        return venue.has_no_choice("an account: its file is of everybody's");
    }
    let Some(file) = opened.files.iter().find(|file| file.name == FILE) else {
        return Err(none_of(NAME, venue.endpoints, opened.others, opened.known));
    };
    let wrong = |message: String| FolderError::new(FolderErrorCode::ImportSource, FILE, message);
    if file.bytes.len() > MAX_FILE_BYTES {
        let help = "keep the commodities that the account holds, and nothing else, in the file";
        return Err(wrong(format!("has more than {MAX_FILE_BYTES} bytes")).with_help(help));
    }
    let span = read(&file.bytes).map_err(|e| not_read(&file.bytes, &e))?;
    let codes: Vec<&str> = reading.only.iter().map(String::as_str).collect();
    let made = import(&span, &codes).map_err(wrong)?;
    let all = span.commodities.len();
    let subset_of = (made.schedule.units.len() < all).then_some(all);
    let mut schedule = made.schedule;
    if subset_of.is_some() {
        let kept = schedule.units.len();
        schedule.leaves_out.push(format!(
            "{} of the file's {all} commodities: {IS_SUBSET}, and an account under it holds none of the others",
            all - kept
        ));
    }
    // The snapshot names the schedule by its digest.
    let checked = crate::portfolio::PortfolioSchedule::new(schedule.clone());
    let digest = checked.map_err(|e| venue.unusable(&e))?.digest().to_string();
    let mut snapshot = made.snapshot;
    snapshot.schedule = digest;
    let time_ms = crate::parse_utc(&snapshot.time);
    let taken = venue.endpoints.iter().map(|endpoint| Taken::of(endpoint, time_ms)).collect();
    let (schedule, snapshot) = (Some(schedule), Some(snapshot));
    let (unread, undated) = (opened.others.to_vec(), Vec::new());
    Ok(Said { schedule, snapshot, account: None, taken, unread, undated, subset_of })
}
