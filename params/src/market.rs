//! From a schedule and a snapshot to the integer market of the rule.

use super::elements::{self, Replaced, Sides};
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::rows::{self, RowUnits};
use super::schedule::{Asset, Instrument, Schedule};
use super::schedule_file::{KindFile, RoundToFile};
use super::snapshot::{AssetPrice, InstrumentPrice, Snapshot};
use super::snapshot_file::SnapshotFile;
use super::steps;
use super::unit::Unit;
use num_bigint::BigInt;
use num_traits::{One, Signed};
use std::sync::OnceLock;
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::digest::{
    DigestTag, Encoder, MarketDigest, RegistryDigest, ScheduleDigest, SnapshotDigest,
};
use zkmargin_model::rule::{
    AssetTerms, Books, IndexPrices, InstrumentTerms, LinearStep, Market, MarketError, MarketTerms,
    SettleGroup, Variable,
};
use zkmargin_model::widths::BRACKET_BITS;

/// The integer market of some of a schedule's books.
#[derive(Clone, Debug)]
pub struct BooksMarket {
    market: Market,
    digest: MarketDigest,
}

impl BooksMarket {
    /// The books that claims at this market speak about.
    pub fn books(&self) -> Books {
        self.market.books()
    }

    /// The integer market.
    pub fn market(&self) -> &Market {
        &self.market
    }

    /// The identity of its keys, of one profile: that of schedule and snapshot, with the settlement asset whose book it
    /// is.
    pub fn digest(&self) -> MarketDigest {
        self.digest
    }
}

/// A schedule at a snapshot, with the integer markets they make up and all digests.
#[derive(Clone, Debug)]
pub struct CompiledMarket {
    // Private, so that a market and its digests cannot be taken apart.
    schedule: Schedule,
    snapshot: Snapshot,
    digest: MarketDigest,
    // One for each selection of books that the schedule knows, never empty: the one that leaves out least is first.
    books: Vec<BooksMarket>,
    // Those of claims that name an isolated position, made for the first of them.
    naming: OnceLock<Vec<BooksMarket>>,
}

impl CompiledMarket {
    /// The schedule.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The snapshot.
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// The integer market of the books that a statement is about unless it says otherwise: all of them. Where each
    /// settlement asset has a book, those of the first one.
    pub fn market(&self) -> &Market {
        &self.books[0].market
    }

    /// The markets of all selections of books that statements can be about without naming a position, the one of
    /// [`CompiledMarket::market`] first.
    pub fn selections(&self) -> &[BooksMarket] {
        &self.books
    }

    /// The market of some books, the same for all positions that a claim can name; `None` if the schedule has no such
    /// books, or does not list the instrument of the position.
    pub fn of_books(&self, books: Books) -> Option<&BooksMarket> {
        let markets = match books.position {
            None => &self.books,
            Some(name) => {
                self.schedule.instrument_of_id(name.instrument.get().into())?;
                self.naming.get_or_init(|| self.naming())
            }
        };
        markets.iter().find(|market| market.books() == books.of_any_position())
    }

    /// The markets of claims that name an isolated position.
    fn naming(&self) -> Vec<BooksMarket> {
        let (schedule, snapshot) = (&self.schedule, &self.snapshot);
        // The same as when the market was compiled, so it is made again.
        build(schedule, &snapshot.assets, &snapshot.instruments, FileKind::Snapshot)
            .map(|market| of_books(schedule.naming_selections(), &market, self.digest))
            .unwrap_or_default()
    }

    /// The terms of a listed instrument at another mark, in its unit, all else as in the snapshot; `None` if it is not
    /// listed. [`Market::admits`] says whether a snapshot can have this mark.
    pub fn instrument_at(&self, id: u32, mark: &BigInt) -> Option<InstrumentTerms> {
        let instrument = self.schedule.instrument_of_id(id)?;
        let price = self.snapshot.instrument(id)?;
        let price = InstrumentPrice { mark: mark.clone(), ..price.clone() };
        instrument_terms(&self.schedule, &self.market().terms().groups, instrument, &price).ok()
    }

