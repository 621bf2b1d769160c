//! A book of ten thousand positions over a thousand markets, from bytes to figures: forty accounts, since an account of
//! one market and side has one position, and no circuit holds more than 256.

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Duration;
use zkmargin_model::rule::margin;
use zkmargin_params::{AccountFile, AnySchedule, Schedule, SnapshotFile, compile};

const MARKETS: usize = 1_000;
const ACCOUNTS: usize = 40;
const POSITIONS: usize = 250;

fn read(file: &str) -> Value {
    let path = format!("{}/../params/venues/hyperliquid/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(&path).expect(file)).expect(file)
}

fn name(market: usize) -> String {
    format!("M{}", market + 1)
}

/// Hyperliquid's schedule, each of its markets as often as it takes.
fn schedule() -> Vec<u8> {
    let mut schedule = read("perpetuals.json");
    let listed = schedule["instruments"].as_array().expect("instruments").clone();
    let market = |n: usize| {
        let mut market = listed[n % listed.len()].clone();
        market["id"] = json!(n + 1);
        market["symbol"] = json!(name(n));
        market
    };
    schedule["instruments"] = (0..MARKETS).map(market).collect();
    schedule.to_string().into_bytes()
}

fn snapshot(of: &Schedule) -> Vec<u8> {
    let mut snapshot = read("examples/cross.snapshot.json");
    snapshot["schedule"] = json!(of.digest().to_string());
    snapshot["instruments"] = (0..MARKETS)
        .map(|n| json!({ "instrument": name(n), "mark": format!("{}.5", 10 + 37 * n) }))
        .collect();
    snapshot.to_string().into_bytes()
}

fn account(number: usize) -> Vec<u8> {
    let mut account = read("examples/cross.account.json");
    account["positions"] = (0..POSITIONS)
        .map(|n| {
            let size = if n % 2 == 0 { n as i64 + 1 } else { -(n as i64) - 1 };
            json!({
                "instrument": name((number * POSITIONS + n) % MARKETS),
                "size": size.to_string(), "entry_value": (50 * size).to_string(),
            })
        })
        .collect();
    account.to_string().into_bytes()
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("reading");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let schedule = schedule();
    let snapshot = snapshot(&Schedule::from_json(&schedule).expect("schedule"));
    let accounts: Vec<_> = (0..ACCOUNTS).map(account).collect();
    group.bench_function("10,000 positions, 1,000 markets", |b| {
        b.iter(|| {
            let schedule = Schedule::from_json(black_box(&schedule)).expect("schedule");
            let snapshot = SnapshotFile::from_json(black_box(&snapshot)).expect("snapshot");
            let market = compile(&schedule, &snapshot).expect("market");
            let any: &dyn AnySchedule = &schedule;
            for account in &accounts {
                let file = AccountFile::from_json(account).expect("account");
                let account = any.holdings(&file).expect("holdings");
                assert_eq!(account.positions().len(), POSITIONS);
                black_box(margin(&account, market.market()).expect("figures"));
            }
        })
    });
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
