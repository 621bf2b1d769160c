//! The book of an isolated position meets the claim's level by itself.
//!
//! ```text
//! row  limbs  aux 0  aux 1    aux 2        aux 3        aux 4
//! 0    high   used   cross    pnl          equity unit  strict
//! 1    high   level  unit     requirement  surplus      intercept
//! 2    low    high   surplus  slope        x            low
//! 3    low
//! 4    low
//! ```
//!
//! The surplus of a position in the cross book, and of an empty slot, is zero. This is the block of an exact
//! requirement, which has a tier row; a rounded one has its last quotient in the place of the intercept, and one without
//! tiers, by the tiers of a family or of the general profile the requirement itself.

use crate::general::Assigned;
use crate::position::requirement::Unconverted;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::compare::{self, CompareConfig};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::rule::{MAX_ISOLATED, Profile, Rounded};

/// Rows of one comparison.
pub(crate) const ROWS: usize = compare::ROWS;

/// How many of the first slots are compared: isolated positions come first. None where they are left out.
pub(crate) const fn compared(profile: Profile, positions: usize) -> usize {
    match profile.compares_isolated() {
        false => 0,
        true if positions < MAX_ISOLATED => positions,
        true => MAX_ISOLATED,
    }
}

/// 1 for a used slot.
const USED: At = aux("used", 0, 0);
/// 1 for a position in the cross book.
const CROSS: At = aux("cross", 1, 0);
/// Profit and loss with the assigned margin, in settlement units: 166 bits and a sign. In a record with allocations,
/// equity in margin units: 190 bits and a sign.
const PNL: At = aux("pnl", 2, 0);
/// From these units to those of the requirement, times 10,000: 54 bits. A constant of the market.
const EQUITY_UNIT: At = aux("equity unit", 3, 0);
/// 1 when equality is not healthy. A constant of the market.
const STRICT: At = aux("strict", 4, 0);
/// Level, in basis points: 17 bits.
const LEVEL: At = aux("level", 0, 1);
/// From the requirement's last figure to its own unit: 72 bits. A constant of the market.
const UNIT: At = aux("unit", 1, 1);
/// Requirement, before it is converted: 196 bits.
const REQUIREMENT: At = aux("requirement", 2, 1);
/// Equity beyond the level: 225 bits.
const SURPLUS: At = aux("surplus", 3, 1);
/// The last quotient of a rounded requirement, 135 bits, or one without tiers, by those of a family or of the general
/// profile, 196 bits.
const FIGURE: At = aux("y", 4, 1);
// The tier row of an exact one with tiers.
const INTERCEPT: At = aux("intercept", 4, 1);
const SLOPE: At = aux("slope", 2, 2);
const X: At = aux("x", 3, 2);

/// The gate's row.
const GATE: usize = 1;

/// Constants of a market with isolated books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BookConstants {
    /// From settlement units to units of a requirement, times 10,000: 54 bits. In a record with allocations, 10,000.
    pub equity_unit: Fp,
    /// 1 when equality is not healthy.
    pub strict: Fp,
    /// From the last figure of a requirement to its own unit: 72 bits.
    pub unit: Fp,
}

/// What is compared of a position.
#[derive(Clone, Debug)]
pub struct BookCells {
    /// 1 for a used slot; where all isolated positions but a named one are compared, not of that one.
    pub used: FieldCell,
    /// 1 for a position in the cross book.
    pub cross: FieldCell,
    /// Profit and loss, with the assigned margin; in a record with allocations, equity in margin units.
    pub pnl: FieldCell,
    /// The requirement's last figure.
    pub requirement: Unconverted,
    /// What is assigned to the position, in a record with allocations; elsewhere it is in the entry.
    pub assigned: Option<Assigned>,
}

/// Configuration of the comparison.
#[derive(Clone, Debug)]
pub struct BookConfig {
    columns: Columns,
    compare: CompareConfig,
    q_book: Selector,
}

