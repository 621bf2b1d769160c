//! Width of every quantity, in bits, and the proof that no sum can wrap.
//!
//! The circuit range-checks exactly these widths and the native rule refuses exactly what
//! exceeds them. The Pallas base field has 255 bits; every sum below stays under 2^250, so a
//! comparison by range-checked difference is a comparison of integers.

/// Bits of one range-check limb; the limb table has `2^LIMB_BITS` rows.
pub const LIMB_BITS: u32 = 9;
/// Limbs on one row of the range-check lanes.
pub const LIMBS_PER_ROW: u32 = 5;
/// Bits of one row of limbs.
pub const ROW_BITS: u32 = LIMB_BITS * LIMBS_PER_ROW;

/// Magnitude of a position size less one: sizes are `1 ..= 2^90` steps.
pub const SIZE_BITS: u32 = 2 * ROW_BITS;
/// Biased signed width of an entry value: `-2^98 <= entry < 2^98`.
pub const ENTRY_BITS: u32 = 2 * ROW_BITS + LIMB_BITS;
/// Biased signed width of a collateral balance: `-2^98 <= balance < 2^98`.
pub const BALANCE_BITS: u32 = ENTRY_BITS;
/// Width of a list key: an asset id, or the bit of the cross book, an instrument id and a side bit.
pub const KEY_BITS: u32 = 2 * LIMB_BITS;
/// The bit of a position's key that says it is in the cross book.
pub const CROSS_BIT: u32 = KEY_BITS - 1;
/// Width of an own parameter of a position or a balance, and of every rate that it can raise.
pub const OWN_BITS: u32 = 3 * LIMB_BITS;
/// Width of the number of open orders of a position.
pub const ORDERS_BITS: u32 = 2 * LIMB_BITS;
/// Width of the size of all bids, or of all asks, of a position with an allocation: both are in one word with it.
pub const NARROW_ORDERS_BITS: u32 = 9 * LIMB_BITS;
/// Width of the allocation of an isolated position: what is assigned to it, in units of a balance.
pub const ALLOCATION_BITS: u32 = 7 * LIMB_BITS;
/// Width of an instrument id; id 0 is the empty slot.
pub const INSTRUMENT_ID_BITS: u32 = 16;
/// Width of an asset id; id 0 is the empty slot.
pub const ASSET_ID_BITS: u32 = 16;

