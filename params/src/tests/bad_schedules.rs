//! Every way a schedule is refused, with its code and place.

use super::{REMOVE, edit, expect, read_market, read_schedule, schedule, snapshot};
use crate::ErrorCode::{self, *};
use crate::{FileKind, MAX_FILE_BYTES, MAX_UNUSED_ROWS, Schedule, TextPosition};
use serde_json::json;
use zkmargin_model::floor::WrittenFloor;

fn case(pointer: &str, value: serde_json::Value, code: ErrorCode, at: &str) {
    expect(read_schedule(&edit(&schedule(), pointer, value)), code, at);
}

#[test]
fn the_fixture_is_good() {
    let schedule = read_schedule(&schedule()).unwrap();
    assert_eq!(schedule.instruments().len(), 3);
    // One tier table in two settlement units, one by quantity.
    assert_eq!(schedule.tables().len(), 2);
}

#[test]
fn shape_of_the_file() {
    case("/venues", json!("x"), UnknownField, "/venues");
    case("/assets/0/index", json!("1"), UnknownField, "/assets/0/index");
    case("/venue", REMOVE.into(), MissingField, "");
    case("/assets/1/decimals", REMOVE.into(), MissingField, "/assets/1");
    case("/venue", json!(5), WrongType, "/venue");
    case("/rate_decimals", json!("4"), WrongType, "/rate_decimals");
    case("/rate_decimals", json!(-1), WrongType, "/rate_decimals");
    case("/instruments/0/kind", json!("option"), WrongType, "/instruments/0/kind");
    case("/requirement", json!("liquidation"), WrongType, "/requirement");
    case("/requirement", json!("Initial"), WrongType, "/requirement");
    case("/requirement", json!(["initial"]), WrongType, "/requirement");
    case("/requirement", REMOVE.into(), MissingField, "");
    case("/format", json!("zkmargin-schedule/2"), WrongFormat, "/format");
    case("/format", REMOVE.into(), WrongFormat, "/format");
    expect(read_schedule(&snapshot()), WrongFormat, "/format");
    expect(Schedule::from_json(b"{\"format\": \n\"x\","), Syntax, "");
    expect(Schedule::from_json(&[0xff]), Syntax, "");
    expect(Schedule::from_json(b""), Syntax, "");
    let twice = schedule().to_string().replacen('{', "{\"venue\": \"a\",", 1);
    expect(Schedule::from_json(twice.as_bytes()), DuplicateField, "/venue");
    let after = format!("{} x", schedule());
    expect(Schedule::from_json(after.as_bytes()), Syntax, "");
    expect(Schedule::from_json(&vec![b' '; MAX_FILE_BYTES + 1]), FileTooLarge, "");
}

#[test]
fn type_errors_have_line_and_column() {
    let text = "{\n \"format\": \"zkmargin-schedule/1\",\n \"venue\": 7\n}";
    let error = expect(Schedule::from_json(text.as_bytes()), WrongType, "/venue");
    assert_eq!(error.position, Some(TextPosition { line: 3, column: 11 }));
    assert_eq!(error.file, FileKind::Schedule);
}

#[test]
fn figures() {
    let rate = "/tiers/0/rows/1/rate";
    let error = expect(read_schedule(&edit(&schedule(), rate, json!(12.5))), NumberNotString, rate);
    assert!(error.message.contains("write \"12.5\" in quotes"), "{error}");
    assert!(error.position.is_some());
    case(rate, json!(1), NumberNotString, rate);
    case(rate, json!(-1), NumberNotString, rate);
    case(rate, json!(null), WrongType, rate);
    case("/menu/floors/0", json!(0), NumberNotString, "/menu/floors/0");
    for bad in ["", "1e-3", "+1", "007", ".5", "5.", "1,5", "-0", "0x1", " 1"] {
        case(rate, json!(bad), BadNumber, rate);
    }
    let error =
        expect(read_schedule(&edit(&schedule(), rate, json!("0.00505"))), TooManyDigits, rate);
    assert!(error.message.contains("write \"rate_decimals\": 5"), "{error}");
    let amount = "/tiers/0/rows/1/amount";
    case(amount, json!("-50.0000000000001"), TooManyDigits, amount);
    case("/instruments/0/multiplier", json!("0"), OutOfRange, "/instruments/0/multiplier");
    case("/instruments/0/multiplier", json!("-1"), OutOfRange, "/instruments/0/multiplier");
    case("/menu/floors/1", json!("None"), BadNumber, "/menu/floors/1");
}

