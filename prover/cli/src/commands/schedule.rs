//! `zkmargin schedule`.

use super::Run;
use super::describe::{self, lines_of};
use super::portfolio;
use super::schedule_compare::CompareSchedules;
use super::schedule_diff::DiffSchedule;
use super::sign;
use crate::failure::{Failure, Result, Warning};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Output};
use crate::text::Text;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zkmargin_model::counted;
use zkmargin_notes::ScheduleNote;
use zkmargin_params::portfolio::is_portfolio_schedule;
use zkmargin_params::{Changes, FileError, MAX_FILE_BYTES, Remark, RemarkKind, TierCheck};

#[derive(Debug, Subcommand)]
pub enum Schedule {
    /// Check a schedule, alone or against an earlier one, and show its digest and the room it takes
    #[command(visible_alias = "lint")]
    Check(CheckSchedule),
    /// Show what changed from one schedule to another, and what it does to an account
    Diff(DiffSchedule),
    /// Show an account under the rules of two venues
    Compare(CompareSchedules),
    /// Sign a schedule as its venue
    Sign(SignSchedule),
}

impl Schedule {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Schedule::Check(a) => a,
            Schedule::Diff(a) => a,
            Schedule::Compare(a) => a,
            Schedule::Sign(a) => a,
        }
    }
}

#[derive(Debug, Args)]
pub struct CheckSchedule {
    /// Risk schedule; `-` is standard input
    pub schedule: PathBuf,
    /// Earlier schedule of the same numbering: no id may mean something else or be given again
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct SignSchedule {
    /// Risk schedule
    pub schedule: PathBuf,
    /// Note key of the venue
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

impl Run for CheckSchedule {
    fn name(&self) -> &'static str {
        "schedule check"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        check(self)
    }
}

impl Run for SignSchedule {
    fn name(&self) -> &'static str {
        "schedule sign"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        sign(self, global)
    }
}

fn check(a: &CheckSchedule) -> Result<Outcome> {
    let bytes = files::read(&a.schedule, MAX_FILE_BYTES)?;
    if is_portfolio_schedule(&bytes) {
        return portfolio::check::schedule(&a.schedule, &bytes, a.previous.as_deref());
    }
    let schedule = resolve::schedule_in(&bytes, &a.schedule)?;
    let (mut text, mut result) = describe::schedule(&schedule);
    if let Some(path) = &a.previous {
        let changes = schedule.continues(&resolve::schedule(path)?);
        let (lines, changed) = continued(changes, &a.schedule)?;
        text.append(lines);
        result["changes"] = changed;
    }
    let checks = schedule.tier_checks();
    text.line(format!("tiers       {}", tiers_line(&checks)));
    result["markets"] = checks.iter().map(tiers_json).collect();
    let remarks = schedule.remarks();
    result["remarks"] = remarks
        .iter()
        .map(|r| {
            json!({
                "code": r.kind.code(),
                "pointer": r.pointer,
                "instruments": r.instruments,
                "message": r.message,
            })
        })
        .collect();
    let mut outcome = Outcome::done(text, result);
    outcome.warnings = warnings(&remarks);
    Ok(outcome)
}

/// What a schedule lists that an earlier one did not, and the other way round, where it continues that one.
pub fn continued(
    changes: std::result::Result<Changes, FileError>,
    schedule: &Path,
) -> Result<(Text, Value)> {
    let changes = changes.map_err(|e| {
        Failure::in_json(&e, &files::name_of(schedule), b"")
            .help("compared with the schedule of --previous")
    })?;
    let mut text = Text::new();
    for (what, symbols) in [("listed", &changes.listed), ("delisted", &changes.delisted)] {
        let named =
            if symbols.is_empty() { String::new() } else { format!(": {}", symbols.join(", ")) };
        text.line(format!("{what:11} {}{named}", symbols.len()));
    }
    Ok((text, json!({ "listed": changes.listed, "delisted": changes.delisted })))
}

/// Maximum number of remarks that are warned about individually.
const WARNED: usize = 20;

/// What a person should look at before relying on the schedule. A single open row is how a venue without caps writes
/// its rule, and is not a sign of anything.
fn warnings(remarks: &[Remark]) -> Vec<Warning> {
    let open = |r: &&Remark| r.kind != RemarkKind::NoCap || !r.pointer.ends_with("/rows/0");
    let all: Vec<_> = remarks.iter().filter(open).collect();
    let mut warnings: Vec<Warning> =
        all.iter().take(WARNED).map(|r| (r.kind.code(), r.to_string())).collect();
    if let Some(more) = all.len().checked_sub(WARNED).filter(|more| *more > 0) {
        let message = format!("{more} more unusual rows; --json lists them under result.remarks");
        warnings.push(("MoreRemarks", message));
    }
    warnings
}

/// What is true of how many markets' requirement tables.
fn tiers_line(checks: &[TierCheck]) -> String {
    let of: Vec<_> = checks.iter().filter(|check| check.of_requirement).collect();
    let count = |is: fn(&TierCheck) -> bool| of.iter().filter(|check| is(check)).count();
    let rates = checks.len() - of.len();
    let mut line = format!(
        "of {}: continuous {}, rising rates {}, capped {}",
        counted(of.len(), "market", "markets"),
        count(|check| check.continuous),
        count(|check| check.rising),
        count(|check| check.capped)
    );
    if rates > 0 {
        line += &format!("; {} with tables of rates", counted(rates, "market", "markets"));
    }
    line
}

fn tiers_json(check: &TierCheck) -> Value {
    let of = |is: bool| check.of_requirement.then_some(is);
    json!({
        "instrument": check.instrument,
        "rows": check.rows,
        "continuous": of(check.continuous),
        "rising": of(check.rising),
        "capped": of(check.capped),
    })
}

/// Signs a schedule as its venue.
fn sign(a: &SignSchedule, global: &Global) -> Result<Outcome> {
    let schedule = resolve::any_schedule(&a.schedule)?;
    let digest = schedule.digest().to_string();
    let text = lines_of(&[("schedule", digest.clone())]);
    let result = json!({ "schedule": digest });
    sign::sign(&ScheduleNote::of(&*schedule), &a.signer, &a.output, global, text, result)
}
