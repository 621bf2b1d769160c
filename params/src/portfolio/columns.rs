//! Columns of one requirement in integers.

use super::columns_file::{AggregateFile, ColumnFile, MultiplierFile, RoleFile, TermFile};
use super::lookup::Lookup;
use super::schedule_file::{DigitsFile, PortfolioScheduleFile};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::requirement::Requirement;
use crate::rows::{self, RowUnits};
use crate::schedule_file::VariableFile;
use crate::unit::Unit;
use num_bigint::BigInt;
use num_traits::One;
use zkmargin_model::decimal::power_of_ten;
use zkmargin_model::portfolio::widths::LOSS_BITS;
use zkmargin_model::portfolio::{Aggregate, Column, Multiplier, Role, Stress, TermOf};
use zkmargin_model::shown::quoted;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);

/// The columns of one requirement.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) requirement: Requirement,
    /// Place of each column in the file's list.
    pub(super) places: Vec<usize>,
    pub(super) columns: Vec<Column>,
    pub(super) stresses: Vec<Stress>,
}

impl DigitsFile {
    /// Digits of both slopes together: what a loss has besides a product.
    pub(super) fn slopes(self) -> u32 {
        self.slope + self.group_slope
    }
}

impl ColumnFile {
    /// Whether slopes are whole numbers: the digits are those of what is applied to the sums later.
    fn is_whole(&self) -> bool {
        self.role == RoleFile::GroupScan || self.function.is_some()
    }

    /// Digits of its slope, of the multipliers of its terms, and of its function.
    fn digits(&self, digits: DigitsFile) -> [u32; 3] {
        let slope = if self.sloped { digits.slope } else { digits.slopes() };
        let of_group = if self.sloped { digits.group_slope } else { 0 };
        if self.is_whole() { [0, of_group, slope] } else { [slope, digits.slopes(), 0] }
    }
}

impl Plan {
    /// The columns that a requirement has.
    pub(super) fn new(
        file: &PortfolioScheduleFile,
        requirement: Requirement,
        columns: &Lookup,
        scans: &Lookup,
    ) -> Result<Self, FileError> {
        let belongs = |c: &ColumnFile| c.requirement.is_none_or(|of| of == requirement);
        let listed = file.columns.iter().enumerate().filter(|(_, c)| belongs(c));
        let places: Vec<usize> = listed.map(|(at, _)| at).collect();
        let found = |at: usize| places.binary_search(&at).ok();
        let mut made = Vec::with_capacity(places.len());
        for &at in &places {
            let (c, here) = (&file.columns[at], format!("/columns/{at}"));
            let [slope, multiplier, _] = c.digits(file.digits);
            let mut terms = Vec::with_capacity(c.terms.len());
            for (t, term) in c.terms.iter().enumerate() {
                let here = format!("{here}/terms/{t}");
                let column = term_column(file, term, columns, &here)?;
                let Some(column) = found(column) else {
                    let message = format!(
                        "the column belongs to another requirement than the {}",
                        requirement.margin()
                    );
                    return Err(CHECK.error(
                        ErrorCode::BadColumn,
                        format!("{here}/column"),
                        message,
                    ));
                };
                let place = format!("{here}/multiplier");
                let multiplier = CHECK.scaled(&term.multiplier, multiplier, &place)?;
                terms.push(TermOf { column, multiplier });
            }
            made.push(Column {
                name: c.name.clone(),
                multiplier: match c.multiplier {
                    MultiplierFile::Net => Multiplier::Net,
                    MultiplierFile::Gross => Multiplier::Gross,
                    MultiplierFile::Short => Multiplier::Short,
                },
                less_entry: c.less_entry,
                role: role(file, c, scans, &here)?,
                slope: CHECK.scaled(&c.slope, slope, &format!("{here}/slope"))?,
                sloped: c.sloped,
                magnitude: c.magnitude,
                terms,
            });
        }
        let stresses = stresses(file, columns, found)?;
        Ok(Self { requirement, places, columns: made, stresses })
    }
}

