//! The magnitude of a loss, where a flag says so.
//!
//! ```text
//! row  limbs     aux 0  aux 1     aux 2  aux 3  aux 4
//! 0    |x| (0)                                  distance
//! 1    |x|                                      distance
//! 2    |x|                                      distance
//! 3    |x|       x      negative  flag          distance
//! 4 q  |x|                        loss          distance
//! ```
//!
//! The loss is `|x|` where the flag is 1, and `x` where it is 0.

use super::column;
use super::columns::PortfolioColumns;
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::long::{self, LongConfig};
use zkmargin_model::portfolio::widths::LOSS_BITS;
use zkmargin_model::widths::LIMB_BITS;

/// Limbs of a loss.
pub(crate) const LIMBS: usize = (LOSS_BITS / LIMB_BITS) as usize;

/// Rows of a magnitude.
pub(crate) const ROWS: usize = long::rows(LIMBS);

const _: () = assert!(LIMBS as u32 * LIMB_BITS == LOSS_BITS && ROWS == 5);

/// Row of the gate.
const GATE: usize = ROWS - 1;

const X: At = aux("x", 0, GATE - 1);
const NEGATIVE: At = aux("negative", 1, GATE - 1);
const FLAG: At = aux("flag", 2, GATE - 1);
/// Where a column has its loss, counted from the gate.
const LOSS: At = column::LOSS.below(LOSS_BELOW);
const DISTANCE: At = aux("distance", 4, GATE);

/// Rows by which a column that adds this loss to its unit's starts below.
pub(crate) const LOSS_BELOW: usize = GATE - column::GATE;

/// Configuration of magnitudes.
#[derive(Clone, Debug)]
pub(crate) struct MagnitudeConfig {
    columns: PortfolioColumns,
    long: LongConfig,
    q_magnitude: Selector,
}

impl MagnitudeConfig {
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        long: &LongConfig,
    ) -> Self {
        let q_magnitude = meta.complex_selector();
        meta.create_gate("magnitude", |meta| {
            let q = meta.query_selector(q_magnitude);
            let [x, negative, flag, loss, distance] =
                columns.shared.query_all(meta, [X, NEGATIVE, FLAG, LOSS, DISTANCE], GATE);
            let magnitude = distance + negative.clone();
            let sign = constant(1) - negative.clone() * Fp::from(2);
            let expected = x.clone() + flag * (magnitude.clone() - x.clone());
            Constraints::with_selector(
                q,
                [
                    ("negative is boolean", is_boolean(&negative)),
                    ("x = sign magnitude", sign * magnitude - x),
                    ("loss = magnitude or x", expected - loss),
                ],
            )
        });
        Self { columns: columns.clone(), long: long.clone(), q_magnitude }
    }

    /// Assigns a magnitude on the rows from `offset` on. `negative` is the prover's; the flag is 0 or 1.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        flag: &FieldCell,
        negative: Value<Fp>,
    ) -> Result<FieldCell, Error> {
        let shared = &self.columns.shared;
        let x = shared.copy(region, offset, X, x)?;
        let flag = shared.copy(region, offset, FLAG, flag)?;
        let negative = shared.assign(region, offset, NEGATIVE, negative)?;
        let magnitude = x.value().zip(negative.value());
        let magnitude = magnitude.map(|(x, negative)| *x * (Fp::ONE - negative.double()));
        let distance = magnitude.zip(negative.value()).map(|(x, negative)| x - negative);
        self.long.assign(region, offset, LIMBS, distance)?;
        let loss = x.value().zip(flag.value()).zip(magnitude);
        let loss = loss.map(|((x, flag), magnitude)| *x + *flag * (magnitude - x));
        self.q_magnitude.enable(region, offset + GATE)?;
        shared.assign(region, offset, LOSS, loss)
    }
}
