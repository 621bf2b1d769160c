//! The answers of Binance's API that a folder can have.

use super::account::multi_assets;
use super::totals::check_worth;
use super::{Binance, Options, listed};
use crate::FileKind;
use crate::venue::{
    Answers, BY_LEVERAGE, Choice, Choosable, Endpoint, Folder, ImportError, Member,
};
use std::collections::BTreeSet;

const SCHEDULE: &[FileKind] = &[FileKind::Schedule];
const SNAPSHOT: &[FileKind] = &[FileKind::Snapshot];
const ACCOUNT: &[FileKind] = &[FileKind::Account];

/// An answer of the folder, with places that begin with its name.
fn root_of<'a>(answers: &'a Answers, name: &'static str) -> Option<Member<'a>> {
    let answer = answers.get(&format!("{name}.json"));
    answer.map(|answer| answer.root().within(name))
}

/// Whether the account of the folder is in multi-assets mode.
fn is_multi_assets(answers: &Answers) -> Result<bool, ImportError> {
    let Some(account) = root_of(answers, "account") else { return Ok(false) };
    let absent = serde_json::Value::Null;
    let mode = root_of(answers, "multiAssetsMargin").unwrap_or_else(|| Member::root(&absent));
    Ok(multi_assets(&account, &mode)?.is_some_and(|(is_set, _)| is_set))
}

/// Brackets of a path: Portfolio Margin has the same under its own.
pub(crate) const fn leverage_brackets(request: &'static str) -> Endpoint {
    Endpoint::new(
        "leverageBracket.json",
        request,
        SCHEDULE,
        &["/*/symbol", "/*/brackets/*/notionalCap", "/*/brackets/*/cum"],
        "brackets of each symbol, their highest leverages for initial margin",
    )
    .leaving_out("contracts whose notionalCoef is not 1")
}

/// Contracts, of Portfolio Margin too.
pub(crate) const EXCHANGE_INFO: Endpoint = Endpoint::new(
    "exchangeInfo.json",
    "GET /fapi/v1/exchangeInfo",
    SCHEDULE,
    &["/symbols/*/marginAsset", "/symbols/*/contractType"],
    "base, quote and settlement asset of each symbol, and whether it is trading",
)
.leaving_out("order filters and step sizes");

/// Marks, of Portfolio Margin too.
pub(crate) const PREMIUM_INDEX: Endpoint = Endpoint::new(
    "premiumIndex.json",
    "GET /fapi/v1/premiumIndex",
    SNAPSHOT,
    &["/*/symbol", "/*/markPrice", "/*/lastFundingRate"],
    "marks; the snapshot is of the earliest time of those that are taken",
)
.leaving_out("index prices and funding rates: funding is paid into the wallet")
.timed("/*/time");

impl Folder for Binance {
    const ENDPOINTS: &'static [Endpoint] = &[
        leverage_brackets("GET /fapi/v1/leverageBracket"),
        EXCHANGE_INFO,
        Endpoint::new(
            "leverage_tiers.json",
            "ccxt's fetch_leverage_tiers(), in place of leverageBracket.json and exchangeInfo.json",
            SCHEDULE,
            &["/*/*/info"],
            "Binance's own figures under `info`",
        )
        .leaving_out("the figures that ccxt derives"),
        Endpoint::new(
            "assetIndex.json",
            "GET /fapi/v1/assetIndex",
            SNAPSHOT,
            &["/*/symbol", "/*/bidRate", "/*/askRate"],
            "bid and ask rates of assets in multi-assets mode, else their index",
        )
        .leaving_out("rates of automatic exchange")
        .timed("/*/time"),
        PREMIUM_INDEX,
        Endpoint::new(
            "account.json",
            "GET /fapi/v2/account or /fapi/v3/account",
            ACCOUNT,
            &["/assets", "/positions", "/totalWalletBalance"],
            "wallets of the cross book, sizes, entry prices, wallets of isolated positions, the mode",
        )
        .assuming("where a position has no `isolated`, it is isolated if its isolatedWallet is not 0")
        .leaving_out("open orders; in single-asset mode, balances of assets in which no contract of the schedule settles; profit and margins as Binance computes them, which are computed from the marks"),
        Endpoint::new(
            "positionRisk.json",
            "GET /fapi/v2/positionRisk or /fapi/v3/positionRisk",
            ACCOUNT,
            &["/*/positionAmt", "/*/entryPrice", "/*/markPrice"],
            "entry prices where account.json has none; leverages for initial margin where account.json has none; sizes, entry prices, isolated wallets and margin types, which must be those of account.json",
        )
        .leaving_out("its marks: those of premiumIndex.json count"),
        Endpoint::new(
            "multiAssetsMargin.json",
            "GET /fapi/v1/multiAssetsMargin",
            ACCOUNT,
            &["/multiAssetsMargin"],
            "the mode, where account.json does not say it",
        ),
    ];

    const CHOICES: &'static [Choosable] =
        &[Choosable::SeveralSettle, Choosable::Collateral, Choosable::Requirement(&BY_LEVERAGE)];

    /// In multi-assets mode, the rates with which the totals are compared.
    fn needed_for_account(answers: &Answers) -> Result<&'static [&'static str], ImportError> {
        Ok(if is_multi_assets(answers)? { &["assetIndex.json"] } else { &[] })
    }

    /// In multi-assets mode, that the totals are those of the balances listed.
    fn check_account(answers: &Answers, _: &Choice) -> Result<(), ImportError> {
        match (root_of(answers, "account"), root_of(answers, "assetIndex")) {
            (Some(account), Some(rates)) if is_multi_assets(answers)? => {
                check_worth(&account, &rates)
            }
            _ => Ok(()),
        }
    }

    /// In multi-assets mode, if nothing is chosen, every asset with rates is collateral, and the contracts are those that
    /// settle in one of them.
    fn options(answers: &Answers, choice: &Choice) -> Result<Options, ImportError> {
        let (name, requirement) = (choice.name.clone(), choice.requirement);
        let mut options = Options { name, requirement, ..Options::default() };
        if !choice.settle.is_empty() {
            options.settle = choice.settle.clone();
        }
        options.collateral = choice.collateral.clone();
        let source = |kind| answers.source(kind).map(|source| source.value.into_owned());
        let Ok(account) = source(FileKind::Account) else { return Ok(options) };
        let root = Member::root(&account);
        let said = multi_assets(&root.member("account"), &root.member("multiAssetsMargin"))?;
        if !said.is_some_and(|(set, _)| set) || !choice.collateral.is_empty() {
            return Ok(options);
        }
        let (Ok(prices), Ok(market)) = (source(FileKind::Snapshot), source(FileKind::Schedule))
        else {
            return Ok(options);
        };
        let mut rated = BTreeSet::new();
        for rate in Member::root(&prices).member("assetIndex").list()? {
            let place = rate.member("symbol");
            let asset = place.text()?.strip_suffix("USD");
            rated.insert(asset.ok_or_else(|| place.wrong("is not that of a rate in USD"))?);
        }
        let root = Member::root(&market);
        let contracts = listed(&root)?;
        if choice.settle.is_empty() {
            let settles = |asset: &str| {
                let own = [asset.to_owned()];
                contracts.iter().any(|contract| contract.not_taken(&own).is_none())
            };
            options.settle =
                rated.iter().filter(|asset| settles(asset)).map(|a| (*a).to_owned()).collect();
        }
        let others = rated.into_iter().filter(|asset| !options.settle.iter().any(|s| s == asset));
        options.collateral = others.map(str::to_owned).collect();
        Ok(options)
    }
}
