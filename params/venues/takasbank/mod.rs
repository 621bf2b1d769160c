//! Takasbank, Borsa Istanbul's clearing house: SPAN 4.00 files with published risk arrays.
//!
//! A combined commodity is a risk unit and a maturity is a group. The scan is the largest of sixteen sums; the calendar charge
//! is half the commodity's rate for each delta of the maturities less what nets between them; the minimum is a rate for each
//! short option. In the file of 17 May 2016 each of the 40 commodities has exactly one spread, flat, of tier 0 against itself,
//! so this is its whole rule within a commodity; one that has another is refused with its line.
//!
//! The file is under the licence of its publisher and is no part of this repository. Arrays are losses of one long contract.
//! The value of options is no part of the equity here: an account is its collateral.

mod file;
mod folder;

#[cfg(test)]
mod tests;

pub use file::{Commodity, Contract, DIGITS, OptionTerms, ReadError, SCENARIOS, SpanFile, read};
pub use folder::FOLDER;

use super::{plain_column, plain_requirement, published, scaled, sole_asset};
use crate::portfolio::{
    AggregateFile, AssetIndexFile, CapacityFile, ClassFile, ColumnFile, ContractFile,
    ContractTermsFile, DigitsFile, GroupFile, MultiplierFile, PortfolioInstrumentFile,
    PortfolioLevelFile, PortfolioMenuFile, PortfolioScheduleFile, PortfolioSnapshotFile,
    PortfolioValuationFile, RequirementsFile, RoleFile, SeriesFile, SlopesFile, UnitFile,
};
use crate::{DecimalText, FileKind, Requirement};
use num_bigint::BigInt;
use std::collections::BTreeMap;
use zkmargin_model::claim::MARGIN_BPS;
use zkmargin_model::decimal::Decimal;

/// Value of `venue` in the files.
pub const NAME: &str = "takasbank";
/// Step of strikes, a kurus.
const STRIKE_STEP: &str = "0.01";
/// The one currency.
const LIRA: &str = "TRY";

/// What the clearing house's rule has besides.
const LEAVES_OUT: [&str; 5] = [
    "credits between commodities",
    "the cap of a long-only account at its option value, so that the requirement can be too high",
    "option value as equity",
    "the ratio of account types",
    "open orders",
];

/// A schedule and a snapshot from one file.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The schedule, not yet checked.
    pub schedule: PortfolioScheduleFile,
    /// The snapshot of that schedule.
    pub snapshot: PortfolioSnapshotFile,
}

/// A contract in its place: commodities in the file's order, maturities and strikes ascending, futures first.
struct Listed<'a> {
    symbol: String,
    group: String,
    strike: Option<DecimalText>,
    commodity: &'a Commodity,
    contract: &'a Contract,
}

fn id(count: usize) -> u32 {
    u32::try_from(count + 1).unwrap_or(u32::MAX)
}

fn millionths(figure: &BigInt) -> DecimalText {
    DecimalText::new(Decimal::from_scaled(figure, DIGITS).to_string())
}

/// The settlement day as a date, and the series: contracts whose terms were adjusted settle on the same day as the others.
fn day_and_series(contract: &Contract) -> Result<(String, u32), ReadError> {
    let (maturity, digits) = (&contract.maturity, &contract.day);
    let part = |from, to| digits.get(from..to).filter(|_| digits.len() == 8);
    let day = match [part(0, 4), part(4, 6), part(6, 8)] {
        [Some(year), Some(month), Some(day)] => format!("{year}-{month}-{day}"),
        _ => return Err(format!("<setlDate> is {digits:?}, not eight digits of a day")),
    };
    let series = match maturity.split_once('S') {
        None => 0,
        Some((_, series)) => series
            .parse()
            .map_err(|_| format!("<pe> is {maturity:?}, whose series is no number"))?,
    };
    Ok((day, series))
}

/// Terms of a commodity's contracts by series: whole contracts of one multiplier.
fn series(commodity: &Commodity) -> Result<Vec<SeriesFile>, ReadError> {
    let mut made: BTreeMap<u32, [Option<ContractTermsFile>; 2]> = BTreeMap::new();
    for contract in &commodity.contracts {
        let (_, number) = day_and_series(contract)?;
        let multiplier = DecimalText::new(contract.multiplier.to_string());
        let terms = ContractTermsFile {
            settle: LIRA.to_owned(),
            size_decimals: 0,
            multiplier: Some(multiplier),
            contract_version: None,
        };
        let [options, futures] = made.entry(number).or_default();
        let of = if contract.is_option() { options } else { futures };
        let first = of.get_or_insert_with(|| terms.clone());
        if *first != terms {
            return Err(format!(
                "contract {} of {} is of {}, and another one of its series is not",
                contract.number, commodity.code, contract.multiplier
            ));
        }
    }
    let series = made.into_iter().map(|(number, [options, futures])| SeriesFile {
        number,
        options,
        futures,
    });
    Ok(series.collect())
}

