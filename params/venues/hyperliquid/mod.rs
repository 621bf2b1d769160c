//! Hyperliquid perpetuals, from two responses of its info endpoint.
//!
//! A schedule is read from the response to `{"type": "meta"}`. The requirement is half of the initial margin at maximum
//! leverage, so `notional / (2 * maximum leverage)`. Where `marginTables` has tiers, a tier's rate is `1 / (2 * its
//! maximum leverage)` less a deduction that makes the requirement continuous (the venue's page "Margin tiers").
//!
//! A snapshot and an account are read from the response to `{"type": "clearinghouseState"}`: the marks implied by its
//! position values, the cross account, and isolated positions. `rawUsd` of an isolated position is its margin less its
//! value at entry, so that with its value at the mark it is the position's equity.

mod figures;
mod markets;
mod requirement;
mod state;

#[cfg(test)]
mod tests;

use super::{Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, menu, settlement_asset};
use crate::{
    AccountFile, FileKind, ModeFile, Requirement, RoundStepFile, RoundingFile, Schedule,
    ScheduleFile, SnapshotFile, ValuationFile,
};
use serde_json::Value;

/// Digits of USDC amounts, and of an instrument's size and price combined.
const DECIMALS: u32 = 6;
/// Digits of a rate.
const RATE_DECIMALS: u32 = 0;

const ASSUMED: &str = "sizes and prices together have 6 digits; a requirement is notional / (2 * maximum leverage), in margin tiers less the deduction that makes it continuous; the venue's rule has no cap, so every last tier is open; USDC is the only collateral, in full; menu of this project";

/// Hyperliquid's own perpetuals, which settle in USDC.
#[derive(Clone, Copy, Debug)]
pub struct Hyperliquid;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; `hyperliquid` if there is none.
    pub name: Option<String>,
}

/// The venue's rounding of a requirement: floored at `10^-6` per position.
fn rounding() -> RoundingFile {
    let step = RoundStepFile { mode: ModeFile::Floor, decimals: DECIMALS, factor: None };
    RoundingFile { requirement: vec![step], ..RoundingFile::default() }
}

impl Venue for Hyperliquid {
    const NAME: &'static str = "hyperliquid";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let markets = markets::read(&root)?;
        if markets.instruments.is_empty() {
            let examples = LeftOut::examples(&markets.left_out);
            let message = format!("holds no perpetual that can be imported{examples}");
            return Err(root.wrong(message));
        }
        let name = options.name.as_deref().unwrap_or(Self::NAME);
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: name.to_owned(),
            source: format!("Hyperliquid meta response, imported. Assumed: {ASSUMED}."),
            numbering: None,
            requirement: Requirement::Maintenance,
            valuation: ValuationFile::new("USDC", DECIMALS),
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: true,
            isolated_books: true,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            menu: menu(Requirement::Maintenance),
            rounding: rounding(),
            rounding_assumed: None,
            leaves_out: Vec::new(),
            assets: vec![settlement_asset("USDC", DECIMALS)],
            tiers: markets.tiers,
            instruments: markets.instruments,
        };
        let (assumed, left_out) = (ASSUMED.to_owned(), markets.left_out);
        Ok(ImportedSchedule { schedule, assumed, left_out, caps: Caps::None })
    }

    /// Marks of what the account holds, from its position values; `time` becomes the sequence number as well. The
    /// schedule must be restricted to instruments the account holds.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        state::snapshot(&Member::root(source), schedule)
    }

    /// The account: its positions with their value at entry and the margin of isolated ones, and the value of its cross
    /// book without their profit.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        state::account(&Member::root(source), schedule)
    }
}
