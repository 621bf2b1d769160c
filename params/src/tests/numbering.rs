//! One registry for all that is ever listed, and no id with two meanings under it.

use super::{REMOVE, edit, expect, families, read_schedule, schedule};
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
    // What is listed under another id than before has two.
    let at = schedule()["instruments"].as_array().unwrap().len() - 1;
    let moved = edit(&schedule(), &format!("/instruments/{at}/id"), json!(id + 7));
    let here = format!("/instruments/{at}/id");
    let error = expect(read(&moved).continues(&read(&schedule())), ErrorCode::ReusedId, &here);
    assert!(error.to_string().contains("means the same here; keep its id"), "{error}");
    // Another contract under an old symbol is a new listing.
    let other = read(&edit(&moved, &format!("/instruments/{at}/contract_version"), json!(2)));
    assert_eq!(other.continues(&read(&schedule())).unwrap().listed.len(), 1);
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

/// Families of the fixture with ids in blocks of eight: A, X with three, and B, each with a family.
fn blocks() -> Value {
    let mut value = families::schedule();
    value["numbering"] = json!({"family_block": 8});
    let ids = [8, 16, 17, 18, 24];
    for (instrument, id) in value["instruments"].as_array_mut().unwrap().iter_mut().zip(ids) {
        instrument["id"] = json!(id);
    }
    value["instruments"][0]["elements"] = json!({"family": {"name": "A"}});
    value
}

/// The same with one more contract of a family.
fn with_contract(value: &Value, id: u32, family: &str) -> Value {
    let mut value = value.clone();
    let mut listed = value["instruments"][4].clone();
    (listed["id"], listed["symbol"]) = (json!(id), json!(format!("{family}-{id}")));
    listed["elements"]["family"]["name"] = json!(family);
    value["instruments"].as_array_mut().unwrap().push(listed);
    value
}

/// A contract of a family that is listed later has an id beside those of its family; registry and accounts stay as they
/// are.
#[test]
fn a_family_is_appended_to_in_its_block() {
    let old = read(&blocks());
    let new = read(&with_contract(&blocks(), 19, "X"));
    assert_eq!(new.registry_digest(), old.registry_digest());
    assert_eq!(new.continues(&old).unwrap().listed, ["\"X-19\""]);
    // In one list there is no such id.
    let one_list = |value: &Value| edit(value, "/numbering", REMOVE.into());
    let new = one_list(&with_contract(&blocks(), 19, "X"));
    assert_ne!(read(&new).registry_digest(), old.registry_digest());
    let error = expect(
        read(&new).continues(&read(&one_list(&blocks()))),
        ErrorCode::ReusedId,
        "/instruments/5/id",
    );
    assert!(error.to_string().contains("ids up to 24 were given"), "{error}");
    // The size is part of the rule, and how far a family reached is not.
    let larger = edit(&blocks(), "/numbering/family_block", json!(4));
    assert_ne!(read(&larger).registry_digest(), old.registry_digest());
    let said = edit(&blocks(), "/numbering/last_of_families", json!({"X": 20}));
    assert_eq!(read(&said).registry_digest(), old.registry_digest());
    assert_ne!(read(&said).digest(), old.digest());

    // A new family begins behind the last block.
    assert_eq!(
        read(&with_contract(&blocks(), 32, "Y")).continues(&old).unwrap().listed,
        ["\"Y-32\""]
    );
    let early = edit(&blocks(), "/numbering/last_instrument", json!(32));
    let error =
        read(&edit(&with_contract(&blocks(), 32, "Y"), "/numbering/last_instrument", json!(40)));
    expect(error.continues(&read(&early)), ErrorCode::ReusedId, "/instruments/5/id");
}

