//! `zkmargin prove`.

use super::answer::Answering;
use super::describe;
use super::margin::beyond;
use super::policy::challenge_of;
use crate::arguments::{Global, ProofForm, Prove};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::resolve;
use num_bigint::BigInt;
use serde_json::json;
use std::io::{IsTerminal, Write};
use zkmargin::{ProveError, ProveRequest, Proven, prove_observed};
use zkmargin_model::context::Context;
use zkmargin_model::files::{CompiledMarket, format_scaled};
use zkmargin_verifier::Envelope;

/// The proof file in a form.
pub fn bytes_of(envelope: &Envelope, form: ProofForm) -> Vec<u8> {
    match form {
        ProofForm::Binary => envelope.encode(),
        ProofForm::Json => envelope.to_json().into_bytes(),
    }
}

/// The shortfall says what the account holds: it goes to the prover's terminal and nowhere else.
fn show_shortfall(error: &ProveError, market: &CompiledMarket) {
    let mut stderr = std::io::stderr();
    if let (ProveError::NotMet(shortfall), true) = (error, stderr.is_terminal()) {
        let missing: &BigInt = shortfall.equity();
        let missing = format_scaled(missing, market.schedule().margin_decimals());
        let currency = &market.schedule().file().valuation.currency;
        // A terminal that cannot be written to shows nothing else either.
        let _ = writeln!(stderr, "shortfall: {missing} {currency} of equity");
    }
    if let (ProveError::Rule(error), true) = (error, stderr.is_terminal())
        && let Some(failure) = beyond(market, error)
    {
        let _ = writeln!(stderr, "{failure}");
    }
}

/// Proves, and shows a shortfall on the terminal.
pub fn prove_shown(
    request: &ProveRequest<'_>,
    keys: &zkmargin_circuit::KeyCache,
    progress: &Progress,
) -> Result<Proven> {
    prove_observed(request, keys, |stage| progress.stage(stage)).map_err(|error| {
        progress.clear();
        show_shortfall(&error, request.market);
        Failure::from(&error)
    })
}

/// What is asked: by the options, or by a verifier's challenge.
struct Asked {
    context: Context,
    level: String,
    floor: String,
}

fn asked(a: &Prove) -> Result<Asked> {
    if let Some(path) = &a.challenge {
        let (file, challenge) = challenge_of(path)?;
        let context = challenge.context().clone();
        let floor = file.floor.as_str().to_owned();
        return Ok(Asked { context, level: file.level, floor });
    }
    let nonce = a.context.nonce()?;
    let purpose = a.context.purpose.as_deref().unwrap_or("");
    let audience = a.audience.as_deref().unwrap_or("");
    let context = Context::new(audience, purpose, nonce, a.context.epoch.unwrap_or(0));
    let context = context.map_err(|e| Failure::usage(e.to_string()))?;
    let expires = a.expires.as_deref().map(|text| resolve::time("--expires", text)).transpose()?;
    let context = context.expiring(expires.unwrap_or(0));
    Ok(Asked { context, level: a.claim.clone(), floor: a.floor.clone() })
}

pub fn run(a: &Prove, global: &Global) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.market.schedule, &a.market.snapshot])?;
    let to_stdout = files::is_stream(&a.output.output);
    let asked = asked(a)?;
    let pinned = resolve::optional_hex32("--pin-market", a.pin_market.as_deref())?;
    files::check_absent(&a.output.output, a.output.force)?;

    let market = resolve::market(&a.market)?;
    if let Some(pinned) = pinned.filter(|pinned| *pinned != market.digest()) {
        let (found, pinned) = (hex::encode(market.digest()), hex::encode(pinned));
        let message = format!("the market has digest {found}, not the pinned {pinned}");
        return Err(Failure::new(Exit::Policy, "PolicyMarket", message));
    }
    let claim = resolve::menu_claim(market.schedule(), &asked.level, &asked.floor)?;
    let (account, mut secrets, warnings) =
        resolve::account_with_warnings(&a.account, market.schedule(), Some(market.snapshot()))?;
    let place = match a.opening.as_deref().zip(a.holder.as_deref()) {
        Some((opening, holder)) => {
            let opening = resolve::opening(opening)?;
            Some(resolve::place(&opening, holder, market.schedule(), &mut secrets)?)
        }
        None => None,
    };
    let request = ProveRequest {
        account: &account,
        secrets: &secrets,
        market: &market,
        claim,
        context: asked.context,
        membership: place.as_ref(),
        shape: a.shape.map(Into::into),
    };
    let progress = Progress::new(!global.quiet && !global.json);
    let mut answering = Answering::begin(a, &request)?;
    answering.warn();
    let proven = prove_shown(&request, &resolve::keys(global), &progress);
    // "No proof" tells as much as a proof, so it is logged alike.
    if proven.as_ref().is_ok() || proven.as_ref().is_err_and(|f| f.exit == Exit::Invalid) {
        answering.end(a, proven.is_ok())?;
    }
    let proven = proven.map_err(|failure| failure.warned(warnings.clone()))?;
    drop(progress);

    let bytes = bytes_of(&proven.envelope, a.form);
    files::write(&a.output.output, &bytes, Secrecy::Public, a.output.force)?;
    let times = proven.times;
    let (answers, answers_json) = answering.describe();
    let mut text = describe::text(
        &proven.envelope,
        &[
            ("market", hex::encode(market.digest())),
            ("file", format!("{} ({} bytes)", a.output.output.display(), bytes.len())),
            (
                "time",
                format!(
                    "keys {} ms, proof {} ms, self-check {} ms",
                    times.keys.as_millis(),
                    times.prove.as_millis(),
                    times.verify.as_millis()
                ),
            ),
        ],
    );
    text.push_str(&answers);
    let mut result = describe::json(&proven.envelope);
    result["answers"] = answers_json;
    result["market"] = json!(hex::encode(market.digest()));
    result["file"] = json!(a.output.output.display().to_string());
    result["file_bytes"] = json!(bytes.len());
    result["milliseconds"] = json!({
        "keys": times.keys.as_millis() as u64,
        "prove": times.prove.as_millis() as u64,
        "verify": times.verify.as_millis() as u64,
    });
    let mut outcome = Outcome::done(text, result);
    // The self-check is a verification with market and account pinned by the prover itself.
    outcome.verdict = Some("VALID".to_owned());
    outcome.stdout_taken = to_stdout;
    outcome.warnings = warnings;
    Ok(outcome)
}
