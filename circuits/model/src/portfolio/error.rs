//! Why terms are not a market, and why an account has no figures.

use super::widths::{MAX_CELLS, MAX_POSITIONS, SIZE_BITS, SUM_BITS};
use crate::rule::{self, TooLarge};

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
    /// Ids of contracts that are zero, repeated or not in the order of the instruments.
    #[error("the contract of instrument {instrument} must have a higher id than the one before it")]
    Contracts {
        /// Number of the instrument.
        instrument: u32,
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
    #[error("{list} {id} refers to an unknown {what}")]
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
        /// Which list.
        list: &'static str,
        /// The id or index.
        id: u32,
        /// Which figure.
        what: &'static str,
        /// `positive`, `at least zero` or `in magnitude`.
        sign: &'static str,
        /// Width.
        bits: u32,
    },
    /// A figure of the whole market that is not positive or exceeds its width.
    #[error("the {what} of the market must be positive and below 2^{bits}")]
    Whole {
        /// Which figure.
        what: &'static str,
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
    /// A collateral asset with a rounding or an element that only the linear rule has.
    #[error(
        "asset {asset} has a rounding or an element of the linear rule that portfolio margin does not have"
    )]
    AssetElements {
        /// The asset.
        asset: u32,
    },
    /// The collateral assets are refused as those of the linear rule are.
    #[error(transparent)]
    Assets(#[from] rule::MarketError),
}

/// Why the rule is undefined for an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarginError {
    /// The market does not list the instrument.
    #[error("instrument {instrument} is not in this market")]
    UnknownInstrument {
        /// The instrument.
        instrument: u32,
    },
    /// The market does not list the asset.
    #[error("asset {asset} is not in this market")]
    UnknownAsset {
        /// The asset.
        asset: u32,
    },
    /// The record has open orders, which the rule does not read and pages do not commit to.
    #[error("the account has open orders; portfolio margin has none")]
    OpenOrders,
    /// A position or a balance has an own parameter.
    #[error("a position or balance has a parameter of the holder's own; portfolio margin has none")]
    OwnParameters,
    /// A position is isolated.
    #[error("the position in instrument {instrument} is isolated; portfolio margin has one book")]
    Isolated {
        /// The instrument.
        instrument: u32,
    },
    /// One instrument is held long and short.
    #[error("instrument {instrument} is held long and short; portfolio margin takes the net size")]
    BothSides {
        /// The instrument.
        instrument: u32,
    },
    /// More than a circuit of the market or a commitment holds.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// A size that exceeds the market's width.
    #[error("the size of instrument {instrument} must be below 2^{bits} steps")]
    Size {
        /// The instrument.
        instrument: u32,
        /// Width.
        bits: u32,
    },
    /// A sum beyond the ends of a bracketed line.
    #[error("the sum of unit {unit} over column {column} is beyond its bracketed line")]
    BeyondLine {
        /// The unit.
        unit: u32,
        /// Index of the column.
        column: usize,
    },
    /// Beyond the ends of the collateral function.
    #[error(
        "the balance of asset {asset} with its profit and loss is beyond its collateral function"
    )]
    BeyondCollateral {
        /// The asset.
        asset: u32,
    },
    /// Profit or loss settles in an asset that the account does not list.
    #[error(
        "profit and loss settle in asset {asset}; list that asset, with a zero balance if need be"
    )]
    SettlementAssetMissing {
        /// The asset.
        asset: u32,
    },
    /// The market has no stress of this name.
    #[error("this market has no stress called {name:?}")]
    UnknownStress {
        /// The name.
        name: String,
    },
}

impl MarginError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownInstrument { .. } => "UnknownInstrument",
            Self::UnknownAsset { .. } => "UnknownAsset",
            Self::OpenOrders => "OpenOrders",
            Self::OwnParameters => "OwnParameter",
            Self::Isolated { .. } => "NoIsolatedBooks",
            Self::BothSides { .. } => "BothSides",
            Self::TooLarge(_) => TooLarge::CODE,
            Self::Size { .. } => "SizeWidth",
            Self::BeyondLine { .. } => "BeyondTiers",
            Self::BeyondCollateral { .. } => "BeyondCollateral",
            Self::SettlementAssetMissing { .. } => "SettlementAssetMissing",
            Self::UnknownStress { .. } => "UnknownStress",
        }
    }
}
