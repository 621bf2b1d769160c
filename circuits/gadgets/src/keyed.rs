//! The one row of a key in the bracket table: a line without a bracket, or other constants of a market.
//!
//! ```text
//! row   aux 0  aux 1  aux 2
//! 0  q  key    of     first key
//! 1     a      b      d - 1
//! ```
//!
//! `key = of + first key`, where `first key` is a constant of the circuit: it says which of a slot's rows is meant. The
//! tuple `(key, a, b, d - 1)` is looked up; the ends of the row's bracket are not looked at, so a key that is looked up
//! here must have one row only.

use crate::Columns;
use crate::bracket::{BracketConfig, BracketHint};
use crate::cell::{At, aux};
use crate::halo2::*;

const KEY: At = aux("key", 0, 0);
const OF: At = aux("of", 1, 0);
/// A constant of the circuit.
const FIRST: At = aux("first key", 2, 0);
/// The factor of a line.
pub const A: At = aux("a", 0, 1);
/// The offset of a line.
pub const B: At = aux("b", 1, 1);
/// The divisor of a line, less one.
pub const LAST: At = aux("d - 1", 2, 1);

/// The gate's row.
pub const GATE: usize = 0;

/// All cells.
pub const CELLS: [&[At]; 1] = [&[KEY, OF, FIRST, A, B, LAST]];

/// Configuration of the lookup.
#[derive(Clone, Debug)]
pub struct KeyedConfig {
    columns: Columns,
    q_keyed: Selector,
}

/// The row's figures.
#[derive(Clone, Debug)]
pub struct KeyedCells {
    /// The factor of a line.
    pub a: FieldCell,
    /// The offset of a line.
    pub b: FieldCell,
    /// The divisor of a line, less one.
    pub last: FieldCell,
}

impl KeyedConfig {
    /// Creates the lookup and the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        bracket: &BracketConfig,
    ) -> Self {
        let q_keyed = meta.complex_selector();
        let table = bracket.line_columns();
        meta.lookup(|meta| {
            let q = meta.query_selector(q_keyed);
            let tuple = columns.query_all(meta, [KEY, A, B, LAST], GATE);
            tuple.into_iter().map(|input| q.clone() * input).zip(table).collect()
        });
        meta.create_gate("keyed row", |meta| {
            let q = meta.query_selector(q_keyed);
            let [key, of, first] = columns.query_all(meta, [KEY, OF, FIRST], GATE);
            Constraints::with_selector(q, [("key = of + first key", of + first - key)])
        });
        Self { columns: columns.clone(), q_keyed }
    }

    /// Looks up the row on the auxiliary columns of rows `offset` and `offset + 1`.
    ///
    /// # Errors
    /// From the layouter.
    pub fn look_up(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: &FieldCell,
        first: Fp,
        hint: Value<BracketHint>,
    ) -> Result<KeyedCells, Error> {
        let columns = &self.columns;
        let of = columns.copy(region, offset, OF, of)?;
        columns.constant(region, offset, FIRST, first)?;
        columns.assign(region, offset, KEY, of.value().map(|of| *of + first))?;
        let a = columns.assign(region, offset, A, hint.map(|h| h.slope))?;
        let b = columns.assign(region, offset, B, hint.map(|h| h.intercept))?;
        let last = columns.assign(region, offset, LAST, hint.map(|h| h.last))?;
        self.q_keyed.enable(region, offset + GATE)?;
        Ok(KeyedCells { a, b, last })
    }
}
