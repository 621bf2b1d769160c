//! From the file to the checked schedule: symbols resolved, units composed, rows tiled, digests computed.

use super::elements::Families;
use super::elements_file::AssetElementsFile;
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::{
    Checker, MAX_DECIMALS, MAX_DENOMINATOR, MAX_LEFT_OUT, MAX_LISTED_ASSETS,
    MAX_LISTED_INSTRUMENTS, MAX_MENU, MAX_NOTE_BYTES, MAX_RATE_DECIMALS, MAX_ROUND_STEPS,
    MAX_TIER_TABLES, MAX_UNUSED_ROWS,
};
use super::identity::{self, Identity};
use super::requirement::Requirement;
use super::rows::{self, RowUnits};
use super::schedule::{Asset, Instrument, Schedule, TierTable};
use super::schedule_file::TiersFile;
use super::schedule_file::{
    AssetFile, InstrumentFile, KindFile, RoundStepFile, RoundToFile, RoundingFile, RowFile,
    ScheduleFile, ValuationFile, VariableFile,
};
use super::text::DecimalText;
use super::unit::Unit;
use super::{blocks, elements, market, read, schedule_digest, steps};
use num_bigint::BigInt;
use num_traits::{One, Signed};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use zkmargin_model::claim::{Claim, Menu};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::floor::{Floor, WrittenFloor};
use zkmargin_model::rule::{BracketedLinear, LinearStep};
use zkmargin_model::shown::quoted;
use zkmargin_model::unit::{MAX_CURRENCY_BYTES, MAX_MARGIN_DECIMALS, MarginUnit};
use zkmargin_model::widths::{
    BRACKET_BITS, LEVEL_BITS, MAX_SETTLE_GROUPS, OPEN_NARROW_REQUIREMENT_BITS,
    OPEN_REQUIREMENT_BITS, OWN_BITS,
};

/// Digits after the point of `x` up to which it is wide enough: 2^81 is 2 x 10^24.
const OPEN_NARROW_DECIMALS: u32 = 11;

const CHECK: Checker = Checker(FileKind::Schedule);

impl Schedule {
    /// Reads and checks a schedule.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn from_json(bytes: &[u8]) -> Result<Self, FileError> {
        Self::new(read::read(FileKind::Schedule, bytes)?)
    }

    /// Checks a schedule.
    ///
    /// # Errors
    /// [`FileError`] with a code, a JSON pointer and what to do.
    pub fn new(file: ScheduleFile) -> Result<Self, FileError> {
        check_head(&file)?;
        let assets = check_assets(&file)?;
        let asset_by_symbol = index_by_symbol(
            assets.iter().map(|a| (a.symbol.as_str(), a.at)),
            ErrorCode::DuplicateAsset,
            "assets",
        )?;
        check_identities(&file)?;
        let tiers = check_tier_names(&file)?;
        let mut tables = Tables::default();
        let families = Families::of(&file)?;
        let mut instruments = Vec::with_capacity(file.instruments.len());
        // In order of id, so that tier tables have one numbering however the file lists them.
        let mut by_id: Vec<_> = file.instruments.iter().enumerate().collect();
        by_id.sort_by_key(|(_, instrument)| instrument.id);
        for (at, instrument) in by_id {
            let here = format!("/instruments/{at}");
            let settle = asset_by_symbol.get(&instrument.settle).map(|i| &assets[*i]);
            let settle = settle.ok_or_else(|| {
                let settle = read::shorten(&instrument.settle);
                let message = format!("asset {} is not in the list of assets", quoted(&settle));
                CHECK.error(ErrorCode::UnknownAsset, format!("{here}/settle"), message)
            })?;
            let Some(&tier) = tiers.get(instrument.tiers.as_str()) else {
                let tiers = read::shorten(&instrument.tiers);
                let message = format!("no tier table is named {}", quoted(&tiers));
                return Err(CHECK.error(ErrorCode::UnknownTiers, format!("{here}/tiers"), message));
            };
            instruments.push(check_instrument(&file, at, settle, tier, &families, &mut tables)?);
        }
        check_tiers_used(&file)?;
        check_ids(instruments.iter().map(|i| (i.id, i.at)), "instruments")?;
        let last_ids = blocks::check(&file, &assets, &instruments)?;
        Families::check_runs(&file, &instruments)?;
        let instrument_by_symbol = index_by_symbol(
            instruments.iter().map(|i| (i.symbol.as_str(), i.at)),
            ErrorCode::DuplicateInstrument,
            "instruments",
        )?;
        let margin_unit = margin_unit(&file)?;
        let menu = check_menu(&file, &margin_unit)?;
        let registry_digest = schedule_digest::registry(&file);
        let mut schedule = Self {
            file,
            assets,
            instruments,
            tables: tables.list,
            asset_by_symbol,
            instrument_by_symbol,
            menu,
            margin_unit,
            digest: [0; 32].into(),
            registry_digest,
            last_ids,
        };
        // What does not fit at these prices never does.
        market::at_least_widths(&schedule)?;
        schedule.digest = schedule_digest::schedule(&schedule.file)?;
        Ok(schedule)
    }
}

