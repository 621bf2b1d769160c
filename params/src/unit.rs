//! Units of figures: a power of ten, and where a venue counts in binary fixed point, of two as well.

use num_bigint::BigInt;
use num_traits::Zero;
use zkmargin_model::decimal::{Decimal, power_of_ten};

/// The unit `10^-decimals * 2^-bits`. Every multiple of one is a decimal number with at most `decimals + bits` digits
/// after its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Digits after the point.
    pub decimals: u32,
    /// Binary digits beside them.
    pub bits: u32,
}

impl Unit {
    /// The unit `10^-decimals`.
    pub const fn of_decimals(decimals: u32) -> Self {
        Self { decimals, bits: 0 }
    }

    /// The number in units; `None` if it is not a whole number of them.
    pub fn count(self, figure: &Decimal) -> Option<BigInt> {
        let spare = figure.scale().saturating_sub(self.decimals);
        let up = power_of_ten(self.decimals.saturating_sub(figure.scale())) << self.bits;
        let (units, down) = (figure.coefficient() * up, power_of_ten(spare));
        (&units % &down).is_zero().then(|| units / down)
    }

    /// The number of that many units.
    pub fn figure(self, units: &BigInt) -> Decimal {
        Decimal::from_scaled(&(units * BigInt::from(5).pow(self.bits)), self.decimals + self.bits)
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self { decimals, bits: 0 } => write!(f, "10^-{decimals}"),
            Self { decimals: 0, bits } => write!(f, "2^-{bits}"),
            Self { decimals, bits } => write!(f, "10^-{decimals} * 2^-{bits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_are_decimals() {
        let of = |decimals, bits| Unit { decimals, bits };
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        assert_eq!(of(0, 2).count(&decimal("-1.75")), Some(BigInt::from(-7)));
        assert_eq!(of(0, 2).count(&decimal("1.7")), None);
        assert_eq!(of(1, 2).count(&decimal("1.725")), Some(BigInt::from(69)));
        assert_eq!(of(2, 0).count(&decimal("1.7")), Some(BigInt::from(170)));
        assert_eq!(of(2, 0).count(&decimal("1.705")), None);
        assert_eq!(of(0, 3).figure(&BigInt::from(1)).to_string(), "0.125");
        let shown = [of(6, 0), of(0, 28), of(6, 32)].map(|unit| unit.to_string());
        assert_eq!(shown, ["10^-6", "2^-28", "10^-6 * 2^-32"]);
    }

    proptest! {
        #[test]
        fn a_figure_counts_its_units(units: i64, decimals in 0..12u32, bits in 0..45u32) {
            let unit = Unit { decimals, bits };
            prop_assert_eq!(unit.count(&unit.figure(&units.into())), Some(units.into()));
        }
    }
}
