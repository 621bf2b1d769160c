//! `zkmargin schedule import`: a schedule from a venue's own file. Reading it is the library's.

mod declared;
mod portfolio;
mod venue;

pub use venue::Import;

use super::describe;
use crate::commands::Run;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Global;
use declared::{declare, shown, undeclared};
use serde_json::{Value, json};
use std::path::Path;
use venue::check_flags;
use zkmargin_params::{FileError, MAX_FILE_BYTES, Remark, Schedule, repeated_key};

impl Run for Import {
    fn name(&self) -> &'static str {
        "schedule import"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        import(self)
    }
}

/// A venue's answer, in which no key is there twice.
fn json_of(bytes: &[u8]) -> Result<Value> {
    if let Some(key) = repeated_key(bytes) {
        return Err(Failure::new(Exit::Malformed, "DuplicateField", key.to_string()));
    }
    serde_json::from_slice(bytes)
        .map_err(|e| Failure::new(Exit::Malformed, "Syntax", format!("not valid JSON: {e}")))
}

fn import(a: &Import) -> Result<Outcome> {
    check_flags(a)?;
    files::check_absent(&a.output.output, a.output.force)?;
    if let Some(snapshot) = &a.snapshot {
        files::check_absent(snapshot, a.output.force)?;
    }
    let bytes = files::read(&a.file, MAX_FILE_BYTES)?;
    let name = files::name_of(&a.file);
    if a.from.is_portfolio() {
        return portfolio::import(a, &bytes, &name);
    }
    let value = json_of(&bytes).map_err(|failure| failure.in_file(&name))?;
    let imported = venue::schedule(&value, a).map_err(|failure| failure.in_file(&name))?;
    let failed = |e: FileError| Failure::in_json(&e, &name, b"").help("in the imported schedule");
    let mut file = imported.schedule;
    if let Some(path) = &a.previous {
        file.renumber(&resolve::schedule(path)?);
    }
    let checked = Schedule::new(file.clone()).map_err(failed)?;
    let remarks = undeclared(&checked, imported.caps);
    declare(&mut file, &remarks, a.accept_rule).map_err(|failure| failure.in_file(&name))?;
    let text = file.to_json().map_err(failed)?;
    let schedule = Schedule::from_json(text.as_bytes()).map_err(failed)?;
    let mut snapshot = None;
    if let Some(path) = &a.snapshot {
        let file = venue::snapshot(&value, &schedule, a);
        let file = file.map_err(|failure| failure.in_file(&name))?;
        zkmargin_params::compile(&schedule, &file).map_err(failed)?;
        snapshot = Some((path, file.to_json().map_err(failed)?));
    }
    let force = a.output.force;
    files::write(&a.output.output, text.as_bytes(), Secrecy::Public, force)?;
    if let Some((path, text)) = &snapshot {
        files::write(path, text.as_bytes(), Secrecy::Public, force)?;
    }
    let (text, result) = describe::schedule(&schedule);
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
