//! `zkmargin verify`.

use super::describe;
use super::policy::{challenge_of, read_policy};
use crate::arguments::{Global, Verify};
use crate::database;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::policy_arguments::read_sources;
use crate::progress::Progress;
use crate::resolve;
use crate::text::Text;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use zkmargin_model::envelope::Envelope;
use zkmargin_params::{
    AccountDemand, DecimalText, FileError, HolderDemand, KeyFile, KeysFile, LedgerDemand,
    MAX_FILE_BYTES, PolicyFile,
};
use zkmargin_policy::{
    DecideError, Decision, Demands, Evidence, Issued, SeenStore, Verdict, decide,
};

/// Name of a policy that is made of flags.
const FLAGS: &str = "command line";

/// The exit code of a verdict.
fn exit_of(verdict: &Verdict) -> Exit {
    match verdict {
        Verdict::Valid => Exit::Ok,
        Verdict::NotAnchored { .. } => Exit::NotAnchored,
        Verdict::Invalid(_) => Exit::Invalid,
        // No other verdict is in favour.
        _ => Exit::Policy,
    }
}

/// A decision as the outcome of a command; `text` and `result` say more about the proof.
pub fn outcome_of(decision: &Decision, text: Text, mut result: Value) -> Outcome {
    let verdict = decision.verdict();
    if let (Value::Object(all), Value::Object(more)) = (&mut result, decision.json()) {
        all.extend(more);
    }
    let mut lines: Text = decision.details().into_iter().collect();
    lines.append(text);
    let mut outcome = Outcome::done(lines, result);
    outcome.exit = exit_of(verdict);
    outcome.verdict = Some(verdict.to_string());
    outcome.reason = verdict.code().zip(verdict.reason());
    outcome.not_checked = decision.not_checked().collect();
    outcome
}

/// The option that a demand of a policy made of flags comes from.
fn option_of(pointer: &str) -> &'static str {
    match pointer {
        "/claim/level" => "--claim",
        "/claim/floor" => "--floor",
        "/market/pinned" => "--pin-market",
        "/market/venue" => "--venue",
        "/account/commitment" => "--commitment",
        "/account/ledger_root" => "--ledger-root",
        "/holder/pseudonym" | "/holder" => "--pseudonym",
        "/nonce" => "--nonce",
        "/audience" => "--audience or --purpose",
        _ => "the options",
    }
}

fn flags_failure(error: &FileError) -> Failure {
    Failure::usage(format!("{}: {}", option_of(&error.pointer), error.message))
}

fn keys_file(path: &Path) -> Result<Vec<KeyFile>> {
    let bytes = files::read(path, MAX_FILE_BYTES)?;
    let file = KeysFile::from_json(&bytes);
    let file = file.map_err(|e| Failure::in_json(&e, &files::name_of(path), &bytes))?;
    // Errors in the keys have their place in their own file.
    resolve::keys_of(path)?;
    Ok(file.keys)
}

/// The venue that is meant, where a signature is demanded: the one of `--venue`, or the only one of the keys.
fn venue(named: Option<&str>, keys: &[KeyFile]) -> Result<String> {
    let venues: BTreeSet<&str> = keys.iter().filter_map(|key| key.venue.as_deref()).collect();
    match (named, venues.len()) {
        (Some(named), _) => Ok(named.to_owned()),
        (None, 1) => Ok(venues.into_iter().collect()),
        (None, 0) => {
            Err(Failure::usage("the keys are of no venue; whose signature do you demand?"))
        }
        (None, _) => {
            let names: Vec<_> = venues.into_iter().collect();
            let message =
                format!("the keys are of {}; say with --venue which you mean", names.join(", "));
            Err(Failure::usage(message))
        }
    }
}

