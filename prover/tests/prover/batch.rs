//! Batches of real proofs: the verdict on each is the one that it has alone, whatever stands beside it.

use rand::RngExt;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp, PrimeField};
use zkmargin_model::circuit::{Shape, Slots};
use zkmargin_model::claim::Claim;
use zkmargin_model::context::Context;
use zkmargin_model::envelope::Envelope;
use zkmargin_model::statement::AccountReference;
use zkmargin_params::{AccountFile, CompiledMarket, Schedule, SnapshotFile, compile};
use zkmargin_policy::{Assessment, BatchItem, Evidence, Verdict, assess, verdict_on, verdicts_on};
use zkmargin_prover::{ProveRequest, prove};
use zkmargin_verifier::Invalid;

use crate::support::asked::Asked;
use crate::support::secrets::secrets;
use crate::support::{KEYS, example};

/// The example's market at a sequence number: markets of different digests and keys.
fn market(sequence: u64) -> CompiledMarket {
    let schedule = Schedule::from_json(example!("schedule")).expect("schedule");
    let mut snapshot: Value = serde_json::from_slice(example!("snapshot")).expect("JSON");
    snapshot["sequence"] = json!(sequence);
    snapshot["instruments"][7]["mark"] = json!(format!("2.395{sequence}"));
    let snapshot = SnapshotFile::from_json(snapshot.to_string().as_bytes()).expect("snapshot");
    compile(&schedule, &snapshot).expect("market")
}

/// A proof with the number of its market.
type Numbered = (usize, Envelope);

/// Markets, and proofs about accounts that differ.
static PROOFS: LazyLock<(Vec<CompiledMarket>, Vec<Numbered>)> = LazyLock::new(|| {
    let markets: Vec<_> = (1..=2).map(market).collect();
    let proofs = (0..8usize).map(|i| {
        let mut file: Value = serde_json::from_slice(example!("account")).expect("JSON");
        file["balances"][1]["balance"] = json!((5000 + i).to_string());
        let file = AccountFile::from_json(file.to_string().as_bytes()).expect("account");
        let market = &markets[i % 2];
        let (account, secrets) = (file.holdings(market.schedule()).expect("account"), secrets());
        let request = ProveRequest {
            account: &account,
            secrets: &secrets,
            market,
            claim: Claim::new(10_000, 0u8.into()).expect("claim"),
            subject: market.market().books().into(),
            context: Context::new("desk-42", "", None).expect("context"),
            membership: None,
            shape: Some(Slots::Linear(if i == 5 { Shape::M } else { Shape::S })),
        };
        (i % 2, prove(&request, &KEYS).expect("proven").envelope)
    });
    let proofs = proofs.collect();
    (markets, proofs)
});

fn assessment(market: &CompiledMarket, envelope: &Envelope) -> Assessment {
    let AccountReference::Commitment(commitment) = envelope.statement().account else { panic!() };
    let asked =
        Asked { market: Some(market.digest()), commitment: Some(commitment), ..Asked::default() };
    let now_ms = market.snapshot().time_ms;
    assess(&asked.demands(), &Evidence::default(), market, now_ms).expect("assessed")
}

/// Verdicts in one batch, checked against those of each proof alone.
#[track_caller]
fn verdicts(proofs: &[Numbered]) -> Vec<Verdict> {
    verdicts_of(proofs, |at| at as u64 / 3, 2)
}

/// The same, with submitters and a number of workers.
#[track_caller]
fn verdicts_of(
    proofs: &[Numbered],
    submitter: impl Fn(usize) -> u64,
    workers: usize,
) -> Vec<Verdict> {
    let markets = &PROOFS.0;
    let assessments: Vec<_> = proofs.iter().map(|(m, e)| assessment(&markets[*m], e)).collect();
    let items: Vec<_> = proofs
        .iter()
        .zip(&assessments)
        .enumerate()
        .map(|(i, ((m, envelope), assessment))| {
            let submitter = submitter(i);
            BatchItem { envelope, market: &markets[*m], assessment, submitter }
        })
        .collect();
    let workers = NonZeroUsize::new(workers).expect("above zero");
    let batch = verdicts_on(&items, &KEYS, workers).expect("verdicts");
    assert_eq!(batch.len(), proofs.len());
    for (item, verdict) in items.iter().zip(&batch) {
        let alone = verdict_on(item.envelope, item.market, item.assessment, &KEYS);
        assert_eq!(&alone.expect("verdict"), verdict);
    }
    batch
}

fn valid(verdicts: &[Verdict]) -> Vec<bool> {
    verdicts.iter().map(|v| *v == Verdict::Valid).collect()
}

/// The same statement with other proof bytes.
fn with_proof(envelope: &Envelope, change: impl FnOnce(&mut Vec<u8>)) -> Envelope {
    let mut proof = envelope.proof().to_vec();
    change(&mut proof);
    Envelope::new(envelope.statement().clone(), proof).expect("well-formed")
}

/// Adds to the last scalar of a proof, which enters the last equation only.
fn shifted(envelope: &Envelope, by: Fp) -> Envelope {
    with_proof(envelope, |proof| {
        let at = proof.len() - 32;
        let scalar: [u8; 32] = proof[at..].try_into().expect("32 bytes");
        let scalar = Option::<Fp>::from(Fp::from_repr(scalar)).expect("canonical") + by;
        proof[at..].copy_from_slice(&scalar.to_repr());
    })
}

