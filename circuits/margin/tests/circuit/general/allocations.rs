//! Allocations of isolated positions: what they make of books, and lies about them, each refused by the named constraint.

use crate::support::*;
use zkmargin_circuit::halo2::{Field, Fp};
use zkmargin_circuit::*;
use zkmargin_model::circuit::Shape;
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::*;

/// The least shape, which holds the case.
const S: Shape = Shape::Xs;

/// The general profile with allocations, in which this becomes of isolated positions.
fn profile(isolated: Isolated) -> Profile {
    Profile { isolated, orders: true, allocations: true, ..Profile::GENERAL }
}

/// A claim about these books of an account with one isolated position, its first.
fn case_with(isolated: Isolated) -> Case {
    let mut case = case_of(profile(isolated));
    case.positions[0].book = Book::Isolated;
    case.allocations[0] = 1 << 61;
    if isolated.names_position() {
        let instrument = u16::try_from(case.positions[0].instrument).unwrap();
        let instrument = instrument.try_into().unwrap();
        case.named = Some(PositionName { instrument, side: case.positions[0].side });
    }
    if isolated == Isolated::Only {
        case.claim = zkmargin_model::claim::Claim::margin();
    }
    case
}

fn books() -> Case {
    let case = case_with(Isolated::Compared);
    assert_eq!(case.mock(S), Ok(()));
    case
}

#[test]
fn an_allocation_is_that_of_the_leaf() {
    let case = books();
    for change in [Fp::ONE, -Fp::ONE] {
        refused_by(&case, "Permutation", |w| w.positions[0].general.orders.allocation += change);
    }
    for wide in [Fp::from(1 << 63), -Fp::ONE] {
        refused_by(&case, "allocation is its limbs", |w| {
            w.positions[0].general.orders.allocation = wide;
        });
    }
    // A part of one figure in another, in a word that stays what it is.
    type Carried = (&'static str, fn(&mut OrdersHint));
    let carried: [Carried; 3] = [
        ("81 bits beside an allocation", |of| {
            of.bids += power_of_two(81);
            of.asks -= Fp::ONE;
        }),
        ("81 bits beside an allocation", |of| {
            of.asks += power_of_two(81);
            of.count -= Fp::ONE;
        }),
        ("count is its limbs", |of| {
            of.count += power_of_two(18);
            of.allocation -= Fp::ONE;
        }),
    ];
    for (what, change) in carried {
        refused_by(&case, what, |w| change(&mut w.positions[0].general.orders));
    }
    refused_by(&case, "an empty slot has no orders", |w| {
        w.positions[6].general.orders.allocation = Fp::ONE;
    });
    refused_by(&case, "the cross book has no allocation", |w| {
        w.positions[3].general.orders.allocation = Fp::ONE;
    });
    // Results of another asset are worth another unit.
    refused_by(&case, "Lookup", |w| w.positions[0].general.units.last += Fp::ONE);
}

/// One unit of a balance decides, whatever the cross book has: what it is worth is rounded twice.
#[test]
fn an_allocation_meets_the_level_by_itself() {
    for isolated in [Isolated::Compared, Isolated::Only] {
        let mut case = case_with(isolated);
        let (mut short, mut enough) = (0u64, case.allocations[0]);
        // The greatest power of two that the whole of it makes good.
        let losing = |loss: &num_bigint::BigInt| {
            let mut case = case.clone();
            case.positions[0].entry += loss;
            case
        };
        let mut loss = int(1);
        while losing(&(&loss * 2)).native() {
            loss *= 2;
        }
        case = losing(&loss);
        while enough - short > 1 {
            case.allocations[0] = short + (enough - short) / 2;
            let is_met = case.native();
            *(if is_met { &mut enough } else { &mut short }) = case.allocations[0];
        }
        for (allocation, is_met) in [(short, false), (enough, true)] {
            case.allocations[0] = allocation;
            assert_eq!((case.native(), case.mock(S).is_ok()), (is_met, is_met), "{isolated:?}");
        }
    }
}

/// Claims that leave the book out hold whatever it lacks.
#[test]
fn a_book_that_is_left_out_may_lack() {
    for isolated in [Isolated::LeftOut, Isolated::AllBut] {
        let mut case = case_with(isolated);
        case.allocations[0] = 0;
        case.positions[0].entry += int(1 << 70);
        assert!(case.native(), "{isolated:?}");
        assert_eq!(case.mock(S), Ok(()), "{isolated:?}");
        // What is committed is in the leaf all the same.
        refused_by(&case, "Permutation", |w| w.positions[0].general.orders.allocation += Fp::ONE);
    }
}

/// The book is that of an account which has the position and the allocation alone.
#[test]
fn a_book_is_that_of_an_account_of_its_own() {
    let mut case = books();
    let figures = |case: &Case| margin(&case.account(), &case.market).unwrap();
    for allocation in [0, 1, 999_999_937, 1 << 60] {
        case.allocations[0] = allocation;
        let book = figures(&case).positions[0].isolated.clone().unwrap();
        let settles = case.market.terms().groups[0].asset;
        let alone = Case {
            positions: vec![Position { book: Book::Cross, ..case.positions[0].clone() }],
            balances: vec![balance(settles, 0), balance(ALLOCATED, allocation.into())],
            ..case.clone()
        };
        let alone = figures(&alone);
        assert_eq!([book.equity, book.requirement], [alone.equity, alone.maintenance]);
    }
}

/// What a record with orders opens is another leaf than that of one with allocations.
#[test]
fn records_with_and_without_allocations_are_apart() {
    let with = books();
    let isolated = Isolated::Compared;
    let mut without = case_of(Profile { orders: true, isolated, ..Profile::GENERAL });
    without.positions[0].book = Book::Isolated;
    for (case, account) in [(&with, without.account()), (&without, with.account())] {
        let Ok(figures) = margin(&account, &case.market) else { continue };
        let (secrets, margin_blinding) = (case.secrets.clone(), case.margin_blinding);
        let witness = Witness { account, secrets, margin_blinding };
        let made = CircuitWitness::new(S, &case.market, &witness, &figures, &case.claim);
        assert_eq!(made, None);
    }
    // Without anything beside, the words are equal and the leaves are not.
    let bare = |mut case: Case| {
        case.allocations.clear();
        case.orders.clear();
        case.positions.truncate(2);
        case.public().account
    };
    let at = |case: Case, market: &Case| bare(Case { market: market.market.clone(), ..case });
    assert_ne!(at(with.clone(), &with), at(with.clone(), &without));
}
