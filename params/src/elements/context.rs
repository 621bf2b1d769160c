//! Multipliers and steps of one instrument or asset.

use super::figures::Figures;
use super::fraction::Fraction;
use crate::DecimalText;
use crate::elements_file::{FractionText, StepFile};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::pointer::escape;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::{One, Signed};
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::rule::LinearStep;

pub(super) const CHECK: Checker = Checker(FileKind::Schedule);

/// Units of what a step is applied to and of its result.
#[derive(Clone, Copy)]
pub(super) struct Units {
    pub(super) from: Unit,
    pub(super) out: Unit,
}

impl Units {
    /// One unit for both.
    pub(super) fn same(unit: Unit) -> Self {
        Self { from: unit, out: unit }
    }
}

/// The elements of one instrument or asset.
pub(super) struct Context<'a> {
    /// Their JSON pointer in the schedule.
    pub(super) here: String,
    /// JSON pointer of the instrument's or asset's prices in the snapshot.
    pub(super) priced: String,
    /// Its figures there.
    pub(super) figures: &'a Figures,
}

impl Context<'_> {
    pub(super) fn error(&self, code: ErrorCode, at: &str, message: impl Into<String>) -> FileError {
        CHECK.error(code, format!("{}/{at}", self.here), message)
    }

    /// The product of a constant and a figure; `price` takes the place of a figure that is not named.
    pub(super) fn multiplier(
        &self,
        multiply: Option<&FractionText>,
        by: Option<&String>,
        price: Option<&Fraction>,
        at: &str,
    ) -> Result<Fraction, FileError> {
        let constant = match multiply {
            Some(text) => Fraction::parse(CHECK, text, &format!("{}/{at}/multiply", self.here))?,
            None => Fraction::one(),
        };
        let figure = match by {
            // The snapshot's check has asked for every figure that is named.
            Some(name) => self.figures.get(name).cloned().ok_or_else(|| {
                let message = "no figure of the snapshot has this name";
                self.error(ErrorCode::MissingFigure, &format!("{at}/by"), message)
            })?,
            None => price.cloned().unwrap_or_else(Fraction::one),
        };
        Ok(constant.times(&figure))
    }

    /// The same, which must not be negative.
    pub(super) fn positive(
        &self,
        multiply: Option<&FractionText>,
        by: Option<&String>,
        price: Option<&Fraction>,
        at: &str,
    ) -> Result<Fraction, FileError> {
        let product = self.multiplier(multiply, by, price, at)?;
        if !product.is_negative() {
            return Ok(product);
        }
        let message = "must not be negative here";
        match by.filter(|name| self.figures.get(*name).is_some_and(Fraction::is_negative)) {
            Some(name) => {
                let place = format!("{}/figures/{}", self.priced, escape(name));
                Err(Checker(FileKind::Snapshot).error(ErrorCode::OutOfRange, place, message))
            }
            None => Err(self.error(ErrorCode::OutOfRange, &format!("{at}/multiply"), message)),
        }
    }

    /// A step whose multiplier is not negative.
    pub(super) fn step(
        &self,
        file: &StepFile,
        price: Option<&Fraction>,
        units: Units,
        at: &str,
    ) -> Result<LinearStep, FileError> {
        let by = self.positive(file.multiply.as_ref(), file.by.as_ref(), price, at)?;
        self.rounded(file, &by, units, at)
    }

    /// Steps in turn, all but the first in one unit.
    pub(super) fn steps(
        &self,
        list: &[StepFile],
        units: Units,
        at: &str,
    ) -> Result<Vec<LinearStep>, FileError> {
        self.bounded(list.len(), at)?;
        let unit_of = |number| if number == 0 { units } else { Units::same(units.out) };
        let steps = list.iter().enumerate();
        steps.map(|(i, step)| self.step(step, None, unit_of(i), &format!("{at}/{i}"))).collect()
    }

    /// A list has few steps.
    pub(super) fn bounded(&self, steps: usize, at: &str) -> Result<(), FileError> {
        CHECK.length(steps, crate::MAX_ROUND_STEPS, &format!("{}/{at}", self.here))
    }

    /// The step of a multiplier with the rounding that is written.
    pub(super) fn rounded(
        &self,
        file: &StepFile,
        by: &Fraction,
        Units { from, out }: Units,
        at: &str,
    ) -> Result<LinearStep, FileError> {
        let kept = match file.decimals {
            Some(decimals) => {
                let place = format!("{at}/decimals");
                CHECK.decimals(decimals, out.decimals, &format!("{}/{place}", self.here))?;
                if file.round.is_none() {
                    let message = "name the direction in \"round\", or remove the digits";
                    return Err(self.error(ErrorCode::RoundingMissing, &place, message));
                }
                Unit::of_decimals(decimals)
            }
            None => out,
        };
        let (num, den) = by.times(&Fraction::of_units(&BigInt::one(), from)).in_units(kept);
        // `kept` is a multiple of `out`.
        let scale = power_of_ten(out.decimals - kept.decimals) << (out.bits - kept.bits);
        let step = match file.round {
            _ if den.is_one() => Some(LinearStep::exact(num * scale)),
            Some(mode) => LinearStep::rounded(num, den, mode.to_rule(), scale),
            None => None,
        };
        step.ok_or_else(|| {
            let message = format!(
                "the product is not a whole number of {out}, its unit; name the direction in which it is rounded in \"round\""
            );
            self.error(ErrorCode::RoundingMissing, at, message)
        })
    }

    /// An integer that is not negative.
    pub(super) fn whole(&self, text: &DecimalText, at: &str) -> Result<BigInt, FileError> {
        self.counted(text, Unit::of_decimals(0), at)
    }

    /// A number of units that is not negative.
    pub(super) fn counted(
        &self,
        text: &DecimalText,
        unit: Unit,
        at: &str,
    ) -> Result<BigInt, FileError> {
        let units = CHECK.counted(text, unit, &format!("{}/{at}", self.here))?;
        if units.is_negative() {
            return Err(self.error(ErrorCode::OutOfRange, at, "must not be negative here"));
        }
        Ok(units)
    }

    /// What a form that the rule does not have is refused with.
    pub(super) fn refuse<T>(&self, at: &str, message: &str) -> Result<T, FileError> {
        Err(self.error(ErrorCode::BadElement, at, message))
    }
}
