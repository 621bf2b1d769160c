//! Signing a report, and checking a signed one.

use super::report::{FORMAT, line};
use super::{Sign, VerifyNote};
use crate::commands::describe::lines_of;
use crate::commands::sign;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Global;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::Path;
use zkmargin_notes::ReconciliationNote;
use zkmargin_params::{MAX_FILE_BYTES, format_utc, repeated_key};
use zkmargin_reconcile::{Contradiction, check_report_json};

/// Where a report comes from.
const MAKE: &str =
    "make the report with `zkmargin reconcile --from VENUE DIR -o REPORT`, and leave it as it is";

/// Counts of the outcomes of a report's figures, and of what was compared with none.
fn counts(report: &Value) -> Option<Value> {
    let mut counts = json!({ "equal": 0, "explained": 0, "unexplained": 0, "not_computed": 0 });
    let (mut unlisted, mut here) = (0, 0);
    for venue in report.get("venues")?.as_array()? {
        unlisted += venue.get("unlisted_there")?.as_array()?.len();
        here += venue.get("unlisted_here")?.as_array()?.len();
        for figure in venue.get("figures")?.as_array()? {
            let outcome = figure.get("outcome")?.as_str()?.replace('-', "_");
            let count = counts.get_mut(&outcome)?;
            *count = json!(count.as_u64()? + 1);
        }
    }
    counts["unlisted_there"] = json!(unlisted);
    counts["unlisted_here"] = json!(here);
    Some(counts)
}

/// Refuses a report that contradicts itself: a signature is over every line of it.
fn check(report: &Value, bytes: &[u8]) -> std::result::Result<(), Contradiction> {
    if let Some(key) = repeated_key(bytes) {
        let (pointer, message) = (key.pointer, "is given twice".to_owned());
        return Err(Contradiction { pointer, message });
    }
    check_report_json(report)
}

/// The digest of a report and its result in one line.
fn read(path: &Path) -> Result<([u8; 32], String)> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let name = files::name_of(path);
    let bad = || {
        let message = format!(
            "is not a report of format {FORMAT}, or its counts are not those of its figures"
        );
        Failure::new(Exit::Malformed, "BadReport", message).in_file(&name).help(MAKE)
    };
    let value: Option<Value> = serde_json::from_slice(&bytes).ok();
    let value = value.filter(|value| value.get("format").and_then(Value::as_str) == Some(FORMAT));
    let value = value.ok_or_else(bad)?;
    // What is signed is what the figures say, not what stands above them.
    let counts = counts(&value).filter(|counts| value["counts"] == *counts);
    let result = counts.and_then(|counts| line(&counts)).ok_or_else(bad)?;
    check(&value, &bytes).map_err(|e| {
        let message = format!("the report contradicts itself: {e}");
        Failure::new(Exit::Malformed, "ReportContradicts", message).in_file(&name).help(MAKE)
    })?;
    Ok((Sha256::digest(&bytes[..]).into(), result))
}

pub fn sign(a: &Sign, global: &Global) -> Result<Outcome> {
    let (report, result) = read(&a.report)?;
    let time = a.time.as_deref().map(|text| resolve::time("--time", text)).transpose()?;
    let time_ms = time.unwrap_or_else(resolve::now_ms);
    let note = ReconciliationNote { name: a.name.clone(), time_ms, result, report };
    let lines = [
        ("report", hex::encode(note.report)),
        ("time", format_utc(note.time_ms)),
        ("result", note.result.clone()),
    ];
    let json = json!({
        "report": hex::encode(note.report),
        "time": format_utc(note.time_ms),
        "result": note.result,
    });
    sign::sign(&note, &a.signer, &a.output, global, lines_of(&lines), json)
}

pub fn verify(a: &VerifyNote) -> Result<Outcome> {
    let (report, result) = read(&a.report)?;
    let keys = resolve::keys_of(&a.keys)?;
    let opened = resolve::note::<ReconciliationNote>(&a.note, &keys)?;
    let note = opened.body();
    if note.report != report || note.result != result {
        let message = "the report is not the one that was signed";
        return Err(
            Failure::new(Exit::Policy, "ReportOther", message).in_file(&files::name_of(&a.report))
        );
    }
    let lines = [
        ("name", note.name.clone()),
        ("time", format_utc(note.time_ms)),
        ("result", note.result.clone()),
    ];
    let json = json!({
        "name": note.name,
        "time": format_utc(note.time_ms),
        "result": note.result,
        "report": hex::encode(note.report),
    });
    Ok(Outcome::done(lines_of(&lines), json))
}