/// Groups and contracts of all commodities.
fn listed(commodities: &[Commodity]) -> Result<(Vec<GroupFile>, Vec<Listed<'_>>), ReadError> {
    let (mut groups, mut contracts) = (Vec::new(), Vec::new());
    for commodity in commodities {
        let mut maturities: BTreeMap<&str, Vec<&Contract>> = BTreeMap::new();
        for contract in &commodity.contracts {
            maturities.entry(&contract.maturity).or_default().push(contract);
        }
        for (maturity, mut of_maturity) in maturities {
            let group = format!("{} {maturity}", commodity.code);
            let Some(first) = of_maturity.first() else { continue };
            let (day, series) = day_and_series(first)?;
            if let Some(other) = of_maturity.iter().find(|c| c.day != first.day) {
                return Err(format!("{group} settles on {} and on {}", first.day, other.day));
            }
            groups.push(GroupFile {
                name: group.clone(),
                unit: commodity.code.clone(),
                class: commodity.code.clone(),
                market: None,
                expiry: None,
                day: Some(day),
                series,
            });
            of_maturity.sort_by_key(|c| c.option.as_ref().map(|o| (&o.strike, !o.is_call)));
            for contract in of_maturity {
                let (code, number) = (&commodity.code, &contract.number);
                let (mut strike, mut symbol) = (None, format!("{code}-{maturity}-F-{number}"));
                if let Some(option) = &contract.option {
                    let price = millionths(&option.strike);
                    let side = if option.is_call { 'C' } else { 'P' };
                    symbol = format!("{code}-{maturity}-{side}{}-{number}", price.as_str());
                    strike = Some(price);
                }
                let group = group.clone();
                contracts.push(Listed { symbol, group, strike, commodity, contract });
            }
        }
    }
    Ok((groups, contracts))
}

fn columns() -> Vec<ColumnFile> {
    let column = |name: String, role, slope| plain_column(name, role, DecimalText::new(slope));
    let scenario = |k| column(format!("scenario {k}"), RoleFile::Scenario, "1");
    let mut columns: Vec<_> = (1..=SCENARIOS).map(scenario).collect();
    // Half of the deltas of all maturities less half of the commodity's, times the rate, which is the slope of its groups.
    let maturities = column("deltas of the maturities".to_owned(), RoleFile::Added, "0.5");
    columns.push(ColumnFile { sloped: true, magnitude: true, ..maturities });
    let offset = AggregateFile { magnitude: Some(DecimalText::new("-0.5")), rows: None };
    let whole = column("delta of the commodity".to_owned(), RoleFile::Added, "1");
    columns.push(ColumnFile { sloped: true, function: Some(offset), ..whole });
    let minimum = column("short option minimum".to_owned(), RoleFile::Floor, "1");
    columns.push(ColumnFile { multiplier: MultiplierFile::Short, ..minimum });
    columns
}

/// The file's clock as UTC: Turkey's summer time, which is three hours ahead, and since 2016 its time of all seasons.
fn time(created: &str) -> Result<String, ReadError> {
    let bad = || format!("<created> is {created:?}, not twelve digits of a date and a time");
    let part = |from, to| created.get(from..to).filter(|p| p.bytes().all(|b| b.is_ascii_digit()));
    let parts = [part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12)];
    let [Some(year), Some(month), Some(day), Some(hour), Some(minute)] = parts else {
        return Err(bad());
    };
    let local = crate::parse_utc(&format!("{year}-{month}-{day}T{hour}:{minute}:00Z"));
    let utc = local.and_then(|ms| ms.checked_sub(3 * 3_600_000)).ok_or_else(bad)?;
    Ok(crate::format_utc(utc))
}

