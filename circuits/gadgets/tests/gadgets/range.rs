//! Range check in isolation.

use crate::support::*;
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;

macro_rules! word {
    ($form:ident, $value:expr) => {
        |g, region| g.range.$form(region, 0, Value::known($value)).map(|_| ())
    };
    ($form:ident, $width:ident, $value:expr) => {
        |g, region| g.range.$form(region, 0, Width::$width, Value::known($value)).map(|_| ())
    };
}

#[test]
fn extremes_of_every_form() {
    assert_eq!(run(word!(two_rows, Fp::ZERO), &[]), Ok(()));
    assert_eq!(run(word!(two_rows, two_to(90) - Fp::ONE), &[]), Ok(()));
    assert_eq!(run(word!(two_rows_and_limb, two_to(99) - Fp::ONE), &[]), Ok(()));
    assert_eq!(run(word!(above, Wide, two_to(135) - Fp::ONE), &[]), Ok(()));
    assert_eq!(run(word!(below, Wide, two_to(135) - Fp::ONE), &[]), Ok(()));
    assert_eq!(run(word!(above, Narrow, two_to(90) - Fp::ONE), &[]), Ok(()));
    assert_eq!(run(word!(below, Narrow, two_to(90) - Fp::ONE), &[]), Ok(()));
}

#[test]
fn past_the_width_and_negative() {
    refused(run(word!(two_rows, two_to(90)), &[]), "word = row 0 + 2^45 row 1");
    refused(run(word!(two_rows, -Fp::ONE), &[]), "word = row 0 + 2^45 row 1");
    refused(run(word!(two_rows_and_limb, two_to(99)), &[]), "2^90 limb");
    refused(run(word!(above, Wide, two_to(135)), &[]), "2^90 row 2");
    refused(run(word!(below, Wide, -Fp::ONE), &[]), "2^90 row 2");
    refused(run(word!(above, Narrow, two_to(90)), &[]), "narrow word");
    refused(run(word!(below, Narrow, -Fp::ONE), &[]), "narrow word");
}

#[test]
fn a_limb_past_nine_bits() {
    // 2^90 as a limb of 512 in the last place: the word gate holds, the lookup does not.
    let honest: Assign = word!(two_rows, Fp::ZERO);
    let cheat = [(At::Limb(4), 1, Fp::from(512)), (At::Aux(0), 2, two_to(90))];
    let failures = run(honest, &cheat).expect_err("the lie was accepted");
    assert!(failures.contains("Lookup") && !failures.contains("ConstraintNotSatisfied"));
    // Every limb column is looked up, on a row of its own too.
    for limb in 0..5 {
        refused(run(honest, &[(At::Limb(limb), 700, Fp::from(512))]), "Lookup");
    }
}

#[test]
fn a_word_that_its_limbs_do_not_make() {
    refused(run(word!(two_rows, Fp::ONE), &[(At::Aux(0), 2, Fp::from(2))]), "word of two rows");
    let topped: Assign = word!(two_rows_and_limb, Fp::ONE);
    refused(run(topped, &[(At::Aux(0), 1, Fp::from(2))]), "word of two rows and a limb");
    let above: Assign = word!(above, Wide, Fp::ONE);
    refused(run(above, &[(At::Aux(4), 0, Fp::from(2))]), "word of three rows");
    let below: Assign = word!(below, Wide, Fp::ONE);
    refused(run(below, &[(At::Aux(4), 2, Fp::from(2))]), "word of three rows");
    let above: Assign = word!(above, Narrow, Fp::ONE);
    refused(run(above, &[(At::Aux(4), 0, Fp::from(2))]), "narrow word");
    let below: Assign = word!(below, Narrow, Fp::ONE);
    refused(run(below, &[(At::Aux(4), 1, Fp::from(2))]), "narrow word");
}
