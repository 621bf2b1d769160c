//! Families of instruments in a schedule: units, digests, and how each mistake is refused.

use super::{REMOVE, edit, expect, read_market, read_schedule};
use crate::ErrorCode::*;
use crate::{AccountFile, CompiledMarket};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zkmargin_model::rule::{SecondWord, margin};

/// Three contracts of one family, with different digits and counts, between two of none.
pub(super) fn schedule() -> Value {
    let contract = |id: u32, symbol: &str, digits: u32, family: Value| {
        let mut contract = json!({
            "id": id, "symbol": symbol, "kind": "linear", "settle": "USD", "size_decimals": digits, "price_decimals": 2,
            "multiplier": "1", "tiers": "contracts"
        });
        if !family.is_null() {
            contract["elements"] = json!({"family": family});
        }
        contract
    };
    json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "families", "source": "made up",
        "requirement": "maintenance", "valuation": {"currency": "USD", "decimals": 6},
        "rate_decimals": 4, "equality_is_healthy": true,
        "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
        "assets": [{"id": 1, "symbol": "USD", "decimals": 6, "settles": true, "collateral": {
            "variable": "value", "rows": [{"from": null, "below": null, "rate": "1", "amount": "0"}]
        }}],
        "tiers": [{"name": "contracts", "variable": "quantity", "rows": [
            {"from": "0", "below": "100", "rate": "0.01", "amount": "0"},
            {"from": "100", "below": "500", "rate": "0.02", "amount": "0"}
        ]}],
        "instruments": [
            contract(1, "A", 0, Value::Null),
            contract(2, "X-1", 2, json!({"name": "X"})),
            contract(3, "X-2", 0, json!({"name": "X", "counts": "0.5"})),
            contract(4, "X-3", 1, json!({"name": "X", "counts": "10"})),
            contract(5, "B", 0, json!({"name": "B"}))
        ]
    })
}

fn market(schedule: &Value) -> CompiledMarket {
    let digest = read_schedule(schedule).unwrap().digest().to_string();
    let marks = ["A", "X-1", "X-2", "X-3", "B"].map(|i| json!({"instrument": i, "mark": "50"}));
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": digest, "time": "2024-07-27T06:44:38Z", "sequence": 1,
        "assets": [{"asset": "USD", "index": "1"}], "instruments": marks
    });
    read_market(schedule, &snapshot).unwrap()
}

/// By hand, with a hundredth of a contract as the family's unit: 80 + 0.5 * 30 + 10 * 0.4 = 99, and one hundredth below
/// 100 beside it; one more is in the second tier.
#[test]
fn what_each_contract_counts_is_in_one_unit() {
    let market = market(&schedule());
    let units = market.schedule().instruments().iter().map(|i| i.family.clone().map(|f| f.unit));
    let units: Vec<_> = units.collect();
    assert_eq!(units[1..4], [Some(1.into()), Some(50.into()), Some(100.into())]);
    assert_eq!(units[0], None);
    for (first, rate) in [("80.99", 100), ("81", 200)] {
        let held = |instrument: &str, size: &str| json!({"instrument": instrument, "size": size, "entry_value": "0"});
        let account = json!({
            "format": "zkmargin-account/1", "venue": "test",
            "balances": [{"asset": "USD", "balance": "0"}],
            "positions": [held("X-1", first), held("X-2", "-30"), held("X-3", "0.4"), held("A", "70")]
        });
        let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
        let account = account.holdings(market.schedule()).unwrap();
        let figures = margin(&account, market.market()).unwrap();
        // In hundredths of a contract and ten thousandths of their value, in units of 10^-10.
        let sizes = [7_000, if first == "81" { 8_100 } else { 8_099 }, 3_000, 40];
        let rates = [100, rate, rate, rate];
        for ((m, size), rate) in figures.positions.iter().zip(sizes).zip(rates) {
            assert_eq!(m.requirement, (size * 50 * rate * 10_000i64).into());
        }
        let explained = market.explain_position(
            &account.positions()[1],
            SecondWord::default(),
            &figures.positions[1],
        );
        let family = explained.iter().find(|step| step.figure == "family").unwrap();
        let how = format!("it counts {first}, with the positions of the cross book in \"X\"");
        assert_eq!(family.how, how);
        let total = if first == "81" { "100" } else { "99.99" };
        assert_eq!(family.result.to_string(), total);
    }
}

