//! Binance Portfolio Margin: USD-margined contracts with every asset of the account as collateral, at a rate of its own.
//!
//! The venue's page "What Is the Unified Account Maintenance Margin Ratio (uniMMR) And How Is It Calculated" has the rule. The
//! net amount of an asset is what the margin, USD-M and COIN-M wallets hold of it with the profit and loss of positions that
//! settle in it. It counts at its index price, a positive one times the collateral rate too. The requirement of a position is
//! `maintMarginRatio * notional - cum` of its bracket, at the index price of the asset it settles in. The account is
//! liquidated where equity is 105 % of the requirements or less: the schedule's requirements are those 105 %, of what each
//! position requires once that is truncated. Its orders are refused at 120 % and it is warned at 150 %: levels of the menu,
//! in parts of the 105 %, rounded up.
//!
//! | file | answers |
//! |---|---|
//! | schedule | an object of `leverageBracket` (`/papi/v1/um/leverageBracket`), `exchangeInfo` (`/fapi/v1/exchangeInfo`) and `collateralRate` (`/sapi/v1/portfolio/collateralRate`) |
//! | snapshot | an object of `assetIndexPrice` (`/sapi/v1/portfolio/asset-index-price`) and `premiumIndex` (`/fapi/v1/premiumIndex`) |
//! | account | an object of `balance` (`/papi/v1/balance`), `umAccount` (`/papi/v1/um/account`) and `account` (`/papi/v1/account`) |
//!
//! A loan in the margin wallet and positions in COIN-M contracts have requirements that are no part of the schedule: an account
//! with either is refused. No answer of the venue was available when this was written: only the form of answers is known,
//! from its documentation, and the tests' figures are made up, except those of the page's example.

mod account;
mod figures;
mod folder;
mod prices;
mod totals;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use super::binance::{ASSET_DECIMALS, Contract, Listing, SIZE_DECIMALS, listing, raw_contracts};
use super::*;
use crate::{
    AccountFile, AssetFile, FileKind, FunctionFile, LevelFile, MenuFile, ModeFile, Requirement,
    RoundStepFile, RoundingFile, Schedule, ScheduleFile, SnapshotFile, ValuationFile, VariableFile,
};
use serde_json::Value;
use std::collections::BTreeSet;
use zkmargin_model::decimal::Decimal;

/// Currency of the account's totals.
const USD: &str = "USD";
/// Leaves eight digits for an index price.
const VALUATION_DECIMALS: u32 = ASSET_DECIMALS + 8;
/// Requirements are truncated at this many digits, as in accounts of the same contracts without portfolio margin.
const ROUNDING_DECIMALS: u32 = 8;

const ASSUMED: &str = "sizes have 3 and prices 8 digits; the last tier ends at the venue's cap; an asset has one collateral rate whatever its amount; requirements are 105 % of the venue's maintenance margin, at which it liquidates; menu of this project, with the venue's own levels";

const ROUNDING_ASSUMED: &str = "Binance publishes no rounding, and requirements are truncated at 1e-8 as in its other accounts";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 4] = [
    "open orders",
    "margin loans and what they require",
    "positions in COIN-M contracts and options",
    "collateral rates that fall with the amount",
];

/// Binance Portfolio Margin.
#[derive(Clone, Copy, Debug)]
pub struct BinancePortfolioMargin;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Settlement assets of the contracts to import; all that have a collateral rate if empty.
    pub settle: Vec<String>,
    /// Other assets that are collateral; all that have a rate if empty.
    pub collateral: Vec<String>,
    /// Name of the schedule; `binance-pm` if there is none.
    pub name: Option<String>,
}

/// What equity must be above, of what positions require: at this part the venue liquidates.
const LIQUIDATION: &str = "1.05";
/// Digits that are exact for it, of a requirement that is truncated.
const LIQUIDATION_DECIMALS: u32 = ROUNDING_DECIMALS + 2;

/// Levels at which the venue acts, in parts of what it liquidates at.
fn levels() -> MenuFile {
    let levels = [
        ("maintenance", 10_000),
        // 1.2 / 1.05 and 1.5 / 1.05: a level is a whole number of basis points, and no lower one is the venue's.
        ("reduce-only", 11_429),
        ("margin-call", 14_286),
        ("buffer-100", 20_000),
    ];
    let level = |(name, level_bps): (&str, _)| LevelFile { name: name.to_owned(), level_bps };
    MenuFile { levels: levels.map(level).to_vec(), ..menu(Requirement::Maintenance) }
}

