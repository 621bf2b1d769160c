//! What a venue states, from its raw answers.

use crate::commands::folder;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Command};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use zkmargin_params::venues::{
    ImportError, STATING, STATING_PORTFOLIO, StatingVenue, VenueFigures, account_numerals,
    read_answer,
};
use zkmargin_params::{FileKind, MAX_FILE_BYTES};

/// Venues that are imported and not compared, and why.
const NOT_COMPARED: [(&str, &str); 6] = [
    ("extended", DECODED),
    ("drift", DECODED),
    ("mango", DECODED),
    ("paradex", NOT_READ),
    ("deribit-pm", NOT_READ),
    ("takasbank", "its file is of prices and rules, and states no figure of an account"),
];

const DECODED: &str =
    "what is imported of it is the decoded state of contracts, which states no figures";
const NOT_READ: &str = "the figures that its answers state are not read";

/// The names of venues whose answers state figures.
fn compared() -> impl Iterator<Item = &'static str> {
    STATING.iter().chain(STATING_PORTFOLIO).map(|venue| venue.name)
}

/// Why a venue's figures are not compared, and whose are.
fn not_compared(name: &str) -> String {
    let why = NOT_COMPARED.iter().find(|(venue, _)| *venue == name);
    let why = why.map_or("no venue has this name", |(_, why)| why);
    let names: Vec<_> = compared().collect();
    format!("figures of {name:?} are not compared: {why}; those of {} are", names.join(", "))
}

/// Parses the name of a venue whose answers state figures. One that is imported and not compared is told why.
#[derive(Clone, Copy, Debug)]
pub struct Names;

impl TypedValueParser for Names {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> std::result::Result<String, clap::Error> {
        let name = value.to_string_lossy();
        if NOT_COMPARED.iter().any(|(venue, _)| *venue == name) {
            let message = format!("{}\n", not_compared(&name));
            return Err(clap::Error::raw(ErrorKind::InvalidValue, message).with_cmd(command));
        }
        PossibleValuesParser::new(compared()).parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(compared().map(PossibleValue::new)))
    }
}

fn stating(name: &str) -> Result<&'static StatingVenue> {
    let known = STATING.iter().find(|venue| venue.name == name);
    known.ok_or_else(|| Failure::usage(not_compared(name)))
}

/// Checks that a venue of linear accounts, whose folder has rules and prices, states figures.
pub fn check_linear(name: &str) -> Result<()> {
    if portfolio_venue(name).is_some() {
        let message = format!("rule and prices are in no answer of {name}");
        let help = format!("compare it alone: --from {name}, --schedule and --snapshot");
        return Err(Failure::usage(message).help(help));
    }
    stating(name).map(drop)
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
    let failure = Failure::new(Exit::Malformed, "ImportSource", error.to_string()).in_file(name);
    match error.help() {
        Some(help) => failure.help(help),
        None => failure,
    }
}

/// Reads the figures of an answer, or of a folder's answers about the account with the quotes of those about prices.
pub fn figures(venue: &str, path: &Path) -> Result<VenueFigures> {
    let (venue, name) = (stating(venue)?, files::name_of(path));
    let [account, prices] = if path.is_dir() {
        folder::sources(path, venue.name, [FileKind::Account, FileKind::Snapshot])?
    } else {
        [Some(answer(path, venue.name)?), None]
    };
    let is_alone = !path.is_dir();
    let account = account.ok_or_else(|| {
        let message = "the folder has no answers about an account";
        Failure::new(Exit::Malformed, "MissingAnswer", message)
            .in_file(&name)
            .help(folder::to_save(venue.name, FileKind::Account))
    })?;
    venue.read(&account, prices.as_ref()).map_err(|e| {
        let failure = wrong(&e, &name);
        // A file alone has no name by which another answer, or another venue's, is told.
        let help = format!(
            "docs/reconcile.md says which answer of {} is compared alone; --from takes a folder of answers under their names too",
            venue.name
        );
        if is_alone && e.help().is_none() { failure.help(help) } else { failure }
    })
}

/// One answer alone, whose numbers have no more digits than reading them keeps.
fn answer(path: &Path, venue: &str) -> Result<Value> {
    let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
    let read = read_answer(&name, &bytes, account_numerals(venue));
    read.map_err(|e| Failure::in_folder(&e, Path::new("")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkmargin_params::venues::{PORTFOLIO_VENUES, VENUES};

    /// Every venue that is imported is compared, or it is said why not.
    #[test]
    fn every_venue_is_compared_or_said_not_to_be() {
        let names = VENUES.iter().map(|venue| venue.name);
        for name in names.chain(PORTFOLIO_VENUES.iter().map(|venue| venue.name)) {
            let is_said = NOT_COMPARED.iter().any(|(venue, _)| *venue == name);
            assert_ne!(compared().any(|venue| venue == name), is_said, "{name}");
        }
    }
}
