//! From a folder of a venue's answers to files and proofs.

use crate::support::{Desk, params};
use serde_json::json;

/// Copies the venue's example folder to `answers`.
fn with_answers(venue: &str) -> Desk {
    let desk = Desk::new();
    for entry in
        std::fs::read_dir(params(&format!("venues/{venue}/examples/answers"))).expect("folder")
    {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        desk.write(&format!("answers/{name}"), std::fs::read(&path).expect("file"));
    }
    desk
}

#[cfg(unix)]
fn mode(desk: &Desk, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(desk.path(name)).expect(name).permissions().mode() & 0o777
}

#[test]
fn a_folder_becomes_three_files() {
    let desk = with_answers("binance");
    desk.write("answers/openOrders.json", "[]");
    let ran = desk.run("import --from binance answers -o market --json");
    assert_eq!(ran.code, 0, "{}", ran.text());
    let result = &ran.json()["result"];
    assert_eq!(result["not_read"], json!(["openOrders.json"]));
    assert_eq!(ran.json()["warnings"][0]["code"], "NotRead");
    assert_eq!(result["read"].as_array().map(Vec::len), Some(7));
    #[cfg(unix)]
    assert_eq!(mode(&desk, "market/account.json"), 0o600);
    let account = desk.json("market/account.json");
    assert!(account.get("blinding").is_none(), "it has no secrets");
    let files = "--account market/account.json --schedule market/schedule.json --snapshot market/snapshot.json";
    assert_eq!(desk.run(&format!("margin {files}")).code, 0);
    // Neither the answers nor an account are replaced, and nothing is left half-written.
    let ran = desk.run("import --from binance answers -o answers --force --json");
    assert_eq!(ran.json()["error"]["code"], "OutputIsInput", "{}", ran.text());
    assert!(!desk.path("answers/schedule.json").exists());
    let ran = desk.run("import --from binance answers -o market --force --json");
    assert_eq!(ran.json()["error"]["code"], "OutputIsSecret");
    desk.write("answers/premiumIndex.json", "[{\"symbol\": \"BTCUSDT\",");
    let ran = desk.run("import --from binance answers -o other --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("CutShort")));
    assert_eq!(ran.json()["error"]["file"], "answers/premiumIndex.json");
    assert!(!desk.path("other").exists());
}

/// One command to a proof, and an attester's note makes it valid.
#[test]
fn a_folder_becomes_a_proof_that_an_attester_makes_valid() {
    let desk = with_answers("binance");
    let prove = "prove --from binance answers --audience desk-42";
    let ran = desk.run(&format!("{prove} -o proof.zkm --json"));
    assert_eq!(ran.code, 7, "{}{}", ran.text(), ran.stderr);
    let verdict = ran.json()["verdict"].as_str().unwrap_or_default().to_owned();
    assert!(verdict.starts_with("PROOF OK, NOT ANCHORED"), "{verdict}");
    let next = ran.json()["result"]["next"].to_string();
    for word in ["zkmargin attest --account proof.account.json", "--opening opening.json"] {
        assert!(next.contains(word), "{next}");
    }
    #[cfg(unix)]
    assert_eq!(mode(&desk, "proof.account.json"), 0o600);
    assert!(desk.json("proof.account.json")["blinding"].is_string());
    let files = "--schedule proof.schedule.json --snapshot proof.snapshot.json";
    desk.run("keygen -o attester.key note --name attester.example");
    let ran = desk.run(
        "attest --account proof.account.json --schedule proof.schedule.json --checked answers --signer attester.key -o attestation.note --json",
    );
    assert_eq!(ran.code, 0, "{}", ran.text());
    let key = desk.run("key show attester.key").text();
    let digest =
        desk.run("snapshot check proof.snapshot.json --schedule proof.schedule.json --json");
    let digest = digest.json()["result"]["market"].clone();
    desk.write(
        "policy.json",
        json!({
            "format": "zkmargin-policy/1",
            "name": "desk",
            "audience": "desk-42",
            "keys": [crate::policy::key("attester.example", key.trim(), "attester")],
            "market": {"pinned": digest},
            "account": {"attested": {}},
            "claim": {"level": "10000", "floor": "0"},
        })
        .to_string(),
    );
    let ran = desk.run(&format!(
        "verify proof.zkm {files} --policy policy.json --attestation attestation.note"
    ));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().starts_with("VALID"), "{}", ran.text());
    // Nothing is replaced without being asked, and the account never.
    assert_eq!(desk.run(&format!("{prove} -o proof.zkm")).code, 5);
    let ran = desk.run(&format!("{prove} -o proof.zkm --force --json"));
    assert_eq!(ran.json()["error"]["code"], "OutputIsSecret");
}

