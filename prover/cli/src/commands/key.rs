//! `zkmargin key`.

use super::Run;
use super::describe::lines_of;
use crate::failure::{Failure, Result};
use crate::outcome::Outcome;
use crate::resolve::{self, SecretKey};
use crate::shared::Global;
use crate::text::Text;
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;
use zkmargin_model::context::Context;
use zkmargin_model::field::field_bytes;
use zkmargin_model::holder::{audience_field, venue_field};

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Show verifier key, holder key at a venue, or pseudonym for an audience
    Show(KeyShow),
}

impl Key {
    /// The command that was chosen.
    pub fn chosen(&self) -> &dyn Run {
        match self {
            Key::Show(a) => a,
        }
    }
}

#[derive(Debug, Args)]
pub struct KeyShow {
    /// Key file
    pub key: PathBuf,
    /// Schedule of the venue whose holder key to show
    #[arg(long, value_name = "FILE")]
    pub schedule: Option<PathBuf>,
    /// Audience whose pseudonym to show
    #[arg(long, value_name = "TEXT")]
    pub audience: Option<String>,
}

impl Run for KeyShow {
    fn name(&self) -> &'static str {
        "key show"
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        show(self, global)
    }
}

/// Shows the public parts of a key: never the secret.
fn show(a: &KeyShow, global: &Global) -> Result<Outcome> {
    let hex_of = |element| hex::encode(field_bytes(&element));
    match resolve::secret_key(&a.key, global)? {
        SecretKey::Note(key) => {
            let text = key.verifier().to_text();
            Ok(Outcome::done(Text::of(&text), json!({ "verifier_key": text })))
        }
        SecretKey::Holder(secret) => {
            if let Some(audience) = a.audience.as_deref() {
                Context::new(audience, "", None).map_err(|e| Failure::usage(e.to_string()))?;
            }
            let schedule = a.schedule.as_deref().map(resolve::any_schedule).transpose()?;
            let venue = schedule.map(|s| s.venue().to_owned());
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
