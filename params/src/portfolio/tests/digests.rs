//! Digests name meanings: one for each, whatever the text.

use super::{read_market, read_schedule, schedule, snapshot};
use crate::tests::{REMOVE, edit};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn digest(value: &Value) -> String {
    read_schedule(value).unwrap_or_else(|e| panic!("{e}")).digest().to_string()
}

/// Changes that each make another schedule. Those of one row are of one figure, so a row gives at most one of them.
fn changes() -> Vec<Vec<(&'static str, Value)>> {
    vec![
        vec![("/venue", json!("other")), ("/venue", json!("tes"))],
        vec![("/name", json!("other"))],
        vec![("/date", json!("2024-01-02T00:00:00Z"))],
        vec![("/valuation/currency", json!("EUR"))],
        vec![("/digits/factor", json!(3)), ("/digits/factor", json!(4))],
        vec![("/equality_is_healthy", json!(false))],
        vec![("/capacity/positions", json!(9))],
        vec![("/capacity/size_bits", json!(21))],
        vec![("/menu/levels/2/name", json!("cushion"))],
        vec![("/menu/levels/2/level_bps", json!(15_001))],
        vec![("/menu/levels/2/requirement", json!("initial"))],
        vec![("/menu/floors/1", json!("101"))],
        vec![("/leaves_out", json!([])), ("/leaves_out/-", json!("fees"))],
        vec![("/assets/0/collateral/rows/0/rate", json!("2"))],
        vec![("/assets/0/chain", json!("base")), ("/assets/0/chain", json!("ethereum"))],
        vec![("/assets/0/contract_version", json!(1)), ("/assets/0/contract_version", json!(2))],
        vec![("/units/1/index", json!("PEG"))],
        vec![
            ("/units/0/series/0/options/size_decimals", json!(1)),
            ("/units/0/series/0/options/size_decimals", json!(2)),
        ],
        vec![
            ("/units/0/series/1/options/multiplier", json!("1.05")),
            ("/units/0/series/1/options/multiplier", json!("1")),
        ],
        vec![
            ("/units/0/series/0/options/contract_version", json!(0)),
            ("/units/0/series/0/options/contract_version", json!(1)),
        ],
        vec![("/units/0/series/1/number", json!(2)), ("/units/0/series/1/number", json!(3))],
        vec![
            ("/units/0/series/0/futures", json!({"settle": "USD", "size_decimals": 0})),
            ("/units/0/series/1/futures", json!({"settle": "USD", "size_decimals": 0})),
        ],
        vec![
            ("/units/1/series/0/futures/multiplier", json!("10")),
            ("/units/1/series/0/options", json!({"settle": "USD", "size_decimals": 0})),
        ],
        vec![
            ("/instruments/0/terms/size_decimals", json!(1)),
            ("/instruments/0/terms/multiplier", json!("10")),
        ],
        vec![("/instruments/0/terms/contract_version", json!(1))],
        vec![("/classes/0/slopes/positive", json!("1.1"))],
        vec![("/classes/0/slopes/negative", json!("1.1"))],
        vec![("/classes/0/magnitudes", json!(true))],
        vec![("/classes/1/magnitudes", json!(true))],
        vec![("/classes/1/scans/0/add", json!("0.6"))],
        vec![("/classes/1/scans/0/per_year", json!("0.6"))],
        vec![("/units/0/strike_step", json!("1")), ("/units/0/strike_step", json!("0.25"))],
        vec![("/groups/0/market", json!(2)), ("/groups/0/market", json!(3))],
        vec![("/groups/1/expiry", json!("2024-05-26T00:00:01Z"))],
        vec![("/groups/1/series", json!(1)), ("/groups/1/series", json!(2))],
        vec![("/groups/2/day", json!("2024-06-27")), ("/groups/2/class", json!("flat2"))],
        vec![("/instruments/1/strike", json!("151")), ("/instruments/1/strike", json!("150.5"))],
        vec![("/columns/0/name", json!("deep"))],
        vec![("/columns/0/slope", json!("1.1")), ("/columns/0/slope", json!("-1"))],
        vec![("/columns/1/sloped", json!(false))],
        vec![("/columns/1/magnitude", json!(true))],
        vec![("/columns/1/multiplier", json!("gross")), ("/columns/1/multiplier", json!("short"))],
        vec![("/columns/1/less_entry", json!(true))],
        vec![("/columns/3/role", json!("added"))],
        vec![("/columns/4/function/magnitude", json!("-0.2"))],
        vec![
            ("/columns/4/requirement", json!("initial")),
            ("/columns/4/requirement", json!("maintenance")),
        ],
        vec![("/columns/5/requirement", json!("maintenance"))],
        vec![("/instruments/0/number", json!(2)), ("/instruments/0/number", json!(3))],
        vec![("/instruments/3/number", json!(4))],
        vec![("/numbering", json!({"name": "options"})), ("/numbering", json!({"last_asset": 9}))],
        vec![("/instruments/0/symbol", json!("A-CASH"))],
        vec![("/instruments/2/strike", json!("149")), ("/instruments/1/kind", json!("put"))],
        vec![("/instruments/3/kind", json!("fixed"))],
        vec![("/instruments/3/charge", json!("haircut"))],
        vec![("/instruments/3/feed", json!(true))],
        vec![("/requirements/maintenance/factor", json!("1.3"))],
        vec![("/requirements/maintenance/unit_factors/0/factor", json!("0.6"))],
        vec![("/requirements/maintenance/unit_factors/0/unit", json!("A"))],
        vec![("/requirements/maintenance/short_options/rate", json!("0.02"))],
        vec![("/requirements/maintenance/short_options/of", json!("size"))],
        vec![("/requirements/maintenance/charges/0/rate", json!("0.06"))],
        vec![("/requirements/maintenance/charges/0/of", json!("size"))],
        vec![("/requirements/initial/peg/threshold", json!("0.98"))],
        vec![("/requirements/initial/peg/factor", json!("3"))],
        vec![("/requirements/initial/peg/index", json!("A"))],
        vec![("/requirements/initial/least_confidence", json!("0.6"))],
        vec![("/stresses/0/name", json!("panic"))],
        vec![("/stresses/0/scenarios/-", json!("up"))],
    ]
}

