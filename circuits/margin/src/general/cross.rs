//! What a position of the general profile adds to the cross book: nothing, if it is isolated. And what it requires in
//! its own book.
//!
//! ```text
//! row  aux 0  aux 1   aux 2         aux 3        aux 4
//! 5                   cross         word + side
//! 28   cross  result  cross result
//! 77                                             cross
//! 78                  unit          charge unit  own requirement
//! ```
//!
//! The rows are those of the [slot](super::position), whose blocks leave these cells free.

use super::keys::Figure;
use super::line::LineConfig;
use super::position::{
    CHARGED, KEY, REQUIRED, REQUIREMENT, RESULT_ROW, SIDE, SLOT, SUM, TERMS_ROW, USED, WORD,
};
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::BracketHint;
use zkmargin_gadgets::cell::{At, aux, is_boolean};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::keyed::KeyedCells;
use zkmargin_model::field::power_of_two;
use zkmargin_model::widths::CROSS_BIT;

/// 1 for a position in the cross book.
const CROSS: At = aux("cross", 2, TERMS_ROW);
/// The key of the same position in the cross book, with its side: all terms have rows of that book.
const SIDED: At = aux("word + side", 3, TERMS_ROW);

const CROSS_OF_RESULT: At = aux("cross", 0, RESULT_ROW);
const RESULT: At = aux("result", 1, RESULT_ROW);
/// Result in the cross book.
const CROSS_RESULT: At = aux("cross result", 2, RESULT_ROW);

/// Beside what requirement and charge add to the cross book.
pub(super) const CROSS_OF_SUM: At = aux("cross", 4, SUM);
// From requirement and charge to their own unit, before they are converted.
const UNIT: At = aux("unit", 2, SUM + 1);
const CHARGE_UNIT: At = aux("charge unit", 3, SUM + 1);
/// Requirement with its charge, before it is converted: 196 bits.
const OWN_REQUIREMENT: At = aux("own requirement", 4, SUM + 1);

/// First of two rows beside the limbs of the requirement.
const UNITS: usize = REQUIREMENT + super::line::FREE;

/// Configuration of the cells.
#[derive(Clone, Debug)]
pub(super) struct GeneralCrossConfig {
    columns: Columns,
    line: LineConfig,
    q_book: Selector,
    q_result: Selector,
    q_own: Selector,
}

impl GeneralCrossConfig {
    /// Creates the gates.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        line: &LineConfig,
    ) -> Self {
        let (q_book, q_result, q_own) = (meta.selector(), meta.selector(), meta.selector());
        meta.create_gate("general cross book", |meta| {
            let q = meta.query_selector(q_book);
            let [side, used, word, key, cross, sided] =
                columns.query_all(meta, [SIDE, USED, WORD, KEY, CROSS, SIDED], SLOT);
            let bit = (used - cross.clone()) * power_of_two(CROSS_BIT);
            let name = "word = key - side + 2^17 [isolated]";
            Constraints::with_selector(
                q,
                [
                    ("cross is boolean", is_boolean(&cross)),
                    (name, key - side.clone() + bit - word.clone()),
                    ("sided word = word + side", word + side - sided),
                ],
            )
        });
        meta.create_gate("general result of the cross book", |meta| {
            let q = meta.query_selector(q_result);
            let [cross, result, cross_result] =
                columns.query_all(meta, [CROSS_OF_RESULT, RESULT, CROSS_RESULT], RESULT_ROW);
            Constraints::with_selector(
                q,
                [("result of the cross book", cross * result - cross_result)],
            )
        });
        meta.create_gate("general requirement of the own book", |meta| {
            let q = meta.query_selector(q_own);
            let [required, charged, unit, charge_unit, own] = columns.query_all(
                meta,
                [REQUIRED, CHARGED, UNIT, CHARGE_UNIT, OWN_REQUIREMENT],
                SUM,
            );
            let expected = required * unit + charged * charge_unit;
            Constraints::with_selector(q, [("requirement in its own unit", expected - own)])
        });
        Self { columns: columns.clone(), line: line.clone(), q_book, q_result, q_own }
    }

    /// Assigns the flag and the key under which a value or a notional of the slot's side is looked up.
    pub(super) fn book(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        [word, side]: [&FieldCell; 2],
        cross: Value<Fp>,
    ) -> Result<[FieldCell; 2], Error> {
        let columns = &self.columns;
        let cross = columns.assign(region, offset, CROSS, cross)?;
        let sided = word.value().zip(side.value()).map(|(word, side)| *word + side);
        let sided = columns.assign(region, offset, SIDED, sided)?;
        self.q_book.enable(region, offset + SLOT)?;
        Ok([cross, sided])
    }

    /// What of a result settles in the cross book.
    pub(super) fn result(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        cross: &FieldCell,
        result: &FieldCell,
    ) -> Result<FieldCell, Error> {
        let columns = &self.columns;
        let cross = columns.copy(region, offset, CROSS_OF_RESULT, cross)?;
        let result = columns.copy(region, offset, RESULT, result)?;
        self.q_result.enable(region, offset + RESULT_ROW)?;
        let settled = cross.value().zip(result.value()).map(|(cross, result)| *cross * result);
        columns.assign(region, offset, CROSS_RESULT, settled)
    }

    /// The requirement of the position's own book, from its key less its side, requirement and charge; and the unit of what
    /// settles of it there, where records have allocations.
    pub(super) fn own(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        [word, required, charged]: [&FieldCell; 3],
        units: Value<BracketHint>,
    ) -> Result<[FieldCell; 2], Error> {
        let columns = &self.columns;
        let first = Figure::Units.first_field();
        let KeyedCells { a: unit, b: charge_unit, last: result_unit } =
            self.line.keyed.look_up(region, offset + UNITS, word, first, units)?;
        let unit = columns.copy(region, offset, UNIT, &unit)?;
        let charge_unit = columns.copy(region, offset, CHARGE_UNIT, &charge_unit)?;
        let required = required.value().zip(unit.value()).map(|(x, unit)| *x * unit);
        let charged = charged.value().zip(charge_unit.value()).map(|(x, unit)| *x * unit);
        let own = required.zip(charged).map(|(required, charged)| required + charged);
        let own = columns.assign(region, offset, OWN_REQUIREMENT, own)?;
        self.q_own.enable(region, offset + SUM)?;
        Ok([own, result_unit])
    }
}

/// Cells of the slot, without those of the lookup.
#[cfg(test)]
pub(crate) fn slot_cells() -> Vec<At> {
    use crate::layout::of;
    of(&[
        &[CROSS, SIDED, CROSS_OF_RESULT, RESULT, CROSS_RESULT],
        &[CROSS_OF_SUM, UNIT, CHARGE_UNIT, OWN_REQUIREMENT],
    ])
}

/// All cells.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    use crate::layout::place;
    use zkmargin_gadgets::keyed;
    [slot_cells(), place(&keyed::CELLS, UNITS, |name| name)].concat()
}
