//! Checks of single values: text, decimals, hexadecimal, sizes of lists.

use super::error::{ErrorCode, FileError, FileKind};
use super::read::shorten;
use super::text::DecimalText;
use super::unit::Unit;
use num_bigint::BigInt;
use zkmargin_model::decimal::{Decimal, DecimalError, parse_scaled};
use zkmargin_model::names::{check_name, look_alikes};
use zkmargin_model::shown::quoted;

/// Maximum length of a symbol or name, in bytes.
pub const MAX_TEXT_BYTES: usize = 128;
/// Maximum length of free text, in bytes.
pub const MAX_NOTE_BYTES: usize = 4096;
/// Maximum number of digits after the point in any unit but rates.
pub const MAX_DECIMALS: u32 = 36;
/// Maximum number of binary digits in a unit.
pub const MAX_UNIT_BITS: u32 = 48;
/// Maximum number of digits after the point in rates.
pub const MAX_RATE_DECIMALS: u32 = 12;
/// Maximum number of assets in a schedule.
pub const MAX_LISTED_ASSETS: usize = 4096;
/// Maximum number of instruments in a schedule.
pub const MAX_LISTED_INSTRUMENTS: usize = 8192;
/// Maximum number of tier tables in a schedule.
pub const MAX_TIER_TABLES: usize = 8192;
/// Maximum number of rows in tier tables that no instrument uses, counting one more for each table.
pub const MAX_UNUSED_ROWS: usize = 4096;
/// Maximum number of rows in a function.
pub const MAX_ROWS: usize = 256;
/// Maximum number of levels, and of floors, on a menu.
pub const MAX_MENU: usize = 64;
/// Maximum number of rounding steps of a requirement.
pub const MAX_ROUND_STEPS: usize = 4;
/// Largest denominator of a tier table.
pub const MAX_DENOMINATOR: u32 = 1_000_000;
/// Longest text that outputs repeat, in bytes.
pub const MAX_WORDS_BYTES: usize = 256;
/// Entries of what a schedule leaves out.
pub const MAX_LEFT_OUT: usize = 32;

/// The file a checker is in. Its methods make errors there.
#[derive(Clone, Copy)]
pub(super) struct Checker(pub FileKind);

