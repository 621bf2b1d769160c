//! The checked portfolio snapshot: figures of everything the schedule lists, and nothing else.

use super::columns::of_values;
use super::derive::{Derivation, Deriving, Source};
use super::digest;
use super::figure::nearest;
use super::groups::seconds_between;
use super::lookup::Lookup;
use super::schedule::{PortfolioInstrument, PortfolioSchedule};
use super::snapshot_file::{
    AssetIndexFile, GroupFiguresFile, IndexFile, InstrumentFiguresFile, PortfolioSnapshotFile,
};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::{Checker, MAX_LISTED_ASSETS, MAX_NOTE_BYTES};
use crate::read;
use crate::text::DecimalText;
use crate::time::{format_utc, parse_utc};
use crate::unit::Unit;
use num_bigint::BigInt;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::digest::{ScheduleDigest, SnapshotDigest};
use zkmargin_model::portfolio::loadings::DIGITS;
use zkmargin_model::portfolio::widths::{MAX_GROUPS, MAX_INSTRUMENTS};
use zkmargin_model::shown::quoted;

pub(super) const CHECK: Checker = Checker(FileKind::PortfolioSnapshot);

/// A feed that the venue says how far to trust.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    /// Confidence in units of `10^-18`.
    pub(super) confidence: u128,
    /// JSON pointer of the confidence.
    pub(super) pointer: String,
}

/// Figures of a group.
#[derive(Clone, Debug)]
pub(super) struct GroupFigures {
    pub(super) positive: BigInt,
    pub(super) negative: BigInt,
    /// Factors of group scans.
    pub(super) scans: Vec<BigInt>,
    /// Forward and rate of a year, in units of `10^-18`.
    pub(super) forward: Option<[u128; 2]>,
    /// Seconds to expiry, 0 once it has expired; `None` for what does not expire.
    pub(super) seconds: Option<u64>,
}

/// Figures of an instrument.
#[derive(Clone, Debug)]
pub(super) struct InstrumentFigures {
    /// Value of a size step.
    pub(super) value: BigInt,
    /// Value of a unit of size, as it is written or derived.
    pub(super) unit_value: Decimal,
    /// One loading for each column of the schedule.
    pub(super) loadings: Vec<BigInt>,
    /// Place in the file's list.
    pub(super) at: usize,
}

/// All figures of a snapshot, in the order of the schedule's lists by id, indices in that of the file.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) assets: Vec<BigInt>,
    pub(super) indices: Vec<Decimal>,
    pub(super) groups: Vec<GroupFigures>,
    pub(super) instruments: Vec<InstrumentFigures>,
    pub(super) feeds: Vec<Feed>,
}

/// A checked snapshot.
#[derive(Clone, Debug)]
pub struct PortfolioSnapshot {
    pub(super) schedule_digest: ScheduleDigest,
    pub(super) time_ms: u64,
    pub(super) sequence: u64,
    pub(super) figures: Figures,
    pub(super) digest: SnapshotDigest,
}

impl PortfolioSnapshotFile {
    /// Reads a snapshot without its schedule; [`PortfolioSnapshot::new`] checks it.
    ///
    /// # Errors
    /// [`FileError`] for what is wrong without knowing the schedule.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        read::read(FileKind::PortfolioSnapshot, bytes)
    }
}

