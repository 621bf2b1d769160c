//! Signing a body and writing the note.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Output};
use crate::text::Text;
use std::path::Path;
use zkmargin_notes::Body;

/// Signs a body with the key in a file, writes the note, and reports it with text and result.
pub fn sign(
    body: &impl Body,
    signer: &Path,
    output: &Output,
    global: &Global,
    text: Text,
    result: serde_json::Value,
) -> Result<Outcome> {
    files::check_absent(&output.output, output.force)?;
    let note = body.sign(&*resolve::signer(signer, global)?);
    let note = note.map_err(|e| Failure::new(Exit::Malformed, "CannotSign", e.to_string()))?;
    files::write(&output.output, note.to_text().as_bytes(), Secrecy::Public, output.force)?;
    let mut outcome = Outcome::done(text, result);
    let time_ms = body.time_ms();
    outcome.warnings.extend(time_ms.and_then(|ms| resolve::future_warning("the note", ms)));
    outcome.stdout_taken = files::is_stream(&output.output);
    Ok(outcome)
}
