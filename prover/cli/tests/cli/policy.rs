//! A counterparty with a policy file, and everything that its policy stops.

use crate::ledger::desk_with_accounts;
use crate::support::*;
use serde_json::{Value, json};

/// Nodes of RedStone's primary data service that signed the example's prices.
const NODES: [&str; 5] = [
    "0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202",
    "0x8BB8F32Df04c8b654987DAaeD53D6B6091e3B774",
    "0x9c5AE89C4Af6aA32cE58588DBaF90d18a855B6de",
    "0xDD682daEC5A90dD295d14DA4b0bec9281017b5bE",
    "0xdEB22f54738d54976C4c0fe5ce6d408E40d88499",
];

const SNAPSHOT_TIME: &str = "2024-07-01T18:01:40Z";

pub fn ok(desk: &Desk, arguments: &str) -> Ran {
    let ran = desk.run(arguments);
    assert_eq!(ran.code, 0, "{arguments}: {}{}", ran.text(), ran.stderr);
    ran
}

pub fn key(name: &str, key: &str, role: &str) -> Value {
    json!({
        "name": name, "key": key, "role": role,
        "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2100-01-01T00:00:00Z",
    })
}

/// Symbols of the snapshot that the sources price, with their feed.
fn feeds() -> Vec<(&'static str, &'static str)> {
    vec![
        ("ARBUSDT", "ARB"),
        ("AVAXUSDT", "AVAX"),
        ("BNBUSDT", "BNB"),
        ("BTCUSDT", "BTC"),
        ("ETHUSDT", "ETH"),
        ("LINKUSDT", "LINK"),
        ("SOLUSDT", "SOL"),
        ("XRPUSDT", "XRP"),
    ]
}

pub fn policy(desk: &Desk) -> Value {
    let venue = desk.json("schedule.json")["venue"].clone();
    let text = |name: &str| String::from_utf8(desk.read(name)).expect("text").trim().to_owned();
    let mut venue_key = key("venue.example", &text("venue.pub"), "venue");
    venue_key["venue"] = venue.clone();
    let cover = |of: Value, feed: &str| {
        let feeds = ["redstone", "east", "west"].map(|s| json!({"source": s, "feed": feed}));
        json!({"of": of, "feeds": feeds})
    };
    let mut covered: Vec<Value> =
        feeds().iter().map(|(i, feed)| cover(json!({"instrument": i}), feed)).collect();
    let assets = ["USDT", "USDC", "BTC", "ETH", "BNB"];
    covered.extend(assets.map(|a| cover(json!({"asset": a}), a)));
    json!({
        "format": "zkmargin-policy/1",
        "name": "Desk 42, credit line",
        "market": {"venue": venue, "max_age_seconds": 1_000_000_000u64},
        "account": {"ledger": {"max_distance_seconds": 3600}},
        "claim": {"level": "maintenance", "floor": "0"},
        "audience": "desk-42",
        "purpose": "credit line",
        "epoch": 3,
        "freshness": {"challenge": true, "once_per_period": true, "sequence": true},
        "prices": {
            "max_deviation_bps": 25,
            "max_skew_ms": 2000,
            "min_keys": 7,
            "sources": [
                {"name": "redstone", "signed_by": {"redstone": {"signers": NODES, "threshold": 3}}},
                {"name": "east", "signed_by": {"note": {"key": "east.example"}}},
                {"name": "west", "signed_by": {"note": {"key": "west.example"}}},
            ],
            "cover": covered,
            "uncovered": {"instruments": ["WLDUSDT"]},
        },
        "keys": [
            venue_key,
            key("east.example", &text("east.pub"), "source"),
            key("west.example", &text("west.pub"), "source"),
        ],
    })
}

/// A source's own prices: the snapshot's, moved by some basis points. Of an asset they are in the middle of its bid and ask.
fn own_prices(desk: &Desk, bps: i64) -> Value {
    let snapshot = desk.json("snapshot.json");
    let number = |text: &Value| text.as_str().expect("price").parse::<f64>().expect("number");
    let moved = |price: f64| {
        json!({
            "price": format!("{:.8}", price * (1.0 + bps as f64 / 10_000.0)),
            "time": "2024-07-01T18:01:40.500Z",
        })
    };
    let mut prices = serde_json::Map::new();
    for (instrument, feed) in feeds() {
        let list = snapshot["instruments"].as_array().expect("list");
        let price = list.iter().find(|p| p["instrument"] == instrument).expect("instrument");
        prices.insert(feed.to_owned(), moved(number(&price["mark"])));
    }
    for price in snapshot["assets"].as_array().expect("list") {
        let feed = price["asset"].as_str().expect("asset");
        let middle = (number(&price["bid"]) + number(&price["ask"])) / 2.0;
        prices.entry(feed.to_owned()).or_insert_with(|| moved(middle));
    }
    prices.into()
}

