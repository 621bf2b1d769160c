//! Comparison by bounded difference: proves that a value is in `0 .. 2^225`.
//!
//! ```text
//! row   limbs  aux 0  aux 1  aux 4
//! 0     high
//! 1     high
//! 2  q  low    high   value  low
//! 3     low
//! 4     low
//! ```
//!
//! `value = low + 2^135 high` with `low < 2^135` and `high < 2^90`. The callers' differences stay below 2^225 in
//! magnitude, so a negative one cannot be written this way.

use crate::Columns;
use crate::cell::{At, aux, placed};
use crate::halo2::*;
use crate::range::{self, LIMBS, RangeConfig, Width, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{CLAIM_BITS, LIMB_BITS, ROW_BITS};

/// Number of rows one comparison takes.
pub const ROWS: usize = 5;

/// First rows of the two words.
const HIGH_ROWS: usize = 0;
const LOW_ROWS: usize = 2;
/// The upper 90 bits.
const HIGH: At = range::TWO_ROWS_WORD.below(HIGH_ROWS).named("high");
/// The lower 135 bits.
const LOW: At = range::ABOVE_WORD.below(LOW_ROWS).named("low");
const VALUE: At = aux("value", 1, 2);

/// The gate's row.
pub const GATE: usize = 2;

/// All cells.
pub const CELLS: [&[At]; 3] = [
    &[VALUE],
    &placed(range::TWO_ROWS, HIGH_ROWS, HIGH.name),
    &placed(range::ABOVE, LOW_ROWS, LOW.name),
];

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
        meta.create_gate("not negative", |meta| {
            let q = meta.query_selector(q_compare);
            let [high, value, low] = columns.query_all(meta, [HIGH, VALUE, LOW], GATE);
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
        self.range.two_rows(region, offset + HIGH_ROWS, high)?;
        self.range.above(region, offset + LOW_ROWS, Width::Wide, low)?;
        self.columns.copy(region, offset, VALUE, value)?;
        self.q_compare.enable(region, offset + GATE)
    }
}
