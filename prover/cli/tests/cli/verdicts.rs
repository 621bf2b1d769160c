//! Faults that were found in use: verdicts that were stronger than what was checked. Each test is named after its
//! kind.

use crate::ledger::desk_with_accounts;
use crate::policy::{code_of, key, ok};
use crate::support::*;
use serde_json::{Value, json};

const FAR: &str = "2099-01-01T00:00:00Z";

fn not_checked(ran: &Ran) -> Vec<String> {
    let list = ran.json()["not_checked"].as_array().expect("list").clone();
    list.iter().map(|code| code.as_str().expect("code").to_owned()).collect()
}

/// The least policy for the example's proof: market and account are pinned.
fn pinned(desk: &Desk) -> Value {
    json!({
        "format": "zkmargin-policy/1",
        "name": "desk",
        "market": {"pinned": desk.market()},
        "account": {"commitment": desk.commitment()},
        "claim": {"level": "10000", "floor": "0"},
        "audience": "desk-42",
    })
}

fn with_policy(desk: &Desk, policy: &Value, more: &str) -> Ran {
    desk.write("policy.json", policy.to_string());
    desk.run(format!("verify proof.zkm {MARKET} --policy policy.json --json {more}").trim_end())
}

/// A ledger's proof, the venue's notes and a policy that demands its ledger.
fn ledger_desk() -> (Desk, Value) {
    let desk = desk_with_accounts(&[2]);
    ok(
        &desk,
        "snapshot sign snapshot.json --schedule schedule.json --signer venue.key -o snapshot.note",
    );
    let ran = desk.prove(
        "--opening opening.json --holder holder.json -o proof.zkm --epoch 3 --purpose credit",
    );
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let keys = desk.json("keys.json")["keys"].clone();
    let policy = json!({
        "format": "zkmargin-policy/1",
        "name": "desk",
        "market": {"venue": keys[0]["venue"]},
        "account": {"ledger": {"max_distance_seconds": 3600}},
        "claim": {"level": "maintenance", "floor": "0"},
        "audience": "desk-42",
        "purpose": "credit",
        "epoch": 3,
        "keys": keys,
    });
    (desk, policy)
}

const NOTES: &str = "--snapshot-note snapshot.note --checkpoint ledger.note";

#[test]
fn fault_1_1_a_level_is_the_verifiers_own() {
    let desk = Desk::with_proof();
    let pins = format!("--pin-market {} --commitment {}", desk.market(), desk.commitment());
    // What a name stands for is the schedule's word: a demand has its figure.
    let verify =
        |claim: &str| desk.run(&format!("verify proof.zkm {MARKET} {pins} --json --claim {claim}"));
    assert_eq!(verify("maintenance").code, 0);
    assert_eq!(verify("10000").code, 0);
    assert_eq!(code_of(&verify("buffer-10")), (2, "Usage".into()));
    assert_eq!(code_of(&verify("buffer-10=11000")), (4, "PolicyLevel".into()));
    assert_eq!(code_of(&verify("buffer-10=10000")), (4, "PolicyLevelUnknown".into()));
    assert_eq!(code_of(&verify("nothing=10000")), (4, "PolicyLevelUnknown".into()));
    assert!(verify("maintenance").json()["result"]["demands"].to_string().contains("10000 bp"));
    let mut policy = pinned(&desk);
    for (level, code) in [
        ("buffer-10", (3, "BadNumber")),
        ("buffer-10=10000", (4, "PolicyLevelUnknown")),
        ("maintenance=1", (3, "BadNumber")),
        ("maintenance", (0, "")),
    ] {
        policy["claim"]["level"] = json!(level);
        let found = code_of(&with_policy(&desk, &policy, ""));
        assert_eq!(found, (code.0, code.1.to_owned()), "{level}");
    }
    // No schedule gives a number another meaning, nor `maintenance`.
    for (name, level_bps) in [("10000", 1), ("7", 20_000), ("maintenance", 1)] {
        let desk = Desk::new();
        desk.edit("schedule.json", |s| {
            s["menu"]["levels"] = json!([{"name": name, "level_bps": level_bps}]);
        });
        let ran = desk.run("schedule check schedule.json --json");
        assert_eq!(code_of(&ran), (3, "BadMenu".into()), "{name}");
    }
}

