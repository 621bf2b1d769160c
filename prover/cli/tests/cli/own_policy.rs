//! A prover with a policy of its own: whom it answers, about which markets, and how much.

use crate::ledger::desk_with_accounts;
use crate::support::*;
use serde_json::{Value, json};

const EVIDENCE: &str = "--policy own.json --log answers.db --snapshot-note snapshot.note \
    --checkpoint ledger.note --opening opening.json --holder holder.json --force -o proof.zkm --json";

fn own(desk: &Desk) -> Value {
    let venue = desk.json("schedule.json")["venue"].clone();
    let key = desk.run("key show venue.key").text().trim().to_owned();
    json!({
        "format": "zkmargin-prover-policy/1",
        "market": {"venue": venue},
        "audiences": [
            {"audience": "desk-42", "levels": ["maintenance", "12500"], "max_bits": 1},
            {"audience": "desk-43", "max_bits": 3},
        ],
        "keys": [{
            "name": "venue.example", "key": key, "role": "venue", "venue": venue,
            "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2100-01-01T00:00:00Z",
        }],
    })
}

fn trader() -> Desk {
    let desk = desk_with_accounts(&[2]);
    sign(&desk);
    desk.write("own.json", own(&desk).to_string());
    desk
}

fn sign(desk: &Desk) {
    let arguments = "snapshot sign snapshot.json --schedule schedule.json --signer venue.key \
                     -o snapshot.note --force";
    assert_eq!(desk.run(arguments).code, 0);
}

fn ask(desk: &Desk, more: &str) -> (i32, String, Value) {
    let ran =
        desk.run(format!("prove --account account.json {MARKET} {EVIDENCE} {more}").trim_end());
    let object = ran.json();
    let code = object["error"]["code"].as_str().unwrap_or("").to_owned();
    (ran.code, code, object)
}

#[track_caller]
fn withheld(desk: &Desk, more: &str, code: &str) {
    std::fs::remove_file(desk.path("proof.zkm")).ok();
    let (exit, found, object) = ask(desk, more);
    assert_eq!((exit, found.as_str()), (4, code), "{object}");
    assert!(!desk.listing().contains(&"proof.zkm".to_owned()), "nothing was handed out");
}

#[test]
fn answers_add_up() {
    let desk = trader();
    let (exit, _, object) = ask(&desk, "--audience desk-42");
    assert_eq!(exit, 0, "{object}");
    let answers = &object["result"]["answers"];
    assert_eq!(
        (&answers["audience"]["before"], &answers["audience"]["bits_after"]),
        (&json!(0), &json!(1.0))
    );
    // The same question again tells nothing more.
    let (exit, _, object) = ask(&desk, "--audience desk-42");
    assert_eq!((exit, &object["result"]["answers"]["audience"]["narrows"]), (0, &json!(false)));
    // Another level does: past the policy's bound, whatever the answer would be.
    withheld(&desk, "--audience desk-42 --claim 12500", "AnswerNarrows");
    // Somebody else may ask; the two together know as much as if one had asked.
    let (exit, _, object) = ask(&desk, "--audience desk-43 --claim 12500");
    assert!(matches!(exit, 0 | 1), "{object}");
    let (exit, _, object) = ask(&desk, "--audience desk-42 --answer-anyway");
    assert_eq!((exit, &object["result"]["answers"]["everybody"]["before"]), (0, &json!(3)));
    // Another time is another question.
    desk.edit("snapshot.json", |s| s["time"] = json!("2024-07-01T18:02:40Z"));
    desk.edit("snapshot.json", |s| s["sequence"] = json!(2));
    sign(&desk);
    withheld(&desk, "--audience desk-42", "AnswerNarrows");
    let ran = desk.run(&format!(
        "prove --account account.json {MARKET} {} --audience desk-42 --answer-anyway",
        EVIDENCE.replace(" --json", "")
    ));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("reveals more about the account"), "{}", ran.stderr);
    assert!(
        ran.text().contains("answers to everybody about this account: 4 before"),
        "{}",
        ran.text()
    );
}

/// Only questions about the requirement that the policy names are answered.
#[test]
fn another_requirement_is_not_answered() {
    let desk = trader();
    desk.edit("own.json", |own| {
        own["requirement"] = json!("initial");
        own["audiences"][0]["levels"] = json!(["10000"]);
    });
    withheld(&desk, "--audience desk-42", "PolicyRequirement");
    desk.edit("own.json", |own| own["audiences"][0]["levels"] = json!(["maintenance"]));
    let (exit, code, object) = ask(&desk, "--audience desk-42");
    assert_eq!((exit, code.as_str()), (3, "BadNumber"), "{object}");
    assert_eq!(object["error"]["pointer"], "/audiences/0/levels/0");
}

