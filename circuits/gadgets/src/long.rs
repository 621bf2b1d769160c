//! Word of any number of limbs, five to a row, the highest on the first row.
//!
//! ```text
//! row   limbs                      aux 4
//! 0  q  the highest, 1 to 4 of them  high
//! 1  q  five                         high
//! 2  q  five                         word
//! ```
//!
//! Each row's number is `2^45` times the one above and its own limbs; the last row's is the word. The limb cells that the
//! first row leaves are free for other words.

use crate::Columns;
use crate::cell::{At, aux, limbs};
use crate::halo2::*;
use crate::range::{LIMBS, RangeConfig, limbs_of};
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{LIMB_BITS, ROW_BITS};

/// A full row of limbs.
const ROW: At = limbs("word", 0, LIMBS, 1);
/// What is above a row's limbs.
const HIGH: At = aux("high", 4, 0);
/// The number of a row with those above it.
const WORD: At = aux("word", 4, 1);

/// The gate's row, counted as the cells are.
const GATE: usize = 1;

/// Rows of a word of `limbs` limbs.
pub const fn rows(limbs: usize) -> usize {
    limbs.div_ceil(LIMBS)
}

/// The cells of a word of `count` limbs whose first row is `row` of the part, its limbs and its numbers each under a name.
pub fn cells(limbs_name: &'static str, name: &'static str, count: usize, row: usize) -> Vec<At> {
    let rows = rows(count);
    let of_row = |at: usize| if at == 0 { count - (rows - 1) * LIMBS } else { LIMBS };
    let of_row = |at| [limbs(limbs_name, 0, of_row(at), at), HIGH.below(at).named(name)];
    (0..rows).flat_map(of_row).map(|at| at.below(row)).collect()
}

/// Configuration of long words.
#[derive(Clone, Debug)]
pub struct LongConfig {
    columns: Columns,
    range: RangeConfig,
    /// By the number of limbs on the first row, less one.
    q_first: [Selector; LIMBS - 1],
    q_next: Selector,
}

impl LongConfig {
    /// Creates the gates.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_first = std::array::from_fn(|_| meta.selector());
        let q_next = meta.selector();
        for (selector, count) in q_first.into_iter().zip(1..) {
            meta.create_gate("first row of a long word", |meta| {
                let q = meta.query_selector(selector);
                let [limbs, word] =
                    columns.query_all(meta, [limbs("word", 0, count, 1), WORD], GATE);
                Constraints::with_selector(q, [("word = limbs", limbs - word)])
            });
        }
        meta.create_gate("next row of a long word", |meta| {
            let q = meta.query_selector(q_next);
            let [limbs, high, word] = columns.query_all(meta, [ROW, HIGH, WORD], GATE);
            let sum = limbs + high * power_of_two(ROW_BITS);
            Constraints::with_selector(q, [("word = limbs + 2^45 high", sum - word)])
        });
        Self { columns: columns.clone(), range: range.clone(), q_first, q_next }
    }

    /// A word below `2^(9 count)`, on [`rows`] rows from `offset` on. Its cell, in auxiliary column 4 of the last of
    /// them, is returned.
    ///
    /// # Errors
    /// From the layouter, or for a number of limbs that fills its rows.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        count: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let (rows, first) = (rows(count), count % LIMBS);
        let selector = first.checked_sub(1).and_then(|at| self.q_first.get(at));
        let selector = selector.ok_or(Error::Synthesis)?;
        let all = value.map(|v| limbs_of(&v, count)).transpose_vec(count);
        let (mut high, mut cell) = (Value::known(Fp::ZERO), None);
        for row in 0..rows {
            // Limbs from the lowest: those of this row are above the rows that follow.
            let from = (rows - 1 - row) * LIMBS;
            let to = if row == 0 { count } else { from + LIMBS };
            let these = &all[from..to];
            let at = limbs("word", 0, to - from, row);
            self.range.assign_limbs(region, offset, at, these)?;
            let low = these.iter().rev().fold(Value::known(Fp::ZERO), |sum, limb| {
                sum.zip(*limb).map(|(sum, limb)| sum * power_of_two(LIMB_BITS) + limb)
            });
            high = high.zip(low).map(|(high, low)| high * power_of_two(ROW_BITS) + low);
            // The last row's number is the value itself, so that one too wide is refused there.
            let number = if row + 1 == rows { value } else { high };
            cell =
                Some(self.columns.assign(region, offset, HIGH.below(row).named("word"), number)?);
            let selector = if row == 0 { selector } else { &self.q_next };
            selector.enable(region, offset + row)?;
        }
        cell.ok_or(Error::Synthesis)
    }
}
