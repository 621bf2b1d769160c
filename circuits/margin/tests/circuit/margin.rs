//! The circuit agrees with the rule, by mock and by real proofs.

use crate::support::*;
use num_bigint::BigInt;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;

#[test]
fn healthy_account_satisfies_the_circuit() {
    let case = case();
    assert!(case.native());
    assert_eq!(case.mock(Shape::S), Ok(()));
    assert_eq!(case.mock(Shape::M), Ok(()));
}

#[test]
fn boundary_is_exact() {
    let mut case = case();
    // Find the balance at which the claim is just met, then one unit below.
    let mut low = BigInt::from(-1_000_000_000_000i64);
    let mut high = BigInt::from(1_000_000_000_000u64);
    while &high - &low > BigInt::from(1) {
        let middle: BigInt = (&low + &high) / 2;
        case.set_usdt(middle.clone());
        if case.native() { high = middle } else { low = middle }
    }
    case.set_usdt(high);
    assert!(case.native());
    assert_eq!(case.mock(Shape::S), Ok(()));
    case.set_usdt(low);
    assert!(!case.native());
    assert!(case.mock(Shape::S).is_err());
}

#[test]
fn proofs_verify_and_are_bound() {
    let case = case();
    let cache = KeyCache::new(ParamsStore::in_memory(), 4.try_into().unwrap());
    for shape in [Shape::S, Shape::M] {
        let t = std::time::Instant::now();
        let keys = cache.proving_key(case.kind(shape), &case.market, [1; 32].into()).unwrap();
        println!("{} k={} keys {:?}", shape.name(), keys.id().k, t.elapsed());
        let public = case.public();
        let t = std::time::Instant::now();
        let proof = create_proof(&keys, case.circuit_witness(shape), &public, rand::rng()).unwrap();
        println!("prove {:?} {} bytes", t.elapsed(), proof.len());
        let vk = cache.verifying_key(case.kind(shape), &case.market, [1; 32].into()).unwrap();
        let t = std::time::Instant::now();
        assert_eq!(verify_proof(&vk, &public, &proof), Ok(()));
        println!("verify {:?}", t.elapsed());
        let mut other = public.clone();
        other.statement += Fp::ONE;
        assert_eq!(verify_proof(&vk, &other, &proof), Err(VerifyError::Invalid));
    }
}
