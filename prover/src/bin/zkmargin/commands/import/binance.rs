//! Binance leverage brackets as ccxt and freqtrade keep them: an object from `BASE/QUOTE:SETTLE`
//! to a list of tiers, each with Binance's own figures as text under `info`.

use super::{Imported, decimal, in_full, menu, source};
use crate::arguments::Import;
use crate::failure::Result;
use serde_json::Value;
use std::collections::BTreeMap;
use zkmargin_model::files::{
    AssetFile, DecimalText, InstrumentFile, KindFile, ModeFile, RoundStepFile, RoundingFile,
    RowFile, ScheduleFile, TiersFile, ValuationFile, VariableFile,
};

const SIZE_DECIMALS: u32 = 3;
const PRICE_DECIMALS: u32 = 8;
const ASSET_DECIMALS: u32 = SIZE_DECIMALS + PRICE_DECIMALS;
/// Leaves an index price eight digits.
const VALUATION_DECIMALS: u32 = ASSET_DECIMALS + 8;
const RATE_DECIMALS: u32 = 4;
/// Binance truncates requirements at this many digits.
const ROUNDING_DECIMALS: u32 = 8;

const ASSUMED: &str = "sizes have 3 and prices 8 digits; the last tier is open; only the settlement asset is collateral, in full: add other assets and their haircuts by hand; menu of this project";

/// Perpetuals that settle in the asset, by Binance's own symbol.
fn perpetuals<'a>(file: &'a Value, settle: &str) -> Result<Vec<(String, &'a str, &'a Value)>> {
    let object = file.as_object().ok_or_else(|| source::wrong("", "is not an object"))?;
    let suffix = format!(":{settle}");
    let taken = object.iter().filter_map(|(name, tiers)| {
        let pair = name.strip_suffix(suffix.as_str())?;
        Some((pair.replace('/', ""), name.as_str(), tiers))
    });
    let taken: Vec<_> = taken.collect();
    if taken.is_empty() {
        return Err(source::wrong("", &format!("holds no perpetual that settles in {settle}")));
    }
    Ok(taken)
}

fn rows(name: &str, tiers: &Value) -> Result<Vec<RowFile>> {
    let tiers = source::list(tiers, name)?;
    let last = tiers.len().saturating_sub(1);
    let row = |(at, tier): (usize, &Value)| {
        let figure =
            |key: &str| source::decimal(&tier["info"][key], &format!("{name}/{at}/info/{key}"));
        let deduction = figure("cum")?;
        let amount = match deduction.as_str() {
            "0" => "0".to_owned(),
            text => format!("-{text}"),
        };
        Ok(RowFile {
            from: Some(figure("notionalFloor")?),
            below: if at == last { None } else { Some(figure("notionalCap")?) },
            rate: figure("maintMarginRatio")?,
            amount: decimal(&amount),
        })
    };
    tiers.iter().enumerate().map(row).collect()
}

/// Text that is the same for the same row.
fn row_key(row: &RowFile) -> String {
    let end = |end: &Option<DecimalText>| end.as_ref().map_or("", DecimalText::as_str).to_owned();
    format!("{} {} {} {};", end(&row.from), end(&row.below), row.rate.as_str(), row.amount.as_str())
}

/// A schedule of one settlement asset's perpetuals.
pub fn import(file: &Value, a: &Import) -> Result<Imported> {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut tiers = Vec::new();
    let mut instruments = Vec::new();
    for ((symbol, pair, listed), id) in perpetuals(file, &a.settle)?.into_iter().zip(1..) {
        let rows = rows(pair, listed)?;
        let key: String = rows.iter().map(row_key).collect();
        let name = names.entry(key).or_insert_with(|| {
            let name = format!("tiers-{:03}", tiers.len() + 1);
            tiers.push(TiersFile {
                name: name.clone(),
                variable: VariableFile::Value,
                rows,
                requirement_rounding: None,
            });
            name
        });
        instruments.push(InstrumentFile {
            id,
            symbol,
            chain: None,
            contract: None,
            contract_version: None,
            migrated_to: None,
            kind: KindFile::Linear,
            settle: a.settle.clone(),
            size_decimals: SIZE_DECIMALS,
            price_decimals: PRICE_DECIMALS,
            multiplier: decimal("1"),
            funding_decimals: None,
            tiers: name.clone(),
        });
    }
    let mut rounding = RoundingFile::default();
    if a.rounding {
        let step =
            RoundStepFile { mode: ModeFile::Truncate, decimals: ROUNDING_DECIMALS, factor: None };
        rounding.requirement.push(step);
    }
    let base = a.name.clone().unwrap_or_else(|| format!("binance-{}", a.settle.to_lowercase()));
    // A variant that leaves the venue's rounding out says so by its name.
    let unrounded = !a.rounding && !base.ends_with("-unrounded");
    let name = if unrounded { format!("{base}-unrounded") } else { base };
    Ok(Imported {
        schedule: ScheduleFile {
            format: "zkmargin-schedule/1".to_owned(),
            venue: "binance".to_owned(),
            name,
            source: format!("Binance leverage brackets, imported. Assumed: {ASSUMED}."),
            valuation: ValuationFile { currency: "USD".to_owned(), decimals: VALUATION_DECIMALS },
            rate_decimals: RATE_DECIMALS,
            equality_is_healthy: false,
            menu: menu(),
            rounding,
            assets: vec![AssetFile {
                id: 1,
                symbol: a.settle.clone(),
                chain: None,
                contract: None,
                contract_version: None,
                migrated_to: None,
                decimals: ASSET_DECIMALS,
                settles: true,
                collateral: in_full(),
            }],
            tiers,
            instruments,
        },
        snapshot: None,
        assumed: ASSUMED,
    })
}
