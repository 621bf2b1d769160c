//! Gadgets of the margin circuit: one idea, one file, one isolating test each.
//!
//! All gadgets but Poseidon share ten advice columns ([`Columns`]): five range-checked limb
//! columns and five auxiliary columns. Gadgets are stacked by row offset inside one region, so
//! the layout does not depend on a floor planner's packing. Inputs enter by copy constraint only.

pub mod banks;
pub mod bracket;
pub mod cell;
pub mod compare;
pub mod divide;
pub mod groups;
pub mod halo2;
pub mod keyed;
pub mod larger;
pub mod long;
pub mod path;
pub mod poseidon;
pub mod quads;
pub mod range;
pub mod root;
pub mod settle;
pub mod sign;
pub mod sorted;

use halo2::{Advice, Column, ConstraintSystem, Fp};

/// Auxiliary columns.
pub const AUX: usize = 5;

/// Advice columns that the gadgets share.
#[derive(Clone, Debug)]
pub struct Columns {
    /// Nine-bit limbs; every cell of these columns is range-checked on every row.
    pub limbs: [Column<Advice>; range::LIMBS],
    /// Values, hints and copies.
    pub aux: [Column<Advice>; AUX],
}

impl Columns {
    /// Allocates the columns and enables equality on the auxiliary ones.
    pub fn configure(meta: &mut ConstraintSystem<Fp>) -> Self {
        let limbs = std::array::from_fn(|_| meta.advice_column());
        let aux = std::array::from_fn(|_| meta.advice_column());
        for column in aux {
            meta.enable_equality(column);
        }
        Self { limbs, aux }
    }
}
