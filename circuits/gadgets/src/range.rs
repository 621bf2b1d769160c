//! Range check: words made of nine-bit limbs, five limbs to a row.
//!
//! Every cell of the limb columns is looked up in a table of `0 .. 2^9` on every row, so a word is
//! range-checked as soon as a gate writes it as a sum of limbs. Widths are multiples of nine bits
//! and strict: there is no top limb that is only partly bounded.
//!
//! ```text
//!            limbs 0..5            aux 0       aux 4
//! two rows   row 0 (45 bits)
//!            row 1 (45 bits)  q
//!                                  word
//!
//! topped     row 0 (45 bits)
//!            row 1 (45 bits)  q    word
//!            limb 4 (9 bits)
//!
//! three rows row 0 (45 bits)                   word (variant `above`)
//!            row 1 (45 bits)  q
//!            row 2 (45 bits)                   word (variant `below`)
//! ```

use crate::Columns;
use crate::halo2::*;
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::{LIMB_BITS, LIMBS_PER_ROW, ROW_BITS};

/// Limb columns.
pub const LIMBS: usize = LIMBS_PER_ROW as usize;
/// Rows of the limb table.
pub const TABLE_ROWS: usize = 1 << LIMB_BITS;

/// Range check configuration.
#[derive(Clone, Debug)]
pub struct RangeConfig {
    columns: Columns,
    table: TableColumn,
    q_two: Selector,
    q_topped: Selector,
    q_three_above: Selector,
    q_three_below: Selector,
}

/// The low `count` limbs of the canonical representation of `value`.
pub fn limbs_of(value: &Fp, count: usize) -> Vec<Fp> {
    let bytes = value.to_repr();
    let bit = |i: usize| bytes.get(i / 8).map_or(0, |b| u64::from(b >> (i % 8) & 1));
    let bits = LIMB_BITS as usize;
    (0..count).map(|l| Fp::from((0..bits).map(|i| bit(l * bits + i) << i).sum::<u64>())).collect()
}

/// `sum of limbs[i] * 2^(9 i)` on one row, as an expression.
pub fn row_expression(
    meta: &mut VirtualCells<'_, Fp>,
    limbs: &[Column<Advice>],
    at: Rotation,
) -> Expression<Fp> {
    limbs
        .iter()
        .enumerate()
        .map(|(i, limb)| meta.query_advice(*limb, at) * power_of_two(LIMB_BITS * i as u32))
        .reduce(|sum, term| sum + term)
        .unwrap_or(Expression::Constant(Fp::ZERO))
}

impl RangeConfig {
    /// Creates the limb lookups and the word gates.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let table = meta.lookup_table_column();
        for limb in columns.limbs {
            meta.lookup(|meta| vec![(meta.query_advice(limb, Rotation::cur()), table)]);
        }
        let config = Self {
            columns: columns.clone(),
            table,
            q_two: meta.selector(),
            q_topped: meta.selector(),
            q_three_above: meta.selector(),
            q_three_below: meta.selector(),
        };
        let limbs = &config.columns.limbs;
        let (first, last) = (config.columns.aux[0], config.columns.aux[4]);
        let (prev, cur, next) = (Rotation::prev(), Rotation::cur(), Rotation::next());
        let (row, two_rows) = (power_of_two(ROW_BITS), power_of_two(2 * ROW_BITS));

