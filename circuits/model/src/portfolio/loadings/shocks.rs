//! How scenarios move forwards and volatilities. The parameters are those of Derive's portfolio margin, PMRM_2.

use super::LoadingError;
use super::black76::YEAR;
use super::exponential::exponential;
use super::fixed::{UNIT, times};
use super::logarithm::ln_ratio;
use num_bigint::BigInt;
use num_traits::{Signed as _, ToPrimitive, Zero};

/// How a scenario moves volatilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VolatilityMove {
    /// Not at all.
    None,
    /// By a factor above one that falls with the time to expiry.
    Up,
    /// By a factor below one that rises with the time to expiry.
    Down,
    /// Of strikes above the forward up and of others down, by the logarithm of strike over forward.
    Linear,
    /// Of strikes away from the forward up, on either side.
    Abs,
}

impl VolatilityMove {
    /// All moves, in order.
    pub const ALL: [Self; 5] = [Self::None, Self::Up, Self::Down, Self::Linear, Self::Abs];
}

/// Scale of a skew: the largest relative change of a volatility is `cap + slope * sqrt(years)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// Decimal number.
    pub cap: i128,
    /// Decimal number.
    pub slope: i128,
}

/// Parameters of the moves; all are decimal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shocks {
    /// Relative change up at thirty days.
    pub range_up: u128,
    /// Relative change down at thirty days.
    pub range_down: u128,
    /// The least volatility after a move up.
    pub least_up: u128,
    /// Power of thirty days over the time to expiry, up to thirty days.
    pub short_power: u128,
    /// The same beyond.
    pub long_power: u128,
    /// Times to expiry count as at least this, in seconds.
    pub least_seconds: u64,
    /// Linear skew.
    pub linear: Skew,
    /// Skew by magnitude.
    pub abs: Skew,
    /// The least logarithm at which a skew reaches its cap.
    pub least_width: i128,
    /// That logarithm in units of the volatility below times the root of the years.
    pub width: i128,
    /// Volatility that the width is measured with.
    pub width_volatility: i128,
    /// What it changes by with each root of a year.
    pub width_volatility_slope: i128,
}

/// Thirty days.
const MONTH: u64 = 30 * 86_400;

/// A product of decimal numbers, rounded toward zero.
fn product(a: &BigInt, b: i128) -> BigInt {
    a * b / UNIT
}

impl Shocks {
    /// The volatility of an option after a move.
    ///
    /// # Errors
    /// [`LoadingError::Volatility`] where it is out of range.
    pub(super) fn volatility(
        &self,
        instrument: u32,
        volatility: u128,
        seconds: u64,
        [strike, forward]: [u128; 2],
        by: VolatilityMove,
    ) -> Result<u128, LoadingError> {
        let whole = BigInt::from(UNIT);
        let (factor, least) = match by {
            VolatilityMove::None => (whole, 0),
            VolatilityMove::Up => {
                (whole + self.by_time(instrument, seconds, self.range_up)?, self.least_up)
            }
            VolatilityMove::Down => {
                (whole - self.by_time(instrument, seconds, self.range_down)?, 0)
            }
            VolatilityMove::Linear => {
                (whole + self.skew(self.linear, false, seconds, strike, forward), 0)
            }
            VolatilityMove::Abs => (whole + self.skew(self.abs, true, seconds, strike, forward), 0),
        };
        let moved = factor.max(BigInt::zero()) * volatility / UNIT;
        let moved = moved.to_u128().ok_or(LoadingError::Volatility { instrument })?;
        Ok(moved.max(least))
    }

    /// A range times the power of thirty days over the time to expiry.
    fn by_time(&self, instrument: u32, seconds: u64, range: u128) -> Result<BigInt, LoadingError> {
        let power = if seconds <= MONTH { self.short_power } else { self.long_power };
        let ln = ln_ratio(MONTH.into(), seconds.max(self.least_seconds).into());
        let out = LoadingError::Volatility { instrument };
        let exponent = (BigInt::from(ln.magnitude) * power / UNIT).to_u128();
        let exponent = exponent.ok_or_else(|| out.clone())?;
        let power = exponential(ln.negative, exponent).ok_or(out)?;
        Ok(BigInt::from(power) * range / UNIT)
    }

    fn skew(
        &self,
        skew: Skew,
        both_sides: bool,
        seconds: u64,
        strike: u128,
        forward: u128,
    ) -> BigInt {
        let root = root_of_years(seconds);
        let cap = product(&root, skew.slope) + skew.cap;
        let volatility = product(&root, self.width_volatility_slope) + self.width_volatility;
        let width = product(&root, self.width) * volatility / UNIT;
        let width = width.max(self.least_width.into());
        if !width.is_positive() {
            return BigInt::zero();
        }
        let ln = ln_ratio(strike, forward);
        let magnitude = BigInt::from(times(UNIT, ln.magnitude));
        let downward = ln.negative && !both_sides;
        let at = if downward { -magnitude } else { magnitude };
        let change = at * &cap / width;
        if downward { change.max(-cap) } else { change.min(cap) }
    }
}

/// The root of a time in years, a decimal number.
fn root_of_years(seconds: u64) -> BigInt {
    let years = BigInt::from(seconds) * UNIT * UNIT / YEAR;
    years.sqrt()
}
