//! Marks at zero or below: figures by hand, and whose marks they can be.

use super::{edit, expect, read_market, read_schedule, schedule, snapshot};
use crate::ErrorCode::*;
use crate::{AccountFile, CompiledMarket};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::rule::{Account, Profile, SecondWord, margin};

/// BTC-PERP, with marginal tiers of its value, ETH-PERP, with tiers by quantity, and funding.
const FLAGS: [&str; 2] = ["/instruments/0/elements", "/instruments/1/elements"];

fn signed() -> Value {
    let flag = json!({"negative_marks": true});
    FLAGS.iter().fold(schedule(), |schedule, at| edit(&schedule, at, flag.clone()))
}

fn at(marks: [&str; 2]) -> Value {
    let digest = read_schedule(&signed()).unwrap().digest().to_string();
    let snapshot = edit(&snapshot(), "/schedule", json!(digest));
    let snapshot = edit(&snapshot, "/instruments/0/mark", json!(marks[0]));
    edit(&snapshot, "/instruments/1/mark", json!(marks[1]))
}

fn market(marks: [&str; 2]) -> CompiledMarket {
    read_market(&signed(), &at(marks)).unwrap()
}

fn held(positions: Value) -> Account {
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test", "positions": positions,
        "balances": [{"asset": "USDT", "balance": "100000"}],
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    account.holdings(&read_schedule(&signed()).unwrap()).unwrap()
}

/// Oil's settlement of 20 April 2020. A thousand bought at 20.00 have lost 57,630.00, a thousand sold there have won that,
/// and either requires of 37,630.00, without the sign.
#[test]
fn a_value_has_the_sign_of_its_mark_and_a_notional_none() {
    // 10^12 units of the valuation currency: at an index of 0.9995.
    let usd = |cents: i64| BigInt::from(cents) * 9_995 * 10_i64.pow(6);
    // With four digits of rates more.
    let required = |tenths: i64| BigInt::from(tenths) * 9_995 * 10_i64.pow(9);
    let market = market(["-37.63", "3001.25"]);
    assert_eq!(market.market().profile(), Ok(Profile::EXACT));
    for (size, entry, balance) in [("1000", "20000", 4_237_000), ("-1000", "-20000", 15_763_000)] {
        let account = json!([{"instrument": "BTC-PERP", "size": size, "entry_value": entry}]);
        let figures = margin(&held(account), market.market()).unwrap();
        assert_eq!(figures.equity, usd(balance) * 10_000, "{size}");
        // 37,630.00 * 0.004 is 150.52.
        assert_eq!(figures.maintenance, required(150_520), "{size}");
        assert_eq!(figures.positions[0].row, 0);
    }
    // Its second row: 0.005 * 52,682 - 50.
    let account = json!([{"instrument": "BTC-PERP", "size": "-1400", "entry_value": "-28000"}]);
    let figures = margin(&held(account), market.market()).unwrap();
    assert_eq!(figures.equity, usd(10_000_000 + 5_268_200 + 2_800_000) * 10_000);
    assert_eq!(figures.maintenance, required(213_410));
    assert_eq!(figures.positions[0].row, 1);
}

/// Tiers by quantity, whose requirement is at the mark's magnitude: 0.02 of what is beyond 10, and funding as ever.
#[test]
fn tiers_by_quantity_are_of_the_magnitude() {
    let market = market(["60000", "-30.00"]);
    let account = json!([{
        "instrument": "ETH-PERP", "size": "-20", "entry_value": "-100", "funding_index": "0",
    }]);
    let figures = margin(&held(account), market.market()).unwrap();
    // 20 * 0.1 * 30 gained, 100 gained at entry, and 0.0015 of funding paid for each.
    let cents = 10_000_000 + 6_000 + 10_000 - 3;
    assert_eq!(figures.equity, BigInt::from(cents) * 9_995 * 10_i64.pow(10));
    // (0.02 * 20 - 0.1) * 3.
    assert_eq!(figures.maintenance, BigInt::from(9) * 9_995 * 10_i64.pow(11));
}

/// At zero nothing is worth anything, and nothing is required.
#[test]
fn a_mark_of_zero_is_one() {
    let market = market(["0", "0.00"]);
    let account = json!([
        {"instrument": "BTC-PERP", "size": "1000", "entry_value": "20000"},
        {"instrument": "ETH-PERP", "size": "-20", "entry_value": "0", "funding_index": "-0.0015"},
    ]);
    let figures = margin(&held(account), market.market()).unwrap();
    assert_eq!(figures.equity, BigInt::from(80_000) * 9_995 * 10_i64.pow(12));
    assert_eq!(figures.maintenance, BigInt::ZERO);
}

