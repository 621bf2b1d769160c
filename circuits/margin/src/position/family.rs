//! The slot of a position whose tiers go by what is held of its family: the family's sum, the row that holds it, and the
//! requirement of the position's own size in that row.
//!
//! ```text
//! row  limbs                                     aux 0       aux 1          aux 2          aux 3        aux 4
//! 0    size - 1                                  sum 0 in    sum 1 in       sum 2 in       sum 3 in     pnl
//! 1    size - 1                                  sum 0 out   sum 1 out      sum 2 out      sum 3 out    code
//! 2    entry                                     size - 1    pnl            x              value        factor
//! 3    entry                                     entry       previous key   previous used  packed
//! 4    key (0-1), distance (2-3), entry top (4)  side        used           code           conversion   key
//! 5    total - lo                                value num.  multiplier     tier table     cross        family
//! 6    total - lo                                unit        own unit       x              counted
//! 7    total - lo                                total       tier table     slope          intercept    total - lo
//! 8    hi - total                                conversion  requirement    MM out         MM in        hi - total
//! 9    hi - total                                family      family before  inverse        same family  cross before
//! 10   hi - total                                counted     total          total before   running      running before
//! 11                                             cross       pnl            conversion     cross pnl    cross conversion
//! ```
//!
//! The positions of a family in the cross book follow each other. On each of them `total` is the same, and at the end of
//! the run it is what all of them count, which `running` has added up. An isolated position is a run by itself: isolated
//! ones come first, and a run continues only after a position of the cross book. Every instrument has a family.

use super::requirement::{RequirementCells, RequirementInputs, Unconverted};
use super::terms::{Column, TermsCells};
use super::{PositionCells, width};
use crate::hints::PositionHint;
use zkmargin_gadgets::Columns;
use zkmargin_gadgets::bracket::{self, BracketConfig};
use zkmargin_gadgets::cell::{At, aux, constant};
use zkmargin_gadgets::halo2::*;
use zkmargin_model::rule::Profile;

/// Rows of the requirement: those of its tier row, and what a position adds to the cross book on one more.
pub(super) const fn rows(profile: Profile) -> usize {
    bracket::rows(width(profile)) + profile.has_isolated() as usize
}

/// Row of what a position adds to the cross book, counted from the first of the requirement.
pub(super) const fn cross_row(profile: Profile) -> usize {
    bracket::rows(width(profile))
}

// Cells are counted from the first row of the requirement.
/// Number of the family; zero in an empty slot: 17 bits.
pub(super) const FAMILY: At = aux("family", 4, 0);
/// What one size step counts: 40 bits.
pub(super) const UNIT: At = aux("unit", 0, 1);
/// From the row's rate of the size to the requirement before it is converted: 72 bits.
pub(super) const OWN: At = aux("own unit", 1, 1);
/// The position's size: 91 bits.
const X: At = aux("x", 2, 1);
/// What it counts in the family: 131 bits.
const COUNTED: At = aux("counted", 3, 1);
/// Slope of the row that holds the total, whose intercept is zero; the gadget's cell.
const SLOPE: At = aux("slope", 2, 2);
/// From the requirement to margin units of the cross book: 72 bits.
const CONVERSION: At = aux("conversion", 0, 3);
/// The requirement before it is converted: 196 bits.
const REQUIREMENT: At = aux("requirement", 1, 3);
/// Sum of the requirements of the slots before: 204 bits.
const SUM_OUT: At = aux("MM out", 2, 3);
const SUM_IN: At = aux("MM in", 3, 3);
/// The family again, and that of the slot before; zero before the first slot.
const OF: At = aux("family", 0, 4);
const BEFORE: At = aux("family before", 1, 4);
/// Inverse of their difference; zero if there is none.
const INVERSE: At = aux("inverse", 2, 4);
/// 1 if they are the same, 0 otherwise.
const SAME: At = aux("same family", 3, 4);
/// 1 if a run can continue: the slot before is of a position in the cross book.
const CROSS_BEFORE: At = aux("cross before", 4, 4);
/// What it counts, again.
const ADDED: At = aux("counted", 0, 5);
/// What all positions of the run count: 133 bits, as its row has it.
const TOTAL: At = aux("total", 1, 5);
const TOTAL_BEFORE: At = aux("total before", 2, 5);
/// What those up to this one count.
const RUNNING: At = aux("running", 3, 5);
const RUNNING_BEFORE: At = aux("running before", 4, 5);

