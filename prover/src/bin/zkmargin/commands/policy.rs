//! `zkmargin verify --policy` and `zkmargin challenge`.

use super::describe::{self, lines_of};
use super::verify::outcome_of;
use crate::arguments::{Global, Verify};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::policy_arguments::{self, Evidence as EvidenceArguments, read_sources};
use crate::progress::Progress;
use crate::resolve;
use rand::TryRng;
use rand::rngs::SysRng;
use serde_json::json;
use std::path::Path;
use zkmargin_storage::{DatabaseError, SqliteMemory};
use zkmargin_model::context::Context;
use zkmargin_model::files::{Challenge, ChallengeFile, MAX_FILE_BYTES};
use zkmargin_policy::{DecideError, Decision, Demands, Evidence, Issued, Met, SeenStore, decide};
use zkmargin_verifier::{Envelope, Report};

fn demands(path: &Path) -> Result<Demands> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    Demands::from_json(&bytes).map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))
}

fn store(path: &Path) -> Result<SqliteMemory> {
    SqliteMemory::open(path).map_err(|e| seen_failure(&e, path))
}

fn seen_failure(error: &DatabaseError, path: &Path) -> Failure {
    Failure::database("SeenStore", error, path)
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
    let demands = demands(&a.policy)?;
    let policy = demands.file();
    for (option, given, in_policy) in [
        ("--purpose", a.purpose.is_some(), policy.purpose.is_some()),
        ("--epoch", a.epoch.is_some(), policy.epoch.is_some()),
    ] {
        if given && in_policy {
            return Err(Failure::usage(format!(
                "the policy says this already; leave {option} out"
            )));
        }
    }
    let mut nonce = [0; 32];
    SysRng
        .try_fill_bytes(&mut nonce)
        .map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))?;
    let purpose = policy.purpose.as_ref().or(a.purpose.as_ref()).map_or("", String::as_str);
    let epoch = policy.epoch.or(a.epoch).unwrap_or(0);
    let context = Context::new(&*policy.audience, purpose, Some(nonce), epoch);
    let context = context.map_err(|e| Failure::usage(e.to_string()))?;
    let now = resolve::now_ms();
    let expires = now.saturating_add(demands.challenge_seconds().saturating_mul(1000));
    let challenge = Challenge::new(context.expiring(expires), now)
        .ok_or_else(|| Failure::usage("the policy gives a challenge no time to be answered"))?;
    if let Some(path) = &a.seen {
        store(path)?.issue(&challenge).map_err(|e| seen_failure(&e, path))?;
    }
    let file = challenge.to_file(&policy.claim.level, &policy.claim.floor);
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

fn evidence(a: &Verify, e: &EvidenceArguments) -> Result<Evidence> {
    let challenge = e.challenge.as_deref().map(challenge_of).transpose()?;
    let challenge = challenge.map(|(_, challenge)| Issued { challenge, answered: false });
    Ok(Evidence {
        schedule_note: files::read_optional(e.schedule_note.as_deref())?,
        snapshot_note: files::read_optional(a.snapshot_note.as_deref())?,
        previous_note: files::read_optional(e.previous_note.as_deref())?,
        checkpoint: files::read_optional(a.checkpoint.as_deref())?,
        attestation: files::read_optional(e.attestation.as_deref())?,
        enrolment: files::read_optional(e.enrolment.as_deref())?,
        sources: read_sources(&e.sources)?,
        challenge,
    })
}

fn met_lines(met: &[Met]) -> String {
    let width = met.iter().map(|m| m.demand.chars().count()).max().unwrap_or(0);
    met.iter().map(|m| format!("met: {:width$}  {}\n", m.demand, m.how)).collect()
}

/// Verifies proofs under a policy file.
pub fn verify(a: &Verify, policy: &Path, global: &Global) -> Result<Outcome> {
    let demands = demands(policy)?;
    let envelopes: Result<Vec<_>> =
        a.proofs.iter().map(|path| Ok(resolve::envelope(path)?.0)).collect();
    let envelopes = envelopes?;
    let market = resolve::market(&a.market)?;
    let mut store = a.evidence.seen.as_deref().map(store).transpose()?;
    let evidence = evidence(a, &a.evidence)?;
    let progress = Progress::new(!global.quiet && !global.json);
    progress.say("verifying");
    let keys = resolve::keys(global);
    let now = resolve::now_ms();
    let decision = decide(&demands, &evidence, &market, &envelopes, now, &keys, store.as_mut());
    drop(progress);
    let decision = decision.map_err(|error| match error {
        DecideError::Verify(failure) => Failure::from(failure),
        DecideError::Store(error) => {
            seen_failure(&error, a.evidence.seen.as_deref().unwrap_or(Path::new("")))
        }
    })?;
    Ok(outcome(&demands, decision, &envelopes, &hex::encode(market.digest())))
}

fn outcome(demands: &Demands, decision: Decision, envelopes: &[Envelope], market: &str) -> Outcome {
    let name = &demands.file().name;
    let met = decision.met().to_vec();
    let mut text = format!("policy: {name}\n{}", met_lines(&met));
    let mut result = json!({
        "policy": name,
        "demands": met.iter().map(|m| json!({"demand": m.demand, "how": m.how})).collect::<Vec<_>>(),
        "market": market,
        "proofs": envelopes.iter().map(describe::json).collect::<Vec<_>>(),
        "scope": null,
    });
    let line = decision.to_string();
    match decision {
        Decision::Valid { not_checked, scope, .. } => {
            text.push_str(&format!("scope: {scope}\n"));
            result["scope"] = json!(scope);
            let mut outcome = Outcome::done(text, result);
            outcome.verdict = Some(line);
            outcome.not_checked = not_checked;
            outcome
        }
        Decision::Refused { reason, .. } => {
            let mut outcome = Outcome::done(text, result);
            outcome.exit = Exit::Policy;
            outcome.verdict = Some(line);
            outcome.reason = Some((reason.code(), reason.to_string()));
            outcome
        }
        Decision::Proof { place, verdict, .. } => {
            if envelopes.len() > 1 {
                text.push_str(&format!("proof: number {place}\n"));
            }
            result["place"] = json!(place);
            outcome_of(Report { verdict, not_checked: Vec::new() }, text, result)
        }
    }
}
