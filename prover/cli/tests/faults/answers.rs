//! What answers give away.

use crate::support::*;
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// A policy of the prover that lets each audience have one bit.
fn own_policy(desk: &Desk) {
    let made = desk.run("keygen -o venue.key note --name venue.example");
    let key = made.text().trim().to_owned();
    let venue = desk.json("schedule.json")["venue"].clone();
    let policy = json!({
        "format": "zkmargin-prover-policy/1",
        "market": {"venue": venue},
        "audiences": [
            {"audience": "desk-42", "max_bits": 1},
            {"audience": "desk-43", "max_bits": 1},
        ],
        "keys": [{
            "name": "venue.example", "key": key, "role": "venue", "venue": venue,
            "valid_from": "2020-01-01T00:00:00Z", "valid_until": "2100-01-01T00:00:00Z",
        }],
    });
    desk.write("own.json", policy.to_string());
    sign(desk);
}

fn sign(desk: &Desk) {
    let sign = "snapshot sign snapshot.json --schedule schedule.json --signer venue.key \
                -o snapshot.note --force";
    assert_eq!(desk.run(sign).code, 0);
}

const OWN: &str = "--policy own.json --log answers.db --snapshot-note snapshot.note";

fn prove(audience: &str, more: &str) -> String {
    format!("prove --account account.json {MARKET} --audience {audience} --json {more}")
}

