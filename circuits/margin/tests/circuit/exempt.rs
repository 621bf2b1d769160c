//! A book of which nothing is required: healthy where the venue says so, and only then.

use crate::support::*;
use num_bigint::BigUint;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::floor::Floor;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// A strict market, at which the first tier of instrument 1 and its like requires nothing.
fn market(exempts: bool) -> Market {
    let mut terms = market_terms();
    let mut rows = terms.tiers[0].rows().to_vec();
    (rows[0].slope, rows[0].intercept) = (int(0), int(0));
    terms.tiers[0] = BracketedLinear::new(Variable::Value, rows).unwrap();
    terms.equality_is_healthy = false;
    terms.no_requirement_is_healthy = exempts;
    Market::new(terms).unwrap()
}

#[test]
fn nothing_required_is_decided_both_ways() {
    for exempts in [false, true] {
        let market = market(exempts);
        let profile = Profile { exempt: exempts, ..Profile::EXACT };
        assert_eq!(market.profile(), Ok(profile));
        // 515 steps of 97,000 are in the first tier, one more requires something.
        for (size, required) in [(0, false), (515, false), (516, true)] {
            let mut case = Case { market: market.clone(), ..case() };
            case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
            case.balances = vec![balance(1, 0)];
            case.positions = vec![position(1, size, size * 97_000)];
            case.positions.retain(|p| p.size > BigUint::ZERO);
            assert_eq!(case.native(), exempts && !required, "{exempts} {size}");
            assert_eq!(case.mock(XS).is_ok(), case.native(), "{exempts} {size}");
            // With something in the book, the level alone decides; a debt is below the floor.
            case.set_usdt(int(1 << 60));
            assert_eq!(case.mock(XS), Ok(()), "{exempts} {size}");
            case.set_usdt(int(-1));
            assert!(!case.native());
            let refused = case.mock(XS).expect_err("below the floor");
            assert!(refused.contains("not negative"), "{refused}");
        }
    }
}

/// What an exemption is not from: the floor, below zero and at the ends of its width too.
#[test]
fn a_floor_of_an_exempt_book_is_kept_to_the_unit() {
    let mut case = Case { market: market(true), ..case() };
    case.balances = vec![balance(1, -1)];
    case.positions = vec![];
    let equity = margin(&case.account(), &case.market).unwrap().equity;
    assert!(equity < int(0));
    let end = (int(1) << 199) - 1;
    let floors = [-&end, &equity - 1, equity.clone(), &equity + 1, end];
    let floors = floors.map(Floor::from).into_iter().chain([Floor::none()]);
    for floor in floors {
        let met = equity >= *floor.amount();
        case.claim = Claim::with_floor(20_000, floor).unwrap();
        assert_eq!(case.native(), met, "{:?}", case.claim);
        assert_eq!(case.mock(XS).is_ok(), met, "{:?}", case.claim);
        // Another floor than the public one.
        let mut witness = case.circuit_witness(XS);
        witness.floor -= Fp::ONE;
        assert!(mock(case.kind(XS), &case.market, witness, &case.public()).is_err());
    }
}

/// Beside notionals at entry: an entry of nothing requires nothing, and one of a unit something.
#[test]
fn a_notional_at_entry_of_nothing_is_exempt() {
    let profile = Profile { entry: true, exempt: true, ..Profile::GENERAL };
    for (entry, met) in [(0, true), (1 << 40, false), (-(1 << 40), false)] {
        let mut case = case_of(profile);
        case.positions = vec![position(300, 1, entry)];
        case.balances = vec![balance(1, -(1 << 60)), balance(2, 1 << 41)];
        case.claim = Claim::with_floor(10_000, Floor::none()).unwrap();
        assert_eq!(case.native(), met, "{entry}");
        assert_eq!(case.mock(XS).is_ok(), met, "{entry}");
    }
}

/// Isolated books are held against their own requirements: no circuit proves both.
#[test]
fn isolated_books_are_not_exempt() {
    let mut terms = terms_of(Profile { isolated: Isolated::Compared, ..Profile::EXACT });
    terms.no_requirement_is_healthy = true;
    let why = Market::new(terms).unwrap().profile().expect_err("no circuit").to_string();
    assert_eq!(
        why,
        "no circuit proves the isolated book of instrument 1: nothing required is healthy"
    );
}
