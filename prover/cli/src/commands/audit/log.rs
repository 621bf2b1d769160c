//! `zkmargin audit log`: signed checkpoints, and proofs that a file is in the log.

use super::stores::{open, store_failure};
use crate::commands::Run;
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::resolve;
use crate::shared::{Global, Output};
use crate::text::Text;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_audit::tlog::{check_consistency, check_inclusion, leaf_hash};
use zkmargin_audit::{LogProof, LogProofError};
use zkmargin_model::counted;
use zkmargin_model::envelope::{Envelope, file_digest};
use zkmargin_model::names::check_name;
use zkmargin_notes::{Checkpoint, KeySet, Note, TrustedKey};
use zkmargin_params::{MAX_FILE_BYTES, MAX_TEXT_BYTES, Role};

#[derive(Debug, Subcommand)]
pub enum Log {
    /// Sign size and root of the log
    Checkpoint(SignCheckpoint),
    /// Write the proof that a file is in the log
    Prove(ProveLogged),
    /// Check the proof that a file is in the log, without the store
    Check(CheckLogged),
    /// Read the whole store and compare it with its log, and with an older checkpoint
    Verify(VerifyLog),
}

impl Log {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Log::Checkpoint(a) => a,
            Log::Prove(a) => a,
            Log::Check(a) => a,
            Log::Verify(a) => a,
        }
    }
}

#[derive(Debug, Args)]
pub struct SignCheckpoint {
    /// Store
    pub store: PathBuf,
    /// Name of the log
    #[arg(long, value_name = "NAME")]
    pub origin: String,
    /// Note key of the auditor
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct ProveLogged {
    /// Store
    pub store: PathBuf,
    /// The file
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Signed checkpoint of the log
    #[arg(long, value_name = "FILE")]
    pub checkpoint: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Args)]
pub struct CheckLogged {
    /// The proof
    pub proof: PathBuf,
    /// The file
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Name of the log
    #[arg(long, value_name = "NAME")]
    pub origin: String,
    /// Keys that you trust, the auditor's among them
    #[arg(long, value_name = "FILE")]
    pub keys: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerifyLog {
    /// Store
    pub store: PathBuf,
    /// Signed checkpoint that the log must extend
    #[arg(long, value_name = "FILE", requires_all = ["origin", "keys"])]
    pub checkpoint: Option<PathBuf>,
    /// Name of the log in the checkpoint
    #[arg(long, value_name = "NAME", requires = "checkpoint")]
    pub origin: Option<String>,
    /// Keys that you trust, the auditor's among them
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    pub keys: Option<PathBuf>,
}

impl Run for SignCheckpoint {
    fn name(&self) -> &'static str {
        "audit log checkpoint"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        checkpoint(self, global)
    }
}

impl Run for ProveLogged {
    fn name(&self) -> &'static str {
        "audit log prove"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        prove(self)
    }
}

impl Run for CheckLogged {
    fn name(&self) -> &'static str {
        "audit log check"
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        check(self)
    }
}

impl Run for VerifyLog {
    fn name(&self) -> &'static str {
        "audit log verify"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        verify(self, global)
    }
}

fn malformed(path: &Path) -> impl Fn(String) -> Failure {
    let name = path.display().to_string();
    move |message| Failure::new(Exit::Malformed, "BadCheckpoint", message).in_file(&name)
}

/// Reads a log's checkpoint; its signature is left for the reader of the proof to check.
fn read_checkpoint(path: &Path) -> Result<(Note, Checkpoint)> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let bad = malformed(path);
    let note = Note::parse(&bytes).map_err(|e| bad(e.to_string()))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|e| bad(e.to_string()))?;
    Ok((note, checkpoint))
}

/// Reads a checkpoint of a log that a trusted auditor has signed.
fn trusted_checkpoint(path: &Path, origin: &str, keys: &Path) -> Result<Checkpoint> {
    let (note, checkpoint) = read_checkpoint(path)?;
    let keys = resolve::keys_of(keys)?;
    let refused = |message: String| {
        Failure::new(Exit::Policy, "LogCheckpoint", message).in_file(&path.display().to_string())
    };
    let trusted = auditors(&keys).map(TrustedKey::key);
    note.verify(trusted).map_err(|e| refused(e.to_string()))?;
    if checkpoint.origin != origin {
        return Err(refused(format!("the checkpoint is from log {:?}", checkpoint.origin)));
    }
    Ok(checkpoint)
}

