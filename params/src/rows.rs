//! Rows `[from, below)` in decimal text become closed integer intervals that tile.

use super::elements::Fraction;
use super::error::{ErrorCode, FileError};
use super::figures::{Checker, MAX_ROWS};
use super::schedule_file::{RowFile, VariableFile};
use super::unit::Unit;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::Signed;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::digest::Encoder;
use zkmargin_model::rule::{BracketError, BracketRow, BracketedLinear, Variable};

/// Units and ends of a function.
pub(super) struct RowUnits {
    /// Unit of `x`.
    pub x: Unit,
    /// Digits after the point of a rate.
    pub rate_decimals: u32,
    /// Whether the function gives rates, and the largest then; otherwise it gives amounts in units of `x`, with the digits
    /// of rates beside.
    pub largest_rate: Option<BigInt>,
    /// Smallest `x` in a first row without `from`; `None` if `from` must be given.
    pub open_low: Option<BigInt>,
    /// Largest `x` in a last row without `below`.
    pub open_high: BigInt,
}

impl RowUnits {
    /// Slope and intercept of a row.
    fn line(
        &self,
        check: Checker,
        row: &RowFile,
        here: &str,
    ) -> Result<(BigInt, BigInt), FileError> {
        let (rate_place, amount) = (format!("{here}/rate"), format!("{here}/amount"));
        if self.largest_rate.is_none() {
            let unit = Unit { decimals: self.x.decimals + self.rate_decimals, bits: self.x.bits };
            let slope = rate(check, row, self.rate_decimals, &rate_place)?;
            return Ok((slope, check.counted(&row.amount, unit, &amount)?));
        }
        let per_x = Fraction::of_decimal(&check.decimal(&row.rate, &rate_place)?);
        let per_unit = per_x.times(&Fraction::of_units(&BigInt::from(1), self.x));
        let slope = per_unit.count(Unit::of_decimals(self.rate_decimals)).ok_or_else(|| {
            let message = format!(
                "times {}, the unit of the size or notional, it is not a whole number of rates; give the table a denominator",
                self.x
            );
            check.error(ErrorCode::RoundingMissing, rate_place, message)
        })?;
        Ok((slope, check.scaled(&row.amount, self.rate_decimals, &amount)?))
    }

    /// Largest `x` of a last row that is open: beyond the largest rate there is none.
    fn end(&self, slope: &BigInt, intercept: &BigInt) -> BigInt {
        match &self.largest_rate {
            Some(most) if slope.is_positive() => {
                (most - intercept).div_floor(slope).min(self.open_high.clone())
            }
            _ => self.open_high.clone(),
        }
    }
}

impl VariableFile {
    /// The rule's term for it.
    pub fn to_rule(self) -> Variable {
        match self {
            VariableFile::Value => Variable::Value,
            VariableFile::Quantity => Variable::Quantity,
        }
    }
}

/// Builds the integer function; `pointer` is the function's, with its rows below it.
pub(super) fn tile(
    check: Checker,
    pointer: &str,
    variable: VariableFile,
    rows: &[RowFile],
    units: &RowUnits,
) -> Result<BracketedLinear, FileError> {
    check.length(rows.len(), MAX_ROWS, &format!("{pointer}/rows"))?;
    let last = rows.len().saturating_sub(1);
    let mut integers = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let here = format!("{pointer}/rows/{at}");
        let lo = match (&row.from, &units.open_low) {
            (Some(from), _) => check.counted(from, units.x, &format!("{here}/from"))?,
            (None, Some(open)) if at == 0 => open.clone(),
            (None, _) => {
                let message = if at == 0 {
                    "a requirement must begin at zero; write \"from\": \"0\""
                } else {
                    "only the first row can be open below; write the \"below\" of the row before it"
                };
                return Err(check.error(
                    ErrorCode::BracketOpenEnd,
                    format!("{here}/from"),
                    message,
                ));
            }
        };
        let (slope, intercept) = units.line(check, row, &here)?;
        let hi = match &row.below {
            Some(below) => check.counted(below, units.x, &format!("{here}/below"))? - 1,
            None if at == last => match units.end(&slope, &intercept) {
                end if units.largest_rate.is_some() && end < lo => {
                    let message = "from its beginning on gives a rate that is wider than 27 bits; rates have the digits of \"rate_decimals\"";
                    return Err(check.error(ErrorCode::Width, here, message));
                }
                end => end,
            },
            None => {
                let message =
                    "only the last row can be open; write the \"from\" of the row after it";
                return Err(check.error(
                    ErrorCode::BracketOpenEnd,
                    format!("{here}/below"),
                    message,
                ));
            }
        };
        integers.push(BracketRow { lo, hi, slope, intercept });
    }
    BracketedLinear::new(variable.to_rule(), integers)
        .map_err(|error| bracket_error(check, pointer, rows, &error))
}

