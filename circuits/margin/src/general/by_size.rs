//! Weight that the size of a holding gives: `floor((from + [debt] step(r)) / (base + [deposit] step(r)))`, with the root
//! `r` of what is held.
//!
//! ```text
//! row  aux 0    aux 1     aux 2     aux 3
//! 20   step     base - 1  is debt   divisor - 1
//! 22   one - 1  is debt   distance
//! ```
//!
//! The lines from an amount to the size whose root is taken and from the root to a step are looked up, the second by
//! the sign of the value, and so are numerator and divisor. A weight of a debt has 27 bits, which are the low limbs of
//! the last quotient.

use super::keys::Figure;
use super::line::{self, LineConfig};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::divide::{self, Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedCells;
use zkmargin_gadgets::root::{self, RootConfig};
use zkmargin_gadgets::sign::{self, SignCells, SignConfig};

// First rows of the blocks.
const SIGN: usize = 0;
const HELD: usize = SIGN + sign::ROWS;
const STEP: usize = HELD + line::ROWS;
const ROOT: usize = STEP + line::ROWS;
const DIVIDE: usize = ROOT + root::ROWS;

/// Number of rows.
pub(crate) const ROWS: usize = DIVIDE + Form::Deep.rows();

// The divisor, beside the remainders.
const DIVISOR: usize = DIVIDE + 1;
/// What the root adds.
const ADDED: At = aux("step", 0, DIVISOR);
const BASE: At = aux("base - 1", 1, DIVISOR);
const DEBT_OF_DIVISOR: At = aux("is debt", 2, DIVISOR);
const DIVISOR_LESS: At = aux("divisor - 1", 3, DIVISOR);

// The quotient's distance from one.
const DISTANCE_ROW: usize = DIVIDE + 3;
const ONE_LESS: At = aux("one - 1", 0, DISTANCE_ROW);
const DEBT_OF_DISTANCE: At = aux("is debt", 1, DISTANCE_ROW);
/// Distance of the weight from one: below it for a deposit, above it for a debt. 117 bits and a sign.
const DISTANCE: At = aux("distance", 2, DISTANCE_ROW);
const QUOTIENT: At = divide::QUOTIENT.below(DIVIDE);
/// All of a debt's weight: 27 bits.
const LOW: At = divide::DEEP_QUOTIENT[0].below(DIVIDE);

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(crate) struct SizeConfig {
    columns: Columns,
    line: LineConfig,
    sign: SignConfig,
    root: RootConfig,
    q_divisor: Selector,
    q_distance: Selector,
}

/// What of the slot the block reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weighed<'a> {
    /// Amount with profit and loss.
    pub(crate) amount: &'a FieldCell,
    /// Key of the asset.
    pub(crate) key: &'a FieldCell,
    /// Key of the figures of this sign.
    pub(crate) word: &'a FieldCell,
    /// Whether the value is negative.
    pub(crate) is_debt: &'a FieldCell,
    /// Unit of weights, less one.
    pub(crate) one_less: &'a FieldCell,
}

