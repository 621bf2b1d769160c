//! Shapes, and the circuit that fits a shape and a market.

use crate::tables::MarketTables;
use crate::{asset, claim, position};
use zkmargin_gadgets::poseidon::BLOCK_ROWS;
use zkmargin_gadgets::range::TABLE_ROWS;
use zkmargin_model::poseidon::RATE;
use zkmargin_model::rule::Account;
use zkmargin_model::widths::{MAX_ASSETS, MAX_POSITIONS};

/// How many positions and assets a circuit has room for. Public: part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// 16 positions, 8 assets.
    S,
    /// 64 positions, 16 assets.
    M,
    /// 256 positions, 16 assets.
    L,
}

impl Shape {
    /// All shapes, smallest first.
    pub const ALL: [Shape; 3] = [Shape::S, Shape::M, Shape::L];

    /// Position slots.
    pub const fn positions(self) -> usize {
        match self {
            Shape::S => 16,
            Shape::M => 64,
            Shape::L => MAX_POSITIONS,
        }
    }

    /// Asset slots.
    pub const fn assets(self) -> usize {
        match self {
            Shape::S => 8,
            Shape::M | Shape::L => MAX_ASSETS,
        }
    }

    /// Poseidon lanes.
    pub const fn lanes(self) -> usize {
        match self {
            Shape::S => 1,
            Shape::M | Shape::L => 2,
        }
    }

    /// Code in encodings.
    pub const fn code(self) -> u8 {
        match self {
            Shape::S => 1,
            Shape::M => 2,
            Shape::L => 3,
        }
    }

    /// The shape of a code.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.code() == code)
    }

    /// Name: `S`, `M` or `L`.
    pub const fn name(self) -> &'static str {
        match self {
            Shape::S => "S",
            Shape::M => "M",
            Shape::L => "L",
        }
    }

    /// Whether the account's lists fit.
    pub fn fits(self, account: &Account) -> bool {
        account.positions().len() <= self.positions() && account.balances().len() <= self.assets()
    }

    /// The smallest shape that holds the account. Every account fits the largest.
    pub fn smallest_for(account: &Account) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.fits(account))
    }

    /// Rows of the region of positions, assets and claim.
    pub(crate) const fn margin_rows(self) -> usize {
        self.positions() * position::ROWS + self.assets() * asset::ROWS + claim::ROWS
    }

    /// Poseidon blocks: both lists, the account leaf and the margin commitment.
    pub(crate) const fn poseidon_blocks(self) -> usize {
        (self.positions() + self.assets()) / RATE + 3 + 2
    }

    const fn poseidon_rows(self) -> usize {
        self.poseidon_blocks().div_ceil(self.lanes()) * BLOCK_ROWS
    }
}

/// Rows at the end of the domain that hold blinding and the last-row polynomial.
pub(crate) const UNUSABLE_ROWS: usize = 6;

/// Largest `k` that is tried; a market that needs more is refused.
pub const MAX_K: u32 = 14;

const MIN_K: u32 = 10;

/// A circuit: shape and number of rows. Part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CircuitId {
    shape: Shape,
    k: u32,
}

/// A market too large for any circuit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the market needs {rows} table rows; the largest circuit has {capacity}")]
pub struct CapacityError {
    /// Rows of the larger of the two tables.
    pub rows: usize,
    /// Rows of the largest circuit.
    pub capacity: usize,
}

impl CircuitId {
    /// The smallest circuit that fits the shape and the market's tables.
    ///
    /// # Errors
    /// [`CapacityError`] when the market fits none.
    pub fn choose(shape: Shape, tables: &MarketTables) -> Result<Self, CapacityError> {
        let table = tables.instruments().len().max(tables.brackets().len());
        let rows = table.max(TABLE_ROWS).max(shape.margin_rows()).max(shape.poseidon_rows());
        (MIN_K..=MAX_K)
            .find(|k| rows <= Self::usable_rows(*k))
            .map(|k| Self { shape, k })
            .ok_or(CapacityError { rows: table, capacity: Self::usable_rows(MAX_K) })
    }

    /// Rows of `2^k` that a table or a region can take.
    pub const fn usable_rows(k: u32) -> usize {
        (1 << k) - UNUSABLE_ROWS
    }

    /// The shape.
    pub const fn shape(self) -> Shape {
        self.shape
    }

    /// log2 of the number of rows.
    pub const fn k(self) -> u32 {
        self.k
    }
}
