//! Every way a snapshot is refused, with its code and place.

use super::{REMOVE, edit, expect, read_market, schedule, snapshot};
use crate::ErrorCode::{self, *};
use crate::FileKind;
use serde_json::json;

fn case(pointer: &str, value: serde_json::Value, code: ErrorCode, at: &str) {
    let error = expect(read_market(&schedule(), &edit(&snapshot(), pointer, value)), code, at);
    assert_eq!(error.file, FileKind::Snapshot);
}

#[test]
fn the_fixture_is_good() {
    let market = read_market(&schedule(), &snapshot()).unwrap();
    assert_eq!(market.snapshot().time(), "2024-07-27T06:44:38.998Z");
    // The shared tier table is needed in one unit only: both assets have 8 decimals.
    assert_eq!(market.market().terms().tiers.len(), 2);
}

#[test]
fn belongs_to_another_schedule() {
    case("/schedule", json!("00".repeat(32)), WrongSchedule, "/schedule");
    case("/schedule", json!("00"), BadHex, "/schedule");
    case("/schedule", json!("zz".repeat(32)), BadHex, "/schedule");
    let other = edit(&schedule(), "/name", json!("other"));
    expect(read_market(&other, &snapshot()), WrongSchedule, "/schedule");
}

#[test]
fn times() {
    for bad in ["", "2024-07-27", "2024-07-27T06:44:38+01:00", "2024-02-30T00:00:00Z"] {
        case("/time", json!(bad), BadTime, "/time");
    }
    case("/time", json!(1722062678), WrongType, "/time");
    case("/sequence", json!(-1), WrongType, "/sequence");
    case("/sequence", json!("5"), WrongType, "/sequence");
}

#[test]
fn prices() {
    let mark = "/instruments/0/mark";
    case(mark, json!(60010.5), NumberNotString, mark);
    case(mark, json!("0"), NonPositivePrice, mark);
    case(mark, json!("-1"), NonPositivePrice, mark);
    case(mark, json!("60010.505"), TooManyDigits, mark);
    case(mark, json!("6e4"), BadNumber, mark);
    case("/assets/0/index", json!("0"), NonPositivePrice, "/assets/0/index");
    case("/assets/0/index", json!("0.99995"), TooManyDigits, "/assets/0/index");
    case(
        "/assets/1/requirement_index",
        json!("0"),
        NonPositivePrice,
        "/assets/1/requirement_index",
    );
    case("/assets/2/requirement_index", json!("1"), UnexpectedPrice, "/assets/2/requirement_index");
    case(
        "/instruments/0/funding_index",
        json!("0"),
        UnexpectedFunding,
        "/instruments/0/funding_index",
    );
    case(
        "/instruments/1/funding_index",
        REMOVE.into(),
        MissingFunding,
        "/instruments/1/funding_index",
    );
    case(
        "/instruments/1/funding_index",
        json!("0.0000001"),
        TooManyDigits,
        "/instruments/1/funding_index",
    );
}

#[test]
fn prices_everything_once() {
    case("/instruments/2", REMOVE.into(), MissingPrice, "/instruments");
    case("/assets/2", REMOVE.into(), MissingPrice, "/assets");
    case("/assets", json!([]), MissingPrice, "/assets");
    case(
        "/instruments/-",
        json!({"instrument": "DOGE", "mark": "1"}),
        UnknownInstrument,
        "/instruments/3/instrument",
    );
    case(
        "/instruments/-",
        json!({"instrument": "BTC-PERP", "mark": "1"}),
        DuplicateInstrument,
        "/instruments/3",
    );
    case("/assets/-", json!({"asset": "DOGE", "index": "1"}), UnknownAsset, "/assets/3/asset");
    case("/assets/-", json!({"asset": "BTC", "index": "1"}), DuplicateAsset, "/assets/3");
    case("/note", json!("x"), UnknownField, "/note");
}
