//! How large a circuit is: slots, rows, lanes, and the smallest number of rows that fits a market.

use super::circuit::{PortfolioCircuit, PortfolioForm};
use super::tables::PortfolioTables;
use super::{claim, group, page, unit};
use crate::{asset, membership, rows};
use zkmargin_gadgets::halo2::{Circuit, ConstraintSystem};
use zkmargin_gadgets::poseidon::BLOCK_ROWS;
use zkmargin_gadgets::range::TABLE_ROWS;
use zkmargin_model::circuit::{Anchor, K, PortfolioKind};
use zkmargin_model::portfolio::{MAX_PAGES, PAGE_SLOTS};
use zkmargin_model::poseidon::RATE;
use zkmargin_model::rule::Profile;
use zkmargin_model::widths::MAX_ASSETS;

/// Number of pages and of asset slots, and what names the account. Keys are generated only for [`PortfolioKind`]s; tests
/// and soundness checks also run on sizes small enough to be exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PortfolioShape {
    /// Pages of eight position slots; an even number.
    pages: usize,
    /// Asset slots; an even number.
    assets: usize,
    anchor: Anchor,
}

impl From<PortfolioKind> for PortfolioShape {
    fn from(PortfolioKind { anchor, pages }: PortfolioKind) -> Self {
        Self { pages: pages.count(), assets: pages.assets(), anchor }
    }
}

/// A shape that no circuit has, or that a market does not admit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortfolioSizeError {
    /// Odd, zero or too many.
    #[error(
        "{pages} pages and {assets} assets; a circuit has an even number of each, {MAX_PAGES} and {MAX_ASSETS} at most"
    )]
    Shape {
        /// Pages.
        pages: usize,
        /// Asset slots.
        assets: usize,
    },
    /// More slots than the positions that the market's bound on sums counts.
    #[error("{slots} slots; the market's sums are bounded for {capacity} positions")]
    Capacity {
        /// Slots of the shape.
        slots: usize,
        /// Positions of the market's capacity.
        capacity: usize,
    },
    /// More rows than the largest circuit.
    #[error("{rows} rows; the largest circuit has {most}")]
    Rows {
        /// Rows needed.
        rows: usize,
        /// Rows of the largest circuit.
        most: usize,
    },
}

impl PortfolioShape {
    /// A shape of even numbers, of a committed account.
    ///
    /// # Errors
    /// [`PortfolioSizeError::Shape`].
    pub const fn new(pages: usize, assets: usize) -> Result<Self, PortfolioSizeError> {
        let is_even = pages.is_multiple_of(RATE) && assets.is_multiple_of(RATE);
        let fits = 0 < pages && pages <= MAX_PAGES && 0 < assets && assets <= MAX_ASSETS;
        if is_even && fits {
            Ok(Self { pages, assets, anchor: Anchor::Commitment })
        } else {
            Err(PortfolioSizeError::Shape { pages, assets })
        }
    }

    /// The same of an account in a ledger.
    pub const fn in_ledger(self) -> Self {
        Self { anchor: Anchor::Ledger, ..self }
    }

    /// What names the account.
    pub const fn anchor(self) -> Anchor {
        self.anchor
    }

    /// Pages.
    pub const fn pages(self) -> usize {
        self.pages
    }

    /// Position slots.
    pub const fn slots(self) -> usize {
        self.pages * PAGE_SLOTS
    }

    /// Asset slots.
    pub const fn assets(self) -> usize {
        self.assets
    }

    /// Poseidon blocks: pages, both lists, the account leaf, the margin commitment, and what membership adds.
    const fn blocks(self) -> usize {
        let blocks = (self.slots() + self.pages + self.assets) / RATE + 3 + 2;
        match self.anchor {
            Anchor::Commitment => blocks,
            Anchor::Ledger => blocks + membership::BLOCKS,
        }
    }
}

/// Rows of constants above the origin.
pub(crate) const CONSTANT_ROWS: usize = 1;

/// First row of the first slot; the origin is above it.
pub(crate) fn first_slot(tables: &PortfolioTables) -> usize {
    CONSTANT_ROWS + tables.plan.slot_rows()
}

/// Units whose requirements are computed: the only one once, or one on each page.
pub(crate) fn units(tables: &PortfolioTables, shape: PortfolioShape) -> usize {
    if tables.constants.only_unit.is_some() { 1 } else { shape.pages }
}

/// Rows of slots, pages, units, assets, claim and Merkle path.
pub(crate) fn region_rows(tables: &PortfolioTables, shape: PortfolioShape) -> usize {
    let rows = margin_rows(tables, shape);
    match shape.anchor {
        Anchor::Commitment => rows,
        Anchor::Ledger => rows.max(membership_row(tables, shape) + rows::MEMBERSHIP),
    }
}

/// Rows below the losses of the last page: its unit, charges, assets and claim.
fn rows_of_account(tables: &PortfolioTables, shape: PortfolioShape) -> usize {
    let assets = shape.assets * asset::rows(Profile::EXACT);
    unit::rows(tables) + 1 + assets + rows::VALUATION + claim::ROWS
}

/// First row of holder and path, which are beside the rows below the last page.
pub(crate) fn membership_row(tables: &PortfolioTables, shape: PortfolioShape) -> usize {
    margin_rows(tables, shape) - rows_of_account(tables, shape)
}

/// Rows of slots, pages, units, assets and claim.
pub(crate) fn margin_rows(tables: &PortfolioTables, shape: PortfolioShape) -> usize {
    let slots = first_slot(tables) + shape.slots() * tables.plan.slot_rows();
    let pages = shape.pages * (page::ROWS + group::rows(tables));
    let units = (units(tables, shape) - 1) * unit::rows(tables);
    slots + pages + units + rows_of_account(tables, shape)
}

/// The smallest circuit of a shape at a market: lanes and number of rows.
///
/// # Errors
/// [`PortfolioSizeError`] if the market's capacity or no circuit fits.
pub(crate) fn smallest(
    tables: &PortfolioTables,
    shape: PortfolioShape,
) -> Result<(usize, K), PortfolioSizeError> {
    let (slots, capacity) = (shape.slots(), tables.capacity());
    if slots > capacity {
        return Err(PortfolioSizeError::Capacity { slots, capacity });
    }
    let rows = region_rows(tables, shape).max(tables.table_rows()).max(TABLE_ROWS);
    let form = PortfolioForm { plan: tables.plan.clone(), anchor: shape.anchor, lanes: 1 };
    let mut meta = ConstraintSystem::default();
    form.configured(|| PortfolioCircuit::configure(&mut meta));
    // Rows of blinding, and the last one.
    let unusable = meta.blinding_factors() + 1;
    let usable = |k: K| (1usize << k.get()) - unusable;
    let most = usable(K::MAX);
    let k = K::all().find(|k| rows <= usable(*k)).ok_or(PortfolioSizeError::Rows { rows, most })?;
    let lanes = shape.blocks().div_ceil(usable(k) / BLOCK_ROWS);
    Ok((lanes, k))
}
