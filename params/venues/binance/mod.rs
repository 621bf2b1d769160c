//! Binance USD-margined futures, from answers of its API, which the folder's declarations name, or from leverage
//! brackets as ccxt and freqtrade keep them: an object from `BASE/QUOTE:SETTLE` to a list of tiers, each with Binance's
//! own figures as text under `info`. A source is an object with these by their names.
//!
//! In a tier the requirement is `maintMarginRatio * notional - cum`, from `notionalFloor` on and
//! below `notionalCap`.
//!
//! Initial margin is the notional over the position's leverage, truncated at eight digits as three answers of its API show, and
//! no less than that over the bracket's `initialLeverage`. Schedules of requirements that are named have one registry, in
//! which positions have leverages, so that one commitment serves both; without a name, the maintenance margin has one in
//! which they have none.
//!
//! In multi-assets mode a balance that is not negative counts at the asset's bid rate and a negative
//! one at its ask rate, which also converts requirements: the index with a haircut, cut to eight
//! digits by Binance itself. Positions are isolated in single-asset mode only. An isolated one is a
//! book of its own in its settlement asset: its wallet with its profit and loss.
//!
//! In single-asset mode each settlement asset is the only collateral of the contracts that settle in
//! it: a book for each.

mod account;
mod contract;
mod figures;
mod folder;
mod prices;
pub(in crate::venues) mod tiers;
mod totals;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

pub(in crate::venues) use account::{FLAT_FIGURES, check_side, entry_price};
pub use contract::{Contract, Origin, contracts, raw_contracts};
pub(crate) use folder::{EXCHANGE_INFO, PREMIUM_INDEX, leverage_brackets};
pub use tiers::{Listing, listing};
pub(in crate::venues) use totals::{
    check_cross_profit, check_totals, check_totals_of_assets, check_wallets,
};

use super::{
    BY_LEVERAGE, Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, menu,
    numbering_of_choice, one_of, settlement_asset, with_leverages,
};
use crate::{
    AccountFile, AssetFile, FileKind, ModeFile, Requirement, RoundStepFile, RoundingFile, Schedule,
    ScheduleFile, SnapshotFile, ValuationFile,
};
use serde_json::Value;

/// Digits of a size. The brackets have no step sizes; three digits cover everything traded.
pub const SIZE_DECIMALS: u32 = 3;
/// Digits of a price.
pub const PRICE_DECIMALS: u32 = 8;
/// Digits of an amount of an asset: those of a size times a price.
pub const ASSET_DECIMALS: u32 = SIZE_DECIMALS + PRICE_DECIMALS;
/// Leaves eight digits for an index price.
const VALUATION_DECIMALS: u32 = ASSET_DECIMALS + 8;
/// Binance truncates requirements at this many digits.
const ROUNDING_DECIMALS: u32 = 8;

const ASSUMED: &str =
    "sizes have 3 and prices 8 digits; the last tier ends at the venue's cap; menu of this project";
/// What is collateral, besides.
const SINGLE_ASSET: &str = "only the settlement asset is collateral, as in single-asset mode";
const SINGLE_ASSET_BOOKS: &str =
    "each settlement asset is the only collateral of its contracts, as in single-asset mode";
const MULTI_ASSETS: &str = "the assets named are collateral without limit, as in multi-assets mode";

/// Three requirements that its API reported are cut at this many digits; its documents say nothing of rounding.
const ROUNDING_ASSUMED: &str =
    "Binance publishes no rounding, and its API answers truncate requirements at 1e-8";

/// What the venue's rule has besides.
const LEAVES_OUT: &str = "open orders";

/// How to get tiers in the expected format.
const FORMAT: &str = "an object from BASE/QUOTE:SETTLE to tiers with Binance's own figures under `info`, as ccxt's fetch_leverage_tiers() returns it and freqtrade keeps it in binance_leverage_tiers.json; with ccxt: json.dump(ccxt.binance({...}).fetch_leverage_tiers(), file)";

/// Binance USD-margined futures.
#[derive(Clone, Copy, Debug)]
pub struct Binance;

/// What is collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each settlement asset, of the contracts that settle in it.
    SingleAsset,
    /// All assets, of all contracts.
    MultiAssets,
}

/// The options for a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Settlement assets of the contracts to import; in single-asset mode each has a book of its own.
    pub settle: Vec<String>,
    /// Other assets that are collateral, in multi-assets mode; none in single-asset mode.
    pub collateral: Vec<String>,
    /// Name of the schedule; made from the settlement assets if there is none.
    pub name: Option<String>,
    /// Which requirement it computes, of the registry in which positions have leverages; maintenance margin of that in which
    /// they have none if it is not named.
    pub requirement: Option<Requirement>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            settle: vec!["USDT".to_owned()],
            collateral: Vec::new(),
            name: None,
            requirement: None,
        }
    }
}

/// The venue's rounding of a requirement: truncated at `10^-8` per position.
fn rounding() -> RoundingFile {
    let mode = ModeFile::Truncate;
    let step = RoundStepFile { mode, decimals: ROUNDING_DECIMALS, factor: None };
    RoundingFile { requirement: vec![step], ..RoundingFile::default() }
}

