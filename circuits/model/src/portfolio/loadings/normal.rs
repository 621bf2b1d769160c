//! The normal distribution.

use super::exponential::negative_exponential;
use super::fixed::{ONE, times};
use super::logarithm::Signed;

/// `1 / sqrt(2 pi)` as a binary number, to the nearest.
const INVERSE_ROOT_2_PI: u128 = 0x0066_2114_cf50_d942_343f_2cf1_402e_ae39;
/// From here on the distribution is 0 or 1 within `4 * 10^-19`.
const FAR: u128 = ONE * 71 / 8;

/// The share of the standard normal distribution below a binary number, as a binary number; error below `10^-18`.
///
/// `1/2 + density(x) (x + x^3/3 + x^5/15 + ...)`: all terms have one sign. The density's own error of `2^-119` grows by the
/// inverse of the density, which is where the bound comes from; for `|x| < 6` the error is below `2^-90`.
pub(super) fn share_below(x: Signed) -> u128 {
    let half = ONE / 2;
    if x.magnitude >= FAR {
        return if x.negative { 0 } else { ONE };
    }
    let square = times(x.magnitude, x.magnitude);
    let density = times(INVERSE_ROOT_2_PI, negative_exponential(square / 2));
    let (mut term, mut sum) = (times(density, x.magnitude), 0);
    for k in (3..).step_by(2) {
        if term == 0 {
            break;
        }
        sum += term;
        term = times(term, square) / k;
    }
    // Rounding of the density could carry the sum past one half by less than the stated error.
    let sum = sum.min(half);
    if x.negative { half - sum } else { half + sum }
}
