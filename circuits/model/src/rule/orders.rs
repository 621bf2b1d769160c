//! Open orders of a position.

use super::{InstrumentTerms, Position, Side};
use num_bigint::{BigInt, BigUint};
use num_traits::Signed;

/// What is ordered in an instrument and not filled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// Size of all buy orders, in size steps. With the position's it is below 2^90.
    pub bids: BigUint,
    /// Size of all sell orders, likewise.
    pub asks: BigUint,
    /// Number of orders, below 2^18.
    pub count: u32,
}

impl Orders {
    /// Side and magnitude of what a position becomes when all bids are filled, and when all asks are.
    pub(super) fn filled(&self, position: &Position) -> [(Side, BigInt); 2] {
        let size = position.signed_size();
        let filled =
            [&size + BigInt::from(self.bids.clone()), size - BigInt::from(self.asks.clone())];
        filled.map(|size| {
            let side = if size.is_negative() { Side::Short } else { Side::Long };
            (side, size.abs())
        })
    }

    /// Side and magnitude of what a position becomes when all bids or all asks are filled, whichever has the larger
    /// notional before its own steps, and of equal ones when the asks are: Drift's rule.
    pub fn worst(&self, terms: &InstrumentTerms, position: &Position) -> (Side, BigInt) {
        let [bought, sold] = self.filled(position);
        let notional = |(side, size): &(Side, BigInt)| terms.first_notional_of(*side, size);
        if notional(&bought) > notional(&sold) { bought } else { sold }
    }
}
