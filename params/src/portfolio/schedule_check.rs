//! From the file to the checked portfolio schedule: names resolved, units composed, markets of least width, digests.

use super::columns::{Plan, check_belonging, check_expiry};
use super::derive::Derivation;
use super::groups::{check_class, time};
use super::lookup::{Lookup, by_id};
use super::numbering::LastNumbers;
use super::schedule::{
    Names, PortfolioAsset, PortfolioGroup, PortfolioInstrument, PortfolioSchedule, PortfolioStrike,
    PortfolioUnit,
};
use super::schedule_file::PortfolioScheduleFile;
use super::{contracts, digest, market, menu, series};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::{
    Checker, MAX_DECIMALS, MAX_LEFT_OUT, MAX_LISTED_ASSETS, MAX_NOTE_BYTES, MAX_RATE_DECIMALS,
};
use crate::identity::{self, Identity};
use crate::read;
use zkmargin_model::portfolio::widths::{
    MAX_COLUMNS, MAX_GROUPS, MAX_INSTRUMENTS, MAX_POSITIONS, MAX_SCANS, MAX_UNITS, SIZE_BITS,
    UNIT_BITS,
};
use zkmargin_model::shown::quoted;
use zkmargin_model::unit::{MAX_CURRENCY_BYTES, MarginUnit};
use zkmargin_model::widths::ASSET_ID_BITS;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);
/// Digits of both slopes together: more do not fit the width of a slope.
const MAX_SLOPE_DIGITS: u32 = 21;
/// Digits of the factor of a scan: more do not fit the width of a factor.
const MAX_FACTOR_DIGITS: u32 = 12;
/// Highest id of an asset.
const MAX_ASSET_ID: u32 = (1 << ASSET_ID_BITS) - 1;
/// Highest id of a unit.
const MAX_UNIT_ID: u32 = (1 << UNIT_BITS) - 1;
/// Named sets of scenarios.
const MAX_STRESSES: usize = 64;

impl PortfolioSchedule {
    /// Reads and checks a schedule.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        Self::new(read::read(FileKind::PortfolioSchedule, bytes)?)
    }

    /// Checks a schedule.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn new(file: PortfolioScheduleFile) -> Result<Self, FileError> {
        check_head(&file)?;
        check_digits(&file)?;
        let names = names(&file)?;
        let units = units(&file, &names)?;
        let (classes, scans, columns) = other_names(&file)?;
        let groups = groups(&file, &names, &units, &classes)?;
        for (at, class) in file.classes.iter().enumerate() {
            check_class(&file, class, &scans, &format!("/classes/{at}"))?;
        }
        contracts::check_lists(&file)?;
        check_identities(&file)?;
        let assets = by_id(CHECK, "assets", MAX_ASSET_ID, file.assets.iter().map(|a| a.id))?;
        let assets: Vec<_> = assets
            .into_iter()
            .map(|at| {
                let asset = &file.assets[at];
                PortfolioAsset { id: asset.id, symbol: asset.symbol.clone(), at }
            })
            .collect();
        let (instruments, strikes) = instruments(&file, &names, &units, &groups)?;
        let last = LastNumbers::of(&file)?;
        check_belonging(&file)?;
        let plans = file.requirements.all();
        let plans = plans.map(|(of, _)| Plan::new(&file, of, &columns, &scans));
        let plans = plans.collect::<Result<Vec<_>, _>>()?;
        check_expiry(&file, &plans)?;
        check_requirements(&file)?;
        Derivation::of(&file)?;
        let margin_unit = margin_unit(&file)?;
        let floors = menu::check(&file, margin_unit.decimals().into())?;
        let (digest, registry_digest) = (digest::schedule(&file)?, digest::registry(&file));
        let schedule = Self {
            file,
            assets,
            units,
            groups,
            strikes,
            instrument_order: contracts::order_of(instruments.iter().map(|i| i.at)),
            instruments,
            names,
            plans,
            floors,
            margin_unit,
            last,
            digest,
            registry_digest,
        };
        market::check_least(&schedule)?;
        menu::check_stresses(&schedule)?;
        Ok(schedule)
    }
}