/// The schedule and the snapshot of a file's commodities, or of those with the codes that are named.
///
/// # Errors
/// [`ReadError`] if a code is not in the file, its time is none, or the schedule is refused.
pub fn import(file: &SpanFile, codes: &[&str]) -> Result<Imported, ReadError> {
    let is_wanted = |c: &&Commodity| codes.is_empty() || codes.contains(&c.code.as_str());
    let commodities: Vec<Commodity> = file.commodities.iter().filter(is_wanted).cloned().collect();
    if let Some(code) = codes.iter().find(|code| !commodities.iter().any(|c| c.code == **code)) {
        return Err(format!("the file has no commodity {code:?}"));
    }
    // A commodity has its number in the whole file, whatever is kept of that.
    let numbered = |c: &Commodity| {
        let at = file.commodities.iter().position(|of| of.code == c.code).unwrap_or_default();
        Ok::<_, ReadError>(UnitFile {
            id: id(at),
            name: c.code.clone(),
            index: None,
            strike_step: Some(DecimalText::new(STRIKE_STEP)),
            series: series(c)?,
        })
    };
    let units = commodities.iter().map(numbered).collect::<Result<Vec<_>, _>>()?;
    let (groups, contracts) = listed(&commodities)?;
    let time = time(&file.created)?;
    let schedule = schedule((&commodities, units), groups, &contracts, &time);
    let checked = crate::portfolio::PortfolioSchedule::new(schedule.clone());
    let digest = checked.map_err(|e| format!("makes a schedule that is refused: {e}"))?.digest();
    let instruments = contracts.iter().map(|of| {
        let minimum = match of.contract.is_option() {
            true => of.commodity.short_option_rate.clone(),
            false => BigInt::ZERO,
        };
        let deltas = [&of.contract.delta, &of.contract.delta, &minimum];
        let loadings = of.contract.losses.iter().chain(deltas).map(millionths);
        published(of.symbol.as_str(), scaled(0, 0), loadings.collect())
    });
    let snapshot = PortfolioSnapshotFile {
        format: FileKind::PortfolioSnapshot.format().to_owned(),
        schedule: digest.to_string(),
        time,
        sequence: 1,
        source: Some(format!("Risk arrays of the SPAN file of {}.", file.created)),
        assets: vec![AssetIndexFile { asset: LIRA.to_owned(), index: DecimalText::new("1") }],
        indices: Vec::new(),
        groups: Vec::new(),
        instruments: instruments.collect(),
    };
    Ok(Imported { schedule, snapshot })
}

fn schedule(
    (commodities, units): (&[Commodity], Vec<UnitFile>),
    groups: Vec<GroupFile>,
    contracts: &[Listed<'_>],
    time: &str,
) -> PortfolioScheduleFile {
    let class = |c: &Commodity| {
        let rate = || millionths(&c.spread_rate);
        let slopes = Some(SlopesFile { positive: rate(), negative: rate() });
        ClassFile { name: c.code.clone(), slopes, magnitudes: true, scans: Vec::new() }
    };
    let instrument = |of: &Listed<'_>| PortfolioInstrumentFile {
        symbol: of.symbol.clone(),
        group: of.group.clone(),
        kind: match &of.contract.option {
            None => ContractFile::Linear,
            Some(option) if option.is_call => ContractFile::Call,
            Some(_) => ContractFile::Put,
        },
        strike: of.strike.clone(),
        number: None,
        terms: None,
        charge: None,
        feed: false,
    };
    PortfolioScheduleFile {
        format: FileKind::PortfolioSchedule.format().to_owned(),
        venue: NAME.to_owned(),
        name: "span".to_owned(),
        source: "SPAN 4.00 file of Takasbank, imported. Assumed: sizes are whole contracts; an account is its collateral; menu of this project.".to_owned(),
        numbering: None,
        date: time.to_owned(),
        valuation: PortfolioValuationFile { currency: LIRA.to_owned(), decimals: DIGITS },
        rate_decimals: 0,
        digits: DigitsFile {
            product: DIGITS,
            entry: DIGITS,
            slope: 1,
            group_slope: DIGITS,
            scan: 0,
            factor: 0,
        },
        equality_is_healthy: true,
        capacity: CapacityFile { positions: 64, size_bits: 40 },
        menu: PortfolioMenuFile {
            levels: vec![PortfolioLevelFile {
                name: Requirement::Maintenance.name().to_owned(),
                requirement: Requirement::Maintenance,
                level_bps: MARGIN_BPS,
            }],
            floors: vec![DecimalText::new("0")],
        },
        leaves_out: LEAVES_OUT.map(str::to_owned).to_vec(),
        assets: vec![sole_asset(LIRA)],
        indices: Vec::new(),
        units,
        scans: Vec::new(),
        classes: commodities.iter().map(class).collect(),
        groups,
        columns: columns(),
        derived: None,
        instruments: contracts.iter().map(instrument).collect(),
        requirements: RequirementsFile {
            maintenance: plain_requirement(scaled(1, 0)),
            initial: None,
        },
        stresses: Vec::new(),
    }
}
