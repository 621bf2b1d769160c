//! `zkmargin audit report`.

use super::{expected, judge_failure, keys, open, run_failure, store_failure, workers};
use crate::arguments::Global;
use crate::audit_arguments::Report;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::text::Text;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use zkmargin_audit::report::{ExceptionList, Method, SHOWN, html, json, periods_csv};
use zkmargin_audit::{Expected, Findings, FindingsError, Judge, Run, RunError, Verdict};
use zkmargin_model::files::format_utc;
use zkmargin_notes::{Body, ReportNote};

fn cannot_write(path: &Path) -> impl Fn(std::io::Error) -> Failure {
    let name = path.display().to_string();
    move |e| Failure::new(Exit::Io, "CannotWrite", e.to_string()).in_file(&name)
}

fn failure(error: FindingsError, a: &Report) -> Failure {
    let text = error.to_string();
    match error {
        FindingsError::Store(e) => store_failure(&e, &a.store),
        FindingsError::Run(e) => run_failure(e, &a.store, &a.run),
        FindingsError::Judge(e) => judge_failure(e, &a.store),
        FindingsError::Unfinished => Failure::new(Exit::Usage, "AuditUnfinished", text),
        FindingsError::Part(_) => Failure::new(Exit::Usage, "AuditPart", text),
        FindingsError::Write(e) => cannot_write(&a.output)(e),
    }
}

fn method(a: &Report, expected: &Expected, run: &Run) -> std::result::Result<Method, RunError> {
    let fact = |key: &str| run.fact(key).map(Option::unwrap_or_default);
    let started = fact("started")?.parse().map(format_utc).unwrap_or_default();
    let file = expected.rules.file();
    let venue = |of: fn(&zkmargin_model::files::PolicyFile) -> String| {
        file.policies
            .iter()
            .map(|p| (p.market.venue.clone().unwrap_or_default(), of(p)))
            .collect::<Vec<_>>()
    };
    let log = run.subject.log;
    let (store, run_file) = (a.store.display(), a.run.display());
    // Quoted for a shell, which looks for no names in single quotes.
    let audit = format!("--audit '{}'", file.name.replace('\'', r"'\''"));
    let method = Method {
        name: file.name.clone(),
        manifest: hex::encode(expected.rules.digest()),
        manifest_signers: expected.signers.clone(),
        audiences: venue(|p| p.audience.clone().unwrap_or_default()),
        claims: venue(|p| format!("level {}, floor {}", p.claim.level, p.claim.floor.as_str())),
        log_size: log.size,
        log_root: hex::encode(log.root),
        version: String::new(),
        circuits: String::new(),
        machine: Method::machine(),
        workers: fact("workers")?,
        started,
        made: format_utc(resolve::now_ms()),
        seconds: fact("seconds")?,
        inputs: fact("inputs")?,
        sampled: fact("sampled")?,
        repeated: fact("repeated")?,
        seed: fact("seed")?,
        declared: a.remark.clone(),
        commands: vec![
            format!("zkmargin audit log verify {store}"),
            format!("zkmargin audit run {store} {audit} --run again.run"),
            format!("zkmargin audit report {store} {audit} --run again.run -o again"),
            format!("# this report: run {run_file}"),
        ],
    };
    Ok(method.of_build(&run.subject.build))
}

/// Writes the files of a report.
pub fn run(a: &Report, global: &Global) -> Result<Outcome> {
    let signer = a.signer.as_deref().map(resolve::signer).transpose()?;
    let names = ["exceptions.csv", "periods.csv", "report.html", "report.json"];
    let note_path = a.output.join("report.note");
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
    let (mut first, mut shown) = (Vec::new(), BTreeMap::new());
    let findings = store.findings(&expected, &run, &mut judge, |exception| {
        let of_kind = shown.entry(exception.kind).or_insert(0);
        if *of_kind < SHOWN {
            *of_kind += 1;
            first.push(exception.clone());
        }
        list.put(exception)
    });
    let findings = findings.map_err(|e| failure(e, a))?;
    list.finish().and_then(|mut to| to.flush()).map_err(cannot_write(&a.output))?;
    temporary.as_file().sync_all().map_err(cannot_write(&a.output))?;
    let exceptions = files::sha256(temporary.path())?;
    files::check_absent(&a.output.join(names[0]), a.force)?;
    temporary.persist(a.output.join(names[0])).map_err(|e| cannot_write(&a.output)(e.error))?;

    let method = method(a, &expected, &run).map_err(|e| run_failure(e, &a.store, &a.run))?;
    let internal =
        |e: &dyn std::fmt::Display| Failure::new(Exit::Internal, "Report", e.to_string());
    let periods = periods_csv(&findings).map_err(|e| internal(&e))?;
    let page = html(&findings, &first, &method).into_bytes();
    let data = json(&findings, &first, &method).map_err(|e| internal(&e))?.into_bytes();
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
    Ok(outcome(&findings, a, signer.is_some()))
}

fn outcome(findings: &Findings, a: &Report, signed: bool) -> Outcome {
    let mut text = Text::of(format!("{} of {} due entries shown", findings.shown, findings.due));
    for (status, count) in &findings.statuses {
        text.line(format!("proofs {status}: {count}"));
    }
    for (kind, count) in &findings.exceptions {
        text.line(format!("exceptions {kind}: {count}"));
    }
    text.line(format!("report in {}", a.output.display()));
    let result = json!({
        "shown": findings.shown, "due": findings.due, "statuses": findings.statuses,
        "exceptions": findings.exceptions, "folder": a.output.display().to_string(), "signed": signed,
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
