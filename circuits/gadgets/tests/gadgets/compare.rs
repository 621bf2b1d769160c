//! Comparison in isolation.

use crate::support::*;
use zkmargin_gadgets::halo2::*;

macro_rules! compare {
    ($value:expr) => {
        |g, region| {
            let value = g.input(region, 0, $value)?;
            g.compare.assign(region, 0, &value)
        }
    };
}

#[test]
fn zero_to_the_width() {
    assert_eq!(run(compare!(Fp::ZERO), &[]), Ok(()));
    assert_eq!(run(compare!(two_to(135)), &[]), Ok(()));
    assert_eq!(run(compare!(two_to(225) - Fp::ONE), &[]), Ok(()));
}

#[test]
fn negative_and_past_the_width() {
    refused(run(compare!(-Fp::ONE), &[]), "value = low + 2^135 high");
    refused(run(compare!(-two_to(224)), &[]), "value = low + 2^135 high");
    refused(run(compare!(two_to(225)), &[]), "value = low + 2^135 high");
}

#[test]
fn parts_and_value() {
    let honest: Assign = compare!(Fp::from(9));
    refused(run(honest, &[(At::Aux(4), 2, Fp::from(8))]), "word of three rows");
    refused(run(honest, &[(At::Aux(0), 2, Fp::ONE)]), "word of two rows");
    refused(run(honest, &[(At::Aux(1), 2, Fp::from(8))]), "Permutation");
    refused(run(honest, &[(At::Input, 0, Fp::from(8))]), "Permutation");
}
