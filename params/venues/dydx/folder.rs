//! The answers of a dYdX v4 indexer that a folder can have.

use super::{Dydx, Options, REQUIREMENTS};
use crate::FileKind;
use crate::Requirement;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError, RuleChoice};

/// Part of the rule: who is liquidated.
const LIQUIDATION: &str = "liquidation";

impl Folder for Dydx {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new("perpetualMarkets.json", "GET /v4/perpetualMarkets", &[FileKind::Schedule, FileKind::Snapshot], &["/markets/*/clobPairId", "/markets/*/initialMarginFraction"], "margin fractions, units and open interest of all markets; oracle prices as marks").assuming("funding indices are counted from the answers, because they have none: funding that is not settled yet is in the balance of subaccount.json"),
        Endpoint::new("time.json", "GET /v4/time", &[FileKind::Snapshot], &["/iso"], "the time of the marks").assuming("without it, the marks are of the time that fetched.json has for perpetualMarkets.json").timed("/iso"),
        Endpoint::new("subaccount.json", "GET /v4/addresses/{address}/subaccountNumber/{number}", &[FileKind::Account], &["/subaccount"], "the balance of USDC, and sizes").assuming("what was paid for positions is in the balance of USDC").leaving_out("entry prices, equity and profit as the indexer computes them"),
    ];

    const CHOICES: &'static [Choosable] = &[
        Choosable::Requirement(&REQUIREMENTS),
        Choosable::Rule(&[RuleChoice { name: LIQUIDATION, has_figure: false }]),
        Choosable::Account,
    ];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let requirement = choice.requirement.unwrap_or_default();
        let liquidation = choice.has_rule(LIQUIDATION);
        if liquidation && requirement != Requirement::Maintenance {
            let message = "who is liquidated is decided by the maintenance margin".to_owned();
            return Err(ImportError::Choice { message });
        }
        Ok(Options { name: choice.name.clone(), requirement, liquidation })
    }

    fn check_account(answers: &Answers, choice: &Choice) -> Result<(), ImportError> {
        let (Some(wanted), Some(answer)) = (&choice.account, answers.get("subaccount.json")) else {
            return Ok(());
        };
        let subaccount = answer.root().within("subaccount").member("subaccount");
        let (address, number) =
            (subaccount.member("address"), subaccount.member("subaccountNumber"));
        match format!("{}/{}", address.text()?, number.natural()?) == *wanted {
            true => Ok(()),
            false => Err(address.other_account("is not that of the subaccount that is asked for")),
        }
    }

    fn has_prices(answers: &Answers) -> bool {
        let noted = answers.get("perpetualMarkets.json").and_then(|answer| answer.time());
        answers.get("time.json").is_some() || noted.is_some()
    }
}
