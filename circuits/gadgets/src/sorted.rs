//! Sorted list: used slots first, keys strictly ascending, so no key appears twice.
//!
//! ```text
//! row   limbs                      aux 1         aux 2          aux 4
//! 0                                previous key  previous used
//! 1  q  key (0-1), distance (2-3)  used                         key
//! ```
//!
//! `distance = used * (key - prev key - 1)` is below 2^18, and a used slot follows a used slot.
//! The key of an empty slot is zero by the packing gate of the caller.

use crate::Columns;
use crate::cell::{At, aux, limbs};
use crate::halo2::*;
use crate::range::{RangeConfig, limbs_of};

/// Key of the previous slot; zero for the first slot.
const PREV_KEY: At = aux("previous key", 1, 0);
/// Used flag of the previous slot; one for the first slot.
const PREV_USED: At = aux("previous used", 2, 0);
/// The key's limbs: 18 bits.
const KEY_LIMBS: At = limbs("key", 0, 2, 1);
/// The distance to the previous key, less one: 18 bits.
const DISTANCE: At = limbs("distance", 2, 2, 1);
/// 1 for a used slot, 0 for an empty one.
pub const USED: At = aux("used", 1, 1);
/// The key.
pub const KEY: At = aux("key", 4, 1);

/// The gate's row.
pub const GATE: usize = 1;

/// All cells.
pub const CELLS: [&[At]; 1] = [&[PREV_KEY, PREV_USED, KEY_LIMBS, DISTANCE, USED, KEY]];

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
        meta.create_gate("sorted list", |meta| {
            let q = meta.query_selector(q_sorted);
            let [prev_key, prev_used, used, key, key_limbs, distance] = columns.query_all(
                meta,
                [PREV_KEY, PREV_USED, USED, KEY, KEY_LIMBS, DISTANCE],
                GATE,
            );
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

    /// Assigns one slot's key on row `offset + 1`; row `offset` receives the copies of the previous slot, or the
    /// constants that start a list.
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
        let columns = &self.columns;
        let (before, key_before) = (previous.map(|p| &p.used), previous.map(|p| &p.key));
        columns.copy_or_constant(region, offset, PREV_USED, before, Fp::ONE)?;
        let prev_key = columns.copy_or_constant(region, offset, PREV_KEY, key_before, Fp::ZERO)?;
        let used = columns.assign(region, offset, USED, used)?;
        let key = columns.assign(region, offset, KEY, key)?;
        let distance = used
            .value()
            .zip(key.value())
            .zip(prev_key.value())
            .map(|((used, key), prev)| *used * (*key - prev - Fp::ONE));
        for (at, word) in [(KEY_LIMBS, key.value().copied()), (DISTANCE, distance)] {
            let limbs = word.map(|w| limbs_of(&w, 2)).transpose_vec(2);
            self.range.assign_limbs(region, offset, at, &limbs)?;
        }
        self.q_sorted.enable(region, offset + GATE)?;
        Ok(SlotKey { used, key })
    }
}
