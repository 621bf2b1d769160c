//! The databases of the storage crate.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::folder_of;
use std::path::Path;
pub use zkmargin_storage::{DatabaseError, SqliteLog as Log, SqliteMemory as Memory};

/// Opens a verifier's memory; it is created if absent.
pub fn open_memory(path: &Path) -> Result<Memory> {
    Memory::open(path).map_err(|e| failure("SeenStore", &e, path))
}

/// Opens a prover's log; it is created if absent.
pub fn open_log(path: &Path) -> Result<Log> {
    Log::open(path).map_err(|e| failure("AnswerLog", &e, path))
}

/// One of this program's databases cannot be used.
pub fn failure(code: &str, error: &DatabaseError, path: &Path) -> Failure {
    let exit = match error {
        DatabaseError::NoFile => Exit::Usage,
        e if e.is_malformed() => Exit::Malformed,
        _ => Exit::Io,
    };
    let folder = folder_of(path);
    let message = match exit {
        Exit::Io if !folder.is_dir() => {
            format!("the folder {} does not exist", folder.display())
        }
        _ => error.to_string(),
    };
    Failure::new(exit, code, message).in_file(&path.display().to_string())
}
