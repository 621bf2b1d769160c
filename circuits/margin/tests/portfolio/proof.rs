//! Keys, proofs of both anchors, and what their verification refuses.

use crate::markets::{account, one_unit, whole};
use crate::support::Case;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::PortfolioWitness;
use zkmargin_circuit::{
    Folder, KeyCache, KeyError, MarketVerifyingKey, MembershipInputs, ParamsStore, ProveError,
    PublicInputs, VerifyError, circuit_at, create_proof, verify_proof,
};
use zkmargin_model::circuit::{Anchor, Kind, Pages, PortfolioKind, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::portfolio::Market;
use zkmargin_model::rule::Profile;

fn kind(anchor: Anchor) -> PortfolioKind {
    PortfolioKind { anchor, pages: Pages::Four }
}

fn case() -> Case {
    let market = Market::new(one_unit()).unwrap();
    let case = Case::new(&market, account(&market, 2, 0.2), 4).with_equity(&1_000_000.into(), 0);
    assert!(case.native());
    Case { shape: kind(Anchor::Commitment).into(), ..case }
}

fn cache() -> KeyCache {
    KeyCache::new(ParamsStore::in_memory(), 4.try_into().unwrap())
}

#[test]
fn a_proof_shows_its_statement_and_no_other() {
    let case = case();
    let (cache, digest) = (cache(), [1; 32].into());
    let kind = kind(Anchor::Commitment);
    let keys = cache.proving_key(kind, &case.market, digest).unwrap();
    let key = cache.verifying_key(kind, &case.market, digest).unwrap();
    assert_eq!(key.id(), circuit_at(kind, &case.market).unwrap());
    let again = cache.verifying_key(kind, &case.market, [2; 32].into()).unwrap();
    let text = |key: &MarketVerifyingKey| format!("{:?}", key.key().pinned());
    assert!(text(&key) == text(&again), "keys are deterministic");

    let honest = case.public();
    let proof = create_proof(&keys, case.witness(), &honest, rand::rng()).unwrap();
    assert_eq!(proof.len(), key.proof_len());
    assert_eq!(verify_proof(&key, &honest, &proof), Ok(()));
    let change: [fn(&mut PublicInputs); 8] = [
        |p| p.statement += Fp::ONE,
        |p| p.account += Fp::ONE,
        |p| p.pseudonym += Fp::ONE,
        |p| p.nullifier += Fp::ONE,
        |p| p.claim = Claim::with_floor(p.claim.level_bps() - 1, p.claim.floor().clone()).unwrap(),
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
        assert_eq!(verify_proof(&key, &public, &proof), Err(VerifyError::Invalid));
    }
    // Batches foresee what the proof system assembles, with the rows above that slots read.
    let folder = Folder::new().unwrap();
    assert!(folder.fold(&key, &honest, &proof).unwrap().holds());
    let mut longer = proof.clone();
    longer.push(0);
    let longer = verify_proof(&key, &honest, &longer);
    assert!(matches!(longer, Err(VerifyError::Length { .. })));

    let lies: [fn(&mut PortfolioWitness); 3] = [
        |w| w.pages[0].slots[0].size += Fp::ONE,
        |w| w.pages[3].unit.scan += Fp::ONE,
        |w| w.pages[1].sums[0].sum += Fp::ONE,
    ];
    for lie in lies {
        let mut witness = case.witness();
        lie(&mut witness);
        let proof = create_proof(&keys, witness, &honest, rand::rng()).unwrap();
        assert_eq!(verify_proof(&key, &honest, &proof), Err(VerifyError::Invalid));
    }

    // A witness of another size, and one with a membership.
    let mut witness = case.witness();
    witness.pages.pop();
    let refused = create_proof(&keys, witness, &honest, rand::rng());
    assert!(matches!(refused, Err(ProveError::Shape { positions: 24, assets: 2 })));
    let refused = create_proof(&keys, case.in_ledger().witness(), &honest, rand::rng());
    assert!(matches!(refused, Err(ProveError::Membership)));
}

#[test]
fn a_proof_of_an_account_in_a_ledger() {
    let case = case().in_ledger();
    let (cache, digest) = (cache(), [1; 32].into());
    let kind = kind(Anchor::Ledger);
    let keys = cache.proving_key(kind, &case.market, digest).unwrap();
    let key = cache.verifying_key(kind, &case.market, digest).unwrap();
    let honest = case.public();
    let proof = create_proof(&keys, case.witness(), &honest, rand::rng()).unwrap();
    assert_eq!(proof.len(), key.proof_len());
    assert_eq!(verify_proof(&key, &honest, &proof), Ok(()));
    let changes: [fn(&mut PublicInputs); 3] = [
        |p| p.nullifier += Fp::ONE,
        |p| p.membership.as_mut().unwrap().scope += Fp::ONE,
        |p| p.membership = None,
    ];
    for change in changes {
        let mut other = honest.clone();
        change(&mut other);
        assert_eq!(verify_proof(&key, &other, &proof), Err(VerifyError::Invalid));
    }
    let plain = PortfolioWitness { membership: None, ..case.witness() };
    let refused = create_proof(&keys, plain, &honest, rand::rng());
    assert!(matches!(refused, Err(ProveError::Membership)));
}

#[test]
fn kinds_of_another_rule_or_size_have_no_circuit() {
    let market = case().market;
    let linear = Kind::of(Profile::EXACT, Anchor::Commitment, Shape::S);
    assert!(matches!(circuit_at(linear, &market), Err(KeyError::Family)));
    // The market's sums are bounded for 64 positions.
    let of = |pages| circuit_at(PortfolioKind { anchor: Anchor::Ledger, pages }, &market);
    assert!(of(Pages::Eight).is_ok());
    assert!(matches!(of(Pages::Sixteen), Err(KeyError::Size(_))));
    let mut terms = whole();
    terms.capacity.positions = 128;
    let market = Market::new(terms).unwrap();
    let kind = PortfolioKind { anchor: Anchor::Ledger, pages: Pages::Sixteen };
    assert!(circuit_at(kind, &market).is_ok());
}
