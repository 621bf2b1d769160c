//! The markets of an underlying: `markets` says what they are and `markets/summary` what they are at.

use super::super::{
    ImportError, Listed, Maturing, Member, of_one_time, one_size_unit, price_above_zero,
    strike_price,
};
use super::config::Config;
use crate::portfolio::figure::{product, sum};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// What the venue's kit charges an option's fee at most, of its mark.
const FEE_CAP: &str = "0.125";
/// Members of `fee_config`, of which the highest taker's fee counts.
const FEES: [&str; 3] = ["interactive_fee", "api_fee", "rpi_fee"];
/// Digits of a size that leave enough for prices.
const MOST_SIZE_DECIMALS: u32 = 8;

/// Delta of a market by its quote: a perpetual without one has that of its underlying.
pub(super) fn delta_of(quote: &Member<'_>, is_option: bool) -> Result<Decimal, ImportError> {
    let delta = quote.member("greeks").member("delta");
    let delta = if delta.is_nothing() { quote.member("delta") } else { delta };
    match delta.is_nothing() && !is_option {
        true => Ok(Decimal::from_scaled(&1.into(), 0)),
        false => delta.computed(),
    }
}

/// A perpetual or an option.
#[derive(Clone, Debug)]
pub(super) struct Market {
    pub(super) contract: Maturing,
    pub(super) mark: Decimal,
    pub(super) delta: Decimal,
    /// Volatility of an option.
    pub(super) volatility: Decimal,
    /// Provision for the fee of one unit.
    pub(super) fee: Decimal,
    /// What a unit of it pays in eight hours if it is a perpetual.
    pub(super) funding: Decimal,
    /// Its place in the summary, for errors.
    pub(super) pointer: String,
}

/// Everything of one underlying.
#[derive(Clone, Debug)]
pub(super) struct Markets {
    pub(super) listed: Vec<Market>,
    pub(super) spot: Decimal,
    /// Rate of a year at which the kit discounts.
    pub(super) rate: Decimal,
    /// The earliest time of a quote, in milliseconds since 1970.
    pub(super) time_ms: u64,
}

fn zero() -> Decimal {
    Decimal::from_scaled(&BigInt::ZERO, 0)
}

fn is_more(a: &Decimal, b: &Decimal) -> bool {
    sum(a, &crate::portfolio::figure::less(b)).coefficient().is_positive()
}

/// Digits of the step in which sizes grow.
fn size_decimals(market: &Member<'_>) -> Result<u32, ImportError> {
    let place = market.member("order_size_increment");
    let step = price_above_zero(&place, place.figure()?)?;
    if step.scale() > MOST_SIZE_DECIMALS {
        return Err(place.wrong(format!("has more than {MOST_SIZE_DECIMALS} digits")));
    }
    Ok(step.scale())
}

/// The highest taker's fee.
fn fee_rate(market: &Member<'_>) -> Result<Decimal, ImportError> {
    let config = market.member("fee_config");
    let mut highest: Option<Decimal> = None;
    for name in FEES {
        let fee = config.member(name).member("taker_fee").member("fee");
        if fee.is_nothing() {
            continue;
        }
        let fee = fee.figure()?;
        if highest.as_ref().is_none_or(|highest| is_more(&fee, highest)) {
            highest = Some(fee);
        }
    }
    let highest = highest.ok_or_else(|| config.wrong("says no taker's fee"))?;
    if highest.coefficient().is_negative() {
        return Err(config.wrong("has taker's fees below zero"));
    }
    Ok(highest)
}

fn contract(market: &Member<'_>, is_option: bool) -> Result<Maturing, ImportError> {
    let symbol = market.member("symbol").text()?.to_owned();
    let size_decimals = size_decimals(market)?;
    if !is_option {
        return Ok(Maturing { symbol, expiry_ms: None, option: None, size_decimals });
    }
    let kind = market.member("option_type");
    let is_call = match kind.text()? {
        "CALL" => true,
        "PUT" => false,
        _ => return Err(kind.wrong("is neither \"CALL\" nor \"PUT\"")),
    };
    let strike = market.member("strike_price");
    let price = strike_price(&strike, strike.figure()?, super::STRIKE_DECIMALS)?;
    let expiry_ms = Some(market.member("expiry_at").milliseconds()?);
    Ok(Maturing { symbol, expiry_ms, option: Some((price, is_call)), size_decimals })
}

