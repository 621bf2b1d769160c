//! Open orders in the files: what they mean, that no two meanings share a digest or a commitment, and how they are refused.

use super::elements::{account, schedule, snapshot};
use super::{REMOVE, edit, expect, read_market, read_schedule};
use crate::ErrorCode::{self, *};
use crate::{AccountFile, CompiledMarket, FileError, FileKind};
use num_bigint::BigInt;
use pasta_curves::Fp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use zkmargin_model::commitment::{AccountSecrets, account_commitment};
use zkmargin_model::rule::{Account, Orders, margin};

/// Fees of 0.25 in PLAIN, whose rate is 0.05 at a mark of 1, and none in PERP.
fn with_orders() -> Value {
    let schedule = edit(&schedule(), "/open_orders", json!(true));
    edit(&schedule, "/instruments/1/elements", json!({"order_fee": "0.25"}))
}

fn market() -> CompiledMarket {
    read_market(&with_orders(), &snapshot(&with_orders())).unwrap()
}

/// Of one position in PLAIN.
fn held(position: Value) -> Value {
    let account = edit(&account(), "/balances", json!([{"asset": "USD", "balance": "1000"}]));
    edit(&account, "/positions", json!([position]))
}

fn read(schedule: &Value, account: &Value) -> Result<Account, FileError> {
    let schedule = read_schedule(schedule).unwrap();
    AccountFile::from_json(account.to_string().as_bytes())?.holdings(&schedule)
}

#[test]
fn figures_by_hand() {
    let market = market();
    for (position, equity, required) in [
        // Ten bought of nothing, with a result of three: 0.5, and two orders.
        (
            json!({"instrument": "PLAIN", "size": "0", "entry_value": "-3", "bids": "10", "asks": "4", "orders": 2}),
            1_003_000_000,
            1_000_000,
        ),
        // One bought at 3 loses 2, and eight sold short: 0.4.
        (
            json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "bids": "2.01", "asks": "9", "orders": 1}),
            998_000_000,
            650_000,
        ),
        // No orders at all.
        (json!({"instrument": "PLAIN", "size": "-7", "entry_value": "-7"}), 1_000_000_000, 350_000),
        // The ask of a short makes it larger.
        (
            json!({"instrument": "PLAIN", "size": "-7", "entry_value": "-7", "bids": "14", "asks": "0.01"}),
            1_000_000_000,
            350_500,
        ),
    ] {
        let account = read(&with_orders(), &held(position)).unwrap();
        let figures = margin(&account, market.market()).unwrap();
        assert_eq!(figures.equity, BigInt::from(equity));
        assert_eq!(figures.maintenance, BigInt::from(required));
    }
}

#[test]
fn steps_say_what_orders_make_of_a_position() {
    let market = market();
    let position = json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "bids": "2.01", "asks": "9", "orders": 3});
    let account = read(&with_orders(), &held(position)).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let second = account.second_word(0);
    let steps = market.explain_position(&account.positions()[0], second, &figures.positions[0]);
    let of = |figure: &str| {
        let step = steps.iter().rfind(|step| step.figure == figure).unwrap();
        (step.how.as_str(), step.result.to_string())
    };
    let how = "size - asks, whose notional is not smaller than that of size + bids";
    assert_eq!(of("size with orders"), (how, "-8".to_owned()));
    assert_eq!(of("notional").1, "8");
    assert_eq!(of("fees of orders"), ("3 orders at 0.25", "0.75".to_owned()));
    assert_eq!(of("requirement").1, "1.15");
    // A number of orders of no size makes nothing larger.
    let position = json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "orders": 3});
    let account = read(&with_orders(), &held(position)).unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let second = account.second_word(0);
    let steps = market.explain_position(&account.positions()[0], second, &figures.positions[0]);
    assert!(steps.iter().all(|step| step.figure != "size with orders"), "{steps:?}");
    assert!(steps.iter().any(|step| step.figure == "fees of orders"));
}

