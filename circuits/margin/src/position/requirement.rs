//! The requirement of a position: the row of its tier table, what rounds it, and the sum over positions.
//!
//! ```text
//! row  limbs                     aux 0       aux 1       aux 2   aux 3      aux 4
//! 0    x - lo                                                               d - 1
//! 1    x - lo                    x           tier table  slope   intercept  x - lo
//! 2    hi - x                                                               hi - x
//! 3    hi - x
//! 4    r (0-2), y (3-4)
//! 5    d - 1 - r (0-2), y (3-4)  conversion  MM in       MM out
//! 6    y                         x           a           b       d - 1      y
//! ```
//!
//! This is the block of a requirement that is rounded once. A second rounding repeats the division before the sum. An
//! exact requirement is a bracketed line by itself, on six rows; one without tiers is in `flat.rs`, and one by the tiers of
//! a family in `family.rs`.

use super::family::{self, FamilyCells, FamilyConfig};
use super::flat::{self, FlatConfig};
use super::terms::{Column, TermsCells};
use super::{Gadgets, PositionCells, width};
use crate::hints::PositionHint;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{self, BracketConfig, BracketHint, Factor, LineCells};
use zkmargin_gadgets::cell::{At, aux};
use zkmargin_gadgets::divide::{self, DivideConfig, Line};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::Width;
use zkmargin_model::rule::Profile;

/// Rows of the block.
pub(super) const fn rows(profile: Profile) -> usize {
    if profile.flat {
        return flat::row(profile) + 1;
    }
    if profile.family {
        return family::rows(profile);
    }
    let width = width(profile);
    let roundings = profile.rounded.requirement_roundings();
    bracket::rows(width) + roundings * form(width).rows()
}

/// Requirements are rounded to few digits: their divisions are short in the narrow blocks.
const fn form(width: Width) -> divide::Form {
    match width {
        Width::Narrow => divide::Form::Short,
        Width::Wide => divide::Form::Long(width),
    }
}

// Constants of the second rounding, on the free row.
const SECOND_OFFSET: At = aux("second b", 0, 0);
const SECOND_LAST: At = aux("second d - 1", 1, 0);

/// A row of which the tier row takes the limbs only.
const fn free_row(width: Width) -> usize {
    bracket::rows(width) - 1
}

/// Row of what a position adds to the cross book, where positions can be isolated.
pub(super) const fn cross_row(profile: Profile) -> usize {
    match (profile.flat, profile.family) {
        (true, _) => 0,
        (_, true) => family::cross_row(profile),
        _ => free_row(width(profile)),
    }
}

/// The second rounding of requirements at a market: all instruments have the same divisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Second {
    /// Offset of its mode: 45 bits.
    pub b: Fp,
    /// Divisor less one: 45 bits.
    pub last: Fp,
}

// Cells of the sum, counted from the first row of the last division.
/// From the quotient to margin units: 72 bits.
const CONVERSION: At = aux("conversion", 0, 1);
/// Sum of the requirements of the slots before: 204 bits.
const SUM_IN: At = aux("MM in", 1, 1);
const SUM_OUT: At = aux("MM out", 2, 1);

/// The gate's row, counted like them.
const GATE: usize = 1;

/// What a requirement depends on, besides the terms.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequirementInputs<'a> {
    /// The tier variable.
    pub(super) x: &'a FieldCell,
    /// From the last figure to margin units of the cross book.
    pub(super) conversion: &'a FieldCell,
    /// Second rounding.
    pub(super) second: Second,
}

/// A requirement before it is scaled and converted.
#[derive(Clone, Debug)]
pub enum Unconverted {
    /// Its tier row, where it is exact.
    Line(Box<LineCells>),
    /// The last quotient, where it is rounded, or the requirement itself, where it has no tiers or those of a family.
    Figure(FieldCell),
}

/// A requirement.
#[derive(Clone, Debug)]
pub(super) struct RequirementCells {
    /// The sum with it.
    pub(super) sum: FieldCell,
    /// The figure itself.
    pub(super) unconverted: Unconverted,
    /// Where tiers go by families, the sum of the position's.
    pub(super) family: Option<FamilyCells>,
}

/// Configuration of requirements.
#[derive(Clone, Debug)]
pub(super) enum RequirementConfig {
    /// Of tiers.
    Tiered(Box<TieredConfig>),
    /// Of one rate.
    Flat(FlatConfig),
    /// Of the tiers of a family.
    Family(Box<FamilyConfig>),
}

/// Configuration of requirements with tiers.
#[derive(Clone, Debug)]
pub(super) struct TieredConfig {
    width: Width,
    columns: Columns,
    bracket: BracketConfig,
    rounded: Option<RoundedConfig>,
}

/// Configuration of rounded requirements.
#[derive(Clone, Debug)]
struct RoundedConfig {
    twice: bool,
    divide: DivideConfig,
    q_sum: Selector,
}