/// Whether a requirement is that of a tier row.
pub(crate) fn has_row(profile: Profile) -> bool {
    profile.rounded == Rounded::Nothing && !profile.flat && !profile.family && !profile.general
}

impl BookConfig {
    /// Creates the gate.
    pub fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        compare: &CompareConfig,
    ) -> Self {
        let q_book = meta.selector();
        meta.create_gate("isolated book", |meta| {
            let q = meta.query_selector(q_book);
            let [used, cross, pnl, equity_unit, strict] =
                columns.query_all(meta, [USED, CROSS, PNL, EQUITY_UNIT, STRICT], GATE);
            let [level, unit, requirement, surplus] =
                columns.query_all(meta, [LEVEL, UNIT, REQUIREMENT, SURPLUS], GATE);
            let figure = if has_row(profile) {
                let [slope, x, intercept] = columns.query_all(meta, [SLOPE, X, INTERCEPT], GATE);
                slope * x + intercept
            } else {
                columns.query(meta, FIGURE, GATE)
            };
            let beyond = pnl * equity_unit - level * requirement.clone() - strict;
            Constraints::with_selector(
                q,
                [
                    ("requirement in its own unit", figure * unit - requirement),
                    (
                        "surplus = [isolated] (10000 E - level MM - strict)",
                        (used - cross) * beyond - surplus,
                    ),
                ],
            )
        });
        Self { columns: columns.clone(), compare: compare.clone(), q_book }
    }

    /// Assigns the comparison on the rows from `offset` on.
    ///
    /// # Errors
    /// From the layouter.
    pub fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: &BookCells,
        constants: BookConstants,
        level: &FieldCell,
    ) -> Result<(), Error> {
        let columns = &self.columns;
        let used = columns.copy(region, offset, USED, &of.used)?;
        let cross = columns.copy(region, offset, CROSS, &of.cross)?;
        let pnl = columns.copy(region, offset, PNL, &of.pnl)?;
        let equity_unit = columns.constant(region, offset, EQUITY_UNIT, constants.equity_unit)?;
        let strict = columns.constant(region, offset, STRICT, constants.strict)?;
        let level = columns.copy(region, offset, LEVEL, level)?;
        let unit = columns.constant(region, offset, UNIT, constants.unit)?;
        let figure = match &of.requirement {
            Unconverted::Figure(y) => columns.copy(region, offset, FIGURE, y)?.value().copied(),
            Unconverted::Line(line) => {
                let intercept = columns.copy(region, offset, INTERCEPT, &line.intercept)?;
                let slope = columns.copy(region, offset, SLOPE, &line.slope)?;
                let x = columns.copy(region, offset, X, &line.x)?;
                let figure = slope.value().zip(x.value()).zip(intercept.value());
                figure.map(|((slope, x), intercept)| *slope * x + intercept)
            }
        };
        let requirement = figure.zip(unit.value()).map(|(figure, unit)| figure * unit);
        let requirement = columns.assign(region, offset, REQUIREMENT, requirement)?;
        let beyond = pnl
            .value()
            .zip(equity_unit.value())
            .zip(level.value().zip(requirement.value()))
            .zip(strict.value())
            .map(|(((pnl, unit), (level, of)), strict)| *pnl * unit - *level * of - strict);
        let surplus = used.value().zip(cross.value()).zip(beyond);
        let surplus = surplus.map(|((used, cross), beyond)| (*used - cross) * beyond);
        let surplus = columns.assign(region, offset, SURPLUS, surplus)?;
        self.q_book.enable(region, offset + GATE)?;
        self.compare.assign(region, offset, &surplus)
    }
}

/// All cells of the comparison.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::{of, place};
    let figure = if has_row(profile) { vec![INTERCEPT, SLOPE, X] } else { vec![FIGURE] };
    [
        of(&[&[USED, CROSS, PNL, EQUITY_UNIT, STRICT, LEVEL, UNIT, REQUIREMENT, SURPLUS]]),
        figure,
        place(&compare::CELLS, 0, |name| match name {
            "value" => SURPLUS.name,
            other => other,
        }),
    ]
    .concat()
}
