//! BitMEX inverse contracts that settle in XBT: the answer of `/api/v1/instrument`, a list of instruments, or one of
//! them.
//!
//! A schedule is read. The maintenance rate of a position is `maintMargin` up to a value of `riskLimit`, and rises by
//! the same for every `riskStep` beyond it (the venue's page "Risk Limits Examples"); the fee of the trade that closes
//! the position, `takerFee`, is in it too. Limits and steps are in the smallest unit of XBT, as values are.
//!
//! Figures of the answer are JSON numbers, which are read as far as no digit of them can have been lost.
//!
//! `instrument.json` holds one instrument of 2024-11-24 that nautechsystems/nautilus_trader keeps as test data (commit
//! a95c8042b00133829d252ae8cf68f78fc176a973, `crates/adapters/bitmex/test_data/http_get_instrument_xbtusd.json`),
//! without the members that are not read. The answer has the mark of each instrument and the time it is of, from which a
//! snapshot is read.
//!
//! An account is read from an object of two answers: `position` of `/api/v1/position` and `margin` of `/api/v1/user/margin`. The
//! value of a position at entry is its `unrealisedCost`, in whole satoshis as the venue counts it, of which the venue's
//! answers show the maintenance margin (`posMaint`).

mod account;
mod figures;
mod folder;
mod instrument;

#[cfg(test)]
mod tests;

use super::{
    Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, decimal, menu, nothing_taken,
    of_one_time, priced_snapshot, rate_digits, settlement_asset,
};
use crate::{
    AccountFile, AssetPriceFile, FileKind, InstrumentPriceFile, ModeFile, Requirement,
    RoundStepFile, RoundToFile, RoundingFile, Schedule, ScheduleFile, SnapshotFile, ValuationFile,
};
use serde_json::Value;

/// Digits of XBT.
const DECIMALS: u32 = 8;
/// Digits of a mark.
const PRICE_DECIMALS: u32 = 4;

const ASSUMED: &str = "an instrument is numbered by its place in the list; marks have at most 4 digits after the point; a requirement and its tier are of the value at entry; equality is healthy; XBT is the only collateral, in full; the last tier ends where its rate would exceed 1; menu of this project";

const ROUNDING_ASSUMED: &str = "BitMEX publishes no rounding, its answers show values to the nearest satoshi, and requirements are taken to be so too";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 5] = [
    "open orders",
    "fees other than those of the imported list",
    "isolated positions",
    "risk limits that an account has set itself",
    "the funding rate in requirements",
];

/// BitMEX, inverse contracts that settle in XBT.
#[derive(Clone, Copy, Debug)]
pub struct Bitmex;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; `bitmex` if there is none.
    pub name: Option<String>,
}

fn rounding() -> RoundingFile {
    let mode = ModeFile::NearestAway;
    let to = Some(RoundToFile { mode, decimals: DECIMALS });
    let step = RoundStepFile { mode, decimals: DECIMALS, factor: None };
    RoundingFile { value: to, notional: to, requirement: vec![step], ..RoundingFile::default() }
}

/// The instruments of an answer, which is a list of them or one.
fn listed<'a>(root: &Member<'a>) -> Result<Vec<Member<'a>>, ImportError> {
    if root.is_list() { root.list() } else { Ok(vec![root.clone()]) }
}

impl Venue for Bitmex {
    const NAME: &'static str = "bitmex";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let (mut tiers, mut instruments, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (member, id) in listed(&root)?.iter().zip(1..) {
            let symbol = member.member("symbol").text()?;
            if let Some(why) = instrument::not_taken(member)? {
                left_out.push(LeftOut { symbol: symbol.to_owned(), why: why.to_owned() });
                continue;
            }
            tiers.push(instrument::tiers(member)?);
            instruments.push(instrument::instrument(id, member)?);
        }
        if instruments.is_empty() {
            return Err(nothing_taken(&root, "contract", &left_out));
        }
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: options.name.as_deref().unwrap_or(Self::NAME).to_owned(),
            source: format!("BitMEX instruments, imported. Assumed: {ASSUMED}."),
            numbering: None,
            requirement: Requirement::Maintenance,
            valuation: ValuationFile::new("XBT", DECIMALS),
            rate_decimals: rate_digits(&tiers),
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
            rounding: rounding(),
            rounding_assumed: Some(ROUNDING_ASSUMED.to_owned()),
            leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
            assets: vec![settlement_asset("XBT", DECIMALS)],
            tiers,
            instruments,
        };
        let assumed = ASSUMED.to_owned();
        Ok(ImportedSchedule::new(schedule, assumed, left_out, Caps::Published))
    }

    /// Marks of the schedule's instruments, of the earliest of their times, which becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let (mut times, mut marks) = (Vec::new(), Vec::new());
        for member in listed(&root)? {
            let symbol = member.member("symbol").text()?;
            // What the schedule does not list needs no price.
            if schedule.instrument(symbol).is_none() {
                continue;
            }
            let time = member.member("timestamp");
            of_one_time(&mut times, &time, time.utc()?)?;
            let mark = decimal(member.member("markPrice").number()?.to_string());
            marks.push(InstrumentPriceFile::at_mark(symbol, mark));
        }
        let earliest = times.into_iter().min().unwrap_or_default();
        let mut snapshot =
            priced_snapshot(schedule, earliest, earliest, "Marks of BitMEX instruments.");
        snapshot.instruments = marks;
        snapshot.assets.push(AssetPriceFile::at_index("XBT", decimal("1")));
        Ok(snapshot)
    }

    /// The XBT of an account with its positions of the schedule.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