    /// The terms of a listed asset at other index prices, in its unit; `None` if it is not listed, or a row of its
    /// collateral function is not of any balance at them.
    pub fn asset_at(&self, id: u32, index: &IndexPrices) -> Option<AssetTerms> {
        let listed = self.schedule.assets();
        let at = listed.binary_search_by_key(&id, |a| a.id).ok()?;
        let price = self.snapshot.assets.get(at)?;
        let price = AssetPrice { index: index.clone(), ..price.clone() };
        asset_terms(&self.schedule, listed.get(at)?, &price).ok()
    }

    /// Digest of the schedule.
    pub fn schedule_digest(&self) -> ScheduleDigest {
        self.schedule.digest()
    }

    /// Digest of the snapshot.
    pub fn snapshot_digest(&self) -> SnapshotDigest {
        self.snapshot.digest()
    }

    /// Digest of the numbering and units that an account relies on.
    pub fn registry_digest(&self) -> RegistryDigest {
        self.schedule.registry_digest()
    }

    /// Digest of schedule and snapshot: the identity of the market.
    pub fn digest(&self) -> MarketDigest {
        self.digest
    }
}

/// Builds the integer market of a schedule at a snapshot.
///
/// # Errors
/// [`FileError`] in either file.
pub fn compile(schedule: &Schedule, file: &SnapshotFile) -> Result<CompiledMarket, FileError> {
    let snapshot = Snapshot::new(schedule, file)?;
    let market = build(schedule, &snapshot.assets, &snapshot.instruments, FileKind::Snapshot)?;
    let digest = market_digest(&schedule.digest(), &snapshot.digest());
    let books = of_books(schedule.selections(), &market, digest);
    if books.is_empty() {
        // Checked with the schedule; kept as an error so that nothing here can panic.
        let message = "no position settles in any asset";
        return Err(FileError::new(
            ErrorCode::UnknownAsset,
            FileKind::Schedule,
            "/assets",
            message,
        ));
    }
    let naming = OnceLock::new();
    Ok(CompiledMarket { schedule: schedule.clone(), snapshot, digest, books, naming })
}

/// The markets of selections of books, from that of all.
fn of_books(selections: Vec<Books>, market: &Market, digest: MarketDigest) -> Vec<BooksMarket> {
    let markets = selections.into_iter().filter_map(|books| {
        let digest = match books.settlement_asset {
            None => digest,
            Some(asset) => {
                let mut out = Encoder::new();
                out.fixed(digest.bytes()).u32(asset.get().into());
                out.digest(DigestTag::Book).into()
            }
        };
        Some(BooksMarket { market: market.of_books(books)?, digest })
    });
    markets.collect()
}

/// Digest of a market from the digests of its schedule and snapshot.
pub fn market_digest(schedule: &ScheduleDigest, snapshot: &SnapshotDigest) -> MarketDigest {
    Encoder::new().fixed(schedule.bytes()).fixed(snapshot.bytes()).digest(DigestTag::Market).into()
}

/// Checks the schedule's market at the prices that need the least width: one unit each, and for an inverse instrument,
/// which divides by its price, a price beyond any real one. Figures that elements name are one.
pub(super) fn at_least_widths(schedule: &Schedule) -> Result<(), FileError> {
    let assets: Vec<_> = schedule
        .assets()
        .iter()
        .map(|a| AssetPrice {
            id: a.id,
            index: BigInt::one().into(),
            requirement_index: BigInt::one(),
            figures: elements::made_up(&schedule.file().assets[a.at].elements),
            at: a.at,
        })
        .collect();
    let instruments: Vec<_> = schedule
        .instruments()
        .iter()
        .map(|i| InstrumentPrice {
            id: i.id,
            mark: match i.kind {
                KindFile::Linear => BigInt::one(),
                KindFile::Inverse => BigInt::one() << BRACKET_BITS,
            },
            funding_index: i.funding_unit.map(|_| BigInt::ZERO),
            figures: elements::made_up(&schedule.file().instruments[i.at].elements),
            at: i.at,
        })
        .collect();
    build(schedule, &assets, &instruments, FileKind::Schedule).map(|_| ())
}