        meta.create_gate("word of two rows", |meta| {
            let q = meta.query_selector(config.q_two);
            let sum = row_expression(meta, limbs, prev) + row_expression(meta, limbs, cur) * row;
            let word = meta.query_advice(first, next);
            Constraints::with_selector(q, [("word = row 0 + 2^45 row 1", sum - word)])
        });
        meta.create_gate("word of two rows and a limb", |meta| {
            let q = meta.query_selector(config.q_topped);
            let top = meta.query_advice(limbs[LIMBS - 1], next);
            let sum = row_expression(meta, limbs, prev)
                + row_expression(meta, limbs, cur) * row
                + top * two_rows;
            let word = meta.query_advice(first, cur);
            Constraints::with_selector(q, [("word = row 0 + 2^45 row 1 + 2^90 limb", sum - word)])
        });
        for (selector, at) in [(config.q_three_above, prev), (config.q_three_below, next)] {
            meta.create_gate("word of three rows", |meta| {
                let q = meta.query_selector(selector);
                let sum = row_expression(meta, limbs, prev)
                    + row_expression(meta, limbs, cur) * row
                    + row_expression(meta, limbs, next) * two_rows;
                let word = meta.query_advice(last, at);
                Constraints::with_selector(
                    q,
                    [("word = row 0 + 2^45 row 1 + 2^90 row 2", sum - word)],
                )
            });
        }
        config
    }

    /// Fills the limb table.
    ///
    /// # Errors
    /// When the circuit has fewer than 2^9 usable rows.
    pub fn load(&self, layouter: &mut impl Layouter<Fp>) -> Result<(), Error> {
        layouter.assign_table(
            || "limbs",
            |mut table| {
                (0..TABLE_ROWS).try_for_each(|row| {
                    let value = || Value::known(Fp::from(row as u64));
                    table.assign_cell(|| "limb", self.table, row, value)
                })
            },
        )
    }

    /// Assigns limbs on one row beginning at limb column `from`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign_limbs(
        &self,
        region: &mut Region<'_, Fp>,
        row: usize,
        from: usize,
        limbs: &[Value<Fp>],
    ) -> Result<(), Error> {
        for (column, limb) in self.columns.limbs[from..].iter().zip(limbs) {
            region.assign_advice(|| "limb", *column, row, || *limb)?;
        }
        Ok(())
    }

    fn assign_rows(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        rows: usize,
        value: Value<Fp>,
    ) -> Result<Vec<Value<Fp>>, Error> {
        let count = rows * LIMBS + 1;
        let limbs = value.map(|v| limbs_of(&v, count)).transpose_vec(count);
        for row in 0..rows {
            let these = &limbs[row * LIMBS..(row + 1) * LIMBS];
            self.assign_limbs(region, offset + row, 0, these)?;
        }
        Ok(limbs)
    }

    /// A word below 2^90. Limbs on rows `offset` and `offset + 1`; the word is in auxiliary
    /// column 0 of row `offset + 2`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn two_rows(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        self.assign_rows(region, offset, 2, value)?;
        self.q_two.enable(region, offset + 1)?;
        region.assign_advice(|| "word", self.columns.aux[0], offset + 2, || value)
    }

    /// A word below 2^99. Limbs on rows `offset` and `offset + 1` and in limb column 4 of row
    /// `offset + 2`; the word is in auxiliary column 0 of row `offset + 1`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn two_rows_and_limb(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let limbs = self.assign_rows(region, offset, 2, value)?;
        self.assign_limbs(region, offset + 2, LIMBS - 1, &limbs[2 * LIMBS..])?;
        self.q_topped.enable(region, offset + 1)?;
        region.assign_advice(|| "word", self.columns.aux[0], offset + 1, || value)
    }

    /// A word below 2^135 with limbs on rows `offset` to `offset + 2`; the word is in auxiliary
    /// column 4 of the first of them.
    ///
    /// # Errors
    /// From the layouter.
    pub fn three_rows_above(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        self.assign_rows(region, offset, 3, value)?;
        self.q_three_above.enable(region, offset + 1)?;
        region.assign_advice(|| "word", self.columns.aux[4], offset, || value)
    }

    /// As [`RangeConfig::three_rows_above`], with the word on the last row.
    ///
    /// # Errors
    /// From the layouter.
    pub fn three_rows_below(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        value: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        self.assign_rows(region, offset, 3, value)?;
        self.q_three_below.enable(region, offset + 1)?;
        region.assign_advice(|| "word", self.columns.aux[4], offset + 2, || value)
    }
}
