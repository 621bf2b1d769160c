//! Many proofs at once, with the proof system's own batch verifier and single verification on the same
//! proofs in the same run.
//!
//! `ZKMARGIN_BATCH=1000` makes as many distinct proofs; 64 without it.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use halo2_proofs::plonk::BatchVerifier;
use std::num::NonZeroUsize;
use std::time::Duration;
use zkmargin_benches::{Subject, binance};
use zkmargin_circuit::public_inputs;
use zkmargin_circuit::{KeyCache, ParamsStore};
use zkmargin_model::circuit::{Anchor, Kind, Shape, Slots};
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::field::field_bytes;
use zkmargin_params::PlainSecrets;
use zkmargin_prover::{ProveRequest, prove};
use zkmargin_verifier::{BatchItem, Invalid, check_batch, check_proof};

fn pool(subject: &Subject, keys: &KeyCache, count: usize) -> Vec<Envelope> {
    let witness = &subject.witness;
    let secrets = PlainSecrets {
        holder_key: field_bytes(&witness.secrets.holder_key),
        serial: witness.secrets.serial,
        blinding: field_bytes(&witness.secrets.blinding),
    };
    let proof = |i: usize| {
        let mut nonce = [0; 32];
        nonce[..8].copy_from_slice(&(i as u64).to_le_bytes());
        let request = ProveRequest {
            account: &witness.account,
            secrets: &secrets,
            market: &subject.market,
            claim: subject.claim.clone(),
            subject: subject.market.market().books().into(),
            context: Context::new("desk-42", "", Some(nonce)).expect("context"),
            membership: None,
            shape: Some(Slots::Linear(Shape::S)),
        };
        prove(&request, keys).expect("proven").envelope
    };
    (0..count).map(proof).collect()
}

/// A proof that is wrong in its last equation only.
fn wrong(envelope: &Envelope) -> Envelope {
    let mut proof = envelope.proof().to_vec();
    let at = proof.len() - 32;
    proof[at] ^= 1;
    Envelope::new(envelope.statement().clone(), proof).expect("well-formed")
}

fn batch(c: &mut Criterion) {
    let count = std::env::var("ZKMARGIN_BATCH").ok().and_then(|n| n.parse().ok()).unwrap_or(64);
    let keys = KeyCache::new(ParamsStore::in_memory(), NonZeroUsize::new(2).expect("two"));
    let subject = Subject::new(binance(), 12);
    let market = &subject.market;
    let good = pool(&subject, &keys, count);
    let bad: Vec<_> = good.iter().map(wrong).collect();
    let workers = std::thread::available_parallelism().expect("cores");
    let items = |envelopes: &[&Envelope]| {
        let run: Vec<_> =
            envelopes.iter().map(|envelope| BatchItem { envelope, market, submitter: 0 }).collect();
        check_batch(&run, &keys, workers).expect("checked")
    };
    let mut group = c.benchmark_group("batch");
    group.sample_size(10).measurement_time(Duration::from_secs(15));
    group.throughput(Throughput::Elements(count as u64));

    let all: Vec<_> = good.iter().collect();
    let in_order = |found: &Result<(), Invalid>| found.is_ok();
    assert!(items(&all).iter().all(in_order));
    group.bench_function("this batch verifier, all good", |b| b.iter(|| items(&all)));
    // Every hundredth, at least one.
    let few: Vec<_> = good
        .iter()
        .zip(&bad)
        .enumerate()
        .map(|(i, (g, b))| if i % 100 == 7 { b } else { g })
        .collect();
    assert_eq!(items(&few).iter().filter(|v| !in_order(v)).count(), (count + 92) / 100);
    group.bench_function("this batch verifier, 1 % wrong", |b| b.iter(|| items(&few)));
    let none: Vec<_> = bad.iter().collect();
    assert!(!items(&none).iter().any(in_order));
    group.bench_function("this batch verifier, all wrong", |b| b.iter(|| items(&none)));

    group.bench_function("one after another", |b| {
        b.iter(|| {
            let one = |e: &Envelope| check_proof(e, market, &keys).expect("checked");
            assert!(good.iter().map(one).all(|v| in_order(&v)));
        })
    });
    let profile = market.market().profile().expect("provable");
    let kind = Kind::of(profile, Anchor::Commitment, Shape::S);
    let key = keys.verifying_key(kind, market.market(), market.digest());
    let key = key.expect("key");
    let venue = &market.schedule().file().venue;
    let instances: Vec<_> =
        good.iter().map(|e| public_inputs(e.statement(), venue).instance().to_vec()).collect();
    group.bench_function("halo2_proofs BatchVerifier", |b| {
        b.iter(|| {
            let mut verifier = BatchVerifier::new();
            for (envelope, instance) in good.iter().zip(&instances) {
                verifier.add_proof(vec![vec![instance.clone()]], envelope.proof().to_vec());
            }
            assert!(verifier.finalize(key.params(), key.key()));
        })
    });
    group.finish();
}

criterion_group!(benches, batch);
criterion_main!(benches);
