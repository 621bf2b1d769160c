//! Hyperliquid: a requirement of notional / (2 * maximum leverage), floored at 10^-6.

use crate::common::{
    Outcome, Sources, decimal, example_account, in_full, integer, menu, row, scaled, text, trimmed,
    write_account, write_schedule, write_snapshot,
};
use num_bigint::BigInt;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use zkmargin_model::decimal::{Decimal, parse_scaled, power_of_ten};
use zkmargin_params::{
    AssetFile, AssetPriceFile, BalanceFile, InstrumentFile, InstrumentPriceFile, KindFile,
    ModeFile, PositionFile, RoundStepFile, RoundingFile, ScheduleFile, SnapshotFile, TiersFile,
    ValuationFile, VariableFile,
};

const VENUE: &str = "hyperliquid";
const REPO: &str =
    "hyperliquid-dex/hyperliquid-python-sdk, commit 7ee976d123b1e04295e4a1e37a424ca6a13bef88";
/// USDC amounts, and size and price digits of an instrument together.
const DECIMALS: u32 = 6;
const RATE_DECIMALS: u32 = 6;

/// The JSON body of the one response in a recorded exchange.
fn response(yaml: &str) -> Outcome<Value> {
    let line = yaml.lines().find_map(|l| l.trim().strip_prefix("string: '{"));
    let body = line.and_then(|l| l.strip_suffix('\'')).ok_or("no response body")?;
    Ok(serde_json::from_str(&format!("{{{body}"))?)
}

/// `1 / (2 * leverage)` if it has few enough digits. Leverages like 3 have no exact rate and would
/// need a factor instead.
fn rate(leverage: i64) -> Outcome<String> {
    let unit = power_of_ten(RATE_DECIMALS);
    let twice = BigInt::from(2 * leverage);
    let rate = &unit / &twice;
    if &rate * &twice != unit {
        return Err(format!("1 / {twice} has no exact rate").into());
    }
    Ok(scaled(rate, RATE_DECIMALS).as_str().to_owned())
}

pub fn write(sources: &Sources, params: &Path) -> Outcome<()> {
    let info = response(&sources.text("hyperliquid/test_get_info.yaml")?)?;
    let universe = info["universe"].as_array().ok_or("no universe")?;
    let file = schedule(universe)?;
    write_schedule(&params.join("venues/hyperliquid.json"), file.clone())?;
    let mut unrounded = file;
    unrounded.name = "hyperliquid-unrounded".to_owned();
    unrounded.rounding = RoundingFile::default();
    unrounded.source.push_str(" This variant leaves the rounding of requirements out.");
    write_schedule(&params.join("venues/hyperliquid-unrounded.json"), unrounded.clone())?;
    write_example(sources, params, unrounded)
}

fn schedule(universe: &[Value]) -> Outcome<ScheduleFile> {
    let leverages: BTreeSet<i64> =
        universe.iter().map(|u| integer(u, "maxLeverage")).collect::<Outcome<_>>()?;
    let tiers = leverages.iter().map(|leverage| {
        Ok(TiersFile {
            name: format!("leverage-{leverage}"),
            variable: VariableFile::Value,
            rows: vec![row(Some("0"), None, rate(*leverage)?, "0")],
            requirement_rounding: None,
        })
    });
    let instruments = universe.iter().enumerate().map(|(at, u)| {
        let size_decimals = u32::try_from(integer(u, "szDecimals")?)?;
        Ok(InstrumentFile {
            id: u32::try_from(at)? + 1,
            symbol: text(u, "name")?.to_owned(),
            chain: None,
            contract: None,
            contract_version: None,
            migrated_to: None,
            kind: KindFile::Linear,
            settle: "USDC".to_owned(),
            size_decimals,
            price_decimals: DECIMALS - size_decimals,
            multiplier: decimal("1"),
            funding_decimals: None,
            tiers: format!("leverage-{}", integer(u, "maxLeverage")?),
        })
    });
    Ok(ScheduleFile {
        format: "zkmargin-schedule/1".to_owned(),
        venue: VENUE.to_owned(),
        name: "hyperliquid".to_owned(),
        source: format!(
            "Perpetuals, size decimals and maximum leverages of the meta response recorded in {REPO}, tests/cassettes/info_test/test_get_info.yaml (2023). Requirement: notional / (2 * maximum leverage), floored at 1e-6 per position, as the liquidation prices of the same recording imply. Instrument id is the place in the universe plus one. The menu is this project's."
        ),
        valuation: ValuationFile { currency: "USDC".to_owned(), decimals: DECIMALS },
        rate_decimals: RATE_DECIMALS,
        equality_is_healthy: true,
        menu: menu(),
        rounding: RoundingFile {
            requirement: vec![RoundStepFile {
                mode: ModeFile::Floor,
                decimals: DECIMALS,
                factor: None,
            }],
            ..RoundingFile::default()
        },
        assets: vec![AssetFile {
            id: 1,
            symbol: "USDC".to_owned(),
            chain: None,
            contract: None,
            contract_version: None,
            migrated_to: None,
            decimals: DECIMALS,
            settles: true,
            collateral: in_full(),
        }],
        tiers: tiers.collect::<Outcome<_>>()?,
        instruments: instruments.collect::<Outcome<_>>()?,
    })
}

