//! From the file to the checked schedule: symbols resolved, units composed, rows tiled, digests computed.

mod assets;
mod head;
mod instrument;
mod menu;
mod requirement;
mod tiers;

use super::elements::Families;
use super::error::{ErrorCode, FileError, FileKind};
use super::figures::Checker;
use super::identity::{self, Identity};
use super::schedule::Schedule;
use super::schedule_file::ScheduleFile;
use super::{blocks, market, read, schedule_digest};
use assets::check_assets;
use head::{check_head, margin_unit};
use instrument::check_instrument;
use menu::check_menu;
use std::collections::{BTreeMap, btree_map::Entry};
use tiers::{Tables, check_tier_names, check_tiers_used};
use zkmargin_model::shown::quoted;

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

fn check_identities(file: &ScheduleFile) -> Result<(), FileError> {
    let assets: Vec<Identity<'_>> = file.assets.iter().map(Identity::from).collect();
    let instruments: Vec<Identity<'_>> = file.instruments.iter().map(Identity::from).collect();
    identity::check(CHECK, "assets", &assets)?;
    identity::check_tokens(CHECK, "assets", &assets)?;
    identity::check(CHECK, "instruments", &instruments)
}
