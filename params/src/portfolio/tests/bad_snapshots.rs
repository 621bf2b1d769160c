//! Every way a portfolio snapshot is refused, with its code and place.

use super::examples::{derive_schedule, derive_snapshot};
use super::{read_market, read_schedule, schedule, snapshot};
use crate::ErrorCode::{self, *};
use crate::tests::{REMOVE, edit, expect};
use crate::{FileKind, Requirement};
use serde_json::{Value, json};

fn case(pointer: &str, value: Value, code: ErrorCode, at: &str) {
    expect(read_market(&schedule(), &edit(&snapshot(), pointer, value)), code, at);
}

fn at(pointer: &str, value: Value, code: ErrorCode) {
    case(pointer, value, code, pointer);
}

/// The Derive example with a change, which is of derived loadings.
fn derived(pointer: &str, value: Value, code: ErrorCode, at: &str) {
    let market = read_market(&derive_schedule(), &edit(&derive_snapshot(), pointer, value));
    expect(market, code, at);
}

#[test]
fn shape_of_the_file() {
    at("/format", json!("zkmargin-snapshot/1"), WrongFormat);
    at("/schedule", json!("11".repeat(32)), WrongSchedule);
    at("/schedule", json!("11"), BadHex);
    at("/time", json!("now"), BadTime);
    // Groups and strikes are the schedule's to say.
    at("/groups/0/expiry", json!("2024-05-26T00:00:00Z"), UnknownField);
    at("/instruments/0/group", json!("A spot"), UnknownField);
    at("/instruments/1/strike", json!("150"), UnknownField);
}

#[test]
fn everything_listed_and_nothing_else() {
    at("/assets/0/asset", json!("EUR"), UnknownAsset);
    at("/indices/0/index", json!("C"), UnknownIndex);
    at("/groups/0/group", json!("A Jun"), UnknownGroup);
    at("/instruments/0/instrument", json!("C-SPOT"), UnknownInstrument);
    case("/indices/1", REMOVE.into(), MissingPrice, "/indices");
    case("/instruments/3", REMOVE.into(), MissingPrice, "/instruments");
    case("/assets/0", REMOVE.into(), MissingPrice, "/assets");
    case("/groups/0", REMOVE.into(), MissingPrice, "/groups/positive");
    case("/groups/0/negative", REMOVE.into(), MissingPrice, "/groups/0/negative");
    case("/instruments/1/instrument", json!("A-SPOT"), DuplicateName, "/instruments/1/instrument");
    case("/instruments/0/value", REMOVE.into(), MissingPrice, "/instruments/0");
    case("/instruments/0/loadings", REMOVE.into(), MissingPrice, "/instruments/0");
    at("/instruments/1/volatility", json!("0.5"), UnexpectedPrice);
    at("/instruments/1/settlement", json!("5"), UnexpectedPrice);
    let flat = json!({"group": "A spot", "positive": "1", "negative": "1"});
    case("/groups/-", flat, UnexpectedPrice, "/groups/1/positive");
    let forward = json!({"group": "A spot", "forward": "1", "rate": "0"});
    case("/groups/-", forward, UnexpectedPrice, "/groups/1");
}

#[test]
fn figures() {
    at("/indices/0/price", json!("0"), OutOfRange);
    at("/indices/0/confidence", json!("1.01"), OutOfRange);
    at("/assets/0/index", json!("0"), NonPositivePrice);
    at("/groups/0/positive", json!("0.95"), TooManyDigits);
    at("/instruments/0/loadings/2", json!("0.005"), TooManyDigits);
    at("/instruments/0/value", json!("0.0000000000000000001"), TooManyDigits);
}

#[test]
fn arrays_of_unequal_length() {
    let short = json!(["10", "-10", "0", "1", "0"]);
    case("/instruments/0/loadings", short, LoadingsLength, "/instruments/0/loadings");
    let long = json!(["10", "-10", "0", "1", "0", "1", "1"]);
    case("/instruments/0/loadings", long, LoadingsLength, "/instruments/0/loadings");
}