/// Magnitude of a price numerator (value, requirement or index).
pub const NUMERATOR_BITS: u32 = 72;
/// Width of the requirement conversion factor of a settle group, including the quantity price.
pub const CONVERSION_BITS: u32 = 72;
/// Width of a bracket variable: `0 <= x < 2^133` for requirements, `-2^133 <= v < 2^133` for assets.
pub const BRACKET_BITS: u32 = 133;
/// Width of the distance to either end of a bracket, as range-checked.
pub const BRACKET_DISTANCE_BITS: u32 = 3 * ROW_BITS;
/// Width of a tier variable that fits the narrow blocks, whose distances are words of two rows.
pub const NARROW_BRACKET_BITS: u32 = 2 * ROW_BITS - 1;
/// Width of a divisor less one, and of a remainder: a divisor is at most 2^45.
pub const DIVISOR_BITS: u32 = ROW_BITS;
/// Width of a rounded figure.
pub const QUOTIENT_BITS: u32 = 3 * ROW_BITS;
/// Width of a rounded figure in the narrow blocks.
pub const NARROW_QUOTIENT_BITS: u32 = 2 * ROW_BITS;
/// Biased signed width of a rounded figure that can be negative.
pub const BIASED_QUOTIENT_BITS: u32 = QUOTIENT_BITS;
/// Width of a divisor less one in a short division: of the requirement, in the narrow blocks.
pub const SHORT_DIVISOR_BITS: u32 = 3 * LIMB_BITS;
/// Width of a quotient in a short division, whose remainders leave it two limbs each.
pub const SHORT_QUOTIENT_BITS: u32 = 3 * ROW_BITS - 2 * SHORT_DIVISOR_BITS;
/// Width of a divisor less one, and of a remainder, in the general profile.
pub const DEEP_DIVISOR_BITS: u32 = ROW_BITS + LIMB_BITS;
/// Width of a rounded figure in the general profile, biased if it can be negative: what two remainders leave of the
/// limbs of three rows.
pub const DEEP_QUOTIENT_BITS: u32 = 3 * ROW_BITS - 2 * LIMB_BITS;
/// Width of a divisor beside an own leverage, which it is multiplied with.
pub const LEVERAGE_DIVISOR_BITS: u32 = DEEP_DIVISOR_BITS - OWN_BITS;
/// Width of the distance between two figures of which the larger is taken, as range-checked.
pub const COMPARED_BITS: u32 = 3 * ROW_BITS;
/// Width of the factor from a size to a figure that is rounded, in the general profile.
pub const DEEP_FACTOR_BITS: u32 = 112;
/// Width of the factor in the radicand of what is held of an asset, whose size is a rounded figure.
pub const HELD_FACTOR_BITS: u32 = 46;
/// Width of the root of a size.
pub const ROOT_BITS: u32 = 2 * ROW_BITS;
/// Upper end given to a requirement row that declares none.
pub const OPEN_REQUIREMENT_BITS: u32 = 112;
/// The same where requirements need room in the narrow blocks.
pub const OPEN_NARROW_REQUIREMENT_BITS: u32 = SHORT_QUOTIENT_BITS;
/// Width of a declared slope (a rate in units of the schedule's rate decimals).
pub const SLOPE_BITS: u32 = 40;
/// Bound on one position's requirement, including conversion; checked per row when a market is built.
pub const REQUIREMENT_BITS: u32 = 196;
/// Bound on one position's profit or loss after steps by its sign; checked when a market is built.
pub const RESULT_BITS: u32 = 196;
/// Bound on the magnitude of one asset's collateral value; checked per row when a market is built.
pub const COLLATERAL_BITS: u32 = 204;
/// Bound on a position's profit and loss where there are isolated books, in settlement units; checked when a market is
/// built.
pub const BOOK_PNL_BITS: u32 = 166;
/// Width of the factor from settlement units to the units of a requirement before conversion.
pub const BOOK_UNIT_BITS: u32 = 40;
/// Width of what one size step counts in the sum over a family.
pub const FAMILY_UNIT_BITS: u32 = 40;
/// Width of a claim level in basis points.
pub const LEVEL_BITS: u32 = 17;
/// Signed width of an equity floor: `-2^199 < floor < 2^199`.
pub const FLOOR_BITS: u32 = 200;
/// No floor is minus this power of two, which no equity is below.
pub const NO_FLOOR_BITS: u32 = 210;
/// Width of the claim comparison `10000 * E - level * MM` and of `E - floor`.
pub const CLAIM_BITS: u32 = 5 * ROW_BITS;

/// log2 of the maximum number of positions in any shape, and of a commitment.
pub const MAX_POSITIONS_LOG2: u32 = 8;
/// log2 of the maximum number of assets in any shape, and of a commitment.
pub const MAX_ASSETS_LOG2: u32 = 5;
/// Maximum number of positions in any shape.
pub const MAX_POSITIONS: usize = 1 << MAX_POSITIONS_LOG2;
/// Maximum number of assets in any shape.
pub const MAX_ASSETS: usize = 1 << MAX_ASSETS_LOG2;
/// log2 of the maximum number of positions that the rule is computed of without a proof: all listed ones, long and short.
pub const MAX_HELD_POSITIONS_LOG2: u32 = 14;
/// log2 of the maximum number of assets there.
pub const MAX_HELD_ASSETS_LOG2: u32 = 12;
/// Maximum number of positions of any account.
pub const MAX_HELD_POSITIONS: usize = 1 << MAX_HELD_POSITIONS_LOG2;
/// Maximum number of assets of any account.
pub const MAX_HELD_ASSETS: usize = 1 << MAX_HELD_ASSETS_LOG2;
/// Maximum number of settle groups: assets in which positions settle.
pub const MAX_SETTLE_GROUPS: usize = 16;
/// Settle groups whose sums are side by side.
pub const SETTLE_QUAD: usize = 4;

/// Bits below which every intermediate value stays; the field has 255 bits.
pub(crate) const SAFE_BITS: u32 = 250;
/// Width of the required margin itself in basis points.
pub(crate) const BASIS_POINTS_BITS: u32 = 14;

const fn max(a: u32, b: u32) -> u32 {
    if a > b { a } else { b }
}

