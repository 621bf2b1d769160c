//! `what-if` where prices are not searched: the figures before and after, and why nothing is searched.

use crate::support::{Desk, params};
use serde_json::{Value, json};

/// Deribit's example: its requirements are of an index price, which is a figure beside the mark.
fn desk() -> Desk {
    let desk = Desk::new();
    let folder = params("venues/deribit/examples/answers");
    let folder = folder.to_str().expect("a name");
    let ran = desk.run(&format!("import --from deribit {folder} -o market --accept-rule"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    desk
}

const FILES: &str =
    "--account market/account.json --schedule market/schedule.json --snapshot market/snapshot.json";
const WHY: &str =
    "BTC_USDC-PERPETUAL is valued by other figures than its price; only prices are moved";

/// Equity, requirement and excess of the cross book, before and after.
fn books(result: &Value) -> [[String; 3]; 2] {
    ["before", "after"].map(|state| {
        let book = &result[state]["cross"][0];
        ["equity", "required", "excess"].map(|name| book[name].as_str().expect(name).to_owned())
    })
}

#[test]
fn a_deposit_has_its_figures() {
    let desk = desk();
    let ran = desk.run(&format!("what-if {FILES} --deposit USDC=100 --json"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let result = ran.json()["result"].clone();
    // Of two BTC at an index price of 100,000: 1 %, and 0.005 % more for each.
    assert_eq!(books(&result), [["9025", "2020", "7005"], ["9125", "2020", "7105"]]);
    assert_eq!(result["not_searched"], json!(WHY));
    let text = desk.run(&format!("what-if {FILES} --deposit USDC=100")).text();
    for part in [
        "maintenance margin",
        "excess",
        &format!("Liquidation prices and cures are not searched here: {WHY}."),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// A trade at a price settles what it gains, and what is required follows from the other figure.
#[test]
fn a_trade_and_a_withdrawal_have_their_figures() {
    let desk = desk();
    let ran = desk.run(&format!("what-if {FILES} --trade BTC_USDC-PERPETUAL=-1@100000 --json"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    // 1 % and 0.005 % of one.
    let after = ["9025", "1005", "8020"];
    assert_eq!(books(&ran.json()["result"]), [["9025", "2020", "7005"], after]);
    // Nothing says what would cure it.
    let ran = desk.run(&format!("what-if {FILES} --deposit USDC=-1000000 --json"));
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (1, &json!("ClaimNotMet")));
    assert_eq!(ran.json()["result"]["cures"], json!([]));
    // Of another mark the figure beside it would have to be another too.
    let ran = desk.run(&format!("what-if {FILES} --price BTC_USDC-PERPETUAL=90000 --json"));
    let error = ran.json()["error"].clone();
    assert_eq!((ran.code, &error["code"]), (3, &json!("NotSearched")), "{error}");
    assert!(error["help"].as_str().is_some_and(|help| help.contains("snapshot")), "{error}");
}
