//! The levels and floors that a claim can have.

use super::CHECK;
use crate::error::{ErrorCode, FileError};
use crate::figures::MAX_MENU;
use crate::requirement::Requirement;
use crate::schedule_file::ScheduleFile;
use crate::text::DecimalText;
use zkmargin_model::claim::{Claim, Menu};
use zkmargin_model::floor::{Floor, WrittenFloor};
use zkmargin_model::unit::MarginUnit;
use zkmargin_model::widths::LEVEL_BITS;

/// A decimal number or `none`.
pub(in super::super) fn written_floor(
    text: &DecimalText,
    here: &str,
) -> Result<WrittenFloor, FileError> {
    match WrittenFloor::parse(text.as_str()) {
        Ok(floor) => Ok(floor),
        Err(_) => CHECK.decimal(text, here).map(WrittenFloor::from),
    }
}

pub(super) fn check_menu(file: &ScheduleFile, unit: &MarginUnit) -> Result<Menu, FileError> {
    let menu = &file.menu;
    CHECK.length(menu.levels.len(), MAX_MENU, "/menu/levels")?;
    CHECK.length(menu.floors.len(), MAX_MENU, "/menu/floors")?;
    if menu.levels.is_empty() {
        let name = file.requirement.name();
        let message = format!(
            "list at least one level, such as {{\"name\": \"{name}\", \"level_bps\": 10000}}"
        );
        return Err(CHECK.error(ErrorCode::BadMenu, "/menu/levels", message));
    }
    if menu.floors.is_empty() {
        let message = "list at least one floor, such as \"0\", or \"none\"";
        return Err(CHECK.error(ErrorCode::BadMenu, "/menu/floors", message));
    }
    for (at, level) in menu.levels.iter().enumerate() {
        let here = format!("/menu/levels/{at}");
        CHECK.name(&level.name, &format!("{here}/name"))?;
        if level.level_bps == 0 || level.level_bps >= 1 << LEVEL_BITS {
            let message = format!("must be from 1 to {}", (1u32 << LEVEL_BITS) - 1);
            return Err(CHECK.error(ErrorCode::OutOfRange, format!("{here}/level_bps"), message));
        }
        // Digits are a figure wherever a level is named, and a requirement's name is that requirement everywhere.
        if level.name.bytes().all(|b| b.is_ascii_digit()) {
            let message =
                "a name cannot be a number; a demand for this number would be read as the name";
            return Err(CHECK.error(ErrorCode::BadMenu, format!("{here}/name"), message));
        }
        if !Requirement::can_name(&level.name, level.level_bps) {
            let name = &level.name;
            let message =
                format!("`{name}` is 10000 basis points; give any other level a different name");
            return Err(CHECK.error(ErrorCode::BadMenu, format!("{here}/level_bps"), message));
        }
        if let Some(named) = Requirement::of_name(&level.name).filter(|r| *r != file.requirement) {
            let message = format!(
                "levels are of the {}, and `{}` would be read as another requirement; call it `{}`",
                file.requirement.margin(),
                named.name(),
                file.requirement.name()
            );
            return Err(CHECK.error(ErrorCode::BadMenu, format!("{here}/name"), message));
        }
        let before = &menu.levels[..at];
        if before.iter().any(|l| l.name == level.name || l.level_bps == level.level_bps) {
            let message = "repeats a name or a level; keep one of them";
            return Err(CHECK.error(ErrorCode::BadMenu, here, message));
        }
    }
    let names = menu.levels.iter().map(|level| level.name.as_str());
    CHECK.names_differ(names, |at| format!("/menu/levels/{at}/name"))?;
    let mut floors = Vec::with_capacity(menu.floors.len());
    for (at, floor) in menu.floors.iter().enumerate() {
        let here = format!("/menu/floors/{at}");
        let floor: Floor = match written_floor(floor, &here)?.amount() {
            None => Floor::none(),
            Some(_) => CHECK.scaled(floor, unit.decimals().into(), &here)?.into(),
        };
        if let Err(error) = Claim::with_floor(0, floor.clone()) {
            return Err(CHECK.error(ErrorCode::Width, here, error.to_string()));
        }
        if floors.contains(&floor) {
            return Err(CHECK.error(ErrorCode::BadMenu, here, "repeats a floor; keep one of them"));
        }
        floors.push(floor);
    }
    floors.sort();
    let mut levels_bps: Vec<_> = menu.levels.iter().map(|level| level.level_bps).collect();
    levels_bps.sort_unstable();
    Ok(Menu { levels_bps, floors })
}
