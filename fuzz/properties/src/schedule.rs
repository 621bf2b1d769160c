//! The schedule file.

use crate::bounds::{check_growth, check_refusal};
use zkmargin_params::{Schedule, ScheduleFile};

/// A schedule's digests name its figures: they stay when it is written and read again, and when
/// its lists are turned around.
pub fn schedule(bytes: &[u8]) {
    let schedule = match Schedule::from_json(bytes) {
        Ok(schedule) => schedule,
        Err(error) => return check_refusal(bytes, &error),
    };
    let text = schedule.file().to_json().expect("writes");
    check_growth(bytes.len(), text.len());
    let again = Schedule::from_json(text.as_bytes()).expect("reads what it wrote");
    assert_eq!(again.file(), schedule.file(), "one value");
    assert_eq!(again.file().to_json().expect("writes"), text, "one text");
    check_digests(&schedule, &again);
    check_digests(&schedule, &Schedule::new(turned(schedule.file())).expect("order is free"));
}

fn check_digests(one: &Schedule, other: &Schedule) {
    assert_eq!(one.digest(), other.digest(), "schedule digest");
    assert_eq!(one.registry_digest(), other.registry_digest(), "registry digest");
    assert_eq!(one.menu(), other.menu(), "menu");
}

fn turned(file: &ScheduleFile) -> ScheduleFile {
    let mut file = file.clone();
    file.assets.reverse();
    file.tiers.reverse();
    file.instruments.reverse();
    file.menu.levels.reverse();
    file.menu.floors.reverse();
    file
}
