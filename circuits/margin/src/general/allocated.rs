//! Equity of the book of an isolated position with an allocation: what this is worth, with what settles of the position.
//!
//! ```text
//! row  aux 0   aux 1   aux 2        aux 3        aux 4
//! 0    factor  offset  divisor - 1
//! 5    factor  offset  divisor - 1
//! 8    value   scale   result       result unit  equity
//! ```
//!
//! The blocks are two divisions: from the allocation to an amount of its asset, and from that to a value. Factors,
//! offsets and divisors are constants of the market.

use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::divide::{DivideConfig, Form, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::rule::{MAX_ISOLATED, Profile};

// First rows of the blocks.
const AMOUNT: usize = 0;
pub(crate) const VALUE: usize = AMOUNT + Form::Deep.rows();

/// Rows of one book.
pub(crate) const ROWS: usize = VALUE + Form::Deep.rows();

/// How many of the first slots can be isolated positions whose books a claim is about.
pub(crate) const fn slots(profile: Profile, positions: usize) -> usize {
    match profile.allocations && profile.reads_isolated() {
        false => 0,
        true if positions < MAX_ISOLATED => positions,
        true => MAX_ISOLATED,
    }
}

// Above a division: what it is by. Constants of the market.
const FACTOR: At = aux("factor", 0, 0);
const OFFSET: At = aux("offset", 1, 0);
const LAST: At = aux("divisor - 1", 2, 0);

/// Row beside the limbs of the value.
const SUM: usize = VALUE + 3;
/// Of the amount: 117 bits.
const WORTH: At = aux("value", 0, SUM);
/// From a value to margin units: 72 bits. A constant of the market.
const SCALE: At = aux("scale", 1, SUM);
/// What settles of the position: 116 bits and a sign.
const RESULT: At = aux("result", 2, SUM);
/// From what settles to margin units: 72 bits. A figure of the instrument.
const RESULT_UNIT: At = aux("result unit", 3, SUM);
/// In margin units: 190 bits and a sign.
const EQUITY: At = aux("equity", 4, SUM);

/// A line of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineConstants {
    /// Factor: 72 bits.
    pub a: Fp,
    /// Offset of the rounding mode.
    pub b: Fp,
    /// Divisor less one: 54 bits.
    pub last: Fp,
}

/// Constants of a market with allocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllocationConstants {
    /// From an allocation to an amount.
    pub amount: LineConstants,
    /// From an amount to a value.
    pub value: LineConstants,
    /// From a value to margin units.
    pub scale: Fp,
}

/// What is assigned to a position.
#[derive(Clone, Debug)]
pub struct Assigned {
    /// In units of a balance.
    pub allocation: FieldCell,
    /// From what settles of the position to margin units.
    pub result_unit: FieldCell,
}

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(crate) struct AllocatedConfig {
    columns: Columns,
    divide: DivideConfig,
    q_equity: Selector,
}

impl AllocatedConfig {
    /// Creates the gate.
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        divide: &DivideConfig,
    ) -> Self {
        let q_equity = meta.selector();
        meta.create_gate("equity with an allocation", |meta| {
            let q = meta.query_selector(q_equity);
            let [worth, scale, result, unit, equity] =
                columns.query_all(meta, [WORTH, SCALE, RESULT, RESULT_UNIT, EQUITY], SUM);
            let name = "equity = value scale + result unit";
            Constraints::with_selector(q, [(name, worth * scale + result * unit - equity)])
        });
        Self { columns: columns.clone(), divide: divide.clone(), q_equity }
    }

    /// Assigns the block from `offset` on and returns the equity of a book with this allocation, and this result.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        Assigned { allocation, result_unit }: &Assigned,
        result: &FieldCell,
        of: &AllocationConstants,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let amount = self.line(region, offset + AMOUNT, allocation, of.amount)?;
        let worth = self.line(region, offset + VALUE, &amount, of.value)?;
        let worth = columns.copy(region, offset, WORTH, &worth)?;
        columns.constant(region, offset, SCALE, of.scale)?;
        let result = columns.copy(region, offset, RESULT, result)?;
        let unit = columns.copy(region, offset, RESULT_UNIT, result_unit)?;
        let (worth, result) = (worth.value(), result.value().zip(unit.value()));
        let equity = worth.map(|worth| *worth * of.scale).zip(result);
        let equity = equity.map(|(worth, (result, unit))| worth + *result * unit);
        self.q_equity.enable(region, offset + SUM)?;
        columns.assign(region, offset, EQUITY, equity)
    }

    /// What a line of the market makes of a figure.
    fn line(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        x: &FieldCell,
        of: LineConstants,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let a = columns.constant(region, offset, FACTOR, of.a)?;
        let b = columns.constant(region, offset, OFFSET, of.b)?;
        let last = columns.constant(region, offset, LAST, of.last)?;
        let line = Line { x, a: &a, b: &b, last: &last };
        self.divide.assign(region, offset, Form::Deep, line, line.quotient())
    }
}

/// Cells that are not those of divisions.
#[cfg(test)]
pub(crate) fn own_cells() -> Vec<At> {
    use crate::layout::{of, place};
    let constants: [&[At]; 1] = [&[FACTOR, OFFSET, LAST]];
    let mut all = of(&[&[WORTH, SCALE, RESULT, RESULT_UNIT, EQUITY]]);
    all.extend(place(&constants, AMOUNT, |name| name));
    all.extend(place(&constants, VALUE, |name| name));
    all
}

/// All cells.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::place;
    use zkmargin_gadgets::divide;
    let mut all = own_cells();
    for block in [AMOUNT, VALUE] {
        all.extend(place(&[&divide::cells(Form::Deep)], block, |name| name));
    }
    all
}
