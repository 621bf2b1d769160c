//! Claims that an account does not meet a level: the exact opposite of those that it does, on the same cells.

use crate::support::*;
use num_bigint::BigInt;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::margin_commitment;
use zkmargin_model::floor::Floor;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

fn deficiency() -> Claim {
    Claim::deficiency(10_000).unwrap()
}

/// At the least balance that is enough, and one unit either side of it.
fn around_the_boundary(mut case: Case) -> [Case; 3] {
    case.claim = Claim::with_floor(10_000, Floor::none()).unwrap();
    let (mut missed, mut met) = (int(-1 << 50), int(1 << 50));
    while &met - &missed > int(1) {
        let middle: BigInt = (&missed + &met) / 2;
        case.set_usdt(middle.clone());
        if case.native() { met = middle } else { missed = middle }
    }
    [met.clone() + 1, met, missed].map(|balance| {
        let mut case = case.clone();
        case.set_usdt(balance);
        case
    })
}

#[test]
fn one_of_the_two_claims_is_proven() {
    let left_out = Profile { isolated: Isolated::LeftOut, ..Profile::EXACT };
    let exempt = Profile { exempt: true, ..Profile::EXACT };
    for profile in [Profile::EXACT, exempt, left_out, Profile::GENERAL] {
        // Both where it is cheap.
        let equalities: &[bool] = if profile == Profile::EXACT { &[true, false] } else { &[true] };
        for &equality in equalities {
            let mut terms = terms_of(profile);
            terms.equality_is_healthy = equality;
            terms.no_requirement_is_healthy = profile.exempt;
            let market = Market::new(terms).unwrap();
            let books = Books { isolated: profile.isolated, ..market.books() };
            let case = case_of(Profile { exempt: false, ..profile });
            let case = Case { market: market.of_books(books).unwrap(), ..case };
            assert_eq!(case.market.profile(), Ok(profile));
            let around = around_the_boundary(case).into_iter().enumerate();
            for (at, health) in around.skip(usize::from(!equality || profile != Profile::EXACT)) {
                let lack = Case { claim: deficiency(), ..health.clone() };
                assert_eq!((health.native(), lack.native()), (at < 2, at == 2), "{profile} {at}");
                assert_eq!(health.mock(XS).is_ok(), at < 2, "{profile} {at}");
                assert_eq!(lack.mock(XS).is_ok(), at == 2, "{profile} {at}");
            }
        }
    }
}

/// Whatever its equity, such a book is not deficient.
#[test]
fn nothing_required_is_no_deficiency() {
    let mut terms = market_terms();
    terms.no_requirement_is_healthy = true;
    let market = Market::new(terms).unwrap();
    let mut case = Case { market, positions: vec![], claim: deficiency(), ..case() };
    case.balances = vec![balance(1, -5)];
    assert!(!case.native());
    let refused = case.mock(XS).expect_err("accepted");
    assert!(refused.contains("not negative"), "{refused}");
    // Where it is not exempt, the debt is one.
    case.market = Market::new(market_terms()).unwrap();
    assert!(case.native());
    assert_eq!(case.mock(XS), Ok(()));
}

/// Every isolated position is compared there: the opposite is that one of them falls short, which no comparison says.
#[test]
fn every_isolated_position_is_no_subject_of_it() {
    let profile = Profile { isolated: Isolated::Compared, ..Profile::EXACT };
    let mut case = case_of(profile);
    case.claim = deficiency();
    case.set_usdt(int(-1 << 50));
    assert!(!case.native());
    let refused = case.mock(XS).expect_err("accepted");
    assert!(refused.contains("Permutation"), "{refused}");
}

/// The direction is the public one, whatever else the prover says, and equity and requirement are the account's.
#[test]
fn a_healthy_account_is_shown_deficient_by_no_lie() {
    let [_, healthy, lacking] = around_the_boundary(case());
    let public = |case: &Case, claim| {
        let mut public = case.public();
        public.claim = claim;
        public
    };
    // Another direction in the cells than in the statement, either way.
    for (case, claim, cell) in [
        (&healthy, deficiency(), Fp::ZERO),
        (&lacking, healthy.claim.clone(), Fp::ONE),
        (&lacking, deficiency(), Fp::ZERO),
        (&healthy, deficiency(), Fp::from(2).invert().unwrap()),
    ] {
        let mut witness = case.circuit_witness(XS);
        witness.deficient = cell;
        let refused = mock(case.kind(XS), &case.market, witness, &public(case, claim));
        assert!(refused.expect_err("accepted").contains("Permutation"));
    }
    // A requirement that is one unit too high, in the published commitment too.
    let lie = Case { claim: deficiency(), ..healthy };
    let figures = margin(&lie.account(), &lie.market).unwrap();
    let mut claimed = public(&lie, deficiency());
    let raised = &figures.maintenance + 1;
    claimed.margin = margin_commitment(&figures.equity, &raised, lie.margin_blinding).element();
    assert!(mock(lie.kind(XS), &lie.market, lie.circuit_witness(XS), &claimed).is_err());
}
