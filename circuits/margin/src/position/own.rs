//! The packed word of a position whose record has an own parameter, which no figure reads.
//!
//! ```text
//! row  limbs      aux 0  aux 1     aux 2  aux 3
//! 0    own (0-2)  entry  size - 1  key    packed
//! ```
//!
//! The row is the last of the slot, and its gate takes the place of the core's, which has no term for the parameter. The
//! core still says that an empty slot is zero.

use crate::general::position::OWN_LIMBS;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux, limbs};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{RangeConfig, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::rule::Profile;
use zkmargin_model::widths::{ENTRY_BITS, KEY_BITS, SIZE_BITS};

/// Rows of the block.
pub(super) const fn rows(profile: Profile) -> usize {
    profile.own as usize
}

/// The own parameter, 0 for none: 27 bits.
const OWN: At = limbs("own", 0, OWN_LIMBS, 0);
/// Biased entry value: 99 bits.
const ENTRY: At = aux("entry", 0, 0);
/// Size less one: 90 bits.
const SIZE: At = aux("size - 1", 1, 0);
/// List key: 18 bits.
const KEY: At = aux("key", 2, 0);
/// All of them in one word: 234 bits.
const PACKED: At = aux("packed", 3, 0);

/// Configuration of the row.
#[derive(Clone, Debug)]
pub(super) struct OwnConfig {
    columns: Columns,
    range: RangeConfig,
    q_own: Selector,
}

/// Cells of the core that are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packing<'a> {
    pub(super) entry: &'a FieldCell,
    pub(super) size: &'a FieldCell,
    pub(super) key: &'a FieldCell,
    pub(super) packed: &'a FieldCell,
}

/// The parameter's part of the packed word.
pub(super) fn shifted(own: Fp) -> Fp {
    own * power_of_two(ENTRY_BITS + SIZE_BITS + KEY_BITS)
}

impl OwnConfig {
    /// Creates the gate.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_own = meta.selector();
        meta.create_gate("position with own parameter", |meta| {
            let q = meta.query_selector(q_own);
            let [own, entry, size, key, packed] =
                columns.query_all(meta, [OWN, ENTRY, SIZE, KEY, PACKED], 0);
            let sum = entry
                + size * power_of_two(ENTRY_BITS)
                + key * power_of_two(ENTRY_BITS + SIZE_BITS)
                + own * power_of_two(ENTRY_BITS + SIZE_BITS + KEY_BITS);
            Constraints::with_selector(
                q,
                [("packed = entry + 2^99 (size - 1) + 2^189 key + 2^207 own", sum - packed)],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_own }
    }

    /// Assigns the row.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        of: Packing<'_>,
        own: Value<Fp>,
    ) -> Result<(), Error> {
        let limbs = own.map(|own| limbs_of(&own, OWN_LIMBS)).transpose_vec(OWN_LIMBS);
        self.range.assign_limbs(region, row, OWN, &limbs)?;
        let Packing { entry, size, key, packed } = of;
        for (at, cell) in [(ENTRY, entry), (SIZE, size), (KEY, key), (PACKED, packed)] {
            self.columns.copy(region, row, at, cell)?;
        }
        self.q_own.enable(region, row)
    }
}

/// All cells of the row.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[&[OWN, ENTRY, SIZE, KEY, PACKED]])
}
