//! The levels and floors that a claim can have.

use super::CHECK;
use crate::error::{ErrorCode, FileError};
use crate::figures::MAX_MENU;
use crate::floors;
use crate::requirement::Requirement;
use crate::schedule_file::ScheduleFile;
use zkmargin_model::claim::Menu;
use zkmargin_model::unit::MarginUnit;
use zkmargin_model::widths::LEVEL_BITS;

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
    let floors = floors::check(CHECK, &menu.floors, unit.decimals().into())?;
    let mut levels_bps: Vec<_> = menu.levels.iter().map(|level| level.level_bps).collect();
    levels_bps.sort_unstable();
    Ok(Menu { levels_bps, floors })
}
