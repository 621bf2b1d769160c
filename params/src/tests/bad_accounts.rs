//! Every way an account is refused, with its code and place, and that no message tells a figure.

use super::{BLINDING, REMOVE, account, edit, expect, read_account};
use crate::ErrorCode::{self, *};
use crate::{FileError, FileKind};
use serde_json::json;
use zkmargin_model::widths::{MAX_HELD_ASSETS, MAX_HELD_POSITIONS};

fn case(pointer: &str, value: serde_json::Value, code: ErrorCode, at: &str) -> FileError {
    let error = expect(read_account(&edit(&account(), pointer, value)), code, at);
    assert_eq!(error.file, FileKind::Account);
    error
}

#[test]
fn the_fixture_is_good() {
    let (account, secrets) = read_account(&account()).unwrap();
    assert_eq!(account.positions().len(), 4);
    assert_eq!((secrets.serial, hex::encode(secrets.blinding)), (42, BLINDING.to_owned()));
    // Entry value less size times entry funding index: -6100 + 20.5 * 0.0005.
    assert_eq!(account.positions()[2].entry.to_string(), "-609998975000");
}

#[test]
fn secrets() {
    case("/holder_key", json!("00"), BadHex, "/holder_key");
    case("/blinding", json!("ff".repeat(32)), NotFieldElement, "/blinding");
    case("/blinding", REMOVE.into(), MissingField, "");
    for bad in ["", "-1", "+1", "01", "1.0", "18446744073709551616"] {
        case("/serial", json!(bad), BadNumber, "/serial");
    }
    case("/serial", json!(1), WrongType, "/serial");
    let holder_key = account()["holder_key"].clone();
    for (pointer, weak) in [
        ("/holder_key", json!("00".repeat(32))),
        ("/blinding", json!("00".repeat(32))),
        ("/blinding", json!("01".repeat(32))),
        ("/blinding", json!(format!("2a{}", "00".repeat(31)))),
        ("/blinding", json!("0123456789abcd0f".repeat(4))),
        ("/blinding", holder_key),
    ] {
        let error = case(pointer, weak.clone(), WeakSecret, pointer);
        assert!(error.message.contains("commit --fresh"), "{error}");
        // Figures need no secrets.
        let file = edit(&account(), pointer, weak).to_string();
        let schedule = super::read_schedule(&super::schedule()).unwrap();
        let file = crate::AccountFile::from_json(file.as_bytes()).unwrap();
        assert!(file.holdings(&schedule).is_ok());
    }
}

#[test]
fn the_greatest_size_is_read() {
    // 2^90 steps of 0.001.
    let greatest = "1237940039285380274899124.224";
    let (account, _) =
        read_account(&edit(&account(), "/positions/0/size", json!(greatest))).unwrap();
    assert_eq!(account.positions()[0].size, num_bigint::BigUint::from(1u8) << 90);
    case("/positions/0/size", json!("1237940039285380274899124.225"), Width, "/positions/0/size");
}

#[test]
fn holdings() {
    case("/venue", json!("other"), WrongVenue, "/venue");
    case("/positions/0/size", json!("0"), ZeroSize, "/positions/0/size");
    case("/positions/0/size", json!("0.0001"), TooManyDigits, "/positions/0/size");
    case("/positions/0/size", json!("9".repeat(40)), Width, "/positions/0/size");
    case("/positions/0/entry_value", json!("9".repeat(40)), Width, "/positions/0/entry_value");
    case("/positions/0/instrument", json!("DOGE"), UnknownInstrument, "/positions/0/instrument");
    case("/positions/0/funding_index", json!("0"), UnexpectedFunding, "/positions/0/funding_index");
    case("/positions/2/funding_index", REMOVE.into(), MissingFunding, "/positions/2/funding_index");
    case("/positions/1/size", json!("0.25"), DuplicatePosition, "/positions/1");
    let place = "/positions/0/isolated_margin";
    case(place, json!("12.5"), NoIsolatedBooks, place);
    case("/balances/2/asset", json!("DOGE"), UnknownAsset, "/balances/2/asset");
    case("/balances/2/asset", json!("BTC"), DuplicateBalance, "/balances/2");
    case("/balances/0/balance", json!("9".repeat(40)), Width, "/balances/0/balance");
    case("/balances/1", REMOVE.into(), SettlementAssetMissing, "/positions/3");
    case("/balances/1", json!(["BTC", "1"]), WrongType, "/balances/1");
    let balance = json!({"asset": "BTC", "balance": "1"});
    case("/balances", json!(vec![balance; MAX_HELD_ASSETS + 1]), AccountTooLarge, "/balances");
    let position = json!({"instrument": "BTC-PERP", "size": "1", "entry_value": "1"});
    case(
        "/positions",
        json!(vec![position; MAX_HELD_POSITIONS + 1]),
        AccountTooLarge,
        "/positions",
    );
}

#[test]
fn messages_tell_no_figure() {
    let errors = [
        case("/balances/0/balance", json!(77123.5), NumberNotString, "/balances/0/balance"),
        case("/balances/0/balance", json!("77123.123456789"), TooManyDigits, "/balances/0/balance"),
        case("/balances/0/balance", json!("077123"), BadNumber, "/balances/0/balance"),
        case("/serial", json!(77123), WrongType, "/serial"),
        case("/serial", json!("77123x"), BadNumber, "/serial"),
        case("/positions", json!("77123"), WrongType, "/positions"),
        case("/venue", json!("77123"), WrongVenue, "/venue"),
        case("/balances/0/asset", json!("77123"), UnknownAsset, "/balances/0/asset"),
    ];
    for error in errors {
        assert!(!error.to_string().contains("77123"), "{error}");
    }
    let file = crate::AccountFile::from_json(account().to_string().as_bytes()).unwrap();
    assert_eq!(format!("{file:?}"), "AccountFile(..)");
}
