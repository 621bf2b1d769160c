//! From a folder of a venue's answers to files and proofs.

use crate::support::{Desk, Ran, params};
use serde_json::json;
use std::time::Instant;

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
    let ran = attested(&desk);
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    assert!(ran.text().starts_with("VALID"), "{}", ran.text());
    // Nothing is replaced without being asked, and the account never.
    assert_eq!(desk.run(&format!("{prove} -o proof.zkm")).code, 5);
    let ran = desk.run(&format!("{prove} -o proof.zkm --force --json"));
    assert_eq!(ran.json()["error"]["code"], "OutputIsSecret");
}

/// What is printed after a proof works as it is pasted, and says the same as that proof: here of the cross book alone, with a
/// purpose that a shell has to have quoted.
#[cfg(unix)]
#[test]
fn printed_commands_work_as_they_are_pasted() {
    let desk = with_answers("hyperliquid");
    let prove = "zkmargin prove --from hyperliquid answers --audience desk-42 --purpose \"our desk's week\" \
                 --claim maintenance --cross-alone -o proof.zkm --json";
    let ran = desk.paste(prove);
    assert_eq!(ran.code, 7, "{}{}", ran.text(), ran.stderr);
    let next: Vec<String> =
        serde_json::from_value(ran.json()["result"]["next"].clone()).expect("lines");
    assert!(next[0].starts_with("To make it VALID"), "{}", next[0]);
    let commands: Vec<_> = next.iter().filter_map(|line| line.strip_prefix("   ")).collect();
    let [attest, verify, keygen, show, again, verify_again] = commands[..] else {
        panic!("{next:?}")
    };
    let done = |line: &str, code: i32| {
        let ran = desk.paste(line);
        assert_eq!(ran.code, code, "{line}: {}{}", ran.text(), ran.stderr);
        ran
    };
    let policy = |role: &str, key: &str, account: serde_json::Value| {
        let mut key = crate::policy::key("other.example", key.trim(), role);
        if role == "venue" {
            key["venue"] = json!("hyperliquid");
        }
        let files = "proof.snapshot.json --schedule proof.schedule.json --json";
        let digest = desk.run(&format!("snapshot check {files}"));
        desk.write(
            "policy.json",
            json!({
                "format": "zkmargin-policy/1", "name": "desk", "audience": "desk-42",
                "purpose": "our desk's week", "keys": [key],
                "market": {"pinned": digest.json()["result"]["market"], "venue": "hyperliquid"},
                "account": account,
                "claim": {"level": "10000", "floor": "none", "cross_alone": true},
            })
            .to_string(),
        );
    };
    let key = desk.run("keygen -o attester.key note --name other.example").text();
    policy("attester", &key, json!({"attested": {}}));
    done(attest, 0);
    done(verify, 0);
    done(keygen, 0);
    let shown = done(&format!("{show} --json"), 0);
    let mut account = desk.json("proof.account.json");
    for secret in ["blinding", "serial"] {
        account.as_object_mut().expect("object").remove(secret);
    }
    account["holder_key"] = shown.json()["result"]["holder_key"].clone();
    desk.write("accounts.jsonl", account.to_string());
    let key = desk.run("keygen -o venue.key note --name other.example").text();
    policy("venue", &key, json!({"ledger": {}}));
    for venues in [
        "ledger build accounts.jsonl --schedule proof.schedule.json --epoch 7 --work work --time 2024-07-01T18:00:00Z --signer venue.key -o ledger.note",
        "ledger open --work work --serial 0 -o opening.json",
    ] {
        assert_eq!(desk.run(venues).code, 0, "{venues}");
    }
    done(again, 0);
    done(verify_again, 0);
}

/// Commands of an attester and a verifier, from a proof to a verdict.
const ATTESTED_COMMANDS: usize = 5;

/// An attester vouches for the account of `proof.zkm`, and a verifier who trusts it and pins the market decides.
fn attested(desk: &Desk) -> Ran {
    let done = |arguments: &str| {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 0, "{arguments}: {}{}", ran.text(), ran.stderr);
        ran
    };
    done("keygen -o attester.key note --name attester.example");
    done(
        "attest --account proof.account.json --schedule proof.schedule.json --checked answers --signer attester.key -o attestation.note",
    );
    let key = done("key show attester.key").text();
    let files = "--schedule proof.schedule.json --snapshot proof.snapshot.json";
    let digest = done("snapshot check proof.snapshot.json --schedule proof.schedule.json --json");
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
    desk.run(&format!(
        "verify proof.zkm {files} --policy policy.json --attestation attestation.note"
    ))
}

