//! Own parameters that no figure reads: the account's commitment opens with them, and with no others.

use crate::support::*;
use zkmargin_circuit::halo2::Fp;
use zkmargin_circuit::*;
use zkmargin_model::circuit::Shape;
use zkmargin_model::rule::*;
use zkmargin_model::widths::OWN_BITS;

const S: Shape = Shape::S;

const OWN: Profile = Profile { own: true, ..Profile::EXACT };

/// With isolated books and without tiers, where the core has no cell left.
const FLAT: Profile = Profile { own: true, isolated: Isolated::Compared, ..Profile::FLAT };

const PACKED: &str = "packed = entry + 2^99 (size - 1) + 2^189 key + 2^207 own";

/// A figure does not change with them; the commitment does. The widest, and none at all.
#[test]
fn any_own_parameter_opens_and_none_is_read() {
    for profile in [OWN, FLAT] {
        let with = |own: u32| {
            let mut case = case_of(profile);
            case.positions.iter_mut().for_each(|p| p.own = own);
            case
        };
        let none = with(0);
        let figures = margin(&none.account(), &none.market).unwrap();
        for own in [0, 1, (1 << OWN_BITS) - 1] {
            let case = with(own);
            let of_case = margin(&case.account(), &case.market).unwrap();
            assert_eq!(
                (of_case.equity, of_case.maintenance),
                (figures.equity.clone(), figures.maintenance.clone())
            );
            assert_eq!(case.mock(S), Ok(()), "{profile} {own}");
            assert_eq!(case.public().account == none.public().account, own == 0);
        }
        // The same account has no proof where records have none.
        let without = case_of(Profile { own: false, ..profile });
        let other = with(3).at(without.market);
        let witness = Witness {
            account: other.account(),
            secrets: other.secrets.clone(),
            margin_blinding: other.margin_blinding,
        };
        let figures = margin(&witness.account, &other.market).unwrap();
        assert!(CircuitWitness::new(S, &other.market, &witness, &figures, &other.claim).is_none());
    }
}

/// A balance has no term for one.
#[test]
fn a_balance_has_no_own_parameter() {
    let mut case = case_of(OWN);
    case.balances[0].own = 1;
    let witness = Witness {
        account: case.account(),
        secrets: case.secrets.clone(),
        margin_blinding: case.margin_blinding,
    };
    let figures = margin(&witness.account, &case.market).unwrap();
    assert!(CircuitWitness::new(S, &case.market, &witness, &figures, &case.claim).is_none());
    let without = case_of(OWN).circuit_witness(S);
    assert!(mock(case.kind(S), &case.market, without, &case.public()).is_err());
}

#[test]
fn the_own_parameter_is_the_committed_one() {
    for profile in [OWN, FLAT] {
        let case = case_of(profile);
        // One more, none, that of another position; wider than 27 bits, or below zero, for what it adds to the key.
        for own in [701, 0, 5] {
            refused_by(&case, "Permutation", |w| w.positions[0].own = Fp::from(own));
        }
        for own in [Fp::from(1 << OWN_BITS), -Fp::from(1)] {
            refused_by(&case, PACKED, |w| w.positions[0].own = own);
        }
        refused_by(&case, "an empty slot is zero", |w| w.positions[7].own = Fp::from(1));
        // Size, entry or key in the place of each other in the word.
        refused_by(&case, "Permutation", |w| {
            w.positions[0].entry += Fp::from(1);
        });
    }
}

/// One commitment opens in the circuits of two requirements of one registry: of which one divides by the own parameter, and
/// the other does not read it.
#[test]
fn one_commitment_serves_two_requirements() {
    let leverage = Profile { leverage: true, ..Profile::GENERAL };
    let mut maintenance = case_of(OWN);
    maintenance.balances.iter_mut().for_each(|b| b.balance = int(1 << 80));
    let initial = maintenance.clone().at(market_of(leverage));
    assert_eq!(maintenance.public().account, initial.public().account);
    assert_ne!(maintenance.public().margin, initial.public().margin);
    for case in [&maintenance, &initial] {
        assert_eq!(case.mock(S), Ok(()));
        // Not with another parameter in either.
        refused_by(case, "Permutation", |w| w.positions[0].own += Fp::from(1));
    }
}
