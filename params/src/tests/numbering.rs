//! One registry for all that is ever listed, and no id with two meanings under it.

use super::{REMOVE, edit, expect, read_schedule, schedule};
use crate::{Changes, ErrorCode, Schedule, ScheduleFile};
use serde_json::{Value, json};

fn read(value: &Value) -> Schedule {
    read_schedule(value).unwrap()
}

/// The fixture with one more instrument, with this id.
fn with_listing(id: u32) -> Value {
    let mut value = schedule();
    let mut listed = value["instruments"][0].clone();
    (listed["id"], listed["symbol"]) = (json!(id), json!("NEW-PERP"));
    value["instruments"].as_array_mut().unwrap().push(listed);
    value
}

/// The highest ids of the fixture's lists.
fn last(list: &str) -> u64 {
    let entries = schedule()[list].as_array().unwrap().clone();
    entries.iter().map(|entry| entry["id"].as_u64().unwrap()).max().unwrap()
}

#[test]
fn a_listing_leaves_the_registry_as_it_is() {
    let old = read(&schedule());
    let id = last("instruments") as u32 + 1;
    let new = read(&with_listing(id));
    assert_eq!(new.registry_digest(), old.registry_digest());
    assert_ne!(new.digest(), old.digest());
    let listed = Changes { listed: vec!["\"NEW-PERP\"".to_owned()], delisted: Vec::new() };
    assert_eq!(new.continues(&old).unwrap(), listed);
    new.agrees_on_ids(&old).unwrap();
    for (pointer, value) in [("/venue", json!("other")), ("/numbering", json!({"name": "coins"}))] {
        let other = read(&edit(&schedule(), pointer, value));
        assert_ne!(other.registry_digest(), old.registry_digest(), "{pointer}");
        expect(other.continues(&old), ErrorCode::WrongRegistry, "/numbering");
        // Ids of two numberings have nothing to do with each other.
        other.agrees_on_ids(&old).unwrap();
    }
}

#[test]
fn an_id_keeps_its_meaning() {
    let old = read(&schedule());
    for (pointer, value) in [
        ("/tiers/0/rows/1/below", json!(null)),
        ("/assets/1/collateral/rows/1/rate", json!("0.94")),
        ("/name", json!("next")),
        ("/instruments/0/price_decimals", json!(1)),
    ] {
        let new = read(&edit(&schedule(), pointer, value));
        new.agrees_on_ids(&old).unwrap();
        assert_eq!(new.continues(&old).unwrap(), Changes::default(), "{pointer}");
    }
    let changes = [
        ("/assets/2", "symbol", json!("WETH"), "asset"),
        ("/assets/2", "chain", json!("base"), "asset"),
        ("/assets/2", "contract", json!("0x1"), "asset"),
        ("/assets/2", "contract_version", json!(2), "asset"),
        ("/assets/2", "decimals", json!(7), "asset"),
        ("/instruments/0", "contract_version", json!(2), "instrument"),
        ("/instruments/0", "symbol", json!("X"), "instrument"),
        ("/instruments/0", "size_decimals", json!(2), "instrument"),
        ("/instruments/0", "multiplier", json!("2"), "instrument"),
        ("/instruments/2", "settle", json!("USDT"), "instrument"),
        // An entry value with the funding index at entry is another number than one without.
        ("/instruments/0", "funding_decimals", json!(4), "instrument"),
        ("/instruments/1", "funding_decimals", REMOVE.into(), "instrument"),
    ];
    for (entry, field, value, what) in changes {
        let pointer = format!("{entry}/{field}");
        let new = read(&edit(&schedule(), &pointer, value));
        let two = new.agrees_on_ids(&old).unwrap_err();
        assert_eq!(two.what, what, "{pointer}");
        assert_ne!(two.this, two.other, "{pointer}: {two}");
        expect(new.continues(&old), ErrorCode::ReusedId, &format!("{entry}/id"));
    }
}

#[test]
fn binary_digits_of_entries_are_part_of_the_meaning() {
    let to = json!({"mode": "floor", "decimals": 8});
    let rounding = json!({"value": to, "notional": to, "profit_and_loss": to});
    let old = edit(&schedule(), "/rounding", rounding);
    let new = edit(&old, "/assets/0/entry_bits", json!(4));
    let two = read(&new).agrees_on_ids(&read(&old)).unwrap_err();
    assert_eq!((two.what, two.this.contains("entry bits 4")), ("asset", true), "{two}");
    // A mark is in no account.
    let new = edit(&old, "/instruments/0/price_bits", json!(4));
    read(&new).agrees_on_ids(&read(&old)).unwrap();
}

#[test]
fn no_id_is_given_twice() {
    let id = last("instruments") as u32 + 1;
    let second = read(&with_listing(id));
    // What was listed is gone again: the list remembers how far it reached.
    let forgets = read(&schedule());
    expect(forgets.continues(&second), ErrorCode::BeyondNumbering, "/numbering/last_instrument");
    let third = edit(&schedule(), "/numbering", json!({"last_instrument": id}));
    let gone = Changes { listed: Vec::new(), delisted: vec!["\"NEW-PERP\"".to_owned()] };
    assert_eq!(read(&third).continues(&second).unwrap(), gone);
    // The next listing must not get that id.
    let again = read(&edit(&with_listing(id), "/instruments/3/symbol", json!("OTHER-PERP")));
    expect(again.continues(&read(&third)), ErrorCode::ReusedId, "/instruments/3/id");
    expect(again.continues(&second), ErrorCode::ReusedId, "/instruments/3/id");
    read(&with_listing(id + 1)).continues(&read(&third)).unwrap();
    // A declared end below what is listed.
    let below = edit(&schedule(), "/numbering", json!({"last_asset": last("assets") - 1}));
    let at =
        schedule()["assets"].as_array().unwrap().iter().position(|a| a["id"] == last("assets"));
    let here = format!("/assets/{}/id", at.unwrap());
    expect(read_schedule(&below), ErrorCode::BeyondNumbering, &here);
    let name = edit(&schedule(), "/numbering", json!({"name": "a\"b"}));
    expect(read_schedule(&name), ErrorCode::BadText, "/numbering/name");
}

#[test]
fn imported_lists_continue_earlier_ones() {
    let third = edit(&schedule(), "/numbering", json!({"last_instrument": 40}));
    let earlier = read(&third);
    // The same market read again, in another order and with a new listing in front.
    let mut file: ScheduleFile = serde_json::from_value(with_listing(9)).unwrap();
    file.instruments.reverse();
    (1..).zip(&mut file.instruments).for_each(|(id, instrument)| instrument.id = id);
    file.renumber(&earlier);
    let new = Schedule::new(file).unwrap();
    assert_eq!(new.instrument("NEW-PERP").unwrap().id, 41);
    assert_eq!(new.continues(&earlier).unwrap().listed, ["\"NEW-PERP\""]);
}
