//! Requirements that are rounded after they are added up and converted, from files.

use super::{account, edit, expect, read_market, read_schedule, schedule, snapshot};
use crate::{AccountFile, ErrorCode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zkmargin_model::rule::margin;

fn rounded(mode: &str, decimals: u32) -> Value {
    edit(&schedule(), "/rounding", json!({"conversion": {"mode": mode, "decimals": decimals}}))
}

/// By hand. In USDT 400.07875, 60.0105 and 93.03875, together 553.128, are 552.851436 at 0.9995; in BTC 0.0006 are 36.0603 at
/// 60100.5. Each position by itself would be 399.88, 59.99 and 93.00, one hundredth more.
#[test]
fn requirements_are_rounded_after_the_sum() {
    for (mode, decimals, required, usdt, btc) in [
        ("ceil", 2, "588.93", "552.86", "36.07"),
        ("floor", 2, "588.91", "552.85", "36.06"),
        ("nearest-away", 3, "588.911", "552.851", "36.06"),
        ("away", 0, "590", "553", "37"),
        ("floor", 16, "588.911736", "552.851436", "36.0603"),
    ] {
        let schedule = rounded(mode, decimals);
        let mut prices = snapshot();
        prices["schedule"] = json!(read_schedule(&schedule).unwrap().digest().to_string());
        let market = read_market(&schedule, &prices).unwrap();
        let held = AccountFile::from_json(account().to_string().as_bytes()).unwrap();
        let held = held.holdings(market.schedule()).unwrap();
        let made = margin(&held, market.market()).unwrap();
        let unit = market.schedule().margin_amount_unit();
        assert_eq!(unit.figure(&made.maintenance).to_string(), required, "{mode}");
        let steps = market.explain_conversions(&held, &made);
        let results: Vec<_> = steps.iter().map(|s| (&*s.figure, s.result.to_string())).collect();
        assert_eq!(results, [("USDT", usdt.to_owned()), ("BTC", btc.to_owned())]);
        if decimals == 2 && mode == "ceil" {
            let words = "what all its positions require: 552.851436, rounded up to 10^-2";
            assert_eq!(steps[0].words(), words);
        }
        // What keeps all digits is exact, and a circuit proves it.
        let provable = market.market().profile();
        assert_eq!(provable.is_ok(), decimals == 16);
        if let Err(why) = provable {
            let words = "no circuit proves the conversion of requirements of asset 1: it is rounded after the sum";
            assert_eq!(why.to_string(), words);
        }
    }
}

#[test]
fn a_conversion_is_in_the_digest() {
    let digest = |value: &Value| read_schedule(value).unwrap().digest().to_string();
    let mut seen = BTreeSet::from([digest(&schedule())]);
    for (mode, decimals) in [("ceil", 2), ("ceil", 3), ("floor", 2)] {
        assert!(seen.insert(digest(&rounded(mode, decimals))), "{mode} {decimals}");
        let numbered = edit(&rounded(mode, decimals), "/numbering", json!({"last_asset": 7}));
        assert!(seen.insert(digest(&numbered)), "{mode} {decimals}");
    }
    let collateral = json!({"collateral": {"mode": "ceil", "decimals": 2}});
    assert!(seen.insert(digest(&edit(&schedule(), "/rounding", collateral))));
    // An account is the same under both.
    let of = |value: &Value| read_schedule(value).unwrap().registry_digest();
    assert_eq!(of(&rounded("ceil", 2)), of(&schedule()));
}

#[test]
fn bad_conversions_are_refused_with_the_place() {
    let here = "/rounding/conversion/decimals";
    expect(read_schedule(&rounded("ceil", 17)), ErrorCode::BadDecimals, here);
    let mut books = rounded("ceil", 2);
    books["settlement_asset_books"] = json!(true);
    expect(read_schedule(&books), ErrorCode::UnknownField, "/rounding/conversion");
}
