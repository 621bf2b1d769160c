//! Markets of the profiles that shipped schedules have, and of those that only other listings bring.

use super::{market, read};
use serde_json::{Value, json};
use zkmargin_params::venues::{Choice, OpenedFile, Reading, RulePart, VENUES, known_answers};
use zkmargin_params::{CompiledMarket, Requirement, Schedule, SnapshotFile, compile};

/// Schedules that are shipped with prices, in `params/venues`.
const SHIPPED: [[&str; 2]; 13] = [
    ["binance/examples/single-asset.schedule.json", "binance/examples/single-asset.snapshot.json"],
    ["binance/examples/isolated.schedule.json", "binance/examples/isolated.snapshot.json"],
    ["hyperliquid/examples/cross.schedule.json", "hyperliquid/examples/cross.snapshot.json"],
    ["hyperliquid/examples/isolated.schedule.json", "hyperliquid/examples/isolated.snapshot.json"],
    ["extended/examples/flow.schedule.json", "extended/examples/flow.snapshot.json"],
    ["kraken/inverse-btc.json", "kraken/inverse-btc.snapshot.json"],
    ["bitmex/xbtusd.json", "bitmex/xbtusd.snapshot.json"],
    ["drift/examples/perpetual.schedule.json", "drift/examples/perpetual.snapshot.json"],
    ["drift/examples/borrower.schedule.json", "drift/examples/borrower.snapshot.json"],
    ["drift/examples/own-ratio.schedule.json", "drift/examples/own-ratio.snapshot.json"],
    ["mango/examples/perpetual.schedule.json", "mango/examples/perpetual.snapshot.json"],
    ["mango/examples/stable-price.schedule.json", "mango/examples/stable-price.snapshot.json"],
    ["lighter/mainnet.json", "lighter/examples/186974592.snapshot.json"],
];

/// Venues whose schedules are shipped without prices, or made from their answers alone, with the requirement and the part
/// of the rule that are chosen.
const ANSWERS: [(&str, Option<Requirement>, Option<&str>); 11] = [
    ("dydx", None, None),
    ("dydx", Some(Requirement::Initial), None),
    ("dydx", None, Some("liquidation")),
    ("okx", None, None),
    ("bybit", None, None),
    ("bybit", Some(Requirement::Maintenance), None),
    ("binance", Some(Requirement::Maintenance), None),
    ("gate", None, None),
    ("deribit", None, None),
    ("binance-coinm", None, None),
    ("binance-pm", None, None),
];

/// All markets, by name.
pub fn markets() -> Vec<(String, CompiledMarket)> {
    let shipped = SHIPPED.iter().map(|[schedule, snapshot]| {
        let name = schedule.trim_end_matches(".json").trim_end_matches(".schedule");
        let name = name.replace("/examples/", "-").replace('/', "-");
        (name, market(&format!("venues/{schedule}"), &format!("venues/{snapshot}")))
    });
    let answers = ANSWERS.iter().map(|(venue, requirement, part)| {
        let chosen = requirement.map(Requirement::name).or(*part);
        let chosen = chosen.map(|chosen| format!(", {chosen}")).unwrap_or_default();
        let rule = part.map(RulePart::parse).into_iter().collect();
        let choice = Choice { requirement: *requirement, rule, ..Choice::default() };
        (format!("{venue}{chosen}"), imported(venue, choice))
    });
    let listed = [
        ("exact", unrounded(1)),
        ("exact, 5 settlement assets", unrounded(5)),
        ("exact, 9 settlement assets", unrounded(9)),
    ];
    let listed =
        listed.into_iter().map(|(name, market)| (format!("binance-cross, {name}"), market));
    shipped.chain(answers).chain(listed).collect()
}

/// The market of the answers that are kept of a venue.
fn imported(name: &str, choice: Choice) -> CompiledMarket {
    let folder = super::params(&format!("venues/{}/examples/answers", name.replace('-', "_")));
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<OpenedFile> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            OpenedFile { name, bytes: std::fs::read(path).expect("a file").into() }
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let venue = VENUES.iter().find(|venue| venue.name == name).expect("a known venue");
    let reading = Reading { choice, accept_rule: true, ..Reading::default() };
    let imported = venue.import(&files, &[], &known_answers(), &reading);
    let imported = imported.unwrap_or_else(|e| panic!("{name}: {e}"));
    imported.market.expect("prices")
}

/// Binance's market of the main pins with changes of its schedule and its snapshot.
pub fn changed_binance(change: impl FnOnce(&mut Value, &mut Value)) -> CompiledMarket {
    let file = |name: &str| -> Value {
        let path = format!("venues/binance/examples/cross.{name}.json");
        serde_json::from_slice(&read(&path)).expect("json")
    };
    let (mut schedule, mut prices) = (file("schedule"), file("snapshot"));
    change(&mut schedule, &mut prices);
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    prices["schedule"] = json!(schedule.digest().to_string());
    let prices = SnapshotFile::from_json(prices.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &prices).expect("market")
}

/// Nothing is rounded, and instruments settle in this many assets in turn.
fn unrounded(settle: usize) -> CompiledMarket {
    changed_binance(|schedule, prices| {
        schedule["rounding"] = json!({});
        schedule.as_object_mut().expect("an object").remove("rounding_assumed");
        let mut symbols = Vec::new();
        let listed = [("assets", "symbol", &mut *schedule), ("assets", "asset", prices)];
        for (list, name, file) in listed {
            let assets = file[list].as_array_mut().expect("a list");
            let last = assets.last().expect("an asset").clone();
            for at in assets.len()..settle {
                let mut asset = last.clone();
                asset[name] = json!(format!("ASSET{at}"));
                if name == "symbol" {
                    asset["id"] = json!(at + 1);
                }
                assets.push(asset);
            }
        }
        for asset in schedule["assets"].as_array_mut().expect("assets") {
            asset["settles"] = json!(symbols.len() < settle);
            symbols.push(asset["symbol"].clone());
        }
        let instruments = schedule["instruments"].as_array_mut().expect("instruments");
        for (at, instrument) in instruments.iter_mut().enumerate() {
            instrument["settle"] = symbols[at % settle].clone();
        }
    })
}
