//! The answers of Paradex that a folder can have: rule, prices and account.

use super::{NAME, account, import};
use crate::FileKind;
use crate::portfolio::PortfolioSchedule;
use crate::venue::portfolio_folder::{Opened, PortfolioReading, PortfolioVenue, Said, of_answers};
use crate::venue::{Endpoint, FolderError, FolderErrorCode};

const CONFIG: &str = "portfolio_margin_config.json";
const MARKETS: &str = "markets.json";
const SUMMARY: &str = "summary.json";
const MARGIN: &str = "margin.json";
const ACCOUNT: &str = "account.json";
const BALANCE: &str = "balance.json";
const POSITIONS: &str = "positions.json";
const OF_ACCOUNT: [&str; 4] = [MARGIN, ACCOUNT, BALANCE, POSITIONS];

const RULE: &[FileKind] = &[FileKind::PortfolioSchedule, FileKind::PortfolioSnapshot];

/// Accounts of portfolio margin at Paradex.
pub const FOLDER: PortfolioVenue = PortfolioVenue::new(
    NAME,
    &[
        Endpoint::new(
            CONFIG,
            "GET /v1/system/portfolio-margin-config",
            RULE,
            &["/results/*/vol_shock_params"],
            "scenarios with their weights, moves of volatilities, factors of the minimum by delta and of maintenance",
        )
        .assuming("the formulas are those of the venue's page \"Portfolio Margin\" and of paradex-py"),
        Endpoint::new(
            MARKETS,
            "GET /v1/markets",
            RULE,
            &["/results/*/asset_kind"],
            "the perpetual and the options of the underlying, strikes, expiries, steps of sizes and fees",
        )
        .assuming("the fee provision is at the highest taker fee")
        .leaving_out("perpetual options; other underlyings; rates of cross margin"),
        Endpoint::new(
            SUMMARY,
            "GET /v1/markets/summary?market=ALL",
            &[FileKind::PortfolioSnapshot],
            &["/results/*/underlying_price"],
            "marks, volatilities, deltas, the spot, the rate of funding; losses are computed from them, at the earliest quote's time",
        )
        .timed("/results/*/created_at"),
        Endpoint::new(
            MARGIN,
            "GET /v1/account/margin",
            &[FileKind::Account],
            &["/margin_methodology"],
            "whether the account is of portfolio margin, and no market of it isolated",
        ),
        Endpoint::new(
            ACCOUNT,
            "GET /v1/account",
            &[FileKind::Account],
            &["/account_value"],
            "the account's value and status, to be compared",
        )
        .leaving_out("margins as Paradex computes them"),
        Endpoint::new(BALANCE, "GET /v1/balance", &[FileKind::Account], &["/results/*/token"], "cash"),
        Endpoint::new(
            POSITIONS,
            "GET /v1/positions",
            &[FileKind::Account],
            &["/results/*/average_entry_price"],
            "sizes, average prices and funding that is not settled",
        )
        .leaving_out("leverage and liquidation prices as Paradex computes them; results are compared"),
    ],
    &[FileKind::Account],
    say,
);

fn say(
    venue: &PortfolioVenue,
    opened: &Opened<'_>,
    reading: &PortfolioReading,
) -> Result<Said, FolderError> {
    let (answers, mut said) = of_answers(venue, opened, reading, None)?;
    let told = |e| FolderError::of_import(&e, None, venue.endpoints);
    let [config, markets, summary] =
        [CONFIG, MARKETS, SUMMARY].map(|file| venue.root(&answers, file));
    let (config, markets, summary) = (config?, markets?, summary?);
    let made = import([&config, &markets, &summary], &reading.only).map_err(told)?;
    // The answer's own time is that of its latest quote, of whatever underlying.
    answers.check_time_of_prices(Some(made.time_ms), reading.max_skew_ms)?;
    said.subset_of = (made.underlyings > 1).then_some(made.underlyings);
    if answers.has(FileKind::Account) {
        if reading.beside.account.is_some() {
            let message = format!("{NAME} has its own account in the folder: give none");
            return Err(FolderError::new(FolderErrorCode::Choice, "", message));
        }
        answers.need(&OF_ACCOUNT)?;
        let [margin, of_account, balance, positions] =
            OF_ACCOUNT.map(|file| venue.root(&answers, file));
        let of = account::Answers {
            margin: margin?,
            account: of_account?,
            balance: balance?,
            positions: positions?,
            summary,
        };
        if let Some(meant) = &reading.account {
            let id = of.account.member("account");
            if id.text().map_err(told)? != meant {
                return Err(told(id.other_account("is not the account that is asked for")));
            }
        }
        let schedule = PortfolioSchedule::new(made.schedule.clone());
        let schedule = schedule.map_err(|e| venue.unusable(&e))?;
        said.account = Some(account::account(&of, &schedule).map_err(told)?);
    } else if reading.account.is_some() {
        return venue.has_no_choice("an account: its folder has none");
    }
    (said.schedule, said.snapshot) = (Some(made.schedule), Some(made.snapshot));
    Ok(said)
}
