//! The claims that a portfolio schedule publishes.

use super::schedule::PortfolioSchedule;
use super::schedule_file::{PortfolioLevelFile, PortfolioScheduleFile};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::{Checker, MAX_MENU};
use crate::floors;
use crate::requirement::Requirement;
use num_traits::Signed;
use zkmargin_model::claim::{Claim, MARGIN_BPS};
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::floor::{Floor, WrittenFloor};
use zkmargin_model::measure::Measure;
use zkmargin_model::portfolio::widths::EQUITY_BITS;
use zkmargin_model::shown::quoted;
use zkmargin_model::widths::LEVEL_BITS;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);

/// Checks levels, and floors, which it returns ascending.
pub(super) fn check(file: &PortfolioScheduleFile, decimals: u32) -> Result<Vec<Floor>, FileError> {
    let menu = &file.menu;
    CHECK.length(menu.levels.len(), MAX_MENU, "/menu/levels")?;
    CHECK.length(menu.floors.len(), MAX_MENU, "/menu/floors")?;
    if menu.levels.is_empty() {
        let message = "list at least one level, such as {\"name\": \"maintenance\", \"requirement\": \"maintenance\", \"level_bps\": 10000}";
        return Err(CHECK.error(ErrorCode::BadMenu, "/menu/levels", message));
    }
    let listed: Vec<Requirement> = file.requirements.all().map(|(r, _)| r).collect();
    for (at, level) in menu.levels.iter().enumerate() {
        let here = format!("/menu/levels/{at}");
        let bad = |field: &str, message: String| {
            Err(CHECK.error(ErrorCode::BadMenu, format!("{here}{field}"), message))
        };
        CHECK.name(&level.name, &format!("{here}/name"))?;
        if level.level_bps == 0 || level.level_bps >= 1 << LEVEL_BITS {
            let message = format!("must be from 1 to {}", (1u32 << LEVEL_BITS) - 1);
            return Err(CHECK.error(ErrorCode::OutOfRange, format!("{here}/level_bps"), message));
        }
        if !listed.contains(&level.requirement) {
            let name = level.requirement.name();
            return bad("/requirement", format!("the schedule has no requirement `{name}`"));
        }
        if level.name.bytes().all(|b| b.is_ascii_digit()) {
            let message = "a name cannot be a number; a demand for it would be read as the name";
            return bad("/name", message.to_owned());
        }
        let named = Requirement::of_name(&level.name);
        if named.is_some_and(|named| named != level.requirement)
            || !Requirement::can_name(&level.name, level.level_bps)
        {
            let name = &level.name;
            return bad("/name", format!("`{name}` is the {name} margin itself; rename the level"));
        }
        let same = |l: &&PortfolioLevelFile| {
            l.name == level.name
                || (l.requirement == level.requirement && l.level_bps == level.level_bps)
        };
        if menu.levels[..at].iter().find(same).is_some() {
            return bad("", "repeats a name or a level; keep one of them".to_owned());
        }
    }
    let names = menu.levels.iter().map(|level| level.name.as_str());
    CHECK.names_differ(names, |at| format!("/menu/levels/{at}/name"))?;
    floors::check(CHECK, &menu.floors, decimals)
}

/// Refuses a floor below zero that a claim of a stress could not be proven with. A floor is subtracted from the equity there
/// in units of the requirement, and the difference has the width of an equity; other claims compare it in margin units.
pub(super) fn check_stresses(schedule: &PortfolioSchedule) -> Result<(), FileError> {
    if schedule.file.stresses.is_empty() {
        return Ok(());
    }
    let finer = schedule.loss_decimals() - schedule.margin_decimals();
    let per_unit = power_of_ten(finer + schedule.file.digits.factor);
    let is_wide = |floor: &Floor| (floor.amount() * &per_unit).bits() > u64::from(EQUITY_BITS);
    let is_low = |floor: &&Floor| !floor.is_none() && floor.amount().is_negative();
    match schedule.floors.iter().filter(is_low).find(|floor| is_wide(floor)) {
        None => Ok(()),
        Some(floor) => {
            let floor = floor.in_currency(schedule.margin_decimals());
            let message = format!("a floor of {floor} is too low for claims of stresses");
            Err(CHECK.error(ErrorCode::Width, "/menu/floors", message))
        }
    }
}

impl PortfolioSchedule {
    /// Whether a claim is one of the menu's: a level of its requirement, or a stress, with one of the floors. A claim of a
    /// stress has a floor.
    pub fn publishes(&self, claim: &Claim, measure: &Measure) -> bool {
        let has_level = match Requirement::of_measure(measure) {
            Some(requirement) => {
                let levels = &self.file.menu.levels;
                let is = |l: &PortfolioLevelFile| {
                    l.requirement == requirement && l.level_bps == claim.level_bps()
                };
                levels.iter().any(is)
            }
            None => {
                let name = measure.stress().unwrap_or_default();
                let is_listed = self.file.stresses.iter().any(|stress| stress.name == name);
                is_listed && claim.level_bps() == MARGIN_BPS && !claim.floor().is_none()
            }
        };
        has_level && claim.has_floor_of(&self.floors)
    }

    /// A claim that a floor of the menu is left in a stress.
    ///
    /// # Errors
    /// [`ErrorCode::OffMenu`] for another floor, or none, which says nothing of what is left.
    pub fn stress_claim(&self, floor: &WrittenFloor) -> Result<Claim, FileError> {
        let floor = self.floor(floor)?;
        if floor.is_none() {
            let message = "a claim of a stress is that a floor is left; choose one other than none";
            return Err(CHECK.error(ErrorCode::OffMenu, "/menu/floors", message));
        }
        let claim = Claim::with_floor(MARGIN_BPS, floor);
        claim.map_err(|e| CHECK.error(ErrorCode::OffMenu, "/menu", e.to_string()))
    }

    /// A level of the menu by its name.
    ///
    /// # Errors
    /// [`ErrorCode::OffMenu`] when it is not there.
    pub fn menu_level(&self, name: &str) -> Result<&PortfolioLevelFile, FileError> {
        let levels = &self.file.menu.levels;
        levels.iter().find(|level| level.name == name).ok_or_else(|| {
            let names: Vec<_> = levels.iter().map(|l| quoted(&l.name)).collect();
            let message =
                format!("{} is not on the menu; choose from {}", quoted(name), names.join(", "));
            CHECK.error(ErrorCode::OffMenu, "/menu/levels", message)
        })
    }

    /// A claim from the menu: a level by its name, and a floor in the valuation currency.
    ///
    /// # Errors
    /// [`ErrorCode::OffMenu`] when either is not on the menu.
    pub fn claim(
        &self,
        level: &str,
        floor: &WrittenFloor,
    ) -> Result<(Requirement, Claim), FileError> {
        let level = self.menu_level(level)?;
        let claim = Claim::with_floor(level.level_bps, self.floor(floor)?)
            .map_err(|e| CHECK.error(ErrorCode::OffMenu, "/menu", e.to_string()))?;
        Ok((level.requirement, claim))
    }

    /// A floor of the menu.
    fn floor(&self, floor: &WrittenFloor) -> Result<Floor, FileError> {
        let floor = floor.in_units(self.margin_decimals());
        floor.filter(|floor| self.floors.contains(floor)).ok_or_else(|| {
            let floors: Vec<_> = self.file.menu.floors.iter().map(|f| f.as_str()).collect();
            let message =
                format!("the floor is not on the menu; choose from {}", floors.join(", "));
            CHECK.error(ErrorCode::OffMenu, "/menu/floors", message)
        })
    }
}
