//! Markets with elements of the general profile: what is found is where the rule turns, and nowhere before.

use num_bigint::BigInt;
use num_traits::ToPrimitive;
use serde_json::{Value, json};
use zkmargin_model::claim::Claim;
use zkmargin_model::decimal::format_scaled;
use zkmargin_model::rule::{Account, margin};
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_risk::{Boundary, Cure, Move, RiskError, cures, deposit, liquidation, quoting_assets};

fn example(name: &str, kind: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../params/venues");
    std::fs::read(format!("{folder}/{name}.{kind}.json")).unwrap()
}

/// The example's market with its mark in place of another, and this account.
fn at(name: &str, mark: Option<&str>, change: impl Fn(&mut Value)) -> (CompiledMarket, Account) {
    let schedule = Schedule::from_json(&example(name, "schedule")).unwrap();
    let mut snapshot: Value = serde_json::from_slice(&example(name, "snapshot")).unwrap();
    if let Some(mark) = mark {
        snapshot["instruments"][0]["mark"] = json!(mark);
    }
    let snapshot = SnapshotFile::from_json(&serde_json::to_vec(&snapshot).unwrap()).unwrap();
    let mut account: Value = serde_json::from_slice(&example(name, "account")).unwrap();
    change(&mut account);
    let account = AccountFile::from_json(&serde_json::to_vec(&account).unwrap()).unwrap();
    let account = account.holdings(&schedule).unwrap();
    (compile(&schedule, &snapshot).unwrap(), account)
}

fn is_met(market: &CompiledMarket, account: &Account) -> bool {
    margin(account, market.market()).unwrap().meets(&Claim::margin(), market.market())
}

const DRIFT: &str = "drift/examples/perpetual";

#[test]
fn a_rule_by_the_sign_of_the_profit_is_searched_tick_by_tick() {
    for (size, entry) in [("1", "90"), ("-1", "-95"), ("3", "300"), ("-2.5", "-250")] {
        let change = |account: &mut Value| {
            account["positions"][0]["size"] = json!(size);
            account["positions"][0]["entry_value"] = json!(entry);
            account["balances"][0]["balance"] = json!("40");
        };
        let (market, account) = at(DRIFT, None, change);
        assert!(is_met(&market, &account), "{size}");
        let i = &market.schedule().instruments()[0];
        let found = liquidation(&market, &account, &Claim::margin(), &quoting_assets(&market));
        let found = found.unwrap().positions.remove(0);
        let of = |ticks: &BigInt| {
            let mark = format_scaled(ticks, i.price_unit.decimals);
            let (market, account) = at(DRIFT, Some(&mark), change);
            is_met(&market, &account)
        };
        // A profit does not count, and the requirement rises with the mark: a long position falls short both ways.
        let both = [(&found.falling, 1), (&found.rising, -1)];
        let turns: Vec<_> = both.iter().filter(|(b, _)| matches!(b, Boundary::At(_))).collect();
        assert_eq!(turns.len(), if size.starts_with('-') { 1 } else { 2 }, "{size} {found:?}");
        for (boundary, back) in turns {
            let Boundary::At(ticks) = boundary else { continue };
            assert!(!of(ticks) && of(&(ticks + back)), "{size} {ticks}");
            // Nowhere before: the nearest ticks one by one, and all the way in two hundred steps.
            for step in 1..40 {
                assert!(of(&(ticks + back * step)), "{size} {ticks} {step}");
            }
            let way = (&found.mark - ticks).to_i64().unwrap();
            for step in 1..200 {
                assert!(of(&(ticks + BigInt::from(way * step / 200) + back)), "{size} {step}");
            }
        }
    }
}

