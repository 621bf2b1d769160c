//! Hyperliquid: recorded answers, read by the importer.

use crate::common::{Outcome, Sources, write_account, write_schedule, write_snapshot};
use serde_json::Value;
use serde_json::json;
use std::path::Path;
use zkmargin_params::ScheduleFile;
use zkmargin_params::venues::{Hyperliquid, Venue, hyperliquid};

const REPO: &str =
    "hyperliquid-dex/hyperliquid-python-sdk, commit 7ee976d123b1e04295e4a1e37a424ca6a13bef88";
/// 2023-03-27, the day of the recording.
const RECORDED_MS: u64 = 1_679_875_200_000;

/// The JSON body of the one response in a recorded exchange.
fn response(yaml: &str) -> Outcome<Value> {
    let line = yaml.lines().find_map(|l| l.trim().strip_prefix("string: '{"));
    let body = line.and_then(|l| l.strip_suffix('\'')).ok_or("no response body")?;
    Ok(serde_json::from_str(&format!("{{{body}"))?)
}

fn schedule(meta: &Value) -> Outcome<ScheduleFile> {
    let options = hyperliquid::Options { name: None };
    let mut file = Hyperliquid::schedule(&json!({"meta": meta}), &options)?.schedule;
    file.source = format!(
        "Perpetuals, size decimals and maximum leverages of the meta response recorded in {REPO}, tests/cassettes/info_test/test_get_info.yaml (2023-03-27). Requirement: notional / (2 * maximum leverage), floored at 1e-6 per position, as the liquidation prices of the same recording imply. Instrument id is the place in the universe plus one. The menu is this project's."
    );
    Ok(file)
}

pub fn write(sources: &Sources, params: &Path) -> Outcome<()> {
    let meta = response(&sources.text("hyperliquid/test_get_info.yaml")?)?;
    let schedule = schedule(&meta)?;
    write_schedule(&params.join("venues/hyperliquid/perpetuals.json"), schedule.clone())?;
    write_example(sources, params, schedule)
}

/// The recorded account, with the schedule restricted to the instruments it prices.
fn write_example(sources: &Sources, params: &Path, mut file: ScheduleFile) -> Outcome<()> {
    let mut state = response(&sources.text("hyperliquid/test_get_user_state.yaml")?)?;
    // The venue's answer had no time in those days.
    state["time"] = RECORDED_MS.into();
    let held = state["assetPositions"].as_array().ok_or("no positions")?;
    file.instruments.retain(|i| held.iter().any(|p| p["position"]["coin"] == i.symbol.as_str()));
    file.name = "hyperliquid-example".to_owned();
    file.source.push_str(" Restricted to the instruments of the example account.");
    let schedule =
        write_schedule(&params.join("venues/hyperliquid/examples/cross.schedule.json"), file)?;

    let capture = format!("{REPO}, tests/cassettes/info_test/test_get_user_state.yaml");
    let mut snapshot = Hyperliquid::snapshot(&json!({"clearinghouseState": state}), &schedule)?;
    snapshot.sequence = 1;
    snapshot.source = Some(format!(
        "Marks that the position values recorded in {capture} imply. The recording is of 2023-03-27; its time of day is not known."
    ));
    let path = params.join("venues/hyperliquid/examples/cross.snapshot.json");
    write_snapshot(&path, &schedule, &snapshot)?;

    let mut account = Hyperliquid::account(&state, &schedule)?;
    account.note = Some(format!(
        "Cross account recorded in {capture}; entry values are position value less unrealized profit. Without holder key, serial and blinding: `zkmargin commit --fresh` draws them."
    ));
    let path = params.join("venues/hyperliquid/examples/cross.account.json");
    write_account(&path, &schedule, &snapshot, &account)
}
