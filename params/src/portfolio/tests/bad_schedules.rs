//! Every way a portfolio schedule is refused, with its code and place.

use super::{read_schedule, schedule};
use crate::ErrorCode::{self, *};
use crate::tests::{REMOVE, edit, expect};
use serde_json::{Value, json};

fn case(pointer: &str, value: Value, code: ErrorCode, at: &str) {
    expect(read_schedule(&edit(&schedule(), pointer, value)), code, at);
}

fn at(pointer: &str, value: Value, code: ErrorCode) {
    case(pointer, value, code, pointer);
}

#[test]
fn shape_of_the_file() {
    at("/format", json!("zkmargin-schedule/1"), WrongFormat);
    at("/tiers", json!([]), UnknownField);
    case("/date", REMOVE.into(), MissingField, "");
    at("/date", json!("yesterday"), BadTime);
    at("/columns/0/role", json!("worst"), WrongType);
    at("/columns/0/slope", json!(1), NumberNotString);
    at("/instruments/0/kind", json!("future"), WrongType);
    at("/leaves_out/0", json!(""), BadText);
}

#[test]
fn bounds_come_before_anything_else() {
    let many = |count: usize, of: Value| Value::Array(vec![of; count]);
    at("/units", many(65, json!({"id": 1, "name": "A"})), ListTooLong);
    at("/scans", many(5, json!("basis")), ListTooLong);
    at(
        "/groups",
        many(513, json!({"name": "g", "unit": "A", "class": "flat", "market": 1})),
        ListTooLong,
    );
    let instrument = schedule()["instruments"][0].clone();
    at("/instruments", many(4086, instrument), ListTooLong);
    at("/columns", many(81, schedule()["columns"][0].clone()), ListTooLong);
    at("/classes/1/scans", many(5, schedule()["classes"][1]["scans"][0].clone()), ListTooLong);
    at("/stresses/0/scenarios", many(41, json!("down")), ListTooLong);
    let charge = schedule()["requirements"]["maintenance"]["charges"][0].clone();
    at("/requirements/maintenance/charges", many(4086, charge), ListTooLong);
    let factor = schedule()["requirements"]["maintenance"]["unit_factors"][0].clone();
    at("/requirements/maintenance/unit_factors", many(65, factor), ListTooLong);
    at("/capacity", json!({"positions": 129, "size_bits": 20}), OutOfRange);
    at("/capacity", json!({"positions": 8, "size_bits": 64}), OutOfRange);
    at("/capacity", json!({"positions": 0, "size_bits": 1}), OutOfRange);
    // Forty columns of one requirement, in 20 cells.
    let scenario = |k: usize| json!({"name": format!("s{k}"), "role": "scenario", "slope": "1"});
    let columns = |count: usize| Value::Array((0..count).map(scenario).collect());
    let mut wide = edit(&schedule(), "/columns", columns(40));
    wide = edit(&wide, "/stresses", json!([]));
    read_schedule(&wide).unwrap();
    expect(read_schedule(&edit(&wide, "/columns", columns(41))), ListTooLong, "/columns");
    // Forty columns of two multipliers that fill 21 cells.
    for k in 0..21 {
        wide = edit(&wide, &format!("/columns/{k}/multiplier"), json!("gross"));
    }
    expect(read_schedule(&wide), ListTooLong, "/columns");
}

