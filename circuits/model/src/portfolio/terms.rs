//! Terms of a portfolio margin market: plain data.

use super::ContractId;
use crate::rule::{AssetTerms, BracketedLinear};
use num_bigint::BigInt;

/// What an account may hold. The bound on the sums of a market follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Positions, `1 ..= 128`.
    pub positions: usize,
    /// Sizes are below `2^size_bits` steps; at most 63.
    pub size_bits: u32,
}

/// What a loading is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Multiplier {
    /// The signed size.
    Net,
    /// The magnitude of the size.
    Gross,
    /// The magnitude of a short position's size; nothing for a long one.
    Short,
}

/// How a unit's sum over an added or floor column counts. Results are in loss units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// As it is.
    Identity,
    /// A multiple of its magnitude; a negative multiple is an offset.
    Magnitude(BigInt),
    /// A bracketed line of it. The variable is [`crate::rule::Variable::Value`].
    Bracketed(BracketedLinear),
}

/// What a column is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// A unit's sum is a loss in one scenario: the scan takes the largest.
    Scenario,
    /// A unit's sum is added to the scan.
    Added(Aggregate),
    /// The unit's requirement is at least this, and at least zero.
    Floor(Aggregate),
    /// Groups take the largest over the columns of one scan, by its number; units sum those.
    GroupScan(usize),
    /// Only other columns read its sums.
    Term,
}

/// A multiple of another column's sum of the same group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermOf {
    /// Index of a column in the role [`Role::Term`].
    pub column: usize,
    /// Multiplier, magnitude below 2^72.
    pub multiplier: BigInt,
}

/// One column of loadings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, for explanations.
    pub name: String,
    /// What loadings are multiplied by.
    pub multiplier: Multiplier,
    /// Whether entries are subtracted: the sum is a result and not a value.
    pub less_entry: bool,
    /// What the column is for.
    pub role: Role,
    /// Signed constant in both slopes.
    pub slope: BigInt,
    /// Whether the slopes are also multiplied by those of the group.
    pub sloped: bool,
    /// Whether the magnitude is taken, after slopes and terms, in groups that say so.
    pub magnitude: bool,
    /// What is added after the slopes.
    pub terms: Vec<TermOf>,
}

/// Instruments whose losses offset each other in full: an account, a currency, a combined commodity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Id, `1 ..= 2^16 - 1`.
    pub id: u32,
    /// Name, for explanations.
    pub name: String,
    /// Multiplier of the scan, over [`Terms::denominator`]; positive, below 2^40.
    pub factor: BigInt,
}

/// Instruments whose values are summed before slopes, magnitudes and group scans: an expiry, a maturity, one market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Id, `1 ..= 2^16 - 1`.
    pub id: u32,
    /// Id of the unit.
    pub unit: u32,
    /// Name, for explanations.
    pub name: String,
    /// Slope of a sum that is positive or zero, in columns that are [`Column::sloped`].
    pub positive: BigInt,
    /// Slope of a negative sum.
    pub negative: BigInt,
    /// Whether columns that take a magnitude do so here.
    pub magnitudes: bool,
    /// Factor of each group scan, zero or positive, below 2^72.
    pub scans: Vec<BigInt>,
}

/// Options of one strike in one group: short ones are charged as far as long ones do not cover them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// Id, `1 ..= 2^16 - 1`.
    pub id: u32,
    /// Charge for each size step that is net short, in margin units, zero or positive, below 2^56.
    pub rate: BigInt,
}

/// Terms of one instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// Number in this market, `1 ..= 2^16 - 1`: what a position of an account in memory names.
    pub id: u32,
    /// Registry id, which accounts are committed with. Ids ascend with the numbers.
    pub contract: ContractId,
    /// Id of the group.
    pub group: u32,
    /// Id of the strike, if short positions are charged there.
    pub strike: Option<u32>,
    /// Value of a size step in settlement units, magnitude below 2^56.
    pub value: BigInt,
    /// Id of the asset in which it settles.
    pub settles_in: u32,
    /// Charge for each size step of the magnitude, in margin units, zero or positive, below 2^56.
    pub charge: BigInt,
    /// One loading for each column, magnitudes below 2^56.
    pub loadings: Vec<BigInt>,
}

/// Scenarios of which a claim can say what would be left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stress {
    /// Name.
    pub name: String,
    /// Indices of scenario columns.
    pub columns: Vec<usize>,
}

/// Everything that one requirement kind needs. Maintenance and initial margin are two of these.
///
/// Units: sizes are in steps of the instrument, loadings times slopes in *loss units*; [`Self::scale`] of them are one
/// margin unit. The requirement is in loss units over [`Self::denominator`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What an account may hold.
    pub capacity: Capacity,
    /// Collateral assets, ascending by id. The index is the price of one settlement unit.
    pub assets: Vec<AssetTerms>,
    /// Settlement units in one unit of entries and balances, positive, below 2^54.
    pub entry_unit: BigInt,
    /// Columns.
    pub columns: Vec<Column>,
    /// Names of the group scans.
    pub scans: Vec<String>,
    /// Risk units, ascending by id.
    pub units: Vec<Unit>,
    /// Groups, ascending by id; those of a unit are neighbours.
    pub groups: Vec<Group>,
    /// Strikes, ascending by id.
    pub strikes: Vec<Strike>,
    /// Instruments, ascending by id; those of a group are neighbours, and so are those of a strike.
    pub instruments: Vec<Instrument>,
    /// Loss units in one margin unit, positive, below 2^72.
    pub scale: BigInt,
    /// Denominator of the units' factors, positive, below 2^40.
    pub denominator: BigInt,
    /// Named sets of scenarios.
    pub stresses: Vec<Stress>,
    /// Whether `equity = requirement` meets a claim.
    pub equality_is_healthy: bool,
}