fn check_head(file: &ScheduleFile) -> Result<(), FileError> {
    if file.format != FileKind::Schedule.format() {
        let message = format!("write \"{}\"", FileKind::Schedule.format());
        return Err(CHECK.error(ErrorCode::WrongFormat, "/format", message));
    }
    CHECK.name(&file.venue, "/venue")?;
    CHECK.name(&file.name, "/name")?;
    if file.source.len() > MAX_NOTE_BYTES {
        let message = format!("longer than {MAX_NOTE_BYTES} bytes");
        return Err(CHECK.error(ErrorCode::BadText, "/source", message));
    }
    CHECK.decimals(file.valuation.decimals, MAX_DECIMALS, "/valuation/decimals")?;
    CHECK.decimals(file.rate_decimals, MAX_RATE_DECIMALS, "/rate_decimals")?;
    let place = "/valuation/margin_decimals";
    let (least, most) = (file.valuation.decimals, file.valuation.decimals + file.rate_decimals);
    match file.valuation.margin_decimals {
        Some(decimals) if decimals < least => {
            let message = format!("{decimals} decimals; at least {least}, those of values");
            return Err(CHECK.error(ErrorCode::BadDecimals, place, message));
        }
        decimals => CHECK.decimals(decimals.unwrap_or(most), most, place)?,
    }
    CHECK.bits(file.valuation.bits, "/valuation/bits")?;
    CHECK.length(file.assets.len(), MAX_LISTED_ASSETS, "/assets")?;
    CHECK.length(file.instruments.len(), MAX_LISTED_INSTRUMENTS, "/instruments")?;
    CHECK.length(file.tiers.len(), MAX_TIER_TABLES, "/tiers")?;
    if file.open_orders && file.instruments.is_empty() {
        let message = "no instrument is listed in which there could be orders; remove it";
        return Err(CHECK.error(ErrorCode::BadElement, "/open_orders", message));
    }
    if let Some(reason) = &file.rounding_assumed {
        CHECK.words(reason, "/rounding_assumed")?;
    }
    CHECK.length(file.leaves_out.len(), MAX_LEFT_OUT, "/leaves_out")?;
    for (at, what) in file.leaves_out.iter().enumerate() {
        CHECK.words(what, &format!("/leaves_out/{at}"))?;
    }
    if file.no_requirement_is_healthy && file.isolated_books {
        let message = "an isolated position is held against its own requirement, also if that is nothing; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/no_requirement_is_healthy", message));
    }
    check_steps(&file.rounding.requirement, "/rounding/requirement")?;
    if let Some(to) = file.rounding.collateral {
        CHECK.decimals(to.decimals, margin_decimals(file), "/rounding/collateral/decimals")?;
    }
    if let Some(to) = file.rounding.conversion {
        CHECK.decimals(to.decimals, margin_decimals(file), "/rounding/conversion/decimals")?;
    }
    Ok(())
}

/// Digits of equity and requirements.
fn margin_decimals(file: &ScheduleFile) -> u32 {
    let all = file.valuation.decimals + file.rate_decimals;
    file.valuation.margin_decimals.unwrap_or(all)
}

fn check_steps(steps: &[RoundStepFile], pointer: &str) -> Result<(), FileError> {
    CHECK.length(steps.len(), MAX_ROUND_STEPS, pointer)?;
    for (at, step) in steps.iter().enumerate() {
        if let Some(factor) = &step.factor {
            positive(factor, &format!("{pointer}/{at}/factor"))?;
        }
    }
    Ok(())
}

fn positive(text: &super::DecimalText, pointer: &str) -> Result<Decimal, FileError> {
    let decimal = CHECK.decimal(text, pointer)?;
    if !decimal.coefficient().is_positive() {
        return Err(CHECK.error(ErrorCode::OutOfRange, pointer, "must be above zero"));
    }
    Ok(decimal)
}

fn check_ids(sorted: impl Iterator<Item = (u32, usize)>, list: &str) -> Result<(), FileError> {
    let mut previous = 0;
    for (id, at) in sorted {
        let here = format!("/{list}/{at}/id");
        if id == 0 || id > u32::from(u16::MAX) {
            let message = format!("{id} is not an id; ids are 1 to 65535");
            return Err(CHECK.error(ErrorCode::BadId, here, message));
        }
        if id == previous {
            let message = format!("id {id} is used twice; ids of {list} must differ");
            return Err(CHECK.error(ErrorCode::DuplicateId, here, message));
        }
        previous = id;
    }
    Ok(())
}

