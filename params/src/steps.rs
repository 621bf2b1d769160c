//! Linear steps of the rule from prices and units.
//!
//! A step takes an integer `x` in one unit and returns a result in another.

use super::rows::signed_power_of_ten;
use super::schedule::Instrument;
use super::schedule_file::{ModeFile, RoundToFile};
use super::unit::Unit;
use num_bigint::BigInt;
use zkmargin_model::decimal::power_of_ten;
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

/// `x * factor`, the product in units of `from`, rounded if declared. `None` when nothing is declared and the product is
/// finer than `out`, or when rounding keeps more digits than `out` has.
pub(super) fn product(
    factor: &BigInt,
    from: Unit,
    round: Option<RoundToFile>,
    out: Unit,
) -> Option<LinearStep> {
    match round {
        Some(to) if to.decimals > out.decimals => None,
        Some(to) if to.decimals < from.decimals || from.bits > 0 => {
            let (num, den) = signed_power_of_ten(i64::from(to.decimals) - i64::from(from.decimals));
            let (num, den) = (factor * num, den << from.bits);
            LinearStep::rounded(num, den, to.mode.to_rule(), kept(to, out)?)
        }
        _ => {
            let bits = out.bits.checked_sub(from.bits)?;
            let finer = power_of_ten(out.decimals.checked_sub(from.decimals)?) << bits;
            Some(LinearStep::exact(factor * finer))
        }
    }
}

/// `x * factor / price`, where `x * factor` is in units of `10^-scale`. A quotient always needs a declared rounding.
pub(super) fn quotient(
    factor: &BigInt,
    scale: u32,
    price: &BigInt,
    price_unit: Unit,
    round: RoundToFile,
    out: Unit,
) -> Option<LinearStep> {
    let exponent = i64::from(price_unit.decimals) + i64::from(round.decimals) - i64::from(scale);
    let (num, den) = signed_power_of_ten(exponent);
    let num = (factor * num) << price_unit.bits;
    LinearStep::rounded(num, price * den, round.mode.to_rule(), kept(round, out)?)
}

/// From what a rounding keeps to units of `out`.
fn kept(round: RoundToFile, out: Unit) -> Option<BigInt> {
    Some(power_of_ten(out.decimals.checked_sub(round.decimals)?) << out.bits)
}

/// `multiplier * mark`, and the unit of its product with a size.
pub(super) fn unit_value(i: &Instrument, mark: &BigInt) -> (BigInt, Unit) {
    let Unit { decimals, bits } = i.price_unit;
    let decimals = i.size_decimals + i.multiplier.scale() + decimals;
    (i.multiplier.coefficient() * mark, Unit { decimals, bits })
}
