//! Schedules side by side, and accounts watched from snapshot to snapshot.

use crate::support::{Desk, params};
use serde_json::{Value, json};

/// The example's market in single-asset mode, with an account of two positions.
fn desk() -> Desk {
    let desk = Desk::new();
    for name in ["schedule", "snapshot"] {
        let from = params(&format!("venues/binance/examples/isolated.{name}.json"));
        desk.write(&format!("{name}.json"), std::fs::read(from).expect("example"));
    }
    desk.edit("account.json", |account| {
        account["balances"] = json!([{ "asset": "USDT", "balance": "100000" }]);
        account["positions"] = json!([
            { "instrument": "BTCUSDT", "size": "1.5", "entry_value": "93120.45" },
            { "instrument": "ETHUSDT", "size": "-12.25", "entry_value": "-42005.25" },
        ]);
    });
    desk
}

/// Gives the two contracts each other's ids.
fn renumbered(desk: &Desk, name: &str) {
    let mut schedule = desk.json("schedule.json");
    let listed = schedule["instruments"].as_array_mut().expect("list");
    let at = |symbol: &str, listed: &[Value]| listed.iter().position(|i| i["symbol"] == symbol);
    let (btc, eth) = (at("BTCUSDT", listed).expect("BTC"), at("ETHUSDT", listed).expect("ETH"));
    let id = listed[btc]["id"].take();
    listed[btc]["id"] = listed[eth]["id"].take();
    listed[eth]["id"] = id;
    listed.sort_by_key(|i| i["id"].as_u64());
    desk.write(name, schedule.to_string());
}

