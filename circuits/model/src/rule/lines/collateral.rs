//! Rounded collateral values.

use super::{LineRow, LineTable, Step, bias, is_long};
use crate::rule::{AssetTerms, LinearStep, MarketTerms, Rounding, Unprovable};
use crate::widths::{BIASED_QUOTIENT_BITS, COLLATERAL_BITS, NUMERATOR_BITS};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// The rounded collateral values of an asset. A quotient is biased by [`bias`], since it can be
/// negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollateralLines {
    /// Rows by balance, each with one sign of its numerator; the bias is in `b`.
    pub table: LineTable,
    /// From an unbiased quotient to margin units.
    pub scale: BigInt,
}

fn refuse<T>(asset: &AssetTerms, why: &'static str) -> Result<T, Unprovable> {
    Err(Unprovable { point: "collateral value", list: "asset", id: asset.id, why })
}

impl CollateralLines {
    /// The lines of all assets; none when no value is rounded.
    pub(super) fn of(terms: &MarketTerms) -> Result<Vec<Self>, Unprovable> {
        if terms.assets.iter().all(|asset| asset.rounding.is_none()) {
            return Ok(Vec::new());
        }
        let lines = terms.assets.iter().map(Self::of_asset).collect::<Result<Vec<_>, _>>()?;
        if let Some(at) = lines.iter().position(|line| line.scale != lines[0].scale) {
            return refuse(&terms.assets[at], "other assets round theirs to another unit");
        }
        Ok(lines)
    }

    fn of_asset(asset: &AssetTerms) -> Result<Self, Unprovable> {
        let refuse = |why| refuse(asset, why);
        let exact = LinearStep::exact(BigInt::one());
        let step = asset.rounding.as_ref().unwrap_or(&exact);
        if !step.num().is_positive() {
            return refuse("its step is not positive");
        }
        let Step { a: num, d, mode } = Step::reduced(step.num(), step.den(), step.mode());
        if is_long(&d) {
            return refuse("it divides by more than 2^45");
        }
        if [&num, step.scale()].iter().any(|x| x.bits() > u64::from(NUMERATOR_BITS)) {
            return refuse("a figure of its rounding exceeds 72 bits; use a coarser unit");
        }
        let rows = by_sign(asset, &num, &d, mode, &bias());
        for row in &rows {
            let quotients = [&row.lo, &row.hi].map(|v| (&row.a * v + &row.b).div_floor(&d));
            let fits = |y: &BigInt| {
                let value = (y - bias()) * step.scale();
                !y.is_negative()
                    && y.bits() <= u64::from(BIASED_QUOTIENT_BITS)
                    && value.bits() <= u64::from(COLLATERAL_BITS)
            };
            if !quotients.iter().all(fits) {
                return refuse(
                    "it exceeds its width when rounded; give the row an end, or use a coarser unit",
                );
            }
        }
        Ok(Self { table: LineTable { rows, d }, scale: step.scale().clone() })
    }
}

/// Rows of an asset's collateral by balance, each with one sign of its numerator, rounded as `num / d` in this mode;
/// their quotients are biased.
pub(super) fn by_sign(
    asset: &AssetTerms,
    num: &BigInt,
    d: &BigInt,
    mode: Rounding,
    bias: &BigInt,
) -> Vec<LineRow> {
    let raised = d * bias;
    let mut rows = Vec::new();
    for row in asset.rows_by_balance() {
        let (a, z) = (&row.slope * num, &row.intercept * num);
        // The first balance whose numerator is not negative: slopes are not.
        let from = if a.is_zero() {
            if z.is_negative() { &row.hi + 1 } else { row.lo.clone() }
        } else {
            Integer::div_ceil(&-&z, &a).clamp(row.lo.clone(), &row.hi + 1)
        };
        let of_sign = [(row.lo.clone(), &from - 1, true), (from.clone(), row.hi.clone(), false)];
        for (lo, hi, is_negative) in of_sign {
            if lo <= hi {
                let b = &z + mode.offset(is_negative, d) + &raised;
                rows.push(LineRow { lo, hi, a: a.clone(), b });
            }
        }
    }
    rows
}
