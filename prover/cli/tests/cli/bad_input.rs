//! Every kind of bad input has its own code; none panics, none leaves a file.

use crate::support::{Desk, MARKET, params};
use serde_json::{Value, json};
use zkmargin_model::widths::MAX_HELD_POSITIONS;

/// Applies a change to one of the files, proves, and expects a code and exit 3.
fn refused(file: &str, code: &str, change: impl FnOnce(&mut Value)) {
    let desk = Desk::new();
    if file == "schedule.json" {
        desk.edit_schedule(change);
    } else {
        desk.edit(file, change);
    }
    let ran = desk.prove("-o out.zkm --json");
    let error = &ran.json()["error"];
    assert_eq!((ran.code, &error["code"]), (3, &json!(code)), "{error}");
    assert_eq!(error["file"], file, "{error}");
    assert!(error["line"].is_u64() && error["column"].is_u64(), "{error}");
    assert_eq!(desk.listing(), ["account.json", "schedule.json", "snapshot.json"]);
    // People are told the same.
    let ran = desk.prove("-o out.zkm");
    assert_eq!(ran.code, 3);
    // Behind what looks wrong otherwise.
    let is_said = ran.stderr.lines().any(|line| line.starts_with(code));
    assert!(is_said && !ran.stderr.contains("panicked"), "{}", ran.stderr);
}

fn account(code: &str, change: impl FnOnce(&mut Value)) {
    refused("account.json", code, change);
}

fn schedule(code: &str, change: impl FnOnce(&mut Value)) {
    refused("schedule.json", code, change);
}

fn snapshot(code: &str, change: impl FnOnce(&mut Value)) {
    refused("snapshot.json", code, change);
}

#[test]
fn figures() {
    account("NumberNotString", |a| a["balances"][1]["balance"] = json!(5000));
    account("NumberNotString", |a| a["positions"][0]["size"] = json!(1.5));
    snapshot("NumberNotString", |s| s["instruments"][0]["mark"] = json!(0.79));
    schedule("NumberNotString", |s| s["tiers"][0]["rows"][0]["rate"] = json!(0.01));
    for text in ["1e3", "1E3", "+1", "01", ".5", "5.", "-0", "", " 1", "1,5", "NaN", "0x10"] {
        account("BadNumber", |a| a["balances"][1]["balance"] = json!(text));
    }
    account("TooManyDigits", |a| a["positions"][0]["size"] = json!("1.5000"));
    snapshot("TooManyDigits", |s| s["instruments"][0]["mark"] = json!("0.794788921"));
}

#[test]
fn fields() {
    account("UnknownField", |a| a["balance"] = json!("1"));
    account("UnknownField", |a| a["positions"][0]["leverage"] = json!("1"));
    snapshot("UnknownField", |s| s["prices"] = json!([]));
    schedule("UnknownField", |s| s["instruments"][0]["tick"] = json!("1"));
    account("MissingField", |a| drop(a.as_object_mut().expect("object").remove("blinding")));
    account("WrongType", |a| a["positions"] = json!({}));
    account("WrongFormat", |a| a["format"] = json!("zkmargin-account/2"));
    snapshot("WrongFormat", |s| s["format"] = json!("zkmargin-schedule/1"));
}

#[test]
fn names() {
    account("UnknownInstrument", |a| a["positions"][0]["instrument"] = json!("DOGEUSDT"));
    account("UnknownAsset", |a| a["balances"][1]["asset"] = json!("DOGE"));
    account("WrongVenue", |a| a["venue"] = json!("elsewhere"));
    snapshot("UnknownInstrument", |s| s["instruments"][0]["instrument"] = json!("DOGEUSDT"));
    snapshot("UnknownAsset", |s| s["assets"][0]["asset"] = json!("DOGE"));
    schedule("UnknownAsset", |s| s["instruments"][0]["settle"] = json!("DOGE"));
    schedule("UnknownTiers", |s| s["instruments"][0]["tiers"] = json!("none"));
    fn again(list: &mut Value) {
        let list = list.as_array_mut().expect("list");
        list.push(list[0].clone());
    }
    account("DuplicatePosition", |a| again(&mut a["positions"]));
    account("DuplicateBalance", |a| again(&mut a["balances"]));
    snapshot("DuplicateInstrument", |s| again(&mut s["instruments"]));
    snapshot("DuplicateAsset", |s| again(&mut s["assets"]));
    schedule("DuplicateId", |s| again(&mut s["instruments"]));
    schedule("DuplicateInstrument", |s| {
        again(&mut s["instruments"]);
        let last = s["instruments"].as_array().expect("list").len() - 1;
        s["instruments"][last]["id"] = json!(60_000);
    });
}

