//! What the general profile computes for a position's own leverage: a division whose divisor is private, and which of
//! two requirements is the larger.

use super::super::Step;
use super::stage::{FACTOR, Why};
use crate::rule::{Leverage, Rounding};
use crate::widths::{COMPARED_BITS, DEEP_QUOTIENT_BITS, LEVERAGE_DIVISOR_BITS, NUMERATOR_BITS};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Zero};

const DIVIDES: &str = "beside the leverage it divides by more than 2^27";

/// `floor((a n + b t - less) / (d t))` of the notional `n` at a leverage of `t` units, and what it is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeverageLine {
    /// Leverage of a position that has none, positive.
    pub default: u32,
    /// Factor of the notional.
    pub a: BigInt,
    /// Divisor at a leverage of one unit, positive, at most 2^27.
    pub d: BigInt,
    /// Offset of the rounding mode at a leverage of one unit: 0, half the divisor or all of it.
    pub b: BigInt,
    /// Whether one is taken from the offset.
    pub less: bool,
    /// From the requirement by tiers, and from the quotient, to the unit in which the larger of both is taken.
    pub units: [BigInt; 2],
}

impl LeverageLine {
    /// The line of a notional in this unit, beside a requirement by tiers in that one, and the unit of the larger of both.
    pub(super) fn of(
        leverage: &Leverage,
        unit: &BigInt,
        tiered: &BigInt,
    ) -> Result<(Self, BigInt), Why> {
        let step = leverage.step();
        let Step { mut a, mut d, mode } =
            Step::reduced(&(step.num() * unit), step.den(), step.mode());
        let (halves, less) = match mode {
            Rounding::Floor | Rounding::Truncate => (0, false),
            Rounding::Ceil | Rounding::Away => (2, true),
            Rounding::NearestUp | Rounding::NearestAway => (1, false),
            Rounding::NearestZero => (1, true),
        };
        if halves == 1 && d.is_odd() {
            // Half of a divisor is whole at every leverage.
            (a, d) = (a * 2, d * 2);
        }
        if d > BigInt::one() << LEVERAGE_DIVISOR_BITS {
            return Err(DIVIDES);
        }
        if a.bits() > u64::from(NUMERATOR_BITS) {
            return Err(FACTOR);
        }
        let common = tiered.gcd(step.scale());
        let units = [tiered / &common, step.scale() / &common];
        let b = &d * halves / 2;
        Ok((Self { default: leverage.of(0), a, d, b, less, units }, common))
    }

    /// The quotient at this own parameter, 0 for none; `None` if it is wider than a proof holds.
    fn at(&self, notional: &BigInt, own: u32) -> Option<BigInt> {
        let t = BigInt::from(if own == 0 { self.default } else { own });
        let offset = &self.b * &t - BigInt::from(u8::from(self.less));
        let quotient = (&self.a * notional + offset).div_floor(&(&self.d * t));
        (quotient.bits() <= u64::from(DEEP_QUOTIENT_BITS)).then_some(quotient)
    }

    /// Whether the leverage requires more than this requirement by tiers; `None` if a figure is wider than a proof holds.
    pub(super) fn decides(&self, tiered: &BigInt, notional: &BigInt, own: u32) -> Option<bool> {
        let [of_tiers, of_leverage] = &self.units;
        let further = self.at(notional, own)? * of_leverage - tiered * of_tiers;
        let fits = further.bits() <= u64::from(COMPARED_BITS);
        fits.then(|| further > BigInt::zero())
    }
}
