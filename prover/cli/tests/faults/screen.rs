//! What strangers write and a person reads.

use crate::support::*;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::OnceLock;
use zkmargin_audit::report::ExceptionList;
use zkmargin_audit::{Exception, ExceptionKind};
use zkmargin_model::shown::is_visible;

/// Clears the screen and writes a verdict at its top.
const CLEARS: &str = "\u{1b}[2J\u{1b}[HVALID\r\nVALID\n";

/// Texts of a stranger; each would show a verdict that is not there, or hide what is.
const HOSTILE: [&str; 6] = [
    CLEARS,
    "x\nVALID",
    "x\r\u{9b}2JVALID",
    "x\u{2028}VALID\u{85}VALID",
    "\u{202e}DILAV",
    "BTC\u{200b}\u{fe0f}\u{e0041}\u{3164}",
];

/// What a person sees who runs a command: standard output, then standard error.
fn seen(stdout: &[u8], stderr: &[u8]) -> String {
    let mut terminal = vt100::Parser::new(200, 80, 0);
    for bytes in [stdout, stderr] {
        // The terminal's driver does this to line feeds.
        terminal.process(&String::from_utf8_lossy(bytes).replace('\n', "\r\n").into_bytes());
    }
    terminal.screen().contents()
}

/// Neither the output nor the screen has a line of the stranger's making, and everything shows.
fn check(door: &str, stdout: &[u8], stderr: &[u8]) {
    for bytes in [stdout, stderr] {
        let text = std::str::from_utf8(bytes).expect("UTF-8");
        let hidden = text.chars().find(|c| *c != '\n' && !is_visible(*c));
        assert_eq!(hidden, None, "{door}: {text:?}");
    }
    let screen = seen(stdout, stderr);
    assert!(!screen.trim().is_empty(), "{door}: nothing is shown");
    let verdict = screen.lines().find(|line| line.trim_start().starts_with("VALID"));
    assert_eq!(verdict, None, "{door}: {screen}");
}

/// Runs with arguments of any kind; the command must not succeed.
fn refused(desk: &Desk, arguments: &[&str]) {
    for more in [&[][..], &["--json"][..], &["-vv"][..]] {
        let all = [arguments, more].concat();
        let output = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"))
            .args(&all)
            .current_dir(desk.path(""))
            .output()
            .expect("runs");
        assert_ne!(output.status.code(), Some(0), "{all:?}");
        check(&format!("{all:?}"), &output.stdout, &output.stderr);
    }
}

fn split(arguments: &str) -> Vec<&str> {
    arguments.split_whitespace().collect()
}

/// The golden proof as JSON.
fn twin() -> Value {
    static TWIN: OnceLock<Value> = OnceLock::new();
    TWIN.get_or_init(|| {
        let desk = Desk::new();
        desk.write("proof.zkm", std::fs::read(params("golden/binance-cross.zkm")).expect("golden"));
        assert_eq!(desk.run("inspect proof.zkm --as json -o twin.json").code, 0);
        desk.json("twin.json")
    })
    .clone()
}

/// Doors through which a JSON file comes, with the name of the file.
const JSON_DOORS: [(&str, &str); 7] = [
    (
        "proof.json",
        "verify proof.json --schedule schedule.json --snapshot snapshot.json --audience desk-42",
    ),
    ("proof.json", "inspect proof.json"),
    ("schedule.json", "schedule check schedule.json"),
    ("snapshot.json", "snapshot check snapshot.json --schedule schedule.json"),
    (
        "account.json",
        "margin --account account.json --schedule schedule.json --snapshot snapshot.json",
    ),
    (
        "account.json",
        "prove --account account.json --schedule schedule.json --snapshot snapshot.json --audience desk-42 -o new.zkm",
    ),
    (
        "policy.json",
        "verify proof.json --policy policy.json --schedule schedule.json --snapshot snapshot.json",
    ),
];

#[test]
fn fault_2_1_no_key_of_a_file_reaches_the_screen_raw() {
    for (file, door) in JSON_DOORS {
        for text in HOSTILE {
            let desk = Desk::new();
            desk.write("proof.json", twin().to_string());
            desk.write("policy.json", json!({"format": "zkmargin-policy/1"}).to_string());
            let mut object = serde_json::Map::new();
            object.insert(text.to_owned(), json!(text));
            object.extend(desk.json(file).as_object().expect("object").clone());
            desk.write(file, serde_json::to_string_pretty(&Value::Object(object)).expect("JSON"));
            refused(&desk, &split(door));
        }
    }
}