/// Width of an open end of a collateral function that is rounded: a balance has 98 bits, and this leaves room for the
/// profit and loss that joins it.
const OPEN_ROUNDED_BITS: u32 = 104;

/// Prices are in the order of the schedule's lists; an instrument without one is not in the market. Widths are reported in the file `blame`.
fn build(
    schedule: &Schedule,
    asset_prices: &[AssetPrice],
    instrument_prices: &[InstrumentPrice],
    blame: FileKind,
) -> Result<Market, FileError> {
    let mut assets = Vec::with_capacity(asset_prices.len());
    let mut groups = Vec::new();
    for (asset, price) in schedule.assets().iter().zip(asset_prices) {
        assets.push(asset_terms(schedule, asset, price)?);
        if asset.settles {
            groups.push(SettleGroup {
                asset: asset.id,
                requirement_index: price.requirement_index.clone(),
            });
        }
    }
    let mut instruments = Vec::with_capacity(instrument_prices.len());
    for price in instrument_prices {
        if let Some(instrument) = schedule.instrument_of_id(price.id) {
            instruments.push(instrument_terms(schedule, &groups, instrument, price)?);
        }
    }
    let terms = MarketTerms {
        assets,
        groups,
        tiers: schedule.tables().iter().map(|t| t.brackets.clone()).collect(),
        instruments,
        equality_is_healthy: schedule.file().equality_is_healthy,
        no_requirement_is_healthy: schedule.file().no_requirement_is_healthy,
        conversion_rounding: margin_rounding(schedule, schedule.file().rounding.conversion),
        isolated_unit: schedule
            .file()
            .isolated_books
            .then(|| power_of_ten(schedule.extra_decimals())),
        own_parameters: schedule.has_own_parameters(),
        allocation_asset: schedule.allocation_asset().map(|asset| asset.id),
    };
    Market::new(terms)
        .map_err(|e| width_error(schedule, asset_prices, instrument_prices, blame, &e))
}

fn instrument_terms(
    schedule: &Schedule,
    groups: &[SettleGroup],
    instrument: &Instrument,
    price: &InstrumentPrice,
) -> Result<InstrumentTerms, FileError> {
    let group = groups.iter().position(|g| g.asset == instrument.settle);
    let sides = elements::instrument(schedule, instrument, price, |replaced| {
        plain_sides(schedule, instrument, price, replaced)
    })?;
    let (Some(group), Some((sides, elements)), Some(funding)) =
        (group, sides, funding(instrument, price))
    else {
        // Checked with the schedule; kept as an error so that nothing here can panic.
        let here = format!("/instruments/{}", instrument.at);
        let message = "its units do not compose";
        return Err(FileError::new(ErrorCode::UnitTooCoarse, FileKind::Schedule, here, message));
    };
    Ok(InstrumentTerms {
        id: instrument.id,
        group,
        value: sides.value,
        funding,
        pnl_rounding: instrument.pnl_rounding.clone(),
        requirement: sides.requirement,
        tiers: instrument.table,
        requirement_rounding: instrument.requirement_rounding.clone(),
        elements,
    })
}

/// The declared rounding of an amount in the margin unit; `None` where it keeps all digits.
fn margin_rounding(schedule: &Schedule, to: Option<RoundToFile>) -> Option<LinearStep> {
    let unit = schedule.margin_amount_unit();
    let step = steps::product(&BigInt::one(), unit, Some(to?), unit)?;
    step.exact_num().is_none().then_some(step)
}

