//! Lighter: the market list of one block, with margin fractions, marks and funding sums.
//!
//! A schedule and a snapshot are read from an object with the number of the block in `block`, its time in milliseconds
//! in `created_at_ms`, and `markets`, whose members keep the short names used by the venue's prover: `i` index, `mm`
//! maintenance margin fraction, `s` status, `qm` quote multiplier, `mp` mark price, `f` funding prefix sum. A
//! requirement is notional times maintenance margin fraction times status; a halted market has status 0.
//!
//! Initial margin is notional times status times the larger of the market's least fraction, `im`, and the account's own,
//! `imf`, or the market's default, `dm`, for an account that has none; close-out margin is that of `cm`. Below maintenance
//! margin the venue closes positions one by one, below close-out margin all of them. Schedules of the three requirements
//! that are imported by name have one registry, in which positions have own fractions.
//!
//! An account is read from one of the block's accounts.
//!
//! The venue's API says the same otherwise. `/api/v1/orderBookDetails` has for each perpetual `market_id`, `status`,
//! `size_decimals`, `quote_multiplier`, `maintenance_margin_fraction`, `closeout_margin_fraction`,
//! `min_initial_margin_fraction` and `default_initial_margin_fraction` in parts of 10,000, and `mark_price` per coin. A
//! position's `initial_margin_fraction` is in percent.
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
    menu, nothing_taken, one_of, priced_snapshot, row, scaled, settlement_asset,
};
use crate::{
    AccountFile, AssetPriceFile, FileKind, InstrumentElementsFile, InstrumentFile,
    InstrumentPriceFile, NumberingFile, OwnRateFile, RateFile, Requirement, RoundingFile, Schedule,
    ScheduleFile, SnapshotFile, TiersFile, ValuationFile,
};
use num_bigint::BigInt;
use serde_json::Value;
use std::collections::BTreeMap;

mod account;
mod details;
mod figures;
mod folder;
mod state;

#[cfg(test)]
mod random;
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

/// What the venue's rule has besides.
const LEAVES_OUT: &str = "unified accounts, in which spot balances are collateral";
/// What it has besides what the API shows.
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
    /// Name of the schedule; made from what the registry is of, and from the requirement where it is named, if there is none.
    pub name: Option<String>,
    /// Which requirement it computes, of a registry in which accounts have initial fractions of their own, so that one
    /// commitment serves all three; maintenance margin of a registry without them if there is none.
    pub requirement: Option<Requirement>,
}

/// Requirements that are read.
const REQUIREMENTS: [Requirement; 3] =
    [Requirement::Maintenance, Requirement::Initial, Requirement::CloseOut];

/// The fractions of a market in one of its lists.
struct Fractions {
    /// Names of those of maintenance and close-out, and of the least and the default of initial margin.
    maintenance: &'static str,
    close_out: &'static str,
    least: &'static str,
    default: &'static str,
}

/// What of accounts' own fractions a market's rule reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Own {
    /// Accounts of the registry have none.
    Absent,
    /// Nothing: they can be whatever they are.
    Unread,
    /// What is required at least, with the fraction of an account that has none.
    Read(i64),
}

/// In units of `10^-RATE_DECIMALS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rate {
    /// What is required of the notional, or at least.
    public: i64,
    own: Own,
}

impl Fractions {
    /// The fraction of a requirement, or of maintenance margin where none is named; each figure is read by `figure`.
    fn read(
        &self,
        requirement: Option<Requirement>,
        figure: impl Fn(&str) -> Result<i64, ImportError>,
    ) -> Result<Rate, ImportError> {
        let (name, own) = match requirement {
            None => (self.maintenance, Own::Absent),
            Some(Requirement::CloseOut) => (self.close_out, Own::Unread),
            Some(Requirement::Initial) => (self.least, Own::Read(figure(self.default)?)),
            Some(_) => (self.maintenance, Own::Unread),
        };
        Ok(Rate { public: figure(name)?, own })
    }
}

impl Rate {
    /// Nothing is required in a halted market, whatever the account chose.
    fn halted(self) -> Self {
        let own = if self.own == Own::Absent { Own::Absent } else { Own::Unread };
        Self { public: 0, own }
    }

    /// The table of it. Beside own fractions rows give rates, so that a proof takes an account that has any.
    fn tiers(self) -> TiersFile {
        let rate = scaled(self.public, RATE_DECIMALS);
        match self.own {
            Own::Absent => flat_tiers(format!("flat-{}", self.public), rate.as_str()),
            Own::Unread | Own::Read(_) => TiersFile {
                rows: vec![row(Some("0"), None, "0", rate.as_str())],
                ..flat_tiers(format!("rate-{}", self.public), "0")
            },
        }
    }

