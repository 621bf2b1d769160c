//! Portfolio accounts: exit codes, members of the JSON form, plots.

use serde_json::Value;
use std::process::{Command, Output};

/// Runs `margin` on an example of a venue.
fn margin(example: &str, more: &[&str]) -> Output {
    let file = |kind: &str| {
        format!("{}/../../params/venues/{example}.{kind}.json", env!("CARGO_MANIFEST_DIR"))
    };
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"));
    command.arg("margin");
    for kind in ["account", "schedule", "snapshot"] {
        command.arg(format!("--{kind}")).arg(file(kind));
    }
    command.args(more).output().expect("the command runs")
}

fn json(example: &str, more: &[&str]) -> (i32, Value) {
    let output = margin(example, &[&["--json"], more].concat());
    let value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    (output.status.code().expect("an exit code"), value)
}

const DERIVE: &str = "derive/examples/options";
const SPAN: &str = "takasbank/examples/commodity";

#[test]
fn both_requirements_in_json() {
    let (code, of) = json(DERIVE, &["--claim", "initial", "--stress", "tails"]);
    assert_eq!(code, 0);
    let result = &of["result"];
    assert_eq!(result["account"], "portfolio");
    assert_eq!(result["claim_met"], true);
    assert_eq!(result["stress"]["keeps"], true);
    for requirement in ["maintenance", "initial"] {
        let of = &result["requirements"][requirement];
        assert_eq!(of["units"][0]["scenarios"].as_array().map(Vec::len), Some(31));
        assert_eq!(of["positions"].as_array().map(Vec::len), Some(7));
        assert_eq!(of["is_met"], true);
    }
}

#[test]
fn plots_are_written_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("loss.svg");
    let path = path.to_str().expect("a name");
    assert_eq!(margin(SPAN, &["--plot", path]).status.code(), Some(0));
    let svg = std::fs::read_to_string(path).expect("the plot");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
    // One bar for each scenario on one background.
    assert_eq!(svg.matches("<rect").count(), 17);
    assert_eq!(json(SPAN, &["--plot", path]).1["error"]["code"], "FileExists");
    let streamed = margin(SPAN, &["--plot", "-"]);
    assert_eq!(String::from_utf8_lossy(&streamed.stdout), svg);
}

#[test]
fn linear_accounts_are_plotted_by_book() {
    let folder = tempfile::tempdir().expect("a folder");
    for (example, charts, lines) in
        [("binance/examples/cross", 1, 6), ("binance/examples/single-asset", 2, 3 + 2)]
    {
        let path = folder.path().join(example.replace('/', "-"));
        let path = path.to_str().expect("a name");
        assert_eq!(margin(example, &["--plot", path]).status.code(), Some(0), "{example}");
        let svg = std::fs::read_to_string(path).expect("the plot");
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");
        assert_eq!(svg.matches("Buffer of the ").count(), charts, "{example}");
        // A line of 41 points for all marks and one for each instrument.
        let points = svg.lines().filter(|line| line.contains("<polyline"));
        let curves = points.filter(|line| line.matches(',').count() > 30).count();
        assert_eq!(curves, lines, "{example}");
    }
}

/// Runs the command in a folder.
fn run(folder: &std::path::Path, arguments: &str) -> (i32, Value) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"));
    command.current_dir(folder).arg("--json").args(arguments.split_whitespace());
    let output = command.output().expect("the command runs");
    let value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{arguments}: {error}: {}", String::from_utf8_lossy(&output.stderr))
    });
    (output.status.code().expect("an exit code"), value)
}