#[test]
fn widths() {
    // 2^56 hundredths are 720575940379279.36.
    at("/instruments/1/loadings/1", json!("-720575940379279.36"), LoadingWidth);
    let wide = edit(&snapshot(), "/instruments/1/loadings/1", json!("720575940379279.35"));
    read_market(&schedule(), &wide).unwrap();
    // The column that only initial margin has is the last of the array.
    at("/instruments/1/loadings/5", json!("720575940379279.36"), LoadingWidth);
    case("/instruments/1/value", json!("720575940379279.36"), Width, "/instruments/1");
}

/// A loading is within its width and a size within its own, but all positions together could carry into the sum that shares
/// a field element with theirs.
#[test]
fn a_sum_that_could_break_the_packing() {
    let mut wide = schedule();
    // Entries are 99 bits, in units of products that are 10^16 times finer.
    wide["digits"]["product"] = json!(16);
    wide["digits"]["entry"] = json!(0);
    wide["valuation"]["decimals"] = json!(18);
    wide["requirements"]["initial"]["charges"] = json!([]);
    // Entries count where nothing expires.
    wide["classes"][1]["scans"] = json!([]);
    wide["groups"][1] =
        json!({"name": "A May", "unit": "A", "class": "options", "day": "2024-05-26"});
    wide["columns"][0]["less_entry"] = json!(true);
    let error = expect(read_schedule(&wide), Packing, "/columns/0");
    assert_eq!(error.file, FileKind::PortfolioSchedule);
    wide["columns"][0]["less_entry"] = json!(false);
    wide["columns"][5]["less_entry"] = json!(true);
    expect(read_schedule(&wide), Packing, "/columns/5");
    wide["columns"][5]["less_entry"] = json!(false);
    read_schedule(&wide).unwrap();
}

#[test]
fn derived_figures() {
    derived("/instruments/3/volatility", REMOVE.into(), MissingVolatility, "/instruments/3");
    derived("/instruments/3/volatility", json!("-1"), OutOfRange, "/instruments/3/volatility");
    let huge = json!("3".repeat(30));
    derived("/instruments/3/volatility", huge, Width, "/instruments/3/volatility");
    derived("/instruments/3/value", json!("1"), UnexpectedPrice, "/instruments/3/value");
    derived("/instruments/0/volatility", json!("1"), UnexpectedPrice, "/instruments/0/volatility");
    derived("/instruments/0/loadings", json!([]), UnexpectedPrice, "/instruments/0/loadings");
    derived("/instruments/0/value", REMOVE.into(), MissingPrice, "/instruments/0");
    derived("/groups/0/forward", REMOVE.into(), MissingPrice, "/groups/0");
    derived("/groups/0/confidence", REMOVE.into(), MissingConfidence, "/groups/0/confidence");
    derived("/indices/0/confidence", REMOVE.into(), MissingConfidence, "/indices/0/confidence");
    derived("/groups/0/rate", json!("-0.1"), OutOfRange, "/groups/0/rate");
    derived("/groups/0/forward", json!("0"), OutOfRange, "/groups/0/forward");
    derived("/instruments/3/settlement", json!("1"), UnexpectedPrice, "/instruments/3/settlement");
}

/// A snapshot is named by what it says, without the prices of options that follow from it.
#[test]
fn a_name_derives_nothing() {
    let schedule = crate::read_schedule(derive_schedule().to_string().as_bytes()).unwrap();
    let name = |snapshot: &Value| schedule.name_of(snapshot.to_string().as_bytes());
    let market = read_market(&derive_schedule(), &derive_snapshot()).unwrap();
    let found = name(&derive_snapshot()).unwrap();
    assert_eq!((found.digest, found.sequence), (market.snapshot().digest(), 1));
    // Past what the algorithm takes, which only it says.
    let huge = edit(&derive_snapshot(), "/groups/0/forward", json!("2000000000000"));
    expect(read_market(&derive_schedule(), &huge), OutOfRange, "/groups");
    assert_ne!(name(&huge).unwrap(), found);
    // All else is asked of it.
    let without = edit(&derive_snapshot(), "/instruments/3/volatility", REMOVE.into());
    expect(name(&without), MissingVolatility, "/instruments/3");
    expect(name(&edit(&derive_snapshot(), "/assets/0", REMOVE.into())), MissingPrice, "/assets");
}