#[test]
fn bad_orders_are_refused_with_the_place() {
    let position = json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "bids": "2", "asks": "9", "orders": 3});
    let account = held(position);
    let case = |field: &str, value: Value, code: ErrorCode| {
        let place = format!("/positions/0/{field}");
        let error = expect(read(&with_orders(), &edit(&account, &place, value)), code, &place);
        assert_eq!(error.file, FileKind::Account);
    };
    case("bids", json!("-2"), OutOfRange);
    case("asks", json!("-0.01"), OutOfRange);
    case("bids", json!("0.001"), TooManyDigits);
    case("asks", json!(9), NumberNotString);
    case("orders", json!(1 << 18), Width);
    for count in [json!(-1), json!(1.5), json!("3"), json!(1u64 << 32), json!([])] {
        case("orders", count, WrongType);
    }
    for size in [json!(""), json!("1e3"), json!("0x1"), json!("NaN"), json!("+1")] {
        case("asks", size, BadNumber);
    }
    let text = account.to_string();
    let twice = text.replacen("\"asks\"", "\"bids\":\"0\",\"asks\"", 1);
    let error = AccountFile::from_json(twice.as_bytes()).unwrap_err();
    assert_eq!((error.code, error.pointer.as_str()), (DuplicateField, "/positions/0/bids"));
    // In hundredths; with the size of 1 it is one unit too wide.
    let most = (BigInt::from(1) << 90u32) - 100;
    let text = |units: &BigInt| json!(format!("{}.{:02}", units / 100, units % 100));
    case("bids", text(&most), Width);
    case("asks", text(&most), Width);
    case("size", text(&(&most + 100)), Width);
    for (field, value) in [("asks", text(&(most - 1))), ("orders", json!((1 << 18) - 1))] {
        read(&with_orders(), &edit(&account, &format!("/positions/0/{field}"), value)).unwrap();
    }
    // Twice the same key, also of nothing.
    let twice = edit(&account, "/positions/0/size", json!("0"));
    let mut twice = twice.clone();
    let position = twice["positions"][0].clone();
    twice["positions"].as_array_mut().unwrap().push(position);
    expect(read(&with_orders(), &twice), DuplicatePosition, "/positions/1");
    // A schedule without open orders.
    for field in ["bids", "asks", "orders"] {
        let value = if field == "orders" { json!(0) } else { json!("0") };
        let account = held(json!({"instrument": "PLAIN", "size": "1", "entry_value": "3"}));
        let place = format!("/positions/0/{field}");
        expect(read(&schedule(), &edit(&account, &place, value)), NoOpenOrders, &place);
    }
    let flat = held(json!({"instrument": "PLAIN", "size": "0", "entry_value": "3"}));
    expect(read(&schedule(), &flat), ZeroSize, "/positions/0/size");
    // And in the schedule itself.
    let fee = "/instruments/1/elements/order_fee";
    for (value, code) in [("-1", OutOfRange), ("0.00000000001", TooManyDigits)] {
        expect(read_schedule(&edit(&with_orders(), fee, json!(value))), code, fee);
    }
    let nothing = edit(&with_orders(), "/instruments", json!([]));
    expect(read_schedule(&nothing), BadElement, "/open_orders");
    let none = edit(&with_orders(), "/open_orders", REMOVE.into());
    expect(read_schedule(&none), BadElement, fee);
}

/// What has no size has no side that its entry value could contradict.
#[test]
fn an_entry_value_beside_no_size_is_no_mistake() {
    let schedule = read_schedule(&with_orders()).unwrap();
    for (size, entry, remarks) in [("0", "3", 0), ("0", "-3", 0), ("1", "3", 0), ("1", "-3", 1)] {
        let held = held(json!({"instrument": "PLAIN", "size": size, "entry_value": entry}));
        let file = AccountFile::from_json(held.to_string().as_bytes()).unwrap();
        assert_eq!(file.remarks(&schedule, None).len(), remarks, "{size} {entry}");
    }
}