#[test]
fn no_two_families_share_a_digest() {
    let digest = |schedule: &Value| read_schedule(schedule).unwrap().digest().to_string();
    let plain = digest(&schedule());
    let mut seen = BTreeSet::from([plain.clone()]);
    for (pointer, value) in [
        ("/instruments/4/elements/family/name", json!("Y")),
        ("/instruments/4/elements/family/counts", json!("2")),
        ("/instruments/2/elements/family/counts", json!("0.25")),
        ("/instruments/2/elements/family/counts", REMOVE.into()),
        ("/instruments/3/elements", REMOVE.into()),
        ("/instruments/4/elements", REMOVE.into()),
        ("/instruments/0/elements", json!({"family": {"name": "X"}})),
    ] {
        let changed = edit(&schedule(), pointer, value);
        assert!(seen.insert(digest(&changed)), "{pointer}");
    }
    // What is written otherwise is the same; an empty object is none.
    let one = edit(&schedule(), "/instruments/1/elements/family/counts", json!("1.0"));
    assert_eq!(digest(&one), plain);
    let empty = edit(&schedule(), "/instruments/0/elements", json!({}));
    assert_eq!(digest(&empty), plain);
}

fn elements_of(at: usize) -> String {
    format!("/instruments/{at}/elements")
}

#[test]
fn bad_families_are_refused_with_the_place() {
    let case = |pointer: &str, value: Value, code, at: &str| {
        expect(read_schedule(&edit(&schedule(), pointer, value)), code, at)
    };
    let family = |at: usize| format!("/instruments/{at}/elements/family");
    // A foreign instrument and one of no family between two, and ids that go back.
    let split = case(&format!("{}/name", family(2)), json!("Y"), SplitFamily, &family(3));
    assert!(split.to_string().contains("those of the family \"X\""), "{split}");
    case("/instruments/2/elements", REMOVE.into(), SplitFamily, &family(3));
    case("/instruments/1/id", json!(6), SplitFamily, &family(1));
    let counts = format!("{}/counts", family(2));
    case(&counts, json!("0"), OutOfRange, &counts);
    case(&counts, json!("-1"), OutOfRange, &counts);
    case(&counts, json!(2), NumberNotString, &counts);
    let fine = format!("0.{}1", "0".repeat(60));
    case(&counts, json!(fine), TooManyDigits, &counts);
    let digits = "/instruments/3/size_decimals";
    case(digits, json!(u32::MAX), BadDecimals, digits);
    case(&format!("{}/name", family(2)), json!(""), BadText, &format!("{}/name", family(2)));
    // Names that are read as one, of which the family would be two, also at the family's ends.
    for at in [1, 2, 3] {
        let first = if at == 1 { 2 } else { at };
        let name = format!("{}/name", family(first));
        let like = case(&format!("{}/name", family(at)), json!("x"), LookAlike, &name);
        assert!(like.to_string().contains("but for the case of letters"), "{like}");
    }
    let cyrillic = json!("\u{425}");
    case(&format!("{}/name", family(3)), cyrillic, BadText, &format!("{}/name", family(3)));
    let numerals = edit(&schedule(), &format!("{}/name", family(4)), json!("币O"));
    let numerals = edit(&numerals, "/instruments/0/elements", json!({"family": {"name": "币0"}}));
    expect(read_schedule(&numerals), LookAlike, &format!("{}/name", family(4)));
    // Open orders, and elements that are no family.
    case("/open_orders", json!(true), BadElement, elements_of(1).as_str());
    let other = json!({"family": "X"});
    case(&elements_of(1), other, WrongType, &family(1));
    case(&elements_of(1), json!({"family": {}}), MissingField, &family(1));
    // Forms that the rule does not have.
    let elements = "/instruments/1/elements";
    case("/tiers/0/variable", json!("value"), BadElement, elements);
    case("/tiers/0/rows/1/amount", json!("-1"), BadElement, elements);
    let wide = json!("10000000000000");
    case(&counts, wide, Width, "/instruments/2/elements");
}
