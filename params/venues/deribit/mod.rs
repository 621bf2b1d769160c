//! Deribit linear perpetuals that settle in USDC, in accounts with segregated standard margin.
//!
//! | file | answers of the API v2 |
//! |---|---|
//! | schedule | `public/get_instruments` |
//! | snapshot | `public/ticker`, one answer or a list of them |
//! | account | an object of `get_account_summaries` (`private/get_account_summaries`) and `get_positions` (`private/get_positions?currency=USDC`) |
//!
//! A position's maintenance margin is its size at the index price of what is traded, times a rate that grows with the size:
//! the venue's page "Linear Perpetual" (support.deribit.com, article 25944738177565, read 2025) has it as 1 % and 0.005 %
//! more for each BTC, and 2 % and 0.0005 % more for each SOL. No answer of the API has these rates, so contracts other than
//! those of the page are left out.
//!
//! Daily settlement moves results into balances. An account is read as of the last one: its cash is its equity without
//! what futures have come to since, and the value of a position at entry is its value at the answer's mark less that.
//!
//! A position's size is `size_currency`, and `size` its value.
//!
//! Figures of the answers are JSON numbers, which are read as far as no digit of them can have been lost.

mod account;
mod contract;
mod figures;
mod folder;
mod size;
pub(super) mod summary;

#[cfg(test)]
mod tests;

use super::*;
use crate::{AccountFile, AssetPriceFile, FractionText, InstrumentPriceFile, Schedule};
use crate::{ScheduleFile, SnapshotFile, ValuationFile};
use serde_json::Value;

/// Digits of USDC, and of a contract's size and price combined.
const DECIMALS: u32 = 12;
/// Symbol of the settlement asset.
const USDC: &str = "USDC";
/// Figure of the snapshot: the index price of what is traded, which requirements are of.
const INDEX: &str = "index price";

const ASSUMED: &str = "a contract is numbered by its place in the list; sizes and prices together have 12 digits; equality is healthy; the page has no cap on sizes, so every tier is open, up to the largest rate that a schedule has room for; USDC is the only collateral, in full; menu of this project";

const ROUNDING_ASSUMED: &str = "Deribit publishes no rounding, so nothing is rounded";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 4] = [
    "open orders",
    "collateral other than USDC, and margin across currencies",
    "portfolio margin, inverse contracts, fixed maturities and options",
    "rates of contracts that the venue's page does not have",
];

/// Deribit, linear perpetuals.
#[derive(Clone, Copy, Debug)]
pub struct Deribit;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; `deribit-usdc` if there is none.
    pub name: Option<String>,
}

/// When the venue answered, in microseconds, in every answer.
pub(super) const ANSWERED: &str = "/usOut";

/// The `result` of an answer.
fn result<'a>(answer: &Member<'a>) -> Result<Member<'a>, ImportError> {
    let error = answer.member("error");
    if error.is_present() {
        return Err(error.wrong("is what the venue answered"));
    }
    Ok(answer.member("result"))
}

/// The tickers of one answer, or of a list of them.
fn tickers_of<'a>(answer: &Member<'a>) -> Result<Vec<Member<'a>>, ImportError> {
    let answers = if answer.is_list() { answer.list()? } else { vec![answer.clone()] };
    answers.iter().map(result).collect()
}

impl Venue for Deribit {
    const NAME: &'static str = "deribit";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let (mut tiers, mut instruments, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        let mut rate_decimals = 0;
        for (member, id) in result(&root)?.list()?.iter().zip(1..) {
            let symbol = member.member("instrument_name").text()?;
            match contract::rates_of(member, symbol)? {
                Err(why) => {
                    left_out.push(LeftOut { symbol: symbol.to_owned(), why: why.to_owned() });
                }
                Ok(rates) => {
                    tiers.push(rates.tiers(symbol));
                    let instrument = contract::instrument(id, member, symbol)?;
                    rate_decimals = rate_decimals.max(rates.digits(instrument.size_decimals));
                    instruments.push(instrument);
                }
            }
        }
        if instruments.is_empty() {
            return Err(nothing_taken(&root, "linear perpetual", &left_out));
        }
        let schedule = ScheduleFile {
            rate_decimals,
            rounding_assumed: Some(ROUNDING_ASSUMED.to_owned()),
            leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
            assets: vec![settlement_asset(USDC, DECIMALS)],
            tiers,
            instruments,
            ..plain_schedule(
                Self::NAME,
                options.name.as_deref().unwrap_or("deribit-usdc"),
                format!(
                    "Deribit instruments, imported, with the rates of the venue's page \"Linear Perpetual\". Assumed: {ASSUMED}."
                ),
                ValuationFile::new(USDC, DECIMALS),
            )
        };
        Ok(ImportedSchedule::new(schedule, ASSUMED, left_out, Caps::None))
    }

    /// Marks and index prices of the schedule's instruments, at the earliest of their times, which becomes the sequence
    /// number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let listed = Listed::of_items(&root, tickers_of(&root)?, "instrument_name")?;
        let (mut times, mut prices) = (Vec::new(), Vec::new());
        for instrument in &schedule.file().instruments {
            let ticker = listed.of(&instrument.symbol)?;
            let at = ticker.member("timestamp");
            of_one_time(&mut times, &at, at.milliseconds()?)?;
            let price = |name| Ok::<_, ImportError>(ticker.member(name).number()?.to_string());
            let mark = decimal(price("mark_price")?);
            let mut priced = InstrumentPriceFile::at_mark(&*instrument.symbol, mark);
            priced.figures.insert(INDEX.to_owned(), FractionText::new(price("index_price")?));
            prices.push(priced);
        }
        let time = times.into_iter().min().unwrap_or_default();
        let source = "Deribit's mark and index prices.";
        let mut snapshot = priced_snapshot(schedule, time, time, source);
        snapshot.assets.push(AssetPriceFile::at_index(USDC, decimal("1")));
        snapshot.instruments = prices;
        Ok(snapshot)
    }

    /// The USDC of an account and its linear perpetuals.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
