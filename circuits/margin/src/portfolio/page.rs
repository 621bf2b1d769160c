//! The header of a page: its group, and whether it continues that of the page above.
//!
//! ```text
//! row  limbs                              aux 0           aux 1          aux 2          aux 3          aux 4
//! 0                                       group above     used above     full above     unit above     inverse
//! 1    group step (0-1), unit step (2-3)  group           used           continues      unit           inverse
//! 2                                       positive        negative       magnitudes     unit factor    same unit
//! 3                                       scan factor 0   scan factor 1  scan factor 2  scan factor 3  full
//! 4                                       next continues  next same      last of group  last of unit   used
//! ```
//!
//! A page is used if its first slot is, and full if its last is. Used pages come first, groups and units of used pages
//! ascend, and a page continues a group exactly when the page above has the same; then that one must be full.

use super::columns::PortfolioColumns;
use super::hints::PageHint;
use super::table::{Read, Row};
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean, limbs};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::range::{RangeConfig, limbs_of};
use zkmargin_model::portfolio::widths::MAX_SCANS;

/// Rows of a header.
pub(crate) const ROWS: usize = 5;

const GROUP_ABOVE: At = aux("group above", 0, 0);
const USED_ABOVE: At = aux("used above", 1, 0);
const FULL_ABOVE: At = aux("full above", 2, 0);
const UNIT_ABOVE: At = aux("unit above", 3, 0);
const GROUP_INVERSE: At = aux("inverse", 4, 0);
const GROUP_STEP: At = limbs("group step", 0, 2, 1);
const UNIT_STEP: At = limbs("unit step", 2, 2, 1);
const GROUP: At = aux("group", 0, 1);
const USED: At = aux("used", 1, 1);
const CONTINUES: At = aux("continues", 2, 1);
const UNIT: At = aux("unit", 3, 1);
const UNIT_INVERSE: At = aux("inverse", 4, 1);
const POSITIVE: At = aux("positive", 0, 2);
const NEGATIVE: At = aux("negative", 1, 2);
const MAGNITUDES: At = aux("magnitudes", 2, 2);
const FACTOR: At = aux("unit factor", 3, 2);
const SAME_UNIT: At = aux("same unit", 4, 2);
const SCANS: [At; MAX_SCANS] = [
    aux("scan factor 0", 0, 3),
    aux("scan factor 1", 1, 3),
    aux("scan factor 2", 2, 3),
    aux("scan factor 3", 3, 3),
];
const FULL: At = aux("full", 4, 3);
const NEXT_CONTINUES: At = aux("next continues", 0, 4);
const NEXT_SAME: At = aux("next same", 1, 4);
const LAST_OF_GROUP: At = aux("last of group", 2, 4);
const LAST_OF_UNIT: At = aux("last of unit", 3, 4);
const USED_COPY: At = aux("used", 4, 4);

// Rows of the gates and of the lookup.
const HEADER: usize = 1;
const TABLE: usize = 2;
const LAST: usize = 4;

/// Configuration of a header.
#[derive(Clone, Debug)]
pub(crate) struct PageConfig {
    columns: PortfolioColumns,
    range: RangeConfig,
    q_table: Selector,
    q_header: Selector,
    q_last: Selector,
}

/// Cells of a header.
#[derive(Clone, Debug)]
pub(crate) struct PageCells {
    pub(crate) group: FieldCell,
    pub(crate) used: FieldCell,
    pub(crate) full: FieldCell,
    pub(crate) continues: FieldCell,
    unit: FieldCell,
    pub(crate) positive: FieldCell,
    pub(crate) negative: FieldCell,
    pub(crate) magnitudes: FieldCell,
    pub(crate) factor: FieldCell,
    pub(crate) same_unit: FieldCell,
    pub(crate) scans: [FieldCell; MAX_SCANS],
}

/// Whether a page is the last of its group and of its unit; not for an empty page.
#[derive(Clone, Debug)]
pub(crate) struct LastCells {
    pub(crate) of_group: FieldCell,
    pub(crate) of_unit: FieldCell,
}

/// Names of the constraints of an equality bit.
struct Names {
    boolean: &'static str,
    equal: &'static str,
    differ: &'static str,
    inverse: &'static str,
    empty: &'static str,
    step: &'static str,
}