impl Checker {
    pub fn error(
        self,
        code: ErrorCode,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> FileError {
        FileError::new(code, self.0, pointer, message)
    }

    fn bad_decimal(self, text: &DecimalText, error: &DecimalError, pointer: &str) -> FileError {
        let code = match error {
            DecimalError::TooManyDigits { .. } => ErrorCode::TooManyDigits,
            _ => ErrorCode::BadNumber,
        };
        let message = match (self.0, error) {
            // Figures of an account are not repeated in messages.
            (FileKind::Account, DecimalError::TooManyDigits { digits, most, .. }) => {
                format!("has {digits} digits after the point; write at most {most}")
            }
            (FileKind::Account, _) => error.to_string(),
            // Cutting a rate or a price lowers somebody's requirement.
            (
                FileKind::Schedule
                | FileKind::Snapshot
                | FileKind::PortfolioSchedule
                | FileKind::PortfolioSnapshot,
                DecimalError::TooManyDigits { digits, most, .. },
            ) => {
                format!(
                    "{} has {digits} digits after the point, but at most {most} fit here; give the schedule more digits for it",
                    quoted(&shorten(text.as_str()))
                )
            }
            _ => format!("{} {error}", quoted(&shorten(text.as_str()))),
        };
        self.error(code, pointer, message)
    }

    /// A decimal number of any scale.
    pub fn decimal(self, text: &DecimalText, pointer: &str) -> Result<Decimal, FileError> {
        let decimal =
            Decimal::parse(text.as_str()).map_err(|e| self.bad_decimal(text, &e, pointer))?;
        if decimal.scale() > MAX_DECIMALS {
            let message = format!("has more than {MAX_DECIMALS} digits after the point");
            return Err(self.error(ErrorCode::TooManyDigits, pointer, message));
        }
        Ok(decimal)
    }

    /// A decimal number in units of `10^-decimals`.
    pub fn scaled(
        self,
        text: &DecimalText,
        decimals: u32,
        pointer: &str,
    ) -> Result<BigInt, FileError> {
        parse_scaled(text.as_str(), decimals).map_err(|e| self.bad_decimal(text, &e, pointer))
    }

    /// A decimal number in a unit. Beside binary digits it has as many digits as it needs.
    pub fn counted(
        self,
        text: &DecimalText,
        unit: Unit,
        pointer: &str,
    ) -> Result<BigInt, FileError> {
        if unit.bits == 0 {
            return self.scaled(text, unit.decimals, pointer);
        }
        let figure =
            Decimal::parse(text.as_str()).map_err(|e| self.bad_decimal(text, &e, pointer))?;
        unit.count(&figure).ok_or_else(|| {
            let message =
                format!("is not a whole number of {unit}, the unit in which it is counted");
            self.error(ErrorCode::TooManyDigits, pointer, message)
        })
    }

    /// A positive price in a unit.
    pub fn price(self, text: &DecimalText, unit: Unit, pointer: &str) -> Result<BigInt, FileError> {
        let price = self.counted(text, unit, pointer)?;
        if price <= BigInt::ZERO {
            let message = "a price must be above zero; a market without one cannot be priced";
            return Err(self.error(ErrorCode::NonPositivePrice, pointer, message));
        }
        Ok(price)
    }

    /// A symbol or name.
    pub fn name(self, text: &str, pointer: &str) -> Result<(), FileError> {
        check_name(text, MAX_TEXT_BYTES)
            .map_err(|e| self.error(ErrorCode::BadText, pointer, format!("the name {e}")))
    }

    /// A few words that outputs repeat.
    pub fn words(self, text: &str, pointer: &str) -> Result<(), FileError> {
        check_name(text, MAX_WORDS_BYTES)
            .map_err(|e| self.error(ErrorCode::BadText, pointer, format!("the text {e}")))
    }

    /// Checks that no two names in a list, each already checked on its own, look alike. `place` gives the pointer of
    /// the one at an index.
    pub fn names_differ<'a>(
        self,
        names: impl Iterator<Item = &'a str> + Clone,
        place: impl Fn(usize) -> String,
    ) -> Result<(), FileError> {
        let Some((at, like)) = look_alikes(names.clone()) else { return Ok(()) };
        let name = |at| names.clone().nth(at).unwrap_or_default();
        let message = format!(
            "{} looks like {} in {}; rename one of them",
            quoted(name(at)),
            quoted(name(like)),
            place(like)
        );
        Err(self.error(ErrorCode::LookAlike, place(at), message))
    }

    /// A count of decimals.
    pub fn decimals(self, value: u32, most: u32, pointer: &str) -> Result<(), FileError> {
        if value > most {
            let message = format!("{value} decimals; at most {most}");
            return Err(self.error(ErrorCode::BadDecimals, pointer, message));
        }
        Ok(())
    }

    /// Binary digits of a unit, where there are any.
    pub fn bits(self, bits: Option<u32>, pointer: &str) -> Result<(), FileError> {
        match bits {
            Some(bits) if !(1..=MAX_UNIT_BITS).contains(&bits) => {
                let message =
                    format!("{bits} bits; write 1 to {MAX_UNIT_BITS}, or leave it out for none");
                Err(self.error(ErrorCode::BadDecimals, pointer, message))
            }
            _ => Ok(()),
        }
    }

    /// The length of a list.
    pub fn length(self, length: usize, most: usize, pointer: &str) -> Result<(), FileError> {
        if length > most {
            let message = format!("{length} entries; at most {most}");
            return Err(self.error(ErrorCode::ListTooLong, pointer, message));
        }
        Ok(())
    }

    /// 32 bytes as 64 hexadecimal digits.
    pub fn hex32(self, text: &str, pointer: &str) -> Result<[u8; 32], FileError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| {
            let message = format!(
                "{} characters; write 32 bytes as 64 hexadecimal digits",
                text.chars().count()
            );
            self.error(ErrorCode::BadHex, pointer, message)
        })?;
        Ok(bytes)
    }
}