#[test]
fn fault_1_2_time_has_two_ends() {
    let desk = Desk::new();
    desk.edit("snapshot.json", |s| s["time"] = json!(FAR));
    let ran = desk.prove("-o proof.zkm --json");
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert_eq!(ran.json()["warnings"][0]["code"], "TimeFromFuture");
    let pins = format!("--pin-market {} --commitment {}", desk.market(), desk.commitment());
    for more in ["", " --max-age 600", " --max-age 18446744073709551615"] {
        let ran = desk.run(&format!("verify proof.zkm {MARKET} {pins} --json{more}"));
        assert_eq!(code_of(&ran), (4, "SnapshotFromFuture".into()), "{more}");
    }
    assert_eq!(code_of(&with_policy(&desk, &pinned(&desk), "")), (4, "SnapshotFromFuture".into()));

    let (desk, policy) = ledger_desk();
    ok(
        &desk,
        &format!(
            "ledger build accounts.jsonl --schedule schedule.json --epoch 8 --work far \
        --time {FAR} --signer venue.key -o far.note"
        ),
    );
    let keys = "--keys keys.json --snapshot-note snapshot.note";
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {keys} --checkpoint far.note --json"));
    assert_eq!(code_of(&ran), (4, "NoteFromFuture".into()));
    let more = "--snapshot-note snapshot.note --checkpoint far.note";
    assert_eq!(code_of(&with_policy(&desk, &policy, more)), (4, "NoteFromFuture".into()));
    let holder = "--account account.json --schedule schedule.json --holder holder.json";
    let far = "--checkpoint far.note --keys keys.json --json";
    let ran = desk.run(&format!("ledger verify opening.json {holder} {far}"));
    assert_eq!(code_of(&ran), (4, "NoteFromFuture".into()));
    // A venue that signs the future is told.
    desk.edit("snapshot.json", |s| s["time"] = json!(FAR));
    let ran = ok(
        &desk,
        "snapshot sign snapshot.json --schedule schedule.json --signer venue.key -o far-marks.note --json",
    );
    assert_eq!(ran.json()["warnings"][0]["code"], "TimeFromFuture");
    let ran = desk.run(&format!(
        "verify proof.zkm {MARKET} --keys keys.json --checkpoint ledger.note \
        --snapshot-note far-marks.note --max-age 600 --json"
    ));
    assert_eq!(ran.code, 4);
}

#[test]
fn fault_1_4_less_than_maintenance_is_no_demand() {
    let desk = Desk::with_proof();
    for claim in ["0", "1", "9999"] {
        let ran = desk.run(&format!("verify proof.zkm {MARKET} --json --claim {claim}"));
        assert_eq!(code_of(&ran), (2, "Usage".into()), "{claim}");
        let mut policy = pinned(&desk);
        policy["claim"]["level"] = json!(claim);
        assert_eq!(code_of(&with_policy(&desk, &policy, "")), (3, "BadNumber".into()), "{claim}");
    }
    let mut policy = pinned(&desk);
    // A floor below zero is asked beside the level, and one of zero is above it.
    policy["claim"]["floor"] = json!("-1");
    assert_eq!(with_policy(&desk, &policy, "").code, 0);
    policy["claim"]["floor"] = json!("-");
    assert_eq!(code_of(&with_policy(&desk, &policy, "")), (3, "BadNumber".into()));
}

