//! The comparison itself.

use super::{Compare, answers, report, text};
use crate::commands::schedule_diff::at_prices;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use num_rational::BigRational;
use std::path::Path;
use std::sync::Arc;
use zkmargin_model::decimal::{Decimal, power_of_ten};
use zkmargin_params::{AccountFile, MAX_FILE_BYTES, Schedule};
use zkmargin_reconcile::{Alternatives, ReconcileError, Setting, html, reconcile};

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

pub fn run(a: &Compare) -> Result<Outcome> {
    let mut inputs: Vec<&Path> = vec![&a.answer, &a.schedule, &a.snapshot];
    inputs.extend(a.account.as_deref());
    files::one_stream(&inputs)?;
    for output in [&a.output, &a.html].into_iter().flatten() {
        files::check_absent(output, a.force)?;
    }
    let stated = answers::figures(a.from, &a.answer)?;
    let schedule = resolve::schedule(&a.schedule)?;
    let (prices, market) = resolve::snapshot_and_market(&schedule, &a.snapshot)?;
    let market = Arc::new(market);
    let mut with = Alternatives {
        fee: a.taker_fee.as_deref().map(fee).transpose()?,
        ..Alternatives::default()
    };
    for path in &a.other_schedule {
        let other = resolve::schedule(path)?;
        with.schedules
            .push((other.file().name.clone(), Arc::new(at_prices(&other, &prices, path)?)));
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
    let all = [reconcile(setting, &stated, &with)];
    let result = report::report(&all);
    if let Some(path) = &a.output {
        let text = format!("{result:#}\n");
        files::write(path, text.as_bytes(), Secrecy::Private, a.force)?;
    }
    if let Some(path) = &a.html {
        files::write(path, html(&all).as_bytes(), Secrecy::Private, a.force)?;
    }
    let mut outcome = Outcome::done(text::text(&all), result);
    outcome.stdout_taken = [&a.output, &a.html].into_iter().flatten().any(|p| files::is_stream(p));
    if all.iter().any(zkmargin_reconcile::Reconciled::has_unexplained) {
        outcome.exit = Exit::Unexplained;
        let message = "a difference is left that no cause explains".to_owned();
        outcome.reason = Some(("Unexplained", message));
    }
    Ok(outcome)
}
