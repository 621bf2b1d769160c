//! A cheating prover behind the real prover: the honest configuration, other cells.

use super::cases::*;
use crate::margin_support::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use zkmargin_circuit::halo2::*;
use zkmargin_soundness::tamper::Tampered;
use zkmargin_soundness::{Cell, Kind};

/// Cells of every gadget, changed one at a time in shape S, and one whole class.
#[test]
fn proofs_over_overwritten_cells_do_not_verify() {
    let case = case();
    let params = Params::<EqAffine>::new(K);
    let honest = circuit(&case, S, witness(&case, S));
    let vk = keygen_vk(&params, &honest).unwrap();
    let pk = keygen_pk(&params, vk, &honest).unwrap();
    let instance = case.public().instance();
    let prove = |overwrites: Vec<(Cell, Fp)>| {
        let tampered = Tampered { honest: honest.clone(), overwrites };
        let mut transcript = Blake2bWrite::<_, EqAffine, Challenge255<_>>::init(vec![]);
        create_proof(&params, &pk, &[tampered], &[&[&instance]], rand::rng(), &mut transcript)
            .map(|()| transcript.finalize())
    };
    let verifies = |proof: &[u8]| {
        let mut transcript = Blake2bRead::<_, EqAffine, Challenge255<_>>::init(proof);
        let strategy = SingleVerifier::new(&params);
        verify_proof(&params, pk.get_vk(), strategy, &[&[&instance]], &mut transcript).is_ok()
    };
    assert!(verifies(&prove(vec![]).unwrap()), "nothing overwritten");

    let recorded = record(&case, S);
    let loose = recorded.loose();
    let candidates: Vec<usize> = (0..recorded.variables().len())
        .filter(|v| !loose[*v] && !recorded.variables()[*v].fixed)
        .collect();
    let mut rng = StdRng::seed_from_u64(6);
    for _ in 0..8 {
        let variable = &recorded.variables()[candidates[rng.random_range(0..candidates.len())]];
        let cells = variable.cells.iter().filter(|cell| cell.kind == Kind::Advice);
        let value = variable.value + Fp::ONE;
        // The whole class, so that no copy constraint helps.
        let overwrites = cells.map(|cell| (*cell, value)).collect();
        match prove(overwrites) {
            Ok(proof) => assert!(!verifies(&proof), "{}", variable.describe()),
            // A tuple that is in no table: the prover itself finds no row for it.
            Err(error) => assert!(matches!(error, Error::ConstraintSystemFailure), "{error}"),
        }
    }
}
