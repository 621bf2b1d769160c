//! Members of a venue's JSON file, with their place in errors.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use serde_json::Value;
use zkmargin_model::files::{Decimal, DecimalText};

/// An error at a JSON pointer of the venue's file.
pub fn wrong(pointer: &str, message: &str) -> Failure {
    Failure::new(Exit::Malformed, "ImportSource", format!("{pointer}: {message}"))
}

/// An exact decimal number that the file holds as text. JSON numbers are refused: a program on
/// the way may have rounded them.
pub fn decimal(value: &Value, pointer: &str) -> Result<DecimalText> {
    let text = value.as_str().ok_or_else(|| wrong(pointer, "is not a decimal number in quotes"))?;
    let decimal = Decimal::parse(text).map_err(|e| wrong(pointer, &e.to_string()))?;
    Ok(DecimalText::new(decimal.to_string()))
}

/// An integer.
pub fn integer(value: &Value, pointer: &str) -> Result<i64> {
    value.as_i64().ok_or_else(|| wrong(pointer, "is not an integer"))
}

/// An integer from 0 on.
pub fn natural(value: &Value, pointer: &str) -> Result<u64> {
    value.as_u64().ok_or_else(|| wrong(pointer, "is not an integer from 0 on"))
}

/// A list.
pub fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a [Value]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(pointer, "is not a list"))
}
