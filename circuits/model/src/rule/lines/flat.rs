//! Requirements without tiers: one rate of the size for each instrument.

use super::position::{Draft, PositionLines};
use super::table;
use super::tables::{MadeTable, Tables};
use crate::rule::MarketTerms;
use crate::widths::{
    BRACKET_BITS, OPEN_NARROW_REQUIREMENT_BITS, OPEN_REQUIREMENT_BITS, REQUIREMENT_BITS, SIZE_BITS,
};
use num_bigint::BigInt;
use num_traits::{One, Zero};

/// A requirement per size step.
pub(super) struct Factor {
    /// Before it is converted, in its own unit.
    of_size: BigInt,
    /// From that unit to margin units.
    conversion: BigInt,
}

/// The factors of a market whose requirements are exact; `None` where a table has tiers, or an end that is its own, or
/// where the greatest size has too wide a requirement.
pub(super) fn factors(
    terms: &MarketTerms,
    drafts: &[Draft],
    tables: &Tables,
) -> Option<Vec<Factor>> {
    let factors = drafts.iter().zip(&terms.instruments).map(|(draft, instrument)| {
        let slope = rate(table(tables, draft))?;
        let of_size = slope * draft.of_size.as_ref()? * &draft.unit;
        let conversion = terms.groups[instrument.group].requirement_index.clone();
        // A requirement of another book, which counts for nothing, is as wide before it is converted.
        let most = (&of_size * conversion.clone().max(BigInt::one())) << (SIZE_BITS + 1);
        let fits = most.bits() <= u64::from(REQUIREMENT_BITS);
        fits.then_some(Factor { of_size, conversion })
    });
    factors.collect()
}

/// The rate of a table that is one row from zero without an end of its own: it has one of the two that open rows get in
/// schedules, or the last that the rule allows, and no closed row of a schedule has one of them.
fn rate(table: &MadeTable) -> Option<&BigInt> {
    let [row] = &table.lines.rows[..] else { return None };
    let ends = [OPEN_NARROW_REQUIREMENT_BITS, OPEN_REQUIREMENT_BITS, BRACKET_BITS];
    let open = ends.iter().any(|bits| row.hi == (BigInt::one() << *bits) - 1);
    (row.lo.is_zero() && row.b.is_zero() && open).then_some(&row.a)
}

/// The lines of instruments without tiers.
pub(super) fn positions(drafts: Vec<Draft>, factors: Vec<Factor>) -> Vec<PositionLines> {
    let lines = drafts.into_iter().zip(factors).map(|(draft, factor)| PositionLines {
        value: draft.value,
        of_size: Some(factor.of_size),
        of_value: None,
        tiers: 0,
        second: BigInt::one(),
        conversion: factor.conversion,
        family: None,
    });
    lines.collect()
}
