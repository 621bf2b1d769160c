//! The files of Deribit's portfolio margin that a folder can have.

use super::super::deribit::ANSWERED;
use super::{NAME, account, import};
use crate::FileKind;
use crate::portfolio::PortfolioSchedule;
use crate::venue::portfolio_folder::{Opened, PortfolioReading, PortfolioVenue, Said, of_answers};
use crate::venue::{Endpoint, FolderError, FolderErrorCode};

const MATRIX: &str = "simulate.json";
const INSTRUMENTS: &str = "get_instruments.json";
const PARAMETERS: &str = "parameters.json";
const SUMMARIES: &str = "get_account_summaries.json";
const POSITIONS: &str = "get_positions.json";
const OF_ACCOUNT: [&str; 2] = [SUMMARIES, POSITIONS];

const RULE: &[FileKind] = &[FileKind::PortfolioSchedule, FileKind::PortfolioSnapshot];

/// Accounts of segregated portfolio margin at Deribit.
pub const FOLDER: PortfolioVenue = PortfolioVenue::new(
    NAME,
    &[
        Endpoint::new(
            MATRIX,
            "private/pme/simulate with a size of each instrument and add_positions=false",
            RULE,
            &["/result/initial_risk_vectors"],
            "each instrument's row of the risk matrix, its mark, and what maintenance is of initial margin",
        )
        .assuming("a future's size in the currency is dollars at its mark")
        .leaving_out("the dampener of the extended table, delta shocks, and margins as Deribit computes them")
        .timed("/result/model_params/general/timestamp")
        .computed(),
        Endpoint::new(
            INSTRUMENTS,
            "public/get_instruments of the currency",
            &[FileKind::PortfolioSchedule],
            &["/result/*/instrument_name"],
            "maturities, strikes and steps of sizes of the matrix's instruments",
        )
        .leaving_out("instruments that are not simulated")
        .timed_in_microseconds(ANSWERED)
        .computed(),
        Endpoint::new(
            PARAMETERS,
            "no request: the schedule's author writes it from the venue's margin page",
            &[FileKind::PortfolioSchedule],
            &["/currency", "/source"],
            "rates of the roll shock by maturity with options' deltas, of offsetting futures and of short options",
        )
        .assuming("what it does not have is not charged, which the schedule says"),
        Endpoint::new(
            SUMMARIES,
            "private/get_account_summaries",
            &[FileKind::Account],
            &["/result/summaries"],
            "equity without options and without the results of this session, and the margin model",
        )
        .leaving_out("other currencies; margins as Deribit computes them")
        .timed_in_microseconds(ANSWERED)
        .computed(),
        Endpoint::new(
            POSITIONS,
            "private/get_positions?currency=BTC, or of the currency that it is",
            &[FileKind::Account],
            &["/result/*/instrument_name"],
            "sizes, and values at entry of futures from the mark and the result of this session",
        )
        .leaving_out("margins and liquidation prices as Deribit computes them")
        .timed_in_microseconds(ANSWERED)
        .computed(),
    ],
    &[FileKind::Account],
    say,
);

fn say(
    venue: &PortfolioVenue,
    opened: &Opened<'_>,
    reading: &PortfolioReading,
) -> Result<Said, FolderError> {
    if !reading.only.is_empty() {
        return venue.has_no_choice("a part of its rule: the schedule is of one currency");
    }
    if reading.account.is_some() {
        return venue.has_no_choice("an account: its answers name none");
    }
    let (answers, mut said) = of_answers(venue, opened, reading, None)?;
    let told = |e| FolderError::of_import(&e, None, venue.endpoints);
    let [matrix, instruments, parameters] =
        [MATRIX, INSTRUMENTS, PARAMETERS].map(|file| venue.root(&answers, file));
    let (matrix, instruments, parameters) = (matrix?, instruments?, parameters?);
    let made = import([&matrix, &instruments, &parameters]).map_err(told)?;
    if answers.has(FileKind::Account) {
        if reading.beside.account.is_some() {
            let message = format!("{NAME} has its own account in the folder: give none");
            return Err(FolderError::new(FolderErrorCode::Choice, "", message));
        }
        answers.need(&OF_ACCOUNT)?;
        let [summaries, positions] = OF_ACCOUNT.map(|file| venue.root(&answers, file));
        let schedule = PortfolioSchedule::new(made.schedule.clone());
        let schedule = schedule.map_err(|e| venue.unusable(&e))?;
        let account = account::account(&summaries?, &positions?, &schedule).map_err(told)?;
        said.account = Some(account);
    }
    (said.schedule, said.snapshot) = (Some(made.schedule), Some(made.snapshot));
    Ok(said)
}
