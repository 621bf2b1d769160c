//! Division with remainder in isolation: x, a, b and d - 1 are inputs on rows 0 to 3.

use crate::support::*;
use zkmargin_gadgets::divide::{Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;

const BY_DIVISOR: &str = "r + (d - 1 - r) = d - 1";
const DIVIDED: &str = "d y + r = a x + b";

/// Divides, with the quotient that the prover says.
fn divide(
    g: &Gadgets,
    region: &mut Region<'_, Fp>,
    form: Form,
    [x, a, b, d]: [Fp; 4],
    quotient: Fp,
) -> Result<(), Error> {
    let mut cells = Vec::with_capacity(4);
    for (row, word) in [x, a, b, d - Fp::ONE].into_iter().enumerate() {
        cells.push(g.input(region, row, word)?);
    }
    let [x, a, b, last] = [0, 1, 2, 3].map(|i| &cells[i]);
    g.divide.assign(region, 0, form, Line { x, a, b, last }, Value::known(quotient)).map(|_| ())
}

macro_rules! divide {
    ($x:expr, $a:expr, $b:expr, $d:expr => $y:expr) => {
        |g, region| {
            divide(g, region, Form::Long(Width::Wide), [$x, $a, $b, $d].map(Fp::from), Fp::from($y))
        }
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
    let honest: [Assign; 2] = [
        |g, region| {
            let (d, y) = (two_to(45), two_to(135) - Fp::ONE);
            divide(g, region, Form::Long(Width::Wide), [y, d, d - Fp::ONE, d], y)
        },
        |g, region| {
            let (d, y) = (two_to(45), two_to(90) - Fp::ONE);
            divide(g, region, Form::Long(Width::Narrow), [y, d, d - Fp::ONE, d], y)
        },
    ];
    let past: [Assign; 2] = [
        |g, region| {
            let (d, y) = (two_to(45), two_to(135));
            divide(g, region, Form::Long(Width::Wide), [y, d, Fp::ZERO, d], y)
        },
        |g, region| {
            let (d, y) = (two_to(45), two_to(90));
            divide(g, region, Form::Long(Width::Narrow), [y, d, Fp::ZERO, d], y)
        },
    ];
    for honest in honest {
        assert_eq!(run(honest, &[]), Ok(()));
    }
    for (past, by) in past.into_iter().zip(["word of three rows", "narrow word"]) {
        refused(run(past, &[]), by);
    }
}

/// The quotient that honest provers take is the integer one, at every width.
#[test]
fn quotients_are_computed() {
    let honest: Assign = |g, region| {
        let mut cells = Vec::with_capacity(4);
        let (d, y) = (two_to(45) - Fp::from(7), two_to(134) + Fp::from(99));
        for (row, word) in [y, d, d - Fp::ONE, d - Fp::ONE].into_iter().enumerate() {
            cells.push(g.input(region, row, word)?);
        }
        let line = Line { x: &cells[0], a: &cells[1], b: &cells[2], last: &cells[3] };
        let quotient = line.quotient();
        quotient.assert_if_known(|q| *q == y);
        g.divide.assign(region, 0, Form::Long(Width::Wide), line, quotient).map(|_| ())
    };
    assert_eq!(run(honest, &[]), Ok(()));
}

#[test]
fn a_unit_off() {
    // 24 / 10, with remainder 14, and with remainder -6.
    refused(run(divide!(3, 7, 3, 10 => 1), &[]), BY_DIVISOR);
    refused(run(divide!(3, 7, 3, 10 => 3), &[]), DIVIDED);
    // A remainder equal to the divisor, and a negative dividend.
    refused(run(divide!(2, 7, 6, 10 => 1), &[]), BY_DIVISOR);
    let negative: Assign = |g, region| {
        divide(
            g,
            region,
            Form::Long(Width::Wide),
            [-Fp::ONE, Fp::ONE, Fp::ZERO, Fp::from(10)],
            Fp::ZERO,
        )
    };
    refused(run(negative, &[]), DIVIDED);
}

#[test]
fn a_quotient_that_is_no_integer() {
    // 24 / 10 with remainder 5: the quotient is a fraction in the field, past the width.
    let fraction: Assign = |g, region| {
        let y = Fp::from(19) * Fp::from(10).invert().expect("not zero");
        divide(g, region, Form::Long(Width::Wide), [3, 7, 3, 10].map(Fp::from), y)
    };
    refused(run(fraction, &[]), "word of three rows");
}

/// What an empty slot looks up: zeros, of which the last is the divisor less one.
#[test]
fn zeros_give_zero() {
    assert_eq!(run(divide!(5, 0, 0, 1 => 0), &[]), Ok(()));
    refused(run(divide!(5, 0, 0, 1 => 1), &[]), DIVIDED);
}

#[test]
fn words_and_inputs() {
    let honest: Assign = divide!(3, 7, 3, 10 => 2);
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(5))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 1, Fp::from(6))]), BY_DIVISOR);
    refused(run(honest, &[(At::Aux(4), 2, Fp::from(3))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 2, Fp::from(3))]), "word of three rows");
    for column in 0..4 {
        refused(run(honest, &[(At::Aux(column), 2, Fp::from(8))]), "Permutation");
    }
}

