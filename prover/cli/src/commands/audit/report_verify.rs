//! `zkmargin audit report verify`.

use super::digest::sha256;
use super::report::{self, First, NAMES, NOTE, failure, method};
use super::stores::{expected, keys, open, run_failure, workers};
use crate::commands;
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Global;
use crate::text::Text;
use clap::Args;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use zkmargin_audit::report::{
    Again, ExceptionList, Method, html, json as report_json, periods_csv,
};
use zkmargin_audit::{Ingestion, Judge, Links, Recomputed, Run, open_regular};
use zkmargin_model::counted;
use zkmargin_notes::{OpenError, ReportNote};
use zkmargin_params::{MAX_FILE_BYTES, format_utc};
use zkmargin_policy::CLOCK_TOLERANCE_MS;

#[derive(Debug, Args)]
pub struct VerifyReport {
    /// Folder with the report
    pub folder: PathBuf,
    /// Keys that you trust, the auditor's among them
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
    /// Store, from which to recompute the report's figures
    #[arg(long, value_name = "FILE", requires = "run")]
    pub store: Option<PathBuf>,
    /// The run the report is about
    #[arg(long, value_name = "FILE", requires = "store")]
    pub run: Option<PathBuf>,
    /// Valid proofs, drawn at random, that are judged again
    #[arg(long, value_name = "NUMBER", default_value = "500")]
    pub sample: u64,
}

impl commands::Run for VerifyReport {
    fn name(&self) -> &'static str {
        "audit report verify"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        verify_report(self, global)
    }
}

/// Maximum length of `report.json`: that for as many periods as a manifest may have.
const MAX_REPORT_BYTES: usize = 1 << 28;

/// Writes nothing but a digest.
#[derive(Default)]
struct Hashing(Sha256);

impl std::io::Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn invalid(code: &'static str, reason: String) -> Outcome {
    let mut outcome = Outcome::done(Text::new(), json!({}));
    outcome.exit = Exit::Invalid;
    outcome.verdict = Some(format!("INVALID: {reason}"));
    outcome.reason = Some((code, reason));
    outcome
}

/// Compares the files of a folder with the note, and returns the JSON one.
fn files_of(a: &VerifyReport, note: &ReportNote) -> Result<std::result::Result<Value, String>> {
    if !note.files.iter().map(|(name, _)| name.as_str()).eq(NAMES) {
        return Ok(Err(format!("the note is for files other than {}", NAMES.join(", "))));
    }
    for (name, stated) in &note.files {
        // May be long: exceptions of a million proofs.
        if sha256(&a.folder.join(name))? != *stated {
            return Ok(Err(format!("{name} is not the file the note names")));
        }
    }
    let data = files::read(&a.folder.join(NAMES[3]), MAX_REPORT_BYTES)?;
    // Read once more: what is looked at is what was signed.
    if Sha256::digest(&data)[..] != note.files[3].1[..] {
        return Ok(Err(format!("{} was changed in the meantime", NAMES[3])));
    }
    let Ok(data) = serde_json::from_slice::<Value>(&data) else {
        return Ok(Err(format!("{} is not JSON", NAMES[3])));
    };
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str);
    for (pointer, stated) in [
        ("/format", "zkmargin-report/1"),
        ("/verdict", &note.verdict),
        ("/method/name", &note.name),
    ] {
        if text(pointer) != Some(stated) {
            return Ok(Err(format!(
                "{} has a different {} from the note",
                NAMES[3],
                &pointer[1..]
            )));
        }
    }
    Ok(Ok(data))
}

