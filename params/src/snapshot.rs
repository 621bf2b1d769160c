//! The checked snapshot: a price for everything the schedule lists, or the word that an instrument has none.

use super::elements::{self, Figures};
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::{Checker, MAX_LISTED_ASSETS, MAX_LISTED_INSTRUMENTS, MAX_NOTE_BYTES};
use super::index;
use super::nearest::did_you_mean;
use super::negative_marks;
use super::read;
use super::schedule::{Instrument, Schedule};
use super::snapshot_file::{AssetPriceFile, InstrumentPriceFile, SnapshotFile};
use super::time::{format_utc, parse_utc};
use super::unit::Unit;
use num_bigint::BigInt;
use zkmargin_model::decimal::Decimal;
use zkmargin_model::digest::{DigestTag, Encoder, ScheduleDigest, SnapshotDigest};
use zkmargin_model::rule::IndexPrices;
use zkmargin_model::shown::quoted;

pub(super) const CHECK: Checker = Checker(FileKind::Snapshot);

/// Prices of an asset, in units of `10^-index_decimals` of the valuation currency per asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetPrice {
    /// Registry id.
    pub id: u32,
    /// Prices that value balances, by sign; the same twice unless the schedule has a bid and an ask.
    pub index: IndexPrices,
    /// Price that converts requirements: the ask where there is one.
    pub requirement_index: BigInt,
    /// Other figures that the schedule names.
    pub figures: Figures,
    /// Place in the file's list.
    pub at: usize,
}

/// Prices of an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentPrice {
    /// Registry id.
    pub id: u32,
    /// Mark price, in the instrument's unit of it.
    pub mark: BigInt,
    /// Funding index, in the instrument's unit of it, when it has one.
    pub funding_index: Option<BigInt>,
    /// Other figures that the schedule names.
    pub figures: Figures,
    /// Place in the file's list.
    pub at: usize,
}

/// A checked snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Digest of its schedule.
    pub schedule_digest: ScheduleDigest,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Number in the venue's series.
    pub sequence: u64,
    /// Asset prices in the order of [`Schedule::assets`].
    pub assets: Vec<AssetPrice>,
    /// Instrument prices by id: of all that [`Schedule::instruments`] lists but those without a price.
    pub instruments: Vec<InstrumentPrice>,
    /// Ids of instruments that are listed without a price, in order: whoever holds one has no proof.
    pub unpriced: Vec<u32>,
    digest: SnapshotDigest,
}

impl SnapshotFile {
    /// Reads a snapshot without its schedule; [`Snapshot::new`] checks it.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong without knowing the schedule.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::Snapshot, bytes)
    }

    /// The digest of the schedule the snapshot names.
    ///
    /// # Errors
    /// [`ErrorCode::BadHex`].
    pub fn schedule_digest(&self) -> Result<ScheduleDigest, FileError> {
        CHECK.hex32(&self.schedule, "/schedule").map(ScheduleDigest::new)
    }
}

