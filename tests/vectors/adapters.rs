//! The adapters themselves: what they do not know is left out with a reason, and a wrong figure is
//! a mismatch.

use std::path::PathBuf;
use zkmargin_tests::{Loaded, load_dydx, load_starkex};

pub fn write(name: &str, file: &str, text: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    std::fs::write(folder.join(file), text).expect("a file for the test");
    folder
}

/// A long of 80 at 900 in 2^-28, 50 % risk, with `more` in the case.
fn starkex(name: &str, more: &str) -> Loaded {
    let text = format!(
        r#"{{"cases": [{{"name": "one", "collateral": [{{"asset": "USDC", "amount": "0"}}],
        "positions": [{{"instrument": "A", "size": "80", "cached_funding_index": "0"}}],
        "instruments": {{"A": {{"risk_factor_tiers": ["500"], "tier_size": "1",
            "first_tier_boundary": "340282366920938463463374607431768211455"}}}},
        "prices": {{"A": "241591910400"}}, "unknown": null {more} }}]}}"#
    );
    let folder = write(name, "starknet_perpetual_extended.json", &text);
    load_starkex(&folder).expect("JSON").expect("the file")
}

pub fn mismatches(loaded: &Loaded) -> usize {
    loaded.cases.iter().map(|c| c.mismatches(&c.margin().expect("figures")).len()).sum()
}

#[test]
fn figures_are_compared() {
    let right =
        starkex("right", r#", "expected": {"total_value": "72000", "total_risk": "36000"}"#);
    assert_eq!((right.ran(), mismatches(&right)), (1, 0));
    let wrong =
        starkex("wrong", r#", "expected": {"total_value": "72001", "total_risk": "35999"}"#);
    assert_eq!((wrong.ran(), mismatches(&wrong)), (1, 2));
    let verdict = starkex("verdict", r#", "expected": {"total_value": null, "healthy": false}"#);
    assert_eq!((verdict.ran(), mismatches(&verdict)), (1, 1));
}

#[test]
fn what_is_unknown_is_left_out() {
    for (name, more, reason) in [
        ("needs", r#", "expected": {"total_value": "1"}, "needs": ["magic (x)"]"#, "needs magic"),
        ("nothing", r#", "expected": {"other": 1}"#, "nothing expected that the adapter knows"),
        ("null", r#", "expected": null"#, "no `expected` in the case"),
    ] {
        let loaded = starkex(name, more);
        assert_eq!(loaded.ran(), 0, "{name}");
        assert_eq!(loaded.left_out[0].reason, reason);
    }
}

#[test]
fn a_width_is_a_reason() {
    let text = r#"{"cases": [{"name": "one", "collateral": [
        {"asset": "USDC", "amount": "316912650057057350374175801344"}],
        "expected": {"net_collateral": "316912650057057350374175801344"}}]}"#;
    let loaded = load_dydx(&write("width", "dydx_v4.json", text)).expect("JSON").expect("the file");
    assert_eq!(loaded.ran(), 0);
    assert!(loaded.left_out[0].reason.contains("exceeds 99 bits"), "{:?}", loaded.left_out);
}

#[test]
fn an_absent_file_is_nothing() {
    let folder = write("empty", "other.json", "{}");
    assert!(load_dydx(&folder).expect("nothing to read").is_none());
}
