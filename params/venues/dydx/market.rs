//! One market of the list.

use super::{
    ImportError, Member, QUOTE_DECIMALS, RATE_DECIMALS, SIZE_AND_PRICE_DECIMALS, USDC_DECIMALS,
    ceil, table,
};
use crate::venue::{linear_instrument, scaled};
use crate::{InstrumentFile, Requirement, TiersFile};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};
use zkmargin_model::decimal::power_of_ten;

/// The whole of a fraction, in parts per million.
const MILLION: u32 = 1_000_000;
/// Digits of open interest and of its price that are read.
const READ_DECIMALS: u32 = 18;

/// What every market has, whatever is asked.
pub(super) struct Market<'a> {
    pub ticker: &'a str,
    id: u32,
    /// Exponent of the chain's unit of a size, in coins.
    resolution: i64,
    /// Fraction of the notional before open interest, in parts per million.
    initial: BigInt,
    /// Fraction of the initial margin, in parts per million.
    maintenance: BigInt,
}

impl<'a> Market<'a> {
    pub fn read(market: &Member<'a>) -> Result<Self, ImportError> {
        let place = market.member("clobPairId");
        let id = place.text()?.parse::<u16>().ok().and_then(|pair| pair.checked_add(1));
        let id = id.ok_or_else(|| place.wrong("is not the number of a market below 65535"))?;
        let place = market.member("initialMarginFraction");
        let initial = fraction(&place, place.scaled(RATE_DECIMALS)?)?;
        // It is the product of two fractions in parts per million.
        let place = market.member("maintenanceMarginFraction");
        let (maintenance, rest) = place.scaled(2 * RATE_DECIMALS)?.div_rem(&initial);
        if !rest.is_zero() {
            return Err(place.wrong("is not initialMarginFraction times parts per million"));
        }
        Ok(Self {
            ticker: market.member("ticker").text()?,
            id: id.into(),
            resolution: market.member("atomicResolution").integer()?,
            initial,
            maintenance: fraction(&place, maintenance)?,
        })
    }

    /// Why no schedule lists it.
    pub fn not_taken(&self, market: &Member<'_>) -> Result<Option<&'static str>, ImportError> {
        let kind = market.member("marketType");
        Ok(if market.member("status").text()? == "FINAL_SETTLEMENT" {
            Some("settled for good")
        } else if kind.is_present() && kind.text()? != "CROSS" {
            Some("isolated market")
        } else if self.size_decimals().is_none() {
            Some("the chain's unit of its size is above one coin, or below 1e-12")
        } else {
            None
        })
    }

    fn size_decimals(&self) -> Option<u32> {
        let decimals = self.resolution.checked_neg()?.try_into().ok()?;
        (decimals <= USDC_DECIMALS).then_some(decimals)
    }

    /// A position of the market. The funding index is in millionths of the chain's unit of USDC per its unit of size.
    pub fn instrument(&self, tiers: &TiersFile) -> InstrumentFile {
        let size = self.size_decimals().unwrap_or(0);
        let price = SIZE_AND_PRICE_DECIMALS - size;
        InstrumentFile {
            funding_decimals: Some(USDC_DECIMALS - size),
            ..linear_instrument(self.id, self.ticker, "USDC", size, price, tiers.name.as_str())
        }
    }

    /// Its requirement table.
    pub fn tiers(
        &self,
        market: &Member<'_>,
        requirement: Requirement,
    ) -> Result<TiersFile, ImportError> {
        let (initial, maintenance) = (&self.initial, &self.maintenance);
        let ppm = |value: &BigInt| scaled(value.clone(), RATE_DECIMALS);
        Ok(match requirement {
            Requirement::Maintenance => {
                let part = (*maintenance != MILLION.into()).then(|| ppm(maintenance));
                let name = format!("initial-{initial}-maintenance-{maintenance}");
                table(name, ppm(initial), vec![ceil(None), ceil(part)])
            }
            _ => {
                let adjusted = self.adjusted(market)?;
                table(format!("initial-{adjusted}"), ppm(&adjusted), vec![ceil(None)])
            }
        })
    }

    /// The initial fraction as of the list's open interest: it rises to the whole of the notional between two caps.
    fn adjusted(&self, market: &Member<'_>) -> Result<BigInt, ImportError> {
        let figure = |name: &str, decimals| natural(&market.member(name), decimals);
        let cap = |name: &str| match market.member(name).is_present() {
            true => figure(name, QUOTE_DECIMALS),
            false => Ok(BigInt::ZERO),
        };
        let (lower, upper) = (cap("openInterestLowerCap")?, cap("openInterestUpperCap")?);
        if upper.is_zero() {
            return Ok(self.initial.clone());
        }
        let size = figure("openInterest", READ_DECIMALS)?;
        let price = figure("oraclePrice", READ_DECIMALS)?;
        let open = size * price / power_of_ten(2 * READ_DECIMALS - QUOTE_DECIMALS);
        if open <= lower {
            return Ok(self.initial.clone());
        }
        if open >= upper {
            return Ok(MILLION.into());
        }
        let rise = (BigInt::from(MILLION) - &self.initial) * (open - &lower);
        Ok(&self.initial + rise.div_floor(&(upper - lower)))
    }
}

/// A figure that is not negative, in units of `10^-decimals`.
fn natural(place: &Member<'_>, decimals: u32) -> Result<BigInt, ImportError> {
    let figure = place.scaled(decimals)?;
    if figure.is_negative() { Err(place.wrong("is negative")) } else { Ok(figure) }
}

/// A fraction in parts per million, above zero and at most one.
fn fraction(place: &Member<'_>, ppm: BigInt) -> Result<BigInt, ImportError> {
    if ppm.is_positive() && ppm <= MILLION.into() {
        Ok(ppm)
    } else {
        Err(place.wrong("is not a fraction above 0 and at most 1"))
    }
}