impl Snapshot {
    /// Checks a snapshot against its schedule.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn new(schedule: &Schedule, file: &SnapshotFile) -> Result<Self, FileError> {
        if file.format != FileKind::Snapshot.format() {
            let message = format!("write \"{}\"", FileKind::Snapshot.format());
            return Err(CHECK.error(ErrorCode::WrongFormat, "/format", message));
        }
        let schedule_digest = file.schedule_digest()?;
        if schedule_digest != schedule.digest() {
            let message = format!(
                "the prices belong to schedule {schedule_digest}, but the schedule given is {}; use the schedule that the snapshot names",
                schedule.digest()
            );
            return Err(CHECK.error(ErrorCode::WrongSchedule, "/schedule", message));
        }
        let Some(time_ms) = parse_utc(&file.time) else {
            let message =
                "write a UTC time such as \"2024-07-27T06:44:38Z\" or \"2024-07-27T06:44:38.998Z\"";
            return Err(CHECK.error(ErrorCode::BadTime, "/time", message));
        };
        if file.source.as_ref().is_some_and(|s| s.len() > MAX_NOTE_BYTES) {
            let message = format!("longer than {MAX_NOTE_BYTES} bytes");
            return Err(CHECK.error(ErrorCode::BadText, "/source", message));
        }
        let assets = asset_prices(schedule, &file.assets)?;
        let (instruments, unpriced) = instrument_prices(schedule, &file.instruments)?;
        let mut snapshot = Self {
            schedule_digest,
            time_ms,
            sequence: file.sequence,
            assets,
            instruments,
            unpriced,
            digest: [0; 32].into(),
        };
        snapshot.digest = snapshot.make_digest(schedule);
        Ok(snapshot)
    }

    /// Digest of the snapshot, including its schedule's digest.
    pub fn digest(&self) -> SnapshotDigest {
        self.digest
    }

    /// The time as RFC 3339 text.
    pub fn time(&self) -> String {
        format_utc(self.time_ms)
    }

    /// Instruments with a price, each with its terms.
    pub(super) fn priced<'a>(
        &'a self,
        schedule: &'a Schedule,
    ) -> impl Iterator<Item = (&'a InstrumentPrice, &'a Instrument)> {
        let with_terms = |price: &'a InstrumentPrice| {
            schedule.instrument_of_id(price.id).map(|instrument| (price, instrument))
        };
        self.instruments.iter().filter_map(with_terms)
    }

    /// The price of an instrument; `None` if it is not listed, or without a price.
    pub fn instrument(&self, id: u32) -> Option<&InstrumentPrice> {
        self.instruments.get(self.instruments.binary_search_by_key(&id, |price| price.id).ok()?)
    }

    fn make_digest(&self, schedule: &Schedule) -> SnapshotDigest {
        let mut out = Encoder::new();
        out.fixed(self.schedule_digest.bytes()).u64(self.time_ms).u64(self.sequence);
        out.len(self.assets.len());
        for (price, asset) in self.assets.iter().zip(schedule.assets()) {
            out.u32(price.id);
            // The bid and the ask, or the index and the requirement index: the schedule's digest says which.
            for figure in [&price.index.bid, &price.requirement_index] {
                out.decimal(&Decimal::from_scaled(figure, asset.index_decimals));
            }
        }
        // Those that the schedule lists and that are not here have no price.
        out.len(self.instruments.len());
        for (price, instrument) in self.priced(schedule) {
            out.u32(price.id);
            out.decimal(&instrument.price_unit.figure(&price.mark));
            let funding = price.funding_index.as_ref().zip(instrument.funding_unit);
            out.option(funding, |e, (index, unit)| {
                e.decimal(&unit.figure(index));
            });
        }
        let assets = self.assets.iter().map(|a| (a.id, &a.figures));
        let instruments = self.instruments.iter().map(|i| (i.id, &i.figures));
        let lists = [assets.collect::<Vec<_>>(), instruments.collect()];
        // Which figures there are follows from the schedule, whose digest is above.
        if lists.iter().flatten().any(|(_, figures)| !figures.is_empty()) {
            lists.into_iter().for_each(|list| elements::encode_figures(&mut out, list.into_iter()));
        }
        out.digest(DigestTag::Snapshot).into()
    }
}

fn asset_prices(
    schedule: &Schedule,
    file: &[AssetPriceFile],
) -> Result<Vec<AssetPrice>, FileError> {
    CHECK.length(file.len(), MAX_LISTED_ASSETS, "/assets")?;
    let mut prices = Vec::with_capacity(file.len());
    for (at, price) in file.iter().enumerate() {
        let here = format!("/assets/{at}");
        let Some(asset) = schedule.asset(&price.asset) else {
            let message = format!(
                "asset {} is not in the schedule{}",
                quoted(&read::shorten(&price.asset)),
                or_remove(did_you_mean(
                    &price.asset,
                    schedule.assets().iter().map(|listed| listed.symbol.as_str())
                ))
            );
            return Err(CHECK.error(ErrorCode::UnknownAsset, format!("{here}/asset"), message));
        };
        let written = index::Written { schedule, asset, price, here: &here };
        let (index, requirement_index) = written.prices()?;
        let listed = &schedule.file().assets[asset.at].elements;
        let figures = elements::figures(listed, &price.figures, &here)?;
        prices.push(AssetPrice { id: asset.id, index, requirement_index, figures, at });
    }
    prices.sort_by_key(|p| p.id);
    if let Some(pair) = prices.windows(2).find(|p| p[0].id == p[1].id) {
        let here = format!("/assets/{}", pair[1].at);
        let message = "the asset is priced twice; keep one price";
        return Err(CHECK.error(ErrorCode::DuplicateAsset, here, message));
    }
    let missing =
        schedule.assets().iter().find(|a| prices.binary_search_by_key(&a.id, |p| p.id).is_err());
    match missing {
        Some(asset) => Err(missing_price("/assets", "asset", &asset.symbol)),
        None => Ok(prices),
    }
}

