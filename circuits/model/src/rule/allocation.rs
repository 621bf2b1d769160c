//! Books of isolated positions.

use super::{AssetTerms, InstrumentTerms, Market, Orders, RuleError};
use num_bigint::BigInt;
use num_traits::Zero;

/// What a record has of a position beside its first word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecondWord<'a> {
    /// Open orders, in a record that has them.
    pub orders: Option<&'a Orders>,
    /// What is assigned to an isolated position, in a record with allocations; zero elsewhere.
    pub allocation: u64,
}

/// Equity and requirement of the book of an isolated position with these terms, when this settles of it and this is its
/// requirement before conversion: in the units of the latter, or in margin units where records have allocations. There
/// they are those of an account that has what is assigned and the position alone.
///
/// # Errors
/// [`RuleError::Isolated`] where all positions are in the cross book; [`RuleError::BeyondCollateral`].
pub fn isolated_book(
    market: &Market,
    terms: &InstrumentTerms,
    allocation: u64,
    result: &BigInt,
    requirement: BigInt,
) -> Result<[BigInt; 2], RuleError> {
    let of = market.terms();
    let Some(unit) = &of.isolated_unit else {
        return Err(RuleError::Isolated { instrument: terms.id });
    };
    let Some(asset) = of.allocation_asset else { return Ok([result * unit, requirement]) };
    let listed = |asset| market.asset(asset).ok_or(RuleError::UnknownAsset { asset });
    let group = &of.groups[terms.group];
    let assigned = listed(asset)?;
    let amount = assigned.amount_of(&allocation.into());
    let mut requirement = of.converted(&(requirement * &group.requirement_index));
    let mut equity = BigInt::zero();
    let mut add = |asset: &AssetTerms, amount: &BigInt| {
        let beyond = RuleError::BeyondCollateral { asset: asset.id };
        let (collateral, required) = asset.margin_of(amount, 0).ok_or(beyond)?;
        equity += collateral;
        requirement += required;
        Ok(())
    };
    if group.asset == asset {
        add(assigned, &(amount + result))?;
    } else {
        add(assigned, &amount)?;
        add(listed(group.asset)?, result)?;
    }
    Ok([equity, requirement])
}
