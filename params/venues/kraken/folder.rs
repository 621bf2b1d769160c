//! The answers of Kraken Futures that a folder can have.

use super::{Kraken, Options};
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError, Member, Venue};
use crate::{AccountFile, CompiledMarket, FileKind, Schedule};
use serde_json::Value;

impl Folder for Kraken {
    const ENDPOINTS: &'static [Endpoint] = &[
        Endpoint::new(
            "instruments.json",
            "GET /derivatives/api/v3/instruments",
            &[FileKind::Schedule],
            &["/instruments/*/symbol", "/instruments/*/type"],
            "margin levels, units and limits of all perpetuals",
        )
        .with_exponents(),
        Endpoint::new(
            "tickers.json",
            "GET /derivatives/api/v3/tickers",
            &[FileKind::Snapshot],
            &["/tickers/*/symbol"],
            "marks, to the nearest unit",
        )
        .leaving_out("index prices and funding rates")
        .timed("/serverTime")
        .computed(),
        Endpoint::new(
            "accounts.json",
            "GET /derivatives/api/v3/accounts",
            &[FileKind::Account],
            &["/result", "/accounts"],
            "USD of the multi-collateral wallet, or the coin of a single-collateral one",
        )
        .leaving_out("margins and equity as Kraken computes them; other wallets")
        .timed("/serverTime")
        .computed(),
        Endpoint::new(
            "openpositions.json",
            "GET /derivatives/api/v3/openpositions",
            &[FileKind::Account],
            &["/result", "/openPositions"],
            "sizes, average entry prices, and funding that is not settled yet",
        )
        .leaving_out("positions of other wallets")
        .timed("/serverTime")
        .computed(),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::Settle];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let settle = choice.settle.first().cloned().unwrap_or(Options::default().settle);
        Ok(Options { settle, name: choice.name.clone() })
    }

    /// The wallet's requirement is that of the positions listed.
    fn needed_for_account(_: &Answers) -> Result<&'static [&'static str], ImportError> {
        Ok(&["accounts.json", "openpositions.json"])
    }

    fn account_of(
        source: &Value,
        schedule: &Schedule,
        _: &Choice,
    ) -> Result<AccountFile, ImportError> {
        let account = Self::account(source, schedule)?;
        super::totals::check(&Member::root(source).member("accounts"), schedule, &account)?;
        Ok(account)
    }

    fn check_totals(
        answers: &Answers,
        market: &CompiledMarket,
        account: &AccountFile,
    ) -> Result<(), ImportError> {
        let Some(answer) = answers.get("accounts.json") else { return Ok(()) };
        super::totals::check_profit(&answer.root().within("accounts"), market, account)
    }
}
