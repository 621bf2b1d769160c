//! Width of every quantity of portfolio margin, in bits, and the proof that no sum can wrap.
//!
//! As in [`crate::widths`], a market or an account that exceeds one of these is refused, so a circuit that range-checks
//! them proves the integers that the native rule computes.

use crate::widths::{
    BASIS_POINTS_BITS, ENTRY_BITS, LEVEL_BITS, LIMB_BITS, SIZE_BITS as POSITION_SIZE_BITS,
};

/// Bits of one row of range-checked limbs.
pub const ROW_BITS: u32 = 7 * LIMB_BITS;
/// Magnitude of a position size at most; a market declares its own, see [`super::Capacity`].
pub const SIZE_BITS: u32 = ROW_BITS;
/// Magnitude of a loading, of a value, of a charge and of the rate of a strike.
pub const LOADING_BITS: u32 = 56;
/// Magnitude of a group's sum over one column.
pub const SUM_BITS: u32 = 2 * ROW_BITS;
/// Distance of the two sums that share a field element.
pub const PACK_BITS: u32 = SUM_BITS + 1;
/// Magnitude of a slope, of a multiplier of a term, and of a factor of a group scan.
pub const SLOPE_BITS: u32 = 72;
/// Width of the difference between a maximum and what it is the maximum of; losses have one bit less.
pub const LOSS_BITS: u32 = 3 * ROW_BITS;
/// Width of the factor of a unit, and of its denominator.
pub const FACTOR_BITS: u32 = 40;
/// Width of the number of loss units in a margin unit.
pub const SCALE_BITS: u32 = SLOPE_BITS;
/// Width of the number of settlement units in a unit of entries and balances.
pub const ENTRY_UNIT_BITS: u32 = 54;
/// Width of the claim comparison.
pub const CLAIM_BITS: u32 = 27 * LIMB_BITS;
/// Bound on the whole requirement.
pub const REQUIREMENT_BITS: u32 = CLAIM_BITS - LEVEL_BITS - 2;
/// Bound on the equity, in units of the requirement.
pub const EQUITY_BITS: u32 = CLAIM_BITS - BASIS_POINTS_BITS - 2;

/// Number of a unit.
pub const UNIT_BITS: u32 = 10;
/// Day of an expiry, or number of a market that does not expire.
pub const DAY_BITS: u32 = 16;
/// Number of a series of one unit and day.
pub const SERIES_BITS: u32 = 4;
/// Strike in steps of its unit, or number of a contract that is no option.
pub const STRIKE_BITS: u32 = 24;
/// What a contract is.
pub const TYPE_BITS: u32 = 2;
/// Id of a contract: a bit says whether it expires.
pub const CONTRACT_ID_BITS: u32 = UNIT_BITS + 1 + DAY_BITS + SERIES_BITS + STRIKE_BITS + TYPE_BITS;
/// Key of a position: a bit that is set, the id of its contract and a bit of the side.
pub const KEY_BITS: u32 = CONTRACT_ID_BITS + 2;
/// The bit of a key that is set in every used slot.
pub const USED_BIT: u32 = KEY_BITS - 1;
/// Distance of two keys, as range-checked.
pub const DISTANCE_BITS: u32 = ROW_BITS;

/// Positions at most.
pub const MAX_POSITIONS: usize = 128;
/// Columns at most.
pub const MAX_COLUMNS: usize = 40;
/// Field elements into which an instrument's loadings are packed, two columns of one multiplier each, at most.
pub const MAX_CELLS: usize = 20;
/// Group scans at most.
pub const MAX_SCANS: usize = 4;
/// Risk units at most.
pub const MAX_UNITS: usize = 64;
/// Groups at most.
pub const MAX_GROUPS: usize = 1 << LIMB_BITS;
/// Instruments at most.
pub const MAX_INSTRUMENTS: usize = 4085;

// Each line is one composition; a change of a width above that breaks one does not compile.
const _: () = {
    // Two sums in one element: the true ones and the claimed ones differ by less than the modulus, which is above 2^254,
    // and each by less than the distance of the two. This is the one place above the 2^250 of `crate::widths`.
    assert!(PACK_BITS + SUM_BITS < 254);
    // Any capacity, of the widest sizes and loadings. Entries are checked with the market.
    assert!(SIZE_BITS + LOADING_BITS + 7 <= SUM_BITS);
    // The claim comparison and everything that is multiplied for it.
    assert!(REQUIREMENT_BITS + LEVEL_BITS + 1 < CLAIM_BITS);
    assert!(EQUITY_BITS + BASIS_POINTS_BITS + 1 < CLAIM_BITS);
    assert!(CLAIM_BITS < 250);
    assert!(LOSS_BITS < REQUIREMENT_BITS);
    // A slot in one word, and keys that ascend: a distance that wraps is wider than what is checked.
    assert!(ENTRY_BITS + POSITION_SIZE_BITS + KEY_BITS < 250);
    assert!(KEY_BITS < DISTANCE_BITS && CONTRACT_ID_BITS == 57);
};
