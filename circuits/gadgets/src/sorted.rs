//! Sorted list: used slots first, keys strictly ascending, so no key appears twice.
//!
//! ```text
//!            limbs 0,1    limbs 2,3    aux 1      aux 2     aux 4
//! row 0                                prev key   prev used
//! row 1  q   key          distance     used                 key
//! ```
//!
//! `distance = used * (key - prev key - 1)` is below 2^18, and a used slot follows a used slot.
//! The key of an empty slot is zero by the packing gate of the caller.

use crate::Columns;
use crate::halo2::*;
use crate::range::{RangeConfig, limbs_of, row_expression};

/// Sorted list configuration.
#[derive(Clone, Debug)]
pub struct SortedConfig {
    columns: Columns,
    range: RangeConfig,
    q_sorted: Selector,
}

/// Key and used flag of a slot.
#[derive(Clone, Debug)]
pub struct SlotKey {
    /// 1 for a used slot, 0 for an empty one.
    pub used: FieldCell,
    /// The key, below 2^18.
    pub key: FieldCell,
}

impl SortedConfig {
    /// Creates the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_sorted = meta.selector();
        let (limbs, aux) = (&columns.limbs, &columns.aux);
        meta.create_gate("sorted list", |meta| {
            let q = meta.query_selector(q_sorted);
            let prev_key = meta.query_advice(aux[1], Rotation::prev());
            let prev_used = meta.query_advice(aux[2], Rotation::prev());
            let used = meta.query_advice(aux[1], Rotation::cur());
            let key = meta.query_advice(aux[4], Rotation::cur());
            let key_limbs = row_expression(meta, &limbs[..2], Rotation::cur());
            let distance = row_expression(meta, &limbs[2..4], Rotation::cur());
            let one = Expression::Constant(Fp::ONE);
            Constraints::with_selector(
                q,
                [
                    ("used is boolean", used.clone() * (one.clone() - used.clone())),
                    ("key width", key_limbs - key.clone()),
                    ("keys ascend", used.clone() * (key - prev_key - one.clone()) - distance),
                    ("empty slots last", used * (one - prev_used)),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_sorted }
    }

    /// Assigns one slot's key on row `offset + 1`; row `offset` receives the copies of the slot
    /// before, or the constants that start a list.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        previous: Option<&SlotKey>,
        used: Value<Fp>,
        key: Value<Fp>,
    ) -> Result<SlotKey, Error> {
        let aux = &self.columns.aux;
        let start = |region: &mut Region<'_, Fp>, column, constant| {
            region.assign_advice_from_constant(|| "list start", column, offset, constant)
        };
        let prev_key = match previous {
            Some(p) => {
                p.used.copy_advice(|| "previous used", region, aux[2], offset)?;
                p.key.copy_advice(|| "previous key", region, aux[1], offset)?
            }
            None => {
                start(region, aux[2], Fp::ONE)?;
                start(region, aux[1], Fp::ZERO)?
            }
        };
        let used = region.assign_advice(|| "used", aux[1], offset + 1, || used)?;
        let key = region.assign_advice(|| "key", aux[4], offset + 1, || key)?;
        let distance = used
            .value()
            .zip(key.value())
            .zip(prev_key.value())
            .map(|((used, key), prev)| *used * (*key - prev - Fp::ONE));
        for (from, word) in [(0, key.value().copied()), (2, distance)] {
            let limbs = word.map(|w| limbs_of(&w, 2)).transpose_vec(2);
            self.range.assign_limbs(region, offset + 1, from, &limbs)?;
        }
        self.q_sorted.enable(region, offset + 1)?;
        Ok(SlotKey { used, key })
    }
}
