//! A JSON value in units of `10^-8`, as RedStone's nodes round it, in integers.
//!
//! Nodes sign `Number(value).toFixed(8)` of a number and `new Decimal(value).toFixed(8)` of a string
//! (`convertNumberToString` in `packages/protocol/src/common/utils.ts`). The first rounds the binary
//! fraction that the number's text stands for, the second the text itself; both round half up.

use super::DECIMALS;
use num_bigint::BigUint;

/// Maximum length of a number; JavaScript writes at most 25 characters.
const MAX_CHARS: usize = 64;
/// Largest exponent of ten accepted, of either sign: beyond all binary fractions.
const MAX_EXPONENT: i32 = 400;
/// Binary digits of a JavaScript number.
const MANTISSA_BITS: i64 = 53;

/// The value in units of `10^-8`; `None` if it is not a number, negative, or `10^21` or more (where JavaScript starts
/// to round differently).
pub(super) fn scaled(json: &str) -> Option<u128> {
    let quoted = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let value = match quoted {
        Some(text) => Fraction::parse(text)?,
        None => Fraction::parse(json)?.to_binary(),
    };
    let units = value.round_half_up(DECIMALS);
    let limit = BigUint::from(10u8).pow(21 + DECIMALS);
    if units < limit { u128::try_from(units).ok() } else { None }
}

/// A fraction that is not negative.
struct Fraction {
    numerator: BigUint,
    denominator: BigUint,
}

impl Fraction {
    /// Reads `digits[.digits][e[sign]digits]`.
    fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_CHARS {
            return None;
        }
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        let digits = [whole, fraction].concat();
        if whole.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits = BigUint::parse_bytes(digits.as_bytes(), 10)?;
        let exponent = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
        if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
            return None;
        }
        let power = BigUint::from(10u8).pow(exponent.unsigned_abs());
        Some(if exponent < 0 {
            Self { numerator: digits, denominator: power }
        } else {
            Self { numerator: digits * power, denominator: BigUint::from(1u8) }
        })
    }

    /// The nearest fraction of 53 binary digits, to even if two are equally near: what a JavaScript number is. (Numbers
    /// too small for 53 digits are zero in units of `10^-8` anyway.)
    fn to_binary(&self) -> Self {
        // Scaled by a power of two so that the whole part has 53 digits. Lengths give the power or
        // one less than it.
        let bits = |n: &BigUint| n.bits().cast_signed();
        let mut power = MANTISSA_BITS - bits(&self.numerator) + bits(&self.denominator);
        if bits(&self.times_power_of_two(power).floor()) > MANTISSA_BITS {
            power -= 1;
        }
        let scaled = self.times_power_of_two(power);
        let mut whole = scaled.floor();
        let twice_rest = (&scaled.numerator - &whole * &scaled.denominator) * 2u8;
        if twice_rest > scaled.denominator || (twice_rest == scaled.denominator && whole.bit(0)) {
            whole += 1u8;
        }
        Self { numerator: whole, denominator: BigUint::from(1u8) }.times_power_of_two(-power)
    }

    fn times_power_of_two(&self, power: i64) -> Self {
        let (numerator, denominator) = (self.numerator.clone(), self.denominator.clone());
        if power < 0 {
            Self { numerator, denominator: denominator << power.unsigned_abs() }
        } else {
            Self { numerator: numerator << power.unsigned_abs(), denominator }
        }
    }

    fn floor(&self) -> BigUint {
        &self.numerator / &self.denominator
    }

    /// The nearest integer in units of `10^-decimals`, the larger if two are equally near.
    fn round_half_up(&self, decimals: u32) -> BigUint {
        let twice = &self.numerator * BigUint::from(10u8).pow(decimals) * 2u8;
        (twice + &self.denominator) / (&self.denominator * 2u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_strings() {
        for (json, expected) in [
            ("63597.972532907195", 6_359_797_253_291),
            ("0.79477401", 79_477_401),
            ("0", 0),
            ("0.0", 0),
            ("1", 100_000_000),
            ("1e-7", 10),
            ("9.8e-7", 98),
            ("1.5E+3", 150_000_000_000),
            ("4.9e-9", 0),
            ("1e-300", 0),
            // A tie in text, and a binary fraction below or above it.
            ("1.000000005", 100_000_000),
            ("\"1.000000005\"", 100_000_001),
            ("1.000000025", 100_000_003),
            ("\"1.000000025\"", 100_000_003),
            // A tie in binary too.
            ("977574631169.1191", 97_757_463_116_911_914_063),
            // From about 10^8 on, the text of a number is not its value to eight digits.
            ("123456789.1", 12_345_678_909_999_999),
            ("\"123456789.1\"", 12_345_678_910_000_000),
        ] {
            assert_eq!(scaled(json), Some(expected), "{json}");
        }
        for json in [
            "",
            "-1",
            "\"-1\"",
            "\"",
            "\"1",
            "1.",
            ".",
            ".5",
            "e1",
            "1e",
            "1e401",
            "1e-401",
            "1e21",
            "NaN",
            "null",
            "+1",
            "1 ",
            "0x1",
            "١",
            "1e99999999999",
            "1e21",
        ] {
            assert_eq!(scaled(json), None, "{json}");
        }
        assert_eq!(scaled(&"1".repeat(65)), None);
    }

    proptest! {
        /// Against the machine's floating point, which the code itself does not use.
        #[test]
        fn as_floating_point(value in prop_oneof![0f64..1e6, 0f64..1e12, 0f64..1e-4]) {
            let json = value.to_string();
            prop_assume!(json.len() <= MAX_CHARS);
            // All digits of the binary fraction, so that the rounding is ours: half up.
            let text = format!("{value:.200}");
            let (whole, fraction) = text.split_once('.').unwrap();
            let units: u128 = [whole, &fraction[..8]].concat().parse().unwrap();
            let expected = units + u128::from(fraction.as_bytes()[8] >= b'5');
            prop_assert_eq!(scaled(&json), Some(expected));
        }

        #[test]
        fn never_panics(text in "\"?[0-9.eE+-]{0,20}\"?", any in ".*") {
            let _ = scaled(&text);
            let _ = scaled(&any);
        }
    }
}