#[test]
fn prices() {
    for (price, at) in [("0", "instruments"), ("-1", "instruments"), ("0.00", "assets")] {
        let field = if at == "assets" { "bid" } else { "mark" };
        snapshot("NonPositivePrice", |s| s[at][0][field] = json!(price));
    }
    snapshot("MissingPrice", |s| drop(s["instruments"].as_array_mut().expect("list").pop()));
    snapshot("MissingPrice", |s| drop(s["assets"].as_array_mut().expect("list").pop()));
    snapshot("MissingPrice", |s| s["assets"][0]["ask"] = json!(null));
    snapshot("AskBelowBid", |s| s["assets"][0]["ask"] = json!("0.5"));
    snapshot("UnexpectedPrice", |s| s["assets"][0]["index"] = json!("1"));
    snapshot("WrongSchedule", |s| s["schedule"] = json!("11".repeat(32)));
    snapshot("BadHex", |s| s["schedule"] = json!("11"));
    snapshot("BadTime", |s| s["time"] = json!("2024-07-27 06:44:38"));
}

#[test]
fn brackets() {
    fn rows(s: &mut Value) -> &mut Value {
        let at = s["tiers"].as_array().expect("list").iter().position(|t| t["rows"][2].is_object());
        &mut s["tiers"][at.expect("a table of three rows")]["rows"]
    }
    fn shift(text: &Value, by: i64) -> Value {
        json!((text.as_str().expect("text").parse::<i64>().expect("whole") + by).to_string())
    }
    schedule("BracketOverlap", |s| {
        let rows = rows(s);
        rows[1]["from"] = shift(&rows[1]["from"], -1);
    });
    schedule("BracketGap", |s| {
        let rows = rows(s);
        rows[1]["from"] = shift(&rows[1]["from"], 1);
    });
    schedule("BracketReversed", |s| {
        let rows = rows(s);
        let from = rows[1]["from"].clone();
        rows[1]["below"] = from;
    });
    schedule("BracketEmpty", |s| *rows(s) = json!([]));
    schedule("BadMenu", |s| s["menu"]["levels"] = json!([]));
}

#[test]
fn widths() {
    let huge = format!("1{}", "0".repeat(40));
    account("Width", |a| a["positions"][0]["size"] = json!(huge));
    account("Width", |a| a["positions"][0]["entry_value"] = json!(huge));
    account("Width", |a| a["balances"][1]["balance"] = json!(huge));
    snapshot("Width", |s| s["instruments"][0]["mark"] = json!(huge));
    account("NotFieldElement", |a| a["blinding"] = json!("ff".repeat(32)));
    account("BadHex", |a| a["blinding"] = json!("f".repeat(63)));
    account("ZeroSize", |a| a["positions"][0]["size"] = json!("0"));
    account("SettlementAssetMissing", |a| {
        drop(a["balances"].as_array_mut().expect("list").remove(0));
    });
    account("AccountTooLarge", |a| {
        let position = a["positions"][0].clone();
        a["positions"] = json!(vec![position; MAX_HELD_POSITIONS + 1]);
    });
}

#[test]
fn what_is_written_in_an_account_is_not_repeated() {
    let desk = Desk::new();
    desk.edit("account.json", |a| a["balances"][1]["balance"] = json!("31337.314159265358979323"));
    for arguments in ["--json -o out.zkm".to_owned(), "-vv -o out.zkm".to_owned()] {
        let ran = desk.prove(&arguments);
        let said = ran.text() + &ran.stderr;
        assert!(ran.code == 3 && said.contains("TooManyDigits"), "{said}");
        assert!(!said.contains("31337"), "{said}");
    }
}

