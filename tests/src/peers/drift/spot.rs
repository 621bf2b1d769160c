//! Spot markets: interest, two prices, and weights of deposits and debts.

use super::market::{QUOTE_MARKET, ROOT_STEP, Requirement, Terms, WHOLE, charge, prices};
use crate::folio::by_sign;
use crate::json::{Reason, int, int_or_zero};
use crate::sheet::step;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};
use serde_json::Value;
use zkmargin_model::rule::{AssetElements, Debts, Rounding, SignedWeight, SizeRoot, SizeWeights};

fn power_of_ten(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// The initial weight of deposits, which falls as the market's deposits grow.
pub(super) fn scaled_weight(
    market: &Value,
    weight: BigInt,
    oracle: &BigInt,
) -> Result<BigInt, Reason> {
    let start = int_or_zero(market, "scale_initial_asset_weight_start")?;
    if start.is_zero() {
        return Ok(weight);
    }
    let decimals = decimals(market)?;
    let interest = int(market, "cumulative_deposit_interest")?;
    let deposits = int(market, "deposit_balance")? * interest;
    let deposits = deposits.div_floor(&power_of_ten(19 - decimals));
    let value = (deposits * oracle).div_floor(&power_of_ten(decimals));
    Ok(if value < start { weight } else { (weight * start).div_floor(&value) })
}

fn decimals(market: &Value) -> Result<u32, Reason> {
    let decimals = int(market, "decimals")?.to_u32().filter(|d| *d <= 19);
    decimals.ok_or_else(|| "a token with more than 19 decimals".into())
}

/// Weights of deposits and debts in a spot market.
pub(super) fn weights(market: &Value, requirement: Requirement) -> Result<[BigInt; 2], Reason> {
    let names = [
        ["initial_asset_weight", "maintenance_asset_weight"],
        ["initial_liability_weight", "maintenance_liability_weight"],
    ];
    Ok([requirement.of(market, names[0])?, requirement.of(market, names[1])?])
}

/// Elements of a spot market's asset.
pub(super) fn asset(number: &str, market: &Value, terms: &Terms) -> Result<AssetElements, Reason> {
    let (requirement, decimals) = (terms.requirement, decimals(market)?);
    let interest = |name| {
        let unit = power_of_ten(19 - decimals);
        Ok::<_, Reason>(step(int(market, name)?, unit, Rounding::Floor))
    };
    let price = |price: BigInt| step(price, power_of_ten(decimals), Rounding::Floor);
    let [owned, owed] = prices(market, terms.strict)?.map(price);
    let is_plain = number == QUOTE_MARKET || requirement == Requirement::Equity;
    let [mut deposit, mut debt] =
        if is_plain { [WHOLE.into(), WHOLE.into()] } else { weights(market, requirement)? };
    let debt_before = debt.clone();
    if !is_plain && requirement == Requirement::Initial {
        deposit = scaled_weight(market, deposit, &int(market, "oracle_price")?)?;
    }
    if !is_plain && !terms.least_ratio.is_zero() {
        deposit = (WHOLE - &terms.least_ratio).max(BigInt::zero()).min(deposit);
        debt = (WHOLE + &terms.least_ratio).max(debt);
    }
    let by_size = if is_plain { None } else { size_weights(market, &debt_before)? };
    let weight = signed_weight(deposit, debt, by_size)?;
    let moved = requirement == Requirement::Initial;
    let weight = if moved { weight.with_own() } else { weight };
    Ok(AssetElements {
        amount: Some(by_sign(
            interest("cumulative_deposit_interest")?,
            interest("cumulative_borrow_interest")?,
        )?),
        value: vec![by_sign(owned, owed)?],
        // What counts in full has none.
        weight: (!is_plain).then_some(weight),
        debts: Debts {
            required: requirement != Requirement::Equity,
            charge: charge(&terms.buffer),
        },
    })
}

/// Weights of deposits and debts, moved by the size of the holding if given.
pub(super) fn signed_weight(
    deposit: BigInt,
    debt: BigInt,
    by_size: Option<SizeWeights>,
) -> Result<SignedWeight, Reason> {
    let weight = SignedWeight::new(deposit, debt, WHOLE.into(), Rounding::Truncate);
    let weight = weight.ok_or("a negative weight")?;
    Ok(match by_size {
        Some(by_size) => weight.with_size(by_size),
        None => weight,
    })
}

/// How the size of a holding moves the weights of a spot market; `None` if it does not.
pub(super) fn size_weights(market: &Value, debt: &BigInt) -> Result<Option<SizeWeights>, Reason> {
    let factor = int_or_zero(market, "imf_factor")?;
    if factor.is_zero() {
        return Ok(None);
    }
    let decimals = decimals(market)?;
    let unit = step(
        power_of_ten(9u32.saturating_sub(decimals)),
        power_of_ten(decimals.saturating_sub(9)),
        Rounding::Floor,
    );
    let of_root = |den: u32| step(factor.clone(), den, Rounding::Floor);
    let root = SizeRoot::new(10.into(), 1.into(), Vec::new()).ok_or("a negative root")?;
    let discount = (11_000_000_000u64.into(), 1_000_000.into(), of_root(100_000));
    let premium = (debt - debt.div_floor(&5.into()), of_root(ROOT_STEP));
    let weights = SizeWeights::new(unit, root, discount, premium);
    Ok(Some(weights.ok_or("a negative factor")?))
}