#[test]
fn names_and_ids() {
    case("/venue", json!(""), BadText, "/venue");
    case("/name", json!("a\nb"), BadText, "/name");
    case("/valuation/currency", json!("U S"), BadText, "/valuation/currency");
    case("/assets/1/collateral/rows/1/rate", json!("-1"), Width, "/assets/1/collateral/rows/1");
    case("/assets/0/symbol", json!(" USDT"), BadText, "/assets/0/symbol");
    case("/assets/2/symbol", json!("x".repeat(129)), BadText, "/assets/2/symbol");
    case("/source", json!("x".repeat(5000)), BadText, "/source");
    case("/assets/2/id", json!(0), BadId, "/assets/2/id");
    case("/assets/2/id", json!(65536), BadId, "/assets/2/id");
    case("/assets/2/id", json!(1), DuplicateId, "/assets/2/id");
    case("/instruments/2/id", json!(2), DuplicateId, "/instruments/2/id");
    case("/instruments/2/id", json!(70000), BadId, "/instruments/2/id");
    case("/assets/2/symbol", json!("BTC"), DuplicateAsset, "/assets/2/symbol");
    case("/instruments/2/symbol", json!("BTC-PERP"), DuplicateInstrument, "/instruments/2/symbol");
    case("/tiers/1/name", json!("marginal"), DuplicateTiers, "/tiers/1/name");
    case("/instruments/0/settle", json!("DAI"), UnknownAsset, "/instruments/0/settle");
    case("/instruments/0/settle", json!("ETH"), AssetDoesNotSettle, "/instruments/0/settle");
    case("/instruments/0/tiers", json!("none"), UnknownTiers, "/instruments/0/tiers");
    case("/instruments/1/tiers", json!("none"), UnknownTiers, "/instruments/1/tiers");
}

#[test]
fn units() {
    case("/assets/0/decimals", json!(13), UnitTooCoarse, "/assets/0/decimals");
    case("/assets/0/decimals", json!(4), UnitTooCoarse, "/instruments/0");
    case("/instruments/0/multiplier", json!("0.0001"), UnitTooCoarse, "/instruments/0");
    let funding = "/instruments/1/funding_decimals";
    case(funding, json!(7), UnitTooCoarse, funding);
    case("/rate_decimals", json!(13), BadDecimals, "/rate_decimals");
    case("/valuation/decimals", json!(37), BadDecimals, "/valuation/decimals");
    case("/assets/2/decimals", json!(99), BadDecimals, "/assets/2/decimals");
    case("/instruments/0/price_decimals", json!(99), BadDecimals, "/instruments/0/price_decimals");
    let value = json!({"value": {"mode": "floor", "decimals": 9}});
    case("/rounding", value, BadDecimals, "/rounding/value/decimals");
    let requirement = json!({"requirement": [{"mode": "floor", "decimals": 13}]});
    case("/rounding", requirement, BadDecimals, "/rounding/requirement/0/decimals");
    let collateral = json!({"collateral": {"mode": "floor", "decimals": 17}});
    case("/rounding", collateral, BadDecimals, "/rounding/collateral/decimals");
    let factor = json!({"requirement": [{"mode": "ceil", "decimals": 6, "factor": "0"}]});
    case("/rounding", factor, OutOfRange, "/rounding/requirement/0/factor");
}

#[test]
fn binary_digits() {
    let both = json!({"value": {"mode": "floor", "decimals": 8}, "notional": {"mode": "ceil", "decimals": 8}});
    let rounded = edit(&schedule(), "/rounding", both);
    let at = "/instruments/0/price_bits";
    assert!(read_schedule(&edit(&rounded, at, json!(28))).is_ok());
    for bits in [0, 49] {
        expect(read_schedule(&edit(&rounded, at, json!(bits))), BadDecimals, at);
    }
    case(at, json!(28), RoundingMissing, at);
    let at = "/assets/0/entry_bits";
    case(at, json!(32), RoundingMissing, at);
    case(at, json!(0), BadDecimals, at);
    case("/assets/2/entry_bits", json!(1), AssetDoesNotSettle, "/assets/2/entry_bits");
    let pnl = json!({"profit_and_loss": {"mode": "floor", "decimals": 9}});
    case("/rounding", pnl, BadDecimals, "/rounding/profit_and_loss/decimals");
}

