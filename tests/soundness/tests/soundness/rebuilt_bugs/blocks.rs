//! One hole of each kind that a block of the linear rule could have.

use super::one_row::Of::{Hint, Input, Word, Zero};
use super::one_row::{Block, Of, fraction, number, rebuilt, words};
use super::{WIDTH, one};
use zkmargin_gadgets::cell::{constant, is_boolean};
use zkmargin_gadgets::halo2::*;

/// Divisor of the small roundings.
const D: u64 = 10;

/// `D y + r = x` and `r + rest = D - 1`, by names of the two.
fn division(
    names: [&'static str; 2],
    x: Expression<Fp>,
    [y, r, rest]: [Expression<Fp>; 3],
) -> [(&'static str, Expression<Fp>); 2] {
    let below = constant(D - 1) - r.clone() - rest;
    [(names[0], y * Fp::from(D) + r - x), (names[1], below)]
}

/// A word, or a hint where its range is left out.
fn unless(hole: bool, limbs: usize) -> Of {
    if hole { Hint } else { Word(limbs) }
}

/// Two figures, each rounded down, of which the sum alone has a range.
#[derive(Clone, Debug)]
struct Quotients;

impl<const HOLE: bool> Block<HOLE> for Quotients {
    fn cells() -> Vec<Of> {
        let y = unless(HOLE, 2);
        vec![Input, Input, y, y, Word(1), Word(1), Word(1), Word(1), Word(2)]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [x0, x1, y0, y1, r0, r1, rest0, rest1, sum, ..] = cells;
        let of_sum = ("sum", y0.clone() + y1.clone() - sum);
        let first = division(["first", "first below"], x0, [y0, r0, rest0]);
        let second = division(["second", "second below"], x1, [y1, r1, rest1]);
        first.into_iter().chain(second).chain([of_sum]).collect()
    }
}

/// Remainders that together are larger by the divisor lower the sum by one, whatever bounds the sum.
#[test]
fn quotients_without_a_range() {
    let honest = words([53, 42, 5, 4, 3, 2, 6, 7, 9]);
    let mut lie = words([53, 42, 0, 0, 8, 7, 1, 2, 8]);
    (lie[2], lie[3]) = (fraction(53 - 8, 10), fraction(42 - 7, 10));
    rebuilt::<Quotients>(&[honest], Some("determinism"), lie);
}

/// Rounded down, multiplied by six and rounded up: the quotient of the first step is in no sum.
#[derive(Clone, Debug)]
struct InnerQuotient;

impl<const HOLE: bool> Block<HOLE> for InnerQuotient {
    fn cells() -> Vec<Of> {
        vec![Input, unless(HOLE, 1), Word(1), Word(1), Word(1), Word(1), Word(1)]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [x, inner, r0, rest0, outer, r1, rest1, ..] = cells;
        let second = inner.clone() * Fp::from(6) + constant(D - 1);
        let inner = division(["inner", "inner below"], x, [inner, r0, rest0]);
        let outer = division(["outer", "outer below"], second, [outer, r1, rest1]);
        inner.into_iter().chain(outer).collect()
    }
}

/// An inner quotient lower by a half is a whole number again after the multiple.
#[test]
fn an_inner_quotient_without_a_range() {
    let honest = words([21, 2, 1, 8, 2, 1, 8]);
    let mut lie = words([21, 0, 6, 3, 1, 8, 1]);
    lie[1] = fraction(3, 2);
    rebuilt::<InnerQuotient>(&[honest], Some("determinism"), lie);
}

/// A remainder that its limbs bound, and the divisor does not.
#[derive(Clone, Debug)]
struct RemainderOfLimbs;

impl<const HOLE: bool> Block<HOLE> for RemainderOfLimbs {
    fn cells() -> Vec<Of> {
        vec![Input, Word(1), Word(1), unless(HOLE, 1)]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [x, y, r, rest, ..] = cells;
        division(["division", "below"], x, [y, r, rest]).into()
    }
}

#[test]
fn a_remainder_above_its_divisor() {
    let lie = words([57, 1, 47, -38]);
    rebuilt::<RemainderOfLimbs>(&[words([57, 5, 7, 2])], Some("determinism"), lie);
}

/// The larger of a public rate and the account's own, without one of its two sides.
#[derive(Clone, Debug)]
struct Larger<const SIDE: usize>;

const AT_LEAST_EACH: usize = 0;
const ONE_OF_THEM: usize = 1;

impl<const HOLE: bool, const SIDE: usize> Block<HOLE> for Larger<SIDE> {
    fn cells() -> Vec<Of> {
        let slack = unless(HOLE && SIDE == AT_LEAST_EACH, 1);
        let product = if HOLE && SIDE == ONE_OF_THEM { Hint } else { Zero };
        vec![Input, Input, Hint, slack, slack, product]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [public, own, larger, first, second, product, ..] = cells;
        vec![
            ("first slack", larger.clone() - public - first.clone()),
            ("second slack", larger - own - second.clone()),
            ("product", first * second - product),
        ]
    }
}

#[test]
fn the_larger_of_two_from_one_side() {
    let honest = [words([90, 40, 90, 0, 50, 0]), words([40, 90, 90, 50, 0, 0])];
    // Lower, for a level: the other one of two roots. Higher, for a deficiency.
    let lower = words([90, 40, 40, -50, 0, 0]);
    rebuilt::<Larger<AT_LEAST_EACH>>(&honest, None, lower);
    let higher = words([90, 40, 100, 10, 60, 600]);
    rebuilt::<Larger<ONE_OF_THEM>>(&honest, Some("determinism"), higher);
}

/// A root rounded down, without one of its two sides.
#[derive(Clone, Debug)]
struct Root<const SIDE: usize>;

const NOT_ABOVE: usize = 0;
const NOT_BELOW: usize = 1;

impl<const HOLE: bool, const SIDE: usize> Block<HOLE> for Root<SIDE> {
    fn cells() -> Vec<Of> {
        let of = |side| unless(HOLE && SIDE == side, 1);
        vec![Input, Word(1), of(NOT_ABOVE), of(NOT_BELOW)]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [x, root, above, below, ..] = cells;
        vec![
            ("above = x - s^2", x - root.clone() * root.clone() - above.clone()),
            ("below = 2 s - above", root * Fp::from(2) - above - below),
        ]
    }
}

#[test]
fn a_root_from_one_side() {
    let honest = [words([30, 5, 5, 5])];
    rebuilt::<Root<NOT_ABOVE>>(&honest, Some("determinism"), words([30, 7, -19, 33]));
    rebuilt::<Root<NOT_BELOW>>(&honest, Some("determinism"), words([30, 2, 26, -22]));
}

/// Whether a position continues the run of a family, without one of the two directions.
#[derive(Clone, Debug)]
struct SameFamily<const LEFT_OUT: usize>;

const SAME_IS_EQUAL: usize = 0;
const OTHERS_DIFFER: usize = 1;

/// `same` is 1 exactly if there is no difference, but for one direction.
fn same(
    left_out: Option<usize>,
    difference: Expression<Fp>,
    [same, inverse]: [&Expression<Fp>; 2],
) -> Vec<(&'static str, Expression<Fp>)> {
    let mut constraints = vec![("nothing has no inverse", same.clone() * inverse.clone())];
    if left_out != Some(SAME_IS_EQUAL) {
        constraints.push(("the same has no difference", same.clone() * difference.clone()));
    }
    if left_out != Some(OTHERS_DIFFER) {
        let differs = one() - difference * inverse.clone() - same.clone();
        constraints.push(("another has one", differs));
    }
    constraints
}

impl<const HOLE: bool, const LEFT_OUT: usize> Block<HOLE> for SameFamily<LEFT_OUT> {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Input, Input, Hint, Hint, Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [before, family, counted_before, counted, is_same, inverse, running, ..] = cells;
        let total = is_same.clone() * counted_before + counted;
        let left_out = HOLE.then_some(LEFT_OUT);
        let mut constraints = same(left_out, family - before, [&is_same, &inverse]);
        constraints.push(("running", total - running));
        constraints
    }
}

#[test]
fn a_run_of_a_family_by_one_direction() {
    let mut other = words([5, 7, 20, 30, 0, 0, 30]);
    other[5] = fraction(1, 2);
    let honest = [other, words([5, 5, 20, 30, 1, 0, 50])];
    // Two solutions apart from each other: no derivative shows them.
    let joined = words([5, 7, 20, 30, 1, 0, 50]);
    rebuilt::<SameFamily<SAME_IS_EQUAL>>(&honest, None, joined);
    let split = words([5, 5, 20, 30, 0, 0, 30]);
    rebuilt::<SameFamily<OTHERS_DIFFER>>(&honest, Some("determinism"), split);
}

/// A book of which nothing is required is healthy, without one of the two directions.
#[derive(Clone, Debug)]
struct Exempt<const LEFT_OUT: usize>;

impl<const HOLE: bool, const LEFT_OUT: usize> Block<HOLE> for Exempt<LEFT_OUT> {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Hint, Hint, Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [required, all, nothing, inverse, beyond, ..] = cells;
        let mut constraints = same(HOLE.then_some(LEFT_OUT), required, [&nothing, &inverse]);
        constraints.push(("beyond", (one() - nothing) * all - beyond));
        constraints
    }
}

