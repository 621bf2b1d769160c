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
        many(513, json!({"id": 1, "name": "g", "unit": "A", "class": "flat"})),
        ListTooLong,
    );
    at("/strikes", many(4086, json!({"id": 1, "price": "1"})), ListTooLong);
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
    case("/groups/1/id", json!(1), DuplicateId, "/groups/1/id");
    at("/units/0/id", json!(0), BadId);
    at("/strikes/0/id", json!(65_536), BadId);
    case("/groups/1/name", json!("A spot"), DuplicateName, "/groups/1/name");
    case("/indices/1", json!("A"), DuplicateName, "/indices/1");
    case("/columns/1/name", json!("down"), DuplicateName, "/columns/1/name");
    at("/groups/0/unit", json!("C"), UnknownName);
    at("/groups/0/class", json!("steep"), UnknownName);
    at("/instruments/0/group", json!("A spit"), UnknownGroup);
    at("/instruments/0/settle", json!("EUR"), UnknownAsset);
    at("/instruments/1/strike", json!(2), UnknownStrike);
    at("/instruments/0/strike", json!(1), UnknownStrike);
    case("/instruments/1/strike", REMOVE.into(), MissingField, "/instruments/1/strike");
    at("/units/0/index", json!("C"), UnknownIndex);
    at("/requirements/initial/peg/index", json!("C"), UnknownIndex);
    at("/requirements/maintenance/unit_factors/0/unit", json!("C"), UnknownName);
    at("/requirements/maintenance/charges/0/charge", json!("fee"), UnknownName);
    at("/instruments/1/charge", json!("fee"), UnknownName);
    at("/stresses/0/scenarios/0", json!("sideways"), UnknownName);
    at("/classes/1/scans/0/scan", json!("carry"), UnknownName);
}

/// The small schedule with an index for each unit, so that a group can be in either.
fn indexed() -> Value {
    edit(&schedule(), "/units/1/index", json!("A"))
}

/// The order of ids is the order in which an account's positions are summed.
#[test]
fn groups_and_units_are_neighbours() {
    case("/instruments/3/group", json!("A spot"), GroupsOverlap, "/instruments/3/group");
    let mut value = indexed();
    value["groups"][1]["unit"] = json!("B");
    value["groups"][2]["unit"] = json!("A");
    expect(read_schedule(&value), UnitsOverlap, "/groups/2/unit");
}

#[test]
fn strikes() {
    // The put of the pair in another group: their net would be charged twice.
    let mut value = indexed();
    value["instruments"][2]["group"] = json!("B future");
    expect(read_schedule(&value), StrikeInTwoGroups, "/strikes/0");
    // An option of another strike between the two.
    let mut value = indexed();
    value["strikes"] = json!([{"id": 1, "price": "150"}, {"id": 2, "price": "160"}]);
    value["instruments"][2]["strike"] = json!(2);
    value["instruments"][3] = json!({"id": 9, "symbol": "A-MAY-150-P2", "group": "A May", "kind": "put",
                                     "strike": 1, "settle": "USD", "size_decimals": 0});
    expect(read_schedule(&value), StrikeApart, "/instruments/3/strike");
    at("/strikes/0/price", json!("0"), OutOfRange);
    at("/instruments/2/size_decimals", json!(1), UnitTooCoarse);
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
    case("/groups/1/expiry", REMOVE.into(), MissingField, "/classes/1/scans/0/per_year");
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
    of("/groups/1/expiry", REMOVE.into(), MissingField, "/classes/1/scans/0/per_year");
    of("/instruments/0/size_decimals", json!(5), BadDecimals, "/instruments/0/size_decimals");
}