#[test]
fn the_explanation_says_whose_sign() {
    let market = market(["-37.63", "3001.25"]);
    let account = held(json!([{"instrument": "BTC-PERP", "size": "1000", "entry_value": "20000"}]));
    let figures = margin(&account, market.market()).unwrap();
    let steps = market.explain_position(
        &account.positions()[0],
        SecondWord::default(),
        &figures.positions[0],
    );
    let step = |name: &str| {
        let step = steps.iter().find(|step| step.figure == name).unwrap();
        (step.how.as_str(), step.result.to_string())
    };
    assert_eq!(step("value"), ("size * mark -37.63", "-37630".to_owned()));
    assert_eq!(step("notional"), ("size * mark -37.63, without its sign", "37630".to_owned()));
}

/// An instrument that does not say so has marks above zero alone, beside one that does.
#[test]
fn others_are_refused_with_the_place() {
    let third = edit(&at(["-1", "0"]), "/instruments/2/mark", json!("-0.05"));
    let place = "/instruments/2/mark";
    let refused = expect(read_market(&signed(), &third), NonPositivePrice, place);
    assert!(refused.message.contains("\"negative_marks\""), "{}", refused.message);
    let zero = edit(&third, place, json!("0"));
    expect(read_market(&signed(), &zero), NonPositivePrice, place);
    // Nor is an asset's price below zero.
    let index = edit(&at(["-1", "0"]), "/assets/0/index", json!("-1"));
    expect(read_market(&signed(), &index), NonPositivePrice, "/assets/0/index");
}

#[test]
fn what_needs_a_mark_above_zero_refuses_the_flag() {
    let place = "/instruments/0/elements/negative_marks";
    let refused = |schedule: &Value, why: &str| {
        let error = expect(read_schedule(schedule), BadElement, place);
        assert!(error.message.contains(why), "{}", error.message);
    };
    let round = |decimals: u32| json!({"mode": "truncate", "decimals": decimals});
    for point in ["value", "notional"] {
        let rounded = |decimals: u32| json!({ point: round(decimals) });
        refused(&edit(&signed(), "/rounding", rounded(4)), "rounded");
        // 3 digits of the size and 2 of the mark.
        read_schedule(&edit(&signed(), "/rounding", rounded(5))).unwrap();
    }
    let both = json!({"value": round(8), "notional": round(8)});
    let inverse =
        edit(&edit(&signed(), "/rounding", both.clone()), "/instruments/0/kind", json!("inverse"));
    refused(&inverse, "divides by its mark");
    let binary = edit(&edit(&signed(), "/rounding", both), "/instruments/0/price_bits", json!(4));
    refused(&binary, "rounded");
    let sides = json!({"long": {"round": "floor"}, "short": {"round": "floor"}});
    for name in ["value_by_side", "notional_by_side"] {
        let by_side = edit(&signed(), &format!("{}/{name}", FLAGS[0]), sides.clone());
        refused(&by_side, "by side");
    }
    refused(&edit(&signed(), "/open_orders", json!(true)), "open orders");
}

#[test]
fn digests_differ_and_records_do_not() {
    let read = |value: &Value| read_schedule(value).unwrap();
    let without = edit(&signed(), "/instruments/0/elements/negative_marks", json!(false));
    let neither = edit(&without, "/instruments/1/elements/negative_marks", json!(false));
    assert_ne!(read(&signed()).digest(), read(&without).digest());
    assert_ne!(read(&without).digest(), read(&neither).digest());
    assert_eq!(read(&neither).digest(), read(&schedule()).digest());
    assert_eq!(read(&signed()).registry_digest(), read(&schedule()).registry_digest());
    read(&signed()).continues(&read(&schedule())).unwrap();
    // A mark's sign is in the snapshot's digest.
    let [below, above] = ["-37.63", "37.63"].map(|mark| market([mark, "1"]).snapshot().digest());
    assert_ne!(below, above);
}

/// The case of `faults/cases`: refused as it was, taken with the word that marks can be below zero.
#[test]
fn fault_marks_below_zero() {
    let Some(folder) = std::env::var_os("ZKMARGIN_VECTORS") else { return };
    let folder = std::path::PathBuf::from(folder).join("../faults/cases");
    let file = |kind: &str| -> Option<Value> {
        let text = std::fs::read(folder.join(format!("mark_negative.{kind}.json"))).ok()?;
        Some(serde_json::from_slice(&text).unwrap())
    };
    let Some([schedule, snapshot]) = file("schedule").zip(file("snapshot")).map(<[_; 2]>::from)
    else {
        return;
    };
    let schedule = edit(&schedule, "/requirement", json!("maintenance"));
    let of = |schedule: &Value| {
        let digest = read_schedule(schedule).unwrap().digest().to_string();
        read_market(schedule, &edit(&snapshot, "/schedule", json!(digest)))
    };
    expect(of(&schedule), NonPositivePrice, "/instruments/0/mark");
    let flag = json!({"negative_marks": true});
    of(&edit(&schedule, "/instruments/0/elements", flag)).unwrap();
}