impl PortfolioSnapshot {
    /// Checks a snapshot against its schedule, and derives loadings where the schedule says so.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn new(
        schedule: &PortfolioSchedule,
        file: &PortfolioSnapshotFile,
    ) -> Result<Self, FileError> {
        Self::read(schedule, file, Deriving::Done)
    }

    /// Digest of a snapshot, which is checked as by [`Self::new`] but for what derived loadings come to: none is computed.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn name(
        schedule: &PortfolioSchedule,
        file: &PortfolioSnapshotFile,
    ) -> Result<SnapshotDigest, FileError> {
        Self::read(schedule, file, Deriving::Skipped).map(|snapshot| snapshot.digest)
    }

    fn read(
        schedule: &PortfolioSchedule,
        file: &PortfolioSnapshotFile,
        deriving: Deriving,
    ) -> Result<Self, FileError> {
        if file.format != FileKind::PortfolioSnapshot.format() {
            let message = format!("write \"{}\"", FileKind::PortfolioSnapshot.format());
            return Err(CHECK.error(ErrorCode::WrongFormat, "/format", message));
        }
        let schedule_digest = ScheduleDigest::new(CHECK.hex32(&file.schedule, "/schedule")?);
        if schedule_digest != schedule.digest() {
            let message = format!(
                "the figures belong to schedule {schedule_digest}, but the schedule given is {}; use the schedule that the snapshot names",
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
        CHECK.length(file.assets.len(), MAX_LISTED_ASSETS, "/assets")?;
        CHECK.length(file.indices.len(), MAX_LISTED_ASSETS, "/indices")?;
        CHECK.length(file.groups.len(), MAX_GROUPS, "/groups")?;
        CHECK.length(file.instruments.len(), MAX_INSTRUMENTS, "/instruments")?;
        let mut feeds = Vec::new();
        let assets = assets(schedule, &file.assets)?;
        let indices = indices(schedule, &file.indices, &mut feeds)?;
        let groups = groups(schedule, &file.groups, time_ms, &mut feeds)?;
        let instruments = instruments(schedule, &file.instruments, &groups, deriving, &mut feeds)?;
        let digest = digest::snapshot(schedule, file, time_ms)?;
        let figures = Figures { assets, indices, groups, instruments, feeds };
        Ok(Self { schedule_digest, time_ms, sequence: file.sequence, figures, digest })
    }

    /// Digest of its schedule.
    pub fn schedule_digest(&self) -> ScheduleDigest {
        self.schedule_digest
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn time_ms(&self) -> u64 {
        self.time_ms
    }

    /// The time as RFC 3339 text.
    pub fn time(&self) -> String {
        format_utc(self.time_ms)
    }

    /// Number in the venue's series.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Digest of the snapshot, including its schedule's digest.
    pub fn digest(&self) -> SnapshotDigest {
        self.digest
    }
}

/// For each place of the schedule's list, the place of its figures; each at most once.
pub(super) fn placed<'a>(
    lookup: &Lookup,
    count: usize,
    [list, field]: [&str; 2],
    names: impl Iterator<Item = &'a str>,
) -> Result<Vec<Option<usize>>, FileError> {
    let mut places = vec![None; count];
    for (at, name) in names.enumerate() {
        let here = || format!("/{list}/{at}/{field}");
        let place = lookup.find(CHECK, name, here)?;
        if places[place].replace(at).is_some() {
            let message = format!("{} has figures twice; keep one of them", quoted(name));
            return Err(CHECK.error(ErrorCode::DuplicateName, here(), message));
        }
    }
    Ok(places)
}

/// Something that is listed and has no figures.
fn missing(list: &str, name: &str) -> FileError {
    let message =
        format!("{} has no figures; a snapshot has those of everything listed", quoted(name));
    CHECK.error(ErrorCode::MissingPrice, format!("/{list}"), message)
}

fn assets(schedule: &PortfolioSchedule, file: &[AssetIndexFile]) -> Result<Vec<BigInt>, FileError> {
    let listed = &schedule.file.assets;
    let names = file.iter().map(|a| a.asset.as_str());
    let places = placed(&schedule.names.assets, listed.len(), ["assets", "asset"], names)?;
    let decimals = schedule.file.valuation.decimals - schedule.file.digits.product;
    let price = |asset: &super::schedule::PortfolioAsset| {
        let at = places[asset.at].ok_or_else(|| missing("assets", &asset.symbol))?;
        let unit = Unit::of_decimals(decimals);
        CHECK.price(&file[at].index, unit, &format!("/assets/{at}/index"))
    };
    schedule.assets.iter().map(price).collect()
}

/// Takes the confidence of a feed. One that must be there counts as none at all where it is not, so that leaving it out
/// does not make a claim possible.
fn feed(
    feeds: &mut Vec<Feed>,
    confidence: Option<&DecimalText>,
    is_needed: bool,
    here: &str,
) -> Result<(), FileError> {
    let pointer = format!("{here}/confidence");
    if let Some(text) = confidence {
        feeds.push(Feed { confidence: CHECK.share(text, &pointer)?, pointer });
    } else if is_needed {
        let message = "the schedule has a least confidence of feeds; state this one's, 0 to 1";
        return Err(CHECK.error(ErrorCode::MissingConfidence, pointer, message));
    }
    Ok(())
}

/// Whether a requirement has a least confidence of feeds.
fn has_threshold(schedule: &PortfolioSchedule) -> bool {
    schedule.file.requirements.all().any(|(_, of)| of.least_confidence.is_some())
}

fn indices(
    schedule: &PortfolioSchedule,
    file: &[IndexFile],
    feeds: &mut Vec<Feed>,
) -> Result<Vec<Decimal>, FileError> {
    let listed = &schedule.file.indices;
    let names = file.iter().map(|i| i.index.as_str());
    let places = placed(&schedule.names.indices, listed.len(), ["indices", "index"], names)?;
    let mut prices = Vec::with_capacity(listed.len());
    let has_threshold = has_threshold(schedule);
    for (index, (name, place)) in listed.iter().zip(places).enumerate() {
        let at = place.ok_or_else(|| missing("indices", name))?;
        let here = format!("/indices/{at}");
        let price = CHECK.positive_figure(&file[at].price, &format!("{here}/price"))?;
        // A peg's price is no unit's feed: the threshold is not of it.
        let is_needed = has_threshold && schedule.units.iter().any(|u| u.index == Some(index));
        feed(feeds, file[at].confidence.as_ref(), is_needed, &here)?;
        prices.push(Decimal::from_scaled(&price.into(), DIGITS));
    }
    Ok(prices)
}

/// A field that must not be given.
fn absent(text: Option<&DecimalText>, place: String, why: &str) -> Result<(), FileError> {
    match text {
        None => Ok(()),
        Some(_) => Err(CHECK.error(ErrorCode::UnexpectedPrice, place, format!("{why}; remove it"))),
    }
}

fn groups(
    schedule: &PortfolioSchedule,
    file: &[GroupFiguresFile],
    time_ms: u64,
    feeds: &mut Vec<Feed>,
) -> Result<Vec<GroupFigures>, FileError> {
    let names = file.iter().map(|g| g.group.as_str());
    let count = schedule.file.groups.len();
    let places = placed(&schedule.names.groups, count, ["groups", "group"], names)?;
    let digits = schedule.file.digits.group_slope;
    let has_threshold = has_threshold(schedule);
    let mut options = vec![false; schedule.groups.len()];
    for instrument in &schedule.instruments {
        options[instrument.group] |= instrument.strike.is_some();
    }
    let mut figures = Vec::with_capacity(count);
    for (index, group) in schedule.groups.iter().enumerate() {
        let seconds = group.expiry_ms.map(|expiry| seconds_between(time_ms, expiry));
        let none = GroupFiguresFile {
            group: group.name.clone(),
            forward: None,
            rate: None,
            positive: None,
            negative: None,
            confidence: None,
        };
        let (of, here) = match places[group.at] {
            Some(at) => (&file[at], format!("/groups/{at}")),
            None => (&none, "/groups".to_owned()),
        };
        let class = &schedule.file.classes[group.class];
        let declared = class.slopes(digits, &format!("/classes/{}", group.class))?;
        let [positive, negative] = match declared {
            Some(slopes) => {
                for (field, text) in [("positive", &of.positive), ("negative", &of.negative)] {
                    let why = "the class of the group has the slopes";
                    absent(text.as_ref(), format!("{here}/{field}"), why)?;
                }
                slopes
            }
            None => {
                let slope = |field: &str, text: &Option<DecimalText>| {
                    let place = format!("{here}/{field}");
                    let text = text.as_ref().ok_or_else(|| {
                        let message = format!("group {} needs both slopes", quoted(&group.name));
                        CHECK.error(ErrorCode::MissingPrice, place.clone(), message)
                    })?;
                    CHECK.scaled(text, digits, &place)
                };
                [slope("positive", &of.positive)?, slope("negative", &of.negative)?]
            }
        };
        let forward = match (&of.forward, &of.rate) {
            (Some(forward), Some(rate)) if schedule.file.derived.is_some() => Some([
                CHECK.positive_figure(forward, &format!("{here}/forward"))?,
                CHECK.figure(rate, &format!("{here}/rate"))?,
            ]),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) if schedule.file.derived.is_some() => {
                let message = "a forward and a rate come together";
                return Err(CHECK.error(ErrorCode::MissingPrice, here, message));
            }
            _ => {
                let message = "nothing is derived under this schedule; remove forward and rate";
                return Err(CHECK.error(ErrorCode::UnexpectedPrice, here, message));
            }
        };
        // Forward, rate and volatilities come from feeds, also where what is made of them is published.
        let has_feeds = forward.is_some() || (options[index] && seconds != Some(0));
        feed(feeds, of.confidence.as_ref(), has_threshold && has_feeds, &here)?;
        let scans = schedule.scan_factors(index, seconds.unwrap_or_default())?;
        figures.push(GroupFigures { positive, negative, scans, forward, seconds });
    }
    Ok(figures)
}

