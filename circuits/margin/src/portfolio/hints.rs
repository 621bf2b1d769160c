//! Private values of a portfolio account: those cell values that nothing else computes.

use super::tables::{GROUP_COLUMNS, PortfolioTables, TERMS};
use crate::hints::{AssetHint, Membership};
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::halo2::{Field, Fp};
use zkmargin_model::portfolio::PAGE_SLOTS;

/// Free cells of a position slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotHint {
    /// Used flag.
    pub used: Fp,
    /// Side: 1 is short.
    pub side: Fp,
    /// List key.
    pub key: Fp,
    /// Size magnitude less one; zero in an empty slot.
    pub size: Fp,
    /// Biased entry value; zero in an empty slot.
    pub entry: Fp,
    /// Looked-up row of the loadings' table, without its first column.
    pub terms: Vec<Fp>,
    /// Whether the strike is that of the slot above.
    pub same_strike: Fp,
    /// Whether the strike's net size so far is negative.
    pub short: Fp,
}

/// A page's sum over one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SumHint {
    /// The signed sum of the group so far.
    pub sum: Fp,
    /// Whether it is negative.
    pub negative: Fp,
    /// Whether the loss before its magnitude is taken is negative; read where a column takes magnitudes.
    pub loss_negative: Fp,
}

/// What is decided about a unit on its last page; zeros on other pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitHint {
    /// The largest loss.
    pub scan: Fp,
    /// The requirement; read where columns are added or are floors.
    pub requirement: Fp,
    /// Whether the unit's sum is negative, for each column of which the magnitude counts.
    pub negative: Vec<Fp>,
    /// Row of the line, for each column of which a line counts.
    pub lines: Vec<BracketHint>,
}

/// Free cells of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHint {
    /// Used flag of the first slot.
    pub used: Fp,
    /// Used flag of the last slot.
    pub full: Fp,
    /// Looked-up row of the groups' table.
    pub group: [Fp; GROUP_COLUMNS],
    /// Whether the page continues the group of the page above.
    pub continues: Fp,
    /// Whether its unit is that of the page above.
    pub same_unit: Fp,
    /// Its slots.
    pub slots: Vec<SlotHint>,
    /// Sums by column.
    pub sums: Vec<SumHint>,
    /// The largest loss of each group scan on the last page of a group.
    pub scans: Vec<Fp>,
    /// The unit, on each page; of the only unit, on the last page of the circuit.
    pub unit: UnitHint,
}

/// All private values of the circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortfolioWitness {
    /// One per page.
    pub pages: Vec<PageHint>,
    /// One per asset slot.
    pub assets: Vec<AssetHint>,
    /// Registry, holder key, serial, blinding.
    pub leaf: [Fp; 4],
    /// Blinding of the margin commitment.
    pub margin_blinding: Fp,
    /// Claim level.
    pub level: Fp,
    /// Claim floor.
    pub floor: Fp,
    /// 1 if the claim is of a deficiency.
    pub deficient: Fp,
    /// Holder and Merkle path, for a circuit that has them.
    pub membership: Option<Membership>,
}

impl SlotHint {
    /// An empty slot below another empty one.
    pub(crate) fn empty(tables: &PortfolioTables) -> Self {
        let zero = Fp::ZERO;
        let terms = vec![zero; TERMS - 1 + tables.plan.cells().count()];
        let same_strike = Fp::ONE;
        Self {
            used: zero,
            side: zero,
            key: zero,
            size: zero,
            entry: zero,
            terms,
            same_strike,
            short: zero,
        }
    }
}

impl PageHint {
    /// An empty page below another empty one.
    pub(crate) fn empty(tables: &PortfolioTables) -> Self {
        let zero = Fp::ZERO;
        let sum = SumHint { sum: zero, negative: zero, loss_negative: zero };
        Self {
            used: zero,
            full: zero,
            group: [zero; GROUP_COLUMNS],
            continues: zero,
            same_unit: zero,
            slots: vec![SlotHint::empty(tables); PAGE_SLOTS],
            sums: vec![sum; tables.columns.len()],
            scans: vec![zero; tables.constants.scans],
            unit: UnitHint::zero(tables),
        }
    }
}

impl UnitHint {
    /// Of a page that is not the last of a unit.
    pub(crate) fn zero(tables: &PortfolioTables) -> Self {
        let [magnitudes, lines] = tables.amounts();
        Self {
            scan: Fp::ZERO,
            requirement: Fp::ZERO,
            negative: vec![Fp::ZERO; magnitudes],
            lines: vec![BracketHint::default(); lines],
        }
    }
}
