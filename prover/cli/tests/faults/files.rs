//! Imports, and files as other programs write them.

use crate::support::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A file beside this module.
macro_rules! file {
    ($name:literal) => {
        include_str!(concat!("files/", $name))
    };
}

/// Secrets as a trader's program would draw them.
const HOLDER_KEY: &str = "5d1c0ab27f9e4436b8d05e6c17f3a2948e60b7d1c3f5a8294b6e0d1f72a3c501";
const BLINDING: &str = "a1f7094e5b2dc8634e90172fb5d3ac680c7e41d9b2f6583a9dc40e1b7f258306";

fn import(desk: &Desk, venue_file: &str, more: &str) -> Ran {
    desk.write("from/leverage_tiers.json", venue_file);
    let import = format!("import --from binance from -o out --json {more}");
    desk.run(import.trim_end())
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn refused(ran: &Ran, code: &str, words: &[&str]) {
    let object = ran.json();
    assert_eq!((ran.code, &object["error"]["code"]), (3, &json!(code)), "{object}");
    let said = format!("{} {}", object["error"]["message"], object["error"]["help"]);
    for word in words {
        assert!(said.contains(word), "{word} in {said}");
    }
}

/// The desk's account, secrets of its own, with one change.
fn with_account(desk: &Desk, change: impl FnOnce(&mut Value)) {
    desk.edit("account.json", |account| {
        account["holder_key"] = json!(HOLDER_KEY);
        account["blinding"] = json!(BLINDING);
        account["serial"] = json!("3");
        change(account);
    });
}

/// The desk's account on one line of a ledger's file.
fn line(desk: &Desk) -> String {
    with_account(desk, |account| {
        for secret in ["blinding", "serial"] {
            account.as_object_mut().expect("object").remove(secret);
        }
    });
    desk.json("account.json").to_string()
}

fn build(desk: &Desk, accounts: impl AsRef<[u8]>) -> Ran {
    desk.write("accounts.jsonl", accounts);
    desk.run(
        "ledger build accounts.jsonl --schedule schedule.json --epoch 1 \
         --time 2024-07-01T18:00:00Z --work work -o ledger.txt --json",
    )
}

/// A case of a schedule, a snapshot and an account.
fn with_case(desk: &Desk, schedule: &str, snapshot: &str, account: &str) {
    desk.write("schedule.json", schedule);
    desk.write("snapshot.json", snapshot);
    desk.write("account.json", account);
    with_account(desk, |_| ());
    let digest = desk.run("schedule check schedule.json --json").json()["result"]["digest"].clone();
    desk.edit("snapshot.json", |snapshot| snapshot["schedule"] = digest);
}

#[test]
fn fault_7_1_repeated_keys_are_refused_in_imports() {
    let desk = Desk::new();
    let ran = import(&desk, file!("dupinfo.json"), "");
    refused(&ran, "DuplicateField", &["/BTC~1USDT:USDT/0/info/maintMarginRatio"]);
    refused(&import(&desk, file!("dupkey.json"), ""), "DuplicateField", &["/BTC~1USDT:USDT"]);
    desk.write(
        "blocks/block.json",
        r#"{"block": 7, "block": 8, "created_at_ms": 1700000000000, "markets": []}"#,
    );
    let ran = desk.run("import --from lighter blocks -o out --json");
    refused(&ran, "DuplicateField", &["/block"]);
}

#[test]
fn fault_7_1_repeated_keys_are_refused_in_every_file() {
    let desk = Desk::new();
    let twice = |text: &[u8], key: &str| {
        let text = std::str::from_utf8(text).expect("text");
        let at = text.find(&format!("\"{key}\"")).expect("key");
        format!("{}\"{key}\": null, {}", &text[..at], &text[at..])
    };
    let commands = [
        ("schedule.json", "venue", "schedule check schedule.json"),
        ("snapshot.json", "mark", "snapshot check snapshot.json --schedule schedule.json"),
        ("account.json", "entry_value", "commit --account account.json --schedule schedule.json"),
    ];
    for (file, key, command) in commands {
        let desk = Desk::new();
        let repeated = twice(&desk.read(file), key);
        desk.write(file, repeated);
        let ran = desk.run(&format!("{command} --json"));
        assert_eq!((ran.code, ran.json()["result"].is_null()), (3, true), "{file}");
    }
    // Where a file is read as a map: an account without secrets, a ledger's line, a source's prices.
    with_account(&desk, |account| {
        account.as_object_mut().expect("object").remove("blinding");
    });
    let text = String::from_utf8(desk.read("account.json")).expect("text");
    let repeated = text.replacen('{', "{\"venue\": \"other\", ", 1);
    desk.write("account.json", &repeated);
    let ran = desk
        .run("commit --account account.json --schedule schedule.json --fresh -o new.json --json");
    assert_eq!(ran.json()["error"]["code"], "DuplicateField");

    let desk = Desk::new();
    let repeated = line(&desk).replacen('{', "{\"venue\": \"other\", ", 1);
    refused(&build(&desk, repeated), "LedgerLine", &["/venue is given twice"]);

    desk.run("keygen -o source.key note --name source.example");
    let price = r#"{"price": "1", "time": "2024-07-01T18:00:00Z"}"#;
    desk.write("prices.json", format!(r#"{{"BTC": {price}, "BTC": {price}}}"#));
    let ran = desk.run("source sign prices.json --name s --signer source.key -o note.txt --json");
    refused(&ran, "BadPrices", &["/BTC is given twice"]);
}

#[test]
fn fault_7_1_times_in_other_units_are_refused() {
    let desk = Desk::new();
    let market = json!({"i": 0, "mm": 120, "s": 1, "qm": 1, "mp": 2_000_000, "f": -5});
    let import = |time: u64| {
        let block = json!({"block": 7, "created_at_ms": time, "markets": [market]});
        desk.write("blocks/block.json", block.to_string());
        desk.run("import --from lighter blocks -o l --force --json")
    };
    for (time, unit) in [
        (1_772_470_922u64, "in seconds it would be 2026-03-02T17:02:02Z"),
        (1_772_470_922_509_000, "in microseconds it would be 2026-03-02T17:02:02.509Z"),
        (1_772_470_922_509_000_000, "in nanoseconds it would be 2026-03-02T17:02:02.509Z"),
        (0, "is not a plausible time"),
    ] {
        refused(&import(time), "ImportSource", &["/created_at_ms", unit]);
    }
    assert_eq!(import(1_772_470_922_509).code, 0);
    assert_eq!(desk.json("l/snapshot.json")["time"], "2026-03-02T17:02:02.509Z");
}

#[test]
fn fault_7_2_dated_futures_settle_in_an_asset() {
    let desk = Desk::new();
    let ran = import(&desk, file!("dated.json"), "--settle USDT-250328");
    refused(&ran, "ImportSource", &["--settle USDT"]);
    let ran = import(&desk, file!("dated.json"), "--settle USDT");
    assert_eq!(ran.code, 0, "{}", ran.text());
    let schedule = desk.json("out/schedule.json");
    assert_eq!(schedule["assets"][0]["symbol"], "USDT");
    let future = &schedule["instruments"][0];
    assert_eq!((&future["symbol"], &future["settle"]), (&json!("BTCUSDT_250328"), &json!("USDT")));
}

#[test]
fn fault_7_2_inverse_contracts_do_not_become_linear() {
    let desk = Desk::new();
    for file in [file!("coinm_notional.json"), file!("coinm_ccxt.json")] {
        let ran = import(&desk, file, "--settle BTC");
        refused(&ran, "ImportSource", &["BTC/USD:BTC", "inverse"]);
    }
}

#[test]
fn fault_7_2_what_is_left_out_is_listed() {
    let desk = Desk::new();
    let mut all: Value = serde_json::from_str(file!("coinm_notional.json")).expect("json");
    let tier: Value = serde_json::from_str(file!("dated.json")).expect("json");
    let tier = tier["BTC/USDT:USDT-250328"].clone();
    for name in ["BTC/USDT:USDT", "ETH/USDC:USDC", "BTC/USDT:USDT-250328-50000-C"] {
        all[name] = tier.clone();
    }
    let ran = import(&desk, &all.to_string(), "");
    assert_eq!(ran.code, 0, "{}", ran.text());
    let result = &ran.json()["result"];
    assert_eq!(result["left_out"].as_array().map(Vec::len), Some(3), "{result}");
    let text = desk.run("import --from binance from -o again").text();
    for word in ["left out     3", "BTC/USD:BTC", "inverse", "ETH/USDC:USDC", "an option"] {
        assert!(text.contains(word), "{word} in {text}");
    }
}

#[test]
fn fault_7_3_jumps_are_named() {
    let desk = Desk::new();
    for (file, code, words) in [
        (file!("jump.json"), "ImportRule", ["BTCUSDT", "row 2", "jumps from 200 to 250 at 50000"]),
        (file!("falling.json"), "ImportRule", ["BTCUSDT", "row 2", "falls from 0.05 to 0.004"]),
        (file!("zero.json"), "ImportRule", ["BTCUSDT", "row 1", "the rate is 0"]),
        (file!("nocap.json"), "ImportRule", ["BTCUSDT", "row 1", "no cap"]),
    ] {
        refused(&import(&desk, file, ""), code, &words);
        assert!(!desk.path("out/schedule.json").exists());
        let ran = import(&desk, file, "--accept-rule --force");
        assert_eq!(ran.code, 0, "{}", ran.text());
        let source = desk.json("out/schedule.json")["source"].to_string();
        assert!(source.contains("Declared to be the venue's own rule"), "{source}");
        assert!(words.iter().all(|word| source.contains(word)), "{source}");
        // A schedule that somebody wrote by hand is read, and the check warns.
        let checked = desk.run("schedule check out/schedule.json --json").json();
        let warned = checked["warnings"].to_string();
        if code == "ImportRule" && file != file!("nocap.json") {
            assert!(words.iter().all(|word| warned.contains(word)), "{warned}");
        }
        std::fs::remove_file(desk.path("out/schedule.json")).expect("removed");
    }
}

#[test]
fn fault_7_3_hand_written_schedules_are_warned_of() {
    let desk = Desk::new();
    desk.write("schedule.json", file!("boundary_upper_inclusive.schedule.json"));
    let ran = desk.run("schedule check schedule.json");
    assert_eq!(ran.code, 0);
    assert!(
        ran.stderr.contains("warning: X, row 2: the requirement jumps from 200 to 250"),
        "{}",
        ran.stderr
    );
    desk.write("schedule.json", file!("okx_gap.schedule.json"));
    let ran = desk.run("schedule check schedule.json --json");
    refused(&ran, "BracketGap", &["950001", "950000"]);
    for venue in ["hyperliquid/perpetuals", "lighter/mainnet"] {
        let path = params(&format!("venues/{venue}.json"));
        let ran = desk.run(&format!("schedule check {} --json", path.display()));
        assert_eq!((ran.code, &ran.json()["warnings"]), (0, &json!([])), "{venue}");
    }
    // One contract of Binance has no cap.
    let path = params("venues/binance/usdm.json");
    let ran = desk.run(&format!("schedule check {} --json", path.display())).json();
    let warnings: Vec<_> = ran["warnings"].as_array().expect("list").iter().collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert_eq!(warnings[0]["code"], "NoCap");
}

#[test]
fn fault_7_4_the_last_tier_ends_at_the_cap() {
    let desk = Desk::new();
    assert_eq!(import(&desk, file!("dated.json"), "").code, 0);
    assert_eq!(desk.json("out/schedule.json")["tiers"][0]["rows"][0]["below"], "50000");
    assert_eq!(import(&desk, file!("nocap.json"), "--accept-rule --force").code, 0);
    assert_eq!(desk.json("out/schedule.json")["tiers"][0]["rows"][0]["below"], Value::Null);
}

#[test]
fn fault_7_5_rates_keep_their_digits() {
    let desk = Desk::new();
    let ran = import(&desk, file!("fine_rate.json"), "");
    assert_eq!(ran.code, 0, "{}", ran.text());
    let schedule = desk.json("out/schedule.json");
    assert_eq!(schedule["tiers"][0]["rows"][0]["rate"], "0.00333");
    assert_eq!(schedule["rate_decimals"], 5);
    // Written by hand with too few digits: never the advice to cut.
    desk.edit("out/schedule.json", |schedule| schedule["rate_decimals"] = json!(4));
    let ran = desk.run("schedule check out/schedule.json --json");
    refused(&ran, "TooManyDigits", &["rate_decimals\\\": 5"]);
    assert!(!ran.text().contains("0.0033\\\""), "{}", ran.text());
    desk.write("schedule.json", file!("kraken_markdigits.schedule.json"));
    desk.write("snapshot.json", file!("kraken_markdigits.snapshot.json"));
    let digest = desk.run("schedule check schedule.json --json").json()["result"]["digest"].clone();
    desk.edit("snapshot.json", |snapshot| snapshot["schedule"] = digest);
    let ran = desk.run("snapshot check snapshot.json --schedule schedule.json --json");
    refused(&ran, "TooManyDigits", &["10 digits", "give the schedule more digits"]);
}

#[test]
fn fault_7_6_raw_answers_name_the_format_that_is_read() {
    let desk = Desk::new();
    for file in [file!("raw_bracket.json"), file!("raw16667.json")] {
        refused(
            &import(&desk, file, ""),
            "OtherAnswer",
            &["leverageBracket", "fetch_leverage_tiers"],
        );
    }
    let unified = json!({"BTC/USDT:USDT": [{"minNotional": 0, "maxNotional": 5, "maintenanceMarginRate": 0.1}]});
    refused(
        &import(&desk, &unified.to_string(), ""),
        "OtherAnswer",
        &["/info", "fetch_leverage_tiers"],
    );
    for (other, code) in [
        ("3", "OtherAnswer"),
        ("[]", "ImportSource"),
        ("\"x\"", "OtherAnswer"),
        ("{\"BTCUSDT\": []}", "ImportSource"),
    ] {
        refused(&import(&desk, other, ""), code, &["fetch_leverage_tiers"]);
    }
    let missing = json!({"BTC/USDT:USDT": [{"info": {"notionalFloor": "0", "notionalCap": "5"}}]});
    refused(
        &import(&desk, &missing.to_string(), ""),
        "ImportSource",
        &["/BTC~1USDT:USDT/0/info/cum: is missing"],
    );
}

#[test]
fn fault_7_7_the_sign_of_an_entry_value() {
    let desk = Desk::new();
    with_case(
        &desk,
        file!("fet_ccxt_positive.schedule.json"),
        file!("fet_ccxt_positive.snapshot.json"),
        file!("fet_ccxt_positive.account.json"),
    );
    let code = |ran: Ran| ran.json()["warnings"][0]["code"].clone();
    let ran = desk.run(&format!("margin --account account.json {MARKET}"));
    assert!(ran.stderr.contains("warning: ") && ran.stderr.contains("FETUSDT"), "{}", ran.stderr);
    let margin = format!("margin --account account.json {MARKET} --json");
    assert_eq!(code(desk.run(&margin)), "EntryValueSign");
    let commit = "commit --account account.json --schedule schedule.json --json";
    assert_eq!(code(desk.run(commit)), "EntryValueSign");
    let prove = format!("prove --account account.json {MARKET} --audience a -o p.zkm --json");
    assert_eq!(code(desk.run(&prove)), "EntryValueSign");
    let built = build(&desk, line(&desk));
    assert_eq!(built.code, 0, "{}", built.text());
    assert!(built.json()["warnings"][0]["message"].to_string().contains("line 1"));
    // A price in place of a value, and then what was meant.
    with_account(&desk, |account| account["positions"][0]["entry_value"] = json!("-1.93509"));
    assert_eq!(code(desk.run(&margin)), "EntryValueIsPrice");
    with_account(&desk, |account| account["positions"][0]["entry_value"] = json!("-8392.49344019"));
    let right = desk.run(&margin).json();
    assert_eq!(right["warnings"], json!([]));
    assert!(
        right["result"]["cross"][0]["equity"].as_str().is_some_and(|e| e.starts_with("413.8")),
        "{right}"
    );
}

#[test]
fn fault_7_8_encodings_are_named() {
    let utf16 = |text: &[u8]| -> Vec<u8> {
        let text = std::str::from_utf8(text).expect("text");
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let mark = |text: &[u8]| [b"\xef\xbb\xbf", text].concat();
    let commands = [
        ("schedule.json", "schedule check schedule.json"),
        ("snapshot.json", "snapshot check snapshot.json --schedule schedule.json"),
        ("account.json", "commit --account account.json --schedule schedule.json"),
        (
            "account.json",
            "commit --account account.json --schedule schedule.json --fresh -o new.json",
        ),
    ];
    for (file, command) in commands {
        let desk = Desk::new();
        let text = desk.read(file);
        for (bytes, name) in [(mark(&text), "byte order mark"), (utf16(&text), "UTF-16")] {
            desk.write(file, bytes);
            refused(&desk.run(&format!("{command} --json")), "Encoding", &[name, "UTF-8"]);
        }
    }
    let desk = Desk::new();
    let line = line(&desk);
    refused(&build(&desk, mark(line.as_bytes())), "LedgerLine", &["byte order mark"]);
    refused(&build(&desk, utf16(line.as_bytes())), "LedgerLine", &["UTF-16"]);
    refused(&build(&desk, format!("{line}\n\n{line}\n")), "LedgerLine", &["line 2", "blank"]);
    // Line ends change nothing in JSON.
    std::fs::remove_dir_all(desk.path("work")).expect("removed");
    assert_eq!(build(&desk, format!("{line}\r\n{line}\r\n")).code, 0);
}

#[test]
fn fault_7_8_line_ends_of_notes_are_named() {
    let desk = Desk::new();
    let key = desk.run("keygen -o venue.key note --name venue.example").text();
    desk.run("schedule sign schedule.json --signer venue.key -o first.note");
    desk.run("snapshot sign snapshot.json --schedule schedule.json --signer venue.key -o s.note");
    let venue = desk.json("schedule.json")["venue"].clone();
    let keys = json!({"format": "zkmargin-keys/1", "keys": [{
        "name": "venue.example", "key": key.trim(), "role": "venue", "venue": venue,
        "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
    }]});
    desk.write("keys.json", keys.to_string());
    let note = String::from_utf8(desk.read("s.note")).expect("text");
    for (text, words) in [
        (note.replace('\n', "\r\n"), "an editor or a mail program changed the line endings"),
        (format!("{note}\n\n"), "blank lines after the signatures"),
        (format!("\u{feff}{note}"), "byte order mark"),
    ] {
        desk.write("changed.note", text);
        let ran = desk.run("snapshot compare changed.note s.note --keys keys.json --json");
        let object = ran.json();
        assert_eq!(ran.code, 3, "{object}");
        assert!(object["error"]["message"].to_string().contains(words), "{object}");
    }
}

#[test]
fn fault_7_8_a_list_that_no_store_takes_is_not_signed() {
    let desk = Desk::new();
    let schedule = desk.run("schedule check schedule.json --json").json()["result"].clone();
    let key = |name: &str| {
        desk.run(&format!("keygen -o {name}.key note --name {name}")).text().trim().to_owned()
    };
    let (venue, _) = (key("venue.example"), key("auditor.example"));
    let subject = "640491e1081a5b5211448c24ae46dc3ac2e3c6385bf0663d42d4a3a8acd17e3d";
    let policy = json!({
        "format": "zkmargin-policy/1", "name": "pool",
        "market": {"venue": schedule["venue"], "signed_schedule": true},
        "account": {"ledger": {"max_distance_seconds": 60}},
        "claim": {"level": "maintenance", "floor": "0"},
        "audience": "desk", "purpose": "audit",
        "keys": [{
            "name": "venue.example", "key": venue, "role": "venue", "venue": schedule["venue"],
            "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
        }],
    });
    let sign = |due: &[u8]| {
        desk.write("due.csv", due);
        let manifest = json!({
            "format": "zkmargin-manifest/1", "name": "one", "policies": [policy],
            "periods": [{
                "venue": schedule["venue"], "registry": schedule["registry"], "epoch": 1,
                "schedule": schedule["digest"],
                "marks_from": "2024-07-01T18:00:00Z", "marks_until": "2024-07-01T19:00:00Z",
                "population": 1,
            }],
            "due": {"entries": 1, "accounts": 1, "sha256": sha256(due)},
        });
        desk.write("manifest.json", manifest.to_string());
        let _ = std::fs::remove_file(desk.path("manifest.note"));
        desk.run(
            "audit sign --manifest manifest.json --due due.csv --signer auditor.example.key \
             -o manifest.note --json",
        )
    };
    let venue = schedule["venue"].as_str().expect("venue");
    let registry = schedule["registry"].as_str().expect("registry");
    let due = format!("venue,registry,epoch,subject,accounts\n{venue},{registry},1,{subject},1\n");
    for (list, words) in [
        (due.replace('\n', "\r\n"), "carriage return"),
        (format!("\u{feff}{due}"), "byte order mark"),
        (due.replace("1\n", "1\n\n"), "blank lines"),
        (due.replace(subject, &subject.to_uppercase()), "lower-case"),
    ] {
        refused(&sign(list.as_bytes()), "ManifestDue", &[words]);
        assert!(!desk.path("manifest.note").exists());
    }
    assert_eq!(sign(due.as_bytes()).code, 0);
}

#[test]
fn fault_7_10_the_nearest_name() {
    let desk = Desk::new();
    for name in ["BTC/USDT:USDT", "btcusdt", "BTC-USDT", "BTCUSD"] {
        with_account(&desk, |account| account["positions"][0]["instrument"] = json!(name));
        let ran = desk.run("commit --account account.json --schedule schedule.json --json");
        refused(&ran, "UnknownInstrument", &["did you mean \\\"BTCUSDT\\\""]);
    }
    let desk = Desk::new();
    desk.edit("snapshot.json", |snapshot| {
        snapshot["instruments"][0]["instrument"] = json!("btc/usdt:usdt")
    });
    let ran = desk.run("snapshot check snapshot.json --schedule schedule.json --json");
    refused(&ran, "UnknownInstrument", &["did you mean \\\"BTCUSDT\\\""]);
}

#[test]
fn fault_7_10_what_the_person_wrote_and_what_to_do() {
    let desk = Desk::new();
    with_account(&desk, |account| {
        account.as_object_mut().expect("object").remove("holder_key");
    });
    let ran = desk.run("commit --account account.json --schedule schedule.json");
    assert!(ran.stderr.contains("--fresh -o"), "{}", ran.stderr);
    let ran = desk.run("keygen -o nodir/x holder");
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("the folder nodir does not exist"), "{}", ran.stderr);
    assert!(!ran.stderr.contains(".zkmargin-"), "{}", ran.stderr);
    let ran = desk.run("audit ingest nodir/store schedule.json");
    assert_eq!(ran.code, 5);
    assert!(ran.stderr.contains("the folder nodir does not exist"), "{}", ran.stderr);
    assert_eq!(desk.run("audit ingest store schedule.json").code, 0);
    let ran = desk.run("audit missing store");
    assert!(ran.stderr.contains("the store has no manifest;"), "{}", ran.stderr);
    with_case(
        &desk,
        file!("okx_beyond.schedule.json"),
        file!("okx_beyond.snapshot.json"),
        file!("okx_beyond.account.json"),
    );
    let ran = desk.run(&format!("margin --account account.json {MARKET}"));
    assert!(ran.stderr.contains("the position in X is beyond"), "{}", ran.stderr);
    assert!(ran.stderr.contains("975001"), "{}", ran.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn fault_7_10_a_full_disk_is_named() {
    let desk = Desk::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"))
        .args(["schedule", "check"])
        .arg(desk.path("schedule.json"))
        .stdout(full)
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("standard output cannot be written"), "{said}");
}

#[test]
fn fault_7_12_words_and_versions() {
    let desk = Desk::new();
    let manual = desk.run("man --json");
    assert!(manual.json()["result"]["text"].as_str().is_some_and(|text| text.contains("zkmargin")));
    let version = desk.run("--version").text();
    assert!(version.contains("0.1.0+"), "{version}");
    assert!(desk.run("audit ingest store schedule.json").text().contains("2 entries,"));
    let ran = desk.run("commit --account schedule.json --schedule schedule.json");
    assert!(ran.stderr.contains("an account file"), "{}", ran.stderr);
}
