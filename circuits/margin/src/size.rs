//! How large a circuit is: lanes, rows, and the smallest number of rows that fits a market.

use crate::membership;
use crate::rows;
use crate::tables::MarketTables;
use zkmargin_gadgets::banks::{MAX_BANKS, bank_rows};
use zkmargin_gadgets::poseidon::BLOCK_ROWS;
use zkmargin_gadgets::range::TABLE_ROWS;
use zkmargin_model::circuit::{Anchor, CircuitId, K, LinearKind, Shape};
use zkmargin_model::poseidon::RATE;
use zkmargin_model::rule::Profile;

/// Rows at the end of the domain that hold blinding and the last-row polynomial.
pub(crate) const UNUSABLE_ROWS: usize = 6;

/// Too large for any circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CapacityError {
    /// The market.
    #[error("the market needs {rows} table rows; the largest circuit has {capacity}")]
    Market {
        /// Rows of the larger of the two tables, or of its fullest bank.
        rows: usize,
        /// Rows of the largest circuit.
        capacity: usize,
    },
    /// The shape, in the market's profile.
    #[error(
        "shape {shape} needs {rows} rows in the {profile} profile; the largest circuit has {capacity}"
    )]
    Shape {
        /// The shape.
        shape: Shape,
        /// The profile.
        profile: Profile,
        /// Rows of slots and hashes.
        rows: usize,
        /// Rows of the largest circuit.
        capacity: usize,
    },
}

/// Number of Poseidon lanes: as few as fit the hashes into the rows that slots and limbs need anyway.
pub const fn lanes(kind: LinearKind) -> usize {
    let rows = slot_rows(kind);
    let rows = if rows < TABLE_ROWS { TABLE_ROWS } else { rows };
    let mut usable = usable_rows(K::MIN);
    while usable < rows {
        usable = 2 * (usable + UNUSABLE_ROWS) - UNUSABLE_ROWS;
    }
    poseidon_blocks(kind).div_ceil(usable / BLOCK_ROWS)
}

/// Rows of slots, claim and Merkle path.
const fn slot_rows(kind: LinearKind) -> usize {
    let rows = rows::margin(kind.profile(), kind.shape.positions(), kind.shape.assets());
    match kind.anchor() {
        Anchor::Commitment => rows,
        Anchor::Ledger => rows + rows::MEMBERSHIP,
    }
}

/// Poseidon blocks: both lists, the account leaf, the margin commitment, and what membership adds.
const fn poseidon_blocks(kind: LinearKind) -> usize {
    // In a record with open orders, a position is two words.
    let words = if kind.profile().orders { 2 } else { 1 };
    let blocks = (words * kind.shape.positions() + kind.shape.assets()) / RATE + 3 + 2;
    match kind.anchor() {
        Anchor::Commitment => blocks,
        Anchor::Ledger => blocks + membership::BLOCKS,
    }
}

const fn poseidon_rows(kind: LinearKind) -> usize {
    poseidon_blocks(kind).div_ceil(lanes(kind)) * BLOCK_ROWS
}

/// Rows of `2^k` that a table or a region can take.
pub const fn usable_rows(k: K) -> usize {
    (1 << k.get()) - UNUSABLE_ROWS
}

/// Largest number of banks of the market's bracket table. The general profile looks rows up by key as well, in one.
fn most_banks(tables: &MarketTables) -> usize {
    if tables.profile().general { 1 } else { MAX_BANKS }
}

/// Number of banks of the market's bracket table in a circuit of 2^k rows: as few as hold it, or as there can be.
pub fn banks(k: K, tables: &MarketTables) -> usize {
    let (rows, most) = (tables.brackets().len(), most_banks(tables));
    (1..most).find(|banks| bank_rows(rows, *banks) <= usable_rows(k)).unwrap_or(most)
}

/// The smallest circuit of a kind that fits the market's tables.
///
/// # Errors
/// [`CapacityError`] if the market or the shape fits none.
pub fn smallest_circuit(
    kind: LinearKind,
    tables: &MarketTables,
) -> Result<CircuitId, CapacityError> {
    let brackets = bank_rows(tables.brackets().len(), most_banks(tables));
    let table = tables.instruments().len().max(brackets);
    let capacity = usable_rows(K::MAX);
    if table > capacity {
        return Err(CapacityError::Market { rows: table, capacity });
    }
    let rows = table.max(TABLE_ROWS).max(slot_rows(kind)).max(poseidon_rows(kind));
    let (shape, profile) = (kind.shape, kind.profile());
    K::all()
        .find(|k| rows <= usable_rows(*k))
        .map(|k| CircuitId { kind: kind.into(), k })
        .ok_or(CapacityError::Shape { shape, profile, rows, capacity })
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkmargin_model::circuit::Kind;
    use zkmargin_model::rule::{Isolated, Settlement};

    #[test]
    fn the_least_shape_fits_2_10_rows_of_the_general_profile() {
        let general = Profile::GENERAL;
        let isolated = Profile { isolated: Isolated::Compared, ..general };
        let entry = Profile { entry: true, ..general };
        let orders = Profile { orders: true, ..general };
        let leverage = Profile { leverage: true, ..general };
        let allocations = Profile { allocations: true, orders: true, ..isolated };
        let rows = |profile, anchor, shape| {
            let kind = Kind::of(profile, anchor, shape);
            slot_rows(kind).max(poseidon_rows(kind))
        };
        for (profile, anchor, expected) in [
            (general, Anchor::Commitment, 934),
            (general, Anchor::Ledger, 999),
            (isolated, Anchor::Commitment, 974),
            (entry, Anchor::Commitment, 958),
            (leverage, Anchor::Commitment, 998),
            (orders, Anchor::Commitment, 1_086),
            (allocations, Anchor::Commitment, 1_222),
        ] {
            assert_eq!(rows(profile, anchor, Shape::Xs), expected, "{profile}");
            assert_eq!(expected <= usable_rows(K::MIN), !profile.orders);
        }
        // The next one has too many.
        assert!(rows(general, Anchor::Commitment, Shape::S) > usable_rows(K::MIN));
    }

    #[test]
    fn rows_with_more_settlement_assets() {
        for (settlement, shape, expected) in [
            (Settlement::Four, Shape::M, 862),
            (Settlement::Eight, Shape::M, 976),
            (Settlement::Sixteen, Shape::S, 340),
            (Settlement::Sixteen, Shape::Sm, 652),
            (Settlement::Sixteen, Shape::M, 1_092),
        ] {
            let profile = Profile { settlement, ..Profile::EXACT };
            let kind = Kind::of(profile, Anchor::Commitment, shape);
            assert_eq!(slot_rows(kind), expected, "{profile}, {shape}");
        }
    }

    #[test]
    fn lanes_of_the_exact_profile() {
        let of = |anchor| Shape::ALL.map(|shape| lanes(Kind::of(Profile::EXACT, anchor, shape)));
        assert_eq!(of(Anchor::Commitment), [1, 1, 2, 2, 2, 2, 2]);
        assert_eq!(of(Anchor::Ledger), [2, 3, 3, 4, 2, 3, 2]);
    }
}