const EVIDENCE: &str = "--policy policy.json --snapshot-note snapshot.note --checkpoint ledger.note \
    --source redstone=redstone.json --source east=east.note --source west=west.note";

/// Venue with a ledger of which accounts 2 and 3 are the holder's, three price sources, a trader
/// and a counterparty with its policy.
pub fn counterparty() -> Desk {
    let desk = desk_with_accounts(&[2, 3]);
    std::fs::copy(
        params("venues/binance/examples/cross.redstone.json"),
        desk.path("redstone.json"),
    )
    .expect("example");
    let shown = ok(&desk, "key show venue.key");
    desk.write("venue.pub", shown.stdout);
    for (source, bps) in [("east", 3), ("west", -2)] {
        let shown = ok(&desk, &format!("keygen -o {source}.key note --name {source}.example"));
        desk.write(&format!("{source}.pub"), shown.stdout);
        desk.write(&format!("{source}.prices.json"), own_prices(&desk, bps).to_string());
        sign_source(&desk, source);
    }
    sign_snapshot(&desk);
    desk.write("policy.json", policy(&desk).to_string());
    desk
}

fn sign_source(desk: &Desk, source: &str) {
    let arguments = format!(
        "source sign {source}.prices.json --name {source} --signer {source}.key -o {source}.note --force"
    );
    ok(desk, &arguments);
}

fn sign_snapshot(desk: &Desk) {
    ok(
        desk,
        "snapshot sign snapshot.json --schedule schedule.json --signer venue.key \
         -o snapshot.note --force",
    );
}

fn challenge(desk: &Desk) {
    ok(desk, "challenge --policy policy.json --seen seen.db -o challenge.json --force");
}

fn prove(desk: &Desk, serial: usize, proof: &str) {
    ok(
        desk,
        &format!(
            "prove --account account{serial}.json {MARKET} --challenge challenge.json \
             --opening opening{serial}.json --holder holder.json -o {proof} --force"
        ),
    );
}

fn verify(desk: &Desk, more: &str) -> Ran {
    desk.run(format!("verify proof.zkm {MARKET} {EVIDENCE} --json {more}").trim_end())
}

pub fn code_of(ran: &Ran) -> (i32, String) {
    let object = ran.json();
    (ran.code, object["error"]["code"].as_str().unwrap_or("").to_owned())
}

#[track_caller]
fn refused(desk: &Desk, code: &str, words: &[&str]) {
    let ran = verify(desk, "--seen seen.db");
    assert_eq!(code_of(&ran), (4, code.to_owned()), "{}", ran.text());
    let message = ran.json()["error"]["message"].as_str().expect("message").to_owned();
    for word in words {
        assert!(message.contains(word), "{message}");
    }
}

