//! How large a circuit is: lanes, rows, and the smallest number of rows that fits a market.

use crate::membership;
use crate::rows;
use crate::tables::MarketTables;
use zkmargin_gadgets::poseidon::BLOCK_ROWS;
use zkmargin_gadgets::range::TABLE_ROWS;
use zkmargin_model::circuit::{Anchor, CircuitId, K, Kind};
use zkmargin_model::poseidon::RATE;

/// Rows at the end of the domain that hold blinding and the last-row polynomial.
pub(crate) const UNUSABLE_ROWS: usize = 6;

/// A market too large for any circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the market needs {rows} table rows; the largest circuit has {capacity}")]
pub struct CapacityError {
    /// Rows of the larger of the two tables.
    pub rows: usize,
    /// Rows of the largest circuit.
    pub capacity: usize,
}

/// Number of Poseidon lanes: as few as fit the hashes into the rows that slots and limbs need anyway.
pub const fn lanes(kind: Kind) -> usize {
    let rows = slot_rows(kind);
    let rows = if rows < TABLE_ROWS { TABLE_ROWS } else { rows };
    let mut usable = usable_rows(K::MIN);
    while usable < rows {
        usable = 2 * (usable + UNUSABLE_ROWS) - UNUSABLE_ROWS;
    }
    poseidon_blocks(kind).div_ceil(usable / BLOCK_ROWS)
}

/// Rows of slots, claim and Merkle path.
const fn slot_rows(kind: Kind) -> usize {
    let rows = rows::margin(kind.profile(), kind.shape.positions(), kind.shape.assets());
    match kind.anchor() {
        Anchor::Commitment => rows,
        Anchor::Ledger => rows + rows::MEMBERSHIP,
    }
}

/// Poseidon blocks: both lists, the account leaf, the margin commitment, and what membership adds.
const fn poseidon_blocks(kind: Kind) -> usize {
    let blocks = (kind.shape.positions() + kind.shape.assets()) / RATE + 3 + 2;
    match kind.anchor() {
        Anchor::Commitment => blocks,
        Anchor::Ledger => blocks + membership::BLOCKS,
    }
}

const fn poseidon_rows(kind: Kind) -> usize {
    poseidon_blocks(kind).div_ceil(lanes(kind)) * BLOCK_ROWS
}

/// Rows of `2^k` that a table or a region can take.
pub const fn usable_rows(k: K) -> usize {
    (1 << k.get()) - UNUSABLE_ROWS
}

/// The smallest circuit of a kind that fits the market's tables.
///
/// # Errors
/// [`CapacityError`] if the market fits none.
pub fn smallest_circuit(kind: Kind, tables: &MarketTables) -> Result<CircuitId, CapacityError> {
    let table = tables.instruments().len().max(tables.brackets().len());
    let rows = table.max(TABLE_ROWS).max(slot_rows(kind)).max(poseidon_rows(kind));
    K::all()
        .find(|k| rows <= usable_rows(*k))
        .map(|k| CircuitId { kind, k })
        .ok_or(CapacityError { rows: table, capacity: usable_rows(K::MAX) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkmargin_model::circuit::Shape;
    use zkmargin_model::rule::Profile;

    #[test]
    fn lanes_of_the_exact_profile() {
        let of = |anchor| Shape::ALL.map(|shape| lanes(Kind::of(Profile::EXACT, anchor, shape)));
        assert_eq!(of(Anchor::Commitment), [1, 2, 2, 2]);
        assert_eq!(of(Anchor::Ledger), [3, 4, 2, 2]);
    }
}
