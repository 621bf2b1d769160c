//! Bybit unified trading accounts in regular (cross) margin mode, linear perpetuals of one settlement asset.
//!
//! | file | answers of the API v5 |
//! |---|---|
//! | schedule | an object of `instruments-info` (`/v5/market/instruments-info?category=linear`) and `risk-limit` (`/v5/market/risk-limit?category=linear`), each one answer or the list of its pages |
//! | snapshot | `/v5/market/tickers?category=linear` |
//! | account | an object of `account-info` (`/v5/account/info`), `wallet-balance` (`/v5/account/wallet-balance`) and `position-list` (`/v5/position/list?category=linear`, one answer or its pages) |
//!
//! A position's maintenance margin is its value at the mark times the rate of its risk limit, less the limit's deduction
//! (the venue's page "Maintenance Margin (USDT Contract)" of its help centre, read 2025). Up to and with a limit the
//! rate is that limit's; deductions make both sides of it equal. Liquidation is when the maintenance margin rate reaches
//! 100 % ("Trading Terms and Formulas in Unified Trading Account", of 2026-03-13), so equality is not healthy.
//!
//! Its initial margin is its value at the mark over its leverage, and no less than that over the highest leverage of its risk
//! limit (the page "Initial Margin (USDT Contract)", read 2025). Highest leverages have two digits, as 57.14 and 66.66,
//! so that the limit's own rate, 0.0175 and 0.015, counts where it is stated. Schedules of requirements that are named have one registry, in
//! which positions have leverages, so that one commitment serves both; without a name, the maintenance margin has one in
//! which they have none.
//!
//! The venue adds an estimated fee to close. No formula that is published gives it: an answer of 2025-11-03 with a
//! maintenance margin of 0.20281586 at a value of 36.4133 and a rate of 0.5 % has 0.02074936 of it, which is 0.055 % of
//! neither that value nor that at bankruptcy. Schedules leave it out, and say so.
//!
//! No answer with the venue's risk limits was available when this was written: only their form is known, from the
//! documentation, and the tests' figures of them are made up.

mod account;
mod contract;
mod figures;
mod folder;

#[cfg(test)]
mod tests;

use super::*;
use crate::{
    AccountFile, InstrumentFile, InstrumentPriceFile, ModeFile, Requirement, RoundStepFile,
    RoundToFile, Schedule, SnapshotFile,
};
use serde_json::Value;

/// Digits of the settlement asset, and of a contract's size and price combined.
const DECIMALS: u32 = 18;

/// How the figures of an answer are read, whatever it is of.
const ASSUMED: &str = "a contract is numbered by its place in the list; sizes and prices together have 18 digits; an average entry price is of the whole size, and the value at entry is rounded to the 18th digit; the last tier ends at the venue's last risk limit; the settlement asset is the only collateral, in full; menu of this project";

const ROUNDING_ASSUMED: &str = "Bybit publishes no rounding, so nothing is rounded";

/// What the venue's rule has besides.
const LEAVES_OUT: [&str; 7] = [
    "the estimated fee to close a position, in its maintenance margin",
    "open orders",
    "collateral other than the settlement asset, and borrowing",
    "offsets between positions on both sides",
    "isolated and portfolio margin mode",
    "inverse contracts, fixed maturities and options",
    "risk limits that an account has on its own",
];

/// In place of the first of these in schedules of initial margin.
const FEE_IN_INITIAL: &str = "the estimated fee to close a position, in its initial margin";

const INITIAL_ROUNDING_ASSUMED: &str =
    "Bybit publishes no rounding, so what leverages divide is rounded up at the 18th digit";

/// Of a value over a leverage: no less than the exact quotient.
const ROUND: RoundToFile = RoundToFile { mode: ModeFile::Ceil, decimals: DECIMALS };

/// Bybit, linear perpetuals.
#[derive(Clone, Copy, Debug)]
pub struct Bybit;

pub use crate::venue::SettleOptions as Options;