#[test]
fn all_good_over_markets_and_shapes() {
    assert_eq!(verdicts(&[]), []);
    assert!(valid(&verdicts(&PROOFS.1)).into_iter().all(|v| v));
    // Duplicates are proofs like others.
    let twice = [PROOFS.1.clone(), PROOFS.1.clone()].concat();
    assert!(valid(&verdicts(&twice)).into_iter().all(|v| v));
}

#[test]
fn wrong_ones_are_named() {
    let count = PROOFS.1.len();
    // Every single place, then growing numbers of them, up to all.
    let single = (0..count).map(|at| vec![at]);
    let many = (2..=count).map(|n| (0..n).map(|i| i * 3 % count).collect::<Vec<_>>());
    for wrong in single.chain(many) {
        let mut proofs = PROOFS.1.clone();
        for at in &wrong {
            let (market, envelope) = &proofs[*at];
            let changed = if at % 2 == 0 {
                shifted(envelope, Fp::from(1))
            } else {
                // A point that is none, or another one: refused while it is read, or at the end.
                with_proof(envelope, |proof| proof[100] ^= 1)
            };
            proofs[*at] = (*market, changed);
        }
        let expected: Vec<_> = (0..count).map(|at| !wrong.contains(&at)).collect();
        assert_eq!(valid(&verdicts(&proofs)), expected, "{wrong:?}");
    }
}

/// Errors that add up to nothing: without coefficients of their own they would cancel.
#[test]
fn errors_that_cancel_are_found() {
    let original = &PROOFS.1;
    for (first, second) in [(0, 2), (0, 1), (3, 6)] {
        let mut proofs = original.clone();
        proofs[first].1 = shifted(&original[first].1, Fp::from(7));
        proofs[second].1 = shifted(&original[second].1, -Fp::from(7));
        let found = valid(&verdicts(&proofs));
        assert!(!found[first] && !found[second]);
        assert_eq!(found.iter().filter(|valid| **valid).count(), proofs.len() - 2);
    }
    // Three that cancel, and the same wrong proof twice with signs turned.
    let mut proofs = original.clone();
    for (at, by) in [(0, Fp::from(5)), (2, Fp::from(6)), (4, -Fp::from(11))] {
        proofs[at].1 = shifted(&original[at].1, by);
    }
    assert_eq!(valid(&verdicts(&proofs)).iter().filter(|valid| **valid).count(), 5);
}

#[test]
fn proofs_of_other_statements_are_not_valid() {
    // Two accounts at one market and shape, each with the other's proof.
    let (_, a) = &PROOFS.1[0];
    let (_, b) = &PROOFS.1[2];
    let swapped = |statement: &Envelope, proof: &Envelope| {
        Envelope::new(statement.statement().clone(), proof.proof().to_vec()).expect("well-formed")
    };
    let mut proofs = PROOFS.1.clone();
    (proofs[0].1, proofs[2].1) = (swapped(a, b), swapped(b, a));
    let found = verdicts(&proofs);
    assert!(matches!(found[0], Verdict::Invalid(Invalid::Proof(_))));
    assert!(matches!(found[2], Verdict::Invalid(Invalid::Proof(_))));
    assert_eq!(valid(&found).iter().filter(|valid| **valid).count(), proofs.len() - 2);
    // A proof about the other market is a mismatch beside valid ones.
    let mut proofs = PROOFS.1.clone();
    proofs[1].0 = 0;
    let found = verdicts(&proofs);
    assert!(matches!(found[1], Verdict::Mismatch(_)));
    // A proof of another length.
    let mut proofs = PROOFS.1.clone();
    proofs[3].1 = with_proof(&proofs[3].1, |proof| proof.push(0));
    let found = verdicts(&proofs);
    assert!(matches!(found[3], Verdict::Invalid(Invalid::Proof(_))));
    assert_eq!(valid(&found).iter().filter(|valid| **valid).count(), proofs.len() - 1);
}

/// Batches at random: sizes, submitters, workers, and every kind of wrong proof.
#[test]
fn random_batches() {
    let mut rng = rand::rng();
    let good = &PROOFS.1;
    for _ in 0..25 {
        let (size, wrong_in_ten) = (rng.random_range(0..20), rng.random_range(0..10));
        let mut proofs: Vec<Numbered> = Vec::new();
        while proofs.len() < size {
            let (market, one) = &good[rng.random_range(0..good.len())];
            let (_, other) = &good[rng.random_range(0..good.len())];
            if rng.random_range(0..10) >= wrong_in_ten {
                proofs.push((*market, one.clone()));
                continue;
            }
            let words = one.proof().len() / 32;
            let [a, b] = [0; 2].map(|_| 32 * rng.random_range(0..words));
            let bit = 1 << rng.random_range(0..8);
            let changed = match rng.random_range(0..6) {
                0 => {
                    proofs.push((*market, shifted(one, -Fp::ONE)));
                    shifted(one, Fp::ONE)
                }
                1 => with_proof(one, |proof| *proof = other.proof().to_vec()),
                2 => with_proof(one, |proof| proof[a] ^= bit),
                3 => with_proof(one, |proof| (0..32).for_each(|at| proof.swap(a + at, b + at))),
                4 => with_proof(one, |proof| proof.truncate(a)),
                _ => {
                    proofs.push((1 - *market, one.clone()));
                    continue;
                }
            };
            proofs.push((*market, changed));
        }
        let submitters = rng.random_range(1..6);
        verdicts_of(&proofs, |at| at as u64 * 7919 % submitters, rng.random_range(1..4));
    }
}
