//! Each contradiction by hand, and what fits.

use super::account::check_account;
use super::at::At;
use super::check_report_json;
use super::overview::check_overview;
use crate::change::CODES;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn report(line: Value, counts: [u64; 4]) -> Value {
    let [equal, explained, unexplained, not_computed] = counts;
    json!({
        "venue": "there", "schedule": { "name": "rule", "digest": "0f".repeat(32) },
        "snapshot": { "time": "2025-01-01T00:00:00Z", "digest": "a1".repeat(32) },
        "outside": [], "unlisted_there": [], "unlisted_here": [],
        "counts": {
            "equal": equal, "explained": explained, "unexplained": unexplained,
            "not_computed": not_computed,
        },
        "figures": [line],
    })
}

/// A line with two causes: 0.7, and what rounds 10.0333.. up.
fn line() -> Value {
    json!({
        "figure": "maintenance", "of": "BTCUSDT long", "place": "/0", "unit": "USDT",
        "venue": "10.1", "own": "9.333333333333..", "not_computed": null,
        "difference": "0.766666666666..", "outcome": "explained",
        "causes": [
            { "code": "other-mark", "cause": "a mark", "effect": "0.7" },
            { "code": "rounding", "cause": "rounded up to 1 digits", "effect": "0.066666666666.." },
        ],
        "nearest": null,
    })
}

fn told_of(account: &Value) -> String {
    let of = At { value: account, pointer: String::new() };
    check_account(&of).map_err(|e| e.to_string()).err().unwrap_or_default()
}

fn told(change: impl Fn(&mut Value)) -> String {
    let mut line = line();
    change(&mut line);
    let outcome = line["outcome"].as_str().unwrap_or_default();
    let counts =
        ["equal", "explained", "unexplained", "not-computed"].map(|o| (o == outcome).into());
    told_of(&report(line, counts))
}

/// The list has every code of [`Change::code`](crate::change::Change::code), as that is written.
#[test]
fn no_code_is_forgotten() {
    let source = include_str!("../change.rs");
    let (_, from) = source.split_once("pub fn code(").unwrap();
    let (code, _) = from.split_once("\n    }\n").unwrap();
    let written: Vec<_> = code.split('"').skip(1).step_by(2).collect();
    assert_eq!(written, CODES);
}