#[test]
fn names_and_ids() {
    case("/units/1/id", json!(1), DuplicateId, "/units/1/id");
    at("/units/0/id", json!(0), BadId);
    at("/units/0/id", json!(1_024), BadId);
    at("/assets/0/id", json!(65_536), BadId);
    let numbering = json!({"first_asset": 1});
    case("/numbering", numbering, UnknownField, "/numbering/first_asset");
    case("/groups/1/name", json!("A spot"), DuplicateName, "/groups/1/name");
    case("/indices/1", json!("A"), DuplicateName, "/indices/1");
    case("/columns/1/name", json!("down"), DuplicateName, "/columns/1/name");
    at("/groups/0/unit", json!("C"), UnknownName);
    at("/groups/0/class", json!("steep"), UnknownName);
    at("/instruments/0/group", json!("A spit"), UnknownGroup);
    at("/instruments/0/terms/settle", json!("EUR"), UnknownAsset);
    at("/units/1/series/0/futures/settle", json!("EUR"), UnknownAsset);
    at("/instruments/0/strike", json!("150"), BadStrike);
    case("/instruments/1/strike", REMOVE.into(), MissingField, "/instruments/1/strike");
    at("/units/0/index", json!("C"), UnknownIndex);
    at("/requirements/initial/peg/index", json!("C"), UnknownIndex);
    at("/requirements/maintenance/unit_factors/0/unit", json!("C"), UnknownName);
    at("/requirements/maintenance/charges/0/charge", json!("fee"), UnknownName);
    at("/instruments/1/charge", json!("fee"), UnknownName);
    at("/stresses/0/scenarios/0", json!("sideways"), UnknownName);
    at("/classes/1/scans/0/scan", json!("carry"), UnknownName);
}

/// What a contract's id follows from.
#[test]
fn terms_of_contracts() {
    at("/groups/0/market", json!(0), BadId);
    at("/groups/0/market", json!(65_536), BadId);
    case("/groups/0/market", REMOVE.into(), MissingField, "/groups/0");
    case("/groups/0/day", json!("2024-06-28"), BadId, "/groups/0");
    case("/groups/1/day", json!("2024-06-28"), BadId, "/groups/1");
    at("/groups/0/series", json!(1), BadId);
    at("/groups/1/series", json!(16), BadId);
    at("/groups/2/day", json!("2024-06-31"), BadTime);
    at("/groups/2/day", json!("2024-06-28T00:00:00.5"), BadTime);
    at("/groups/2/day", json!("2149-06-07"), BadId);
    read_schedule(&edit(&schedule(), "/groups/2/day", json!("2149-06-06"))).unwrap();
    // One market for all units of the venue, and one number for all contracts.
    let spot = json!({"name": "B spot", "unit": "B", "class": "flat", "market": 1});
    case("/groups/-", spot, DuplicateId, "/groups/3/market");
    case("/instruments/3/number", json!(1), DuplicateId, "/instruments/3/number");
    at("/instruments/0/number", json!(0), BadId);
    at("/instruments/0/number", json!(1 << 24), BadId);
    at("/instruments/0/number", REMOVE.into(), MissingField);
    at("/instruments/1/number", json!(7), BadId);
    // Two expiries of a unit on one day are one group, unless they are of two series.
    let mut value = schedule();
    let mut later = value["groups"][1].clone();
    (later["name"], later["expiry"]) = (json!("A May late"), json!("2024-05-26T16:00:00Z"));
    value["groups"].as_array_mut().unwrap().push(later);
    expect(read_schedule(&value), DuplicateId, "/groups/3");
    read_schedule(&edit(&value, "/groups/3/series", json!(1))).unwrap();
    // One future without a number in an expiry.
    let future = edit(&schedule()["instruments"][3], "/symbol", json!("B-FUTURE-2"));
    case("/instruments/-", future.clone(), DuplicateId, "/instruments/4");
    let numbered = edit(&future, "/number", json!(2));
    read_schedule(&edit(&schedule(), "/instruments/-", numbered)).unwrap();
}

#[test]
fn strikes() {
    at("/instruments/1/strike", json!("150.25"), BadStrike);
    at("/instruments/1/strike", json!("0"), OutOfRange);
    at("/instruments/1/strike", json!("8388608"), BadId);
    read_schedule(&edit(&schedule(), "/instruments/1/strike", json!("8388607.5"))).unwrap();
    at("/units/0/strike_step", json!("0"), OutOfRange);
    at("/units/0/strike_step", REMOVE.into(), MissingField);
    let put = edit(&schedule()["instruments"][2], "/symbol", json!("A-MAY-150-P2"));
    case("/instruments/-", put, DuplicateId, "/instruments/4");
    case("/instruments/1/group", json!("A spot"), MissingField, "/instruments/1/group");
    at("/requirements/maintenance/short_options/of", json!("value"), OutOfRange);
}

