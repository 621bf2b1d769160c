//! Classes of groups, times to expiry, and what follows from both.

use super::columns::Plan;
use super::figure::{nearest, product, sum};
use super::lookup::Lookup;
use super::schedule::PortfolioSchedule;
use super::schedule_file::{ClassFile, PortfolioScheduleFile};
use crate::error::{ErrorCode, FileError, FileKind};
use crate::figures::Checker;
use crate::time::parse_utc;
use num_bigint::BigInt;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_model::portfolio::loadings::YEAR;
use zkmargin_model::rule::Rounding;

const CHECK: Checker = Checker(FileKind::PortfolioSchedule);

/// A time of the schedule, in milliseconds.
pub(super) fn time(text: &str, pointer: &str) -> Result<u64, FileError> {
    parse_utc(text).ok_or_else(|| {
        let message = "write a UTC time such as \"2024-07-27T08:00:00Z\"";
        CHECK.error(ErrorCode::BadTime, pointer, message)
    })
}

/// Checks the figures of a class. A factor that grows with the time to expiry needs one in each group of the class.
pub(super) fn check_class(
    file: &PortfolioScheduleFile,
    class: &ClassFile,
    scans: &Lookup,
    here: &str,
) -> Result<(), FileError> {
    class.slopes(file.digits.group_slope, here)?;
    for (s, factor) in class.scans.iter().enumerate() {
        let here = format!("{here}/scans/{s}");
        scans.find(CHECK, &factor.scan, || format!("{here}/scan"))?;
        if class.scans[..s].iter().any(|before| before.scan == factor.scan) {
            let message = "the group scan has a factor twice; keep one";
            return Err(CHECK.error(ErrorCode::DuplicateName, format!("{here}/scan"), message));
        }
        CHECK.amount(&factor.add, &format!("{here}/add"))?;
        let per_year = CHECK.amount(&factor.per_year, &format!("{here}/per_year"))?;
        let endless =
            |g: &&super::schedule_file::GroupFile| g.class == class.name && g.expiry.is_none();
        if per_year.coefficient() != &BigInt::ZERO && file.groups.iter().any(|g| endless(&g)) {
            let message = "grows with the time to expiry, but a group of the class has no expiry";
            let place = format!("{here}/per_year");
            return Err(CHECK.error(ErrorCode::MissingField, place, message));
        }
    }
    Ok(())
}

impl ClassFile {
    /// The slopes of its groups, in their digits, if the schedule has them.
    pub(super) fn slopes(&self, digits: u32, here: &str) -> Result<Option<[BigInt; 2]>, FileError> {
        let Some(slopes) = &self.slopes else { return Ok(None) };
        let positive =
            CHECK.scaled(&slopes.positive, digits, &format!("{here}/slopes/positive"))?;
        let negative =
            CHECK.scaled(&slopes.negative, digits, &format!("{here}/slopes/negative"))?;
        Ok(Some([positive, negative]))
    }
}

impl PortfolioSchedule {
    /// Factors of the group scans in a group, that many seconds before its expiry, in loss units.
    pub(super) fn scan_factors(
        &self,
        group: usize,
        seconds: u64,
    ) -> Result<Vec<BigInt>, FileError> {
        let digits = self.file.digits;
        let class_at = self.groups[group].class;
        let class = &self.file.classes[class_at];
        let finer = power_of_ten(digits.slopes() - digits.scan);
        let mut factors = Vec::with_capacity(self.file.scans.len());
        for scan in &self.file.scans {
            let Some(s) = class.scans.iter().position(|f| f.scan == *scan) else {
                factors.push(BigInt::ZERO);
                continue;
            };
            let here = format!("/classes/{class_at}/scans/{s}");
            let add = CHECK.amount(&class.scans[s].add, &format!("{here}/add"))?;
            let per_year = CHECK.amount(&class.scans[s].per_year, &format!("{here}/per_year"))?;
            factors.push(scan_factor(&add, &per_year, seconds, digits.scan) * &finer);
        }
        Ok(factors)
    }

    /// The columns of a requirement.
    pub(super) fn plan(&self, requirement: crate::Requirement) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.requirement == requirement)
    }
}

/// `add + per_year * seconds / year`, to the nearest.
fn scan_factor(add: &Decimal, per_year: &Decimal, seconds: u64, decimals: u32) -> BigInt {
    let seconds = Decimal::from_scaled(&seconds.into(), 0);
    let grown = product(per_year, &seconds);
    let year = Decimal::from_scaled(&YEAR.into(), 0);
    let over = sum(&product(add, &year), &grown);
    let year = power_of_ten(over.scale()) * YEAR;
    Rounding::NearestUp.divide(&(over.coefficient() * power_of_ten(decimals)), &year)
}

/// Whole seconds from a time to a later one, both in milliseconds; 0 if it is not later.
pub(super) fn seconds_between(from_ms: u64, to_ms: u64) -> u64 {
    to_ms.saturating_sub(from_ms) / 1_000
}

/// The nearest units of a rate times a figure of 18 digits.
pub(super) fn rate_of(rate: &Decimal, figure: &Decimal, decimals: u32) -> BigInt {
    nearest(&product(rate, figure), decimals)
}
