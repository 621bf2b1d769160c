//! `zkmargin schedule import`: a schedule from a venue's own file.

mod binance;
mod lighter;
mod source;

use super::schedule::describe;
use crate::arguments::{Import, Source};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use serde_json::{Value, json};
use zkmargin_params::{
    DecimalText, FileError, FunctionFile, LevelFile, MAX_FILE_BYTES, MAX_NOTE_BYTES, MenuFile,
    Remark, RemarkKind, RowFile, Schedule, ScheduleFile, SnapshotFile, VariableFile, repeated_key,
};

/// What a venue's file gives.
#[derive(Debug)]
struct Imported {
    schedule: ScheduleFile,
    /// Prices, when the file has them; its schedule digest is filled in later.
    snapshot: Option<SnapshotFile>,
    /// What the file does not say and was filled in.
    assumed: &'static str,
    /// Contracts of the file that are not in the schedule.
    left_out: Vec<LeftOut>,
    caps: Caps,
}

/// A contract that was not taken.
#[derive(Debug)]
struct LeftOut {
    symbol: String,
    why: String,
}

/// Whether a venue caps what a position may be worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caps {
    /// Its files say where each last tier ends.
    Published,
    /// Its rule has none.
    None,
}

/// Most rows, and most contracts left out, that are shown in text.
const SHOWN: usize = 20;

/// What the figures have that must be declared to be the venue's own rule.
fn undeclared(schedule: &Schedule, caps: Caps) -> Vec<Remark> {
    let mut remarks = schedule.remarks();
    remarks.retain(|r| r.kind != RemarkKind::NoCap || caps == Caps::Published);
    remarks
}

fn shown(lines: &[String]) -> String {
    let more = lines.len().saturating_sub(SHOWN);
    let mut text = lines[..lines.len() - more].join("; ");
    if more > 0 {
        text.push_str(&format!("; and {more} more"));
    }
    text
}

/// Refuses what is more often a mistake, or writes it into the schedule as declared.
fn declare(file: &mut ScheduleFile, remarks: &[Remark], accepted: bool) -> Result<()> {
    if remarks.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = remarks.iter().map(Remark::to_string).collect();
    if !accepted {
        let message = format!("figures that are seldom a venue's rule: {}", shown(&lines));
        return Err(Failure::new(Exit::Malformed, "ImportRule", message).help(
            "compare them with the venue's page; if they are its rule, pass --accept-rule, which writes that into the schedule",
        ));
    }
    let declared = format!(" Declared to be the venue's own rule: {}.", shown(&lines));
    let room = MAX_NOTE_BYTES.saturating_sub(file.source.len());
    if declared.len() <= room {
        file.source.push_str(&declared);
    } else {
        let count = remarks.len();
        file.source
            .push_str(&format!(" Declared to be the venue's own rule: {count} unusual rows."));
    }
    Ok(())
}

fn decimal(text: &str) -> DecimalText {
    DecimalText::new(text)
}

fn row(from: Option<&str>, below: Option<&str>, rate: &str, amount: &str) -> RowFile {
    RowFile {
        from: from.map(decimal),
        below: below.map(decimal),
        rate: decimal(rate),
        amount: decimal(amount),
    }
}

/// Collateral that counts in full, debts included.
fn in_full() -> FunctionFile {
    FunctionFile { variable: VariableFile::Value, rows: vec![row(None, None, "1", "0")] }
}

/// Levels and floors of every imported schedule.
fn menu() -> MenuFile {
    let levels = [
        ("maintenance", 10_000),
        ("buffer-10", 11_000),
        ("buffer-25", 12_500),
        ("buffer-50", 15_000),
        ("buffer-100", 20_000),
    ];
    MenuFile {
        levels: levels
            .map(|(name, level_bps)| LevelFile { name: name.to_owned(), level_bps })
            .to_vec(),
        floors: ["0", "1000", "10000", "100000", "1000000", "10000000"].map(decimal).to_vec(),
    }
}

pub fn run(a: &Import) -> Result<Outcome> {
    files::check_absent(&a.output.output, a.output.force)?;
    if let Some(snapshot) = &a.snapshot {
        files::check_absent(snapshot, a.output.force)?;
    }
    let bytes = files::read(&a.file, MAX_FILE_BYTES)?;
    let name = files::name_of(&a.file);
    if let Some(key) = repeated_key(&bytes) {
        return Err(Failure::new(Exit::Malformed, "DuplicateField", key.to_string()).in_file(&name));
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| {
        let message = format!("not valid JSON: {e}");
        Failure::new(Exit::Malformed, "Syntax", message).in_file(&name)
    })?;
    let imported = match a.from {
        Source::Binance => binance::import(&value, a),
        Source::Lighter => lighter::import(&value, a),
    };
    let imported = imported.map_err(|failure| failure.in_file(&name))?;
    let failed = |e: FileError| Failure::in_json(&e, &name, b"").help("in the imported schedule");
    let mut file = imported.schedule;
    let checked = Schedule::new(file.clone()).map_err(failed)?;
    let remarks = undeclared(&checked, imported.caps);
    declare(&mut file, &remarks, a.accept_rule).map_err(|failure| failure.in_file(&name))?;
    let text = file.to_json().map_err(failed)?;
    let schedule = Schedule::from_json(text.as_bytes()).map_err(failed)?;
    let mut snapshot = None;
    if let Some(path) = &a.snapshot {
        let mut file = imported
            .snapshot
            .ok_or_else(|| Failure::usage("--snapshot: this kind of file holds no prices"))?;
        file.schedule = hex::encode(schedule.digest());
        zkmargin_params::compile(&schedule, &file).map_err(failed)?;
        snapshot = Some((path, file.to_json().map_err(failed)?));
    }
    let force = a.output.force;
    files::write(&a.output.output, text.as_bytes(), Secrecy::Public, force)?;
    if let Some((path, text)) = &snapshot {
        files::write(path, text.as_bytes(), Secrecy::Public, force)?;
    }
    let (text, result) = describe(&schedule);
    let mut text = text.with(format!("assumed     {}", imported.assumed));
    let lines: Vec<_> =
        imported.left_out.iter().map(|l| format!("{} ({})", l.symbol, l.why)).collect();
    if !lines.is_empty() {
        text.line(format!("left out    {}: {}", lines.len(), shown(&lines)));
    }
    let left_out = imported.left_out.iter();
    let left_out: Vec<_> =
        left_out.map(|l| json!({ "symbol": l.symbol, "reason": l.why })).collect();
    let declared: Vec<_> = remarks.iter().map(Remark::to_string).collect();
    let result = json!({
        "schedule": result,
        "assumed": imported.assumed,
        "left_out": left_out,
        "declared": declared,
    });
    let mut outcome = Outcome::done(text, result);
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}
