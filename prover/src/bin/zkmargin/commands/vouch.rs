//! `zkmargin attest` and `zkmargin enrol`: somebody vouches for an account or for a client.

use super::describe::lines_of;
use super::sign::sign;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::note_arguments::{Attest, Enrol};
use crate::outcome::Outcome;
use crate::resolve;
use serde_json::json;
use zkmargin_model::commitment::{account_commitment, field_bytes};
use zkmargin_model::files::format_utc;
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::{AttestationNote, EnrolmentNote};

/// Signs that somebody checked the account behind a commitment.
pub fn attest(a: &Attest) -> Result<Outcome> {
    let schedule = resolve::schedule(&a.schedule)?;
    let registry = schedule.registry_digest();
    let mut warnings = Vec::new();
    let commitment = match (&a.account, &a.commitment) {
        (Some(path), _) => {
            let (account, secrets, found) = resolve::account_with_warnings(path, &schedule, None)?;
            warnings = found;
            // Reading the file has ruled out what is not canonical.
            let secrets = secrets.under(&registry).ok_or_else(|| {
                Failure::new(Exit::Malformed, "NotFieldElement", "the secrets are not canonical")
            })?;
            account_commitment(&account, &secrets)
        }
        (None, Some(text)) => resolve::element("--commitment", text)?,
        (None, None) => return Err(Failure::usage("pass --account or --commitment")),
    };
    let time = a.time.as_deref().map(|text| resolve::time("--time", text)).transpose()?;
    let note = AttestationNote {
        registry,
        commitment,
        time_ms: time.unwrap_or_else(resolve::now_ms),
        checked: a.checked.clone(),
    };
    let commitment = hex::encode(field_bytes(&note.commitment));
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
    let mut outcome = sign(&note, &a.signer, &a.output, lines_of(&lines), result)?;
    outcome.warnings = warnings;
    Ok(outcome)
}

/// Signs, as a venue, that a pseudonym is a client with this many margin accounts.
pub fn enrol(a: &Enrol) -> Result<Outcome> {
    if a.epoch == 0 || a.accounts == 0 {
        return Err(Failure::usage("--epoch and --accounts begin at 1"));
    }
    let schedule = resolve::schedule(&a.schedule)?;
    let note = EnrolmentNote {
        venue: schedule.file().venue.clone(),
        epoch: a.epoch,
        audience: audience_digest(&a.audience),
        pseudonym: resolve::element("--pseudonym", &a.pseudonym)?,
        accounts: a.accounts,
        replaces: a.replaces.as_deref().map(|t| resolve::element("--replaces", t)).transpose()?,
    };
    let lines = [
        ("venue", note.venue.clone()),
        ("epoch", note.epoch.to_string()),
        ("audience", a.audience.clone()),
        ("pseudonym", a.pseudonym.clone()),
        ("accounts", note.accounts.to_string()),
    ];
    let result = json!({
        "venue": note.venue,
        "epoch": note.epoch,
        "audience": a.audience,
        "pseudonym": a.pseudonym,
        "accounts": note.accounts,
        "replaces": a.replaces,
    });
    sign(&note, &a.signer, &a.output, lines_of(&lines), result)
}
