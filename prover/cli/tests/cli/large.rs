//! An account of more positions than any circuit holds: every figure, and no commitment.

use crate::support::{Desk, MARKET, SECRETS, params};
use serde_json::{Value, json};

const MARKETS: usize = 150;

fn name(market: usize) -> String {
    format!("M{market}")
}

/// A desk at a Hyperliquid of many markets, long and short in each.
fn desk() -> Desk {
    let desk = Desk::new();
    let read = |name: &str| -> Value {
        let bytes = std::fs::read(params(&format!("venues/hyperliquid/{name}"))).expect(name);
        serde_json::from_slice(&bytes).expect(name)
    };
    let (mut account, mut snapshot) =
        (read("examples/cross.account.json"), read("examples/cross.snapshot.json"));
    for (field, value) in SECRETS {
        account[field] = value.into();
    }
    account["balances"][0]["balance"] = json!("1000000");
    let sides = |market| {
        ["1", "-2"].map(|size| {
            json!({ "instrument": name(market), "size": size, "entry_value": format!("{size}0") })
        })
    };
    account["positions"] = (0..MARKETS).flat_map(sides).collect();
    let mark = |market| json!({ "instrument": name(market), "mark": "10.5" });
    snapshot["instruments"] = (0..MARKETS).map(mark).collect();
    desk.write("account.json", account.to_string());
    desk.write("snapshot.json", snapshot.to_string());
    desk.write("schedule.json", read("perpetuals.json").to_string());
    desk.edit_schedule(|schedule| {
        let mut sixths = schedule["tiers"][0].clone();
        (sixths["name"], sixths["denominator"]) = (json!("leverage-3"), json!(6));
        schedule["tiers"].as_array_mut().expect("tiers").push(sixths);
        let listed = schedule["instruments"][0].clone();
        let market = |at: usize| {
            let mut market = listed.clone();
            (market["id"], market["symbol"]) = (json!(at + 1), json!(name(at)));
            if at % 2 == 1 {
                market["tiers"] = json!("leverage-3");
            }
            market
        };
        schedule["instruments"] = (0..MARKETS).map(market).collect();
    });
    desk
}

#[test]
fn all_figures_and_no_commitment() {
    let desk = desk();
    let ran = desk.run(&format!("margin --account account.json {MARKET} --json"));
    let result = &ran.json()["result"];
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(result["positions"].as_array().map(Vec::len), Some(2 * MARKETS));
    // In each market a gain of 0.5, a loss of 1 and a hundredth, or a sixth, of 31.5.
    assert_eq!(result["cross"][0]["equity"], "999925");
    assert_eq!(result["cross"][0]["required"], "417.375");
    // Tables of one rate over two denominators.
    let rate = |at: usize| result["positions"][2 * at]["rate"].clone();
    assert_eq!([rate(0), rate(1)], ["1/100", "1/6"]);

    let ran = desk.run(&format!("liquidation --account account.json {MARKET} --json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["result"]["positions"].as_array().map(Vec::len), Some(2 * MARKETS));

    let trade = format!("what-if --account account.json {MARKET} --trade M0:long=3@10.5 --json");
    let ran = desk.run(&trade);
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);

    let refused = [
        "commit --account account.json --schedule schedule.json".to_owned(),
        "commit --account account.json --schedule schedule.json --fresh -o mine.json".to_owned(),
        format!("prove --account account.json {MARKET} --audience desk-42 -o proof.zkm"),
    ];
    for arguments in refused {
        let ran = desk.run(&format!("{arguments} --json"));
        let error = &ran.json()["error"];
        assert_eq!((ran.code, &error["code"]), (3, &json!("AccountTooLarge")), "{error}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains("300 positions; the largest circuit holds 256"), "{error}");
        let help = error["help"].as_str().unwrap_or_default();
        assert!(help.contains("several accounts at the venue"), "{error}");
    }
    assert_eq!(desk.listing(), ["account.json", "schedule.json", "snapshot.json"]);
}