#[test]
fn bad_folders_leave_nothing() {
    let desk = with_answers("hyperliquid");
    let before = desk.listing();
    for (arguments, code, exit) in [
        ("prove --from binance answers --audience a -o p.zkm", "OtherVenue", 3),
        ("prove --from hyperliquid nowhere --audience a -o p.zkm", "CannotRead", 5),
        ("prove --from hyperliquid answers --audience a -o -", "Usage", 2),
        ("prove --from hyperliquid answers --audience a --only BTC -o p.zkm", "Usage", 2),
        ("prove --from hyperliquid answers --audience a --claim none -o p.zkm", "OffMenu", 3),
    ] {
        let ran = desk.run(&format!("{arguments} --json"));
        let error = &ran.json()["error"];
        // With a file on standard output there is no object.
        assert_eq!((ran.code, &error["code"]), (exit, &json!(code)), "{arguments}: {error}");
        assert_eq!(desk.listing(), before, "{arguments}");
    }
}

/// A subset says so in the verdict.
#[test]
fn a_subset_is_named_in_the_verdict() {
    let desk = with_answers("hyperliquid");
    let prove = "prove --from hyperliquid answers --audience desk-42 --held-and 2";
    let ran = desk.run(&format!("{prove} -o proof.zkm"));
    assert_eq!(ran.code, 7, "{}{}", ran.text(), ran.stderr);
    for words in ["this schedule is a subset", "subset       14 of the market's 28 instruments"] {
        assert!(ran.text().contains(words), "{}", ran.text());
    }
}

/// The venue's answer about the account of the kept example, under the names of its schedule.
fn subaccount() -> serde_json::Value {
    let collateral = |name: &str, amount: &str| json!({"asset_name": name, "amount": amount, "pending_interest": "0"});
    let position = |name: &str, amount: &str| {
        json!({
            "instrument_name": name, "amount": amount, "average_price": "80", "pending_funding": "0",
            "net_settlements": "0", "open_orders_margin": "0",
        })
    };
    json!({"id": "1", "result": {
        "margin_type": "PM2", "is_under_liquidation": false, "open_orders": [], "subaccount_id": 42,
        "collaterals": [
            collateral("USDC", "0"), collateral("SPOT-ETH", "1e-1"), collateral("SPOT-BTC", "0.1"),
            collateral("SPOT-USDT", "300"),
        ],
        "positions": [
            position("20250110T044732Z-1000-C", "-0.6"), position("20250110T044732Z-4000-P", "0.01"),
            position("20250808T044732Z-500-C", "-0.6"), position("20250808T044732Z-5000-P", "0.01"),
        ],
    }})
}

/// Derive's answers say the account, and the rule is given: the account is the kept one, and the proof is of it.
#[test]
fn a_portfolio_folder_takes_the_rule_from_files() {
    let desk = Desk::new();
    desk.write("answers/subaccount.json", subaccount().to_string());
    for kind in ["schedule", "snapshot"] {
        let file = std::fs::read(params(&format!("venues/derive/examples/options.{kind}.json")));
        desk.write(&format!("{kind}.json"), file.expect("the example"));
    }
    let files = "--schedule schedule.json --snapshot snapshot.json";
    let ran = desk.run(&format!("import --from derive answers {files} -o out --json"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    assert_eq!(ran.json()["result"]["given"], json!(["portfolio-schedule", "portfolio-snapshot"]));
    assert!(!desk.path("out/schedule.json").exists(), "what was given stays where it is");
    let kept = std::fs::read(params("venues/derive/examples/options.account.json"));
    let kept: serde_json::Value =
        serde_json::from_slice(&kept.expect("the example")).expect("JSON");
    let held = |account: &serde_json::Value| {
        let listed = account["positions"].as_array().expect("positions").iter();
        listed.map(|p| (p["instrument"].clone(), p["size"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(held(&desk.json("out/account.json")), held(&kept));
    let prove = "prove --from derive answers --audience desk-42";
    let ran = desk.run(&format!("{prove} {files} -o proof.zkm"));
    assert_eq!(ran.code, 7, "{}{}", ran.text(), ran.stderr);
    for words in [
        "PROOF OK, NOT ANCHORED",
        "given        portfolio-schedule",
        "wrote        proof.account.json",
    ] {
        assert!(ran.text().contains(words), "{}", ran.text());
    }
    for (arguments, code) in [
        (prove.to_owned(), "MissingAnswer"),
        (format!("{prove} {files} --account out/account.json"), "Usage"),
        (format!("{prove} {files} --held-and 3"), "Usage"),
        (format!("prove --from binance answers {files} --audience a"), "Usage"),
    ] {
        let ran = desk.run(&format!("{arguments} -o other.zkm --json"));
        assert_eq!(ran.json()["error"]["code"], code, "{arguments}: {}", ran.text());
    }
}