/// Recomputes the figures. Returns why they are not reproduced, if they are not.
fn recompute(
    a: &VerifyReport,
    (store_path, run_path): (&Path, &Path),
    note: &ReportNote,
    data: &Value,
    global: &Global,
) -> Result<Option<String>> {
    let store = open(store_path)?;
    let expected = expected(&store, Some(&note.name), store_path)?;
    let run = Run::read(run_path, &store, &expected);
    let run = run.map_err(|e| run_failure(e, store_path, run_path))?;
    let keys = keys(global);
    let view = store.at(run.subject.log.size);
    let mut judge = Judge::new(&expected.rules, &view, &keys, workers(None));
    let failed = |e| failure(e, store_path, run_path, &a.folder);
    let internal = |e: std::io::Error| Failure::new(Exit::Internal, "Report", e.to_string());
    let mut list = ExceptionList::new(Hashing::default()).map_err(internal)?;
    let mut first = First::default();
    let now_ms = resolve::now_ms();
    let found = store.findings(&expected, &run, &mut judge, a.sample, now_ms, |e| {
        first.take(e);
        list.put(e)
    });
    let found = found.map_err(failed)?;
    let exceptions = list.finish().map_err(internal)?.0.finalize();
    let periods = periods_csv(&found.findings).map_err(internal)?;
    let made = [
        ("verdict", json!(found.findings.verdict.to_string()), json!(note.verdict)),
        ("findings", json!(found.findings), data["findings"].clone()),
        (
            "manifest",
            json!(hex::encode(expected.rules.digest())),
            data["method"]["manifest"].clone(),
        ),
        ("manifest's signers", json!(expected.signers), data["method"]["manifest_signers"].clone()),
        ("log", json!(run.subject.log.size), data["method"]["log_size"].clone()),
        ("log", json!(hex::encode(run.subject.log.root)), data["method"]["log_root"].clone()),
        ("verdicts", json!(hex::encode(found.record.sha256)), data["method"]["verdicts"].clone()),
        ("exceptions", json!(hex::encode(exceptions)), json!(hex::encode(note.files[0].1))),
        (
            "periods",
            json!(hex::encode(Sha256::digest(periods))),
            json!(hex::encode(note.files[1].1)),
        ),
    ];
    if let Some((what, ..)) = made.into_iter().find(|(_, made, stated)| made != stated) {
        return Ok(Some(format!("the report's {what} are not those of the store")));
    }
    let Ok(stated) = serde_json::from_value::<Method>(data["method"].clone()) else {
        return Ok(Some("the report's method cannot be read".to_owned()));
    };
    let method = as_stated(method(&expected, &run, &found), stated, &found);
    let json = report_json(&found.findings, &first.list, &method);
    let json = json.map_err(|e| Failure::new(Exit::Internal, "Report", e.to_string()))?;
    let page = html(&found.findings, &first.list, &method);
    let files = [(NAMES[2], page, note.files[2].1), (NAMES[3], json, note.files[3].1)];
    let differs =
        files.into_iter().find(|(_, made, stated)| Sha256::digest(made)[..] != stated[..]);
    Ok(differs.map(|(name, ..)| format!("{name} differs from what was recomputed")))
}

/// Takes what only the auditor can know as stated, as far as the log bears it out: its machine, its times, its sample,
/// what had arrived when the report was made.
fn as_stated(computed: Method, stated: Method, found: &Recomputed) -> Method {
    let again = sample_as_stated(stated.again, found);
    let not_checked = report::not_checked(found, again.sampled);
    Method {
        machine: stated.machine,
        workers: stated.workers,
        started: stated.started,
        made: stated.made,
        seconds: stated.seconds,
        again,
        ingestion: later_as_stated(computed.ingestion, &stated.ingestion),
        not_checked: not_checked.into_iter().map(|(_, what)| what).collect(),
        signed: true,
        declared: stated.declared,
        commands: stated.commands,
        ..computed
    }
}

/// Size and seed of a sample that could have been drawn. Everything that is not valid is judged again.
fn sample_as_stated(stated: Again, found: &Recomputed) -> Again {
    let valid = found.findings.statuses.get("valid").copied().unwrap_or(0);
    let mut seed = [0; 32];
    let is_seed = hex::decode_to_slice(&stated.seed, &mut seed).is_ok();
    Again {
        sampled: stated.sampled.min(valid),
        repeated: found.repeated,
        seed: if is_seed { hex::encode(seed) } else { String::new() },
    }
}

