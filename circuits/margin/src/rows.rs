//! Number of rows each part of a circuit takes.

use crate::{asset, book, claim, general, only, position, settled};
use zkmargin_gadgets::path;
use zkmargin_model::ledger::DEPTH;
use zkmargin_model::rule::{Isolated, Profile};

/// Rows of a position slot.
pub const fn position(profile: Profile) -> usize {
    if profile.general { general::position::rows(profile) } else { position::rows(profile) }
}

/// Rows of an asset slot.
pub const fn asset(profile: Profile) -> usize {
    if profile.general { general::asset::ROWS } else { asset::rows(profile) }
}

/// Rows of the check that all profit and loss is part of the valuation, with no more settle groups than four.
pub const VALUATION: usize = 2;

/// Rows of the claim.
pub const fn claim(profile: Profile) -> usize {
    claim::rows(profile)
}

/// Rows of holder and Merkle path, below the claim.
pub const MEMBERSHIP: usize = 1 + DEPTH * path::ROWS;

/// Rows of the comparisons of isolated books, or of the only one that a claim is about, below the claim.
pub const fn books(profile: Profile, positions: usize) -> usize {
    match profile.isolated {
        Isolated::Only => only::rows(positions),
        _ => book::compared(profile, positions) * book::ROWS,
    }
}

/// Rows of the equities of isolated books with allocations, below the comparisons.
pub const fn allocated(profile: Profile, positions: usize) -> usize {
    let slots = general::allocated::slots(profile, positions);
    slots * general::allocated::ROWS
}

/// Rows of the region of positions, assets, what settles, claim and isolated books.
pub const fn margin(profile: Profile, positions: usize, assets: usize) -> usize {
    let slots = positions * position(profile) + assets * asset(profile);
    let below = books(profile, positions) + allocated(profile, positions);
    slots + settled::rows(profile, positions, assets) + claim(profile) + below
}