fn asset_terms(
    schedule: &Schedule,
    asset: &Asset,
    price: &AssetPrice,
) -> Result<AssetTerms, FileError> {
    let file = schedule.file();
    let written = &file.assets[asset.at].collateral;
    let elements = elements::asset(schedule, asset, price)?;
    // Where steps make the value of an amount, the price is in the first of them.
    let one = || BigInt::one().into();
    let index = if elements.value.is_empty() { price.index.clone() } else { one() };
    // Open ends hold every balance that the rule admits; of rounded values, those whose quotients are in width.
    let rounds = file.rounding.collateral.is_some();
    let bound = BigInt::one() << if rounds { OPEN_ROUNDED_BITS } else { BRACKET_BITS };
    let (x, debts, deposits) = match written.variable.to_rule() {
        Variable::Value => (schedule.value_unit(), &bound * &index.ask, &bound * &index.bid),
        Variable::Quantity => (asset.amount_unit, bound.clone(), bound),
    };
    let units = RowUnits {
        x,
        rate_decimals: schedule.extra_decimals(),
        largest_rate: None,
        open_low: Some(-debts),
        open_high: deposits,
    };
    let check = Checker(FileKind::Schedule);
    let here = format!("/assets/{}/collateral", asset.at);
    Ok(AssetTerms {
        id: asset.id,
        index,
        collateral: rows::tile(check, &here, written.variable, &written.rows, &units)?,
        rounding: margin_rounding(schedule, file.rounding.collateral),
        elements,
    })
}

/// Steps of a position on either side, without those that elements replace.
fn plain_sides(
    schedule: &Schedule,
    instrument: &Instrument,
    price: &InstrumentPrice,
    replaced: Replaced,
) -> Option<Sides> {
    // Stands for a step that is not looked at.
    let none = || LinearStep::exact(BigInt::one());
    let value = match replaced.value {
        true => none(),
        false => value_step(schedule, instrument, price)?,
    };
    let requirement = match replaced.notional {
        true => none(),
        false => requirement_step(schedule, instrument, price)?,
    };
    Some(Sides { value, requirement })
}

fn value_step(
    schedule: &Schedule,
    instrument: &Instrument,
    price: &InstrumentPrice,
) -> Option<LinearStep> {
    let round = schedule.file().rounding.value;
    let i = instrument;
    match i.kind {
        KindFile::Linear => {
            let (value, unit) = steps::unit_value(i, &price.mark);
            steps::product(&value, unit, round, i.entry_unit)
        }
        KindFile::Inverse => steps::quotient(
            &-i.multiplier.coefficient(),
            i.size_decimals + i.multiplier.scale(),
            &price.mark,
            i.price_unit,
            round?,
            i.entry_unit,
        ),
    }
}

/// Accrued funding per size step in units of an entry value; zero for an instrument without funding.
fn funding(instrument: &Instrument, price: &InstrumentPrice) -> Option<BigInt> {
    let Some((index, unit)) = price.funding_index.as_ref().zip(instrument.funding_unit) else {
        return Some(BigInt::ZERO);
    };
    let finer = instrument.settle_decimals.checked_sub(instrument.size_decimals + unit.decimals)?;
    Some(index * power_of_ten(finer))
}

fn requirement_step(
    schedule: &Schedule,
    instrument: &Instrument,
    price: &InstrumentPrice,
) -> Option<LinearStep> {
    let round = schedule.file().rounding.notional;
    let i = instrument;
    let out = i.notional_unit;
    let extra = out.decimals.checked_sub(i.settle_decimals)?;
    match i.kind {
        KindFile::Linear => {
            let (value, Unit { decimals, bits }) = steps::unit_value(i, &price.mark);
            steps::product(&value.abs(), Unit { decimals: decimals + extra, bits }, round, out)
        }
        KindFile::Inverse => steps::quotient(
            i.multiplier.coefficient(),
            i.size_decimals + i.multiplier.scale() + extra,
            &price.mark,
            i.price_unit,
            round?,
            out,
        ),
    }
}

