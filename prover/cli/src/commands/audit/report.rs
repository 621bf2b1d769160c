//! `zkmargin audit report`.

use super::digest::sha256;
use super::stores::{
    self, expected, judge_failure, keys, open, run_failure, store_failure, workers,
};
use crate::commands;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::Global;
use crate::text::Text;
use clap::Args;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use zkmargin_audit::report::{Again, ExceptionList, Method, SHOWN, html, json, periods_csv};
use zkmargin_audit::{
    Exception, ExceptionKind, Expected, Findings, FindingsError, Judge, MergeError, Recomputed,
    Run, RunError, Verdict,
};
use zkmargin_model::shown::quoted;
use zkmargin_notes::{Body, ReportNote};
use zkmargin_params::format_utc;

#[derive(Debug, Args)]
pub struct WriteReport {
    /// Store
    pub store: PathBuf,
    /// A finished run
    #[arg(long, value_name = "FILE")]
    pub run: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// Folder to write report.html, report.json, periods.csv, exceptions.csv and report.note to
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Note key of the auditor, to sign the report with
    #[arg(long, value_name = "FILE")]
    pub signer: Option<PathBuf>,
    /// Remark about what the store holds, shown under Method
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub remark: String,
    /// Valid proofs, drawn at random, that are judged again
    #[arg(long, value_name = "NUMBER", default_value = "500")]
    pub sample: u64,
    /// Replace files that exist
    #[arg(long)]
    pub force: bool,
}

impl commands::Run for WriteReport {
    fn name(&self) -> &'static str {
        "audit report"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        write_report(self, global)
    }
}

fn cannot_write(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let name = path.display().to_string();
    move |e| Failure::new(Exit::Io, "CannotWrite", e.to_string()).in_file(&name)
}

/// The names of the files that a report's note is over, ascending.
pub(super) const NAMES: [&str; 4] = ["exceptions.csv", "periods.csv", "report.html", "report.json"];

/// The name of the note itself.
pub(super) const NOTE: &str = "report.note";

pub(super) fn failure(error: FindingsError, store: &Path, run: &Path, output: &Path) -> Failure {
    let text = error.to_string();
    match error {
        FindingsError::Store(e) => store_failure(&e, store),
        FindingsError::Run(e) => run_failure(e, store, run),
        FindingsError::Judge(e) => judge_failure(e, store),
        FindingsError::Verdicts(e) => {
            let (exit, code) = match *e {
                MergeError::Lacking { .. } => (Exit::Incomplete, "AuditNoVerdict"),
                MergeError::Random(_) => (Exit::Io, "Randomness"),
                MergeError::Unknown { .. } => (Exit::Policy, "AuditUnknownProof"),
                _ => (Exit::Policy, "AuditVerdictDiffers"),
            };
            Failure::new(exit, code, text)
                .in_file(&run.display().to_string())
                .help("start a new run with another file; no report can be made of this one")
        }
        FindingsError::Signers => Failure::new(Exit::Policy, "ManifestSigners", text)
            .help("run `audit expect` again with the manifest, its list, its note and the keys"),
        FindingsError::Unfinished => Failure::new(Exit::Usage, "AuditUnfinished", text),
        FindingsError::Part(_) => Failure::new(Exit::Usage, "AuditPart", text),
        FindingsError::Write(e) => cannot_write(output)(e),
    }
}

/// The exceptions that the page shows: the first of each kind.
#[derive(Default)]
pub(super) struct First {
    pub list: Vec<Exception>,
    shown: BTreeMap<ExceptionKind, usize>,
}

impl First {
    pub fn take(&mut self, exception: &Exception) {
        let of_kind = self.shown.entry(exception.kind).or_insert(0);
        if *of_kind < SHOWN {
            *of_kind += 1;
            self.list.push(exception.clone());
        }
    }
}

/// What the report says about this machine and this run on its auditor's own word.
fn by_word(a: &WriteReport, run: &Run, computed: Method) -> std::result::Result<Method, RunError> {
    let fact = |key: &str| run.fact(key).map(Option::unwrap_or_default);
    let started = fact("started")?.parse().map(format_utc).unwrap_or_default();
    let (store, run_file) = (a.store.display(), a.run.display());
    // Quoted for a shell, which looks for no names in single quotes.
    let audit = format!("--audit '{}'", computed.name.replace('\'', r"'\''"));
    Ok(Method {
        machine: Method::machine(),
        workers: fact("workers")?,
        started,
        made: format_utc(resolve::now_ms()),
        seconds: fact("seconds")?,
        signed: a.signer.is_some(),
        declared: a.remark.clone(),
        commands: vec![
            format!("zkmargin audit log verify {store}"),
            format!("zkmargin audit run {store} {audit} --run again.run"),
            format!("zkmargin audit report {store} {audit} --run again.run -o again"),
            format!("# this report: run {run_file}"),
        ],
        ..computed
    })
}