/// Where each settlement asset has a book, its balance is what covers requirements.
#[test]
fn books_of_settlement_assets() {
    let whole = json!([{"rate": "1", "amount": "0"}]);
    let mut books = edit(&schedule(), "/settlement_asset_books", json!(true));
    let assets = books["assets"].as_array_mut().unwrap();
    assets.retain(|asset| asset["settles"] == true);
    let count = assets.len();
    for asset in assets {
        asset["collateral"]["rows"] = whole.clone();
    }
    let read = read_schedule(&books).unwrap();
    assert_eq!((count, read.selections().len()), (2, 2));
    let both = read_schedule(&edit(&books, "/isolated_books", json!(true))).unwrap();
    assert_eq!(both.selections().len(), 4);
    let bad = |pointer: &str, value, code, at: &str| {
        expect(read_schedule(&edit(&books, pointer, value)), code, at);
    };
    bad("/bid_and_ask", json!(true), UnknownField, "/bid_and_ask");
    let rounding = json!({"collateral": {"mode": "floor", "decimals": 8}});
    bad("/rounding", rounding, UnknownField, "/rounding/collateral");
    let rows = "/assets/1/collateral/rows";
    for (from, below, rate, amount) in [
        (None, None, "0.95", "0"),
        (None, None, "1", "0.5"),
        (None, Some("1000000"), "1", "0"),
        (Some("-1000000"), None, "1", "0"),
    ] {
        let row = json!([{"from": from, "below": below, "rate": rate, "amount": amount}]);
        bad(rows, row, OutOfRange, rows);
    }
    let two = json!([
        {"below": "0", "rate": "1", "amount": "0"},
        {"from": "0", "rate": "1", "amount": "0"}
    ]);
    bad(rows, two, OutOfRange, rows);
    let idle = edit(&schedule(), "/settlement_asset_books", json!(true));
    let idle = edit(&idle, "/assets/0/collateral/rows", whole.clone());
    let idle = edit(&idle, "/assets/1/collateral/rows", whole);
    expect(read_schedule(&idle), AssetDoesNotSettle, "/assets/2/settles");
}

#[test]
fn denominators() {
    let at = "/tiers/0/denominator";
    case(at, json!(3), RoundingMissing, at);
    for value in [0, 1, 1_000_001] {
        let rounding = json!({"requirement": [{"mode": "ceil", "decimals": 2}]});
        let rounded = edit(&schedule(), "/rounding", rounding);
        expect(read_schedule(&edit(&rounded, at, json!(value))), BadDenominator, at);
    }
    let both = json!({
        "notional": {"mode": "floor", "decimals": 2},
        "requirement": [{"mode": "ceil", "decimals": 2}],
    });
    let at = "/tiers/1/denominator";
    let rounded = edit(&edit(&schedule(), "/rounding", both), at, json!(3));
    expect(read_schedule(&rounded), RoundingMissing, at);
}

#[test]
fn inverse_needs_rounding_and_has_no_funding() {
    case("/instruments/0/kind", json!("inverse"), RoundingMissing, "/instruments/0/kind");
    let both = json!({"value": {"mode": "floor", "decimals": 8}, "notional": {"mode": "ceil", "decimals": 8}});
    let rounded = edit(&schedule(), "/rounding", both);
    let inverse = edit(&rounded, "/instruments/0/kind", json!("inverse"));
    assert!(read_schedule(&inverse).is_ok());
    let funded = edit(&inverse, "/instruments/0/funding_decimals", json!(2));
    expect(read_schedule(&funded), FundingNotSupported, "/instruments/0/funding_decimals");
}