/// Checks that every column belongs to a requirement that the schedule has: one of none would count for nothing.
pub(super) fn check_belonging(file: &PortfolioScheduleFile) -> Result<(), FileError> {
    let listed = |of: Requirement| file.requirements.all().any(|(listed, _)| listed == of);
    for (at, c) in file.columns.iter().enumerate() {
        if let Some(of) = c.requirement.filter(|of| !listed(*of)) {
            let message = format!(
                "the schedule has no {}, so that the column would count for nothing; remove it, or give the requirement",
                of.margin()
            );
            let here = format!("/columns/{at}/requirement");
            return Err(CHECK.error(ErrorCode::BadColumn, here, message));
        }
    }
    Ok(())
}

impl Plan {
    /// Whether every column that reads terms cancels them, at group slopes of 1: its loadings are values then, and those of
    /// its terms marks.
    fn cancels(&self, file: &PortfolioScheduleFile) -> bool {
        let listed = self.places.iter().map(|at| &file.columns[*at]).zip(&self.columns);
        listed.filter(|(_, column)| !column.terms.is_empty()).all(|(written, column)| {
            let alike = |term: &TermOf| {
                let of = &self.columns[term.column];
                of.multiplier == column.multiplier && of.less_entry == column.less_entry
            };
            let [slope, multiplier, _] = written.digits(file.digits);
            let slope = &column.slope * power_of_ten(multiplier.saturating_sub(slope));
            let multipliers = column.terms.iter().map(|term| &term.multiplier).sum::<BigInt>();
            column.terms.iter().all(alike) && slope + multipliers == BigInt::ZERO
        })
    }
}

/// For each column of the file, whether the loading of an expired instrument is its settlement value: in terms and in what
/// cancels them. It has nothing to lose, so its loading is 0 in columns of losses, and in all if some column reads a term
/// that it does not cancel.
pub(super) fn of_values(file: &PortfolioScheduleFile, plans: &[Plan]) -> Vec<bool> {
    let cancel = plans.iter().all(|plan| plan.cancels(file));
    let reads = |c: &ColumnFile| c.role == RoleFile::Term || !c.terms.is_empty();
    file.columns.iter().map(|c| cancel && reads(c)).collect()
}

/// Refuses columns in which an expired instrument would lose or gain what it was entered at.
pub(super) fn check_expiry(file: &PortfolioScheduleFile, plans: &[Plan]) -> Result<(), FileError> {
    let Some(group) = file.groups.iter().find(|group| group.expiry.is_some()) else {
        return Ok(());
    };
    let mut columns = file.columns.iter().zip(of_values(file, plans));
    match columns.position(|(c, of_values)| c.less_entry && !of_values) {
        None => Ok(()),
        Some(at) => {
            let message = format!(
                "group {} expires, and what has expired would lose what it was entered at; entries count only where terms with the same multiplier and entries cancel the slope",
                quoted(&group.name)
            );
            let place = format!("/columns/{at}/less_entry");
            Err(CHECK.error(ErrorCode::BadColumn, place, message))
        }
    }
}

fn term_column(
    file: &PortfolioScheduleFile,
    term: &TermFile,
    columns: &Lookup,
    here: &str,
) -> Result<usize, FileError> {
    let place = || format!("{here}/column");
    let column = columns.find(CHECK, &term.column, place)?;
    if file.columns[column].role != RoleFile::Term {
        let message = "a term is a column in the role of a term";
        return Err(CHECK.error(ErrorCode::BadColumn, place(), message));
    }
    Ok(column)
}

