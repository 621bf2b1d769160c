//! `zkmargin challenge`, and what it shares with `verify`: policies and memories.

use super::Run;
use super::describe::lines_of;
use crate::database;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::shared::{Global, Output};
use clap::Args;
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_params::{Challenge as Issued, ChallengeFile, MAX_FILE_BYTES};
use zkmargin_policy::{ChallengeError, Demands, SeenStore};

/// Make a challenge under a policy and remember it
#[derive(Debug, Args)]
pub struct Challenge {
    /// Policy file
    #[arg(long, value_name = "FILE")]
    pub policy: PathBuf,
    /// Database in which `verify --seen` looks up the answer; created if absent
    #[arg(long, value_name = "FILE")]
    pub seen: Option<PathBuf>,
    /// What the proof is for, where the policy leaves it open
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// Period the proof is for, where the policy leaves it open
    #[arg(long, value_name = "NUMBER")]
    pub epoch: Option<u64>,
    #[command(flatten)]
    pub output: Output,
}

impl Run for Challenge {
    fn name(&self) -> &'static str {
        "challenge"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, _: &Global) -> Result<Outcome> {
        challenge(self)
    }
}

/// Reads a policy file.
pub fn read_policy(path: &Path) -> Result<Demands> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    Demands::from_json(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// Reads a challenge file.
pub fn challenge_of(path: &Path) -> Result<(ChallengeFile, Issued)> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let failed = |e| Failure::in_json(&e, &files::name_of(path), &bytes);
    let file = ChallengeFile::from_json(&bytes).map_err(failed)?;
    let challenge = file.check().map_err(failed)?;
    Ok((file, challenge))
}

/// Makes a challenge and remembers it.
fn challenge(a: &Challenge) -> Result<Outcome> {
    files::check_absent(&a.output.output, a.output.force)?;
    let demands = read_policy(&a.policy)?;
    let mut nonce = [0; 32];
    SysRng
        .try_fill_bytes(&mut nonce)
        .map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))?;
    let made = demands.new_challenge(nonce, a.purpose.as_deref(), a.epoch, resolve::now_ms());
    let (challenge, file) = made.map_err(|e| match e {
        ChallengeError::NotDemanded => {
            Failure::new(Exit::Policy, "ChallengeNotDemanded", e.to_string())
        }
        e => Failure::usage(e.to_string()),
    })?;
    if let Some(path) = &a.seen {
        let issued = database::open_memory(path)?.issue(&challenge);
        issued.map_err(|e| database::failure("SeenStore", &e, path))?;
    }
    let text = serde_json::to_string_pretty(&file);
    let text = text.map_err(|e| Failure::new(Exit::Internal, "Challenge", e.to_string()))?;
    let text = format!("{text}\n");
    files::write(&a.output.output, text.as_bytes(), Secrecy::Public, a.output.force)?;
    let lines = [
        ("audience", file.audience.clone()),
        ("purpose", file.purpose.clone()),
        ("requirement", file.requirement.margin().to_owned()),
        ("nonce", file.nonce.clone()),
        ("time", file.time.clone()),
        ("expires", file.expires.clone()),
        ("remembered", if a.seen.is_some() { "yes" } else { "no" }.to_owned()),
    ];
    let result = json!({ "challenge": file, "remembered": a.seen.is_some() });
    let mut outcome = Outcome::done(lines_of(&lines), result);
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}
