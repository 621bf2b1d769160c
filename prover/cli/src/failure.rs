//! Errors for people: a stable code, a place, what to do, an exit code.

use crate::exit::Exit;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use serde_json::{Value, json};
use std::path::Path;
use zkmargin_circuit::KeyError;
use zkmargin_model::envelope::EnvelopeError;
use zkmargin_model::shown::shown;
use zkmargin_params::venues::{FolderError, FolderErrorCode};
use zkmargin_params::{FileError, FileKind, locate};
use zkmargin_prover::ProveError;
use zkmargin_verifier::VerifyFailure;

/// A stable code, and what looks wrong where.
pub type Warning = (&'static str, String);

/// Maximum length of a line shown from a file, once escaped: none continues at the left edge of a terminal.
const LONGEST_LINE: usize = 64;

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// Exit code.
    pub exit: Exit,
    code: String,
    message: String,
    help: Option<String>,
    place: Option<Box<Place>>,
    warnings: Vec<Warning>,
}

/// A place in a user's file.
#[derive(Debug)]
struct Place {
    file: String,
    pointer: String,
    line: Option<usize>,
    column: Option<usize>,
    shown: Option<(NamedSource<String>, LabeledSpan)>,
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub fn new(exit: Exit, code: impl Into<String>, message: impl Into<String>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { exit, code, message, help: None, place: None, warnings: Vec::new() }
    }

    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "Usage", message)
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The failure of a command that had already issued warnings.
    pub fn warned(mut self, warnings: Vec<Warning>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The warnings issued before the failure.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub fn in_file(mut self, file: &str) -> Self {
        let (file, pointer) = (file.to_owned(), String::new());
        let place = Place { file, pointer, line: None, column: None, shown: None };
        self.place = Some(Box::new(place));
        self
    }

    /// An error in a JSON file whose bytes are available. Accounts are not shown.
    pub fn in_json(error: &FileError, name: &str, bytes: &[u8]) -> Self {
        let message = match error.pointer.as_str() {
            "" => format!("{}: {}", error.file, error.message),
            pointer => format!("{} {pointer}: {}", error.file, error.message),
        };
        let mut failure = Self::new(Exit::Malformed, error.code.as_str(), message);
        // The reader stops behind a value; a pointer leads to its beginning.
        let read_to = error.position.filter(|_| error.pointer.is_empty());
        let offset = match read_to {
            Some(at) => offset_of(bytes, at.line, at.column),
            None => locate(bytes, &error.pointer),
        };
        let position = match read_to {
            Some(at) => Some((at.line, at.column)),
            None => offset.map(|offset| position_of(bytes, offset)),
        };
        failure.place = Some(Box::new(Place {
            file: name.to_owned(),
            pointer: error.pointer.clone(),
            line: position.map(|p| p.0),
            column: position.map(|p| p.1),
            shown: offset
                .filter(|_| error.file != FileKind::Account)
                .and_then(|offset| excerpt(name, bytes, offset, error.code.as_str())),
        }));
        failure
    }

    /// An error in a folder of a venue's answers.
    pub fn in_folder(error: &FolderError, folder: &Path) -> Self {
        let exit = match error.code {
            FolderErrorCode::Choice => Exit::Usage,
            _ => Exit::Malformed,
        };
        let mut failure = Self::new(exit, error.code.as_str(), error.to_string());
        failure.help = error.help.as_deref().map(str::to_owned);
        failure.place = Some(Box::new(Place {
            file: folder.join(&error.file).display().to_string(),
            pointer: error.pointer.clone(),
            line: error.position.map(|at| at.line),
            column: error.position.map(|at| at.column),
            shown: None,
        }));
        failure
    }

    pub fn in_proof(error: &EnvelopeError, name: &str) -> Self {
        Self::new(Exit::Malformed, error.code(), error.to_string()).in_file(name)
    }

    /// The `error` member of `--json` output.
    pub fn to_json(&self) -> Value {
        let place = self.place.as_ref();
        json!({
            "code": self.code,
            "message": self.message,
            "help": self.help,
            "file": place.map(|p| &p.file),
            "pointer": place.map(|p| &p.pointer),
            "line": place.and_then(|p| p.line),
            "column": place.and_then(|p| p.column),
        })
    }
}

