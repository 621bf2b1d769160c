//! The files of Lighter that a folder can have.

use super::{Lighter, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Lighter {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "block.json",
            "the market list of one block, as the venue's prover has it",
            &[FileKind::Schedule, FileKind::Snapshot],
            &["/block", "/created_at_ms", "/markets/*/mm"],
            "margin fractions, marks and funding sums of all markets",
        )
        .leaving_out("initial and close-out margin fractions, index prices")
        .timed("/created_at_ms"),
        Endpoint::new(
            "account.json",
            "one account of the same block, as the venue's prover has it",
            &[FileKind::Account],
            &["/ai", "/col", "/ap"],
            "collateral, sizes, entry values, funding sums at settlement, and margins of isolated positions",
        )
        .assuming("a position with allocated margin is isolated, and no other")
        .leaving_out("open orders, pool shares, and the initial fractions that the account chose"),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::Account];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }

    fn check_account(answers: &Answers, choice: &Choice) -> Result<(), ImportError> {
        let (Some(wanted), Some(answer)) = (&choice.account, answers.get("account.json")) else {
            return Ok(());
        };
        let place = answer.root().within("account").member("ai");
        match place.natural()?.to_string() == *wanted {
            true => Ok(()),
            false => Err(place.other_account("is not that of the account that is asked for")),
        }
    }
}
