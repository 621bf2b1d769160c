//! Drift v2, a program on Solana: perpetuals and spot markets with borrowing in one cross-margin account.
//!
//! The source is one object with the decoded members of the program's accounts, integers as decimal text: the `time` in
//! milliseconds; `spot_markets` and `perp_markets`, objects by market index with the members that `spot` and
//! `perpetual` read, each with the `oracle_price`, spot markets with `twap_5min`, and all with a `name` if it is
//! known; and for an account its `user`, `spot_positions` and `perp_positions`. `examples/margins.json` is such a source.
//!
//! The rule is that of `programs/drift/src/math/margin.rs` of drift-labs/protocol-v2. Prices and quote amounts are in
//! 1e-6 USD, sizes in 1e-9, balances in 1e-9 of a token before interest, weights and ratios in 1e-4. An account is
//! healthy if its total collateral is no less than its margin requirement.
//!
//! - Balances are shares: a token amount is the share times the interest index, rounded down, so a debt rounds up.
//! - Debts are required; they do not lower the total collateral.
//! - The quote asset is spot market 0, which has no weights. Results of perpetuals add to the total collateral as if
//!   in an asset of their own, here `PNL`, in which they settle.
//! - What a perpetual position requires is that of the larger of what its open bids and what its open asks can make of
//!   it, and a cent for each order. A position of size zero can have orders, and a result.
//! - A strict schedule takes the worse of the oracle price and its average of five minutes.
//! - Own ratios, scaled weights and caps are of the initial margin alone.
//! - Whoever asks for a margin can give a least ratio, below which no ratio counts: no deposit weighs more than what it leaves
//!   of one, and no debt less than one and it. Beside one, deposits and debts have their initial weights at any margin
//!   (`apply_user_custom_margin_ratio`).
//! - The margin of fills has ratios and weights halfway between those of the initial and of the maintenance margin, of deposits
//!   halfway from the scaled weight, and profits at their initial weight without its cap (`MarginRequirementType::Fill`).
//! - A liquidation ends at the maintenance margin with a buffer, which is public and given: `liquidation-buffer`.
//! - At initial margin and at that of fills the program lowers the weight of profits in a market by its imbalance and by their size; schedules of
//!   such markets say that they leave that out.
//! - An isolated position with its deposit, a balance of the quote asset, is a book of its own.

mod account;
mod folder;
mod perpetual;
mod spot;

#[cfg(test)]
mod tests;

use super::{
    Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, decimal, menu, one_of,
    priced_snapshot, scaled, settlement_asset,
};
use crate::{
    AccountFile, AssetFile, AssetPriceFile, FileKind, ModeFile, Requirement, RoundStepFile,
    RoundToFile, RoundingFile, Schedule, ScheduleFile, SnapshotFile, ValuationFile,
};
use num_bigint::BigInt;
use num_integer::Integer;
use serde_json::Value;

/// Digits of prices and quote amounts.
const QUOTE_DECIMALS: u32 = 6;
/// Digits of weights and ratios.
const RATE_DECIMALS: u32 = 4;
/// Symbol of the asset in which results of perpetuals settle.
const RESULTS: &str = "PNL";
/// Its id; market indices of the program end before it.
const RESULTS_ID: u32 = 65_535;
/// The quote asset is the spot market with this index.
const QUOTE_MARKET: &str = "0";
/// Figure of the snapshot: price of the quote asset for what is owned.
const QUOTE_OWNED: &str = "quote price of profits";
/// Figure of the snapshot: price of the quote asset for what is owed.
const QUOTE_OWED: &str = "quote price of losses";

const ASSUMED: &str = "a market without a name is named by its index; results of perpetuals settle in an asset of their own; the program has no cap on sizes, so every last tier is open; menu of this project";

/// The margins that are read.
const REQUIREMENTS: [Requirement; 4] = [
    Requirement::Maintenance,
    Requirement::Initial,
    Requirement::Fill,
    Requirement::LiquidationEnd,
];

/// What the program's rule has besides.
const LEAVES_OUT: [&str; 4] = [
    "open orders in spot markets",
    "high leverage mode",
    "funding since the last settlement",
    "contract tiers and oracle validity",
];
/// What it has besides where a market sets it, at initial margin and at that of fills. Profits of a market add at most 100 USD at
/// the first.
const PROFITS_LEFT_OUT: &str =
    "that profits weigh less by their size and by what a market's profits exceed its losses";

/// What it has besides where perpetuals are not in the schedule: a position in one can be isolated.
const OTHER_BOOKS: &str = "the user's other books: each isolated position is one";