/// What a column in this role must have, and must not have.
fn role(
    file: &PortfolioScheduleFile,
    c: &ColumnFile,
    scans: &Lookup,
    here: &str,
) -> Result<Role, FileError> {
    let bad = |field: &str, message: &str| {
        Err(CHECK.error(ErrorCode::BadColumn, format!("{here}/{field}"), message))
    };
    if c.scan.is_some() != (c.role == RoleFile::GroupScan) {
        return bad("scan", "a column of a group scan names it, and no other does");
    }
    let has_function = matches!(c.role, RoleFile::Added | RoleFile::Floor);
    if c.function.is_some() && !has_function {
        return bad("function", "only a column that is added or a floor has a function");
    }
    let has_slope =
        CHECK.decimal(&c.slope, &format!("{here}/slope"))?.coefficient() != &BigInt::ZERO;
    match c.role {
        RoleFile::Scenario => Ok(Role::Scenario),
        RoleFile::Added => Ok(Role::Added(aggregate(file, c, here)?)),
        RoleFile::Floor => Ok(Role::Floor(aggregate(file, c, here)?)),
        RoleFile::GroupScan if c.sloped => {
            bad("sloped", "the factor of a group scan is what differs between groups")
        }
        RoleFile::GroupScan => {
            let scan = c.scan.as_deref().unwrap_or_default();
            Ok(Role::GroupScan(scans.find(CHECK, scan, || format!("{here}/scan"))?))
        }
        RoleFile::Term if !c.terms.is_empty() || c.sloped || c.magnitude || has_slope => {
            bad("role", "other columns read the sum of a term: its slope is 0, and it has no more")
        }
        RoleFile::Term => Ok(Role::Term),
    }
}

fn aggregate(
    file: &PortfolioScheduleFile,
    c: &ColumnFile,
    here: &str,
) -> Result<Aggregate, FileError> {
    let here = format!("{here}/function");
    let [_, of_group, rate] = c.digits(file.digits);
    match &c.function {
        None => Ok(Aggregate::Identity),
        Some(AggregateFile { magnitude: Some(multiple), rows: None }) => {
            let multiple = CHECK.scaled(multiple, rate, &format!("{here}/magnitude"))?;
            Ok(Aggregate::Magnitude(multiple))
        }
        Some(AggregateFile { magnitude: None, rows: Some(rows) }) => {
            let end = BigInt::one() << LOSS_BITS;
            let units = RowUnits {
                x: Unit::of_decimals(file.digits.product + of_group),
                rate_decimals: rate,
                largest_rate: None,
                open_low: Some(-&end),
                open_high: end,
            };
            let line = rows::tile(CHECK, &here, VariableFile::Value, rows, &units)?;
            Ok(Aggregate::Bracketed(line))
        }
        Some(_) => {
            let message = "a function is either a multiple of a magnitude or rows";
            Err(CHECK.error(ErrorCode::BadColumn, here, message))
        }
    }
}

fn stresses(
    file: &PortfolioScheduleFile,
    columns: &Lookup,
    found: impl Fn(usize) -> Option<usize>,
) -> Result<Vec<Stress>, FileError> {
    let mut stresses = Vec::with_capacity(file.stresses.len());
    for (at, stress) in file.stresses.iter().enumerate() {
        if stress.scenarios.is_empty() {
            let message = "a stress has at least one scenario; of none, any equity would be left";
            let place = format!("/stresses/{at}/scenarios");
            return Err(CHECK.error(ErrorCode::BadColumn, place, message));
        }
        let mut scenarios = Vec::with_capacity(stress.scenarios.len());
        for (s, name) in stress.scenarios.iter().enumerate() {
            let place = || format!("/stresses/{at}/scenarios/{s}");
            let column = columns.find(CHECK, name, place)?;
            let (c, column) = (&file.columns[column], found(column));
            let Some(column) = column.filter(|_| c.role == RoleFile::Scenario) else {
                let message = "a stress is of scenarios that belong to every requirement";
                return Err(CHECK.error(ErrorCode::BadColumn, place(), message));
            };
            if scenarios.contains(&column) {
                let message = "the scenario is listed twice; keep one";
                return Err(CHECK.error(ErrorCode::DuplicateName, place(), message));
            }
            scenarios.push(column);
        }
        stresses.push(Stress { name: stress.name.clone(), columns: scenarios });
    }
    Ok(stresses)
}
