//! A root in isolation: magnitude, factor and offset are inputs on rows 0 to 2.

use crate::support::*;
use zkmargin_gadgets::halo2::*;

fn root(g: &Gadgets, region: &mut Region<'_, Fp>, words: [Fp; 3], root: Fp) -> Result<(), Error> {
    let mut cells = Vec::with_capacity(3);
    for (row, word) in words.into_iter().enumerate() {
        cells.push(g.input(region, row, word)?);
    }
    let [x, c, d] = [0, 1, 2].map(|i| &cells[i]);
    g.root.assign(region, 0, x, [c, d], Value::known(root)).map(|_| ())
}

macro_rules! root {
    ($x:expr, $c:expr, $d:expr => $root:expr) => {
        |g, region| root(g, region, [$x, $c, $d].map(Fp::from), Fp::from($root))
    };
}

#[test]
fn roots_on_both_sides_of_a_square() {
    for outcome in [
        run(root!(0, 0, 0 => 0), &[]),
        run(root!(0, 10, 1 => 1), &[]),
        run(root!(8, 1, 0 => 2), &[]),
        run(root!(9, 1, 0 => 3), &[]),
        run(root!(15, 1, 0 => 3), &[]),
        run(root!(16, 1, 0 => 4), &[]),
        run(root!(123_456, 10, 1 => 1111), &[]),
    ] {
        assert_eq!(outcome, Ok(()));
    }
    // The widest size and factor: (2^81 - 2^8)^2 = 2^162 - 2^90 + 2^16 is just below 2^90 (2^72 - 1) + 2^72 - 1.
    let widest: Assign = |g, region| {
        let factor = two_to(72) - Fp::ONE;
        root(g, region, [two_to(90), factor, factor], two_to(81) - two_to(8))
    };
    assert_eq!(run(widest, &[]), Ok(()));
}

#[test]
fn a_root_one_off() {
    refused(run(root!(15, 1, 0 => 4), &[]), "word");
    refused(run(root!(16, 1, 0 => 3), &[]), "word");
    refused(run(root!(1, 1, 0 => 0), &[]), "word");
    // The other root of the field.
    let negative: Assign = |g, region| root(g, region, [16, 1, 0].map(Fp::from), -Fp::from(4));
    refused(run(negative, &[]), "word");
}

#[test]
fn words_and_inputs() {
    let honest: Assign = root!(15, 1, 0 => 3);
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(2))]), "word");
    refused(run(honest, &[(At::Aux(0), 4, Fp::from(7))]), "above = c x + d - s^2");
    refused(run(honest, &[(At::Aux(0), 6, Fp::from(7))]), "below = 2 s - above");
    refused(run(honest, &[(At::Aux(1), 4, Fp::from(4))]), "Permutation");
    for column in 1..4 {
        refused(run(honest, &[(At::Aux(column), 3, Fp::from(8))]), "Permutation");
    }
}
