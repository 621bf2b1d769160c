//! `zkmargin enrol`.

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
use zkmargin_model::context::Context;
use zkmargin_model::element::Pseudonym;
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::EnrolmentNote;
use zkmargin_params::format_utc;

/// Sign, as a venue, how many margin accounts a client has
#[derive(Debug, Args)]
pub struct Enrol {
    /// Risk schedule of the venue
    #[arg(long, value_name = "FILE")]
    pub schedule: PathBuf,
    /// Epoch of the ledger, from 1
    #[arg(long, value_name = "NUMBER")]
    pub epoch: u64,
    /// Audience the pseudonym is for
    #[arg(long, value_name = "TEXT")]
    pub audience: String,
    /// The client's pseudonym for this audience
    #[arg(long, value_name = "HEX")]
    pub pseudonym: String,
    /// Margin accounts of the client in that ledger, from 1
    #[arg(long, value_name = "NUMBER")]
    pub accounts: u64,
    /// The client's previous pseudonym, when its secret was replaced
    #[arg(long, value_name = "HEX")]
    pub replaces: Option<String>,
    /// Time of this statement, UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// Note key of the venue
    #[arg(long, value_name = "FILE")]
    pub signer: PathBuf,
    #[command(flatten)]
    pub output: Output,
}

impl Run for Enrol {
    fn name(&self) -> &'static str {
        "enrol"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        enrol(self, global)
    }
}

/// Signs, as a venue, that a pseudonym is a client with this many margin accounts.
fn enrol(a: &Enrol, global: &Global) -> Result<Outcome> {
    if a.epoch == 0 || a.accounts == 0 {
        return Err(Failure::usage("--epoch and --accounts begin at 1"));
    }
    Context::new(&*a.audience, "", None).map_err(|e| Failure::usage(e.to_string()))?;
    let schedule = resolve::any_schedule(&a.schedule)?;
    let replaces = a.replaces.as_deref().map(|text| resolve::element("--replaces", text));
    let note = EnrolmentNote {
        venue: schedule.venue().to_owned(),
        epoch: a.epoch,
        audience: audience_digest(&a.audience),
        pseudonym: resolve::element("--pseudonym", &a.pseudonym)?.into(),
        accounts: a.accounts,
        replaces: replaces.transpose()?.map(Pseudonym::new),
        time_ms: Some(match a.time.as_deref() {
            Some(text) => resolve::time("--time", text)?,
            None => resolve::now_ms(),
        }),
    };
    let time = note.time_ms.map(format_utc).unwrap_or_default();
    let lines = [
        ("venue", note.venue.clone()),
        ("epoch", note.epoch.to_string()),
        ("audience", a.audience.clone()),
        ("pseudonym", a.pseudonym.clone()),
        ("accounts", note.accounts.to_string()),
        ("time", time.clone()),
    ];
    let result = json!({
        "venue": note.venue,
        "epoch": note.epoch,
        "audience": a.audience,
        "pseudonym": a.pseudonym,
        "accounts": note.accounts,
        "replaces": a.replaces,
        "time": time,
    });
    sign(&note, &a.signer, &a.output, global, lines_of(&lines), result)
}
