//! Exact decimal text, such as `-12.50`, and scaled integers.
//!
//! The grammar is `-? (0 | [1-9][0-9]*) (\. [0-9]+)?` without minus zero. Nothing is ever rounded: a figure with more
//! digits than its unit is an error.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

/// Maximum length of decimal text, in characters.
pub const MAX_DECIMAL_CHARS: usize = 96;

/// An exact decimal number, `coefficient * 10^-scale` with the smallest possible `scale`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    coefficient: BigInt,
    scale: u32,
}

/// Why text is not a decimal number, with the fix if there is one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// No text.
    #[error("is empty; write a decimal number such as \"12.50\"")]
    Empty,
    /// More than [`MAX_DECIMAL_CHARS`] characters.
    #[error("is longer than {MAX_DECIMAL_CHARS} characters")]
    TooLong,
    /// A leading `+`.
    #[error("begins with '+'; leave out the sign")]
    Plus,
    /// `e` or `E`.
    #[error("has an exponent; write all digits, such as \"0.00000001\"")]
    Exponent,
    /// No digit before or after the point.
    #[error("needs a digit before and after the point, such as \"0.5\"")]
    BarePoint,
    /// Superfluous zeros in front.
    #[error("has leading zeros; begin with the first significant digit")]
    LeadingZeros,
    /// `-0`, `-0.00`.
    #[error("is minus zero; write \"0\"")]
    MinusZero,
    /// Any other character.
    #[error(
        "has a character that does not belong in a decimal number; write only digits and at most one point"
    )]
    Character,
    /// More digits after the point than the unit has.
    #[error(
        "has {digits} digits after the point, but at most {most} fit here; shorten it to, for example, \"{fix}\""
    )]
    TooManyDigits {
        /// Digits after the point.
        digits: u32,
        /// Maximum number of digits of the unit.
        most: u32,
        /// The text cut to `most` digits.
        fix: String,
    },
}

/// `10^exponent`.
pub fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// The parts of checked text: whether negative, whole digits, digits after the point.
fn split(text: &str) -> Result<(bool, &str, &str), DecimalError> {
    if text.is_empty() {
        return Err(DecimalError::Empty);
    }
    if text.len() > MAX_DECIMAL_CHARS {
        return Err(DecimalError::TooLong);
    }
    if text.starts_with('+') {
        return Err(DecimalError::Plus);
    }
    let negative = text.starts_with('-');
    let magnitude = text.strip_prefix('-').unwrap_or(text);
    let is_digit = |c: char| c.is_ascii_digit();
    if magnitude.contains(is_digit) && magnitude.contains(['e', 'E']) {
        return Err(DecimalError::Exponent);
    }
    if !magnitude.chars().all(|c| is_digit(c) || c == '.') || magnitude.matches('.').count() > 1 {
        return Err(DecimalError::Character);
    }
    let (whole, fraction) = match magnitude.split_once('.') {
        Some((_, "")) => return Err(DecimalError::BarePoint),
        Some(parts) => parts,
        None => (magnitude, ""),
    };
    if whole.is_empty() {
        return Err(if fraction.is_empty() {
            DecimalError::Character
        } else {
            DecimalError::BarePoint
        });
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return Err(DecimalError::LeadingZeros);
    }
    if negative && magnitude.chars().all(|c| c == '0' || c == '.') {
        return Err(DecimalError::MinusZero);
    }
    Ok((negative, whole, fraction))
}

fn digits_value(digits: &str) -> BigInt {
    BigInt::parse_bytes(digits.as_bytes(), 10).unwrap_or_default()
}

impl Decimal {
    /// Reads decimal text.
    ///
    /// # Errors
    /// [`DecimalError`] other than [`DecimalError::TooManyDigits`].
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let (negative, whole, fraction) = split(text)?;
        let fraction = fraction.trim_end_matches('0');
        let magnitude = digits_value(&[whole, fraction].concat());
        let scale = u32::try_from(fraction.len()).map_err(|_| DecimalError::TooLong)?;
        Ok(Self { coefficient: if negative { -magnitude } else { magnitude }, scale })
    }

    /// The decimal number `value * 10^-decimals`.
    pub fn from_scaled(value: &BigInt, decimals: u32) -> Self {
        let (mut coefficient, mut scale) = (value.clone(), decimals);
        let ten = BigInt::from(10);
        while scale > 0 {
            let (quotient, remainder) = coefficient.div_rem(&ten);
            if !remainder.is_zero() {
                break;
            }
            (coefficient, scale) = (quotient, scale - 1);
        }
        Self { coefficient, scale }
    }

    /// The coefficient: the number without its point.
    pub fn coefficient(&self) -> &BigInt {
        &self.coefficient
    }

    /// Digits after the point, without trailing zeros.
    pub fn scale(&self) -> u32 {
        self.scale
    }

    /// The number in units of `10^-decimals`, or `None` if it is not an integer in that unit.
    pub fn to_scaled(&self, decimals: u32) -> Option<BigInt> {
        let shift = decimals.checked_sub(self.scale)?;
        Some(&self.coefficient * power_of_ten(shift))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format_scaled(&self.coefficient, self.scale))
    }
}

