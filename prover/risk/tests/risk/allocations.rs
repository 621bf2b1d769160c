//! Isolated positions with balances of their own, in markets where more of an asset can be worth less: the first price, and
//! the least cure, of all that there are.

use num_bigint::BigInt;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::{Account, margin};
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_risk::{Boundary, Cure, cures, liquidation, quoting_assets};

/// What a position requires up to a notional of 3000; it is 90 from there on.
const REQUIRED: &str = "40";
const MARK: i64 = 300;

/// An asset of which an amount is worth itself and what the row from so many on says besides.
fn asset(id: u32, symbol: &str, rows: &[(i64, &str)]) -> Value {
    let ends = rows.iter().skip(1).map(|(from, _)| json!(from.to_string()));
    let rows = rows.iter().zip(ends.chain([Value::Null])).enumerate().map(|(at, (row, below))| {
        let from = if at == 0 { Value::Null } else { json!(row.0.to_string()) };
        json!({"from": from, "below": below, "rate": "1", "amount": row.1})
    });
    let rows: Vec<_> = rows.collect();
    json!({
        "id": id, "symbol": symbol, "decimals": 0, "settles": id == 1,
        "collateral": {"variable": "quantity", "rows": rows},
    })
}

/// 99 is worth 99, and 100 so much less as the row says, for good or up to some end.
fn schedules() -> Vec<Schedule> {
    let plain = [(0, "0")];
    let falls = [(0, "0"), (100, "-1000")];
    let dips = [(0, "0"), (100, "-1000"), (104, "0")];
    let least = [(0, "0"), (100, "-55"), (120, "0")];
    let of = |assigned: &str, usd: &[(i64, &str)], coin: &[(i64, &str)]| {
        let schedule = json!({
            "format": "zkmargin-schedule/1", "venue": "test", "name": "allocated", "source": "made up",
            "requirement": "maintenance", "valuation": {"currency": "USD", "decimals": 0},
            "rate_decimals": 0, "equality_is_healthy": true, "isolated_books": true,
            "open_orders": true, "allocation_asset": assigned,
            "menu": {"levels": [{"name": "maintenance", "level_bps": 10000}], "floors": ["0"]},
            "assets": [asset(1, "USD", usd), asset(2, "COIN", coin)],
            "tiers": [{"name": "all", "variable": "value", "rows": [
                {"from": "0", "below": "3000", "rate": "0", "amount": REQUIRED},
                {"from": "3000", "below": null, "rate": "0", "amount": "90"}
            ]}],
            "instruments": [{
                "id": 1, "symbol": "A-USD", "kind": "linear", "settle": "USD", "size_decimals": 0,
                "price_decimals": 0, "multiplier": "1", "tiers": "all",
            }],
        });
        Schedule::from_json(schedule.to_string().as_bytes()).unwrap()
    };
    let all: [&[(i64, &str)]; 3] = [&falls, &dips, &least];
    let of_one = all.iter().map(|rows| of("USD", rows, &plain));
    let of_two = all.iter().flat_map(|rows| [of("COIN", rows, &plain), of("COIN", &plain, rows)]);
    of_one.chain(of_two).collect()
}

fn at(schedule: &Schedule, mark: i64) -> Option<CompiledMarket> {
    let snapshot = json!({
        "format": "zkmargin-snapshot/1", "schedule": schedule.digest().to_string(),
        "time": "2024-07-27T06:44:38Z", "sequence": 1,
        "assets": [{"asset": "USD", "index": "1"}, {"asset": "COIN", "index": "1"}],
        "instruments": [{"instrument": "A-USD", "mark": mark.to_string()}],
    });
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).unwrap();
    compile(schedule, &snapshot).ok()
}

