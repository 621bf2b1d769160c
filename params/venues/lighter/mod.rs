//! Lighter: the market list of one block, with margin fractions, marks and funding sums.
//!
//! A schedule and a snapshot are read from an object with the number of the block in `block`, its time in milliseconds
//! in `created_at_ms`, and `markets`, whose members keep the short names used by the venue's prover: `i` index, `mm`
//! maintenance margin fraction, `s` status, `qm` quote multiplier, `mp` mark price, `f` funding prefix sum. A
//! requirement is notional times maintenance margin fraction times status; a halted market has status 0.
//!
//! An account is read from one of the block's accounts.
//!
//! The venue's API says the same otherwise. `/api/v1/orderBookDetails` has for each perpetual `market_id`, `status`,
//! `size_decimals`, `quote_multiplier`, `maintenance_margin_fraction` in parts of 10,000 and `mark_price` per coin.
//! `/api/v1/account` has no funding sums: by its own totals, equity is collateral and profit, so funding that is not
//! settled is either in the collateral or in nothing that the venue shows. Funding is therefore counted from the answer, as 0
//! in both files. Of what was paid, the answer has an average price, which is rounded, and the profit at the value that it
//! shows: the entry is the difference of those two. A recorded answer of six positions comes to its own totals in this way,
//! to the last digit (`examples/answers`).
//!
//! An account of the API therefore has another funding origin than one of a block, and schedules of the API have a
//! numbering of their own: markets, marks and account are all of the API, or all of blocks.
//!
//! Sources are objects of the answers by their names: `block` or `orderBookDetails`, `block-account` or `account`.

use super::{
    Caps, ImportError, ImportedSchedule, LeftOut, Member, Venue, flat_tiers, linear_instrument,
    menu, nothing_taken, priced_snapshot, scaled, settlement_asset,
};
use crate::{
    AccountFile, AssetPriceFile, FileKind, InstrumentFile, InstrumentPriceFile, NumberingFile,
    Requirement, RoundingFile, Schedule, ScheduleFile, SnapshotFile, ValuationFile,
};
use num_bigint::BigInt;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

mod account;
mod details;
mod figures;
mod folder;
mod state;

#[cfg(test)]
mod tests;

/// Unit of collateral and funding: `10^-12` USDC.
pub const USDC_DECIMALS: u32 = 12;
/// Unit of a mark price per base unit, without the quote multiplier: `10^-6` USDC.
pub const PRICE_DECIMALS: u32 = 6;
/// Margin fractions are in units of `10^-4`.
const RATE_DECIMALS: u32 = 4;

const ASSUMED: &str = "markets are named by their index; the venue's rule has no cap, so every tier is open; the price of USDC is 1 by the venue's own rule; menu of this project";

/// Numbering of the API's schedules, whose funding indices count from the answers.
const API: &str = "API";

/// What the venue's rule has besides what the API shows.
const API_LEAVES_OUT: &str =
    "funding that is neither settled nor in the collateral that the API shows";

/// Where the figures of a source are from, and with it what funding indices count from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A block, whose funding sums are since the market began.
    Block,
    /// The API, which has none.
    Api,
}

impl Origin {
    fn numbering(self) -> Option<NumberingFile> {
        (self == Self::Api).then(|| NumberingFile::named(API))
    }

    /// Refuses figures of one origin under a schedule of the other.
    fn check(self, schedule: &Schedule, place: &Member<'_>) -> Result<(), ImportError> {
        let numbering = schedule.file().numbering.as_ref();
        let is_api = numbering.and_then(|numbering| numbering.name.as_deref()) == Some(API);
        let (of_this, with) = match (self, is_api) {
            (Self::Block, false) | (Self::Api, true) => return Ok(()),
            (Self::Block, true) => ("a block", "a schedule of block.json"),
            (Self::Api, false) => ("the API", "a schedule of orderBookDetails.json"),
        };
        let message = format!(
            "is of {of_this}, and the schedule is not: funding indices of the two do not count from one time"
        );
        Err(place.wrong(message).with_help(format!("read it with {with}")))
    }
}

