//! The allocation of a position: what is assigned to it, if it is isolated.
//!
//! ```text
//! row  limbs             aux 0       aux 1
//! 0    allocation        allocation  cross
//! 1    allocation (0-1)
//! ```
//!
//! The rows are below those of [open orders](super::orders), in whose word the allocation is, with narrower sizes.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux, limbs};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{LIMBS, RangeConfig, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{ALLOCATION_BITS, LIMB_BITS, ROW_BITS};

/// Rows of the block.
pub(crate) const ROWS: usize = 2;

/// Limbs of an allocation on the second row.
const HIGH_LIMBS: usize = (ALLOCATION_BITS / LIMB_BITS) as usize - LIMBS;

const LOW: At = limbs("allocation", 0, LIMBS, 0);
const HIGH: At = limbs("allocation", 0, HIGH_LIMBS, 1);
/// In units of a balance: 63 bits.
const ALLOCATION: At = aux("allocation", 0, 0);
/// 1 for a position in the cross book.
const CROSS: At = aux("cross", 1, 0);

/// Row of the gate.
const GATE: usize = 0;

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(super) struct AllocationConfig {
    columns: Columns,
    range: RangeConfig,
    q_allocation: Selector,
}

impl AllocationConfig {
    /// Creates the gate.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_allocation = meta.selector();
        meta.create_gate("allocation", |meta| {
            let q = meta.query_selector(q_allocation);
            let [low, high, allocation, cross] =
                columns.query_all(meta, [LOW, HIGH, ALLOCATION, CROSS], GATE);
            let sum = low + high * power_of_two(ROW_BITS);
            Constraints::with_selector(
                q,
                [
                    ("allocation is its limbs", sum - allocation.clone()),
                    ("the cross book has no allocation", cross * allocation),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_allocation }
    }

    /// Assigns the block from `offset` on and returns the allocation.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        cross: &FieldCell,
        allocation: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let count = LIMBS + HIGH_LIMBS;
        let limbs = allocation.map(|x| limbs_of(&x, count)).transpose_vec(count);
        let (low, high) = limbs.split_at(LIMBS);
        self.range.assign_limbs(region, offset, LOW, low)?;
        self.range.assign_limbs(region, offset, HIGH, high)?;
        self.columns.copy(region, offset, CROSS, cross)?;
        self.q_allocation.enable(region, offset + GATE)?;
        self.columns.assign(region, offset, ALLOCATION, allocation)
    }
}

/// All cells of the block.
#[cfg(test)]
pub(crate) const CELLS: [&[At]; 1] = [&[LOW, HIGH, ALLOCATION, CROSS]];
