//! Sums of a quad in isolation: 5, 7, 11 and 13 to places 2, 0, 2 and 3, in two steps of which the last is not full.

use crate::support::*;
use zkmargin_gadgets::groups::GROUPS;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::settle::rows;

const AMOUNTS: [(u64, u64); 4] = [(5, 2), (7, 0), (11, 2), (13, 3)];

fn sums(g: &Gadgets, region: &mut Region<'_, Fp>) -> Result<(), Error> {
    let mut cells = Vec::new();
    for (at, (amount, place)) in AMOUNTS.into_iter().enumerate() {
        let amount = g.input(region, 2 * at, Fp::from(amount))?;
        cells.push((amount, g.input(region, 2 * at + 1, Fp::from(place))?));
    }
    let amounts: Vec<_> = cells.iter().map(|(amount, place)| [amount, place]).collect();
    let sums = g.settle.assign(region, 0, &amounts)?;
    for (sum, expected) in sums.iter().zip([7, 0, 16, 13]) {
        sum.value().assert_if_known(|sum| **sum == Fp::from(expected));
    }
    Ok(())
}

#[test]
fn honest_sums() {
    assert_eq!(run(sums, &[]), Ok(()));
    assert_eq!([0, 1, 3, 4, 64].map(rows), [1, 3, 3, 5, 45]);
}

#[test]
fn every_sum_is_constrained() {
    for group in 0..GROUPS {
        for row in [2, 4] {
            let outcome = run(sums, &[(At::Aux(group), row, Fp::from(99))]);
            refused(outcome, "sum out = sum in + each [place = group] amount");
        }
    }
}

#[test]
fn inputs_enter_by_copy_and_sums_start_at_zero() {
    // Amounts, then places, of both steps: the last two of the second one are zero.
    let amounts = [(4, 0), (1, 1), (3, 1), (4, 2), (1, 3), (3, 3)];
    let places = [(0, 1), (2, 1), (4, 1), (0, 3), (2, 3), (4, 3)];
    let first = (0..GROUPS).map(|group| (group, 0));
    for (column, row) in amounts.into_iter().chain(places).chain(first) {
        refused(run(sums, &[(At::Aux(column), row, Fp::from(98))]), "Permutation");
    }
}
