//! `zkmargin keygen`.

use super::Run;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::{self, Secrecy};
use crate::outcome::Outcome;
use crate::passphrase;
use crate::shared::{Global, Output};
use clap::{Args, Subcommand};
use rand::SeedableRng;
use rand::rngs::{StdRng, SysRng};
use serde_json::json;
use std::path::Path;
use zeroize::Zeroizing;
use zkmargin_notes::{KeyKind, SignerKey};
use zkmargin_params::HOLDER_FORMAT;
use zkmargin_prover::fresh_blinding;

#[derive(Debug, Args)]
pub struct Keygen {
    #[command(subcommand)]
    pub kind: KeygenKind,
    /// Encrypt the key file with a passphrase
    #[arg(long)]
    pub passphrase: bool,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Debug, Subcommand)]
pub enum KeygenKind {
    /// A trader's secret; never give it to a venue
    Holder,
    /// A key that signs notes: schedules, snapshots, checkpoints
    Note {
        /// Name of the key in signature lines
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// A key that cosigns notes as a witness
    Witness {
        /// Name of the key in signature lines
        #[arg(long, value_name = "NAME")]
        name: String,
    },
}

impl Run for Keygen {
    fn name(&self) -> &'static str {
        "keygen"
    }

    fn output(&self) -> Option<&Path> {
        Some(&self.output.output)
    }

    fn run(&self, global: &Global) -> Result<Outcome> {
        generate(self, global)
    }
}

fn randomness(error: impl std::fmt::Display) -> Failure {
    Failure::new(Exit::Io, "Randomness", error.to_string())
}

/// Makes a secret and writes it, readable by the owner only.
fn generate(a: &Keygen, global: &Global) -> Result<Outcome> {
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
        Zeroizing::new(passphrase::seal(&text, global.passphrase_file.as_deref())?)
    } else {
        text
    };
    files::write(&a.output.output, text.as_bytes(), Secrecy::Private, a.output.force)?;
    let mut outcome = Outcome::done(shown.iter().collect(), json!({ "verifier_key": shown }));
    outcome.stdout_taken = files::is_stream(&a.output.output);
    Ok(outcome)
}
