//! Bracketed linear lookup: `y = (slope * x + intercept) * factor` with the row of the table that
//! holds `x`, proven on both sides, and a running sum of `y`.
//!
//! ```text
//! row   limbs   aux 0   aux 1  aux 2    aux 3      aux 4
//! 0     x - lo
//! 1     x - lo
//! 2  q  x - lo  x       key    slope    intercept  x - lo
//! 3     hi - x  factor  y      sum out  sum in     hi - x
//! 4     hi - x
//! 5     hi - x
//! ```
//!
//! The tuple `(key, x - (x - lo), x + (hi - x), slope, intercept)` is looked up in the table, so `lo` and `hi` come
//! from the table and are never free. Both distances are below 2^135.

use crate::Columns;
use crate::cell::{At, aux, placed};
use crate::halo2::*;
use crate::range::{self, RangeConfig};

/// Columns of the bracket table: key, lo, hi, slope, intercept.
pub const TABLE_COLUMNS: usize = 5;

/// First rows of the two distances.
const TO_LO_ROWS: usize = 0;
const TO_HI_ROWS: usize = 3;
/// Distance from the row's smallest `x`: 135 bits.
const TO_LO: At = range::BELOW_WORD.below(TO_LO_ROWS).named("x - lo");
/// Distance to the row's largest `x`: 135 bits.
const TO_HI: At = range::ABOVE_WORD.below(TO_HI_ROWS).named("hi - x");
const X: At = aux("x", 0, 2);
const KEY: At = aux("key", 1, 2);
const SLOPE: At = aux("slope", 2, 2);
const INTERCEPT: At = aux("intercept", 3, 2);
const FACTOR: At = aux("factor", 0, 3);
const VALUE: At = aux("y", 1, 3);
const SUM_OUT: At = aux("sum out", 2, 3);
const SUM_IN: At = aux("sum in", 3, 3);

/// Row of the lookup and of the gate.
pub const GATE: usize = 2;

/// All cells.
pub const CELLS: [&[At]; 3] = [
    &[X, KEY, SLOPE, INTERCEPT, FACTOR, VALUE, SUM_OUT, SUM_IN],
    &placed(range::BELOW, TO_LO_ROWS, TO_LO.name),
    &placed(range::ABOVE, TO_HI_ROWS, TO_HI.name),
];

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
    /// Smallest `x`.
    pub lo: Fp,
    /// Largest `x`.
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
        meta.lookup(|meta| {
            let q = meta.query_selector(q_bracket);
            let [x, to_lo, to_hi, key, slope, intercept] =
                columns.query_all(meta, [X, TO_LO, TO_HI, KEY, SLOPE, INTERCEPT], GATE);
            let (lo, hi) = (x.clone() - to_lo, x + to_hi);
            [key, lo, hi, slope, intercept]
                .into_iter()
                .zip(table)
                .map(|(input, column)| (q.clone() * input, column))
                .collect()
        });
        meta.create_gate("bracketed line", |meta| {
            let q = meta.query_selector(q_bracket);
            let [x, slope, intercept, factor, value, sum_out, sum_in] = columns.query_all(
                meta,
                [X, SLOPE, INTERCEPT, FACTOR, VALUE, SUM_OUT, SUM_IN],
                GATE,
            );
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
        let columns = &self.columns;
        let to_lo = x.value().zip(hint).map(|(x, h)| *x - h.lo);
        let to_hi = x.value().zip(hint).map(|(x, h)| h.hi - x);
        self.range.three_rows_below(region, offset + TO_LO_ROWS, to_lo)?;
        self.range.three_rows_above(region, offset + TO_HI_ROWS, to_hi)?;

        let x = columns.copy(region, offset, X, x)?;
        columns.copy(region, offset, KEY, key)?;
        columns.assign(region, offset, SLOPE, hint.map(|h| h.slope))?;
        columns.assign(region, offset, INTERCEPT, hint.map(|h| h.intercept))?;
        let factor = match factor {
            Factor::Cell(cell) => columns.copy(region, offset, FACTOR, cell)?,
            Factor::One => columns.constant(region, offset, FACTOR, Fp::ONE)?,
        };
        let sum_in = columns.copy_or_constant(region, offset, SUM_IN, sum, Fp::ZERO)?;
        let line = x.value().zip(hint).map(|(x, h)| h.slope * x + h.intercept);
        let value = line.zip(factor.value()).map(|(line, factor)| line * factor);
        let value = columns.assign(region, offset, VALUE, value)?;
        let sum_out = value.value().zip(sum_in.value()).map(|(value, sum)| *value + sum);
        let sum = columns.assign(region, offset, SUM_OUT, sum_out)?;
        self.q_bracket.enable(region, offset + GATE)?;
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
