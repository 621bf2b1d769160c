//! Batches of a pool's proofs: how the cost of a proof depends on their number and on their markets.
//!
//! `ZKMARGIN_POOL` is a pool of `zkmargin-pool --holders 1000 --epochs 10`, `ZKMARGIN_POOL_MARKETS` one
//! of `--holders 10 --epochs 100`; nothing is measured without them.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use halo2_proofs::plonk::BatchVerifier;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zkmargin_circuit::public_inputs;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::circuit::{Anchor, Kind, Shape};
use zkmargin_model::envelope::Envelope;
use zkmargin_params::{CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_verifier::{BatchItem, check_batch, check_proof};

/// The proofs of an epoch.
struct Epoch {
    market: CompiledMarket,
    proofs: Vec<Envelope>,
}

fn epochs(pool: &Path) -> Vec<Epoch> {
    let read = |path: PathBuf| std::fs::read(&path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    let schedule =
        Schedule::from_json(&read(pool.join("evidence/schedule.json"))).expect("schedule");
    let mut epochs = Vec::new();
    for number in 1.. {
        let folder = pool.join(format!("proofs/{number:04}"));
        let Ok(entries) = std::fs::read_dir(&folder) else { break };
        let mut paths: Vec<_> = entries.map(|e| e.expect("entry").path()).collect();
        paths.sort();
        let snapshot = read(pool.join(format!("evidence/snapshot-{number:04}.json")));
        let snapshot = SnapshotFile::from_json(&snapshot).expect("snapshot");
        let market = compile(&schedule, &snapshot).expect("market");
        let proofs: Vec<_> =
            paths.into_iter().map(|p| Envelope::decode(&read(p)).expect("proof")).collect();
        epochs.push(Epoch { market, proofs });
    }
    epochs
}

fn items<'a>(epochs: &'a [Epoch], per_epoch: usize) -> Vec<BatchItem<'a>> {
    let of = |e: &'a Epoch| {
        let item = |envelope| BatchItem { envelope, market: &e.market, submitter: 0 };
        e.proofs.iter().take(per_epoch).map(item)
    };
    epochs.iter().flat_map(of).collect()
}

/// A cache without keys. Parameters are read from a file, as the command does.
fn keys(capacity: usize) -> KeyCache {
    let folder = std::env::temp_dir().join("zkmargin-bench");
    KeyCache::new(ParamsStore::on_disk(folder), NonZeroUsize::new(capacity).expect("above zero"))
}

/// A proof that is wrong in its last equation only.
fn wrong(envelope: &Envelope) -> Envelope {
    let mut proof = envelope.proof().to_vec();
    let at = proof.len() - 32;
    proof[at] ^= 1;
    Envelope::new(envelope.statement().clone(), proof).expect("well-formed")
}

fn pool(c: &mut Criterion) {
    let path = |name| std::env::var_os(name).map(PathBuf::from);
    let (Some(many), Some(markets)) = (path("ZKMARGIN_POOL"), path("ZKMARGIN_POOL_MARKETS")) else {
        eprintln!("ZKMARGIN_POOL and ZKMARGIN_POOL_MARKETS are not set");
        return;
    };
    let (many, markets) = (epochs(&many), epochs(&markets));
    let workers = std::thread::available_parallelism().expect("cores");
    let cache = keys(16);
    let all = |items: &[BatchItem<'_>], keys: &KeyCache| {
        let found = check_batch(items, keys, workers).expect("checked");
        found.iter().filter(|found| found.is_ok()).count()
    };
    let mut group = c.benchmark_group("pool");
    group.sample_size(10).warm_up_time(Duration::from_secs(1));
    group.measurement_time(Duration::from_secs(10));
    let everything = items(&many, usize::MAX);
    let one_market = items(&many[..1], 1000);
    for (name, run) in [
        ("100 of one market", &one_market[..100.min(one_market.len())]),
        ("1,000 of one market", &one_market[..]),
        ("all of the pool", &everything[..]),
    ] {
        assert_eq!(all(run, &cache), run.len());
        group.throughput(Throughput::Elements(run.len() as u64));
        group.bench_function(format!("{name} ({}), keys there", run.len()), |b| {
            b.iter(|| all(run, &cache))
        });
    }
    let count = one_market.len() as u64;
    group.throughput(Throughput::Elements(count));
    let bad: Vec<_> = many[0].proofs.iter().map(wrong).collect();
    let with = |every: usize| -> Vec<BatchItem<'_>> {
        let each = one_market.iter().zip(&bad).enumerate();
        each.map(
            |(i, (item, bad))| {
                if i % every == 0 { BatchItem { envelope: bad, ..*item } } else { *item }
            },
        )
        .collect()
    };
    let (few, none) = (with(100), with(1));
    assert_eq!(all(&few, &cache), one_market.len() - one_market.len().div_ceil(100));
    assert_eq!(all(&none, &cache), 0);
    group.bench_function("1,000 of one market, 1 % wrong", |b| b.iter(|| all(&few, &cache)));
    let each_its_own: Vec<_> =
        (0..).zip(&few).map(|(submitter, item)| BatchItem { submitter, ..*item }).collect();
    group.bench_function("1,000 of one market, 1 % wrong, 1,000 submitters", |b| {
        b.iter(|| all(&each_its_own, &cache))
    });
    group.bench_function("1,000 of one market, all wrong", |b| b.iter(|| all(&none, &cache)));
    group.bench_function("1,000 of one market, one after another", |b| {
        b.iter(|| {
            for item in &one_market {
                let found = check_proof(item.envelope, item.market, &cache);
                assert_eq!(found.expect("checked"), Ok(()));
            }
        })
    });
    let market = &many[0].market;
    let profile = market.market().profile().expect("provable");
    let kind = Kind::of(profile, Anchor::Ledger, Shape::S);
    let key = cache.verifying_key(kind, market.market(), market.digest()).expect("key");
    let venue = &market.schedule().file().venue;
    let instances: Vec<_> = one_market
        .iter()
        .map(|item| public_inputs(item.envelope.statement(), venue).instance().to_vec())
        .collect();
    group.bench_function("1,000 of one market, halo2_proofs BatchVerifier", |b| {
        b.iter(|| {
            let mut verifier = BatchVerifier::new();
            for (item, instance) in one_market.iter().zip(&instances) {
                verifier.add_proof(vec![vec![instance.clone()]], item.envelope.proof().to_vec());
            }
            assert!(verifier.finalize(key.params(), key.key()));
        })
    });
    // Keys are made anew every time; parameters are not.
    let hundred = items(&markets, 10);
    let each_its_own = items(&markets, 1);
    for (name, run) in [
        ("one market, keys included", &one_market[..]),
        ("100 markets, keys included", &hundred[..]),
        ("a market per proof, keys included", &each_its_own[..]),
    ] {
        group.throughput(Throughput::Elements(run.len() as u64));
        group.bench_function(format!("{} proofs of {name}", run.len()), |b| {
            b.iter(|| {
                let cache = keys(128);
                assert_eq!(all(run, &cache), run.len());
            })
        });
    }
    group.finish();
}

criterion_group!(benches, pool);
criterion_main!(benches);
