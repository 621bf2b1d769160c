//! One asset of the contract.

use super::{DECIMALS, FUNDING_BITS, ImportError, Member, PRICE_BITS, RATE_DECIMALS};
use crate::venue::{decimal, linear_instrument, scaled};
use crate::{InstrumentFile, InstrumentPriceFile, RowFile, TiersFile, Unit, VariableFile};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::widths::OPEN_REQUIREMENT_BITS;

/// The whole of a risk factor.
const WHOLE: u32 = 1000;

/// What every asset has, whatever is asked.
pub(super) struct Asset {
    pub symbol: String,
    /// Digits of a size; `None` if its unit is not a power of ten, or finer than that of USDC.
    size_decimals: Option<u32>,
}

impl Asset {
    pub fn read(asset: &Member<'_>) -> Result<Self, ImportError> {
        let resolution = natural(&asset.member("resolution_factor"))?;
        let size_decimals = (0..=DECIMALS).find(|digits| power_of_ten(*digits) == resolution);
        Ok(Self { symbol: symbol(&asset.member("asset_id"))?, size_decimals })
    }

    /// Why no schedule lists it.
    pub fn not_taken(&self, asset: &Member<'_>) -> Result<Option<&'static str>, ImportError> {
        Ok(if asset.member("asset_type").text()? != "SYNTHETIC" {
            Some("not a synthetic asset")
        } else if asset.member("status").text()? == "PENDING" {
            Some("not yet active")
        } else if self.size_decimals.is_none() {
            Some("its unit of size is not a power of ten from 1 to 1e-6")
        } else {
            None
        })
    }

    /// Digits of a price and of a funding index, beside binary ones.
    fn price_decimals(&self) -> u32 {
        DECIMALS - self.size_decimals.unwrap_or(DECIMALS)
    }

    pub fn instrument(&self, id: u32) -> InstrumentFile {
        let price = self.price_decimals();
        let size = DECIMALS - price;
        InstrumentFile {
            price_bits: Some(PRICE_BITS),
            funding_decimals: Some(price),
            ..linear_instrument(id, &self.symbol, "USDC", size, price, self.symbol.as_str())
        }
    }

    pub fn price(&self, asset: &Member<'_>) -> Result<InstrumentPriceFile, ImportError> {
        let decimals = self.price_decimals();
        let figure = |name: &str, bits| {
            let units = asset.member(name).scaled(0)?;
            Ok(decimal(Unit { decimals, bits }.figure(&units).to_string()))
        };
        let mark = figure("price", PRICE_BITS)?;
        let funding_index = Some(figure("funding_index", FUNDING_BITS)?);
        Ok(InstrumentPriceFile {
            funding_index,
            ..InstrumentPriceFile::at_mark(&*self.symbol, mark)
        })
    }

    /// Its requirement table, which has its name.
    pub fn tiers(&self, asset: &Member<'_>) -> Result<TiersFile, ImportError> {
        let first = natural(&asset.member("risk_factor_first_tier_boundary"))?;
        let size = asset.member("risk_factor_tier_size");
        let listed = asset.member("risk_factor_tiers");
        let factors = listed.list()?;
        if factors.is_empty() {
            return Err(listed.wrong("is empty"));
        }
        let width = if factors.len() > 1 { natural(&size)? } else { BigInt::one() };
        if width.is_zero() {
            return Err(size.wrong("is 0"));
        }
        // No row begins beyond what a tier variable can be.
        let beyond = BigInt::one() << OPEN_REQUIREMENT_BITS;
        let mut rows = Vec::<RowFile>::new();
        let mut from = BigInt::ZERO;
        for (at, factor) in factors.iter().enumerate() {
            let rate = natural(factor)?;
            if rate > WHOLE.into() {
                return Err(factor.wrong(format!("is above {WHOLE}")));
            }
            let next = &first + &width * at;
            let is_last = at + 1 == factors.len();
            if (from < next || is_last) && from < beyond {
                if let Some(before) = rows.last_mut() {
                    before.below = Some(scaled(from.clone(), DECIMALS));
                }
                rows.push(RowFile {
                    from: Some(scaled(from, DECIMALS)),
                    below: None,
                    rate: scaled(rate, RATE_DECIMALS),
                    amount: decimal("0"),
                });
            }
            from = next;
        }
        Ok(TiersFile {
            name: self.symbol.clone(),
            variable: VariableFile::Value,
            rows,
            denominator: None,
            requirement_rounding: None,
        })
    }
}

/// An integer that is not negative.
fn natural(place: &Member<'_>) -> Result<BigInt, ImportError> {
    let number = place.scaled(0)?;
    if number.is_negative() { Err(place.wrong("is negative")) } else { Ok(number) }
}

/// The text in an id: bytes in hexadecimal, which zeros may follow.
pub(super) fn symbol(id: &Member<'_>) -> Result<String, ImportError> {
    let text = id.text()?;
    let bytes = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
    let bytes = bytes.unwrap_or_default();
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let name = bytes
        .get(..length)
        .filter(|name| !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic()));
    let name = name.and_then(|name| String::from_utf8(name.to_vec()).ok());
    name.ok_or_else(|| id.wrong("is not text in hexadecimal after 0x, such as 0x4254432d36"))
}