/// How the audit was made, as far as the store and the run say; the rest is empty.
pub(super) fn method(expected: &Expected, run: &Run, found: &Recomputed) -> Method {
    let file = expected.rules.file();
    let venue = |of: fn(&zkmargin_params::PolicyFile) -> String| {
        file.policies
            .iter()
            .map(|p| (p.market.venue.clone().unwrap_or_default(), of(p)))
            .collect::<Vec<_>>()
    };
    let log = run.subject.log;
    let method = Method {
        name: file.name.clone(),
        manifest: hex::encode(expected.rules.digest()),
        manifest_signers: expected.signers.clone().unwrap_or_default(),
        audiences: venue(|p| p.audience.clone().unwrap_or_default()),
        claims: venue(|p| {
            let (margin, claim) = (p.demanded_requirement().margin(), &p.claim);
            let books = match (&claim.settlement_asset, claim.cross_alone) {
                (None, false) => String::new(),
                (None, true) => ", in the cross book alone".to_owned(),
                (Some(asset), false) => format!(", in the book of {}", quoted(asset)),
                (Some(asset), true) => format!(", in the book of {} alone", quoted(asset)),
            };
            let floor = claim.floor.as_str();
            if let Some(stress) = &claim.stress {
                return format!("floor {floor} of what stress {} leaves", quoted(stress));
            }
            if claim.does_not_meet {
                return format!("level {} of {margin} not met{books}", claim.level);
            }
            format!("level {} of {margin}, floor {floor}{books}", claim.level)
        }),
        log_size: log.size,
        log_root: hex::encode(log.root),
        version: String::new(),
        circuits: String::new(),
        machine: String::new(),
        workers: String::new(),
        started: String::new(),
        made: String::new(),
        seconds: String::new(),
        record: found.record.number,
        verdicts: hex::encode(found.record.sha256),
        again: Again {
            sampled: found.sampled,
            repeated: found.repeated,
            seed: hex::encode(found.seed),
        },
        merged: found.record.merge.map(|m| {
            let seed = hex::encode(m.seed);
            (m.inputs, Again { sampled: m.sampled, repeated: m.repeated, seed })
        }),
        ingestion: found.ingestion.clone(),
        not_checked: not_checked(found, found.sampled).into_iter().map(|(_, what)| what).collect(),
        signed: false,
        declared: String::new(),
        commands: Vec::new(),
    };
    method.of_build(&run.subject.build)
}

/// What a report relies on without having computed it.
pub(super) fn not_checked(found: &Recomputed, sampled: u64) -> Vec<(&'static str, String)> {
    let valid = found.findings.statuses.get("valid").copied().unwrap_or(0);
    let mut out = Vec::new();
    if sampled < valid {
        let rest = valid - sampled;
        let what = format!("{rest} valid proofs beyond the sample were not judged again");
        out.push(("beyond-sample", what));
    }
    out.extend(found.not_checked.iter().cloned());
    let what = "older checkpoint: that the log is still the earlier one; compare its root with a signed one";
    out.push(("older-checkpoint", what.to_owned()));
    out
}

