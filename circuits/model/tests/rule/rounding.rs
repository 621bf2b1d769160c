//! Division with a named mode, and steps made of it.

use super::support::int;
use zkmargin_model::rule::{LinearStep, Rounding};

const MODES: [Rounding; 3] = [Rounding::Floor, Rounding::Ceil, Rounding::Truncate];

fn step(num: i64, den: i64, mode: Rounding, scale: i64) -> LinearStep {
    LinearStep::rounded(int(num), int(den), mode, int(scale)).expect("positive")
}

#[test]
fn modes() {
    for (numerator, quotients) in
        [(7, [3, 4, 3]), (-7, [-4, -3, -3]), (6, [3, 3, 3]), (-6, [-3, -3, -3]), (0, [0, 0, 0])]
    {
        let found = MODES.map(|mode| mode.divide(&int(numerator), &int(2)));
        assert_eq!(found, quotients.map(int), "{numerator} / 2");
    }
    for denominator in [0, -2] {
        for mode in MODES {
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
