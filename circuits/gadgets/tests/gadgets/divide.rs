//! Division with remainder in isolation: x, a, b, d and the used flag are inputs on rows 0 to 4.

use crate::support::*;
use zkmargin_gadgets::divide::Line;
use zkmargin_gadgets::halo2::*;

const BY_DIVISOR: &str = "r + (d - 1 - r) = d - 1";
const DIVIDED: &str = "d y + r = a x + b";

/// Divides, with the quotient that the prover says.
fn divide(
    g: &Gadgets,
    region: &mut Region<'_, Fp>,
    words: [Fp; 5],
    quotient: Fp,
) -> Result<(), Error> {
    let mut cells = Vec::with_capacity(words.len());
    for (row, word) in words.into_iter().enumerate() {
        cells.push(g.input(region, row, word)?);
    }
    let [x, a, b, d, used] = [0, 1, 2, 3, 4].map(|i| &cells[i]);
    g.divide.assign(region, 0, Line { x, a, b, d, used }, Value::known(quotient)).map(|_| ())
}

macro_rules! divide {
    ($x:expr, $a:expr, $b:expr, $d:expr => $y:expr) => {
        |g, region| divide(g, region, [$x, $a, $b, $d, 1].map(Fp::from), Fp::from($y))
    };
}

#[test]
fn quotients_at_both_ends_of_a_unit() {
    for outcome in [
        run(divide!(0, 7, 0, 10 => 0), &[]),
        run(divide!(1, 7, 3, 10 => 1), &[]),
        run(divide!(1, 7, 2, 10 => 0), &[]),
        run(divide!(123_456, 20_001, 999_999, 1_000_000 => 2470), &[]),
        run(divide!(9, 5, 0, 1 => 45), &[]),
        run(divide!(3, 1, 1 << 44, 1 << 45 => 0), &[]),
        run(divide!((1 << 45) - 1, 1, 1, 1 << 45 => 1), &[]),
    ] {
        assert_eq!(outcome, Ok(()));
    }
}

#[test]
fn widest_dividend() {
    let honest: Assign = |g, region| {
        let d = two_to(45);
        let y = two_to(135) - Fp::ONE;
        divide(g, region, [y, d, d - Fp::ONE, d, Fp::ONE], y)
    };
    assert_eq!(run(honest, &[]), Ok(()));
    let past: Assign = |g, region| {
        let d = two_to(45);
        divide(g, region, [two_to(135), d, Fp::ZERO, d, Fp::ONE], two_to(135))
    };
    refused(run(past, &[]), "word of three rows");
}

#[test]
fn a_unit_off() {
    // 24 / 10, with remainder 14, and with remainder -6.
    refused(run(divide!(3, 7, 3, 10 => 1), &[]), BY_DIVISOR);
    refused(run(divide!(3, 7, 3, 10 => 3), &[]), DIVIDED);
    // A remainder equal to the divisor, and a negative dividend.
    refused(run(divide!(2, 7, 6, 10 => 1), &[]), BY_DIVISOR);
    let negative: Assign = |g, region| {
        divide(g, region, [-Fp::ONE, Fp::ONE, Fp::ZERO, Fp::from(10), Fp::ONE], Fp::ZERO)
    };
    refused(run(negative, &[]), DIVIDED);
}

#[test]
fn a_quotient_that_is_no_integer() {
    // 24 / 10 with remainder 5: the quotient is a fraction in the field, past the width.
    let fraction: Assign = |g, region| {
        let y = Fp::from(19) * Fp::from(10).invert().expect("not zero");
        divide(g, region, [3, 7, 3, 10, 1].map(Fp::from), y)
    };
    refused(run(fraction, &[]), "word of three rows");
}

#[test]
fn an_unused_line_gives_zero() {
    let zero: Assign = |g, region| divide(g, region, [5, 0, 0, 0, 0].map(Fp::from), Fp::ZERO);
    assert_eq!(run(zero, &[]), Ok(()));
    let one: Assign = |g, region| divide(g, region, [5, 0, 0, 0, 0].map(Fp::from), Fp::ONE);
    refused(run(one, &[]), DIVIDED);
}

#[test]
fn words_and_inputs() {
    let honest: Assign = divide!(3, 7, 3, 10 => 2);
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(5))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 1, Fp::from(6))]), BY_DIVISOR);
    refused(run(honest, &[(At::Aux(4), 2, Fp::from(3))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 2, Fp::from(3))]), "word of three rows");
    for column in 0..5 {
        refused(run(honest, &[(At::Aux(column), 0, Fp::from(8))]), "Permutation");
    }
}