/// Maps a refusal of the integer market to a place in the files.
fn width_error(
    schedule: &Schedule,
    asset_prices: &[AssetPrice],
    instrument_prices: &[InstrumentPrice],
    blame: FileKind,
    error: &MarketError,
) -> FileError {
    let asset = |id: u32| {
        let at = asset_prices.iter().position(|a| a.id == id).unwrap_or(0);
        (schedule.assets().get(at), asset_prices.get(at).map_or(0, |p| p.at))
    };
    let instrument = |id: u32| {
        let at = instrument_prices.iter().find(|price| price.id == id).map_or(0, |price| price.at);
        (schedule.instrument_of_id(id), at)
    };
    // A schedule whose elements fit at figures of one does not fit at a snapshot's.
    let elements_of = |list: &str, id: u32| {
        let (in_schedule, in_snapshot) = match list {
            "asset" => (asset(id).0.map(|a| a.at), asset(id).1),
            _ => (instrument(id).0.map(|i| i.at), instrument(id).1),
        };
        match blame {
            FileKind::Snapshot => format!("/{list}s/{in_snapshot}"),
            _ => format!("/{list}s/{}/elements", in_schedule.unwrap_or(0)),
        }
    };
    let table_at = |table: usize| schedule.tables().get(table).map_or(0, |t| t.at);
    let (code, file, pointer) = match error {
        MarketError::NegativeRequirement { table, row } => (
            ErrorCode::NegativeRequirement,
            FileKind::Schedule,
            format!("/tiers/{}/rows/{row}", table_at(*table)),
        ),
        MarketError::IsolatedUnit => {
            (ErrorCode::Width, FileKind::Schedule, "/rate_decimals".to_owned())
        }
        MarketError::Allocation => {
            (ErrorCode::BadElement, FileKind::Schedule, "/allocation_asset".to_owned())
        }
        MarketError::CollateralAtZero { id } => {
            let at = asset(*id).0.map_or(0, |a| a.at);
            let here = format!("/assets/{at}/collateral/rows");
            (ErrorCode::CollateralAtZero, FileKind::Schedule, here)
        }
        MarketError::Price { list: "asset", id, .. } => {
            (ErrorCode::Width, blame, format!("/assets/{}", asset(*id).1))
        }
        MarketError::Price { id, .. } => {
            (ErrorCode::Width, blame, format!("/instruments/{}", instrument(*id).1))
        }
        MarketError::RowWidth { list: "collateral", id, row, what, .. } => {
            let at = asset(*id).0.map_or(0, |a| a.at);
            let list = format!("/assets/{at}/collateral/rows");
            // Values are checked by balance, where there may be fewer rows than declared.
            let here = if *what == "value" { list } else { format!("{list}/{row}") };
            (ErrorCode::Width, FileKind::Schedule, here)
        }
        MarketError::RowWidth { id, row, what: "requirement", .. } => {
            let table = instrument(*id).0.map_or(0, |i| i.table);
            let here = format!("/tiers/{}/rows/{row}", table_at(table));
            (ErrorCode::Width, FileKind::Schedule, here)
        }
        MarketError::RowWidth { id, row, .. } => {
            let table = usize::try_from(*id).unwrap_or(usize::MAX);
            let here = format!("/tiers/{}/rows/{row}", table_at(table));
            (ErrorCode::Width, FileKind::Schedule, here)
        }
        MarketError::Element { list, id, .. } => {
            (ErrorCode::BadElement, blame, elements_of(list, *id))
        }
        MarketError::ElementWidth { list, id, .. } => {
            (ErrorCode::Width, blame, elements_of(list, *id))
        }
        MarketError::Family { id } => {
            let at = instrument(*id).0.map_or(0, |i| i.at);
            let here = format!("/instruments/{at}/elements/family");
            (ErrorCode::SplitFamily, FileKind::Schedule, here)
        }
        MarketError::Ids { .. } => (ErrorCode::BadId, FileKind::Schedule, String::new()),
        MarketError::SettleGroup { .. } => {
            (ErrorCode::TooManySettleAssets, FileKind::Schedule, "/assets".to_owned())
        }
        MarketError::Reference { id, .. } => {
            let at = instrument(*id).0.map_or(0, |i| i.at);
            (ErrorCode::UnknownTiers, FileKind::Schedule, format!("/instruments/{at}"))
        }
    };
    FileError::new(code, file, pointer, error.to_string())
}
