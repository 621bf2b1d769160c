//! Terms of what expires stand in its unit, and nothing that is listed later has others.

use super::{account, read_market, read_schedule, schedule, snapshot};
use crate::portfolio::{PortfolioSchedule, PortfolioScheduleFile, SeriesFile};
use crate::tests::{REMOVE, edit, expect};
use crate::{AccountFile, ErrorCode, FileError};
use serde_json::{Value, json};

fn read(value: &Value) -> PortfolioSchedule {
    read_schedule(value).unwrap()
}

/// The small schedule when everything has expired: what its units say is all that is left of it.
fn expired() -> Value {
    let mut value = schedule();
    value["instruments"].as_array_mut().unwrap().truncate(1);
    value["groups"].as_array_mut().unwrap().truncate(1);
    value
}

const TERMS: [(&str, &str); 2] = [
    ("/units/0/series/0/options", "series of options of unit"),
    ("/units/1/series/0/futures", "series of futures of unit"),
];

/// An expiry is listed again after a schedule without it: what its contracts are was said for ever.
#[test]
fn what_is_listed_later_has_the_terms_of_its_unit() {
    let mut earlier = expired();
    let euro = edit(&edit(&earlier["assets"][0], "/symbol", json!("EUR")), "/id", json!(2));
    earlier["assets"].as_array_mut().unwrap().push(euro);
    let mut later = schedule();
    later["assets"] = earlier["assets"].clone();
    let old = read(&earlier);
    read(&later).continues(&old).unwrap();
    for (here, what) in TERMS {
        for (field, value) in [
            ("settle", json!("EUR")),
            ("size_decimals", json!(1)),
            ("multiplier", json!("103.27")),
            ("contract_version", json!(2)),
        ] {
            let new = read(&edit(&later, &format!("{here}/{field}"), value));
            assert_eq!(new.registry_digest(), old.registry_digest());
            let two = new.agrees_on_ids(&old).unwrap_err();
            assert_eq!(two.what, what, "{field}");
            expect(new.continues(&old), ErrorCode::ReusedId, here);
        }
        // One is what is meant where nothing is said.
        let same = read(&edit(&later, &format!("{here}/multiplier"), json!("1.00")));
        same.continues(&old).unwrap();
        assert_eq!(same.digest(), read(&later).digest());
    }
    let new = read(&edit(&later, "/units/0/series/1/options/multiplier", json!("103.27")));
    let two = new.agrees_on_ids(&old).unwrap_err().to_string();
    let words = "series of options of unit 1 is \"A\", series 1 (multiplier 103.27) here and \
                 \"A\", series 1 (multiplier 1.03) in the other schedule";
    assert_eq!(two, words);
}

#[test]
fn a_contract_says_nothing_else() {
    let case = |pointer: &str, value: Value, code, at: &str| {
        expect(read_schedule(&edit(&schedule(), pointer, value)), code, at);
    };
    let terms = json!({"settle": "USD", "size_decimals": 1});
    for at in ["/instruments/1/terms", "/instruments/3/terms"] {
        case(at, terms.clone(), ErrorCode::UnknownField, at);
    }
    // As a file of before had it.
    let at = "/instruments/1/size_decimals";
    case(at, json!(0), ErrorCode::UnknownField, at);
    let at = "/instruments/0/terms";
    case(at, REMOVE.into(), ErrorCode::MissingField, at);
    // What it is of has to be said somewhere.
    let missing = ErrorCode::MissingField;
    case("/units/1/series", REMOVE.into(), missing, "/units/1/series");
    case("/groups/1/series", json!(2), missing, "/units/0/series");
    case("/instruments/3/group", json!("A May"), missing, "/units/0/series");
    case("/units/0/series/0/options", REMOVE.into(), missing, "/units/0/series/0");
    let at = "/units/0/series/1/number";
    case(at, json!(16), ErrorCode::BadId, at);
    case(at, json!(0), ErrorCode::DuplicateId, "/units/0/series/1");
    let series = schedule()["units"][0]["series"][0].clone();
    let at = "/units/0/series";
    case(at, Value::Array(vec![series; 17]), ErrorCode::ListTooLong, at);
    let at = "/units/0/series/0/options/multiplier";
    case(at, json!("0"), ErrorCode::OutOfRange, at);
    let at = "/units/0/series/0/options/size_decimals";
    case(at, json!(3), ErrorCode::BadDecimals, at);
}

/// Sizes are read in the digits of the series.
#[test]
fn contracts_have_the_terms_of_their_series() {
    let mut value = schedule();
    value["units"][0]["series"][0]["options"]["size_decimals"] = json!(1);
    value["units"][0]["series"][0]["options"]["contract_version"] = json!(3);
    let of = read(&value);
    let call = of.instrument("A-MAY-150-C").unwrap();
    assert_eq!((call.size_decimals, call.value_decimals, call.contract_version), (1, 1, Some(3)));
    let adjusted = read(&edit(&schedule(), "/groups/1/series", json!(1)));
    let of = |schedule: &PortfolioSchedule| {
        let call = schedule.instrument("A-MAY-150-C").unwrap();
        (call.contract, call.multiplier)
    };
    let (plain, one) = of(&read(&schedule()));
    let (other, multiplier) = of(&adjusted);
    assert!(other != plain && multiplier > one, "{multiplier}");
    // Another series is another contract, and both registries are one.
    assert_eq!(adjusted.registry_digest(), read(&schedule()).registry_digest());
    adjusted.continues(&read(&schedule())).unwrap();
}

