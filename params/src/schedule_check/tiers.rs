//! Tier tables: their names, their use, and one table for each unit of what they are about.

use super::CHECK;
use super::head::check_steps;
use crate::InstrumentElementsFile;
use crate::error::{ErrorCode, FileError};
use crate::figures::{MAX_DECIMALS, MAX_UNUSED_ROWS};
use crate::read;
use crate::rows::{self, RowUnits};
use crate::schedule::TierTable;
use crate::schedule_file::{ScheduleFile, TiersFile, VariableFile};
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use std::collections::{BTreeMap, BTreeSet};
use zkmargin_model::decimal::Decimal;
use zkmargin_model::rule::BracketedLinear;
use zkmargin_model::shown::quoted;
use zkmargin_model::widths::{
    BRACKET_BITS, OPEN_NARROW_REQUIREMENT_BITS, OPEN_REQUIREMENT_BITS, OWN_BITS,
};

/// Digits after the point of `x` up to which it is wide enough: 2^81 is 2 x 10^24.
const OPEN_NARROW_DECIMALS: u32 = 11;

pub(super) fn check_tier_names(file: &ScheduleFile) -> Result<BTreeMap<&str, usize>, FileError> {
    let mut names = BTreeMap::new();
    for (at, tiers) in file.tiers.iter().enumerate() {
        let here = format!("/tiers/{at}/name");
        CHECK.name(&tiers.name, &here)?;
        if names.insert(tiers.name.as_str(), at).is_some() {
            let message = format!("{} is listed twice; keep one of them", quoted(&tiers.name));
            return Err(CHECK.error(ErrorCode::DuplicateTiers, here, message));
        }
        if let Some(steps) = &tiers.requirement_rounding {
            check_steps(steps, &format!("/tiers/{at}/requirement_rounding"))?;
        }
        // In whole units, whatever the instruments' are.
        let most = RowUnits {
            x: Unit::of_decimals(MAX_DECIMALS),
            rate_decimals: file.rate_decimals,
            largest_rate: None,
            open_low: None,
            open_high: BigInt::one() << 256,
        };
        rows::tile(CHECK, &format!("/tiers/{at}"), tiers.variable, &tiers.rows, &most)?;
    }
    let listed = file.tiers.iter().map(|tiers| tiers.name.as_str());
    CHECK.names_differ(listed, |at| format!("/tiers/{at}/name"))?;
    Ok(names)
}

/// Tables belong to instruments, apart from a few left over when only a subset of a venue's instruments is used: so the
/// cost of reading a schedule is proportional to what it prices.
pub(super) fn check_tiers_used(file: &ScheduleFile) -> Result<(), FileError> {
    let used: BTreeSet<_> = file.instruments.iter().map(|i| i.tiers.as_str()).collect();
    let mut rows = 0;
    for (at, tiers) in file.tiers.iter().enumerate() {
        if used.contains(tiers.name.as_str()) {
            continue;
        }
        let steps = tiers.requirement_rounding.as_ref().map_or(0, Vec::len);
        rows += 1 + tiers.rows.len() + steps;
        if rows > MAX_UNUSED_ROWS {
            let name = quoted(&read::shorten(&tiers.name));
            let message = format!(
                "no instrument uses {name} and others before it, which together have more than {MAX_UNUSED_ROWS} rows; leave \
                 them out"
            );
            return Err(CHECK.error(ErrorCode::UnusedTiers, format!("/tiers/{at}"), message));
        }
    }
    Ok(())
}

/// Largest `x` of a row that declares no end: what the narrow blocks of a circuit hold, if that is no less than ten
/// trillion and the row begins below it, and otherwise what the wide ones do.
fn open_requirement(tiers: &TiersFile, x: Unit) -> BigInt {
    let narrow = (BigInt::one() << OPEN_NARROW_REQUIREMENT_BITS) - 1;
    let last = tiers.rows.last().and_then(|row| row.from.as_ref());
    let last = last.and_then(|from| x.count(&Decimal::parse(from.as_str()).ok()?));
    if x.bits == 0 && x.decimals <= OPEN_NARROW_DECIMALS && last.is_none_or(|last| last <= narrow) {
        narrow
    } else {
        (BigInt::one() << OPEN_REQUIREMENT_BITS) - 1
    }
}