/// Keys of auditors that are trusted now.
fn auditors(keys: &KeySet) -> impl Iterator<Item = &TrustedKey> {
    let now = resolve::now_ms();
    keys.keys().iter().filter(move |k| k.role() == Role::Auditor && k.check_time(now).is_ok())
}

/// A file as the store keeps it: a JSON twin becomes its binary file.
fn kept(path: &Path) -> Result<Vec<u8>> {
    let bytes = files::read(path, MAX_FILE_BYTES)?.to_vec();
    Ok(match Envelope::read(&bytes) {
        Ok(envelope) => envelope.encode(),
        Err(_) => bytes,
    })
}

/// Signs size and root of the log, which are computed from all its files.
fn checkpoint(a: &SignCheckpoint, global: &Global) -> Result<Outcome> {
    let (store, origin, output) = (&a.store, &a.origin, &a.output);
    files::check_absent(&output.output, output.force)?;
    check_name(origin, MAX_TEXT_BYTES).map_err(|e| Failure::usage(format!("--origin {e}")))?;
    let signer = resolve::signer(&a.signer, global)?;
    // Whoever holds a checkpoint relies on the files, not on what the tables say of them.
    let head = open(store)?.check(resolve::now_ms(), |_| ());
    let head = head.map_err(|e| store_failure(&e, store))?;
    let checkpoint = Checkpoint {
        origin: origin.clone(),
        size: head.size,
        root: head.root,
        extensions: Vec::new(),
    };
    let cannot = |message: String| Failure::new(Exit::Malformed, "CannotSign", message);
    let text = checkpoint.to_text();
    if Checkpoint::parse(&text).as_ref() != Ok(&checkpoint) {
        return Err(Failure::usage("--origin is one line of text"));
    }
    let note = Note::sign(text, &signer).map_err(|e| cannot(e.to_string()))?;
    files::write(&output.output, note.to_text().as_bytes(), Secrecy::Public, output.force)?;
    let root = hex::encode(head.root);
    let lines = [("size", head.size.to_string()), ("root", root.clone())];
    let mut outcome = Outcome::done(lines_of(&lines), json!({ "size": head.size, "root": root }));
    outcome.stdout_taken = files::is_stream(&output.output);
    Ok(outcome)
}

/// Writes the proof that a file is in the log.
fn prove(a: &ProveLogged) -> Result<Outcome> {
    let (file, output) = (&a.file, &a.output);
    files::check_absent(&output.output, output.force)?;
    let (note, checkpoint) = read_checkpoint(&a.checkpoint)?;
    let bytes = kept(file)?;
    let store_path = &a.store;
    let store = open(store_path)?;
    let failed = |e| store_failure(&e, store_path);
    let number = store.find(&file_digest(&bytes)).map_err(failed)?;
    let number = number.filter(|number| *number < checkpoint.size).ok_or_else(|| {
        let message = "the file is not in the log the checkpoint covers";
        Failure::new(Exit::Policy, "LogNotThere", message).in_file(&file.display().to_string())
    })?;
    if store.head().map_err(failed)?.size < checkpoint.size {
        let message = "the checkpoint has more entries than the store: it is another log's";
        return Err(Failure::new(Exit::Policy, "LogOther", message));
    }
    let path = store.inclusion(number, checkpoint.size).map_err(failed)?;
    if !check_inclusion(number, checkpoint.size, &leaf_hash(&bytes), &path, &checkpoint.root) {
        let message = "the checkpoint is another log's, or the store was changed";
        return Err(Failure::new(Exit::Policy, "LogOther", message));
    }
    let proof = LogProof { index: number, path, checkpoint: note };
    let text = proof.to_text();
    files::write(&output.output, text.as_bytes(), Secrecy::Public, output.force)?;
    let lines = [("index", number.to_string()), ("hashes", proof.path.len().to_string())];
    let result = json!({ "index": number, "hashes": proof.path.len() });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    outcome.stdout_taken = files::is_stream(&output.output);
    Ok(outcome)
}

