//! `zkmargin snapshot compare` and `zkmargin ledger compare`: evidence that a venue did or did not sign two things
//! under one number.

use crate::exit::Exit;
use crate::failure::Result;
use crate::outcome::Outcome;
use crate::resolve;
use crate::text::Text;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use zkmargin_notes::sequence::{Conflict, Numbered};

/// Two signed notes of one kind
#[derive(Debug, Args)]
pub struct Compare {
    /// Signed note
    pub first: PathBuf,
    /// Another signed note
    pub second: PathBuf,
    /// Keys that you trust
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}

/// A line of a note, or that it has none like the other's.
fn said(line: &str) -> &str {
    if line.is_empty() { "(no such line)" } else { line }
}

/// Compares two notes; `code` is the error code of a contradiction.
pub fn compare<T: Numbered>(a: &Compare, code: &'static str) -> Result<Outcome> {
    let keys = resolve::keys_of(&a.keys)?;
    let (first, second) =
        (resolve::note::<T>(&a.first, &keys)?, resolve::note::<T>(&a.second, &keys)?);
    let Some(conflict) = Conflict::find(&first, &second) else {
        let text =
            "no contradiction: another venue, registry, requirement or number, or the same content";
        return Ok(Outcome::done(Text::of(text), json!({ "conflict": false })));
    };
    let differences = conflict.differences();
    let mut text = Text::of(format!("contradiction: {conflict}"));
    for (first, second) in &differences {
        text.line(format!("first   {}", said(first)));
        text.line(format!("second  {}", said(second)));
    }
    let pairs: Vec<_> =
        differences.iter().map(|(a, b)| json!({ "first": a, "second": b })).collect();
    let mut outcome = Outcome::done(text, json!({ "conflict": true, "differences": pairs }));
    outcome.exit = Exit::Invalid;
    outcome.reason = Some((code, conflict.to_string()));
    Ok(outcome)
}
