//! One registry for all that is ever listed, and no id with two meanings under it.

use super::{account, read_schedule, schedule};
use crate::portfolio::{PortfolioSchedule, PortfolioScheduleFile};
use crate::tests::{REMOVE, edit, expect};
use crate::{AccountFile, AnySchedule, Changes, ErrorCode, PlainSecrets};
use serde_json::{Value, json};
use zkmargin_model::commitment::AccountSecrets;
use zkmargin_model::portfolio::ContractId;

fn read(value: &Value) -> PortfolioSchedule {
    read_schedule(value).unwrap()
}

/// The small schedule a day later: an expiry, a strike between others, a unit and a market are new, the future of B is gone.
fn later() -> Value {
    let mut value = schedule();
    let april = json!({"name": "A April", "unit": "A", "class": "options", "expiry": "2024-04-26T08:00:00Z"});
    value["groups"].as_array_mut().unwrap().insert(0, april);
    let market = json!({"name": "C perpetual", "unit": "C", "class": "flat", "market": 2});
    value["groups"].as_array_mut().unwrap().push(market);
    value["units"].as_array_mut().unwrap().insert(0, json!({"id": 3, "name": "C"}));
    let instruments = value["instruments"].as_array_mut().unwrap();
    instruments.pop();
    for (symbol, group, kind, strike) in [
        ("A-APR-150-P", "A April", "put", "150"),
        ("A-MAY-149.5-C", "A May", "call", "149.5"),
        ("A-MAY-151-P", "A May", "put", "151"),
    ] {
        instruments
            .insert(0, json!({"symbol": symbol, "group": group, "kind": kind, "strike": strike}));
    }
    instruments
        .push(json!({"symbol": "C-PERP", "group": "C perpetual", "kind": "linear", "number": 2,
                            "terms": {"settle": "USD", "size_decimals": 0}}));
    value
}

/// An account without the future.
fn held() -> AccountFile {
    let value = edit(&account(), "/positions/3", REMOVE.into());
    AccountFile::from_json(value.to_string().as_bytes()).unwrap()
}

fn secrets(schedule: &PortfolioSchedule) -> AccountSecrets {
    let mixed = |first: u32, at: u32| (first + at).pow(3).wrapping_mul(2_654_435_761) >> 26;
    let bytes = |first| std::array::from_fn(|at| mixed(first, at as u32) as u8);
    let plain = PlainSecrets { holder_key: bytes(5), serial: 6, blinding: bytes(7) };
    plain.under(&schedule.registry_digest()).unwrap()
}

fn leaf(schedule: &PortfolioSchedule) -> String {
    let account = schedule.account(&held()).unwrap();
    let any: &dyn AnySchedule = schedule;
    format!("{:?}", any.commitment(&account, &secrets(schedule)).unwrap().element())
}

/// Unit 1 is 2^47; an expiry 2^46; a day 2^30; a strike four; steps are of a half. 2024-05-26 is day 19,869.
#[test]
fn ids_follow_from_terms() {
    let of = |schedule: &PortfolioSchedule, symbol: &str| {
        schedule.instrument(symbol).unwrap().contract.number()
    };
    for schedule in [read(&schedule()), read(&later())] {
        let may = (1 << 47) + (1 << 46) + (19_869 << 30);
        assert_eq!(of(&schedule, "A-SPOT"), (1 << 47) + (1 << 30) + 4);
        assert_eq!(of(&schedule, "A-MAY-150-C"), may + 4 * 300 + 1);
        assert_eq!(of(&schedule, "A-MAY-150-P"), may + 4 * 300 + 2);
        let contracts: Vec<ContractId> =
            schedule.instruments().iter().map(|i| i.contract).collect();
        assert!(contracts.is_sorted());
    }
    // B is unit 2, and its future the only one of day 19,902.
    let b = (2 << 47) + (1 << 46) + (19_902 << 30);
    assert_eq!(of(&read(&schedule()), "B-FUTURE"), b);
    assert_eq!(of(&read(&later()), "C-PERP"), (3 << 47) + (2 << 30) + 8);
}