/// The policy that the flags make.
fn policy_of_flags(a: &Verify) -> Result<PolicyFile> {
    for (option, given) in
        [("--checkpoint", a.checkpoint.is_some()), ("--snapshot-note", a.snapshot_note.is_some())]
    {
        if given && a.keys.is_none() {
            let message = format!("{option} says nothing without the --keys that you trust");
            return Err(Failure::usage(message));
        }
    }
    let lower = |text: &Option<String>| text.as_ref().map(|text| text.to_ascii_lowercase());
    let mut policy = PolicyFile::least(FLAGS);
    policy.keys = a.keys.as_deref().map(keys_file).transpose()?.unwrap_or_default();
    let signed = a.checkpoint.is_some() || a.snapshot_note.is_some();
    policy.market.venue = match signed {
        true => Some(venue(a.venue.as_deref(), &policy.keys)?),
        false => a.venue.clone(),
    };
    policy.market.pinned = lower(&a.pin_market);
    policy.market.signed_snapshot = Some(a.snapshot_note.is_some());
    policy.market.max_age_seconds = a.max_age;
    policy.market.max_k = a.max_k;
    policy.account = if a.checkpoint.is_some() {
        Some(AccountDemand::Ledger(LedgerDemand::default()))
    } else if let Some(root) = lower(&a.ledger_root) {
        Some(AccountDemand::LedgerRoot(root))
    } else {
        lower(&a.commitment).map(AccountDemand::Commitment)
    };
    let holder = |pseudonym| HolderDemand {
        pseudonym,
        all_accounts: false,
        max_age_seconds: None,
        newest: false,
    };
    policy.holder = lower(&a.pseudonym).map(holder);
    policy.claim.level = a.claim.clone();
    policy.claim.floor = DecimalText::new(&*a.floor);
    policy.audience = a.audience.clone();
    policy.purpose = a.context.purpose.clone();
    policy.epoch = a.context.epoch;
    policy.nonce = lower(&a.context.nonce);
    Ok(policy)
}

fn demands(a: &Verify) -> Result<Demands> {
    match &a.evidence.policy {
        Some(path) => read_policy(path),
        None => Demands::new(policy_of_flags(a)?).map_err(|e| flags_failure(&e)),
    }
}

fn evidence(a: &Verify) -> Result<Evidence> {
    let e = &a.evidence;
    let challenge = e.challenge.as_deref().map(challenge_of).transpose()?;
    let challenge = challenge.map(|(_, challenge)| Issued { challenge, answered: false });
    let read = |path: &Option<PathBuf>| files::read_optional(path.as_deref());
    Ok(Evidence {
        schedule_note: read(&e.schedule_note)?,
        snapshot_note: read(&a.snapshot_note)?,
        previous_note: read(&e.previous_note)?,
        checkpoint: read(&a.checkpoint)?,
        previous_checkpoint: read(&e.previous_checkpoint)?,
        newest_checkpoint: read(&e.newest_checkpoint)?,
        attestation: read(&e.attestation)?,
        newest_attestation: read(&e.newest_attestation)?,
        enrolment: read(&e.enrolment)?,
        newest_enrolment: read(&e.newest_enrolment)?,
        sources: read_sources(&e.sources)?,
        challenge,
    })
}

/// Verifies proofs under a policy, which is a file or what the flags say.
pub fn run(a: &Verify, global: &Global) -> Result<Outcome> {
    let mut streams: Vec<&Path> = a.proofs.iter().map(PathBuf::as_path).collect();
    streams.extend([&*a.market.schedule, &*a.market.snapshot]);
    files::one_stream(&streams)?;
    if a.evidence.policy.is_none() && a.proofs.len() > 1 {
        return Err(Failure::usage("one proof at a time; several take a --policy"));
    }
    let demands = demands(a)?;
    let envelopes: Result<Vec<_>> =
        a.proofs.iter().map(|path| Ok(resolve::envelope(path)?.0)).collect();
    let envelopes = envelopes?;
    let market = resolve::market(&a.market)?;
    let seen = a.evidence.seen.as_deref();
    let mut store = seen.map(database::open_memory).transpose()?;
    let failed = |error| database::failure("SeenStore", &error, seen.unwrap_or(Path::new("")));
    let is_new = store.as_mut().map(SeenStore::is_empty).transpose().map_err(failed)?;
    let evidence = evidence(a)?;
    let progress = Progress::new(!global.quiet && !global.json);
    progress.say("verifying");
    let (keys, now) = (resolve::keys(global), resolve::now_ms());
    let decision = decide(&demands, &evidence, &market, &envelopes, now, &keys, store.as_mut());
    drop(progress);
    let decision = decision.map_err(|error| match error {
        DecideError::Verify(failure) => Failure::from(failure),
        DecideError::Store(error) => failed(error),
    })?;
    let market = hex::encode(market.digest());
    let (text, mut result) = describe_all(&envelopes, &market);
    result["market"] = json!(market);
    let mut outcome = outcome_of(&decision, text, result);
    if is_new == Some(true) {
        let message = "the memory was empty: nothing before this was remembered";
        outcome.warnings.push(("MemoryMade", message.to_owned()));
    }
    Ok(outcome)
}

/// What the proofs say: one in full, of several what they are.
fn describe_all(envelopes: &[Envelope], market: &str) -> (Text, Value) {
    match envelopes {
        [one] => {
            let mut result = describe::json(one);
            result["proofs"] = json!([describe::json(one)]);
            (describe::text(one, &[("market", market.to_owned())]), result)
        }
        several => {
            let proofs: Vec<_> = several.iter().map(describe::json).collect();
            (Text::new(), json!({ "proofs": proofs }))
        }
    }
}