impl Markets {
    /// Perpetuals and options of the underlying. Options that have expired at the time of the perpetual's quote are not
    /// listed. Quotes are of nearly one time.
    pub(super) fn read(
        markets: &Member<'_>,
        summary: &Member<'_>,
        config: &Config,
    ) -> Result<Self, ImportError> {
        let place = markets.member("results");
        let quotes = Listed::read(&summary.member("results"), "symbol")?;
        let mut made = Self { listed: Vec::new(), spot: zero(), rate: zero(), time_ms: 0 };
        let mut perpetual = None;
        let mut options = Vec::new();
        for market in Listed::read(&place, "symbol")?.entries() {
            if market.member("base_currency").text()? != config.base {
                continue;
            }
            match market.member("asset_kind").text()? {
                "PERP" if perpetual.is_some() => {
                    let message = format!("is a second perpetual of {}", config.base);
                    return Err(market.member("symbol").wrong(message));
                }
                "PERP" => perpetual = Some(market.clone()),
                "OPTION" => options.push(market.clone()),
                // No stored text says how scenarios price perpetual options.
                "PERP_OPTION" | "SPOT" => {}
                _ => {
                    return Err(market.member("asset_kind").wrong("is of a kind that is not read"));
                }
            }
        }
        let perpetual = perpetual.ok_or_else(|| {
            place.wrong(format!("has no perpetual of {}, by which its spot is known", config.base))
        })?;
        let quote = quotes.of(perpetual.member("symbol").text()?)?;
        let mut times = Vec::new();
        let mut quoted_at = |quote: &Member<'_>| {
            let at = quote.member("created_at");
            let time = at.milliseconds()?;
            of_one_time(&mut times, &at, time)?;
            Ok::<_, ImportError>(time)
        };
        let now = quoted_at(quote)?;
        let spot = quote.member("underlying_price");
        made.spot = price_above_zero(&spot, spot.figure()?)?;
        let rate = quote.member("interest_rate");
        let rate = if rate.is_nothing() { perpetual.member("interest_rate") } else { rate };
        made.rate = rate.figure_or_zero()?;
        if made.rate.coefficient().is_negative() {
            return Err(rate.wrong("is below zero"));
        }
        made.listed.push(made.market(&perpetual, quote, false)?);
        for option in options {
            if option.member("expiry_at").milliseconds()? <= now {
                continue;
            }
            let quote = quotes.of(option.member("symbol").text()?)?;
            quoted_at(quote)?;
            made.listed.push(made.market(&option, quote, true)?);
        }
        one_size_unit(made.listed.iter_mut().map(|m| &mut m.contract));
        made.time_ms = times.into_iter().min().unwrap_or(now);
        Ok(made)
    }

    fn market(
        &self,
        market: &Member<'_>,
        quote: &Member<'_>,
        is_option: bool,
    ) -> Result<Market, ImportError> {
        let settled = market.member("settlement_currency");
        if settled.text()? != super::USDC {
            return Err(settled.wrong("is not \"USDC\""));
        }
        let contract = contract(market, is_option)?;
        let (place, rate) = (quote.member("mark_price"), fee_rate(market)?);
        let mark = place.figure()?;
        if !is_option {
            price_above_zero(&place, mark.clone())?;
        } else if mark.coefficient().is_negative() {
            return Err(place.wrong("is below zero"));
        }
        let delta = delta_of(quote, is_option)?;
        let (mut volatility, mut funding, mut fee) = (zero(), zero(), product(&rate, &mark));
        if is_option {
            let place = quote.member("mark_iv");
            volatility = place.computed()?;
            if volatility.coefficient().is_negative() {
                return Err(place.wrong("is below zero"));
            }
            fee = product(&rate, &self.spot);
            let cap = Decimal::parse(FEE_CAP).map_or_else(|_| zero(), |cap| product(&cap, &mark));
            if is_more(&fee, &cap) {
                fee = cap;
            }
        } else {
            funding = product(&quote.member("funding_rate").computed()?, &self.spot);
        }
        let pointer = quote.pointer().to_owned();
        Ok(Market { contract, mark, delta, volatility, fee, funding, pointer })
    }
}
