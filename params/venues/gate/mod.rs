//! Gate perpetual futures in classic accounts, linear contracts of one settlement asset.
//!
//! | file | answers of the API v4 |
//! |---|---|
//! | schedule | an object of `contracts` (`/api/v4/futures/{settle}/contracts`) and `risk_limit_tiers` (`/api/v4/futures/{settle}/risk_limit_tiers`, one answer or a list of them) |
//! | snapshot | an object of `contracts` and `time` (`/api/v4/spot/time`): the answers themselves have no time |
//! | account | an object of `accounts` (`/api/v4/futures/{settle}/accounts`) and `positions` (`/api/v4/futures/{settle}/positions`) |
//!
//! A position's maintenance margin is its value at the mark times the rate of its tier less the tier's deduction, and the fee of
//! a taker who closes it. Liquidation is when what the book has is no more than that ("What is the maintenance margin" of the
//! venue's help centre; the form of freqtrade's liquidation prices for Gate, `freqtrade/exchange/exchange.py`, commit
//! c9ae5e1e9ff25bb55dd61f5e5519f7c479291edb, which the tests compare). An isolated position is a book of its own: its margin
//! with its profit and loss.
//!
//! No answer of the venue was available when this was written: only the form of answers is known, from its documentation, and
//! the tests' figures are made up.

mod account;
mod contract;
mod figures;
mod folder;

#[cfg(test)]
mod tests;

use super::*;
use crate::{AccountFile, InstrumentPriceFile, Schedule, SnapshotFile, VariableFile};
use serde_json::Value;

/// Digits of the settlement asset, and of a contract's multiplier and price combined.
const DECIMALS: u32 = 18;

const ASSUMED: &str = "a contract is numbered by its place in the list; sizes are whole contracts, and multipliers and prices together have 18 digits; the value at entry is rounded to the 18th digit; the fee to close is that of the list's taker rate; the last tier ends at the venue's last risk limit; the settlement asset is the only collateral, in full; menu of this project";

const ROUNDING_ASSUMED: &str = "Gate publishes no rounding, so nothing is rounded";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 5] = [
    "open orders",
    "unified accounts, and collateral other than the settlement asset",
    "requirements without tiers, at the rate of a position's own risk limit",
    "fees other than those of the imported list",
    "inverse contracts, fixed maturities and options",
];

/// Gate, linear perpetual futures.
#[derive(Clone, Copy, Debug)]
pub struct Gate;

pub use crate::venue::SettleOptions as Options;

impl Venue for Gate {
    const NAME: &'static str = "gate";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let settle = options.settle.as_str();
        let limits = contract::risk_limits(&root.member("risk_limit_tiers"))?;
        let (mut tables, mut instruments, mut left_out) =
            (TierTables::default(), Vec::new(), Vec::new());
        for (member, id) in root.member("contracts").list()?.iter().zip(1..) {
            let symbol = member.member("name").text()?;
            let limits = limits.get(symbol).map_or(&[][..], Vec::as_slice);
            if let Some(why) = contract::not_taken(member, symbol, limits, settle)? {
                left_out.push(LeftOut { symbol: symbol.to_owned(), why: why.to_owned() });
                continue;
            }
            let rows = contract::rows(member, limits)?;
            let tiers = tables.name_of(VariableFile::Value, rows);
            instruments.push(contract::instrument(id, member, settle, tiers)?);
        }
        let made = InSettlement {
            venue: Self::NAME,
            options,
            decimals: DECIMALS,
            source: "Gate contracts and risk limits",
            assumed: ASSUMED,
            rounding_assumed: ROUNDING_ASSUMED,
            leaves_out: &LEAVES_OUT,
            isolated_books: true,
        };
        made.schedule(&root, instruments, tables.into_tables(), left_out)
    }

    /// Marks of the schedule's instruments; the server's time becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let (server, fetched) = (root.member("time"), root.member("fetched").member("contracts"));
        let time = match (server.is_present(), fetched.is_present()) {
            (true, _) => server.member("server_time").milliseconds()?,
            // When whoever saved the answer got it.
            (false, true) => fetched.milliseconds()?,
            (false, false) => {
                let message = "is missing, and nothing else says when the marks were given";
                return Err(server.wrong(message));
            }
        };
        let listed = Listed::read(&root.member("contracts"), "name")?;
        let mut snapshot = snapshot_in_settlement(schedule, time, "Gate's mark prices.");
        let file = schedule.file();
        for instrument in &file.instruments {
            let mark = listed.of(&instrument.symbol)?.member("mark_price").decimal()?;
            snapshot.instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
        }
        Ok(snapshot)
    }

    /// A classic account with tiered maintenance margin.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
