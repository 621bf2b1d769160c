//! One instrument of the list.

use super::{DECIMALS, ImportError, Member, PRICE_DECIMALS};
use crate::venue::{decimal, linear_instrument, scaled};
use crate::{
    InstrumentElementsFile, InstrumentFile, KindFile, MAX_ROWS, RowFile, TiersFile, VariableFile,
};
use num_bigint::BigInt;
use num_traits::Signed;
use zkmargin_model::decimal::power_of_ten;

/// Digits of a rate.
const RATE_DECIMALS: u32 = 12;

/// Why no schedule lists it.
pub(super) fn not_taken(instrument: &Member<'_>) -> Result<Option<&'static str>, ImportError> {
    Ok(if instrument.member("settlCurrency").text()? != "XBt" {
        Some("does not settle in XBT")
    } else if !instrument.member("isInverse").flag()? {
        Some("not inverse")
    } else if instrument.member("state").text()? != "Open" {
        Some("not open")
    } else {
        None
    })
}

/// A positive figure in units of `10^-decimals`.
fn positive(place: &Member<'_>, decimals: u32) -> Result<BigInt, ImportError> {
    let figure = place.number()?.to_scaled(decimals).filter(BigInt::is_positive);
    figure.ok_or_else(|| place.wrong("is not above zero, or has too many digits"))
}

/// A contract: what a negative multiplier in units of XBT is worth at a price of 1.
pub(super) fn instrument(id: u32, listed: &Member<'_>) -> Result<InstrumentFile, ImportError> {
    let symbol = listed.member("symbol").text()?;
    let place = listed.member("multiplier");
    let multiplier = place.number()?.to_scaled(0).filter(BigInt::is_negative);
    let multiplier = multiplier.ok_or_else(|| place.wrong("is not a negative integer"))?;
    Ok(InstrumentFile {
        kind: KindFile::Inverse,
        multiplier: scaled(-multiplier, DECIMALS),
        elements: Some(InstrumentElementsFile {
            notional_at_entry: true,
            ..InstrumentElementsFile::default()
        }),
        ..linear_instrument(id, symbol, "XBT", 0, PRICE_DECIMALS, symbol)
    })
}

/// Its requirement table, which has its name: a step of the rate for every step of the value, as far as the rate is at
/// most 1.
pub(super) fn tiers(listed: &Member<'_>) -> Result<TiersFile, ImportError> {
    let rise = positive(&listed.member("maintMargin"), RATE_DECIMALS)?;
    let fee = listed.member("takerFee").number()?.to_scaled(RATE_DECIMALS);
    let fee = fee.filter(|fee| !fee.is_negative());
    let fee = fee.ok_or_else(|| listed.member("takerFee").wrong("is not a fee"))?;
    let mut below = positive(&listed.member("riskLimit"), 0)?;
    let step = positive(&listed.member("riskStep"), 0)?;
    let (mut from, mut rate) = (BigInt::ZERO, &rise + fee);
    let mut rows = Vec::new();
    while rate <= power_of_ten(RATE_DECIMALS) && rows.len() < MAX_ROWS {
        rows.push(RowFile {
            from: Some(scaled(from, DECIMALS)),
            below: Some(scaled(below.clone(), DECIMALS)),
            rate: scaled(rate.clone(), RATE_DECIMALS),
            amount: decimal("0"),
        });
        rate += &rise;
        from = below;
        below = &from + &step;
    }
    if rows.is_empty() {
        return Err(listed.member("maintMargin").wrong("and takerFee are above 1"));
    }
    Ok(TiersFile {
        name: listed.member("symbol").text()?.to_owned(),
        variable: VariableFile::Value,
        rows,
        denominator: None,
        requirement_rounding: None,
    })
}