/// The folders of all venues: what `prove` takes beside the folder, and a file of `params/venues` where the folder is one.
const FOLDERS: [(&str, &str, &str); 19] = [
    ("binance", "", ""),
    ("binance-coinm", "", ""),
    ("binance-pm", "", ""),
    ("bybit", "", ""),
    ("okx", "--accept-rule", ""),
    ("gate", "", ""),
    ("deribit", "", ""),
    ("hyperliquid", "", ""),
    ("dydx", "", ""),
    ("lighter", "", ""),
    ("extended", "--accept-rule", ""),
    ("kraken", "--accept-rule", ""),
    ("bitmex", "--accept-rule", ""),
    ("drift", "", "drift/examples/perpetual.source.json"),
    ("mango", "--accept-rule", "mango/examples/perpetual.source.json"),
    ("derive", "--schedule rule/options.schedule.json --snapshot rule/options.snapshot.json", ""),
    ("paradex", "", ""),
    ("deribit-pm", "", ""),
    ("takasbank", "--account rule/answers.account.json", ""),
];

/// From the example folder of each venue to a proof and to `VALID` with an attester, by command: the table of
/// `docs/import.md`, which `ZKMARGIN_UPDATE=1` writes.
#[test]
#[ignore = "a proof for each venue; the times are those of the machine"]
fn every_folder_becomes_valid() {
    let seconds = |begun: Instant| format!("{:.1}", begun.elapsed().as_secs_f64());
    let mut table = String::from(
        "| venue | files of answers | beside the folder | commands to `PROOF OK` | seconds | more commands to `VALID` | seconds |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for (venue, options, file) in FOLDERS {
        let desk =
            if file.is_empty() { with_answers(&venue.replace('-', "_")) } else { Desk::new() };
        if !file.is_empty() {
            let answer = std::fs::read(params(&format!("venues/{file}"))).expect("example");
            desk.write("answers/accounts.json", answer);
        }
        for word in options.split(' ').filter(|word| word.starts_with("rule/")) {
            let from = params(&format!("venues/{venue}/examples/{}", &word["rule/".len()..]));
            desk.write(word, std::fs::read(from).expect("example"));
        }
        let count = std::fs::read_dir(desk.path("answers")).expect("folder").count();
        let begun = Instant::now();
        let prove = ["prove --from", venue, "answers", options, "--audience desk-42 -o proof.zkm"];
        let prove: Vec<_> = prove.into_iter().filter(|part| !part.is_empty()).collect();
        let prove = prove.join(" ");
        let ran = desk.run(&prove);
        let proven = seconds(begun);
        assert_eq!(ran.code, 7, "{venue}: {}{}", ran.text(), ran.stderr);
        let begun = Instant::now();
        let ran = attested(&desk);
        let valid = seconds(begun);
        assert!(ran.text().starts_with("VALID"), "{venue}: {}{}", ran.text(), ran.stderr);
        let beside = options.split(' ').filter(|word| word.starts_with("--"));
        let beside: Vec<_> = beside.map(|word| format!("`{word}`")).collect();
        let beside = if beside.is_empty() { "-".to_owned() } else { beside.join(", ") };
        let line = format!(
            "| `{venue}` | {count} | {beside} | 1 | {proven} | {ATTESTED_COMMANDS} | {valid} |\n"
        );
        print!("{line}");
        table.push_str(&line);
    }
    if std::env::var_os("ZKMARGIN_UPDATE").is_some() {
        let path = params("../docs/import.md");
        let mut page = std::fs::read_to_string(&path).expect("the page");
        let start = "<!-- times -->\n";
        let from = page.find(start).expect("the table's place") + start.len();
        let length = page[from..].find("<!-- end -->").expect("its end");
        page.replace_range(from..from + length, &format!("\n{table}\n"));
        std::fs::write(path, page).expect("the page");
    }
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

/// Derive's answers say the account, and the rule is given: the account is the kept one, and the proof is of it.
#[test]
fn a_portfolio_folder_takes_the_rule_from_files() {
    let desk = with_answers("derive");
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