/// Drift v2.
#[derive(Clone, Copy, Debug)]
pub struct Drift;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; the requirement and the parts of the rule that are chosen if there is none.
    pub name: Option<String>,
    /// Maintenance or initial margin, that of fills, or that at which a liquidation ends.
    pub requirement: Requirement,
    /// Whether prices are the worse of the oracle's and its average of five minutes, as for withdrawals and orders.
    pub strict: bool,
    /// What is added to ratios and to weights of debts and losses of the maintenance margin for that at which a liquidation
    /// ends, in units of rates; 0 for every other margin.
    pub liquidation_buffer: u32,
    /// Least ratio of every market, in units of rates; 0 for none.
    pub least_ratio: u32,
}

/// A weight, a ratio or an amount of quote as it is in the source.
fn figure(member: &Member<'_>, name: &str) -> Result<BigInt, ImportError> {
    let member = member.member(name);
    let figure = member.scaled(0)?;
    if figure < BigInt::ZERO { Err(member.wrong("is negative")) } else { Ok(figure) }
}

/// The same, 0 if it is absent.
fn figure_or_zero(member: &Member<'_>, name: &str) -> Result<BigInt, ImportError> {
    if member.member(name).is_present() { figure(member, name) } else { Ok(BigInt::ZERO) }
}

/// What a margin uses of a market's two figures.
fn of(
    market: &Member<'_>,
    requirement: Requirement,
    [initial, maintenance]: [&str; 2],
) -> Result<BigInt, ImportError> {
    match requirement {
        Requirement::Initial => figure(market, initial),
        Requirement::Fill => Ok(halfway(figure(market, initial)?, &figure(market, maintenance)?)),
        _ => figure(market, maintenance),
    }
}

/// Halfway between a figure of the initial and one of the maintenance margin, rounded down.
fn halfway(initial: BigInt, maintenance: &BigInt) -> BigInt {
    (initial + maintenance).div_floor(&2.into())
}

impl Options {
    fn is_initial(&self) -> bool {
        self.requirement == Requirement::Initial
    }

    /// Whose weights deposits and debts have: their initial ones beside a least ratio.
    fn of_weights(&self) -> Requirement {
        if self.least_ratio != 0 { Requirement::Initial } else { self.requirement }
    }

    /// Whether profits have their initial weight.
    fn has_initial_profits(&self) -> bool {
        matches!(self.requirement, Requirement::Initial | Requirement::Fill)
    }

    /// Refuses a buffer of another margin than that at which a liquidation ends, and that margin without one.
    fn check_buffer(&self) -> Result<(), ImportError> {
        let message = match (self.requirement, self.liquidation_buffer) {
            (Requirement::LiquidationEnd, 0) => {
                "a liquidation ends at the maintenance margin with a buffer: give liquidation-buffer=FIGURE, the program's liquidation_margin_buffer_ratio"
            }
            (Requirement::LiquidationEnd, _) | (_, 0) => return Ok(()),
            _ => "liquidation-buffer is of the requirement liquidation-end alone",
        };
        Err(ImportError::Choice { message: message.to_owned() })
    }

    /// A name that no other choice has.
    fn default_name(&self) -> String {
        let mut name = self.requirement.name().to_owned();
        if self.strict {
            name.push_str("-strict");
        }
        for (part, units) in [("least", self.least_ratio), ("buffer", self.liquidation_buffer)] {
            if units != 0 {
                name.push_str(&format!("-{part}-{}", scaled(units, RATE_DECIMALS).as_str()));
            }
        }
        name
    }

    /// What else the schedule is imported for than its requirement.
    fn words(&self) -> String {
        let figure = |units: u32| scaled(units, RATE_DECIMALS);
        let mut words = String::new();
        if self.strict {
            words.push_str(", strict");
        }
        if self.least_ratio != 0 {
            let least = figure(self.least_ratio);
            words.push_str(&format!(", with ratios of at least {}", least.as_str()));
        }
        if self.liquidation_buffer != 0 {
            let buffer = figure(self.liquidation_buffer);
            words.push_str(&format!(", with a buffer of {} of a liquidation", buffer.as_str()));
        }
        words
    }
}

/// The index of a market, which is its key.
fn index(market: &Member<'_>, key: &str) -> Result<u32, ImportError> {
    let index = key.parse::<u32>().ok().filter(|index| *index < RESULTS_ID - 1);
    index.ok_or_else(|| market.wrong("is not the index of a market"))
}