/// A position with this result at [`MARK`].
fn held(schedule: &Schedule, size: i64, result: i64, allocation: i64) -> Account {
    let account = json!({
        "format": "zkmargin-account/1", "venue": "test",
        "balances": [{"asset": "USD", "balance": "0"}],
        "positions": [{
            "instrument": "A-USD", "size": size.to_string(),
            "entry_value": (size * MARK - result).to_string(), "allocation": allocation.to_string(),
        }],
    });
    let file = AccountFile::from_json(account.to_string().as_bytes()).unwrap();
    file.holdings(schedule).unwrap()
}

fn is_met(account: &Account, market: &CompiledMarket) -> bool {
    margin(account, market.market()).unwrap().meets(&Claim::margin(), market.market())
}

#[test]
fn the_price_found_is_the_first_where_more_is_worth_less() {
    let mut found_of = 0;
    for schedule in schedules() {
        let market = at(&schedule, MARK).unwrap();
        let markets: Vec<_> = (1..600).map(|mark| (mark, at(&schedule, mark).unwrap())).collect();
        let cases = [(1, 0, 50), (1, 47, 0), (1, 60, 30), (-1, 0, 70), (-1, 90, 2), (2, 7, 91)];
        for (size, result, allocation) in cases {
            let account = held(&schedule, size, result, allocation);
            let found = liquidation(&market, &account, &Claim::margin(), &quoting_assets(&market));
            let prices = found.unwrap().positions.remove(0);
            let fails = |entry: &&(i64, CompiledMarket)| !is_met(&account, &entry.1);
            let above = markets.iter().filter(|(mark, _)| *mark >= MARK).find(fails);
            let below = markets.iter().rev().filter(|(mark, _)| *mark <= MARK).find(fails);
            for (found, first) in [(prices.rising, above), (prices.falling, below)] {
                let case = (schedule.file().assets.clone(), size, result, allocation);
                match (first, found) {
                    (Some((MARK, _)), found) => assert_eq!(found, Boundary::Crossed, "{case:?}"),
                    (Some((mark, _)), found) => {
                        found_of += 1;
                        assert_eq!(found, Boundary::At((*mark).into()), "{case:?}");
                    }
                    (None, Boundary::At(mark)) => {
                        let is_tried = mark > BigInt::ZERO && mark < BigInt::from(600);
                        assert!(!is_tried, "{mark} {case:?}");
                    }
                    (None, found) => assert_ne!(found, Boundary::Crossed, "{case:?}"),
                }
            }
        }
    }
    assert!(found_of > 40, "{found_of}");
}

#[test]
fn the_cure_found_is_the_least_where_more_is_worth_less() {
    let mut found_of = [0; 2];
    for schedule in schedules() {
        let market = at(&schedule, MARK).unwrap();
        let cases = [
            (1, 0, 0),
            (10, 0, 0),
            (-11, 0, 0),
            (1, -20, 30),
            (-1, 5, 21),
            (20, 0, 80),
            (-12, 3, 60),
            (14, 0, 110),
        ];
        for (size, result, allocation) in cases {
            let account = held(&schedule, size, result, allocation);
            let cure = cures(&market, &account, &Claim::margin()).unwrap().positions.remove(0);
            let case = (schedule.file().assets.clone(), size, result, allocation);
            let with =
                |more: &i64| is_met(&held(&schedule, size, result, allocation + more), &market);
            // Closed at the mark, it leaves what it has gained.
            let without = |part: &i64| {
                is_met(&held(&schedule, size - part * size.signum(), result, allocation), &market)
            };
            let margin = (0..1_500).find(with);
            let part = (0..size.abs()).find(without);
            let found = [cure.margin.unwrap(), cure.reduction.unwrap()];
            for (at, (found, first)) in found.into_iter().zip([margin, part]).enumerate() {
                found_of[at] += usize::from(matches!(found, Cure::Least(_)));
                let expected = match first {
                    Some(0) => Cure::Unneeded,
                    Some(least) => Cure::Least(least.into()),
                    None => Cure::Never,
                };
                assert_eq!(found, expected, "{at} {case:?}");
            }
        }
    }
    assert!(found_of.iter().all(|count| *count > 5), "{found_of:?}");
}
