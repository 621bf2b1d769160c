//! `zkmargin inspect`.

use super::Run;
use super::{describe, prove};
use crate::failure::Result;
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, ProofForm};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Inspect {
    /// Proof file or its JSON twin; `-` is standard input
    pub proof: PathBuf,
    /// Form to write the proof in
    #[arg(long = "as", value_enum, requires = "output")]
    pub form: Option<ProofForm>,
    /// File to write the proof to; `-` is standard output
    #[arg(short, long, value_name = "FILE", requires = "form")]
    pub output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

impl Run for Inspect {
    fn name(&self) -> &'static str {
        "inspect"
    }

    fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        inspect(self)
    }
}

fn inspect(a: &Inspect) -> Result<Outcome> {
    let (envelope, bytes) = resolve::envelope(&a.proof)?;
    let mut result = describe::json(&envelope, None);
    result["file_bytes"] = json!(bytes);
    let mut outcome = Outcome::done(describe::text(&envelope, None, &[]), result);
    outcome.verdict = Some("NOT CHECKED: the proof; this shows only what the file says".to_owned());
    if let (Some(form), Some(output)) = (a.form, &a.output) {
        files::check_absent(output, a.force)?;
        files::write(output, &prove::bytes_of(&envelope, form), Secrecy::Public, a.force)?;
        outcome.stdout_taken = files::is_stream(output);
    }
    Ok(outcome)
}
