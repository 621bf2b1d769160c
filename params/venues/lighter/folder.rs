//! The files of Lighter that a folder can have: answers of the API, or a block as the venue's prover has it.

use super::{Lighter, Options, REQUIREMENTS, state};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Lighter {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "block.json",
            "the market list of one block, as the venue's prover has it",
            &[FileKind::Schedule, FileKind::Snapshot],
            &["/block", "/created_at_ms", "/markets/*/mm"],
            "margin fractions of the requirement, marks and funding sums of all markets",
        )
        .leaving_out("index prices")
        .timed("/created_at_ms"),
        Endpoint::new(
            "block-account.json",
            "one account of the same block, as the venue's prover has it",
            &[FileKind::Account],
            &["/ai", "/col", "/ap"],
            "collateral, sizes, entry values, funding sums at settlement, margins of isolated positions, and own initial fractions if a requirement is named",
        )
        .assuming("a position with allocated margin is isolated, and no other")
        .leaving_out("open orders and pool shares"),
        Endpoint::new(
            "orderBookDetails.json",
            "GET /api/v1/orderBookDetails",
            &[FileKind::Schedule, FileKind::Snapshot],
            &["/order_book_details/*/market_id", "/order_book_details/*/maintenance_margin_fraction"],
            "margin fractions of the requirement, size digits and marks of all perpetuals",
        )
        .assuming("the marks are of the time that fetched.json has for it")
        .leaving_out("index prices; spot markets")
        .computed(),
        Endpoint::new(
            "account.json",
            "GET /api/v1/account?by=index&value=..",
            &[FileKind::Account],
            &["/accounts/*/collateral", "/accounts/*/positions"],
            "collateral, sizes, value less profit as what was paid, margins of isolated positions, and own initial fractions if a requirement is named",
        )
        .assuming("funding that is not settled is in the collateral, as in the venue's own totals")
        .leaving_out("open orders, pool shares, spot balances, and margins and prices as Lighter computes them"),
    ];

    const CHOICES: &'static [Choosable] =
        &[Choosable::Account, Choosable::Requirement(&REQUIREMENTS)];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone(), requirement: choice.requirement })
    }

    /// That the account is the one that is asked for, and of the API's answers that its totals are those of what it lists.
    fn check_account(answers: &Answers, choice: &Choice) -> Result<(), ImportError> {
        let root = |file: &str, name| answers.get(file).map(|answer| answer.root().within(name));
        let of_block = root("block-account.json", "block-account");
        let of_api = root("account.json", "account");
        if let Some(wanted) = &choice.account {
            let of_block = of_block.map(|account| account.member("ai"));
            let of_api = of_api.as_ref().map(state::only).transpose()?;
            let of_api = of_api.map(|account| account.member("account_index"));
            for place in of_block.into_iter().chain(of_api) {
                if place.natural()?.to_string() != *wanted {
                    return Err(place.other_account("is not that of the account that is asked for"));
                }
            }
        }
        match (of_api, root("orderBookDetails.json", "orderBookDetails")) {
            (Some(account), Some(listed)) => state::check(&account, &listed),
            _ => Ok(()),
        }
    }

    fn has_prices(answers: &Answers) -> bool {
        let listed = answers.get("orderBookDetails.json");
        answers.get("block.json").is_some() || listed.is_some_and(|list| list.time().is_some())
    }
}