#[test]
fn brackets() {
    let rows = "/tiers/0/rows";
    case(rows, json!([]), BracketEmpty, rows);
    case("/tiers/0/rows/1/from", json!("50001"), BracketGap, "/tiers/0/rows/1");
    case("/tiers/0/rows/1/from", json!("49999"), BracketOverlap, "/tiers/0/rows/1");
    case("/tiers/0/rows/1/below", json!("50000"), BracketReversed, "/tiers/0/rows/1");
    case("/tiers/0/rows/0/below", json!(null), BracketOpenEnd, "/tiers/0/rows/0/below");
    case("/tiers/0/rows/0/from", json!(null), BracketOpenEnd, "/tiers/0/rows/0/from");
    case("/tiers/0/rows/0/from", json!("1"), BracketZero, "/tiers/0/rows/0");
    case("/tiers/0/rows/0/from", json!("-1"), NegativeRequirement, "/tiers/0/rows/0");
    case("/tiers/0/rows/1/amount", json!("-500"), NegativeRequirement, "/tiers/0/rows/1");
    let haircut = "/assets/1/collateral/rows";
    case(&format!("{haircut}/2/from"), json!(null), BracketOpenEnd, &format!("{haircut}/2/from"));
    case(&format!("{haircut}/2/from"), json!("1000001"), BracketGap, &format!("{haircut}/2"));
    case(&format!("{haircut}/1/amount"), json!("1"), CollateralAtZero, haircut);
    case("/assets/0/collateral/rows", json!([]), BracketEmpty, "/assets/0/collateral/rows");
    let many: Vec<_> = (0..257)
        .map(|i| json!({"from": i.to_string(), "below": (i + 1).to_string(), "rate": "1", "amount": "0"}))
        .collect();
    case(rows, json!(many), ListTooLong, rows);
}

#[test]
fn settle_groups_and_menu() {
    // Sixteen settle at most.
    let mut many = schedule();
    for id in 20..35 {
        let asset = json!({"id": id, "symbol": format!("A{id}"), "decimals": 8, "settles": true,
            "collateral": {"variable": "value", "rows": [{"rate": "1", "amount": "0"}]}});
        many = edit(&many, "/assets/-", asset);
    }
    expect(read_schedule(&many), TooManySettleAssets, "/assets/17/settles");
    assert!(read_schedule(&edit(&many, "/assets/17", REMOVE.into())).is_ok());
    case("/menu/levels", json!([]), BadMenu, "/menu/levels");
    case("/menu/floors", json!([]), BadMenu, "/menu/floors");
    case("/menu/floors/-", json!("0.0"), BadMenu, "/menu/floors/2");
    case("/menu/levels/1/level_bps", json!(10000), BadMenu, "/menu/levels/1");
    case("/menu/levels/1/level_bps", json!(0), OutOfRange, "/menu/levels/1/level_bps");
    case("/menu/levels/1/level_bps", json!(131072), OutOfRange, "/menu/levels/1/level_bps");
    case("/menu/floors/1", json!("9".repeat(60)), Width, "/menu/floors/1");
    let schedule = read_schedule(&schedule()).unwrap();
    let floor = |text| WrittenFloor::parse(text).unwrap();
    let claim = schedule.claim(12500, &floor("1000")).unwrap();
    assert_eq!(claim.floor().to_string(), format!("1{}", "0".repeat(19)));
    expect(schedule.claim(12501, &floor("0")), OffMenu, "/menu/levels");
    expect(schedule.claim(10000, &floor("1")), OffMenu, "/menu/floors");
    assert_eq!(schedule.level("buffer"), Some(12500));
    expect(schedule.claim(10000, &floor("none")), OffMenu, "/menu/floors");
    // Below zero, and none, which is below all of them.
    let signed = edit(&self::schedule(), "/menu/floors", json!(["0", "none", "-1000.5"]));
    let signed = read_schedule(&signed).unwrap();
    let floors: Vec<_> = signed.menu().floors.iter().map(ToString::to_string).collect();
    assert_eq!(floors, ["none", &format!("-10005{}", "0".repeat(15)), "0"]);
    assert!(signed.claim(10000, &floor("none")).unwrap().floor().is_none());
    assert_eq!(
        signed.claim(10000, &floor("-1000.50")).unwrap().floor().amount(),
        signed.menu().floors[1].amount()
    );
    case("/menu/floors/1", json!(format!("-{}", "9".repeat(60))), Width, "/menu/floors/1");
    case("/menu/floors", json!(["none", "none"]), BadMenu, "/menu/floors/1");
    let isolated = edit(&self::schedule(), "/isolated_books", json!(true));
    let both = edit(&isolated, "/no_requirement_is_healthy", json!(true));
    expect(read_schedule(&both), UnknownField, "/no_requirement_is_healthy");
}

