//! `zkmargin commit`.

use super::Run;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::resolve::ReadAccount;
use crate::shared::Global;
use crate::text::Text;
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zkmargin_params::AccountFile;

#[derive(Debug, Args)]
pub struct Commit {
    /// Private account; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub account: PathBuf,
    /// Risk schedule, whose numbering the commitment relies on; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Write the account with a fresh blinding; holder key and serial are added if absent
    #[arg(long, requires = "output")]
    pub fresh: bool,
    /// File to write the account to, readable by you only; `-` is standard output
    #[arg(short, long, value_name = "FILE", requires = "fresh")]
    pub output: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long)]
    pub force: bool,
}

impl Run for Commit {
    fn name(&self) -> &'static str {
        "commit"
    }

    fn output(&self) -> Option<&Path> {
        self.output.as_deref()
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        commit(self)
    }
}

fn commit(a: &Commit) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.schedule])?;
    if let Some(output) = &a.output {
        files::check_absent(output, a.force)?;
    }
    let schedule = resolve::any_schedule(&a.schedule)?;
    let schedule = &*schedule;
    let mut read = ReadAccount::open(&a.account, schedule)?;
    if a.fresh {
        refresh(read.file_mut())?;
    }
    let warnings = read.warnings(schedule, None);
    let secrets = read.secrets().map_err(|failure| failure.warned(warnings.clone()))?;
    let account = read.holdings(schedule)?;
    let secrets = resolve::committed(&secrets, schedule)?;
    let commitment = resolve::commitment(schedule, &account, &secrets)?.to_string();
    let registry = schedule.registry_digest().to_string();
    let mut outcome = Outcome::done(
        Text::of(&commitment),
        json!({ "commitment": commitment, "registry": registry }),
    );
    outcome.warnings = warnings;
    if let Some(output) = &a.output {
        let text = read.file_mut().to_json();
        let text = text.map_err(|e| Failure::new(Exit::Internal, "Account", e.to_string()))?;
        let text = Zeroizing::new(text);
        files::write(output, text.as_bytes(), Secrecy::Private, a.force)?;
        outcome.stdout_taken = files::is_stream(output);
    }
    Ok(outcome)
}

/// Draws fresh secrets.
pub(super) fn refresh(file: &mut AccountFile) -> Result<()> {
    zkmargin_prover::refresh(file).map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))
}