/// No two schedules, records or accounts of different meaning are the same.
#[test]
fn digests_and_commitments_differ() {
    let fee = |fee: &str| edit(&with_orders(), "/instruments/1/elements/order_fee", json!(fee));
    let none = edit(&with_orders(), "/instruments/1/elements", json!({}));
    let other = edit(&none, "/instruments/0/elements/order_fee", json!("0.25"));
    let all = [schedule(), none, other, fee("0.25"), fee("0"), fee("0.26")];
    let read_all: Vec<_> = all.iter().map(|s| read_schedule(s).unwrap()).collect();
    let digests: BTreeSet<_> = read_all.iter().map(|s| s.digest().to_string()).collect();
    assert_eq!(digests.len(), all.len());
    // The record has another layout, whatever an order costs.
    let registries: BTreeSet<_> =
        read_all.iter().map(|s| s.registry_digest().to_string()).collect();
    assert_eq!(registries.len(), 2);

    let secrets = AccountSecrets {
        registry: Fp::from(1),
        holder_key: Fp::from(2),
        serial: 3,
        blinding: Fp::from(4),
    };
    let position = json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "bids": "2", "asks": "9", "orders": 3});
    let account = held(position);
    let commitment = |schedule: &Value, account: &Value| {
        let account = read(schedule, account).unwrap();
        account_commitment(&account, &secrets).expect("fits").element()
    };
    let of = |field: &str, value: Value| {
        commitment(&with_orders(), &edit(&account, &format!("/positions/0/{field}"), value))
    };
    let plain = held(json!({"instrument": "PLAIN", "size": "1", "entry_value": "3"}));
    let mut found = vec![
        of("bids", json!("2")),
        of("bids", json!("9")),
        of("bids", REMOVE.into()),
        of("asks", json!("2")),
        of("asks", REMOVE.into()),
        of("orders", json!(2)),
        of("orders", REMOVE.into()),
        of("size", json!("0")),
        of("size", json!("-1")),
        commitment(&with_orders(), &plain),
        commitment(&schedule(), &plain),
    ];
    let count = found.len();
    found.dedup();
    found.sort();
    found.dedup();
    assert_eq!(found.len(), count);
    // What is not written is nothing.
    let zero = json!({"instrument": "PLAIN", "size": "1", "entry_value": "3", "bids": "0", "asks": "0.00", "orders": 0});
    assert_eq!(commitment(&with_orders(), &held(zero)), commitment(&with_orders(), &plain));
    let read = read(&with_orders(), &plain).unwrap();
    assert_eq!(read.orders(), Some(&[Orders::default()][..]));
}

/// Whatever is written in a field of orders or of a family, it is read or refused, and a refusal names a place.
#[test]
fn no_written_value_ends_the_program() {
    let wide = "9".repeat(80);
    let fine = format!("0.{}1", "0".repeat(35));
    let texts =
        ["0", "-0", "0.00", "-1", "1e9", " 1", "1 ", "", ".", "1/3", "\u{660}", &wide, &fine];
    let mut values: Vec<_> = texts.iter().map(|text| json!(text)).collect();
    values.extend([
        json!(0),
        json!(-1),
        json!(1e300),
        json!(true),
        json!([]),
        json!({}),
        json!(null),
    ]);
    values.extend([u64::MAX, 1 << 18, 1 << 32].map(|number| json!(number)));
    let family = json!({"family": {"name": "F", "counts": "2"}});
    let families = edit(&schedule(), "/instruments/1/elements", family);
    let by_size = edit(&families, "/tiers/1/variable", json!("quantity"));
    assert!(read_schedule(&by_size).is_ok());
    let (ordered, market) = (with_orders(), market());
    let schedules = [
        (&by_size, "/instruments/1/elements/family/counts"),
        (&by_size, "/instruments/1/elements/family/name"),
        (&by_size, "/instruments/1/elements/family"),
        (&by_size, "/instruments/1/size_decimals"),
        (&by_size, "/open_orders"),
        (&ordered, "/open_orders"),
        (&ordered, "/instruments/1/elements/order_fee"),
    ];
    let held = held(json!({
        "instrument": "PLAIN", "size": "1", "entry_value": "3", "bids": "2", "asks": "9", "orders": 3
    }));
    let is_placed = |error: &FileError| !error.pointer.is_empty();
    for value in &values {
        for (schedule, pointer) in schedules {
            let read = read_schedule(&edit(schedule, pointer, value.clone()));
            assert!(read.as_ref().err().is_none_or(is_placed), "{pointer} {value}: {read:?}");
        }
        for field in ["bids", "asks", "orders", "size"] {
            let pointer = format!("/positions/0/{field}");
            let changed = edit(&held, &pointer, value.clone());
            let read = read(&with_orders(), &changed);
            assert!(read.as_ref().err().is_none_or(is_placed), "{pointer} {value}");
            if let Ok(account) = read {
                // What is read has figures, or the rule says what it lacks.
                let _ = margin(&account, market.market());
            }
        }
    }
}
