//! Binance leverage brackets as ccxt and freqtrade keep them: an object from `BASE/QUOTE:SETTLE`
//! to a list of tiers, each with Binance's own figures as text under `info`.

use super::{Caps, Imported, LeftOut, decimal, in_full, menu, source};
use crate::arguments::Import;
use crate::failure::Result;
use serde_json::Value;
use std::collections::BTreeMap;
use zkmargin_model::decimal::Decimal;
use zkmargin_params::{
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

const ASSUMED: &str = "sizes have 3 and prices 8 digits; the last tier ends at the venue's cap; only the settlement asset is collateral, in full: add other assets and their haircuts by hand; menu of this project";

/// How to get the format that is read.
const FORMAT: &str = "an object from BASE/QUOTE:SETTLE to tiers with Binance's own figures under `info`, as ccxt's fetch_leverage_tiers() returns it and freqtrade keeps it in binance_leverage_tiers.json; with ccxt: json.dump(ccxt.binance({...}).fetch_leverage_tiers(), file)";

/// `BASE/QUOTE:SETTLE`, with `-DATE` behind it for a dated future and more for an option.
struct Name<'a> {
    base: &'a str,
    quote: &'a str,
    settle: &'a str,
    date: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn read(name: &'a str) -> Option<Self> {
        let (pair, settle) = name.split_once(':')?;
        let (base, quote) = pair.split_once('/')?;
        let (settle, date) =
            settle.split_once('-').map_or((settle, None), |(settle, date)| (settle, Some(date)));
        let whole = [base, quote, settle].iter().all(|part| !part.is_empty());
        whole.then_some(Self { base, quote, settle, date })
    }

    /// Binance's own symbol, such as `BTCUSDT` or `BTCUSDT_250328`.
    fn symbol(&self) -> String {
        let date = self.date.map_or(String::new(), |date| format!("_{date}"));
        format!("{}{}{date}", self.base, self.quote)
    }

    /// Why the contract cannot be taken into a schedule of one settlement asset.
    fn left_out(&self, settle: &str) -> Option<String> {
        let dated = self
            .date
            .is_none_or(|date| date.len() == 6 && date.bytes().all(|b| b.is_ascii_digit()));
        if !dated {
            Some("an option".to_owned())
        } else if self.settle == self.base && self.settle != self.quote {
            Some("inverse (COIN-M): its contract size is not in the file".to_owned())
        } else if self.settle != settle {
            Some(format!("settles in {}", self.settle))
        } else if self.settle == self.quote {
            None
        } else {
            Some("settles in neither its base nor its quote asset".to_owned())
        }
    }
}

/// A contract's symbol, its name in the file, and its tiers.
type Found<'a> = (String, &'a str, &'a Value);

/// Linear contracts that settle in the asset, by Binance's own symbol, and what was left out.
fn contracts<'a>(file: &'a Value, settle: &str) -> Result<(Vec<Found<'a>>, Vec<LeftOut>)> {
    if file.is_array() {
        let raw = file[0].get("brackets").is_some();
        let what = if raw { "is the raw answer of Binance's leverageBracket" } else { "is a list" };
        return Err(source::wrong("", &format!("{what}; this reads {FORMAT}")));
    }
    let wrong = || source::wrong("", &format!("is not what --from binance reads: {FORMAT}"));
    let object = file.as_object().ok_or_else(wrong)?;
    let (mut taken, mut left_out) = (Vec::new(), Vec::new());
    for (name, tiers) in object {
        let read = Name::read(name).ok_or_else(wrong)?;
        match read.left_out(settle) {
            None => taken.push((read.symbol(), name.as_str(), tiers)),
            Some(why) => left_out.push(LeftOut { symbol: name.clone(), why }),
        }
    }
    if taken.is_empty() {
        let mut message = format!("holds no linear contract that settles in {settle:?}");
        for LeftOut { symbol, why } in left_out.iter().take(3) {
            message.push_str(&format!("; {symbol}: {why}"));
        }
        let failure = source::wrong("", &message);
        return Err(match settle.split_once('-') {
            Some((asset, _)) => failure
                .help(format!("a dated future settles in an asset as well: pass --settle {asset}")),
            None => failure,
        });
    }
    Ok((taken, left_out))
}

fn rows(name: &str, tiers: &Value) -> Result<Vec<RowFile>> {
    let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
    let tiers = source::list(tiers, &pointer)?;
    let last = tiers.len().saturating_sub(1);
    let row = |(at, tier): (usize, &Value)| {
        let info = &tier["info"];
        let place = |key: &str| format!("{pointer}/{at}/info/{key}");
        if !info.is_object() {
            let message = format!("is not an object; this reads {FORMAT}");
            return Err(source::wrong(&format!("{pointer}/{at}/info"), &message));
        }
        let figure = |key: &str| source::decimal(&info[key], &place(key));
        let deduction = figure("cum")?;
        let amount = match deduction.as_str() {
            "0" => "0".to_owned(),
            text => match text.strip_prefix('-') {
                Some(added) => added.to_owned(),
                None => format!("-{text}"),
            },
        };
        let capped = at < last || !info["notionalCap"].is_null();
        Ok(RowFile {
            from: Some(figure("notionalFloor")?),
            below: if capped { Some(figure("notionalCap")?) } else { None },
            rate: figure("maintMarginRatio")?,
            amount: decimal(&amount),
        })
    };
    tiers.iter().enumerate().map(row).collect()
}

/// Digits that hold every rate, at least those that are usual.
fn rate_decimals(tiers: &[TiersFile]) -> u32 {
    let rates = tiers.iter().flat_map(|table| &table.rows).map(|row| row.rate.as_str());
    let digits = rates.filter_map(|rate| Decimal::parse(rate).ok()).map(|rate| rate.scale());
    digits.fold(RATE_DECIMALS, u32::max)
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
    let (contracts, left_out) = contracts(file, &a.settle)?;
    for ((symbol, name, listed), id) in contracts.into_iter().zip(1..) {
        let rows = rows(name, listed)?;
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
            rate_decimals: rate_decimals(&tiers),
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
        left_out,
        caps: Caps::Published,
    })
}
