//! Kraken Futures perpetuals: the answer of `/derivatives/api/v3/instruments`.
//!
//! A schedule is read. Multi-collateral contracts (`PF_`) are linear and settle in USD, single-collateral ones (`PI_`)
//! are inverse and settle in their base, each with a wallet of its own. `marginLevels` has a maintenance rate from each
//! limit on: of the notional in USD for the former, of contracts for the latter. The venue's page "Margin schedule"
//! names levels by ranges whose upper ends are in them (`> 3,000,000` follows `1,000,000 - 3,000,000`), so a level
//! begins one unit above its limit. The venue publishes no rounding.
//!
//! Figures of the answer are JSON numbers, which are read as far as no digit of them can have been lost.
//!
//! `instruments.json` holds four contracts of an answer that nautechsystems/nautilus_trader keeps as test data (commit
//! a95c8042b00133829d252ae8cf68f78fc176a973, `crates/adapters/kraken/test_data/http_futures_instruments.json`), without
//! the members on which no margin depends.
//!
//! A snapshot is read from the answer of `/derivatives/api/v3/tickers`, and an account from an object of two answers:
//! `accounts` of `/derivatives/api/v3/accounts` and `openpositions` of `/derivatives/api/v3/openpositions`. Multi-collateral
//! contracts have the wallet `flex`, of which only USD is read; contracts of a coin have the single-collateral wallet of that
//! currency. Funding that is not settled yet is in the balance, as what is required is of the value at entry. Average prices and marks are 64-bit numbers
//! at the venue; a value at entry and a mark are rounded to their units, to the nearest.

mod account;
mod contract;
mod figures;
mod folder;
mod totals;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use super::{
    Caps, ImportError, ImportedSchedule, LeftOut, Listed, Member, Venue, menu, nearest_product,
    nothing_taken, scaled, settlement_asset, snapshot_in_settlement,
};
use crate::{
    AccountFile, FileKind, InstrumentPriceFile, ModeFile, NumberingFile, Requirement,
    RoundStepFile, RoundToFile, RoundingFile, Schedule, ScheduleFile, SnapshotFile, TiersFile,
    ValuationFile,
};
use contract::Contract;
use serde_json::Value;
use zkmargin_model::decimal::Decimal;

/// Digits of USD, and of the size and price of a linear contract combined.
const USD_DECIMALS: u32 = 16;
/// Digits of a coin that settles inverse contracts.
const COIN_DECIMALS: u32 = 8;
/// Digits of the mark of an inverse contract, which divides.
const INVERSE_PRICE_DECIMALS: u32 = 8;

/// The settlement asset of multi-collateral contracts.
const USD: &str = "USD";

const LEVELS: &str = "a contract is numbered by its place in the list; the rate of a level is that of the whole position; a requirement and the level of a linear contract are of the value at entry; a level begins one unit above its limit; equality is healthy";

/// The schedule's parts that depend on what contracts settle in.
struct Family {
    decimals: u32,
    rounding: RoundingFile,
    rounding_assumed: &'static str,
    leaves_out: Vec<String>,
    assumed: String,
    caps: Caps,
}

impl Family {
    fn of(settle: &str) -> Self {
        let to = |mode| Some(RoundToFile { mode, decimals: COIN_DECIMALS });
        let words = |own: &[&str]| {
            let common = ["levels of retail clients", "isolated positions"];
            common.iter().chain(own).map(|text| (*text).to_owned()).collect()
        };
        if settle == USD {
            return Self {
                decimals: USD_DECIMALS,
                rounding: RoundingFile::default(),
                rounding_assumed: "Kraken publishes no rounding, so nothing is rounded",
                leaves_out: words(&[
                    "collateral other than USD",
                    "netting of perpetuals with fixed maturities",
                ]),
                assumed: format!(
                    "sizes and prices together have {USD_DECIMALS} digits; {LEVELS}; the answer's limits of position sizes are in contracts, so every last tier is open; USD is the only collateral, in full; menu of this project"
                ),
                caps: Caps::None,
            };
        }
        Self {
            decimals: COIN_DECIMALS,
            rounding: RoundingFile {
                value: to(ModeFile::Floor),
                notional: to(ModeFile::Ceil),
                requirement: vec![RoundStepFile {
                    mode: ModeFile::Ceil,
                    decimals: COIN_DECIMALS,
                    factor: None,
                }],
                ..RoundingFile::default()
            },
            rounding_assumed: "Kraken publishes no rounding, so that equity is rounded down and requirements up at 1e-8",
            leaves_out: words(&["open orders"]),
            assumed: format!(
                "marks have at most {INVERSE_PRICE_DECIMALS} digits after the point; {LEVELS}; the last tier ends at the answer's limit of position sizes; {settle} is the only collateral, in full; menu of this project"
            ),
            caps: Caps::Published,
        }
    }
}

