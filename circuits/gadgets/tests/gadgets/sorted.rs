//! Sorted list in isolation: three slots with keys 3, 7 and none, on rows 0, 2 and 4.

use crate::support::*;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::limbs_of;

fn list(g: &Gadgets, region: &mut Region<'_, Fp>) -> Result<(), Error> {
    let mut previous = None;
    for (i, (used, key)) in [(1u64, 3u64), (1, 7), (0, 0)].into_iter().enumerate() {
        let (used, key) = (Value::known(Fp::from(used)), Value::known(Fp::from(key)));
        previous = Some(g.sorted.assign(region, 2 * i, previous.as_ref(), used, key)?);
    }
    Ok(())
}

/// Rewrites the key of the slot whose key is on `row`, with matching limbs and distance.
fn key(row: usize, key: u64, distance: Fp) -> Vec<(At, usize, Fp)> {
    let mut cells = vec![(At::Aux(4), row, Fp::from(key))];
    for (from, word) in [(0, Fp::from(key)), (2, distance)] {
        let limbs = limbs_of(&word, 2).into_iter().enumerate();
        cells.extend(limbs.map(|(i, limb)| (At::Limb(from + i), row, limb)));
    }
    cells
}

#[test]
fn honest_list() {
    assert_eq!(run(list, &[]), Ok(()));
}

#[test]
fn largest_key() {
    fn largest(g: &Gadgets, region: &mut Region<'_, Fp>) -> Result<(), Error> {
        let key = Value::known(Fp::from((1 << 18) - 1));
        g.sorted.assign(region, 0, None, Value::known(Fp::ONE), key).map(|_| ())
    }
    assert_eq!(run(largest, &[]), Ok(()));
}

#[test]
fn repeated_and_descending_keys() {
    refused(run(list, &key(3, 3, Fp::ZERO)), "keys ascend");
    refused(run(list, &key(3, 2, Fp::ZERO)), "keys ascend");
    refused(run(list, &key(1, 0, Fp::ZERO)), "keys ascend");
}

#[test]
fn key_that_its_limbs_do_not_make() {
    refused(run(list, &[(At::Aux(4), 1, Fp::from(4))]), "key width");
}

#[test]
fn used_flag() {
    refused(run(list, &[(At::Aux(1), 3, Fp::from(2))]), "used is boolean");
    // The first slot empty, the second used.
    let cheat = [(At::Aux(1), 1, Fp::ZERO), (At::Aux(2), 2, Fp::ZERO)];
    refused(run(list, &cheat), "empty slots last");
}

#[test]
fn the_slot_before_enters_by_copy() {
    for (cell, value) in [(At::Aux(1), 0u64), (At::Aux(2), 0)] {
        refused(run(list, &[(cell, 2, Fp::from(value))]), "Permutation");
    }
    // The start of the list is made of constants.
    refused(run(list, &[(At::Aux(1), 0, -Fp::ONE)]), "Permutation");
    refused(run(list, &[(At::Aux(2), 0, Fp::ZERO)]), "Permutation");
}