#[test]
fn a_unit_keeps_its_series() {
    let old = read(&schedule());
    let added = json!({"number": 7, "futures": {"settle": "USD", "size_decimals": 2}});
    let new = read(&edit(&schedule(), "/units/1/series/-", added));
    new.continues(&old).unwrap();
    expect(old.continues(&new), ErrorCode::BeyondNumbering, "/units/1/series");
    old.agrees_on_ids(&new).unwrap();
    let none = read(&edit(&expired(), "/units/1/series", REMOVE.into()));
    expect(none.continues(&new), ErrorCode::BeyondNumbering, "/units/1/series");
    // An importer whose answers have no contract of a series any more keeps it.
    let mut file: PortfolioScheduleFile = none.file().clone();
    file.renumber(&new);
    let numbers = |series: &[SeriesFile]| series.iter().map(|s| s.number).collect::<Vec<_>>();
    assert_eq!(numbers(&file.units[1].series), [0, 7]);
    PortfolioSchedule::new(file).unwrap().continues(&new).unwrap();
}

/// A redenominated perpetual is another contract: it gets the next number.
#[test]
fn another_multiplier_needs_another_number() {
    let old = read(&schedule());
    let mut value = edit(&schedule(), "/instruments/0/terms/multiplier", json!("1000"));
    expect(read(&value).continues(&old), ErrorCode::ReusedId, "/instruments/0");
    value["instruments"][0]["number"] = json!(2);
    read(&value).continues(&old).unwrap();
}

/// What a size is worth is the price of what it is of, times the multiplier.
#[test]
fn a_multiplier_is_in_no_price() {
    let with = |multiplier: &str| {
        let value = edit(&schedule(), "/instruments/0/terms/multiplier", json!(multiplier));
        let digest = read(&value).digest().to_string();
        read_market(&value, &edit(&snapshot(), "/schedule", json!(digest))).unwrap()
    };
    // A value and loadings are of a size of 1, whatever that is.
    let (one, ten) = (with("1"), with("10"));
    let requirement = crate::Requirement::Maintenance;
    assert_eq!(one.market(requirement), ten.market(requirement));
    assert_ne!(one.digest(), ten.digest());
    let (mut derived, mut prices) =
        (super::examples::derive_schedule(), super::examples::derive_snapshot());
    let plain = read_market(&derived, &prices).unwrap().spot_price("SPOT-ETH").unwrap();
    derived["instruments"][0]["terms"]["multiplier"] = json!("0.001");
    prices["schedule"] = json!(read(&derived).digest().to_string());
    let price = read_market(&derived, &prices).unwrap().spot_price("SPOT-ETH").unwrap();
    assert_eq!(price.to_scaled(21), plain.to_scaled(18).map(|units| units * 1_000_000));
}

/// Two tokens of one name, of which the second takes the place of the first.
fn migrating() -> Value {
    let mut value = schedule();
    let mut second = value["assets"][0].clone();
    (second["id"], second["symbol"]) = (json!(2), json!("USD2"));
    for (asset, chain) in [(&mut value["assets"][0], "ethereum"), (&mut second, "base")] {
        (asset["chain"], asset["contract"]) = (json!(chain), json!("0x1"));
    }
    value["assets"][0]["migrated_to"] = json!("USD2");
    value["assets"].as_array_mut().unwrap().push(second);
    value
}

#[test]
fn an_asset_is_a_token_of_a_chain() {
    let migrating = migrating();
    read(&migrating);
    let case = |pointer: &str, value: Value, code, at: &str| {
        expect(read_schedule(&edit(&migrating, pointer, value)), code, at);
    };
    let ambiguous = ErrorCode::AmbiguousIdentity;
    case("/assets/0/chain", REMOVE.into(), ambiguous, "/assets/0/contract");
    case("/assets/1/chain", json!("ethereum"), ambiguous, "/assets/1/contract");
    case("/assets/0/chain", json!("a\"b"), ErrorCode::BadText, "/assets/0/chain");
    let at = "/assets/0/migrated_to";
    case(at, json!("USDT"), ErrorCode::BadMigration, at);
    // Whether it is replaced changes the schedule, and not what it is.
    let stays = read(&edit(&migrating, at, REMOVE.into()));
    assert_ne!(stays.digest(), read(&migrating).digest());
    read(&migrating).agrees_on_ids(&stays).unwrap();
}

#[test]
fn nobody_holds_both_versions() {
    let schedule = read(&migrating());
    let read = |balance: &str| -> Result<_, FileError> {
        let second = json!({"asset": "USD2", "balance": balance});
        let both = edit(&account(), "/balances/-", second);
        schedule.account(&AccountFile::from_json(both.to_string().as_bytes())?)
    };
    read("0").unwrap();
    expect(read("1"), ErrorCode::HalfMigrated, "/balances/1");
}
