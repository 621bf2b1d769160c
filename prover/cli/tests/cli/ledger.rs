//! Venue, trader and counterparty with a ledger, every party by its commands.

use crate::support::*;
use serde_json::{Value, json};

/// A desk with a venue's note key, a trader's holder secret and a ledger of five accounts, of which
/// the example account is number 2.
fn desk() -> Desk {
    desk_with_accounts(&[2])
}

/// The same with several accounts of the holder. Their files are `account2.json` and
/// `opening2.json` and so on; those of the first are `account.json` and `opening.json` too.
pub fn desk_with_accounts(serials: &[usize]) -> Desk {
    let desk = Desk::new();
    let ok = |arguments: &str| {
        let ran = desk.run(arguments);
        assert_eq!(ran.code, 0, "{arguments}: {}{}", ran.text(), ran.stderr);
        ran
    };
    let venue_key = ok("keygen -o venue.key note --name venue.example").text().trim().to_owned();
    assert_eq!(ok("key show venue.key").text().trim(), venue_key);
    ok("keygen -o holder.json holder");
    let shown = ok("key show holder.json --schedule schedule.json --audience desk-42 --json");
    let holder_key = shown.json()["result"]["holder_key"].as_str().expect("key").to_owned();

    let mut account = desk.json("account.json");
    for secret in ["blinding", "serial"] {
        account.as_object_mut().expect("object").remove(secret);
    }
    let line = |i: usize| {
        let mut account = account.clone();
        if i != 2 {
            account["balances"][1]["balance"] = json!(format!("{}", 6000 + i));
        }
        if serials.contains(&i) {
            account["holder_key"] = json!(holder_key);
        }
        account.to_string()
    };
    desk.write("accounts.jsonl", (0..5).map(line).collect::<Vec<_>>().join("\n"));
    ok("ledger build accounts.jsonl --schedule schedule.json --epoch 7 --work work \
        --time 2024-07-01T18:00:00Z --signer venue.key -o ledger.note");
    let secrets = desk.json("account.json");
    for serial in serials {
        ok(&format!("ledger open --work work --serial {serial} -o opening{serial}.json"));
        let mut own: Value = serde_json::from_str(&line(*serial)).expect("line");
        own["blinding"] = secrets["blinding"].clone();
        own["serial"] = secrets["serial"].clone();
        desk.write(&format!("account{serial}.json"), own.to_string());
    }
    std::fs::copy(desk.path(&format!("opening{}.json", serials[0])), desk.path("opening.json"))
        .expect("copied with its rights");
    let keys = json!({
        "format": "zkmargin-keys/1",
        "keys": [{
            "name": "venue.example",
            "key": venue_key,
            "role": "venue",
            "venue": desk.json("schedule.json")["venue"],
            "valid_from": "2020-01-01T00:00:00Z",
            "valid_until": "2100-01-01T00:00:00Z"
        }]
    });
    desk.write("keys.json", keys.to_string());
    desk
}

const LEDGER: &str = "--checkpoint ledger.note --keys keys.json";

#[test]
fn from_ledger_to_verdict() {
    let desk = desk();
    let holder = "--account account.json --schedule schedule.json --holder holder.json";
    let ran = desk.run(&format!("ledger verify opening.json {holder} {LEDGER}"));
    assert_eq!((ran.code, ran.text().contains("VALID")), (0, true), "{}{}", ran.text(), ran.stderr);

    let ran = desk.prove("--opening opening.json --holder holder.json -o proof.zkm");
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let pin = format!("--pin-market {} --audience desk-42", desk.market());
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {pin} {LEDGER} --json"));
    let object = ran.json();
    assert_eq!((ran.code, &object["verdict"]), (0, &json!("VALID")), "{object}");
    let not_checked = object["not_checked"].to_string();
    assert!(not_checked.contains("holder") && not_checked.contains("other-accounts"));

    // The holder, by the pseudonym for this audience; and another one.
    let shown = desk.run("key show holder.json --audience desk-42 --json").json();
    let pseudonym = shown["result"]["pseudonym"].as_str().expect("pseudonym").to_owned();
    assert_eq!(object["result"]["pseudonym"], json!(pseudonym));
    let of = |pseudonym: &str| {
        desk.run(&format!("verify proof.zkm {MARKET} {pin} {LEDGER} --pseudonym {pseudonym}")).code
    };
    assert_eq!(of(&pseudonym), 0);
    assert_eq!(of(&"01".repeat(32).replacen("01", "02", 1)), 4);

    // Without the checkpoint nothing says which ledger it is.
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {pin}"));
    assert_eq!(ran.code, 7, "{}", ran.text());
    assert!(ran.text().contains("ledger root not pinned"));
    // A commitment cannot be demanded of a proof that hides it.
    let commitment = desk.commitment();
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {pin} --commitment {commitment}"));
    assert_eq!(ran.code, 4, "{}", ran.text());
    let root = object["result"]["ledger_root"].as_str().expect("root");
    let ran = desk.run(&format!("verify proof.zkm {MARKET} {pin} --ledger-root {root}"));
    assert_eq!(ran.code, 0, "{}", ran.text());
}