/// A schedule of the contracts with these assets. Ids number the contracts in order.
///
/// # Errors
/// [`ImportError`] with the place of a tier that cannot be read.
pub fn schedule_of(
    contracts: &[Contract],
    assets: Vec<AssetFile>,
    name: String,
    source: String,
    mode: Mode,
) -> Result<ScheduleFile, ImportError> {
    let Listing { tiers, instruments, rate_decimals } = listing(contracts)?;
    let multi_assets = mode == Mode::MultiAssets;
    Ok(ScheduleFile {
        format: FileKind::Schedule.format().to_owned(),
        venue: Binance::NAME.to_owned(),
        name,
        source,
        numbering: None,
        requirement: Requirement::Maintenance,
        valuation: ValuationFile::new("USD", VALUATION_DECIMALS),
        rate_decimals,
        equality_is_healthy: false,
        no_requirement_is_healthy: false,
        isolated_books: !multi_assets,
        settlement_asset_books: !multi_assets && assets.len() > 1,
        bid_and_ask: multi_assets,
        own_rates: false,
        own_leverage_decimals: None,
        open_orders: false,
        allocation_asset: None,
        menu: menu(Requirement::Maintenance),
        rounding: rounding(),
        rounding_assumed: Some(ROUNDING_ASSUMED.to_owned()),
        leaves_out: vec![LEAVES_OUT.to_owned()],
        assets,
        tiers,
        instruments,
    })
}

/// The contracts of a source, from whichever of the two it has.
fn listed<'a>(root: &Member<'a>) -> Result<Vec<Contract<'a>>, ImportError> {
    let [tiers, brackets, info] =
        ["leverage_tiers", "leverageBracket", "exchangeInfo"].map(|name| root.member(name));
    match (tiers.is_present(), brackets.is_present(), info.is_present()) {
        (true, true, _) => Err(tiers.wrong("is given beside leverageBracket.json: keep one")),
        (true, false, _) => contracts(&tiers),
        (false, true, true) => raw_contracts(&brackets, &info),
        (false, true, false) => {
            let message = "needs exchangeInfo.json, which says what a contract settles in";
            let advice = "save the answer of GET /fapi/v1/exchangeInfo (COIN-M: /dapi/v1/exchangeInfo) as exchangeInfo.json in the folder";
            Err(brackets.wrong(message).with_help(advice))
        }
        (false, false, _) => {
            let advice = "save the answer of GET /fapi/v1/leverageBracket (COIN-M: /dapi/v2/leverageBracket) as leverageBracket.json in the folder";
            Err(root
                .wrong("has neither leverageBracket.json nor leverage_tiers.json")
                .with_help(advice))
        }
    }
}

/// Why nothing was imported.
fn nothing(root: &Member, settle: &str, left_out: &[LeftOut]) -> ImportError {
    let examples = LeftOut::examples(left_out);
    let message = format!("holds no linear contract that settles in {settle:?}{examples}");
    let error = root.wrong(message);
    match settle.split_once('-') {
        Some((asset, _)) => error.with_help(format!(
            "a dated future settles in an asset as well: pass --settle {asset}"
        )),
        None => error,
    }
}

impl Venue for Binance {
    const NAME: &'static str = "binance";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let settle = &options.settle[..];
        let root = Member::root(source);
        let (mut taken, mut left_out) = (Vec::new(), Vec::new());
        for contract in listed(&root)? {
            match contract.not_taken(settle) {
                None => taken.push(contract),
                Some(why) => left_out.push(LeftOut { symbol: contract.name.to_owned(), why }),
            }
        }
        for asset in settle {
            if !taken.iter().any(|contract| contract.settle == asset) {
                return Err(nothing(&root, asset, &left_out));
            }
        }
        if taken.is_empty() {
            return Err(nothing(&root, "", &left_out));
        }
        let name = options.name.clone();
        let name = name.unwrap_or_else(|| format!("binance-{}", settle.join("-").to_lowercase()));
        let settling = settle.iter().map(|symbol| (symbol, true));
        let listed = settling.chain(options.collateral.iter().map(|symbol| (symbol, false)));
        let assets = listed.zip(1..).map(|((symbol, settles), id)| AssetFile {
            id,
            settles,
            ..settlement_asset(symbol, ASSET_DECIMALS)
        });
        let assets: Vec<_> = assets.collect();
        let (mode, of_mode) = match (options.collateral.is_empty(), settle.len()) {
            (false, _) => (Mode::MultiAssets, MULTI_ASSETS),
            (true, 1) => (Mode::SingleAsset, SINGLE_ASSET),
            (true, _) => (Mode::SingleAsset, SINGLE_ASSET_BOOKS),
        };
        let assumed = format!("{ASSUMED}; {of_mode}");
        let origin = format!("Binance leverage brackets, imported. Assumed: {assumed}.");
        let mut schedule = schedule_of(&taken, assets, name, origin, mode)?;
        if let Some(requirement) = options.requirement {
            one_of(requirement, &BY_LEVERAGE)?;
            schedule = with_leverages(schedule, requirement, options.name.is_some());
        }
        let mut without_table = Vec::new();
        if options.requirement == Some(Requirement::Initial) {
            let (listed, inexact) = tiers::by_leverages(&taken)?;
            for (why, contract) in inexact {
                left_out.push(why);
                without_table.push(contract);
            }
            if listed.instruments.is_empty() {
                return Err(nothing(&root, "", &left_out));
            }
            (schedule.tiers, schedule.instruments) = (listed.tiers, listed.instruments);
            schedule.rate_decimals = listed.rate_decimals;
        }
        // Ids follow the contracts of these settlement assets, and the order of all assets.
        if *settle != Options::default().settle || !options.collateral.is_empty() {
            schedule.numbering = Some(numbering_of_choice(settle, &options.collateral));
        }
        let caps = Caps::Published;
        let imported = ImportedSchedule::new(schedule, assumed, left_out, caps);
        Ok(imported.leave_out(without_table))
    }

    /// Prices, from `assetIndex` and `premiumIndex`.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        prices::snapshot(&Member::root(source), schedule)
    }

    /// An account, from `account`, with `positionRisk` and `multiAssetsMargin` for what later versions of that answer do not
    /// say.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
