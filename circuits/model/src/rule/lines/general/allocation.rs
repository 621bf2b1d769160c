//! What the general profile computes for the book of an isolated position with an allocation.

use super::asset::AssetLines;
use super::stage::{FACTOR, Line, Why, deep_bias};
use crate::rule::lines::LineTable;
use crate::rule::{AssetTerms, MarketTerms, Unprovable};
use crate::widths::{DEEP_QUOTIENT_BITS, NUMERATOR_BITS};
use num_bigint::BigInt;
use num_traits::{One, Zero};

const POINT: &str = "allocation of an isolated position";

/// Equity of the book, in margin units: `value(amount(allocation)) * scale + result * unit`, where the unit is that of
/// the settlement asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationLines {
    /// From the allocation to an amount of its asset.
    pub amount: Line,
    /// From the amount to a value.
    pub value: Line,
    /// From the value to margin units.
    pub scale: BigInt,
    /// From what settles of a position to margin units, by its settle group.
    pub result_units: Vec<BigInt>,
}

/// The only row of a table from zero on, without its bias.
fn from_zero(table: &LineTable) -> Result<Line, Why> {
    let reaches = |end| is_beyond(end, DEEP_QUOTIENT_BITS);
    let last = table.rows.last().filter(|row| row.lo <= BigInt::zero() && reaches(&row.hi));
    let row = last.ok_or("it has more than one row for what is owned")?;
    let b = &row.b - &table.d * deep_bias();
    Line { a: row.a.clone(), b, d: table.d.clone() }.checked(NUMERATOR_BITS)
}

/// Whether no number of so many bits is beyond this end.
fn is_beyond(end: &BigInt, bits: u32) -> bool {
    end.magnitude().bits() > u64::from(bits)
}

/// What a unit of an asset is worth in margin units, where everything in it, owned or owed, is worth its multiple of this.
fn worth(terms: &AssetTerms, lines: &AssetLines) -> Result<BigInt, Why> {
    let LineTable { rows, d } = &lines.value;
    let elements = &terms.elements;
    let plain = elements.weight.is_none() && elements.debts == Default::default() && d.is_one();
    let is_line = rows.iter().all(|row| row.a == rows[0].a && row.b == deep_bias());
    let ends = rows.first().zip(rows.last());
    // A result and an allocation of one asset are one amount.
    let reaches = |end| is_beyond(end, DEEP_QUOTIENT_BITS + 1);
    let is_whole = ends.is_some_and(|(first, last)| reaches(&first.lo) && reaches(&last.hi));
    if !plain || !is_line || !is_whole {
        return Err("results that settle in it are not worth a multiple of themselves");
    }
    let unit = &rows[0].a * &lines.scale;
    if unit.bits() > u64::from(NUMERATOR_BITS) { Err(FACTOR) } else { Ok(unit) }
}

impl AllocationLines {
    /// The lines of a market with allocations, from those of its assets.
    pub(super) fn of(
        terms: &MarketTerms,
        lines: &[AssetLines],
    ) -> Result<Option<Self>, Unprovable> {
        let Some(asset) = terms.allocation_asset else { return Ok(None) };
        let refuse = |id, why| Unprovable { point: POINT, list: "asset", id, why };
        let listed = |id| {
            let at = terms.assets.binary_search_by_key(&id, |a| a.id).ok();
            let found = at.and_then(|at| terms.assets.get(at).zip(lines.get(at)));
            found.ok_or_else(|| refuse(id, "the market does not list it"))
        };
        let (assigned, of) = listed(asset)?;
        if assigned.elements.weight.is_some() {
            return Err(refuse(asset, "it has a weight"));
        }
        let line = |table| from_zero(table).map_err(|why| refuse(asset, why));
        let (amount, value, scale) = (line(&of.amount)?, line(&of.value)?, of.scale.clone());
        let units = terms.groups.iter().map(|group| {
            let (settles, lines) = listed(group.asset)?;
            worth(settles, lines).map_err(|why| refuse(group.asset, why))
        });
        let result_units = units.collect::<Result<_, _>>()?;
        Ok(Some(Self { amount, value, scale, result_units }))
    }

    /// What an allocation is worth, in margin units.
    ///
    /// # Errors
    /// The figure that is wider than a proof holds.
    pub fn worth(&self, allocation: u64) -> Result<BigInt, &'static str> {
        let amount = self.amount.at(&allocation.into()).ok_or("amount of the allocation")?;
        let value = self.value.at(&amount).ok_or("value of the allocation")?;
        Ok(value * &self.scale)
    }
}
