//! Figures of 18 digits after the point, and products of figures in a unit.

use crate::error::{ErrorCode, FileError};
use crate::figures::Checker;
use crate::text::DecimalText;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::loadings::DIGITS;
use zkmargin_model::rule::Rounding;

/// The nearest number of units of `10^-decimals`, halves up.
pub(crate) fn nearest(figure: &Decimal, decimals: u32) -> BigInt {
    let scaled = figure.coefficient() * power_of_ten(decimals);
    Rounding::NearestUp.divide(&scaled, &power_of_ten(figure.scale()))
}

/// The product, exact.
pub(crate) fn product(a: &Decimal, b: &Decimal) -> Decimal {
    Decimal::from_scaled(&(a.coefficient() * b.coefficient()), a.scale() + b.scale())
}

/// The sum, exact.
pub(crate) fn sum(a: &Decimal, b: &Decimal) -> Decimal {
    let scale = a.scale().max(b.scale());
    let in_scale = |d: &Decimal| d.coefficient() * power_of_ten(scale - d.scale());
    Decimal::from_scaled(&(in_scale(a) + in_scale(b)), scale)
}

/// The number with the other sign.
pub(crate) fn less(a: &Decimal) -> Decimal {
    Decimal::from_scaled(&-a.coefficient(), a.scale())
}

impl Checker {
    /// A figure of at most 18 digits after the point that is not negative, in units of the last of them.
    pub(super) fn figure(self, text: &DecimalText, pointer: &str) -> Result<u128, FileError> {
        let figure = self.signed_figure(text, pointer)?;
        if figure.is_negative() {
            return Err(self.error(ErrorCode::OutOfRange, pointer, "must not be below zero"));
        }
        Ok(figure.unsigned_abs())
    }

    /// The same with a sign.
    pub(super) fn signed_figure(
        self,
        text: &DecimalText,
        pointer: &str,
    ) -> Result<i128, FileError> {
        let figure = self.scaled(text, DIGITS, pointer)?.to_i128();
        figure.ok_or_else(|| self.error(ErrorCode::Width, pointer, "is too large"))
    }

    /// A figure above zero.
    pub(super) fn positive_figure(
        self,
        text: &DecimalText,
        pointer: &str,
    ) -> Result<u128, FileError> {
        match self.figure(text, pointer)? {
            0 => Err(self.error(ErrorCode::OutOfRange, pointer, "must be above zero")),
            figure => Ok(figure),
        }
    }

    /// A confidence, from 0 to 1.
    pub(super) fn share(self, text: &DecimalText, pointer: &str) -> Result<u128, FileError> {
        let share = self.figure(text, pointer)?;
        if share > zkmargin_model::portfolio::loadings::UNIT {
            return Err(self.error(ErrorCode::OutOfRange, pointer, "must be from 0 to 1"));
        }
        Ok(share)
    }

    /// A decimal number that is not negative.
    pub(super) fn amount(self, text: &DecimalText, pointer: &str) -> Result<Decimal, FileError> {
        let decimal = self.decimal(text, pointer)?;
        if decimal.coefficient().is_negative() {
            return Err(self.error(ErrorCode::OutOfRange, pointer, "must not be below zero"));
        }
        Ok(decimal)
    }
}