/// The schedule after a choice of each row: 0 is none.
fn chosen(choice: &[usize]) -> Option<Value> {
    let mut value = schedule();
    for (row, chosen) in changes().iter().zip(choice) {
        if let Some((pointer, new)) = chosen.checked_sub(1).and_then(|at| row.get(at)) {
            value = edit(&value, pointer, new.clone());
        }
    }
    read_schedule(&value).ok()?;
    Some(value)
}

#[test]
fn every_change_changes_the_schedule() {
    let mut seen = BTreeMap::from([(digest(&schedule()), "nothing")]);
    let mut refused = Vec::new();
    for (pointer, value) in changes().into_iter().flatten() {
        let changed = edit(&schedule(), pointer, value);
        match read_schedule(&changed) {
            Ok(of) if changed != schedule() => {
                let other = seen.insert(of.digest().to_string(), pointer);
                assert_eq!(other, None, "{pointer}");
            }
            Ok(_) => {}
            Err(_) => refused.push(pointer),
        }
    }
    // What is not a schedule has no digest.
    let refusals = [
        "/groups/1/series",
        "/groups/2/class",
        "/columns/0/name",
        "/columns/1/less_entry",
        "/instruments/1/kind",
    ];
    assert_eq!(refused, refusals);
    // Where nothing expires, entries can count.
    let lasting = edit(&schedule(), "/classes/1/scans", json!([]));
    let lasting = edit(&lasting, "/groups/1/expiry", REMOVE.into());
    let lasting = edit(&lasting, "/groups/1/day", json!("2024-05-26"));
    let with_entries = edit(&lasting, "/columns/1/less_entry", json!(true));
    assert_ne!(digest(&with_entries), digest(&lasting));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// No two meanings share a digest: schedules with different figures at any places differ.
    #[test]
    fn digests_are_injective(
        a in prop::collection::vec(0usize..3, changes().len()),
        b in prop::collection::vec(0usize..3, changes().len()),
        kept in prop::collection::vec(any::<bool>(), changes().len()),
    ) {
        let sparse = |choice: &[usize]| {
            let keep = choice.iter().zip(&kept).map(|(c, keep)| if *keep { *c } else { 0 });
            keep.collect::<Vec<_>>()
        };
        for [a, b] in [[sparse(&a), sparse(&b)], [a.clone(), sparse(&a)], [a.clone(), b.clone()]] {
            let (Some(a), Some(b)) = (chosen(&a), chosen(&b)) else { continue };
            let same = read_schedule(&a).unwrap().file() == read_schedule(&b).unwrap().file();
            prop_assert_eq!(digest(&a) == digest(&b), same);
        }
    }
}

