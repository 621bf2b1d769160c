//! What ids mean in two schedules of one rule: refused where they differ, and continued where one follows on the other.
//!
//! The registry digest covers the rule and not what is listed, so that a listing, a delisting and an expiry leave commitments
//! and ledgers as they are. What an id means stands in the schedules; whoever has two of one registry compares them here.

use super::schedule::{PortfolioSchedule, PortfolioTerms};
use super::schedule_file::{
    ContractFile, PortfolioNumberingFile, PortfolioScheduleFile, SeriesFile,
};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::numbering::{Changes, Meanings, TwoMeanings, Words, append, compare, identity, symbol};
use crate::time::format_utc;
use std::collections::BTreeMap;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::portfolio::ContractId;
use zkmargin_model::portfolio::loadings::DIGITS;
use zkmargin_model::portfolio::widths::SERIES_BITS;
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);

/// The highest number that was ever given in each list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LastNumbers {
    asset: u32,
    unit: u32,
    market: u32,
    number: u32,
}

/// The highest number of a list, as declared or listed.
fn last(
    declared: Option<u32>,
    numbers: impl Iterator<Item = Option<u32>>,
    [list, field]: [&str; 2],
) -> Result<u32, FileError> {
    let numbered = numbers.enumerate().filter_map(|(at, number)| Some((number?, at)));
    let (highest, at) = numbered.max().unwrap_or_default();
    match declared {
        Some(last) if last < highest => {
            let message = format!("{highest} is above {last}, the highest that was ever given");
            let here = format!("/{list}/{at}/{field}");
            Err(CHECK.error(ErrorCode::BeyondNumbering, here, message))
        }
        declared => Ok(declared.unwrap_or(highest)),
    }
}

impl LastNumbers {
    /// The numbers of a schedule.
    ///
    /// # Errors
    /// [`ErrorCode::BeyondNumbering`] for a number above the highest declared one.
    pub(super) fn of(file: &PortfolioScheduleFile) -> Result<Self, FileError> {
        let declared = file.numbering.clone().unwrap_or_default();
        let (assets, units) = (file.assets.iter(), file.units.iter());
        let (groups, instruments) = (file.groups.iter(), file.instruments.iter());
        Ok(Self {
            asset: last(declared.last_asset, assets.map(|a| Some(a.id)), ["assets", "id"])?,
            unit: last(declared.last_unit, units.map(|u| Some(u.id)), ["units", "id"])?,
            market: last(declared.last_market, groups.map(|g| g.market), ["groups", "market"])?,
            number: last(
                declared.last_number,
                instruments.map(|i| i.number),
                ["instruments", "number"],
            )?,
        })
    }
}

fn kind(kind: ContractFile) -> &'static str {
    match kind {
        ContractFile::Call => "call",
        ContractFile::Put => "put",
        ContractFile::Linear => "linear",
        ContractFile::Fixed => "fixed",
    }
}

/// What a size of a contract is of.
fn terms(terms: PortfolioTerms) -> Words {
    let PortfolioTerms { settle, size_decimals, multiplier, contract_version } = terms;
    let mut words = vec![
        ("settlement asset", settle.to_string()),
        ("size decimals", size_decimals.to_string()),
        ("multiplier", format_scaled(&multiplier.into(), DIGITS)),
    ];
    words.extend(contract_version.map(|version| ("contract version", version.to_string())));
    words
}

/// What a meaning of terms is of, each of one number of the series.
const OPTIONS: &str = "series of options of unit";
const FUTURES: &str = "series of futures of unit";
/// Series of a unit.
const SERIES: usize = 1 << SERIES_BITS;

