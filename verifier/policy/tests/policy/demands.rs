//! Policy files that say something impossible.

use crate::support::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use zkmargin_params::{ErrorCode, FileKind};
use zkmargin_policy::Demands;

#[track_caller]
fn refused(edit: impl Fn(&mut Value), code: ErrorCode, pointer: &str) {
    let mut changed = policy(2);
    edit(&mut changed);
    let error = demands(&changed).expect_err(pointer);
    assert_eq!(
        (error.file, error.code, error.pointer.as_str()),
        (FileKind::Policy, code, pointer),
        "{error}"
    );
}

#[test]
fn policies_that_contradict_themselves() {
    use ErrorCode::*;
    assert!(demands(&policy(2)).is_ok());
    refused(|p| p["format"] = json!("zkmargin-policy/2"), WrongFormat, "/format");
    refused(|p| p["more"] = json!(1), UnknownField, "/more");
    refused(
        |p| p["account"]["commitment"] = json!("ff".repeat(32)),
        NotFieldElement,
        "/account/commitment",
    );
    refused(|p| p["account"]["commitment"] = json!("FF".repeat(32)), BadHex, "/account/commitment");
    refused(
        |p| p["account"] = json!({"ledger": {}, "commitment": "00"}),
        WrongType,
        "/account/commitment",
    );
    refused(|p| p["market"]["schedule"] = json!("00"), BadHex, "/market/schedule");
    refused(|p| p["market"]["registry"] = json!("00"), BadHex, "/market/registry");
    refused(|p| p["claim"]["floor"] = json!("1e3"), BadNumber, "/claim/floor");
    refused(|p| p["requirement"] = json!("liquidation"), WrongType, "/requirement");
    // A level that names one requirement, and a demand for another.
    refused(|p| p["requirement"] = json!("initial"), BadNumber, "/claim/level");
    refused(|p| p["claim"]["level"] = json!("initial"), BadNumber, "/claim/level");
    refused(|p| p["claim"]["floor"] = json!(5), NumberNotString, "/claim/floor");
    refused(|p| p["audience"] = json!(""), BadText, "/audience");
    refused(|p| p["audience"] = json!("a\u{200b}"), BadText, "/audience");
    refused(|p| p["holder"] = json!({"pseudonym": "00".repeat(32)}), UnknownField, "/holder");
    let once = "/freshness/once_per_period";
    refused(|p| p["freshness"] = json!({"once_per_period": true}), UnknownField, once);
    // A period that the prover may choose is no period.
    let ledger = |p: &mut Value| {
        p["account"] = json!({"ledger": {}});
        p["freshness"] = json!({"once_per_period": true});
        p["epoch"] = json!(1);
    };
    refused(ledger, MissingField, once);
    let first = "/market/first_after_challenge";
    refused(|p| p["market"]["first_after_challenge"] = json!(true), MissingField, first);
    refused(
        |p| p["keys"][1]["role"] = json!("attester"),
        BadKey,
        "/prices/sources/0/signed_by/note/key",
    );
    refused(|p| p["keys"][1]["name"] = json!("other"), WrongKeyName, "/keys/1/name");
    refused(|p| p["keys"][2] = p["keys"][1].clone(), DuplicateName, "/keys/2/name");
}

#[test]
fn prices_that_contradict_themselves() {
    use ErrorCode::*;
    let sources = "/prices/sources/1";
    refused(
        |p| p["prices"]["sources"][1]["name"] = json!("source0"),
        DuplicateName,
        &format!("{sources}/name"),
    );
    refused(
        |p| p["prices"]["sources"][1]["signed_by"]["note"]["key"] = json!("source0.example"),
        DuplicateKey,
        &format!("{sources}/signed_by"),
    );
    let by = |signed_by: Value| {
        move |p: &mut Value| p["prices"]["sources"][1]["signed_by"] = signed_by.clone()
    };
    let address = "0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202";
    for (signed_by, code, pointer) in [
        (json!({"pyth-lazer": {"signers": []}}), BadKey, "/pyth-lazer/signers"),
        (json!({"pyth-lazer": {"signers": ["0x00"]}}), BadKey, "/pyth-lazer/signers/0"),
        (json!({"redstone": {"signers": [address], "threshold": 2}}), BadKey, ""),
        (json!({"redstone": {"signers": [address], "threshold": 0}}), BadKey, ""),
        (json!({"redstone": {"signers": [address, address], "threshold": 1}}), BadKey, ""),
        (
            json!({"redstone": {"signers": [format!("ed25519:{}", "00".repeat(32))], "threshold": 1}}),
            WrongKeyKind,
            "/redstone/signers/0",
        ),
        (json!({"pyth-hermes": {"guardian_set": 4, "signers": []}}), BadKey, ""),
    ] {
        refused(by(signed_by), code, &format!("{sources}/signed_by{pointer}"));
    }
    refused(|p| p["prices"]["min_keys"] = json!(0), BadNumber, "/prices/min_keys");
    let cover = "/prices/cover/0";
    refused(
        |p| p["prices"]["cover"][0]["feeds"] = json!([]),
        MissingField,
        &format!("{cover}/feeds"),
    );
    let twice = |p: &mut Value| {
        let list = p["prices"]["cover"].as_array_mut().expect("list");
        list.push(list[0].clone());
    };
    refused(twice, DuplicateName, "/prices/cover/1/of");
    let feed = |field: &'static str, value: Value| {
        move |p: &mut Value| p["prices"]["cover"][0]["feeds"][1][field] = value.clone()
    };
    refused(feed("source", json!("nobody")), BadText, &format!("{cover}/feeds/1/source"));
    refused(feed("source", json!("source0")), DuplicateName, &format!("{cover}/feeds/1/source"));
    refused(feed("factor", json!("0")), BadNumber, &format!("{cover}/feeds/1/factor"));
    refused(feed("factor", json!("-1")), BadNumber, &format!("{cover}/feeds/1/factor"));
    refused(feed("factor", json!("x")), BadNumber, &format!("{cover}/feeds/1/factor"));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Demands::from_json(&bytes);
    }

    /// A policy with one value replaced by another kind of value.
    #[test]
    fn no_shape_panics(at in any::<prop::sample::Index>(), kind in 0..6usize) {
        let mut changed = policy(2);
        let pointers = pointers(&changed, "");
        let pointer = &pointers[at.index(pointers.len())];
        let value = [json!(null), json!(-1), json!("x"), json!([]), json!({}), json!(u64::MAX)][kind].clone();
        *changed.pointer_mut(pointer).expect("there") = value;
        let _ = demands(&changed);
    }
}

fn pointers(value: &Value, here: &str) -> Vec<String> {
    let mut all = vec![here.to_owned()];
    match value {
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(i, v)| all.extend(pointers(v, &format!("{here}/{i}"))));
        }
        Value::Object(map) => {
            map.iter().for_each(|(k, v)| all.extend(pointers(v, &format!("{here}/{k}"))));
        }
        _ => {}
    }
    all
}
