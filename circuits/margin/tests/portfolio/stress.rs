//! Claims about what a stress leaves of the equity.

use crate::markets::{account, lines, one_unit, whole};
use crate::support::{Case, mock};
use num_bigint::{BigInt, BigUint};
use num_integer::Integer;
use num_traits::Zero;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_model::claim::Claim;
use zkmargin_model::floor::Floor;
use zkmargin_model::portfolio::{Market, Role, Stress, Terms, stress};

const NAME: &str = "most";

/// Cases at the market of a stress of all scenarios but the last, with the whole market: accounts that lose in it.
fn cases() -> Vec<(Market, Case)> {
    let of = |mut terms: Terms| {
        let columns = terms.columns.iter().enumerate();
        let scenarios = columns.filter(|(_, c)| c.role == Role::Scenario).map(|(at, _)| at);
        let mut columns: Vec<usize> = scenarios.collect();
        columns.pop();
        terms.stresses = vec![Stress { name: NAME.to_owned(), columns }];
        let market = Market::new(terms).unwrap();
        let alone = market.of_stress(NAME).unwrap().unwrap();
        let case = |seed| Case::new(&alone, account(&market, seed, 0.2), 8);
        let loses = |case: &Case| !case.figures().requirement.is_zero();
        let case = (0..64).map(case).find(loses).expect("some account loses");
        (market, case)
    };
    vec![of(one_unit()), of(whole()), of(lines())]
}

/// The circuit of a stress says what the rule says of the whole market, at floors and at the balance with which they are
/// just kept.
#[test]
fn a_floor_is_kept_or_not() {
    for (whole, case) in cases() {
        let left = |case: &Case| stress(&case.account, &whole, NAME).unwrap();
        let found = left(&case);
        let scale = found.scale.clone();
        let lost: BigInt = found.units.iter().map(|u| &u.loss).sum();
        assert!(lost > BigInt::zero(), "the stress loses something");
        for floor in [0u32, 7_000] {
            let claim = Claim::new(10_000, floor.into()).unwrap();
            // The least equity that leaves the floor.
            let least = (&lost + BigInt::from(floor) * &scale).div_ceil(&scale);
            for more in [0, -1] {
                let at = Case { claim: claim.clone(), ..case.with_equity(&least, more) };
                let keeps = left(&at).keeps(&floor.into());
                assert_eq!(at.native(), keeps, "the rule of the stress is that of the market");
                let circuit = at.mock();
                assert_eq!(circuit.is_ok(), keeps, "{circuit:?}");
            }
        }
    }
}

/// A floor below zero is decided as any other, and one as wide as a statement can have proves nothing that does not hold.
#[test]
fn a_floor_below_zero_proves_nothing_false() {
    let (whole, case) = cases().remove(0);
    let figures = stress(&case.account, &whole, NAME).unwrap();
    let lost: BigInt = figures.units.iter().map(|u| &u.loss).sum();
    let of = |floor: &Floor, equity: &BigInt, more| {
        let claim = Claim::with_floor(10_000, floor.clone()).unwrap();
        Case { claim, ..case.with_equity(equity, more) }
    };
    let floor = BigInt::from(-7_000);
    let least = (&lost + &floor * &figures.scale).div_ceil(&figures.scale);
    for more in [0, -1] {
        let at = of(&floor.clone().into(), &least, more);
        assert_eq!(at.native(), more == 0);
        assert_eq!(at.mock().is_ok(), more == 0);
    }
    let lowest = Floor::from(1 - (BigInt::from(1) << 199));
    for floor in [lowest, Floor::none()] {
        // Equity far below zero, and the largest loss said to be another than it is.
        let at = of(&floor, &BigInt::from(-(1i64 << 60)), 0);
        assert!(at.native() || at.mock().is_err());
        let mut witness = at.witness();
        witness.pages.last_mut().unwrap().unit.scan -= Fp::ONE;
        assert!(mock(at.tables(), at.shape, witness, &at.public()).is_err());
    }
}

/// A floor that the equity has, but not what the losses leave of it.
#[test]
fn a_floor_of_the_equity_alone_is_refused() {
    let (whole, case) = cases().remove(0);
    let figures = stress(&case.account, &whole, NAME).unwrap();
    assert!(figures.left() < &figures.equity * &figures.scale, "something is lost");
    let case = case.with_equity(&(1u64 << 30).into(), 0);
    let floor = BigUint::try_from(case.figures().equity).unwrap();
    let claim = Claim::new(10_000, floor.clone()).unwrap();
    let refused = Case { claim, ..case.clone() }.mock().expect_err("accepted");
    assert!(refused.contains("next row of a long word"), "{refused}");

    // Another floor in the comparison than the public one.
    let claim = Claim::new(10_000, floor).unwrap();
    let lie = Case { claim, ..case.clone() };
    let mut witness = lie.witness();
    witness.floor = Fp::ZERO;
    let refused = mock(lie.tables(), lie.shape, witness, &lie.public()).expect_err("accepted");
    assert!(refused.contains("Permutation"), "{refused}");

    // A largest loss that is too low.
    let case = Case { claim: Claim::new(10_000, BigUint::ZERO).unwrap(), ..case };
    let mut witness = case.witness();
    let last = witness.pages.last_mut().unwrap();
    last.unit.scan -= Fp::ONE;
    assert!(mock(case.tables(), case.shape, witness, &case.public()).is_err());
}
