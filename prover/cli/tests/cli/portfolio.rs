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

/// What a change of a schedule does to an account is what `margin` says under each.
#[test]
fn a_changed_schedule_changes_an_account() {
    let desk = crate::support::Desk::new();
    for kind in ["account", "schedule", "snapshot"] {
        let path = crate::support::params(&format!("venues/{DERIVE}.{kind}.json"));
        desk.write(&format!("{kind}.json"), std::fs::read(path).expect("the example"));
    }
    desk.write("new.json", desk.read("schedule.json"));
    desk.edit("new.json", |new| new["requirements"]["maintenance"]["factor"] = "0.9".into());
    let command =
        "schedule diff schedule.json new.json --account account.json --snapshot snapshot.json";
    let ran = desk.run(&format!("{command} --json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let result = &ran.json()["result"];
    assert_eq!(result["changes"].as_array().map(Vec::len), Some(1));
    let digest = result["new"].clone();
    desk.write("later.json", desk.read("snapshot.json"));
    desk.edit("later.json", |later| later["schedule"] = digest);
    let margin = |files: &str| {
        let ran = desk.run(&format!("margin --account account.json {files} --json"));
        ran.json()["result"]["requirements"].clone()
    };
    let old = margin("--schedule schedule.json --snapshot snapshot.json");
    let new = margin("--schedule new.json --snapshot later.json");
    assert_ne!(old["maintenance"], new["maintenance"]);
    for (at, requirement) in ["maintenance", "initial"].into_iter().enumerate() {
        let book = &result["effect"]["books"][at];
        assert_eq!(book["book"], format!("{requirement} margin"));
        for (figure, of) in [("equity", "equity"), ("requirement", "required"), ("ratio", "ratio")]
        {
            let sides = [&old, &new].map(|side| side[requirement][of].clone());
            assert_eq!(book[figure], serde_json::json!(sides), "{requirement} {figure}");
        }
    }
    // Positions lose what they did; the factor is of the unit.
    let positions = result["effect"]["positions"].as_array().expect("a list");
    assert_eq!(positions.len(), 14);
    assert!(positions.iter().all(|p| p["old"] == p["new"]), "{positions:?}");
    let text = desk.run(command).text();
    assert!(text.contains("ratio of maintenance margin"), "{text}");

    // The later schedule lists another contract, which these figures do not have.
    desk.edit("new.json", |new| {
        let instruments = new["instruments"].as_array_mut().expect("a list");
        let mut listed = instruments.last().expect("an option").clone();
        (listed["symbol"], listed["strike"]) = ("LOW".into(), "900".into());
        instruments.push(listed);
    });
    let ran = desk.run(&format!("{command} --json"));
    assert_eq!((ran.code, ran.json()["error"]["code"].clone()), (3, "MissingPrice".into()));
    desk.edit("later.json", |later| {
        let instruments = later["instruments"].as_array_mut().expect("a list");
        let mut listed = instruments.last().expect("an option").clone();
        listed["instrument"] = "LOW".into();
        instruments.push(listed);
        later["indices"][0]["price"] = "2700".into();
    });
    let ran = desk.run(&format!("{command} --new-snapshot later.json --json"));
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let price = serde_json::json!({
        "part": "price", "symbol": "SPOT", "what": "price", "old": "2681.6029850999994", "new": "2700",
    });
    let prices = ran.json()["result"]["prices"].clone();
    assert!(prices.as_array().expect("a list").contains(&price), "{prices}");
}

/// Runs a command on files of a folder.
fn on_files(command: &str, folder: &std::path::Path, more: &[&str]) -> (i32, Value) {
    let mut run = Command::new(assert_cmd::cargo::cargo_bin!("zkmargin"));
    run.arg(command).arg("--json");
    for kind in ["account", "schedule", "snapshot"] {
        run.arg(format!("--{kind}")).arg(folder.join(format!("{kind}.json")));
    }
    let output = run.args(more).output().expect("the command runs");
    let value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    (output.status.code().expect("an exit code"), value)
}

/// The files of an example in a folder, with changes of its account and snapshot.
fn copied(example: &str, change: impl Fn(&mut Value, &mut Value)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |kind: &str| {
        let path = format!("{}/../../params/venues/{example}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(format!("{path}.{kind}.json")).expect("an example")
    };
    let [mut account, mut snapshot] =
        ["account", "snapshot"].map(|kind| serde_json::from_slice(&read(kind)).expect("JSON"));
    change(&mut account, &mut snapshot);
    let write = |name: &str, bytes: Vec<u8>| {
        std::fs::write(folder.path().join(name), bytes).expect("a file");
    };
    write("schedule.json", read("schedule"));
    write("account.json", account.to_string().into_bytes());
    write("snapshot.json", snapshot.to_string().into_bytes());
    folder
}

/// `what-if` is `margin` on files that were changed by hand.
#[test]
fn what_if_is_margin_on_the_changed_files() {
    let before = copied(DERIVE, |_, _| {});
    let options = ["--trade", "SPOT-ETH=0.4@2700", "--trade", "20250110T044732Z-4000-P=-0.01@1300"];
    let more = ["--deposit", "USDC=-100.5", "--price", "SPOT-BTC=90000", "--index", "USDC=2"];
    let (code, what_if) = on_files("what-if", before.path(), &[&options[..], &more].concat());
    assert_eq!(code, 0, "{what_if}");
    let after = copied(DERIVE, |account, snapshot| {
        // 0.4 at 2700; the put is sold for 13, and has no entry value.
        account["positions"][0]["size"] = "0.5".into();
        account["positions"][0]["entry_value"] = "1080".into();
        account["positions"].as_array_mut().expect("a list").remove(4);
        account["balances"][0]["balance"] = "-87.5".into();
        snapshot["instruments"][1]["value"] = "90000".into();
        snapshot["assets"][0]["index"] = "2".into();
    });
    let (code, margin) = on_files("margin", after.path(), &[]);
    assert_eq!(code, 0);
    assert_eq!(what_if["result"]["after"]["requirements"], margin["result"]["requirements"]);
    let (_, margin) = on_files("margin", before.path(), &[]);
    assert_eq!(what_if["result"]["before"]["requirements"], margin["result"]["requirements"]);
}

/// A cure that is applied meets the claim; one unit less does not.
#[test]
fn a_cure_of_a_portfolio_account_is_exact() {
    let short = copied(DERIVE, |account, _| account["balances"][0]["balance"] = "-5000".into());
    let (code, of) = on_files("what-if", short.path(), &[]);
    assert_eq!(code, 1);
    let cures = of["result"]["cures"].as_array().expect("cures");
    let deposit = cures[0]["amount"].as_str().expect("an amount");
    // 3032.9231642854895.. less 7997.97398540586 and 5000, to nine digits, up.
    assert_eq!(deposit, "34.94917888");
    for (amount, met) in [(deposit, 0), ("34.949178879", 1)] {
        let (code, _) =
            on_files("what-if", short.path(), &["--deposit", &format!("USDC={amount}")]);
        assert_eq!(code, met);
    }
    let reduced = cures.iter().filter(|c| c["kind"] == "reduction" && c["amount"].is_string());
    let mut tried = 0;
    for cure in reduced {
        let (symbol, amount) = (cure["instrument"].as_str(), cure["amount"].as_str());
        let sign = if cure["side"] == "long" { "-" } else { "" };
        let trade = format!("{}={sign}{}", symbol.expect("a name"), amount.expect("a size"));
        let (code, of) = on_files("what-if", short.path(), &["--trade", &trade]);
        assert_eq!((code, &of["result"]["after"]["claim_met"]), (0, &true.into()), "{trade}");
        tried += 1;
    }
    assert!(tried > 0, "{cures:?}");
}

/// Where loadings are published, no price is moved, and the reason is said.
#[test]
fn published_loadings_have_no_other_price() {
    let folder = copied(SPAN, |_, _| {});
    for (command, more) in [("liquidation", &[][..]), ("what-if", &["--index", "TRY=2"][..])] {
        let (code, of) = on_files(command, folder.path(), more);
        assert_eq!((code, of["error"]["code"].as_str()), (3, Some("NotSearched")), "{of}");
        let message = of["error"]["message"].as_str().expect("words");
        assert!(message.contains("publishes"), "{message}");
    }
    let (code, of) = on_files("what-if", folder.path(), &["--deposit", "TRY=1"]);
    assert!(code < 2 && of["result"]["after"]["claim_met"].is_boolean(), "{of}");
}
