//! Declared rounding: exact integer division with a named mode.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// How a division is rounded. To the nearest only with a rule for ties, which lie halfway between two integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Toward minus infinity (Hyperliquid requirements, StarkEx risk).
    Floor,
    /// Toward plus infinity (dYdX requirements).
    Ceil,
    /// Toward zero (dYdX notional, Binance requirements).
    Truncate,
    /// Away from zero.
    Away,
    /// To the nearest, ties toward plus infinity.
    NearestUp,
    /// To the nearest, ties away from zero (BitMEX values).
    NearestAway,
    /// To the nearest, ties toward zero.
    NearestZero,
}

impl Rounding {
    /// All modes.
    pub const ALL: [Self; 7] = [
        Self::Floor,
        Self::Ceil,
        Self::Truncate,
        Self::Away,
        Self::NearestUp,
        Self::NearestAway,
        Self::NearestZero,
    ];

    /// What is added to a numerator, of which this is the sign, so that division toward minus infinity rounds it this
    /// way: 0 to `denominator - 1`. The circuit divides in one direction only.
    pub fn offset(self, is_negative: bool, denominator: &BigInt) -> BigInt {
        let last = denominator - 1;
        let (half, half_less) = (denominator / 2, &last / 2);
        match (self, is_negative) {
            (Self::Floor, _) | (Self::Truncate, false) | (Self::Away, true) => BigInt::zero(),
            (Self::Ceil, _) | (Self::Truncate, true) | (Self::Away, false) => last,
            (Self::NearestUp, _) | (Self::NearestAway, false) | (Self::NearestZero, true) => half,
            (Self::NearestAway, true) | (Self::NearestZero, false) => half_less,
        }
    }

    /// `numerator / denominator` rounded this way. A denominator that is not positive gives zero;
    /// a [`LinearStep`] never has one.
    pub fn divide(self, numerator: &BigInt, denominator: &BigInt) -> BigInt {
        if !denominator.is_positive() {
            return BigInt::zero();
        }
        (numerator + self.offset(numerator.is_negative(), denominator)).div_floor(denominator)
    }
}

/// `y = round(x * num / den) * scale`: one linear step of the rule with its declared rounding.
///
/// `scale` converts a value rounded to a coarser unit back into the finer unit in which the rule sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinearStep {
    num: BigInt,
    den: BigInt,
    mode: Rounding,
    scale: BigInt,
}

impl LinearStep {
    /// The exact step `y = x * num`.
    pub fn exact(num: BigInt) -> Self {
        Self { num, den: BigInt::one(), mode: Rounding::Floor, scale: BigInt::one() }
    }

    /// A rounded step; `None` unless `den` and `scale` are positive.
    pub fn rounded(num: BigInt, den: BigInt, mode: Rounding, scale: BigInt) -> Option<Self> {
        (den.is_positive() && scale.is_positive()).then_some(Self { num, den, mode, scale })
    }

    /// The same step with a result in units that are finer by a factor.
    pub fn scaled(&self, factor: &BigInt) -> Self {
        Self { scale: &self.scale * factor, ..self.clone() }
    }

    /// The step's value at `x`.
    pub fn apply(&self, x: &BigInt) -> BigInt {
        self.mode.divide(&(x * &self.num), &self.den) * &self.scale
    }

    /// The multiplier if the step is exact, that is, if it divides by one.
    pub fn exact_num(&self) -> Option<BigInt> {
        self.den.is_one().then(|| &self.num * &self.scale)
    }

    /// A multiplier at least as large in magnitude as the step's own, with the same sign: widths are checked with it.
    /// Exactly the multiplier if the step is exact.
    pub fn bound(&self) -> BigInt {
        let away = if self.num.is_negative() {
            self.num.div_floor(&self.den)
        } else {
            Integer::div_ceil(&self.num, &self.den)
        };
        away * &self.scale
    }

    /// No magnitude that the step makes of one up to `most` is larger. Of a factor it is a factor: whole multiples of
    /// `most` become no more than the same multiples of this.
    pub fn reach(&self, most: &BigInt) -> BigInt {
        Integer::div_ceil(&(self.num.abs() * most), &self.den) * &self.scale
    }

    /// The numerator before rounding.
    pub fn num(&self) -> &BigInt {
        &self.num
    }

    /// The divisor.
    pub fn den(&self) -> &BigInt {
        &self.den
    }

    /// The rounding mode.
    pub fn mode(&self) -> Rounding {
        self.mode
    }

    /// The unit multiplier applied after rounding.
    pub fn scale(&self) -> &BigInt {
        &self.scale
    }
}
