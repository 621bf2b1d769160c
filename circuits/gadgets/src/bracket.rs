//! Bracketed linear lookup: the row of a table that holds `x`, proven on both sides, and what the row makes of it:
//! `y = (slope x + intercept) factor` with a running sum of `y`, or a line that a division rounds.
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
//! from the table and are never free. Both distances are below 2^135; in the narrow variant, which lacks rows 0 and 5,
//! below 2^90. Tables whose lines are rounded have a sixth column, the divisor less one. A table of more rows than the
//! circuit is in [`banks`](crate::banks).

use crate::Columns;
use crate::banks::BanksConfig;
use crate::cell::{At, aux};
use crate::halo2::*;
use crate::range::{RangeConfig, Width};

/// Columns of the bracket table: key, lo, hi, slope, intercept, and the divisor less one.
pub const TABLE_COLUMNS: usize = 6;

/// Number of rows one lookup takes.
pub const fn rows(width: Width) -> usize {
    2 * width.rows()
}

/// Rows above the lookup's, which is the last of the first distance.
const fn above_gate(width: Width) -> usize {
    width.rows() - 1
}

// Cells are counted from the row before the lookup.
const X: At = aux("x", 0, 1);
const KEY: At = aux("key", 1, 1);
const SLOPE: At = aux("slope", 2, 1);
const INTERCEPT: At = aux("intercept", 3, 1);
/// Distance from the row's smallest `x`: 135 or 90 bits.
const TO_LO: At = aux("x - lo", 4, 1);
const FACTOR: At = aux("factor", 0, 2);
const VALUE: At = aux("y", 1, 2);
const SUM_OUT: At = aux("sum out", 2, 2);
const SUM_IN: At = aux("sum in", 3, 2);
/// Distance to the row's largest `x`: 135 or 90 bits.
const TO_HI: At = aux("hi - x", 4, 2);
/// The divisor less one: 45 bits.
const LAST: At = aux("d - 1", 4, 0);

/// Row of the lookup and of the gate, counted as cells are.
const GATE: usize = 1;

/// The gate's row, counted from the gadget's first row.
pub const fn gate(width: Width) -> usize {
    above_gate(width)
}

/// All cells of a lookup whose line is not rounded.
pub fn cells(width: Width) -> Vec<At> {
    [row_cells(width), placed(width, &[FACTOR, VALUE, SUM_OUT, SUM_IN])].concat()
}

/// All cells of a lookup of a line that is rounded.
pub fn line_cells(width: Width) -> Vec<At> {
    [row_cells(width), vec![last(width)]].concat()
}

/// The cell of the divisor less one, which every lookup in a table of rounded lines has.
pub fn last(width: Width) -> At {
    LAST.below(above_gate(width) - GATE)
}

/// All cells of a lookup without what is made of its row.
pub fn row_cells(width: Width) -> Vec<At> {
    let word = |cells: &'static [At], row, name| {
        let limbs = cells.iter().filter(|at| !matches!(at.place, crate::cell::Place::Aux(_)));
        limbs.map(move |at| at.below(row).named(name))
    };
    word(width.below(), 0, TO_LO.name)
        .chain(word(width.above(), width.rows(), TO_HI.name))
        .chain(placed(width, &[X, KEY, SLOPE, INTERCEPT, TO_LO, TO_HI]))
        .collect()
}

fn placed(width: Width, cells: &[At]) -> Vec<At> {
    cells.iter().map(|at| at.below(above_gate(width) - GATE)).collect()
}

/// Bracket lookup configuration.
#[derive(Clone, Debug)]
pub struct BracketConfig {
    columns: Columns,
    range: RangeConfig,
    banks: BanksConfig,
    rounded: bool,
    q_lookup: Selector,
    q_line: Selector,
}

/// The row a prover says holds `x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BracketHint {
    /// Smallest `x`.
    pub lo: Fp,
    /// Largest `x`.
    pub hi: Fp,
    /// Slope.
    pub slope: Fp,
    /// Intercept.
    pub intercept: Fp,
    /// Divisor less one; read only where tables have divisors.
    pub last: Fp,
    /// Bank that has the row, counted from 0; read only where there are several.
    pub bank: usize,
}

