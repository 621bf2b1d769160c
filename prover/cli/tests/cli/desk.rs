//! What a desk watches and compares: `watch`, `reconcile`, `schedule diff`.

use crate::support::{Desk, Ran};
use serde_json::{Value, json};
use std::time::Instant;
use zkmargin_params::venues::{STATING, STATING_PORTFOLIO};

const WATCHED: &str = "--account account.json --schedule schedule.json";

/// The example's snapshot with this number and BTC at this mark, on one line.
fn snapshot(desk: &Desk, number: u64, mark: &str) -> String {
    let mut snapshot = desk.json("snapshot.json");
    snapshot["sequence"] = json!(number);
    let list = snapshot["instruments"].as_array_mut().expect("a list");
    list.iter_mut().find(|i| i["instrument"] == "BTCUSDT").expect("BTC")["mark"] = json!(mark);
    format!("{snapshot}\n")
}

fn lines(ran: &Ran) -> Vec<Value> {
    ran.text().lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

/// Falls below a ratio of 58, stays there, comes back, falls again.
fn marks(desk: &Desk) -> String {
    let all = [(1, "63000"), (2, "60000"), (3, "59999"), (4, "63000"), (5, "60000")];
    all.iter().map(|(number, mark)| snapshot(desk, *number, mark)).collect()
}

#[test]
fn a_command_runs_once_for_each_crossing() {
    let desk = Desk::new();
    let stream = marks(&desk);
    let said = "watch - --account account.json --schedule schedule.json";
    let ran = desk.run_with(said, stream.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ratios: Vec<f64> = lines(&ran)
        .iter()
        .map(|line| line["ratio"].as_str().expect("text").parse().expect("a number"))
        .collect();
    assert_eq!(ratios.len(), 5);
    // A bound between the two ratios.
    let bound = format!("{:.4}", (ratios[0] + ratios[1]) / 2.0);
    let is_lower = ratios[1] < ratios[0];
    // One argument has a space and a dollar sign, which no shell looks at; the script has its own.
    let script = "printf '%s|%s|%s|%s|%s\\n' \"$1\" \"$ZKMARGIN_THRESHOLD\" \"$ZKMARGIN_TO\" \"$ZKMARGIN_SEQUENCE\" \"$ZKMARGIN_RATIO\" >> crossed.txt";
    desk.write("note.sh", script);
    let watch = format!(
        "watch - {WATCHED} --ratio-below {bound} --prometheus out.prom --exec sh note.sh $HOME ;"
    );
    let ran = desk.run_with(&watch, stream.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let crossed: Vec<usize> =
        lines(&ran).iter().map(|line| line["crossed"].as_array().map_or(0, Vec::len)).collect();
    // Nothing is above its bound before the first snapshot but by agreement.
    let expected = if is_lower { [0, 1, 0, 1, 1] } else { [1, 1, 0, 1, 1] };
    assert_eq!(crossed, expected);
    let mut notes: Vec<String> = String::from_utf8(desk.read("crossed.txt"))
        .expect("text")
        .lines()
        .map(str::to_owned)
        .collect();
    // Commands of different crossings can end in any order.
    notes.sort_by_key(|note| note.split('|').nth(3).map(str::to_owned));
    assert_eq!(notes.len(), crossed.iter().sum::<usize>());
    let last = notes.last().expect("a note");
    let to = if is_lower { "below" } else { "above" };
    assert!(last.starts_with(&format!("$HOME|ratio|{to}|5|")), "{last}");
    let gauges = String::from_utf8(desk.read("out.prom")).expect("text");
    let ratio = gauges.lines().find(|line| line.starts_with("zkmargin_ratio{")).expect("a gauge");
    assert!(ratio.contains("venue=\"binance\",book=\"cross\",currency=\"USD\"}"), "{ratio}");
    assert!(ratio.ends_with(lines(&ran)[4]["ratio"].as_str().expect("text")), "{ratio}");
}

/// Ten snapshots a second of the venue's whole market, with an account of as many positions as the middle shape holds, and
/// liquidation prices of all of them.
#[test]
#[ignore = "the time is that of the machine"]
fn watch_keeps_up() {
    const SNAPSHOTS: u64 = 50;
    let desk = Desk::new();
    let kept =
        |name: &str| std::fs::read(crate::support::params(&format!("venues/binance/{name}")));
    desk.write("schedule.json", kept("usdm.json").expect("schedule"));
    desk.write("snapshot.json", kept("examples/usdm.synthetic.snapshot.json").expect("prices"));
    let listed = desk.json("snapshot.json")["instruments"].as_array().expect("a list").clone();
    let held = listed.iter().take(64).enumerate().map(|(n, price)| {
        let size = if n % 2 == 0 { "2.5" } else { "-2.5" };
        let mark: f64 = price["mark"].as_str().expect("text").parse().expect("a number");
        let entry = if n % 2 == 0 { mark * 2.5 } else { mark * -2.5 };
        json!({ "instrument": price["instrument"], "size": size, "entry_value": format!("{entry:.8}") })
    });
    let held: Vec<_> = held.collect();
    desk.edit("account.json", |account| {
        account["balances"] = json!([{ "asset": "USDT", "balance": "2000000" }]);
        account["positions"] = json!(held);
    });
    let stream = |of: &Desk| -> String {
        (1..=SNAPSHOTS).map(|n| snapshot(of, n, &format!("{}", 60_000 + n))).collect()
    };
    let stream = stream(&desk);
    for options in [" --no-distance", ""] {
        let begun = Instant::now();
        let ran = desk.run_with(&format!("watch - {WATCHED}{options}"), stream.as_bytes());
        let took = begun.elapsed();
        assert_eq!((ran.code, lines(&ran).len()), (0, 50), "{}{}", ran.text(), ran.stderr);
        println!("{took:?} for {SNAPSHOTS} snapshots{options}");
    }
}

#[test]
fn what_cannot_be_used_is_a_line_and_not_the_end() {
    let desk = Desk::new();
    let good = snapshot(&desk, 7, "63000");
    let stream = format!("{good}{{\n\n{good}{}", snapshot(&desk, 8, "63001"));
    let ran = desk.run_with(&format!("watch - {WATCHED} --no-distance"), stream.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines = lines(&ran);
    let codes: Vec<_> = lines.iter().map(|line| line["error"]["code"].clone()).collect();
    assert_eq!(codes, [json!(null), json!("Snapshot"), json!("SnapshotOld"), json!(null)]);
    assert_eq!(lines[3]["liquidation"], Value::Null);
    // An account that falls short at the end.
    desk.edit("account.json", |a| a["balances"][0]["balance"] = json!("-98765.4321"));
    let ran = desk.run_with(&format!("watch - {WATCHED}"), good.as_bytes());
    assert_eq!((ran.code, &self::lines(&ran)[0]["met"]), (1, &json!(false)));
}

/// A snapshot of long ago is said to be old, one of the future is none, and a higher number at an earlier time is of no series.
#[test]
fn times_of_snapshots_are_compared() {
    let desk = Desk::new();
    let at = |number: u64, time: &str| {
        let mut snapshot: Value =
            serde_json::from_str(&snapshot(&desk, number, "63000")).expect("JSON");
        snapshot["time"] = json!(time);
        format!("{snapshot}\n")
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let now = zkmargin_params::format_utc(u64::try_from(now.as_millis()).expect("a time"));
    let stream = [
        at(7, "2024-07-01T18:01:40Z"),
        at(8, "2024-07-01T18:01:39.999Z"),
        at(9, "2098-01-01T00:00:00Z"),
        at(10, &now),
    ];
    let watch = format!("watch - {WATCHED} --no-distance --ratio-below 1");
    let ran = desk.run_with(&watch, stream.concat().as_bytes());
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let said = lines(&ran);
    let old: Vec<_> = said.iter().map(|line| line["old"].clone()).collect();
    assert_eq!(old, [json!(true), Value::Null, Value::Null, json!(false)]);
    let errors: Vec<_> = said.iter().filter_map(|line| line["error"].as_object()).collect();
    let expected = [
        ("SnapshotBack", "its number is after the last one's, and its time before that one's"),
        (
            "TimeFromFuture",
            "the snapshot is dated 2098-01-01T00:00:00Z, which is in the future; until then it is refused",
        ),
    ];
    assert_eq!(errors.len(), 2);
    for (error, (code, message)) in errors.iter().zip(expected) {
        assert_eq!((&error["code"], &error["message"]), (&json!(code), &json!(message)));
    }
    // Nothing is known of the account at either.
    assert_eq!(said[1]["crossed"][0]["to"], "unknown");
    assert_eq!(said[3]["crossed"][0]["to"], "above");
    let ran = desk.run_with(&watch, stream[..2].concat().as_bytes());
    assert_eq!(ran.code, 3, "{}{}", ran.text(), ran.stderr);
}

#[test]
fn a_folder_is_read_in_order_of_numbers() {
    let desk = Desk::new();
    for (name, number, mark) in [("z", 1, "63000"), ("b", 3, "63002"), ("a", 2, "63001")] {
        desk.write(&format!("marks/{name}.json"), snapshot(&desk, number, mark));
    }
    desk.write("marks/half.json", "{\"format\": ");
    desk.write("marks/notes.txt", "no snapshot");
    let ran = desk.run(&format!("watch marks {WATCHED} --once --interval 1"));
    // What is known of the account is not of the last snapshot.
    assert_eq!(ran.code, 3, "{}", ran.stderr);
    let lines = lines(&ran);
    let numbers: Vec<_> = lines.iter().filter_map(|line| line["sequence"].as_u64()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    // The one that never became whole.
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3]["error"]["code"], "Snapshot");
    for arguments in
        [format!("watch marks {WATCHED} --once --exec true"), format!("watch absent {WATCHED}")]
    {
        assert!([2, 5].contains(&desk.run(&arguments).code), "{arguments}");
    }
}

#[test]
fn a_comparison_is_signed_by_either_side() {
    let desk = Desk::new();
    let example = crate::support::params("venues/hyperliquid/examples/answers");
    let example = example.to_str().expect("a name");
    let ran = desk.run(&format!("reconcile --from hyperliquid {example} -o r.json --html r.html"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    let report = desk.json("r.json");
    assert_eq!(report["counts"]["unexplained"], 0);
    assert_eq!(report["venues"][0]["venue"], "hyperliquid");
    assert!(String::from_utf8(desk.read("r.html")).expect("text").starts_with("<!DOCTYPE html>"));
    for name in ["mine", "theirs"] {
        let key = format!("keygen -o {name}.key note --name {name}.example");
        assert_eq!(desk.run(&key).code, 0);
        let sign = format!(
            "reconcile sign r.json --name week --time 2025-01-02T00:00:00Z --signer {name}.key -o {name}.note"
        );
        let ran = desk.run(&sign);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let shown = desk.run(&format!("key show {name}.key --json")).json();
        let key = shown["result"]["verifier_key"].clone();
        let keys = json!({ "format": "zkmargin-keys/1", "keys": [{
            "name": format!("{name}.example"), "key": key, "role": "attester",
            "valid_from": "2024-01-01T00:00:00Z", "valid_until": "2099-01-01T00:00:00Z",
        }]});
        desk.write("keys.json", keys.to_string());
        let verify = format!("reconcile verify r.json --note {name}.note --keys keys.json");
        let ran = desk.run(&verify);
        assert_eq!(ran.code, 0, "{} {shown}", ran.stderr);
    }
    // Another report, and a note of a key that nobody trusts.
    desk.write("other.json", String::from_utf8(desk.read("r.json")).expect("text") + "\n");
    let ran = desk.run("reconcile verify other.json --note theirs.note --keys keys.json --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (4, &json!("ReportOther")));
    let ran = desk.run("reconcile verify r.json --note mine.note --keys keys.json --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (4, &json!("NoteUntrusted")));
    let ran = desk.run("reconcile sign account.json --name x --signer mine.key -o x.note --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("BadReport")));
}

/// One more than a decimal number.
fn one_more(number: &str) -> String {
    let (whole, rest) = number.split_once('.').expect("a fraction");
    format!("{}.{rest}", whole.parse::<u64>().expect("a number") + 1)
}

/// What `reconcile` writes of any venue can be signed, also of two accounts at one.
#[test]
fn the_report_of_every_example_is_signed() {
    let desk = Desk::new();
    assert_eq!(desk.run("keygen -o mine.key note --name mine.example").code, 0);
    let example = |venue: &str, file: &str| {
        let path = crate::support::params(&format!("venues/{}/examples", venue.replace('-', "_")));
        path.join(file).display().to_string()
    };
    let answers = |venue: &str| example(venue, "answers");
    let mut all: Vec<String> = STATING
        .iter()
        .map(|venue| format!("{} {} --accept-rule", venue.name, answers(venue.name)))
        .collect();
    all.push(format!("{} --also binance={}", all[0], answers("binance")));
    let rule = format!(
        "--schedule {} --snapshot {}",
        example("derive", "options.schedule.json"),
        example("derive", "options.snapshot.json")
    );
    all.extend(STATING_PORTFOLIO.iter().map(|v| format!("{} {} {rule}", v.name, answers(v.name))));
    for from in all {
        let ran = desk.run(&format!("reconcile --from {from} -o r.json --force"));
        assert!([0, 9].contains(&ran.code), "{from}: {}{}", ran.text(), ran.stderr);
        let ran = desk.run("reconcile sign r.json --name x --signer mine.key -o r.note --force");
        assert_eq!(ran.code, 0, "{from}: {}{}", ran.text(), ran.stderr);
    }
}

/// A report whose lines contradict themselves is neither signed nor verified, whatever its counts say.
#[test]
fn a_report_that_contradicts_itself_is_not_signed() {
    let desk = Desk::new();
    let example = crate::support::params("venues/hyperliquid/examples/answers");
    let example = example.to_str().expect("a name");
    let ran = desk.run(&format!("reconcile --from hyperliquid {example} -o r.json"));
    assert_eq!(ran.code, 0, "{}{}", ran.text(), ran.stderr);
    assert_eq!(desk.run("keygen -o mine.key note --name mine.example").code, 0);
    assert_eq!(desk.run("reconcile sign r.json --name x --signer mine.key -o r.note").code, 0);
    let report = desk.json("r.json");
    let figures = report["venues"][0]["figures"].as_array().expect("a list");
    let place = |outcome: &str| figures.iter().position(|f| f["outcome"] == outcome);
    let (equal, explained) = (place("equal").expect("one"), place("explained").expect("one"));
    let find = |fits: &dyn Fn(&Value) -> bool| figures.iter().position(fits).expect("one");
    let of_book = find(&|f| f["figure"] == "equity" && f["of"] == "cross book");
    let nonzero = find(&|f| f["own"].as_str().is_some_and(|own| own != "0"));
    type Change = Box<dyn Fn(&mut serde_json::Value)>;
    let of = move |at: usize, change: fn(&mut serde_json::Value)| -> Change {
        Box::new(move |report| change(&mut report["venues"][0]["figures"][at]))
    };
    let cases: [(Change, String); 12] = [
        (
            of(explained, |line| line["causes"][0]["code"] = json!("luck")),
            format!("/venues/0/figures/{explained}/causes/0/code: is the code of no cause"),
        ),
        (
            Box::new(|report| report["overview"]["books"][0]["venue"] = json!("another")),
            "/overview/books/0/venue: is the venue of no account of the report".to_owned(),
        ),
        (
            Box::new(|report| report["audited"] = json!(true)),
            "/audited: is a member that reports do not have".to_owned(),
        ),
        (
            of(equal, |line| line["own"] = json!("1234.5")),
            format!(
                "/venues/0/figures/{equal}/difference: is not the venue's figure less the rule's"
            ),
        ),
        (
            of(equal, |line| {
                line["own"] = json!("0");
                line["difference"] = line["venue"].clone();
            }),
            format!("/venues/0/figures/{equal}/outcome: is equal, and the two figures are not"),
        ),
        (
            of(explained, |line| line["causes"][0]["effect"] = json!("77")),
            format!(
                "/venues/0/figures/{explained}/causes: have effects that do not add up to the difference"
            ),
        ),
        (
            of(equal, |line| line["not_computed"] = json!("no price")),
            format!(
                "/venues/0/figures/{equal}/own: is a figure of the rule, and another member says why there is none"
            ),
        ),
        (
            Box::new(|report| report["overview"]["books"][0]["buffer"] = json!("1")),
            "/overview/books/0/buffer: is not equity less what is required".to_owned(),
        ),
        (
            Box::new(|report| {
                let overview = &mut report["overview"];
                for place in ["/books/0/equity", "/books/0/buffer", "/totals/0/equity"] {
                    let number = overview.pointer_mut(place).expect("a number");
                    *number = json!(one_more(number.as_str().expect("text")));
                }
                // 1183.312496 over 34.348153.
                overview["books"][0]["ratio"] = json!("34.4505");
            }),
            format!(
                "/venues/0/figures/{of_book}/own: is not that of the venue's books side by side"
            ),
        ),
        (
            Box::new(|report| {
                report["overview"] = json!({
                    "books": [], "not_computed": [], "most_conservative": null, "least_room": null,
                    "totals": [],
                });
            }),
            format!(
                "/venues/0/figures/{nonzero}/own: is a figure of the rule, and no book of its venue is there"
            ),
        ),
        (
            Box::new(|report| report["venues"][0]["schedule"]["digest"] = json!("00")),
            "/venues/0/schedule/digest: is not 64 hexadecimal digits in lower case".to_owned(),
        ),
        (
            Box::new(|report| report["venues"][0]["snapshot"]["time"] = json!("yesterday")),
            "/venues/0/snapshot/time: is not a UTC time as reports have it".to_owned(),
        ),
    ];
    let keys = json!({ "format": "zkmargin-keys/1", "keys": [] });
    desk.write("keys.json", keys.to_string());
    for (change, message) in cases {
        let mut changed = report.clone();
        change(&mut changed);
        desk.write("bad.json", changed.to_string());
        for command in [
            "reconcile sign bad.json --name x --signer mine.key -o x.note --json",
            "reconcile verify bad.json --note r.note --keys keys.json --json",
        ] {
            let ran = desk.run(command);
            let error = ran.json()["error"].clone();
            assert_eq!((ran.code, &error["code"]), (3, &json!("ReportContradicts")), "{error}");
            let told = error["message"].as_str().expect("text");
            assert_eq!(told, format!("the report contradicts itself: {message}"));
            assert!(error["help"].is_string(), "{error}");
        }
        assert!(!desk.path("x.note").exists());
    }
    // A member that is there twice is read by some as the one and by others as the other.
    let text = String::from_utf8(desk.read("r.json")).expect("text");
    desk.write("bad.json", text.replacen("\"counts\":", "\"counts\": {}, \"counts\":", 1));
    let ran = desk.run("reconcile sign bad.json --name x --signer mine.key -o x.note --json");
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (3, &json!("ReportContradicts")));
}

#[test]
fn a_difference_without_a_cause_has_its_exit_code() {
    let desk = Desk::new();
    let state = json!({ "assetPositions": [], "crossMarginSummary": {
        "accountValue": "12", "totalRawUsd": "10", "totalNtlPos": "0", "totalMarginUsed": "0",
    }});
    desk.write("state.json", state.to_string());
    let files = ["schedule", "snapshot"].map(|kind| {
        let name =
            crate::support::params(&format!("venues/hyperliquid/examples/cross.{kind}.json"));
        format!("--{kind} {}", name.display())
    });
    let ran =
        desk.run(&format!("reconcile --from hyperliquid state.json {} --json", files.join(" ")));
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (9, &json!("Unexplained")));
    let figure = &ran.json()["result"]["venues"][0]["figures"][0];
    assert_eq!((&figure["outcome"], &figure["difference"]), (&json!("unexplained"), &json!("2")));
}

/// Nothing compared is no all-clear.
#[test]
fn a_comparison_of_nothing_has_its_exit_code() {
    let desk = Desk::new();
    desk.write("account-answer.json", json!({ "assets": [], "positions": [] }).to_string());
    let files = ["schedule", "snapshot"].map(|kind| {
        let name = crate::support::params(&format!("venues/binance/examples/isolated.{kind}.json"));
        format!("--{kind} {}", name.display())
    });
    let of = format!("reconcile --from binance account-answer.json {} --json", files.join(" "));
    let ran = desk.run(&of);
    assert_eq!((ran.code, &ran.json()["error"]["code"]), (9, &json!("NotCompared")));
}

#[test]
fn changes_of_a_schedule_and_their_effect() {
    let desk = Desk::new();
    let mut changed = desk.json("schedule.json");
    changed["equality_is_healthy"] = json!(true);
    let tiers = changed["tiers"].as_array_mut().expect("tables");
    let btc = tiers.iter_mut().find(|t| t["name"] == "tiers-044").expect("a table");
    // Below 50,000 nothing changes; above, the rate is a half more.
    btc["rows"][1]["rate"] = json!("0.0075");
    btc["rows"][1]["amount"] = json!("-175");
    desk.write("changed.json", changed.to_string());
    let ran = desk.run(
        "schedule diff schedule.json changed.json --account account.json --snapshot snapshot.json --json",
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let result = &ran.json()["result"];
    let changes = result["changes"].as_array().expect("a list");
    let of: Vec<_> = changes.iter().map(|c| (&c["part"], &c["symbol"], &c["what"])).collect();
    assert!(of.contains(&(&json!("rule"), &json!(""), &json!("equality is healthy"))), "{of:?}");
    assert!(of.contains(&(&json!("tiers"), &json!("BTCUSDT"), &json!("row 2"))), "{of:?}");
    let positions = result["effect"]["positions"].as_array().expect("a list");
    let differs: Vec<_> = positions.iter().filter(|p| p["old"] != p["new"]).collect();
    // 1.5 BTC are above 50,000, and 0.4 are not.
    assert_eq!(differs.len(), 1, "{positions:?}");
    assert_eq!(differs[0]["position"], "BTCUSDT long");
    let ran = desk.run("schedule diff schedule.json schedule.json");
    assert!(ran.text().contains("Nothing changed."), "{}", ran.text());
}

/// Tiers by quantity have rates in the unit of their notional, which the notional itself has not: 8000 / 91506.6 BTC, of which
/// 1 % is required to the eighth digit upwards.
#[test]
fn a_notional_by_quantity_is_the_whole() {
    let desk = Desk::new();
    let files =
        [("schedule.json", "inverse-btc.json"), ("snapshot.json", "inverse-btc.snapshot.json")];
    for (name, file) in files {
        let bytes = std::fs::read(crate::support::params(&format!("venues/kraken/{file}")));
        desk.write(name, bytes.expect("a file of the venue"));
    }
    // A rate of the value at the mark, in a table by contracts.
    desk.edit_schedule(|schedule| {
        schedule["instruments"][0].as_object_mut().expect("object").remove("elements");
        schedule["tiers"][0]["rows"] =
            json!([{"from": "0", "below": "75000001", "rate": "0.01", "amount": "0"}]);
    });
    let account = json!({
        "format": "zkmargin-account/1", "venue": "kraken",
        "balances": [{"asset": "BTC", "balance": "0.5"}],
        "positions": [{"instrument": "PI_XBTUSD", "size": "8000", "entry_value": "-0.08"}],
    });
    desk.write("a.json", account.to_string());
    let ran = desk
        .run("margin --account a.json --schedule schedule.json --snapshot snapshot.json --json");
    let position = ran.json()["result"]["positions"][0].clone();
    assert_eq!(position["notional"], "0.087426", "{position}");
    assert_eq!(position["requirement"], "0.00087426");
}
