//! One level of a way through a ledger: orders a child and its sibling by a bit, and adds the bit
//! to the serial.
//!
//! ```text
//!            aux 0      aux 1      aux 2       aux 3        aux 4
//! row 0  q   child      sibling    bit         left         right
//! row 1      serial in  weight in  serial out  weight out
//! ```
//!
//! The serial begins at zero and the weight at one, so after all levels the serial is the index
//! that the bits spell. The caller hashes `left` and `right` into the next child.

use crate::Columns;
use crate::halo2::*;

/// Rows of one level.
pub const ROWS: usize = 2;

/// Path level configuration.
#[derive(Clone, Debug)]
pub struct PathConfig {
    columns: Columns,
    q_level: Selector,
}

/// Serial and weight so far.
#[derive(Clone, Debug)]
pub struct SerialCells {
    /// Sum of the bits below, each at its weight.
    pub serial: FieldCell,
    /// Weight of the next bit.
    pub weight: FieldCell,
}

/// What a level hands on.
#[derive(Clone, Debug)]
pub struct LevelCells {
    /// Left node.
    pub left: FieldCell,
    /// Right node.
    pub right: FieldCell,
    /// Serial with this level's bit.
    pub serial: SerialCells,
}

impl PathConfig {
    /// Creates the gate.
    pub fn configure(meta: &mut ConstraintSystem<Fp>, columns: &Columns) -> Self {
        let q_level = meta.selector();
        let aux = columns.aux;
        meta.create_gate("path level", |meta| {
            let q = meta.query_selector(q_level);
            let [child, sibling, bit, left, right] =
                aux.map(|column| meta.query_advice(column, Rotation::cur()));
            let [serial_in, weight_in, serial_out, weight_out] =
                [0, 1, 2, 3].map(|column: usize| meta.query_advice(aux[column], Rotation::next()));
            let one = Expression::Constant(Fp::ONE);
            let swap = bit.clone() * (sibling.clone() - child.clone());
            Constraints::with_selector(
                q,
                [
                    ("bit is boolean", bit.clone() * (one - bit.clone())),
                    (
                        "left is the child or, by the bit, its sibling",
                        child.clone() + swap - left.clone(),
                    ),
                    ("right is the other one", child + sibling - left - right),
                    ("serial has the bit", serial_in + bit * weight_in.clone() - serial_out),
                    ("weight doubles", weight_in * Fp::from(2) - weight_out),
                ],
            )
        });
        Self { columns: columns.clone(), q_level }
    }

    /// Assigns one level on rows `offset` and `offset + 1`; `below` is the level before.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        below: Option<&SerialCells>,
        child: &FieldCell,
        sibling: Value<Fp>,
        bit: Value<bool>,
    ) -> Result<LevelCells, Error> {
        let aux = &self.columns.aux;
        let child = child.copy_advice(|| "child", region, aux[0], offset)?;
        let sibling = region.assign_advice(|| "sibling", aux[1], offset, || sibling)?;
        let nodes = child.value().zip(sibling.value()).zip(bit);
        let (left, right) = nodes
            .map(
                |((child, sibling), bit)| {
                    if bit { (*sibling, *child) } else { (*child, *sibling) }
                },
            )
            .unzip();
        let flag = bit.map(|bit| Fp::from(u64::from(bit)));
        region.assign_advice(|| "bit", aux[2], offset, || flag)?;
        let left = region.assign_advice(|| "left", aux[3], offset, || left)?;
        let right = region.assign_advice(|| "right", aux[4], offset, || right)?;

        let row = offset + 1;
        let (serial_in, weight_in) = match below {
            Some(below) => (
                below.serial.copy_advice(|| "serial in", region, aux[0], row)?,
                below.weight.copy_advice(|| "weight in", region, aux[1], row)?,
            ),
            None => (
                region.assign_advice_from_constant(|| "serial in", aux[0], row, Fp::ZERO)?,
                region.assign_advice_from_constant(|| "weight in", aux[1], row, Fp::ONE)?,
            ),
        };
        let sum = serial_in.value().zip(weight_in.value()).zip(flag);
        let sum = sum.map(|((serial, weight), flag)| *serial + *weight * flag);
        let serial = region.assign_advice(|| "serial out", aux[2], row, || sum)?;
        let double = weight_in.value().map(|weight| weight.double());
        let weight = region.assign_advice(|| "weight out", aux[3], row, || double)?;
        self.q_level.enable(region, offset)?;
        Ok(LevelCells { left, right, serial: SerialCells { serial, weight } })
    }
}
