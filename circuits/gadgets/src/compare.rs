//! Comparison by bounded difference: proves that a value is in `0 .. 2^225`.
//!
//! ```text
//!            limbs          aux 0        aux 1    aux 4
//! row 0      high
//! row 1      high
//! row 2  q   low            high         value    low
//! row 3      low
//! row 4      low
//! ```
//!
//! `value = low + 2^135 high` with `low < 2^135` and `high < 2^90`. The callers' differences stay
//! below 2^225 in magnitude, so a negative one has no such form.

use crate::Columns;
use crate::halo2::*;
use crate::range::{LIMBS, RangeConfig, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{CLAIM_BITS, LIMB_BITS, ROW_BITS};

/// Rows that one comparison takes.
pub const ROWS: usize = 5;

/// Comparison configuration.
#[derive(Clone, Debug)]
pub struct CompareConfig {
    columns: Columns,
    range: RangeConfig,
    q_compare: Selector,
}

fn recompose(limbs: &[Fp]) -> Fp {
    let radix = power_of_two(LIMB_BITS);
    limbs.iter().rev().fold(Fp::ZERO, |word, limb| word * radix + limb)
}

impl CompareConfig {
    /// Creates the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_compare = meta.selector();
        let aux = columns.aux;
        meta.create_gate("not negative", |meta| {
            let q = meta.query_selector(q_compare);
            let high = meta.query_advice(aux[0], Rotation::cur());
            let value = meta.query_advice(aux[1], Rotation::cur());
            let low = meta.query_advice(aux[4], Rotation::cur());
            let sum = low + high * power_of_two(3 * ROW_BITS);
            Constraints::with_selector(q, [("value = low + 2^135 high", sum - value)])
        });
        Self { columns: columns.clone(), range: range.clone(), q_compare }
    }

    /// Proves that `value` is not negative on rows `offset` to `offset + 4`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: &FieldCell,
    ) -> Result<(), Error> {
        let count = (CLAIM_BITS / LIMB_BITS) as usize;
        let limbs = value.value().map(|v| limbs_of(v, count));
        let low = limbs.as_ref().map(|l| recompose(&l[..3 * LIMBS]));
        let high = limbs.as_ref().map(|l| recompose(&l[3 * LIMBS..]));
        self.range.two_rows(region, offset, high)?;
        self.range.three_rows_above(region, offset + 2, low)?;
        value.copy_advice(|| "value", region, self.columns.aux[1], offset + 2)?;
        self.q_compare.enable(region, offset + 2)
    }
}
