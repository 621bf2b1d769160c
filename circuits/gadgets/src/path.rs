//! One level of a Merkle path: orders a child and its sibling by a bit, and adds the bit to the serial.
//!
//! ```text
//! row   aux 0      aux 1      aux 2       aux 3       aux 4
//! 0  q  child      sibling    bit         left        right
//! 1     serial in  weight in  serial out  weight out
//! ```
//!
//! The serial begins at zero and the weight at one, so after all levels the serial is the index
//! that the bits spell. The caller hashes `left` and `right` into the next child.

use crate::Columns;
use crate::cell::{At, aux};
use crate::halo2::*;

/// Rows of one level.
pub const ROWS: usize = 2;

const CHILD: At = aux("child", 0, 0);
const SIBLING: At = aux("sibling", 1, 0);
/// 1 when the child is the right one of the two.
const BIT: At = aux("bit", 2, 0);
const LEFT: At = aux("left", 3, 0);
const RIGHT: At = aux("right", 4, 0);
const SERIAL_IN: At = aux("serial in", 0, 1);
const WEIGHT_IN: At = aux("weight in", 1, 1);
const SERIAL_OUT: At = aux("serial out", 2, 1);
const WEIGHT_OUT: At = aux("weight out", 3, 1);

/// The gate's row.
pub const GATE: usize = 0;

/// All cells.
pub const CELLS: [&[At]; 2] =
    [&[CHILD, SIBLING, BIT, LEFT, RIGHT], &[SERIAL_IN, WEIGHT_IN, SERIAL_OUT, WEIGHT_OUT]];

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

/// What a level passes on.
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
        meta.create_gate("path level", |meta| {
            let q = meta.query_selector(q_level);
            let [child, sibling, bit, left, right] =
                columns.query_all(meta, [CHILD, SIBLING, BIT, LEFT, RIGHT], GATE);
            let [serial_in, weight_in, serial_out, weight_out] =
                columns.query_all(meta, [SERIAL_IN, WEIGHT_IN, SERIAL_OUT, WEIGHT_OUT], GATE);
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

    /// Assigns one level on rows `offset` and `offset + 1`; `below` is the previous level.
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
        let columns = &self.columns;
        let child = columns.copy(region, offset, CHILD, child)?;
        let sibling = columns.assign(region, offset, SIBLING, sibling)?;
        let nodes = child.value().zip(sibling.value()).zip(bit);
        let (left, right) = nodes
            .map(
                |((child, sibling), bit)| {
                    if bit { (*sibling, *child) } else { (*child, *sibling) }
                },
            )
            .unzip();
        let flag = bit.map(|bit| Fp::from(u64::from(bit)));
        columns.assign(region, offset, BIT, flag)?;
        let left = columns.assign(region, offset, LEFT, left)?;
        let right = columns.assign(region, offset, RIGHT, right)?;

        let (serial, weight) = (below.map(|b| &b.serial), below.map(|b| &b.weight));
        let serial_in = columns.copy_or_constant(region, offset, SERIAL_IN, serial, Fp::ZERO)?;
        let weight_in = columns.copy_or_constant(region, offset, WEIGHT_IN, weight, Fp::ONE)?;
        let sum = serial_in.value().zip(weight_in.value()).zip(flag);
        let sum = sum.map(|((serial, weight), flag)| *serial + *weight * flag);
        let serial = columns.assign(region, offset, SERIAL_OUT, sum)?;
        let double = weight_in.value().map(|weight| weight.double());
        let weight = columns.assign(region, offset, WEIGHT_OUT, double)?;
        self.q_level.enable(region, offset + GATE)?;
        Ok(LevelCells { left, right, serial: SerialCells { serial, weight } })
    }
}