/// From file to verdict: a stress, which has the smallest circuit; other claims are in `prover/tests/prover/portfolio.rs`.
#[test]
fn from_file_to_verdict() {
    let folder = tempfile::tempdir().expect("a folder");
    for kind in ["account", "schedule", "snapshot"] {
        let file =
            format!("{}/../../params/venues/{DERIVE}.{kind}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(file, folder.path().join(format!("{kind}.json"))).expect("copied");
    }
    let run = |arguments: &str| run(folder.path(), arguments);
    let ok = |arguments: &str| {
        let (code, of) = run(arguments);
        assert_eq!(code, 0, "{arguments}: {of}");
        of
    };
    const MARKET: &str = "--schedule schedule.json --snapshot snapshot.json";
    let committed =
        ok("commit --account account.json --schedule schedule.json --fresh -o mine.json");
    let commitment = committed["result"]["commitment"].as_str().expect("text").to_owned();
    ok(&format!("prove --account mine.json {MARKET} --audience desk --stress tails -o proof.zkm"));
    let shown = ok("inspect proof.zkm");
    assert_eq!(shown["result"]["account"], "portfolio");
    assert_eq!(shown["result"]["claim"]["requirement"], "stress:tails");
    let market = ok("snapshot check snapshot.json --schedule schedule.json");
    let market = market["result"]["market"].as_str().expect("text").to_owned();
    let verify = |more: &str| {
        run(&format!(
            "verify proof.zkm {MARKET} --audience desk --commitment {commitment} --pin-market {market} {more}"
        ))
    };
    let (code, verdict) = verify("--stress tails");
    assert_eq!((code, &verdict["verdict"]), (0, &"VALID".into()), "{verdict}");
    assert_eq!(verdict["result"]["rules"]["account"], "portfolio");
    let (code, verdict) = verify("");
    assert_eq!((code, &verdict["error"]["code"]), (4, &"PolicyRequirement".into()), "{verdict}");
    // What belongs to linear accounts.
    let refused = |more: &str| {
        let (code, of) =
            run(&format!("prove --account mine.json {MARKET} --audience desk {more} -o none.zkm"));
        (code, of["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(refused("--cross-alone"), (2, "Usage".to_owned()));
    assert_eq!(refused("--shape M"), (3, "ShapeOfAnother".to_owned()));
    assert_eq!(refused("--shape P16"), (3, "ShapeTooLarge".to_owned()));
    assert_eq!(refused("--claim 12000"), (3, "OffMenu".to_owned()));
    // A ledger of portfolio accounts, and its opening checked by the holder.
    ok("keygen -o holder.json holder");
    ok("keygen -o venue.key note --name derive/venue");
    let holder = ok("key show holder.json --schedule schedule.json");
    let account = std::fs::read(folder.path().join("account.json")).expect("account");
    let mut account: Value = serde_json::from_slice(&account).expect("JSON");
    account["holder_key"] = holder["result"]["holder_key"].clone();
    std::fs::write(folder.path().join("accounts.ndjson"), format!("{account}\n")).expect("written");
    ok(
        "ledger build accounts.ndjson --schedule schedule.json --epoch 1 --time 2025-01-01T00:00:00Z --work work --openings openings --signer venue.key -o ledger.note",
    );
    let venue = ok("key show venue.key");
    let keys = serde_json::json!({
        "format": "zkmargin-keys/1",
        "keys": [{
            "name": "derive/venue",
            "key": venue["result"]["verifier_key"],
            "role": "venue",
            "venue": "derive",
            "valid_from": "2024-01-01T00:00:00Z",
            "valid_until": "2100-01-01T00:00:00Z",
        }],
    });
    std::fs::write(folder.path().join("keys.json"), keys.to_string()).expect("written");
    let opened = ok(
        "ledger verify openings/0.json --account account.json --schedule schedule.json --holder holder.json --checkpoint ledger.note --keys keys.json",
    );
    assert_eq!(opened["verdict"], "VALID");
}

/// A listing and an expiry between two schedules of one registry, and a contract that becomes another one.
#[test]
fn schedules_continue_earlier_ones() {
    let desk = crate::support::Desk::new();
    let path = crate::support::params(&format!("venues/{DERIVE}.schedule.json"));
    desk.write("old.json", std::fs::read(path).expect("the example"));
    desk.write("new.json", desk.read("old.json"));
    desk.edit("new.json", |schedule| {
        let instruments = schedule["instruments"].as_array_mut().expect("a list");
        let mut listed = instruments.iter().find(|i| i["kind"] == "call").expect("a call").clone();
        (listed["symbol"], listed["strike"]) = ("LOW".into(), "900".into());
        let last = instruments.last().expect("an option")["group"].clone();
        instruments.retain(|i| i["group"] != last);
        instruments.push(listed);
        schedule["groups"].as_array_mut().expect("a list").retain(|g| g["name"] != last);
    });
    let ran = desk.run("schedule lint new.json --previous old.json --json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let result = &ran.json()["result"];
    assert_eq!(result["changes"]["listed"], serde_json::json!(["\"LOW\""]));
    assert_eq!(result["changes"]["delisted"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        desk.run("schedule lint old.json --json").json()["result"]["registry"],
        result["registry"]
    );
    let ran = desk.run("schedule diff old.json new.json --json");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let changes = ran.json()["result"]["changes"].as_array().expect("a list").clone();
    let of: Vec<_> = changes.iter().map(|c| (c["part"].clone(), c["symbol"].clone())).collect();
    assert!(of.contains(&("listing".into(), "LOW".into())), "{of:?}");
    desk.edit("new.json", |schedule| schedule["instruments"][0]["symbol"] = "OTHER".into());
    let code = |command: &str| desk.run(command).json()["error"]["code"].clone();
    assert_eq!(code("schedule lint new.json --previous old.json --json"), "ReusedId");
    assert_eq!(code("schedule diff old.json new.json --json"), "TwoMeanings");
}