/// The recorded account, with the schedule restricted to the instruments it prices.
fn write_example(sources: &Sources, params: &Path, mut file: ScheduleFile) -> Outcome<()> {
    let state = response(&sources.text("hyperliquid/test_get_user_state.yaml")?)?;
    let held: Vec<&Value> = state["assetPositions"]
        .as_array()
        .ok_or("no positions")?
        .iter()
        .map(|p| &p["position"])
        .collect();
    let decimals: BTreeMap<String, (u32, u32)> = file
        .instruments
        .iter()
        .map(|i| (i.symbol.clone(), (i.size_decimals, i.price_decimals)))
        .collect();
    file.instruments.retain(|i| held.iter().any(|p| p["coin"] == i.symbol.as_str()));
    file.name = "hyperliquid-example-unrounded".to_owned();
    file.source.push_str(" Restricted to the instruments of the example account.");
    let mut prices = Vec::new();
    let mut positions = Vec::new();
    for position in held {
        let coin = text(position, "coin")?;
        let (size_decimals, price_decimals) = *decimals.get(coin).ok_or("unknown coin")?;
        let size_text = text(position, "szi")?;
        let size = parse_scaled(trimmed(size_text)?.as_str(), size_decimals)?;
        let value = parse_scaled(text(position, "positionValue")?, DECIMALS)?;
        let magnitude = BigInt::from(size.magnitude().clone());
        let mark = &value / &magnitude;
        if &mark * &magnitude != value {
            return Err(format!("the mark of {coin} does not come out").into());
        }
        prices.push(InstrumentPriceFile {
            instrument: coin.to_owned(),
            mark: scaled(mark, price_decimals),
            funding_index: None,
        });
        let signed_value = if size < BigInt::ZERO { -value } else { value };
        let pnl = parse_scaled(text(position, "unrealizedPnl")?, DECIMALS)?;
        positions.push(PositionFile {
            instrument: coin.to_owned(),
            size: trimmed(size_text)?,
            entry_value: scaled(signed_value - pnl, DECIMALS),
            funding_index: None,
        });
    }
    let schedule = write_schedule(&params.join("examples/hyperliquid-cross.schedule.json"), file)?;
    let capture = format!("{REPO}, tests/cassettes/info_test/test_get_user_state.yaml");
    let snapshot = SnapshotFile {
        format: "zkmargin-snapshot/1".to_owned(),
        schedule: hex::encode(schedule.digest()),
        time: "2023-03-27T00:00:00Z".to_owned(),
        sequence: 1,
        source: Some(format!(
            "Marks that the position values recorded in {capture} imply. The recording is of 2023-03-27; its time of day is not known."
        )),
        assets: vec![AssetPriceFile {
            asset: "USDC".to_owned(),
            index: decimal("1"),
            requirement_index: None,
        }],
        instruments: prices,
    };
    let path = params.join("examples/hyperliquid-cross.snapshot.json");
    write_snapshot(&path, &schedule, &snapshot)?;
    let mut account = example_account(
        VENUE,
        format!(
            "Cross account recorded in {capture}; entry values are position value less unrealized profit. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them."
        ),
    );
    // The account value counts all positions at their mark; what is left is cash at entry.
    let value = |key| {
        parse_scaled(text(&state["crossMarginSummary"], key)?, DECIMALS)
            .map_err(Into::<Box<dyn std::error::Error>>::into)
    };
    let mut balance = value("accountValue")?;
    for (position, recorded) in account_pnls(&state)? {
        let _ = position;
        balance -= recorded;
    }
    account.balances = vec![BalanceFile {
        asset: "USDC".to_owned(),
        balance: decimal(Decimal::from_scaled(&balance, DECIMALS).to_string()),
    }];
    account.positions = positions;
    let path = params.join("examples/hyperliquid-cross.account.json");
    write_account(&path, &schedule, &snapshot, &account)
}

fn account_pnls(state: &Value) -> Outcome<Vec<(String, BigInt)>> {
    let list = state["assetPositions"].as_array().ok_or("no positions")?;
    list.iter()
        .map(|p| {
            let p = &p["position"];
            let pnl = parse_scaled(text(p, "unrealizedPnl")?, DECIMALS)?;
            Ok((text(p, "coin")?.to_owned(), pnl))
        })
        .collect()
}
