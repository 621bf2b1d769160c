//! A cheating prover at the whole circuit: each lie in a hint is refused, by the named constraint
//! or lookup that is there to refuse it.

use crate::support::*;
use std::sync::LazyLock;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// Runs a tampered witness against the public inputs of the honest one and returns the failures.
fn tampered(case: &Case, tamper: impl FnOnce(&mut CircuitWitness)) -> String {
    let mut witness = case.circuit_witness(XS);
    tamper(&mut witness);
    mock(case.kind(XS), &case.market, witness, &case.public()).expect_err("the lie was accepted")
}

fn assert_refused_by(failures: &str, what: &str) {
    assert!(failures.contains(what), "not refused by {what:?}: {failures}");
}

fn hint(row: &BracketRow) -> BracketHint {
    let [lo, hi, slope, intercept] = [&row.lo, &row.hi, &row.slope, &row.intercept].map(to_field);
    BracketHint { lo, hi, slope, intercept, ..BracketHint::ZERO }
}

#[test]
fn tier_row_that_does_not_hold_the_notional() {
    let case = case();
    let tiers = case.market.terms().tiers[0].rows().to_vec();
    // Position 0 is 1200 * 97000 = 116.4 million: the second row.
    for wrong in [0, 2] {
        // The distance to one end is negative, so it has no decomposition into limbs.
        let failures = tampered(&case, |w| w.positions[0].bracket = hint(&tiers[wrong]));
        assert_refused_by(&failures, "word of three rows");
    }
}

#[test]
fn tier_row_that_is_in_no_table() {
    let case = case();
    let failures = tampered(&case, |w| w.positions[0].bracket.slope -= Fp::ONE);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[0].bracket.intercept -= Fp::ONE);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[0].bracket.lo -= Fp::ONE);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[0].bracket.hi += Fp::ONE);
    assert_refused_by(&failures, "Lookup");
}

#[test]
fn row_of_another_tier_table() {
    let case = case();
    let other = case.market.terms().tiers[1].rows()[1].clone();
    let failures = tampered(&case, |w| w.positions[0].bracket = hint(&other));
    assert_refused_by(&failures, "Lookup");
    // Naming the other table as well leaves the instrument's own row.
    let failures = tampered(&case, |w| {
        w.positions[0].bracket = hint(&other);
        w.positions[0].terms[3] = Fp::from(2);
    });
    assert_refused_by(&failures, "Lookup");
}

#[test]
fn terms_of_another_instrument() {
    let case = case();
    let failures = tampered(&case, |w| w.positions[0].terms = w.positions[2].terms);
    assert_refused_by(&failures, "Lookup");
    for term in 0..4 {
        let failures = tampered(&case, |w| w.positions[0].terms[term] += Fp::ONE);
        assert_refused_by(&failures, "Lookup");
    }
}

#[test]
fn side_and_key() {
    let case = case();
    let failures = tampered(&case, |w| w.positions[0].side = Fp::ONE);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[0].side = Fp::from(2));
    assert_refused_by(&failures, "side is boolean");
    // Another instrument's key is another account.
    let failures = tampered(&case, |w| w.positions[4].key += Fp::from(2));
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[4].key = Fp::from(1 << 18));
    assert_refused_by(&failures, "key width");
}

#[test]
fn settle_group_of_a_position() {
    let case = case();
    let failures = tampered(&case, |w| w.positions[0].code = Fp::ONE);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[0].code = Fp::from(4));
    assert_refused_by(&failures, "code is a settle group");
}

#[test]
fn slots_out_of_order_repeated_or_after_an_empty_one() {
    let case = case();
    let failures = tampered(&case, |w| w.positions.swap(0, 2));
    assert_refused_by(&failures, "sorted list");
    let failures = tampered(&case, |w| w.positions[1] = w.positions[0].clone());
    assert_refused_by(&failures, "sorted list");
    let failures = tampered(&case, |w| {
        let last = w.positions[4].clone();
        w.positions[4] = PositionHint::empty();
        w.positions[5] = last;
    });
    assert_refused_by(&failures, "empty slots last");
    let failures = tampered(&case, |w| w.assets.swap(0, 1));
    assert_refused_by(&failures, "sorted list");
    let failures = tampered(&case, |w| w.assets[1] = w.assets[0].clone());
    assert_refused_by(&failures, "sorted list");
}

