//! A page's sum over one column: its sign and magnitude, the loss that two slopes and terms make of it, and the unit's
//! running loss.
//!
//! ```text
//! row  limbs      aux 0  aux 1    aux 2     aux 3  aux 4     wide 0    wide 1    wide 2
//! 0    sum (0-3)                                   distance
//! 1    sum        cell   rest     negative  sum    distance  positive  negative  entries
//! 2    sum        terms  of term  loss      last   distance  loss in   loss out  keep
//! ```
//!
//! Fixed on row 2: what is subtracted from the cell for each unit of entries, the slope, whether the group's slopes count, and the
//! multiplier of the term. The cell is a packed sum, or what the first column of its cell leaves.
//! The distance is the magnitude, or one less of a negative sum, so zero is not negative.

use super::columns::{PortfolioColumns, Wide, wide};
use super::tables::ColumnConstants;
use zkmargin_gadgets::cell::{At, aux, constant, is_boolean};
use zkmargin_gadgets::halo2::*;
use zkmargin_gadgets::long::{self, LongConfig};
use zkmargin_model::field::power_of_two;
use zkmargin_model::portfolio::widths::{PACK_BITS, SUM_BITS};
use zkmargin_model::widths::LIMB_BITS;

/// Limbs of a sum.
const LIMBS: usize = (SUM_BITS / LIMB_BITS) as usize;

/// Rows of a column.
pub(crate) const ROWS: usize = long::rows(LIMBS);

const _: () = {
    assert!(LIMBS as u32 * LIMB_BITS == SUM_BITS && ROWS == 3);
    // True sums are below 2^126 in magnitude, claimed ones in -2^126 .. 2^126: they differ by less than the distance of two
    // sums of one cell, and two forms `a + 2^127 b` by less than 2^254, which is below the modulus. So equal forms have
    // equal sums.
    assert!(SUM_BITS < PACK_BITS && PACK_BITS + SUM_BITS < 254);
};

const CELL: At = aux("cell", 0, 1);
const REST: At = aux("rest", 1, 1);
const NEGATIVE: At = aux("negative", 2, 1);
const SUM: At = aux("sum", 3, 1);
const POSITIVE_SLOPE: Wide = wide("positive", 0, 1);
const NEGATIVE_SLOPE: Wide = wide("negative", 1, 1);
const ENTRIES: Wide = wide("entries", 2, 1);
const DISTANCE: At = aux("distance", 4, 2);
const TERMS: At = aux("terms", 0, 2);
const OF_TERM: At = aux("of term", 1, 2);
/// The loss of the group, also in `magnitude.rs`.
pub(crate) const LOSS: At = aux("loss", 2, 2);
const LAST: At = aux("last", 3, 2);
const LOSS_IN: Wide = wide("loss in", 0, 2);
const LOSS_OUT: Wide = wide("loss out", 1, 2);
const KEEP: Wide = wide("keep", 2, 2);

/// Row of the gates.
pub(crate) const GATE: usize = 2;

/// Configuration of a column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnConfig {
    columns: PortfolioColumns,
    long: LongConfig,
    q_sum: Selector,
    q_loss: Selector,
    q_unit: Selector,
}

/// Sign and size of a sum.
#[derive(Clone, Debug)]
pub(crate) struct SumCells {
    /// The signed sum.
    pub(crate) sum: FieldCell,
    negative: FieldCell,
    /// What is left of the packed cell, for its second column.
    pub(crate) rest: FieldCell,
}

/// What a page gives each of its columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfPage<'a> {
    pub(crate) positive: &'a FieldCell,
    pub(crate) negative: &'a FieldCell,
    pub(crate) entries: &'a FieldCell,
}

/// How a unit's loss runs on: whether it keeps what pages above lost, and whether this page counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Running<'a> {
    pub(crate) before: Option<&'a FieldCell>,
    pub(crate) keep: &'a FieldCell,
    pub(crate) last: &'a FieldCell,
}

