//! Division with a named mode, and steps made of it.

use super::support::int;
use zkmargin_model::rule::{LinearStep, Rounding};

fn step(num: i64, den: i64, mode: Rounding, scale: i64) -> LinearStep {
    LinearStep::rounded(int(num), int(den), mode, int(scale)).expect("positive")
}

/// Each mode by its definition, from the quotient toward minus infinity and the remainder.
fn by_definition(mode: Rounding, numerator: i64, denominator: i64) -> i64 {
    let floor = numerator.div_euclid(denominator);
    let rest = numerator.rem_euclid(denominator);
    let (is_negative, is_tie) = (numerator < 0, 2 * rest == denominator);
    let rounds_up = match mode {
        Rounding::Floor => false,
        Rounding::Ceil => rest > 0,
        Rounding::Truncate => rest > 0 && is_negative,
        Rounding::Away => rest > 0 && !is_negative,
        _ if !is_tie => 2 * rest > denominator,
        Rounding::NearestUp => true,
        Rounding::NearestAway => !is_negative,
        Rounding::NearestZero => is_negative,
    };
    floor + i64::from(rounds_up)
}

#[test]
fn modes() {
    for denominator in [1, 2, 3, 4, 5, 6, 7, 10, 1000] {
        for numerator in -25..=25 {
            for mode in Rounding::ALL {
                let found = mode.divide(&int(numerator), &int(denominator));
                let expected = int(by_definition(mode, numerator, denominator));
                assert_eq!(found, expected, "{numerator} / {denominator}, {mode:?}");
                let offset = mode.offset(numerator < 0, &int(denominator));
                assert!(int(0) <= offset && offset < int(denominator));
            }
        }
    }
    let ties = |numerator: i64| Rounding::ALL.map(|mode| mode.divide(&int(numerator), &int(2)));
    assert_eq!(ties(7), [3, 4, 3, 4, 4, 4, 3].map(int));
    assert_eq!(ties(-7), [-4, -3, -3, -4, -3, -4, -3].map(int));
    for denominator in [0, -2] {
        for mode in Rounding::ALL {
            assert_eq!(mode.divide(&int(7), &int(denominator)), int(0));
        }
    }
}

#[test]
fn an_exact_step_multiplies() {
    let exact = LinearStep::exact(int(-6));
    assert_eq!(exact.apply(&int(5)), int(-30));
    assert_eq!(exact.exact_num(), Some(int(-6)));
    assert_eq!(exact.bound(), int(-6));
    assert_eq!((exact.num(), exact.den(), exact.scale()), (&int(-6), &int(1), &int(1)));
}

#[test]
fn a_rounded_step_divides_and_scales() {
    // 5 * 7 / 3 = 11.67.
    for (mode, up, down) in
        [(Rounding::Floor, 44, -48), (Rounding::Ceil, 48, -44), (Rounding::Truncate, 44, -44)]
    {
        let step = step(7, 3, mode, 4);
        assert_eq!(step.mode(), mode);
        assert_eq!((step.num(), step.den(), step.scale()), (&int(7), &int(3), &int(4)));
        assert_eq!((step.apply(&int(5)), step.apply(&int(-5))), (int(up), int(down)));
        assert_eq!(step.exact_num(), None);
    }
    // Dividing by one is exact whatever the scale.
    assert_eq!(step(7, 1, Rounding::Ceil, 4).exact_num(), Some(int(28)));
}

#[test]
fn divisor_and_scale_are_positive() {
    for (den, scale) in [(0, 1), (-1, 1), (1, 0), (1, -1), (0, 0)] {
        let made = LinearStep::rounded(int(1), int(den), Rounding::Floor, int(scale));
        assert_eq!(made, None, "{den} {scale}");
    }
}

#[test]
fn the_bound_is_away_from_zero() {
    assert_eq!(step(7, 3, Rounding::Floor, 4).bound(), int(12));
    assert_eq!(step(-7, 3, Rounding::Ceil, 4).bound(), int(-12));
    assert_eq!(step(6, 3, Rounding::Floor, 4).bound(), int(8));
    assert_eq!(step(0, 3, Rounding::Floor, 4).bound(), int(0));
}