/// Starts all commands before it waits for the first.
fn at_once(desk: &Desk, commands: &[String]) -> Vec<Value> {
    let start = |arguments: &String| {
        Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"))
            .args(arguments.split(' '))
            .current_dir(desk.path(""))
            .env("ZKMARGIN_CACHE_DIR", desk.path("cache"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts")
    };
    let started: Vec<_> = commands.iter().map(start).collect();
    let end = |child: std::process::Child| {
        let output = child.wait_with_output().expect("ends");
        serde_json::from_slice(&output.stdout).expect("object")
    };
    started.into_iter().map(end).collect()
}

#[test]
fn fault_5_1_one_bit_is_one_answer_to_many_at_once() {
    let desk = Desk::new();
    own_policy(&desk);
    let level = |(i, bps): (usize, &&str)| {
        prove("desk-42", &format!("--claim {bps} {OWN} -o proof{i}.zkm"))
    };
    let levels = ["10000", "11000", "12500", "15000", "20000"];
    let ran = at_once(&desk, &levels.iter().enumerate().map(level).collect::<Vec<_>>());
    let answered = ran.iter().filter(|object| object["ok"] == true).count();
    let withheld = ran.iter().filter(|o| o["error"]["code"] == "AnswerNarrows").count();
    assert_eq!((answered, withheld), (1, 4), "{ran:?}");
    let proofs = desk.listing().iter().filter(|name| name.ends_with(".zkm")).count();
    assert_eq!(proofs, 1);
    // The same question once more tells nothing new.
    let first = ran.iter().position(|object| object["ok"] == true).expect("one");
    let again = prove("desk-42", &format!("--claim {} {OWN} -o again.zkm", levels[first]));
    assert_eq!(desk.run(&again).code, 0);
}

#[test]
fn fault_5_1_two_audiences_at_once_see_each_other() {
    let desk = Desk::new();
    own_policy(&desk);
    let commands = [
        prove("desk-42", &format!("{OWN} -o a.zkm")),
        prove("desk-43", &format!("--claim 12500 {OWN} -o b.zkm")),
    ];
    let ran = at_once(&desk, &commands);
    let mut before: Vec<_> =
        ran.iter().filter_map(|o| o["result"]["answers"]["everybody"]["before"].as_u64()).collect();
    before.sort();
    assert_eq!(before, [0, 1], "{ran:?}");
}

#[test]
fn fault_5_1_a_prover_that_is_killed_has_answered() {
    let desk = Desk::new();
    own_policy(&desk);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"))
        .args(prove("desk-42", &format!("{OWN} -o killed.zkm --no-cache")).split(' '))
        .current_dir(desk.path(""))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("runs");
    // As soon as it has entered what it is going to answer.
    let entered = || {
        let log = rusqlite::Connection::open(desk.path("answers.db")).ok()?;
        log.query_row("SELECT count(*) FROM questions", [], |row| row.get::<_, i64>(0)).ok()
    };
    while entered().unwrap_or(0) == 0 {
        assert!(child.try_wait().expect("waits").is_none_or(|exit| exit.success()));
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let _ = child.kill();
    child.wait().expect("ended");
    let next = desk.run(&prove("desk-42", &format!("--claim 12500 {OWN} -o next.zkm")));
    assert_eq!(next.json()["error"]["code"], "AnswerNarrows", "{}", next.text());
}

#[test]
fn fault_5_1_answers_are_logged_whatever_lets_them_through() {
    let desk = Desk::new();
    own_policy(&desk);
    let before = |ran: Ran| {
        let object = ran.json();
        assert_eq!(ran.code, 0, "{object}");
        object["result"]["answers"]["audience"]["before"].as_u64().expect("count")
    };
    // Without a policy, with one, and past it.
    assert_eq!(before(desk.run(&prove("desk-42", "--log answers.db -o 0.zkm"))), 0);
    assert_eq!(before(desk.run(&prove("desk-42", &format!("{OWN} -o 1.zkm")))), 1);
    let past = format!("--claim 12500 {OWN} --answer-anyway -o 2.zkm");
    assert_eq!(before(desk.run(&prove("desk-42", &past))), 2);
    assert_eq!(before(desk.run(&prove("desk-42", &format!("{OWN} --answer-anyway -o 3.zkm")))), 3);
    let text = desk.prove("--log new.db -o 4.zkm").text();
    assert!(text.contains("0 before, at most 0.00 bits"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn fault_5_1_no_room_for_the_log_is_no_answer() {
    let desk = Desk::new();
    assert_eq!(desk.run(&prove("desk-42", "--log answers.db -o first.zkm")).code, 0);
    // A limit on the size of files stands in for a full disk.
    let blocks = desk.path("answers.db").metadata().expect("log").len() / 1024;
    let command = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$0\" {} --no-cache",
        blocks.saturating_sub(1).max(1),
        prove("desk-42", "--claim 12500 --log answers.db -o second.zkm")
    );
    let output = Command::new("bash")
        .args(["-c", &command])
        .arg(assert_cmd::cargo::cargo_bin!("zkmargin"))
        .current_dir(desk.path(""))
        .output()
        .expect("runs");
    let object: Value = serde_json::from_slice(&output.stdout).expect("object");
    assert_eq!(object["error"]["code"], "AnswerLog", "{object}");
    assert!(!desk.listing().contains(&"second.zkm".to_owned()));
}

/// What anybody but the holder sees of a refusal: exit code, `--json`, text and logs.
fn seen(desk: &Desk, more: &str) -> (i32, Value, String, String) {
    let arguments = format!("-vv -o out.zkm {more}");
    let object = desk.run(&prove("desk-42", arguments.trim_end()));
    let text = desk.prove(arguments.trim_end());
    assert_eq!(object.code, text.code);
    (object.code, object.json()["error"].clone(), text.text(), text.stderr)
}

/// Ways to have no proof that depend on the account.
fn refusals() -> Vec<(&'static str, Desk)> {
    let not_met = Desk::new();
    not_met.edit("account.json", |a| a["balances"][0]["balance"] = json!("-98765.4321"));
    let beyond_tiers = Desk::new();
    beyond_tiers.edit("account.json", |a| {
        a["positions"][0]["size"] = json!("99999999");
        a["positions"][0]["entry_value"] = json!("1");
    });
    let beyond_collateral = Desk::new();
    beyond_collateral.edit_schedule(|s| {
        let assets = s["assets"].as_array_mut().expect("assets");
        let btc = assets.iter_mut().find(|a| a["symbol"] == "BTC").expect("BTC");
        btc["collateral"]["rows"][0]["below"] = json!("20000");
    });
    let unknown = Desk::new();
    unknown.edit("account.json", |a| a["positions"][0]["instrument"] = json!("DOGEUSDT"));
    let digits = Desk::new();
    digits.edit("account.json", |a| a["positions"][0]["size"] = json!("1.5000001"));
    vec![
        ("not met", not_met),
        ("beyond tiers", beyond_tiers),
        ("beyond collateral", beyond_collateral),
        ("unknown instrument", unknown),
        ("too many digits", digits),
    ]
}

#[test]
fn fault_5_2_reasons_that_depend_on_the_account_look_alike() {
    let mut first = None;
    for (name, desk) in refusals() {
        let found = seen(&desk, "--log answers.db");
        assert_eq!((found.0, &found.1["code"]), (1, &json!("ClaimNotMet")), "{name}: {found:?}");
        let said = format!("{found:?}");
        for word in ["Beyond", "BTC", "DOGE", "instrument", "tier", "98765"] {
            assert!(!said.contains(word), "{name} says {word}: {said}");
        }
        assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "{name}");
        assert!(!desk.listing().contains(&"out.zkm".to_owned()));
    }
}

#[test]
fn fault_5_2_without_a_log_no_figure_looks_like_not_met() {
    let mut first = None;
    for (name, desk) in refusals().into_iter().take(3) {
        let found = seen(&desk, "");
        assert_eq!(first.get_or_insert_with(|| found.clone()), &found, "{name}");
    }
}

#[test]
fn fault_5_2_every_such_refusal_is_an_answer() {
    for (name, desk) in refusals() {
        let good = Desk::new().read("account.json");
        assert_eq!(desk.run(&prove("desk-42", "--log answers.db -o out.zkm")).code, 1, "{name}");
        desk.write("account.json", good);
        let ran =
            desk.run(&prove("desk-42", "--claim 12500 --log answers.db -o out.zkm --shape s"));
        let object = ran.json();
        // The account of the schedule without a last row has no figure still.
        if name != "beyond collateral" {
            assert_eq!(ran.code, 0, "{name}: {object}");
            let answers = &object["result"]["answers"]["audience"];
            assert_eq!((&answers["before"], &answers["bits_before"]), (&json!(1), &json!(1.0)));
        }
    }
}

#[test]
fn fault_5_2_bisecting_a_notional_ends_at_the_bound() {
    let (_, desk) = refusals().remove(1);
    own_policy(&desk);
    let ask = |sequence: u64| {
        desk.edit("snapshot.json", |s| {
            s["sequence"] = json!(sequence);
            s["time"] = json!(format!("2024-07-01T18:0{sequence}:40Z"));
        });
        sign(&desk);
        let ran = desk.run(&prove("desk-42", &format!("{OWN} -o out.zkm")));
        (ran.code, ran.json()["error"]["code"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(ask(2), (1, "ClaimNotMet".to_owned()));
    assert_eq!(ask(3), (4, "AnswerNarrows".to_owned()));
    assert_eq!(ask(4), (4, "AnswerNarrows".to_owned()));
}

#[test]
fn fault_5_2_the_trader_still_sees_why() {
    let (_, desk) = refusals().remove(1);
    let ran = desk.run(&format!("margin --account account.json {MARKET} --json"));
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("BeyondTiers")));
}

/// Secrets that anybody could guess.
fn weak() -> Vec<(&'static str, String)> {
    let holder_key = SECRETS[0].1;
    vec![
        ("holder_key", "00".repeat(32)),
        ("holder_key", "01".repeat(32)),
        ("holder_key", format!("07{}", "00".repeat(31))),
        ("blinding", "00".repeat(32)),
        ("blinding", "01".repeat(32)),
        ("blinding", "3f".repeat(32)),
        ("blinding", format!("01{}", "00".repeat(31))),
        ("blinding", format!("{}01", "00".repeat(31))),
        ("blinding", format!("ffffffffffffffff{}", "00".repeat(24))),
        ("blinding", "0102".repeat(16)),
        ("blinding", "0123456789abcdef".repeat(3) + "0123456789abcd0f"),
        ("blinding", (0..32).map(|i| format!("{i:02x}")).collect()),
        ("blinding", holder_key.to_owned()),
    ]
}

#[test]
fn fault_5_3_secrets_that_anybody_could_guess_are_refused() {
    let desk = Desk::new();
    let made = desk.run("keygen -o venue.key note --name venue.example");
    assert_eq!(made.code, 0);
    for (field, value) in weak() {
        let strong = desk.read("account.json");
        desk.edit("account.json", |a| a[field] = json!(value));
        for command in [
            "commit --account account.json --schedule schedule.json --json".to_owned(),
            prove("desk-42", "-o out.zkm"),
            "attest --account account.json --schedule schedule.json --checked books \
             --signer venue.key -o attest.note --json"
                .to_owned(),
        ] {
            let ran = desk.run(&command);
            let error = &ran.json()["error"];
            assert_eq!((ran.code, &error["code"]), (3, &json!("WeakSecret")), "{command}: {error}");
            assert_eq!(error["pointer"], format!("/{field}"), "{error}");
            assert!(error["help"].as_str().expect("help").contains("commit --account"), "{error}");
            assert!(!error.to_string().contains(&value), "a secret is not repeated");
        }
        // Figures in the open need none, and fresh ones can be drawn.
        assert_eq!(desk.run(&format!("margin --account account.json {MARKET}")).code, 0);
        let _ = std::fs::remove_file(desk.path("mine.json"));
        let fresh = "commit --account account.json --schedule schedule.json --fresh -o mine.json";
        assert_eq!(desk.run(fresh).code, 0, "{field} {value}");
        let mine = "commit --account mine.json --schedule schedule.json";
        assert_eq!(desk.run(mine).code, 0, "{field} {value}");
        desk.write("account.json", strong);
    }
    assert!(!desk.listing().iter().any(|name| name == "out.zkm" || name == "attest.note"));
}

#[test]
fn fault_5_3_examples_have_no_secrets_and_say_how_to_draw_them() {
    let desk = Desk::new();
    for example in [
        "binance/examples/cross",
        "hyperliquid/examples/cross",
        "hyperliquid/examples/isolated",
        "extended/examples/flow",
        "lighter/examples/222378",
        "lighter/examples/366058",
    ] {
        let text = std::fs::read_to_string(params(&format!("venues/{example}.account.json")));
        let example: Value = serde_json::from_str(&text.expect("example")).expect("JSON");
        for (field, _) in SECRETS {
            assert!(example.get(field).is_none(), "{field}");
        }
        assert!(example["note"].as_str().expect("note").contains("commit --fresh"));
    }
    std::fs::copy(params("venues/binance/examples/cross.account.json"), desk.path("account.json"))
        .expect("example");
    assert_eq!(desk.run(&format!("margin --account account.json {MARKET}")).code, 0);
    let commit = "commit --account account.json --schedule schedule.json";
    for command in [format!("{commit} --json"), prove("desk-42", "-o out.zkm")] {
        let error = desk.run(&command).json()["error"].clone();
        assert_eq!(error["code"], "MissingField", "{error}");
        assert!(error["message"].as_str().expect("text").contains("holder_key"), "{error}");
        assert!(error["help"].as_str().expect("help").contains("--fresh -o mine.json"), "{error}");
    }
    // What the help says works.
    assert_eq!(desk.run(&format!("{commit} --fresh -o mine.json")).code, 0);
    let ran =
        desk.run(&format!("prove --account mine.json {MARKET} --audience desk-42 -o proof.zkm"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let drawn = |name: &str| {
        assert_eq!(desk.run(&format!("{commit} --fresh -o {name}")).code, 0);
        desk.json(name)
    };
    let (one, two) = (drawn("one.json"), drawn("two.json"));
    assert_ne!(one["holder_key"], two["holder_key"]);
    assert_ne!(one["blinding"], two["blinding"]);
}

#[test]
fn fault_5_3_weak_holder_files_seeds_and_lines_are_refused() {
    let desk = Desk::new();
    for secret in ["00".repeat(32), "01".repeat(32), format!("05{}", "00".repeat(31))] {
        desk.write(
            "holder.json",
            json!({"format": "zkmargin-holder/1", "secret": secret}).to_string(),
        );
        let ran = desk.run("key show holder.json --schedule schedule.json --json");
        assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("WeakSecret")));
    }
    let mut account = desk.json("account.json");
    for field in ["serial", "blinding"] {
        account.as_object_mut().expect("object").remove(field);
    }
    let build = |work: &str| {
        desk.run(&format!(
            "ledger build accounts.jsonl --schedule schedule.json --epoch 7 --work {work} \
             --time 2024-07-01T18:00:00Z -o ledger.note --force --json"
        ))
    };
    // A key with a pattern; and zero, which says that nobody proves about the account.
    for (key, code) in [("01".repeat(32), 3), ("00".repeat(32), 0)] {
        account["holder_key"] = json!(key);
        desk.write("accounts.jsonl", account.to_string());
        let ran = build(&key[..2]);
        assert_eq!(ran.code, code, "{}", ran.text());
    }
    std::fs::create_dir(desk.path("seeded")).expect("folder");
    for seed in [[0u8; 32], [7; 32], std::array::from_fn(|i| i as u8)] {
        desk.write("seeded/blinding.seed", seed);
        let ran = build("seeded");
        assert_ne!(ran.code, 0);
        assert!(ran.text().contains("blinding.seed"), "{}", ran.text());
        let opened = desk.run("ledger open --work seeded --serial 0 -o opening.json");
        assert_ne!(opened.code, 0);
    }
}