// Rows of the gates.
const REQUIRED: usize = 2;
const RUN: usize = 4;

/// Configuration of the block.
#[derive(Clone, Debug)]
pub(super) struct FamilyConfig {
    profile: Profile,
    columns: Columns,
    bracket: BracketConfig,
    q_required: Selector,
    q_run: Selector,
}

/// What a slot passes to the next one.
#[derive(Clone, Debug)]
pub struct FamilyCells {
    family: FieldCell,
    /// What all positions of the run count.
    pub total: FieldCell,
    /// What those up to this slot count. After the last slot, both are equal.
    pub running: FieldCell,
}

impl FamilyConfig {
    /// Creates the gates.
    pub(super) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &Columns,
        profile: Profile,
        bracket: &BracketConfig,
    ) -> Self {
        let (q_required, q_run) = (meta.selector(), meta.selector());
        meta.create_gate("requirement in a family", |meta| {
            let q = meta.query_selector(q_required);
            let [unit, own, x, counted, slope] =
                columns.query_all(meta, [UNIT, OWN, X, COUNTED, SLOPE], REQUIRED);
            let [conversion, requirement, sum_out, sum_in] =
                columns.query_all(meta, [CONVERSION, REQUIREMENT, SUM_OUT, SUM_IN], REQUIRED);
            Constraints::with_selector(
                q,
                [
                    ("counted = x unit", x.clone() * unit - counted),
                    ("requirement = slope x own unit", slope * x * own - requirement.clone()),
                    (
                        "MM out = MM in + requirement conversion",
                        sum_in + requirement * conversion - sum_out,
                    ),
                ],
            )
        });
        meta.create_gate("family", |meta| {
            let q = meta.query_selector(q_run);
            let [family, before, inverse, same, cross_before] =
                columns.query_all(meta, [OF, BEFORE, INVERSE, SAME, CROSS_BEFORE], RUN);
            let [counted, total, total_before, running, running_before] =
                columns.query_all(meta, [ADDED, TOTAL, TOTAL_BEFORE, RUNNING, RUNNING_BEFORE], RUN);
            let difference = family - before;
            let continues = same.clone() * cross_before;
            Constraints::with_selector(
                q,
                [
                    ("the same family has no difference", same.clone() * difference.clone()),
                    (
                        "another family has one",
                        constant(1) - difference * inverse.clone() - same.clone(),
                    ),
                    ("nothing has no inverse", same * inverse),
                    (
                        "running = [continues] running before + counted",
                        continues.clone() * running_before.clone() + counted - running,
                    ),
                    ("one total in a run", continues.clone() * (total - total_before.clone())),
                    (
                        "the total of a run that ends is what it counts",
                        (constant(1) - continues) * (total_before - running_before),
                    ),
                ],
            )
        });
        let (columns, bracket) = (columns.clone(), bracket.clone());
        Self { profile, columns, bracket, q_required, q_run }
    }

    /// Assigns the block from `offset` on, the first row of the requirement.
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
        let columns = &self.columns;
        let x = columns.copy(region, offset, X, of.x)?;
        let (unit, own) = (terms.get(Column::FamilyUnit)?, terms.get(Column::OwnUnit)?);
        let counted = x.value().zip(unit.value()).map(|(x, unit)| *x * unit);
        let counted = columns.assign(region, offset, COUNTED, counted)?;
        let total = hint.map(|h| h.family);
        let family = self.run(region, offset, terms, previous, &counted, total)?;
        let tiers = terms.get(Column::Tiers)?;
        let width = width(self.profile);
        let hint = hint.map(|h| h.bracket);
        let row = self.bracket.look_up(region, offset, width, &family.total, tiers, hint)?;

        let conversion = columns.copy(region, offset, CONVERSION, of.conversion)?;
        let requirement = row.slope.value().zip(x.value()).zip(own.value());
        let requirement = requirement.map(|((slope, x), own)| *slope * x * own);
        let requirement = columns.assign(region, offset, REQUIREMENT, requirement)?;
        let sum = previous.map(|p| &p.maintenance);
        let sum = columns.copy_or_constant(region, offset, SUM_IN, sum, Fp::ZERO)?;
        let out = requirement.value().zip(conversion.value()).zip(sum.value());
        let out = out.map(|((requirement, conversion), sum)| *requirement * conversion + sum);
        let sum = columns.assign(region, offset, SUM_OUT, out)?;
        self.q_required.enable(region, offset + REQUIRED)?;
        let unconverted = Unconverted::Figure(requirement);
        Ok(RequirementCells { sum, unconverted, family: Some(family) })
    }

    /// Assigns the slot's place in the run of its family.
    fn run(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        terms: &TermsCells,
        previous: Option<&PositionCells>,
        counted: &FieldCell,
        total: Value<Fp>,
    ) -> Result<FamilyCells, Error> {
        let columns = &self.columns;
        let before = previous.and_then(|p| p.family.as_ref());
        // Without isolated books, every used slot is of the cross book.
        let cross = previous.map(|p| p.book.as_ref().map_or(&p.slot.used, |book| &book.cross));
        let family = columns.copy(region, offset, OF, terms.get(Column::Family)?)?;
        let of_before = before.map(|cells| &cells.family);
        let of_before = columns.copy_or_constant(region, offset, BEFORE, of_before, Fp::ZERO)?;
        let difference = family.value().zip(of_before.value()).map(|(of, before)| *of - before);
        let inverse = difference.map(|difference| difference.invert().unwrap_or(Fp::ZERO));
        let same = difference.map(|difference| Fp::from(u64::from(difference.is_zero_vartime())));
        columns.assign(region, offset, INVERSE, inverse)?;
        let same = columns.assign(region, offset, SAME, same)?;
        let cross = columns.copy_or_constant(region, offset, CROSS_BEFORE, cross, Fp::ZERO)?;

        let counted = columns.copy(region, offset, ADDED, counted)?;
        let total = columns.assign(region, offset, TOTAL, total)?;
        let total_before = before.map(|cells| &cells.total);
        columns.copy_or_constant(region, offset, TOTAL_BEFORE, total_before, Fp::ZERO)?;
        let running = before.map(|cells| &cells.running);
        let running =
            columns.copy_or_constant(region, offset, RUNNING_BEFORE, running, Fp::ZERO)?;
        let continues = same.value().zip(cross.value()).map(|(same, cross)| *same * cross);
        let running = continues.zip(running.value()).zip(counted.value());
        let running = running.map(|((continues, running), counted)| continues * running + counted);
        let running = columns.assign(region, offset, RUNNING, running)?;
        self.q_run.enable(region, offset + RUN)?;
        Ok(FamilyCells { family, total, running })
    }
}

/// All cells of the block, without those of the instrument's terms.
#[cfg(test)]
pub(crate) fn cells(profile: Profile) -> Vec<At> {
    use crate::layout::{of, place};
    let width = width(profile);
    let last = (!profile.is_exact()).then(|| bracket::last(width));
    let row: Vec<_> = bracket::row_cells(width).into_iter().chain(last).collect();
    [
        place(&[&row], 0, |name| match name {
            "key" => "tier table",
            "x" => TOTAL.name,
            "x - lo" => "total - lo",
            "hi - x" => "hi - total",
            other => other,
        }),
        of(&[&[X, COUNTED, CONVERSION, REQUIREMENT, SUM_OUT, SUM_IN]]),
        of(&[&[OF, BEFORE, INVERSE, SAME, CROSS_BEFORE]]),
        of(&[&[ADDED, TOTAL, TOTAL_BEFORE, RUNNING, RUNNING_BEFORE]]),
    ]
    .concat()
}