/// No more can have arrived by then than by now.
fn later_as_stated(computed: Ingestion, stated: &Ingestion) -> Ingestion {
    let later_entries = stated.later_entries.min(computed.later_entries);
    let later_proofs = stated.later_proofs.min(computed.later_proofs).min(later_entries);
    Ingestion { later_entries, later_proofs, ..computed }
}

/// How many other things are in a report's folder.
fn others_in(folder: &Path) -> Result<usize> {
    let failed = |e: std::io::Error| {
        let failure = Failure::new(Exit::Io, "CannotRead", format!("cannot be read: {e}"));
        failure.in_file(&folder.display().to_string())
    };
    let mut others = 0;
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        others += usize::from(name != NOTE && !NAMES.iter().any(|of_report| name == *of_report));
    }
    Ok(others)
}

/// Checks a report: who signed it, that its files match, and, given store and run, that its figures are reproduced.
fn verify_report(a: &VerifyReport, global: &Global) -> Result<Outcome> {
    let path = a.folder.join(NOTE);
    // The folder may be a stranger's.
    let regular = open_regular(&path, Links::Followed);
    regular.map_err(|e| {
        let message = format!("cannot be read: {e}");
        Failure::new(Exit::Io, "CannotRead", message).in_file(&path.display().to_string())
    })?;
    let bytes = files::read(&path, MAX_FILE_BYTES)?;
    let keys = resolve::keys_of(&a.keys)?;
    let now_ms = resolve::now_ms();
    let name = path.display().to_string();
    let opened = match keys.open::<ReportNote>(&bytes, now_ms) {
        Ok(opened) => opened,
        Err(e @ OpenError::Untrusted(_)) => {
            let failure = Failure::new(Exit::Policy, "ReportUntrusted", e.to_string());
            return Err(failure.in_file(&name));
        }
        Err(OpenError::Signature(e)) => return Ok(invalid("ReportSignature", e.to_string())),
        Err(e) => {
            let failure = Failure::new(Exit::Malformed, "BadReportNote", e.to_string());
            return Err(failure.in_file(&name));
        }
    };
    let note = opened.body();
    if note.time_ms > now_ms.saturating_add(CLOCK_TOLERANCE_MS) {
        let reason =
            format!("the report is dated {}, which is in the future", format_utc(note.time_ms));
        return Ok(invalid("ReportFuture", reason));
    }
    let data = match files_of(a, note)? {
        Ok(data) => data,
        Err(reason) => return Ok(invalid("ReportFiles", reason)),
    };
    let again = a.store.as_deref().zip(a.run.as_deref());
    if let Some(paths) = again
        && let Some(reason) = recompute(a, paths, note, &data, global)?
    {
        return Ok(invalid("ReportFigures", reason));
    }
    let signers: Vec<_> =
        opened.signers().iter().map(|s| format!("{} ({})", s.name, s.id)).collect();
    let lines = [
        ("audit", note.name.clone()),
        ("report says", note.verdict.clone()),
        ("made", format_utc(note.time_ms)),
        ("signed by", signers.join(", ")),
    ];
    let result = json!({
        "name": note.name, "verdict": note.verdict, "made": format_utc(note.time_ms),
        "signers": signers, "recomputed": again.is_some(),
    });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    outcome.verdict = Some(match again {
        Some(_) => {
            "VALID: the auditor signed these files, and their figures were reproduced".to_owned()
        }
        None => "SIGNED: the auditor signed these files".to_owned(),
    });
    let words = "auditor's word: machine, times, commands, remark, how many proofs were drawn and by which seed, \
                 and what had arrived when the report was made; no store can confirm them";
    outcome.not_audited.push(("auditors-word", words.to_owned()));
    let others = others_in(&a.folder)?;
    if others > 0 {
        let count = counted(others, "other file", "other files");
        outcome
            .not_audited
            .push(("other-files", format!("{count} in the folder, which nobody signed")));
    }
    if again.is_none() {
        let what = "figures: give --store and --run to compute them from the log again";
        outcome.not_audited.push(("report-figures", what.to_owned()));
    }
    Ok(outcome)
}