fn index_by_symbol<'a>(
    symbols: impl Iterator<Item = (&'a str, usize)> + Clone,
    code: ErrorCode,
    list: &str,
) -> Result<BTreeMap<String, usize>, FileError> {
    let mut map = BTreeMap::new();
    for (index, (symbol, at)) in symbols.clone().enumerate() {
        let here = format!("/{list}/{at}/symbol");
        CHECK.name(symbol, &here)?;
        match map.entry(symbol.to_owned()) {
            Entry::Vacant(entry) => entry.insert(index),
            Entry::Occupied(_) => {
                let message = format!("{} is listed twice; keep one of them", quoted(symbol));
                return Err(CHECK.error(code, here, message));
            }
        };
    }
    let at = |index| symbols.clone().nth(index).map_or(0, |(_, at)| at);
    CHECK.names_differ(symbols.clone().map(|(symbol, _)| symbol), |index| {
        format!("/{list}/{}/symbol", at(index))
    })?;
    Ok(map)
}

fn check_assets(file: &ScheduleFile) -> Result<Vec<Asset>, FileError> {
    let mut assets = Vec::with_capacity(file.assets.len());
    for (at, asset) in file.assets.iter().enumerate() {
        let here = format!("/assets/{at}");
        CHECK.decimals(asset.decimals, MAX_DECIMALS, &format!("{here}/decimals"))?;
        check_entry_bits(file, asset, &format!("{here}/entry_bits"))?;
        let elements = asset.elements.as_ref();
        elements::check_names(&asset.elements, &format!("{here}/elements"))?;
        let bits = file.valuation.bits.unwrap_or(0);
        let unit = |decimals| Unit { decimals, bits };
        let shares = elements.and_then(|e| e.interest.as_ref()).map(|i| i.balance_decimals);
        if let Some(shares) = shares {
            let place = format!("{here}/elements/interest/balance_decimals");
            CHECK.decimals(shares, MAX_DECIMALS, &place)?;
        }
        let priced = elements.and_then(|e| e.price_decimals);
        check_price_decimals(asset, priced, &format!("{here}/elements/price_decimals"))?;
        let exact = file.valuation.decimals.checked_sub(asset.decimals);
        // The price of an asset that settles converts requirements in any case.
        let by_figures =
            !asset.settles && elements.is_some_and(AssetElementsFile::is_priced_by_figures);
        let any = by_figures.then_some(0);
        let Some(index_decimals) = priced.or(any).or(exact) else {
            let message = format!(
                "the asset has {} decimals and the valuation has {}; raise the valuation's decimals",
                asset.decimals, file.valuation.decimals
            );
            return Err(CHECK.error(ErrorCode::UnitTooCoarse, format!("{here}/decimals"), message));
        };
        assets.push(Asset {
            id: asset.id,
            symbol: asset.symbol.clone(),
            decimals: asset.decimals,
            amount_unit: unit(asset.decimals),
            balance_unit: unit(shares.unwrap_or(asset.decimals)),
            index_decimals,
            priced_by_figures: by_figures,
            settles: asset.settles,
            at,
        });
    }
    check_asset_books(file)?;
    assets.sort_by_key(|a| a.id);
    check_ids(assets.iter().map(|a| (a.id, a.at)), "assets")?;
    let settling: Vec<_> = file.assets.iter().enumerate().filter(|(_, a)| a.settles).collect();
    if let Some((at, _)) = settling.get(MAX_SETTLE_GROUPS) {
        let message = format!(
            "positions can settle in at most {MAX_SETTLE_GROUPS} assets; {} are marked",
            settling.len()
        );
        let here = format!("/assets/{at}/settles");
        return Err(CHECK.error(ErrorCode::TooManySettleAssets, here, message));
    }
    Ok(assets)
}

/// Where each settlement asset has a book, its balance is in the book of its own asset and covers requirements as it is.
fn check_asset_books(file: &ScheduleFile) -> Result<(), FileError> {
    if !file.settlement_asset_books {
        return Ok(());
    }
    if file.bid_and_ask {
        let message = "a balance is not valued where each settlement asset has a book; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/bid_and_ask", message));
    }
    if file.rounding.collateral.is_some() {
        let message = "a balance is not valued where each settlement asset has a book; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/rounding/collateral", message));
    }
    if file.rounding.conversion.is_some() {
        let message =
            "a requirement is not converted where each settlement asset has a book; remove it";
        return Err(CHECK.error(ErrorCode::UnknownField, "/rounding/conversion", message));
    }
    for (at, asset) in file.assets.iter().enumerate() {
        let here = format!("/assets/{at}");
        if !asset.settles {
            let message = "no position settles in this asset, so its balance would be in no book; set it to true, or remove the asset";
            return Err(CHECK.error(
                ErrorCode::AssetDoesNotSettle,
                format!("{here}/settles"),
                message,
            ));
        }
        let whole = |row: &RowFile| {
            let is = |text: &DecimalText, n| {
                Decimal::parse(text.as_str()).is_ok_and(|d| d == Decimal::from_scaled(&n, 0))
            };
            let open = row.from.is_none() && row.below.is_none();
            open && is(&row.rate, BigInt::one()) && is(&row.amount, BigInt::ZERO)
        };
        if !matches!(&asset.collateral.rows[..], [row] if whole(row)) {
            let message = "a balance covers the requirements of its own asset as it is; write one open row of rate 1 and amount 0";
            let here = format!("{here}/collateral/rows");
            return Err(CHECK.error(ErrorCode::OutOfRange, here, message));
        }
    }
    Ok(())
}