/// Prices, and the ids of instruments that have none.
fn instrument_prices(
    schedule: &Schedule,
    file: &[InstrumentPriceFile],
) -> Result<(Vec<InstrumentPrice>, Vec<u32>), FileError> {
    CHECK.length(file.len(), MAX_LISTED_INSTRUMENTS, "/instruments")?;
    let mut prices = Vec::with_capacity(file.len());
    let mut listed = Vec::with_capacity(file.len());
    for (at, price) in file.iter().enumerate() {
        let here = format!("/instruments/{at}");
        let Some(instrument) = schedule.instrument(&price.instrument) else {
            let message = format!(
                "instrument {} is not in the schedule{}",
                quoted(&read::shorten(&price.instrument)),
                or_remove(did_you_mean(
                    &price.instrument,
                    schedule.instruments().iter().map(|listed| listed.symbol.as_str())
                ))
            );
            let place = format!("{here}/instrument");
            return Err(CHECK.error(ErrorCode::UnknownInstrument, place, message));
        };
        listed.push((instrument.id, at));
        let Some(mark) = &price.mark else {
            without_price(price, &here)?;
            continue;
        };
        let mark = negative_marks::mark(instrument, mark, &format!("{here}/mark"))?;
        let place = format!("{here}/funding_index");
        let funding_index =
            funding(CHECK, instrument.funding_unit, price.funding_index.as_ref(), &place)?;
        let elements = &schedule.file().instruments[instrument.at].elements;
        let figures = elements::figures(elements, &price.figures, &here)?;
        prices.push(InstrumentPrice { id: instrument.id, mark, funding_index, figures, at });
    }
    listed.sort_unstable();
    if let Some(pair) = listed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let here = format!("/instruments/{}", pair[1].1);
        let message = "the instrument is priced twice; keep one price";
        return Err(CHECK.error(ErrorCode::DuplicateInstrument, here, message));
    }
    prices.sort_by_key(|p| p.id);
    let is_absent = |id: u32| listed.binary_search_by_key(&id, |(id, _)| *id).is_err();
    if let Some(absent) = schedule.instruments().iter().find(|i| is_absent(i.id)) {
        return Err(missing_price("/instruments", "instrument", &absent.symbol));
    }
    let is_unpriced = |id: &u32| prices.binary_search_by_key(id, |price| price.id).is_err();
    let unpriced = listed.iter().map(|(id, _)| *id).filter(is_unpriced).collect();
    Ok((prices, unpriced))
}

/// An instrument without a price has no other figures either.
fn without_price(price: &InstrumentPriceFile, here: &str) -> Result<(), FileError> {
    let message = "the instrument has no mark, so nothing is computed from it; remove it";
    if price.funding_index.is_some() {
        let place = format!("{here}/funding_index");
        return Err(CHECK.error(ErrorCode::UnexpectedFunding, place, message));
    }
    if !price.figures.is_empty() {
        let place = format!("{here}/figures");
        return Err(CHECK.error(ErrorCode::BadElement, place, message));
    }
    Ok(())
}

/// What to do about a name that the schedule does not list.
fn or_remove(near: String) -> String {
    if near.is_empty() { "; remove it".to_owned() } else { near }
}

fn missing_price(pointer: &str, what: &str, symbol: &str) -> FileError {
    let message = format!(
        "{what} {symbol:?} is not priced; a snapshot must name everything its schedule lists, an instrument without a price with a \"mark\" of null"
    );
    CHECK.error(ErrorCode::MissingPrice, pointer, message)
}

/// A funding index if and only if the instrument has one.
pub(super) fn funding(
    check: Checker,
    unit: Option<Unit>,
    text: Option<&super::DecimalText>,
    pointer: &str,
) -> Result<Option<BigInt>, FileError> {
    match (unit, text) {
        (None, None) => Ok(None),
        (Some(unit), Some(text)) => check.counted(text, unit, pointer).map(Some),
        (Some(_), None) => {
            let message = "the instrument has a funding index; add \"funding_index\"";
            Err(check.error(ErrorCode::MissingFunding, pointer, message))
        }
        (None, Some(_)) => {
            let message = "the instrument has no funding index in the schedule; remove it";
            Err(check.error(ErrorCode::UnexpectedFunding, pointer, message))
        }
    }
}
