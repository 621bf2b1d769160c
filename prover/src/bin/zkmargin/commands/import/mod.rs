//! `zkmargin schedule import`: a schedule from a venue's own file.

mod binance;
mod lighter;
mod source;

use super::schedule::describe;
use crate::arguments::{Import, Source};
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use serde_json::{Value, json};
use zkmargin_model::files::{
    DecimalText, FileError, FunctionFile, LevelFile, MAX_FILE_BYTES, MenuFile, RowFile, Schedule,
    ScheduleFile, SnapshotFile, VariableFile,
};

/// What a venue's file gives.
#[derive(Debug)]
struct Imported {
    schedule: ScheduleFile,
    /// Prices, when the file has them; its schedule digest is filled in later.
    snapshot: Option<SnapshotFile>,
    /// What the file does not say and was filled in.
    assumed: &'static str,
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
    let value: Value = serde_json::from_slice(&bytes).map_err(|e| {
        let message = format!("not valid JSON: {e}");
        Failure::new(crate::exit::Exit::Malformed, "Syntax", message).in_file(&name)
    })?;
    let imported = match a.from {
        Source::Binance => binance::import(&value, a),
        Source::Lighter => lighter::import(&value, a),
    };
    let imported = imported.map_err(|failure| failure.in_file(&name))?;
    let failed = |e: FileError| Failure::in_json(&e, &name, b"").help("in the imported schedule");
    let text = imported.schedule.to_json().map_err(failed)?;
    let schedule = Schedule::from_json(text.as_bytes()).map_err(failed)?;
    let mut snapshot = None;
    if let Some(path) = &a.snapshot {
        let mut file = imported
            .snapshot
            .ok_or_else(|| Failure::usage("--snapshot: this kind of file holds no prices"))?;
        file.schedule = hex::encode(schedule.digest());
        zkmargin_model::files::compile(&schedule, &file).map_err(failed)?;
        snapshot = Some((path, file.to_json().map_err(failed)?));
    }
    let force = a.output.force;
    files::write(&a.output.output, text.as_bytes(), Secrecy::Public, force)?;
    if let Some((path, text)) = &snapshot {
        files::write(path, text.as_bytes(), Secrecy::Public, force)?;
    }
    let (text, result) = describe(&schedule);
    let text = text.with(format!("assumed     {}", imported.assumed));
    let mut outcome =
        Outcome::done(text, json!({ "schedule": result, "assumed": imported.assumed }));
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}