/// Only a value that is rounded can have a price of any number of digits, and only a price that converts no requirement.
fn check_price_decimals(
    asset: &AssetFile,
    decimals: Option<u32>,
    place: &str,
) -> Result<(), FileError> {
    let Some(decimals) = decimals else { return Ok(()) };
    CHECK.decimals(decimals, MAX_DECIMALS, place)?;
    let by_sign = asset.elements.as_ref().is_some_and(|e| !e.value_by_sign.is_empty());
    if asset.settles || !by_sign {
        let why = match asset.settles {
            true => "the price converts requirements, so its digits follow from the units",
            false => "without steps in \"value_by_sign\", its digits follow from the units",
        };
        return Err(CHECK.error(ErrorCode::BadElement, place, format!("{why}; remove it")));
    }
    Ok(())
}

/// Entry values can be finer than the asset only if profit and loss are rounded to it.
fn check_entry_bits(file: &ScheduleFile, asset: &AssetFile, here: &str) -> Result<(), FileError> {
    CHECK.bits(asset.entry_bits, here)?;
    if asset.entry_bits.is_none() {
        return Ok(());
    }
    if file.valuation.bits.is_some() {
        let message = "every amount has binary digits already; remove it";
        return Err(CHECK.error(ErrorCode::BadDecimals, here, message));
    }
    if !asset.settles {
        let message = "no position settles in this asset; remove it";
        return Err(CHECK.error(ErrorCode::AssetDoesNotSettle, here, message));
    }
    if file.rounding.profit_and_loss.is_none() {
        let message = "profit and loss are in a binary fraction of the asset's unit; declare how they are rounded at /rounding/profit_and_loss";
        return Err(CHECK.error(ErrorCode::RoundingMissing, here, message));
    }
    Ok(())
}

fn check_identities(file: &ScheduleFile) -> Result<(), FileError> {
    let assets: Vec<Identity<'_>> = file.assets.iter().map(Identity::from).collect();
    let instruments: Vec<Identity<'_>> = file.instruments.iter().map(Identity::from).collect();
    identity::check("assets", &assets)?;
    identity::check_tokens("assets", &assets)?;
    identity::check("instruments", &instruments)
}

fn check_tier_names(file: &ScheduleFile) -> Result<BTreeMap<&str, usize>, FileError> {
    let mut names = BTreeMap::new();
    for (at, tiers) in file.tiers.iter().enumerate() {
        let here = format!("/tiers/{at}/name");
        CHECK.name(&tiers.name, &here)?;
        if names.insert(tiers.name.as_str(), at).is_some() {
            let message = format!("{} is listed twice; keep one of them", quoted(&tiers.name));
            return Err(CHECK.error(ErrorCode::DuplicateTiers, here, message));
        }
        if let Some(steps) = &tiers.requirement_rounding {
            check_steps(steps, &format!("/tiers/{at}/requirement_rounding"))?;
        }
        // In whole units, whatever the instruments' are.
        let most = RowUnits {
            x: Unit::of_decimals(MAX_DECIMALS),
            rate_decimals: file.rate_decimals,
            largest_rate: None,
            open_low: None,
            open_high: BigInt::one() << 256,
        };
        rows::tile(CHECK, &format!("/tiers/{at}"), tiers.variable, &tiers.rows, &most)?;
    }
    let listed = file.tiers.iter().map(|tiers| tiers.name.as_str());
    CHECK.names_differ(listed, |at| format!("/tiers/{at}/name"))?;
    Ok(names)
}

/// Tables belong to instruments, apart from a few left over when only a subset of a venue's instruments is used: so the
/// cost of reading a schedule is proportional to what it prices.
fn check_tiers_used(file: &ScheduleFile) -> Result<(), FileError> {
    let used: BTreeSet<_> = file.instruments.iter().map(|i| i.tiers.as_str()).collect();
    let mut rows = 0;
    for (at, tiers) in file.tiers.iter().enumerate() {
        if used.contains(tiers.name.as_str()) {
            continue;
        }
        let steps = tiers.requirement_rounding.as_ref().map_or(0, Vec::len);
        rows += 1 + tiers.rows.len() + steps;
        if rows > MAX_UNUSED_ROWS {
            let name = quoted(&read::shorten(&tiers.name));
            let message = format!(
                "no instrument uses {name} and others before it, which together have more than {MAX_UNUSED_ROWS} rows; leave \
                 them out"
            );
            return Err(CHECK.error(ErrorCode::UnusedTiers, format!("/tiers/{at}"), message));
        }
    }
    Ok(())
}

