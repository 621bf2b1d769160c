//! The clauses that no gate reads, and a sample of the others, through the real prover.

use super::generators::CLAUSES;
use super::{Draft, Layout};
use crate::margin_support::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::Shape;
use zkmargin_model::rule::Market;

static CACHE: LazyLock<KeyCache> =
    LazyLock::new(|| KeyCache::new(ParamsStore::in_memory(), 2.try_into().unwrap()));

/// Statement digest, market and context: the digest is over all of them.
#[test]
fn a_proof_speaks_of_one_statement_and_one_market() {
    let case = case();
    let public = case.public();
    let keys = CACHE.proving_key(case.kind(Shape::S), &case.market, [1; 32].into()).unwrap();
    let vk = CACHE.verifying_key(case.kind(Shape::S), &case.market, [1; 32].into()).unwrap();
    let proof = create_proof(&keys, case.circuit_witness(Shape::S), &public, rand::rng()).unwrap();
    assert_eq!(verify_proof(&vk, &public, &proof), Ok(()));

    let mut restated = public.clone();
    restated.statement += Fp::ONE;
    assert_eq!(verify_proof(&vk, &restated, &proof), Err(VerifyError::Invalid));

    let mut terms = market_terms();
    terms.instruments[0].value = zkmargin_model::rule::LinearStep::exact(int(97_001));
    let other = Market::new(terms).unwrap();
    let vk = CACHE.verifying_key(case.kind(Shape::S), &other, [2; 32].into()).unwrap();
    assert_eq!(verify_proof(&vk, &public, &proof), Err(VerifyError::Invalid));
}

/// One invalid statement of every clause: no proof, or one that does not verify.
#[test]
fn proofs_of_invalid_statements_do_not_verify() {
    let layout = Layout::new(case());
    let keys = CACHE.proving_key(case().kind(Shape::S), &layout.market, [1; 32].into()).unwrap();
    let vk = CACHE.verifying_key(case().kind(Shape::S), &layout.market, [1; 32].into()).unwrap();
    for (name, change) in CLAUSES.iter().step_by(3) {
        let mut invalid = None;
        for seed in 0..200 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut draft = Draft::random(&layout, &mut rng);
            change(&mut draft, &mut rng);
            if !draft.rule_accepts(&layout) {
                invalid = Some(draft);
                break;
            }
        }
        let mut draft = invalid.expect("every clause has invalid statements");
        draft.witness.positions.resize_with(Shape::S.positions(), PositionHint::empty);
        draft.witness.assets.resize_with(Shape::S.assets(), AssetHint::empty);
        if let Ok(proof) = create_proof(&keys, draft.witness, &draft.public, rand::rng()) {
            assert_eq!(
                verify_proof(&vk, &draft.public, &proof),
                Err(VerifyError::Invalid),
                "{name}"
            );
        }
    }
}
