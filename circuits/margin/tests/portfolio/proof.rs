//! Keys, a proof, and what its verification refuses.

use crate::markets::{account, one_unit};
use crate::support::Case;
use std::sync::Arc;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::{
    PortfolioKeys, PortfolioWitness, create_portfolio_proof, verify_portfolio_proof,
};
use zkmargin_circuit::{MembershipInputs, ParamsStore, PublicInputs, VerifyError};
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::Market;

#[test]
fn a_proof_shows_its_statement_and_no_other() {
    let market = Market::new(one_unit()).unwrap();
    let case = Case::new(&market, account(&market, 2, 0.2), 4).with_equity(&1_000_000.into(), 0);
    assert!(case.native());
    let store = ParamsStore::in_memory();
    let keys = PortfolioKeys::new(&store, case.tables(), case.shape).unwrap();
    let again = PortfolioKeys::new(&store, Arc::new((*case.tables()).clone()), case.shape).unwrap();
    let text = |keys: &PortfolioKeys| format!("{:?}", keys.verifying().pinned());
    assert!(text(&keys) == text(&again), "keys are deterministic");

    let honest = case.public();
    let proof = create_portfolio_proof(&keys, case.witness(), &honest, rand::rng()).unwrap();
    assert_eq!(proof.len(), keys.proof_len());
    assert_eq!(verify_portfolio_proof(&keys, &honest, &proof), Ok(()));
    let change: [fn(&mut PublicInputs); 8] = [
        |p| p.statement += Fp::ONE,
        |p| p.account += Fp::ONE,
        |p| p.pseudonym += Fp::ONE,
        |p| p.nullifier += Fp::ONE,
        |p| p.claim = Claim::new(p.claim.level_bps() - 1, p.claim.floor().clone()).unwrap(),
        |p| p.margin += Fp::ONE,
        |p| p.registry += Fp::ONE,
        |p| {
            let zero = Fp::ZERO;
            let none = MembershipInputs { venue: zero, audience: zero, scope: zero };
            p.membership = Some(none);
        },
    ];
    for change in change {
        let mut public = honest.clone();
        change(&mut public);
        assert_eq!(verify_portfolio_proof(&keys, &public, &proof), Err(VerifyError::Invalid));
    }
    let mut longer = proof.clone();
    longer.push(0);
    let longer = verify_portfolio_proof(&keys, &honest, &longer);
    assert!(matches!(longer, Err(VerifyError::Length { .. })));

    let lies: [fn(&mut PortfolioWitness); 3] = [
        |w| w.pages[0].slots[0].size += Fp::ONE,
        |w| w.pages[3].unit.scan += Fp::ONE,
        |w| w.pages[1].sums[0].sum += Fp::ONE,
    ];
    for lie in lies {
        let mut witness = case.witness();
        lie(&mut witness);
        let proof = create_portfolio_proof(&keys, witness, &honest, rand::rng()).unwrap();
        assert_eq!(verify_portfolio_proof(&keys, &honest, &proof), Err(VerifyError::Invalid));
    }
}