#[test]
fn no_id_of_a_block_is_given_twice() {
    let twenty = read(&with_contract(&blocks(), 20, "X"));
    // The contract is gone, and the family forgets how far it reached.
    let here = "/numbering/last_of_families/X";
    expect(read(&blocks()).continues(&twenty), ErrorCode::BeyondNumbering, here);
    let gone = edit(&blocks(), "/numbering/last_of_families", json!({"X": 20}));
    assert_eq!(read(&gone).continues(&twenty).unwrap().delisted, ["\"X-20\""]);
    let again =
        edit(&with_contract(&blocks(), 19, "X"), "/numbering/last_of_families", json!({"X": 20}));
    expect(read(&again).continues(&read(&gone)), ErrorCode::ReusedId, "/instruments/5/id");
    read(&with_contract(&blocks(), 21, "X")).continues(&read(&gone)).unwrap();
    // A whole family is gone, and another gets its block.
    let mut without = blocks();
    without["instruments"].as_array_mut().unwrap().pop();
    expect(
        read(&without).continues(&read(&blocks())),
        ErrorCode::BeyondNumbering,
        "/numbering/last_of_families/B",
    );
    let without = edit(&without, "/numbering/last_of_families", json!({"B": 24}));
    read(&without).continues(&read(&blocks())).unwrap();
    expect(
        read_schedule(&edit(&blocks(), "/numbering/last_of_families", json!({"Z": 24}))),
        ErrorCode::SplitFamily,
        "/instruments/4/id",
    );
    // An id keeps its family.
    let moved = edit(&blocks(), "/instruments/4/elements/family/name", json!("Z"));
    let two = read(&moved).agrees_on_ids(&read(&blocks())).unwrap_err();
    assert_eq!((two.id, two.this.as_str()), (24, "\"B\" (family \"Z\")"));
}

#[test]
fn bad_blocks_are_refused_with_the_place() {
    use ErrorCode::*;
    let case = |pointer: &str, value: Value, code, at: &str| {
        expect(read_schedule(&edit(&blocks(), pointer, value)), code, at)
    };
    for size in [0, 1, 32_769] {
        case("/numbering/family_block", json!(size), OutOfRange, "/numbering/family_block");
    }
    let last = "/numbering/last_of_families";
    let one_list = json!({"last_of_families": {"X": 20}});
    case("/numbering", one_list, BeyondNumbering, last);
    for (id, code) in [(7, OutOfRange), (65_536, OutOfRange), (16, BeyondNumbering)] {
        let at =
            if code == OutOfRange { format!("{last}/X") } else { "/instruments/2/id".to_owned() };
        case(last, json!({"X": id}), code, &at);
    }
    case(last, json!({"X": 18, "Y": 19}), SplitFamily, &format!("{last}/Y"));
    case(last, json!({"": 40}), BadText, &format!("{last}/"));
    case("/numbering/last_instrument", json!(23), BeyondNumbering, "/instruments/4/id");
    let high = json!({"family_block": 8, "last_instrument": 24, "last_of_families": {"Y": 32}});
    case("/numbering", high, BeyondNumbering, "/numbering/last_instrument");
    // Of none, below the first block, in another's, and in a second one.
    case("/instruments/0/elements", REMOVE.into(), SplitFamily, "/instruments/0/id");
    case("/instruments/0/id", json!(7), SplitFamily, "/instruments/0/id");
    let other = case("/instruments/4/id", json!(19), SplitFamily, "/instruments/4/id");
    assert!(other.to_string().contains("in the block 16 to 23 of the family \"X\""), "{other}");
    let second = case("/instruments/3/id", json!(40), SplitFamily, "/instruments/3/id");
    assert!(second.to_string().contains("not in the block 16 to 23 of its family"), "{second}");
    case(last, json!({"X": 41}), SplitFamily, "/instruments/1/id");
}

#[test]
fn imported_families_continue_earlier_ones() {
    let third = edit(&blocks(), "/numbering/last_of_families", json!({"X": 20}));
    let earlier = read(&third);
    let mut file: ScheduleFile =
        serde_json::from_value(with_contract(&with_contract(&blocks(), 40, "X"), 48, "Y")).unwrap();
    file.instruments.reverse();
    (8..).zip(&mut file.instruments).for_each(|(id, instrument)| instrument.id = id);
    file.renumber(&earlier);
    let new = Schedule::new(file).unwrap();
    assert_eq!(new.instrument("X-40").unwrap().id, 21);
    assert_eq!(new.instrument("Y-48").unwrap().id, 32);
    assert_eq!(new.continues(&earlier).unwrap().listed, ["\"X-40\"", "\"Y-48\""]);
    let last = &new.file().numbering.as_ref().unwrap().last_of_families;
    assert_eq!(last.values().copied().collect::<Vec<_>>(), [8, 24, 21, 32]);
}
