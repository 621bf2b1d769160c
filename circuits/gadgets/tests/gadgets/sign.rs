//! Sign and magnitude in isolation: the number is an input on row 0.

use crate::support::*;
use zkmargin_gadgets::halo2::*;

fn sign(g: &Gadgets, region: &mut Region<'_, Fp>, x: Fp, negative: u64) -> Result<(), Error> {
    let x = g.input(region, 0, x)?;
    g.sign.assign(region, 0, &x, Value::known(Fp::from(negative))).map(|_| ())
}

const DISTANCE: &str = "word of three rows";

#[test]
fn both_signs() {
    let honest: [Assign; 5] = [
        |g, region| sign(g, region, Fp::from(7), 0),
        |g, region| sign(g, region, -Fp::from(7), 1),
        |g, region| sign(g, region, -Fp::ONE, 1),
        |g, region| sign(g, region, Fp::ZERO, 0),
        |g, region| sign(g, region, -two_to(135), 1),
    ];
    for honest in honest {
        assert_eq!(run(honest, &[]), Ok(()));
    }
}

#[test]
fn the_other_sign() {
    let lies: [Assign; 4] = [
        |g, region| sign(g, region, Fp::from(7), 1),
        |g, region| sign(g, region, -Fp::from(7), 0),
        // Zero is not negative.
        |g, region| sign(g, region, Fp::ZERO, 1),
        |g, region| sign(g, region, two_to(135), 0),
    ];
    for lie in lies {
        refused(run(lie, &[]), DISTANCE);
    }
}

#[test]
fn flag_and_cells() {
    let honest: Assign = |g, region| sign(g, region, -Fp::from(7), 1);
    let not_a_flag: Assign = |g, region| sign(g, region, -Fp::from(7), 2);
    refused(run(not_a_flag, &[]), "negative is boolean");
    refused(run(honest, &[(At::Aux(3), 0, Fp::from(6))]), "magnitude = distance + negative");
    let distance =
        [(At::Limb(0), 0, Fp::from(5)), (At::Aux(4), 0, Fp::from(5)), (At::Aux(3), 0, Fp::from(6))];
    refused(run(honest, &distance), "x = sign magnitude");
    refused(run(honest, &[(At::Limb(0), 0, Fp::from(5))]), DISTANCE);
    refused(run(honest, &[(At::Aux(0), 0, Fp::from(9))]), "Permutation");
}
