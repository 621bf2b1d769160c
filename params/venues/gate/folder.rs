//! The answers of Gate that a folder can have.

use super::{Gate, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Gate {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "contracts.json",
            "GET /api/v4/futures/{settle}/contracts",
            &[FileKind::Schedule, FileKind::Snapshot],
            &["/*/quanto_multiplier"],
            "multipliers, fees and marks",
        )
        .leaving_out("funding rates: funding is paid into the account"),
        Endpoint::new(
            "risk_limit_tiers.json",
            "GET /api/v4/futures/{settle}/risk_limit_tiers",
            &[FileKind::Schedule],
            &["/*/contract", "/*/risk_limit"],
            "rates, deductions and values of all tiers, one answer or a list of them",
        )
        .or_list(),
        Endpoint::new(
            "time.json",
            "GET /api/v4/spot/time",
            &[FileKind::Snapshot],
            &["/server_time"],
            "the time of the marks",
        )
        .assuming("without it, the marks are of the time that fetched.json has for contracts.json")
        .timed("/server_time"),
        Endpoint::new(
            "accounts.json",
            "GET /api/v4/futures/{settle}/accounts",
            &[FileKind::Account],
            &["/currency", "/total"],
            "the balance and the modes of the account",
        )
        .leaving_out("margins and profit as Gate computes them"),
        Endpoint::new(
            "positions.json",
            "GET /api/v4/futures/{settle}/positions",
            &[FileKind::Account],
            &["/*/contract", "/*/entry_price"],
            "sizes, entry prices, and margins of isolated positions",
        )
        .leaving_out("profit, margins and liquidation prices as Gate computes them"),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::Settle];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options::chosen(choice))
    }

    /// That both answers are about one account.
    fn check_account(answers: &Answers, _: &Choice) -> Result<(), ImportError> {
        let files = answers.get("accounts.json").zip(answers.get("positions.json"));
        let Some((account, positions)) = files else { return Ok(()) };
        let user = account.root().member("user");
        if !user.is_present() {
            return Ok(());
        }
        for position in positions.root().within("positions").list()? {
            let of = position.member("user");
            if of.is_present() && of.natural()? != user.natural()? {
                return Err(of.other_account("is not that of accounts.json"));
            }
        }
        Ok(())
    }

    fn has_prices(answers: &Answers) -> bool {
        let noted = answers.get("contracts.json").and_then(|answer| answer.time());
        answers.get("time.json").is_some() || noted.is_some()
    }
}
