//! `schedule diff` of snapshots: whatever a figure follows from is a change of it, by its name.

use crate::support::{Desk, params};
use serde_json::{Value, json};

/// An example's schedule and snapshot.
fn desk(example: &str) -> Desk {
    let desk = Desk::new();
    for kind in ["schedule", "snapshot"] {
        let from = params(&format!("venues/{example}.{kind}.json"));
        desk.write(&format!("{kind}.json"), std::fs::read(from).expect("example"));
    }
    desk
}

/// The text about the snapshot and a changed one.
fn told(desk: &Desk, change: impl FnOnce(&mut Value)) -> String {
    desk.write("later.json", desk.read("snapshot.json"));
    desk.edit("later.json", change);
    let command = "schedule diff schedule.json schedule.json --snapshot snapshot.json --new-snapshot later.json";
    let ran = desk.run(command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.text()
}

#[test]
fn every_figure_of_a_snapshot_is_compared() {
    for (example, place, name) in [
        ("extended/examples/flow", "/instruments/0/funding_index", "funding index"),
        ("drift/examples/perpetual", "/assets/0/figures", "figures"),
        ("derive/examples/options", "/groups/0/rate", "rate"),
        ("derive/examples/options", "/groups/0/confidence", "confidence"),
        ("derive/examples/options", "/indices/0/confidence", "confidence"),
        ("takasbank/examples/commodity", "/instruments/0/loadings/2", "loadings"),
        ("paradex/examples/btc", "/instruments/1/value", "value"),
    ] {
        let desk = desk(example);
        let text = told(&desk, |later| {
            let figure = later.pointer_mut(place).expect(place);
            match figure.as_object_mut() {
                Some(figures) => figures.values_mut().for_each(|figure| *figure = json!("0.77")),
                None => *figure = json!("0.77"),
            }
        });
        assert!(!text.contains("Nothing changed"), "{example} {place}: {text}");
        let mut lines = text.lines().filter(|line| line.starts_with("price: "));
        let line = lines.next().unwrap_or_default();
        assert!(line.contains(name) && line.ends_with("-> 0.77"), "{example} {place}: {text}");
    }
}

/// The volatility of an option, which every loading follows from.
#[test]
fn volatilities_are_compared() {
    let desk = desk("derive/examples/options");
    let text = told(&desk, |later| {
        let all = later["instruments"].as_array_mut().expect("list");
        let option = all.iter_mut().find(|i| i.get("volatility").is_some()).expect("an option");
        option["volatility"] = json!("0.77");
    });
    assert!(text.contains("1 change:") && text.contains(" volatility: "), "{text}");
}

#[test]
fn requirement_indices_times_and_what_is_gone_are_compared() {
    let desk = desk("extended/examples/flow");
    desk.edit("snapshot.json", |s| s["assets"][0]["requirement_index"] = json!("1"));
    let symbol = desk.json("snapshot.json")["instruments"][0]["instrument"].clone();
    let symbol = symbol.as_str().expect("symbol").to_owned();
    let text = told(&desk, |later| {
        later["assets"][0]["requirement_index"] = json!("1.5");
        later["sequence"] = json!(999_999_999);
        later["instruments"].as_array_mut().expect("list").remove(0);
    });
    for part in [
        " requirement index: 1 -> 1.5",
        "snapshot: sequence: ",
        &format!("price: {symbol} mark: "),
        "-> removed",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

/// That nothing changed is said of equal files alone.
#[test]
fn what_is_no_figure_is_a_difference_of_the_files() {
    let desk = desk("extended/examples/flow");
    let text = told(&desk, |_| {});
    assert!(text.contains("Nothing changed."), "{text}");
    let text = told(&desk, |later| later["source"] = json!("elsewhere"));
    let words =
        "No change of a rule or a figure was found; the files differ in: source of the snapshot.";
    assert!(text.contains(words), "{text}");
    desk.write("other.json", desk.read("schedule.json"));
    desk.edit("other.json", |other| other["source"] = json!("elsewhere"));
    let ran = desk.run("schedule diff schedule.json other.json --json");
    assert_eq!(ran.json()["result"]["unequal"], json!(["source"]));
    let text = desk.run("schedule diff schedule.json other.json").text();
    assert!(text.contains("the files differ in: source."), "{text}");
}

/// A number can be written in more ways than one, in rows and elements too; a name cannot.
#[test]
fn numbers_that_are_written_otherwise_are_no_change() {
    let desk = desk("binance/examples/cross");
    desk.write("other.json", desk.read("schedule.json"));
    desk.edit("other.json", |other| {
        for table in other["tiers"].as_array_mut().expect("tables") {
            for row in table["rows"].as_array_mut().expect("rows") {
                for member in ["from", "below", "amount"] {
                    if let Some(text) = row[member].as_str().filter(|text| *text != "0") {
                        let more = if text.contains('.') { "0" } else { ".0" };
                        row[member] = json!(format!("{text}{more}"));
                    }
                }
            }
        }
    });
    let text = desk.run("schedule diff schedule.json other.json").text();
    assert!(text.contains("No change of a rule or a figure was found"), "{text}");
    for (file, name) in [("old.json", "1.1"), ("new.json", "1.10")] {
        desk.write(file, desk.read("schedule.json"));
        desk.edit(file, |file| file["name"] = json!(name));
    }
    let text = desk.run("schedule diff old.json new.json").text();
    assert!(text.contains("name: 1.1 -> 1.10") && text.contains("1 change"), "{text}");
    desk.edit("other.json", |other| other["tiers"][0]["rows"][0]["rate"] = json!("0.77"));
    let text = desk.run("schedule diff schedule.json other.json").text();
    assert!(text.contains("row 1") && text.contains("1 change"), "{text}");
}

/// Rules of two kinds have no parts in common.
#[test]
fn schedules_of_two_kinds_are_not_compared() {
    let desk = desk("extended/examples/flow");
    let portfolio = crate::support::params("venues/paradex/examples/btc.schedule.json");
    desk.write("portfolio.json", std::fs::read(portfolio).expect("an example"));
    for (old, new, message) in [
        (
            "schedule.json",
            "portfolio.json",
            "is a schedule of portfolio margin, and schedule.json is a linear one",
        ),
        (
            "portfolio.json",
            "schedule.json",
            "is a linear schedule, and portfolio.json is one of portfolio margin",
        ),
    ] {
        let ran = desk.run(&format!("schedule diff {old} {new} --json"));
        let error = ran.json()["error"].clone();
        assert_eq!((ran.code, &error["code"]), (3, &json!("OtherKind")), "{error}");
        assert!(error["message"].as_str().expect("text").ends_with(message), "{error}");
        assert!(error["help"].is_string(), "{error}");
    }
}

/// A schedule of the other kind is told what it is, wherever one kind is read.
#[test]
fn a_schedule_of_the_other_kind_is_named() {
    let desk = desk("extended/examples/flow");
    let portfolio = crate::support::params("venues/paradex/examples/btc.schedule.json");
    desk.write("portfolio.json", std::fs::read(portfolio).expect("an example"));
    let answers = crate::support::params("venues/derive/examples/answers");
    let compare = "--account account.json --snapshot snapshot.json --json";
    for (command, file, message) in [
        (
            format!("schedule compare schedule.json portfolio.json {compare}"),
            "portfolio.json",
            "is a schedule of portfolio margin, and a linear one is read here",
        ),
        (
            format!("schedule compare portfolio.json schedule.json {compare}"),
            "portfolio.json",
            "is a schedule of portfolio margin, and a linear one is read here",
        ),
        (
            format!(
                "reconcile --from derive {} --schedule schedule.json --snapshot snapshot.json --json",
                answers.display()
            ),
            "schedule.json",
            "is a linear schedule, and one of portfolio margin is read here",
        ),
    ] {
        let ran = desk.run(&command);
        let error = ran.json()["error"].clone();
        assert_eq!((ran.code, &error["code"]), (3, &json!("OtherKind")), "{error}");
        assert_eq!((&error["file"], &error["message"]), (&json!(file), &json!(message)));
        assert!(error["help"].as_str().expect("text").starts_with("name a "), "{error}");
    }
}