/// Terms of units by what they are of and the number of the series. A place is [`SERIES`] times that of the unit, plus that of
/// the series in its list.
type Series = BTreeMap<(&'static str, u32), Meanings>;

/// What ids of each list mean, by list: assets, units and their series, markets by their numbers, and contracts.
struct Listed {
    assets: Meanings,
    units: Meanings,
    series: Series,
    markets: Meanings,
    contracts: Meanings,
}

impl Listed {
    fn of(schedule: &PortfolioSchedule) -> Self {
        let file = &schedule.file;
        let named = |name: &str| ("symbol", quoted(name).to_string());
        let assets = schedule.assets.iter();
        let assets = assets.map(|a| {
            let written = &file.assets[a.at];
            let mut words = vec![named(&a.symbol)];
            words.extend(identity(&written.chain, &written.contract, written.contract_version));
            (a.id.into(), (a.at, words))
        });
        let mut series = Series::new();
        for unit in &schedule.units {
            for of in &unit.series {
                let at = unit.at * SERIES + of.at;
                for (what, of_series) in [(OPTIONS, of.options), (FUTURES, of.futures)] {
                    let Some(of_series) = of_series else { continue };
                    let mut symbol = quoted(&unit.name).to_string();
                    if of.number > 0 {
                        symbol.push_str(&format!(", series {}", of.number));
                    }
                    let mut words = vec![("symbol", symbol)];
                    words.extend(terms(of_series));
                    let meanings = series.entry((what, of.number)).or_default();
                    meanings.insert(unit.id.into(), (at, words));
                }
            }
        }
        let units = schedule.units.iter().map(|u| {
            let step = u.strike_step.map(|step| format_scaled(&step.into(), DIGITS));
            let mut words = vec![named(&u.name)];
            words.extend(step.map(|step| ("strike step", step)));
            (u.id.into(), (u.at, words))
        });
        let markets = schedule.groups.iter().filter_map(|g| {
            let number = file.groups[g.at].market?;
            let unit = quoted(&schedule.units[g.unit].name).to_string();
            Some((number.into(), (g.at, vec![named(&g.name), ("unit", unit)])))
        });
        let contracts = schedule.instruments.iter().map(|i| {
            let mut words = vec![named(&i.symbol), ("kind", kind(i.kind).to_owned())];
            words.extend(terms(i.terms()));
            // An id has the day alone.
            words.extend(schedule.groups[i.group].expiry_ms.map(|ms| ("expiry", format_utc(ms))));
            (i.contract.number(), (i.at, words))
        });
        Self {
            assets: assets.collect(),
            units: units.collect(),
            series,
            markets: markets.collect(),
            contracts: contracts.collect(),
        }
    }

    fn agrees(&self, other: &Self) -> Result<(), TwoMeanings> {
        compare("asset", &self.assets, &other.assets)?;
        compare("unit", &self.units, &other.units)?;
        for (of, series) in &self.series {
            if let Some(others) = other.series.get(of) {
                compare(of.0, series, others)?;
            }
        }
        compare("market", &self.markets, &other.markets)?;
        compare("contract", &self.contracts, &other.contracts)
    }
}

/// Where an id stands in the file.
fn place(what: &str, at: usize) -> String {
    match what {
        "asset" => format!("/assets/{at}/id"),
        "unit" => format!("/units/{at}/id"),
        OPTIONS => format!("/units/{}/series/{}/options", at / SERIES, at % SERIES),
        FUTURES => format!("/units/{}/series/{}/futures", at / SERIES, at % SERIES),
        "market" => format!("/groups/{at}/market"),
        _ => format!("/instruments/{at}"),
    }
}

fn given_before(what: &str, number: u32, given: u32, here: String) -> FileError {
    let message = format!(
        "{what} {number} is not in the earlier schedule, but numbers up to {given} were given before it; give it the next free one"
    );
    CHECK.error(ErrorCode::ReusedId, here, message)
}

/// A position under the old id would be one of nothing.
fn moved(what: &str, words: &Words, old: u64, here: String) -> FileError {
    let name = symbol(words).unwrap_or_default();
    let message = format!(
        "{name} is {what} {old} in the earlier schedule, and means the same here; keep its number"
    );
    CHECK.error(ErrorCode::ReusedId, here, message)
}

impl PortfolioSchedule {
    /// Checks that no id of both means two things. Schedules of two registries have nothing to compare.
    ///
    /// # Errors
    /// The first [`TwoMeanings`].
    pub fn agrees_on_ids(&self, other: &PortfolioSchedule) -> Result<(), TwoMeanings> {
        if self.registry_digest != other.registry_digest {
            return Ok(());
        }
        Listed::of(self).agrees(&Listed::of(other))
    }

    /// Checks that this schedule continues an earlier one: every id of both means the same, new entries of lists have numbers
    /// that were never given, what means the same keeps its number, and the highest numbers given do not fall. Options, and
    /// what else expires, may come and go: their ids follow from their terms.
    ///
    /// # Errors
    /// [`ErrorCode::WrongRegistry`] for another registry, [`ErrorCode::ReusedId`], [`ErrorCode::BeyondNumbering`].
    pub fn continues(&self, earlier: &PortfolioSchedule) -> Result<Changes, FileError> {
        if self.registry_digest != earlier.registry_digest {
            let message = "the earlier schedule has another registry: an account under it is none under this one; \
                           compare schedules of one venue and one numbering";
            return Err(CHECK.error(ErrorCode::WrongRegistry, "/numbering", message));
        }
        let (these, others) = (Listed::of(self), Listed::of(earlier));
        these.agrees(&others).map_err(|two| {
            let message = format!("{two}; an id keeps its meaning");
            CHECK.error(ErrorCode::ReusedId, place(two.what, two.at), message)
        })?;
        let (own, before) = (self.last, earlier.last);
        for (what, last, given) in [
            ("asset", own.asset, before.asset),
            ("unit", own.unit, before.unit),
            ("market", own.market, before.market),
            ("number", own.number, before.number),
        ] {
            if last < given {
                let message = format!(
                    "numbers up to {given} were given, but the highest here is {last}; say so, or the next listing gets one of them again"
                );
                let here = format!("/numbering/last_{what}");
                return Err(CHECK.error(ErrorCode::BeyondNumbering, here, message));
            }
        }
        for (what, these, others, given) in [
            ("asset", &these.assets, &others.assets, before.asset),
            ("unit", &these.units, &others.units, before.unit),
            ("market", &these.markets, &others.markets, before.market),
        ] {
            for (id, (at, words)) in these.iter().filter(|(id, _)| !others.contains_key(*id)) {
                if let Some(id) = u32::try_from(*id).ok().filter(|id| *id <= given) {
                    return Err(given_before(what, id, given, place(what, *at)));
                }
                if let Some((old, _)) = others.iter().find(|(_, (_, other))| other == words) {
                    return Err(moved(what, words, *old, place(what, *at)));
                }
            }
        }
        for ((what, number), others) in &others.series {
            let these = these.series.get(&(*what, *number));
            // A unit that is not listed any more gives its number to no other.
            let gone = self.units.iter().find(|unit| {
                let id = u64::from(unit.id);
                others.contains_key(&id) && !these.is_some_and(|these| these.contains_key(&id))
            });
            if let Some(unit) = gone {
                let message = format!(
                    "the earlier schedule has series {number} of {} of unit {}; keep it, or what is listed later could have other terms",
                    if *what == OPTIONS { "options" } else { "futures" },
                    quoted(&unit.name)
                );
                let here = format!("/units/{}/series", unit.at);
                return Err(CHECK.error(ErrorCode::BeyondNumbering, here, message));
            }
        }
        for (id, (at, words)) in
            these.contracts.iter().filter(|(id, _)| !others.contracts.contains_key(id))
        {
            let number = self.file.instruments.get(*at).and_then(|i| i.number);
            if let Some(number) = number.filter(|number| *number <= before.number) {
                let here = format!("/instruments/{at}/number");
                return Err(given_before("number", number, before.number, here));
            }
            // What is no option is set apart in its group by its number alone.
            let is_option = self.file.instruments.get(*at).is_some_and(|i| i.kind.is_option());
            let group = |id: u64| ContractId::from_number(id).group();
            let same = |(old, (_, other)): &(&u64, &(usize, Words))| {
                !is_option && other == words && group(**old) == group(*id)
            };
            if let Some((old, _)) = others.contracts.iter().find(same) {
                return Err(moved("contract", words, *old, format!("/instruments/{at}/number")));
            }
        }
        let mut changes = Changes::default();
        for (these, others) in
            [(&these.assets, &others.assets), (&these.contracts, &others.contracts)]
        {
            let missing = |of: &Meanings, from: &Meanings| {
                let gone = of.iter().filter(|(id, _)| !from.contains_key(*id));
                gone.filter_map(|(_, (_, words))| symbol(words)).collect::<Vec<_>>()
            };
            changes.listed.extend(missing(these, others));
            changes.delisted.extend(missing(others, these));
        }
        Ok(changes)
    }
}

/// Adds what a unit had in an earlier schedule and nothing that is listed now needs.
fn keep_series(series: &mut Vec<SeriesFile>, earlier: &[SeriesFile]) {
    for known in earlier {
        match series.iter_mut().find(|s| s.number == known.number) {
            None => series.push(known.clone()),
            Some(s) => {
                s.options = s.options.take().or_else(|| known.options.clone());
                s.futures = s.futures.take().or_else(|| known.futures.clone());
            }
        }
    }
    series.sort_by_key(|s| s.number);
}

impl PortfolioScheduleFile {
    /// Names of units and of markets that do not expire which an earlier schedule lists and this one does not: their numbers
    /// are not given again.
    pub(crate) fn delisted(&self, earlier: &PortfolioSchedule) -> Vec<String> {
        let names = |file: &PortfolioScheduleFile| -> Vec<String> {
            let markets = file.groups.iter().filter(|group| group.market.is_some());
            let units = file.units.iter().map(|unit| unit.name.clone());
            units.chain(markets.map(|group| group.name.clone())).collect()
        };
        let own = names(self);
        names(&earlier.file).into_iter().filter(|name| !own.contains(name)).collect()
    }

    /// Gives every entry of a list the number that it has in an earlier schedule, and every other one the next that was never
    /// given. Units keep the series that they had.
    pub fn renumber(&mut self, earlier: &PortfolioSchedule) {
        let LastNumbers { asset, unit, market, number } = earlier.last;
        let known = |symbol: &str| earlier.asset(symbol).map(|asset| asset.id);
        let assets = self.assets.iter_mut().map(|a| (&*a.symbol, &mut a.id));
        let last_asset = append(assets, asset, known);
        for unit in &mut self.units {
            if let Some(known) = earlier.file.units.iter().find(|u| u.name == unit.name) {
                keep_series(&mut unit.series, &known.series);
            }
        }
        let known = |name: &str| earlier.file.units.iter().find(|u| u.name == name).map(|u| u.id);
        let units = self.units.iter_mut().map(|u| (&*u.name, &mut u.id));
        let last_unit = append(units, unit, known);
        let known = |name: &str| earlier.file.groups.iter().find(|g| g.name == name)?.market;
        let groups = self.groups.iter_mut();
        let groups = groups.filter_map(|g| Some((&*g.name, g.market.as_mut()?)));
        let last_market = append(groups, market, known);
        let known = |symbol: &str| {
            let at = earlier.instrument(symbol)?.at;
            earlier.file.instruments.get(at)?.number
        };
        let instruments = self.instruments.iter_mut();
        let instruments = instruments.filter_map(|i| Some((&*i.symbol, i.number.as_mut()?)));
        let last_number = append(instruments, number, known);
        self.numbering = Some(PortfolioNumberingFile {
            name: earlier.file.numbering.as_ref().and_then(|n| n.name.clone()),
            last_asset: Some(last_asset),
            last_unit: Some(last_unit),
            last_market: Some(last_market),
            last_number: Some(last_number),
        });
    }
}
