//! `zkmargin selftest`: does this build prove and verify, and does it refuse a forgery?

use super::Run;
use super::demo::{self, Scenario};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::resolve;
use crate::shared::Global;
use serde_json::json;
use zkmargin_circuit::check_fingerprint;
use zkmargin_model::envelope::Envelope;
use zkmargin_verifier::check_proof;

#[derive(Debug)]
pub struct Selftest;

impl Run for Selftest {
    fn name(&self) -> &'static str {
        "selftest"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        selftest(global)
    }
}

fn broken(what: &str) -> Failure {
    Failure::new(Exit::Internal, "SelfTest", format!("self-test failed: {what}"))
}

fn selftest(global: &Global) -> Result<Outcome> {
    check_fingerprint().map_err(|e| Failure::new(Exit::Internal, "Fingerprint", e.to_string()))?;
    let keys = resolve::keys(global);
    let progress = Progress::new(!global.quiet && !global.json);
    let done = demo::play(&Scenario::SMALL, &keys, &progress)?;
    if !done.decision.is_valid() {
        return Err(broken("an honest proof does not verify"));
    }

    progress.say("verifying forgeries");
    let mut proof = done.envelope.proof().to_vec();
    if let Some(byte) = proof.get_mut(40) {
        *byte ^= 1;
    }
    let statement = done.envelope.statement();
    let mut other = statement.clone();
    let one = zkmargin_circuit::halo2::Fp::from(1);
    other.margin_commitment = (other.margin_commitment.element() + one).into();
    for (what, statement, proof) in [
        ("a changed proof is accepted", statement.clone(), proof),
        ("a changed statement is accepted", other, done.envelope.proof().to_vec()),
    ] {
        let forged = Envelope::new(statement, proof).map_err(|_| broken(what))?;
        if check_proof(&forged, &*done.market, &keys)?.is_ok() {
            return Err(broken(what));
        }
    }
    drop(progress);
    let checks = [
        "layout fingerprint",
        "parameters",
        "proof",
        "changed proof refused",
        "changed statement refused",
    ];
    let text = checks.iter().map(|check| format!("ok  {check}")).collect();
    Ok(Outcome::done(text, json!({ "checks": checks })))
}