#[test]
fn an_exempt_book_by_one_direction() {
    let mut required = words([40, -7, 0, 0, -7]);
    required[3] = fraction(1, 40);
    let honest = [required, words([0, -7, 1, 0, 0])];
    // Nothing is beyond the level of a book that has a requirement and does not meet it.
    let exempt = words([40, -7, 1, 0, 0]);
    rebuilt::<Exempt<SAME_IS_EQUAL>>(&honest, None, exempt);
    // A deficiency of a book of which nothing is required.
    let deficient = words([0, -7, 0, 0, -7]);
    rebuilt::<Exempt<OTHERS_DIFFER>>(&honest, Some("determinism"), deficient);
}

/// A sign of which one value is shown and the other believed.
#[derive(Clone, Debug)]
struct Sign;

impl<const HOLE: bool> Block<HOLE> for Sign {
    fn cells() -> Vec<Of> {
        vec![Input, Hint, Word(1)]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [x, negative, distance, ..] = cells;
        let of_sign = if HOLE {
            (one() - negative.clone()) * (x - distance)
        } else {
            (one() - negative.clone() * Fp::from(2)) * x - negative.clone() - distance
        };
        vec![("negative is boolean", is_boolean(&negative)), ("distance", of_sign)]
    }
}

#[test]
fn a_sign_from_one_side() {
    let honest = [words([300, 0, 300]), words([-300, 1, 299]), words([0, 0, 0])];
    rebuilt::<Sign>(&honest, Some("mutation"), words([300, 1, 0]));
}

