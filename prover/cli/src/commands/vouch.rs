//! `zkmargin attest` and `zkmargin enrol`: somebody vouches for an account or for a client.

use super::describe::lines_of;
use super::sign::sign;
use crate::failure::{Failure, Result};
use crate::note_arguments::{Attest, Enrol};
use crate::outcome::Outcome;
use crate::resolve;
use serde_json::json;
use zkmargin_model::commitment::account_commitment;
use zkmargin_model::context::Context;
use zkmargin_model::element::Pseudonym;
use zkmargin_model::holder::audience_digest;
use zkmargin_notes::{AttestationNote, EnrolmentNote};
use zkmargin_params::format_utc;

/// Signs that somebody checked the account behind a commitment.
pub fn attest(a: &Attest) -> Result<Outcome> {
    let schedule = resolve::schedule(&a.schedule)?;
    let registry = schedule.registry_digest();
    let mut warnings = Vec::new();
    let commitment = match (&a.account, &a.commitment) {
        (Some(path), _) => {
            let read = resolve::ReadAccount::open(path, &schedule)?;
            warnings = read.warnings(&schedule, None);
            let (account, secrets) = (read.holdings(&schedule)?, read.secrets()?);
            account_commitment(&account, &resolve::committed(&secrets, &schedule)?)
        }
        (None, Some(text)) => resolve::element("--commitment", text)?.into(),
        (None, None) => return Err(Failure::usage("pass --account or --commitment")),
    };
    let time = a.time.as_deref().map(|text| resolve::time("--time", text)).transpose()?;
    let note = AttestationNote {
        registry,
        commitment,
        time_ms: time.unwrap_or_else(resolve::now_ms),
        checked: a.checked.clone(),
    };
    let commitment = note.commitment.to_string();
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
    outcome.warnings.extend(warnings);
    Ok(outcome)
}

/// Signs, as a venue, that a pseudonym is a client with this many margin accounts.
pub fn enrol(a: &Enrol) -> Result<Outcome> {
    if a.epoch == 0 || a.accounts == 0 {
        return Err(Failure::usage("--epoch and --accounts begin at 1"));
    }
    Context::new(&*a.audience, "", None).map_err(|e| Failure::usage(e.to_string()))?;
    let schedule = resolve::schedule(&a.schedule)?;
    let replaces = a.replaces.as_deref().map(|text| resolve::element("--replaces", text));
    let note = EnrolmentNote {
        venue: schedule.file().venue.clone(),
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
    sign(&note, &a.signer, &a.output, lines_of(&lines), result)
}
