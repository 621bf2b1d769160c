//! Accounts under a portfolio schedule.

use super::{account, read_account, read_schedule, schedule};
use crate::ErrorCode::{self, *};
use crate::tests::{REMOVE, edit, expect};
use serde_json::{Value, json};
use zkmargin_model::widths::MAX_HELD_POSITIONS;

fn case(pointer: &str, value: Value, code: ErrorCode, at: &str) -> String {
    expect(read_account(&edit(&account(), pointer, value)), code, at).message
}

#[test]
fn bad_accounts() {
    let at = |pointer: &str, value: Value, code| drop(case(pointer, value, code, pointer));
    at("/venue", json!("other"), WrongVenue);
    at("/registry", json!("11".repeat(32)), WrongRegistry);
    at("/balances/0/asset", json!("EUR"), UnknownAsset);
    at("/balances/0/balance", json!("0.001"), TooManyDigits);
    let again = json!({"asset": "USD", "balance": "1"});
    case("/balances/-", again, DuplicateBalance, "/balances/1");
    at("/positions/0/size", json!("0"), ZeroSize);
    at("/positions/0/size", json!("1.5"), TooManyDigits);
    at("/positions/0/size", json!("-1048576"), SizeWidth);
    read_account(&edit(&account(), "/positions/0/size", json!("-1048575"))).unwrap();
    at("/positions/0/entry_value", json!("9".repeat(40)), Width);
    case("/positions/1/instrument", json!("A-SPOT"), DuplicatePosition, "/positions/1");
    case("/balances/0", REMOVE.into(), SettlementAssetMissing, "/positions/0");
    let many = vec![account()["positions"][0].clone(); MAX_HELD_POSITIONS + 1];
    at("/positions", Value::Array(many), AccountTooLarge);
}

/// In the words that every import uses.
#[test]
fn mixed_accounts() {
    let words = "an account is linear or portfolio; a venue that has both keeps two accounts of one holder key";
    for field in [
        "funding_index",
        "isolated_margin",
        "allocation",
        "own_rate",
        "own_leverage",
        "bids",
        "asks",
    ] {
        let place = format!("/positions/3/{field}");
        let message = case(&place, json!("1"), MixedAccount, &place);
        assert!(message.ends_with(words), "{message}");
    }
    let place = "/positions/0/instrument";
    let message = case(place, json!("DOGE"), UnknownInstrument, place);
    assert!(message.ends_with(words), "{message}");
    let message = case(place, json!("A-SPOTS"), UnknownInstrument, place);
    assert!(message.ends_with("did you mean \"A-SPOT\"?"), "{message}");
}

#[test]
fn an_account_names_its_registry() {
    let registry = read_schedule(&schedule()).unwrap().registry_digest().to_string();
    read_account(&edit(&account(), "/registry", json!(registry))).unwrap();
}
