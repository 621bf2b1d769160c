//! The larger of two numbers in isolation: both are inputs on rows 0 and 1.

use crate::support::*;
use zkmargin_gadgets::halo2::*;

fn larger(
    g: &Gadgets,
    region: &mut Region<'_, Fp>,
    [x, y]: [Fp; 2],
    is_y: Fp,
) -> Result<(), Error> {
    let (x, y) = (g.input(region, 0, x)?, g.input(region, 1, y)?);
    g.larger.assign(region, 0, [&x, &y], Value::known(is_y)).map(|_| ())
}

macro_rules! larger {
    ($x:expr, $y:expr => $is_y:expr) => {
        |g, region| larger(g, region, [Fp::from($x), Fp::from($y)], Fp::from($is_y))
    };
}

const DISTANCE: &str = "word of three rows";

#[test]
fn one_or_the_other() {
    for outcome in [
        run(larger!(7, 5 => 0), &[]),
        run(larger!(5, 7 => 1), &[]),
        run(larger!(5, 6 => 1), &[]),
        run(larger!(6, 6 => 0), &[]),
        run(larger!(0, 0 => 0), &[]),
    ] {
        assert_eq!(outcome, Ok(()));
    }
    let negative: Assign = |g, region| larger(g, region, [-Fp::from(3), Fp::ZERO], Fp::ONE);
    assert_eq!(run(negative, &[]), Ok(()));
    let widest: Assign = |g, region| larger(g, region, [Fp::ZERO, two_to(135)], Fp::ONE);
    assert_eq!(run(widest, &[]), Ok(()));
    let past: Assign = |g, region| larger(g, region, [Fp::ZERO, two_to(135) + Fp::ONE], Fp::ONE);
    refused(run(past, &[]), DISTANCE);
}

#[test]
fn the_smaller_one() {
    refused(run(larger!(7, 5 => 1), &[]), DISTANCE);
    refused(run(larger!(5, 7 => 0), &[]), DISTANCE);
    // Of equal numbers the flag is one as well.
    refused(run(larger!(6, 6 => 1), &[]), DISTANCE);
}

#[test]
fn flag_and_cells() {
    let honest: Assign = larger!(5, 7 => 1);
    refused(run(larger!(5, 7 => 2), &[]), "is y is boolean");
    refused(run(honest, &[(At::Aux(3), 0, Fp::from(5))]), "larger = x or y");
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(5))]), DISTANCE);
    let distance = [(At::Limb(0), 0, Fp::from(5)), (At::Aux(4), 0, Fp::from(5))];
    refused(run(honest, &distance), "distance = x - y or y - x - 1");
    for column in [0, 1] {
        refused(run(honest, &[(At::Aux(column), 0, Fp::from(9))]), "Permutation");
    }
}
