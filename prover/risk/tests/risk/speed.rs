//! The largest account that files say, in a market of a thousand instruments.

use crate::draw::text;
use serde_json::json;
use std::time::Instant;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::decimal::power_of_ten;
use zkmargin_params::{AccountFile, Schedule, SnapshotFile, compile};
use zkmargin_risk::{Boundary, cures, liquidation, quoting_assets};

const MARKETS: i64 = 1_000;
const POSITIONS: i64 = 256;

#[test]
fn a_large_account_takes_seconds() {
    let rows = json!([
        { "from": "0", "below": "50000", "rate": "0.005", "amount": "0" },
        { "from": "50000", "below": "1000000", "rate": "0.01", "amount": "-250" },
        { "from": "1000000", "below": null, "rate": "0.025", "amount": "-15250" },
    ]);
    let instruments: Vec<_> = (1..=MARKETS)
        .map(|id| {
            json!({
                "id": id, "symbol": format!("M{id}"), "kind": "linear", "settle": "USDT",
                "size_decimals": 3, "price_decimals": 8, "multiplier": "1", "tiers": "all",
            })
        })
        .collect();
    let collateral = json!({
        "variable": "value",
        "rows": [{ "from": null, "below": null, "rate": "1", "amount": "0" }],
    });
    let schedule = json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "large", "source": "made up",
        "requirement": "maintenance", "valuation": { "currency": "USD", "decimals": 19 },
        "rate_decimals": 4, "equality_is_healthy": false,
        "menu": { "levels": [{ "name": "maintenance", "level_bps": 10000 }], "floors": ["0"] },
        "rounding": { "requirement": [{ "mode": "truncate", "decimals": 8 }] },
        "assets": [{
            "id": 1, "symbol": "USDT", "decimals": 11, "settles": true, "collateral": collateral,
        }],
        "tiers": [{ "name": "all", "variable": "value", "rows": rows }],
        "instruments": instruments,
    });
    let schedule = Schedule::from_json(&serde_json::to_vec(&schedule).unwrap()).unwrap();
    let marks: Vec<_> = (1..=MARKETS)
        .map(|id| json!({ "instrument": format!("M{id}"), "mark": text(1_000_003 * id * id, 8) }))
        .collect();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1,
        "assets": [{ "asset": "USDT", "index": "0.9998" }], "instruments": marks,
    });
    let snapshot = SnapshotFile::from_json(&serde_json::to_vec(&snapshot).unwrap()).unwrap();
    let positions: Vec<_> = (0..POSITIONS)
        .map(|at| {
            let id = 1 + at * (MARKETS / POSITIONS);
            // Longs are twice as large as shorts, each worth some thousands.
            let sign = if at % 2 == 0 { 2 } else { -1 };
            let size = sign * (200_000_000 / (id * id)).max(10);
            let entry = i128::from(size) * 1_000_003 * i128::from(id * id);
            let entry = zkmargin_model::decimal::format_scaled(&entry.into(), 11);
            json!({ "instrument": format!("M{id}"), "size": text(size, 3), "entry_value": entry })
        })
        .collect();
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test",
        "balances": [{ "asset": "USDT", "balance": "50000" }], "positions": positions,
    });
    let account = AccountFile::from_json(&serde_json::to_vec(&account).unwrap()).unwrap();
    let account = account.holdings(&schedule).unwrap();
    let market = compile(&schedule, &snapshot).unwrap();
    let fixed = quoting_assets(&market);
    let begun = Instant::now();
    let found = liquidation(&market, &account, &Claim::margin(), &fixed).unwrap();
    let took = begun.elapsed();
    let at = |boundary: &&Boundary| matches!(boundary, Boundary::At(_));
    let ways = found.positions.iter().flat_map(|p| [&p.rising, &p.falling]);
    println!(
        "{took:?} for {POSITIONS} positions, {} prices, {:?}",
        ways.filter(at).count(),
        found.books[0].joint
    );
    let begun = Instant::now();
    let floor: num_bigint::BigInt = power_of_ten(schedule.margin_decimals()) * 60_000;
    let claim = Claim::new(MARGIN_BPS, floor.into_parts().1).unwrap();
    let cured = cures(&market, &account, &claim).unwrap();
    println!("{:?} for cures, {:?}", begun.elapsed(), cured.deposits);
    // A tenth of that where nothing else runs.
    assert!(took.as_secs() < 20, "{took:?}");
}
