//! What a venue states, from its raw answers.

use crate::commands::folder;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use clap::builder::PossibleValuesParser;
use serde_json::Value;
use std::path::Path;
use zkmargin_params::venues::{STATING, StatingVenue, VenueFigures, account_numerals, read_answer};
use zkmargin_params::{FileKind, MAX_FILE_BYTES};

/// Parses the name of a venue whose answers state figures.
pub fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(STATING.iter().map(|venue| venue.name))
}

fn stating(name: &str) -> Result<&'static StatingVenue> {
    let known = STATING.iter().find(|venue| venue.name == name);
    known.ok_or_else(|| Failure::usage(format!("no figures are read of {name:?}")))
}

/// Reads the figures of an answer, or of a folder's answers about the account with the quotes of those about prices.
pub fn figures(venue: &str, path: &Path) -> Result<VenueFigures> {
    let (venue, name) = (stating(venue)?, files::name_of(path));
    let [account, prices] = if path.is_dir() {
        folder::sources(path, venue.name, [FileKind::Account, FileKind::Snapshot])?
    } else {
        [Some(answer(path, venue.name)?), None]
    };
    let account = account.ok_or_else(|| {
        let message = "the folder has no answers about an account";
        Failure::new(Exit::Malformed, "MissingAnswer", message).in_file(&name)
    })?;
    let read = venue.read(&account, prices.as_ref());
    read.map_err(|e| Failure::new(Exit::Malformed, "ImportSource", e.to_string()).in_file(&name))
}

/// One answer alone, whose numbers have no more digits than reading them keeps.
fn answer(path: &Path, venue: &str) -> Result<Value> {
    let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
    let read = read_answer(&name, &bytes, account_numerals(venue));
    read.map_err(|e| Failure::in_folder(&e, Path::new("")))
}
