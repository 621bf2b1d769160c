//! The key cache: one generation in flight, bounded, deterministic.

use crate::support::*;
use std::sync::Arc;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::circuit::Shape;

fn cache(capacity: usize) -> KeyCache {
    KeyCache::new(ParamsStore::in_memory(), capacity.try_into().unwrap())
}

#[test]
fn a_key_is_made_once_by_all_threads() {
    let (cache, case) = (cache(2), case());
    let make = || cache.verifying_key(case.kind(Shape::S), &case.market, [1; 32].into()).unwrap();
    let (a, b) = std::thread::scope(|scope| {
        let (a, b) = (scope.spawn(make), scope.spawn(make));
        (a.join().unwrap(), b.join().unwrap())
    });
    assert!(Arc::ptr_eq(&a, &b));
}

#[test]
fn the_least_recently_used_market_is_dropped() {
    let (cache, case) = (cache(1), case());
    let key = |digest| {
        cache.verifying_key(case.kind(Shape::S), &case.market, [digest; 32].into()).unwrap()
    };
    let first = key(1);
    assert!(Arc::ptr_eq(&first, &key(1)));
    key(2);
    let again = key(1);
    assert!(!Arc::ptr_eq(&first, &again));
    // Made anew, it is the same key.
    let text = |k: &zkmargin_circuit::MarketVerifyingKey| format!("{:?}", k.key().pinned());
    assert_eq!(text(&first), text(&again));
}

#[test]
fn the_verifying_key_of_a_proving_key_is_the_one_made_alone() {
    let case = case();
    let (alone, paired) = (cache(1), cache(1));
    paired.proving_key(case.kind(Shape::S), &case.market, [1; 32].into()).unwrap();
    let text = |c: &KeyCache| {
        let key = c.verifying_key(case.kind(Shape::S), &case.market, [1; 32].into()).unwrap();
        format!("{:?}", key.key().pinned())
    };
    assert_eq!(text(&alone), text(&paired));
}

#[test]
fn other_prices_other_key() {
    let (cache, case) = (cache(2), case());
    let mut terms = market_terms();
    terms.instruments[0].value = zkmargin_model::rule::LinearStep::exact(int(97_001));
    let other = zkmargin_model::rule::Market::new(terms).unwrap();
    let a = cache.verifying_key(case.kind(Shape::S), &case.market, [1; 32].into()).unwrap();
    let b = cache.verifying_key(case.kind(Shape::S), &other, [2; 32].into()).unwrap();
    assert_ne!(format!("{:?}", a.key().pinned()), format!("{:?}", b.key().pinned()));
}