impl ColumnConfig {
    pub(crate) fn configure(
        meta: &mut ConstraintSystem<Fp>,
        columns: &PortfolioColumns,
        long: &LongConfig,
    ) -> Self {
        let config = Self {
            columns: columns.clone(),
            long: long.clone(),
            q_sum: meta.complex_selector(),
            q_loss: meta.selector(),
            q_unit: meta.selector(),
        };
        let shared = &columns.shared;
        meta.create_gate("sum of a group", |meta| {
            let q = meta.query_selector(config.q_sum);
            let [packed, rest, negative, sum, distance] =
                shared.query_all(meta, [CELL, REST, NEGATIVE, SUM, DISTANCE], GATE);
            let entries = columns.wide(meta, ENTRIES, GATE);
            let [of_entries] = columns.parameters(meta);
            let sign = constant(1) - negative.clone() * Fp::from(2);
            let unpacked = sum.clone() + rest * power_of_two(PACK_BITS);
            Constraints::with_selector(
                q,
                [
                    ("negative is boolean", is_boolean(&negative)),
                    ("sum = sign magnitude", sign * (distance + negative) - sum),
                    ("cell - entries = sum + 2^127 rest", packed - entries * of_entries - unpacked),
                ],
            )
        });
        meta.create_gate("loss of a group", |meta| {
            let q = meta.query_selector(config.q_loss);
            let [negative, sum, terms, of_term, loss] =
                shared.query_all(meta, [NEGATIVE, SUM, TERMS, OF_TERM, LOSS], GATE);
            let [of_positive, of_negative] =
                [POSITIVE_SLOPE, NEGATIVE_SLOPE].map(|at| columns.wide(meta, at, GATE));
            let [_, slope, sloped, multiplier] = columns.parameters(meta);
            let of_group = of_positive.clone() + negative * (of_negative - of_positive);
            let of_group = constant(1) + sloped * (of_group - constant(1));
            let expected = slope * of_group * sum + terms + multiplier * of_term;
            Constraints::with_selector(q, [("loss = slope sum + terms", expected - loss)])
        });
        meta.create_gate("loss of a unit", |meta| {
            let q = meta.query_selector(config.q_unit);
            let [loss, last] = shared.query_all(meta, [LOSS, LAST], GATE);
            let [before, after, keep] =
                [LOSS_IN, LOSS_OUT, KEEP].map(|at| columns.wide(meta, at, GATE));
            let expected = keep * before + last * loss - after;
            Constraints::with_selector(q, [("loss out = keep loss in + last loss", expected)])
        });
        config
    }

    /// Decides a sum on the rows from `offset` on. `is_alone` says that nothing else is left in the packed cell, and
    /// `of_entries` what is to be subtracted from it for each unit of entries.
    #[allow(clippy::too_many_arguments)] // Each is an input of the layout above.
    pub(crate) fn sum(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        packed: &FieldCell,
        is_alone: bool,
        page: OfPage<'_>,
        constants: &ColumnConstants,
        of_entries: Fp,
        [sum, negative]: [Value<Fp>; 2],
    ) -> Result<SumCells, Error> {
        let shared = &self.columns.shared;
        let packed = shared.copy(region, offset, CELL, packed)?;
        let entries = self.columns.copy_wide(region, offset, ENTRIES, page.entries)?;
        let sum = shared.assign(region, offset, SUM, sum)?;
        let negative = shared.assign(region, offset, NEGATIVE, negative)?;
        let rest = if is_alone {
            shared.constant(region, offset, REST, Fp::ZERO)?
        } else {
            let inverse = power_of_two(PACK_BITS).invert().unwrap_or(Fp::ZERO);
            let left = packed.value().zip(entries.value()).zip(sum.value());
            let left = left
                .map(|((packed, entries), sum)| (*packed - *entries * of_entries - sum) * inverse);
            shared.assign(region, offset, REST, left)?
        };
        let distance = sum.value().zip(negative.value());
        let distance =
            distance.map(|(sum, negative)| *sum * (Fp::ONE - negative.double()) - negative);
        self.long.assign(region, offset, LIMBS, distance)?;
        let multiplier = constants.terms.last().map_or(Fp::ZERO, |(_, multiplier)| *multiplier);
        let sloped = Fp::from(u64::from(constants.sloped));
        let fixed = [of_entries, constants.slope, sloped, multiplier];
        self.columns.fix(region, offset + GATE, &fixed)?;
        self.q_sum.enable(region, offset + GATE)?;
        Ok(SumCells { sum, negative, rest })
    }

