//! Entries and verdicts as Parquet files, whose columns `docs/audit.md` lists. Public data only.

mod bounds;
mod parts;
mod read;
mod thrift;
mod write;

pub use parts::parts;
pub use read::{log_of, read_files, read_verdicts};
pub use write::write_entries;

use std::path::{Path, PathBuf};

/// Why a Parquet file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ColumnsError {
    /// The file system.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: std::io::Error,
    },
    /// Not Parquet, or damaged.
    #[error("{path}: {error}")]
    Parquet {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: ::parquet::errors::ParquetError,
    },
    /// A column that is missing or holds something else.
    #[error("{path}: no column `{column}` of type {expected}")]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
        /// Its type.
        expected: &'static str,
    },
    /// Beyond the limits on what is read from any file: see `docs/audit.md`.
    #[error("{path}{}: {what}", .group.map(|g| format!(", row group {g}")).unwrap_or_default())]
    Limit {
        /// Which file.
        path: PathBuf,
        /// Which row group, from 0.
        group: Option<usize>,
        /// What is too much, with figures.
        what: String,
    },
    /// A value that its column does not allow.
    #[error("{path}, row {row}: `{column}` is not {expected}")]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which row, from 0.
        row: usize,
        /// Which column.
        column: &'static str,
        /// What belongs there.
        expected: &'static str,
    },
}

/// Whether a path is a Parquet file or a folder of them, as Spark writes one.
pub fn is_parquet(path: &Path) -> bool {
    path.is_dir() || path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"))
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> ColumnsError {
    let path = path.to_owned();
    move |error| ColumnsError::Io { path: path.clone(), error }
}

fn parquet(path: &Path) -> impl Fn(::parquet::errors::ParquetError) -> ColumnsError {
    let path = path.to_owned();
    move |error| ColumnsError::Parquet { path: path.clone(), error }
}
