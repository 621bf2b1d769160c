//! Requirements by own leverages: the circuit at every rounding and at the ends of the leverage, and a prover who cheats.

use crate::support::*;
use num_bigint::{BigInt, BigUint};
use num_traits::Signed;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::*;
use zkmargin_model::claim::Claim;
use zkmargin_model::commitment::margin_commitment;
use zkmargin_model::rule::*;
use zkmargin_model::widths::OWN_BITS;

const XS: Shape = Shape::Xs;

const LEVERAGE: Profile = Profile { leverage: true, ..Profile::GENERAL };

/// A word that is negative, or too wide, has no limbs.
const NO_LIMBS: &str = "word of three rows";

/// Number of slots with a leverage of their own, and with the default.
const OWN: usize = 2;
const DEFAULT: usize = 4;

fn leverages() -> Case {
    let case = case_of(LEVERAGE);
    assert_eq!(case.mock(XS), Ok(()));
    case
}

/// An account of one position, with balances far above what it requires.
fn held(instrument: u32, size: i128, own: u32) -> Case {
    let mut case = case_of(LEVERAGE);
    case.positions = vec![Position { own, ..position(instrument, size, 0) }];
    case.set_usdt(int(1 << 80));
    case
}

/// The market with another leverage of the instrument of one rate.
fn flat_market(leverage: Option<Leverage>) -> Market {
    let mut terms = terms_of(LEVERAGE);
    terms.instruments[3].elements.leverage = leverage;
    Market::new(terms).unwrap()
}

/// What the only position requires, in the unit of the larger of both: the index of its settlement asset is left out.
fn required(case: &Case) -> BigInt {
    let figures = margin(&case.account(), &case.market).unwrap();
    let requirement = &figures.positions[0].requirement;
    let group = case.market.instrument(case.positions[0].instrument).unwrap().group;
    requirement / &case.market.terms().groups[group].requirement_index
}

/// By hand: a notional of 250 at a rate of 30, in sevenths and times four; and 200/3 of it over the leverage.
#[test]
fn either_requirement_decides_by_hand() {
    // 250 * 30 / 7 = 1071.4; 250 * 200 / 3 = 16666.67 over 1, 2, 3, 4.
    for (own, expected) in [(1, 16_667), (2, 8_333), (0, 5_556), (3, 5_556), (4, 4_284), (5, 4_284)]
    {
        let case = held(300, 10, own);
        assert_eq!(required(&case), int(expected), "{own}");
        assert_eq!(case.mock_in([2, 4]), Ok(()), "{own}");
        let decides = case.circuit_witness(XS).positions[0].general.leverage.decides;
        assert_eq!(decides, Fp::from(u64::from(expected != 4_284)), "{own}");
    }
}

/// In each mode, with ties and other remainders, the requirement that is committed to is the rule's: neither one unit less nor
/// one more has a proof.
#[test]
fn every_rounding_of_an_odd_and_an_even_divisor() {
    for (at, mode) in Rounding::ALL.into_iter().enumerate() {
        // 275,550 over 4 and over 12 are ties.
        let all = [(2, vec![2, 7, 17]), (3, vec![4, 7, 17])];
        for (den, leverages) in all.into_iter().skip(if is_long() { 0 } else { at % 2 }) {
            let step = LinearStep::rounded(int(1_002), int(den), mode, int(1)).unwrap();
            let market = flat_market(Leverage::new(9, step));
            for own in leverages.into_iter().take(if is_long() { 3 } else { 2 }) {
                let case = held(300, -11, own).at(market.clone());
                // Twice the distance to the quotient, in parts of the divisor.
                let divisor = den * i128::from(own);
                let twice: BigInt = 2 * (required(&case) * int(divisor) - int(275_550));
                let fits = match mode {
                    Rounding::Floor | Rounding::Truncate => twice <= int(0),
                    Rounding::Ceil | Rounding::Away => twice >= int(0),
                    Rounding::NearestUp | Rounding::NearestAway => twice > int(-divisor),
                    Rounding::NearestZero => twice < int(divisor),
                };
                assert!(fits && twice.abs() < int(2 * divisor), "{mode:?} {den} {own}");
                assert_eq!(case.mock_in([2, 4]), Ok(()), "{mode:?} {den} {own}");
            }
        }
        let step = LinearStep::rounded(int(1_002), int(2), mode, int(1)).unwrap();
        let case = held(300, -11, 7).at(flat_market(Leverage::new(9, step)));
        let figures = margin(&case.account(), &case.market).unwrap();
        for off in [-1, 1] {
            let (equity, requirement) = (&figures.equity, &figures.maintenance + off);
            let margin = margin_commitment(equity, &requirement, case.margin_blinding).element();
            let public = PublicInputs { margin, ..case.public() };
            let outcome = mock(case.kind(XS), &case.market, case.circuit_witness(XS), &public);
            assert!(outcome.expect_err("another requirement").contains("Permutation"));
        }
    }
}

/// A size at which both require the same: of equal figures it is that of tiers, and one unit of leverage decides on either side.
#[test]
fn equal_requirements_and_one_unit_beside() {
    let mut terms = leverages().market.terms().clone();
    let flat = &mut terms.instruments[3];
    flat.requirement_rounding = vec![];
    // 30 of a notional, and 600 over the leverage: equal at 20.
    flat.elements.leverage = Leverage::new(20, LinearStep::exact(int(600)));
    let market = Market::new(terms).unwrap();
    for (own, of_one) in [(19, 790), (20, 750), (21, 750), (0, 750)] {
        let case = held(300, 1, own).at(market.clone());
        // 25 * 600 / 19 = 789.5, of which no rounding was declared but down.
        let expected = if own == 19 { 789 } else { of_one };
        assert_eq!(required(&case), int(expected), "{own}");
        assert_eq!(case.mock_in([2, 4]), Ok(()), "{own}");
    }
    let case = held(300, 1, 20).at(market);
    refused_by(&case, NO_LIMBS, |w| w.positions[0].general.leverage.decides = Fp::ONE);
}