/// Checks a proof without the store.
fn check(a: &CheckLogged) -> Result<Outcome> {
    let (proof, origin) = (&a.proof, &a.origin);
    let bytes = files::read(proof, MAX_FILE_BYTES)?;
    let bad = |e: LogProofError| {
        Failure::new(Exit::Malformed, "BadLogProof", e.to_string())
            .in_file(&proof.display().to_string())
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| bad(LogProofError::Text { line: 1, expected: "UTF-8 text" }))?;
    let parsed = LogProof::parse(text).map_err(bad)?;
    let keys = resolve::keys_of(&a.keys)?;
    let kept = kept(&a.file)?;
    let mut last = None;
    for key in auditors(&keys) {
        match parsed.check(&kept, origin, key.key()) {
            Ok(checkpoint) => {
                let root = hex::encode(checkpoint.root);
                let lines = [
                    ("index", parsed.index.to_string()),
                    (
                        "log",
                        format!("{}, root {root}", counted(checkpoint.size, "entry", "entries")),
                    ),
                    ("signed by", key.key().name().to_owned()),
                ];
                let result =
                    json!({ "index": parsed.index, "size": checkpoint.size, "root": root });
                let mut outcome = Outcome::done(lines_of(&lines), result);
                outcome.verdict = Some("VALID: the file is in the log".to_owned());
                return Ok(outcome);
            }
            Err(error) => {
                let unsigned = matches!(error, LogProofError::Signature(_));
                if !unsigned || last.is_none() {
                    last = Some(error);
                }
            }
        }
    }
    let reason =
        last.map_or_else(|| "no auditor's key is trusted now".to_owned(), |e| e.to_string());
    let mut outcome = Outcome::done(Text::new(), json!({}));
    outcome.exit = Exit::Invalid;
    outcome.verdict = Some(format!("INVALID: {reason}"));
    outcome.reason = Some(("InvalidLogProof", reason));
    Ok(outcome)
}

/// Reads the whole store and compares it with its log.
fn verify(a: &VerifyLog, global: &Global) -> Result<Outcome> {
    let older = a.checkpoint.as_deref().zip(a.origin.as_deref()).zip(a.keys.as_deref());
    let older = older.map(|((path, origin), keys)| trusted_checkpoint(path, origin, keys));
    let older = older.transpose()?;
    let store_path = &a.store;
    let store = open(store_path)?;
    let failed = |e| store_failure(&e, store_path);
    let size = store.head().map_err(failed)?.size;
    let bar = Bar::counting(!global.quiet && !global.json, size);
    let checked = store.examine(size, resolve::now_ms(), |done| {
        if done.is_multiple_of(1000) {
            bar.set(done, "entries".to_owned());
        }
    });
    drop(bar);
    let checked = checked.map_err(failed)?;
    let head = store.head_at(size).map_err(failed)?;
    if let Some(older) = &older {
        let empty = store.head_at(0).map_err(failed)?.root;
        let goes_on = if older.size == 0 {
            older.root == empty
        } else {
            older.size <= head.size && {
                let path = store.consistency(older.size, head.size).map_err(failed)?;
                check_consistency(older.size, head.size, &older.root, &head.root, &path)
            }
        };
        if !goes_on {
            let message =
                "the log does not continue from the checkpoint: entries were changed or removed";
            return Err(Failure::new(Exit::Policy, "LogNotConsistent", message));
        }
    }
    let ingestion = &checked;
    let root = hex::encode(head.root);
    let mut lines = vec![("entries", head.size.to_string()), ("root", root.clone())];
    if let (Some(first), Some(last)) = (&ingestion.first, &ingestion.last) {
        lines.push(("ingested", format!("from {first} to {last}")));
    }
    lines.push(("refused", ingestion.refused.to_string()));
    let result = json!({
        "size": head.size, "root": root, "older": older.as_ref().map(|older| older.size),
        "ingestion": ingestion,
    });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    outcome.verdict = Some(match &older {
        Some(older) => format!(
            "VALID: every entry is what was ingested, and the log continues from the checkpoint of {}",
            counted(older.size, "entry", "entries")
        ),
        None => "CONSISTENT: every entry is what the log says".to_owned(),
    });
    if older.is_none() {
        let what = "older checkpoint: a store that someone rebuilt as a whole looks like this too; give one \
                    with --checkpoint, --origin and --keys";
        outcome.not_audited.push(("older-checkpoint", what.to_owned()));
    }
    Ok(outcome)
}
