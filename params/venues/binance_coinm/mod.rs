//! Binance COIN-M futures: inverse contracts, each of which settles in its own coin.
//!
//! | file | answers of the API |
//! |---|---|
//! | schedule | an object of `exchangeInfo` (`/dapi/v1/exchangeInfo`) and `leverageBracket` (`/dapi/v2/leverageBracket`) |
//! | snapshot | `/dapi/v1/premiumIndex` |
//! | account | `/dapi/v1/account` |
//!
//! A contract is worth its size in US dollars divided by the mark, in the coin. Brackets are by that value: the API's page
//! "Notional Bracket for Symbol" (of `/dapi/v2/leverageBracket`, read 2025) says that `qtyCap` and `qtylFloor` are edges of the
//! base asset's quantity. The requirement of a bracket is its rate of the value less `cum`, truncated at 1e-8. Each coin is
//! a book of its own, and so is an isolated position: its wallet with its profit and loss.
//!
//! The answer of 2021 that ccxt quotes (`js/src/binance.js`, one contract of BTCUSD_210625 at 41021.20000069) has a value of
//! 0.00243939, a profit of -0.00000163 and a requirement of 0.00002439 at 1 %. Truncation is what gives the last one; values
//! and results are to the nearest, of which the sample leaves open whether each value or their difference is rounded. No
//! answer with whole brackets was available when this was written: the tests' figures of them are made up.

mod account;
mod contract;
mod figures;
mod folder;

#[cfg(test)]
mod tests;

use super::*;
use crate::{AccountFile, AssetPriceFile, InstrumentPriceFile, ModeFile, NumberingFile};
use crate::{RoundStepFile, RoundToFile, RoundingFile};
use crate::{Schedule, ScheduleFile, SnapshotFile, ValuationFile, VariableFile};
use serde_json::Value;

/// Digits of a coin, to which everything is rounded, and of a mark.
const DECIMALS: u32 = 8;

const ASSUMED: &str = "a contract is numbered by its place in the list; marks have at most 8 digits after the point; brackets are of the value in the coin; the last tier ends at the venue's cap; the coin is the only collateral of its contracts, in full; menu of this project";

const ROUNDING_ASSUMED: &str = "Binance publishes no rounding, one API answer truncates a requirement at 1e-8, and values, also those at entry, are taken to be to the nearest 1e-8";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 2] = ["open orders", "brackets that an account has on its own"];

/// Binance COIN-M futures. Its files are of a venue of their own: a USD-M account with the same coins is another account.
#[derive(Clone, Copy, Debug)]
pub struct BinanceCoinM;

/// The options for a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Coins whose contracts to import, at most sixteen; each has a book of its own.
    pub settle: Vec<String>,
    /// Name of the schedule; made from the coins if there is none.
    pub name: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { settle: vec!["BTC".to_owned()], name: None }
    }
}

fn rounding() -> RoundingFile {
    let nearest = Some(RoundToFile { mode: ModeFile::NearestAway, decimals: DECIMALS });
    let truncate = ModeFile::Truncate;
    let step = RoundStepFile { mode: truncate, decimals: DECIMALS, factor: None };
    RoundingFile {
        value: nearest,
        notional: nearest,
        requirement: vec![step],
        ..RoundingFile::default()
    }
}

impl Venue for BinanceCoinM {
    const NAME: &'static str = "binance-coinm";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let brackets = Listed::read(&root.member("leverageBracket"), "symbol")?;
        let settle = &options.settle[..];
        let (mut tables, mut instruments, mut left_out) =
            (TierTables::default(), Vec::new(), Vec::new());
        let listed = root.member("exchangeInfo").member("symbols").list()?;
        for (member, id) in listed.iter().zip(1..) {
            let symbol = member.member("symbol").text()?;
            let brackets = brackets.of(symbol).ok();
            if let Some(why) = contract::not_taken(member, brackets, settle)? {
                left_out.push(LeftOut { symbol: symbol.to_owned(), why: why.to_owned() });
                continue;
            }
            let rows = brackets.map(contract::rows).transpose()?.unwrap_or_default();
            let tiers = tables.name_of(VariableFile::Value, rows);
            instruments.push(contract::instrument(id, member, tiers)?);
        }
        for coin in settle {
            if !instruments.iter().any(|i: &crate::InstrumentFile| i.settle == *coin) {
                let what = format!("contract that settles in {coin:?}");
                return Err(nothing_taken(&root, &what, &left_out));
            }
        }
        if instruments.is_empty() {
            return Err(nothing_taken(&root, "contract", &left_out));
        }
        let tiers = tables.into_tables();
        let asset = |(symbol, id): (&String, u32)| crate::AssetFile {
            id,
            ..settlement_asset(symbol, DECIMALS)
        };
        let coins = settle.join("-");
        let name = options.name.clone();
        let schedule = ScheduleFile {
            numbering: Some(NumberingFile::named(format!("COIN-M {coins}"))),
            rate_decimals: rate_digits(&tiers),
            equality_is_healthy: false,
            isolated_books: true,
            settlement_asset_books: settle.len() > 1,
            rounding: rounding(),
            rounding_assumed: Some(ROUNDING_ASSUMED.to_owned()),
            leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
            assets: settle.iter().zip(1..).map(asset).collect(),
            tiers,
            instruments,
            ..plain_schedule(
                Self::NAME,
                name.unwrap_or_else(|| format!("binance-coinm-{}", coins.to_lowercase())),
                format!("Binance COIN-M contracts and brackets, imported. Assumed: {ASSUMED}."),
                match settle {
                    [coin] => ValuationFile::new(coin, DECIMALS),
                    // Leaves eight digits for an index price.
                    _ => ValuationFile::new("USD", 2 * DECIMALS),
                },
            )
        };
        let (assumed, caps) = (ASSUMED.to_owned(), Caps::Published);
        Ok(ImportedSchedule::new(schedule, assumed, left_out, caps))
    }

    /// Marks of the schedule's instruments, at the earliest of their times, which becomes the sequence number as well. A coin
    /// that is not alone is at the index price of its first contract.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let listed = Listed::read(&root, "symbol")?;
        let file = schedule.file();
        let (mut times, mut marks, mut assets) = (Vec::new(), Vec::new(), Vec::new());
        for instrument in &file.instruments {
            let entry = listed.of(&instrument.symbol)?;
            let at = entry.member("time");
            of_one_time(&mut times, &at, at.milliseconds()?)?;
            let mark = entry.member("markPrice").decimal()?;
            marks.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
        }
        for asset in &file.assets {
            let mut of_coin = file.instruments.iter().filter(|i| i.settle == asset.symbol);
            let index = match of_coin.next() {
                Some(first) if file.assets.len() > 1 => {
                    listed.of(&first.symbol)?.member("indexPrice").decimal()?
                }
                _ => decimal("1"),
            };
            assets.push(AssetPriceFile::at_index(&asset.symbol, index));
        }
        let time = times.into_iter().min().unwrap_or_default();
        let snapshot = priced_snapshot(schedule, time, time, "Binance's COIN-M mark prices.");
        Ok(SnapshotFile { assets, instruments: marks, ..snapshot })
    }

    /// The books of the schedule's coins, with their isolated positions.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