#[test]
fn used_flag() {
    let case = case();
    let failures = tampered(&case, |w| w.positions[4].used = Fp::ZERO);
    assert_refused_by(&failures, "an empty slot is zero");
    let failures = tampered(&case, |w| w.positions[4].used = Fp::from(2));
    assert_refused_by(&failures, "used is boolean");
    // A used slot without an instrument could carry a profit of its own making.
    let failures = tampered(&case, |w| w.positions[5].used = Fp::ONE);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.positions[5].entry = Fp::ONE);
    assert_refused_by(&failures, "an empty slot is zero");
    let failures = tampered(&case, |w| w.assets[2].used = Fp::ZERO);
    assert_refused_by(&failures, "an empty slot is zero");
    let failures = tampered(&case, |w| w.assets[3].balance = Fp::ONE);
    assert_refused_by(&failures, "an empty slot is zero");
    let failures = tampered(&case, |w| w.assets[3].used = Fp::ONE);
    assert_refused_by(&failures, "Lookup");
}

#[test]
fn sizes_and_entries_past_their_width() {
    let case = case();
    let two = |exponent: u64| Fp::from(2).pow_vartime([exponent]);
    let failures = tampered(&case, |w| w.positions[0].size = two(90));
    assert_refused_by(&failures, "word of two rows");
    let failures = tampered(&case, |w| w.positions[0].size = -Fp::ONE);
    assert_refused_by(&failures, "word of two rows");
    let failures = tampered(&case, |w| w.positions[0].entry += two(99));
    assert_refused_by(&failures, "word of two rows and a limb");
    let failures = tampered(&case, |w| w.assets[0].balance += two(99));
    assert_refused_by(&failures, "word of two rows and a limb");
}

#[test]
fn losses_cannot_be_left_out() {
    let mut case = case();
    case.positions[3].entry = int(2_000_000);
    // Settles flag off: the table has the asset only with its flag on.
    let failures = tampered(&case, |w| w.assets[1].settles = Fp::ZERO);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.assets[1].settles = Fp::from(2));
    assert_refused_by(&failures, "settles is boolean");
    let failures = tampered(&case, |w| w.assets[1].code = Fp::ZERO);
    assert_refused_by(&failures, "Lookup");
    let failures = tampered(&case, |w| w.assets[1].code = Fp::from(7));
    assert_refused_by(&failures, "code is a settle group");
    // The asset of the losing group is not listed at all.
    let failures = tampered(&case, |w| {
        w.assets.remove(1);
        w.assets.push(AssetHint::empty());
    });
    assert_refused_by(&failures, "a group left out has no pnl");
    // An asset that does not settle claims a group's profit.
    let failures = tampered(&case, |w| w.assets[2].settles = Fp::ONE);
    assert_refused_by(&failures, "Lookup");
}

#[test]
fn haircut_rows() {
    let case = case();
    let rows = case.market.terms().assets[2].rows_by_balance();
    let failures = tampered(&case, |w| w.assets[2].bracket = hint(&rows[0]));
    assert_refused_by(&failures, "word of three rows");
    let usdt = case.market.terms().assets[0].rows_by_balance();
    let failures = tampered(&case, |w| w.assets[2].bracket = hint(&usdt[1]));
    assert_refused_by(&failures, "Lookup");
    // Another asset's key is another account.
    let failures = tampered(&case, |w| w.assets[2].key = Fp::from(3));
    assert_refused_by(&failures, "Lookup");
}

