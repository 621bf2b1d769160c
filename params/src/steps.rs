//! Linear steps of the rule from prices and units.
//!
//! A step takes `x` in units of `10^-x_scale` and returns a result in units of `10^-out`.

use super::rows::signed_power_of_ten;
use super::schedule_file::{ModeFile, RoundToFile};
use num_bigint::BigInt;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::rule::{LinearStep, Rounding};

impl ModeFile {
    /// The rule's term for it.
    pub fn to_rule(self) -> Rounding {
        match self {
            ModeFile::Floor => Rounding::Floor,
            ModeFile::Ceil => Rounding::Ceil,
            ModeFile::Truncate => Rounding::Truncate,
            ModeFile::Away => Rounding::Away,
            ModeFile::NearestUp => Rounding::NearestUp,
            ModeFile::NearestAway => Rounding::NearestAway,
            ModeFile::NearestZero => Rounding::NearestZero,
        }
    }
}

/// `x * factor`, the product in units of `10^-scale`, rounded if declared. `None` when nothing is
/// declared and the product is finer than `10^-out`, or when rounding keeps more than `out` digits.
pub(super) fn product(
    factor: &BigInt,
    scale: u32,
    round: Option<RoundToFile>,
    out: u32,
) -> Option<LinearStep> {
    match round {
        Some(to) if to.decimals > out => None,
        Some(to) if to.decimals < scale => LinearStep::rounded(
            factor.clone(),
            power_of_ten(scale - to.decimals),
            to.mode.to_rule(),
            power_of_ten(out - to.decimals),
        ),
        _ => Some(LinearStep::exact(factor * power_of_ten(out.checked_sub(scale)?))),
    }
}

/// `x * factor / price`, where `x * factor` is in units of `10^-scale` and the price in units of
/// `10^-price_decimals`. A quotient always needs a declared rounding.
pub(super) fn quotient(
    factor: &BigInt,
    scale: u32,
    price: &BigInt,
    price_decimals: u32,
    round: RoundToFile,
    out: u32,
) -> Option<LinearStep> {
    let keep = out.checked_sub(round.decimals)?;
    let exponent = i64::from(price_decimals) + i64::from(round.decimals) - i64::from(scale);
    let (num, den) = signed_power_of_ten(exponent);
    LinearStep::rounded(factor * num, price * den, round.mode.to_rule(), power_of_ten(keep))
}

/// `multiplier * mark` and the digits after its point.
pub(super) fn unit_value(multiplier: &Decimal, mark: &BigInt, decimals: u32) -> (BigInt, u32) {
    (multiplier.coefficient() * mark, multiplier.scale() + decimals)
}
