//! The adapters of Drift and Mango: figures by hand with remainders at every step, and what is left out.

use super::adapters::{mismatches, write};
use zkmargin_tests::{Loaded, load_drift, load_mango};

/// 10 USDC and a long of 1.000000001 at 33.333333 that cost 30, with `held` in the position and `expected`.
fn drift(name: &str, held: &str, more: &str) -> Loaded {
    let text = format!(
        r#"{{"cases": [{{"name": "one", "kind": "account", "inputs": {{
        "margin_type": "Maintenance", "strict": false, "margin_buffer": "0",
        "user": {{"max_margin_ratio": "0"}},
        "spot_positions": [{{"market_index": "0", "balance_type": "Deposit",
            "scaled_balance": "10000000001"}}],
        "perp_positions": [{{"market_index": "0", "base_asset_amount": "1000000001",
            "quote_asset_amount": "-30000000" {held}}}],
        "spot_markets": {{"0": {{"decimals": "6", "cumulative_deposit_interest": "10000000000",
            "cumulative_borrow_interest": "10000000000", "oracle_price": "1000000"}}}},
        "perp_markets": {{"0": {{"margin_ratio_initial": "1000", "margin_ratio_maintenance": "501",
            "unrealized_pnl_maintenance_asset_weight": "9999", "oracle_price": "33333333"}}}}
        }}, "check": {{"recomputed": {{}}}} {more} }}]}}"#
    );
    load_drift(&write(name, "drift_v2.json", &text)).expect("JSON").expect("the file")
}

#[test]
fn drift_rounds_in_turn() {
    // The value is cut to 33333333, 99.99 % of the profit to 3332999, and 5.01 % of the value to 1669999.
    let figures = |total: u64, required: u64, meets: bool| {
        format!(
            r#", "expected": {{"total_collateral": "{total}", "margin_requirement": "{required}",
            "meets_margin_requirement": {meets}}}"#
        )
    };
    let right = drift("drift right", "", &figures(13_332_999, 1_669_999, true));
    assert_eq!((right.ran(), mismatches(&right), right.relations.len()), (1, 0, 1));
    let wrong = drift("drift wrong", "", &figures(13_333_000, 1_670_000, true));
    assert_eq!(mismatches(&wrong), 2);
    let flag = |loaded: &Loaded| {
        let relation = &loaded.relations[0];
        let figures = relation.cases.iter().map(|c| c.margin().expect("figures"));
        (relation.check)(&figures.collect::<Vec<_>>()).is_ok()
    };
    let sick = drift("drift sick", "", &figures(13_332_999, 1_669_999, false));
    assert_eq!((flag(&right), flag(&sick)), (true, false));
}

/// An isolated position and its deposit are a book of their own.
#[test]
fn drift_isolated() {
    let held = r#", "isolated": true, "isolated_position_scaled_balance": "1000000001""#;
    let expected = r#", "expected": {"total_collateral": "10000000", "margin_requirement": "0",
        "isolated_0_total_collateral": "4332999", "isolated_0_margin_requirement": "1669999",
        "isolated_0_meets": true}"#;
    let loaded = drift("drift isolated", held, expected);
    assert_eq!((loaded.cases.len(), mismatches(&loaded)), (2, 0));
}

/// With the bids 3.000000001 are worth 99999999, of which 5.01 % are 5009999; each of three orders requires 10000.
#[test]
fn drift_orders() {
    let held = r#", "open_bids": "2000000000", "open_asks": "-1000000000", "open_orders": "3""#;
    let expected = |required: u64| {
        format!(
            r#", "expected": {{"total_collateral": "13332999", "margin_requirement": "{required}"}}"#
        )
    };
    let loaded = drift("drift orders", held, &expected(5_039_999));
    assert_eq!((loaded.ran(), mismatches(&loaded)), (1, 0));
    assert_eq!(mismatches(&drift("drift orders wrong", held, &expected(5_009_999))), 1);
}

#[test]
fn drift_leaves_out() {
    let expected = r#", "expected": {"total_collateral": "1"}"#;
    for (name, held, more, reason) in [
        ("drift asks", r#", "open_asks": "1""#, "", "orders of the wrong sign"),
        (
            "drift funding",
            r#", "last_cumulative_funding_rate": "1""#,
            "",
            "funding that is not settled",
        ),
        ("drift needs", "", r#", "needs": ["spot_open_orders"]"#, "needs spot_open_orders"),
    ] {
        let loaded = drift(name, held, &format!("{expected}{more}"));
        assert_eq!(loaded.ran(), 0, "{name}");
        assert_eq!(loaded.left_out[0].reason, reason);
    }
}

/// A balance at the weight 1 and half a unit, with this health to the bit.
fn mango(name: &str, balance: i64, health: i64, negative: bool) -> Loaded {
    let text = format!(
        r#"{{"cases": [{{"name": "one", "health_type": "Init", "account": {{"tokens": [{{
        "balance": "{balance}", "bank": {{"token_index": "0",
            "oracle": "140737488355328", "stable": "281474976710656",
            "init_asset_weight": "281474976710656", "init_liab_weight": "281474976710656"}}}}],
        "serum": [], "perps": []}},
        "expected": {{"health": 0.0, "tolerance": 0.001, "negative": {negative}}},
        "check": {{"recomputed_i80f48": "{health}"}}}}]}}"#
    );
    load_mango(&write(name, "mango_v4.json", &text)).expect("JSON").expect("the file")
}

/// What is owned counts at the lower of two prices and what is owed at the higher, both floored.
#[test]
fn mango_floors_by_sign() {
    for (balance, health, negative) in [(5, 2, false), (-5, -5, true), (0, 0, false)] {
        let loaded = mango("mango", balance, health, negative);
        assert_eq!((loaded.ran(), mismatches(&loaded)), (1, 0), "{balance}");
    }
    assert_eq!(mismatches(&mango("mango wrong", 5, 3, false)), 1);
    assert_eq!(mismatches(&mango("mango flag", 5, 2, true)), 1);
}
