//! The adapter of Derive's cases: a case by hand, and what is wrong is a mismatch.

use super::adapters::write;
use zkmargin_tests::{Loaded, load_derive};

/// A perpetual of 2 and three calls short. Feeds have this confidence, and these figures are expected.
fn derive(name: &str, confidence: &str, expected: [&str; 3]) -> Loaded {
    let [mm, im, profit] = expected;
    let text = format!(
        r#"{{"parameter_sets": {{"P": {{
            "Margin": {{"MM_LOSS_FACTOR": 0.8, "IM_LOSS_FACTOR": 1.0}},
            "BasisContingency": {{"BASIS_CONT_ADD_FACTOR": 0.5, "BASIS_CONT_MULT_FACTOR": 2}},
            "OtherContingency": {{"PEG_LOSS_THRESHOLD": 0.98, "PEG_LOSS_FACTOR": 2,
                "CONF_THRESHOLD": 0.55, "CONF_MARGIN": 1, "MM_PERP_PERCENT": 0.01,
                "IM_PERP_PERCENT": 0.02, "MM_OPTION_PERCENT": 0.003, "IM_OPTION_PERCENT": 0.002}}}}}},
        "scenario_sets": {{"S": [
            {{"SpotShock": 1.1, "VolShockDirection": "None", "DampeningFactor": 1}},
            {{"SpotShock": 0.9, "VolShockDirection": "Up", "DampeningFactor": 0.5}},
            {{"SpotShock": 1, "VolShockDirection": "LINEAR", "DampeningFactor": 1}}]}},
        "cases": [{{"name": "one", "params": "P", "scenarios": "S", "cash": 1000, "collateral": [],
            "spot": {{"price": 100, "confidence": {confidence}}}, "stable_price": 1,
            "perp": {{"size": 2, "price": 101, "confidence": 1, "unrealised_pnl": 5,
                "unrealised_funding": -1}},
            "options": [{{"expiry_sec": 15768000, "strike": 100, "is_call": 1, "size": -3,
                "unit_value": ["18", "4", "11"], "unit_mark": "10", "unit_basis_up": "12",
                "unit_basis_down": "9"}}],
            "expiries": [{{"expiry_sec": 15768000, "static_discount_pos": "0.9",
                "static_discount_neg": "1", "min_confidence": 1}}],
            "expected": {{"MM": {mm}, "IM": {im}, "portfolio_mtm": 974, "verdict_MM": true,
                "verdict_IM": true, "tolerance_rel": 1e-08}},
            "check": {{"scenario_pnl": ["{profit}", "-1.1", "-3"]}}}}]}}"#
    );
    load_derive(&write(name, "derive_pmrm2.json", &text)).expect("JSON").expect("the file")
}

fn mismatches(loaded: &Loaded) -> usize {
    loaded.portfolio.iter().map(|c| c.mismatches(&c.margin().expect("figures")).len()).sum()
}

/// The basis contingency of half a year is 1.5 times 6 and the worst: equity is 974, contingencies are 2 + 0.9, and 4 + 0.6
/// more of initial margin.
#[test]
fn figures_are_compared() {
    let right = derive("derive right", "1", ["963.9", "957.5", "-3.8"]);
    assert_eq!((right.ran(), right.portfolio.len(), mismatches(&right)), (1, 2, 0));
    for (expected, wrong) in [
        (["963.90002", "957.5", "-3.8"], 1),
        (["963.9", "957.49998", "-3.8"], 1),
        (["963.9", "957.5", "-3.79999"], 2),
    ] {
        assert_eq!(mismatches(&derive("derive wrong", "1", expected)), wrong, "{expected:?}");
    }
}

/// Half a confidence adds half of both notionals, 200 and 300, to initial margin, and no circuit could prove that.
#[test]
fn a_doubtful_feed() {
    let loaded = derive("derive doubt", "0.5", ["963.9", "707.5", "-3.8"]);
    assert_eq!(mismatches(&loaded), 0);
    let native_only: Vec<_> = loaded.portfolio.iter().map(|c| c.native_only.is_some()).collect();
    assert_eq!(native_only, [false, true]);
}