/// Whether a position counts in the cross book is a bit of its key.
#[derive(Clone, Debug)]
struct Cross;

impl<const HOLE: bool> Block<HOLE> for Cross {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Hint, Word(1), Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [key, pnl, cross, id, counted, ..] = cells;
        let mut constraints = vec![
            ("cross is boolean", is_boolean(&cross)),
            ("counted", cross.clone() * pnl - counted),
        ];
        if !HOLE {
            constraints.push(("key", cross * Fp::from(512) + id - key));
        }
        constraints
    }
}

/// A loss of the cross book that is called isolated.
#[test]
fn a_border_of_books_apart_from_the_key() {
    let honest = [words([512 + 5, -300, 1, 5, -300]), words([5, -300, 0, 5, 0])];
    rebuilt::<Cross>(&honest, Some("determinism"), words([512 + 5, -300, 0, 5, 0]));
}

/// Isolated positions beyond the slots that are compared.
#[derive(Clone, Debug)]
struct NotCompared;

impl<const HOLE: bool> Block<HOLE> for NotCompared {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Input, Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [used, cross, pnl, counted, ..] = cells;
        let mut constraints = vec![("counted", cross.clone() * pnl - counted)];
        if !HOLE {
            constraints.push(("a used slot is of the cross book", used - cross));
        }
        constraints
    }
}

#[test]
fn an_isolated_position_that_nothing_compares() {
    let honest = [words([1, 1, -300, -300]), words([0, 0, 0, 0])];
    rebuilt::<NotCompared>(&honest, None, vec![number(1), number(0), number(-300), number(0)]);
}
