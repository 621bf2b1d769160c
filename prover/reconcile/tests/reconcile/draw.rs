//! Answers with any value replaced by a bad one, and many positions.

use crate::support::{figures, market, schedule, signable};
use serde_json::{Value, json};
use zkmargin_params::venues::{Binance, Hyperliquid, StatesFigures};
use zkmargin_reconcile::{Alternatives, Setting, html, reconcile};

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(n, v)| pointers(v, &format!("{at}/{n}"), found));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, v)| pointers(v, &format!("{at}/{name}"), found));
        }
        _ => found.push(at.to_owned()),
    }
}

fn answer() -> Value {
    json!({
        "totalMaintMargin": "1475", "totalMarginBalance": "25000", "totalInitialMargin": "1",
        "assets": [{
            "asset": "USDT", "walletBalance": "20000", "crossWalletBalance": "20000",
            "marginBalance": "25000", "availableBalance": "9750",
        }],
        "positions": [{
            "symbol": "BTCUSDT", "positionAmt": "5", "entryPrice": "60000", "markPrice": "61000",
            "notional": "305000", "unrealizedProfit": "5000", "maintMargin": "1475",
            "initialMargin": "15250", "openOrderInitialMargin": "7", "leverage": "20",
            "isolated": false, "isolatedWallet": "1", "liquidationPrice": "56000",
        }],
    })
}

#[test]
fn no_answer_breaks_the_comparison() {
    let at = market(&schedule("binance/examples/isolated.schedule.json"), &[("BTCUSDT", "60990")]);
    let good = answer();
    let mut all = Vec::new();
    pointers(&good, "", &mut all);
    let (long, small) = ("9".repeat(96), format!("0.{}1", "0".repeat(90)));
    let bad =
        [json!(true), json!("0"), json!("-1"), json!("1.5"), json!(long), json!(small), json!("X")];
    for pointer in all {
        for bad in &bad {
            let mut spoiled = good.clone();
            *spoiled.pointer_mut(&pointer).unwrap() = bad.clone();
            let Ok(stated) = Binance::figures(&spoiled) else { continue };
            let setting = Setting::of_answer(at.clone(), &stated).unwrap();
            let of = reconcile(setting, &stated, &Alternatives::default());
            assert_eq!(of.lines.len(), stated.figures.len(), "{pointer} {bad}");
            assert!(html(&[of]).ends_with("</html>"));
        }
    }
}

/// As many positions as no circuit holds, each at another mark than the snapshot's.
#[test]
fn ten_thousand_positions_have_their_causes() {
    let rules = schedule("hyperliquid/perpetuals.json");
    let names: Vec<String> = rules.instruments().iter().map(|i| i.symbol.clone()).collect();
    let mut file = rules.file().clone();
    let pattern = file.instruments[0].clone();
    file.instruments = (1..=1_000)
        .map(|id| zkmargin_params::InstrumentFile {
            id,
            symbol: format!("M{id}"),
            ..pattern.clone()
        })
        .collect();
    file.tiers.retain(|table| table.name == pattern.tiers);
    let rules = zkmargin_params::Schedule::new(file).unwrap();
    assert!(!names.is_empty());
    let at = market(&rules, &[]);
    // Ten subaccounts' worth of both sides of every market.
    let position = |n: u32| {
        let size = if n.is_multiple_of(2) { "0.5" } else { "-0.5" };
        json!({ "position": {
            "coin": format!("M{}", n % 1_000 + 1), "szi": size, "entryPx": "1", "positionValue": "0.55",
            "unrealizedPnl": if n.is_multiple_of(2) { "0.05" } else { "-0.05" }, "marginUsed": "0.0275",
            "leverage": { "type": "cross", "value": 20 },
        }})
    };
    let state = json!({
        "assetPositions": (0..10_000).map(position).collect::<Vec<_>>(),
        "crossMarginSummary": { "accountValue": "1000", "totalNtlPos": "5500", "totalRawUsd": "1000" },
    });
    let stated = figures::<Hyperliquid>(&state);
    let setting = Setting::of_answer(at, &stated).unwrap();
    let of = signable(reconcile(setting, &stated, &Alternatives::default()));
    assert_eq!(
        of.count("unexplained"),
        0,
        "{:?}",
        of.lines.iter().find(|l| l.outcome.code() == "unexplained")
    );
}
