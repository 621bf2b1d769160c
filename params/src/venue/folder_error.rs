//! Why a folder of a venue's answers is not read.

use super::{Endpoint, ImportError};
use crate::error::TextPosition;

/// What is wrong with a folder, as programs see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FolderErrorCode {
    /// A file is not UTF-8 text without a mark.
    Encoding,
    /// A file ends before its JSON does.
    CutShort,
    /// A file is not JSON.
    Syntax,
    /// A file has a key twice.
    DuplicateField,
    /// A number has an exponent where the venue writes plain digits.
    Exponent,
    /// A number has more digits than a program along the way keeps.
    TooManyDigits,
    /// A file is another venue's.
    OtherVenue,
    /// A file is another answer of the venue.
    OtherAnswer,
    /// A file is the venue's message that it did not answer.
    NotAnswered,
    /// A file's name is nearly that of an answer that is missing.
    Misnamed,
    /// An answer is missing.
    MissingAnswer,
    /// An answer is not about the account that is asked for, or two answers are about different ones.
    OtherAccount,
    /// Answers are of different times.
    TimesApart,
    /// A place in an answer is not what the importer reads.
    ImportSource,
    /// The venue's rule has figures that are seldom one.
    ImportRule,
    /// Nothing can be chosen like that.
    Choice,
    /// What was read is not accepted as a schedule, a snapshot or an account.
    Unusable,
}

impl FolderErrorCode {
    /// Its name in the output of programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Encoding => "Encoding",
            Self::CutShort => "CutShort",
            Self::Syntax => "Syntax",
            Self::DuplicateField => "DuplicateField",
            Self::Exponent => "Exponent",
            Self::TooManyDigits => "TooManyDigits",
            Self::OtherVenue => "OtherVenue",
            Self::OtherAnswer => "OtherAnswer",
            Self::NotAnswered => "NotAnswered",
            Self::Misnamed => "Misnamed",
            Self::MissingAnswer => "MissingAnswer",
            Self::OtherAccount => "OtherAccount",
            Self::TimesApart => "TimesApart",
            Self::ImportSource => "ImportSource",
            Self::ImportRule => "ImportRule",
            Self::Choice => "Usage",
            Self::Unusable => "Unusable",
        }
    }
}

/// Why a folder is not read. Errors repeat no figure of an account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", told(self))]
pub struct FolderError {
    /// What is wrong.
    pub code: FolderErrorCode,
    /// The file, by its name in the folder; empty for the folder itself.
    pub file: String,
    /// JSON pointer in that file; empty for the whole file.
    pub pointer: String,
    /// Line and column, where the text itself is wrong.
    pub position: Option<TextPosition>,
    /// What is wrong, as a sentence that continues from the place.
    pub message: String,
    /// What to do, if that is known.
    pub help: Option<Box<str>>,
}

/// What to do about a place of an answer that is not read, where nothing else is known.
fn as_sent(endpoint: Option<&Endpoint>) -> String {
    let save = endpoint.map_or_else(|| "save the answer again".to_owned(), Endpoint::to_save);
    format!(
        "{save}, whole and as the venue sends it; if this remains, the venue writes it in a way that is not read: report the place, and in which form it is written"
    )
}

fn told(error: &FolderError) -> String {
    let FolderError { file, pointer, position, message, .. } = error;
    if error.code == FolderErrorCode::Choice {
        return message.clone();
    }
    let subject = if file.is_empty() { "the folder" } else { file.as_str() };
    let place = match (position, pointer.as_str()) {
        (Some(at), _) => format!(" (line {}, column {})", at.line, at.column),
        (None, "") => String::new(),
        (None, pointer) => format!(" {pointer}"),
    };
    format!("{subject}{place}: {message}")
}

impl FolderError {
    /// An error in a file, or in the folder itself if the name is empty.
    pub(crate) fn new(code: FolderErrorCode, file: &str, message: impl Into<String>) -> Self {
        let (file, message) = (file.to_owned(), message.into());
        Self { code, file, pointer: String::new(), position: None, message, help: None }
    }

    pub(crate) fn at(mut self, position: TextPosition) -> Self {
        self.position = Some(position);
        self
    }

    pub(super) fn pointing(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = pointer.into();
        self
    }

    pub(crate) fn with_help(mut self, help: &str) -> Self {
        self.help = Some(help.into());
        self
    }

    /// An importer's error in one file, or in a source whose members are files, of those that a folder of these answers has.
    pub(crate) fn of_import(
        error: &ImportError,
        file: Option<&str>,
        endpoints: &[Endpoint],
    ) -> Self {
        let (code, pointer, message) = match error {
            ImportError::Source { pointer, message, .. } => {
                (FolderErrorCode::ImportSource, pointer.as_str(), message.clone())
            }
            ImportError::OtherAccount { pointer, message } => {
                (FolderErrorCode::OtherAccount, pointer.as_str(), message.clone())
            }
            ImportError::TimesApart { pointer, message } => {
                (FolderErrorCode::TimesApart, pointer.as_str(), message.clone())
            }
            ImportError::Choice { message } => (FolderErrorCode::Choice, "", message.clone()),
            ImportError::NotRead { .. } => (FolderErrorCode::MissingAnswer, "", error.to_string()),
        };
        let (file, pointer) = match (file, pointer.strip_prefix('/')) {
            (Some(file), _) => (file.to_owned(), pointer),
            (None, None) => (String::new(), ""),
            (None, Some(path)) => {
                let (name, below) = path.find('/').map_or((path, ""), |at| path.split_at(at));
                (format!("{name}.json"), below)
            }
        };
        let made = Self::new(code, &file, message).pointing(pointer);
        let endpoint = endpoints.iter().find(|endpoint| endpoint.file == made.file);
        let general = || (code == FolderErrorCode::ImportSource).then(|| as_sent(endpoint).into());
        Self { help: error.help().map(Box::from).or_else(general), ..made }
    }
}
