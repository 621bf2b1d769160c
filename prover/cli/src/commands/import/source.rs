//! Members of a venue's JSON file, with their place in errors.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use serde_json::Value;
use zkmargin_model::decimal::Decimal;
use zkmargin_params::{DecimalText, format_utc};

/// 2009-01-03, when the first chain began, to 2100-01-01, in milliseconds.
const TIMES: std::ops::Range<u64> = 1_230_940_800_000..4_102_444_800_000;

/// An error at a JSON pointer of the venue's file.
pub fn wrong(pointer: &str, message: &str) -> Failure {
    let message = match pointer {
        "" => format!("the file {message}"),
        _ => format!("{pointer}: {message}"),
    };
    Failure::new(Exit::Malformed, "ImportSource", message)
}

/// An exact decimal number that the file holds as text. JSON numbers are refused: a program on
/// the way may have rounded them.
pub fn decimal(value: &Value, pointer: &str) -> Result<DecimalText> {
    present(value, pointer)?;
    let text = value.as_str().ok_or_else(|| wrong(pointer, "is not a decimal number in quotes"))?;
    let decimal = Decimal::parse(text).map_err(|e| wrong(pointer, &e.to_string()))?;
    Ok(DecimalText::new(decimal.to_string()))
}

/// Refuses a member that the file does not have.
fn present(value: &Value, pointer: &str) -> Result<()> {
    if value.is_null() { Err(wrong(pointer, "is missing")) } else { Ok(()) }
}

/// A time in milliseconds since 1970. Seconds, microseconds and nanoseconds come out in another
/// age and are refused.
pub fn milliseconds(value: &Value, pointer: &str) -> Result<u64> {
    let number = natural(value, pointer)?;
    if TIMES.contains(&number) {
        return Ok(number);
    }
    let units = [("seconds", 1000, 1), ("microseconds", 1, 1000), ("nanoseconds", 1, 1_000_000)];
    let read = units.iter().find_map(|(unit, times, over)| {
        let time = number.checked_mul(*times)? / over;
        TIMES.contains(&time).then(|| format!("; in {unit} it would be {}", format_utc(time)))
    });
    let read = read.unwrap_or_default();
    Err(wrong(pointer, &format!("{number} is not a time of our age in milliseconds{read}")))
}

/// An integer.
pub fn integer(value: &Value, pointer: &str) -> Result<i64> {
    present(value, pointer)?;
    value.as_i64().ok_or_else(|| wrong(pointer, "is not an integer"))
}

/// An integer from 0 on.
pub fn natural(value: &Value, pointer: &str) -> Result<u64> {
    present(value, pointer)?;
    value.as_u64().ok_or_else(|| wrong(pointer, "is not an integer from 0 on"))
}

/// A list.
pub fn list<'a>(value: &'a Value, pointer: &str) -> Result<&'a [Value]> {
    present(value, pointer)?;
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(pointer, "is not a list"))
}
