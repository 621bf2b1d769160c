//! A bracket table in three banks: seven rows of key 1 and one of key 2, three to a bank.

use crate::support::*;
use zkmargin_gadgets::banks::{bank_of, bank_rows};
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;

/// Row of the lookup in the narrow variant.
const ROW: usize = 1;

fn table() -> Vec<[Fp; 6]> {
    let row = |key: u64, lo: u64, slope: u64| [key, lo, lo + 9, slope, 0, 0].map(Fp::from);
    let tiers = (0..7).map(|at| row(1, 10 * at, 100 + at));
    std::iter::once([Fp::ZERO; 6]).chain(tiers).chain([row(2, 0, 1)]).collect()
}

fn look_up(g: &Gadgets, region: &mut Region<'_, Fp>, x: u64, bank: usize) -> Result<(), Error> {
    let table = table();
    let [key, lo, hi, slope, intercept, last] = table[x as usize / 10 + 1];
    let hint = BracketHint { lo, hi, slope, intercept, last, bank };
    let x = g.input(region, 0, Fp::from(x))?;
    let key = g.input(region, 1, key)?;
    g.bracket.look_up(region, 0, Width::Narrow, &x, &key, Value::known(hint)).map(|_| ())
}

fn run(assign: Assign, tamper: &[(At, usize, Fp)]) -> Result<(), String> {
    verified(&Banked(Isolated { assign, tamper: tamper.to_vec(), brackets: table() }))
}

macro_rules! at {
    ($x:expr, $bank:expr) => {
        |g, region| look_up(g, region, $x, $bank)
    };
}

#[test]
fn every_row_is_in_the_bank_that_is_computed() {
    let rows = table().len();
    assert_eq!((rows, bank_rows(rows, BANKS)), (9, 4));
    let banks: Vec<_> = (1..rows).map(|row| bank_of(row, rows, BANKS)).collect();
    assert_eq!(banks, [0, 0, 0, 1, 1, 1, 2, 2]);
    assert_eq!(bank_of(0, rows, BANKS), 0);
    const CASES: [Assign; 6] =
        [at!(0, 0), at!(29, 0), at!(30, 1), at!(59, 1), at!(60, 2), at!(69, 2)];
    for honest in CASES {
        assert_eq!(run(honest, &[]), Ok(()));
    }
}

#[test]
fn no_other_bank_has_the_row() {
    const CASES: [Assign; 7] =
        [at!(0, 1), at!(0, 2), at!(30, 0), at!(30, 2), at!(60, 0), at!(60, 1), at!(60, 7)];
    for other in CASES {
        refused(run(other, &[]), "Lookup");
    }
}

/// Shares that are no choice would scale the tuple, and what is looked up in a bank would be another row.
#[test]
fn shares_are_a_choice() {
    let half = Fp::from(2).invert().unwrap();
    let honest: Assign = at!(0, 0);
    for share in [Fp::from(2), -Fp::ONE, half] {
        refused(run(honest, &[(At::Share(1), ROW, share)]), "a share is 0 or 1");
        refused(run(honest, &[(At::Share(2), ROW, share)]), "a share is 0 or 1");
    }
    let both = [(At::Share(1), ROW, Fp::ONE), (At::Share(2), ROW, Fp::ONE)];
    refused(run(honest, &both), "at most one bank after the first");
    // One and its negation leave the first bank its whole share, and look the tuple up nowhere else as it is.
    let cancel = [(At::Share(1), ROW, Fp::ONE), (At::Share(2), ROW, -Fp::ONE)];
    refused(run(honest, &cancel), "a share is 0 or 1");
}

#[test]
fn a_row_that_no_bank_has() {
    const CASES: [Assign; 3] = [at!(5, 0), at!(35, 1), at!(65, 2)];
    for honest in CASES {
        refused(run(honest, &[(At::Aux(2), ROW, Fp::ONE)]), "Lookup");
    }
}
