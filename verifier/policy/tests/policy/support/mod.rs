//! A venue, price sources and a policy, by keys that anybody can make again.

#![allow(dead_code)]

use serde_json::{Value, json};
use zkmargin_model::decimal::Decimal;
use zkmargin_notes::{
    Body, KeyKind, LedgerCheckpoint, SignerKey, SnapshotNote, SourceNote, SourceNotePrice,
};
use zkmargin_params::{CompiledMarket, FileError, Schedule, SnapshotFile, compile};
use zkmargin_policy::{Assessment, Demands, Evidence, Refused, assess};

/// 2026-01-02T03:04:05Z in milliseconds: inside the validity of all keys here.
pub const NOW: u64 = 1_767_323_045_000;

macro_rules! example {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../../../params/venues/binance/examples/cross.",
            $name,
            ".json"
        ))
    };
}

pub fn market() -> CompiledMarket {
    let schedule = Schedule::from_json(example!("schedule")).expect("schedule");
    let snapshot = SnapshotFile::from_json(example!("snapshot")).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
}

/// The market's snapshot as it is in its file.
pub fn snapshot() -> Value {
    serde_json::from_slice(example!("snapshot")).expect("snapshot")
}

/// The market with a changed snapshot.
pub fn market_with(change: impl Fn(&mut Value)) -> CompiledMarket {
    let schedule = Schedule::from_json(example!("schedule")).expect("schedule");
    let mut snapshot = snapshot();
    change(&mut snapshot);
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
}

/// The market under a schedule with one index price of each asset, which is its ask here, after a change of the snapshot.
pub fn market_at_one_price(change: impl Fn(&mut Value)) -> CompiledMarket {
    let mut schedule: Value = serde_json::from_slice(example!("schedule")).expect("schedule");
    schedule["bid_and_ask"] = json!(false);
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    let mut snapshot = snapshot();
    snapshot["schedule"] = json!(schedule.digest().to_string());
    for price in snapshot["assets"].as_array_mut().expect("list") {
        *price = json!({"asset": price["asset"], "index": price["ask"]});
    }
    change(&mut snapshot);
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
}

/// The market under a schedule with the same figures that says it computes the initial margin.
pub fn initial_market() -> CompiledMarket {
    market_under(|schedule| {
        schedule["requirement"] = json!("initial");
        schedule["menu"]["levels"][0]["name"] = json!("initial");
    })
}

/// The market under a changed schedule with the same figures.
pub fn market_under(change: impl Fn(&mut Value)) -> CompiledMarket {
    let mut schedule: Value = serde_json::from_slice(example!("schedule")).expect("schedule");
    change(&mut schedule);
    let schedule = Schedule::from_json(schedule.to_string().as_bytes()).expect("schedule");
    let mut snapshot = snapshot();
    snapshot["schedule"] = json!(schedule.digest().to_string());
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
}

pub fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name, KeyKind::Ed25519, &[seed; 32]).expect("name")
}

pub fn venue() -> SignerKey {
    signer("venue.example", 1)
}

/// Source number `at`, from 0.
pub fn source(at: usize) -> SignerKey {
    signer(&format!("source{at}.example"), 10 + at as u8)
}

fn key(signer: &SignerKey, role: &str) -> Value {
    let mut key = json!({
        "name": signer.verifier().name(),
        "key": signer.verifier().to_text(),
        "role": role,
        "valid_from": "2025-01-01T00:00:00Z",
        "valid_until": "2027-01-01T00:00:00Z",
    });
    if role == "venue" {
        key["venue"] = json!("binance");
    }
    key
}

/// A policy that pins a commitment and compares BTCUSDT with so many sources.
pub fn policy(sources: usize) -> Value {
    let others =
        ["ARBUSDT", "AVAXUSDT", "BNBUSDT", "ETHUSDT", "LINKUSDT", "SOLUSDT", "WLDUSDT", "XRPUSDT"];
    let name = |at: usize| format!("source{at}");
    let list: Vec<Value> = (0..sources)
        .map(|at| json!({"name": name(at), "signed_by": {"note": {"key": format!("source{at}.example")}}}))
        .collect();
    let feeds: Vec<Value> =
        (0..sources).map(|at| json!({"source": name(at), "feed": "BTC"})).collect();
    let mut keys = vec![key(&venue(), "venue")];
    keys.extend((0..sources).map(|at| key(&source(at), "source")));
    json!({
        "format": "zkmargin-policy/1",
        "name": "test",
        "market": {"venue": "binance"},
        "account": {"commitment": "02".repeat(31) + "00"},
        "claim": {"level": "maintenance", "floor": "0"},
        "audience": "desk-42",
        "prices": {
            "max_deviation_bps": 50,
            "max_skew_ms": 1000,
            "min_keys": 1,
            "sources": list,
            "cover": [{"of": {"instrument": "BTCUSDT"}, "feeds": feeds}],
            "uncovered": {"instruments": others, "assets": ["USDT", "USDC", "BTC", "ETH", "BNB"]},
        },
        "keys": keys,
    })
}

pub fn demands(policy: &Value) -> Result<Demands, FileError> {
    Demands::from_json(policy.to_string().as_bytes())
}

/// A source's note with prices of feeds, at the snapshot's time and `late` milliseconds.
pub fn note(at: usize, prices: &[(&str, &str)], late: u64) -> Vec<u8> {
    let mut prices: Vec<_> = prices
        .iter()
        .map(|(feed, price)| SourceNotePrice {
            feed: (*feed).to_owned(),
            price: Decimal::parse(price).expect("decimal"),
            time_ms: market().snapshot().time_ms + late,
        })
        .collect();
    prices.sort_by(|a, b| a.feed.cmp(&b.feed));
    let note = SourceNote { source: format!("source{at}"), imported: None, prices };
    note.sign(&source(at)).expect("signed").to_text().into_bytes()
}

pub fn evidence(sources: Vec<Vec<u8>>, market: &CompiledMarket) -> Evidence {
    let note = SnapshotNote::of(market).sign(&venue()).expect("signed");
    let named = sources.into_iter().enumerate();
    Evidence {
        snapshot_note: Some(note.to_text().into_bytes()),
        sources: named.map(|(at, note)| (format!("source{at}"), note)).collect(),
        ..Evidence::default()
    }
}

pub fn check(policy: &Value, sources: Vec<Vec<u8>>) -> Result<Assessment, Refused> {
    check_at(policy, sources, &market())
}

pub fn check_at(
    policy: &Value,
    sources: Vec<Vec<u8>>,
    market: &CompiledMarket,
) -> Result<Assessment, Refused> {
    assess(&demands(policy).expect("policy"), &evidence(sources, market), market, NOW)
}

/// A note that the venue has signed.
pub fn signed<T: Body>(body: &T) -> Option<Vec<u8>> {
    Some(body.sign(&venue()).expect("signed").to_text().into_bytes())
}

/// The venue's note over a market's marks, as evidence.
pub fn marks(market: &CompiledMarket) -> Evidence {
    Evidence { snapshot_note: signed(&SnapshotNote::of(market)), ..Evidence::default() }
}

/// A checkpoint of a ledger of five accounts, with root 7.
pub fn checkpoint_of(market: &CompiledMarket, epoch: u64, time_ms: u64) -> LedgerCheckpoint {
    LedgerCheckpoint {
        origin: "binance".into(),
        size: 5,
        root: 7.into(),
        epoch,
        time_ms,
        registry: market.registry_digest(),
        schedule: market.schedule_digest(),
    }
}