#[test]
fn not_json() {
    let desk = Desk::new();
    for (text, code) in [
        ("", "Syntax"),
        ("{", "Syntax"),
        ("[1]", "WrongFormat"),
        ("{\"format\": \"zkmargin-schedule/1\"", "Syntax"),
        ("\u{0}\u{1}", "Syntax"),
        ("{}", "WrongFormat"),
    ] {
        desk.write("bad.json", text);
        let ran = desk.run("schedule check bad.json --json");
        let error = &ran.json()["error"];
        assert_eq!((ran.code, &error["code"]), (3, &json!(code)), "{text:?}: {error}");
    }
    desk.write("bad.json", [0xff, 0xfe, b'{']);
    assert_eq!(desk.run("schedule check bad.json").code, 3);
    desk.write("bad.json", "[".repeat(100_000));
    assert_eq!(desk.run("schedule check bad.json").code, 3);
}

#[test]
fn claims_off_the_menu() {
    let desk = Desk::new();
    for claim in ["--claim nonsense", "--claim 9999", "--claim 0", "--claim 99999999", "--floor 1"]
    {
        let ran = desk.prove(&format!("{claim} -o out.zkm --json"));
        let error = &ran.json()["error"];
        assert_eq!((ran.code, &error["code"]), (3, &json!("OffMenu")), "{claim}: {error}");
    }
}

#[test]
fn schedule_that_no_circuit_proves() {
    let desk = Desk::new();
    desk.edit_schedule(|s| {
        let step = |decimals: u32| json!({"mode": "truncate", "decimals": decimals});
        s["rounding"] = json!({"requirement": [step(10), step(9), step(8)]});
    });
    let ran = desk.prove("-o out.zkm --json");
    let error = &ran.json()["error"];
    assert_eq!((ran.code, &error["code"]), (3, &json!("Unprovable")), "{error}");
    assert!(
        error["message"].as_str().expect("message").contains("rounded more than twice"),
        "{error}"
    );
    let ran = desk.run(&format!("margin --account account.json {MARKET} --json"));
    assert_eq!(ran.code, 0, "the native rule does");
    assert_eq!(ran.json()["result"]["cross"][0]["provable"], false);
    let ran = desk.run("schedule check schedule.json --json");
    assert_eq!(ran.json()["result"]["room"]["provable"], false);
}

#[test]
fn damaged_proof_files() {
    let desk = Desk::with_proof();
    let good = desk.read("proof.zkm");
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let padded = [&good[..], &[0]].concat();
    for (bytes, code) in [
        (vec![], "ProofEmpty"),
        (b"PK\x03\x04".to_vec(), "ProofMagic"),
        (good[..5].to_vec(), "ProofTruncated"),
        (good[..200].to_vec(), "ProofTruncated"),
        (good[..good.len() - 1].to_vec(), "ProofTruncated"),
        (padded, "ProofTrailingBytes"),
        (changed(8, 2), "ProofFormatVersion"),
        (changed(14, 9), "ProofCircuitVersion"),
        (changed(14, 2), "ProofAccountReference"),
        (changed(16, 8), "ProofShape"),
        (changed(17, 99), "ProofSize"),
        (changed(0, b'?'), "ProofTextTransfer"),
        (b"{\"format\": \"zkmargin-proof/1\"}".to_vec(), "ProofJson"),
        (vec![0x89; 2_000_000], "FileTooLarge"),
    ] {
        desk.write("bad.zkm", &bytes);
        let ran = desk.run(&format!("verify bad.zkm {MARKET} --json"));
        let object = ran.json();
        assert_eq!((ran.code, &object["error"]["code"]), (3, &json!(code)), "{object}");
        assert!(object["verdict"].as_str().expect("verdict").starts_with("NOT CHECKED: "));
        assert_eq!(desk.run("inspect bad.zkm").code, 3);
    }
}