#[test]
fn columns() {
    let bad = |pointer: &str, value: Value, at: &str| case(pointer, value, BadColumn, at);
    bad("/columns/0/scan", json!("basis"), "/columns/0/scan");
    bad("/columns/2/scan", REMOVE.into(), "/columns/2/scan");
    bad("/columns/2/sloped", json!(true), "/columns/2/sloped");
    bad("/columns/0/function", json!({"magnitude": "1"}), "/columns/0/function");
    bad("/columns/4/function", json!({}), "/columns/4/function");
    let both = json!({"magnitude": "1", "rows": [{"rate": "1", "amount": "0"}]});
    bad("/columns/4/function", both, "/columns/4/function");
    let term = json!([{"column": "up", "multiplier": "1"}]);
    bad("/columns/0/terms", term, "/columns/0/terms/0/column");
    bad(
        "/columns/0/shock",
        json!({"spot": "1", "forward": "1", "volatility": "none"}),
        "/columns/0/shock",
    );
    // A settled result would be one of the scenario.
    bad("/columns/1/less_entry", json!(true), "/columns/1/less_entry");
    bad("/stresses/0/scenarios/0", json!("gross"), "/stresses/0/scenarios/0");
    // Of a requirement that the schedule has not, a scenario or a floor would count for nothing.
    bad("/columns/0/requirement", json!("fill"), "/columns/0/requirement");
    bad("/columns/3/requirement", json!("fill"), "/columns/3/requirement");
    // Of no scenario, nothing would be lost.
    bad("/stresses/0/scenarios", json!([]), "/stresses/0/scenarios");
    // A scenario of one requirement only cannot be stressed.
    bad("/columns/0/requirement", json!("maintenance"), "/stresses/0/scenarios/0");
    // A term that other columns read has no slopes.
    bad("/columns/5", json!({"name": "mark", "role": "term", "slope": "1"}), "/columns/5/role");
    // Digits: whole numbers in a group scan and under a function.
    case("/columns/2/slope", json!("0.5"), TooManyDigits, "/columns/2/slope");
    case("/columns/4/slope", json!("0.5"), TooManyDigits, "/columns/4/slope");
    case("/columns/0/slope", json!("0.05"), TooManyDigits, "/columns/0/slope");
    case("/columns/3/slope", json!("0.005"), TooManyDigits, "/columns/3/slope");
    case(
        "/columns/4/function/magnitude",
        json!("0.001"),
        TooManyDigits,
        "/columns/4/function/magnitude",
    );
}

#[test]
fn figures_and_digits() {
    at("/digits/product", json!(5), BadDecimals);
    at("/digits/entry", json!(3), BadDecimals);
    at("/digits/slope", json!(22), BadDecimals);
    at("/digits/scan", json!(3), BadDecimals);
    at("/digits/factor", json!(13), BadDecimals);
    case("/rate_decimals", json!(1), UnitTooCoarse, "/digits");
    at("/classes/0/slopes/positive", json!("1.05"), TooManyDigits);
    at("/classes/1/scans/0/add", json!("-1"), OutOfRange);
    let day = edit(&schedule(), "/groups/1/day", json!("2024-05-26"));
    let day = edit(&day, "/groups/1/expiry", REMOVE.into());
    expect(read_schedule(&day), MissingField, "/classes/1/scans/0/per_year");
    at("/requirements/maintenance/factor", json!("1.205"), TooManyDigits);
    at("/requirements/maintenance/factor", json!("0"), Width);
    at("/requirements/maintenance/charges/0/rate", json!("-0.1"), OutOfRange);
    at("/requirements/initial/least_confidence", json!("1.5"), OutOfRange);
    case(
        "/units/0/index",
        REMOVE.into(),
        UnknownIndex,
        "/requirements/maintenance/short_options/of",
    );
    case("/assets/0/collateral/rows/0/amount", json!("1"), CollateralAtZero, "/assets/0");
    at("/valuation/currency", json!(""), BadText);
}

