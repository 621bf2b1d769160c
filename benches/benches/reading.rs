//! A book of ten thousand positions, from bytes to figures: in one account, which no circuit holds, over five thousand
//! markets, since an account has two positions of a market's cross book; and over a thousand markets, in five accounts.

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Duration;
use zkmargin_model::rule::margin;
use zkmargin_params::{AccountFile, AnySchedule, Schedule, SnapshotFile, compile};

/// Positions of all accounts together.
const POSITIONS: usize = 10_000;

fn read(file: &str) -> Value {
    let path = format!("{}/../params/venues/hyperliquid/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(&path).expect(file)).expect(file)
}

fn name(market: usize) -> String {
    format!("M{}", market + 1)
}

/// Hyperliquid's schedule, each of its markets as often as it takes.
fn schedule(markets: usize) -> Vec<u8> {
    let mut schedule = read("perpetuals.json");
    let listed = schedule["instruments"].as_array().expect("instruments").clone();
    let market = |n: usize| {
        let mut market = listed[n % listed.len()].clone();
        market["id"] = json!(n + 1);
        market["symbol"] = json!(name(n));
        market
    };
    schedule["instruments"] = (0..markets).map(market).collect();
    schedule.to_string().into_bytes()
}

fn snapshot(of: &Schedule, markets: usize) -> Vec<u8> {
    let mut snapshot = read("examples/cross.snapshot.json");
    snapshot["schedule"] = json!(of.digest().to_string());
    snapshot["instruments"] = (0..markets)
        .map(|n| json!({ "instrument": name(n), "mark": format!("{}.5", 10 + 37 * n) }))
        .collect();
    snapshot.to_string().into_bytes()
}

/// Long and short in every market.
fn account(markets: usize) -> Vec<u8> {
    let mut account = read("examples/cross.account.json");
    let sides = |n: usize| {
        let size = n as i64 + 1;
        [size, -2 * size].map(|size| {
            json!({
                "instrument": name(n), "size": size.to_string(),
                "entry_value": (50 * size).to_string(),
            })
        })
    };
    account["positions"] = (0..markets).flat_map(sides).collect();
    account.to_string().into_bytes()
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("reading");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (accounts, markets) in [(1, 5_000), (5, 1_000)] {
        let schedule = schedule(markets);
        let snapshot = snapshot(&Schedule::from_json(&schedule).expect("schedule"), markets);
        let account = account(markets);
        let name = format!("10,000 positions, {markets} markets, {accounts} accounts");
        group.bench_function(name, |b| {
            b.iter(|| {
                let schedule = Schedule::from_json(black_box(&schedule)).expect("schedule");
                let snapshot = SnapshotFile::from_json(black_box(&snapshot)).expect("snapshot");
                let market = compile(&schedule, &snapshot).expect("market");
                let any: &dyn AnySchedule = &schedule;
                for _ in 0..accounts {
                    let file = AccountFile::from_json(black_box(&account)).expect("account");
                    let account = any.holdings(&file).expect("holdings");
                    assert_eq!(account.positions().len() * accounts, POSITIONS);
                    black_box(margin(&account, market.market()).expect("figures"));
                }
            })
        });
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);
