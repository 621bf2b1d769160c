//! `zkmargin keygen` and `zkmargin key show`.

use super::describe::lines_of;
use crate::arguments::{KeyShow, Keygen, KeygenKind};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::passphrase;
use crate::resolve::{self, SecretKey};
use crate::text::Text;
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use serde_json::json;
use zeroize::Zeroizing;
use zkmargin_model::context::Context;
use zkmargin_model::field::{field_bytes, field_from_bytes};
use zkmargin_model::holder::{HolderSecret, audience_field, venue_field};
use zkmargin_notes::{KeyKind, SignerKey};
use zkmargin_params::HOLDER_FORMAT;
use zkmargin_prover::fresh_blinding;

fn randomness(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Io, "Randomness", error.to_string())
}

/// Makes a secret and writes it, readable by the owner only.
pub fn generate(a: &Keygen) -> Result<Outcome> {
    files::check_absent(&a.output.output, a.output.force)?;
    let (text, shown) = match &a.kind {
        KeygenKind::Holder => {
            let secret = Zeroizing::new(fresh_blinding().map_err(randomness)?);
            let file = json!({ "format": HOLDER_FORMAT, "secret": hex::encode(*secret) });
            (Zeroizing::new(format!("{file:#}\n")), None)
        }
        KeygenKind::Note { name } | KeygenKind::Witness { name } => {
            let kind = match &a.kind {
                KeygenKind::Witness { .. } => KeyKind::Cosignature,
                _ => KeyKind::Ed25519,
            };
            let mut rng = StdRng::try_from_rng(&mut SysRng).map_err(randomness)?;
            let key = SignerKey::generate(name, kind, &mut rng);
            let key = key.map_err(|e| Failure::usage(e.to_string()))?;
            let mut text = key.to_text();
            text.push('\n');
            (text, Some(key.verifier().to_text()))
        }
    };
    let text = if a.passphrase {
        Zeroizing::new(passphrase::seal(&text, resolve::passphrase_file())?)
    } else {
        text
    };
    files::write(&a.output.output, text.as_bytes(), Secrecy::Private, a.output.force)?;
    let mut outcome = Outcome::done(shown.iter().collect(), json!({ "verifier_key": shown }));
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}

/// Shows what may be known of a key: never the secret.
pub fn show(a: &KeyShow) -> Result<Outcome> {
    let hex_of = |element| hex::encode(field_bytes(&element));
    match resolve::secret_key(&a.key)? {
        SecretKey::Note(key) => {
            let text = key.verifier().to_text();
            Ok(Outcome::done(Text::of(&text), json!({ "verifier_key": text })))
        }
        SecretKey::Holder(secret) => {
            if let Some(audience) = a.audience.as_deref() {
                Context::new(audience, "", None).map_err(|e| Failure::usage(e.to_string()))?;
            }
            let schedule = a.schedule.as_deref().map(resolve::schedule).transpose()?;
            let venue = schedule.map(|s| s.file().venue.clone());
            let holder_key = venue.as_ref().map(|v| hex_of(secret.holder_key(venue_field(v))));
            let pseudonym =
                a.audience.as_deref().map(|a| secret.pseudonym(audience_field(a)).to_string());
            if holder_key.is_none() && pseudonym.is_none() {
                let message = "a holder's secret has a key per venue and a pseudonym per audience";
                return Err(Failure::usage(message).help("pass --schedule, --audience or both"));
            }
            let mut lines = Vec::new();
            lines.extend(holder_key.clone().map(|key| ("holder key", key)));
            lines.extend(pseudonym.clone().map(|p| ("pseudonym", p)));
            let result = json!({ "holder_key": holder_key, "pseudonym": pseudonym });
            Ok(Outcome::done(lines_of(&lines), result))
        }
    }
}

/// A holder secret from its hexadecimal text.
pub fn holder(text: &str) -> Option<HolderSecret> {
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text, &mut *bytes).ok()?;
    field_from_bytes(&bytes).map(HolderSecret::new)
}
