//! Ids of groups and contracts from what a schedule says of them.

use super::lookup::Lookup;
use super::schedule::{PortfolioGroup, PortfolioInstrument, PortfolioStrike, PortfolioUnit};
use super::schedule_file::{
    ContractFile, GroupFile, PortfolioInstrumentFile, PortfolioScheduleFile,
};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::time::parse_utc;
use zkmargin_model::portfolio::{ContractId, ContractTerms, GroupId, GroupTerms, PartError};
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

fn in_id(error: PartError, here: &str, fields: &[(&'static str, &str)]) -> FileError {
    let field = fields.iter().find(|(what, _)| *what == error.what).map_or("", |(_, field)| field);
    CHECK.error(ErrorCode::BadId, format!("{here}{field}"), error.to_string())
}

/// The UTC midnight that a day begins with, in milliseconds.
pub(super) fn day_ms(text: &str, pointer: &str) -> Result<u64, FileError> {
    let is_date = text.len() == "2024-06-28".len();
    let ms = parse_utc(&format!("{text}T00:00:00Z")).filter(|_| is_date);
    ms.ok_or_else(|| CHECK.error(ErrorCode::BadTime, pointer, "write a day such as \"2024-06-28\""))
}

/// What sets a group apart in its unit.
fn group_terms(
    group: &GroupFile,
    expiry_ms: Option<u64>,
    here: &str,
) -> Result<GroupTerms, FileError> {
    let day = |ms: u64| u32::try_from(ms / DAY_MS).unwrap_or(u32::MAX);
    let series = group.series;
    match (group.market, expiry_ms, &group.day) {
        (Some(_), None, None) if series != 0 => {
            let message = "only what expires has a series; remove it";
            Err(CHECK.error(ErrorCode::BadId, format!("{here}/series"), message))
        }
        (Some(number), None, None) => Ok(GroupTerms::Market { number }),
        (None, Some(ms), None) => Ok(GroupTerms::Expiry { day: day(ms), series }),
        (None, None, Some(text)) => {
            let ms = day_ms(text, &format!("{here}/day"))?;
            Ok(GroupTerms::Expiry { day: day(ms), series })
        }
        (None, None, None) => {
            let message = "a group has a time or a day of expiry, or the number of a market that does not expire";
            Err(CHECK.error(ErrorCode::MissingField, here, message))
        }
        _ => {
            let message = "a group has one of `market`, `expiry` and `day`; keep one";
            Err(CHECK.error(ErrorCode::BadId, here, message))
        }
    }
}

/// The id of a group of a unit.
pub(super) fn group_id(
    group: &GroupFile,
    unit: &PortfolioUnit,
    expiry_ms: Option<u64>,
    here: &str,
) -> Result<GroupId, FileError> {
    let terms = group_terms(group, expiry_ms, here)?;
    let day = if group.day.is_some() { "/day" } else { "/expiry" };
    let fields = [("market", "/market"), ("day", day), ("series", "/series")];
    GroupId::new(unit.id, terms).map_err(|error| in_id(error, here, &fields))
}

/// The steps of a strike.
fn steps(price: u128, unit: &PortfolioUnit, here: &str) -> Result<u32, FileError> {
    let Some(step) = unit.strike_step else {
        let message = format!("unit {} has options and no step of strikes", quoted(&unit.name));
        let place = format!("/units/{}/strike_step", unit.at);
        return Err(CHECK.error(ErrorCode::MissingField, place, message));
    };
    if !price.is_multiple_of(step) {
        let message = format!("is no multiple of the strike step of unit {}", quoted(&unit.name));
        return Err(CHECK.error(ErrorCode::BadStrike, format!("{here}/strike"), message));
    }
    Ok(u32::try_from(price / step).unwrap_or(u32::MAX))
}

/// What sets a contract apart in its group.
fn contract_terms(
    file: &PortfolioInstrumentFile,
    group: &GroupFile,
    unit: &PortfolioUnit,
    strike: Option<u128>,
    here: &str,
) -> Result<ContractTerms, FileError> {
    let bad = |code, field: &str, message: &str| {
        Err(CHECK.error(code, format!("{here}/{field}"), message))
    };
    if !file.kind.is_option() {
        return match (file.number, group.market) {
            (Some(0), _) => bad(ErrorCode::BadId, "number", "numbers begin with 1"),
            (None, Some(_)) => {
                let message = "what does not expire has a number of the venue's list";
                bad(ErrorCode::MissingField, "number", message)
            }
            (number, _) => Ok(ContractTerms::Numbered(number.unwrap_or(0))),
        };
    }
    if file.number.is_some() {
        return bad(ErrorCode::BadId, "number", "an option's id follows from its terms; remove it");
    }
    if group.market.is_some() {
        return bad(ErrorCode::MissingField, "group", "options expire, and this group does not");
    }
    let steps = steps(strike.unwrap_or_default(), unit, here)?;
    match file.kind {
        ContractFile::Put => Ok(ContractTerms::Put(steps)),
        _ => Ok(ContractTerms::Call(steps)),
    }
}

/// The price at which an instrument is exercised, in units of `10^-18`: of an option, and of no other.
pub(super) fn strike_price(
    file: &PortfolioInstrumentFile,
    here: &str,
) -> Result<Option<u128>, FileError> {
    let place = format!("{here}/strike");
    match (file.kind.is_option(), &file.strike) {
        (false, None) => Ok(None),
        (true, Some(text)) => CHECK.positive_figure(text, &place).map(Some),
        (true, None) => Err(CHECK.error(ErrorCode::MissingField, place, "an option has a strike")),
        (false, Some(_)) => {
            let message = "only options have a strike; remove it";
            Err(CHECK.error(ErrorCode::BadStrike, place, message))
        }
    }
}

/// The id of a contract of a group.
pub(super) fn contract_id(
    file: &PortfolioInstrumentFile,
    group: (&GroupFile, GroupId),
    unit: &PortfolioUnit,
    strike: Option<u128>,
    here: &str,
) -> Result<ContractId, FileError> {
    let terms = contract_terms(file, group.0, unit, strike, here)?;
    let fields = [("strike", "/strike"), ("number", "/number")];
    ContractId::new(group.1, terms).map_err(|error| in_id(error, here, &fields))
}

/// Numbers of a list that only grows: each is given once.
pub(super) fn check_numbers(
    list: &str,
    field: &str,
    numbers: impl Iterator<Item = Option<u32>>,
) -> Result<(), FileError> {
    let numbered = numbers.enumerate().filter_map(|(at, number)| Some((number?, at)));
    let mut sorted: Vec<(u32, usize)> = numbered.collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        None => Ok(()),
        Some(pair) => {
            let (number, at) = pair[1];
            let message = format!("{field} {number} is used twice; each is given once");
            Err(CHECK.error(ErrorCode::DuplicateId, format!("/{list}/{at}/{field}"), message))
        }
    }
}

/// Puts a list in the order of ids. Two entries with one id are one thing listed twice.
pub(super) fn in_order<T, K: Ord + Copy>(
    list: &mut [T],
    key: impl Fn(&T) -> K,
    place: impl Fn(&T) -> String,
    what: &str,
) -> Result<(), FileError> {
    list.sort_by_key(&key);
    match list.windows(2).find(|pair| key(&pair[0]) == key(&pair[1])) {
        None => Ok(()),
        Some(pair) => {
            let message = format!("{what} has the terms of another one; keep one of them");
            Err(CHECK.error(ErrorCode::DuplicateId, place(&pair[1]), message))
        }
    }
}

/// The strikes of instruments, which are in the order of their ids, so that those of a strike are neighbours. They are of one
/// series, so their sizes have one number of digits.
pub(super) fn strikes(
    instruments: &mut [PortfolioInstrument],
    prices: &[Option<u128>],
    groups: &[PortfolioGroup],
) -> Vec<PortfolioStrike> {
    let mut strikes: Vec<PortfolioStrike> = Vec::new();
    let mut last = None;
    for i in instruments {
        let Some(price) = prices[i.at] else { continue };
        if last != Some((i.group, price)) {
            last = Some((i.group, price));
            strikes.push(PortfolioStrike {
                id: number(strikes.len()),
                price,
                size_decimals: i.size_decimals,
                unit: groups[i.group].unit,
                at: i.at,
            });
        }
        i.strike = Some(strikes.len().saturating_sub(1));
    }
    strikes
}

/// The number of an entry in this schedule, from its place in the order of ids.
pub(super) fn number(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap_or(u32::MAX)
}

/// Places of a list's names in the file, to places in the order of ids.
pub(super) fn order_of(at: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut order = Vec::new();
    for (index, at) in at.enumerate() {
        if order.len() <= at {
            order.resize(at + 1, 0);
        }
        order[at] = index;
    }
    order
}

/// The place of a unit's or group's name in the order of ids.
pub(super) fn find(
    names: &Lookup,
    order: &[usize],
    name: &str,
    place: impl FnOnce() -> String,
) -> Result<usize, FileError> {
    let at = names.find(CHECK, name, place)?;
    Ok(order.get(at).copied().unwrap_or(0))
}

/// Checks the numbers that the file gives.
pub(super) fn check_lists(file: &PortfolioScheduleFile) -> Result<(), FileError> {
    check_numbers("groups", "market", file.groups.iter().map(|g| g.market))?;
    check_numbers("instruments", "number", file.instruments.iter().map(|i| i.number))
}
