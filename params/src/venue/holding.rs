//! Sizes and entry values of positions.

use super::{ImportError, Member, nearest_product, nearest_quotient, scaled};
use crate::{DecimalText, InstrumentFile, KindFile, Schedule};
use num_bigint::BigInt;
use zkmargin_model::decimal::Decimal;

/// The size of a position, in units that the instrument has; `None` for zero.
///
/// # Errors
/// [`ImportError`] if it is no figure or has more digits.
pub fn size_of(
    size: &Member<'_>,
    instrument: &InstrumentFile,
) -> Result<Option<Decimal>, ImportError> {
    let (figure, most) = (size.figure()?, instrument.size_decimals);
    if figure.scale() > most {
        let digits = figure.scale();
        let message = format!("has {digits} digits after the point, but only {most} are read");
        return Err(size.wrong(message));
    }
    Ok(Some(figure).filter(|figure| *figure.coefficient() != BigInt::ZERO))
}

/// The value at entry of a signed size at an average price, in units of the settlement asset, to the nearest: an average
/// can have more digits than the unit.
///
/// # Errors
/// [`ImportError`] at the price if it is not above zero.
pub fn entry_of(
    schedule: &Schedule,
    instrument: &InstrumentFile,
    size: &Decimal,
    (place, price): (&Member<'_>, &Decimal),
) -> Result<BigInt, ImportError> {
    let decimals = schedule.asset(&instrument.settle).map_or(0, |asset| asset.decimals);
    let wrong = || place.wrong("is not a price above zero");
    let multiplier = Decimal::parse(instrument.multiplier.as_str()).map_err(|_| wrong())?;
    // The quotient is of a positive number alone, as the product's price must be.
    let inverse = nearest_quotient(&[size, &multiplier], price, decimals).ok_or_else(wrong)?;
    Ok(match instrument.kind {
        KindFile::Linear => nearest_product(&[size, &multiplier, price], decimals),
        KindFile::Inverse => -inverse,
    })
}

/// An amount in units of the instrument's settlement asset as text.
pub fn settled(schedule: &Schedule, instrument: &InstrumentFile, amount: BigInt) -> DecimalText {
    scaled(amount, schedule.asset(&instrument.settle).map_or(0, |asset| asset.decimals))
}

/// The number with the side's sign: positive for what is long.
#[must_use]
pub fn signed(size: Decimal, long: bool) -> Decimal {
    if long { size } else { Decimal::from_scaled(&-size.coefficient(), size.scale()) }
}
