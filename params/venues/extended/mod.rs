//! Extended (x10), a contract of the StarkEx family on Starknet, from what the contract's views answer.
//!
//! The source is one object: the `time` of the answers in milliseconds, and under `assets`, in the order in which the
//! contract lists them, one object for each asset with its `asset_id` and the decoded members of `get_asset_config`,
//! `get_risk_factor_tiers` (as `risk_factor_tiers`) and `get_timely_data`. Integers are decimal text, because half of
//! them do not fit the numbers of JSON. `examples/answers/views.json` is such a source. A schedule is read from the first
//! two views, a snapshot from the third.
//!
//! The contract (`core/value_risk_calculator.cairo` and `core/types` of x10xchange/starknet-perpetual) counts in units
//! of `10^-6` USDC. A price is in parts of 2^28 of that unit for a unit of size, and the value of a position, their
//! product, is truncated. A funding index is in parts of 2^32, and what a position has paid or received since its own
//! index is floored. The risk of a position is its value's magnitude times a factor in thousandths, floored; the factor
//! is that of the tier that holds the whole value. A position is healthy if its total value is no less than its total
//! risk.
//!
//! An account is read from a fourth view, `get_position_assets`, decoded to an object with `position_id`,
//! `collateral_balance`, and under `asset_entries` an object for each asset with its `id`, `balance` and
//! `cached_funding_index`, and the `time` of the answer in milliseconds.
//!
//! The answer of the venue's own service to `/api/v1/info/markets` is not read: by the venue's documentation its
//! `riskFactorConfig` is not the margin schedule.

mod asset;
mod folder;
mod position;

#[cfg(test)]
mod tests;

use super::{
    Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, decimal, menu, priced_snapshot,
    settlement_asset,
};
use crate::{
    AccountFile, AssetFile, AssetPriceFile, FileKind, ModeFile, Requirement, RoundStepFile,
    RoundToFile, RoundingFile, Schedule, ScheduleFile, SnapshotFile, ValuationFile,
};
use asset::Asset;
use serde_json::Value;

/// Digits of USDC in the contract, to which everything is rounded.
const DECIMALS: u32 = 6;
/// Risk factors are in thousandths.
const RATE_DECIMALS: u32 = 3;
/// Binary digits of a price, beside decimals.
const PRICE_BITS: u32 = 28;
/// Binary digits of a funding index, beside decimals.
const FUNDING_BITS: u32 = 32;

const ASSUMED: &str = "a synthetic asset is named by the text in its id, and numbered by its place in the list; USDC is the only collateral, in full, at a price of 1; the contract has no cap, so every last tier is open; menu of this project";

/// Perpetuals of the Extended contract, which settle in USDC.
#[derive(Clone, Copy, Debug)]
pub struct Extended;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; `extended` if there is none.
    pub name: Option<String>,
}

fn rounding() -> RoundingFile {
    let to = |mode| Some(RoundToFile { mode, decimals: DECIMALS });
    let step = RoundStepFile { mode: ModeFile::Floor, decimals: DECIMALS, factor: None };
    RoundingFile {
        value: to(ModeFile::Truncate),
        notional: to(ModeFile::Truncate),
        profit_and_loss: to(ModeFile::Floor),
        requirement: vec![step],
        ..RoundingFile::default()
    }
}

impl Venue for Extended {
    const NAME: &'static str = "extended";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let (mut tables, mut instruments, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (member, id) in root.member("assets").list()?.iter().zip(1..) {
            let asset = Asset::read(member)?;
            if let Some(why) = asset.not_taken(member)? {
                left_out.push(LeftOut { symbol: asset.symbol, why: why.to_owned() });
                continue;
            }
            tables.push(asset.tiers(member)?);
            instruments.push(asset.instrument(id));
        }
        if instruments.is_empty() {
            let examples = LeftOut::examples(&left_out);
            let message = format!("holds no synthetic asset that can be imported{examples}");
            return Err(root.wrong(message));
        }
        let name = options.name.as_deref().unwrap_or(Self::NAME);
        let usdc = settlement_asset("USDC", DECIMALS);
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: name.to_owned(),
            source: format!("Views of the Extended contract, imported. Assumed: {ASSUMED}."),
            numbering: None,
            requirement: Requirement::Maintenance,
            valuation: ValuationFile::new("USDC", DECIMALS),
            rate_decimals: RATE_DECIMALS,
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
            rounding_assumed: None,
            leaves_out: vec!["spot and vault share collateral".to_owned()],
            assets: vec![AssetFile { entry_bits: Some(FUNDING_BITS), ..usdc }],
            tiers: tables,
            instruments,
        };
        Ok(ImportedSchedule::new(schedule, ASSUMED, left_out, Caps::None))
    }

    /// Prices and funding indices as the contract has them; `time` becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let time = root.member("time").milliseconds()?;
        let source = "Prices and funding indices of the Extended contract.";
        let mut snapshot = priced_snapshot(schedule, time, time, source);
        snapshot.assets.push(AssetPriceFile::at_index("USDC", decimal("1")));
        for member in root.member("assets").list()? {
            let asset = Asset::read(&member)?;
            // What the schedule does not list needs no price.
            if schedule.instrument(&asset.symbol).is_some() {
                snapshot.instruments.push(asset.price(&member)?);
            }
        }
        Ok(snapshot)
    }

    /// An account, from the decoded view `get_position_assets`.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        position::account(&Member::root(source), schedule)
    }
}
