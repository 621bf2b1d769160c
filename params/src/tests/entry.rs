//! Notionals at entry in the files: what they mean, and what would make an entry another figure.

use super::elements::{account, schedule, snapshot};
use super::{edit, expect, read_market, read_schedule};
use crate::ErrorCode::*;
use crate::{AccountFile, CompiledMarket, FileError};
use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::rule::{Account, SecondWord, margin};

const AT: &str = "/instruments/1/elements/notional_at_entry";

/// PLAIN at entry: 5 % of it, in 10^-6, and a charge of a thousandth, rounded up.
fn at_entry() -> Value {
    let charge = json!([{"multiply": "0.001", "round": "ceil"}]);
    let elements = json!({"notional_at_entry": true, "charge": charge});
    edit(&schedule(), "/instruments/1/elements", elements)
}

fn market() -> CompiledMarket {
    read_market(&at_entry(), &snapshot(&at_entry())).unwrap()
}

fn held(size: &str, entry: &str) -> Result<Account, FileError> {
    let account = edit(&account(), "/balances", json!([{"asset": "USD", "balance": "1000"}]));
    let position = json!({"instrument": "PLAIN", "size": size, "entry_value": entry});
    let account = edit(&account, "/positions", json!([position]));
    AccountFile::from_json(account.to_string().as_bytes())?
        .holdings(&read_schedule(&at_entry()).unwrap())
}

#[test]
fn figures_by_hand() {
    let market = market();
    for (size, entry, equity, required) in [
        // 5 % of 12.000019 is 0.60000095, and a thousandth of it 0.012000019.
        ("7", "12.000019", 994_999_981, 600_000 + 12_001),
        ("-7", "-12.000019", 1_005_000_019, 600_000 + 12_001),
        // The sign of an entry is not that of the side.
        ("7", "-1.5", 1_008_500_000, 75_000 + 1_500),
        ("0.01", "0", 1_000_010_000, 0),
    ] {
        let figures = margin(&held(size, entry).unwrap(), market.market()).unwrap();
        assert_eq!(figures.equity, BigInt::from(equity), "{size} {entry}");
        assert_eq!(figures.maintenance, BigInt::from(required), "{size} {entry}");
    }
    let account = held("7", "-1.5").unwrap();
    let figures = margin(&account, market.market()).unwrap();
    let steps = market.explain_position(
        &account.positions()[0],
        SecondWord::default(),
        &figures.positions[0],
    );
    let notional = steps.iter().find(|step| step.figure == "notional").unwrap();
    assert!(notional.how.starts_with("value at entry, without its sign"), "{}", notional.how);
    assert_eq!(notional.result.to_string(), "1.5");
}

/// Whatever else an entry could hold is refused with the place, in the schedule or in the account.
#[test]
fn an_entry_is_the_value_at_entry_alone() {
    let refused = |pointer: &str, value: Value| {
        expect(read_schedule(&edit(&at_entry(), pointer, value)), BadElement, AT);
    };
    refused("/isolated_books", json!(true));
    refused("/open_orders", json!(true));
    refused("/instruments/1/funding_decimals", json!(4));
    let sides = json!({"long": {"round": "floor"}, "short": {"round": "floor"}});
    refused("/instruments/1/elements/notional_by_side", sides);
    refused("/tiers/1/variable", json!("quantity"));
    let account = edit(&account(), "/positions/2/isolated_margin", json!("1"));
    let account = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    let account = account.holdings(&read_schedule(&at_entry()).unwrap());
    expect(account, NoIsolatedBooks, "/positions/2/isolated_margin");
}

/// An entry of which nothing is required but that it is part of the result can be any number that a balance makes up for:
/// where a record was read so, its entry is not known to be the value at entry.
#[test]
fn fault_an_entry_value_keeps_its_meaning() {
    let read = |value: &Value| read_schedule(value).unwrap();
    let (old, new) = (read(&edit(&at_entry(), AT, json!(false))), read(&at_entry()));
    assert_eq!(old.registry_digest(), new.registry_digest());
    for [this, other] in [[&old, &new], [&new, &old]] {
        let two = this.agrees_on_ids(other).unwrap_err();
        assert_eq!(
            (two.what, two.id),
            ("instrument", u64::from(new.instrument("PLAIN").unwrap().id))
        );
        assert!(two.to_string().contains("notional at entry"), "{two}");
        expect(this.continues(other), ReusedId, "/instruments/1/id");
    }
    new.agrees_on_ids(&read(&at_entry())).unwrap();
}

#[test]
fn digests_differ_and_records_do_not() {
    let read = |value: &Value| read_schedule(value).unwrap();
    let plain = edit(&at_entry(), AT, json!(false));
    assert_ne!(read(&at_entry()).digest(), read(&plain).digest());
    assert_eq!(read(&at_entry()).registry_digest(), read(&plain).registry_digest());
    // Of which instrument it is.
    let rounds = edit(&plain, "/instruments/0/elements/notional_by_side", super::REMOVE.into());
    let rounds = edit(&rounds, "/instruments/0/elements/value_by_side", super::REMOVE.into());
    let other = edit(&rounds, "/instruments/0/elements/notional_at_entry", json!(true));
    let both = edit(&other, AT, json!(true));
    let all = [&rounds, &other, &both].map(|value| read(value).digest());
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
}
