//! Hyperliquid perpetuals, from responses of its info endpoint, which the folder's declarations name. A source is an
//! object with these by their names, except that an account is read from one alone.
//!
//! A schedule is read from the response to `{"type": "meta"}`, or from the same in that to `{"type":
//! "metaAndAssetCtxs"}`. The requirement is half of the initial margin at maximum
//! leverage, so `notional / (2 * maximum leverage)`. Where `marginTables` has tiers, a tier's rate is `1 / (2 * its
//! maximum leverage)` less a deduction that makes the requirement continuous (the venue's page "Margin tiers").
//!
//! A snapshot has the marks of `metaAndAssetCtxs`, or else those that the position values of the response to `{"type":
//! "clearinghouseState"}` imply. From that response an account is read: its cross book, and isolated positions. `rawUsd` of an isolated position is its margin less its
//! value at entry, so that with its value at the mark it is the position's equity.

mod contexts;
mod figures;
mod folder;
mod markets;
mod requirement;
mod state;

#[cfg(test)]
mod random;
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

/// What the venue's rule has besides. An answer does not say of which kind the account is.
const LEAVES_OUT: [&str; 2] = [
    "unified accounts and portfolio margin, in which spot balances are collateral",
    "perpetuals of other dexes, and collateral that is shared with them",
];

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
        let meta = contexts::meta(&Member::root(source))?;
        let markets = markets::read(&meta)?;
        if markets.instruments.is_empty() {
            let examples = LeftOut::examples(&markets.left_out);
            let message = format!("holds no perpetual that can be imported{examples}");
            return Err(meta.wrong(message));
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
            no_requirement_is_healthy: false,
            isolated_books: true,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            own_leverage_decimals: None,
            open_orders: false,
            allocation_asset: None,
            menu: menu(Requirement::Maintenance),
            rounding: rounding(),
            rounding_assumed: None,
            leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
            assets: vec![settlement_asset("USDC", DECIMALS)],
            tiers: markets.tiers,
            instruments: markets.instruments,
        };
        let (assumed, left_out) = (ASSUMED.to_owned(), markets.left_out);
        Ok(ImportedSchedule::new(schedule, assumed, left_out, Caps::None))
    }

    /// Marks of the market, or of what the account holds: then the schedule must be restricted to that. The time of the
    /// marks, or else of the state, becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        match root.member("metaAndAssetCtxs").is_present() {
            true => contexts::snapshot(&root, schedule),
            false => state::snapshot(&root.member("clearinghouseState"), schedule),
        }
    }

    /// The account: its positions with their value at entry and the margin of isolated ones, and the value of its cross
    /// book without their profit.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        state::account(&Member::root(source), schedule)
    }
}
