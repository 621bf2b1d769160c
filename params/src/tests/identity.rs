//! Hard forks and migrations: an entry is its symbol, venue, chain, contract and version.

use super::{REMOVE, account, edit, expect, read_schedule, schedule};
use crate::{AccountFile, ErrorCode, FileError};
use serde_json::{Value, json};

/// ETH and its successor on another contract, BTC-PERP and its second version.
fn migrating() -> Value {
    let mut value = schedule();
    let mut eth = value["assets"][2].clone();
    (eth["id"], eth["symbol"], eth["contract_version"]) = (json!(8), json!("ETH2"), json!(2));
    value["assets"].as_array_mut().unwrap().push(eth);
    value["assets"][2]["contract_version"] = json!(1);
    value["assets"][2]["migrated_to"] = json!("ETH2");
    let mut perp = value["instruments"][0].clone();
    (perp["id"], perp["symbol"], perp["contract_version"]) =
        (json!(3), json!("BTC-PERP-V2"), json!(2));
    value["instruments"].as_array_mut().unwrap().push(perp);
    value["instruments"][0]["migrated_to"] = json!("BTC-PERP-V2");
    value
}

fn read(account: &Value) -> Result<(), FileError> {
    let schedule = read_schedule(&migrating()).unwrap();
    AccountFile::from_json(account.to_string().as_bytes())?.to_account(&schedule).map(|_| ())
}

#[test]
fn a_contract_needs_its_chain() {
    let changed = edit(&schedule(), "/assets/2/chain", REMOVE.into());
    expect(read_schedule(&changed), ErrorCode::AmbiguousIdentity, "/assets/2/contract");
    let changed = edit(&schedule(), "/instruments/0/contract", json!("0x1"));
    expect(read_schedule(&changed), ErrorCode::AmbiguousIdentity, "/instruments/0/contract");
}

#[test]
fn two_assets_of_one_contract_are_ambiguous() {
    assert!(read_schedule(&migrating()).is_ok());
    let changed = edit(&migrating(), "/assets/3/contract_version", json!(1));
    let error = expect(read_schedule(&changed), ErrorCode::AmbiguousIdentity, "/assets/3/contract");
    assert!(error.message.contains("ETH2") && error.message.contains("version 1"), "{error}");
}

#[test]
fn a_migration_leads_to_what_is_in_use() {
    for (target, pointer) in
        [("ETH", "/assets/2"), ("NONE", "/assets/2"), ("BTC-PERP", "/assets/2")]
    {
        let changed = edit(&migrating(), &format!("{pointer}/migrated_to"), json!(target));
        let here = format!("{pointer}/migrated_to");
        expect(read_schedule(&changed), ErrorCode::BadMigration, &here);
    }
    let circle = edit(&migrating(), "/assets/3/migrated_to", json!("ETH"));
    expect(read_schedule(&circle), ErrorCode::BadMigration, "/assets/2/migrated_to");
}

#[test]
fn old_or_new_but_not_both() {
    read(&account()).unwrap();
    let position = json!({"instrument": "BTC-PERP-V2", "size": "1", "entry_value": "60000"});
    let both = edit(&account(), "/positions/-", position);
    let error = expect(read(&both), ErrorCode::HalfMigrated, "/positions/4");
    assert!(
        error.message.contains("\"BTC-PERP\"") && error.message.contains("version 2"),
        "{error}"
    );

    let balance = |amount: &str| json!({"asset": "ETH2", "balance": amount});
    let both = edit(&account(), "/balances/-", balance("1"));
    let error = expect(read(&both), ErrorCode::HalfMigrated, "/balances/3");
    assert!(error.message.contains("\"ETH2\""), "{error}");
    read(&edit(&account(), "/balances/-", balance("0"))).unwrap();
    read(&edit(&account(), "/balances/2", balance("12.5"))).unwrap();
}

#[test]
fn an_account_can_name_its_registry() {
    let registry = |v: &Value| read_schedule(v).unwrap().registry_digest().to_string();
    // A new listing is in the same numbering.
    read(&edit(&account(), "/registry", json!(registry(&schedule())))).unwrap();
    let named = registry(&edit(&schedule(), "/numbering", json!({"name": "coins"})));
    let old = edit(&account(), "/registry", json!(named));
    let error = expect(read(&old), ErrorCode::WrongRegistry, "/registry");
    assert!(error.message.contains(&named), "{error}");
    expect(read(&edit(&account(), "/registry", json!("00"))), ErrorCode::BadHex, "/registry");
}
