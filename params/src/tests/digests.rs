//! Digests name figures, not texts.

use super::{edit, read_market, read_schedule, schedule, snapshot, two_prices};
use crate::{Requirement, ScheduleFile, market_digest};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn texts_of_one_schedule_have_one_digest() {
    let digest = read_schedule(&schedule()).unwrap().digest();
    let same = |value: &Value| assert_eq!(read_schedule(value).unwrap().digest(), digest);
    let mut value = schedule();
    for list in ["/assets", "/tiers", "/instruments", "/menu/levels", "/menu/floors"] {
        value.pointer_mut(list).unwrap().as_array_mut().unwrap().reverse();
        same(&value);
    }
    same(&edit(&value, "/tiers/1/rows/0/rate", json!("0.0040")));
    same(&edit(&value, "/source", json!("elsewhere")));
    same(&edit(&value, "/rounding", json!({})));
    let file: ScheduleFile = serde_json::from_value(value).unwrap();
    same(&serde_json::from_str(&file.to_json().unwrap()).unwrap());
}

/// One digest, one market: the integers that keys are made of do not depend on the file's order.
#[test]
fn order_does_not_change_the_market() {
    let original = read_market(&schedule(), &snapshot()).unwrap();
    for list in ["/assets", "/tiers", "/instruments"] {
        let count = schedule().pointer(list).unwrap().as_array().unwrap().len();
        for (i, j) in (0..count).flat_map(|i| (0..i).map(move |j| (i, j))) {
            let mut value = schedule();
            value.pointer_mut(list).unwrap().as_array_mut().unwrap().swap(i, j);
            let market = read_market(&value, &snapshot()).unwrap();
            assert_eq!(market.digest(), original.digest());
            assert_eq!(market.market(), original.market(), "{list} {i} {j}");
        }
    }
}

#[test]
fn denominators_change_the_schedule() {
    let rounding = json!({"requirement": [{"mode": "ceil", "decimals": 2}]});
    let rounded = edit(&schedule(), "/rounding", rounding);
    let digest = |schedule: &serde_json::Value| read_schedule(schedule).unwrap().digest();
    let divided = |by: u32| digest(&edit(&rounded, "/tiers/0/denominator", json!(by)));
    let all = [digest(&rounded), divided(2), divided(3)];
    assert!(all[0] != all[1] && all[1] != all[2] && all[0] != all[2]);
}

/// Every combination of binary digits of two assets and three instruments and of a rounding of profit and loss has a
/// digest of its own.
#[test]
fn binary_digits_change_the_schedule() {
    let to = |mode: &str, decimals: u32| json!({"mode": mode, "decimals": decimals});
    let pnl = [Value::Null, to("floor", 8), to("ceil", 8), to("floor", 7)];
    let bits = [Value::Null, json!(1), json!(2)];
    let mut digests = BTreeSet::new();
    let mut count = 0;
    for number in 0..4 * 3usize.pow(5) {
        let pnl = &pnl[number % 4];
        let [usdt, btc, prices @ ..] =
            [0, 1, 2, 3, 4].map(|at| &bits[number / 4 / 3usize.pow(at) % 3]);
        // Without a rounding, profit and loss have no finer unit.
        if pnl.is_null() && !(usdt.is_null() && btc.is_null()) {
            continue;
        }
        let both = to("floor", 8);
        let rounding = json!({"value": both, "notional": both, "profit_and_loss": pnl});
        let mut schedule = edit(&schedule(), "/rounding", rounding);
        schedule = edit(&schedule, "/assets/0/entry_bits", usdt.clone());
        schedule = edit(&schedule, "/assets/1/entry_bits", btc.clone());
        for (at, bits) in prices.iter().enumerate() {
            schedule = edit(&schedule, &format!("/instruments/{at}/price_bits"), (*bits).clone());
        }
        let schedule = read_schedule(&schedule).unwrap();
        digests.insert(schedule.digest().to_string());
        count += 1;
    }
    assert_eq!((count, digests.len()), (28 * 27, 28 * 27));
}