#[test]
fn checkpoints_and_openings_that_do_not_count() {
    let desk = desk();
    let holder = "--account account.json --schedule schedule.json --holder holder.json";
    let verify = || desk.run(&format!("ledger verify opening.json {holder} {LEDGER} --json"));
    let good = desk.read("ledger.note");
    let code_of = |ran: Ran| (ran.code, ran.json()["error"]["code"].as_str().map(str::to_owned));

    // One more account in the checkpoint than was signed.
    let changed = String::from_utf8(good.clone()).expect("text").replacen("\n5\n", "\n6\n", 1);
    desk.write("ledger.note", changed);
    assert_eq!(code_of(verify()), (4, Some("NoteSignature".into())));
    desk.write("ledger.note", &good);
    desk.edit("keys.json", |keys| keys["keys"][0]["revoked_at"] = json!("2021-01-01T00:00:00Z"));
    assert_eq!(code_of(verify()), (4, Some("KeyRevoked".into())));
    desk.edit("keys.json", |keys| {
        keys["keys"][0].as_object_mut().expect("key").remove("revoked_at");
    });

    // Another sibling, another account, another holder.
    let opening = desk.read("opening.json");
    desk.edit("opening.json", |o| o["siblings"][3] = json!("00".repeat(32)));
    assert_eq!(verify().code, 1);
    desk.write("opening.json", &opening);
    desk.edit("account.json", |a: &mut Value| a["balances"][1]["balance"] = json!("5001"));
    let ran = verify();
    assert_eq!(ran.code, 1);
    assert!(ran.json()["verdict"].as_str().expect("verdict").contains("not the commitment"));
    let ran = desk.prove("--opening opening.json --holder holder.json -o other.zkm --json");
    assert_eq!(ran.code, 0, "a proof about another ledger's root");
    let pin = format!("--pin-market {} --audience desk-42", desk.market());
    assert_eq!(desk.run(&format!("verify other.zkm {MARKET} {pin} {LEDGER}")).code, 4);
}

#[test]
fn secrets_stay_secret() {
    let desk = desk();
    let secret = desk.json("holder.json")["secret"].as_str().expect("secret").to_owned();
    let signer = String::from_utf8(desk.read("venue.key")).expect("text").trim().to_owned();
    for arguments in [
        "key show venue.key",
        "key show holder.json --schedule schedule.json",
        "key show accounts.jsonl",
        "ledger build accounts.jsonl --schedule schedule.json --epoch 7 --work w2 \
         --time 2024-07-27T06:44:00Z --signer holder.json -o l2.note",
        "prove --account account.json --schedule schedule.json --snapshot snapshot.json \
         --audience a --opening opening.json --holder venue.key -o p.zkm -vv",
    ] {
        let ran = desk.run(arguments);
        for text in [ran.text(), ran.stderr] {
            assert!(!text.contains(&secret) && !text.contains(&signer), "{arguments}: {text}");
        }
    }
    #[cfg(unix)]
    for name in ["holder.json", "venue.key", "opening.json", "work/blinding.seed"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = desk.path(name).metadata().expect(name).permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}

#[test]
fn signed_snapshots() {
    let desk = desk();
    let sign = |output: &str| {
        let arguments = "snapshot sign snapshot.json --schedule schedule.json --signer venue.key";
        let ran = desk.run(&format!("{arguments} -o {output}"));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    };
    sign("p.note");
    assert_eq!(desk.prove("-o proof.zkm").code, 0);
    let account = format!("--commitment {} --audience desk-42", desk.commitment());
    let verify =
        |more: &str| desk.run(&format!("verify proof.zkm {MARKET} {account} {more} --json"));
    let ran = verify("--snapshot-note p.note --keys keys.json");
    let object = ran.json();
    assert_eq!((ran.code, &object["verdict"]), (0, &json!("VALID")), "{object}");
    assert!(!object["not_checked"].to_string().contains("snapshot-origin"));
    assert!(object["not_checked"].to_string().contains("snapshot-age"));
    // The example's snapshot is of 2024.
    let ran = verify("--snapshot-note p.note --keys keys.json --max-age 60");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (4, &json!("SnapshotStale")));
    let hundred_years = 100u64 * 365 * 86_400;
    let ran = verify(&format!("--snapshot-note p.note --keys keys.json --max-age {hundred_years}"));
    assert_eq!(ran.code, 0);
    assert_eq!(verify("--snapshot-note p.note").code, 2, "a note without keys says nothing");

    // Another price under the same sequence number, signed by the same venue.
    let compare = || desk.run("snapshot compare p.note q.note --keys keys.json");
    sign("q.note");
    assert_eq!(compare().code, 0, "the same snapshot");
    let first = desk.read("snapshot.json");
    desk.edit("snapshot.json", |s| s["instruments"][0]["mark"] = json!("62000"));
    std::fs::remove_file(desk.path("q.note")).expect("removed");
    sign("q.note");
    let ran = compare();
    assert_eq!(ran.code, 1, "{}", ran.text());
    desk.write("snapshot.json", first);
    let ran = verify("--snapshot-note q.note --keys keys.json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (4, &json!("NoteOtherFile")));
}