fn check_head(file: &PortfolioScheduleFile) -> Result<(), FileError> {
    if file.format != FileKind::PortfolioSchedule.format() {
        let message = format!("write \"{}\"", FileKind::PortfolioSchedule.format());
        return Err(CHECK.error(ErrorCode::WrongFormat, "/format", message));
    }
    CHECK.name(&file.venue, "/venue")?;
    CHECK.name(&file.name, "/name")?;
    if let Some(name) = file.numbering.as_ref().and_then(|n| n.name.as_ref()) {
        CHECK.name(name, "/numbering/name")?;
    }
    if file.source.len() > MAX_NOTE_BYTES {
        let message = format!("longer than {MAX_NOTE_BYTES} bytes");
        return Err(CHECK.error(ErrorCode::BadText, "/source", message));
    }
    time(&file.date, "/date")?;
    for (count, most, list) in [
        (file.assets.len(), MAX_LISTED_ASSETS, "assets"),
        (file.indices.len(), MAX_LISTED_ASSETS, "indices"),
        (file.units.len(), MAX_UNITS, "units"),
        (file.scans.len(), MAX_SCANS, "scans"),
        (file.classes.len(), MAX_GROUPS, "classes"),
        (file.groups.len(), MAX_GROUPS, "groups"),
        (file.columns.len(), 2 * MAX_COLUMNS, "columns"),
        (file.instruments.len(), MAX_INSTRUMENTS, "instruments"),
        (file.stresses.len(), MAX_STRESSES, "stresses"),
        (file.leaves_out.len(), MAX_LEFT_OUT, "leaves_out"),
    ] {
        CHECK.length(count, most, &format!("/{list}"))?;
    }
    for (at, column) in file.columns.iter().enumerate() {
        CHECK.length(column.terms.len(), MAX_COLUMNS, &format!("/columns/{at}/terms"))?;
    }
    for (at, class) in file.classes.iter().enumerate() {
        CHECK.length(class.scans.len(), MAX_SCANS, &format!("/classes/{at}/scans"))?;
    }
    for (at, stress) in file.stresses.iter().enumerate() {
        let here = format!("/stresses/{at}/scenarios");
        CHECK.length(stress.scenarios.len(), MAX_COLUMNS, &here)?;
    }
    for (requirement, of) in file.requirements.all() {
        let here = format!("/requirements/{}", requirement.name());
        CHECK.length(of.charges.len(), MAX_INSTRUMENTS, &format!("{here}/charges"))?;
        CHECK.length(of.unit_factors.len(), MAX_UNITS, &format!("{here}/unit_factors"))?;
    }
    for (at, what) in file.leaves_out.iter().enumerate() {
        CHECK.words(what, &format!("/leaves_out/{at}"))?;
    }
    let (positions, bits) = (file.capacity.positions, file.capacity.size_bits);
    if !(1..=MAX_POSITIONS).contains(&(positions as usize)) || !(1..=SIZE_BITS).contains(&bits) {
        let message = format!(
            "an account has 1 to {MAX_POSITIONS} positions with sizes of 1 to {SIZE_BITS} bits"
        );
        return Err(CHECK.error(ErrorCode::OutOfRange, "/capacity", message));
    }
    Ok(())
}

fn check_digits(file: &PortfolioScheduleFile) -> Result<(), FileError> {
    let digits = file.digits;
    CHECK.decimals(file.valuation.decimals, MAX_DECIMALS, "/valuation/decimals")?;
    CHECK.decimals(file.rate_decimals, MAX_RATE_DECIMALS, "/rate_decimals")?;
    CHECK.decimals(digits.product, file.valuation.decimals, "/digits/product")?;
    CHECK.decimals(digits.entry, digits.product, "/digits/entry")?;
    CHECK.decimals(digits.slope, MAX_SLOPE_DIGITS, "/digits/slope")?;
    let most = MAX_SLOPE_DIGITS - digits.slope;
    CHECK.decimals(digits.group_slope, most, "/digits/group_slope")?;
    CHECK.decimals(digits.scan, digits.slopes(), "/digits/scan")?;
    CHECK.decimals(digits.factor, MAX_FACTOR_DIGITS, "/digits/factor")?;
    let (loss, margin) =
        (digits.product + digits.slopes(), file.valuation.decimals + file.rate_decimals);
    if loss < margin {
        let message = format!(
            "losses have {loss} digits after the point and margin amounts {margin}; raise those of products or slopes"
        );
        return Err(CHECK.error(ErrorCode::UnitTooCoarse, "/digits", message));
    }
    Ok(())
}

