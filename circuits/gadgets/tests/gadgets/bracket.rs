//! Bracketed linear lookup in isolation: key 1 with rows 0..=9 and 10..=99, key 2 with one row.

use crate::support::*;
use zkmargin_gadgets::bracket::{BracketHint, Factor};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;

fn table() -> Vec<[Fp; 6]> {
    let row = |key: u64, lo: u64, hi: u64, slope: u64, intercept: Fp| {
        [Fp::from(key), Fp::from(lo), Fp::from(hi), Fp::from(slope), intercept, Fp::from(9)]
    };
    vec![
        [Fp::ZERO; 6],
        row(1, 0, 9, 5, Fp::ZERO),
        row(1, 10, 99, 7, -Fp::from(20)),
        row(2, 0, 99, 1, Fp::ZERO),
    ]
}

fn hint(row: usize) -> BracketHint {
    let [_, lo, hi, slope, intercept, last] = table()[row];
    BracketHint { lo, hi, slope, intercept, last, bank: 0 }
}

fn at(g: &Gadgets, region: &mut Region<'_, Fp>, x: Fp, hint: BracketHint) -> Result<(), Error> {
    let x = g.input(region, 0, x)?;
    let key = g.input(region, 1, Fp::ONE)?;
    let factor = g.input(region, 2, Fp::from(3))?;
    let factor = Factor::Cell(&factor);
    let (width, hint) = (Width::Wide, Value::known(hint));
    g.bracket.assign(region, 0, width, &x, &key, factor, None, hint).map(|_| ())
}

fn narrow(g: &Gadgets, region: &mut Region<'_, Fp>, x: Fp, hint: BracketHint) -> Result<(), Error> {
    let x = g.input(region, 0, x)?;
    let key = g.input(region, 1, Fp::ONE)?;
    g.bracket.look_up(region, 0, Width::Narrow, &x, &key, Value::known(hint)).map(|_| ())
}

macro_rules! at {
    ($x:expr, $hint:expr) => {
        |g, region| at(g, region, $x, $hint)
    };
}

#[test]
fn both_ends_of_every_row() {
    for outcome in [
        run_with(at!(Fp::ZERO, hint(1)), &[], table()),
        run_with(at!(Fp::from(9), hint(1)), &[], table()),
        run_with(at!(Fp::from(10), hint(2)), &[], table()),
        run_with(at!(Fp::from(99), hint(2)), &[], table()),
    ] {
        assert_eq!(outcome, Ok(()));
    }
}

#[test]
fn outside_the_row_by_one() {
    refused(run_with(at!(Fp::from(10), hint(1)), &[], table()), "word of three rows");
    refused(run_with(at!(Fp::from(9), hint(2)), &[], table()), "word of three rows");
    refused(run_with(at!(Fp::from(100), hint(2)), &[], table()), "word of three rows");
    refused(run_with(at!(-Fp::ONE, hint(1)), &[], table()), "word of three rows");
}

#[test]
fn rows_that_are_not_in_the_table() {
    refused(run_with(at!(Fp::from(5), hint(3)), &[], table()), "Lookup");
    for change in [
        (|h: &mut BracketHint| h.lo -= Fp::ONE) as fn(&mut BracketHint),
        |h| h.hi += Fp::ONE,
        |h| h.slope -= Fp::ONE,
        |h| h.intercept -= Fp::ONE,
    ] {
        let mut changed = hint(2);
        change(&mut changed);
        // A closure that captures cannot be the assignment, so the hint goes in by overwriting.
        let cells = [
            (At::Aux(2), 2, changed.slope),
            (At::Aux(3), 2, changed.intercept),
            (At::Aux(4), 2, Fp::from(50) - changed.lo),
            (At::Aux(4), 3, changed.hi - Fp::from(50)),
        ];
        refused(run_with(at!(Fp::from(50), hint(2)), &cells, table()), "Lookup");
    }
}

#[test]
fn value_and_sum() {
    let honest: Assign = at!(Fp::from(5), hint(1));
    let cheat = [(At::Aux(1), 3, Fp::from(74)), (At::Aux(2), 3, Fp::from(74))];
    refused(run_with(honest, &cheat, table()), "value = (slope x + intercept) factor");
    refused(run_with(honest, &[(At::Aux(2), 3, Fp::from(74))], table()), "running sum");
}

#[test]
fn inputs_enter_by_copy() {
    let honest: Assign = at!(Fp::from(5), hint(1));
    for (column, row) in [(0, 2), (1, 2), (0, 3), (3, 3)] {
        refused(run_with(honest, &[(At::Aux(column), row, Fp::from(6))], table()), "Permutation");
    }
}

#[test]
fn narrow_rows() {
    let honest: [Assign; 4] = [
        |g, region| narrow(g, region, Fp::ZERO, hint(1)),
        |g, region| narrow(g, region, Fp::from(9), hint(1)),
        |g, region| narrow(g, region, Fp::from(10), hint(2)),
        |g, region| narrow(g, region, Fp::from(99), hint(2)),
    ];
    for honest in honest {
        assert_eq!(run_with(honest, &[], table()), Ok(()));
    }
    let above: Assign = |g, region| narrow(g, region, Fp::from(10), hint(1));
    refused(run_with(above, &[], table()), "narrow word");
    let below: Assign = |g, region| narrow(g, region, Fp::from(9), hint(2));
    refused(run_with(below, &[], table()), "narrow word");
    let other: Assign = |g, region| narrow(g, region, Fp::from(5), hint(3));
    refused(run_with(other, &[], table()), "Lookup");
}

#[test]
fn divisor_of_the_row() {
    let honest: Assign = at!(Fp::from(5), hint(1));
    refused(run_with(honest, &[(At::Aux(4), 1, Fp::from(8))], table()), "Lookup");
    let honest: Assign = |g, region| narrow(g, region, Fp::from(5), hint(1));
    refused(run_with(honest, &[(At::Aux(4), 0, Fp::from(8))], table()), "Lookup");
}