#[test]
fn every_change_changes_the_schedule() {
    let changes = [
        ("/venue", json!("other")),
        ("/name", json!("other")),
        ("/numbering", json!({})),
        ("/numbering", json!({"name": "other"})),
        ("/numbering", json!({"last_asset": 900})),
        ("/numbering", json!({"last_instrument": 900})),
        ("/requirement", json!("initial")),
        ("/valuation/currency", json!("EUR")),
        ("/valuation/decimals", json!(13)),
        ("/rate_decimals", json!(5)),
        ("/equality_is_healthy", json!(false)),
        ("/isolated_books", json!(true)),
        ("/bid_and_ask", json!(true)),
        ("/menu/levels/1/level_bps", json!(12501)),
        ("/menu/levels/1/name", json!("other")),
        ("/menu/floors/1", json!("1001")),
        ("/menu/floors/1", json!("-1000")),
        ("/menu/floors/1", json!("none")),
        ("/no_requirement_is_healthy", json!(true)),
        ("/rounding", json!({"collateral": {"mode": "floor", "decimals": 8}})),
        ("/rounding", json!({"collateral": {"mode": "ceil", "decimals": 8}})),
        ("/rounding", json!({"requirement": [{"mode": "floor", "decimals": 8}]})),
        ("/rounding", json!({"requirement": [{"mode": "floor", "decimals": 8, "factor": "0.5"}]})),
        ("/rounding", json!({"value": {"mode": "floor", "decimals": 8}})),
        ("/rounding", json!({"notional": {"mode": "floor", "decimals": 8}})),
        ("/rounding", json!({"profit_and_loss": {"mode": "floor", "decimals": 8}})),
        ("/rounding_assumed", json!("published nowhere")),
        ("/leaves_out", json!(["open orders"])),
        ("/leaves_out", json!(["open orders", "fees"])),
        ("/assets/2/id", json!(8)),
        ("/assets/2/symbol", json!("WETH")),
        ("/assets/2/chain", json!("base")),
        ("/assets/2/contract", json!("0x1")),
        ("/assets/2/decimals", json!(7)),
        ("/assets/2/settles", json!(true)),
        ("/assets/1/collateral/rows/2/amount", json!("50001")),
        ("/assets/1/collateral/rows/0/rate", json!("1.06")),
        ("/assets/1/collateral/rows/1/rate", json!("0.94")),
        ("/tiers/0/rows/1/below", json!("600001")),
        ("/tiers/0/rows/1/below", json!(null)),
        ("/tiers/0/name", json!("marginal2")),
        ("/tiers/1/requirement_rounding", json!([])),
        ("/instruments/0/id", json!(3)),
        ("/instruments/0/symbol", json!("X")),
        ("/instruments/0/chain", json!("X")),
        ("/instruments/0/contract_version", json!(2)),
        ("/assets/2/contract_version", json!(2)),
        ("/assets/2/migrated_to", json!("BTC")),
        ("/instruments/0/migrated_to", json!("ETHBTC")),
        ("/instruments/2/settle", json!("USDT")),
        ("/instruments/0/size_decimals", json!(2)),
        ("/instruments/0/price_decimals", json!(3)),
        ("/instruments/0/multiplier", json!("2")),
        ("/instruments/1/funding_decimals", json!(5)),
        ("/instruments/0/tiers", json!("by-size")),
    ];
    let mut seen = vec![read_schedule(&schedule()).unwrap().digest()];
    for (pointer, value) in changes {
        let mut changed = edit(&schedule(), pointer, value);
        if pointer == "/requirement" {
            changed = edit(&changed, "/menu/levels/0/name", json!("initial"));
        }
        if pointer == "/tiers/0/name" {
            changed = edit(&changed, "/instruments/0/tiers", json!("marginal2"));
            changed = edit(&changed, "/instruments/2/tiers", json!("marginal2"));
        }
        let digest = read_schedule(&changed).unwrap_or_else(|e| panic!("{pointer}: {e}")).digest();
        assert!(!seen.contains(&digest), "{pointer}");
        seen.push(digest);
    }
}

#[test]
fn every_change_changes_the_snapshot() {
    let original = read_market(&schedule(), &snapshot()).unwrap();
    let changes = [
        ("/time", json!("2024-07-27T06:44:38.999Z")),
        ("/sequence", json!(6)),
        ("/assets/0/index", json!("0.9996")),
        ("/assets/1/requirement_index", json!("60100.6")),
        ("/instruments/0/mark", json!("60010.51")),
        ("/instruments/1/funding_index", json!("0.001500")),
    ];
    let mut seen = vec![original.snapshot_digest()];
    for (pointer, value) in changes {
        let market = read_market(&schedule(), &edit(&snapshot(), pointer, value)).unwrap();
        assert!(!seen.contains(&market.snapshot_digest()), "{pointer}");
        assert_ne!(market.digest(), original.digest());
        assert_eq!(market.schedule_digest(), original.schedule_digest());
        seen.push(market.snapshot_digest());
    }
    let mut same = edit(&snapshot(), "/assets/0/requirement_index", json!("0.9995"));
    same["assets"].as_array_mut().unwrap().reverse();
    same["instruments"].as_array_mut().unwrap().reverse();
    same = edit(&same, "/source", json!("a venue"));
    let same = read_market(&schedule(), &same).unwrap();
    assert_eq!(same.digest(), original.digest());
    assert_eq!(same.market(), original.market());
    let expected = market_digest(&original.schedule_digest(), &original.snapshot_digest());
    assert_eq!(original.digest(), expected);
}

