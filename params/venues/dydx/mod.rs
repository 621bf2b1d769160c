//! dYdX v4 perpetuals: the indexer's answer to `/v4/perpetualMarkets`, an object from ticker to market under `markets`.
//!
//! A schedule is read, of either requirement, or of who is liquidated: of the accounts below maintenance margin those of which
//! anything is required (`x/subaccounts` of the chain). The chain counts in units of `10^-6` USDC (`x/perpetuals/lib` of
//! dydxprotocol/v4-chain): the notional is truncated, the initial margin of a position is its notional times the initial
//! fraction, rounded up, and the maintenance margin is that times the maintenance fraction, rounded up again. The answer
//! has the product of the two fractions. The initial fraction of the initial margin grows with open interest, which is
//! in the same answer; that of the maintenance margin does not. Funding accrues in millionths of the unit and is floored
//! once, over all positions.
//!
//! `markets.json` holds three markets of an answer that nautechsystems/nautilus_trader keeps as test data (commit
//! 97dd51faf8c1e5fcd71c9f033d2f4ad887254657, `crates/adapters/dydx/test_data/http_get_perpetual_markets.json`, dated
//! 2025-12-08 there), without the members on which no margin depends.
//!
//! A snapshot is read from an object of `perpetualMarkets` (that answer) and `time` (`/v4/time`), and an account from the
//! indexer's answer of one subaccount, `/v4/addresses/{address}/subaccountNumber/{number}`. The indexer has no funding indices:
//! it takes unsettled funding into the balance of USDC that it shows. Indices are therefore counted from the answers, as 0 in
//! both files, which must be of one time. The indexer has no quote balance of each position either, only their sum: that
//! balance of USDC, beside which a position counts with its whole value and has none at entry.

mod account;
mod figures;
mod folder;
mod market;

#[cfg(test)]
mod tests;

use super::{
    Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, decimal, menu, nothing_taken,
    one_of, priced_snapshot, row, settlement_asset,
};
use crate::{
    AccountFile, AssetPriceFile, DecimalText, FileKind, InstrumentPriceFile, MenuFile, ModeFile,
    Requirement, RoundStepFile, RoundToFile, RoundingFile, Schedule, ScheduleFile, SnapshotFile,
    TiersFile, ValuationFile, VariableFile,
};
use market::Market;
use serde_json::Value;
use std::collections::BTreeMap;

/// Digits of USDC in a schedule: those in which entries and funding are exact.
const USDC_DECIMALS: u32 = 12;
/// Digits of USDC on the chain, to which everything is rounded.
const QUOTE_DECIMALS: u32 = 6;
/// Fractions are in parts per million.
const RATE_DECIMALS: u32 = 6;
/// Digits of a size and a price together: the chain's markets are listed with exponents that add up to this.
const SIZE_AND_PRICE_DECIMALS: u32 = 15;

const ASSUMED: &str = "sizes and prices together have 15 digits; open interest is the answer's openInterest at its oraclePrice; USDC is the only collateral, in full, at a price of 1; the venue's rule has no cap, so every tier is open; menu of this project";

/// Requirements that are read.
const REQUIREMENTS: [Requirement; 2] = [Requirement::Maintenance, Requirement::Initial];

/// What the venue's rule has besides.
fn leaves_out(options: &Options) -> Vec<String> {
    let own = match (options.requirement, options.liquidation) {
        (Requirement::Maintenance, false) => {
            Some("accounts without a requirement, which are never liquidated")
        }
        (Requirement::Maintenance, true) => None,
        _ => Some(
            "initial fractions at an open interest other than that of the imported market list",
        ),
    };
    ["isolated markets"].into_iter().chain(own).map(str::to_owned).collect()
}

/// dYdX v4 cross markets, which settle in USDC.
#[derive(Clone, Copy, Debug)]
pub struct Dydx;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; made from the requirement if there is none.
    pub name: Option<String>,
    /// Which requirement it computes.
    pub requirement: Requirement,
    /// Whether it says who is liquidated: the chain leaves an account alone of which nothing is required.
    pub liquidation: bool,
}

impl Options {
    /// Who is liquidated can be in debt, so no floor is on its menu too.
    fn menu(&self) -> MenuFile {
        let mut menu = menu(self.requirement);
        if self.liquidation {
            menu.floors.insert(0, decimal("none"));
        }
        menu
    }