fn instruments(
    schedule: &PortfolioSchedule,
    file: &[InstrumentFiguresFile],
    groups: &[GroupFigures],
    deriving: Deriving,
    feeds: &mut Vec<Feed>,
) -> Result<Vec<InstrumentFigures>, FileError> {
    let names = file.iter().map(|i| i.instrument.as_str());
    let count = schedule.file.instruments.len();
    let lookup = &schedule.names.instruments;
    let places = placed(lookup, count, ["instruments", "instrument"], names)?;
    let derivation = Derivation::new(schedule)?;
    let of_values = of_values(&schedule.file, &schedule.plans);
    let has_threshold = has_threshold(schedule);
    let mut figures = Vec::with_capacity(count);
    for i in &schedule.instruments {
        let at = places[i.at].ok_or_else(|| missing("instruments", &i.symbol))?;
        let (of, group) = (&file[at], &groups[i.group]);
        let here = format!("/instruments/{at}");
        if i.feed {
            // What has expired has a settlement value and needs no feed.
            let is_needed = has_threshold && group.seconds != Some(0);
            feed(feeds, of.confidence.as_ref(), is_needed, &here)?;
        } else {
            let why = "the schedule says of no feed of this instrument's own";
            absent(of.confidence.as_ref(), format!("{here}/confidence"), why)?;
        }
        let made = if group.seconds == Some(0) {
            settled(schedule, i, of, &of_values, &here)?
        } else if let Some(derivation) = &derivation {
            let source = Source { schedule, instrument: i, file: of, group, here: &here };
            derivation.figures(&source, deriving)?
        } else {
            published(schedule, i, of, &here)?
        };
        let (unit_value, value, loadings) = made;
        figures.push(InstrumentFigures { value, unit_value, loadings, at });
    }
    Ok(figures)
}