/// Results are an asset of their own at Drift, and marks are quoted in USDC all the same: it does not move with them. 10 USDC
/// and 1 SOL, bought at 90 and marked at 100: of 10 % of the mark there is too little above it, where a profit does not count,
/// and below 88.888889. 88.89 is 11.11 % lower.
#[test]
fn what_marks_are_quoted_in_stays() {
    let (market, account) = at(DRIFT, None, |_| {});
    let fixed = quoting_assets(&market);
    let symbols = market.schedule().assets().iter().filter(|a| fixed.contains(&a.id));
    assert_eq!(symbols.map(|a| a.symbol.as_str()).collect::<Vec<_>>(), ["USDC", "PNL"]);
    let found = liquidation(&market, &account, &Claim::margin(), &fixed).unwrap();
    let joint = &found.books[0].joint;
    assert_eq!((&joint.falling, &joint.rising), (&Move::By(1112), &Move::By(1)));
}

#[test]
fn cures_are_exact_with_elements() {
    let change = |account: &mut Value| {
        account["positions"][0]["size"] = json!("10");
        account["positions"][0]["entry_value"] = json!("1100");
    };
    let (market, account) = at(DRIFT, None, change);
    assert!(!is_met(&market, &account));
    let found = cures(&market, &account, &Claim::margin()).unwrap();
    let usdc = market.schedule().asset("USDC").unwrap().id;
    let (_, cure) = found.deposits.iter().find(|(asset, _)| *asset == usdc).unwrap();
    let Cure::Least(amount) = cure else { panic!("{cure:?}") };
    let after = |amount: &BigInt| deposit(&market, &account, usdc, amount).unwrap();
    assert!(is_met(&market, &after(amount)) && !is_met(&market, &after(&(amount - 1))));
}

/// An oracle's price stands in the mark's place: no mark decides.
#[test]
fn figures_in_place_of_prices_are_refused() {
    let (market, account) = at("mango/examples/perpetual", None, |_| {});
    let found = liquidation(&market, &account, &Claim::margin(), &quoting_assets(&market));
    assert!(matches!(found, Err(RiskError::Elements { .. })), "{found:?}");
    let (market, account) = at("drift/examples/borrower", None, |_| {});
    assert!(liquidation(&market, &account, &Claim::margin(), &quoting_assets(&market)).is_ok());
}

/// An isolated position with a balance of its own beside it: its prices are where the rule turns, and the least margin is an
/// addition to that balance. 1 SOL, bought at 90 and marked at 100, of which a profit does not count, requires 10.
#[test]
fn an_allocation_is_searched_with_its_position() {
    let isolated = |allocation: &str, mark: Option<&str>| {
        at(DRIFT, mark, |account: &mut Value| {
            account["positions"][0]["allocation"] = json!(allocation);
        })
    };
    let (market, account) = isolated("9.5", None);
    assert!(!is_met(&market, &account));
    let found = cures(&market, &account, &Claim::margin()).unwrap().positions.remove(0);
    let Some(Cure::Least(margin)) = &found.margin else { panic!("{found:?}") };
    let with = |more: &BigInt| {
        let text = format_scaled(&(more + 9_500_000_000u64), 9);
        let (market, account) = isolated(&text, None);
        is_met(&market, &account)
    };
    assert!(with(margin) && !with(&(margin - 1)));
    let Some(Cure::Least(part)) = &found.reduction else { panic!("{found:?}") };
    assert!(*part > BigInt::ZERO);

    let (market, account) = isolated("10.25", None);
    let i = &market.schedule().instruments()[0];
    let found = liquidation(&market, &account, &Claim::margin(), &quoting_assets(&market));
    let found = found.unwrap().positions.remove(0);
    for (boundary, back) in [(&found.falling, 1), (&found.rising, -1)] {
        let Boundary::At(ticks) = boundary else { panic!("{found:?}") };
        let of = |ticks: &BigInt| {
            let mark = format_scaled(ticks, i.price_unit.decimals);
            let (market, account) = isolated("10.25", Some(&mark));
            is_met(&market, &account)
        };
        assert!(!of(ticks) && of(&(ticks + back)), "{ticks}");
    }
}
