//! What has expired has its settlement value, and loses nothing.

use super::{account, read_account, read_market, read_schedule, schedule, snapshot, told};
use crate::Requirement;
use crate::portfolio::PortfolioMarket;
use crate::tests::edit;
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::portfolio::{margin, stress};

/// A schedule after the expiry of its options, at which the call settled at 20 and the put at nothing.
fn expired(schedule: &Value) -> PortfolioMarket {
    let mut snapshot = snapshot();
    snapshot["schedule"] = json!(read_schedule(schedule).unwrap().digest().to_string());
    snapshot["time"] = json!("2024-06-01T00:00:00Z");
    for (at, settlement) in [(1, "20"), (2, "0")] {
        let name = snapshot["instruments"][at]["instrument"].clone();
        snapshot["instruments"][at] = json!({"instrument": name, "settlement": settlement});
    }
    read_market(schedule, &snapshot).unwrap()
}

/// Loadings of the call in the columns of maintenance, in units of a size.
fn loadings(market: &PortfolioMarket) -> Vec<String> {
    let terms = market.market(Requirement::Maintenance).unwrap().terms();
    let call = terms.instrument(2).unwrap();
    assert_eq!(call.value, 2_000.into());
    call.loadings.iter().map(|loading| format_scaled(loading, 2)).collect()
}

/// ```text
/// spot:   down 20 * 10 = 200, times 1.2 = 240; haircut 5 % of 3,000 = 150; E 240
/// calls:  -10 settled at 20 and entered at it; 1 % of 150 for each that is net short = 15
/// crash:  240 - 200
/// ```
#[test]
fn short_calls_offset_nothing() {
    let market = expired(&schedule());
    let of = market.market(Requirement::Maintenance).unwrap();
    let spot = json!({"instrument": "A-SPOT", "size": "20", "entry_value": "3000"});
    let calls = json!({"instrument": "A-MAY-150-C", "size": "-10", "entry_value": "-200"});
    for (positions, required) in [(json!([spot]), "390"), (json!([spot, calls]), "405")] {
        let held = edit(&account(), "/balances/0/balance", json!("240"));
        let held = read_account(&edit(&held, "/positions", positions)).unwrap();
        let figures = margin(&held, of).unwrap();
        assert_eq!(told(&market, &figures), ["240", required]);
        assert_eq!(figures.units[0].scans, [BigInt::ZERO]);
        let left = stress(&held, of, "crash").unwrap().left();
        assert_eq!(format_scaled(&left, market.schedule().loss_decimals()), "40");
    }
}

/// Columns of values are those that cancel their terms: as one of maintenance does here.
#[test]
fn columns_of_values() {
    let with_mark = |down: Value| {
        let value = edit(&schedule(), "/columns/5", down["mark"].clone());
        edit(&value, "/columns/0", down["down"].clone())
    };
    let cancelling = json!({
        "down": {"name": "down", "role": "scenario", "slope": "-0.5", "sloped": true,
                 "terms": [{"column": "mark", "multiplier": "0.5"}]},
        "mark": {"name": "mark", "role": "term", "slope": "0"}
    });
    let of = |pointer: &str, value: Value| with_mark(edit(&cancelling, pointer, value));
    let values = ["20", "0", "0", "0", "0", "20"];
    assert_eq!(loadings(&expired(&with_mark(cancelling.clone()))), values);
    // Without group slopes the slope itself has their digits.
    let alone = of(
        "/down",
        json!({"name": "down", "role": "scenario", "slope": "-0.25",
                                   "terms": [{"column": "mark", "multiplier": "0.25"}]}),
    );
    assert_eq!(loadings(&expired(&alone)), values);
    for (pointer, value) in [
        ("/down/slope", json!("0.5")),
        ("/down/slope", json!("-0.4")),
        ("/down/terms/0/multiplier", json!("5")),
        ("/down/multiplier", json!("gross")),
        ("/mark/multiplier", json!("short")),
    ] {
        assert_eq!(loadings(&expired(&of(pointer, value))), ["0"; 6], "{pointer}");
    }
    // Entries count in both or in neither.
    let entries = edit(&cancelling, "/mark/less_entry", json!(true));
    let error = read_schedule(&with_mark(entries.clone())).unwrap_err();
    assert_eq!(error.pointer, "/columns/5/less_entry");
    assert_eq!(
        loadings(&expired(&with_mark(edit(&entries, "/down/less_entry", json!(true))))),
        values
    );
}