impl SizeConfig {
    /// Creates the gates.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        line: &LineConfig,
        sign: &SignConfig,
        root: &RootConfig,
    ) -> Self {
        let (q_divisor, q_distance) = (meta.selector(), meta.selector());
        meta.create_gate("divisor of a weight by size", |meta| {
            let q = meta.query_selector(q_divisor);
            let [added, base, is_debt, divisor] =
                columns.query_all(meta, [ADDED, BASE, DEBT_OF_DIVISOR, DIVISOR_LESS], DIVISOR);
            let expected = base + (constant(1) - is_debt) * added;
            Constraints::with_selector(q, [("divisor = base + [deposit] step", expected - divisor)])
        });
        meta.create_gate("weight by size", |meta| {
            let q = meta.query_selector(q_distance);
            let [one_less, is_debt, distance, weight, low] = columns.query_all(
                meta,
                [ONE_LESS, DEBT_OF_DISTANCE, DISTANCE, QUOTIENT, LOW],
                DISTANCE_ROW,
            );
            let sign = constant(1) - is_debt.clone() * Fp::from(2);
            let below_one = one_less + constant(1) - weight.clone();
            Constraints::with_selector(
                q,
                [
                    ("a debt's weight has no high end", is_debt * (weight - low)),
                    ("distance = one - weight, or weight - one", sign * below_one - distance),
                ],
            )
        });
        let (columns, line, sign) = (columns.clone(), line.clone(), sign.clone());
        Self { columns, line, sign, root: root.clone(), q_divisor, q_distance }
    }

    /// Assigns the block from `offset` on and returns the distance of the weight from one.
    ///
    /// # Errors
    /// From the layouter.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        Weighed { amount, key, word, is_debt, one_less }: Weighed<'_>,
        hint: Value<&SizeHint>,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let keyed = |region: &mut Region<'_, Fp>, block, of: &FieldCell, figure: Figure, hint| {
            let at = offset + block + line::FREE;
            self.line.keyed.look_up(region, at, of, figure.first_field(), hint)
        };
        let negative = hint.map(|h| h.is_owed);
        let SignCells { magnitude, .. } =
            self.sign.assign(region, offset + SIGN, amount, negative)?;
        let (held, radicand) = (hint.map(|h| h.held), hint.map(|h| h.radicand));
        let held = self.line.assign(region, offset + HELD, &magnitude, key, Figure::Held, held)?;
        let KeyedCells { a: factor, b: of_radicand, .. } =
            keyed(region, HELD, key, Figure::HeldRoot, radicand)?;
        let root = hint.map(|h| h.root);
        let root = self.root.assign(region, offset + ROOT, &held, [&factor, &of_radicand], root)?;
        let (step, from) = (hint.map(|h| h.step), hint.map(|h| h.from));
        let step = self.line.assign(region, offset + STEP, &root, word, Figure::Discount, step)?;
        let KeyedCells { a: from, last: base, .. } = keyed(region, STEP, word, Figure::Most, from)?;

        let added = columns.copy(region, offset, ADDED, &step)?;
        let base = columns.copy(region, offset, BASE, &base)?;
        let debt = columns.copy(region, offset, DEBT_OF_DIVISOR, is_debt)?;
        let divisor = base.value().zip(debt.value()).zip(added.value());
        let divisor = divisor.map(|((base, is_debt), step)| *base + (Fp::ONE - is_debt) * step);
        let divisor = columns.assign(region, offset, DIVISOR_LESS, divisor)?;
        self.q_divisor.enable(region, offset + DIVISOR)?;
        let line = Line { x: &step, a: is_debt, b: &from, last: &divisor };
        let weight =
            self.line.divide.assign(region, offset + DIVIDE, Form::Deep, line, line.quotient())?;

        let one_less = columns.copy(region, offset, ONE_LESS, one_less)?;
        columns.copy(region, offset, DEBT_OF_DISTANCE, is_debt)?;
        let distance = is_debt.value().zip(one_less.value()).zip(weight.value());
        let distance = distance.map(|((is_debt, one_less), weight)| {
            (Fp::ONE - is_debt.double()) * (*one_less + Fp::ONE - weight)
        });
        self.q_distance.enable(region, offset + DISTANCE_ROW)?;
        columns.assign(region, offset, DISTANCE, distance)
    }
}

/// Free cells of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SizeHint {
    /// Whether the amount is negative.
    pub is_owed: Fp,
    /// Root of what is held.
    pub root: Fp,
    /// Line from the amount to the size whose root is taken.
    pub held: BracketHint,
    /// Factor and offset of the radicand.
    pub radicand: BracketHint,
    /// Line from the root to what it adds, of this sign.
    pub step: BracketHint,
    /// Numerator and divisor of this sign.
    pub from: BracketHint,
}

/// Numerator and divisor of an empty slot: a weight of one, in units of one.
pub(super) const EMPTY_FROM: BracketHint = BracketHint { slope: Fp::ONE, ..BracketHint::ZERO };

impl SizeHint {
    /// An empty slot.
    pub fn empty() -> Self {
        let row = BracketHint::default();
        Self {
            is_owed: Fp::ZERO,
            root: Fp::ZERO,
            held: row,
            radicand: row,
            step: row,
            from: EMPTY_FROM,
        }
    }
}

/// Cells between the gadgets, under the names they have in the block.
#[cfg(test)]
pub(crate) fn own_cells() -> Vec<At> {
    use crate::layout::of;
    of(&[&[ADDED, BASE, DEBT_OF_DIVISOR, DIVISOR_LESS], &[ONE_LESS, DEBT_OF_DISTANCE, DISTANCE]])
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::place;
    use zkmargin_gadgets::keyed;
    let mut all = own_cells();
    all.extend(place(&sign::CELLS, SIGN, |name| name));
    for block in [HELD, STEP] {
        all.extend(place(&[&line::cells()], block, |name| name));
        all.extend(place(&keyed::CELLS, block + line::FREE, |name| name));
    }
    all.extend(place(&root::CELLS, ROOT, |name| name));
    all.extend(place(&[&divide::cells(Form::Deep)], DIVIDE, |name| name));
    all
}