fn names(file: &PortfolioScheduleFile) -> Result<Names, FileError> {
    let unknown = ErrorCode::UnknownName;
    let of = |list, field, what, code, names: &mut dyn Iterator<Item = &str>| {
        let names: Vec<&str> = names.collect();
        Lookup::new(CHECK, [list, field, what], code, names.iter().copied())
    };
    let asset = &mut file.assets.iter().map(|a| a.symbol.as_str());
    let instrument = &mut file.instruments.iter().map(|i| i.symbol.as_str());
    Ok(Names {
        assets: of("assets", "/symbol", "asset", ErrorCode::UnknownAsset, asset)?,
        indices: of(
            "indices",
            "",
            "index",
            ErrorCode::UnknownIndex,
            &mut file.indices.iter().map(String::as_str),
        )?,
        units: of(
            "units",
            "/name",
            "unit",
            unknown,
            &mut file.units.iter().map(|u| u.name.as_str()),
        )?,
        groups: of(
            "groups",
            "/name",
            "group",
            ErrorCode::UnknownGroup,
            &mut file.groups.iter().map(|g| g.name.as_str()),
        )?,
        instruments: of(
            "instruments",
            "/symbol",
            "instrument",
            ErrorCode::UnknownInstrument,
            instrument,
        )?,
    })
}

/// Classes, group scans and columns; names of stresses are only checked.
fn other_names(file: &PortfolioScheduleFile) -> Result<(Lookup, Lookup, Lookup), FileError> {
    let unknown = ErrorCode::UnknownName;
    let classes = file.classes.iter().map(|c| c.name.as_str());
    let scans = file.scans.iter().map(String::as_str);
    let columns = file.columns.iter().map(|c| c.name.as_str());
    let stresses = file.stresses.iter().map(|s| s.name.as_str());
    Lookup::new(CHECK, ["stresses", "/name", "stress"], unknown, stresses)?;
    Ok((
        Lookup::new(CHECK, ["classes", "/name", "class"], unknown, classes)?,
        Lookup::new(CHECK, ["scans", "", "group scan"], unknown, scans)?,
        Lookup::new(CHECK, ["columns", "/name", "column"], unknown, columns)?,
    ))
}

/// Which tokens the assets are.
fn check_identities(file: &PortfolioScheduleFile) -> Result<(), FileError> {
    let assets: Vec<Identity<'_>> = file.assets.iter().map(Identity::from).collect();
    identity::check(CHECK, "assets", &assets)?;
    identity::check_tokens(CHECK, "assets", &assets)
}

fn units(file: &PortfolioScheduleFile, names: &Names) -> Result<Vec<PortfolioUnit>, FileError> {
    let mut units = Vec::with_capacity(file.units.len());
    for at in by_id(CHECK, "units", MAX_UNIT_ID, file.units.iter().map(|u| u.id))? {
        let (unit, here) = (&file.units[at], format!("/units/{at}"));
        let index = unit.index.as_deref();
        let place = || format!("{here}/index");
        let index = index.map(|name| names.indices.find(CHECK, name, place)).transpose()?;
        let step = unit.strike_step.as_ref();
        let step = step.map(|text| CHECK.positive_figure(text, &format!("{here}/strike_step")));
        let (id, name, strike_step) = (unit.id, unit.name.clone(), step.transpose()?);
        let series = series::of_unit(file, &names.assets, unit, &here)?;
        units.push(PortfolioUnit { id, name, index, strike_step, series, at });
    }
    Ok(units)
}

fn groups(
    file: &PortfolioScheduleFile,
    names: &Names,
    units: &[PortfolioUnit],
    classes: &Lookup,
) -> Result<Vec<PortfolioGroup>, FileError> {
    let order = contracts::order_of(units.iter().map(|u| u.at));
    let mut groups = Vec::with_capacity(file.groups.len());
    for (at, group) in file.groups.iter().enumerate() {
        let here = format!("/groups/{at}");
        let unit = contracts::find(&names.units, &order, &group.unit, || format!("{here}/unit"))?;
        let class = classes.find(CHECK, &group.class, || format!("{here}/class"))?;
        let expiry = group.expiry.as_deref();
        let expiry_ms = expiry.map(|text| time(text, &format!("{here}/expiry"))).transpose()?;
        groups.push(PortfolioGroup {
            id: 0,
            contract_group: contracts::group_id(group, &units[unit], expiry_ms, &here)?,
            name: group.name.clone(),
            unit,
            class,
            expiry_ms,
            at,
        });
    }
    let place = |group: &PortfolioGroup| format!("/groups/{}", group.at);
    contracts::in_order(&mut groups, |g| g.contract_group, place, "the group")?;
    groups.iter_mut().enumerate().for_each(|(at, group)| group.id = contracts::number(at));
    Ok(groups)
}

