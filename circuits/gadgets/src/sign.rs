//! Sign and magnitude of a number.
//!
//! ```text
//! row   limbs     aux 0  aux 1     aux 3      aux 4
//! 0  q  distance  x      negative  magnitude  distance
//! 1     distance
//! 2     distance
//! ```
//!
//! The distance is a word of 135 bits: the magnitude, or one less for a negative number. So zero is not negative.

use crate::Columns;
use crate::cell::{At, aux, placed};
use crate::halo2::*;
use crate::range::{self, RangeConfig, Width};

/// Number of rows.
pub const ROWS: usize = 3;

const X: At = aux("x", 0, 0);
/// 1 for a negative number.
pub const NEGATIVE: At = aux("negative", 1, 0);
/// The magnitude.
pub const MAGNITUDE: At = aux("magnitude", 3, 0);
/// The magnitude of a number that is not negative, and one less of a negative one.
const DISTANCE: At = range::ABOVE_WORD.named("distance");

/// The gate's row.
pub const GATE: usize = 0;

/// All cells.
pub const CELLS: [&[At]; 2] = [&[X, NEGATIVE, MAGNITUDE], &placed(range::ABOVE, 0, DISTANCE.name)];

/// Configuration of the decomposition.
#[derive(Clone, Debug)]
pub struct SignConfig {
    columns: Columns,
    range: RangeConfig,
    q_sign: Selector,
}

/// Sign and magnitude.
#[derive(Clone, Debug)]
pub struct SignCells {
    /// 1 for a negative number.
    pub negative: FieldCell,
    /// The magnitude.
    pub magnitude: FieldCell,
}

impl SignConfig {
    /// Creates the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        range: &RangeConfig,
    ) -> Self {
        let q_sign = meta.selector();
        meta.create_gate("sign", |meta| {
            let q = meta.query_selector(q_sign);
            let [x, negative, magnitude, distance] =
                columns.query_all(meta, [X, NEGATIVE, MAGNITUDE, DISTANCE], GATE);
            let one = Expression::Constant(Fp::ONE);
            let sign = one.clone() - negative.clone() * Fp::from(2);
            Constraints::with_selector(
                q,
                [
                    ("negative is boolean", negative.clone() * (one - negative.clone())),
                    (
                        "magnitude = distance + negative",
                        distance.clone() + negative.clone() - magnitude,
                    ),
                    ("x = sign magnitude", sign * (distance + negative) - x),
                ],
            )
        });
        Self { columns: columns.clone(), range: range.clone(), q_sign }
    }

    /// Decomposes on the rows from `offset` on. `negative` is the prover's.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        negative: Value<Fp>,
    ) -> Result<SignCells, Error> {
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, x)?;
        let negative = columns.assign(region, offset, NEGATIVE, negative)?;
        let both = x.value().zip(negative.value());
        let magnitude = both.map(|(x, negative)| *x * (Fp::ONE - negative.double()));
        let distance = magnitude.zip(negative.value()).map(|(x, negative)| x - negative);
        self.range.above(region, offset, Width::Wide, distance)?;
        let magnitude = columns.assign(region, offset, MAGNITUDE, magnitude)?;
        self.q_sign.enable(region, offset + GATE)?;
        Ok(SignCells { negative, magnitude })
    }
}
