//! Long words in isolation.

use crate::support::*;
use zkmargin_gadgets::halo2::*;

fn long(g: &Gadgets, region: &mut Region<'_, Fp>, count: usize, x: Fp) -> Result<(), Error> {
    let cell = g.long.assign(region, 0, count, Value::known(x))?;
    let input = g.input(region, 0, x)?;
    region.constrain_equal(cell.cell(), input.cell())
}

const NEXT: &str = "word = limbs + 2^45 high";

#[test]
fn every_number_of_limbs() {
    let honest: [Assign; 6] = [
        |g, region| long(g, region, 7, two_to(63) - Fp::ONE),
        |g, region| long(g, region, 8, Fp::from(600)),
        |g, region| long(g, region, 14, two_to(125)),
        |g, region| long(g, region, 21, two_to(189) - Fp::ONE),
        |g, region| long(g, region, 27, two_to(243) - Fp::ONE),
        |g, region| long(g, region, 3, two_to(27) - Fp::ONE),
    ];
    for honest in honest {
        assert_eq!(run(honest, &[]), Ok(()));
    }
}

#[test]
fn one_past_the_width() {
    let lies: [Assign; 5] = [
        |g, region| long(g, region, 7, two_to(63)),
        |g, region| long(g, region, 14, two_to(126)),
        |g, region| long(g, region, 21, two_to(189)),
        |g, region| long(g, region, 27, two_to(243)),
        |g, region| long(g, region, 27, -Fp::ONE),
    ];
    for lie in lies {
        refused(run(lie, &[]), NEXT);
    }
    let alone: Assign = |g, region| long(g, region, 3, two_to(27));
    refused(run(alone, &[]), "word = limbs");
}

#[test]
fn limbs_and_words() {
    let honest: Assign = |g, region| long(g, region, 7, two_to(50));
    refused(run(honest, &[(At::Limb(0), 0, Fp::ONE)]), "word = limbs");
    refused(run(honest, &[(At::Limb(0), 1, Fp::ONE)]), NEXT);
    refused(run(honest, &[(At::Aux(4), 0, Fp::ZERO)]), NEXT);
    refused(run(honest, &[(At::Aux(4), 1, Fp::ZERO)]), NEXT);
    refused(run(honest, &[(At::Limb(1), 0, two_to(9))]), "Lookup");
    // Beyond the two limbs of the first row, cells are free for other words.
    assert_eq!(run(honest, &[(At::Limb(2), 0, Fp::from(5))]), Ok(()));
}

/// A word that fills its first row has no gate.
#[test]
fn full_rows_are_refused() {
    let full: Assign = |g, region| match g.long.assign(region, 0, 10, Value::known(Fp::ONE)) {
        Err(_) => Ok(()),
        Ok(_) => Err(Error::Synthesis),
    };
    assert_eq!(run(full, &[]), Ok(()));
}