/// What the rows of a table give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gives {
    /// A requirement.
    Requirement,
    /// A rate; a denominator divides what it requires.
    Rate,
    /// A rate that is divided by a denominator itself, and rounded.
    RoundedRate,
}

impl Gives {
    /// What an instrument takes from its table.
    pub(super) fn of(elements: Option<&InstrumentElementsFile>) -> Self {
        match elements.and_then(|elements| elements.rate.as_ref()) {
            None => Self::Requirement,
            Some(rate) if rate.round.is_some() => Self::RoundedRate,
            Some(_) => Self::Rate,
        }
    }

    /// The largest rate that a table can give: every rate has the width of an own rate.
    fn largest_rate(self, tiers: &TiersFile) -> Option<BigInt> {
        let by = match self {
            Self::Requirement => return None,
            Self::Rate => 1,
            Self::RoundedRate => tiers.denominator.unwrap_or(1),
        };
        Some(((BigInt::one() << OWN_BITS) * by) - 1)
    }
}

/// A declared end is never where an open row ends, so that the rows say which of both it is.
fn check_end(tiers: &TiersFile, at: usize, brackets: &BracketedLinear) -> Result<(), FileError> {
    let is_declared = tiers.rows.last().is_some_and(|row| row.below.is_some());
    let ends = brackets.rows().last().is_some_and(|row| {
        [OPEN_NARROW_REQUIREMENT_BITS, OPEN_REQUIREMENT_BITS, BRACKET_BITS]
            .iter()
            .any(|bits| row.hi == (BigInt::one() << *bits) - 1)
    });
    if !is_declared || !ends {
        return Ok(());
    }
    let message = "this is where a row without an end would end; write null, or any other end";
    let here = format!("/tiers/{at}/rows/{}/below", tiers.rows.len() - 1);
    Err(CHECK.error(ErrorCode::OutOfRange, here, message))
}

/// Tables created so far: one per tier table and unit, with equal ones shared.
#[derive(Default)]
pub(super) struct Tables {
    by_unit: BTreeMap<(usize, u32, Gives), usize>,
    by_rows: BTreeMap<(bool, Vec<[BigInt; 4]>), usize>,
    pub(super) list: Vec<TierTable>,
}

impl Tables {
    /// The table in a unit of `x`; all units of one table have the same binary digits.
    pub(super) fn get(
        &mut self,
        file: &ScheduleFile,
        at: usize,
        x: Unit,
        gives: Gives,
    ) -> Result<usize, FileError> {
        let key = (at, x.decimals, gives);
        if let Some(&table) = self.by_unit.get(&key) {
            return Ok(table);
        }
        let tiers = &file.tiers[at];
        let units = RowUnits {
            x,
            rate_decimals: file.rate_decimals,
            largest_rate: gives.largest_rate(tiers),
            open_low: None,
            open_high: open_requirement(tiers, x),
        };
        let brackets =
            rows::tile(CHECK, &format!("/tiers/{at}"), tiers.variable, &tiers.rows, &units)?;
        check_end(tiers, at, &brackets)?;
        let rows = brackets
            .rows()
            .iter()
            .map(|r| [r.lo.clone(), r.hi.clone(), r.slope.clone(), r.intercept.clone()]);
        let rows = (tiers.variable == VariableFile::Value, rows.collect());
        let table = *self.by_rows.entry(rows).or_insert_with(|| {
            self.list.push(TierTable { brackets, at });
            self.list.len() - 1
        });
        self.by_unit.insert(key, table);
        Ok(table)
    }
}