/// Writes the files of a report.
fn write_report(a: &WriteReport, global: &Global) -> Result<Outcome> {
    let signer = a.signer.as_deref().map(|path| resolve::signer(path, global)).transpose()?;
    let names = NAMES;
    let note_path = a.output.join(NOTE);
    for path in names.iter().map(|name| a.output.join(name)).chain([note_path.clone()]) {
        files::check_absent(&path, a.force)?;
    }
    let store = open(&a.store)?;
    let expected = expected(&store, a.audit.as_deref(), &a.store)?;
    let run = Run::read(&a.run, &store, &expected);
    let run = run.map_err(|e| run_failure(e, &a.store, &a.run))?;
    std::fs::create_dir_all(&a.output).map_err(cannot_write(&a.output))?;
    let keys = keys(global);
    let view = store.at(run.subject.log.size);
    let mut judge = Judge::new(&expected.rules, &view, &keys, workers(None));
    // The list may be long: it goes to its file as it is made.
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.prefix(".zkmargin-").tempfile_in(&a.output);
    let mut temporary = temporary.map_err(cannot_write(&a.output))?;
    let mut list = ExceptionList::new(std::io::BufWriter::new(temporary.as_file_mut()))
        .map_err(cannot_write(&a.output))?;
    let mut first = First::default();
    let found =
        store.findings(&expected, &run, &mut judge, a.sample, resolve::now_ms(), |exception| {
            first.take(exception);
            list.put(exception)
        });
    let found = found.map_err(|e| failure(e, &a.store, &a.run, &a.output))?;
    let findings = &found.findings;
    list.finish().and_then(|mut to| to.flush()).map_err(cannot_write(&a.output))?;
    temporary.as_file().sync_all().map_err(cannot_write(&a.output))?;
    let exceptions = sha256(temporary.path())?;
    files::check_absent(&a.output.join(names[0]), a.force)?;
    temporary.persist(a.output.join(names[0])).map_err(|e| cannot_write(&a.output)(e.error))?;

    let method = by_word(a, &run, method(&expected, &run, &found))
        .map_err(|e| run_failure(e, &a.store, &a.run))?;
    let internal =
        |e: &dyn std::fmt::Display| Failure::new(Exit::Internal, "Report", e.to_string());
    let periods = periods_csv(findings).map_err(|e| internal(&e))?;
    let page = html(findings, &first.list, &method).into_bytes();
    let data = json(findings, &first.list, &method).map_err(|e| internal(&e))?.into_bytes();
    let mut digests = vec![(names[0].to_owned(), exceptions)];
    for (name, bytes) in names[1..].iter().zip([periods, page, data]) {
        files::write(&a.output.join(name), &bytes, Secrecy::Public, a.force)?;
        digests.push(((*name).to_owned(), Sha256::digest(&bytes).into()));
    }
    if let Some(signer) = &signer {
        let note = ReportNote {
            name: method.name.clone(),
            time_ms: resolve::now_ms(),
            verdict: findings.verdict.to_string(),
            files: digests,
        };
        let note = note.sign(signer);
        let note = note.map_err(|e| Failure::new(Exit::Malformed, "CannotSign", e.to_string()))?;
        files::write(&note_path, note.to_text().as_bytes(), Secrecy::Public, a.force)?;
    }
    let mut outcome = outcome(findings, a, &found, signer.is_some());
    outcome.not_audited = not_checked(&found, found.sampled);
    Ok(outcome)
}

fn outcome(findings: &Findings, a: &WriteReport, found: &Recomputed, signed: bool) -> Outcome {
    let mut text = Text::of(format!("{} of {} due entries shown", findings.shown, findings.due));
    for (status, count) in &findings.statuses {
        text.line(format!("proofs {status}: {count}"));
    }
    for (kind, count) in &findings.exceptions {
        text.line(format!("exceptions {kind}: {count}"));
    }
    let ingestion = &found.ingestion;
    if let (Some(first), Some(last)) = (&ingestion.first, &ingestion.last) {
        text.line(format!("ingested from {first} to {last}"));
    }
    if ingestion.refused > 0 {
        text.line(format!("files refused: {}", ingestion.refused));
    }
    let later = stores::later_line(ingestion.later_entries, ingestion.later_proofs);
    later.iter().for_each(|line| text.line(line));
    text.line(format!(
        "judged again: {} valid, drawn at random; {} others",
        found.sampled, found.repeated
    ));
    text.line(format!("report in {}", a.output.display()));
    let result = json!({
        "shown": findings.shown, "due": findings.due, "statuses": findings.statuses,
        "exceptions": findings.exceptions, "ingestion": ingestion,
        "record": found.record.number, "verdicts": hex::encode(found.record.sha256),
        "again": { "sampled": found.sampled, "repeated": found.repeated, "seed": hex::encode(found.seed) },
        "folder": a.output.display().to_string(), "signed": signed,
    });
    let mut outcome = Outcome::done(text, result);
    let verdict = findings.verdict.to_string();
    outcome.verdict = Some(verdict.clone());
    (outcome.exit, outcome.reason) = match findings.verdict {
        Verdict::Complete | Verdict::CompleteWithExceptions => (Exit::Ok, None),
        Verdict::InvalidProofs => (Exit::Invalid, Some(("AuditInvalid", verdict))),
        Verdict::Incomplete => (Exit::Incomplete, Some(("AuditIncomplete", verdict))),
    };
    outcome
}
