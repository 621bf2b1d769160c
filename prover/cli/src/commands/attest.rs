//! `zkmargin attest`.

use super::Run;
use super::describe::lines_of;
use super::sign::sign;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Output};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_notes::AttestationNote;
use zkmargin_params::format_utc;

/// Sign that you checked the account behind a commitment
#[derive(Debug, Args)]
pub struct Attest {
    /// The account that you checked
    #[arg(long, value_name = "FILE", required_unless_present = "commitment")]
    pub account: Option<PathBuf>,
    /// Commitment of the account, when you computed it elsewhere
    #[arg(long, value_name = "HEX", conflicts_with = "account")]
    pub commitment: Option<String>,
    /// Risk schedule, whose numbering the commitment relies on
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// What you checked, in words
    #[arg(long, value_name = "TEXT")]
    pub checked: String,
    /// Time the account had this state, UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Note key of the attester
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

impl Run for Attest {
    fn name(&self) -> &'static str {
        "attest"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        attest(self, global)
    }
}

/// Signs that someone checked the account behind a commitment.
fn attest(a: &Attest, global: &Global) -> Result<Outcome> {
    let schedule = resolve::any_schedule(&a.schedule)?;
    let mut warnings = Vec::new();
    let commitment = match (&a.account, &a.commitment) {
        (Some(path), _) => {
            let read = resolve::ReadAccount::open(path, &*schedule)?;
            warnings = read.warnings(&*schedule, None);
            let (account, secrets) = (read.holdings(&*schedule)?, read.secrets()?);
            let secrets = resolve::committed(&secrets, &*schedule)?;
            resolve::commitment(&*schedule, &account, &secrets)?
        }
        (None, Some(text)) => resolve::element("--commitment", text)?.into(),
        (None, None) => return Err(Failure::usage("pass --account or --commitment")),
    };
    let time = a.time.as_deref().map(|text| resolve::time("--time", text)).transpose()?;
    let note = AttestationNote {
        registry: schedule.registry_digest(),
        schedule: schedule.digest(),
        commitment,
        time_ms: time.unwrap_or_else(resolve::now_ms),
        checked: a.checked.clone(),
    };
    let commitment = note.commitment.to_string();
    let lines = [
        ("commitment", commitment.clone()),
        ("time", format_utc(note.time_ms)),
        ("checked", note.checked.clone()),
    ];
    let result = json!({
        "commitment": commitment,
        "time": format_utc(note.time_ms),
        "checked": note.checked,
    });
    let mut outcome = sign(&note, &a.signer, &a.output, global, lines_of(&lines), result)?;
    outcome.warnings.extend(warnings);
    Ok(outcome)
}
