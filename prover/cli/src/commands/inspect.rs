//! `zkmargin inspect`.

use super::{describe, prove};
use crate::arguments::Inspect;
use crate::failure::Result;
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use serde_json::json;

pub fn run(a: &Inspect) -> Result<Outcome> {
    let (envelope, bytes) = resolve::envelope(&a.proof)?;
    let mut result = describe::json(&envelope);
    result["file_bytes"] = json!(bytes);
    let mut outcome = Outcome::done(describe::text(&envelope, &[]), result);
    outcome.verdict = Some("NOT CHECKED: the proof; this shows only what the file says".to_owned());
    if let (Some(form), Some(output)) = (a.form, &a.output) {
        files::check_absent(output, a.force)?;
        files::write(output, &prove::bytes_of(&envelope, form), Secrecy::Public, a.force)?;
        outcome.stdout_taken = files::is_stream(output);
    }
    Ok(outcome)
}