/// Reads decimal text in units of `10^-decimals`. Digits beyond the unit are an error, even zeros.
///
/// # Errors
/// [`DecimalError`].
pub fn parse_scaled(text: &str, decimals: u32) -> Result<BigInt, DecimalError> {
    let (negative, whole, fraction) = split(text)?;
    let digits = u32::try_from(fraction.len()).map_err(|_| DecimalError::TooLong)?;
    let Some(shift) = decimals.checked_sub(digits) else {
        let keep = text.len() - (digits - decimals) as usize;
        let fix = text[..keep].trim_end_matches('.').to_owned();
        return Err(DecimalError::TooManyDigits { digits, most: decimals, fix });
    };
    let magnitude = digits_value(&[whole, fraction].concat()) * power_of_ten(shift);
    Ok(if negative { -magnitude } else { magnitude })
}

/// Writes `value * 10^-decimals` with trailing zeros trimmed; [`parse_scaled`] reads it back.
pub fn format_scaled(value: &BigInt, decimals: u32) -> String {
    let places = decimals as usize;
    // A width of `format!` has sixteen bits.
    let digits = value.magnitude().to_string();
    let digits = "0".repeat((places + 1).saturating_sub(digits.len())) + &digits;
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let sign = if value.is_negative() { "-" } else { "" };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_and_refuses() {
        assert_eq!(parse_scaled("12.50", 2), Ok(BigInt::from(1250)));
        assert_eq!(parse_scaled("-0.5", 3), Ok(BigInt::from(-500)));
        assert_eq!(parse_scaled("0", 0), Ok(BigInt::zero()));
        let bad = [
            ("", DecimalError::Empty),
            ("+1", DecimalError::Plus),
            ("1e5", DecimalError::Exponent),
            ("1E-5", DecimalError::Exponent),
            ("007", DecimalError::LeadingZeros),
            ("-01", DecimalError::LeadingZeros),
            (".5", DecimalError::BarePoint),
            ("5.", DecimalError::BarePoint),
            ("-.5", DecimalError::BarePoint),
            ("-", DecimalError::Character),
            (".", DecimalError::BarePoint),
            ("1.2.3", DecimalError::Character),
            ("1,5", DecimalError::Character),
            (" 1", DecimalError::Character),
            ("١", DecimalError::Character),
            ("-0", DecimalError::MinusZero),
            ("-0.00", DecimalError::MinusZero),
            ("NaN", DecimalError::Character),
        ];
        for (text, error) in bad {
            assert_eq!(Decimal::parse(text), Err(error.clone()), "{text}");
            assert_eq!(parse_scaled(text, 8), Err(error), "{text}");
        }
        assert_eq!(Decimal::parse(&"1".repeat(97)), Err(DecimalError::TooLong));
    }

    #[test]
    fn any_number_of_places_is_written() {
        assert_eq!(format_scaled(&BigInt::from(-7), 70_000), format!("-0.{}7", "0".repeat(69_999)));
    }

    #[test]
    fn excess_digits_show_the_fix() {
        for (text, decimals, fix) in
            [("12.505", 2, "12.50"), ("12.5", 0, "12"), ("-1.10", 1, "-1.1")]
        {
            match parse_scaled(text, decimals) {
                Err(DecimalError::TooManyDigits { fix: shown, .. }) => assert_eq!(shown, fix),
                other => panic!("{other:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn round_trip(value in any::<i128>(), decimals in 0u32..40) {
            let value = BigInt::from(value);
            let text = format_scaled(&value, decimals);
            prop_assert_eq!(parse_scaled(&text, decimals), Ok(value.clone()));
            let decimal = Decimal::parse(&text).unwrap();
            prop_assert_eq!(decimal.to_scaled(decimals), Some(value.clone()));
            prop_assert_eq!(&decimal, &Decimal::from_scaled(&value, decimals));
            prop_assert_eq!(decimal.to_string(), text);
        }

        #[test]
        fn never_panics(text in ".*", decimals in 0u32..60) {
            let scaled = parse_scaled(&text, decimals);
            if let Ok(value) = scaled {
                prop_assert_eq!(Decimal::parse(&text).unwrap().to_scaled(decimals), Some(value));
            }
        }

        #[test]
        fn number_like_text_never_panics(text in "[-+]?[0-9.eE]{0,12}", decimals in 0u32..6) {
            let _ = parse_scaled(&text, decimals);
        }
    }
}
