//! Number of rows each part of a circuit takes. Ground floor: everything else builds on these numbers.

use zkmargin_gadgets::{compare, path};
use zkmargin_model::ledger::DEPTH;

/// Of a position slot.
pub const POSITION: usize = 11;

/// Of an asset slot.
pub const ASSET: usize = 9;

/// Of the check that all profit and loss is part of the valuation.
pub const VALUATION: usize = 2;

/// Of the claim.
pub const CLAIM: usize = 2 + 2 * compare::ROWS;

/// Of holder and Merkle path, below the claim.
pub const MEMBERSHIP: usize = 1 + DEPTH * path::ROWS;

/// Of the region of positions, assets, valuation and claim.
pub const fn margin(positions: usize, assets: usize) -> usize {
    positions * POSITION + assets * ASSET + VALUATION + CLAIM
}
