//! Proving, verifying and key generation, with an Orchard 2-action proof in the same run.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;
use zkmargin_benches::{Example, Orchard, Subject, binance, binance_exact, binance_isolated, rng};
use zkmargin_circuit::{KeyCache, ParamsStore, create_proof, verify_proof};
use zkmargin_model::circuit::{Anchor, K, Kind, Shape};
use zkmargin_model::digest::MarketDigest;
use zkmargin_prover::prove;
use zkmargin_verifier::check_proof;

fn cache() -> KeyCache {
    let store = ParamsStore::in_memory();
    store.get(K::MIN).expect("parameters");
    KeyCache::new(store, 1.try_into().expect("capacity"))
}

fn proofs(c: &mut Criterion) {
    let mut group = c.benchmark_group("proofs");
    group.sample_size(10).measurement_time(Duration::from_secs(8));
    let orchard = Orchard::default();
    group.bench_function("prove orchard 2 actions", |b| b.iter(|| orchard.prove()));
    let markets = [
        ("exact", binance_exact()),
        ("Binance", binance()),
        ("Binance, isolated books", binance_isolated()),
    ];
    let kinds = markets.map(|(of, market)| {
        let profile = market.market().profile().expect("provable");
        let anchors = Anchor::ALL.map(|anchor| {
            [(Shape::M, 64), (Shape::S, 16)].map(|(shape, n)| (Kind::of(profile, anchor, shape), n))
        });
        anchors.concat().into_iter().map(move |(kind, n)| (of, market.clone(), kind, n))
    });
    for (of, market, kind, positions) in kinds.into_iter().flatten() {
        let subject = Subject::new(market, positions);
        let (terms, digest) = (subject.market.market(), subject.market.digest());
        let name = match kind.anchor() {
            Anchor::Commitment => format!("{of} {}", kind.shape.name()),
            Anchor::Ledger => format!("{of} {} of a ledger", kind.shape.name()),
        };
        let cache = self::cache();
        let keys = cache.proving_key(kind, terms, digest).expect("keys");
        let vk = cache.verifying_key(kind, terms, digest).expect("key");
        let public = subject.public(kind);
        let prove =
            || create_proof(&keys, subject.circuit_witness(kind), &public, rng()).expect("proof");
        let proof = prove();
        println!("{name}: k = {}, proof {} bytes", keys.id().k, proof.len());
        group.bench_function(format!("prove {name}"), |b| b.iter(prove));
        group.bench_function(format!("verify {name}, key cached"), |b| {
            b.iter(|| verify_proof(&vk, &public, black_box(&proof)).expect("valid"))
        });
        // A new market digest each time, so that nothing is found in the cache.
        let mut market_number = 0u64;
        let mut fresh = move || {
            market_number += 1;
            let mut digest = [0u8; 32];
            digest[..8].copy_from_slice(&market_number.to_le_bytes());
            MarketDigest::from(digest)
        };
        group.bench_function(format!("verifying key {name}, new snapshot"), |b| {
            b.iter(|| cache.verifying_key(kind, terms, fresh()).expect("key"))
        });
        group.bench_function(format!("cold prove {name}: both keys and proof"), |b| {
            b.iter(|| {
                let keys = cache.proving_key(kind, terms, fresh()).expect("keys");
                create_proof(&keys, subject.circuit_witness(kind), &public, rng()).expect("proof")
            })
        });
        group.bench_function(format!("cold verify {name}: key and verification"), |b| {
            b.iter(|| {
                let vk = cache.verifying_key(kind, terms, fresh()).expect("key");
                verify_proof(&vk, &public, &proof).expect("valid")
            })
        });
    }
    examples(&mut group);
    group.finish();
}

/// Accounts of the shipped examples. Proving is timed alone, without the check that follows it.
fn examples(group: &mut BenchmarkGroup<'_, WallTime>) {
    for example in Example::all() {
        let (name, cache) = (&example.name, self::cache());
        let made = prove(&example.request(), &cache).expect("proven").envelope;
        let circuit = made.statement().circuit();
        println!("{name}: {circuit}, proof {} bytes", made.proof().len());
        group.bench_function(format!("prove {name}'s example"), |b| {
            b.iter_custom(|times| {
                let proven = (0..times).map(|_| prove(&example.request(), &cache).expect("proven"));
                proven.map(|proven| proven.times.prove).sum()
            })
        });
        group.bench_function(format!("verify {name}'s example, key cached"), |b| {
            b.iter(|| {
                assert_eq!(check_proof(&made, &*example.market, &cache).expect("checked"), Ok(()))
            })
        });
    }
}

criterion_group!(benches, proofs);
criterion_main!(benches);