    /// Computes the loss of the column on the same rows, from what other terms add and the last term's sum.
    pub(crate) fn loss(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        sum: &SumCells,
        [terms, of_term]: [Option<&FieldCell>; 2],
        page: OfPage<'_>,
        constants: &ColumnConstants,
    ) -> Result<FieldCell, Error> {
        let shared = &self.columns.shared;
        let positive = self.columns.copy_wide(region, offset, POSITIVE_SLOPE, page.positive)?;
        let negative = self.columns.copy_wide(region, offset, NEGATIVE_SLOPE, page.negative)?;
        let terms = shared.copy_or_constant(region, offset, TERMS, terms, Fp::ZERO)?;
        let of_term = shared.copy_or_constant(region, offset, OF_TERM, of_term, Fp::ZERO)?;
        let of_group = positive.value().zip(negative.value()).zip(sum.negative.value());
        let of_group = of_group.map(|((p, n), is_negative)| *p + *is_negative * (*n - p));
        let (slope, sloped) = (constants.slope, constants.sloped);
        let multiplier = constants.terms.last().map_or(Fp::ZERO, |(_, multiplier)| *multiplier);
        let loss = of_group.zip(sum.sum.value()).zip(terms.value()).zip(of_term.value());
        let loss = loss.map(|(((of_group, sum), terms), of_term)| {
            let of_group = if sloped { of_group } else { Fp::ONE };
            slope * of_group * sum + terms + multiplier * of_term
        });
        self.q_loss.enable(region, offset + GATE)?;
        shared.assign(region, offset, LOSS, loss)
    }

    /// Adds the loss in the cell [`LOSS`] of the rows from `offset` on to that of the unit.
    pub(crate) fn unit(
        &self,
        region: &mut Region<'_, Fp>,
        offset: usize,
        loss: &FieldCell,
        running: Running<'_>,
    ) -> Result<FieldCell, Error> {
        let last = self.columns.shared.copy(region, offset, LAST, running.last)?;
        let before = running.before;
        let before =
            self.columns.copy_or_constant_wide(region, offset, LOSS_IN, before, Fp::ZERO)?;
        let keep = self.columns.copy_wide(region, offset, KEEP, running.keep)?;
        let after = keep.value().zip(before.value()).zip(last.value()).zip(loss.value());
        let after = after.map(|(((keep, before), last), loss)| *keep * before + *last * loss);
        self.q_unit.enable(region, offset + GATE)?;
        self.columns.assign_wide(region, offset, LOSS_OUT, after)
    }
}

/// All cells of the shared columns.
#[cfg(test)]
pub(crate) fn cells() -> Vec<At> {
    let cells = [CELL, REST, NEGATIVE, SUM, TERMS, OF_TERM, LOSS, LAST];
    crate::layout::of(&[&long::cells("sum", "distance", LIMBS, 0), &cells])
}

/// All cells of wide columns.
#[cfg(test)]
pub(crate) fn wide_cells() -> Vec<Wide> {
    vec![POSITIVE_SLOPE, NEGATIVE_SLOPE, ENTRIES, LOSS_IN, LOSS_OUT, KEEP]
}