/// Figures of a position are beside those of the same one, whatever the order of ids.
#[test]
fn positions_are_compared_with_themselves() {
    let desk = desk();
    renumbered(&desk, "other.json");
    let of = "schedule.json other.json --account account.json --snapshot snapshot.json --json";
    let ran = desk.run(&format!("schedule diff {of}"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let positions = ran.json()["result"]["effect"]["positions"].clone();
    assert_eq!(positions.as_array().map(Vec::len), Some(2));
    for position in positions.as_array().expect("list") {
        assert_eq!(position["old"], position["new"], "{position}");
    }
    let ran = desk.run(&format!("schedule compare {of}"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let positions = ran.json()["result"]["positions"].clone();
    assert_eq!(positions.as_array().map(Vec::len), Some(2));
    for position in positions.as_array().expect("list") {
        assert_eq!(position["own"], position["other"], "{position}");
        assert_eq!(position["requirement"][0], position["requirement"][1], "{position}");
    }
}

/// A contract of a hundredth is held a hundred times at the same mark.
#[test]
fn contracts_of_other_multipliers_are_worth_the_same() {
    let desk = desk();
    let mut schedule = desk.json("schedule.json");
    let listed = schedule["instruments"].as_array_mut().expect("list").iter_mut();
    for i in listed.filter(|i| i["symbol"] == "BTCUSDT" || i["symbol"] == "ETHUSDT") {
        let decimals = i["size_decimals"].as_u64().expect("digits");
        (i["multiplier"], i["size_decimals"]) = (json!("0.01"), json!(decimals - 2));
    }
    desk.write("other.json", schedule.to_string());
    let of = "schedule.json other.json --account account.json --snapshot snapshot.json --json";
    let ran = desk.run(&format!("schedule compare {of}"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let result = ran.json()["result"].clone();
    for list in ["positions", "books"] {
        let list = result[list].as_array().cloned().expect("list");
        assert!(!list.is_empty());
        for of in &list {
            for figure in ["equity", "requirement"] {
                assert_eq!(of[figure][0], of[figure][1], "{of}");
            }
        }
    }
}

/// One mark cannot stand for two.
#[test]
fn two_instruments_are_not_compared_as_one() {
    let desk = desk();
    let of = "schedule.json schedule.json --account account.json --snapshot snapshot.json";
    let ran = desk.run(&format!("schedule compare {of} --map ETHUSDT=BTCUSDT --json"));
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("NotTranslated")));
}

/// An asset of the other venue that counts and has no price is not one of a price of one.
#[test]
fn an_asset_without_a_price_is_not_compared() {
    let desk = desk();
    let mut schedule = desk.json("schedule.json");
    let mut usdc = schedule["assets"][0].clone();
    (usdc["symbol"], usdc["id"]) = (json!("USDC"), json!(2));
    schedule["assets"].as_array_mut().expect("list").push(usdc);
    schedule["settlement_asset_books"] = json!(true);
    let listed = schedule["instruments"].as_array_mut().expect("list");
    let eth = listed.iter_mut().find(|i| i["symbol"] == "ETHUSDT").expect("ETH");
    (eth["symbol"], eth["settle"]) = (json!("ETHUSDC"), json!("USDC"));
    desk.write("other.json", schedule.to_string());
    let of = "schedule.json other.json --account account.json --snapshot snapshot.json --json";
    let ran = desk.run(&format!("schedule compare {of}"));
    let error = &ran.json()["error"];
    assert_eq!((ran.code, &error["code"]), (3, &json!("NotTranslated")), "{error}");
    let message = "USDC counts at binance and has no price in the snapshot";
    assert_eq!(error["message"], message);
}

/// A price that converts requirements is one of the asset, and is set with its index.
#[test]
fn an_index_is_set_wherever_it_counts() {
    let desk = desk();
    let priced = |[index, converts]: [&str; 2]| {
        let mut file = desk.json("snapshot.json");
        file["assets"][0]["index"] = json!(index);
        file["assets"][0]["requirement_index"] = json!(converts);
        desk.write("priced.json", file.to_string());
    };
    let required = |more: &str, state: &str| {
        let with = "--account account.json --schedule schedule.json --snapshot priced.json --json";
        let ran = desk.run(format!("what-if {with} {more}").trim_end());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.json()["result"][state]["cross"][0]["required"].clone()
    };
    priced(["2", "2"]);
    let expected = required("", "before");
    priced(["1", "1.1"]);
    assert_eq!(required("--index USDT=2", "after"), expected);
    assert_ne!(required("", "before"), expected);
}

/// Lines of a watch that ends after what is in the folder.
fn watch(desk: &Desk, more: &str) -> (i32, Vec<Value>) {
    let with = "--account account.json --schedule schedule.json --once --interval 1";
    let ran = desk.run(format!("watch snapshots {with} {more}").trim_end());
    let lines = ran.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    (ran.code, lines)
}

/// A watch that saw nothing does not end as one that saw a healthy account.
#[test]
fn a_watch_that_is_blind_says_so() {
    let desk = desk();
    desk.write("snapshots/1.txt", "");
    assert_eq!(watch(&desk, ""), (3, vec![]));
    desk.write("snapshots/1.json", desk.read("snapshot.json"));
    let (code, lines) = watch(&desk, "");
    assert_eq!((code, lines.len(), &lines[0]["met"]), (0, 1, &json!(true)));
    // The same again is not newer, and nothing is wrong.
    desk.write("snapshots/2.json", desk.read("snapshot.json"));
    assert_eq!(watch(&desk, "").0, 0);
    // A newer one of another schedule.
    let mut other = desk.json("snapshot.json");
    other["sequence"] = json!(9);
    other["schedule"] = json!("00".repeat(32));
    desk.write("snapshots/3.json", other.to_string());
    let (code, lines) = watch(&desk, "");
    assert_eq!((code, lines.len()), (3, 3));
    assert!(lines[2]["error"].is_object(), "{}", lines[2]);
}

/// A snapshot at which nothing is known of the account is newer all the same than one before it, and two of one number that
/// differ are no all-clear, whichever came first.
#[test]
fn what_is_older_is_no_all_clear() {
    let desk = desk();
    let numbered = |number: u32, mark: &str| {
        let mut file = desk.json("snapshot.json");
        file["sequence"] = json!(number);
        let listed = file["instruments"].as_array_mut().expect("list");
        let btc = listed.iter_mut().find(|i| i["instrument"] == "BTCUSDT").expect("BTC");
        btc["mark"] = if mark.is_empty() { json!(null) } else { json!(mark) };
        file.to_string()
    };
    let stream = |lines: &[&String]| {
        let text: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
        let with = "--account account.json --schedule schedule.json --ratio-below 1.5";
        let ran = desk.run_with(&format!("watch - {with}"), text.join("\n").as_bytes());
        let lines: Vec<Value> =
            ran.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        (ran.code, lines)
    };
    let older = numbered(8, "62000");
    let unknown = numbered(9, "");
    let corrected = numbered(9, "61000");
    let other = numbered(9, "30000");
    let (code, lines) = stream(&[&unknown, &older]);
    assert_eq!((code, &lines[0]["crossed"][0]["to"]), (3, &json!("unknown")));
    assert_eq!(lines[1]["error"]["code"], "SnapshotOld");
    let (code, lines) = stream(&[&unknown, &corrected, &corrected]);
    assert_eq!((code, &lines[1]["met"]), (0, &json!(true)));
    let (code, lines) = stream(&[&corrected, &other]);
    assert_eq!((code, &lines[1]["error"]["code"]), (3, &json!("SnapshotTwice")));
    assert_eq!(lines[1]["crossed"][0]["to"], "unknown");
}

/// One below the end of the venue's tiers, which is at 1200000000 for ETHUSDT: 344000 * 3488.37209303 is the first value
/// beyond it, 0.0407 % above the mark.
fn near_the_end(desk: &Desk) {
    desk.edit("account.json", |account| {
        account["balances"][0]["balance"] = json!("900000000");
        account["positions"] = json!([
            { "instrument": "ETHUSDT", "size": "-344000", "entry_value": "-1199511500" },
        ]);
    });
    desk.write("snapshots/1.json", desk.read("snapshot.json"));
}

/// Where the rule ends nobody knows whether the account is met: the distance to there counts, and beyond it every threshold
/// says that it is blind, once, and nothing that was known before stays in the gauges.
#[test]
fn the_end_of_the_rule_is_near_and_beyond_it_is_an_alarm() {
    let desk = desk();
    near_the_end(&desk);
    desk.write("page.sh", "echo $ZKMARGIN_THRESHOLD $ZKMARGIN_TO $ZKMARGIN_SEQUENCE. >> pages");
    let thresholds = "--distance-below 1 --buffer-below 5000 --prometheus gauges";
    let (code, lines) = watch(&desk, thresholds);
    assert_eq!(code, 0);
    let nearest = json!({
        "status": "undefined", "instrument": "ETHUSDT", "side": "short", "price": "3488.37209303",
        "percent": "0.0407",
    });
    assert_eq!(lines[0]["liquidation"], nearest);
    assert_eq!(lines[0]["joint"], json!({ "status": "undefined", "percent": "0.05" }));
    let below = json!([{ "threshold": "distance", "bound": "1", "to": "below" }]);
    assert_eq!(lines[0]["crossed"], below);
    let gauges = || String::from_utf8(desk.read("gauges")).expect("text");
    assert!(gauges().contains("zkmargin_known{venue=\"binance\"} 1"), "{}", gauges());
    assert!(gauges().contains("zkmargin_met{"), "{}", gauges());
    let mut beyond = desk.json("snapshot.json");
    beyond["sequence"] = json!(2);
    let listed = beyond["instruments"].as_array_mut().expect("list");
    let eth = listed.iter_mut().find(|i| i["instrument"] == "ETHUSDT").expect("ETH");
    eth["mark"] = json!("4000");
    desk.write("snapshots/2.json", beyond.to_string());
    let (code, lines) = watch(&desk, &format!("{thresholds} --exec sh page.sh ;"));
    assert_eq!((code, lines.len()), (3, 2), "{lines:?}");
    let unknown = |name, bound| json!({ "threshold": name, "bound": bound, "to": "unknown" });
    let crossed = json!([unknown("buffer", "5000"), unknown("distance", "1")]);
    assert_eq!(lines[1]["crossed"], crossed, "{}", lines[1]);
    assert!(lines[1]["error"].is_object());
    assert!(gauges().contains("zkmargin_known{venue=\"binance\"} 0"), "{}", gauges());
    assert!(!gauges().contains("zkmargin_met"), "{}", gauges());
    let pages = String::from_utf8(desk.read("pages")).expect("text");
    let mut pages: Vec<&str> = pages.lines().collect();
    pages.sort_unstable();
    assert_eq!(pages, ["buffer unknown 2.", "distance below 1.", "distance unknown 2."]);
}

/// Isolated books are in the smallest move of all prices, too.
#[test]
fn isolated_books_count_in_a_joint_move() {
    let desk = desk();
    near_the_end(&desk);
    desk.edit("account.json", |account| {
        account["balances"][0]["balance"] = json!("100");
        account["positions"][0]["isolated_margin"] = json!("900000000");
    });
    let (_, lines) = watch(&desk, "");
    assert_eq!(lines[0]["joint"], json!({ "status": "undefined", "percent": "0.05" }));
    assert_eq!(lines[0]["liquidation"]["percent"], "0.0407");
}

/// Liquidation prices that cannot be searched for are not absent ones.
#[test]
fn prices_that_are_not_searched_are_an_alarm_of_their_own() {
    let desk = desk();
    for name in ["account", "schedule", "snapshot"] {
        let from = params(&format!("venues/mango/examples/perpetual.{name}.json"));
        desk.write(&format!("{name}.json"), std::fs::read(from).expect("example"));
    }
    desk.write("snapshots/1.json", desk.read("snapshot.json"));
    let (_, lines) = watch(&desk, "");
    assert_eq!(lines[0]["liquidation"]["status"], "not-searched", "{}", lines[0]);
    assert_eq!(lines[0]["joint"]["status"], "not-searched");
    assert!(lines[0]["liquidation"]["why"].is_string());
    let (code, lines) = watch(&desk, "--distance-below 10");
    assert_eq!(lines[0]["crossed"][0]["to"], "unknown", "{}", lines[0]);
    assert_eq!(code, 3);
}

/// Debts without a position have no ratio, and are no all-clear.
#[test]
fn debts_without_positions_are_below_every_ratio() {
    let desk = desk();
    desk.write("snapshots/1.json", desk.read("snapshot.json"));
    desk.edit("account.json", |account| {
        account["balances"][0]["balance"] = json!("-5");
        account["positions"] = json!([]);
    });
    let (code, lines) = watch(&desk, "--ratio-below 1.5");
    assert_eq!(code, 1);
    assert_eq!(lines[0]["crossed"][0]["to"], "below", "{}", lines[0]);
}

/// What is signed is what the figures say: a report whose counts say something else is none.
#[test]
fn counts_of_a_report_are_those_of_its_figures() {
    let desk = desk();
    let answer = json!([{
        "asset": "USDT", "balance": "100", "crossWalletBalance": "100", "crossUnPnl": "7",
    }]);
    desk.write("answer.json", answer.to_string());
    let files = "--schedule schedule.json --snapshot snapshot.json";
    let ran = desk.run(&format!("reconcile --from binance answer.json {files} -o report.json"));
    assert_eq!(ran.code, 9, "{}{}", ran.text(), ran.stderr);
    let sign = || {
        let ran = desk.run("reconcile sign report.json --name x --signer no.key -o x.note --json");
        ran.json()["error"]["code"].as_str().expect("no key").to_owned()
    };
    assert_ne!(sign(), "BadReport");
    desk.edit("report.json", |report| report["counts"]["unexplained"] = json!(0));
    assert_eq!(sign(), "BadReport");
}

/// An answer of positions alone says nothing of the balance, nor of a position that it does not list: that all its figures are
/// equal is no all-clear, and a signature says so too.
#[test]
fn what_is_not_in_the_answer_is_not_compared() {
    let desk = desk();
    let file = desk.json("snapshot.json");
    let listed = file["instruments"].as_array().expect("list").iter();
    let mut marks = listed.filter(|i| i["instrument"] == "BTCUSDT").map(|i| i["mark"].clone());
    let mark = marks.next().expect("BTC");
    desk.edit("account.json", |account| {
        account["positions"][0]["size"] = json!("1");
        account["positions"][0]["entry_value"] = json!("60000");
    });
    let answer = json!([{
        "symbol": "BTCUSDT", "positionAmt": "1", "entryPrice": "60000", "markPrice": mark,
        "notional": mark, "leverage": "20",
    }]);
    desk.write("answer.json", answer.to_string());
    let files = "--schedule schedule.json --snapshot snapshot.json";
    let of = format!("reconcile --from binance answer.json {files}");
    assert_eq!(desk.run(&of).code, 0);
    let ran = desk.run(&format!("{of} --account account.json -o report.json --json"));
    let (error, result) = (&ran.json()["error"], &ran.json()["result"]);
    assert_eq!((ran.code, &error["code"]), (9, &json!("NotCompared")), "{}", ran.text());
    let lacks = json!(["position ETHUSDT short", "balance of USDT"]);
    assert_eq!(result["venues"][0]["unlisted_there"], lacks);
    assert_eq!(result["counts"]["unlisted_there"], 2);
    assert_eq!(result["venues"][0]["unlisted_here"], json!([]));
    let sign = || {
        let ran = desk.run("reconcile sign report.json --name x --signer no.key -o x.note --json");
        ran.json()["error"]["code"].as_str().expect("no key").to_owned()
    };
    assert_ne!(sign(), "BadReport");
    desk.edit("report.json", |report| report["counts"]["unlisted_there"] = json!(0));
    assert_eq!(sign(), "BadReport");
}

/// A rate that is over its table's denominator is shown over it.
#[test]
fn rates_are_shown_over_their_denominator() {
    let desk = Desk::new();
    for file in std::fs::read_dir(params("venues/bybit/examples/answers")).expect("folder") {
        let path = file.expect("file").path();
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        desk.write(&format!("answers/{name}"), std::fs::read(&path).expect("answer"));
    }
    let ran = desk.run("import --from bybit answers --requirement initial -o market");
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let files = "--schedule market/schedule.json --snapshot market/snapshot.json";
    let ran = desk.run(&format!("margin --account market/account.json {files} --json"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let positions = ran.json()["result"]["positions"].clone();
    let positions = positions.as_array().expect("list");
    let rates: Vec<_> = positions.iter().map(|position| &position["rate"]).collect();
    assert!(!rates.is_empty() && rates.iter().all(|rate| **rate == json!("1/100")), "{rates:?}");
}

/// Drift's balances are shares with nine digits: a deposit is in them, as the account file is.
#[test]
fn deposits_are_in_the_unit_of_a_balance() {
    let desk = Desk::new();
    for name in ["schedule", "snapshot", "account"] {
        let from = params(&format!("venues/drift/examples/perpetual.{name}.json"));
        desk.write(&format!("{name}.json"), std::fs::read(from).expect("example"));
    }
    desk.edit("snapshot.json", |snapshot| {
        snapshot["assets"][0]["figures"] =
            json!({ "borrow interest": "1.25", "deposit interest": "1.25" });
    });
    desk.edit("account.json", |account| account["balances"][0]["balance"] = json!("7"));
    let with = "--account account.json --schedule schedule.json --snapshot snapshot.json --json";
    let what_if = |more: &str| {
        let ran = desk.run(format!("what-if {with} {more}").trim_end());
        (ran.code, ran.json()["result"].clone())
    };
    // Seven shares are 8.75, and 10 are required: one share is the least.
    let (code, found) = what_if("");
    assert_ne!(code, 0, "{found}");
    let cures = found["cures"].as_array().expect("list");
    let least = cures.iter().find(|cure| cure["kind"] == "deposit").expect("deposit");
    let expected =
        json!({ "kind": "deposit", "asset": "USDC", "amount": "1", "before_interest": true });
    assert_eq!(*least, expected);
    assert_eq!(what_if("--deposit USDC=1").0, 0);
    assert_ne!(what_if("--deposit USDC=0.999999999").0, 0);
    let ran = desk.run(&format!("what-if {} --deposit USDC=1", with.replace(" --json", "")));
    let words = "the deposit of USDC is before interest, as a balance of the account file is";
    assert!(ran.text().contains(words), "{}", ran.text());
}