/// Value of a unit of size, of a size step, and loadings.
pub(super) type Made = (Decimal, BigInt, Vec<BigInt>);

/// An instrument that has expired: its settlement value is its value, and its loading in columns of values. It loses nothing.
fn settled(
    schedule: &PortfolioSchedule,
    i: &PortfolioInstrument,
    of: &InstrumentFiguresFile,
    of_values: &[bool],
    here: &str,
) -> Result<Made, FileError> {
    let Some(settlement) = &of.settlement else {
        let group = &schedule.groups[i.group];
        let expiry = group.expiry_ms.map(format_utc).unwrap_or_default();
        let message = format!(
            "{} expired at {expiry}; give its \"settlement\" value, or leave its group out of the schedule",
            quoted(&i.symbol)
        );
        return Err(CHECK.error(ErrorCode::ExpiredInstrument, here, message));
    };
    let why = "the instrument has expired and has a settlement value";
    absent(of.value.as_ref(), format!("{here}/value"), why)?;
    absent(of.volatility.as_ref(), format!("{here}/volatility"), why)?;
    if of.loadings.is_some() {
        let place = format!("{here}/loadings");
        return Err(CHECK.error(ErrorCode::UnexpectedPrice, place, format!("{why}; remove them")));
    }
    let place = format!("{here}/settlement");
    let unit_value = CHECK.decimal(settlement, &place)?;
    let value = CHECK.scaled(settlement, i.value_decimals, &place)?;
    let loading = |of_values: &bool| if *of_values { value.clone() } else { BigInt::ZERO };
    let loadings = of_values.iter().map(loading).collect();
    Ok((unit_value, value, loadings))
}

