//! `zkmargin watch`: an account at each new snapshot, one line of JSON each.

mod exec;
pub mod figures;
mod prometheus;
mod rules;
mod source;
mod threshold;

use super::Run;
use super::liquidation::ClaimArguments;
use crate::exit::Exit;
use crate::exposed;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve::{future_warning, now_ms};
use crate::shared::Global;
use crate::text::Text;
use clap::Args;
use exec::Commands;
use figures::Reading;
use rules::{Rules, Snapshot};
use serde_json::{Value, json};
use source::{Source, Written};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use threshold::{Crossing, Threshold};
use zkmargin_model::shown::{shown, shown_json};
use zkmargin_params::venues::MAX_SKEW_MS;

/// Show an account's ratio, buffer and distance to liquidation at each new snapshot, one line of JSON each
#[derive(Debug, Args)]
pub struct Watch {
    /// Folder into which snapshots are written, `*.json`; `-` is standard input, one snapshot a line
    pub snapshots: PathBuf,
    /// Private account; it is read again for each snapshot
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    /// Risk schedule, linear or of portfolio margin
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    #[command(flatten)]
    pub claim: ClaimArguments,
    /// Threshold: the lowest ratio of equity to requirement of all books falls below this
    #[arg(long, value_name = "RATIO")]
    pub ratio_below: Vec<String>,
    /// Threshold: the lowest buffer of the cross books falls below this, in the valuation currency
    #[arg(long, value_name = "AMOUNT", allow_hyphen_values = true)]
    pub buffer_below: Vec<String>,
    /// Threshold: the nearest liquidation price, or end of the rule, is closer than this, in percent of its mark
    #[arg(long, value_name = "PERCENT")]
    pub distance_below: Vec<String>,
    /// Command for each crossing of a threshold, with its arguments up to `;`; no shell reads it
    #[arg(long, value_name = "COMMAND", num_args = 1.., allow_hyphen_values = true, value_terminator = ";")]
    pub exec: Vec<String>,
    /// Text file for Prometheus, replaced at each snapshot
    #[arg(long, value_name = "FILE")]
    pub prometheus: Option<PathBuf>,
    /// Do not look for liquidation prices
    #[arg(long, conflicts_with = "distance_below")]
    pub no_distance: bool,
    /// Milliseconds between two looks into the folder
    #[arg(long, value_name = "NUMBER", default_value = "200")]
    pub interval: u64,
    /// End after the snapshots that are in the folder
    #[arg(long)]
    pub once: bool,
}

impl Run for Watch {
    fn name(&self) -> &'static str {
        "watch"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        run(self, global)
    }
}

/// The snapshot with the highest number so far.
struct Last {
    file: Snapshot,
    /// Whether the account is known at it: if not, another one with its number may do.
    is_used: bool,
}

impl Last {
    /// Whether nothing newer is known of the market than this.
    fn precedes(&self, file: &Snapshot) -> bool {
        let (number, last) = (file.sequence(), self.file.sequence());
        number > last || (number == last && !self.is_used)
    }

    /// Whether the snapshot has a higher number and an earlier time.
    fn contradicts(&self, file: &Snapshot) -> bool {
        let times = self.file.time_ms().zip(file.time_ms());
        file.sequence() > self.file.sequence() && times.is_some_and(|(last, time)| time < last)
    }
}

/// What is kept from one snapshot to the next.
struct Watching<'a> {
    a: &'a Watch,
    rules: Rules,
    thresholds: Vec<Threshold>,
    commands: Commands,
    /// The last snapshot.
    last: Option<Last>,
    lines: u64,
    is_met: bool,
    /// Whether the last snapshot, or the account at it, could not be used, or a threshold is of a figure that is not known.
    is_blind: bool,
}

fn print(value: &Value) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let line = shown_json(&value.to_string());
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|e| {
        Failure::new(Exit::Io, "CannotWrite", format!("standard output cannot be written: {e}"))
    })
}

