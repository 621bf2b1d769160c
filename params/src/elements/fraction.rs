//! Exact fractions: constants of schedules and figures of snapshots.

use crate::elements_file::FractionText;
use crate::error::{ErrorCode, FileError};
use crate::figures::Checker;
use crate::read::shorten;
use crate::unit::Unit;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::digest::Encoder;
use zkmargin_model::rule::Rounding;
use zkmargin_model::shown::quoted;

/// A fraction in lowest terms. The denominator is positive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fraction {
    num: BigInt,
    den: BigInt,
}

impl Fraction {
    /// One.
    pub(crate) fn one() -> Self {
        Self { num: BigInt::one(), den: BigInt::one() }
    }

    fn new(num: BigInt, den: BigInt) -> Self {
        let common = match (u128::try_from(num.magnitude()), u128::try_from(den.magnitude())) {
            // In words of the machine where it can be.
            (Ok(num), Ok(den)) => num.gcd(&den).into(),
            _ => num.gcd(&den),
        };
        if common.is_one() {
            return Self { num, den };
        }
        Self { num: num / &common, den: den / common }
    }

    /// That many units.
    pub(crate) fn of_units(units: &BigInt, unit: Unit) -> Self {
        Self::new(units.clone(), power_of_ten(unit.decimals) << unit.bits)
    }

    /// The number that a decimal is.
    pub(crate) fn of_decimal(decimal: &Decimal) -> Self {
        Self::new(decimal.coefficient().clone(), power_of_ten(decimal.scale()))
    }

    /// Reads `p/q`, with a positive integer `q`, or a decimal number.
    pub(crate) fn parse(
        check: Checker,
        text: &FractionText,
        pointer: &str,
    ) -> Result<Self, FileError> {
        let refuse = || {
            let message = format!(
                "{} is not a fraction; write a decimal number or two integers, such as \"2/3\"",
                quoted(&shorten(text.as_str()))
            );
            check.error(ErrorCode::BadNumber, pointer, message)
        };
        let integer = |text: &str| {
            let whole = Decimal::parse(text).ok().filter(|_| !text.contains('.'));
            whole.map(|whole| whole.coefficient().clone()).ok_or_else(refuse)
        };
        match text.as_str().split_once('/') {
            None => Decimal::parse(text.as_str())
                .map(|decimal| Self::of_decimal(&decimal))
                .map_err(|_| refuse()),
            Some((p, q)) => {
                let (p, q) = (integer(p)?, integer(q)?);
                if q.is_positive() { Ok(Self::new(p, q)) } else { Err(refuse()) }
            }
        }
    }

    /// The product.
    pub(crate) fn times(&self, other: &Self) -> Self {
        Self::new(&self.num * &other.num, &self.den * &other.den)
    }

    /// The sum.
    pub(crate) fn plus(&self, other: &Self) -> Self {
        Self::new(&self.num * &other.den + &other.num * &self.den, &self.den * &other.den)
    }

    /// The quotient; `None` by zero.
    pub(crate) fn over(&self, other: &Self) -> Option<Self> {
        let (num, den) = (&self.num * &other.den, &self.den * &other.num);
        match den.sign() {
            Sign::Plus => Some(Self::new(num, den)),
            Sign::Minus => Some(Self::new(-num, -den)),
            Sign::NoSign => None,
        }
    }

    /// Without its sign.
    pub(crate) fn abs(&self) -> Self {
        Self { num: self.num.abs(), den: self.den.clone() }
    }

    /// The number of units, rounded.
    pub(crate) fn rounded(&self, mode: Rounding, unit: Unit) -> BigInt {
        let (num, den) = self.in_units(unit);
        mode.divide(&num, &den)
    }

    /// The number of units, as numerator and denominator.
    pub(crate) fn in_units(&self, unit: Unit) -> (BigInt, BigInt) {
        let counted =
            Self::new((&self.num * power_of_ten(unit.decimals)) << unit.bits, self.den.clone());
        (counted.num, counted.den)
    }

    /// The number of units, if it is whole.
    pub(crate) fn count(&self, unit: Unit) -> Option<BigInt> {
        let (num, den) = self.in_units(unit);
        den.is_one().then_some(num)
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.num.is_negative()
    }

    /// Whether it is zero.
    pub(crate) fn is_zero(&self) -> bool {
        self.num.is_zero()
    }

    /// Whether it is more than the other.
    pub(crate) fn is_above(&self, other: &Self) -> bool {
        &self.num * &other.den > &other.num * &self.den
    }

    /// As a decimal number, which ends in `...` where it has more than 18 digits after the point.
    pub(crate) fn shown(&self) -> String {
        let kept = Unit::of_decimals(MAX_SHOWN_DIGITS);
        match self.count(kept) {
            Some(_) => self.to_string(),
            None => format!("{}...", kept.figure(&self.rounded(Rounding::Truncate, kept))),
        }
    }

    /// Writes it into the canonical encoding.
    pub(crate) fn encode(&self, out: &mut Encoder) {
        out.integer(&self.num).integer(&self.den);
    }
}

impl std::fmt::Display for Fraction {
    /// As a decimal number where it is one, and as `p/q` otherwise.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mut rest, mut decimals) = (self.den.clone(), [0u32; 2]);
        for (count, prime) in decimals.iter_mut().zip([2, 5]) {
            while rest.is_multiple_of(&prime.into()) {
                (rest, *count) = (rest / prime, *count + 1);
            }
        }
        let digits = decimals[0].max(decimals[1]);
        match self.count(Unit::of_decimals(digits)) {
            Some(units) if rest.is_one() && digits <= MAX_SHOWN_DIGITS => {
                Decimal::from_scaled(&units, digits).fmt(f)
            }
            _ => write!(f, "{}/{}", self.num, self.den),
        }
    }
}

/// Digits after the point up to which a fraction is shown as a decimal number.
const MAX_SHOWN_DIGITS: u32 = 18;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::FileKind;

    fn read(text: &str) -> Result<Fraction, FileError> {
        Fraction::parse(Checker(FileKind::Schedule), &FractionText::new(text), "/x")
    }

    #[test]
    fn fractions_are_exact_and_in_lowest_terms() {
        for (text, same, shown) in [
            ("0.50", "1/2", "0.5"),
            ("-2/6", "-1/3", "-1/3"),
            ("12", "12/1", "12"),
            (
                "225179981368525/281474976710656",
                "225179981368525/281474976710656",
                "225179981368525/281474976710656",
            ),
            ("0", "0/7", "0"),
        ] {
            assert_eq!(read(text).unwrap(), read(same).unwrap());
            assert_eq!(read(text).unwrap().to_string(), shown);
        }
        for bad in
            ["1/0", "1/-2", "1/2/3", "1.5/2", "2/1.5", "/2", "1/", "x", "", "1e3", "1 / 2", "+1"]
        {
            assert_eq!(read(bad).unwrap_err().code, ErrorCode::BadNumber, "{bad}");
        }
    }

    #[test]
    fn units_are_counted_if_they_are_whole() {
        let third = read("1/3").unwrap();
        assert_eq!(third.count(Unit::of_decimals(6)), None);
        assert_eq!(read("1.5").unwrap().count(Unit { decimals: 0, bits: 1 }), Some(3.into()));
        assert_eq!(third.times(&read("3/2").unwrap()), read("0.5").unwrap());
        assert_eq!(
            Fraction::of_units(&3.into(), Unit { decimals: 1, bits: 1 }),
            read("0.15").unwrap()
        );
    }
}
