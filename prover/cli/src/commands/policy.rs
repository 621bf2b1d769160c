//! `zkmargin challenge`, and what it shares with `verify`: policies and memories.

use super::describe::lines_of;
use crate::database;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::policy_arguments;
use crate::resolve;
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::json;
use std::path::Path;
use zkmargin_params::{Challenge, ChallengeFile, MAX_FILE_BYTES};
use zkmargin_policy::{ChallengeError, Demands, SeenStore};

/// Reads a policy file.
pub fn read_policy(path: &Path) -> Result<Demands> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    Demands::from_json(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

/// Reads a challenge file.
pub fn challenge_of(path: &Path) -> Result<(ChallengeFile, Challenge)> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let failed = |e| Failure::in_json(&e, &files::name_of(path), &bytes);
    let file = ChallengeFile::from_json(&bytes).map_err(failed)?;
    let challenge = file.check().map_err(failed)?;
    Ok((file, challenge))
}

/// Makes a challenge and remembers it.
pub fn challenge(a: &policy_arguments::Challenge) -> Result<Outcome> {
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
