//! Equity floors of a menu: signed amounts of the valuation currency, or `none`.

use crate::error::{ErrorCode, FileError};
use crate::figures::Checker;
use crate::text::DecimalText;
use zkmargin_model::claim::Claim;
use zkmargin_model::digest::Encoder;
use zkmargin_model::floor::{Floor, WrittenFloor};

/// A decimal number or `none`.
fn written(check: Checker, text: &DecimalText, here: &str) -> Result<WrittenFloor, FileError> {
    match WrittenFloor::parse(text.as_str()) {
        Ok(floor) => Ok(floor),
        Err(_) => check.decimal(text, here).map(WrittenFloor::from),
    }
}

/// Checks the floors of a menu, in units of so many decimals, and returns them ascending.
pub(crate) fn check(
    check: Checker,
    listed: &[DecimalText],
    decimals: u32,
) -> Result<Vec<Floor>, FileError> {
    if listed.is_empty() {
        let message = "list at least one floor, such as \"0\", or \"none\"";
        return Err(check.error(ErrorCode::BadMenu, "/menu/floors", message));
    }
    let mut floors = Vec::with_capacity(listed.len());
    for (at, text) in listed.iter().enumerate() {
        let here = format!("/menu/floors/{at}");
        let floor: Floor = match written(check, text, &here)?.amount() {
            None => Floor::none(),
            Some(_) => check.scaled(text, decimals, &here)?.into(),
        };
        if let Err(error) = Claim::with_floor(0, floor.clone()) {
            return Err(check.error(ErrorCode::Width, here, error.to_string()));
        }
        if floors.contains(&floor) {
            return Err(check.error(ErrorCode::BadMenu, here, "repeats a floor; keep one of them"));
        }
        floors.push(floor);
    }
    floors.sort();
    Ok(floors)
}

/// Each floor as a schedule's digest has it.
pub(crate) fn encoded(check: Checker, listed: &[DecimalText]) -> Result<Vec<Encoder>, FileError> {
    let each = listed.iter().enumerate().map(|(at, text)| {
        let mut one = Encoder::new();
        match written(check, text, &format!("/menu/floors/{at}"))?.amount() {
            Some(amount) => one.decimal(amount),
            // No decimal has so many digits.
            None => one.u32(u32::MAX),
        };
        Ok(one)
    });
    each.collect()
}
