//! Why a manifest with its list of what is due is refused.

use crate::store::StoreError;
use zkmargin_model::shown::shown;
use zkmargin_notes::OpenError;
use zkmargin_params::FileError;

/// Why a manifest cannot be imported into a store.
#[derive(Debug, thiserror::Error)]
pub enum ExpectError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The manifest's file.
    #[error("manifest {}: {}", shown(&.0.pointer), .0.message)]
    Manifest(FileError),
    /// The auditor's note.
    #[error("manifest note: {0}")]
    Note(OpenError),
    /// The set of keys.
    #[error("keys {}: {}", .0.pointer, .0.message)]
    Keys(FileError),
    /// The note is for another file.
    #[error("the note is for another manifest: its line `{0}` differs")]
    OtherManifest(&'static str),
    /// The list cannot be read.
    #[error("list of what is due, line {line}: {message}")]
    Due {
        /// Where, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// The list is not the one the manifest names.
    #[error("the list of what is due has {what} {found}; the manifest says {stated}")]
    OtherDue {
        /// `entries`, `accounts` or `sha256`.
        what: &'static str,
        /// In the list.
        found: String,
        /// In the manifest.
        stated: String,
    },
    /// Another manifest has this name.
    #[error("the store has another manifest named {0:?}")]
    NameTaken(String),
    /// No manifest of this name.
    #[error("{}", shown(.0))]
    Unknown(String),
}
