//! What is said of a folder or an answer that cannot be read: the place, and what to do.

use crate::support::{Desk, params};
use serde_json::{Value, json};

/// A desk with a venue's example answers in `answers`, without the file that names the venue.
fn with_answers(venue: &str) -> Desk {
    let desk = Desk::new();
    let folder = params(&format!("venues/{venue}/examples/answers"));
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let name = path.file_name().expect("name").to_string_lossy().into_owned();
        if name != "fetched.json" {
            desk.write(&format!("answers/{name}"), std::fs::read(&path).expect("file"));
        }
    }
    desk
}

/// The commands that read a folder.
const DOORS: [&str; 3] = [
    "import --from VENUE DIR -o market",
    "prove --from VENUE DIR --audience a -o p.zkm",
    "reconcile --from VENUE DIR",
];

/// The error of each of them.
fn errors(desk: &Desk, venue: &str, folder: &str) -> Vec<Value> {
    let of = |door: &&str| {
        let command = door.replace("VENUE", venue).replace("DIR", folder);
        let ran = desk.run(&format!("{command} --json"));
        assert_ne!(ran.code, 0, "{command}");
        let error = ran.json()["error"].clone();
        let has = |member: &str| error[member].as_str().is_some_and(|text| !text.is_empty());
        assert!(has("message") && has("help") && has("file"), "{command}: {error}");
        error
    };
    DOORS.iter().map(of).collect()
}

#[test]
fn a_folder_of_another_venue_is_named() {
    let desk = with_answers("kraken");
    for error in errors(&desk, "okx", "answers") {
        let message = error["message"].as_str().expect("text");
        assert_eq!(error["code"], "OtherVenue");
        assert_eq!(error["file"], "answers/instruments.json");
        assert!(message.contains("looks like a file of kraken"), "{message}");
        assert!(error["help"].as_str().expect("text").contains("pass --from kraken"), "{error}");
    }
    // No name of it is one of Bybit's, but tickers.json is one of both.
    let desk = with_answers("bybit");
    for error in errors(&desk, "gate", "answers") {
        let message = error["message"].as_str().expect("text");
        assert_eq!(error["code"], "MissingAnswer");
        assert!(message.contains("has no answer of gate; account-info.json, "), "{message}");
        assert!(message.ends_with(" are names of answers of bybit"), "{message}");
    }
}

#[test]
fn folders_that_are_empty_or_not_there_say_what_to_save() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("empty")).expect("folder");
    for error in errors(&desk, "bybit", "empty") {
        let message = error["message"].as_str().expect("text");
        assert_eq!(message, "the folder: has no answer of bybit: it is empty");
        let help = error["help"].as_str().expect("text");
        let save = "save the answer to GET /v5/market/instruments-info?category=linear as instruments-info.json";
        assert!(help.starts_with(save), "{help}");
    }
    for error in errors(&desk, "bybit", "nowhere") {
        assert_eq!((&error["code"], &error["file"]), (&json!("CannotRead"), &json!("nowhere")));
    }
}

#[test]
fn answers_that_are_missing_empty_or_cut_say_what_to_do() {
    let desk = with_answers("bybit");
    let whole = desk.read("answers/tickers.json");
    for (bytes, code) in [(&b""[..], "CutShort"), (&whole[..40], "CutShort"), (b"<html>", "Syntax")]
    {
        desk.write("answers/tickers.json", bytes);
        for error in errors(&desk, "bybit", "answers") {
            assert_eq!(
                (&error["code"], &error["file"]),
                (&json!(code), &json!("answers/tickers.json"))
            );
            let save = "save the answer to GET /v5/market/tickers?category=linear as tickers.json";
            assert!(error["help"].as_str().expect("text").starts_with(save), "{error}");
        }
    }
    desk.write("answers/tickers.json", &whole);
    std::fs::remove_file(desk.path("answers/risk-limit.json")).expect("removed");
    for error in errors(&desk, "bybit", "answers") {
        assert!(error["help"].as_str().expect("text").starts_with("save"), "{error}");
    }
}

/// The clearing house's file is no JSON.
#[test]
fn a_file_of_the_clearing_house_that_is_not_whole_says_where_it_ends() {
    let desk = with_answers("takasbank");
    let whole = desk.read("answers/risk.spn");
    let half = &whole[..whole.len() / 2];
    for (bytes, code, message) in [
        (&b""[..], "CutShort", "risk.spn: is empty"),
        (half, "CutShort", "ends before its document does: the file was cut"),
        (b"{\"not\": \"xml\"}", "Syntax", "risk.spn (line 1, column 1): is not XML from here on"),
    ] {
        desk.write("answers/risk.spn", bytes);
        let ran = desk.run("import --from takasbank answers -o market --json");
        let error = ran.json()["error"].clone();
        assert_eq!((ran.code, &error["code"]), (3, &json!(code)), "{error}");
        assert!(error["message"].as_str().expect("text").contains(message), "{error}");
        let help = "save the day's file again, as the clearing house publishes it";
        assert_eq!(error["help"], help, "{error}");
        assert_eq!(error["file"], "answers/risk.spn");
    }
}