#[test]
fn fault_1_5_which_ledger_can_be_demanded() {
    let (desk, mut policy) = ledger_desk();
    let ran = with_policy(&desk, &policy, NOTES);
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert!(not_checked(&ran).contains(&"account-choice".to_owned()), "{}", ran.text());

    // The newest, by the verifier's own copy.
    policy["account"]["ledger"]["newest"] = json!(true);
    assert_eq!(code_of(&with_policy(&desk, &policy, NOTES)), (4, "EvidenceMissing".into()));
    let own = format!("{NOTES} --newest-checkpoint ledger.note");
    let ran = with_policy(&desk, &policy, &own);
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert!(!not_checked(&ran).contains(&"account-choice".to_owned()));
    ok(
        &desk,
        "ledger build accounts.jsonl --schedule schedule.json --epoch 8 --work newer \
        --time 2024-07-01T18:30:00Z --signer venue.key -o newer.note",
    );
    let own = format!("{NOTES} --newest-checkpoint newer.note");
    assert_eq!(code_of(&with_policy(&desk, &policy, &own)), (4, "NotNewest".into()));
    // Another ledger of the same epoch is not the newest either.
    ok(
        &desk,
        "ledger build accounts.jsonl --schedule schedule.json --epoch 7 --work twin \
        --time 2024-07-01T18:00:01Z --signer venue.key -o twin.note",
    );
    let own = format!("{NOTES} --newest-checkpoint twin.note");
    assert_eq!(code_of(&with_policy(&desk, &policy, &own)), (4, "NotNewest".into()));

    // By age, and before and after the marks apart. The marks are of 18:01:40, the ledger of 18:00.
    for (demand, code) in [
        (json!({"max_age_seconds": 600}), Some("LedgerStale")),
        (json!({"max_before_marks_seconds": 99}), Some("SnapshotDistance")),
        (json!({"max_before_marks_seconds": 100}), None),
        (json!({"max_after_marks_seconds": 0}), None),
    ] {
        policy["account"]["ledger"] = demand.clone();
        let ran = with_policy(&desk, &policy, NOTES);
        let expected = code.map_or((0, String::new()), |code| (4, code.to_owned()));
        assert_eq!(code_of(&ran), expected, "{demand}");
    }
    policy["account"]["ledger"] = json!({"first_after_challenge": true});
    assert_eq!(code_of(&with_policy(&desk, &policy, NOTES)), (3, "MissingField".into()));
}

#[test]
fn fault_1_6_a_demand_without_its_evidence_is_a_refusal() {
    let (desk, mut policy) = ledger_desk();
    for demand in ["once_per_period", "sequence"] {
        policy["freshness"] = json!({demand: true});
        let found = code_of(&with_policy(&desk, &policy, NOTES));
        assert_eq!(found, (4, "MemoryMissing".into()), "{demand}");
        for name in [":memory:", "file:seen?mode=memory", "file::memory:?cache=shared"] {
            let ran = with_policy(&desk, &policy, &format!("{NOTES} --seen {name}"));
            assert_eq!(code_of(&ran), (2, "SeenStore".into()), "{name}");
        }
    }
    policy["freshness"] = json!({"once_per_period": true, "sequence": true});
    let seen = format!("{NOTES} --seen seen.db");
    // A new memory knows nothing that the proof could be compared with, and says so.
    let ran = with_policy(&desk, &policy, &seen);
    assert_eq!(code_of(&ran), (0, String::new()));
    assert_eq!(ran.json()["warnings"][0]["code"], "MemoryMade");
    let demands = ran.json()["result"]["demands"].to_string();
    assert!(demands.contains("remembered from now on"), "{demands}");
    assert!(!demands.contains("not used before"), "{demands}");
    for what in ["replay", "sequence"] {
        assert!(not_checked(&ran).contains(&what.to_owned()), "{}", ran.text());
    }
    assert_eq!(code_of(&with_policy(&desk, &policy, &seen)), (4, "NullifierSeen".into()));
}

#[test]
fn fault_1_7_nothing_compared_is_no_agreement() {
    let (desk, mut policy) = ledger_desk();
    let schedule = desk.json("schedule.json");
    let symbols = |list: &str| -> Vec<Value> {
        let all = schedule[list].as_array().expect("list");
        all.iter().map(|entry| entry["symbol"].clone()).collect()
    };
    policy["prices"] = json!({
        "max_deviation_bps": 10, "max_skew_ms": 1000, "min_keys": 7, "sources": [], "cover": [],
        "uncovered": {"instruments": symbols("instruments"), "assets": symbols("assets")},
    });
    let ran = with_policy(&desk, &policy, NOTES);
    assert_eq!(ran.code, 0, "{}", ran.text());
    for code in ["price-sources", "uncovered-prices"] {
        assert!(not_checked(&ran).contains(&code.to_owned()), "{}", ran.text());
    }
    assert!(!ran.text().contains("agree with price sources"), "{}", ran.text());

    // One set of signers under three names has one vote.
    let node = "0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202";
    let names = ["one", "two", "three"];
    policy["prices"]["sources"] = json!(names.map(|name| {
        json!({"name": name, "signed_by": {"redstone": {"signers": [node], "threshold": 1}}})
    }));
    let feeds = names.map(|source| json!({"source": source, "feed": "BTC"}));
    policy["prices"]["cover"] = json!([{"of": {"instrument": "BTCUSDT"}, "feeds": feeds}]);
    assert_eq!(code_of(&with_policy(&desk, &policy, NOTES)), (3, "DuplicateKey".into()));
}

