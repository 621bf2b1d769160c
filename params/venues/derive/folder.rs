//! The answer of Derive that a folder can have: the account. Its rule and prices are given beside it.

use super::{NAME, subaccount};
use crate::FileKind;
use crate::portfolio::PortfolioSchedule;
use crate::venue::portfolio_folder::{Opened, PortfolioReading, PortfolioVenue, Said, of_answers};
use crate::venue::{Endpoint, FolderError, Member};

const FILE: &str = "subaccount.json";

const WHY: &str = "scenarios, factors and confidences of feeds are in none of its API; give both files that your venue or attester made";

/// Accounts of portfolio margin at Derive.
pub const FOLDER: PortfolioVenue = PortfolioVenue::new(
    NAME,
    &[Endpoint::new(
        FILE,
        "POST /private/get_subaccount",
        &[FileKind::Account],
        &["/result/margin_type", "/result/collaterals"],
        "cash with its interest, collateral, sizes, and average prices of perpetuals less funding",
    )
    .assuming("schedule and snapshot are those given, of which the answer says nothing")
    .leaving_out("margins, values and prices as Derive computes them")],
    &[FileKind::PortfolioSchedule, FileKind::PortfolioSnapshot],
    say,
);

fn say(
    venue: &PortfolioVenue,
    opened: &Opened<'_>,
    reading: &PortfolioReading,
) -> Result<Said, FolderError> {
    // What the folder has is told before what is missing beside it.
    let time = reading.beside.snapshot.as_ref().map(|snapshot| snapshot.time.as_str());
    let (answers, mut said) = of_answers(venue, opened, reading, time)?;
    let (Some(schedule), Some(_)) = (&reading.beside.schedule, &reading.beside.snapshot) else {
        return venue
            .must_be_given(&[FileKind::PortfolioSchedule, FileKind::PortfolioSnapshot], WHY);
    };
    if !reading.only.is_empty() {
        return venue.has_no_choice("a part of its rule: the schedule is the one given");
    }
    let Some(answer) = answers.get(FILE) else {
        return venue.must_have(FILE);
    };
    let told = |e| FolderError::of_import(&e, Some(FILE), venue.endpoints);
    let root = answer.root().member("result");
    if let Some(meant) = &reading.account {
        check_account(&root.member("subaccount_id"), meant).map_err(told)?;
    }
    let schedule = PortfolioSchedule::new(schedule.clone()).map_err(|e| venue.unusable(&e))?;
    let account = subaccount::read(&root, &schedule).map_err(told)?;
    said.account = Some(account);
    Ok(said)
}

fn check_account(id: &Member<'_>, meant: &str) -> Result<(), super::ImportError> {
    if id.natural()?.to_string() == meant {
        return Ok(());
    }
    Err(id.other_account("is not the account that is asked for"))
}