/// The most digits after the point of a level, which is a row's rate, or its amount where levels go by contracts.
fn rate_decimals(tiers: &[TiersFile]) -> u32 {
    let rows = tiers.iter().flat_map(|table| &table.rows);
    let levels = rows.flat_map(|row| [&row.rate, &row.amount]);
    let digits = levels.filter_map(|level| Decimal::parse(level.as_str()).ok());
    digits.map(|level| level.scale()).max().unwrap_or(0)
}

/// Kraken Futures, contracts of one settlement asset.
#[derive(Clone, Copy, Debug)]
pub struct Kraken;

/// The options for a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// What the contracts settle in: USD, or the base of single-collateral ones.
    pub settle: String,
    /// Name of the schedule; `kraken-` and the settlement asset if there is none.
    pub name: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { settle: USD.to_owned(), name: None }
    }
}

impl Venue for Kraken {
    const NAME: &'static str = "kraken";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let settle = options.settle.as_str();
        let Family { decimals, rounding, rounding_assumed, leaves_out, assumed, caps } =
            Family::of(settle);
        let (mut tiers, mut instruments, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (member, id) in root.member("instruments").list()?.iter().zip(1..) {
            let contract = Contract::read(member)?;
            if let Some(why) = contract.not_taken(member, settle)? {
                left_out.push(LeftOut { symbol: contract.symbol.to_owned(), why: why.to_owned() });
                continue;
            }
            tiers.push(contract.tiers(member)?);
            instruments.push(contract.instrument(id, member, settle)?);
        }
        if instruments.is_empty() {
            return Err(nothing_taken(&root, "perpetual", &left_out));
        }
        let name = options.name.clone();
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: name.unwrap_or_else(|| format!("{}-{}", Self::NAME, settle.to_lowercase())),
            source: format!("Kraken Futures instruments, imported. Assumed: {assumed}."),
            numbering: (settle != USD).then(|| NumberingFile::named(settle)),
            requirement: Requirement::Maintenance,
            valuation: ValuationFile::new(settle, decimals),
            rate_decimals: rate_decimals(&tiers),
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            isolated_books: false,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            own_leverage_decimals: None,
            open_orders: false,
            allocation_asset: None,
            menu: menu(Requirement::Maintenance),
            rounding,
            rounding_assumed: Some(rounding_assumed.to_owned()),
            leaves_out,
            assets: vec![settlement_asset(settle, decimals)],
            tiers,
            instruments,
        };
        Ok(ImportedSchedule::new(schedule, assumed, left_out, caps))
    }

    /// Marks of the schedule's instruments, to the nearest unit; the server's time becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = succeeded(Member::root(source))?;
        let time = root.member("serverTime").utc()?;
        let listed = Listed::read(&root.member("tickers"), "symbol")?;
        let file = schedule.file();
        let words = "Kraken Futures mark prices, to the nearest unit.";
        let mut snapshot = snapshot_in_settlement(schedule, time, words);
        for instrument in &file.instruments {
            let mark = listed.of(&instrument.symbol)?.member("markPrice").shortest_number()?;
            let mark = nearest_product(&[&mark], instrument.price_decimals);
            let mark = scaled(mark, instrument.price_decimals);
            snapshot.instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
        }
        Ok(snapshot)
    }

    /// The wallet of the schedule's contracts, and the positions in them.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}

/// An answer that is no error.
fn succeeded(answer: Member<'_>) -> Result<Member<'_>, ImportError> {
    let result = answer.member("result");
    match result.text()? {
        "success" => Ok(answer),
        _ => Err(result.wrong("is not \"success\": the venue refused")),
    }
}