impl Watching<'_> {
    /// One snapshot: a line, and what it sets off. A snapshot or account that cannot be used is a line too.
    fn look(&mut self, written: &Written) -> Result<()> {
        let file = match &written.file {
            Ok(file) => file,
            Err(why) => return self.refused(&written.name, None, "Snapshot", why),
        };
        if let Some(last) = self.last.as_ref().filter(|last| !last.precedes(file)) {
            let sequence = file.sequence();
            if sequence == last.file.sequence() && *file != last.file {
                let why = format!("number {sequence} is that of other prices");
                return self.refused(&written.name, None, "SnapshotTwice", &why);
            }
            // What is known is as new.
            let why = format!("number {sequence} is not after the last one");
            return print(&json!({ "error": error(&written.name, "SnapshotOld", &why) }));
        }
        // Verifiers refuse such a one too; were it the last, what is newer than now would hide what follows.
        if let Some((code, why)) = file.time_ms().and_then(|ms| future_warning("the snapshot", ms))
        {
            return self.refused(&written.name, Some(file), code, &why);
        }
        if self.last.as_ref().is_some_and(|last| last.contradicts(file)) {
            let why = "its number is after the last one's, and its time before that one's";
            return self.refused(&written.name, Some(file), "SnapshotBack", why);
        }
        let read = self.rules.reading(self.a, file);
        // A number of another schedule's series says nothing of this one's.
        if file.schedule() == self.rules.digest() {
            self.last = Some(Last { file: file.clone(), is_used: read.is_ok() });
        }
        let reading = match read {
            Ok(reading) => reading,
            Err(failure) => {
                let why = failure.to_string();
                return self.refused(&written.name, Some(file), failure.code(), &why);
            }
        };
        self.lines += 1;
        let crossed = self.crossed(Some(&reading));
        self.is_met = reading.is_met();
        self.is_blind = self.thresholds.iter().any(Threshold::is_unknown);
        let mut line = reading.json(&self.rules);
        line["time"] = json!(file.time());
        line["sequence"] = json!(file.sequence());
        line["old"] = json!(file.time_ms().is_some_and(is_old));
        self.say(line, &crossed, Some(file), Some(&reading))
    }

    fn crossed(&mut self, reading: Option<&Reading>) -> Vec<Crossing> {
        self.thresholds.iter_mut().filter_map(|t| t.crossed(reading)).collect()
    }

    /// A snapshot or account that cannot be used: nothing that was known of the account before stands for it.
    fn refused(
        &mut self,
        name: &str,
        file: Option<&Snapshot>,
        code: &str,
        why: &str,
    ) -> Result<()> {
        self.is_blind = true;
        let crossed = self.crossed(None);
        self.say(json!({ "error": error(name, code, why) }), &crossed, file, None)
    }

    /// The line with its crossings, the file for Prometheus, and the commands.
    fn say(
        &mut self,
        mut line: Value,
        crossed: &[Crossing],
        file: Option<&Snapshot>,
        reading: Option<&Reading>,
    ) -> Result<()> {
        line["crossed"] = crossed.iter().map(Crossing::json).collect();
        print(&line)?;
        if let Some(path) = &self.a.prometheus {
            let text = prometheus::text(&self.rules, file.zip(reading));
            files::write(path, text.as_bytes(), files::Secrecy::Private, true)?;
        }
        for crossing in crossed {
            self.commands.start(crossing, file, reading)?;
        }
        Ok(())
    }
}

/// Whether a time is so long ago that prices can have moved since.
fn is_old(time_ms: u64) -> bool {
    now_ms().saturating_sub(time_ms) > MAX_SKEW_MS
}

fn error(name: &str, code: &str, why: &str) -> Value {
    json!({ "code": code, "snapshot": name, "message": why })
}

fn run(a: &Watch, global: &Global) -> Result<Outcome> {
    if global.json {
        return Err(Failure::usage("watch writes lines of JSON; leave out --json"));
    }
    files::one_stream(&[&a.snapshots, &a.account, &a.schedule])?;
    if files::is_stream(&a.account) {
        return Err(Failure::usage("--account is read again for each snapshot; pass a file"));
    }
    if let Some(path) = &a.prometheus {
        // What was written before by this command is replaced.
        files::check_absent(path, true)?;
    }
    let rules = Rules::open(&a.schedule)?;
    let thresholds = threshold::all(a)?;
    if thresholds.is_empty() && !a.exec.is_empty() {
        return Err(Failure::usage("--exec runs at a threshold; pass one"));
    }
    let commands = Commands::new(&a.exec);
    let mut watching = Watching {
        a,
        rules,
        thresholds,
        commands,
        last: None,
        lines: 0,
        is_met: true,
        is_blind: false,
    };
    let mut source = Source::new(&a.snapshots)?;
    loop {
        let (found, is_at_end) = source.next(&watching.rules)?;
        for written in &found {
            watching.look(written)?;
            // There may be no end at which to say it.
            for (_, message) in exposed::take() {
                let _ = writeln!(std::io::stderr(), "warning: {}", shown(&message));
            }
        }
        if is_at_end || (a.once && source.is_settled()) {
            break;
        }
        if found.is_empty() {
            watching.commands.reap();
            std::thread::sleep(Duration::from_millis(a.interval));
        }
    }
    watching.commands.finish();
    let mut outcome = Outcome::done(Text::new(), json!({ "snapshots": watching.lines }));
    outcome.stdout_taken = true;
    if !watching.is_met {
        outcome.exit = Exit::Invalid;
        let message = "the account does not meet the claim at the last snapshot";
        outcome.reason = Some(("ClaimNotMet", message.to_owned()));
    } else if watching.is_blind || watching.lines == 0 {
        // Silence is no good news.
        outcome.exit = Exit::Malformed;
        let message = "the account, or a figure of a threshold, is not known at the last snapshot";
        outcome.reason = Some(("NotWatched", message.to_owned()));
    }
    Ok(outcome)
}

/// Name of a file for a line of output.
fn name(path: &Path) -> String {
    files::name_of(path)
}
