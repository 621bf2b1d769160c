//! Verdicts, exit codes, files, streams.

use crate::support::{self, Desk, MARKET};
use serde_json::{Value, json};

#[test]
fn anchored_proof_is_valid() {
    let desk = Desk::with_proof();
    let (market, commitment) = (desk.market(), desk.commitment());
    let ran = desk.run(&format!(
        "verify proof.zkm {MARKET} --pin-market {market} --commitment {commitment} --audience desk-42"
    ));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let text = ran.text();
    assert!(text.starts_with("VALID\n"), "{text}");
    assert!(text.contains("\nNOT CHECKED: nonce"), "{text}");
    assert!(!text.contains("NOT CHECKED: audience"), "{text}");
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_is_not_pinned_is_said() {
    let desk = Desk::with_proof();
    let (market, commitment) = (desk.market(), desk.commitment());
    for (pins, missing) in [
        (String::new(), "market and account commitment not pinned"),
        (format!(" --pin-market {market}"), "account commitment not pinned"),
        (format!(" --commitment {commitment}"), "market not pinned"),
    ] {
        let ran = desk.run(&format!("verify proof.zkm {MARKET}{pins}"));
        assert_eq!(ran.code, 7);
        let line = format!("PROOF OK, NOT ANCHORED: {missing}\n");
        assert!(ran.text().starts_with(&line), "{}", ran.text());
    }
}

#[test]
fn every_policy_mismatch_has_its_code_and_exit_4() {
    let desk = Desk::with_proof();
    let other = "11".repeat(31) + "00";
    for (demand, code) in [
        (format!("--pin-market {other}"), "PolicyMarket"),
        (format!("--commitment {other}"), "PolicyCommitment"),
        ("--claim 10001".to_owned(), "PolicyLevel"),
        ("--claim buffer-10=11000".to_owned(), "PolicyLevel"),
        ("--floor 0.01".to_owned(), "PolicyFloor"),
        ("--audience desk-43".to_owned(), "PolicyAudience"),
        ("--purpose loan".to_owned(), "PolicyPurpose"),
        (format!("--nonce {other}"), "PolicyNonce"),
        ("--epoch 1".to_owned(), "PolicyEpoch"),
    ] {
        let ran = desk.run(&format!("verify proof.zkm {MARKET} --json {demand}"));
        assert_eq!(ran.code, 4, "{demand}");
        assert_eq!(ran.json()["error"]["code"], code, "{demand}");
        let verdict = ran.json()["verdict"].as_str().expect("verdict").to_owned();
        assert!(verdict.starts_with("NOT CHECKED: policy mismatch"), "{verdict}");
    }
    // The proof is about other prices than the ones given.
    desk.edit("snapshot.json", |s| s["instruments"][0]["mark"] = json!("0.8"));
    let ran = desk.run(&format!("verify proof.zkm {MARKET} --json"));
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (4, &json!("PolicyOtherMarket")));
    let ran = desk.prove(&format!("--pin-market {other} -o out.zkm --json"));
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (4, &json!("PolicyMarket")));
}

#[test]
fn context_is_carried_and_compared() {
    let desk = Desk::new();
    let nonce = "ab".repeat(32);
    let context = format!("--purpose loan --nonce {nonce} --epoch 7");
    assert_eq!(desk.prove(&format!("{context} -o out.zkm --claim buffer-50 --floor 1000")).code, 0);
    let ran = desk.run(&format!(
        "verify out.zkm {MARKET} --audience desk-42 {context} --claim buffer-50=15000 --floor 1000 --json"
    ));
    assert_eq!(ran.code, 7);
    assert_eq!(
        ran.json()["not_checked"],
        json!([
            "account-owner",
            "other-accounts",
            "account-age",
            "account-choice",
            "schedule-origin",
            "venues-rule",
            "snapshot-origin",
            "listing",
            "snapshot-age",
            "snapshot-choice",
            "price-sources",
            "replay",
            "sequence"
        ])
    );
    // A higher claim than demanded is enough.
    assert_eq!(desk.run(&format!("verify out.zkm {MARKET} --claim maintenance")).code, 7);
}