fn instruments(
    file: &PortfolioScheduleFile,
    names: &Names,
    units: &[PortfolioUnit],
    groups: &[PortfolioGroup],
) -> Result<(Vec<PortfolioInstrument>, Vec<PortfolioStrike>), FileError> {
    let order = contracts::order_of(groups.iter().map(|g| g.at));
    let mut instruments = Vec::with_capacity(file.instruments.len());
    let mut prices = Vec::with_capacity(file.instruments.len());
    for (at, i) in file.instruments.iter().enumerate() {
        let here = format!("/instruments/{at}");
        let place = || format!("{here}/group");
        let group = contracts::find(&names.groups, &order, &i.group, place)?;
        let of = &groups[group];
        let price = contracts::strike_price(i, &here)?;
        if price.is_some() && file.derived.is_some() && of.expiry_ms.is_none() {
            let message = format!("group {} has options and no time of expiry", quoted(&i.group));
            let place = format!("/groups/{}/expiry", of.at);
            return Err(CHECK.error(ErrorCode::MissingField, place, message));
        }
        let in_group = (&file.groups[of.at], of.contract_group);
        let contract = contracts::contract_id(i, in_group, &units[of.unit], price, &here)?;
        let terms = (&file.groups[of.at], &units[of.unit]);
        let terms = series::of_instrument(file, &names.assets, i, terms, &here)?;
        prices.push(price);
        instruments.push(PortfolioInstrument {
            id: 0,
            contract,
            symbol: i.symbol.clone(),
            group,
            kind: i.kind,
            strike: None,
            feed: i.feed,
            settle: terms.settle,
            size_decimals: terms.size_decimals,
            multiplier: terms.multiplier,
            contract_version: terms.contract_version,
            value_decimals: file.digits.product - terms.size_decimals,
            at,
        });
    }
    let place = |i: &PortfolioInstrument| format!("/instruments/{}", i.at);
    contracts::in_order(&mut instruments, |i| i.contract, place, "the instrument")?;
    instruments.iter_mut().enumerate().for_each(|(at, i)| i.id = contracts::number(at));
    let strikes = contracts::strikes(&mut instruments, &prices, groups);
    Ok((instruments, strikes))
}

/// Every charge belongs to an instrument and every instrument's to a requirement: neither is a slip of the pen. A least
/// confidence is one.
fn check_requirements(file: &PortfolioScheduleFile) -> Result<(), FileError> {
    let charged = |name: &str| file.instruments.iter().any(|i| i.charge.as_deref() == Some(name));
    for (requirement, of) in file.requirements.all() {
        if let Some(least) = &of.least_confidence {
            let place = format!("/requirements/{}/least_confidence", requirement.name());
            CHECK.share(least, &place)?;
        }
        if let Some(at) = of.charges.iter().position(|charge| !charged(&charge.charge)) {
            let name = quoted(&read::shorten(&of.charges[at].charge));
            let message = format!("no instrument has the charge {name}");
            let place = format!("/requirements/{}/charges/{at}/charge", requirement.name());
            return Err(CHECK.error(ErrorCode::UnknownName, place, message));
        }
    }
    let rates: std::collections::BTreeSet<_> = file
        .requirements
        .all()
        .flat_map(|(_, of)| of.charges.iter().map(|charge| charge.charge.as_str()))
        .collect();
    let unknown =
        |charge: &Option<String>| charge.as_deref().is_some_and(|charge| !rates.contains(charge));
    match file.instruments.iter().position(|i| unknown(&i.charge)) {
        None => Ok(()),
        Some(at) => {
            let message = "no requirement has a rate for this charge";
            Err(CHECK.error(ErrorCode::UnknownName, format!("/instruments/{at}/charge"), message))
        }
    }
}

fn margin_unit(file: &PortfolioScheduleFile) -> Result<MarginUnit, FileError> {
    let decimals = u16::try_from(file.valuation.decimals + file.rate_decimals).unwrap_or(u16::MAX);
    MarginUnit::new(file.valuation.currency.as_str(), decimals).map_err(|_| {
        let message =
            format!("write 1 to {MAX_CURRENCY_BYTES} visible ASCII characters, such as \"USD\"");
        CHECK.error(ErrorCode::BadText, "/valuation/currency", message)
    })
}
