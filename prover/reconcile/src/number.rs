//! Exact fractions: from decimals and units, rounded to digits, and as text.

use num_bigint::BigInt;
use num_rational::{BigRational, Ratio};
use num_traits::{Signed, Zero};
use zkmargin_model::decimal::{Decimal, format_scaled, power_of_ten};
use zkmargin_params::Unit;

/// Digits of a fraction that is no decimal number.
pub(crate) const SHOWN: u32 = 12;
/// Most digits that a decimal number is searched in.
const MOST: u32 = 40;

pub(crate) fn of_decimal(decimal: &Decimal) -> BigRational {
    let (num, den) = (decimal.coefficient(), power_of_ten(decimal.scale()));
    match (u128::try_from(num.magnitude()), u128::try_from(den.magnitude())) {
        // Reduced in words of the machine where it can be.
        (Ok(magnitude), Ok(den)) => {
            let (magnitude, den) = Ratio::new(magnitude, den).into_raw();
            let num = BigInt::from_biguint(num.sign(), magnitude.into());
            BigRational::new_raw(num, den.into())
        }
        _ => BigRational::new(num.clone(), den),
    }
}

/// The number of so many units.
pub(crate) fn of_units(count: &BigInt, unit: Unit) -> BigRational {
    of_decimal(&unit.figure(count))
}

/// The number in units; `None` if it is not a whole number of them.
pub(crate) fn in_units(number: &BigRational, unit: Unit) -> Option<BigInt> {
    let count = number * (power_of_ten(unit.decimals) << unit.bits);
    count.is_integer().then(|| count.to_integer())
}

/// The number in units, rounded to the nearest.
pub(crate) fn units_near(number: &BigRational, unit: Unit) -> BigInt {
    (number * (power_of_ten(unit.decimals) << unit.bits)).round().to_integer()
}

/// A way to round to digits after the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Truncated,
    Floored,
    Raised,
    Nearest,
}

impl Mode {
    pub(crate) const ALL: [Self; 4] = [Self::Truncated, Self::Floored, Self::Raised, Self::Nearest];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Truncated => "cut",
            Self::Floored => "rounded down",
            Self::Raised => "rounded up",
            Self::Nearest => "rounded to the nearest",
        }
    }

    /// The number at this many digits.
    pub(crate) fn apply(self, number: &BigRational, decimals: u32) -> BigRational {
        let unit = power_of_ten(decimals);
        let scaled = number * &unit;
        let whole = match self {
            Self::Truncated => scaled.trunc(),
            Self::Floored => scaled.floor(),
            Self::Raised => scaled.ceil(),
            Self::Nearest => scaled.round(),
        };
        whole / unit
    }
}

/// The number as decimal text: all digits if it is a decimal number, otherwise twelve of them and a sign that there are
/// more.
pub fn shown(number: &BigRational) -> String {
    for decimals in [0, 8, 16, MOST] {
        let scaled = number * power_of_ten(decimals);
        if scaled.is_integer() {
            return format_scaled(&scaled.to_integer(), decimals);
        }
    }
    let cut = (number * power_of_ten(SHOWN)).trunc().to_integer();
    let sign = if cut.is_zero() && number.is_negative() { "-" } else { "" };
    format!("{sign}{}..", format_scaled(&cut, SHOWN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_are_shown_and_rounded() {
        let of = |a: i64, b: i64| BigRational::new(a.into(), b.into());
        assert_eq!(shown(&of(-5, 4)), "-1.25");
        assert_eq!(shown(&of(1, 3)), "0.333333333333..");
        assert_eq!(shown(&of(-1, 3_000_000_000_000_000)), "-0..");
        let rounded = Mode::ALL.map(|mode| mode.apply(&of(-27, 10), 0).to_integer());
        assert_eq!(rounded, [-2, -3, -2, -3].map(BigInt::from));
    }
}
