//! What a venue states, from its raw answers.

use crate::commands::folder;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use clap::builder::PossibleValuesParser;
use serde_json::Value;
use std::path::Path;
use zkmargin_params::venues::{
    ImportError, STATING, STATING_PORTFOLIO, StatingVenue, VenueFigures, account_numerals,
    read_answer,
};
use zkmargin_params::{FileKind, MAX_FILE_BYTES};

/// Parses the name of a venue whose answers state figures.
pub fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(STATING.iter().chain(STATING_PORTFOLIO).map(|venue| venue.name))
}

fn stating(name: &str) -> Result<&'static StatingVenue> {
    let known = STATING.iter().find(|venue| venue.name == name);
    known.ok_or_else(|| Failure::usage(format!("no figures are read of {name:?}")))
}

/// The venue of this name, if it states figures of portfolio accounts.
pub fn portfolio_venue(name: &str) -> Option<&'static StatingVenue> {
    STATING_PORTFOLIO.iter().find(|venue| venue.name == name)
}

/// Reads the answer of a venue of portfolio margin about an account: a file, or the one of that name in its folder.
pub fn portfolio_answer(venue: &StatingVenue, path: &Path) -> Result<(Value, VenueFigures)> {
    let of_account = folder::portfolio_venue(venue.name)
        .and_then(|of| of.endpoints.iter().find(|endpoint| endpoint.is_for(FileKind::Account)));
    let path = match of_account {
        Some(endpoint) if path.is_dir() => path.join(endpoint.file),
        _ => path.to_owned(),
    };
    let source = answer(&path, venue.name)?;
    let read = venue.read(&source, None).map_err(|e| wrong(&e, &files::name_of(&path)))?;
    Ok((source, read))
}

/// An answer in which something is wrong.
pub fn wrong(error: &ImportError, name: &str) -> Failure {
    Failure::new(Exit::Malformed, "ImportSource", error.to_string()).in_file(name)
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
    venue.read(&account, prices.as_ref()).map_err(|e| wrong(&e, &name))
}

/// One answer alone, whose numbers have no more digits than reading them keeps.
fn answer(path: &Path, venue: &str) -> Result<Value> {
    let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
    let read = read_answer(&name, &bytes, account_numerals(venue));
    read.map_err(|e| Failure::in_folder(&e, Path::new("")))
}