#[test]
fn a_changed_proof_is_invalid() {
    let desk = Desk::with_proof();
    let mut bytes = desk.read("proof.zkm");
    let last = bytes.len() - 1;
    bytes[last - 100] ^= 1;
    desk.write("proof.zkm", &bytes);
    let ran = desk.run(&format!("verify proof.zkm {MARKET}"));
    assert_eq!(ran.code, 1);
    assert!(ran.text().starts_with("INVALID: "), "{}", ran.text());
    // The audience is part of what is proven: another one in the file is another statement.
    let mut twin: Value = {
        let desk = Desk::with_proof();
        assert_eq!(desk.run("inspect proof.zkm --as json -o twin.json").code, 0);
        desk.json("twin.json")
    };
    for (pointer, value, code) in [
        ("/context/audience", json!("desk-43"), "InvalidProof"),
        ("/claim/level_bps", json!(11_000), "InvalidProof"),
        ("/claim/level_bps", json!(10_001), "InvalidOffMenu"),
        ("/claim/floor", json!("7"), "InvalidOffMenu"),
        ("/circuit/k", json!(11), "InvalidCircuitSize"),
        // The exact profile, of which the market is not.
        ("/circuit/version", json!(1), "InvalidCircuitProfile"),
        ("/circuit/shape", json!("M"), "InvalidProofLength"),
        ("/market/snapshot_time", json!("1"), "InvalidSnapshotTime"),
        ("/market/margin_decimals", json!(1), "InvalidMarginUnit"),
        ("/market/currency", json!("EUR"), "InvalidMarginUnit"),
        ("/proof", json!(""), "InvalidProofLength"),
    ] {
        let before = std::mem::replace(twin.pointer_mut(pointer).expect(pointer), value);
        desk.write("forged.json", twin.to_string());
        let ran = desk.run(&format!("verify forged.json {MARKET} --json"));
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (1, &json!(code)), "{pointer}");
        *twin.pointer_mut(pointer).expect(pointer) = before;
    }
}

#[test]
fn unmet_claim_leaves_no_file_and_no_figures() {
    let desk = Desk::new();
    desk.edit("account.json", |a| a["balances"][0]["balance"] = json!("-98765.4321"));
    for more in ["-o out.zkm", "-o out.zkm --json", "-vv -o out.zkm"] {
        let ran = desk.prove(more);
        assert_eq!(ran.code, 1);
        assert!(ran.text().contains("INVALID: the claim is not true of the account"));
        let said = ran.text() + &ran.stderr;
        assert!(said.contains("ClaimNotMet") && !said.contains("shortfall:"), "{said}");
        assert!(!said.contains("98765"), "{said}");
    }
    assert_eq!(desk.listing(), ["account.json", "schedule.json", "snapshot.json"]);
    let ran =
        desk.run(&format!("margin --account account.json {MARKET} --claim maintenance --json"));
    assert_eq!(ran.code, 1);
    assert_eq!(ran.json()["result"]["claim_met"], false);
    assert!(ran.json()["result"]["shortfalls"][0]["equity"].is_string());
}