const OF_GROUPS: Names = Names {
    boolean: "continues is boolean",
    equal: "a page that continues has the group above",
    differ: "a page that does not continue has another group",
    inverse: "no inverse of equal groups",
    empty: "an empty page continues nothing",
    step: "groups ascend",
};

const OF_UNITS: Names = Names {
    boolean: "same unit is boolean",
    equal: "same units are equal",
    differ: "other units differ",
    inverse: "no inverse of equal units",
    empty: "an empty page is of no unit",
    step: "units ascend",
};

/// That `same` says exactly whether a used page has the id of the page above, and that ids do not fall.
fn ascending(
    names: &Names,
    used: &Expression<Fp>,
    step: Expression<Fp>,
    same: &Expression<Fp>,
    inverse: &Expression<Fp>,
    limbs: Expression<Fp>,
) -> Vec<(&'static str, Expression<Fp>)> {
    let unused = constant(1) - used.clone();
    let differ = step.clone() * inverse.clone() + same.clone() - constant(1);
    vec![
        (names.boolean, is_boolean(same)),
        (names.equal, same.clone() * step.clone()),
        (names.differ, used.clone() * differ),
        (names.inverse, (same.clone() + unused.clone()) * inverse.clone()),
        (names.empty, unused * same.clone()),
        (names.step, used.clone() * step - limbs),
    ]
}

