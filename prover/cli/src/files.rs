//! Reading and writing files and streams.

use crate::exit::Exit;
use crate::exposed;
use crate::failure::{Failure, Result};
use crate::kept;
pub use crate::paths::{folder_of, is_stream, name_of};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;
use zkmargin_params::{MAX_FILE_BYTES, wrong_encoding};

/// Refuses more than one use of standard input.
pub fn one_stream(paths: &[&Path]) -> Result<()> {
    if paths.iter().filter(|path| is_stream(path)).count() > 1 {
        return Err(Failure::usage("standard input (`-`) can be read only once"));
    }
    Ok(())
}

/// Reads a whole file of at most `most` bytes. The buffer is wiped when dropped, because the file
/// may be an account. Whoever reads a secret is told if others can read it too.
pub fn read(path: &Path, most: usize) -> Result<Zeroizing<Vec<u8>>> {
    read_holding(path, most, None)
}

/// The same of a file that holds a secret, whatever it looks like.
pub fn read_secret(path: &Path, most: usize, holds: &str) -> Result<Zeroizing<Vec<u8>>> {
    read_holding(path, most, Some(holds))
}

fn read_holding(path: &Path, most: usize, holds: Option<&str>) -> Result<Zeroizing<Vec<u8>>> {
    let name = name_of(path);
    let failed = |e: io::Error| {
        Failure::new(Exit::Io, "CannotRead", format!("cannot be read: {e}")).in_file(&name)
    };
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more than allowed shows that there is more; `usize` fits `u64`.
    let limit = most as u64 + 1;
    kept::register(path);
    if is_stream(path) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = File::open(path).map_err(failed)?;
        (&file).take(limit).read_to_end(&mut bytes).map_err(failed)?;
        if let Some(holds) = holds.or_else(|| kept::secret(&bytes)) {
            exposed::look(&file, path, holds);
        }
    }
    if bytes.len() > most {
        let message = format!("longer than {most} bytes, the maximum for such a file");
        return Err(Failure::new(Exit::Malformed, "FileTooLarge", message).in_file(&name));
    }
    // Nothing that is read here begins like that, text or not.
    if let Some(message) = wrong_encoding(&bytes) {
        let message = format!("the file {message}");
        return Err(Failure::new(Exit::Malformed, "Encoding", message).in_file(&name));
    }
    Ok(bytes)
}

/// Reads a file of an option that may be absent.
pub fn read_optional(path: Option<&Path>) -> Result<Option<Vec<u8>>> {
    path.map(|path| read(path, MAX_FILE_BYTES).map(|bytes| bytes.to_vec())).transpose()
}

/// Who may read a written file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrecy {
    /// Anyone the file mask admits.
    Public,
    /// Only the owner.
    Private,
}

/// Refuses to overwrite before any work is done. Inputs, secrets and databases are kept even when
/// `force` is given.
pub fn check_absent(path: &Path, force: bool) -> Result<()> {
    if is_stream(path) {
        return Ok(());
    }
    if path.symlink_metadata().is_ok() && !force {
        return Err(exists(path));
    }
    check_folder(path)?;
    kept::check(path)
}

/// Refuses a file in a folder that does not exist, unless the command creates that folder.
fn check_folder(path: &Path) -> Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() || kept::is_in_output(path) {
        return Ok(());
    }
    let what = if folder.exists() { "is not a folder" } else { "does not exist" };
    let message = format!("the folder {} {what}; nothing was written", folder.display());
    Err(Failure::new(Exit::Io, "CannotWrite", message).in_file(&name_of(path)))
}

fn exists(path: &Path) -> Failure {
    let failure =
        Failure::new(Exit::Io, "FileExists", "the file already exists; nothing was written")
            .in_file(&name_of(path));
    match kept::kept(path) {
        None => failure.help("pass --force to replace it, or write to another file"),
        Some(_) => failure.help("write to another file"),
    }
}

/// A file to write.
pub struct ToWrite {
    /// Where.
    pub path: PathBuf,
    /// What. Wiped when dropped, because it may be an account.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub secrecy: Secrecy,
}

/// Writes all files or, as far as the system lets it, none: those that were written go again if a later one fails, unless
/// they replaced one.
pub fn write_all(list: &[ToWrite], force: bool) -> Result<()> {
    let mut new: Vec<&Path> = Vec::new();
    for file in list {
        let is_new = !is_stream(&file.path) && file.path.symlink_metadata().is_err();
        if let Err(failure) = write(&file.path, &file.bytes, file.secrecy, force) {
            for path in new {
                // What cannot be removed either is named by the failure that came first.
                let _ = std::fs::remove_file(path);
            }
            return Err(failure);
        }
        if is_new {
            new.push(&file.path);
        }
    }
    Ok(())
}

/// Writes a whole file or nothing: temporary file, sync, rename.
pub fn write(path: &Path, bytes: &[u8], secrecy: Secrecy, force: bool) -> Result<()> {
    let name = name_of(path);
    let failed = |e: io::Error| {
        Failure::new(Exit::Io, "CannotWrite", format!("cannot be written: {e}")).in_file(&name)
    };
    if is_stream(path) {
        let mut out = io::stdout().lock();
        return out.write_all(bytes).and_then(|()| out.flush()).map_err(failed);
    }
    // Something may have come to be here during the work.
    kept::check(path)?;
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if secrecy == Secrecy::Private { 0o600 } else { 0o666 };
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = secrecy;
    let mut file = builder.prefix(".zkmargin-").tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    if force {
        file.persist(path).map_err(|e| failed(e.error))?;
    } else {
        file.persist_noclobber(path).map_err(|e| match e.error.kind() {
            io::ErrorKind::AlreadyExists => exists(path),
            _ => failed(e.error),
        })?;
    }
    // The rename is durable once its folder is; not every system can sync one.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is new goes again if a later file cannot be written, whether or not others may be replaced.
    #[test]
    fn nothing_new_is_left_when_a_later_file_fails() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| ToWrite {
            path: folder.path().join(name),
            bytes: Zeroizing::new(b"{}".to_vec()),
            secrecy: Secrecy::Private,
        };
        for force in [false, true] {
            assert!(write_all(&[file("account.json"), file("none/schedule.json")], force).is_err());
            assert!(!folder.path().join("account.json").exists(), "{force}");
        }
        // What was there stays, replaced or not.
        std::fs::write(folder.path().join("old.json"), "1").unwrap();
        assert!(write_all(&[file("old.json"), file("none/schedule.json")], true).is_err());
        assert!(folder.path().join("old.json").exists());
    }
}