/// Largest `x` of a row that declares no end: what the narrow blocks of a circuit hold, if that is no less than ten
/// trillion and the row begins below it, and otherwise what the wide ones do.
fn open_requirement(tiers: &TiersFile, x: Unit) -> BigInt {
    let narrow = (BigInt::one() << OPEN_NARROW_REQUIREMENT_BITS) - 1;
    let last = tiers.rows.last().and_then(|row| row.from.as_ref());
    let last = last.and_then(|from| x.count(&Decimal::parse(from.as_str()).ok()?));
    if x.bits == 0 && x.decimals <= OPEN_NARROW_DECIMALS && last.is_none_or(|last| last <= narrow) {
        narrow
    } else {
        (BigInt::one() << OPEN_REQUIREMENT_BITS) - 1
    }
}

/// The largest rate that a table can give: every rate has the width of an own rate.
fn largest_rate(tiers: &TiersFile) -> BigInt {
    ((BigInt::one() << OWN_BITS) * tiers.denominator.unwrap_or(1)) - 1
}

/// A declared end is never where an open row ends, so that the rows say which of both it is.
fn check_end(tiers: &TiersFile, at: usize, brackets: &BracketedLinear) -> Result<(), FileError> {
    let is_declared = tiers.rows.last().is_some_and(|row| row.below.is_some());
    let ends = brackets.rows().last().is_some_and(|row| {
        [OPEN_NARROW_REQUIREMENT_BITS, OPEN_REQUIREMENT_BITS, BRACKET_BITS]
            .iter()
            .any(|bits| row.hi == (BigInt::one() << *bits) - 1)
    });
    if !is_declared || !ends {
        return Ok(());
    }
    let message = "this is where a row without an end would end; write null, or any other end";
    let here = format!("/tiers/{at}/rows/{}/below", tiers.rows.len() - 1);
    Err(CHECK.error(ErrorCode::OutOfRange, here, message))
}

/// Tables created so far: one per tier table and unit, with equal ones shared.
#[derive(Default)]
struct Tables {
    by_unit: BTreeMap<(usize, u32, bool), usize>,
    by_rows: BTreeMap<(bool, Vec<[BigInt; 4]>), usize>,
    list: Vec<TierTable>,
}

impl Tables {
    /// The table in a unit of `x`; all units of one table have the same binary digits.
    fn get(
        &mut self,
        file: &ScheduleFile,
        at: usize,
        x: Unit,
        gives_rates: bool,
    ) -> Result<usize, FileError> {
        let key = (at, x.decimals, gives_rates);
        if let Some(&table) = self.by_unit.get(&key) {
            return Ok(table);
        }
        let tiers = &file.tiers[at];
        let units = RowUnits {
            x,
            rate_decimals: file.rate_decimals,
            largest_rate: gives_rates.then(|| largest_rate(tiers)),
            open_low: None,
            open_high: open_requirement(tiers, x),
        };
        let brackets =
            rows::tile(CHECK, &format!("/tiers/{at}"), tiers.variable, &tiers.rows, &units)?;
        check_end(tiers, at, &brackets)?;
        let rows = brackets
            .rows()
            .iter()
            .map(|r| [r.lo.clone(), r.hi.clone(), r.slope.clone(), r.intercept.clone()]);
        let rows = (tiers.variable == VariableFile::Value, rows.collect());
        let table = *self.by_rows.entry(rows).or_insert_with(|| {
            self.list.push(TierTable { brackets, at });
            self.list.len() - 1
        });
        self.by_unit.insert(key, table);
        Ok(table)
    }
}