#[test]
fn lines_that_fit_pass() {
    assert_eq!(told(|_| {}), "");
    assert_eq!(told(|l| l["of"] = json!("cross")), "");
    let unexplained = |l: &mut Value| {
        (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
        l["nearest"] = json!({
            "code": "other-mark", "cause": "a mark", "effect": "0.7", "remainder": "0.066666666666..",
        });
    };
    assert_eq!(told(unexplained), "");
    let equal = |l: &mut Value| {
        (l["outcome"], l["causes"]) = (json!("equal"), json!([]));
        (l["own"], l["difference"]) = (json!("10.1"), json!("0"));
    };
    assert_eq!(told(equal), "");
    let none = |l: &mut Value| {
        equal(l);
        (l["own"], l["venue"], l["difference"]) = (Value::Null, Value::Null, Value::Null);
    };
    assert_eq!(told(none), "");
    let not_computed = |l: &mut Value| {
        (l["outcome"], l["causes"]) = (json!("not-computed"), json!([]));
        (l["own"], l["difference"], l["not_computed"]) =
            (Value::Null, Value::Null, json!("no price"));
    };
    assert_eq!(told(not_computed), "");
    // What only the venue holds makes its figure computable.
    let by_holdings = |l: &mut Value| {
        (l["own"], l["difference"], l["not_computed"]) =
            (Value::Null, Value::Null, json!("not held"));
        l["causes"] = json!([{ "code": "holdings", "cause": "BTC", "effect": "10.1" }]);
    };
    assert_eq!(told(by_holdings), "");
}

#[test]
fn lines_that_contradict_themselves_do_not() {
    let at = |name: &str, message: &str| format!("/figures/0/{name}: {message}");
    for (change, name, message) in [
        (
            (|l: &mut Value| l["difference"] = json!("0.7")) as fn(&mut Value),
            "difference",
            "is not the venue's figure less the rule's",
        ),
        (|l| l["difference"] = Value::Null, "difference", "is missing beside two figures"),
        (
            |l| l["venue"] = Value::Null,
            "difference",
            "is a difference from a figure that is not there",
        ),
        (
            |l| l["causes"][0]["effect"] = json!("0.2"),
            "causes",
            "have effects that do not add up to the difference",
        ),
        (|l| l["causes"] = json!([]), "outcome", "is explained, and no cause is there"),
        (|l| l["outcome"] = json!("equal"), "causes", "are there, and the figure is equal"),
        (
            |l| (l["outcome"], l["causes"]) = (json!("equal"), json!([])),
            "outcome",
            "is equal, and the two figures are not",
        ),
        (
            |l| (l["outcome"], l["causes"]) = (json!("not-computed"), json!([])),
            "outcome",
            "is not-computed, and nothing says why the rule has no figure",
        ),
        (
            |l| {
                (l["own"], l["difference"]) = (json!("10.1"), json!("0"));
                (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
            },
            "outcome",
            "is unexplained, and there is no difference",
        ),
        (
            |l| l["not_computed"] = json!("no price"),
            "own",
            "is a figure of the rule, and another member says why there is none",
        ),
        (
            |l| {
                (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
                l["nearest"] = json!({
                    "code": "other-mark", "cause": "x", "effect": "0.7", "remainder": "0.1",
                });
            },
            "nearest/remainder",
            "is not what the effect leaves of the difference",
        ),
        (
            |l| {
                (l["outcome"], l["causes"]) = (json!("unexplained"), json!([]));
                l["nearest"] = json!({
                    "code": "other-mark", "cause": "x", "effect": "-1", "remainder": "1.766666666666..",
                });
            },
            "nearest/remainder",
            "is not less than the difference",
        ),
        (|l| l["figure"] = json!("health"), "figure", "is no figure that is compared"),
        (|l| l["causes"][0]["code"] = json!("luck"), "causes/0/code", "is the code of no cause"),
        (
            |l| {
                (l["own"], l["difference"], l["not_computed"]) =
                    (Value::Null, Value::Null, json!("no price"));
                l["causes"] =
                    json!([{ "code": "fee-left-out", "cause": "a fee", "effect": "10.1" }]);
            },
            "causes",
            "are of a figure of the rule, and there is none",
        ),
        // 0.0666.. less is 10.1 up to one digit, and so is nothing else that adds up.
        (
            |l| {
                l["causes"][0]["effect"] = json!("0.6");
                l["causes"][1]["effect"] = json!("0.166666666666..");
            },
            "causes/1/effect",
            "is not what this rounding makes of the figure before it",
        ),
        (
            |l| l["causes"][1]["cause"] = json!("rounded to the nearest to 1 digits"),
            "causes/1/effect",
            "is not what this rounding makes of the figure before it",
        ),
        (
            |l| l["causes"][1]["cause"] = json!("rounded up to 0 digits"),
            "causes/1/effect",
            "is not what this rounding makes of the figure before it",
        ),
        (
            |l| l["causes"][1]["cause"] = json!("rounded"),
            "causes/1/cause",
            "does not say how to how many digits",
        ),
        (
            |l| l["causes"][0] = l["causes"][1].clone(),
            "causes/0",
            "rounds the figure, and is not the last cause",
        ),
        (
            |l| l["causes"][1] = l["causes"][0].clone(),
            "causes/1",
            "has the code of another cause of the figure",
        ),
        (
            |l| l["causes"][1]["code"] = json!("balance-rounding"),
            "causes/1",
            "is of a balance, and the figure is no total with one in it",
        ),
        (
            |l| {
                l["figure"] = json!("equity");
                l["causes"] = json!([
                    { "code": "balance-rounding", "cause": "a balance", "effect": "0.766666666666.." },
                ]);
            },
            "causes/0/effect",
            "is more than a unit of the last digit of the venue's figure",
        ),
        (
            |l| {
                (l["venue"], l["difference"]) = (Value::Null, Value::Null);
                l["causes"] =
                    json!([{ "code": "rounding", "cause": "cut to 1 digits", "effect": "0" }]);
            },
            "causes/0",
            "rounds a figure that the venue does not state",
        ),
        (|l| l["of"] = json!(""), "of", "is empty"),
        (|l| l["unit"] = json!(""), "unit", "is empty"),
        (|l| l["own"] = json!(9), "own", "is not text"),
        (|l| l["outcome"] = json!("fine"), "causes", "are there, and the figure is fine"),
    ] {
        assert_eq!(told(change), at(name, message));
    }
    let counts = told_of(&report(line(), [1, 0, 0, 0]));
    assert_eq!(counts, "/counts/equal: is not 0, the number of such figures");
    let mut twice = report(line(), [0, 2, 0, 0]);
    twice["figures"].as_array_mut().unwrap().push(line());
    assert_eq!(told_of(&twice), "/figures/1: is there twice");
    twice["figures"][1]["place"] = json!("/1");
    assert_eq!(told_of(&twice), "");
    // The rule has one figure of one thing, and the venue can have stated another one at another place.
    let other = json!({
        "figure": "maintenance", "of": "BTCUSDT long", "place": "/1", "unit": "USDT", "venue": "10",
        "own": "10", "not_computed": null, "difference": "0", "outcome": "equal", "causes": [],
        "nearest": null,
    });
    (twice["figures"][1], twice["counts"]) =
        (other, report(line(), [1, 1, 0, 0])["counts"].clone());
    let message = "/figures/1/own: is another figure of the rule than /figures/0 has";
    assert_eq!(told_of(&twice), message);
    twice["figures"][1]["unit"] = json!("BTC");
    assert_eq!(told_of(&twice), "", "another unit is another figure");
    for place in ["", "/counts", "/schedule", "/snapshot", "/figures/0", "/figures/0/causes/1"] {
        let mut more = report(line(), [0, 1, 0, 0]);
        more.pointer_mut(place).unwrap()["checked_by"] = json!("us");
        let message = format!("{place}/checked_by: is a member that reports do not have");
        assert_eq!(told_of(&more), message);
    }
}

#[test]
fn books_side_by_side_fit() {
    let all = json!({
        "books": [
            { "venue": "a", "book": "cross", "currency": "USD", "equity": "10", "required": "3",
              "buffer": "7", "ratio": "3.3333", "rate": "0.01" },
            { "venue": "b", "book": "cross", "currency": "USD", "equity": "1", "required": "3",
              "buffer": "-2", "ratio": "0.3333", "rate": null },
        ],
        "not_computed": [], "most_conservative": "a, cross", "least_room": "b, cross",
        "totals": [
            { "currency": "USD", "books": 2, "equity": "11", "required": "6", "lacking": "2" },
        ],
    });
    let told = |all: &Value| {
        let of = At { value: all, pointer: String::new() };
        let venues = BTreeMap::from([("a", 1), ("b", 1)]);
        check_overview(&of, &venues).map(drop).map_err(|e| e.to_string())
    };
    assert_eq!(told(&all), Ok(()));
    let with = |change: &dyn Fn(&mut Value)| {
        let mut all = all.clone();
        change(&mut all);
        told(&all)
    };
    let missing = |book: &str| json!([{ "book": book, "why": "no price" }]);
    assert_eq!(with(&|all| all["not_computed"] = missing("a, BTC")), Ok(()));
    for (change, message) in [
        (
            (&|all: &mut Value| all["not_computed"] = missing("c, BTC")) as &dyn Fn(&mut Value),
            "/not_computed/0/book: is a book at no venue of the report",
        ),
        (&|all| all["not_computed"] = missing("a, cross"), "/books/0: is there twice"),
        (
            &|all| all["not_computed"] = json!([{ "book": "a, BTC" }]),
            "/not_computed/0/why: is missing",
        ),
        (
            &|all| all["books"][1]["rate"] = json!("0"),
            "/books/1/rate: is zero, or what is required is, and the other is not",
        ),
        (&|all| all["sum"] = json!("1"), "/sum: is a member that reports do not have"),
        (
            &|all| all["books"][0]["note"] = json!(""),
            "/books/0/note: is a member that reports do not have",
        ),
    ] {
        assert_eq!(with(change), Err(message.to_owned()));
    }
    for (place, value, message) in [
        ("/books/0/buffer", "8", "is not equity less what is required"),
        ("/books/1/ratio", "0.3334", "is not equity over what is required"),
        ("/least_room", "a, cross", "is not the book with the lowest ratio"),
        ("/most_conservative", "b, cross", "is not the book with the highest rate"),
        ("/books/0/rate", "?", "is not a decimal number in text"),
        ("/books/0/rate", "0.00005", "is not a rate with four digits"),
        ("/books/0/venue", "c", "is the venue of no account of the report"),
        ("/totals/0/equity", "12", "is not the sum over the books"),
        ("/totals/0/lacking", "0", "is not the sum over the books"),
        ("/totals/0/currency", "EUR", "is that of no book, or is there twice"),
    ] {
        let mut all = all.clone();
        *all.pointer_mut(place).unwrap() = json!(value);
        assert_eq!(told(&all), Err(format!("{place}: {message}")));
    }
}

/// An account with a cross book, an isolated one and figures of both.
fn signed() -> Value {
    let figure = |kind: &str, of: &str, value: &str| {
        json!({
            "figure": kind, "of": of, "place": format!("/{kind}/{of}"), "unit": "USD", "venue": value,
            "own": value, "not_computed": null, "difference": "0", "outcome": "equal", "causes": [],
            "nearest": null,
        })
    };
    let mut account = report(Value::Null, [6, 0, 0, 0]);
    account["figures"] = json!([
        figure("equity", "cross book", "10"),
        figure("maintenance", "cross book", "3"),
        figure("equity", "BTC long, isolated", "5"),
        figure("maintenance", "BTC long, isolated", "2"),
        figure("equity", "account", "15"),
        figure("balance", "USD, cross book", "9"),
    ]);
    let book = |name: &str, equity: &str, required: &str, buffer: &str, ratio: &str| {
        json!({
            "venue": "there", "book": name, "currency": "USD", "equity": equity, "required": required,
            "buffer": buffer, "ratio": ratio, "rate": null,
        })
    };
    json!({
        "format": "", "counts": {}, "venues": [account],
        "overview": {
            "books": [
                book("cross", "10", "3", "7", "3.3333"),
                book("isolated BTC long", "5", "2", "3", "2.5"),
            ],
            "not_computed": [], "most_conservative": null, "least_room": "there, isolated BTC long",
            "totals": [
                { "currency": "USD", "books": 2, "equity": "15", "required": "5", "lacking": "0" },
            ],
        },
    })
}

fn told_with(change: impl Fn(&mut Value)) -> String {
    let mut report = signed();
    change(&mut report);
    check_report_json(&report).map_err(|e| e.to_string()).err().unwrap_or_default()
}

/// Sets a figure of the rule, and the venue's with it, so that the line fits.
fn set(report: &mut Value, at: usize, value: &str) {
    let line = &mut report["venues"][0]["figures"][at];
    (line["own"], line["venue"]) = (json!(value), json!(value));
}

#[test]
fn books_are_those_of_the_accounts() {
    assert_eq!(told_with(|_| {}), "");
    for (at, value) in [(0, "9"), (1, "4"), (2, "6"), (3, "1")] {
        let message =
            format!("/venues/0/figures/{at}/own: is not that of the venue's books side by side");
        assert_eq!(told_with(|report| set(report, at, value)), message);
    }
    // With isolated books, the account is more than its cross book; without, it is that.
    let account = |report: &mut Value| {
        for list in ["/venues/0/figures", "/overview/books"] {
            let list = report.pointer_mut(list).unwrap().as_array_mut().unwrap();
            list.retain(|of| {
                !of["of"].to_string().contains("isolated") && of["book"] != "isolated BTC long"
            });
        }
        report["venues"][0]["counts"]["equal"] = json!(4);
        report["overview"]["least_room"] = json!("there, cross");
        report["overview"]["totals"][0] = json!({ "currency": "USD", "books": 1, "equity": "10", "required": "3", "lacking": "0" });
    };
    let message = "/venues/0/figures/2/own: is not that of the venue's books side by side";
    assert_eq!(told_with(account), message);
    let fits = |report: &mut Value| {
        account(report);
        set(report, 2, "10");
    };
    assert_eq!(told_with(fits), "");
    // Each settlement asset has a book: the cross book is all of them.
    let apart = |report: &mut Value| {
        let mut books = report["overview"]["books"].clone();
        (books[0]["book"], books[1]["book"]) = (json!("cross USDT"), json!("cross USDC"));
        (report["overview"]["books"], report["overview"]["least_room"]) =
            (books, json!("there, cross USDC"));
        let figures = report["venues"][0]["figures"].as_array_mut().unwrap();
        figures.retain(|of| !of["of"].to_string().contains("isolated"));
        report["venues"][0]["counts"]["equal"] = json!(4);
        set(report, 0, "15");
        set(report, 1, "5");
    };
    assert_eq!(told_with(apart), "");
    let less = |report: &mut Value| {
        apart(report);
        set(report, 0, "10");
    };
    let message = "/venues/0/figures/0/own: is not that of the venue's books side by side";
    assert_eq!(told_with(less), message);
    // An account of portfolio margin states what is left.
    let portfolio = |report: &mut Value| {
        fits(report);
        (report["overview"]["books"][0]["book"], report["overview"]["least_room"]) =
            (json!("portfolio"), json!("there, portfolio"));
        report["venues"][0]["figures"][2]["figure"] = json!("above-maintenance");
        set(report, 2, "7");
    };
    assert_eq!(told_with(portfolio), "");
    let more = |report: &mut Value| {
        portfolio(report);
        set(report, 2, "8");
    };
    let message = "/venues/0/figures/2/own: is not that of the venue's books side by side";
    assert_eq!(told_with(more), message);
    // In another currency it is another figure.
    let other = |report: &mut Value| {
        set(report, 0, "9");
        report["venues"][0]["figures"][0]["unit"] = json!("USDT");
    };
    assert_eq!(told_with(other), "");
}

#[test]
fn a_report_compares_something() {
    let none = |report: &mut Value| {
        report["overview"] = json!({
            "books": [], "not_computed": [], "most_conservative": null, "least_room": null, "totals": [],
        });
    };
    let message =
        "/venues/0/figures/0/own: is a figure of the rule, and no book of its venue is there";
    assert_eq!(told_with(none), message);
    let missing = |report: &mut Value| {
        none(report);
        report["overview"]["not_computed"] = json!([{ "book": "there, cross", "why": "no price" }]);
    };
    assert_eq!(told_with(missing), "");
    // Nothing is held where each settlement asset has a book.
    let empty = |report: &mut Value| {
        none(report);
        (0..6).for_each(|at| set(report, at, "0"));
    };
    assert_eq!(told_with(empty), "");
    let nothing = |report: &mut Value| {
        none(report);
        (report["venues"][0]["figures"], report["venues"][0]["counts"]["equal"]) =
            (json!([]), json!(0));
    };
    let message = "/venues/0: compares nothing: neither a figure nor a book of its venue is there";
    assert_eq!(told_with(nothing), message);
    let nobody = |report: &mut Value| {
        none(report);
        report["venues"] = json!([]);
    };
    assert_eq!(told_with(nobody), "/venues: has no account");
}

/// Two accounts at one venue have books of one name.
#[test]
fn a_venue_can_have_two_accounts() {
    let twice = |report: &mut Value| {
        for list in ["/venues", "/overview/books"] {
            let list = report.pointer_mut(list).unwrap().as_array_mut().unwrap();
            list.extend_from_within(..);
        }
        report["overview"]["totals"][0] = json!({ "currency": "USD", "books": 4, "equity": "30", "required": "10", "lacking": "0" });
    };
    assert_eq!(told_with(twice), "");
    let once = |report: &mut Value| {
        twice(report);
        report["venues"].as_array_mut().unwrap().pop();
    };
    assert_eq!(told_with(once), "/overview/books/2: is there twice");
}

#[test]
fn names_digests_and_times_are_written_as_reports_write_them() {
    for (place, value, message) in [
        ("/venues/0/schedule/digest", "0f", "is not 64 hexadecimal digits in lower case"),
        (
            "/venues/0/schedule/digest",
            &"0F".repeat(32),
            "is not 64 hexadecimal digits in lower case",
        ),
        (
            "/venues/0/snapshot/digest",
            &"0g".repeat(32),
            "is not 64 hexadecimal digits in lower case",
        ),
        ("/venues/0/snapshot/time", "now", "is not a UTC time as reports have it"),
        (
            "/venues/0/snapshot/time",
            "2025-01-01T00:00:00.000Z",
            "is not a UTC time as reports have it",
        ),
        ("/venues/0/venue", "", "is empty"),
        ("/venues/0/schedule/name", "", "is empty"),
        ("/overview/books/0/currency", "", "is empty"),
        ("/venues/0/venue", "there\n", "has a character that does not show"),
        (
            "/venues/0/figures/2/of",
            "BTC\u{202e} long, isolated",
            "has a character that does not show",
        ),
    ] {
        let told = told_with(|report| *report.pointer_mut(place).unwrap() = json!(value));
        assert_eq!(told, format!("{place}: {message}"));
    }
    let told = told_with(|report| report["venues"][0]["outside"] = json!(["B\u{0}"]));
    assert_eq!(told, "/venues/0/outside/0: has a character that does not show");
    let told = told_with(|report| {
        report["venues"][0]["snapshot"]["time"] = json!("2025-01-01T00:00:00.500Z")
    });
    assert_eq!(told, "");
}
