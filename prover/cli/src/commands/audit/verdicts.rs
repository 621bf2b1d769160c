//! `zkmargin audit run` and `merge`.

use super::stores::{self, expected, keys, later_line, open, open_to_append, run_failure, workers};
use crate::commands;
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::resolve::now_ms;
use crate::shared::Global;
use clap::Args;
use serde_json::json;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use zkmargin_audit::{
    Judge, MergeError, MergeOptions, Run, RunError, merge as merge_runs, parse_shard,
};
use zkmargin_model::counted;

#[derive(Debug, Args)]
pub struct VerifyStore {
    /// Store
    pub store: PathBuf,
    /// The run's file, created if absent
    #[arg(long, value_name = "FILE")]
    pub run: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// A part of the proofs, such as 0/4; merge all parts
    #[arg(long, value_name = "I/N", default_value = "0/1")]
    pub shard: String,
    /// Threads [default: one per core]
    #[arg(long, value_name = "NUMBER")]
    pub workers: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
pub struct Merge {
    /// Store
    pub store: PathBuf,
    /// Finished runs of shards, Parquet files or folders with verdicts
    #[arg(required = true, value_name = "RUN")]
    pub inputs: Vec<PathBuf>,
    /// File of the merged run
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// Valid proofs, drawn at random, that are judged again
    #[arg(long, value_name = "NUMBER", default_value = "1000")]
    pub sample: u64,
    /// Threads [default: one per core]
    #[arg(long, value_name = "NUMBER")]
    pub workers: Option<NonZeroUsize>,
}

impl commands::Run for VerifyStore {
    fn name(&self) -> &'static str {
        "audit run"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        verify_store(self, global)
    }
}

impl commands::Run for Merge {
    fn name(&self) -> &'static str {
        "audit merge"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        merge(self, global)
    }
}

/// Set by Ctrl-C and by a termination request.
static STOP: AtomicBool = AtomicBool::new(false);

/// Watches for interruptions. A second one ends the process immediately, which loses at most one page of work.
fn watch() -> Result<()> {
    let seen = || {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(Exit::Interrupted.code().into());
        }
    };
    ctrlc::set_handler(seen).map_err(|e| Failure::new(Exit::Internal, "Signals", e.to_string()))
}

/// Verdicts of a run by status.
fn statuses(run: &Run) -> std::result::Result<BTreeMap<&'static str, u64>, RunError> {
    let mut statuses = BTreeMap::new();
    run.each(|kept| {
        *statuses.entry(kept.judgement.status.code()).or_insert(0) += 1;
        Ok::<_, RunError>(())
    })?;
    Ok(statuses)
}

/// `1 proof has`, `2 proofs have`.
fn have(proofs: u64) -> String {
    counted(proofs, "proof has", "proofs have")
}

fn seconds(run: &Run) -> f64 {
    let noted = run.fact("seconds").ok().flatten();
    noted.and_then(|s| s.parse().ok()).unwrap_or(0.0)
}

/// Verifies every proof in the store.
fn verify_store(a: &VerifyStore, global: &Global) -> Result<Outcome> {
    watch()?;
    let shard = parse_shard(&a.shard)
        .ok_or_else(|| Failure::usage("--shard takes a part such as 0/4, counted from 0"))?;
    let store = open(&a.store)?;
    let expected = expected(&store, a.audit.as_deref(), &a.store)?;
    let failed = |e: RunError| run_failure(e, &a.store, &a.run);
    let mut run = Run::open(&a.run, &store, &expected, shard, now_ms()).map_err(failed)?;
    let (keys, workers) = (keys(global), workers(a.workers));
    let view = store.at(run.subject.log.size);
    let mut judge = Judge::new(&expected.rules, &view, &keys, workers);
    let begun = run.progress(&store).map_err(failed)?;
    let bar = Bar::counting(!global.quiet && !global.json, begun.of - begun.done.min(begun.of));
    let (start, before) = (Instant::now(), seconds(&run));
    let mut done = 0u64;
    let interrupted = loop {
        if STOP.load(Ordering::SeqCst) {
            break true;
        }
        let page = run.step(&store, &mut judge).map_err(failed)?;
        done += page as u64;
        bar.set(done, format!("proofs, {} before", begun.done));
        let taken = before + start.elapsed().as_secs_f64();
        run.note("seconds", &format!("{taken:.3}")).map_err(failed)?;
        if page == 0 && run.is_done().map_err(failed)? {
            break false;
        }
    };
    drop(bar);
    run.note("workers", &workers.to_string()).map_err(failed)?;
    let whole = shard == zkmargin_audit::Shard::WHOLE;
    let (later, later_proofs) =
        store.later(run.subject.log.size).map_err(|e| stores::store_failure(&e, &a.store))?;
    // Verdicts are known from then on. Workers with a copy of the store leave that to the merge.
    let mut record = None;
    if !interrupted && whole {
        drop(judge);
        drop(store);
        record = record_of(&run, &a.store, &a.run)?;
    }
    let statuses = statuses(&run).map_err(failed)?;
    let taken = seconds(&run);
    let all: u64 = statuses.values().sum();
    let mut lines: Vec<(&str, String)> =
        statuses.iter().map(|(status, count)| (*status, count.to_string())).collect();
    lines.push(("proofs", format!("{all} of {}", begun.of)));
    lines.push(("shard", shard.to_string()));
    let rate = if taken > 0.0 { all as f64 / taken } else { 0.0 };
    lines.push(("seconds", format!("{taken:.1}, {rate:.0} proofs per second")));
    if let Some(record) = &record {
        lines.push(("verdicts", hex::encode(record.sha256)));
        lines.push(("record", format!("entry {} of the log", record.number)));
    }
    let result = json!({
        "statuses": statuses, "done": all, "of": begun.of, "shard": shard.to_string(),
        "seconds": taken, "interrupted": interrupted,
        "later": { "entries": later, "proofs": later_proofs },
        "record": record.as_ref().map(|r| r.number),
        "verdicts": record.as_ref().map(|r| hex::encode(r.sha256)),
    });
    let mut text = lines_of(&lines);
    later_line(later, later_proofs).iter().for_each(|line| text.line(line));
    let mut outcome = Outcome::done(text, result);
    if !interrupted && whole && record.is_none() {
        let what = "record: the store cannot be written to, so its log does not have the verdicts' digest; \
                    `audit merge` of this run records it in the auditor's own store";
        outcome.not_audited.push(("record", what.to_owned()));
    }
    if interrupted {
        let message = format!("{all} of {} proofs have their verdict", begun.of);
        outcome.exit = Exit::Interrupted;
        outcome.verdict = Some(format!("INTERRUPTED: {message}; run the command again to resume"));
        outcome.reason = Some(("AuditInterrupted", message));
    } else {
        let next = if whole { "report" } else { "merge" };
        outcome.verdict =
            Some(format!("DONE: {} their verdict; continue with `audit {next}`", have(all)));
    }
    Ok(outcome)
}

