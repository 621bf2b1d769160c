//! Stands in for Parquet in a build without it: whatever is asked, the build has none.

use super::ColumnsError;
use crate::merge::WorkerVerdict;
use crate::store::{Entry, LogHead};
use std::io::Write;
use std::path::Path;

fn not_built(path: &Path) -> ColumnsError {
    ColumnsError::NotBuilt { path: path.to_owned() }
}

/// Would hand over every file of evidence in Parquet files of entries.
///
/// # Errors
/// [`ColumnsError::NotBuilt`].
pub fn read_files<E: From<ColumnsError>>(
    path: &Path,
    _take: impl FnMut(&str, Vec<u8>, Option<u64>) -> Result<(), E>,
) -> Result<(), E> {
    Err(not_built(path).into())
}

/// Would find the log that workers' first verdict is about.
///
/// # Errors
/// [`ColumnsError::NotBuilt`].
pub fn log_of(path: &Path) -> Result<Option<String>, ColumnsError> {
    Err(not_built(path))
}

/// Would read verdicts of workers.
///
/// # Errors
/// [`ColumnsError::NotBuilt`].
pub fn read_verdicts<E: From<ColumnsError>>(
    path: &Path,
    _take: impl FnMut(WorkerVerdict) -> Result<(), E>,
) -> Result<(), E> {
    Err(not_built(path).into())
}

/// Would write entries as a Parquet file.
///
/// # Errors
/// [`ColumnsError::NotBuilt`]; nothing is written.
pub fn write_entries<W: Write + Send, E: From<ColumnsError>>(
    _to: W,
    name: &Path,
    _log: Option<&LogHead>,
    _next: impl FnMut() -> Result<Option<Entry>, E>,
) -> Result<u64, E> {
    Err(not_built(name).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_without_parquet_says_which_feature_has_it() {
        let path = Path::new("evidence.parquet");
        assert!(super::super::is_parquet(path));
        let mut written = Vec::new();
        let errors = [
            read_files::<ColumnsError>(path, |_, _, _| Ok(())).expect_err("not built"),
            log_of(path).expect_err("not built"),
            read_verdicts::<ColumnsError>(path, |_| Ok(())).expect_err("not built"),
            write_entries(&mut written, path, None, || Ok::<_, ColumnsError>(None))
                .expect_err("not built"),
        ];
        for error in errors {
            let text = "evidence.parquet: this build has no Parquet; \
                        the cargo feature `parquet` of zkmargin-audit has it";
            assert_eq!(error.to_string(), text);
        }
        assert!(written.is_empty());
    }
}
