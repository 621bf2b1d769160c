//! The larger of two numbers.
//!
//! ```text
//! row   limbs     aux 0  aux 1  aux 2  aux 3   aux 4
//! 0  q  distance  x      y      is y   larger  distance
//! 1     distance
//! 2     distance
//! ```
//!
//! The flag says which of the two it is. The distance is a word of 135 bits, so that it is not negative: `x - y` when it
//! is `x`, and `y - x - 1` when it is `y`. Of equal numbers it is `x`.

use crate::Columns;
use crate::cell::{At, aux, placed};
use crate::halo2::*;
use crate::range::{self, RangeConfig, Width};

/// Number of rows.
pub const ROWS: usize = 3;

const X: At = aux("x", 0, 0);
const Y: At = aux("y", 1, 0);
/// 1 when it is `y`.
pub const IS_Y: At = aux("is y", 2, 0);
/// The larger of the two.
pub const LARGER: At = aux("larger", 3, 0);
const DISTANCE: At = range::ABOVE_WORD.named("distance");

/// The gate's row.
pub const GATE: usize = 0;

/// All cells.
pub const CELLS: [&[At]; 2] = [&[X, Y, IS_Y, LARGER], &placed(range::ABOVE, 0, DISTANCE.name)];

/// Configuration of the comparison.
#[derive(Clone, Debug)]
pub struct LargerConfig {
    columns: Columns,
    range: RangeConfig,
    q_larger: Selector,
}

impl LargerConfig {
    /// Creates the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_larger = meta.selector();
        meta.create_gate("larger of two", |meta| {
            let q = meta.query_selector(q_larger);
            let [x, y, is_y, larger, distance] =
                columns.query_all(meta, [X, Y, IS_Y, LARGER, DISTANCE], GATE);
            let one = Expression::Constant(Fp::ONE);
            let further = y - x.clone();
            let sign = is_y.clone() * Fp::from(2) - one.clone();
            let expected = sign * further.clone() - is_y.clone();
            Constraints::with_selector(
                q,
                [
                    ("is y is boolean", is_y.clone() * (one - is_y.clone())),
                    ("larger = x or y", x + is_y * further - larger),
                    ("distance = x - y or y - x - 1", expected - distance),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_larger }
    }

    /// Compares on the rows from `offset` on. `is_y` is the prover's.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        [x, y]: [&FieldCell; 2],
        is_y: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, x)?;
        let y = columns.copy(region, offset, Y, y)?;
        let is_y = columns.assign(region, offset, IS_Y, is_y)?;
        let all = x.value().zip(y.value()).zip(is_y.value());
        let distance = all.map(|((x, y), is_y)| (is_y.double() - Fp::ONE) * (*y - x) - is_y);
        let larger = all.map(|((x, y), is_y)| *x + *is_y * (*y - x));
        self.range.above(region, offset, Width::Wide, distance)?;
        self.q_larger.enable(region, offset + GATE)?;
        columns.assign(region, offset, LARGER, larger)
    }
}