#[test]
fn fault_1_8_rules_are_named_with_what_they_assume_and_leave_out() {
    let desk = Desk::with_proof();
    let name = desk.json("schedule.json")["name"].as_str().expect("name").to_owned();
    let pins = format!("--pin-market {} --commitment {}", desk.market(), desk.commitment());
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {pins}"));
    assert_eq!(ran.code, 0);
    let rules =
        format!("rules: binance, maintenance margin of linear accounts, schedule \"{name}\"");
    assert!(ran.text().contains(&rules), "{}", ran.text());
    assert!(ran.text().contains("NOT CHECKED: venue's rule"), "{}", ran.text());
    assert!(ran.text().contains("NOT CHECKED: schedule origin"), "{}", ran.text());
    assert!(ran.text().contains("left out: \"open orders\""), "{}", ran.text());
    let json = with_policy(&desk, &pinned(&desk), "").json();
    assert_eq!(json["result"]["rules"]["schedule"], name.as_str());
    assert_eq!(json["result"]["rules"]["leaves_out"][0], "open orders");
    for arguments in [
        format!("margin --account account.json {MARKET}"),
        "schedule check schedule.json".to_owned(),
        format!("prove --account account.json {MARKET} --audience a -o other.zkm"),
    ] {
        let ran = desk.run(&arguments);
        assert!(ran.text().contains("rounding assumed"), "{arguments}: {}", ran.text());
    }
}

#[test]
fn fault_1_9_an_attesters_word_is_not_the_venues() {
    let desk = Desk::with_proof();
    let public = ok(&desk, "keygen -o bob.key note --name bob.example").text().trim().to_owned();
    ok(
        &desk,
        "attest --account account.json --schedule schedule.json --checked looked \
        --time 2024-07-01T18:01:40Z --signer bob.key -o bob.note",
    );
    let mut policy = pinned(&desk);
    policy["account"] = json!({"attested": {"max_distance_seconds": 60}});
    policy["keys"] = json!([key("bob.example", &public, "attester")]);
    let ran = with_policy(&desk, &policy, "--attestation bob.note");
    assert_eq!(ran.code, 0, "{}", ran.text());
    assert!(not_checked(&ran).contains(&"account-owner".to_owned()), "{}", ran.text());
    let vouched = ran.json()["result"]["vouched_by"].as_str().expect("who").to_owned();
    for word in ["bob.example", "looked", "the venue itself does not"] {
        assert!(vouched.contains(word), "{vouched}");
    }
    policy["account"] = json!({"attested": {"newest": true}});
    let found = code_of(&with_policy(&desk, &policy, "--attestation bob.note"));
    assert_eq!(found, (4, "EvidenceMissing".into()));
}

#[test]
fn fault_1_10_whose_keys_and_how_old() {
    let (desk, policy) = ledger_desk();
    let mut keys = desk.json("keys.json");
    let other = ok(&desk, "keygen -o other.key note --name other.example").text().trim().to_owned();
    let mut second = key("other.example", &other, "venue");
    second["venue"] = json!("elsewhere");
    keys["keys"].as_array_mut().expect("list").push(second);
    desk.write("both.json", keys.to_string());
    let verify = |more: &str| {
        desk.run(&format!("verify proof.zkm {MARKET} --keys both.json {NOTES} --json{more}"))
    };
    assert_eq!(code_of(&verify("")), (2, "Usage".into()));
    let venue = policy["market"]["venue"].as_str().expect("venue");
    assert_eq!(verify(&format!(" --venue {venue}")).code, 0);
    assert_eq!(verify(" --venue elsewhere").code, 4);
    // An age that nothing exceeds demands none.
    let ran = verify(&format!(" --venue {venue} --max-age 18446744073709551615"));
    assert_eq!(ran.code, 0);
    assert!(not_checked(&ran).contains(&"snapshot-age".to_owned()), "{}", ran.text());
}

