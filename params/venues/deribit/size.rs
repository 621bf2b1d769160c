//! How much of a contract an entry of `private/get_positions` holds.
//!
//! Of a future `size` is in the currency of its price, and `size_currency` in what is traded: an inverse contract is a
//! number of dollars, as `size` says, and a linear one an amount of the coin. A position of 0.001 BTC in
//! `BTC_USDC-PERPETUAL` has a `size` of 30.015878 (ccxt issue 13313, with the entry of one).

use super::{ImportError, Member, magnitude};
use crate::portfolio::figure::{less, sum};
use crate::venue::{NearValue, StatedPosition};
use num_traits::Zero;
use zkmargin_model::decimal::Decimal;

/// Digits of the part of the value by which it may be of another price than the mark, such as the index: 10^-2.
const PRICE_DIGITS: u32 = 2;

/// The pair of a linear contract, such as `BTC_USDC-PERPETUAL`: what is traded and what it settles in.
pub(super) fn pair_of(symbol: &str) -> Option<(&str, &str)> {
    symbol.split('-').next()?.split_once('_')
}

/// Where the size is, in units of the contract.
pub(super) fn place<'a>(listed: &Member<'a>, symbol: &str) -> Member<'a> {
    listed.member(if pair_of(symbol).is_some() { "size_currency" } else { "size" })
}

/// States the value of a linear contract, which confirms its size: an entry that has the size in both members has none.
///
/// # Errors
/// [`ImportError`] if it is no figure.
pub(super) fn state_value(
    held: &mut StatedPosition,
    listed: &Member<'_>,
) -> Result<(), ImportError> {
    let place = listed.member("size");
    let value = magnitude(&place.computed()?);
    let is_size = sum(&value, &less(&magnitude(&held.size))).coefficient().is_zero();
    if pair_of(&held.instrument).is_some() && !is_size {
        let part = Decimal::from_scaled(&1.into(), PRICE_DIGITS);
        held.near_values.push(NearValue { part, ..NearValue::of(&place, value) });
    }
    Ok(())
}
