//! The answers of Binance's Portfolio Margin API that a folder can have.

use super::{BinancePortfolioMargin, Options, totals};
use crate::venue::{Answers, Choice, Choosable, Endpoint, Folder, ImportError};
use crate::venues::binance::{EXCHANGE_INFO, PREMIUM_INDEX, leverage_brackets};
use crate::{AccountFile, CompiledMarket, FileKind};

const SCHEDULE: &[FileKind] = &[FileKind::Schedule];
const SNAPSHOT: &[FileKind] = &[FileKind::Snapshot];
const ACCOUNT: &[FileKind] = &[FileKind::Account];

impl Folder for BinancePortfolioMargin {
    const ENDPOINTS: &'static [Endpoint] = &[
        leverage_brackets("GET /papi/v1/um/leverageBracket"),
        EXCHANGE_INFO,
        Endpoint::new(
            "collateralRate.json",
            "GET /sapi/v1/portfolio/collateralRate",
            SCHEDULE,
            &["/*/asset", "/*/collateralRate"],
            "the rate at which each asset counts",
        )
        .assuming("an asset has one rate whatever its amount"),
        Endpoint::new(
            "assetIndexPrice.json",
            "GET /sapi/v1/portfolio/asset-index-price",
            SNAPSHOT,
            &["/*/asset", "/*/assetIndexPrice"],
            "index prices of assets in US dollars",
        )
        .timed("/*/time"),
        PREMIUM_INDEX,
        Endpoint::new(
            "balance.json",
            "GET /papi/v1/balance",
            ACCOUNT,
            &["/*/asset", "/*/crossMarginAsset", "/*/umWalletBalance"],
            "the margin, USD-M and COIN-M wallets of each asset, and that nothing is borrowed",
        )
        .leaving_out("profit as Binance computes it, which is computed from the marks"),
        Endpoint::new(
            "umAccount.json",
            "GET /papi/v1/um/account",
            ACCOUNT,
            &["/assets/*/crossUnPnl", "/positions"],
            "sizes and entry prices, and that the positions listed are all",
        )
        .leaving_out("open orders; profit and margins as Binance computes them"),
        Endpoint::new(
            "account.json",
            "GET /papi/v1/account",
            ACCOUNT,
            &["/uniMMR", "/accountEquity", "/accountMaintMargin", "/accountStatus"],
            "that equity and requirement are those of what is listed, within 1 %, and that the account is not being liquidated if its figures are not those of one that is",
        )
        .leaving_out(
            "the ratio, the initial margin and what is available, as Binance computes them",
        ),
    ];

    const CHOICES: &'static [Choosable] = &[Choosable::SeveralSettle, Choosable::Collateral];

    fn options(_: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        Ok(Options {
            settle: choice.settle.clone(),
            collateral: choice.collateral.clone(),
            name: choice.name.clone(),
        })
    }

    /// The account's totals, and the prices at which they are compared.
    fn needed_for_account(_: &Answers) -> Result<&'static [&'static str], ImportError> {
        Ok(&[
            "account.json",
            "assetIndexPrice.json",
            "balance.json",
            "premiumIndex.json",
            "umAccount.json",
        ])
    }

    fn check_totals(
        answers: &Answers,
        market: &CompiledMarket,
        account: &AccountFile,
    ) -> Result<(), ImportError> {
        answers.get("account.json").map_or(Ok(()), |answer| {
            totals::check(&answer.root().within("account"), market, account)
        })
    }
}
