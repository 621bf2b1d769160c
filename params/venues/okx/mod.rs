//! OKX accounts in futures mode (single-currency margin), linear swaps of one settlement asset.
//!
//! | file | answers of the API v5 |
//! |---|---|
//! | schedule | an object of `instruments` (`/api/v5/public/instruments?instType=SWAP`), `position-tiers` (`/api/v5/public/position-tiers?instType=SWAP&tdMode=cross`, one answer or a list of them, as families are asked for), and, if the fee to close is to be in it, `trade-fee` (`/api/v5/account/trade-fee?instType=SWAP`) |
//! | snapshot | `/api/v5/public/mark-price?instType=SWAP` |
//! | account | an object of `config` (`/api/v5/account/config`), `balance` (`/api/v5/account/balance`) and `positions` (`/api/v5/account/positions`) |
//!
//! A position's maintenance margin is its value at the mark times the rate of its tier, which is that of the whole position
//! ("Tiered maintenance margin ratio rules" of the venue's help centre, of 2025-05-16). The tier follows from the contracts of
//! the position's instrument family (`instFamily`): the venue publishes tiers of a family's swaps together. In the cross book
//! that is all of them, long and short; an isolated position is a book of its own and counts alone. Liquidation
//! is when what is in the book is equal to or less than that and the fee to close, at the taker's rate. In futures mode each
//! settlement asset is a book of its own, and so is an isolated position: its margin with its profit and loss.
//!
//! An answer of 2021-07-29 that ccxt quotes (one contract of BTC-USDT-SWAP, of 0.01 BTC, at a mark that its profit gives) has
//! the requirement of the first tier's rate, 0.4 %, without the fee, to the last digit that its 64-bit number keeps. No
//! answer with a whole tier table was available when this was written: only one row, of a spot pair. The tests' tables are
//! made up.

mod account;
mod contract;
mod figures;
mod folder;

#[cfg(test)]
mod tests;

use super::*;
use crate::{AccountFile, FamilyFile, InstrumentElementsFile, InstrumentPriceFile};
use crate::{NumberingFile, Schedule};
use crate::{ScheduleFile, SnapshotFile, ValuationFile, VariableFile};
use contract::Fee;
use serde_json::Value;
use std::collections::BTreeMap;

/// Digits of the settlement asset, and of a contract's size, face value and price combined.
const DECIMALS: u32 = 18;

/// Ids of each family. There are some 300 families of a settlement asset.
const FAMILY_BLOCK: u32 = 64;

const ASSUMED: &str = "a contract has the next id in the block of its family, and a family the next block, in the order of the list; long and short contracts of a family count together for its tier, those of the cross book apart from each isolated position; sizes, face values and prices together have 18 digits; the value at entry is rounded to the 18th digit; a tier begins one unit of size above the one before, and its rate is that of the whole position; the last tier ends at its largest size; the settlement asset is the only collateral, in full; menu of this project";

const ROUNDING_ASSUMED: &str = "OKX publishes no rounding, so nothing is rounded";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 5] = [
    "open orders",
    "books of other settlement assets",
    "multi-currency and portfolio margin mode, and borrowing",
    "inverse contracts, fixed maturities, options and margin positions",
    "tiers that an account has on its own",
];

/// What it has besides where the source has no fees.
const FEE_LEFT_OUT: &str = "the fee to close a position, at the taker's rate";

/// OKX, linear swaps.
#[derive(Clone, Copy, Debug)]
pub struct Okx;

pub use crate::venue::SettleOptions as Options;

/// The `data` of an answer.
fn data<'a>(answer: &Member<'a>) -> Result<Vec<Member<'a>>, ImportError> {
    let code = answer.member("code");
    if code.text()? != "0" {
        return Err(code.wrong("is not \"0\": the venue refused"));
    }
    answer.member("data").list()
}

impl Venue for Okx {
    const NAME: &'static str = "okx";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let settle = options.settle.as_str();
        let families = contract::families(&root.member("position-tiers"))?;
        let fee = Fee::read(&root.member("trade-fee"), settle)?;
        let (mut taken, mut left_out) = (Vec::new(), Vec::new());
        // Digits of the finest sizes of each family.
        let mut finest = BTreeMap::new();
        let mut ids = contract::Ids::default();
        for member in &data(&root.member("instruments"))? {
            let symbol = member.member("instId").text()?;
            let family = member.member("instFamily").text()?;
            let tiers = families.get(family).map_or(&[][..], Vec::as_slice);
            if let Some(why) = contract::not_taken(member, tiers, settle)? {
                left_out.push(LeftOut { symbol: symbol.to_owned(), why: why.to_owned() });
                continue;
            }
            let id = ids.next(&member.member("instFamily"))?;
            let instrument = contract::instrument(id, member, settle)?;
            let digits = finest.entry(family.to_owned()).or_insert(instrument.size_decimals);
            *digits = instrument.size_decimals.max(*digits);
            taken.push((instrument, family.to_owned(), tiers));
        }
        let (mut tables, mut instruments) = (TierTables::default(), Vec::new());
        for (mut instrument, family, tiers) in taken {
            // A tier ends where what all contracts of the family count does.
            let digits = finest.get(&family).copied().unwrap_or(instrument.size_decimals);
            let rows = contract::rows(tiers, digits, &fee)?;
            instrument.tiers = tables.name_of(VariableFile::Quantity, rows);
            instrument.elements = Some(InstrumentElementsFile {
                family: Some(FamilyFile::named(family)),
                ..InstrumentElementsFile::default()
            });
            instruments.push(instrument);
        }
        if instruments.is_empty() {
            return Err(nothing_taken(&root, "linear swap", &left_out));
        }
        let mut leaves_out = LEAVES_OUT.map(str::to_owned).to_vec();
        if !fee.is_known() {
            leaves_out.insert(0, FEE_LEFT_OUT.to_owned());
        }
        let tiers = tables.into_tables();
        let schedule = ScheduleFile {
            numbering: Some(NumberingFile::named(settle).in_blocks(FAMILY_BLOCK)),
            rate_decimals: rate_digits(&tiers),
            equality_is_healthy: false,
            isolated_books: true,
            rounding_assumed: Some(ROUNDING_ASSUMED.to_owned()),
            leaves_out,
            assets: vec![settlement_asset(settle, DECIMALS)],
            tiers,
            instruments,
            ..plain_schedule(
                Self::NAME,
                options.name_at(Self::NAME),
                format!("OKX instruments and position tiers, imported. Assumed: {ASSUMED}."),
                ValuationFile::new(settle, DECIMALS),
            )
        };
        let (assumed, caps) = (ASSUMED.to_owned(), Caps::Published);
        Ok(ImportedSchedule::new(schedule, assumed, left_out, caps))
    }

    /// Marks of the schedule's instruments, at the earliest of their times, which becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let listed = Listed::of_items(&root, data(&root)?, "instId")?;
        let file = schedule.file();
        let (mut times, mut marks) = (Vec::new(), Vec::new());
        for instrument in &file.instruments {
            let entry = listed.of(&instrument.symbol)?;
            let at = entry.member("ts");
            of_one_time(&mut times, &at, at.milliseconds_in_text()?)?;
            let mark = entry.member("markPx").decimal()?;
            marks.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
        }
        let time = times.into_iter().min().unwrap_or_default();
        let mut snapshot = snapshot_in_settlement(schedule, time, "OKX's mark prices.");
        snapshot.instruments = marks;
        Ok(snapshot)
    }

    /// The book of the settlement asset of an account in futures mode, with its isolated positions.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
