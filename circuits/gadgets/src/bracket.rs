//! Bracketed linear lookup: `y = (slope * x + intercept) * factor` with the row of the table that
//! holds `x`, proven on both sides, and a running sum of `y`.
//!
//! ```text
//!                limbs          aux 0    aux 1   aux 2    aux 3      aux 4
//! row 0          x - lo
//! row 1          x - lo
//! row 2  q       x - lo         x        key     slope    intercept  x - lo
//! row 3          hi - x         factor   y       sum out  sum in     hi - x
//! row 4          hi - x
//! row 5          hi - x
//! ```
//!
//! The tuple `(key, x - (x - lo), x + (hi - x), slope, intercept)` is looked up in the table, so
//! `lo` and `hi` are the table's own and never free. Both distances are below 2^135.

use crate::Columns;
use crate::halo2::*;
use crate::range::RangeConfig;

/// Columns of the bracket table: key, lo, hi, slope, intercept.
pub const TABLE_COLUMNS: usize = 5;

/// Bracket lookup configuration.
#[derive(Clone, Debug)]
pub struct BracketConfig {
    columns: Columns,
    range: RangeConfig,
    table: [TableColumn; TABLE_COLUMNS],
    q_bracket: Selector,
}

/// The row a prover says holds `x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BracketHint {
    /// Least `x`.
    pub lo: Fp,
    /// Greatest `x`.
    pub hi: Fp,
    /// Slope.
    pub slope: Fp,
    /// Intercept.
    pub intercept: Fp,
}

/// What the lookup yields.
#[derive(Clone, Debug)]
pub struct BracketCells {
    /// The function's value times the factor.
    pub value: FieldCell,
    /// Running sum with this value added.
    pub sum: FieldCell,
}

/// The factor of the function's value.
#[derive(Clone, Debug)]
pub enum Factor<'a> {
    /// A cell.
    Cell(&'a FieldCell),
    /// One.
    One,
}

impl BracketConfig {
    /// Creates the table, the lookup and the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let table = std::array::from_fn(|_| meta.lookup_table_column());
        let q_bracket = meta.complex_selector();
        let aux = columns.aux;
        let (cur, next) = (Rotation::cur(), Rotation::next());
        meta.lookup(|meta| {
            let q = meta.query_selector(q_bracket);
            let x = meta.query_advice(aux[0], cur);
            let lo = x.clone() - meta.query_advice(aux[4], cur);
            let hi = x + meta.query_advice(aux[4], next);
            let key = meta.query_advice(aux[1], cur);
            let slope = meta.query_advice(aux[2], cur);
            let intercept = meta.query_advice(aux[3], cur);
            [key, lo, hi, slope, intercept]
                .into_iter()
                .zip(table)
                .map(|(input, column)| (q.clone() * input, column))
                .collect()
        });
        meta.create_gate("bracketed line", |meta| {
            let q = meta.query_selector(q_bracket);
            let x = meta.query_advice(aux[0], cur);
            let slope = meta.query_advice(aux[2], cur);
            let intercept = meta.query_advice(aux[3], cur);
            let factor = meta.query_advice(aux[0], next);
            let value = meta.query_advice(aux[1], next);
            let sum_out = meta.query_advice(aux[2], next);
            let sum_in = meta.query_advice(aux[3], next);
            Constraints::with_selector(
                q,
                [
                    (
                        "value = (slope x + intercept) factor",
                        (slope * x + intercept) * factor - value.clone(),
                    ),
                    ("running sum", sum_in + value - sum_out),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), table, q_bracket }
    }

    /// Fills the table. Row 0 must be the zero tuple, which rows without a bracket look up.
    ///
    /// # Errors
    /// When the circuit has fewer usable rows than the table.
    pub fn load(
        &self,
        layouter: &mut impl Layouter<Fp>,
        rows: &[[Fp; TABLE_COLUMNS]],
    ) -> Result<(), Error> {
        load_table(layouter, "brackets", &self.table, rows)
    }

    /// Looks up the row of `key` that holds `x` and adds the value to `sum`. Takes six rows from
    /// `offset` on; the first two rows' auxiliary cells stay free for the caller.
    ///
    /// # Errors
    /// From the layouter.
    #[allow(clippy::too_many_arguments)] // Each is a cell of the layout above.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        key: &FieldCell,
        factor: Factor<'_>,
        sum: Option<&FieldCell>,
        hint: Value<BracketHint>,
    ) -> Result<BracketCells, Error> {
        let aux = &self.columns.aux;
        let (row, below) = (offset + 2, offset + 3);
        let to_lo = x.value().zip(hint).map(|(x, h)| *x - h.lo);
        let to_hi = x.value().zip(hint).map(|(x, h)| h.hi - x);
        self.range.three_rows_below(region, offset, to_lo)?;
        self.range.three_rows_above(region, below, to_hi)?;

        let x = x.copy_advice(|| "x", region, aux[0], row)?;
        key.copy_advice(|| "key", region, aux[1], row)?;
        region.assign_advice(|| "slope", aux[2], row, || hint.map(|h| h.slope))?;
        region.assign_advice(|| "intercept", aux[3], row, || hint.map(|h| h.intercept))?;
        let factor = match factor {
            Factor::Cell(cell) => cell.copy_advice(|| "factor", region, aux[0], below)?,
            Factor::One => {
                region.assign_advice_from_constant(|| "factor", aux[0], below, Fp::ONE)?
            }
        };
        let sum_in = match sum {
            Some(cell) => cell.copy_advice(|| "sum in", region, aux[3], below)?,
            None => region.assign_advice_from_constant(|| "sum in", aux[3], below, Fp::ZERO)?,
        };
        let line = x.value().zip(hint).map(|(x, h)| h.slope * x + h.intercept);
        let value = line.zip(factor.value()).map(|(line, factor)| line * factor);
        let value = region.assign_advice(|| "value", aux[1], below, || value)?;
        let sum_out = value.value().zip(sum_in.value()).map(|(value, sum)| *value + sum);
        let sum = region.assign_advice(|| "sum out", aux[2], below, || sum_out)?;
        self.q_bracket.enable(region, row)?;
        Ok(BracketCells { value, sum })
    }
}

/// Fills table columns with rows of known values.
///
/// # Errors
/// When the circuit has fewer usable rows than the table.
pub fn load_table<const N: usize>(
    layouter: &mut impl Layouter<Fp>,
    name: &'static str,
    columns: &[TableColumn; N],
    rows: &[[Fp; N]],
) -> Result<(), Error> {
    layouter.assign_table(
        || name,
        |mut table| {
            for (row, tuple) in rows.iter().enumerate() {
                for (column, value) in columns.iter().zip(tuple) {
                    table.assign_cell(|| name, *column, row, || Value::known(*value))?;
                }
            }
            Ok(())
        },
    )
}