#[test]
fn venue_files() {
    let desk = Desk::new();
    let tier = json!({"info": {
        "notionalFloor": "0", "notionalCap": "5000", "maintMarginRatio": "0.01", "cum": "0.0",
    }});
    let tiers = json!({"A/USDT:USDT": [tier], "B/USDC:USDC": [tier]});
    desk.write("from/leverage_tiers.json", tiers.to_string());
    let import = "import --from binance from -o out";
    assert_eq!(desk.run(import).code, 0);
    let out = || desk.json("out/schedule.json");
    assert_eq!(out()["name"], "binance-usdt");
    assert_eq!(out()["instruments"].as_array().map(Vec::len), Some(1));
    assert_eq!(desk.run(import).code, 5, "no overwriting");
    assert_eq!(desk.run(&format!("{import} --force --name mine")).code, 0);
    assert_eq!(out()["name"], "mine");
    assert_eq!(out()["isolated_books"], true);
    let ran = desk.run(&format!("{import} --force --collateral USDC,BTC --json"));
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert_eq!(ran.json()["result"]["schedule"]["bid_and_ask"], true);
    let schedule = out();
    let assets = schedule["assets"].as_array().expect("list").iter();
    let assets: Vec<_> = assets.map(|a| (a["symbol"].clone(), a["settles"].clone())).collect();
    let expected = [("USDT", true), ("USDC", false), ("BTC", false)];
    assert_eq!(assets, expected.map(|(symbol, settles)| (json!(symbol), json!(settles))));
    assert!(schedule["bid_and_ask"] == true && schedule.get("isolated_books").is_none());
    desk.edit("from/leverage_tiers.json", |v| v["A/USDT:USDT"][0]["info"]["cum"] = json!(0.0));
    for (more, code) in [
        ("--from binance", "ImportSource"),
        ("--from binance --settle DOGE", "ImportSource"),
        ("--from lighter", "MissingAnswer"),
    ] {
        let ran = desk.run(&format!("import {more} from -o new --json"));
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!(code)), "{more}");
    }
    assert!(!desk.path("new").exists());
    let market = json!({"i": 0, "mm": 120, "s": 1, "qm": 1, "mp": 2_000_000, "f": -5});
    let block = json!({"block": 7, "created_at_ms": 1_700_000_000_000u64, "markets": [market]});
    desk.write("blocks/block.json", block.to_string());
    let ran = desk.run("import --from lighter blocks -o l");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(desk.run("snapshot check l/snapshot.json --schedule l/schedule.json").code, 0);
}

/// One list, a schedule of each requirement, and one registry.
#[test]
fn import_of_dydx_has_two_requirements() {
    let desk = Desk::new();
    let list = std::fs::read(params("venues/dydx/markets.json")).expect("list");
    desk.write("from/perpetualMarkets.json", list);
    let import = |more: &str| {
        let ran = desk.run(&format!("import --from dydx from {more} --json"));
        assert_eq!(ran.code, 0, "{}", ran.text());
        ran.json()["result"]["schedule"].clone()
    };
    let (maintenance, initial) =
        (import("-o maintenance"), import("--requirement initial -o initial"));
    assert_eq!(maintenance["requirement"], "maintenance");
    assert_eq!(initial["requirement"], "initial");
    assert_eq!(maintenance["registry"], initial["registry"]);
    assert_ne!(maintenance["digest"], initial["digest"]);
    assert_eq!(
        (&initial["name"], &initial["room"]["provable"]),
        (&"dydx-initial".into(), &true.into())
    );
}

/// Schedules whose rounding is assumed say so, and folders with prices give a snapshot.
#[test]
fn import_of_rates_that_step() {
    let desk = Desk::new();
    for (from, file, more, out, refused) in [
        ("kraken/instruments.json", "instruments.json", "--settle USD", "linear", true),
        // Its tables by contracts give rates, which may step.
        ("kraken/instruments.json", "instruments.json", "--settle BTC --force", "inverse", false),
        ("bitmex/instrument.json", "instrument.json", "--force", "bitmex", true),
        ("extended/examples/answers/views.json", "views.json", "--force", "extended", true),
    ] {
        let (venue, _) = from.split_once('/').expect("folder");
        let list = std::fs::read(params(&format!("venues/{from}"))).expect("list");
        desk.write(&format!("from-{out}/{file}"), list);
        let import = format!("import --from {venue} from-{out} {more} -o {out}");
        // Rates that step on the whole position are jumps, which must be declared.
        let told = desk.run(&format!("{import} --json")).json();
        assert_eq!(told["error"]["code"] == "ImportRule", refused, "{venue} {more}: {told}");
        let ran = desk.run(&format!("{import} --accept-rule --json"));
        assert_eq!(ran.code, 0, "{venue} {more}: {}", ran.text());
        assert_eq!(ran.json()["result"]["schedule"]["room"]["provable"], true, "{venue} {more}");
        let schedule = desk.json(&format!("{out}/schedule.json"));
        assert_eq!(schedule["rounding_assumed"].is_string(), venue != "extended");
        assert_eq!(desk.path(&format!("{out}/snapshot.json")).exists(), venue != "kraken");
    }
    for out in ["extended", "bitmex"] {
        let check = format!("snapshot check {out}/snapshot.json --schedule {out}/schedule.json");
        assert_eq!(desk.run(&check).code, 0);
    }
}