#[test]
fn expired_instruments() {
    let expired = edit(&derive_snapshot(), "/time", json!("2025-01-10T04:47:32Z"));
    let error =
        expect(read_market(&derive_schedule(), &expired), ExpiredInstrument, "/instruments/3");
    assert!(error.message.contains("expired at 2025-01-10T04:47:32Z"), "{error}");
    let settled = |snapshot: &Value, at: usize, value: &str| {
        let here = format!("/instruments/{at}");
        let mut snapshot = edit(snapshot, &format!("{here}/volatility"), REMOVE.into());
        snapshot = edit(&snapshot, &format!("{here}/settlement"), json!(value));
        snapshot
    };
    let with_volatility = edit(&expired, "/instruments/3/settlement", json!("1"));
    let market = read_market(&derive_schedule(), &with_volatility);
    expect(market, UnexpectedPrice, "/instruments/3/volatility");
    let both = settled(&settled(&expired, 3, "681.602"), 4, "0");
    let market = read_market(&derive_schedule(), &both).unwrap();
    let terms = market.market(Requirement::Maintenance).unwrap().terms();
    let call = terms.instrument(4).unwrap();
    assert_eq!(call.value, 681_602_000_000u64.into());
    assert!(call.loadings.iter().all(|loading| *loading == call.value));
}

/// Initial margin is no claim while a feed is not to be trusted; maintenance never asks.
#[test]
fn low_confidence() {
    let schedule = schedule();
    for (pointer, value) in [("/indices/0/confidence", "0.4999"), ("/groups/0/confidence", "0")] {
        let market = read_market(&schedule, &edit(&snapshot(), pointer, json!(value))).unwrap();
        market.market(Requirement::Maintenance).unwrap();
        let error = expect(market.market(Requirement::Initial), LowConfidence, pointer);
        assert!(error.message.contains("initial margin while a feed is below"), "{error}");
    }
    // An instrument with a feed of its own, which the schedule says; others have none.
    let place = "/instruments/0/confidence";
    at(place, REMOVE.into(), MissingConfidence);
    let low = read_market(&schedule, &edit(&snapshot(), place, json!("0.4999"))).unwrap();
    expect(low.market(Requirement::Initial), LowConfidence, place);
    at("/instruments/1/confidence", json!("1"), UnexpectedPrice);
    // Options have the feeds of their group, also where their loadings are published.
    at("/groups/0/confidence", REMOVE.into(), MissingConfidence);
    // Left out, a confidence would be below no threshold.
    let without = edit(&snapshot(), "/indices/0/confidence", REMOVE.into());
    expect(read_market(&schedule, &without), MissingConfidence, "/indices/0/confidence");
    let enough = edit(&snapshot(), "/indices/0/confidence", json!("0.5"));
    read_market(&schedule, &enough).unwrap().market(Requirement::Initial).unwrap();
    let mut alone = schedule.clone();
    alone = edit(&alone, "/requirements/initial", REMOVE.into());
    alone = edit(&alone, "/columns/5/requirement", REMOVE.into());
    alone = edit(&alone, "/menu/levels/1", REMOVE.into());
    let digest = read_schedule(&alone).unwrap().digest().to_string();
    let market = read_market(&alone, &edit(&snapshot(), "/schedule", json!(digest))).unwrap();
    // Without a threshold nothing asks for confidences.
    let without = edit(&without, "/schedule", json!(digest));
    read_market(&alone, &without).unwrap();
    expect(market.market(Requirement::Initial), NoRequirement, "/requirements");
}
