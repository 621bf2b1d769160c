//! A portfolio snapshot at another price of an underlying.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use std::collections::BTreeSet;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::loadings::DIGITS;
use zkmargin_model::rule::Rounding;
use zkmargin_params::DecimalText;
use zkmargin_params::portfolio::{ContractFile, PortfolioSchedule, PortfolioSnapshotFile};

/// Why a snapshot has no other price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// The venue publishes loadings.
    #[error(
        "the venue publishes what a unit loses in each scenario, for the prices of its snapshot alone: what it would publish at another price is in no file"
    )]
    Published,
    /// Nothing has this name.
    #[error("the schedule has no public price {0}")]
    Unlisted(String),
    /// A price is not above zero.
    #[error("a price is above zero")]
    NotPositive,
    /// A figure of the snapshot is not a decimal number.
    #[error("the snapshot has a figure that is not a decimal number")]
    BadNumber,
}

fn decimal(text: &DecimalText) -> Result<Decimal, MoveError> {
    Decimal::parse(text.as_str()).map_err(|_| MoveError::BadNumber)
}

/// The public prices that units of a schedule are on, in the order of its list.
pub fn underlyings(schedule: &PortfolioSchedule) -> Vec<&str> {
    let of_units: BTreeSet<usize> = schedule.units().iter().filter_map(|u| u.index).collect();
    let names = schedule.file().indices.iter().enumerate();
    names.filter(|(at, _)| of_units.contains(at)).map(|(_, name)| name.as_str()).collect()
}

/// The snapshot at another price of one of [`underlyings`], or of another public price.
///
/// With the price of units move, in the same proportion, the forwards of their groups and the values of what is linear in
/// them, each to the nearest of 18 digits. Volatilities, rates, slopes and time stay, and so does what scenarios do not
/// move. Nothing else moves with a price that is no unit's.
///
/// # Errors
/// [`MoveError`].
pub fn moved(
    schedule: &PortfolioSchedule,
    file: &PortfolioSnapshotFile,
    name: &str,
    price: &Decimal,
) -> Result<PortfolioSnapshotFile, MoveError> {
    if schedule.file().derived.is_none() {
        return Err(MoveError::Published);
    }
    if !price.coefficient().is_positive() {
        return Err(MoveError::NotPositive);
    }
    let unlisted = || MoveError::Unlisted(name.to_owned());
    let place = schedule.file().indices.iter().position(|index| index == name);
    let place = place.ok_or_else(unlisted)?;
    let mut file = file.clone();
    let index = file.indices.iter_mut().find(|index| index.index == name).ok_or_else(unlisted)?;
    let from = decimal(&index.price)?;
    index.price = DecimalText::new(price.to_string());
    let scaled = |text: &DecimalText| {
        let figure = decimal(text)?;
        let numerator = figure.coefficient()
            * price.coefficient()
            * power_of_ten(DIGITS)
            * power_of_ten(from.scale());
        let denominator = from.coefficient() * power_of_ten(figure.scale() + price.scale());
        if denominator.is_zero() {
            return Err(MoveError::NotPositive);
        }
        let nearest = Rounding::NearestUp.divide(&numerator, &denominator);
        let nearest =
            if figure.coefficient().is_positive() { nearest.max(BigInt::one()) } else { nearest };
        Ok(DecimalText::new(Decimal::from_scaled(&nearest, DIGITS).to_string()))
    };
    let moves = |group: usize| {
        let unit = schedule.groups().get(group).and_then(|g| schedule.units().get(g.unit));
        unit.is_some_and(|unit| unit.index == Some(place))
    };
    for of in &mut file.groups {
        let group = schedule.groups().iter().position(|g| g.name == of.group);
        if let (true, Some(forward)) = (group.is_some_and(moves), &mut of.forward) {
            *forward = scaled(forward)?;
        }
    }
    for of in &mut file.instruments {
        let listed = schedule.instrument(&of.instrument);
        let is_linear = listed.is_some_and(|i| i.kind == ContractFile::Linear && moves(i.group));
        if let (true, Some(value)) = (is_linear, &mut of.value) {
            *value = scaled(value)?;
        }
    }
    Ok(file)
}