/// Flags are a policy: the same evidence has the same verdict, code and notes through both doors.
#[test]
fn flags_and_policy_files_decide_alike() {
    let desk = Desk::with_proof();
    let (market, commitment) = (desk.market(), desk.commitment());
    let zero = "00".repeat(32);
    let nonce = "ab".repeat(32);
    type Change<'a> = Box<dyn Fn(&mut Value) + 'a>;
    let set = |pointer: &'static str, value: Value| -> Change<'_> {
        Box::new(move |policy| {
            let (parent, field) = pointer.rsplit_once('/').expect("pointer");
            policy.pointer_mut(parent).expect(pointer)[field] = value.clone();
        })
    };
    let cases: Vec<(String, Change<'_>, &str)> = vec![
        (String::new(), Box::new(|_| ()), ""),
        (format!(" --pin-market {zero}"), set("/market/pinned", json!(zero)), "PolicyMarket"),
        (
            format!(" --commitment {zero}"),
            set("/account/commitment", json!(zero)),
            "PolicyCommitment",
        ),
        (" --claim 12000".into(), set("/claim/level", json!("12000")), "PolicyLevel"),
        (" --floor 0.5".into(), set("/claim/floor", json!("0.5")), "PolicyFloor"),
        (" --audience desk-43".into(), set("/audience", json!("desk-43")), "PolicyAudience"),
        (" --purpose loan".into(), set("/purpose", json!("loan")), "PolicyPurpose"),
        (" --epoch 1".into(), set("/epoch", json!(1)), "PolicyEpoch"),
        (format!(" --nonce {nonce}"), set("/nonce", json!(nonce)), "PolicyNonce"),
        (" --max-age 5".into(), set("/market/max_age_seconds", json!(5)), "SnapshotStale"),
        (" --max-k 9".into(), set("/market/max_k", json!(9)), "PolicyCircuitSize"),
        (
            " --venue other".into(),
            set("/market", json!({"pinned": market, "venue": "other"})),
            "NoteOtherVenue",
        ),
    ];
    for (flags, change, code) in cases {
        let mut policy = pinned(&desk);
        change(&mut policy);
        let given = |option: &str| flags.contains(option);
        let mut all = flags.clone();
        for (option, value) in
            [("--pin-market", &*market), ("--commitment", &*commitment), ("--audience", "desk-42")]
        {
            if !given(option) {
                all.push_str(&format!(" {option} {value}"));
            }
        }
        let by_flags = desk.run(&format!("verify proof.zkm {MARKET} --json{all}"));
        let by_file = with_policy(&desk, &policy, "");
        assert_eq!(code_of(&by_flags).1, code, "{flags}: {}", by_flags.text());
        assert_eq!(by_flags.code, by_file.code, "{flags}");
        let (flags_said, file_said) = (by_flags.json(), by_file.json());
        for field in ["verdict", "not_checked", "error"] {
            assert_eq!(flags_said[field], file_said[field], "{flags}: {field}");
        }
        assert_eq!(flags_said["result"]["demands"], file_said["result"]["demands"], "{flags}");
    }
}

/// The example under a schedule that says its figures are the initial margin.
fn initial_desk() -> Desk {
    let desk = Desk::new();
    desk.edit_schedule(|s| {
        s["requirement"] = json!("initial");
        s["menu"]["levels"][0]["name"] = json!("initial");
    });
    desk
}

