//! Reports that fit, and one change of each that does not.

use super::*;
use crate::change::CODES;
use serde_json::json;

const DIGEST: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn report(line: Value, counts: [u64; 4]) -> Value {
    let [equal, explained, unexplained, not_computed] = counts;
    json!({
        "venue": "there", "schedule": { "name": "rule", "digest": DIGEST },
        "snapshot": { "time": "2026-05-04T03:02:01Z", "digest": DIGEST }, "outside": [], "unlisted_there": [], "unlisted_here": [],
        "counts": {
            "equal": equal, "explained": explained, "unexplained": unexplained,
            "not_computed": not_computed,
        },
        "figures": [line],
    })
}

/// A line with two causes: 0.1 and a third of one less than that, which is no decimal number.
fn line() -> Value {
    json!({
        "figure": "maintenance", "of": "BTCUSDT long", "place": "/0", "unit": "USDT",
        "venue": "10.1", "own": "9.333333333333..", "not_computed": null,
        "difference": "0.766666666666..", "outcome": "explained",
        "causes": [
            { "code": "other-mark", "cause": "a mark", "effect": "0.666666666666.." },
            { "code": "rounding", "cause": "rounded", "effect": "0.1" },
        ],
        "nearest": null,
    })
}

fn told_of(account: &Value) -> String {
    let of = At { value: account, pointer: String::new() };
    check_account(&of).map(drop).map_err(|e| e.to_string()).err().unwrap_or_default()
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
            |l| l["causes"][1]["effect"] = json!("0.05"),
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
                l["causes"] = json!([{ "code": "sum-of-parts", "cause": "sum", "effect": "10.1" }]);
            },
            "causes",
            "are of a figure of the rule, and there is none",
        ),
        (
            |l| {
                l["causes"] = json!([
                    { "code": "rounding", "cause": "rounded", "effect": "0.766666666666.." },
                ]);
            },
            "causes/0/effect",
            "is more than the last digit of the venue's figure",
        ),
        (
            |l| {
                l["causes"] = json!([
                    { "code": "rounding", "cause": "rounded", "effect": "0.1" },
                    { "code": "rounding", "cause": "rounded", "effect": "0.1" },
                ]);
            },
            "causes/1",
            "is there twice",
        ),
        (|l| l["own"] = json!(9), "own", "is not text"),
        (|l| l["unit"] = json!("US\u{200b}DT"), "unit", "has characters that are not shown"),
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
    // The same of the rule at another place.
    let second = &mut twice["figures"][1];
    (second["own"], second["venue"]) = (json!("9.433333333333.."), json!("10.2"));
    let message = "/figures/1/own: is another figure of the rule than of the same at another place";
    assert_eq!(told_of(&twice), message);
    twice["figures"][1]["unit"] = json!("USDC");
    assert_eq!(told_of(&twice), "");
    for (place, value, message) in [
        ("/figures", json!([]), "is empty: nothing was compared"),
        ("/schedule/digest", json!("00"), "is not a digest of 64 hexadecimal digits"),
        (
            "/snapshot/digest",
            json!(DIGEST.to_uppercase()),
            "is not a digest of 64 hexadecimal digits",
        ),
        ("/snapshot/time", json!("yesterday"), "is not a UTC time"),
        ("/venue", json!("there\u{202e}"), "has characters that are not shown"),
    ] {
        let mut other = report(line(), [0, 1, 0, 0]);
        *other.pointer_mut(place).unwrap() = value;
        assert_eq!(told_of(&other), format!("{place}: {message}"));
    }
    let nothing = json!({ "format": "x", "counts": {}, "overview": {}, "venues": [] });
    let message = "/venues: is empty: nothing was compared";
    assert_eq!(check_report_json(&nothing).map_err(|e| e.to_string()), Err(message.to_owned()));
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
    let equities = |all: &[(&'static str, &str)]| {
        all.iter().map(|(unit, text)| (*unit, Number::parse(text).unwrap())).collect()
    };
    let compared = |accounts, all| Compared { accounts, equities: equities(all) };
    let mut venues =
        Venues::from([("a", compared(1, &[("USD", "10"), ("EUR", "9")])), ("b", compared(1, &[]))]);
    let told = |all: &Value| {
        let of = At { value: all, pointer: String::new() };
        check_overview(&of, &venues).map_err(|e| e.to_string())
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
            &|all| {
                all["books"].as_array_mut().unwrap().pop();
            },
            "/books: are none at b",
        ),
        (
            &|all| {
                (all["books"][0]["equity"], all["books"][0]["buffer"]) = (json!("11"), json!("8"));
            },
            "/books/0/equity: is not the figure of the rule",
        ),
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
    // Two accounts at one venue have books of one name.
    venues.get_mut("b").unwrap().accounts = 2;
    let mut two = all.clone();
    for name in ["c", "d"] {
        let at = |all: &Value| {
            let of = At { value: all, pointer: String::new() };
            check_overview(&of, &venues).map_err(|e| e.to_string())
        };
        let again = two["books"][1].clone();
        two["books"].as_array_mut().unwrap().push(again);
        if name == "c" {
            two["totals"][0] = json!(
                { "currency": "USD", "books": 3, "equity": "12", "required": "9", "lacking": "4" }
            );
            assert_eq!(at(&two), Ok(()));
        } else {
            assert_eq!(at(&two), Err("/books/3: is there more than 2 times".to_owned()));
        }
    }
}
