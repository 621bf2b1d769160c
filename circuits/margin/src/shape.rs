//! Shapes, and the circuit that fits a shape and a market.

use crate::tables::MarketTables;
use crate::{asset, claim, membership, position};
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
}

/// Rows of the region of positions, assets and claim.
pub(crate) const fn margin_rows(positions: usize, assets: usize) -> usize {
    positions * position::ROWS + assets * asset::ROWS + claim::ROWS
}

/// What names the account in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Anchor {
    /// Its public commitment.
    Commitment,
    /// The root of a ledger that it is in.
    Ledger,
}

impl Anchor {
    /// Both.
    pub const ALL: [Anchor; 2] = [Anchor::Commitment, Anchor::Ledger];

    /// Version of the circuit family. Frozen once released.
    pub const fn version(self) -> u16 {
        match self {
            Anchor::Commitment => 1,
            Anchor::Ledger => 2,
        }
    }

    /// The anchor of a circuit version.
    pub fn from_version(version: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|anchor| anchor.version() == version)
    }
}

/// A circuit without its size: what the account is named by, and how much there is room for. A bare
/// shape is the circuit for a public commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// What names the account.
    pub anchor: Anchor,
    /// Room.
    pub shape: Shape,
}

impl From<Shape> for Kind {
    fn from(shape: Shape) -> Self {
        Self { anchor: Anchor::Commitment, shape }
    }
}

impl Kind {
    /// The circuit for an account of a ledger.
    pub const fn ledger(shape: Shape) -> Self {
        Self { anchor: Anchor::Ledger, shape }
    }

    /// Poseidon lanes: as few as hold the hashes in the rows that the slots need anyway.
    pub const fn lanes(self) -> usize {
        match (self.anchor, self.shape) {
            (Anchor::Commitment, Shape::S) => 1,
            (Anchor::Commitment, _) | (Anchor::Ledger, Shape::L) => 2,
            (Anchor::Ledger, Shape::S) => 3,
            (Anchor::Ledger, Shape::M) => 4,
        }
    }

    /// Rows of slots, claim and the way through a ledger.
    const fn slot_rows(self) -> usize {
        let rows = margin_rows(self.shape.positions(), self.shape.assets());
        match self.anchor {
            Anchor::Commitment => rows,
            Anchor::Ledger => rows + membership::ROWS,
        }
    }

    /// Poseidon blocks: both lists, the account leaf, the margin commitment, and what membership
    /// adds.
    const fn poseidon_blocks(self) -> usize {
        let blocks = (self.shape.positions() + self.shape.assets()) / RATE + 3 + 2;
        match self.anchor {
            Anchor::Commitment => blocks,
            Anchor::Ledger => blocks + membership::BLOCKS,
        }
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

/// A circuit: kind and number of rows. Part of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CircuitId {
    kind: Kind,
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
    /// The smallest circuit of a kind that fits the market's tables.
    ///
    /// # Errors
    /// [`CapacityError`] when the market fits none.
    pub fn choose(kind: impl Into<Kind>, tables: &MarketTables) -> Result<Self, CapacityError> {
        let kind = kind.into();
        let table = tables.instruments().len().max(tables.brackets().len());
        let rows = table.max(TABLE_ROWS).max(kind.slot_rows()).max(kind.poseidon_rows());
        (MIN_K..=MAX_K)
            .find(|k| rows <= Self::usable_rows(*k))
            .map(|k| Self { kind, k })
            .ok_or(CapacityError { rows: table, capacity: Self::usable_rows(MAX_K) })
    }

    /// Rows of `2^k` that a table or a region can take.
    pub const fn usable_rows(k: u32) -> usize {
        (1 << k) - UNUSABLE_ROWS
    }

    /// Anchor and shape.
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// The shape.
    pub const fn shape(self) -> Shape {
        self.kind.shape
    }

    /// log2 of the number of rows.
    pub const fn k(self) -> u32 {
        self.k
    }
}