#[test]
fn widths() {
    case("/tiers/0/rows/0/rate", json!("999999999"), Width, "/tiers/0/rows/0");
    case("/instruments/0/multiplier", json!("9".repeat(24)), Width, "/instruments/0");
    // A price that fits alone and not in its product is an error of the snapshot.
    let dear = edit(&snapshot(), "/instruments/0/mark", json!(format!("{}.00", "9".repeat(22))));
    let error = expect(read_market(&schedule(), &dear), Width, "/instruments/0");
    assert_eq!(error.file, FileKind::Snapshot);
}

/// A small snapshot can name a schedule: reading that must not cost more than what the snapshot prices.
#[test]
fn fault_4_tier_tables_are_in_proportion_to_instruments() {
    let mut padded = schedule();
    let table = padded["tiers"][0].clone();
    let rows = table["rows"].as_array().unwrap().len();
    let list = padded["tiers"].as_array_mut().unwrap();
    let fit = MAX_UNUSED_ROWS / (rows + 1);
    for at in 0..fit {
        let mut more = table.clone();
        more["name"] = json!(format!("spare {at}"));
        list.push(more);
    }
    assert!(read_schedule(&padded).is_ok());
    let mut more = table;
    more["name"] = json!("one more");
    padded["tiers"].as_array_mut().unwrap().push(more);
    expect(read_schedule(&padded), UnusedTiers, &format!("/tiers/{}", 2 + fit));
}

#[test]
fn long_values_are_shortened_in_messages() {
    let long = json!("x".repeat(1 << 16));
    for (pointer, code) in
        [("/instruments/0/settle", UnknownAsset), ("/instruments/0/tiers", UnknownTiers)]
    {
        let error = expect(read_schedule(&edit(&schedule(), pointer, long.clone())), code, pointer);
        assert!(error.message.len() < 1000, "{} bytes", error.message.len());
    }
}

#[test]
fn an_inverse_instrument_is_not_judged_by_a_price_near_zero() {
    let rounding = json!({
        "value": {"mode": "truncate", "decimals": 8},
        "notional": {"mode": "floor", "decimals": 8}
    });
    let inverse = json!({
        "id": 9, "symbol": "BTCUSD", "kind": "inverse", "settle": "BTC", "size_decimals": 0,
        "price_decimals": 12, "multiplier": "100", "tiers": "marginal"
    });
    let schedule = edit(&edit(&schedule(), "/rounding", rounding), "/instruments/2", inverse);
    let digest = read_schedule(&schedule).unwrap().digest();
    let mut prices = edit(&snapshot(), "/schedule", json!(digest.to_string()));
    prices["instruments"][2] = json!({"instrument": "BTCUSD", "mark": "60000"});
    read_market(&schedule, &prices).unwrap();
    // A real price near zero is an error of the snapshot.
    prices["instruments"][2]["mark"] = json!("0.000000000001");
    let error = expect(read_market(&schedule, &prices), Width, "/instruments/2");
    assert_eq!(error.file, FileKind::Snapshot);
}

#[test]
fn lists_do_not_stand_for_objects() {
    case("/valuation", json!(["USD", 12]), WrongType, "/valuation");
    case("/rounding", json!([]), WrongType, "/rounding");
    case("/rounding", json!({"value": ["floor", 8]}), WrongType, "/rounding/value");
    // A requirement's name is a level of that requirement only, and the whole of it.
    let maintenance = json!({"name": "maintenance", "level_bps": 10001});
    case("/menu/levels/0", maintenance, BadMenu, "/menu/levels/0/level_bps");
    case("/menu/levels/0/name", json!("initial"), BadMenu, "/menu/levels/0/name");
    case("/requirement", json!("initial"), BadMenu, "/menu/levels/0/name");
    case("/menu/levels/0", json!(["maintenance", 10000]), WrongType, "/menu/levels/0");
    case("/tiers/1/rows/0", json!(["0", "10", "0.01", "0"]), WrongType, "/tiers/1/rows/0");
    for text in ["[\"zkmargin-schedule/1\"]", "[1]", "1", "null"] {
        expect(Schedule::from_json(text.as_bytes()), WrongFormat, "/format");
    }
}