/// A proof about the initial margin says so at every door, and counts for no policy that wants the maintenance margin.
#[test]
fn one_requirement_never_stands_for_another() {
    const OTHER: &str = "maintenance margin";
    const CLAIM: &str = "equity covers 10000 bp of initial margin and is at least 0 USD";
    let desk = initial_desk();
    let proven = desk.prove("-o proof.zkm");
    assert_eq!(proven.code, 0, "{}{}", proven.text(), proven.stderr);
    let checked = desk.run("schedule check schedule.json");
    let margin = desk.run(&format!("margin --account account.json {MARKET} --claim initial"));
    let pins = format!("--pin-market {} --commitment {}", desk.market(), desk.commitment());
    let verify =
        |more: &str| desk.run(format!("verify proof.zkm {MARKET} {pins} {more}").trim_end());
    let valid = verify("--requirement initial");
    assert_eq!((valid.code, margin.code), (0, 0), "{}{}", valid.text(), margin.text());
    let report =
        ok(&desk, &format!("verify proof.zkm {MARKET} {pins} --requirement initial --json"));
    assert_eq!(report.json()["result"]["claimed"], CLAIM);
    assert_eq!(report.json()["result"]["rules"]["requirements"][0], "initial");
    assert_eq!(report.json()["result"]["claim"]["requirement"], "initial");
    assert_eq!(report.json()["result"]["proofs"][0]["claim"]["requirement"], "initial");
    for (ran, words) in [
        (&proven, CLAIM),
        (&valid, CLAIM),
        (&checked, "initial margin"),
        (&margin, "initial margin"),
        (&margin, "binance, initial margin of linear accounts, schedule"),
    ] {
        let text = format!("{}{}", ran.text(), ran.stderr);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words) && !flat.contains(OTHER), "{words}: {text}");
    }
    // The file alone names a schedule by its digest: it says neither.
    let inspected = desk.run("inspect proof.zkm");
    let text = inspected.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("10000 bp of the margin its schedule requires"), "{text}");
    assert_eq!(
        desk.run("inspect proof.zkm --json").json()["result"]["claim"]["requirement"],
        json!(null)
    );

    for more in ["--json", "--json --requirement maintenance", "--json --claim maintenance"] {
        assert_eq!(code_of(&verify(more)), (4, "PolicyRequirement".into()), "{more}");
    }
    assert_eq!(code_of(&verify("--json --claim initial")), (2, "Usage".into()));
    assert_eq!(verify("--requirement liquidation").code, 2);
    let mut policy = pinned(&desk);
    assert_eq!(code_of(&with_policy(&desk, &policy, "")), (4, "PolicyRequirement".into()));
    policy["requirement"] = json!("initial");
    assert_eq!(code_of(&with_policy(&desk, &policy, "")), (0, String::new()));
    policy["claim"]["level"] = json!("maintenance");
    assert_eq!(code_of(&with_policy(&desk, &policy, "")), (3, "BadNumber".into()));
    policy["claim"]["level"] = json!("initial");
    assert_eq!(code_of(&with_policy(&desk, &policy, "")), (0, String::new()));

    // The other way round, and a proof next to a schedule that is not its own: its claim is of neither.
    let other = Desk::with_proof();
    let pins = format!("--pin-market {} --commitment {}", other.market(), other.commitment());
    let ran = other.run(&format!("verify proof.zkm {MARKET} {pins} --requirement initial --json"));
    assert_eq!(code_of(&ran), (4, "PolicyRequirement".into()));
    desk.write("other.zkm", other.read("proof.zkm"));
    let ran = desk.run(&format!("verify other.zkm {MARKET} --requirement initial"));
    assert_eq!(ran.code, 4);
    let text = ran.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("10000 bp of the margin its schedule requires"), "{text}");

    // A challenge asks for one of them.
    policy["freshness"] = json!({"challenge": true});
    desk.write("policy.json", policy.to_string());
    ok(&desk, "challenge --policy policy.json --seen seen.db -o challenge.json");
    assert_eq!(desk.json("challenge.json")["requirement"], "initial");
    let answer = |desk: &Desk| {
        desk.run(&format!(
            "prove --account account.json {MARKET} --challenge challenge.json -o answer.zkm --json"
        ))
    };
    other.write("challenge.json", desk.read("challenge.json"));
    assert_eq!(code_of(&answer(&other)), (4, "PolicyRequirement".into()));
    assert_eq!(code_of(&answer(&desk)), (0, String::new()));
}