impl PageConfig {
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        range: &RangeConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            range: range.clone(),
            q_table: meta.complex_selector(),
            q_header: meta.complex_selector(),
            q_last: meta.selector(),
        };
        let shared = &columns.shared;
        meta.create_gate("page", |meta| {
            let q = meta.query_selector(config.q_header);
            let [group_above, used_above, full_above, unit_above] =
                shared.query_all(meta, [GROUP_ABOVE, USED_ABOVE, FULL_ABOVE, UNIT_ABOVE], HEADER);
            let [group_inverse, unit_inverse, group_step, unit_step] = shared.query_all(
                meta,
                [GROUP_INVERSE, UNIT_INVERSE, GROUP_STEP, UNIT_STEP],
                HEADER,
            );
            let [group, used, continues, unit, same_unit] =
                shared.query_all(meta, [GROUP, USED, CONTINUES, UNIT, SAME_UNIT], HEADER);
            let further = group.clone() - group_above;
            let of_groups =
                ascending(&OF_GROUPS, &used, further, &continues, &group_inverse, group_step);
            let further = unit - unit_above;
            let of_units =
                ascending(&OF_UNITS, &used, further, &same_unit, &unit_inverse, unit_step);
            let mut constraints = vec![
                ("empty pages last", used.clone() * (constant(1) - used_above)),
                ("an empty page has no group", (constant(1) - used) * group),
                ("a page continues a full one", continues * (constant(1) - full_above)),
            ];
            constraints.extend(of_groups);
            constraints.extend(of_units);
            Constraints::with_selector(q, constraints)
        });
        meta.create_gate("last page", |meta| {
            let q = meta.query_selector(config.q_last);
            let [continues, same, of_group, of_unit, used] = shared.query_all(
                meta,
                [NEXT_CONTINUES, NEXT_SAME, LAST_OF_GROUP, LAST_OF_UNIT, USED_COPY],
                LAST,
            );
            Constraints::with_selector(
                q,
                [
                    ("last of group = used and not continued", used.clone() - continues - of_group),
                    ("last of unit = used and not followed", used - same - of_unit),
                ],
            )
        });
        config
    }

    /// What a page looks up: its group's row.
    pub(crate) fn read(&self, meta: &mut VirtualCells<'_, Fp>) -> Read {
        let q = meta.query_selector(self.q_table);
        let of_group = [GROUP, UNIT, POSITIVE, NEGATIVE, MAGNITUDES, FACTOR];
        let cells = of_group.into_iter().chain(SCANS);
        let tuple = cells.map(|at| self.columns.shared.query(meta, at, TABLE)).collect();
        Read { kind: Row::Group, q, tuple }
    }

    /// Assigns a page's header from `offset` on, below that of the page above. The caller equates `used` and `full` with
    /// the flags of the page's first and last slots.
    pub(crate) fn assign(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        above: Option<&PageCells>,
        hint: Value<&PageHint>,
    ) -> Result<PageCells, Error> {
        let shared = &self.columns.shared;
        let start = |region: &mut Region<'_, Fp>, at, cell, value| {
            shared.copy_or_constant(region, offset, at, cell, value)
        };
        let group_above = start(region, GROUP_ABOVE, above.map(|p| &p.group), Fp::ZERO)?;
        start(region, USED_ABOVE, above.map(|p| &p.used), Fp::ONE)?;
        start(region, FULL_ABOVE, above.map(|p| &p.full), Fp::ZERO)?;
        let unit_above = start(region, UNIT_ABOVE, above.map(|p| &p.unit), Fp::ZERO)?;
        let row = |at: usize| hint.map(|h| h.group[at]);
        let group = shared.assign(region, offset, GROUP, row(0))?;
        let used = shared.assign(region, offset, USED, hint.map(|h| h.used))?;
        let continues = shared.assign(region, offset, CONTINUES, hint.map(|h| h.continues))?;
        let unit = shared.assign(region, offset, UNIT, row(1))?;
        let same_unit = shared.assign(region, offset, SAME_UNIT, hint.map(|h| h.same_unit))?;
        let steps = [
            (&group, &group_above, &continues, GROUP_INVERSE, GROUP_STEP),
            (&unit, &unit_above, &same_unit, UNIT_INVERSE, UNIT_STEP),
        ];
        for (id, id_above, same, inverse_at, step_at) in steps {
            let step = id.value().zip(id_above.value()).map(|(id, above)| *id - above);
            let step = step.zip(used.value()).map(|(step, used)| step * used);
            let inverse = step.zip(same.value());
            let inverse =
                inverse.map(|(step, same)| step.invert().unwrap_or(Fp::ZERO) * (Fp::ONE - same));
            shared.assign(region, offset, inverse_at, inverse)?;
            let limbs = step.map(|step| limbs_of(&step, 2)).transpose_vec(2);
            self.range.assign_limbs(region, offset, step_at, &limbs)?;
        }
        let positive = shared.assign(region, offset, POSITIVE, row(2))?;
        let negative = shared.assign(region, offset, NEGATIVE, row(3))?;
        let magnitudes = shared.assign(region, offset, MAGNITUDES, row(4))?;
        let factor = shared.assign(region, offset, FACTOR, row(5))?;
        let mut scans = Vec::with_capacity(MAX_SCANS);
        for (t, at) in SCANS.into_iter().enumerate() {
            scans.push(shared.assign(region, offset, at, row(6 + t))?);
        }
        let scans = scans.try_into().map_err(|_| Error::Synthesis)?;
        let full = shared.assign(region, offset, FULL, hint.map(|h| h.full))?;
        self.q_header.enable(region, offset + HEADER)?;
        self.q_table.enable(region, offset + TABLE)?;
        Ok(PageCells {
            group,
            used,
            full,
            continues,
            unit,
            positive,
            negative,
            magnitudes,
            factor,
            same_unit,
            scans,
        })
    }

    /// Assigns whether a page is the last of its group and of its unit, in its header.
    pub(crate) fn last(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        page: &PageCells,
        next: Option<&PageCells>,
    ) -> Result<LastCells, Error> {
        let shared = &self.columns.shared;
        let used = shared.copy(region, offset, USED_COPY, &page.used)?;
        let mut last = |cell: Option<&FieldCell>, from, to| {
            let next = shared.copy_or_constant(region, offset, from, cell, Fp::ZERO)?;
            let last = used.value().zip(next.value()).map(|(used, next)| *used - next);
            shared.assign(region, offset, to, last)
        };
        let of_group = last(next.map(|p| &p.continues), NEXT_CONTINUES, LAST_OF_GROUP)?;
        let of_unit = last(next.map(|p| &p.same_unit), NEXT_SAME, LAST_OF_UNIT)?;
        self.q_last.enable(region, offset + LAST)?;
        Ok(LastCells { of_group, of_unit })
    }
}

/// All cells of a header.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    crate::layout::of(&[
        &[GROUP_ABOVE, USED_ABOVE, FULL_ABOVE, UNIT_ABOVE, GROUP_INVERSE, GROUP_STEP, UNIT_STEP],
        &[GROUP, USED, CONTINUES, UNIT, UNIT_INVERSE],
        &[POSITIVE, NEGATIVE, MAGNITUDES, FACTOR, SAME_UNIT, FULL],
        &SCANS,
        &[NEXT_CONTINUES, NEXT_SAME, LAST_OF_GROUP, LAST_OF_UNIT, USED_COPY],
    ])
}