macro_rules! short {
    ($x:expr, $a:expr, $b:expr, $d:expr => $y:expr) => {
        |g, region| divide(g, region, Form::Short, [$x, $a, $b, $d].map(Fp::from), Fp::from($y))
    };
}

#[test]
fn the_short_form_divides_likewise() {
    for outcome in [
        run(short!(0, 7, 0, 10 => 0), &[]),
        run(short!(1, 7, 3, 10 => 1), &[]),
        run(short!(123_456, 20_001, 999_999, 1_000_000 => 2470), &[]),
        run(short!((1 << 27) - 1, 1, 1, 1 << 27 => 1), &[]),
        run(short!(5, 0, 0, 1 => 0), &[]),
    ] {
        assert_eq!(outcome, Ok(()));
    }
    let honest: Assign = |g, region| {
        let (d, y) = (two_to(27), two_to(81) - Fp::ONE);
        divide(g, region, Form::Short, [y, d, d - Fp::ONE, d], y)
    };
    assert_eq!(run(honest, &[]), Ok(()));
    refused(run(short!(3, 7, 3, 10 => 1), &[]), BY_DIVISOR);
    refused(run(short!(3, 7, 3, 10 => 3), &[]), DIVIDED);
    let past: Assign = |g, region| {
        let (d, y) = (two_to(27), two_to(81));
        divide(g, region, Form::Short, [y, d, Fp::ZERO, d], y)
    };
    refused(run(past, &[]), "y is its limbs");
    // A divisor past 2^27 has remainders that do not fit.
    refused(run(short!((1 << 27) + 1, 1, 0, (1 << 28) => 0), &[]), DIVIDED);
    let honest: Assign = short!(3, 7, 3, 10 => 2);
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(5))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 1, Fp::from(6))]), BY_DIVISOR);
    for (limb, row) in [(3, 0), (4, 0), (3, 1), (4, 1), (0, 2), (4, 2)] {
        refused(run(honest, &[(At::Limb(limb), row, Fp::from(3))]), "y is its limbs");
    }
    refused(run(honest, &[(At::Aux(4), 2, Fp::from(3))]), DIVIDED);
}

macro_rules! deep {
    ($x:expr, $a:expr, $b:expr, $d:expr => $y:expr) => {
        |g, region| divide(g, region, Form::Deep, [$x, $a, $b, $d].map(Fp::from), Fp::from($y))
    };
}

#[test]
fn the_deep_form_divides_likewise() {
    for outcome in [
        run(deep!(0, 7, 0, 10 => 0), &[]),
        run(deep!(1, 7, 3, 10 => 1), &[]),
        run(deep!(123_456, 20_001, 999_999, 1_000_000 => 2470), &[]),
        run(deep!((1 << 54) - 1, 1, 1, 1 << 54 => 1), &[]),
        run(deep!((1 << 54) - 1, 1, 0, 1 << 54 => 0), &[]),
        run(deep!(5, 0, 0, 1 => 0), &[]),
    ] {
        assert_eq!(outcome, Ok(()));
    }
    let honest: Assign = |g, region| {
        let (d, y) = (two_to(54), two_to(117) - Fp::ONE);
        divide(g, region, Form::Deep, [y, d, d - Fp::ONE, d], y)
    };
    assert_eq!(run(honest, &[]), Ok(()));
    refused(run(deep!(3, 7, 3, 10 => 1), &[]), BY_DIVISOR);
    refused(run(deep!(3, 7, 3, 10 => 3), &[]), DIVIDED);
    let past: Assign = |g, region| {
        let (d, y) = (two_to(54), two_to(117));
        divide(g, region, Form::Deep, [y, d, Fp::ZERO, d], y)
    };
    refused(run(past, &[]), "y is its limbs");
    // A divisor past 2^54 has remainders that do not fit.
    refused(run(deep!((1 << 54) + 1, 1, 0, (1 << 55) => 0), &[]), DIVIDED);
    let honest: Assign = deep!(3, 7, 3, 10 => 2);
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(5))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 2, Fp::from(5))]), DIVIDED);
    refused(run(honest, &[(At::Limb(0), 1, Fp::from(6))]), BY_DIVISOR);
    refused(run(honest, &[(At::Limb(1), 2, Fp::from(6))]), BY_DIVISOR);
    for (limb, row) in [(2, 2), (4, 2), (0, 3), (4, 3), (0, 4), (4, 4)] {
        refused(run(honest, &[(At::Limb(limb), row, Fp::from(3))]), "y is its limbs");
    }
    refused(run(honest, &[(At::Aux(4), 2, Fp::from(3))]), DIVIDED);
}