/// Whatever the prices are, a bid and an ask are never an index and a requirement index; and books and prices are two flags.
#[test]
fn two_meanings_share_no_digest() {
    let mut seen = BTreeMap::new();
    let prices = ["60000", "60000.0001", "60100.5"];
    let pairs = prices.iter().flat_map(|first| prices.iter().map(move |second| (first, second)));
    for (bid_and_ask, isolated_books) in
        [(false, false), (true, false), (false, true), (true, true)]
    {
        let (schedule, snapshot) =
            if bid_and_ask { two_prices() } else { (schedule(), snapshot()) };
        let schedule = edit(&schedule, "/isolated_books", json!(isolated_books));
        let digest = read_schedule(&schedule).unwrap().digest().to_string();
        let snapshot = edit(&snapshot, "/schedule", json!(digest));
        for (first, second) in pairs.clone() {
            let btc = match bid_and_ask {
                true if first > second => continue,
                true => json!({"asset": "BTC", "bid": first, "ask": second}),
                false => json!({"asset": "BTC", "index": first, "requirement_index": second}),
            };
            let market = read_market(&schedule, &edit(&snapshot, "/assets/1", btc)).unwrap();
            let terms = market.market().terms();
            let meaning = (
                bid_and_ask,
                isolated_books,
                terms.assets[1].index.bid.clone(),
                terms.groups[1].requirement_index.clone(),
            );
            let before = seen.insert(market.snapshot_digest().to_string(), meaning);
            assert_eq!(before, None);
        }
    }
    assert_eq!(seen.len(), 2 * 9 + 2 * 6);
}

/// A schedule of another requirement is another schedule, whatever else it says, over the same registry.
#[test]
fn requirements_have_their_own_schedules_and_one_registry() {
    // The name of a level is in the digest too: here no name differs.
    let plain = edit(&schedule(), "/menu/levels/0/name", json!("whole"));
    let all =
        Requirement::ALL.map(|r| read_schedule(&edit(&plain, "/requirement", json!(r))).unwrap());
    let digests: std::collections::BTreeSet<_> = all.iter().map(|s| s.digest()).collect();
    assert_eq!(digests.len(), all.len());
    for (schedule, requirement) in all.iter().zip(Requirement::ALL) {
        assert_eq!(schedule.requirement(), requirement);
        assert_eq!(schedule.registry_digest(), all[0].registry_digest());
    }
}

/// Changes only together with the format's version.
#[test]
fn encoding_is_frozen() {
    let market = read_market(&schedule(), &snapshot()).unwrap();
    assert_eq!(
        market.schedule_digest().to_string(),
        "5243e3613b6f810d5a1078c0a05a12f8aeea930b07853b6a52599e794a5784da"
    );
    assert_eq!(
        market.snapshot_digest().to_string(),
        "f0534de22afc7e1caa570de767a5a70302a264445cf119b8b6b056e708b88d1e"
    );
    assert_eq!(
        market.registry_digest().to_string(),
        "173380e3f93b6c2c15171ea954678c678f49e9826f752078421b304570559e27"
    );
    assert_eq!(
        market.digest().to_string(),
        "193a0b0e5d36c32eabb64cc82a797bd7269029154575012762b7301014e9d4b2"
    );
}

/// Three flags about books and prices, one digest for each combination that a schedule can have; and one market for each
/// of its books, with a digest of its own where it is of one settlement asset.
#[test]
fn books_have_digests_of_their_own() {
    let mut books = edit(&schedule(), "/settlement_asset_books", json!(true));
    let assets = books["assets"].as_array_mut().unwrap();
    assets.retain(|asset| asset["settles"] == true);
    for asset in assets {
        asset["collateral"]["rows"] = json!([{"rate": "1", "amount": "0"}]);
    }
    let joint = edit(&books, "/settlement_asset_books", json!(false));
    let mut digests = BTreeSet::new();
    for schedule in [&books, &joint] {
        for isolated in [false, true] {
            let schedule = edit(schedule, "/isolated_books", json!(isolated));
            digests.insert(read_schedule(&schedule).unwrap().digest());
        }
    }
    assert_eq!(digests.len(), 4);

    let digest = read_schedule(&books).unwrap().digest().to_string();
    let mut snapshot = edit(&snapshot(), "/schedule", json!(digest));
    let assets = snapshot["assets"].as_array_mut().unwrap();
    assets.retain(|asset| asset["asset"] != "ETH");
    for asset in assets {
        asset.as_object_mut().unwrap().remove("requirement_index");
    }
    let market = read_market(&books, &snapshot).unwrap();
    let of_books: BTreeSet<_> = market.selections().iter().map(|m| m.digest()).collect();
    assert_eq!(of_books.len(), 2);
    assert!(!of_books.contains(&market.digest()));
    for selection in market.selections() {
        let found = market.of_books(selection.books()).unwrap();
        assert_eq!(found.digest(), selection.digest());
    }
    // A price that converts requirements otherwise would be a second price of the book's asset.
    let other = edit(&snapshot, "/assets/0/requirement_index", json!("1"));
    let code = crate::ErrorCode::UnexpectedPrice;
    super::expect(read_market(&books, &other), code, "/assets/0/requirement_index");
}
