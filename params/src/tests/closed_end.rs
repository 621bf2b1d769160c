//! A declared end is the venue's, however far it is.

use super::{expect, read_market, read_schedule};
use crate::{AccountFile, ErrorCode};
use serde_json::{Value, json};
use zkmargin_model::rule::{RuleError, margin};

/// One instrument that settles in a token of 18 digits, with one rate up to `below`.
fn capped(below: Value) -> Value {
    json!({
        "format": "zkmargin-schedule/1", "venue": "test", "name": "capped", "source": "made up",
        "requirement": "maintenance", "valuation": {"currency": "USD", "decimals": 18},
        "rate_decimals": 4, "equality_is_healthy": true,
        "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
        "assets": [{"id": 1, "symbol": "TOKEN", "decimals": 18, "settles": true,
                    "collateral": {"variable": "value", "rows": [{"rate": "1", "amount": "0"}]}}],
        "tiers": [{"name": "one", "variable": "value",
                   "rows": [{"from": "0", "below": below, "rate": "0.05", "amount": "0"}]}],
        "instruments": [{"id": 1, "symbol": "PERP", "kind": "linear", "settle": "TOKEN", "size_decimals": 0,
                         "price_decimals": 2, "multiplier": "1", "tiers": "one"}]
    })
}

/// What is required of a position of this size at a price of one.
fn required(below: Value, size: &str) -> Result<(), RuleError> {
    let schedule = capped(below);
    let digest = read_schedule(&schedule).unwrap().digest();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": digest.to_string(),
        "time": "2024-07-27T06:44:38.998Z", "sequence": 5,
        "assets": [{"asset": "TOKEN", "index": "1"}],
        "instruments": [{"instrument": "PERP", "mark": "1"}]
    });
    let market = read_market(&schedule, &snapshot).unwrap();
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test",
        "balances": [{"asset": "TOKEN", "balance": "0"}],
        "positions": [{"instrument": "PERP", "size": size, "entry_value": "0"}],
        "holder_key": "8f3c1a5d9e27b046c81d72f5a03be96417d04f8ea9526bc3307195fd2e6b8a1c", "serial": "42",
        "blinding": super::BLINDING
    });
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    let (account, _) = account.to_account(market.schedule()).unwrap();
    margin(&account, market.market()).map(|_| ())
}

/// 10^16 tokens are 10^34 units, more than the 2^112 - 1 to which an open row reaches.
#[test]
fn fault_a_far_cap_is_a_cap() {
    let beyond = Err(RuleError::BeyondTiers { instrument: 1 });
    for (cap, below, above) in [
        ("1000000", "999999", "1000000"),
        ("10000000000000000", "9999999999999999", "10000000000000000"),
    ] {
        assert_eq!(required(json!(cap), below), Ok(()), "{cap}");
        assert_eq!(required(json!(cap), above), beyond, "{cap}");
    }
    // An open row reaches as far as sizes do.
    assert_eq!(required(json!(null), "1000000000000000000"), Ok(()));
}

/// An end that reads as an open row's is none that can be told from it.
#[test]
fn an_end_where_open_rows_end_is_refused() {
    // 2^112 units.
    let end = json!("5192296858534827.628530496329220096");
    let here = "/tiers/0/rows/0/below";
    expect(read_schedule(&capped(end)), ErrorCode::OutOfRange, here);
    read_schedule(&capped(json!("5192296858534827.628530496329220097"))).unwrap();
}

/// A schedule with a book for each of two settlement assets and isolated positions. Requirements in the second are rounded
/// to whole tokens of 36 digits, after a factor.
fn two_books(factor: &str) -> Value {
    let mut schedule = capped(json!(null));
    schedule["valuation"]["decimals"] = json!(36);
    schedule["rate_decimals"] = json!(12);
    schedule["isolated_books"] = json!(true);
    schedule["settlement_asset_books"] = json!(true);
    schedule["assets"][0]["decimals"] = json!(27);
    for digits in ["size_decimals", "price_decimals"] {
        schedule["instruments"][0][digits] = json!(10);
    }
    let mut other = schedule["assets"][0].clone();
    (other["id"], other["symbol"], other["decimals"]) = (json!(2), json!("FINE"), json!(36));
    schedule["assets"].as_array_mut().unwrap().push(other);
    let mut tiers = schedule["tiers"][0].clone();
    tiers["name"] = json!("whole");
    tiers["requirement_rounding"] = json!([{"mode": "ceil", "decimals": 0, "factor": factor}]);
    schedule["tiers"].as_array_mut().unwrap().push(tiers);
    let mut other = schedule["instruments"][0].clone();
    (other["id"], other["symbol"], other["settle"]) = (json!(2), json!("FINE-PERP"), json!("FINE"));
    (other["size_decimals"], other["price_decimals"]) = (json!(18), json!(18));
    other["tiers"] = json!("whole");
    schedule["instruments"].as_array_mut().unwrap().push(other);
    schedule
}

/// A requirement that is too wide for its own book is too wide to be compared with beside another one.
#[test]
fn fault_too_wide_a_requirement_is_so_beside_every_book() {
    let schedule = two_books("10000000000000000000000000000000000000000");
    let digest = read_schedule(&schedule).unwrap().digest();
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": digest.to_string(),
        "time": "2024-07-27T06:44:38.998Z", "sequence": 5,
        "assets": [{"asset": "TOKEN", "index": "1"}, {"asset": "FINE", "index": "1"}],
        "instruments": [{"instrument": "PERP", "mark": "1"}, {"instrument": "FINE-PERP", "mark": "1"}]
    });
    let market = read_market(&schedule, &snapshot).unwrap();
    for of_books in market.selections() {
        let compares = of_books.books().isolated == zkmargin_model::rule::Isolated::Compared;
        let profile = of_books.market().profile();
        assert!(!compares || profile.is_err(), "{:?} {profile:?}", of_books.books());
    }
}
