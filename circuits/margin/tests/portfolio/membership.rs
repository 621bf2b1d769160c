//! A portfolio account of a ledger: every lie about place or holder, and every public input.

use crate::markets::{account, one_unit, whole};
use crate::support::{Case, mock};
use zkmargin_circuit::PublicInputs;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::portfolio::PortfolioWitness;
use zkmargin_model::holder::HolderSecret;
use zkmargin_model::portfolio::{Market, Terms};

fn of(terms: Terms, pages: usize) -> Case {
    let market = Market::new(terms).unwrap();
    let case = Case::new(&market, account(&market, 2, 0.2), pages);
    case.with_equity(&(1u64 << 40).into(), 0).in_ledger()
}

#[test]
fn an_account_in_a_ledger() {
    for case in [of(one_unit(), 4), of(whole(), 4), of(whole(), 8)] {
        assert_eq!(case.mock(), Ok(()));
        // The requirement is still decided.
        case.assert_agrees();
    }
}

#[test]
fn place_and_holder() {
    let case = of(one_unit(), 4);
    let lies: [fn(&mut PortfolioWitness); 10] = [
        |w| membership(w).path.siblings[0] += Fp::ONE,
        |w| membership(w).path.siblings[31] += Fp::ONE,
        |w| membership(w).path.serial ^= 1,
        |w| membership(w).path.serial ^= 1 << 31,
        // The serial inside the commitment is the place.
        |w| w.leaf[2] += Fp::ONE,
        |w| w.leaf[2] += Fp::from(1 << 32),
        |w| membership(w).secret += Fp::ONE,
        |w| membership(w).venue += Fp::ONE,
        |w| membership(w).audience += Fp::ONE,
        |w| membership(w).scope += Fp::ONE,
    ];
    for (at, lie) in lies.into_iter().enumerate() {
        let mut witness = case.witness();
        lie(&mut witness);
        let refused = mock(case.tables(), case.shape, witness, &case.public());
        assert!(refused.expect_err("accepted").contains("Permutation"), "lie {at}");
    }
}

fn membership(witness: &mut PortfolioWitness) -> &mut zkmargin_circuit::Membership {
    witness.membership.as_mut().expect("of a ledger")
}

/// The registry in the nullifier is the one of the leaf and of the public input.
#[test]
fn registry_of_the_nullifier() {
    let case = of(one_unit(), 4);
    let m = case.membership.clone().expect("of a ledger");
    let secret = HolderSecret::new(m.secret);
    let of = |registry| secret.nullifier(registry, m.path.serial, m.scope).element();
    let honest = case.public();
    let other = honest.registry + Fp::ONE;
    for public in [
        PublicInputs { nullifier: of(other), ..honest.clone() },
        PublicInputs { nullifier: of(other), registry: other, ..honest.clone() },
        PublicInputs { nullifier: of(m.venue), ..honest },
    ] {
        let refused = mock(case.tables(), case.shape, case.witness(), &public);
        assert!(refused.expect_err("accepted").contains("Permutation"));
    }
}

#[test]
fn every_public_input_is_bound() {
    let case = of(one_unit(), 4);
    let changes: [fn(&mut PublicInputs); 8] = [
        |p| p.account += Fp::ONE,
        |p| p.pseudonym += Fp::ONE,
        |p| p.nullifier += Fp::ONE,
        |p| p.margin += Fp::ONE,
        |p| p.registry += Fp::ONE,
        |p| p.membership.as_mut().expect("of a ledger").venue += Fp::ONE,
        |p| p.membership.as_mut().expect("of a ledger").audience += Fp::ONE,
        |p| p.membership.as_mut().expect("of a ledger").scope += Fp::ONE,
    ];
    for change in changes {
        let mut public = case.public();
        change(&mut public);
        let refused = mock(case.tables(), case.shape, case.witness(), &public);
        assert!(refused.expect_err("accepted").contains("Permutation"));
    }
}