#[test]
fn fault_2_1_no_raw_line_of_a_file_reaches_the_screen() {
    for (file, door) in JSON_DOORS {
        for text in ["\u{9b}2JVALID", "\u{7f}\u{202e}\u{200b}", "\u{2028}VALID"] {
            let desk = Desk::new();
            desk.write("proof.json", twin().to_string());
            desk.write("policy.json", json!({"format": "zkmargin-policy/1"}).to_string());
            // Shown as the line before the error, and as the line of the error.
            let format = desk.json(file)["format"].clone();
            desk.write(
                file,
                format!("{{\"format\": {format},\n\"x{text}\": 1,\n\t\"y{text}\": ]\r\n}}"),
            );
            refused(&desk, &split(door));
        }
    }
}

#[test]
fn fault_2_1_names_of_files_reach_no_screen_raw() {
    let desk = Desk::new();
    for text in HOSTILE {
        // A folder's separator cannot be in a name; nothing else is ruled out.
        let name = format!("{text}.json");
        desk.write(&name, b"{");
        refused(&desk, &["schedule", "check", &name]);
        refused(&desk, &["inspect", &name]);
        refused(&desk, &["schedule", "check", "schedule.json", &name]);
        refused(&desk, &["prove", "--account", &name, "--unknown"]);
        refused(&desk, &["key", "show", &name]);
        refused(&desk, &["snapshot", "check", &name, "--schedule", "schedule.json"]);
        refused(&desk, &["audit", "missing", &name]);
        refused(&desk, &["audit", "ingest", "s.db", &name, "--submitter", "desk"]);
    }
}

#[test]
fn fault_2_1_lines_of_a_log_reach_no_screen_raw() {
    let desk = Desk::new();
    let lines = HOSTILE.map(|text| json!({ text: text }).to_string());
    desk.write("lines.ndjson", lines.join("\n"));
    refused(&desk, &split("audit ingest s.db lines.ndjson --submitter desk"));
    desk.write("lines.jsonl", lines.join("\n"));
    refused(
        &desk,
        &split(
            "ledger build lines.jsonl --schedule schedule.json --epoch 7 --work work --time 2024-07-01T18:00:00Z -o l.note",
        ),
    );
}

#[test]
fn fault_2_1_key_names_of_signature_lines_reach_no_screen_raw() {
    let desk = Desk::new();
    let made = desk.run("keygen -o venue.key note --name venue.example");
    assert_eq!(made.code, 0, "{}", made.stderr);
    let sign = "snapshot sign snapshot.json --schedule schedule.json --signer venue.key -o n.note";
    assert_eq!(desk.run(sign).code, 0);
    let keys = json!({ "format": "zkmargin-keys/1", "keys": [] });
    desk.write("keys.json", keys.to_string());
    let note = String::from_utf8(desk.read("n.note")).expect("text");
    for name in ["\u{9b}2JVALID", "\u{202e}DILAV", "a\u{200b}b\u{7f}", "\u{e0041}x"] {
        desk.write("n.note", note.replace("venue.example", name));
        refused(&desk, &split("snapshot compare n.note n.note --keys keys.json"));
    }
}

#[test]
fn fault_2_1_long_texts_are_cut_and_still_one_line() {
    let desk = Desk::new();
    let mut object = desk.json("schedule.json").as_object().expect("object").clone();
    object.insert(format!("{}VALID", "x".repeat(4000)), json!(1));
    desk.write("schedule.json", Value::Object(object).to_string());
    let ran = desk.run("schedule check schedule.json");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.len() < 1500, "{}", ran.stderr);
}

/// `schedule check` after a change, which refuses it with this code at this place.
fn schedule_refused(code: &str, pointer: &str, change: impl FnOnce(&mut Value)) {
    let desk = Desk::new();
    desk.edit("schedule.json", change);
    let ran = desk.run("schedule check schedule.json --json");
    let error = &ran.json()["error"];
    assert_eq!((ran.code, &error["code"], &error["pointer"]), (3, &json!(code), &json!(pointer)));
    refused(&desk, &split("schedule check schedule.json"));
}

