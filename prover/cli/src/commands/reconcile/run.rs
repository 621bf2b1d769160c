//! The comparison itself.

use super::{Compare, answers, portfolio, report, text};
use crate::commands::folder::{self, FolderOptions};
use crate::commands::schedule_diff::at_prices;
use crate::exit::Exit;
use crate::failure::{Failure, Result, Warning};
use crate::files::{self, Secrecy};
use crate::outcome::{Form, Outcome};
use crate::resolve;
use num_rational::BigRational;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_params::venues::VenueFigures;
use zkmargin_params::{
    AccountFile, CompiledMarket, FileKind, MAX_FILE_BYTES, Schedule, SnapshotFile,
};
use zkmargin_reconcile::{Alternatives, ReconcileError, Reconciled, Setting, html, reconcile};

fn account(path: &Path, schedule: &Schedule) -> Result<AccountFile> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    AccountFile::from_json(&bytes)
        .and_then(|file| file.belongs_to(schedule).map(|()| file))
        .map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

fn fee(text: &str) -> Result<BigRational> {
    let fee =
        Decimal::parse(text).map_err(|e| Failure::usage(format!("--taker-fee {text:?} {e}")))?;
    Ok(BigRational::new(fee.coefficient().clone(), power_of_ten(fee.scale())))
}

fn refused(error: ReconcileError) -> Failure {
    Failure::new(Exit::Malformed, "NotReconciled", error.to_string())
}

/// The venue's figures with the market that they are compared under.
struct Case {
    stated: VenueFigures,
    schedule: Schedule,
    prices: SnapshotFile,
    market: Arc<CompiledMarket>,
    warnings: Vec<Warning>,
}

/// Schedule and prices of a folder, with what it says of the account.
fn of_folder(from: &str, path: &Path, options: &FolderOptions) -> Result<Case> {
    let imported = folder::read(path, from, options, false)?;
    let warnings = imported.warnings();
    let (Some(prices), Some(market)) = (imported.snapshot, imported.market) else {
        let message = "the folder has no prices";
        let save = folder::to_save(from, FileKind::Snapshot);
        return Err(Failure::new(Exit::Malformed, "MissingAnswer", message)
            .in_file(&files::name_of(path))
            .help(format!("{save}, or pass --schedule and --snapshot")));
    };
    let stated = answers::figures(from, path)?;
    let (schedule, market) = (imported.schedule, Arc::new(market));
    Ok(Case { stated, schedule, prices, market, warnings })
}

fn of_files(
    a: &Compare,
    options: &FolderOptions,
    schedule: &Path,
    snapshot: &Path,
) -> Result<Case> {
    if *options != FolderOptions::default() {
        return Err(Failure::usage("the options of a folder have no effect beside --schedule"));
    }
    let stated = answers::figures(&a.from, &a.answer)?;
    let schedule = resolve::schedule(schedule)?;
    let (prices, market) = resolve::snapshot_and_market(&schedule, snapshot)?;
    Ok(Case { stated, schedule, prices, market: Arc::new(market), warnings: Vec::new() })
}

/// The comparison that the arguments describe, without other venues.
fn own(a: &Compare, options: &FolderOptions) -> Result<(Reconciled, Vec<Warning>)> {
    if !files::is_stream(&a.answer) && !a.answer.exists() {
        let help =
            "pass the folder of the venue's answers, or one of them with --schedule and --snapshot";
        return Err(Failure::new(Exit::Io, "CannotRead", "is not there")
            .in_file(&files::name_of(&a.answer))
            .help(help));
    }
    if let Some(venue) = answers::portfolio_venue(&a.from) {
        return Ok((portfolio::own(a, options, venue)?, Vec::new()));
    }
    let case = match (&a.schedule, &a.snapshot) {
        (Some(schedule), Some(snapshot)) => of_files(a, options, schedule, snapshot)?,
        _ if a.answer.is_dir() => of_folder(&a.from, &a.answer, options)?,
        _ => {
            let message =
                "one answer has no rules and prices: pass a folder, or --schedule and --snapshot";
            return Err(Failure::usage(message));
        }
    };
    let Case { stated, schedule, prices, market, warnings } = case;
    let mut with = Alternatives {
        fee: a.taker_fee.as_deref().map(fee).transpose()?,
        ..Alternatives::default()
    };
    for path in &a.other_schedule {
        let other = resolve::schedule(path)?;
        let name = other.file().name.clone();
        with.schedules.push((name, Arc::new(at_prices(&other, &prices, path)?)));
    }
    for path in &a.other_snapshot {
        let market = resolve::market_of(&schedule, path)?;
        with.snapshots.push((market.snapshot().time(), Arc::new(market)));
    }
    let setting = match &a.account {
        Some(path) => Setting::of_file(market, &account(path, &schedule)?, &stated),
        None => Setting::of_answer(market, &stated),
    };
    let mut setting = setting.map_err(refused)?;
    if let Some(path) = &a.initial_schedule {
        let initial = resolve::schedule(path)?;
        setting = setting.with_initial(Arc::new(at_prices(&initial, &prices, path)?));
    }
    Ok((reconcile(setting, &stated, &with), warnings))
}

