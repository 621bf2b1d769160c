//! Price and weight by side.

use crate::rule::LinearStep;

/// What a short position has instead of the terms of a long one.
///
/// Mango prices a long at the lower and a short at the higher of two prices, each with its own weight. A short in a
/// prediction market of Drift owes what remains to the payout, so its notional has a price of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShortTerms {
    /// Signed value of a signed size, in settlement units; the bounds of a long's apply.
    pub value: LinearStep,
    /// First step from the size to the notional; zero for none; the width of a long's applies.
    pub requirement: LinearStep,
}