fn check_instrument(
    file: &ScheduleFile,
    at: usize,
    settle: &Asset,
    tier: usize,
    families: &Families<'_>,
    tables: &mut Tables,
) -> Result<Instrument, FileError> {
    let i = &file.instruments[at];
    let here = format!("/instruments/{at}");
    if !settle.settles {
        let message = format!(
            "asset {} does not settle positions; set its \"settles\" to true",
            quoted(&i.settle)
        );
        return Err(CHECK.error(ErrorCode::AssetDoesNotSettle, format!("{here}/settle"), message));
    }
    CHECK.decimals(i.size_decimals, MAX_DECIMALS, &format!("{here}/size_decimals"))?;
    CHECK.decimals(i.price_decimals, MAX_DECIMALS, &format!("{here}/price_decimals"))?;
    CHECK.bits(i.price_bits, &format!("{here}/price_bits"))?;
    if let Some(decimals) = i.funding_decimals {
        CHECK.decimals(decimals, MAX_DECIMALS, &format!("{here}/funding_decimals"))?;
    }
    let multiplier = positive(&i.multiplier, &format!("{here}/multiplier"))?;
    let entry_bits = file.assets[settle.at].entry_bits.unwrap_or(0);
    check_units(file, i, &here, settle, &multiplier)?;
    elements::check_names(&i.elements, &format!("{here}/elements"))?;
    let settle_unit = settle.amount_unit;
    let entry_unit = Unit { bits: settle_unit.bits + entry_bits, ..settle_unit };
    let elements = i.elements.as_ref();
    let gives_rates = elements.is_some_and(|e| e.rate.is_some());
    let of_root = elements.is_some_and(|e| e.root_of_size.is_some());
    let counted_decimals = families.decimals(i).unwrap_or(i.size_decimals);
    let variable = file.tiers[tier].variable;
    let x = match variable {
        VariableFile::Value => settle_unit,
        VariableFile::Quantity if of_root => Unit::of_decimals(file.rate_decimals),
        VariableFile::Quantity => Unit::of_decimals(counted_decimals),
    };
    // A function of quantity gives its value in units finer by the digits of rates.
    let finer = variable == VariableFile::Quantity && !gives_rates;
    let extra = if finer { file.rate_decimals } else { 0 };
    Ok(Instrument {
        id: i.id,
        symbol: i.symbol.clone(),
        kind: i.kind,
        settle: settle.id,
        settle_decimals: settle.decimals,
        settle_unit,
        notional_unit: Unit { decimals: settle_unit.decimals + extra, ..settle_unit },
        size_decimals: i.size_decimals,
        price_unit: Unit { decimals: i.price_decimals, bits: i.price_bits.unwrap_or(0) },
        entry_unit,
        multiplier,
        funding_unit: i.funding_decimals.map(|decimals| Unit { decimals, bits: entry_unit.bits }),
        table: tables.get(file, tier, x, gives_rates)?,
        counted_decimals,
        family: families.family(i, at)?,
        pnl_rounding: pnl_rounding(file, entry_unit, settle_unit),
        requirement_rounding: requirement_rounding(file, tier, settle_unit, gives_rates)?,
        at,
    })
}

/// Every product of a size, a price and a multiplier must be an integer in the settlement unit,
/// or its rounding must be declared.
fn check_units(
    file: &ScheduleFile,
    i: &InstrumentFile,
    here: &str,
    settle: &Asset,
    multiplier: &Decimal,
) -> Result<(), FileError> {
    let has = settle.decimals;
    let RoundingFile { value, notional, profit_and_loss, .. } = file.rounding;
    let elements = i.elements.as_ref();
    let value_by_side = elements.is_some_and(|e| e.value_by_side.is_some());
    let notional_by_side = elements.is_some_and(|e| e.notional_by_side.is_some());
    let by_side = |name: &str| match name {
        "value" => value_by_side,
        "notional" => notional_by_side,
        _ => false,
    };
    let points = [("value", value), ("notional", notional), ("profit_and_loss", profit_and_loss)];
    for (name, to) in points {
        match to {
            Some(RoundToFile { decimals, .. }) if decimals > has => {
                let message = format!(
                    "{decimals} decimals, but {} has {has}; round to at most {has}",
                    settle.symbol
                );
                let place = format!("/rounding/{name}/decimals");
                return Err(CHECK.error(ErrorCode::BadDecimals, place, message));
            }
            // What differs by side has roundings of its own.
            None if name == "profit_and_loss" || by_side(name) => {}
            None if i.price_bits.is_some() => {
                let message = format!(
                    "a price in a binary unit is divided; declare rounding of both value and notional at /rounding ({name} is missing)"
                );
                let place = format!("{here}/price_bits");
                return Err(CHECK.error(ErrorCode::RoundingMissing, place, message));
            }
            None if i.kind == KindFile::Inverse => {
                let message = format!(
                    "an inverse instrument divides by its price; declare rounding of both value and notional at /rounding ({name} is missing)"
                );
                return Err(CHECK.error(
                    ErrorCode::RoundingMissing,
                    format!("{here}/kind"),
                    message,
                ));
            }
            _ => {}
        }
    }
    if i.kind == KindFile::Inverse && i.funding_decimals.is_some() {
        let message = "an inverse instrument has no funding index; its funding goes into balances";
        let place = format!("{here}/funding_decimals");
        return Err(CHECK.error(ErrorCode::FundingNotSupported, place, message));
    }
    let price_digits = i.price_decimals + multiplier.scale();
    let exact = i.kind == KindFile::Linear
        && ((value.is_none() && !value_by_side) || (notional.is_none() && !notional_by_side));
    let needs = i.size_decimals + price_digits;
    if exact && needs > has {
        let message = format!(
            "size ({}), price ({}) and multiplier ({}) together have {needs} digits after the point, but {} has {has}; raise its decimals, lower theirs, or declare rounding of value and notional",
            i.size_decimals,
            i.price_decimals,
            multiplier.scale(),
            settle.symbol,
        );
        return Err(CHECK.error(ErrorCode::UnitTooCoarse, here, message));
    }
    // The entry funding index enters the entry value, which is never rounded.
    let funding = i.size_decimals + i.funding_decimals.unwrap_or(0);
    if i.funding_decimals.is_some() && funding > has {
        let message = format!(
            "size and funding index together have {funding} digits after the point, but {} has {has}; raise its decimals",
            settle.symbol
        );
        return Err(CHECK.error(
            ErrorCode::UnitTooCoarse,
            format!("{here}/funding_decimals"),
            message,
        ));
    }
    Ok(())
}