impl BracketHint {
    /// The zero tuple.
    pub const ZERO: Self = Self {
        lo: Fp::ZERO,
        hi: Fp::ZERO,
        slope: Fp::ZERO,
        intercept: Fp::ZERO,
        last: Fp::ZERO,
        bank: 0,
    };
}

/// The line of the row that holds `x`.
#[derive(Clone, Debug)]
pub struct LineCells {
    /// The variable.
    pub x: FieldCell,
    /// Slope.
    pub slope: FieldCell,
    /// Intercept.
    pub intercept: FieldCell,
    /// Divisor less one, in a table of rounded lines.
    pub last: Option<FieldCell>,
}

/// What a line that is not rounded yields.
#[derive(Clone, Debug)]
pub struct BracketCells {
    /// The row's line.
    pub line: LineCells,
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
    /// Creates the table with its number of banks, the lookup and the gate. Tables of rounded lines have their divisors.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
        rounded: bool,
        banks: usize,
    ) -> Self {
        let count = if rounded { TABLE_COLUMNS } else { TABLE_COLUMNS - 1 };
        let (q_lookup, q_line) = (meta.complex_selector(), meta.selector());
        let banks = BanksConfig::configure(meta, q_lookup, count, banks);
        let config = Self::of(columns, range, banks, rounded, [q_lookup, q_line]);
        config.banks.look_up(meta, |meta| {
            let (q, tuple) = config.read(meta);
            tuple.into_iter().map(|input| q.clone() * input).collect()
        });
        config.line_gate(meta);
        config
    }

    /// Creates the gate alone, for lines that are not rounded: the caller looks up what [`BracketConfig::read`] returns,
    /// in a table that it fills.
    pub fn without_table(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let selectors = [meta.complex_selector(), meta.selector()];
        let config = Self::of(columns, range, BanksConfig::none(), false, selectors);
        config.line_gate(meta);
        config
    }

    fn of(
        columns: &Columns,
        range: &RangeConfig,
        banks: BanksConfig,
        rounded: bool,
        [q_lookup, q_line]: [Selector; 2],
    ) -> Self {
        Self { columns: columns.clone(), range: range.clone(), banks, rounded, q_lookup, q_line }
    }

    /// The selector of rows on which a bracket is looked up, and what is looked up there.
    pub fn read(&self, meta: &mut VirtualCells<'_, Fp>) -> (Expression<Fp>, Vec<Expression<Fp>>) {
        let columns = &self.columns;
        let q = meta.query_selector(self.q_lookup);
        let [x, to_lo, to_hi, key, slope, intercept] =
            columns.query_all(meta, [X, TO_LO, TO_HI, KEY, SLOPE, INTERCEPT], GATE);
        let (lo, hi) = (x.clone() - to_lo, x + to_hi);
        let mut tuple = vec![key, lo, hi, slope, intercept];
        if self.rounded {
            tuple.push(columns.query(meta, LAST, GATE));
        }
        (q, tuple)
    }

    fn line_gate(&self, meta: &mut ConstraintSystem<Fp>) {
        let columns = &self.columns;
        meta.create_gate("bracketed line", |meta| {
            let q = meta.query_selector(self.q_line);
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
    }

    /// Fills the table; without divisors the last column of the rows is left out. Row 0 must be the zero tuple, which
    /// rows without a bracket look up.
    ///
    /// # Errors
    /// When the circuit has fewer usable rows than the table.
    pub fn load(
        &self,
        layouter: &mut impl Layouter<Fp>,
        rows: &[[Fp; TABLE_COLUMNS]],
    ) -> Result<(), Error> {
        self.banks.load(layouter, "brackets", rows)
    }

    /// The banks of the table.
    pub fn banks(&self) -> &BanksConfig {
        &self.banks
    }

    /// The columns of the first bank without the ends of the bracket: key, slope, intercept, and the divisor where
    /// tables have them.
    pub(crate) fn line_columns(&self) -> Vec<TableColumn> {
        let ends = 1..3;
        let all = self.banks.first().iter().enumerate();
        all.filter(|(at, _)| !ends.contains(at)).map(|(_, column)| *column).collect()
    }

    /// Looks up the row of `key` that holds `x`, on the rows from `offset` on. In the auxiliary columns only two rows
    /// are taken, and one cell before them where tables have divisors.
    ///
    /// # Errors
    /// From the layouter.
    pub fn look_up(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        width: Width,
        x: &FieldCell,
        key: &FieldCell,
        hint: Value<BracketHint>,
    ) -> Result<LineCells, Error> {
        let columns = &self.columns;
        let to_lo = x.value().zip(hint).map(|(x, h)| *x - h.lo);
        let to_hi = x.value().zip(hint).map(|(x, h)| h.hi - x);
        self.range.below(region, offset, width, to_lo)?;
        self.range.above(region, offset + width.rows(), width, to_hi)?;

        let at = offset + above_gate(width) - GATE;
        let x = columns.copy(region, at, X, x)?;
        columns.copy(region, at, KEY, key)?;
        let slope = columns.assign(region, at, SLOPE, hint.map(|h| h.slope))?;
        let intercept = columns.assign(region, at, INTERCEPT, hint.map(|h| h.intercept))?;
        let last = if self.rounded {
            Some(columns.assign(region, at, LAST, hint.map(|h| h.last))?)
        } else {
            None
        };
        self.banks.assign(region, at + GATE, hint.map(|h| h.bank))?;
        self.q_lookup.enable(region, at + GATE)?;
        Ok(LineCells { x, slope, intercept, last })
    }

    /// Looks up the row of `key` that holds `x` and adds the line's value, not rounded, to `sum`.
    ///
    /// # Errors
    /// From the layouter.
    #[allow(clippy::too_many_arguments)] // Each is a cell of the layout above.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        width: Width,
        x: &FieldCell,
        key: &FieldCell,
        factor: Factor<'_>,
        sum: Option<&FieldCell>,
        hint: Value<BracketHint>,
    ) -> Result<BracketCells, Error> {
        let columns = &self.columns;
        let line = self.look_up(region, offset, width, x, key, hint)?;
        let x = &line.x;
        let at = offset + above_gate(width) - GATE;
        let factor = match factor {
            Factor::Cell(cell) => columns.copy(region, at, FACTOR, cell)?,
            Factor::One => columns.constant(region, at, FACTOR, Fp::ONE)?,
        };
        let sum_in = columns.copy_or_constant(region, at, SUM_IN, sum, Fp::ZERO)?;
        let y = x.value().zip(hint).map(|(x, h)| h.slope * x + h.intercept);
        let value = y.zip(factor.value()).map(|(line, factor)| line * factor);
        let value = columns.assign(region, at, VALUE, value)?;
        let sum_out = value.value().zip(sum_in.value()).map(|(value, sum)| *value + sum);
        let sum = columns.assign(region, at, SUM_OUT, sum_out)?;
        self.q_line.enable(region, at + GATE)?;
        Ok(BracketCells { line, value, sum })
    }
}

/// Fills table columns with rows of known values. A row can have more values than there are columns.
///
/// # Errors
/// When the circuit has fewer usable rows than the table.
pub fn load_table(
    layouter: &mut impl Layouter<Fp>,
    name: &'static str,
    columns: &[TableColumn],
    rows: &[impl AsRef<[Fp]>],
) -> Result<(), Error> {
    layouter.assign_table(
        || name,
        |mut table| {
            for (row, tuple) in rows.iter().enumerate() {
                for (column, value) in columns.iter().zip(tuple.as_ref()) {
                    table.assign_cell(|| name, *column, row, || Value::known(*value))?;
                }
            }
            Ok(())
        },
    )
}