/// Symbol of a market: the venue's list numbers markets and does not name them.
pub fn symbol(index: u32) -> String {
    format!("market-{index}")
}

/// Lighter mainnet.
#[derive(Clone, Copy, Debug)]
pub struct Lighter;

/// The options for a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Name of the schedule; `lighter-mainnet` if there is none.
    pub name: Option<String>,
}

/// One market of the list.
struct Market {
    id: u32,
    symbol: String,
    /// Requirement on the notional, in units of `10^-RATE_DECIMALS`.
    rate: i64,
    multiplier: i64,
    mark: i64,
    funding: i64,
}

impl Market {
    fn read(market: &Member) -> Result<Self, ImportError> {
        let figure = |key: &str| market.member(key).integer();
        let index = u32::try_from(figure("i")?).ok();
        let (index, id) = index
            .and_then(|index| Some((index, index.checked_add(1)?)))
            .ok_or_else(|| market.member("i").wrong("is not a market index"))?;
        if figure("mm")? < 0 {
            return Err(market.member("mm").wrong("is negative"));
        }
        let rate = match figure("s")? {
            0 => 0,
            1 => figure("mm")?,
            _ => return Err(market.member("s").wrong("is neither 0 nor 1")),
        };
        Ok(Self {
            id,
            symbol: symbol(index),
            rate,
            multiplier: figure("qm")?,
            mark: figure("mp")?,
            funding: figure("f")?,
        })
    }

    fn instrument(&self) -> InstrumentFile {
        let tiers = format!("flat-{}", self.rate);
        InstrumentFile {
            multiplier: scaled(self.multiplier, 0),
            funding_decimals: Some(USDC_DECIMALS),
            ..linear_instrument(self.id, &self.symbol, "USDC", 0, PRICE_DECIMALS, tiers)
        }
    }

    fn price(&self) -> InstrumentPriceFile {
        // The prefix sum is per base unit before the quote multiplier.
        let funding = BigInt::from(self.funding) * self.multiplier;
        let funding_index = Some(scaled(funding, USDC_DECIMALS));
        let mark = scaled(self.mark, PRICE_DECIMALS);
        InstrumentPriceFile { funding_index, ..InstrumentPriceFile::at_mark(&*self.symbol, mark) }
    }
}

/// The markets of a source.
struct Listing<'a> {
    markets: Vec<Market>,
    /// The places of the markets.
    places: Vec<Member<'a>>,
    left_out: Vec<LeftOut>,
    origin: Origin,
    /// The list.
    place: Member<'a>,
    /// Which list it is, in words.
    words: String,
    /// What is assumed of it.
    assumed: String,
}

impl<'a> Listing<'a> {
    fn read(root: &Member<'a>) -> Result<Self, ImportError> {
        let (block, details) = (root.member("block"), root.member("orderBookDetails"));
        match (block.is_present(), details.is_present()) {
            (true, true) => {
                Err(details.wrong("is given beside block.json, which has the same: keep one"))
            }
            (true, false) => Self::of_block(&block),
            (false, true) => details::listing(&details),
            (false, false) => Err(root.wrong("has neither orderBookDetails.json nor block.json")),
        }
    }

    fn of_block(block: &Member<'a>) -> Result<Self, ImportError> {
        let places = block.member("markets").list()?;
        Ok(Self {
            markets: places.iter().map(Market::read).collect::<Result<_, _>>()?,
            places,
            left_out: Vec::new(),
            origin: Origin::Block,
            place: block.clone(),
            words: format!("Lighter mainnet block {}", block.member("block").natural()?),
            assumed: ASSUMED.to_owned(),
        })
    }
}

