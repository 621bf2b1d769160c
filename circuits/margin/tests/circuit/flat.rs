//! Requirements without tiers: the circuit and the rule agree on every size, and a cheating prover is refused.

use crate::support::*;
use num_bigint::BigUint;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

const BOOKS: Profile = Profile { isolated: Isolated::Compared, ..Profile::FLAT };

/// Runs a tampered witness against the public inputs of the honest one and returns the failures.
fn tampered(case: &Case, tamper: impl FnOnce(&mut CircuitWitness)) -> String {
    let mut witness = case.circuit_witness(XS);
    tamper(&mut witness);
    mock(case.kind(XS), &case.market, witness, &case.public()).expect_err("the lie was accepted")
}

fn assert_refused_by(failures: &str, what: &str) {
    assert!(failures.contains(what), "not refused by {what:?}: {failures}");
}

/// Sums computed by hand: 47 hundredths of a percent of the value, or 130 for each step of size.
#[test]
fn requirements_are_rates_of_the_size() {
    let mut case = case_of(Profile::FLAT);
    case.positions = vec![position(1, 1_200, 0), position(7, -5_000, 0)];
    let figures = margin(&case.account(), &case.market).unwrap();
    let by_value = int(1_200 * 97_000 * 47 * 100);
    let by_quantity = int(5_000 * 130 * 180 * 102);
    assert_eq!(figures.positions[0].requirement, by_value);
    assert_eq!(figures.positions[1].requirement, by_quantity);
    assert_eq!(figures.maintenance, by_value + by_quantity);
    case.set_usdt(int(1 << 90));
    assert_eq!(case.mock(XS), Ok(()));
}

/// The greatest size, whose notional is beyond the end that the format gives an open row.
#[test]
fn no_size_is_beyond_an_open_rate() {
    let most = int(1 << 90);
    for profile in [Profile::FLAT, BOOKS] {
        let mut case = case_of(profile);
        // An entry at the price less funding: no profit is beyond the haircuts.
        case.positions = vec![Position { entry: &most * 168, ..position(7, 1 << 90, 0) }];
        let figures = margin(&case.account(), &case.market).unwrap();
        assert_eq!(figures.maintenance, &most * 130 * 180 * 102, "{profile}");
        case.claim = Claim::new(0, BigUint::ZERO).unwrap();
        assert!(case.native(), "{profile}");
        assert_eq!(case.mock(XS), Ok(()), "{profile}");
    }
    // With a closed end, the market has tiers, and there is no requirement.
    let mut terms = flat_terms();
    terms.tiers[1] =
        BracketedLinear::new(Variable::Quantity, vec![row(0, 1 << 60, 130, 0)]).unwrap();
    let market = Market::new(terms).unwrap();
    assert_eq!(market.profile(), Ok(Profile::EXACT));
    let mut case = Case { market, ..case() };
    case.positions = vec![position(7, -(1 << 61), 0)];
    let refused = margin(&case.account(), &case.market);
    assert_eq!(refused, Err(RuleError::BeyondTiers { instrument: 7 }));
}

/// Value, factor and conversion are the instrument's.
#[test]
fn terms_are_the_instruments() {
    for profile in [Profile::FLAT, BOOKS] {
        let case = case_of(profile);
        for term in 0..3 {
            let failures = tampered(&case, |w| w.positions[0].terms[term] += Fp::ONE);
            assert_refused_by(&failures, "Lookup");
            // An empty slot adds nothing.
            let failures = tampered(&case, |w| w.positions[7].terms[term] = Fp::ONE);
            assert_refused_by(&failures, "Lookup");
        }
        let failures = tampered(&case, |w| w.positions[0].terms = w.positions[2].terms);
        assert_refused_by(&failures, "Lookup");
        let failures = tampered(&case, |w| w.positions[0].side = Fp::ONE);
        assert_refused_by(&failures, "Lookup");
        let failures = tampered(&case, |w| w.positions[0].code = Fp::ONE);
        assert_refused_by(&failures, "Lookup");
        let failures = tampered(&case, |w| w.positions[4].key += Fp::from(2));
        assert_refused_by(&failures, "Lookup");
        let failures = tampered(&case, |w| w.positions[5].used = Fp::ONE);
        assert_refused_by(&failures, "Lookup");
    }
}

/// The flag of the cross book is the key's, and no part of it.
#[test]
fn the_flag_is_that_of_the_key() {
    let mut case = case_of(BOOKS);
    case.set_usdt(int(1 << 90));
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    let isolated = Position { book: Book::Isolated, ..position(2, -50_003, -1 << 60) };
    case.positions.push(isolated);
    assert!(case.native());
    assert_eq!(case.mock(XS), Ok(()));
    assert_refused_by(&tampered(&case, |w| w.positions[0].cross = Fp::ONE), "Lookup");
    assert_refused_by(&tampered(&case, |w| w.positions[1].cross = Fp::ZERO), "Lookup");
    assert_refused_by(&tampered(&case, |w| w.positions[7].cross = Fp::ONE), "Lookup");
    let half = Fp::from(2).invert().unwrap();
    assert_refused_by(&tampered(&case, |w| w.positions[0].cross = half), "cross is boolean");
}

/// Tiers that no slot of the profile reads are ignored.
#[test]
fn a_slot_has_no_tier_row() {
    let case = case_of(Profile::FLAT);
    let tables = MarketTables::new(&case.market).unwrap();
    // The zero row, the empty slot of an asset, and the rows of three assets.
    assert_eq!(tables.brackets().len(), 2 + 3 * 2);
    let mut witness = case.circuit_witness(XS);
    witness.positions[0].bracket.slope = Fp::from(5);
    assert_eq!(mock(case.kind(XS), &case.market, witness, &case.public()), Ok(()));
}

/// Lighter's 88 positions with isolated books, of a ledger too.
#[test]
fn ninety_six_positions_fit_the_smallest_circuit() {
    for anchor in Anchor::ALL {
        let case = case_of(BOOKS);
        let tables = MarketTables::new(&case.market).unwrap();
        let k = |shape| smallest_circuit(Kind::of(BOOKS, anchor, shape), &tables).unwrap().k.get();
        assert_eq!(k(Shape::Ml), 10, "{anchor:?}");
        assert_eq!(k(Shape::Lm), 11, "{anchor:?}");
        assert_eq!(k(Shape::L), 12, "{anchor:?}");
    }
}