    fn elements(self) -> Option<InstrumentElementsFile> {
        let own_rate = match self.own {
            Own::Absent => return None,
            Own::Unread => None,
            Own::Read(default) => Some(OwnRateFile { default: scaled(default, RATE_DECIMALS) }),
        };
        let rate = Some(RateFile { own_rate, ..RateFile::default() });
        Some(InstrumentElementsFile { rate, ..InstrumentElementsFile::default() })
    }
}

/// Members of a market in a block.
const BLOCK: Fractions =
    Fractions { maintenance: "mm", close_out: "cm", least: "im", default: "dm" };

/// One market of the list.
struct Market {
    id: u32,
    symbol: String,
    rate: Rate,
    multiplier: i64,
    mark: i64,
    funding: i64,
}

impl Market {
    fn read(market: &Member, requirement: Option<Requirement>) -> Result<Self, ImportError> {
        let figure = |key: &str| market.member(key).integer();
        let index = u32::try_from(figure("i")?).ok();
        let (index, id) = index
            .and_then(|index| Some((index, index.checked_add(1)?)))
            .ok_or_else(|| market.member("i").wrong("is not a market index"))?;
        let fraction = |name: &str| match figure(name)? {
            ..0 => Err(market.member(name).wrong("is negative")),
            fraction => Ok(fraction),
        };
        let rate = BLOCK.read(requirement, fraction)?;
        let rate = match figure("s")? {
            0 => rate.halted(),
            1 => rate,
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
        let tiers = self.rate.tiers().name;
        InstrumentFile {
            elements: self.rate.elements(),
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
    fn read(root: &Member<'a>, requirement: Option<Requirement>) -> Result<Self, ImportError> {
        let (block, details) = (root.member("block"), root.member("orderBookDetails"));
        match (block.is_present(), details.is_present()) {
            (true, true) => {
                Err(details.wrong("is given beside block.json, which has the same: keep one"))
            }
            (true, false) => Self::of_block(&block, requirement),
            (false, true) => details::listing(&details, requirement),
            (false, false) => Err(root.wrong("has neither orderBookDetails.json nor block.json")),
        }
    }

    fn of_block(block: &Member<'a>, requirement: Option<Requirement>) -> Result<Self, ImportError> {
        let places = block.member("markets").list()?;
        let markets = places.iter().map(|place| Market::read(place, requirement));
        Ok(Self {
            markets: markets.collect::<Result<_, _>>()?,
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
        let requirement = options.requirement.unwrap_or_default();
        one_of(requirement, &REQUIREMENTS)?;
        let Listing { markets, left_out, origin, words, assumed, .. } =
            Listing::read(&root, options.requirement)?;
        if markets.is_empty() {
            return Err(nothing_taken(&root, "market", &left_out));
        }
        let own_rates = options.requirement.is_some();
        let tables = markets.iter().map(|m| (m.rate.public, m.rate));
        let tiers = tables.collect::<BTreeMap<_, _>>().into_values().map(Rate::tiers);
        // Schedules of one registry have one beginning of their names; a requirement that is named says that accounts have
        // fractions of their own.
        let of_registry = match origin {
            Origin::Block => Self::NAME.to_owned(),
            Origin::Api => format!("{}-api", Self::NAME),
        };
        let name = match options.requirement {
            None => of_registry,
            Some(named) => format!("{of_registry}-{}", named.name()),
        };
        let schedule = ScheduleFile {
            format: FileKind::Schedule.format().to_owned(),
            venue: Self::NAME.to_owned(),
            name: options.name.clone().unwrap_or(name),
            source: format!("Market list of {words}, imported. Assumed: {assumed}."),
            numbering: origin.numbering(),
            requirement,
            valuation: ValuationFile::new("USDC", USDC_DECIMALS),
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: true,
            no_requirement_is_healthy: false,
            isolated_books: true,
            settlement_asset_books: false,
            bid_and_ask: false,
            own_rates,
            own_leverage_decimals: None,
            open_orders: false,
            allocation_asset: None,
            menu: menu(requirement),
            rounding: RoundingFile::default(),
            rounding_assumed: None,
            leaves_out: [LEAVES_OUT]
                .into_iter()
                .chain((origin == Origin::Api).then_some(API_LEAVES_OUT))
                .map(str::to_owned)
                .collect(),
            assets: vec![settlement_asset("USDC", USDC_DECIMALS)],
            tiers: tiers.collect(),
            instruments: markets.iter().map(Market::instrument).collect(),
        };
        Ok(ImportedSchedule::new(schedule, assumed, left_out, Caps::None))
    }

    fn snapshot(source: &Value, schedule: &Schedule) -> Result<SnapshotFile, ImportError> {
        let root = Member::root(source);
        let Listing { markets, places, origin, place, words, .. } =
            Listing::read(&root, schedule.file().own_rates.then(|| schedule.requirement()))?;
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
            let rule = |of: &InstrumentFile| {
                (of.multiplier.clone(), of.tiers.clone(), of.elements.clone())
            };
            if rule(&here) != rule(instrument) {
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
