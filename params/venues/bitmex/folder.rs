//! The answers of BitMEX that a folder can have.

use super::{Bitmex, Options};
use crate::FileKind;
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};

impl Folder for Bitmex {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new("instrument.json", "GET /api/v1/instrument or /api/v1/instrument/active", &[FileKind::Schedule, FileKind::Snapshot], &["/symbol", "/settlCurrency"], "maintenance rates, risk limits and marks of inverse contracts that settle in XBT").or_list().timed("/*/timestamp").with_exponents(),
        Endpoint::new("position.json", "GET /api/v1/position", &[FileKind::Account], &["/*/currentQty"], "sizes and values at entry of positions that settle in XBT").leaving_out("positions in other currencies; profit, margins and liquidation prices as BitMEX computes them").timed_where("/*/timestamp", "currentQty").computed(),
        Endpoint::new("margin.json", "GET /api/v1/user/margin?currency=XBt", &[FileKind::Account], &["/walletBalance", "/marginBalance"], "the wallet balance, and that the positions listed are all").leaving_out("margins as BitMEX computes them").timed_where("/timestamp", "maintMargin").computed(),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::Account];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options { name: choice.name.clone() })
    }

    fn check_account(answers: &Answers, choice: &Choice) -> Result<(), ImportError> {
        let Some(margin) = answers.get("margin.json") else { return Ok(()) };
        let place = margin.root().within("margin").member("account");
        let number = place.natural()?.to_string();
        if choice.account.as_ref().is_some_and(|wanted| *wanted != number) {
            return Err(place.other_account("is not that of the account that is asked for"));
        }
        let Some(positions) = answers.get("position.json") else { return Ok(()) };
        for position in positions.root().within("position").list()? {
            let of = position.member("account");
            if of.natural()?.to_string() != number {
                return Err(of.other_account("is not that of margin.json"));
            }
        }
        Ok(())
    }
}
