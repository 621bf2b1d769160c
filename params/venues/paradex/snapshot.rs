//! The snapshot of an underlying: losses of one unit in each scenario, deltas and provisions.

use super::super::{ImportError, Maturing, published, scaled};
use super::config::{Config, Shock};
use super::markets::{Market, Markets};
use super::{DECIMALS, NAME, USDC};
use crate::portfolio::figure::{less, nearest, product, sum};
use crate::portfolio::{AssetIndexFile, InstrumentFiguresFile, PortfolioSnapshotFile};
use crate::{DecimalText, FileKind, format_utc};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::loadings::{
    DIGITS, ListedOption, Scenario, Shocks, Skew, VolatilityMove, YEAR, derive,
};
use zkmargin_model::rule::Rounding;

/// Seconds before expiry over which an option settles at an average: what it loses falls to nothing.
const AVERAGE_SECONDS: u64 = 1_800;
/// Digits with which the growth of a forward is computed.
const GROWTH_DECIMALS: u32 = 30;

impl Market {
    fn wrong(&self, message: impl Into<String>) -> ImportError {
        ImportError::Source { pointer: self.pointer.clone(), message: message.into(), help: None }
    }

    /// A decimal number that is not negative, as the algorithm takes it.
    fn figure(&self, figure: &Decimal) -> Result<u128, ImportError> {
        let units = nearest(figure, DIGITS).to_u128();
        units.ok_or_else(|| self.wrong("has a figure that is too large"))
    }
}

/// `exp(rate * seconds / year)`, cut to 30 digits; `None` where the exponent is above one.
fn growth(rate: &Decimal, seconds: u64) -> Option<Decimal> {
    let unit = power_of_ten(GROWTH_DECIMALS);
    let exponent = rate.coefficient() * seconds * &unit / (power_of_ten(rate.scale()) * YEAR);
    if exponent > unit {
        return None;
    }
    let (mut sum, mut power, mut count) = (BigInt::ZERO, unit.clone(), 0u32);
    while power != BigInt::ZERO {
        sum += &power;
        count += 1;
        power = power * &exponent / &unit / count;
    }
    Some(Decimal::from_scaled(&sum, GROWTH_DECIMALS))
}

/// Parameters of one scenario's move.
fn shocks(
    market: &Market,
    config: &Config,
    by: &Shock,
) -> Result<(Shocks, VolatilityMove), ImportError> {
    let size = market
        .figure(&Decimal::from_scaled(&by.volatility.coefficient().abs(), by.volatility.scale()))?;
    let [short, long] = &config.powers;
    let none = Skew { cap: 0, slope: 0 };
    let shocks = Shocks {
        range_up: size,
        range_down: size,
        least_up: market.figure(&config.least_up)?,
        short_power: market.figure(short)?,
        long_power: market.figure(long)?,
        least_seconds: config.least_seconds,
        linear: none,
        abs: none,
        least_width: 0,
        width: 0,
        width_volatility: 0,
        width_volatility_slope: 0,
    };
    let volatility = match by.volatility.coefficient() {
        c if c.is_positive() => VolatilityMove::Up,
        c if c.is_negative() => VolatilityMove::Down,
        _ => VolatilityMove::None,
    };
    Ok((shocks, volatility))
}

/// What one unit of an option loses in each scenario, before weights.
fn losses_of_option(
    market: &Market,
    markets: &Markets,
    config: &Config,
) -> Result<Vec<BigInt>, ImportError> {
    let Maturing { option: Some((strike, is_call)), expiry_ms: Some(expiry), .. } =
        &market.contract
    else {
        return Err(market.wrong("is no option"));
    };
    let seconds = expiry.saturating_sub(markets.time_ms) / 1_000;
    let growth = growth(&markets.rate, seconds)
        .ok_or_else(|| market.wrong("is discounted by more than is read"))?;
    let of = ListedOption {
        instrument: 0,
        is_call: *is_call,
        strike: market.figure(strike)?,
        forward_moving: market.figure(&product(&markets.spot, &growth))?,
        forward_fixed: 0,
        seconds: seconds.max(1),
        rate: market.figure(&markets.rate)?,
        volatility: Some(market.figure(&market.volatility)?),
    };
    let digits = DECIMALS.saturating_sub(market.contract.size_decimals);
    let left = BigInt::from(seconds.min(AVERAGE_SECONDS));
    let whole = Decimal::from_scaled(&1.into(), 0);
    let mut losses = Vec::with_capacity(config.scenarios.len());
    for by in &config.scenarios {
        let (shocks, volatility) = shocks(market, config, by)?;
        let spot = market.figure(&sum(&whole, &by.spot))?;
        let of = std::slice::from_ref(&of);
        let values = derive(of, &[Scenario { spot, volatility }], &shocks, DIGITS);
        let values =
            values.map_err(|e| market.wrong(format!("has no price in a scenario: {e}")))?;
        let value = values.into_iter().flatten().next().unwrap_or_default();
        let loss = sum(&market.mark, &less(&Decimal::from_scaled(&value, DIGITS)));
        let part = loss.coefficient() * &left * power_of_ten(digits);
        let of = power_of_ten(loss.scale()) * AVERAGE_SECONDS;
        losses.push(Rounding::NearestUp.divide(&part, &of));
    }
    Ok(losses)
}

fn figures(
    market: &Market,
    markets: &Markets,
    config: &Config,
) -> Result<InstrumentFiguresFile, ImportError> {
    let digits = DECIMALS.saturating_sub(market.contract.size_decimals);
    let of_perpetual = |by: &Shock| nearest(&product(&market.mark, &less(&by.spot)), digits);
    let mut loadings = match market.contract.option {
        None => config.scenarios.iter().map(of_perpetual).collect(),
        Some(_) => losses_of_option(market, markets, config)?,
    };
    let funding = nearest(&market.funding, digits);
    let delta = nearest(&product(&market.delta, &markets.spot), digits);
    let fee = nearest(&market.fee, digits);
    // In the order of the columns: provisions, terms, and the four floors, which are provisions too.
    loadings.extend([funding.clone(), delta.clone(), delta.abs(), fee]);
    loadings.extend(std::iter::repeat_n(funding, 4));
    let loadings: Vec<DecimalText> = loadings.into_iter().map(|l| scaled(l, digits)).collect();
    let value = scaled(nearest(&market.mark, digits), digits);
    Ok(published(market.contract.symbol.clone(), value, loadings))
}

pub(super) fn snapshot(
    config: &Config,
    markets: &Markets,
    schedule: &str,
) -> Result<PortfolioSnapshotFile, ImportError> {
    let instruments = markets.listed.iter().map(|market| figures(market, markets, config));
    let time_ms = markets.time_ms;
    Ok(PortfolioSnapshotFile {
        format: FileKind::PortfolioSnapshot.format().to_owned(),
        schedule: schedule.to_owned(),
        time: format_utc(time_ms),
        sequence: time_ms,
        source: Some(format!(
            "Losses computed from marks, volatilities and deltas of {NAME}'s markets/summary."
        )),
        assets: vec![AssetIndexFile { asset: USDC.to_owned(), index: DecimalText::new("1") }],
        indices: Vec::new(),
        groups: Vec::new(),
        instruments: instruments.collect::<Result<_, _>>()?,
    })
}