/// Appends the record of a finished run to the store's log. `None` for a store on read-only media.
fn record_of(
    run: &Run,
    path: &std::path::Path,
    of: &std::path::Path,
) -> Result<Option<zkmargin_audit::RunRecord>> {
    let failed = |e: RunError| run_failure(e, path, of);
    match run.recorded(&open(path)?) {
        Err(RunError::NotRecorded) => {}
        known => return known.map(Some).map_err(failed),
    }
    if !stores::is_writable(path) {
        return Ok(None);
    }
    let mut store = open_to_append(path)?;
    store.record(run, now_ms()).map(Some).map_err(failed)
}

fn merge_failure(error: MergeError, a: &Merge) -> Failure {
    let text = error.to_string();
    match error {
        MergeError::Store(e) => stores::store_failure(&e, &a.store),
        MergeError::Run(e) => run_failure(e, &a.store, &a.output),
        MergeError::Columns(_) => Failure::new(Exit::Malformed, "AuditParquet", text),
        MergeError::Unfinished(_) => Failure::new(Exit::Usage, "AuditUnfinished", text),
        MergeError::OtherWorker { .. } => Failure::new(Exit::Policy, "AuditOtherWorker", text),
        MergeError::Twice { .. } => Failure::new(Exit::Policy, "AuditTwoVerdicts", text),
        MergeError::Unknown { .. } => Failure::new(Exit::Policy, "AuditUnknownProof", text),
        MergeError::Lacking { .. } => Failure::new(Exit::Incomplete, "AuditNoVerdict", text),
        MergeError::Differs { .. } => Failure::new(Exit::Policy, "AuditVerdictDiffers", text)
            .help("find out which worker said so, and run its shard on a machine you trust"),
        MergeError::Random(_) => Failure::new(Exit::Io, "Randomness", text),
        MergeError::Exists(_) => Failure::new(Exit::Io, "FileExists", text),
    }
}

/// Combines many runs into one.
fn merge(a: &Merge, global: &Global) -> Result<Outcome> {
    files::check_absent(&a.output, false)?;
    let store = open(&a.store)?;
    let expected = expected(&store, a.audit.as_deref(), &a.store)?;
    let (keys, workers) = (keys(global), workers(a.workers));
    let options = MergeOptions { sample: a.sample, keys: &keys, workers };
    let merged = merge_runs(&store, &expected, &a.inputs, &a.output, options, now_ms());
    let merged = merged.map_err(|e| merge_failure(e, a))?;
    let read = Run::read(&a.output, &store, &expected);
    let run = read.map_err(|e| run_failure(e, &a.store, &a.output))?;
    drop(store);
    let record = record_of(&run, &a.store, &a.output)?;
    let lines = [
        ("verdicts", merged.verdicts.to_string()),
        (
            "judged again",
            format!("{} valid, drawn at random; {} others", merged.sampled, merged.repeated),
        ),
        ("seed", hex::encode(merged.seed)),
        (
            "record",
            record.as_ref().map_or("none".to_owned(), |r| format!("entry {} of the log", r.number)),
        ),
    ];
    let result = json!({
        "verdicts": merged.verdicts, "sampled": merged.sampled, "repeated": merged.repeated,
        "seed": hex::encode(merged.seed), "record": record.as_ref().map(|r| r.number),
    });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    if record.is_none() {
        let what = "record: the store cannot be written to, so no report can be made of this run";
        outcome.not_audited.push(("record", what.to_owned()));
    }
    outcome.verdict = Some(
        "MERGED: every proof has one verdict; workers are trusted for valid proofs beyond the sample"
            .to_owned(),
    );
    Ok(outcome)
}
