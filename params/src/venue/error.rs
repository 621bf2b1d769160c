//! Why a venue's file was not imported.

use crate::error::FileKind;

/// Why nothing was imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A place in the source that is not what the importer reads.
    #[error("{}", at(pointer, message))]
    Source {
        /// JSON pointer; empty is the whole source.
        pointer: String,
        /// What is wrong, as a sentence that continues from the place.
        message: String,
        /// What to do, if that is known.
        help: Option<String>,
    },
    /// An answer is about another account than the one that is meant, or than another answer is.
    #[error("{}", at(pointer, message))]
    OtherAccount {
        /// JSON pointer.
        pointer: String,
        /// What is wrong, as a sentence that continues from the place.
        message: String,
    },
    /// Parts of the source are of different times.
    #[error("{}", at(pointer, message))]
    TimesApart {
        /// JSON pointer.
        pointer: String,
        /// What is wrong, as a sentence that continues from the place.
        message: String,
    },
    /// Nothing can be chosen like that.
    #[error("{message}")]
    Choice {
        /// What is wrong, as a sentence.
        message: String,
    },
    /// The importer makes no such file for this venue.
    #[error("{venue}: {} is not read from this venue's files", kind.with_article())]
    NotRead {
        /// [`Venue::NAME`](super::Venue::NAME).
        venue: &'static str,
        /// The kind of file requested.
        kind: FileKind,
    },
}

fn at(pointer: &str, message: &str) -> String {
    match pointer {
        "" => format!("the file {message}"),
        _ => format!("{pointer}: {message}"),
    }
}

impl ImportError {
    /// The same error with advice.
    #[must_use]
    pub fn with_help(mut self, advice: impl Into<String>) -> Self {
        if let ImportError::Source { help, .. } = &mut self {
            *help = Some(advice.into());
        }
        self
    }

    /// What to do, if that is known.
    pub fn help(&self) -> Option<&str> {
        match self {
            ImportError::Source { help, .. } => help.as_deref(),
            ImportError::OtherAccount { .. } => {
                Some("save all answers with the key of one account, one after the other")
            }
            ImportError::TimesApart { .. } => Some("save the answers again, one after the other"),
            ImportError::Choice { .. } | ImportError::NotRead { .. } => None,
        }
    }
}
