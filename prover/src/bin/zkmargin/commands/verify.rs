//! `zkmargin verify`.

use super::describe;
use crate::arguments::{Global, Verify};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::resolve;
use crate::text::Text;
use serde_json::json;
use std::path::{Path, PathBuf};
use zkmargin_notes::{LedgerCheckpoint, SnapshotNote};
use zkmargin_verifier::{Policy, Report, Verdict, verify};

/// A report with its exit code.
pub fn outcome_of(report: Report, text: Text, result: serde_json::Value) -> Outcome {
    let (exit, reason) = match &report.verdict {
        Verdict::Valid => (Exit::Ok, None),
        Verdict::Invalid(reason) => (Exit::Invalid, Some((reason.code(), reason.to_string()))),
        Verdict::NotAnchored { missing } => {
            let missing: Vec<_> = missing.iter().map(ToString::to_string).collect();
            let reason = format!("{} not pinned", missing.join(" and "));
            (Exit::NotAnchored, Some(("NotAnchored", reason)))
        }
        Verdict::PolicyMismatch(mismatch) => {
            (Exit::Policy, Some((mismatch.code(), mismatch.to_string())))
        }
    };
    // Notes qualify a verdict in favour; another one needs none.
    let notes = matches!(report.verdict, Verdict::Valid | Verdict::NotAnchored { .. });
    let mut outcome = Outcome::done(text, result);
    outcome.exit = exit;
    outcome.verdict = Some(report.verdict.to_string());
    outcome.reason = reason;
    outcome.not_checked = if notes { report.not_checked } else { Vec::new() };
    outcome
}

pub fn run(a: &Verify, global: &Global) -> Result<Outcome> {
    let mut streams: Vec<&Path> = a.proofs.iter().map(PathBuf::as_path).collect();
    streams.extend([&*a.market.schedule, &*a.market.snapshot]);
    files::one_stream(&streams)?;
    if let Some(policy) = &a.evidence.policy {
        return super::policy::verify(a, policy, global);
    }
    let [proof] = &a.proofs[..] else {
        return Err(Failure::usage("one proof at a time; several take a --policy"));
    };
    for (option, given) in
        [("--checkpoint", a.checkpoint.is_some()), ("--snapshot-note", a.snapshot_note.is_some())]
    {
        if given && a.keys.is_none() {
            let message = format!("{option} says nothing without the --keys that you trust");
            return Err(Failure::usage(message));
        }
    }
    let nonce = a.context.nonce()?;
    let mut pinned = resolve::optional_hex32("--pin-market", a.pin_market.as_deref())?;
    let element =
        |option, text: Option<&str>| text.map(|text| resolve::element(option, text)).transpose();
    let commitment = element("--commitment", a.commitment.as_deref())?;
    let mut ledger_root = element("--ledger-root", a.ledger_root.as_deref())?;
    let pseudonym = element("--pseudonym", a.pseudonym.as_deref())?;
    let (envelope, _) = resolve::envelope(proof)?;
    let market = resolve::market(&a.market)?;
    let keys = a.keys.as_deref().map(resolve::keys_of).transpose()?;
    if let Some((path, keys)) = a.checkpoint.as_deref().zip(keys.as_ref()) {
        let opened = resolve::note::<LedgerCheckpoint>(path, keys)?;
        let checkpoint = opened.body();
        let venue = &market.schedule().file().venue;
        if checkpoint.registry != market.registry_digest() || checkpoint.origin != *venue {
            let message = "the checkpoint is of another venue or registry than the schedule";
            return Err(Failure::new(Exit::Policy, "CheckpointOtherRegistry", message));
        }
        ledger_root = Some(checkpoint.root);
    }
    let mut signed = false;
    if let Some((path, keys)) = a.snapshot_note.as_deref().zip(keys.as_ref()) {
        let opened = resolve::note::<SnapshotNote>(path, keys)?;
        opened
            .body()
            .check(&market)
            .map_err(|e| Failure::new(Exit::Policy, "SnapshotNoteMismatch", e.to_string()))?;
        pinned = Some(opened.body().market());
        signed = true;
    }
    let age =
        a.max_age.map(|seconds| resolve::now_ms().saturating_sub(seconds.saturating_mul(1000)));
    let policy = Policy {
        market: pinned,
        snapshot_signed: signed,
        earliest_snapshot: age,
        commitment,
        ledger_root,
        pseudonym,
        claim: Some(resolve::demanded_claim(market.schedule(), &a.claim, &a.floor)?),
        audience: a.audience.clone(),
        purpose: a.context.purpose.clone(),
        nonce,
        epoch: a.context.epoch,
        now: Some(resolve::now_ms()),
        ..Policy::default()
    };
    let progress = Progress::new(!global.quiet && !global.json);
    progress.say("verifying");
    let report = verify(&envelope, &market, &policy, &resolve::keys(global))?;
    drop(progress);
    let text = describe::text(&envelope, &[("market", hex::encode(market.digest()))]);
    let mut result = describe::json(&envelope);
    result["market"] = json!(hex::encode(market.digest()));
    Ok(outcome_of(report, text, result))
}