#[test]
fn a_new_ledger_is_the_same_account() {
    let desk = trader();
    assert_eq!(ask(&desk, "--audience desk-42").0, 0);
    let build = "ledger build accounts.jsonl --schedule schedule.json --epoch 8 --work later \
                 --time 2024-07-01T18:01:00Z --signer venue.key -o ledger.note --force";
    assert_eq!(desk.run(build).code, 0);
    assert_eq!(desk.run("ledger open --work later --serial 2 -o opening.json --force").code, 0);
    let (exit, _, object) = ask(&desk, "--audience desk-42");
    let answers = &object["result"]["answers"]["audience"];
    assert_eq!((exit, &answers["before"]), (0, &json!(1)), "{object}");
}

#[test]
fn a_refusal_is_an_answer() {
    let desk = trader();
    // The account does not meet ten times its maintenance margin.
    let menu = desk.json("schedule.json")["menu"]["levels"].as_array().expect("menu").clone();
    let highest = menu.iter().filter_map(|l| l["level_bps"].as_u64()).max().expect("level");
    let level = format!("--audience desk-43 --claim {highest}");
    let (exit, code, _) = ask(&desk, &level);
    let (_, _, object) = ask(&desk, "--audience desk-43");
    let before = &object["result"]["answers"]["audience"]["before"];
    assert!(matches!((exit, code.as_str()), (1, "ClaimNotMet") | (0, "")), "{exit} {code}");
    assert_eq!(before, &json!(1), "{object}");
}

#[test]
fn only_trusted_markets_and_named_audiences() {
    let desk = trader();
    withheld(&desk, "--audience stranger", "AudienceUnknown");
    withheld(&desk, "--audience desk-42 --claim 15000", "LevelNotAllowed");
    desk.edit("own.json", |p| p["market"]["max_age_seconds"] = json!(60));
    withheld(&desk, "--audience desk-42", "SnapshotStale");
    desk.edit("own.json", |p| p["market"] = json!({"venue": p["market"]["venue"], "witnesses": 1}));
    withheld(&desk, "--audience desk-42", "TooFewWitnesses");
    desk.edit("own.json", |p| {
        p["market"] = json!({"venue": p["market"]["venue"]});
        p["checkpoint_witnesses"] = json!(1);
    });
    withheld(&desk, "--audience desk-42", "TooFewWitnesses");
    desk.write("own.json", own(&desk).to_string());

    // One price shifted after the venue signed.
    let snapshot = desk.read("snapshot.json");
    desk.edit("snapshot.json", |s| s["instruments"][0]["mark"] = json!("0.8"));
    withheld(&desk, "--audience desk-42", "NoteOtherFile");
    // An instrument left out is no snapshot at all.
    desk.edit("snapshot.json", |s| {
        s["instruments"].as_array_mut().expect("list").pop();
    });
    let (exit, code, _) = ask(&desk, "--audience desk-42");
    assert_eq!((exit, code.as_str()), (3, "MissingPrice"));
    desk.write("snapshot.json", snapshot);

    // Somebody else's signature.
    desk.edit("own.json", |p| p["keys"][0]["revoked_at"] = json!("2021-01-01T00:00:00Z"));
    withheld(&desk, "--audience desk-42", "KeyRevoked");
    desk.write("own.json", own(&desk).to_string());
    // A checkpoint of another ledger.
    let ran = desk.run(
        "ledger build accounts.jsonl --schedule schedule.json --epoch 7 --work other \
         --time 2024-07-01T18:00:00Z --signer venue.key -o ledger.note --force",
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    withheld(&desk, "--audience desk-42", "OpeningOtherRoot");
}

#[cfg(unix)]
#[test]
fn the_log_is_private_and_stays() {
    use std::os::unix::fs::PermissionsExt;
    let desk = trader();
    assert_eq!(ask(&desk, "--audience desk-42").0, 0);
    let mode = desk.path("answers.db").metadata().expect("log").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // A verifier's memory is not a prover's log.
    let ran = desk.run("challenge --policy own.json --seen answers.db -o c.json --json");
    assert_eq!(ran.json()["error"]["code"], json!("WrongFormat"));
}