/// The `result` of an answer.
fn result<'a>(answer: &Member<'a>) -> Result<Member<'a>, ImportError> {
    let code = answer.member("retCode");
    if code.integer()? != 0 {
        return Err(code.wrong("is not 0: the venue refused"));
    }
    Ok(answer.member("result"))
}

/// The entries of all pages of an answer of linear contracts.
fn entries<'a>(answer: &Member<'a>) -> Result<Vec<Member<'a>>, ImportError> {
    let mut all = Vec::new();
    for result in chained_pages(answer, result, "nextPageCursor")? {
        let category = result.member("category");
        if category.is_present() && category.text()? != "linear" {
            return Err(category.wrong("is not \"linear\""));
        }
        all.extend(result.member("list").list()?);
    }
    Ok(all)
}

impl Venue for Bybit {
    const NAME: &'static str = "bybit";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let requirement = options.requirement;
        one_of(requirement.unwrap_or_default(), &BY_LEVERAGE)?;
        let limits = contract::risk_limits(&root.member("risk-limit"))?;
        let settle = options.settle.as_str();
        let (mut tables, mut instruments, mut left_out) =
            (TierTables::default(), Vec::new(), Vec::new());
        let mut without_table = Vec::new();
        for (member, id) in entries(&root.member("instruments-info"))?.iter().zip(1..) {
            let symbol = member.member("symbol").text()?;
            let limits = limits.get(symbol).map_or(&[][..], Vec::as_slice);
            if let Some(why) = contract::not_taken(member, limits, settle)? {
                left_out.push(LeftOut { symbol: symbol.to_owned(), why: why.to_owned() });
                continue;
            }
            let rows = contract::rows(limits)?;
            let listed = contract::instrument(id, member, settle)?;
            instruments.push(match requirement {
                Some(Requirement::Initial) => match contract::least_rates(&rows, limits)? {
                    Ok(least) => by_leverage(listed, least, &mut tables, ROUND),
                    Err(why) => {
                        left_out.push(LeftOut { symbol: symbol.to_owned(), why });
                        without_table.push(listed);
                        continue;
                    }
                },
                _ => {
                    let tiers = tables.name_of(crate::VariableFile::Value, rows);
                    InstrumentFile { tiers, ..listed }
                }
            });
        }
        let made = InSettlement {
            venue: Self::NAME,
            options,
            decimals: DECIMALS,
            source: "Bybit instruments and risk limits",
            assumed: ASSUMED,
            rounding_assumed: ROUNDING_ASSUMED,
            leaves_out: &LEAVES_OUT,
            isolated_books: false,
        };
        let mut made = made.schedule(&root, instruments, tables.into_tables(), left_out)?;
        if let Some(requirement) = requirement {
            made.schedule = with_leverages(made.schedule, requirement, options.name.is_some());
        }
        if requirement == Some(Requirement::Initial) {
            made.schedule.rate_decimals = LEAST_RATE_DECIMALS;
            let RoundToFile { mode, decimals } = ROUND;
            let step = RoundStepFile { mode, decimals, factor: None };
            made.schedule.rounding.requirement = vec![step];
            FEE_IN_INITIAL.clone_into(&mut made.schedule.leaves_out[0]);
            made.schedule.rounding_assumed = Some(INITIAL_ROUNDING_ASSUMED.to_owned());
        }
        Ok(made.leave_out(without_table))
    }

    /// Marks of the schedule's instruments; the answer's `time` becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let time = root.member("time").milliseconds()?;
        let listed = Listed::of_items(&root, entries(&root)?, "symbol")?;
        let mut snapshot = snapshot_in_settlement(schedule, time, "Bybit's mark prices.");
        let file = schedule.file();
        for instrument in &file.instruments {
            let mark = listed.of(&instrument.symbol)?.member("markPrice").decimal()?;
            snapshot.instruments.push(InstrumentPriceFile::at_mark(&*instrument.symbol, mark));
        }
        Ok(snapshot)
    }

    /// An account in regular margin mode that holds the settlement asset and linear perpetuals.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
