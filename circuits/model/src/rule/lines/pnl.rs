//! Rounded profit and loss.

use super::{Division, Step, bias, is_long};
use crate::rule::{MarketTerms, Unprovable};
use crate::widths::{BIASED_QUOTIENT_BITS, NUMERATOR_BITS};
use num_bigint::BigInt;
use num_traits::One;

/// How the profit and loss of every position are rounded. The quotient is biased by [`bias`], and the bias is in the
/// offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PnlLine {
    /// To the biased quotient.
    pub division: Division,
    /// From an unbiased quotient to settlement units.
    pub scale: BigInt,
}

impl PnlLine {
    /// The line of all instruments; `None` when none rounds.
    pub(super) fn of(terms: &MarketTerms) -> Result<Option<Self>, Unprovable> {
        let Some(first) = terms.instruments.iter().find_map(|i| i.pnl_rounding.as_ref()) else {
            return Ok(None);
        };
        let other = terms.instruments.iter().find(|i| i.pnl_rounding.as_ref() != Some(first));
        if let Some(other) = other {
            let why = "other instruments round theirs otherwise";
            return Err(Unprovable::instrument("profit and loss", other.id, why));
        }
        let refuse = |why| {
            let id = terms.instruments.first().map_or(0, |i| i.id);
            Err(Unprovable::instrument("profit and loss", id, why))
        };
        let step = Step::reduced(first.num(), first.den(), first.mode());
        if !step.a.is_one() {
            return refuse("its rounding multiplies");
        }
        if is_long(&step.d) {
            return refuse("its rounding divides by more than 2^45");
        }
        let [profit, loss] = [false, true].map(|is_loss| step.mode.offset(is_loss, &step.d));
        if profit != loss {
            return refuse("profits and losses are rounded in different directions");
        }
        if first.scale().bits() > u64::from(NUMERATOR_BITS) {
            return refuse("the unit of its rounding exceeds 72 bits; use a coarser unit");
        }
        let division = Division { b: profit + &step.d * bias(), d: step.d };
        Ok(Some(Self { division, scale: first.scale().clone() }))
    }

    /// Width of the magnitude of rounded profit and loss.
    pub(super) fn bits(&self) -> u64 {
        u64::from(BIASED_QUOTIENT_BITS) + self.scale.bits()
    }

    /// The rounded profit and loss in settlement units.
    pub fn at(&self, x: &BigInt) -> BigInt {
        (self.division.at(x) - bias()) * &self.scale
    }
}
