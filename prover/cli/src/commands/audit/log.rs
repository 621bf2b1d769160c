//! `zkmargin audit log`: signed checkpoints, and proofs that a file is in the log.

use super::{open, store_failure};
use crate::arguments::{Global, Output};
use crate::commands::describe::lines_of;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::progress::Bar;
use crate::resolve;
use crate::text::Text;
use serde_json::json;
use std::path::Path;
use zkmargin_audit::tlog::{check_consistency, check_inclusion, leaf_hash};
use zkmargin_audit::{LogProof, LogProofError};
use zkmargin_model::counted;
use zkmargin_model::envelope::{Envelope, file_digest};
use zkmargin_model::names::check_name;
use zkmargin_notes::{Checkpoint, KeySet, Note, TrustedKey};
use zkmargin_params::{MAX_FILE_BYTES, MAX_TEXT_BYTES, Role};

fn malformed(path: &Path) -> impl Fn(String) -> Failure {
    let name = path.display().to_string();
    move |message| Failure::new(Exit::Malformed, "BadCheckpoint", message).in_file(&name)
}

/// Reads a log's checkpoint; its signature is whoever's reads the proof to check.
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
        return Err(refused(format!("the checkpoint is of log {:?}", checkpoint.origin)));
    }
    Ok(checkpoint)
}

/// Keys of auditors that are trusted now.
fn auditors(keys: &KeySet) -> impl Iterator<Item = &TrustedKey> {
    let now = resolve::now_ms();
    keys.keys().iter().filter(move |k| k.role() == Role::Auditor && k.check_time(now).is_ok())
}

/// A file as the store keeps it: a JSON twin as its binary file.
fn kept(path: &Path) -> Result<Vec<u8>> {
    let bytes = files::read(path, MAX_FILE_BYTES)?.to_vec();
    Ok(match Envelope::read(&bytes) {
        Ok(envelope) => envelope.encode(),
        Err(_) => bytes,
    })
}

/// Signs size and root of the log, which are computed from all its files.
pub fn checkpoint(store: &Path, origin: &str, signer: &Path, output: &Output) -> Result<Outcome> {
    files::check_absent(&output.output, output.force)?;
    check_name(origin, MAX_TEXT_BYTES).map_err(|e| Failure::usage(format!("--origin {e}")))?;
    let signer = resolve::signer(signer)?;
    // Whoever holds a checkpoint relies on the files, not on what the tables say of them.
    let head = open(store)?.check(resolve::now_ms(), |_| ());
    let head = head.map_err(|e| store_failure(&e, store))?;
    let checkpoint = Checkpoint {
        origin: origin.to_owned(),
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
pub fn prove(store: &Path, file: &Path, checkpoint: &Path, output: &Output) -> Result<Outcome> {
    files::check_absent(&output.output, output.force)?;
    let (note, checkpoint) = read_checkpoint(checkpoint)?;
    let bytes = kept(file)?;
    let store_path = store;
    let store = open(store)?;
    let failed = |e| store_failure(&e, store_path);
    let number = store.find(&file_digest(&bytes)).map_err(failed)?;
    let number = number.filter(|number| *number < checkpoint.size).ok_or_else(|| {
        let message = "the file is not in the log that the checkpoint is of";
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
pub fn check(proof: &Path, file: &Path, origin: &str, keys: &Path) -> Result<Outcome> {
    let bytes = files::read(proof, MAX_FILE_BYTES)?;
    let bad = |e: LogProofError| {
        Failure::new(Exit::Malformed, "BadLogProof", e.to_string())
            .in_file(&proof.display().to_string())
    };
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| bad(LogProofError::Text { line: 1, expected: "UTF-8 text" }))?;
    let parsed = LogProof::parse(text).map_err(bad)?;
    let keys = resolve::keys_of(keys)?;
    let kept = kept(file)?;
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
pub fn verify(
    store: &Path,
    older: Option<((&Path, &str), &Path)>,
    global: &Global,
) -> Result<Outcome> {
    let older = older.map(|((path, origin), keys)| trusted_checkpoint(path, origin, keys));
    let older = older.transpose()?;
    let store_path = store;
    let store = open(store)?;
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
                "the log does not go on from the checkpoint: entries were changed or removed";
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
            "VALID: every entry is what was ingested, and the log goes on from the checkpoint of {}",
            counted(older.size, "entry", "entries")
        ),
        None => "CONSISTENT: every entry is what the log says".to_owned(),
    });
    if older.is_none() {
        let what = "older checkpoint: a store that somebody rebuilt as a whole looks like this too; give one \
                    with --checkpoint, --origin and --keys";
        outcome.not_audited.push(("older-checkpoint", what.to_owned()));
    }
    Ok(outcome)
}