#[test]
fn listing_delisting_and_expiry_leave_registry_and_leaf() {
    let (old, new) = (read(&schedule()), read(&later()));
    assert_ne!(new.digest(), old.digest());
    assert_eq!(new.registry_digest(), old.registry_digest());
    assert_eq!(leaf(&new), leaf(&old));
    let changes = new.continues(&old).unwrap();
    let quoted = |names: &[&str]| names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>();
    let listed = quoted(&["A-APR-150-P", "A-MAY-149.5-C", "A-MAY-151-P", "C-PERP"]);
    let delisted = quoted(&["B-FUTURE"]);
    assert_eq!(changes, Changes { listed, delisted });
    // The expiry of April is over: nothing remembers it, and nothing must.
    let mut after = later();
    after["groups"].as_array_mut().unwrap().remove(0);
    after["instruments"].as_array_mut().unwrap().remove(2);
    let after = read(&after);
    assert_eq!(after.registry_digest(), old.registry_digest());
    assert_eq!(leaf(&after), leaf(&old));
    assert_eq!(after.continues(&new).unwrap().delisted, quoted(&["A-APR-150-P"]));
    new.continues(&after).unwrap();
    // What expires is gone without a word; units and markets give their numbers to nothing else.
    let file = |value: &Value| read(value).file().clone();
    assert_eq!(file(&later()).delisted(&old), Vec::<String>::new());
    assert_eq!(file(&schedule()).delisted(&new), ["C", "C perpetual"]);
}

/// An account in memory names instruments by their place.
#[test]
fn an_account_is_taken_to_another_schedule() {
    let (old, new) = (read(&schedule()), read(&later()));
    let here = old.account(&held()).unwrap();
    let there = new.restated(&here, &old).unwrap();
    assert_eq!(there, new.account(&held()).unwrap());
    assert_ne!(there, here);
    // The future is not listed any more.
    let with_future = AccountFile::from_json(account().to_string().as_bytes()).unwrap();
    let here = old.account(&with_future).unwrap();
    new.restated(&here, &old).unwrap_err();
}

#[test]
fn an_id_keeps_its_meaning() {
    let old = read(&schedule());
    for (pointer, value) in [
        ("/name", json!("next")),
        ("/units/0/index", json!("PEG")),
        ("/groups/1/name", json!("A May 26")),
        ("/columns/0/slope", json!("1.1")),
        ("/digits/factor", json!(3)),
        ("/instruments/3/charge", json!("haircut")),
    ] {
        let mut new = edit(&schedule(), pointer, value);
        if pointer.starts_with("/groups") {
            for at in [1, 2] {
                new["instruments"][at]["group"] = new["groups"][1]["name"].clone();
            }
        }
        let new = read(&new);
        new.agrees_on_ids(&old).unwrap();
        assert_eq!(new.continues(&old).unwrap(), Changes::default(), "{pointer}");
    }
    for (pointer, value, what, at) in [
        ("/assets/0/symbol", json!("USDT"), "asset", "/assets/0/id"),
        ("/assets/0/chain", json!("base"), "asset", "/assets/0/id"),
        ("/assets/0/contract_version", json!(2), "asset", "/assets/0/id"),
        ("/units/0/name", json!("AA"), "unit", "/units/0/id"),
        ("/units/0/strike_step", json!("0.25"), "unit", "/units/0/id"),
        ("/units/1/strike_step", json!("1"), "unit", "/units/1/id"),
        ("/groups/0/name", json!("A cash"), "market", "/groups/0/market"),
        ("/instruments/0/symbol", json!("A-CASH"), "contract", "/instruments/0"),
        ("/instruments/3/kind", json!("fixed"), "contract", "/instruments/3"),
        ("/instruments/0/terms/size_decimals", json!(1), "contract", "/instruments/0"),
        ("/instruments/0/terms/multiplier", json!("10"), "contract", "/instruments/0"),
        ("/instruments/0/terms/contract_version", json!(2), "contract", "/instruments/0"),
        ("/instruments/1/symbol", json!("A-MAY-150-CALL"), "contract", "/instruments/1"),
        // An id has the day of an expiry, not its hour.
        ("/groups/1/expiry", json!("2024-05-26T16:00:00Z"), "contract", "/instruments/1"),
    ] {
        let text = schedule().to_string();
        // Whoever names it by its name names the new one.
        let text = match pointer {
            "/assets/0/symbol" => text.replace("\"settle\":\"USD\"", "\"settle\":\"USDT\""),
            "/units/0/name" => text.replace("\"unit\":\"A\"", "\"unit\":\"AA\""),
            "/groups/0/name" => text.replace("\"group\":\"A spot\"", "\"group\":\"A cash\""),
            _ => text,
        };
        let new = read(&edit(&serde_json::from_str(&text).unwrap(), pointer, value));
        assert_eq!(new.registry_digest(), old.registry_digest(), "{pointer}");
        let two = new.agrees_on_ids(&old).unwrap_err();
        assert_eq!(two.what, what, "{pointer}");
        assert_ne!(two.this, two.other, "{pointer}: {two}");
        expect(new.continues(&old), ErrorCode::ReusedId, at);
        let (this, other): (&dyn AnySchedule, &dyn AnySchedule) = (&new, &old);
        assert_eq!(this.agrees_on_ids(other), Err(two), "{pointer}");
    }
    for (pointer, value) in [("/venue", json!("other")), ("/numbering", json!({"name": "o"}))] {
        let other = read(&edit(&schedule(), pointer, value));
        expect(other.continues(&old), ErrorCode::WrongRegistry, "/numbering");
        other.agrees_on_ids(&old).unwrap();
    }
}