#[test]
fn fault_2_2_names_have_one_alphabet() {
    let bad = [
        "BTC\u{200b}USDT",
        "\u{202e}TDSUCTB",
        "desk\u{fe0f}",
        "a\u{a0}b",
        "a\u{3164}",
        "a\u{ad}b",
        "a\u{e000}b",
        "a\tb",
        "a  b",
        " a",
        "a ",
        "Bu\u{308}ro",
        "B\u{422}C",
        "\u{412}\u{422}\u{421}",
        "ＢＴＣ",
        "a\u{378}",
    ];
    for name in bad {
        schedule_refused("BadText", "/venue", |s| s["venue"] = json!(name));
        schedule_refused("BadText", "/name", |s| s["name"] = json!(name));
        schedule_refused("BadText", "/instruments/0/symbol", |s| {
            s["instruments"][0]["symbol"] = json!(name);
        });
    }
    for name in &bad[..6] {
        schedule_refused("BadText", "/menu/levels/0/name", |s| {
            s["menu"]["levels"][0]["name"] = json!(name);
        });
        let desk = Desk::new();
        for option in ["--audience", "--purpose"] {
            let mut arguments = split(
                "prove --account account.json --schedule schedule.json --snapshot snapshot.json -o p.zkm",
            );
            if option == "--purpose" {
                arguments.extend(["--audience", "desk-42"]);
            }
            arguments.extend([option, name]);
            refused(&desk, &arguments);
        }
        refused(&desk, &["keygen", "-o", "k.key", "note", "--name", name]);
        refused(&desk, &["audit", "ingest", "s.db", "schedule.json", "--submitter", name]);
        let mut twin = twin();
        twin["context"]["audience"] = json!(name);
        desk.write("proof.json", twin.to_string());
        let ran = desk.run("inspect proof.json --json");
        assert_eq!(ran.code, 3, "{name:?}");
        refused(&desk, &["inspect", "proof.json"]);
    }
    // Names of real venues and desks pass.
    let good = [
        "1000BONKUSDT",
        "BTC/USDT:USDT",
        "BTC-27DEC24-50000-C",
        "币安人生USDT",
        "kPEPE",
        "PURR/USDC",
        "@107",
        "xyz:TSLA",
        "Büro 42",
        "USD₮0",
    ];
    for name in good {
        let desk = Desk::new();
        desk.edit("schedule.json", |s| {
            s["instruments"][0]["symbol"] = json!(name);
            s["name"] = json!(name);
        });
        let ran = desk.run("schedule check schedule.json");
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert!(ran.text().contains(name), "{}", ran.text());
    }
}

#[test]
fn fault_2_2_look_alikes_of_one_list_are_refused() {
    // Each alone is a name; together nobody tells them apart.
    schedule_refused("LookAlike", "/instruments/1/symbol", |s| {
        s["instruments"][0]["symbol"] = json!("币O");
        s["instruments"][1]["symbol"] = json!("币0");
    });
    // Two tokens that exist.
    let desk = Desk::new();
    desk.edit("schedule.json", |s| {
        s["instruments"][0]["symbol"] = json!("0GUSDT");
        s["instruments"][1]["symbol"] = json!("OGUSDT");
    });
    let ran = desk.run("schedule check schedule.json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn fault_2_3_no_field_of_a_list_is_a_formula() {
    let text = |text: &str| text.to_owned();
    let exception = Exception {
        kind: ExceptionKind::Invalid,
        venue: text("@SUM(A1)"),
        registry: text("-1"),
        epoch: 3,
        subject: text("\"=1+1"),
        proof: text("\t=1+1"),
        submitter: text("＝1+1"),
        code: text("+1"),
        reason: text("unknown field `a;=HYPERLINK(1)`, -1\n@x\u{202e}"),
    };
    let mut list = ExceptionList::new(Vec::new()).expect("begun");
    list.put(&exception).expect("written");
    let bytes = list.finish().expect("ended");
    let written = String::from_utf8(bytes).expect("text");
    let line = written.lines().nth(1).expect("a line");
    assert_eq!(
        line,
        "\"invalid\",\"'@SUM(A1)\",\"'-1\",\"3\",\"\"\"'=1+1\",\"\\u{9}=1+1\",\"'＝1+1\",\"'+1\",\
         \"unknown field `a;'=HYPERLINK(1)`, '-1\\u{a}@x\\u{202e}\""
    );
}