#[test]
fn every_demand_is_met_once() {
    let desk = counterparty();
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {EVIDENCE} --seen seen.db"));
    let text = ran.text();
    assert_eq!(ran.code, 0, "{text}{}", ran.stderr);
    assert!(text.starts_with("VALID\n"), "{text}");
    for line in [
        "NOT CHECKED: holder",
        "NOT CHECKED: other accounts",
        // A bound of some thirty years is none.
        "NOT CHECKED: snapshot age",
        "policy: Desk 42, credit line",
        "met: marks signed by the venue",
        "met: answers this verifier's challenge",
        "met: account in the venue's ledger",
        "met: ledger and marks close in time",
        "met: marks agree with price sources",
        "within 25 bp of the median of 3 sources",
        "met: not used before",
        // A new memory has no series to follow.
        "NOT CHECKED: sequence",
        "scope: state as of epoch 7, marks as of 2024-07-01T18:01:40Z; nothing about later withdrawals",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    for line in ["NOT CHECKED: nonce", "NOT CHECKED: replay", "NOT CHECKED: price sources"] {
        assert!(!text.contains(line), "{line}: {text}");
    }

    // The same proof, and another one of the same account for the same period.
    refused(&desk, "Replayed", &["already answered"]);
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    refused(&desk, "NullifierSeen", &["period"]);
    // A refusal uses nothing up: the other account can answer the open challenge.
    prove(&desk, 3, "proof.zkm");
    let ran = verify(&desk, "--seen seen.db");
    assert_eq!(ran.code, 0);
    assert!(ran.text().contains("series goes forward"), "{}", ran.text());
    assert!(!ran.json()["not_checked"].to_string().contains("sequence"), "{}", ran.text());

    // Without memory the verdict says what nobody looked at, and demands on memory are refused.
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    let ran = verify(&desk, "--challenge challenge.json");
    assert_eq!(code_of(&ran), (4, "MemoryMissing".into()));
    desk.edit("policy.json", |p| p["freshness"] = json!({"challenge": true}));
    let ran = verify(&desk, "--challenge challenge.json");
    assert_eq!(ran.code, 0, "{}", ran.text());
    let not_checked = ran.json()["not_checked"].to_string();
    assert!(not_checked.contains("replay") && not_checked.contains("sequence"), "{not_checked}");
    let ran = verify(&desk, "");
    assert_eq!(code_of(&ran), (4, "EvidenceMissing".into()));
}

#[test]
fn a_proof_for_another_use_is_refused() {
    let desk = counterparty();
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    // A challenge of another verifier: never made here.
    std::fs::rename(desk.path("seen.db"), desk.path("other.db")).expect("renamed");
    refused(&desk, "ChallengeUnknown", &["no challenge with the proof's nonce"]);
    std::fs::rename(desk.path("other.db"), desk.path("seen.db")).expect("renamed");
    for (pointer, value, code) in [
        ("/audience", json!("desk-43"), "ChallengeOther"),
        ("/purpose", json!("margin call"), "ChallengeOther"),
        ("/epoch", json!(4), "ChallengeOther"),
        ("/claim/level", json!("12500"), "PolicyLevel"),
        ("/market/venue", json!("other"), "NoteOtherVenue"),
        ("/market/max_age_seconds", json!(600), "SnapshotStale"),
        ("/market/witnesses", json!(1), "TooFewWitnesses"),
        ("/account/ledger/max_distance_seconds", json!(1), "SnapshotDistance"),
        ("/account/ledger/witnesses", json!(2), "TooFewWitnesses"),
        ("/market/registry", json!("11".repeat(32)), "PolicyRegistry"),
        ("/market/schedule", json!("11".repeat(32)), "PolicySchedule"),
        ("/market/signed_schedule", json!(true), "EvidenceMissing"),
        ("/market/first_after_challenge", json!(true), "SnapshotBeforeChallenge"),
        ("/holder", json!({"pseudonym": "02".repeat(31) + "00"}), "PolicyPseudonym"),
        ("/keys/0/valid_until", json!("2025-01-01T00:00:00Z"), "KeyExpired"),
        ("/keys/0/revoked_at", json!("2025-01-01T00:00:00Z"), "KeyRevoked"),
        ("/keys/0/valid_from", json!("2099-01-01T00:00:00Z"), "KeyNotYetValid"),
        ("/keys/1/revoked_at", json!("2025-01-01T00:00:00Z"), "KeyRevoked"),
    ] {
        let mut changed = policy(&desk);
        let (parent, last) = pointer.rsplit_once('/').expect("pointer");
        changed.pointer_mut(parent).expect("parent")[last] = value;
        desk.write("policy.json", changed.to_string());
        let ran = verify(&desk, "--seen seen.db");
        assert_eq!(code_of(&ran), (4, code.to_owned()), "{pointer}: {}", ran.text());
    }
    // A stranger's key under the venue's name.
    let mut changed = policy(&desk);
    let east = String::from_utf8(desk.read("east.pub")).expect("text");
    let renamed = ok(&desk, "keygen -o stranger.key note --name venue.example").text();
    assert_ne!(east, renamed);
    changed["keys"][0]["key"] = json!(renamed.trim());
    desk.write("policy.json", changed.to_string());
    refused(&desk, "KeyUnknown", &["venue.example"]);
    // One key under two names.
    let mut changed = policy(&desk);
    changed["prices"]["sources"][2]["signed_by"]["note"]["key"] = json!("east.example");
    desk.write("policy.json", changed.to_string());
    let ran = verify(&desk, "--seen seen.db");
    assert_eq!(code_of(&ran), (3, "DuplicateKey".into()), "{}", ran.text());

    desk.write("policy.json", policy(&desk).to_string());
    assert_eq!(verify(&desk, "--seen seen.db").code, 0, "the untouched policy is met");
}

#[test]
fn the_circuit_breaker() {
    let desk = counterparty();
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    // One source far off moves no median; two do.
    desk.write("east.prices.json", own_prices(&desk, 300).to_string());
    sign_source(&desk, "east");
    let demanded = desk.json("policy.json")["freshness"].clone();
    desk.edit("policy.json", |p| p["freshness"] = json!({"challenge": true}));
    let ran = verify(&desk, "--challenge challenge.json");
    assert_eq!(ran.code, 0, "{}", ran.text());
    desk.edit("policy.json", |p| p["freshness"] = demanded);
    desk.write("west.prices.json", own_prices(&desk, 310).to_string());
    sign_source(&desk, "west");
    refused(&desk, "PricesDisagree", &["prices disagree", "BTCUSDT mark", "USDT ask", "3 sources"]);
    let line = desk.run(&format!("verify proof.zkm {MARKET} {EVIDENCE} --seen seen.db")).text();
    assert!(line.starts_with("NOT CHECKED: prices disagree: "), "{line}");

    // Another time, a missing feed, a missing source, a source that the policy does not list.
    let mut late = own_prices(&desk, 0);
    late["BTC"]["time"] = json!("2024-07-01T18:01:43Z");
    desk.write("west.prices.json", late.to_string());
    sign_source(&desk, "west");
    refused(&desk, "PricesIncomplete", &["BTCUSDT", "3000 ms away"]);
    let mut short = own_prices(&desk, 0);
    short.as_object_mut().expect("object").remove("BTC");
    desk.write("west.prices.json", short.to_string());
    sign_source(&desk, "west");
    refused(&desk, "PricesIncomplete", &["no price for feed \"BTC\" from source \"west\""]);
    let without = EVIDENCE.replace(" --source west=west.note", "");
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {without} --seen seen.db --json"));
    assert_eq!(code_of(&ran), (4, "PricesIncomplete".into()));
    let ran = verify(&desk, "--seen seen.db --source north=west.note");
    assert_eq!(code_of(&ran), (4, "SourceUnknown".into()));

    desk.write("west.prices.json", own_prices(&desk, 0).to_string());
    sign_source(&desk, "west");
    // One source's note for the other's, and a message with a changed price.
    let swapped = EVIDENCE.replace("east=east.note", "east=west.note");
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {swapped} --seen seen.db --json"));
    assert_eq!(code_of(&ran), (4, "SourceRefused".into()));
    let message = String::from_utf8(desk.read("redstone.json")).expect("text");
    desk.write("redstone.json", message.replacen("63597.97", "63598.97", 1));
    refused(&desk, "SourceRefused", &["redstone"]);
    desk.write("redstone.json", message);

    // More keys than there are; an instrument nobody speaks of.
    desk.edit("policy.json", |p| p["prices"]["min_keys"] = json!(8));
    refused(&desk, "PricesIncomplete", &["7 distinct keys"]);
    desk.edit("policy.json", |p| p["prices"]["min_keys"] = json!(7));
    desk.edit("policy.json", |p| p["prices"]["uncovered"] = json!({}));
    refused(&desk, "PricesIncomplete", &["WLDUSDT is neither covered"]);
}

#[test]
fn all_accounts_of_the_holder() {
    let desk = counterparty();
    let shown = ok(&desk, "key show holder.json --audience desk-42 --json").json();
    let pseudonym = shown["result"]["pseudonym"].as_str().expect("pseudonym").to_owned();
    let mut all = policy(&desk);
    all["holder"] = json!({"pseudonym": pseudonym, "all_accounts": true});
    desk.write("policy.json", all.to_string());
    let enrol = |accounts: u32| {
        ok(
            &desk,
            &format!(
                "enrol --schedule schedule.json --epoch 7 --audience desk-42 --pseudonym {pseudonym} \
                 --accounts {accounts} --signer venue.key -o enrolment.note --force"
            ),
        );
    };
    enrol(2);
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    prove(&desk, 3, "second.zkm");
    let both = |second: &str| {
        let ran = desk.run(&format!(
            "verify proof.zkm{second} {MARKET} {EVIDENCE} --seen seen.db --enrolment enrolment.note --json"
        ));
        (code_of(&ran), ran)
    };
    let code = |second: &str| both(second).0.1;
    refused(&desk, "EvidenceMissing", &["enrolment"]);
    assert_eq!(code(""), "AccountsMissing");
    assert_eq!(code(" proof.zkm"), "AccountTwice");
    enrol(3);
    assert_eq!(code(" second.zkm"), "AccountsMissing");
    enrol(2);
    let ((exit, _), ran) = both(" second.zkm");
    assert_eq!(exit, 0, "{}", ran.text());
    let not_checked = ran.json()["not_checked"].to_string();
    // The enrolment counts those of one ledger.
    assert!(not_checked.contains("other-accounts") && !not_checked.contains("holder"));
    let demands = ran.json()["result"]["demands"].to_string();
    assert!(demands.contains("2 shown, each once"), "{demands}");
    assert_eq!(code(" second.zkm"), "Replayed");
    // The client has a new secret: the venue says so, and the policy's pseudonym is the old one.
    let new = "03".repeat(31) + "00";
    let rotated = format!(
        "enrol --schedule schedule.json --epoch 7 --audience desk-42 --pseudonym {new} \
         --replaces {pseudonym} --accounts 2 --signer venue.key -o enrolment.note --force"
    );
    ok(&desk, &rotated);
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    let ((exit, found), ran) = both("");
    assert_eq!((exit, found.as_str()), (4, "PseudonymReplaced"), "{}", ran.text());
    assert!(ran.json()["error"]["message"].as_str().expect("message").contains(&new));
}

#[test]
fn the_series_goes_forward() {
    let desk = counterparty();
    let accept = |serial: usize| {
        challenge(&desk);
        prove(&desk, serial, "proof.zkm");
        verify(&desk, "--seen seen.db")
    };
    desk.edit("policy.json", |p| p["freshness"]["once_per_period"] = json!(false));
    let first = desk.read("snapshot.note");
    let old = desk.read("snapshot.json");
    assert_eq!(accept(2).code, 0);
    desk.edit("snapshot.json", |s| s["sequence"] = json!(2));
    sign_snapshot(&desk);
    assert_eq!(accept(2).code, 0);
    // Back to the first snapshot.
    desk.write("snapshot.json", &old);
    desk.write("snapshot.note", &first);
    assert_eq!(code_of(&accept(2)), (4, "SequenceOlder".into()));
    // Another snapshot of the same number.
    desk.edit("snapshot.json", |s| {
        s["sequence"] = json!(2);
        s["instruments"][0]["mark"] = json!("0.79478893");
    });
    sign_snapshot(&desk);
    assert_eq!(code_of(&accept(2)), (4, "SequenceConflict".into()));
}

#[test]
fn the_first_snapshot_after_the_challenge() {
    let desk = counterparty();
    desk.edit("policy.json", |p| {
        p["market"]["first_after_challenge"] = json!(true);
        p["account"]["ledger"] = json!({});
        p.as_object_mut().expect("object").remove("prices");
    });
    challenge(&desk);
    let asked = desk.json("challenge.json")["time"].as_str().expect("time").to_owned();
    let evidence = "--policy policy.json --snapshot-note snapshot.note --checkpoint ledger.note \
                    --seen seen.db --previous-note previous.note --json";
    let check = |previous: (u64, &str), sequence: u64, time: &str| {
        for ((sequence, time), note) in [(previous, "previous"), ((sequence, time), "snapshot")] {
            desk.edit("snapshot.json", |s| {
                s["sequence"] = json!(sequence);
                s["time"] = json!(time);
            });
            let sign = format!(
                "snapshot sign snapshot.json --schedule schedule.json --signer venue.key \
                 -o {note}.note --force"
            );
            ok(&desk, &sign);
        }
        prove(&desk, 2, "proof.zkm");
        code_of(&desk.run(&format!("verify proof.zkm {MARKET} {evidence}")))
    };
    assert_eq!(check((4, SNAPSHOT_TIME), 5, SNAPSHOT_TIME).1, "SnapshotBeforeChallenge");
    assert_eq!(check((3, SNAPSHOT_TIME), 5, &asked).1, "SnapshotNotFirst");
    assert_eq!(check((4, &asked), 5, &asked).1, "SnapshotNotFirst");
    assert_eq!(check((4, SNAPSHOT_TIME), 5, "2099-01-01T00:00:00Z").1, "NoteFromFuture");
    assert_eq!(check((4, SNAPSHOT_TIME), 5, &asked), (0, String::new()));
}

#[test]
fn of_two_that_race_one_is_accepted() {
    let desk = counterparty();
    challenge(&desk);
    prove(&desk, 2, "proof.zkm");
    let codes: Vec<i32> = std::thread::scope(|scope| {
        let workers: Vec<_> =
            (0..4).map(|_| scope.spawn(|| verify(&desk, "--seen seen.db").code)).collect();
        workers.into_iter().map(|w| w.join().expect("ran")).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 4).count(), 3, "{codes:?}");
}

#[test]
fn another_database_is_not_taken_for_a_memory() {
    let desk = counterparty();
    desk.write("seen.db", "not a database, and long enough not to be taken for an empty one");
    let ran = desk.run("challenge --policy policy.json --seen seen.db -o challenge.json --json");
    assert_eq!(code_of(&ran), (3, "SeenStore".into()), "{}", ran.text());
    assert!(!desk.listing().contains(&"challenge.json".to_owned()));
}