/// A positive amount counts at the rate, and a debt in full.
fn at_rate(rate: &Decimal) -> FunctionFile {
    let rate = rate.to_string();
    FunctionFile {
        variable: VariableFile::Value,
        rows: vec![row(None, Some("0"), "1", "0"), row(Some("0"), None, rate, "0")],
    }
}

/// Collateral rates by asset, in the answer's order.
fn rates<'a>(answer: &Member<'a>) -> Result<Vec<(&'a str, Decimal)>, ImportError> {
    let (mut rates, mut seen) = (Vec::new(), BTreeSet::new());
    for entry in answer.list()? {
        let (asset, rate) = (entry.member("asset"), entry.member("collateralRate"));
        let name = asset.text()?;
        if !seen.insert(name) {
            return Err(asset.wrong("is in the answer twice"));
        }
        let figure = rate.figure()?;
        let one = Decimal::from_scaled(&1.into(), 0);
        let rest = crate::portfolio::figure::sum(&one, &crate::portfolio::figure::less(&figure));
        if [&figure, &rest].iter().any(|part| part.coefficient().sign() == num_bigint::Sign::Minus)
        {
            return Err(rate.wrong("is not from 0 to 1"));
        }
        rates.push((name, figure));
    }
    Ok(rates)
}

impl Venue for BinancePortfolioMargin {
    const NAME: &'static str = "binance-pm";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let rates = rates(&root.member("collateralRate"))?;
        let named = |list: &[String], name: &str| list.is_empty() || list.iter().any(|n| n == name);
        let settle: Vec<String> = rates
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .filter(|name| named(&options.settle, name))
            .collect();
        let (mut taken, mut left_out): (Vec<Contract<'_>>, Vec<_>) = (Vec::new(), Vec::new());
        for contract in
            raw_contracts(&root.member("leverageBracket"), &root.member("exchangeInfo"))?
        {
            match contract.not_taken(&settle) {
                None => taken.push(contract),
                Some(why) => left_out.push(LeftOut { symbol: contract.name.to_owned(), why }),
            }
        }
        if taken.is_empty() {
            return Err(nothing_taken(&root, "linear contract", &left_out));
        }
        let settles = |name: &str| taken.iter().any(|contract| contract.settle == name);
        let listed =
            rates.iter().filter(|(name, _)| settles(name) || named(&options.collateral, name));
        let assets = listed.clone().zip(1..).map(|((name, rate), id)| AssetFile {
            id,
            settles: settles(name),
            collateral: at_rate(rate),
            ..settlement_asset(*name, ASSET_DECIMALS)
        });
        let assets: Vec<AssetFile> = assets.collect();
        let digits = listed.map(|(_, rate)| rate.scale()).max().unwrap_or(0);
        let Listing { tiers, instruments, rate_decimals } = listing(&taken)?;
        let step = |decimals, factor: Option<&str>| RoundStepFile {
            mode: ModeFile::Truncate,
            decimals,
            factor: factor.map(decimal),
        };
        let requirement =
            vec![step(ROUNDING_DECIMALS, None), step(LIQUIDATION_DECIMALS, Some(LIQUIDATION))];
        let chosen = [&options.settle, &options.collateral].iter().any(|list| !list.is_empty());
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: options.name.clone().unwrap_or_else(|| Self::NAME.to_owned()),
            source: format!(
                "Binance leverage brackets and collateral rates of portfolio margin, imported. Assumed: {ASSUMED}."
            ),
            // Ids follow the contracts and assets that were chosen.
            numbering: chosen.then(|| numbering_of_choice(&options.settle, &options.collateral)),
            requirement: Requirement::Maintenance,
            valuation: ValuationFile::new(USD, VALUATION_DECIMALS),
            rate_decimals: rate_decimals.max(digits),
            equality_is_healthy: false,
            no_requirement_is_healthy: false,
            isolated_books: false,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            own_leverage_decimals: None,
            open_orders: false,
            allocation_asset: None,
            menu: levels(),
            rounding: RoundingFile { requirement, ..RoundingFile::default() },
            rounding_assumed: Some(ROUNDING_ASSUMED.to_owned()),
            leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
            assets,
            tiers,
            instruments,
        };
        Ok(ImportedSchedule::new(schedule, ASSUMED, left_out, Caps::Published))
    }

    /// Index prices and marks, at the earliest time of those that are taken.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        prices::snapshot(&Member::root(source), schedule)
    }

    /// An account without loans and positions in COIN-M.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
