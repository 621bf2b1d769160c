//! Root of a magnitude, rounded down: `s = floor(sqrt(c x + d))`.
//!
//! ```text
//! row   limbs        aux 0        aux 1  aux 2  aux 3
//! 0     s
//! 1     s
//! 2     above s^2    s
//! 3  q  above s^2                 x      c      d
//! 4     below s + 1  above s^2    s
//! 5     below s + 1
//! 6                  below s + 1
//! ```
//!
//! `above = c x + d - s^2` and `below = 2 s - above` are words of 90 bits, and so is `s`: the radicand is not below
//! `s^2` and below `(s + 1)^2`. The caller's widths keep it below 2^164, so nothing wraps. The word of each two rows is
//! on the row below them; the last row is shared with what follows.

use crate::Columns;
use crate::cell::{At, aux, placed};
use crate::halo2::*;
use crate::range::{self, RangeConfig};

/// Rows of the limbs; the last word is one row further down.
pub const ROWS: usize = 6;

const ROOT_ROWS: usize = 0;
const ABOVE_ROWS: usize = 2;
const BELOW_ROWS: usize = 4;
const ROOT: At = range::TWO_ROWS_WORD.below(ROOT_ROWS).named("s");
const ABOVE: At = range::TWO_ROWS_WORD.below(ABOVE_ROWS).named("above s^2");
const BELOW: At = range::TWO_ROWS_WORD.below(BELOW_ROWS).named("below s + 1");
const X: At = aux("x", 1, 3);
const FACTOR: At = aux("c", 2, 3);
const OFFSET: At = aux("d", 3, 3);
const AGAIN: At = aux("s", 1, 4);

/// Row of the first gate.
pub const GATE: usize = 3;
const BELOW_GATE: usize = 5;

/// All cells.
pub const CELLS: [&[At]; 4] = [
    &[X, FACTOR, OFFSET, AGAIN],
    &placed(range::TWO_ROWS, ROOT_ROWS, ROOT.name),
    &placed(range::TWO_ROWS, ABOVE_ROWS, ABOVE.name),
    &placed(range::TWO_ROWS, BELOW_ROWS, BELOW.name),
];

/// Configuration of roots.
#[derive(Clone, Debug)]
pub struct RootConfig {
    columns: Columns,
    range: RangeConfig,
    q_above: Selector,
    q_below: Selector,
}

impl RootConfig {
    /// Creates the gates.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let (q_above, q_below) = (meta.selector(), meta.selector());
        meta.create_gate("root", |meta| {
            let q = meta.query_selector(q_above);
            let [root, above, x, factor, offset] =
                columns.query_all(meta, [ROOT, ABOVE, X, FACTOR, OFFSET], GATE);
            let square = root.clone() * root;
            let radicand = factor * x + offset;
            Constraints::with_selector(q, [("above = c x + d - s^2", radicand - square - above)])
        });
        meta.create_gate("root, rounded down", |meta| {
            let q = meta.query_selector(q_below);
            let [root, above, below] = columns.query_all(meta, [AGAIN, ABOVE, BELOW], BELOW_GATE);
            let twice = root.clone() + root;
            Constraints::with_selector(q, [("below = 2 s - above", twice - above - below)])
        });
        Self { columns: columns.clone(), range: range.clone(), q_above, q_below }
    }

    /// Takes the root on the rows from `offset` on. Its value is the prover's.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        [factor, offset_of_radicand]: [&FieldCell; 2],
        root: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, x)?;
        let factor = columns.copy(region, offset, FACTOR, factor)?;
        let d = columns.copy(region, offset, OFFSET, offset_of_radicand)?;
        let above = x.value().zip(factor.value()).zip(d.value()).zip(root);
        let above = above.map(|(((x, factor), d), root)| *x * factor + d - root * root);
        let below = root.zip(above).map(|(root, above)| root.double() - above);
        let root = self.range.two_rows(region, offset + ROOT_ROWS, root)?;
        self.range.two_rows(region, offset + ABOVE_ROWS, above)?;
        self.range.two_rows(region, offset + BELOW_ROWS, below)?;
        columns.copy(region, offset, AGAIN, &root)?;
        self.q_above.enable(region, offset + GATE)?;
        self.q_below.enable(region, offset + BELOW_GATE)?;
        Ok(root)
    }
}
