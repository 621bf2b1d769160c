//! The Parquet files of a path.

use super::{ColumnsError, is_parquet};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Depth of folders within a folder of Parquet files: Spark makes one for each column it partitions by.
const MAX_DEPTH: usize = 8;

/// Maximum number of Parquet files in a folder.
const MAX_PARTS: usize = 100_000;

/// The Parquet files of a path, in order of their names: exactly those that are read from it. Names that begin with a
/// dot or an underscore are Spark's own or belong to an unfinished run.
///
/// # Errors
/// [`ColumnsError`] when a folder cannot be read, holds a link, or holds more than 100,000 Parquet files.
pub fn parts(path: &Path) -> Result<Vec<PathBuf>, ColumnsError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let walk = WalkDir::new(path).max_depth(MAX_DEPTH).into_iter().filter_entry(|entry| {
        let name = entry.file_name().as_encoded_bytes();
        entry.depth() == 0 || !(name.starts_with(b".") || name.starts_with(b"_"))
    });
    let mut parts = Vec::new();
    for entry in walk {
        let entry = entry.map_err(|e| super::io(path)(e.into()))?;
        if entry.file_type().is_dir() || !is_parquet(entry.path()) {
            continue;
        }
        let refused = |path: &Path, what: String| {
            Err(ColumnsError::Limit { path: path.to_owned(), group: None, what })
        };
        if !entry.file_type().is_file() {
            let what = "not a regular file; links in folders are not followed".to_owned();
            return refused(entry.path(), what);
        }
        parts.push(entry.into_path());
        if parts.len() > MAX_PARTS {
            return refused(path, format!("more than {MAX_PARTS} Parquet files"));
        }
    }
    parts.sort();
    Ok(parts)
}
