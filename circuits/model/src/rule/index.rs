//! Index prices by the sign of a balance.

use num_bigint::BigInt;
use num_traits::Signed;

/// Index prices of an asset, of one unit of it in the margin unit.
///
/// A venue with two (Binance's multi-assets mode) takes the lower one for what an account has and the higher one for what
/// it owes; a venue with one has it twice. The rule does not need them in order: a snapshot checks that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexPrices {
    /// Values a balance that is not negative.
    pub bid: BigInt,
    /// Values a negative balance.
    pub ask: BigInt,
}

impl IndexPrices {
    /// The price that values this balance.
    pub fn of(&self, balance: &BigInt) -> &BigInt {
        if balance.is_negative() { &self.ask } else { &self.bid }
    }

    /// The higher price: widths are checked with it.
    pub fn highest(&self) -> &BigInt {
        (&self.bid).max(&self.ask)
    }

    /// The balances from `lo` to `hi`, a negative and another number, in intervals of one price each. Equal prices have one
    /// interval, so that a table has no row more than it needs.
    pub(super) fn intervals(&self, lo: BigInt, hi: BigInt) -> Vec<(BigInt, BigInt, &BigInt)> {
        if self.bid == self.ask {
            return vec![(lo, hi, &self.bid)];
        }
        vec![(lo, (-1).into(), &self.ask), (BigInt::ZERO, hi, &self.bid)]
    }
}

impl From<BigInt> for IndexPrices {
    /// One price for both signs.
    fn from(price: BigInt) -> Self {
        Self { bid: price.clone(), ask: price }
    }
}