/// The rounding of profit and loss to the settlement asset, unless it has no effect.
fn pnl_rounding(file: &ScheduleFile, entry_unit: Unit, settle_unit: Unit) -> Option<LinearStep> {
    let to = file.rounding.profit_and_loss?;
    let step = steps::product(&BigInt::one(), entry_unit, Some(to), settle_unit)?;
    step.exact_num().is_none().then_some(step)
}

fn requirement_rounding(
    file: &ScheduleFile,
    tier: usize,
    settle: Unit,
    gives_rates: bool,
) -> Result<Vec<LinearStep>, FileError> {
    let (list, pointer) = match &file.tiers[tier].requirement_rounding {
        Some(own) => (own, format!("/tiers/{tier}/requirement_rounding")),
        None => (&file.rounding.requirement, "/rounding/requirement".to_owned()),
    };
    // What tiers give has the digits of rates beside; a rounded requirement can have fewer.
    let finest = Unit { decimals: settle.decimals + file.rate_decimals, ..settle };
    let extra = margin_decimals(file) - file.valuation.decimals;
    let out_unit = Unit { decimals: settle.decimals + extra, ..settle };
    let out = out_unit.decimals;
    if finest != out_unit && list.is_empty() {
        let message = format!("requirements must be rounded to it; declare that at {pointer}");
        let place = "/valuation/margin_decimals";
        return Err(CHECK.error(ErrorCode::RoundingMissing, place, message));
    }
    let denominator = denominator(file, tier, list, gives_rates)?;
    let mut made = Vec::with_capacity(list.len());
    for (at, step) in list.iter().enumerate() {
        CHECK.decimals(step.decimals, out, &format!("{pointer}/{at}/decimals"))?;
        let (factor, scale) = match &step.factor {
            None => (BigInt::one(), 0),
            Some(text) => {
                let factor = positive(text, &format!("{pointer}/{at}/factor"))?;
                (factor.coefficient().clone(), factor.scale())
            }
        };
        let to = RoundToFile { mode: step.mode, decimals: step.decimals };
        // `out` is at least `to.decimals`, so the step exists; without effect it is left out.
        let from = if at == 0 { finest } else { out_unit };
        let step = match denominator {
            Some(by) if at == 0 => {
                let whole = Unit::of_decimals(0);
                steps::quotient(&factor, from.decimals + scale, &by.into(), whole, to, out_unit)
            }
            _ => {
                let from = Unit { decimals: from.decimals + scale, ..from };
                steps::product(&factor, from, Some(to), out_unit)
            }
        };
        made.extend(step.filter(|s| s.exact_num().is_none_or(|n| !n.is_one())));
    }
    Ok(made)
}

/// What a table's rates are divided by, which only the first rounding of the requirement can do.
fn denominator(
    file: &ScheduleFile,
    tier: usize,
    steps: &[RoundStepFile],
    gives_rates: bool,
) -> Result<Option<u32>, FileError> {
    let tiers = &file.tiers[tier];
    let Some(denominator) = tiers.denominator else { return Ok(None) };
    let here = format!("/tiers/{tier}/denominator");
    if !(2..=MAX_DENOMINATOR).contains(&denominator) {
        let message =
            format!("{denominator} is not in 2..={MAX_DENOMINATOR}; leave out a denominator of 1");
        return Err(CHECK.error(ErrorCode::BadDenominator, here, message));
    }
    // A rate is divided by itself.
    if gives_rates {
        return Ok(None);
    }
    let rounds_before =
        tiers.variable == VariableFile::Quantity && file.rounding.notional.is_some();
    if steps.is_empty() || rounds_before {
        let message = if rounds_before {
            "a function of quantity cannot be divided after its notional is rounded"
        } else {
            "a requirement that is divided must be rounded; declare it at /rounding/requirement"
        };
        return Err(CHECK.error(ErrorCode::RoundingMissing, here, message));
    }
    Ok(Some(denominator))
}