impl RequirementConfig {
    /// Creates the gate of the sum, where requirements are rounded or flat.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        gadgets: Gadgets<'_>,
    ) -> Self {
        if profile.flat {
            return Self::Flat(FlatConfig::configure(meta, columns, profile));
        }
        if profile.family {
            let config = FamilyConfig::configure(meta, columns, profile, gadgets.bracket);
            return Self::Family(Box::new(config));
        }
        let roundings = profile.rounded.requirement_roundings();
        let rounded = gadgets.divide.filter(|_| roundings > 0).map(|divide| {
            let q_sum = meta.selector();
            meta.create_gate("rounded requirement", |meta| {
                let q = meta.query_selector(q_sum);
                let [y, conversion, sum_in, sum_out] =
                    columns.query_all(meta, [divide::QUOTIENT, CONVERSION, SUM_IN, SUM_OUT], GATE);
                let sum = sum_in + y * conversion - sum_out;
                Constraints::with_selector(q, [("MM out = MM in + y conversion", sum)])
            });
            RoundedConfig { twice: roundings > 1, divide: divide.clone(), q_sum }
        });
        let (columns, bracket) = (columns.clone(), gadgets.bracket.clone());
        let width = width(profile);
        Self::Tiered(Box::new(TieredConfig { width, columns, bracket, rounded }))
    }

    /// Assigns the block from `offset` on.
    ///
    /// # Errors
    /// From the layouter.
    pub(super) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: RequirementInputs<'_>,
        terms: &TermsCells,
        previous: Option<&PositionCells>,
        hint: Value<&PositionHint>,
    ) -> Result<RequirementCells, Error> {
        let row = hint.map(|h| h.bracket);
        let sum = previous.map(|p| &p.maintenance);
        match self {
            Self::Tiered(config) => config.assign(region, offset, of, terms, sum, row),
            Self::Flat(config) => {
                let sum = config.assign(region, offset, of.x, of.conversion, sum)?;
                let unconverted = Unconverted::Figure(of.x.clone());
                Ok(RequirementCells { sum, unconverted, family: None })
            }
            Self::Family(config) => config.assign(region, offset, of, terms, previous, hint),
        }
    }
}

impl TieredConfig {
    /// Assigns the block from `offset` on.
    ///
    /// # Errors
    /// From the layouter.
    fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        of: RequirementInputs<'_>,
        terms: &TermsCells,
        sum: Option<&FieldCell>,
        hint: Value<BracketHint>,
    ) -> Result<RequirementCells, Error> {
        let columns = &self.columns;
        let RequirementInputs { x, conversion, second } = of;
        let tiers = terms.get(Column::Tiers)?;
        let Some(rounded) = &self.rounded else {
            let factor = Factor::Cell(conversion);
            let cells =
                self.bracket.assign(region, offset, self.width, x, tiers, factor, sum, hint)?;
            let unconverted = Unconverted::Line(Box::new(cells.line));
            return Ok(RequirementCells { sum: cells.sum, unconverted, family: None });
        };
        let row = self.bracket.look_up(region, offset, self.width, x, tiers, hint)?;
        let mut at = offset + bracket::rows(self.width);
        let last = row.last.as_ref().ok_or(Error::Synthesis)?;
        let line = Line { x: &row.x, a: &row.slope, b: &row.intercept, last };
        let mut y = rounded.divide.assign(region, at, form(self.width), line, line.quotient())?;
        if rounded.twice {
            at += form(self.width).rows();
            let constants = offset + free_row(self.width);
            let b = columns.constant(region, constants, SECOND_OFFSET, second.b)?;
            let last = columns.constant(region, constants, SECOND_LAST, second.last)?;
            let line = Line { x: &y, a: terms.get(Column::Factor)?, b: &b, last: &last };
            y = rounded.divide.assign(region, at, form(self.width), line, line.quotient())?;
        }
        let conversion = columns.copy(region, at, CONVERSION, conversion)?;
        let sum_in = columns.copy_or_constant(region, at, SUM_IN, sum, Fp::ZERO)?;
        let sum = y.value().zip(conversion.value()).zip(sum_in.value());
        let sum = sum.map(|((y, conversion), sum)| *y * conversion + sum);
        rounded.q_sum.enable(region, at + GATE)?;
        let sum = columns.assign(region, at, SUM_OUT, sum)?;
        Ok(RequirementCells { sum, unconverted: Unconverted::Figure(y), family: None })
    }
}

/// All cells of the block.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::{of, place};
    if profile.flat {
        return place(&[&flat::cells()], flat::row(profile), |name| name);
    }
    if profile.family {
        return family::cells(profile);
    }
    let width = width(profile);
    let roundings = profile.rounded.requirement_roundings();
    if roundings == 0 {
        let last = (!profile.is_exact()).then(|| bracket::last(width));
        let line: Vec<_> = bracket::cells(width).into_iter().chain(last).collect();
        return place(&[&line], 0, |name| match name {
            "factor" => CONVERSION.name,
            "key" => "tier table",
            "y" => "requirement",
            "sum out" => SUM_OUT.name,
            "sum in" => SUM_IN.name,
            other => other,
        });
    }
    let mut cells = place(&[&bracket::line_cells(width)], 0, |name| match name {
        "key" => "tier table",
        other => other,
    });
    if roundings > 1 {
        cells.extend([SECOND_OFFSET, SECOND_LAST].map(|cell| cell.below(free_row(width))));
    }
    for rounding in 0..roundings {
        let at = bracket::rows(width) + rounding * form(width).rows();
        cells.extend(place(&[&divide::cells(form(width))], at, |name| name));
        if rounding + 1 == roundings {
            let sum = of(&[&[CONVERSION, SUM_IN, SUM_OUT]]);
            cells.extend(sum.into_iter().map(|cell| cell.below(at)));
        }
    }
    cells
}