#[test]
fn nothing_is_overwritten_without_force() {
    let desk = Desk::new();
    desk.write("out.zkm", "precious");
    let ran = desk.prove("-o out.zkm --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (5, &json!("FileExists")));
    assert_eq!(desk.read("out.zkm"), b"precious");
    // A failure after that leaves the old file too, --force or not.
    desk.edit("account.json", |a| a["balances"][0]["balance"] = json!("-98765"));
    assert_eq!(desk.prove("-o out.zkm --force").code, 1);
    assert_eq!(desk.read("out.zkm"), b"precious");
    let desk = Desk::new();
    desk.write("out.zkm", "precious");
    assert_eq!(desk.prove("-o out.zkm --force").code, 0);
    assert!(desk.read("out.zkm").starts_with(b"\x89ZKM"));
    let names = ["account.json", "out.zkm", "schedule.json", "snapshot.json"];
    assert_eq!(desk.listing(), names, "no temporary file is left");
}

#[test]
fn what_cannot_be_read_or_written() {
    let desk = Desk::with_proof();
    for arguments in [
        format!("verify absent.zkm {MARKET}"),
        "schedule check absent.json".to_owned(),
        "schedule check .".to_owned(),
        format!("prove --account account.json {MARKET} --audience a -o absent/out.zkm"),
        "inspect proof.zkm --as json -o absent/twin.json".to_owned(),
    ] {
        let ran = desk.run(&format!("{arguments} --json"));
        assert_eq!(ran.code, 5, "{arguments}");
        assert_eq!(ran.json()["exit_code"], 5);
    }
    let ran = desk.run(&format!("verify absent.zkm {MARKET}"));
    assert!(ran.text().starts_with("NOT CHECKED: "), "{}", ran.text());
}

#[test]
fn streams() {
    let desk = Desk::with_proof();
    let proof = desk.read("proof.zkm");
    let ran = desk.run_with(&format!("verify - {MARKET}"), &proof);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    let account = desk.read("account.json");
    let ran = desk.run_with(&format!("prove --account - {MARKET} --audience a -o -"), &account);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with(b"\x89ZKM"), "only the proof is on standard output");
    assert!(ran.stderr.starts_with("PROVEN: "), "{}", ran.stderr);
    let schedule = desk.read("schedule.json");
    let ran = desk.run_with("schedule check -", &schedule);
    assert_eq!(ran.code, 0);
    let two = desk.run("verify - --schedule - --snapshot snapshot.json");
    assert_eq!(two.code, 2);
    for arguments in ["inspect proof.zkm --as json -o - --json", "prove --json -o -"] {
        assert_eq!(desk.run(arguments).code, 2, "{arguments}");
    }
    assert_eq!(desk.prove("-o - --json").json()["error"]["code"], "Usage");
}

#[test]
fn the_twin_is_accepted_everywhere() {
    let desk = Desk::with_proof();
    assert_eq!(desk.run("inspect proof.zkm --as json -o twin.json").code, 0);
    assert_eq!(desk.run(&format!("verify twin.json {MARKET}")).code, 7);
    assert_eq!(desk.run("inspect twin.json --as binary -o back.zkm").code, 0);
    assert_eq!(desk.read("back.zkm"), desk.read("proof.zkm"));
    let ran = desk.run("inspect twin.json");
    assert!(ran.text().starts_with("NOT CHECKED: "), "{}", ran.text());
    assert_eq!(desk.prove("--as json -o out.json").code, 0);
    assert_eq!(desk.run(&format!("verify out.json {MARKET}")).code, 7);
}

#[cfg(unix)]
#[test]
fn files_with_secrets_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    let ran =
        desk.run("commit --account account.json --schedule schedule.json --fresh -o new.json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mode = |name| std::fs::metadata(desk.path(name)).expect(name).permissions().mode() & 0o777;
    assert_eq!(mode("new.json"), 0o600);
    let (old, new) = (desk.json("account.json"), desk.json("new.json"));
    assert_ne!(old["blinding"], new["blinding"]);
    assert_eq!(old["positions"], new["positions"]);
    let blinding = new["blinding"].as_str().expect("text");
    assert!(!ran.text().contains(blinding) && !ran.stderr.contains(blinding));
    let again = desk.run("commit --account new.json --schedule schedule.json");
    assert_eq!(again.text(), ran.text());
    assert_ne!(ran.text().trim(), desk.commitment());
}

#[test]
fn fresh_secrets_are_added() {
    let desk = Desk::new();
    desk.edit("account.json", |a| {
        for secret in ["holder_key", "serial", "blinding"] {
            a.as_object_mut().expect("object").remove(secret);
        }
    });
    let commit = "commit --account account.json --schedule schedule.json";
    assert_eq!(desk.run(commit).code, 3);
    assert_eq!(desk.run(&format!("{commit} --fresh -o new.json")).code, 0);
    assert_eq!(desk.run("commit --account new.json --schedule schedule.json").code, 0);
    assert_eq!(desk.run(&format!("{commit} --fresh")).code, 2);
}