#[test]
fn menus() {
    at("/menu/levels", json!([]), BadMenu);
    at("/menu/floors", json!([]), BadMenu);
    at("/menu/levels/0/level_bps", json!(0), OutOfRange);
    case("/menu/levels/0/level_bps", json!(10_001), BadMenu, "/menu/levels/0/name");
    case("/menu/levels/1/requirement", json!("maintenance"), BadMenu, "/menu/levels/1/name");
    at("/menu/levels/2/name", json!("15000"), BadMenu);
    case("/menu/levels/2/level_bps", json!(10_000), BadMenu, "/menu/levels/2");
    at("/menu/floors/1", json!("0.0"), BadMenu);
    at("/menu/floors/1", json!("None"), BadNumber);
    // Past a floor's width, and past what can be compared with what a stress leaves.
    at("/menu/floors/1", json!(format!("-1{}", "0".repeat(60))), Width);
    let mut low = edit(&schedule(), "/menu/floors/1", json!(format!("-1{}", "0".repeat(54))));
    read_schedule(&low).unwrap();
    for digits in ["/digits/slope", "/digits/group_slope"] {
        low = edit(&low, digits, json!(9));
    }
    expect(read_schedule(&low), Width, "/menu/floors");
    read_schedule(&edit(&low, "/stresses", json!([]))).unwrap();
    let alone = edit(&schedule(), "/requirements/initial", REMOVE.into());
    // Its column is of a requirement that the schedule has not.
    expect(read_schedule(&alone), BadColumn, "/columns/5/requirement");
    let alone = edit(&alone, "/columns/5", REMOVE.into());
    expect(read_schedule(&alone), BadMenu, "/menu/levels/1/requirement");
}

#[test]
fn algorithms() {
    let mut value = schedule();
    value["derived"] = super::examples::derive_schedule()["derived"].clone();
    let multiplier = "/units/0/series/1/options/multiplier";
    expect(read_schedule(&value), OutOfRange, multiplier);
    value = edit(&value, multiplier, REMOVE.into());
    // Derived columns say what they assume.
    expect(read_schedule(&value), BadColumn, "/columns/0/shock");
    value["derived"]["algorithm"] = json!("black76/2");
    expect(read_schedule(&value), UnknownAlgorithm, "/derived/algorithm");
    let derived = super::examples::derive_schedule();
    let of = |pointer: &str, value: Value, code, at: &str| {
        expect(read_schedule(&edit(&derived, pointer, value)), code, at);
    };
    of("/columns/0/shock/forward", json!("16"), OutOfRange, "/columns/0/shock/forward");
    of("/columns/0/shock/spot", json!("0"), OutOfRange, "/columns/0/shock/spot");
    of("/derived/shocks/range_up", json!("-1"), OutOfRange, "/derived/shocks/range_up");
    of("/groups/1/expiry", REMOVE.into(), MissingField, "/groups/1");
    let digits = "/instruments/0/terms/size_decimals";
    of(digits, json!(5), BadDecimals, digits);
    let digits = "/units/0/series/0/options/size_decimals";
    of(digits, json!(5), BadDecimals, digits);
    // A price of the algorithm is that of an option on one of the underlying.
    let multiplier = "/units/0/series/0/options/multiplier";
    of(multiplier, json!("100"), OutOfRange, multiplier);
    read_schedule(&edit(&derived, multiplier, json!("1.0"))).unwrap();
}