#[test]
fn a_venue_that_is_not_compared_is_told_why() {
    let desk = Desk::new();
    for (venue, why) in [
        ("paradex", "the figures that its answers state are not read"),
        (
            "drift",
            "what is imported of it is the decoded state of contracts, which states no figures",
        ),
        ("takasbank", "its file is of prices and rules, and states no figure of an account"),
    ] {
        let ran = desk.run(&format!("reconcile --from {venue} answers"));
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        let words = format!("figures of \"{venue}\" are not compared: {why}; those of binance, ");
        assert!(ran.stderr.contains(&words) && ran.stderr.contains("derive are"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("possible values"), "{}", ran.stderr);
    }
    // A name that is none is answered with those that are.
    let ran = desk.run("reconcile --from binanse answers");
    assert!(ran.stderr.contains("binance"), "{}", ran.stderr);
    // Beside another venue likewise.
    let example = params("venues/hyperliquid/examples/answers");
    let compared = format!("reconcile --from hyperliquid {}", example.display());
    let ran = desk.run(&format!("{compared} --also paradex=answers --json"));
    let message = ran.json()["error"]["message"].clone();
    assert!(message.as_str().is_some_and(|text| text.contains("are not read")), "{message}");
    let ran = desk.run(&format!("{compared} --also derive=answers --json"));
    let help = ran.json()["error"]["help"].clone();
    assert!(help.as_str().is_some_and(|text| text.contains("--from derive")), "{help}");
}

/// One answer alone of another venue is named as in a folder, and one of the venue that is not read says what to pass.
#[test]
fn an_answer_of_another_venue_is_named() {
    let desk = with_answers("kraken");
    let binance = params("venues/binance/examples");
    for kind in ["schedule", "snapshot"] {
        let file = binance.join(format!("cross.{kind}.json"));
        desk.write(&format!("{kind}.json"), std::fs::read(file).expect("an example"));
    }
    let options = params("venues/derive/examples");
    for kind in ["schedule", "snapshot"] {
        let file = options.join(format!("options.{kind}.json"));
        desk.write(&format!("options.{kind}.json"), std::fs::read(file).expect("an example"));
    }
    let linear = "--schedule schedule.json --snapshot snapshot.json";
    let portfolio = "--schedule options.schedule.json --snapshot options.snapshot.json";
    for (venue, rules) in [("okx", linear), ("binance", linear), ("derive", portfolio)] {
        let command = format!("reconcile --from {venue} answers/instruments.json {rules} --json");
        let error = desk.run(&command).json()["error"].clone();
        let message = error["message"].as_str().expect("text");
        assert_eq!(error["code"], "OtherVenue", "{error}");
        assert!(message.starts_with("looks like a file of kraken (the answer to GET "), "{error}");
        assert!(message.ends_with(&format!(", not of {venue}")), "{error}");
        assert!(error["help"].as_str().expect("text").starts_with("pass --from kraken"), "{error}");
        for door in [
            format!("import --from {venue} answers/instruments.json -o market --json"),
            format!("prove --from {venue} answers/instruments.json --audience a -o p.zkm --json"),
        ] {
            let error = desk.run(&door).json()["error"].clone();
            let help = error["help"].as_str().expect("text");
            let told =
                format!("it looks like a file of kraken, not of {venue}: save the answer to GET ");
            assert!(help.starts_with(&told), "{door}: {error}");
            assert!(help.ends_with("and pass --from kraken"), "{error}");
        }
    }
    desk.write("nothing.json", "{}");
    for (venue, rules) in [("okx", linear), ("derive", portfolio)] {
        let command = format!("reconcile --from {venue} nothing.json {rules} --json");
        let error = desk.run(&command).json()["error"].clone();
        assert_eq!(error["code"], "ImportSource", "{error}");
        let help = error["help"].as_str().expect("text");
        assert!(help.starts_with("docs/reconcile.md says which answer of "), "{error}");
    }
    // A folder that is another venue's, and an empty one and an empty file.
    std::fs::create_dir(desk.path("empty")).expect("folder");
    desk.write("empty.json", "");
    for (of, code, help) in [
        ("answers", "MissingAnswer", "pass --from kraken"),
        (
            "empty",
            "MissingAnswer",
            "save the answer to POST /private/get_subaccount as subaccount.json",
        ),
        ("empty.json", "CutShort", "save the answer again"),
    ] {
        let command = format!("reconcile --from derive {of} {portfolio} --json");
        let error = desk.run(&command).json()["error"].clone();
        assert_eq!(error["code"], code, "{error}");
        assert!(error["help"].as_str().expect("text").starts_with(help), "{error}");
    }
}

/// A place within an answer is told with the request that is to be answered again.
#[test]
fn places_in_answers_say_which_answer_to_save_again() {
    let desk = with_answers("hyperliquid");
    desk.edit("answers/clearinghouseState.json", |of| {
        of["assetPositions"][0]["position"]["szi"] = json!("many");
    });
    for error in errors(&desk, "hyperliquid", "answers") {
        assert_eq!(error["code"], "ImportSource", "{error}");
        let help = error["help"].as_str().expect("text");
        assert!(
            help.starts_with("save ") && help.contains(" as clearinghouseState.json, whole"),
            "{help}"
        );
    }
}
