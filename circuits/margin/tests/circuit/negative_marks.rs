//! Marks at zero or below: the circuit and the rule agree at the boundary and one unit either side, and a value keeps the
//! sign of its mark.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::circuit::Shape;
use zkmargin_model::claim::Claim;
use zkmargin_model::field::to_field;
use zkmargin_model::rule::*;

const XS: Shape = Shape::Xs;

/// Instruments 1, 2 and 7 at marks of these signs, where the market has all of them above zero.
fn market(terms: MarketTerms, signs: [i128; 3]) -> Market {
    let mut terms = terms;
    for (instrument, sign) in terms.instruments.iter_mut().zip(signs) {
        let num: BigInt = instrument.value.num() * sign;
        instrument.requirement = LinearStep::exact(num.magnitude().clone().into());
        instrument.value = LinearStep::exact(num);
    }
    Market::new(terms).unwrap()
}

/// Long and short, in tiers by value and by quantity, hedged and not.
fn positions() -> Vec<Position> {
    vec![
        position(1, 1_200, -90_000_000),
        position(1, -700, 60_000_000),
        position(2, -20_000, 35_000_000),
        position(7, 1_500, -400_000),
    ]
}

#[test]
fn the_circuit_agrees_at_the_boundary() {
    for (profile, terms) in [(Profile::EXACT, market_terms()), (Profile::FLAT, flat_terms())] {
        for signs in [[-1, -1, -1], [0, 1, -1]] {
            let mut case = Case { market: market(terms.clone(), signs), ..case() };
            assert_eq!(case.market.profile(), Ok(profile));
            case.positions = positions();
            // Index 100 and no haircut: a unit of the balance is 10^6 of equity.
            case.set_usdt(int(200_000_000));
            let figures = margin(&case.account(), &case.market).unwrap();
            // By hand: values with the marks' signs, less entries.
            let [a, b, c] = signs;
            let of_usdt = 200_000_000 + a * 97_000 * (1_200 - 700) + 30_000_000
                - b * 3_500 * 20_000
                - 35_000_000;
            let rate = if of_usdt < 0 { 11_000 } else { 10_000 };
            assert_eq!(figures.assets[0].collateral, int(of_usdt * 100 * rate), "{signs:?}");
            assert_eq!(figures.positions[3].pnl, int(c * 180 * 1_500 + 400_000), "{signs:?}");
            let equity = figures.equity.to_biguint().unwrap();
            for (floor, holds) in [(equity.clone(), true), (equity + 1u8, false)] {
                case.claim = Claim::new(0, floor).unwrap();
                assert_eq!((case.native(), case.mock(XS).is_ok()), (holds, holds), "{signs:?}");
            }
            let level: BigInt = &figures.equity * 10_000 / &figures.maintenance;
            let level = u32::try_from(level.min(int(1 << 16))).unwrap();
            for level in [level, level + 1] {
                case.claim = Claim::new(level, BigUint::ZERO).unwrap();
                assert_eq!(case.mock(XS).is_ok(), case.native(), "{signs:?} {level}");
            }
        }
    }
}

/// What a cheating prover tries: the mark's magnitude in a long position's value, or its sign in the notional.
#[test]
fn a_value_keeps_the_sign_of_its_mark() {
    let mut case = Case { market: market(market_terms(), [-1, -1, -1]), ..case() };
    case.positions = positions();
    case.set_usdt(int(200_000_000));
    assert_eq!(case.mock(XS), Ok(()));
    let public = case.public();
    // The value is the first of a slot's terms, and what makes the tier variable the second.
    for (term, num) in [(0, 97_000), (1, -97_000)] {
        let mut witness = case.circuit_witness(XS);
        let honest = to_field(&BigInt::from(-num));
        assert_eq!(witness.positions[0].terms[term], honest);
        witness.positions[0].terms[term] = -honest;
        let failures = mock(case.kind(XS), &case.market, witness, &public).unwrap_err();
        assert!(failures.contains("Lookup"), "{failures}");
    }
    // At zero, any value but none.
    case.market = market(market_terms(), [0, -1, -1]);
    let mut witness = case.circuit_witness(XS);
    witness.positions[0].terms[0] += Fp::ONE;
    let failures = mock(case.kind(XS), &case.market, witness, &case.public()).unwrap_err();
    assert!(failures.contains("Lookup"), "{failures}");
}
