//! Every way a snapshot is refused, with its code and place.

use super::{REMOVE, edit, expect, read_market, schedule, snapshot, two_prices};
use crate::ErrorCode::{self, *};
use crate::FileKind;
use serde_json::{Value, json};

fn case(pointer: &str, value: Value, code: ErrorCode, at: &str) {
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
fn one_index_price_or_two() {
    let index = "/assets/0/index";
    case(index, REMOVE.into(), MissingPrice, index);
    for pointer in ["/assets/1/bid", "/assets/1/ask"] {
        case(pointer, json!("60000"), UnexpectedPrice, pointer);
    }
    let (schedule, good) = two_prices();
    let terms = read_market(&schedule, &good).unwrap().market().terms().clone();
    let prices: [(u64, u64); 3] =
        [(9_995, 10_005), (600_000_000, 601_005_000), (3_000_250_000, 3_000_250_000)];
    for (asset, (bid, ask)) in terms.assets.iter().zip(prices) {
        assert_eq!((&asset.index.bid, &asset.index.ask), (&bid.into(), &ask.into()));
    }
    let indices: Vec<_> = terms.groups.iter().map(|g| g.requirement_index.clone()).collect();
    assert_eq!(indices, [10_005.into(), 601_005_000.into()]);
    let case = |pointer: &str, value: Value, code, at: &str| {
        expect(read_market(&schedule, &edit(&good, pointer, value)), code, at)
    };
    for field in ["bid", "ask"] {
        let pointer = format!("/assets/1/{field}");
        case(&pointer, REMOVE.into(), MissingPrice, &pointer);
        case(&pointer, Value::Null, MissingPrice, &pointer);
        case(&pointer, json!("0"), NonPositivePrice, &pointer);
        case(&pointer, json!("60000.50001"), TooManyDigits, &pointer);
        case(&pointer, json!(60000), NumberNotString, &pointer);
    }
    for field in ["index", "requirement_index"] {
        let pointer = format!("/assets/1/{field}");
        let error = case(&pointer, json!("60050"), UnexpectedPrice, &pointer);
        assert!(error.message.ends_with("; remove it"), "{error}");
    }
    case("/assets/1/bid", json!("60100.5001"), AskBelowBid, "/assets/1/ask");
    case("/assets/2/ask", json!("3000.249999"), AskBelowBid, "/assets/2/ask");
    // Two equal prices are two prices.
    let one = json!({"asset": "ETH", "index": "3000.25"});
    case("/assets/2", one, UnexpectedPrice, "/assets/2/index");
}

/// An instrument without a price is named, has no other figures, and is in no market.
#[test]
fn instruments_without_a_price() {
    let priced = read_market(&schedule(), &snapshot()).unwrap();
    let listed = priced.schedule().instruments();
    let id_of = |at: usize| {
        let symbol = snapshot()["instruments"][at]["instrument"].clone();
        listed.iter().find(|i| i.symbol == symbol.as_str().unwrap()).unwrap().id
    };
    let mut digests = vec![priced.digest()];
    for at in 0..listed.len() {
        let without = edit(&snapshot(), &format!("/instruments/{at}/mark"), Value::Null);
        let funding = format!("/instruments/{at}/funding_index");
        let without = match without.pointer(&funding) {
            Some(_) => edit(&without, &funding, REMOVE.into()),
            None => without,
        };
        let market = read_market(&schedule(), &without).unwrap();
        assert_eq!(market.snapshot().unpriced, [id_of(at)]);
        let rest = listed.iter().filter(|i| i.id != id_of(at));
        for instrument in rest {
            let id = instrument.id;
            assert_eq!(market.market().instrument(id), priced.market().instrument(id));
        }
        assert!(market.market().instrument(id_of(at)).is_none());
        assert_eq!(market.registry_digest(), priced.registry_digest());
        digests.push(market.digest());
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 1 + listed.len());
    // A mark that is left out is a mistake.
    case("/instruments/0/mark", REMOVE.into(), MissingField, "/instruments/0");
    let without = edit(&snapshot(), "/instruments/0/mark", Value::Null);
    let place = "/instruments/0/funding_index";
    expect(read_market(&schedule(), &edit(&without, place, json!("0"))), UnexpectedFunding, place);
    let (place, figures) = ("/instruments/0/figures", json!({"x": "1"}));
    expect(read_market(&schedule(), &edit(&without, place, figures)), BadElement, place);
    let again = json!({"instrument": snapshot()["instruments"][0]["instrument"], "mark": null});
    case("/instruments/-", again, DuplicateInstrument, "/instruments/3");
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
