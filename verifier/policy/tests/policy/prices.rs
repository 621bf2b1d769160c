//! The circuit breaker at its bound: medians, skew, keys, quotes. BTCUSDT's mark is 63597.79995623.

use crate::support::*;
use serde_json::json;
use zkmargin_model::decimal::Decimal;
use zkmargin_notes::{Body, Imported, SourceNote, SourceNotePrice};
use zkmargin_policy::Refused;
use zkmargin_policy::prices::{Gap, GapReason};

const MARK: &str = "63597.79995623";

fn btc(price: &str) -> Vec<(&str, &str)> {
    vec![("BTC", price)]
}

/// The verdict on prices of as many sources.
fn of(prices: &[&str], bps: u32) -> Result<(), Refused> {
    let mut policy = policy(prices.len());
    policy["prices"]["max_deviation_bps"] = json!(bps);
    let notes = prices.iter().enumerate().map(|(at, p)| note(at, &btc(p), 0)).collect();
    check(&policy, notes).map(|_| ())
}

fn disagrees(result: Result<(), Refused>) -> String {
    match result {
        Err(refused @ Refused::PricesDisagree(_)) => refused.to_string(),
        other => panic!("{other:?}"),
    }
}

fn gap(result: Result<(), Refused>) -> GapReason {
    match result {
        Err(Refused::PricesIncomplete(gaps)) => match &gaps[..] {
            [Gap { reason, .. }] => reason.clone(),
            gaps => panic!("{gaps:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn at_the_bound_it_agrees() {
    assert_eq!(of(&[MARK], 0), Ok(()));
    // A mark of 63597.79995623 is exactly 100 bp above 62968.11876854... ; 62968.1187685445 is the
    // least price with 14 digits that it is not more than 100 bp above.
    let price = "62968.118768544554455446";
    assert_eq!(of(&[price], 100), Ok(()));
    let lower = "62968.118768544554455445";
    let text = disagrees(of(&[lower], 100));
    assert!(
        text.contains("BTCUSDT mark 63597.79995623 is 100.01 bp from 62968.118768544554"),
        "{text}"
    );
    // Below the median too.
    assert_eq!(of(&["64240.20197598"], 100), Ok(()));
    disagrees(of(&["64240.20197599"], 100));
    disagrees(of(&["63597.79995624"], 0));
}

#[test]
fn the_verdict_says_how_near() {
    let mut one = policy(1);
    one["prices"]["max_deviation_bps"] = json!(100);
    let met = check(&one, vec![note(0, &btc("62968.118768544554455446"), 0)])
        .expect("met")
        .met()
        .to_vec();
    let met = met.iter().find(|m| m.demand == "marks agree with price sources").expect("demand");
    let how = "1 within 100 bp of the median of 1 source (greatest distance 100.00 bp), 13 declared uncovered";
    assert_eq!(met.how, how);
}

#[test]
fn odd_even_and_equal() {
    // The middle one of three; the mean of the middle two of four.
    assert_eq!(of(&["1", MARK, "900000"], 0), Ok(()));
    assert_eq!(of(&["1", "63597.79995622", "63597.79995624", "900000"], 0), Ok(()));
    disagrees(of(&["1", "63597.79995622", "63597.79995623", "900000"], 0));
    // Equal prices count as often as they occur.
    assert_eq!(of(&[MARK, MARK, "1"], 0), Ok(()));
    disagrees(of(&["1", "1", MARK], 100));
}

#[test]
fn every_listed_source_gives_a_price_in_time() {
    let two = policy(2);
    let check = |notes| check(&two, notes).map(|_| ());
    let good = || note(0, &btc(MARK), 0);
    assert_eq!(check(vec![good(), note(1, &btc(MARK), 1000)]), Ok(()));
    assert_eq!(gap(check(vec![good()])), GapReason::NoMessage("source1".into()));
    let (source, feed) = ("source1".to_owned(), "BTC".to_owned());
    let skew = GapReason::Skew { source: source.clone(), feed: feed.clone(), skew_ms: 1001 };
    assert_eq!(gap(check(vec![good(), note(1, &btc(MARK), 1001)])), skew);
    let absent = GapReason::NoPrice { source: source.clone(), feed: feed.clone() };
    assert_eq!(gap(check(vec![good(), note(1, &[("ETH", "1")], 0)])), absent);
    for bad in ["0", "-63597.79995623"] {
        let not_positive = GapReason::NotPositive { source: source.clone(), feed: feed.clone() };
        assert_eq!(gap(check(vec![good(), note(1, &btc(bad), 0)])), not_positive);
    }
}

#[test]
fn keys_are_counted_once() {
    let mut two = policy(2);
    two["prices"]["min_keys"] = json!(3);
    let notes = || vec![note(0, &btc(MARK), 0), note(1, &btc(MARK), 0)];
    let keys = GapReason::Keys { found: 2, demanded: 3 };
    assert_eq!(gap(check(&two, notes()).map(|_| ())), keys);
    two["prices"]["min_keys"] = json!(2);
    assert!(check(&two, notes()).is_ok());
    // The first source's note in the second's place is nobody's.
    let swapped = check(&two, vec![note(0, &btc(MARK), 0), note(0, &btc(MARK), 0)]);
    assert!(matches!(swapped, Err(Refused::Source { .. })), "{swapped:?}");
}

/// A key that signs for several sources signs for the one that is meant.
#[test]
fn fault_1_7_a_note_is_of_the_source_that_is_meant() {
    let of = |source: &str| {
        let mut one = policy(1);
        one["prices"]["sources"][0]["signed_by"]["note"]["source"] = json!(source);
        check(&one, vec![note(0, &btc(MARK), 0)]).map(|_| ())
    };
    assert_eq!(of("source0"), Ok(()));
    let refused = of("coinbase").expect_err("another source");
    assert_eq!(refused.code(), "SourceRefused");
    assert!(refused.to_string().contains("not from \"coinbase\""), "{refused}");
}

/// Two sources that import what one network has signed are one voice.
#[test]
fn fault_1_7_an_imported_signer_has_one_vote() {
    let from = |at: usize, signer: &str| {
        let prices = vec![SourceNotePrice {
            feed: "BTC".into(),
            price: Decimal::parse(MARK).expect("decimal"),
            time_ms: market().snapshot().time_ms,
        }];
        let imported = Some(Imported { message: [1; 32], signers: vec![signer.to_owned()] });
        let note = SourceNote { source: format!("source{at}"), imported, prices };
        note.sign(&source(at)).expect("signed").to_text().into_bytes()
    };
    let two = policy(2);
    assert!(check(&two, vec![from(0, "0x51ce"), from(1, "0x52ce")]).is_ok());
    // Also when the one is written otherwise.
    for (first, second) in [("0x51ce", "0x51ce"), ("0x51CE", "0x51ce")] {
        let found = check(&two, vec![from(0, first), from(1, second)]).map(|_| ());
        assert_eq!(gap(found), GapReason::OneVoice("source1".into()));
    }
}

fn check_one(policy: &serde_json::Value, prices: &[(&str, &str)]) -> Result<(), Refused> {
    check(policy, vec![note(0, prices, 0)]).map(|_| ())
}

#[test]
fn factors_and_quotes() {
    let mut one = policy(1);
    one["prices"]["max_deviation_bps"] = json!(0);
    one["prices"]["cover"][0]["feeds"][0]["factor"] = json!("1000");
    assert_eq!(check_one(&one, &btc("63.59779995623")), Ok(()));
    // Quoted in USDT: a price in dollars, divided by that of USDT in dollars.
    one["prices"]["cover"][0]["feeds"][0]["quote_feed"] = json!("USDT");
    assert_eq!(check_one(&one, &[("BTC", "31.798899978115"), ("USDT", "0.5")]), Ok(()));
    let absent = GapReason::NoPrice { source: "source0".into(), feed: "USDT".into() };
    assert_eq!(gap(check_one(&one, &btc("31.798899978115"))), absent);
    let not_positive = GapReason::NotPositive { source: "source0".into(), feed: "USDT".into() };
    assert_eq!(gap(check_one(&one, &[("BTC", "1"), ("USDT", "0")])), not_positive);
}

#[test]
fn what_is_listed_is_covered_or_declared() {
    let mut one = policy(1);
    one["prices"]["uncovered"]["instruments"].as_array_mut().expect("list").remove(0);
    let result = check(&one, vec![note(0, &btc(MARK), 0)]).map(|_| ());
    let text = result.as_ref().expect_err("a gap").to_string();
    assert_eq!(gap(result), GapReason::NotListed);
    assert!(text.contains("ARBUSDT is neither covered nor declared uncovered"), "{text}");
}

/// A policy that compares USDT with one source, within 50 bp.
fn of_usdt() -> serde_json::Value {
    let mut one = policy(1);
    one["prices"]["cover"][0]["of"] = json!({"asset": "USDT"});
    one["prices"]["uncovered"]["instruments"].as_array_mut().expect("list").push(json!("BTCUSDT"));
    one["prices"]["uncovered"]["assets"] = json!(["USDC", "BTC", "ETH", "BNB"]);
    one
}

/// An asset has two prices, and neither may be far off.
#[test]
fn requirement_indices_are_compared_too() {
    let prices = vec![note(0, &btc("0.99887762"), 0)];
    let same = market_at_one_price(|_| ());
    assert!(check_at(&of_usdt(), prices.clone(), &same).is_ok());
    let other = market_at_one_price(|snapshot| {
        snapshot["assets"][0]["requirement_index"] = json!("0.95");
    });
    let text = check_at(&of_usdt(), prices, &other).expect_err("far off").to_string();
    assert!(
        text.contains("USDT requirement index 0.95 is 489.") && !text.contains("USDT index"),
        "{text}"
    );
}

/// A bid above the median and an ask below it would help the account, beyond the bound; haircuts do not.
#[test]
fn a_bid_may_be_below_and_an_ask_above() {
    let with = |bid: &str, ask: &str| {
        let market = market_with(|snapshot| {
            snapshot["assets"][0] = json!({"asset": "USDT", "bid": bid, "ask": ask});
        });
        check_at(&of_usdt(), vec![note(0, &btc("1"), 0)], &market).map(|_| ())
    };
    assert_eq!(with("1", "1"), Ok(()));
    assert_eq!(with("0.5", "2"), Ok(()));
    // At the bound.
    assert_eq!(with("1.005", "1.1"), Ok(()));
    assert_eq!(with("0.9", "0.995"), Ok(()));
    let text = disagrees(with("1.00500001", "1.1"));
    assert!(text.contains("USDT bid 1.00500001 is 50.01 bp") && !text.contains("ask"), "{text}");
    let text = disagrees(with("0.9", "0.99499999"));
    assert!(text.contains("USDT ask 0.99499999 is 50.01 bp") && !text.contains("bid"), "{text}");
}

/// Equity that is too low and a requirement that is too high show no deficiency: there the bound has two sides.
#[test]
fn a_deficiency_needs_bid_and_ask_on_both_sides() {
    let with = |bid: &str, ask: &str| {
        let market = market_with(|snapshot| {
            snapshot["assets"][0] = json!({"asset": "USDT", "bid": bid, "ask": ask});
        });
        let mut policy = of_usdt();
        policy["claim"] = json!({"level": "maintenance", "floor": "none", "does_not_meet": true});
        check_at(&policy, vec![note(0, &btc("1"), 0)], &market).map(|_| ())
    };
    assert_eq!(with("0.995", "1.005"), Ok(()));
    let text = disagrees(with("0.99499999", "1"));
    assert!(text.contains("USDT bid 0.99499999 is 50.01 bp") && !text.contains("ask"), "{text}");
    let text = disagrees(with("1", "1.00500001"));
    assert!(text.contains("USDT ask 1.00500001 is 50.01 bp") && !text.contains("bid"), "{text}");
}
