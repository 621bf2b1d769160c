//! `zkmargin commit`.

use crate::arguments::Commit;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::resolve;
use crate::resolve::ReadAccount;
use crate::text::Text;
use serde_json::json;
use zeroize::Zeroizing;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::secrets::weakness;
use zkmargin_params::{AccountFile, SecretText};
use zkmargin_prover::fresh_blinding;

pub fn run(a: &Commit) -> Result<Outcome> {
    files::one_stream(&[&a.account, &a.schedule])?;
    if let Some(output) = &a.output {
        files::check_absent(output, a.force)?;
    }
    let schedule = resolve::schedule(&a.schedule)?;
    let mut read = ReadAccount::open(&a.account, &schedule)?;
    if a.fresh {
        refresh(read.file_mut())?;
    }
    let warnings = read.warnings(&schedule, None);
    let secrets = read.secrets().map_err(|failure| failure.warned(warnings.clone()))?;
    let account = read.holdings(&schedule)?;
    let secrets = resolve::committed(&secrets, &schedule)?;
    let commitment = account_commitment(&account, &secrets).to_string();
    let registry = hex::encode(schedule.registry_digest());
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

fn random_text() -> Result<SecretText> {
    let random =
        fresh_blinding().map_err(|e| Failure::new(Exit::Io, "Randomness", e.to_string()))?;
    let random = Zeroizing::new(random);
    Ok(SecretText::new(hex::encode(*random)))
}

/// Draws a fresh blinding, and a holder key where there is none that could be kept. Outside a ledger
/// nobody needs a secret for that key; it must only not be known.
fn refresh(file: &mut AccountFile) -> Result<()> {
    let kept = file.written_holder_key().ok().flatten();
    if kept.is_none_or(|key| weakness(&key).is_some()) {
        file.holder_key = Some(random_text()?);
    }
    file.serial.get_or_insert_with(|| SecretText::new("0"));
    file.blinding = Some(random_text()?);
    Ok(())
}