fn rounding() -> RoundingFile {
    let to = |mode| Some(RoundToFile { mode, decimals: QUOTE_DECIMALS });
    let step = RoundStepFile { mode: ModeFile::Floor, decimals: QUOTE_DECIMALS, factor: None };
    RoundingFile {
        value: to(ModeFile::Truncate),
        notional: to(ModeFile::Truncate),
        requirement: vec![step],
        ..RoundingFile::default()
    }
}

impl Venue for Drift {
    const NAME: &'static str = "drift";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        one_of(options.requirement, &REQUIREMENTS)?;
        options.check_buffer()?;
        let root = Member::root(source);
        let (mut assets, mut tiers, mut instruments) = (Vec::new(), Vec::new(), Vec::new());
        for (key, market) in root.member("spot_markets").object()? {
            assets.push(spot::asset(&market, index(&market, key)?, options)?);
        }
        assets.push(AssetFile { id: RESULTS_ID, ..settlement_asset(RESULTS, QUOTE_DECIMALS) });
        let (mut left_out, mut lowers_profits) = (Vec::new(), false);
        for (key, market) in root.member("perp_markets").object()? {
            let index = index(&market, key)?;
            if let Some(why) = perpetual::not_taken(&market)? {
                left_out.push(LeftOut { symbol: perpetual::symbol(&market, index)?, why });
                continue;
            }
            let (table, instrument) = perpetual::perpetual(&market, index, options)?;
            lowers_profits |= perpetual::lowers_profits(&market)?;
            tiers.push(table);
            instruments.push(instrument);
        }
        assets.sort_by_key(|asset| asset.id);
        instruments.sort_by_key(|instrument| instrument.id);
        // What is assigned to an isolated position is a balance of the quote asset.
        let quote = root.member("spot_markets").member(QUOTE_MARKET);
        let has_instruments = !instruments.is_empty();
        let quote = has_instruments.then(|| spot::symbol(&quote, 0)).transpose()?;
        let mut leaves_out = LEAVES_OUT.map(str::to_owned).to_vec();
        if !has_instruments || !left_out.is_empty() {
            leaves_out.insert(1, OTHER_BOOKS.to_owned());
        }
        if options.has_initial_profits() && lowers_profits {
            leaves_out.push(PROFITS_LEFT_OUT.to_owned());
        }
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: options.name.clone().unwrap_or_else(|| options.default_name()),
            source: format!(
                "Accounts of the Drift v2 program, imported for {}{}. Assumed: {ASSUMED}.",
                options.requirement.margin(),
                options.words()
            ),
            numbering: None,
            requirement: options.requirement,
            valuation: ValuationFile {
                margin_decimals: Some(QUOTE_DECIMALS),
                ..ValuationFile::new("USD", QUOTE_DECIMALS)
            },
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            isolated_books: has_instruments,
            settlement_asset_books: false,
            bid_and_ask: options.strict,
            own_rates: true,
            own_leverage_decimals: None,
            open_orders: has_instruments,
            allocation_asset: quote,
            menu: menu(options.requirement),
            rounding: rounding(),
            rounding_assumed: None,
            leaves_out,
            assets,
            tiers,
            instruments,
        };
        let caps = Caps::None;
        Ok(ImportedSchedule::new(schedule, ASSUMED, left_out, caps))
    }

    /// Prices, interest indices and public totals as the program has them; `time` becomes the sequence number as well.
    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let time = root.member("time").milliseconds()?;
        let source = "Oracle prices, interest indices and deposits of the Drift v2 program.";
        let mut snapshot = priced_snapshot(schedule, time, time, source);
        let strict = schedule.file().bid_and_ask;
        let markets = root.member("spot_markets");
        for (key, market) in markets.object()? {
            let symbol = spot::symbol(&market, index(&market, key)?)?;
            let listed = schedule.file().assets.iter().find(|asset| asset.symbol == symbol);
            if let Some(listed) = listed {
                snapshot.assets.push(spot::price(&market, listed, strict)?);
            }
        }
        snapshot.assets.push(match strict {
            true => AssetPriceFile::at_bid_and_ask(RESULTS, decimal("1"), decimal("1")),
            false => AssetPriceFile::at_index(RESULTS, decimal("1")),
        });
        let quote = spot::prices(&markets.member(QUOTE_MARKET), strict)?;
        for (key, market) in root.member("perp_markets").object()? {
            let symbol = perpetual::symbol(&market, index(&market, key)?)?;
            let listed = schedule.file().instruments.iter().find(|i| i.symbol == symbol);
            if let Some(listed) = listed {
                snapshot.instruments.push(perpetual::price(&market, listed, &quote)?);
            }
        }
        Ok(snapshot)
    }

    /// A user with its spot and perpetual positions.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        account::account(&Member::root(source), schedule)
    }
}
