//! One level of a ledger's path in isolation: two levels, from the right and then from the left.

use crate::support::*;
use zkmargin_gadgets::halo2::*;

fn levels(g: &Gadgets, region: &mut Region<'_, Fp>) -> Result<(), Error> {
    let child = g.input(region, 0, Fp::from(5))?;
    let known = |word: u64| Value::known(Fp::from(word));
    let first = g.path.assign(region, 0, None, &child, known(6), Value::known(true))?;
    let child = g.input(region, 1, Fp::from(7))?;
    let below = Some(&first.serial);
    g.path.assign(region, 2, below, &child, known(8), Value::known(false)).map(|_| ())
}

#[test]
fn honest_levels() {
    assert_eq!(run(levels, &[]), Ok(()));
}

#[test]
fn every_constraint_by_name() {
    let lie = |column, row, value: u64| run(levels, &[(At::Aux(column), row, Fp::from(value))]);
    refused(lie(2, 0, 2), "bit is boolean");
    refused(lie(3, 0, 9), "left is the child or, by the bit, its sibling");
    refused(lie(4, 0, 9), "right is the other one");
    refused(lie(2, 1, 9), "serial has the bit");
    refused(lie(3, 1, 9), "weight doubles");
    // Both nodes swapped together, without the bit.
    let swapped = [(At::Aux(3), 0, Fp::from(5)), (At::Aux(4), 0, Fp::from(6))];
    refused(run(levels, &swapped), "left is the child or, by the bit, its sibling");
    // The bit alone, and the bit with both nodes.
    refused(lie(2, 0, 0), "left is the child or, by the bit, its sibling");
    let with_bit = [&swapped[..], &[(At::Aux(2), 0, Fp::ZERO)]].concat();
    refused(run(levels, &with_bit), "serial has the bit");
}

#[test]
fn inputs_enter_by_copy() {
    for (column, row) in [(0, 0), (0, 1), (1, 1), (0, 2), (0, 3), (1, 3)] {
        refused(run(levels, &[(At::Aux(column), row, Fp::from(98))]), "Permutation");
    }
}
