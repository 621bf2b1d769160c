//! `zkmargin audit sign`, `expect` and `missing`: what is due.

use super::digest::sha256;
use super::stores::{expect_failure, expected, open, open_to_append, store_failure};
use crate::commands::Run;
use crate::commands::describe::lines_of;
use crate::commands::sign;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Output};
use crate::text::Text;
use clap::Args;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};
use zkmargin_audit::{Links, Rules, check_due, open_regular};
use zkmargin_model::counted;
use zkmargin_params::MAX_FILE_BYTES;

/// A manifest with its list.
#[derive(Debug, Args)]
pub struct Manifest {
    /// Manifest
    #[arg(long, value_name = "FILE")]
    pub manifest: PathBuf,
    /// List of who owes proofs: CSV with venue, registry, epoch, subject, accounts
    #[arg(long, value_name = "FILE")]
    pub due: PathBuf,
}

#[derive(Debug, Args)]
pub struct SignManifest {
    #[command(flatten)]
    pub manifest: Manifest,
    /// Note key of the auditor
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct Expect {
    /// Store
    pub store: PathBuf,
    #[command(flatten)]
    pub manifest: Manifest,
    /// The auditor's note over the manifest
    #[arg(long, value_name = "FILE")]
    pub note: PathBuf,
    /// Keys that you trust, the auditor's among them
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}

#[derive(Debug, Args)]
pub struct Missing {
    /// Store
    pub store: PathBuf,
    /// Name of the manifest [default: the only one]
    #[arg(long, value_name = "NAME")]
    pub audit: Option<String>,
    /// How many to list
    #[arg(long, value_name = "NUMBER", default_value = "20")]
    pub list: u64,
}

impl Run for SignManifest {
    fn name(&self) -> &'static str {
        "audit sign"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        sign(self, global)
    }
}

impl Run for Expect {
    fn name(&self) -> &'static str {
        "audit expect"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        expect(self)
    }
}

impl Run for Missing {
    fn name(&self) -> &'static str {
        "audit missing"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        missing(self)
    }
}

fn rules(a: &Manifest) -> Result<(Vec<u8>, Rules)> {
    let bytes = files::read(&a.manifest, MAX_FILE_BYTES)?.to_vec();
    let rules = Rules::from_json(&bytes)
        .map_err(|e| Failure::in_json(&e, &files::name_of(&a.manifest), &bytes))?;
    Ok((bytes, rules))
}

fn due(a: &Manifest) -> Result<File> {
    open_regular(&a.due, Links::Followed).map_err(|e| {
        Failure::new(Exit::Io, "CannotRead", e.to_string()).in_file(&files::name_of(&a.due))
    })
}

fn due_text(entries: u64, accounts: u64) -> String {
    let accounts = counted(accounts, "account", "accounts");
    format!("{}, {accounts}", counted(entries, "entry", "entries"))
}

/// Signs a manifest whose list of what is due matches it.
fn sign(a: &SignManifest, global: &Global) -> Result<Outcome> {
    let (_, rules) = rules(&a.manifest)?;
    let found = hex::encode(sha256(&a.manifest.due)?);
    let stated = hex::encode(rules.due_sha256());
    if found != stated {
        let message = format!("the list has SHA-256 {found}; the manifest says {stated}");
        return Err(Failure::new(Exit::Malformed, "ManifestOtherDue", message)
            .help("if the list is right, write its figure into the manifest's `due`"));
    }
    // What no store would take is not signed.
    let list = std::io::BufReader::with_capacity(1 << 16, due(&a.manifest)?);
    check_due(&rules, list).map_err(|e| {
        expect_failure(e, &a.manifest.due).in_file(&files::name_of(&a.manifest.due))
    })?;
    let note = rules.note();
    let text = lines_of(&[
        ("name", note.name.clone()),
        ("periods", note.periods.to_string()),
        ("entries", note.entries.to_string()),
        ("accounts", note.accounts.to_string()),
        ("manifest", hex::encode(note.manifest)),
    ]);
    let result = json!({
        "name": note.name, "periods": note.periods, "entries": note.entries,
        "accounts": note.accounts, "manifest": hex::encode(note.manifest),
    });
    sign::sign(&note, &a.signer, &a.output, global, text, result)
}

/// Imports a signed manifest into a store.
fn expect(a: &Expect) -> Result<Outcome> {
    let (manifest, _) = rules(&a.manifest)?;
    let note = files::read(&a.note, MAX_FILE_BYTES)?;
    let keys = files::read(&a.keys, MAX_FILE_BYTES)?;
    // Named with its place in the file, if it cannot be read.
    resolve::keys_of(&a.keys)?;
    let mut store = open_to_append(&a.store)?;
    let due = std::io::BufReader::with_capacity(1 << 16, due(&a.manifest)?);
    let made = store.expect(&manifest, due, &note, &keys, resolve::now_ms());
    let expected = made.map_err(|e| expect_failure(e, &a.store))?;
    let (open, _) = store.missing(&expected, 0).map_err(|e| store_failure(&e, &a.store))?;
    let file = expected.rules.file();
    let text = lines_of(&[
        ("name", file.name.clone()),
        ("signed by", expected.signers.clone().unwrap_or_default()),
        ("periods", file.periods.len().to_string()),
        ("due", due_text(file.due.entries, file.due.accounts)),
        ("lacking", counted(open, "entry", "entries")),
    ]);
    let result = json!({
        "name": file.name, "signers": expected.signers, "periods": file.periods.len(),
        "entries": file.due.entries, "accounts": file.due.accounts, "lacking": open,
    });
    Ok(Outcome::done(text, result))
}

/// Lists proofs that are due but not submitted. Nothing is verified.
fn missing(a: &Missing) -> Result<Outcome> {
    let store = open(&a.store)?;
    let expected = expected(&store, a.audit.as_deref(), &a.store)?;
    let (count, first) =
        store.missing(&expected, a.list).map_err(|e| store_failure(&e, &a.store))?;
    let entries = expected.rules.file().due.entries;
    let mut text = Text::new();
    for m in &first {
        let subject = hex::encode(m.subject);
        text.line(format!(
            "due: {} {} {} {subject} lacks {}",
            m.venue, m.registry, m.epoch, m.lacking
        ));
    }
    let list: Vec<_> = first
        .iter()
        .map(|m| {
            json!({ "venue": m.venue, "registry": m.registry.to_string(), "epoch": m.epoch, "subject": hex::encode(m.subject), "lacking": m.lacking })
        })
        .collect();
    let result = json!({ "entries": entries, "lacking": count, "first": list });
    let mut outcome = Outcome::done(text, result);
    let rows =
        "whether the tables' rows for proofs match their files; `audit log verify` compares them";
    outcome.not_audited.push(("rows", rows.to_owned()));
    if count > 0 {
        let lack = if count == 1 { "lacks" } else { "lack" };
        let due = counted(entries, "due entry", "due entries");
        let message = format!("{count} of {due} {lack} proofs");
        outcome.exit = Exit::Incomplete;
        outcome.verdict = Some(format!("INCOMPLETE: {message}"));
        outcome.reason = Some(("AuditIncomplete", message));
    } else {
        outcome.verdict = Some(format!(
            "SUBMITTED: proofs of all {}; a run tells whether they hold",
            counted(entries, "due entry", "due entries")
        ));
    }
    Ok(outcome)
}