/// An instrument with a published array.
fn published(
    schedule: &PortfolioSchedule,
    i: &PortfolioInstrument,
    of: &InstrumentFiguresFile,
    here: &str,
) -> Result<Made, FileError> {
    let why = "loadings are published under this schedule";
    absent(of.volatility.as_ref(), format!("{here}/volatility"), why)?;
    absent(of.settlement.as_ref(), format!("{here}/settlement"), "it has not expired")?;
    let (Some(value), Some(written)) = (&of.value, &of.loadings) else {
        let message = "a published instrument has a \"value\" and \"loadings\"";
        return Err(CHECK.error(ErrorCode::MissingPrice, here, message));
    };
    let (count, needed) = (written.len(), schedule.file.columns.len());
    if count != needed {
        let message =
            format!("{count} loadings; the schedule has {needed} columns, and each needs one");
        return Err(CHECK.error(ErrorCode::LoadingsLength, format!("{here}/loadings"), message));
    }
    let place = format!("{here}/value");
    let unit_value = CHECK.signed_figure(value, &place)?;
    let unit_value = Decimal::from_scaled(&unit_value.into(), DIGITS);
    let value = nearest(&unit_value, i.value_decimals);
    let mut loadings = Vec::with_capacity(needed);
    for (column, loading) in written.iter().enumerate() {
        let place = || format!("{here}/loadings/{column}");
        loadings.push(CHECK.scaled(loading, i.value_decimals, &place())?);
    }
    Ok((unit_value, value, loadings))
}

/// The figures that need the least width: all zero, and one unit of each price.
pub(super) fn least(schedule: &PortfolioSchedule) -> Figures {
    let of_group = |_: &super::schedule::PortfolioGroup| GroupFigures {
        positive: BigInt::ZERO,
        negative: BigInt::ZERO,
        scans: vec![BigInt::ZERO; schedule.file.scans.len()],
        forward: None,
        seconds: None,
    };
    let of_instrument = |i: &PortfolioInstrument| InstrumentFigures {
        value: BigInt::ZERO,
        unit_value: Decimal::from_scaled(&BigInt::ZERO, 0),
        loadings: vec![BigInt::ZERO; schedule.file.columns.len()],
        at: i.at,
    };
    Figures {
        assets: vec![power_of_ten(0); schedule.assets.len()],
        indices: vec![Decimal::from_scaled(&power_of_ten(0), 0); schedule.file.indices.len()],
        groups: schedule.groups.iter().map(of_group).collect(),
        instruments: schedule.instruments.iter().map(of_instrument).collect(),
        feeds: Vec::new(),
    }
}