/// Another venue's folder, with its own holdings.
fn other(text: &str, accept_rule: bool) -> Result<(Reconciled, Vec<Warning>)> {
    let wrong = || Failure::usage(format!("--also takes VENUE=DIR, not {text:?}"));
    let (venue, folder) = text.split_once('=').ok_or_else(wrong)?;
    answers::check_linear(venue)?;
    let options = FolderOptions { accept_rule, ..FolderOptions::default() };
    let case = of_folder(venue, Path::new(folder), &options)?;
    let setting = Setting::of_answer(case.market, &case.stated).map_err(refused)?;
    Ok((reconcile(setting, &case.stated, &Alternatives::default()), case.warnings))
}

/// Assets that are no part of the comparison.
fn outside(of: &Reconciled) -> Option<Warning> {
    let (venue, assets) = (&of.venue, of.outside.join(", "));
    let message =
        || format!("{venue}: the schedule has nothing of {assets}, which is not compared");
    (!of.outside.is_empty()).then(|| ("OutsideSchedule", message()))
}

/// Why a comparison without a difference is no all-clear, if it is none.
fn not_compared(of: &Reconciled) -> Option<String> {
    if let Some((line, why)) = of.uncompared() {
        let (figure, subject) = (line.figure.kind.code(), &line.figure.subject);
        return Some(format!("{}: {figure} of {subject} was not compared: {why}", of.venue));
    }
    if !of.has_compared() {
        return Some(format!("no figure of {} was compared", of.venue));
    }
    // The first of them: the text has all.
    if let Some(first) = of.unlisted_there.first() {
        return Some(format!("{}: {first} is not in the answer as it is in the account", of.venue));
    }
    let first = of.unlisted_here.first()?;
    Some(format!("{}: {first} is in the answer and not in the account", of.venue))
}

/// What the two sides hold otherwise: a cause that is known, and no all-clear.
fn other_holdings(of: &Reconciled) -> Option<String> {
    let line = of.of_other_holdings()?;
    let (figure, subject) = (line.figure.kind.code(), &line.figure.subject);
    let venue = &of.venue;
    Some(format!("{venue}: {figure} of {subject} is that of other holdings than the account has"))
}

pub fn run(a: &Compare, options: &FolderOptions, form: Form) -> Result<Outcome> {
    let mut inputs: Vec<&Path> = vec![&a.answer];
    let files_of = [&a.schedule, &a.snapshot, &a.account, &a.initial_schedule];
    inputs.extend(files_of.into_iter().flatten().map(PathBuf::as_path));
    files::one_stream(&inputs)?;
    for output in [&a.output, &a.html].into_iter().flatten() {
        files::check_absent(output, a.force)?;
    }
    let (first, mut warnings) = own(a, options)?;
    let mut all = vec![first];
    for text in &a.also {
        let (of, more) = other(text, options.accept_rule)?;
        all.push(of);
        warnings.extend(more);
    }
    let result = form.json(|| report::report(&all));
    if let Some(path) = &a.output {
        let text = format!("{:#}\n", report::report(&all));
        files::write(path, text.as_bytes(), Secrecy::Private, a.force)?;
    }
    if let Some(path) = &a.html {
        files::write(path, html(&all).as_bytes(), Secrecy::Private, a.force)?;
    }
    let mut outcome = Outcome::done(form.text(|| text::text(&all)), result);
    warnings.extend(all.iter().filter_map(outside));
    outcome.warnings = warnings;
    outcome.stdout_taken = [&a.output, &a.html].into_iter().flatten().any(|p| files::is_stream(p));
    if all.iter().any(Reconciled::has_unexplained) {
        outcome.exit = Exit::Unexplained;
        let message = "a difference is left that no cause explains".to_owned();
        outcome.reason = Some(("Unexplained", message));
    } else if let Some(message) = all.iter().find_map(not_compared) {
        outcome.exit = Exit::Unexplained;
        outcome.reason = Some(("NotCompared", message));
    } else if let Some(message) = all.iter().find_map(other_holdings) {
        outcome.exit = Exit::Unexplained;
        outcome.reason = Some(("HoldingsDiffer", message));
    }
    Ok(outcome)
}
