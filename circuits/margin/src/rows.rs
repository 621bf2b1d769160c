//! Number of rows each part of a circuit takes. Ground floor: everything else builds on these numbers.

use zkmargin_gadgets::{compare, path};
use zkmargin_model::ledger::DEPTH;

/// Rows of a position slot.
pub const POSITION: usize = 11;

/// Rows of an asset slot.
pub const ASSET: usize = 9;

/// Rows of the check that all profit and loss is part of the valuation.
pub const VALUATION: usize = 2;

/// Rows of the claim.
pub const CLAIM: usize = 2 + 2 * compare::ROWS;

/// Rows of holder and Merkle path, below the claim.
pub const MEMBERSHIP: usize = 1 + DEPTH * path::ROWS;

/// Rows of the region of positions, assets, valuation and claim.
pub const fn margin(positions: usize, assets: usize) -> usize {
    positions * POSITION + assets * ASSET + VALUATION + CLAIM
}