// Every schedule has a margin unit that a statement can name.
const _: () = assert!(MAX_DECIMALS + MAX_RATE_DECIMALS <= MAX_MARGIN_DECIMALS as u32);

fn margin_unit(file: &ScheduleFile) -> Result<MarginUnit, FileError> {
    let decimals = u16::try_from(margin_decimals(file)).unwrap_or(u16::MAX);
    let ValuationFile { currency, bits, .. } = &file.valuation;
    let currency = bits.map_or_else(|| currency.clone(), |bits| format!("{currency}/2^{bits}"));
    MarginUnit::new(currency, decimals).map_err(|_| {
        let message =
            format!("write 1 to {MAX_CURRENCY_BYTES} visible ASCII characters, such as \"USD\"");
        CHECK.error(ErrorCode::BadText, "/valuation/currency", message)
    })
}

/// A decimal number or `none`.
pub(super) fn written_floor(text: &DecimalText, here: &str) -> Result<WrittenFloor, FileError> {
    match WrittenFloor::parse(text.as_str()) {
        Ok(floor) => Ok(floor),
        Err(_) => CHECK.decimal(text, here).map(WrittenFloor::from),
    }
}

fn check_menu(file: &ScheduleFile, unit: &MarginUnit) -> Result<Menu, FileError> {
    let menu = &file.menu;
    CHECK.length(menu.levels.len(), MAX_MENU, "/menu/levels")?;
    CHECK.length(menu.floors.len(), MAX_MENU, "/menu/floors")?;
    if menu.levels.is_empty() {
        let name = file.requirement.name();
        let message = format!(
            "list at least one level, such as {{\"name\": \"{name}\", \"level_bps\": 10000}}"
        );
        return Err(CHECK.error(ErrorCode::BadMenu, "/menu/levels", message));
    }
    if menu.floors.is_empty() {
        let message = "list at least one floor, such as \"0\", or \"none\"";
        return Err(CHECK.error(ErrorCode::BadMenu, "/menu/floors", message));
    }
    for (at, level) in menu.levels.iter().enumerate() {
        let here = format!("/menu/levels/{at}");
        CHECK.name(&level.name, &format!("{here}/name"))?;
        if level.level_bps == 0 || level.level_bps >= 1 << LEVEL_BITS {
            let message = format!("must be from 1 to {}", (1u32 << LEVEL_BITS) - 1);
            return Err(CHECK.error(ErrorCode::OutOfRange, format!("{here}/level_bps"), message));
        }
        // Digits are a figure wherever a level is named, and a requirement's name is that requirement everywhere.
        if level.name.bytes().all(|b| b.is_ascii_digit()) {
            let message =
                "a name cannot be a number; a demand for this number would be read as the name";
            return Err(CHECK.error(ErrorCode::BadMenu, format!("{here}/name"), message));
        }
        if !Requirement::can_name(&level.name, level.level_bps) {
            let name = &level.name;
            let message =
                format!("`{name}` is 10000 basis points; give any other level a different name");
            return Err(CHECK.error(ErrorCode::BadMenu, format!("{here}/level_bps"), message));
        }
        if let Some(named) = Requirement::of_name(&level.name).filter(|r| *r != file.requirement) {
            let message = format!(
                "levels are of the {}, and `{}` would be read as another requirement; call it `{}`",
                file.requirement.margin(),
                named.name(),
                file.requirement.name()
            );
            return Err(CHECK.error(ErrorCode::BadMenu, format!("{here}/name"), message));
        }
        let before = &menu.levels[..at];
        if before.iter().any(|l| l.name == level.name || l.level_bps == level.level_bps) {
            let message = "repeats a name or a level; keep one of them";
            return Err(CHECK.error(ErrorCode::BadMenu, here, message));
        }
    }
    let names = menu.levels.iter().map(|level| level.name.as_str());
    CHECK.names_differ(names, |at| format!("/menu/levels/{at}/name"))?;
    let mut floors = Vec::with_capacity(menu.floors.len());
    for (at, floor) in menu.floors.iter().enumerate() {
        let here = format!("/menu/floors/{at}");
        let floor: Floor = match written_floor(floor, &here)?.amount() {
            None => Floor::none(),
            Some(_) => CHECK.scaled(floor, unit.decimals().into(), &here)?.into(),
        };
        if let Err(error) = Claim::with_floor(0, floor.clone()) {
            return Err(CHECK.error(ErrorCode::Width, here, error.to_string()));
        }
        if floors.contains(&floor) {
            return Err(CHECK.error(ErrorCode::BadMenu, here, "repeats a floor; keep one of them"));
        }
        floors.push(floor);
    }
    floors.sort();
    let mut levels_bps: Vec<_> = menu.levels.iter().map(|level| level.level_bps).collect();
    levels_bps.sort_unstable();
    Ok(Menu { levels_bps, floors })
}