#[test]
fn import_of_hyperliquid_leaves_out_what_has_no_denominator() {
    let desk = Desk::new();
    let perpetual =
        |name: &str, leverage: u32| json!({"name": name, "szDecimals": 2, "maxLeverage": leverage});
    let meta = json!({"universe": [perpetual("A", 3), perpetual("B", 1_000_003)]});
    desk.write("from/meta.json", meta.to_string());
    let ran = desk.run("import --from hyperliquid from -o h --json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["result"]["left_out"][0]["symbol"], "B");
    assert_eq!(desk.json("h/schedule.json")["name"], "hyperliquid");
}

#[test]
fn import_refuses_choices_that_the_venue_does_not_have() {
    let desk = Desk::new();
    let folder = |venue: &str| params(&format!("venues/{venue}/examples/answers"));
    for (venue, more) in [
        ("hyperliquid", "--settle USDC"),
        ("hyperliquid", "--requirement initial"),
        ("hyperliquid", "--collateral BTC"),
        ("extended", "--requirement initial"),
        ("binance", "--account-id 1"),
        ("binance", "--only BTCUSDT"),
    ] {
        let folder = folder(venue).display().to_string();
        let ran = desk.run(&format!("import --from {venue} {folder} {more} -o out --json"));
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("Usage")), "{more}");
        assert!(!desk.path("out").exists());
    }
    let ran = desk.prove("--name mine -o out.zkm --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (2, &json!("Usage")));
}

/// A list read again keeps its ids, and a later schedule is compared with an earlier one.
#[test]
fn schedules_continue_a_numbering() {
    let desk = Desk::new();
    let list = std::fs::read(params("venues/dydx/markets.json")).expect("list");
    let mut list: Value = serde_json::from_slice(&list).expect("JSON");
    let import = |list: &Value, more: &str| {
        desk.write("from/perpetualMarkets.json", list.to_string());
        let ran = desk.run(&format!("import --from dydx from {more}"));
        assert_eq!(ran.code, 0, "{}", ran.text());
    };
    import(&list, "-o old");
    let old: Value = serde_json::from_slice(&desk.read("old/schedule.json")).expect("JSON");
    // The venue lists one more market, in front of the others.
    let markets = list["markets"].as_object_mut().expect("markets");
    let (first, mut listed) =
        markets.iter().next().map(|(k, v)| (k.clone(), v.clone())).expect("one");
    listed["ticker"] = json!("AAA-USD");
    listed["clobPairId"] = json!("900");
    markets.insert("AAA-USD".to_owned(), listed);
    import(&list, "--previous old/schedule.json -o new");
    let new: Value = serde_json::from_slice(&desk.read("new/schedule.json")).expect("JSON");
    let id = |file: &Value, symbol: &str| {
        let listed = file["instruments"].as_array().expect("list").iter();
        listed.filter(|i| i["symbol"] == symbol).map(|i| i["id"].clone()).next()
    };
    let ids = old["instruments"].as_array().expect("list").iter().map(|i| i["id"].as_u64());
    let last = ids.max().flatten().expect("one");
    assert_eq!(id(&new, &first), id(&old, &first));
    assert_eq!(id(&new, "AAA-USD"), Some(json!(last + 1)));
    let ran = desk.run("schedule lint new/schedule.json --previous old/schedule.json --json");
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert_eq!(ran.json()["result"]["changes"]["listed"], json!(["\"AAA-USD\""]));
    // The venue replaces a market by another one under its number.
    let markets = list["markets"].as_object_mut().expect("markets");
    let number = markets.remove(&first).expect("listed")["clobPairId"].clone();
    markets["AAA-USD"]["clobPairId"] = number;
    import(&list, "-o moved");
    let ran = desk.run("schedule check moved/schedule.json --previous old/schedule.json --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("ReusedId")), "{}", ran.text());
    // A list that forgets what was delisted would give its id again.
    let ran = desk.run("schedule check old/schedule.json --previous new/schedule.json --json");
    assert_eq!(ran.json()["error"]["code"], "BeyondNumbering");
}