    /// The kind of schedule, in its name.
    fn kind(&self) -> &'static str {
        if self.liquidation { "liquidation" } else { self.requirement.name() }
    }
}

/// The value of a position, and so its notional, is truncated; the sum of what settles in USDC is floored.
fn rounding() -> RoundingFile {
    let to = |mode| Some(RoundToFile { mode, decimals: QUOTE_DECIMALS });
    RoundingFile {
        value: to(ModeFile::Truncate),
        notional: to(ModeFile::Truncate),
        collateral: to(ModeFile::Floor),
        ..RoundingFile::default()
    }
}

fn ceil(factor: Option<DecimalText>) -> RoundStepFile {
    RoundStepFile { mode: ModeFile::Ceil, decimals: QUOTE_DECIMALS, factor }
}

impl Venue for Dydx {
    const NAME: &'static str = "dydx";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let requirement = options.requirement;
        one_of(requirement, &REQUIREMENTS)?;
        let (mut tables, mut instruments, mut left_out) = (BTreeMap::new(), Vec::new(), Vec::new());
        for (_, member) in root.member("markets").object()? {
            let market = Market::read(&member)?;
            if let Some(why) = market.not_taken(&member)? {
                left_out.push(LeftOut { symbol: market.ticker.to_owned(), why: why.to_owned() });
                continue;
            }
            let tiers = market.tiers(&member, requirement)?;
            instruments.push(market.instrument(&tiers));
            tables.insert(tiers.name.clone(), tiers);
        }
        if instruments.is_empty() {
            return Err(nothing_taken(&root, "perpetual", &left_out));
        }
        instruments.sort_by_key(|instrument| instrument.id);
        let name = options.name.clone();
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: name.unwrap_or_else(|| format!("{}-{}", Self::NAME, options.kind())),
            source: format!(
                "Perpetual markets of a dYdX v4 indexer, imported. Assumed: {ASSUMED}."
            ),
            numbering: None,
            requirement,
            valuation: ValuationFile::new("USDC", USDC_DECIMALS),
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: true,
            no_requirement_is_healthy: options.liquidation,
            isolated_books: false,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            own_leverage_decimals: None,
            open_orders: false,
            allocation_asset: None,
            menu: options.menu(),
            rounding: rounding(),
            rounding_assumed: None,
            leaves_out: leaves_out(options),
            assets: vec![settlement_asset("USDC", USDC_DECIMALS)],
            tiers: tables.into_values().collect(),
            instruments,
        };
        Ok(ImportedSchedule::new(schedule, ASSUMED, left_out, Caps::None))
    }

    /// Oracle prices of the schedule's instruments, with funding indices counted from the answer; the indexer's time becomes
    /// the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let (server, fetched) =
            (root.member("time"), root.member("fetched").member("perpetualMarkets"));
        let time = match (server.is_present(), fetched.is_present()) {
            (true, _) => server.member("iso").utc()?,
            // When whoever saved the answer got it.
            (false, true) => fetched.milliseconds()?,
            (false, false) => {
                let message = "is missing, and nothing else says when the marks were given";
                return Err(server.wrong(message));
            }
        };
        let words =
            "Oracle prices of a dYdX v4 indexer; funding indices are counted from its answer.";
        let mut snapshot = priced_snapshot(schedule, time, time, words);
        snapshot.assets.push(AssetPriceFile::at_index("USDC", decimal("1")));
        let markets = root.member("perpetualMarkets").member("markets");
        for instrument in &schedule.file().instruments {
            let price = markets.member(&instrument.symbol).member("oraclePrice").decimal()?;
            snapshot.instruments.push(InstrumentPriceFile {
                funding_index: Some(decimal("0")),
                ..InstrumentPriceFile::at_mark(&*instrument.symbol, price)
            });
        }
        Ok(snapshot)
    }

    /// One subaccount, as of the indexer's last block.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}

/// The table of markets with these fractions, in parts per million: a rate, and what is rounded after it.
fn table(name: String, rate: DecimalText, steps: Vec<RoundStepFile>) -> TiersFile {
    TiersFile {
        name,
        variable: VariableFile::Value,
        rows: vec![row(Some("0"), None, rate.as_str(), "0")],
        denominator: None,
        requirement_rounding: Some(steps),
    }
}
