//! Sizes and entry values of positions.

use super::{ImportError, Member, nearest_product, nearest_quotient, scaled};
use crate::{DecimalText, InstrumentFile, KindFile, Schedule};
use num_bigint::{BigInt, Sign};
use num_traits::Signed;
use zkmargin_model::decimal::Decimal;

/// Whether an entry has no position: its size is zero, and so are these figures of it, as far as it has them.
///
/// # Errors
/// [`ImportError`] if the size is absent, or at a figure that is not zero: the size was lost then.
pub fn is_flat(listed: &Member<'_>, size: &str, figures: &[&str]) -> Result<bool, ImportError> {
    if !listed.member(size).is_zero()? {
        return Ok(false);
    }
    let message = format!("is not zero, but {size} is: an entry without a position has no figures");
    for name in figures {
        listed.member(name).must_be_nothing_if_given(&message)?;
    }
    Ok(true)
}

/// Checks that an entry states the figures that confirm its size: without them only totals would, which say little of a
/// position near its entry price.
///
/// # Errors
/// [`ImportError`] at the first that is absent or no figure.
pub fn must_state(listed: &Member<'_>, figures: &[&str]) -> Result<(), ImportError> {
    figures.iter().try_for_each(|name| listed.member(name).computed().map(drop))
}

/// A price at which a position was opened or is marked.
///
/// # Errors
/// [`ImportError`] at the price if it is not above zero.
pub fn price_above_zero(place: &Member<'_>, price: Decimal) -> Result<Decimal, ImportError> {
    if price.coefficient().is_positive() {
        return Ok(price);
    }
    Err(place.wrong("is not a price above zero"))
}

/// Checks a value at entry that was not computed from a price: that of a linear contract has the sign of its size, and that
/// of an inverse one the other.
///
/// # Errors
/// [`ImportError`] at the place that gives the value, if the price that it implies is not above zero.
pub fn check_entry(
    place: &Member<'_>,
    kind: KindFile,
    size: &BigInt,
    entry: &BigInt,
) -> Result<(), ImportError> {
    let expected = match kind {
        KindFile::Linear => size.sign(),
        KindFile::Inverse => -size.sign(),
    };
    if entry.sign() == expected && expected != Sign::NoSign {
        return Ok(());
    }
    Err(place.wrong("implies an entry price that is not above zero"))
}

/// Checks a signed size against the side that the answer says besides.
///
/// # Errors
/// [`ImportError`] at the size if it has the sign of the other side.
pub fn check_sign(place: &Member<'_>, size: &BigInt, long: bool) -> Result<(), ImportError> {
    if size.sign() == if long { Sign::Plus } else { Sign::Minus } {
        return Ok(());
    }
    Err(place.wrong("does not have the sign of its side"))
}

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
