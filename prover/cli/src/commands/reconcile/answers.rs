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
    known_answers, other_venue_of, read_answer,
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
        Some(endpoint) if path.is_dir() => {
            let file = path.join(endpoint.file);
            if !file.exists() {
                // What else is in it can tell whose folder it is.
                folder::sources(path, venue.name, [FileKind::Account])?;
            }
            file
        }
        _ => path.to_owned(),
    };
    let source = answer(&path, venue.name)?;
    let read = venue.read(&source, None);
    let read = read.map_err(|e| wrong(&e, venue.name, &files::name_of(&path), &source))?;
    Ok((source, read))
}

/// What is said of an answer that looks like another venue's.
fn of_other(venue: &str, name: &str, answer: &Value) -> Option<Failure> {
    let file = Path::new(name).file_name().unwrap_or_default().to_string_lossy();
    let (other, endpoint) = other_venue_of(venue, &file, answer, &known_answers())?;
    let content = endpoint.content();
    let message = format!("looks like a file of {other} ({content}), not of {venue}");
    let help = format!(
        "pass --from {other} if it is that venue's; docs/reconcile.md says which answer of each venue is compared alone"
    );
    Some(Failure::new(Exit::Malformed, "OtherVenue", message).in_file(name).help(help))
}

/// An answer alone in which something is wrong. It has no name by which another answer is told, but another venue's can be
/// told by what it has.
pub fn wrong(error: &ImportError, venue: &str, name: &str, answer: &Value) -> Failure {
    if let Some(failure) = of_other(venue, name, answer) {
        return failure;
    }
    let failure = Failure::new(Exit::Malformed, "ImportSource", error.to_string()).in_file(name);
    failure.help(error.help().map_or_else(
        || {
            format!(
                "docs/reconcile.md says which answer of {venue} is compared alone; --from takes a folder of answers under their names too"
            )
        },
        str::to_owned,
    ))
}

/// Reads the figures of an answer, or of a folder's answers about the account with the quotes of those about prices.
pub fn figures(venue: &str, path: &Path) -> Result<VenueFigures> {
    let (venue, name) = (stating(venue)?, files::name_of(path));
    if !path.is_dir() {
        let account = answer(path, venue.name)?;
        let read = venue.read(&account, None);
        return read.map_err(|e| wrong(&e, venue.name, &name, &account));
    }
    let [account, prices] =
        folder::sources(path, venue.name, [FileKind::Account, FileKind::Snapshot])?;
    let save = || folder::to_save(venue.name, FileKind::Account);
    let account = account.ok_or_else(|| {
        let message = "the folder has no answers about an account";
        Failure::new(Exit::Malformed, "MissingAnswer", message).in_file(&name).help(save())
    })?;
    venue.read(&account, prices.as_ref()).map_err(|e| {
        let failure = Failure::new(Exit::Malformed, "ImportSource", e.to_string()).in_file(&name);
        failure.help(e.help().map_or_else(save, str::to_owned))
    })
}

/// One answer alone, whose numbers have no more digits than reading them keeps.
fn answer(path: &Path, venue: &str) -> Result<Value> {
    let (bytes, name) = (files::read(path, MAX_FILE_BYTES)?, files::name_of(path));
    let read = read_answer(&name, &bytes, account_numerals(venue));
    read.map_err(|e| {
        // Another venue's numbers are not this one's.
        let answer = serde_json::from_slice(&bytes).ok();
        let failure = answer.and_then(|answer: Value| of_other(venue, &name, &answer));
        failure.unwrap_or_else(|| Failure::in_folder(&e, Path::new("")))
    })
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
