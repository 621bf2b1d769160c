//! Why terms are not a market.

use super::widths::{MAX_CELLS, MAX_POSITIONS, SIZE_BITS, SUM_BITS};
use crate::rule;

/// Why terms are not a market, with the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarketError {
    /// Ids are zero, too large, repeated or not ascending.
    #[error("{list} ids must be strictly ascending in 1..={max}; {id} is not", max = (1u32 << 16) - 1)]
    Ids {
        /// `unit`, `group`, `strike` or `instrument`.
        list: &'static str,
        /// The id out of place.
        id: u32,
    },
    /// A list that is longer than what a proof holds.
    #[error("{count} {list}; at most {most}")]
    TooMany {
        /// Which list.
        list: &'static str,
        /// Its length.
        count: usize,
        /// The bound.
        most: usize,
    },
    /// More cells of packed loadings than an instrument's rows hold.
    #[error(
        "the columns fill {count} packed cells, two columns of one multiplier each; at most {MAX_CELLS}"
    )]
    Cells {
        /// How many.
        count: usize,
    },
    /// A capacity that no proof has.
    #[error(
        "an account has 1 to {MAX_POSITIONS} positions with sizes of 1 to {SIZE_BITS} bits, not {positions} of {size_bits}"
    )]
    Capacity {
        /// Positions.
        positions: usize,
        /// Bits of a size.
        size_bits: u32,
    },
    /// A reference to something that does not exist.
    #[error("{list} {id} refers to a {what} that does not exist")]
    Reference {
        /// `group`, `instrument`, `column` or `stress`, the last two by index.
        list: &'static str,
        /// Its id or index.
        id: u32,
        /// What it refers to.
        what: &'static str,
    },
    /// Groups that overlap: an instrument lies among those of another group.
    #[error(
        "groups {group} and {among} overlap: instrument {instrument} of the one lies among those of the other; a group's ids are neighbours, and groups ascend with them"
    )]
    GroupsOverlap {
        /// The instrument.
        instrument: u32,
        /// Its group.
        group: u32,
        /// The group that it lies in.
        among: u32,
    },
    /// Units that overlap: a group lies among those of another unit.
    #[error(
        "units {unit} and {among} overlap: group {group} of the one lies among those of the other; a unit's groups are neighbours, and units ascend with them"
    )]
    UnitsOverlap {
        /// The group.
        group: u32,
        /// Its unit.
        unit: u32,
        /// The unit that it lies in.
        among: u32,
    },
    /// The options of one strike are in two groups.
    #[error("strike {strike} is in groups {first} and {second}; a strike belongs to one")]
    StrikeInTwoGroups {
        /// The strike.
        strike: u32,
        /// One group.
        first: u32,
        /// The other.
        second: u32,
    },
    /// Another instrument lies between those of a strike.
    #[error(
        "instrument {instrument} of strike {strike} must follow the others of that strike directly"
    )]
    StrikeApart {
        /// The strike.
        strike: u32,
        /// The instrument.
        instrument: u32,
    },
    /// A list of figures that must have one for each column or group scan.
    #[error("{list} {id} has {count} {what}; there are {needed}")]
    Length {
        /// `instrument` or `group`.
        list: &'static str,
        /// Its id.
        id: u32,
        /// `loadings` or `group scans`.
        what: &'static str,
        /// How many it has.
        count: usize,
        /// How many it must have.
        needed: usize,
    },
    /// A loading that exceeds its width.
    #[error(
        "the loading of instrument {instrument} in column {column} exceeds {bits} bits; use a coarser unit"
    )]
    LoadingWidth {
        /// The instrument.
        instrument: u32,
        /// Index of the column.
        column: usize,
        /// Width.
        bits: u32,
    },
    /// Another figure that exceeds its width or has a sign that it must not have.
    #[error("{what} of {list} {id} must be {sign} and below 2^{bits}")]
    Figure {
        /// Which list, `market` for figures of the whole.
        list: &'static str,
        /// The id or index, 0 for the market.
        id: u32,
        /// Which figure.
        what: &'static str,
        /// `positive`, `at least zero` or `in magnitude`.
        sign: &'static str,
        /// Width.
        bits: u32,
    },
    /// A group's sum could exceed the width that makes packed sums sound.
    #[error(
        "column {column}: positions x size x largest loading can reach {bits} bits; packed sums hold {SUM_BITS}, so a loss could carry into the next column"
    )]
    Packing {
        /// Index of the column.
        column: usize,
        /// Bits of the largest sum.
        bits: u64,
    },
    /// A loss, an equity or a requirement could exceed its width.
    #[error("{what} can reach {bits} bits; at most {most}")]
    SumWidth {
        /// What.
        what: &'static str,
        /// Bits that it can reach.
        bits: u64,
        /// The width.
        most: u32,
    },
    /// A bracketed line over something else than a value.
    #[error("the bracketed line of column {column} must be of the variable value")]
    Line {
        /// Index of the column.
        column: usize,
    },
    /// A collateral asset with an element that only the linear rule has.
    #[error("asset {asset} has an element of the linear rule that portfolio margin does not have")]
    AssetElements {
        /// The asset.
        asset: u32,
    },
    /// The collateral assets are refused as those of the linear rule are.
    #[error(transparent)]
    Assets(#[from] rule::MarketError),
}
