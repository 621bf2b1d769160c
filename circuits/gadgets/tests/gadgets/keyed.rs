//! The row of a key in isolation: the slot's word is an input on row 0, the key's distance a constant.

use crate::support::*;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::halo2::*;

/// Rows under two keys, with brackets that are not looked at.
fn table() -> Vec<[Fp; 6]> {
    let row = |words: [u64; 6]| words.map(Fp::from);
    vec![[Fp::ZERO; 6], row([105, 3, 9, 7, 8, 9]), row([106, 0, 0, 1, 2, 3])]
}

fn look_up(
    g: &Gadgets,
    region: &mut Region<'_, Fp>,
    word: u64,
    [a, b, last]: [u64; 3],
) -> Result<(), Error> {
    let of = g.input(region, 0, Fp::from(word))?;
    let hint = BracketHint {
        slope: Fp::from(a),
        intercept: Fp::from(b),
        last: Fp::from(last),
        ..BracketHint::default()
    };
    g.keyed.look_up(region, 0, &of, Fp::from(100), Value::known(hint)).map(|_| ())
}

const HONEST: Assign = |g, region| look_up(g, region, 5, [7, 8, 9]);

#[test]
fn the_row_of_a_key() {
    assert_eq!(run_with(HONEST, &[], table()), Ok(()));
    let other: Assign = |g, region| look_up(g, region, 6, [1, 2, 3]);
    assert_eq!(run_with(other, &[], table()), Ok(()));
}

#[test]
fn another_row_or_none() {
    let rows: [Assign; 4] = [
        |g, region| look_up(g, region, 5, [1, 2, 3]),
        |g, region| look_up(g, region, 5, [7, 8, 10]),
        |g, region| look_up(g, region, 5, [0, 0, 0]),
        |g, region| look_up(g, region, 7, [7, 8, 9]),
    ];
    for row in rows {
        refused(run_with(row, &[], table()), "Lookup");
    }
}

#[test]
fn key_word_and_first_key() {
    // The key of another row with that row's figures.
    let other = [(0, 0, 106), (0, 1, 1), (1, 1, 2), (2, 1, 3)];
    let tamper = other.map(|(column, row, word)| (At::Aux(column), row, Fp::from(word)));
    refused(run_with(HONEST, &tamper, table()), "key = of + first key");
    for column in [1, 2] {
        let lie = [(At::Aux(column), 0, Fp::from(6))];
        refused(run_with(HONEST, &lie, table()), "Permutation");
    }
}
