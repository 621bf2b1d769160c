//! One hole of each kind that the portfolio circuit could have.

use super::one_row::Of::{Hint, Input, Word};
use super::one_row::{Block, Of, fraction, rebuilt, words};
use super::{WIDTH, one};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::field::{digest_to_field, to_field};

/// Sums of two scenarios, combined by a challenge that is known before they are claimed. Without the hole each sum has
/// its own equation.
#[derive(Clone, Debug)]
struct PublicChallenge;

/// Limbs of a sum: 135 bits.
const SUM: usize = 15;
/// Loadings of two instruments in two scenarios.
const LOADINGS: [[u64; 2]; 2] = [[3, 1], [2, 5]];

/// A challenge as random as the digest of a market, and as public.
fn challenge() -> Fp {
    digest_to_field(&[0x5e; 32])
}

impl<const HOLE: bool> Block<HOLE> for PublicChallenge {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Word(SUM), Word(SUM)]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [size0, size1, sum0, sum1, ..] = cells;
        let [first, second] = LOADINGS.map(|of| of.map(Fp::from)).map(|[of0, of1]| {
            // What the sizes come to in one scenario.
            size0.clone() * of0 + size1.clone() * of1
        });
        let (first, second) = (first - sum0, second - sum1);
        if HOLE {
            vec![("sums by a challenge", first + second * challenge())]
        } else {
            vec![("first sum", first), ("second sum", second)]
        }
    }
}

/// Positive numbers below 2^131 with `a + challenge b = 0`, by Euclid's algorithm on the field's order and the challenge.
fn offsets() -> [BigInt; 2] {
    let integer = |x: Fp| BigInt::from_bytes_le(num_bigint::Sign::Plus, x.to_repr().as_ref());
    let (mut rows, bound) = (
        [(integer(-Fp::ONE) + 1, BigInt::zero()), (integer(challenge()), BigInt::one())],
        BigInt::one() << 131,
    );
    // Each row is (r, t) with r = t challenge.
    while rows[1].0 >= bound || !rows[1].1.is_negative() {
        let quotient = &rows[0].0 / &rows[1].0;
        let next = (&rows[0].0 - &quotient * &rows[1].0, &rows[0].1 - quotient * &rows[1].1);
        let [_, last] = rows;
        rows = [last, next];
    }
    let [_, (a, t)] = rows;
    assert!(-&t < bound && a.is_positive());
    [a, -t]
}

#[test]
fn sums_by_a_public_challenge() {
    let size = BigInt::one() << 131u32;
    let losses = LOADINGS.map(|[of0, of1]| &size * BigInt::from(of0 + of1));
    let witness =
        |losses: &[BigInt; 2]| [&size, &size, &losses[0], &losses[1]].map(to_field).to_vec();
    // Both losses are lower, and within the range of sums.
    let [a, b] = offsets();
    let lower = [&losses[0] - a, &losses[1] - b];
    assert!(lower.iter().zip(&losses).all(|(lower, loss)| lower.is_positive() && lower < loss));
    rebuilt::<PublicChallenge>(&[witness(&losses)], Some("determinism"), witness(&lower));
}

/// `same` is 1 exactly if a page has the id of the page above.
fn same(
    step: Expression<Fp>,
    [same, inverse]: [&Expression<Fp>; 2],
) -> Vec<(&'static str, Expression<Fp>)> {
    vec![
        ("the same has no step", same.clone() * step.clone()),
        ("others differ", one() - step * inverse.clone() - same.clone()),
        ("the same has no inverse", same.clone() * inverse.clone()),
    ]
}

/// Three pages, of which each is of its unit, and how many units end. With the hole, units are in any order.
#[derive(Clone, Debug)]
struct Units;

impl<const HOLE: bool> Block<HOLE> for Units {
    fn cells() -> Vec<Of> {
        let step = if HOLE { Hint } else { Word(1) };
        vec![Input, Input, Input, Hint, Hint, Hint, Hint, step, step, Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [unit0, unit1, unit2, same1, same2, inverse1, inverse2, step1, step2, ends, ..] = cells;
        let mut constraints = same(unit1.clone() - unit0.clone(), [&same1, &inverse1]);
        constraints.extend(same(unit2.clone() - unit1.clone(), [&same2, &inverse2]));
        constraints.extend([
            ("first step", unit1.clone() - unit0 - step1),
            ("second step", unit2 - unit1 - step2),
            ("ends", one() * Fp::from(3) - same1 - same2 - ends),
        ]);
        constraints
    }
}

/// A unit around another is charged twice.
#[test]
fn a_unit_split_in_two() {
    let honest = words([1, 1, 2, 1, 0, 0, 1, 0, 1, 2]);
    let mut lie = words([1, 2, 1, 0, 0, 1, 0, 1, -1, 3]);
    lie[6] = fraction(1, -1);
    rebuilt::<Units>(&[honest], None, lie);
}

/// A page whose sums go on from those of the page above, with one of two conditions left out.
#[derive(Clone, Debug)]
struct Continues<const LEFT_OUT: usize>;

const SAME_GROUP: usize = 0;
const FULL_PAGE: usize = 1;

impl<const HOLE: bool, const LEFT_OUT: usize> Block<HOLE> for Continues<LEFT_OUT> {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Input, Input, Input, Hint, Hint, Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [group_above, group, full_above, sum_above, sum, continues, inverse, total, ..] = cells;
        let mut constraints = same(group - group_above, [&continues, &inverse]);
        if HOLE && LEFT_OUT == SAME_GROUP {
            constraints.remove(0);
        }
        constraints.push(("total", continues.clone() * sum_above + sum - total));
        if !(HOLE && LEFT_OUT == FULL_PAGE) {
            constraints.push(("a page continues a full one", continues * (one() - full_above)));
        }
        constraints
    }
}

#[test]
fn a_false_continuation() {
    let honest = [words([3, 3, 1, -20, 30, 1, 0, 10]), words([3, 4, 1, -20, 30, 0, 1, 30])];
    // Losses of two groups that net.
    let netted = words([3, 4, 1, -20, 30, 1, 0, 10]);
    rebuilt::<Continues<SAME_GROUP>>(&honest, None, netted);
    // A gap, which parts the call and the put of a strike.
    let apart = words([3, 3, 0, -20, 30, 1, 0, 10]);
    rebuilt::<Continues<FULL_PAGE>>(&honest, None, apart);
}

/// A slot whose group, the upper part of its key, is that of its page.
#[derive(Clone, Debug)]
struct Slot;

impl<const HOLE: bool> Block<HOLE> for Slot {
    fn cells() -> Vec<Of> {
        vec![Input, Input, Input, Word(1), Word(1), Hint]
    }

    fn constraints(cells: [Expression<Fp>; WIDTH]) -> Vec<(&'static str, Expression<Fp>)> {
        let [page, key, size, group, contract, sum, ..] = cells;
        let mut constraints = vec![
            ("key", group.clone() * Fp::from(512) + contract - key),
            ("sum", size * Fp::from(7) - sum),
        ];
        if !HOLE {
            constraints.push(("group = that of the page", group - page));
        }
        constraints
    }
}

#[test]
fn a_foreign_slot() {
    let honest = words([2, 2 * 512 + 5, -3, 2, 5, -21]);
    let lie = words([1, 2 * 512 + 5, -3, 2, 5, -21]);
    rebuilt::<Slot>(&[honest], None, lie);
}