// Each line is one composition; a change of a width above that breaks one does not compile.
const _: () = {
    // A packed slot (entry, size, key, own parameter) is one field element.
    assert!(ENTRY_BITS + SIZE_BITS + KEY_BITS + OWN_BITS < SAFE_BITS);
    // So is the word of its open orders: bids, asks and their number.
    assert!(2 * SIZE_BITS + ORDERS_BITS < SAFE_BITS);
    // And the word of its open orders with its allocation, which is a balance that is owned.
    assert!(2 * NARROW_ORDERS_BITS + ORDERS_BITS + ALLOCATION_BITS < SAFE_BITS);
    assert!(NARROW_ORDERS_BITS < SIZE_BITS && ALLOCATION_BITS < BALANCE_BITS);
    // A settle group is a quad and a place in it, both one of four.
    assert!(MAX_SETTLE_GROUPS == SETTLE_QUAD * SETTLE_QUAD);
    assert!(INSTRUMENT_ID_BITS + 1 == CROSS_BIT && ASSET_ID_BITS <= KEY_BITS);
    // pnl = size * value_num - entry, summed over all positions, plus a balance. Rounded values are below.
    let pnl = max(SIZE_BITS + 1 + NUMERATOR_BITS, ENTRY_BITS) + 1;
    let asset_variable = max(pnl + MAX_POSITIONS_LOG2, BALANCE_BITS) + 1;
    assert!(asset_variable + 1 < SAFE_BITS);
    // The same after steps by sign, and with the amount of a balance that is a multiple of it.
    let settled = RESULT_BITS + MAX_POSITIONS_LOG2;
    assert!(max(settled, BALANCE_BITS + NUMERATOR_BITS) + 1 < SAFE_BITS);
    // The root of a size, a rate of a notional, and a value by sign.
    assert!(SIZE_BITS + 1 + NUMERATOR_BITS + 1 < SAFE_BITS);
    assert!(OWN_BITS + BRACKET_BITS < SAFE_BITS);
    assert!(BRACKET_BITS + NUMERATOR_BITS < SAFE_BITS);
    // The bracket variable |size| * req_num before it is bounded by its bracket.
    assert!(SIZE_BITS + 1 + NUMERATOR_BITS + 1 < SAFE_BITS);
    // A requirement without tiers, which the market bounds at the greatest size, and what it is compared with in a book.
    assert!(
        REQUIREMENT_BITS + MAX_POSITIONS_LOG2 < SAFE_BITS
            && REQUIREMENT_BITS + LEVEL_BITS < CLAIM_BITS
    );
    // What all positions count in a family. In a proof no part exceeds the sum, which a bracket bounds.
    let counted = SIZE_BITS + 1 + FAMILY_UNIT_BITS;
    assert!(counted + MAX_POSITIONS_LOG2 < SAFE_BITS);
    // Distances to both ends of a bracket fit the range that is checked.
    assert!(BRACKET_BITS + 1 < BRACKET_DISTANCE_BITS);
    assert!(NARROW_BRACKET_BITS < 2 * ROW_BITS);
    // A line of a tier table or of collateral is a quotient times a divisor, on the row that holds its variable.
    assert!(QUOTIENT_BITS + DIVISOR_BITS + 1 < SAFE_BITS);
    // The lines that have no row: a value, and a second rounding of a requirement.
    assert!(SIZE_BITS + 1 + NUMERATOR_BITS + 1 < SAFE_BITS);
    assert!(QUOTIENT_BITS + NUMERATOR_BITS + 1 < SAFE_BITS);
    // A rounded value in settlement units less funding and entry, summed over all positions, and a tier variable that is
    // a multiple of the value.
    let funding = max(SIZE_BITS + 1 + NUMERATOR_BITS, ENTRY_BITS) + 1;
    let rounded_pnl = max(QUOTIENT_BITS + NUMERATOR_BITS, funding) + 1;
    assert!(rounded_pnl + MAX_POSITIONS_LOG2 + 1 < SAFE_BITS);
    // Profit and loss are a biased quotient times a divisor, and that quotient is scaled.
    assert!(max(rounded_pnl, BIASED_QUOTIENT_BITS + DIVISOR_BITS) + 1 < SAFE_BITS);
    assert!(BIASED_QUOTIENT_BITS + NUMERATOR_BITS + 1 + MAX_POSITIONS_LOG2 + 1 < SAFE_BITS);
    // The general profile. A size with open orders, as wide as a size; a line of a size, and one of a rounded figure or of a requirement before it is rounded.
    assert!(SIZE_BITS + 1 + DEEP_FACTOR_BITS + 1 < SAFE_BITS);
    // A line of an entry's magnitude.
    assert!(ENTRY_BITS + DEEP_FACTOR_BITS + 1 < SAFE_BITS);
    let unrounded = OWN_BITS + DEEP_QUOTIENT_BITS;
    assert!(unrounded + NUMERATOR_BITS + 1 < SAFE_BITS);
    // A notional over an own leverage, with the offset of its rounding, the divisor, and both requirements in the unit in
    // which they are compared.
    assert!(LEVERAGE_DIVISOR_BITS + OWN_BITS <= DEEP_DIVISOR_BITS);
    assert!(max(DEEP_QUOTIENT_BITS + NUMERATOR_BITS, DEEP_DIVISOR_BITS) + 1 < SAFE_BITS);
    assert!(DEEP_QUOTIENT_BITS + NUMERATOR_BITS + 1 < SAFE_BITS);
    // A signed line, whose variable a bracket bounds, with its bias; and what it is compared with.
    assert!(BRACKET_BITS + NUMERATOR_BITS + 1 < SAFE_BITS);
    assert!(DEEP_QUOTIENT_BITS + DEEP_DIVISOR_BITS + 1 < SAFE_BITS);
    // Profit and loss, settled results, and the radicand of a root with the square next to it.
    assert!(max(DEEP_QUOTIENT_BITS + NUMERATOR_BITS, funding) + 1 < SAFE_BITS);
    assert!(max(DEEP_QUOTIENT_BITS + MAX_POSITIONS_LOG2, BALANCE_BITS) + 1 < BRACKET_BITS);
    assert!(max(SIZE_BITS + 1 + NUMERATOR_BITS + 1, 2 * ROOT_BITS + 2) < SAFE_BITS);
    // Twice a root is a word as a root is, also of what is held of an asset.
    assert!(
        max(SIZE_BITS + 1 + NUMERATOR_BITS, DEEP_QUOTIENT_BITS + HELD_FACTOR_BITS) + 1
            < 2 * ROOT_BITS - 2
    );
    // A weight by size divides by a base and a line of the root.
    assert!(ROOT_BITS + NUMERATOR_BITS + 1 < SAFE_BITS);
    // A requirement and a collateral value.
    assert!(DEEP_QUOTIENT_BITS + NUMERATOR_BITS + 1 < REQUIREMENT_BITS);
    assert!(DEEP_QUOTIENT_BITS + NUMERATOR_BITS < COLLATERAL_BITS);
    // Sums of requirements, of debts too, and collateral values times the claim coefficients.
    let requirement = REQUIREMENT_BITS + MAX_POSITIONS_LOG2 + 1 + LEVEL_BITS;
    let equity = max(COLLATERAL_BITS + MAX_ASSETS_LOG2, FLOOR_BITS) + BASIS_POINTS_BITS;
    assert!(max(requirement, equity) + 1 < CLAIM_BITS);
    // No equity is below the floor that stands for none, and the amount above it is compared.
    assert!(COLLATERAL_BITS + MAX_ASSETS_LOG2 < NO_FLOOR_BITS && NO_FLOOR_BITS + 1 < CLAIM_BITS);
    // The same of an isolated position.
    let book_equity = BOOK_PNL_BITS + BOOK_UNIT_BITS + BASIS_POINTS_BITS;
    assert!(max(REQUIREMENT_BITS + LEVEL_BITS, book_equity) + 1 < CLAIM_BITS);
    // And of one with an allocation: a line of it, a line of that, and both that and its result in margin units.
    assert!(ALLOCATION_BITS + NUMERATOR_BITS + 1 < SAFE_BITS);
    assert!(DEEP_QUOTIENT_BITS + NUMERATOR_BITS + 1 + BASIS_POINTS_BITS + 1 < CLAIM_BITS);
    assert!(CLAIM_BITS < SAFE_BITS);
    // What no shape holds is computed in integers of any width; its sums stay below the same bound, one by one as above.
    assert!(
        MAX_POSITIONS_LOG2 <= MAX_HELD_POSITIONS_LOG2 && MAX_ASSETS_LOG2 <= MAX_HELD_ASSETS_LOG2
    );
    assert!(max(rounded_pnl, RESULT_BITS) + MAX_HELD_POSITIONS_LOG2 + 1 < SAFE_BITS);
    assert!(BIASED_QUOTIENT_BITS + NUMERATOR_BITS + 1 + MAX_HELD_POSITIONS_LOG2 + 1 < SAFE_BITS);
    assert!(counted + MAX_HELD_POSITIONS_LOG2 < SAFE_BITS);
    let held = REQUIREMENT_BITS + MAX_HELD_POSITIONS_LOG2 + 1 + LEVEL_BITS;
    let worth = COLLATERAL_BITS + MAX_HELD_ASSETS_LOG2 + BASIS_POINTS_BITS;
    assert!(max(held, worth) + 1 < SAFE_BITS);
};