/// Line and column, from 1, the column in bytes.
fn position_of(bytes: &[u8], offset: usize) -> (usize, usize) {
    let before = &bytes[..offset.min(bytes.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    (before.iter().filter(|b| **b == b'\n').count() + 1, offset - line_start + 1)
}

fn offset_of(bytes: &[u8], line: usize, column: usize) -> Option<usize> {
    let line_start: usize =
        bytes.split_inclusive(|b| *b == b'\n').take(line.checked_sub(1)?).map(<[u8]>::len).sum();
    let offset = line_start + column.checked_sub(1)?;
    (offset <= bytes.len()).then_some(offset)
}

/// A line of a file for display. A tab becomes a space, so that columns stay aligned.
fn line_shown(line: &str) -> String {
    shown(&line.strip_suffix('\r').unwrap_or(line).replace('\t', " ")).into_owned()
}

/// The line at `offset` between its neighbours, with a mark there, unless they are too long to show.
fn excerpt(
    name: &str,
    bytes: &[u8],
    offset: usize,
    label: &str,
) -> Option<(NamedSource<String>, LabeledSpan)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let number = position_of(bytes, offset).0;
    let start = bytes.get(..offset)?.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let (before, rest) = (text.get(start..offset)?, text.get(offset..)?);
    let rest = rest.split('\n').next().unwrap_or("");
    let end = rest.find([',', '}', ']']).filter(|at| *at > 0);
    let marked = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    let lines = text.split('\n').skip(number.saturating_sub(2));
    let lines: Vec<_> = lines.take(if number > 1 { 3 } else { 2 }).map(line_shown).collect();
    if lines.iter().map(String::len).max().unwrap_or(0) > LONGEST_LINE {
        return None;
    }
    // Lines before them are empty here: their number counts, and nothing of them is shown.
    let mut source = "\n".repeat(number.saturating_sub(2));
    let own =
        source.len() + if number > 1 { lines.first().map_or(0, |line| line.len() + 1) } else { 0 };
    source.push_str(&lines.join("\n"));
    let marked = line_shown(marked);
    let length = (0..=marked.len().min(40)).rev().find(|at| marked.is_char_boundary(*at));
    let start = own + line_shown(before).len();
    let span = LabeledSpan::new(Some(label.to_owned()), start, length.unwrap_or(0));
    Some((NamedSource::new(shown(name), source), span))
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&shown(&self.message))?;
        let file = self.place.as_ref().map(|place| shown(&place.file)).unwrap_or_default();
        match self.place.as_deref() {
            // The report shows the place with its text.
            Some(Place { shown: Some(_), .. }) => Ok(()),
            Some(Place { line: Some(line), column: Some(column), .. }) => {
                write!(f, " ({file}:{line}:{column})")
            }
            Some(_) => write!(f, " ({file})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

impl Diagnostic for Failure {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(shown(help)) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let (source, _) = self.place.as_ref()?.shown.as_ref()?;
        Some(source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (_, label) = self.place.as_ref()?.shown.as_ref()?;
        Some(Box::new(std::iter::once(label.clone())))
    }
}

/// Of either claim, that a level is met or that it is not: which of them it is stands in the command.
const NO_PROOF: &str = "the claim is not true of the account, so there is no proof of it";

impl Failure {
    /// There is no proof, for a reason that depends on what the account holds. Anyone who sees the exit code, `--json`
    /// or a log must not learn which: [`crate::commands::prove`] shows it on the terminal.
    pub fn no_proof() -> Self {
        Self::new(Exit::Invalid, "ClaimNotMet", NO_PROOF).help(
            "`zkmargin margin` with the same files shows where the account stands; so does this command on a terminal",
        )
    }

    /// The failure with everything it says about the account: for the account's holder only.
    pub fn in_the_open(error: &ProveError) -> Self {
        let exit = match error {
            ProveError::NotMet(_) | ProveError::NotDeficient => Exit::Invalid,
            ProveError::Unprovable(_)
            | ProveError::UnprovablePortfolio(_)
            | ProveError::Subject(_)
            | ProveError::NoDeficiency(_)
            | ProveError::PortfolioRule(_)
            | ProveError::ShapeOfAnother(_)
            | ProveError::ShapeOfMarket { .. }
            | ProveError::Size(_)
            | ProveError::MarketSize(_)
            | ProveError::OffMenu { .. }
            | ProveError::Rule(_)
            | ProveError::TooLarge(_)
            | ProveError::Shape(_)
            | ProveError::OwnParameter
            | ProveError::Record
            | ProveError::Holder
            | ProveError::Serial { .. }
            | ProveError::Capacity(_)
            | ProveError::WeakSecrets(_) => Exit::Malformed,
            ProveError::Random(_) => Exit::Io,
            ProveError::Key(_)
            | ProveError::Circuit(_)
            | ProveError::SelfCheck(_)
            | ProveError::Envelope(_) => Exit::Internal,
        };
        let failure = Self::new(exit, error.code(), error.to_string());
        match error.advice() {
            Some(advice) => failure.help(advice),
            None => failure,
        }
    }
}

impl From<&ProveError> for Failure {
    fn from(error: &ProveError) -> Self {
        if error.depends_on_account() { Self::no_proof() } else { Self::in_the_open(error) }
    }
}

impl From<VerifyFailure> for Failure {
    fn from(error: VerifyFailure) -> Self {
        let (exit, code) = match &error {
            VerifyFailure::Unprovable(_) | VerifyFailure::UnprovablePortfolio(_) => {
                (Exit::Malformed, "Unprovable")
            }
            VerifyFailure::Capacity(_) => (Exit::Malformed, "MarketTooLarge"),
            VerifyFailure::Key(KeyError::Fingerprint(_)) => (Exit::Internal, "Fingerprint"),
            VerifyFailure::Key(_) => (Exit::Internal, "Keys"),
            VerifyFailure::Random(_) => (Exit::Io, "Randomness"),
            VerifyFailure::Thread(_) => (Exit::Io, "Thread"),
        };
        Self::new(exit, code, error.to_string())
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self::new(Exit::Internal, "Keys", error.to_string())
    }
}