#[test]
fn no_number_is_given_twice() {
    let (first, second) = (read(&schedule()), later());
    let beyond = ErrorCode::BeyondNumbering;
    // The perpetual of C is gone with its market: the lists remember how far they reached.
    let third = |numbering: Value| read(&edit(&schedule(), "/numbering", numbering));
    let all = json!({"last_unit": 3, "last_market": 2, "last_number": 2});
    for field in ["last_unit", "last_market", "last_number"] {
        let forgets = third(edit(&all, &format!("/{field}"), REMOVE.into()));
        expect(forgets.continues(&read(&second)), beyond, &format!("/numbering/{field}"));
    }
    let third = third(all.clone());
    third.continues(&read(&second)).unwrap();
    assert_eq!(third.registry_digest(), first.registry_digest());
    // Another one gets none of its numbers.
    let another = edit(&second, "/units/0/name", json!("D"));
    let another = edit(&another, "/groups/4/unit", json!("D"));
    expect(read(&another).continues(&third), ErrorCode::ReusedId, "/units/0/id");
    let another = edit(&another, "/units/0/id", json!(4));
    expect(read(&another).continues(&third), ErrorCode::ReusedId, "/groups/4/market");
    let another = edit(&another, "/groups/4/market", json!(3));
    expect(read(&another).continues(&third), ErrorCode::ReusedId, "/instruments/6/number");
    let another = edit(&another, "/instruments/6/number", json!(3));
    read(&another).continues(&third).unwrap();
    // A declared end below what is listed.
    for (field, at) in [
        ("last_asset", "/assets/0/id"),
        ("last_unit", "/units/0/id"),
        ("last_market", "/groups/4/market"),
        ("last_number", "/instruments/6/number"),
    ] {
        let low = edit(&second, "/numbering", json!({field: 0}));
        expect(read_schedule(&low), beyond, at);
    }
    expect(
        read_schedule(&edit(&second, "/numbering", json!({"name": "a\"b"}))),
        ErrorCode::BadText,
        "/numbering/name",
    );
}

/// Under another number, what an account holds would be nothing.
#[test]
fn what_means_the_same_keeps_its_number() {
    let mut earlier = schedule();
    let euro = edit(&earlier["assets"][0], "/symbol", json!("EUR"));
    earlier["assets"].as_array_mut().unwrap().push(edit(&euro, "/id", json!(2)));
    let old = read(&earlier);
    for (pointer, number, at) in [
        ("/assets/1/id", 3, "/assets/1/id"),
        ("/units/1/id", 3, "/units/1/id"),
        ("/groups/0/market", 2, "/groups/0/market"),
        ("/instruments/0/number", 2, "/instruments/0/number"),
        // The only future of its day had none.
        ("/instruments/3/number", 2, "/instruments/3/number"),
    ] {
        let moved = read(&edit(&earlier, pointer, json!(number)));
        moved.agrees_on_ids(&old).unwrap();
        let error = expect(moved.continues(&old), ErrorCode::ReusedId, at);
        assert!(error.message.contains("means the same here; keep its number"), "{error}");
    }
    // A market of another unit is another one, and so is what is in it.
    let mut other = edit(&earlier, "/groups/0/unit", json!("B"));
    other["groups"][0]["market"] = json!(2);
    other["instruments"][0]["number"] = json!(2);
    assert_eq!(read(&other).continues(&old).unwrap().listed, ["\"A-SPOT\""]);
}

#[test]
fn imported_lists_continue_earlier_ones() {
    let earlier = read(&edit(&schedule(), "/numbering", json!({"last_number": 40})));
    let mut file: PortfolioScheduleFile = serde_json::from_value(later()).unwrap();
    // As an importer counts them: in the order of the source.
    (1..).zip(&mut file.units).for_each(|(id, unit)| unit.id = id);
    file.groups[4].market = Some(1);
    file.groups[1].market = Some(2);
    file.instruments[6].number = Some(1);
    file.instruments[3].number = Some(2);
    file.renumber(&earlier);
    let new = PortfolioSchedule::new(file).unwrap();
    new.continues(&earlier).unwrap();
    let file = new.file();
    assert_eq!(file.units.iter().map(|u| u.id).collect::<Vec<_>>(), [3, 1, 2]);
    let markets: Vec<_> = file.groups.iter().filter_map(|g| g.market).collect();
    assert_eq!(markets, [1, 2]);
    let numbers: Vec<_> = file.instruments.iter().filter_map(|i| i.number).collect();
    assert_eq!(numbers, [1, 41]);
    assert_eq!(file.numbering.as_ref().unwrap().last_number, Some(41));
}