#[test]
fn claim_below_its_level_floor_or_strictness() {
    let mut case = case();
    let computed = margin(&case.account(), &case.market).unwrap();
    let equity = computed.equity.to_biguint().unwrap();
    case.claim = Claim::new(0, equity + 1u8).unwrap();
    assert_refused_by(&tampered(&case, |_| ()), "not negative");
    let mut terms = market_terms();
    terms.equality_is_healthy = false;
    let mut empty = crate::support::case();
    empty.market = Market::new(terms).unwrap();
    empty.positions.clear();
    empty.balances = vec![balance(1, 0)];
    empty.claim = Claim::new(10_000, 0u8.into()).unwrap();
    assert!(!empty.native(), "0 = 0 is not healthy where equality is not");
    assert_refused_by(&tampered(&empty, |_| ()), "not negative");
}

#[test]
fn every_public_input_is_bound() {
    let case = case();
    let honest = case.public();
    let change: [fn(&mut PublicInputs); 7] = [
        |p| p.account += Fp::ONE,
        |p| p.pseudonym += Fp::ONE,
        |p| p.nullifier += Fp::ONE,
        |p| p.claim = Claim::with_floor(p.claim.level_bps() - 1, p.claim.floor().clone()).unwrap(),
        |p| p.claim = Claim::new(p.claim.level_bps(), 0u8.into()).unwrap(),
        |p| p.margin += Fp::ONE,
        |p| p.registry += Fp::ONE,
    ];
    for change in change {
        let mut public = honest.clone();
        change(&mut public);
        let failures = mock(case.kind(XS), &case.market, case.circuit_witness(XS), &public);
        assert_refused_by(&failures.expect_err("accepted"), "Permutation");
    }
    let leaf: [fn(&mut CircuitWitness); 5] = [
        |w| w.leaf[0] += Fp::ONE,
        |w| w.leaf[1] += Fp::ONE,
        |w| w.leaf[2] += Fp::ONE,
        |w| w.leaf[3] += Fp::ONE,
        |w| w.margin_blinding += Fp::ONE,
    ];
    for change in leaf {
        assert_refused_by(&tampered(&case, change), "Permutation");
    }
}

struct Real {
    case: Case,
    cache: KeyCache,
}

static REAL: LazyLock<Real> = LazyLock::new(|| Real {
    case: case(),
    cache: KeyCache::new(ParamsStore::in_memory(), 1.try_into().unwrap()),
});

/// A proof made from a tampered witness by the real prover does not verify.
#[test]
fn real_proofs_of_lies_do_not_verify() {
    let Real { case, cache } = &*REAL;
    let keys = cache.proving_key(case.kind(XS), &case.market, [9; 32].into()).unwrap();
    let vk = cache.verifying_key(case.kind(XS), &case.market, [9; 32].into()).unwrap();
    let public = case.public();
    let honest = create_proof(&keys, case.circuit_witness(XS), &public, rand::rng()).unwrap();
    assert_eq!(verify_proof(&vk, &public, &honest), Ok(()));
    let lies: [fn(&mut CircuitWitness); 3] = [
        |w| w.positions[0].size += Fp::ONE,
        |w| w.assets[0].balance += Fp::ONE,
        |w| w.leaf[3] += Fp::ONE,
    ];
    for lie in lies {
        let mut witness = case.circuit_witness(XS);
        lie(&mut witness);
        let proof = create_proof(&keys, witness, &public, rand::rng()).unwrap();
        assert_eq!(verify_proof(&vk, &public, &proof), Err(VerifyError::Invalid));
    }
    // A false lookup is refused by the prover itself.
    let mut witness = case.circuit_witness(XS);
    witness.positions[0].bracket.slope -= Fp::ONE;
    assert!(create_proof(&keys, witness, &public, rand::rng()).is_err());
    // Trailing, missing and flipped bytes.
    let mut longer = honest.clone();
    longer.push(0);
    assert!(matches!(verify_proof(&vk, &public, &longer), Err(VerifyError::Length { .. })));
    assert!(matches!(verify_proof(&vk, &public, &honest[1..]), Err(VerifyError::Length { .. })));
    let mut flipped = honest.clone();
    flipped[2000] ^= 4;
    assert_eq!(verify_proof(&vk, &public, &flipped), Err(VerifyError::Invalid));
}
