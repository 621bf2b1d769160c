//! An account of a ledger: honest proofs in every shape, and every lie about place or holder.

use crate::support::*;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;

/// Runs a tampered witness against the honest public inputs.
#[track_caller]
fn refused(by: &str, tamper: impl FnOnce(&mut CircuitWitness)) {
    let ledger = ledger_case();
    let mut witness = ledger.circuit_witness(Shape::S);
    tamper(&mut witness);
    let outcome = mock(ledger.kind(Shape::S), &ledger.case.market, witness, &ledger.public());
    let failures = outcome.expect_err("the lie was accepted");
    assert!(failures.contains(by), "not refused by {by:?}: {failures}");
}

fn membership(witness: &mut CircuitWitness) -> &mut Membership {
    witness.membership.as_mut().expect("a ledger's witness")
}

/// In a short run a shape of each number of rows.
fn shapes() -> impl Iterator<Item = Shape> {
    let sample = [Shape::S, Shape::M, Shape::Lm];
    Shape::ALL.into_iter().filter(move |shape| is_long() || sample.contains(shape))
}

#[test]
fn every_shape_is_satisfied() {
    let ledger = ledger_case();
    for shape in shapes() {
        let witness = ledger.circuit_witness(shape);
        let outcome = mock(ledger.kind(shape), &ledger.case.market, witness, &ledger.public());
        assert_eq!(outcome, Ok(()), "{shape:?}");
    }
}

#[test]
fn place_in_the_ledger() {
    refused("Permutation", |w| membership(w).path.siblings[0] += Fp::ONE);
    refused("Permutation", |w| membership(w).path.siblings[31] += Fp::ONE);
    refused("Permutation", |w| membership(w).path.serial ^= 1);
    refused("Permutation", |w| membership(w).path.serial ^= 1 << 31);
    // The serial inside the commitment is the place.
    refused("Permutation", |w| w.leaf[2] += Fp::ONE);
    refused("Permutation", |w| w.leaf[2] += Fp::from(1 << 32));
}

#[test]
fn holder() {
    refused("Permutation", |w| membership(w).secret += Fp::ONE);
    refused("Permutation", |w| membership(w).venue += Fp::ONE);
    refused("Permutation", |w| membership(w).audience += Fp::ONE);
    refused("Permutation", |w| membership(w).scope += Fp::ONE);
}

#[test]
fn every_public_input_is_bound() {
    let ledger = ledger_case();
    let changes: [fn(&mut PublicInputs); 8] = [
        |p| p.account += Fp::ONE,
        |p| p.pseudonym += Fp::ONE,
        |p| p.nullifier += Fp::ONE,
        |p| p.margin += Fp::ONE,
        |p| p.registry += Fp::ONE,
        |p| p.membership.as_mut().expect("ledger").venue += Fp::ONE,
        |p| p.membership.as_mut().expect("ledger").audience += Fp::ONE,
        |p| p.membership.as_mut().expect("ledger").scope += Fp::ONE,
    ];
    for change in changes {
        let mut public = ledger.public();
        change(&mut public);
        let witness = ledger.circuit_witness(Shape::S);
        let outcome = mock(ledger.kind(Shape::S), &ledger.case.market, witness, &public);
        assert!(outcome.expect_err("accepted").contains("Permutation"));
    }
}

/// The registry in the nullifier is the one of the leaf and of the public input.
#[test]
fn registry_of_the_nullifier() {
    let ledger = ledger_case();
    let m = &ledger.membership;
    let of = |registry| ledger.secret.nullifier(registry, m.path.serial, m.scope).element();
    let honest = ledger.public();
    let other = honest.registry + Fp::ONE;
    let refuses = |witness, public: &PublicInputs| {
        let outcome = mock(ledger.kind(Shape::S), &ledger.case.market, witness, public);
        assert!(outcome.expect_err("accepted").contains("Permutation"));
    };
    let witness = || ledger.circuit_witness(Shape::S);
    // The account's nullifier in another ledger, with the public registry or against it.
    refuses(witness(), &PublicInputs { nullifier: of(other), ..honest.clone() });
    refuses(witness(), &PublicInputs { nullifier: of(other), registry: other, ..honest.clone() });
    // Of the venue's name, of which there is one for all of a venue's ledgers.
    refuses(witness(), &PublicInputs { nullifier: of(m.venue), ..honest.clone() });
    // Another registry in all of the circuit leads to another leaf.
    let mut changed = witness();
    changed.leaf[0] = other;
    let public = PublicInputs { nullifier: of(other), registry: other, ..honest };
    refuses(changed, &public);
}

#[test]
fn real_proofs() {
    let ledger = ledger_case();
    let market = &ledger.case.market;
    let cache = KeyCache::new(ParamsStore::in_memory(), 4.try_into().expect("capacity"));
    for shape in shapes() {
        let kind = ledger.kind(shape);
        let keys = cache.proving_key(kind, market, [1; 32].into()).expect("keys");
        let vk = cache.verifying_key(kind, market, [1; 32].into()).expect("key");
        let witness = ledger.circuit_witness(shape);
        let public = ledger.public();
        let proof = create_proof(&keys, witness.clone(), &public, rand::rng()).expect("proof");
        assert_eq!(proof.len(), vk.proof_len(), "{shape:?}");
        assert_eq!(verify_proof(&vk, &public, &proof), Ok(()));
        for change in [
            (|p| p.nullifier += Fp::ONE) as fn(&mut PublicInputs),
            |p| p.membership.as_mut().expect("ledger").scope += Fp::ONE,
            |p| p.membership = None,
        ] {
            let mut other = public.clone();
            change(&mut other);
            assert_eq!(verify_proof(&vk, &other, &proof), Err(VerifyError::Invalid));
        }
        let mut plain = witness;
        plain.membership = None;
        let refused = create_proof(&keys, plain, &public, rand::rng());
        assert!(matches!(refused, Err(ProveError::Membership)));
    }
}