#[test]
fn json_has_the_same_keys_on_failure() {
    let desk = Desk::with_proof();
    let keys = |ran: support::Ran| -> Vec<String> {
        ran.json().as_object().expect("object").keys().cloned().collect()
    };
    let expected = keys(desk.run("inspect proof.zkm --json"));
    assert_eq!(expected.len(), 9);
    for arguments in [
        format!("verify proof.zkm {MARKET} --json"),
        format!("verify account.json {MARKET} --json"),
        "schedule check absent.json --json".to_owned(),
        "verify --json".to_owned(),
        "nonsense --json".to_owned(),
    ] {
        let ran = desk.run(&arguments);
        assert_ne!(ran.code, 0);
        assert_eq!(ran.json()["format"], "zkmargin-cli/1");
        assert_eq!(ran.json()["exit_code"], ran.code);
        assert_eq!(ran.json()["ok"], false);
        assert_eq!(keys(ran), expected, "{arguments}");
    }
}

#[test]
fn wrong_arguments() {
    let desk = Desk::with_proof();
    for arguments in [
        "".to_owned(),
        "prove".to_owned(),
        format!("verify proof.zkm {MARKET} --pin-market 12"),
        format!("verify proof.zkm {MARKET} --commitment {}", "ff".repeat(32)),
        format!("verify proof.zkm {MARKET} --nonce zz"),
        format!("verify proof.zkm {MARKET} --floor 1e3"),
        format!("verify proof.zkm {MARKET} --floor -1"),
        format!("prove --account account.json {MARKET} --audience  -o out.zkm"),
        format!("prove --account account.json {MARKET} --audience a\u{200b}b -o out.zkm"),
        format!("prove --account account.json {MARKET} --audience {} -o o.zkm", "x".repeat(129)),
        format!("prove --account account.json {MARKET} --audience a --shape XL -o o.zkm"),
    ] {
        assert_eq!(desk.run(&arguments).code, 2, "{arguments}");
    }
    assert_eq!(desk.run("--help").code, 0);
    assert_eq!(desk.run("--version").code, 0);
}

#[test]
fn tampered_parameters_are_replaced() {
    let desk = Desk::with_proof();
    let verify = format!("verify proof.zkm {MARKET} --cache-dir cache");
    assert_eq!(desk.run(&verify).code, 7);
    let file = std::fs::read_dir(desk.path("cache")).expect("cache").next().expect("file");
    let file = file.expect("entry").path();
    let whole = std::fs::read(&file).expect("written");
    let mut tampered = whole.clone();
    tampered[1000] ^= 1;
    std::fs::write(&file, &tampered).expect("write");
    assert_eq!(desk.run(&verify).code, 7);
    assert_eq!(std::fs::read(&file).expect("replaced"), whole);
    assert_eq!(desk.run(&format!("verify proof.zkm {MARKET} --no-cache")).code, 7);
}

#[test]
fn larger_shapes_prove_too_and_too_small_ones_are_refused() {
    let desk = Desk::new();
    assert_eq!(desk.prove("--shape m -o out.zkm").code, 0);
    let ran = desk.run("inspect out.zkm --json");
    assert_eq!(ran.json()["result"]["circuit"]["shape"], "M");
    desk.edit("account.json", |a| {
        let names = ["ARBUSDT", "AVAXUSDT", "BNBUSDT", "BTCUSDT", "ETHUSDT", "LINKUSDT", "SOLUSDT", "WLDUSDT", "XRPUSDT"];
        let sides = [("1", "1"), ("-1", "-1")];
        let position = |name: &str, (size, entry): (&str, &str)| {
            json!({"instrument": name, "size": size, "entry_value": entry})
        };
        let all = names.iter().flat_map(|n| sides.map(|side| position(n, side)));
        a["positions"] = all.collect();
    });
    let ran = desk.prove("--shape s -o small.zkm --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("ShapeTooSmall")));
}

#[test]
fn selftest_demo_and_shell_files() {
    let desk = Desk::new();
    let ran = desk.run("selftest");
    assert_eq!((ran.code, ran.text().lines().count()), (0, 5), "{}", ran.stderr);
    let ran = desk.run("demo --json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.json()["result"]["scenarios"].as_array().map(Vec::len), Some(3));
    for arguments in ["completions bash", "completions zsh", "completions fish", "man"] {
        let ran = desk.run(arguments);
        assert!(ran.code == 0 && ran.text().contains("zkmargin"), "{arguments}");
    }
}