/// A rate in its unit. One with more digits is never truncated.
fn rate(check: Checker, row: &RowFile, decimals: u32, pointer: &str) -> Result<BigInt, FileError> {
    check.scaled(&row.rate, decimals, pointer).map_err(|mut error| {
        if error.code == ErrorCode::TooManyDigits {
            let rate = row.rate.as_str();
            let digits = rate.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            error.message = format!(
                "{rate:?} has {digits} digits after the point; write \"rate_decimals\": {digits}, which is {decimals} now"
            );
        }
        error
    })
}

fn bracket_error(
    check: Checker,
    pointer: &str,
    rows: &[RowFile],
    error: &BracketError,
) -> FileError {
    let (code, row, message) = match error {
        BracketError::Empty => (ErrorCode::BracketEmpty, None, "has no rows; give at least one"),
        BracketError::Reversed { row } => (
            ErrorCode::BracketReversed,
            Some(*row),
            "the row holds nothing; \"below\" must be greater than \"from\"",
        ),
        BracketError::Gap { row } => (
            ErrorCode::BracketGap,
            Some(row + 1),
            "leaves a gap; \"from\" must equal the \"below\" of the row before it",
        ),
        BracketError::Overlap { row } => (
            ErrorCode::BracketOverlap,
            Some(row + 1),
            "overlaps; \"from\" must equal the \"below\" of the row before it",
        ),
        BracketError::ZeroNotCovered => (
            ErrorCode::BracketZero,
            Some(0),
            "x = 0 must be in the rows, for a requirement in the first",
        ),
    };
    let place = match row {
        Some(row) => format!("{pointer}/rows/{row}"),
        None => format!("{pointer}/rows"),
    };
    let ends = row.filter(|row| *row > 0).and_then(|row| {
        let (before, here) = (rows.get(row - 1)?.below.as_ref()?, rows.get(row)?.from.as_ref()?);
        Some(format!(" ({:?} and {:?})", here.as_str(), before.as_str()))
    });
    let meeting = matches!(error, BracketError::Gap { .. } | BracketError::Overlap { .. });
    check.error(code, place, format!("{message}{}", ends.filter(|_| meeting).unwrap_or_default()))
}

/// Writes rows into the canonical encoding, figures as written and without units.
pub(super) fn encode(
    check: Checker,
    pointer: &str,
    variable: VariableFile,
    rows: &[RowFile],
    out: &mut Encoder,
) -> Result<(), FileError> {
    out.u8(match variable {
        VariableFile::Value => 0,
        VariableFile::Quantity => 1,
    });
    out.len(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let here = format!("{pointer}/rows/{at}");
        for end in [&row.from, &row.below] {
            let end: Option<Decimal> =
                end.as_ref().map(|text| check.decimal(text, &here)).transpose()?;
            out.option(end, |e, d| {
                e.decimal(&d);
            });
        }
        out.decimal(&check.decimal(&row.rate, &here)?);
        out.decimal(&check.decimal(&row.amount, &here)?);
    }
    Ok(())
}

/// `10^exponent` for a signed exponent, as a numerator and a denominator.
pub(super) fn signed_power_of_ten(exponent: i64) -> (BigInt, BigInt) {
    let power = power_of_ten(u32::try_from(exponent.unsigned_abs()).unwrap_or(u32::MAX));
    if exponent >= 0 { (power, BigInt::from(1)) } else { (BigInt::from(1), power) }
}
