//! A block of two markets, one of them halted.

use super::{Lighter, Options};
use crate::DecimalText;
use crate::venue::Venue;
use crate::venue::hostile::{accounts_survive, schedules_survive, snapshots_survive, told, with};
use serde_json::{Value, json};

fn block() -> Value {
    json!({
        "block": 7,
        "created_at_ms": 1_700_000_000_000u64,
        "markets": [
            {"i": 0, "mm": 120, "s": 1, "qm": 1, "mp": 2_000_000, "f": -5},
            {"i": 4, "mm": 300, "s": 0, "qm": 10, "mp": 50, "f": 3},
        ],
    })
}

#[test]
fn a_block_is_read() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let file = schedule.file();
    assert_eq!(file.name, "lighter-mainnet");
    let tiers: Vec<_> =
        file.tiers.iter().map(|t| (t.name.as_str(), t.rows[0].rate.as_str())).collect();
    assert_eq!(tiers, [("flat-0", "0"), ("flat-120", "0.012")]);
    let second = &file.instruments[1];
    assert_eq!(
        (second.id, second.symbol.as_str(), second.tiers.as_str()),
        (5, "market-4", "flat-0")
    );

    let snapshot = snapshots_survive::<Lighter>(&block(), &schedule);
    assert_eq!((snapshot.time.as_str(), snapshot.sequence), ("2023-11-14T22:13:20Z", 7));
    let prices: Vec<_> = snapshot
        .instruments
        .iter()
        .map(|p| (p.mark.as_str(), p.funding_index.as_ref().map(|f| f.as_str())))
        .collect();
    // The second market's funding sum counts ten times.
    let funding = [Some("-0.000000000005"), Some("0.00000000003")];
    assert_eq!(prices, [("2", funding[0]), ("0.00005", funding[1])]);
}

#[test]
fn a_snapshot_leaves_out_what_the_schedule_does_not_list() {
    let mut file = Lighter::schedule(&block(), &Options::default()).unwrap().schedule;
    file.instruments.truncate(1);
    file.tiers.remove(0);
    let schedule = crate::Schedule::new(file).unwrap();
    assert_eq!(Lighter::snapshot(&block(), &schedule).unwrap().instruments.len(), 1);
}

#[test]
fn a_snapshot_is_of_the_schedules_rule() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let message = "has a different multiplier or margin fraction from the schedule's";
    for (pointer, value, at) in
        [("/markets/0/mm", 500, 0), ("/markets/0/qm", 10, 0), ("/markets/1/s", 1, 1)]
    {
        let later = with(&block(), pointer, json!(value));
        let told = told(Lighter::snapshot(&later, &schedule));
        assert_eq!(told, format!("/markets/{at}: {message}"), "{pointer}");
    }
    let later = with(&block(), "/markets/0/mp", json!(2_100_000));
    assert!(Lighter::snapshot(&later, &schedule).is_ok());
}

#[test]
fn bad_blocks_are_refused_with_the_place() {
    for (pointer, value, message) in [
        ("/markets", json!({}), "/markets: is not a list"),
        ("/markets/1", json!(null), "/markets/1/i: is missing"),
        ("/markets/1/i", json!(-1), "/markets/1/i: is not a market index"),
        ("/markets/1/i", json!(u32::MAX), "/markets/1/i: is not a market index"),
        ("/markets/0/mm", json!("120"), "/markets/0/mm: is not an integer"),
        ("/markets/0/mm", json!(-120), "/markets/0/mm: is negative"),
        ("/markets/0/s", json!(2), "/markets/0/s: is neither 0 nor 1"),
        ("/markets/0/s", json!(-1), "/markets/0/s: is neither 0 nor 1"),
        ("/markets/1/mp", json!(0.5), "/markets/1/mp: is not an integer"),
        ("/block", json!(-7), "/block: is not a non-negative integer"),
        (
            "/created_at_ms",
            json!(1_700_000_000),
            "/created_at_ms: 1700000000 is not a plausible time in milliseconds; in seconds it would be 2023-11-14T22:13:20Z",
        ),
    ] {
        let spoiled = with(&block(), pointer, value);
        assert_eq!(told(Lighter::schedule(&spoiled, &Options::default())), message);
    }
}

fn account() -> Value {
    json!({
        "ai": 9,
        "col": -1_500_000_000_000i64,
        "ap": {
            "0": {"lfrps": -7, "p": -3, "eq": 6_500_000, "imf": 500, "almrg": 0},
            "1": {"lfrps": 5, "imf": 500, "almrg": 0},
            "4": {"lfrps": 2, "p": 20, "eq": 900, "imf": 500, "almrg": 250_000_000_000u64},
        },
    })
}

#[test]
fn an_account_of_the_block_is_read() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let account = accounts_survive::<Lighter>(&account(), &schedule);
    assert_eq!(account.balances[0].balance.as_str(), "-1.5");
    let text = |text: &Option<DecimalText>| text.as_ref().map(|text| text.as_str().to_owned());
    let held: Vec<_> = account
        .positions
        .iter()
        .map(|p| {
            let written = [&p.size, &p.entry_value].map(DecimalText::as_str);
            (&*p.instrument, written, text(&p.funding_index), text(&p.isolated_margin))
        })
        .collect();
    // The second market's funding sum counts ten times.
    let some = |text: &str| Some(text.to_owned());
    let expected = [
        ("market-0", ["-3", "-6.5"], some("-0.000000000007"), None),
        ("market-4", ["20", "0.0009"], some("0.00000000002"), some("0.25")),
    ];
    assert_eq!(held, expected);
}

#[test]
fn bad_accounts_are_refused_with_the_place_and_no_figure() {
    let schedule = schedules_survive::<Lighter>(&block(), &Options::default());
    let mut hidden = account();
    hidden["ap"]["0"].as_object_mut().unwrap().remove("p");
    let message = "/ap/0/p: is zero or missing, but eq is not zero";
    assert_eq!(told(Lighter::account(&hidden, &schedule)), message);
    for (pointer, value, message) in [
        ("/col", json!("1"), "/col: is not an integer"),
        ("/ap", json!([]), "/ap: is not an object"),
        ("/ap/0/eq", json!(-5), "/ap/0/eq: is not a non-negative integer"),
        ("/ap/1/p", json!(5), "/ap/1: is not in a market of the schedule"),
    ] {
        let mut spoiled = account();
        spoiled["ap"]["1"]["p"] = json!(0);
        *spoiled.pointer_mut(pointer).unwrap() = value;
        assert_eq!(told(Lighter::account(&spoiled, &schedule)), message);
    }
}
