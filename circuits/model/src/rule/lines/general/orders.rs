//! What the general profile computes for the open orders of a position.

use super::instrument::InstrumentLines;
use crate::rule::{Orders, Position, Side};
use num_bigint::BigInt;

/// What a prover needs to know of a position's open orders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderFigures {
    /// Whether the position is short when all bids are filled, and when all asks are.
    pub shorts: [bool; 2],
    /// Whether filled bids have the larger notional; of equal ones, those of filled asks count.
    pub bids_decide: bool,
}

impl InstrumentLines {
    /// The larger position that its orders can make of one, with its first notional.
    pub(super) fn worst(
        &self,
        p: &Position,
        orders: &Orders,
    ) -> Result<(OrderFigures, BigInt, BigInt), &'static str> {
        let filled = orders.filled(p).map(|(side, size)| (side == Side::Short, size));
        let [bought, sold] = filled;
        let notional = |(is_short, size): &(bool, BigInt)| {
            self.notional[usize::from(*is_short)].at(size).ok_or("notional")
        };
        let (of_bids, of_asks) = (notional(&bought)?, notional(&sold)?);
        let bids_decide = of_bids > of_asks;
        let figures = OrderFigures { shorts: [bought.0, sold.0], bids_decide };
        Ok(match bids_decide {
            true => (figures, bought.1, of_bids),
            false => (figures, sold.1, of_asks),
        })
    }
}