/// Time and number of a source's marks: those of the block, or when whoever saved the API's answer got it.
fn time_of(root: &Member<'_>) -> Result<(u64, u64), ImportError> {
    let (block, fetched) =
        (root.member("block"), root.member("fetched").member("orderBookDetails"));
    if block.is_present() {
        return Ok((
            block.member("created_at_ms").milliseconds()?,
            block.member("block").natural()?,
        ));
    }
    if !fetched.is_present() {
        let message = "has no time of its own";
        let help = "note the time in fetched.json";
        return Err(root.member("orderBookDetails").wrong(message).with_help(help));
    }
    let time = fetched.milliseconds()?;
    Ok((time, time))
}

impl Venue for Lighter {
    const NAME: &'static str = "lighter-mainnet";
    type Options = Options;

    fn schedule(source: &Value, options: &Options) -> Result<ImportedSchedule, ImportError> {
        let root = Member::root(source);
        let Listing { markets, left_out, origin, words, assumed, .. } = Listing::read(&root)?;
        if markets.is_empty() {
            return Err(nothing_taken(&root, "market", &left_out));
        }
        let rates: BTreeSet<i64> = markets.iter().map(|m| m.rate).collect();
        let tiers = rates
            .iter()
            .map(|rate| flat_tiers(format!("flat-{rate}"), scaled(*rate, RATE_DECIMALS).as_str()));
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: options.name.clone().unwrap_or_else(|| Self::NAME.to_owned()),
            source: format!("Market list of {words}, imported. Assumed: {assumed}."),
            numbering: origin.numbering(),
            requirement: Requirement::Maintenance,
            valuation: ValuationFile::new("USDC", USDC_DECIMALS),
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            isolated_books: true,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates: false,
            open_orders: false,
            menu: menu(Requirement::Maintenance),
            rounding: RoundingFile::default(),
            rounding_assumed: None,
            leaves_out: match origin {
                Origin::Block => Vec::new(),
                Origin::Api => vec![API_LEAVES_OUT.to_owned()],
            },
            assets: vec![settlement_asset("USDC", USDC_DECIMALS)],
            tiers: tiers.collect(),
            instruments: markets.iter().map(Market::instrument).collect(),
        };
        Ok(ImportedSchedule { schedule, assumed, left_out, caps: Caps::None })
    }

    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let Listing { markets, places, origin, place, words, .. } = Listing::read(&root)?;
        origin.check(schedule, &place)?;
        let (time_ms, number) = time_of(&root)?;
        let source = format!("Marks and funding sums of {words}.");
        let mut snapshot = priced_snapshot(schedule, time_ms, number, source);
        snapshot.assets.push(AssetPriceFile::at_index("USDC", scaled(1, 0)));
        let listed = schedule.file().instruments.iter().map(|i| (i.symbol.as_str(), i));
        let listed: BTreeMap<&str, &InstrumentFile> = listed.collect();
        for (market, place) in markets.iter().zip(&places) {
            let Some(instrument) = listed.get(market.symbol.as_str()) else { continue };
            let here = market.instrument();
            // Marks of one rule and requirements of another make no market.
            if (&here.multiplier, &here.tiers) != (&instrument.multiplier, &instrument.tiers) {
                let help = "import the schedule from the same answer";
                let message = "has a different multiplier or margin fraction from the schedule's";
                return Err(place.wrong(message).with_help(help));
            }
            snapshot.instruments.push(market.price());
        }
        Ok(snapshot)
    }

    /// One account of the block, or the one of the API's answer.
    fn account(source: &Value, schedule: &Schedule) -> Result<AccountFile, ImportError> {
        let root = Member::root(source);
        let (of_block, of_api) = (root.member("block-account"), root.member("account"));
        match (of_block.is_present(), of_api.is_present()) {
            (true, true) => Err(of_api.wrong("is given beside block-account.json: keep one")),
            (true, false) => {
                Origin::Block.check(schedule, &of_block)?;
                account::account(&of_block, schedule)
            }
            (false, _) => {
                Origin::Api.check(schedule, &of_api)?;
                state::account(&of_api, schedule)
            }
        }
    }
}