#[test]
fn texts_of_one_schedule_have_one_digest() {
    let mut value = schedule();
    value["units"][0]["series"].as_array_mut().unwrap().reverse();
    value["units"][0]["series"][1]["options"]["multiplier"] = json!("1.0");
    for list in [
        "/groups",
        "/units",
        "/classes",
        "/indices",
        "/instruments",
        "/menu/levels",
        "/menu/floors",
    ] {
        value.pointer_mut(list).unwrap().as_array_mut().unwrap().reverse();
        assert_eq!(digest(&value), digest(&schedule()), "{list}");
    }
    for (pointer, new) in [
        ("/columns/0/slope", json!("1.0")),
        ("/columns/0/multiplier", json!("net")),
        ("/date", json!("2024-01-01T00:00:00.000Z")),
        ("/source", json!("elsewhere")),
        ("/stresses/0/scenarios", json!(["down"])),
    ] {
        assert_eq!(digest(&edit(&value, pointer, new)), digest(&schedule()), "{pointer}");
    }
    // Arrays follow the order of columns, so that order means something.
    value["columns"].as_array_mut().unwrap().swap(0, 1);
    assert_ne!(digest(&value), digest(&schedule()));
}

/// One digest, one market.
#[test]
fn order_does_not_change_the_market() {
    let original = read_market(&schedule(), &snapshot()).unwrap();
    let (mut value, mut prices) = (schedule(), snapshot());
    for list in ["/groups", "/units", "/classes", "/indices", "/instruments"] {
        value.pointer_mut(list).unwrap().as_array_mut().unwrap().reverse();
    }
    for list in ["/indices", "/instruments"] {
        prices.pointer_mut(list).unwrap().as_array_mut().unwrap().reverse();
    }
    let market = read_market(&value, &prices).unwrap();
    assert_eq!(market.digest(), original.digest());
    for requirement in [crate::Requirement::Maintenance, crate::Requirement::Initial] {
        assert_eq!(market.market(requirement), original.market(requirement));
    }
}

#[test]
fn every_change_changes_the_snapshot() {
    let digest = |value: &Value| {
        let market = read_market(&schedule(), value).unwrap_or_else(|e| panic!("{e}"));
        market.snapshot().digest().to_string()
    };
    let mut seen = BTreeMap::from([(digest(&snapshot()), "nothing")]);
    for (pointer, value) in [
        ("/time", json!("2024-01-01T00:00:00.001Z")),
        ("/sequence", json!(4)),
        ("/assets/0/index", json!("1.01")),
        ("/indices/0/price", json!("151")),
        ("/indices/1/price", json!("0.98")),
        ("/indices/0/confidence", json!("0.8")),
        ("/indices/1/confidence", json!("0.9")),
        ("/groups/0/positive", json!("0.8")),
        ("/groups/0/negative", json!("1.2")),
        ("/groups/0/confidence", json!("0.85")),
        ("/groups/-", json!({"group": "A spot", "confidence": "0.5"})),
        ("/groups/-", json!({"group": "B future", "confidence": "0.5"})),
        ("/instruments/0/value", json!("151")),
        ("/instruments/0/confidence", json!("0.5")),
        ("/instruments/1/loadings/0", json!("2.01")),
        ("/instruments/1/loadings/1", json!("-3.01")),
        ("/instruments/2/loadings/5", json!("1")),
    ] {
        let other = seen.insert(digest(&edit(&snapshot(), pointer, value)), pointer);
        assert_eq!(other, None, "{pointer}");
    }
    let same = edit(&snapshot(), "/instruments/1/loadings/0", json!("2.00"));
    assert_eq!(digest(&edit(&same, "/source", json!("here"))), digest(&snapshot()));
    // A group that is listed without figures is one that is not.
    let listed = edit(&snapshot(), "/groups/-", json!({"group": "A spot"}));
    assert_eq!(digest(&listed), digest(&snapshot()));
}

/// What is listed, a requirement's own matter, or a price leaves the rule of ids alone.
#[test]
fn registries() {
    let registry = |value: &Value| read_schedule(value).unwrap().registry_digest().to_string();
    let own = registry(&schedule());
    for (pointer, value, same) in [
        ("/name", json!("other"), true),
        ("/columns/0/slope", json!("1.1"), true),
        ("/requirements/maintenance/factor", json!("1.3"), true),
        ("/venue", json!("other"), false),
        (
            "/digits",
            json!({"product": 2, "entry": 1, "slope": 1, "group_slope": 1, "scan": 1, "factor": 2}),
            false,
        ),
        ("/numbering", json!({"name": "other"}), false),
        ("/numbering", json!({"last_asset": 9}), true),
        ("/groups/1/expiry", json!("2024-05-27T00:00:00Z"), true),
        ("/instruments/1/strike", json!("151"), true),
        ("/instruments/3/number", json!(10), true),
        ("/units/-", json!({"id": 3, "name": "C"}), true),
        (
            "/units/0/series/-",
            json!({"number": 2, "futures": {"settle": "USD", "size_decimals": 0}}),
            true,
        ),
    ] {
        assert_eq!(registry(&edit(&schedule(), pointer, value)) == own, same, "{pointer}");
    }
}