#[test]
fn the_larger_requirement_counts() {
    let case = leverages();
    for at in [0, 1, OWN, 3, DEFAULT, 7] {
        let decides = case.circuit_witness(XS).positions[at].general.leverage.decides;
        assert_eq!(decides == Fp::ONE, at == OWN || at == DEFAULT);
        refused_by(&case, NO_LIMBS, |w| {
            w.positions[at].general.leverage.decides = Fp::ONE - decides;
        });
        refused_by(&case, "is y is boolean", |w| {
            w.positions[at].general.leverage.decides = Fp::from(2);
        });
    }
}

/// However large a leverage is, the public rate is required.
#[test]
fn no_leverage_goes_below_the_public_rate() {
    let [most, moderate] = [(1 << OWN_BITS) - 1, 1_000].map(|own| held(2, -50_000, own));
    assert_eq!(required(&most), required(&moderate));
    assert_eq!(most.mock_in([2, 4]), Ok(()));
    assert!(required(&held(2, -50_000, 5)) > required(&most));
    refused_by(&most, NO_LIMBS, |w| w.positions[0].general.leverage.decides = Fp::ONE);
    refused_by(&most, "own is its limbs", |w| {
        w.positions[0].own = Fp::from(1 << OWN_BITS);
    });
}

#[test]
fn the_leverage_is_the_committed_one() {
    let case = leverages();
    // A larger one, none, that of another position, and one in an empty slot.
    for own in [6, 700, 0] {
        refused_by(&case, "Permutation", |w| {
            w.positions[OWN].own = Fp::from(own);
            w.positions[OWN].general.has_own = Fp::from(u64::from(own != 0));
        });
    }
    refused_by(&case, "an empty slot is zero", |w| w.positions[7].own = Fp::ONE);
    // None is said to be one, which would be zero and divide by nothing; and one to be none, for the default.
    refused_by(&case, "has own = own / own", |w| {
        w.positions[DEFAULT].general.has_own = Fp::ONE;
    });
    refused_by(&case, "own without a flag is zero", |w| {
        w.positions[OWN].general.has_own = Fp::ZERO;
        w.positions[OWN].general.leverage.decides = Fp::ZERO;
    });
    // In another account's place.
    let mut other = leverages();
    other.positions[OWN].own += 1;
    let outcome = mock(case.kind(XS), &case.market, other.circuit_witness(XS), &case.public());
    assert!(outcome.expect_err("the lie was accepted").contains("Permutation"));
}

#[test]
fn divisor_rounding_and_units_are_those_of_the_instrument() {
    let case = leverages();
    for at in [1, OWN, DEFAULT] {
        let rows = case.circuit_witness(XS).positions[at].general.leverage.rows;
        for part in 0..rows.len() {
            // A smaller factor, a larger divisor, an offset of another mode, another unit.
            for change in [Fp::ONE, -Fp::ONE] {
                refused_by(&case, "Lookup", |w| {
                    w.positions[at].general.leverage.rows[part].slope += change;
                });
                refused_by(&case, "Lookup", |w| {
                    w.positions[at].general.leverage.rows[part].intercept += change;
                });
            }
            refused_by(&case, "Lookup", |w| {
                w.positions[at].general.leverage.rows[part].last = -Fp::ONE;
            });
        }
        // Those of another instrument, and of none.
        let other = if at == OWN { DEFAULT } else { OWN };
        let of_other = case.circuit_witness(XS).positions[other].general.leverage.rows;
        refused_by(&case, "Lookup", |w| w.positions[at].general.leverage.rows = of_other);
        let of_none = case.circuit_witness(XS).positions[7].general.leverage.rows;
        refused_by(&case, "Lookup", |w| w.positions[at].general.leverage.rows = of_none);
    }
}

/// In its own book a position's requirement is that by its leverage too.
#[test]
fn an_isolated_position_is_required_by_its_leverage() {
    let isolated = Isolated::Compared;
    let profile = Profile { leverage: true, isolated, ..Profile::GENERAL };
    let mut case = case_of(profile);
    case.claim = Claim::new(10_000, BigUint::ZERO).unwrap();
    case.set_usdt(int(1 << 80));
    case.positions[DEFAULT].book = Book::Isolated;
    let book = |case: &Case| {
        let figures = margin(&case.account(), &case.market).unwrap();
        let at = case.account().positions().iter().position(|p| p.book == Book::Isolated).unwrap();
        figures.positions[at].isolated.clone().unwrap()
    };
    // Equity in units of the market's own, so that what a margin leaves above the requirement is less than one of them.
    let unit = case.market.terms().isolated_unit.clone().unwrap();
    let lacks = &book(&case).requirement - &book(&case).equity;
    let margin_units = num_integer::Integer::div_ceil(&lacks, &unit);
    case.positions[DEFAULT].entry -= margin_units;
    assert!(case.native());
    assert_eq!(case.mock(XS), Ok(()));
    case.positions[DEFAULT].entry += 1;
    assert!(!case.native());
    assert!(case.mock(XS).is_err());
    // At a higher leverage tiers decide, and the same margin covers them.
    case.positions[DEFAULT].own = 4;
    assert_eq!(case.native(), case.mock(XS).is_ok());
}
