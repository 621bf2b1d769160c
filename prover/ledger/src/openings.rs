//! The openings of all accounts, one file each.

use crate::levels::{CHUNK, Tree, parallel};
use crate::opening::Opening;
use crate::seed::BlindingSeed;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Name of an account's opening file.
pub fn opening_name(serial: u32) -> PathBuf {
    PathBuf::from(format!("{serial}.json"))
}

fn write(opening: &Opening, folder: &Path) -> io::Result<()> {
    let text = Zeroizing::new(opening.to_json().map_err(io::Error::other)?);
    // A temporary file is readable by its owner only, and keeps that when renamed.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    // One that came to be there meanwhile stays.
    match file.persist_noclobber(folder.join(opening_name(opening.serial()))) {
        Err(e) if e.error.kind() != io::ErrorKind::AlreadyExists => Err(e.error),
        _ => Ok(()),
    }
}

/// Writes the opening of every account to `folder`, as `SERIAL.json`, readable by the owner only.
///
/// A file appears only once it is complete, and an existing one is not written again, so an interrupted run resumes. A
/// folder belongs to one ledger; the marker `root` in it says which. `done` is told how many accounts have an opening.
///
/// # Errors
/// From the file system, or when the folder holds the openings of another ledger.
pub fn write_openings(
    tree: &Tree,
    seed: &BlindingSeed,
    folder: &Path,
    mut done: impl FnMut(u64),
) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let root = tree.root()?.to_string();
    let marker = folder.join("root");
    match std::fs::read_to_string(&marker) {
        Ok(found) if found == root => {}
        Ok(_) => {
            let message = "the folder holds the openings of another ledger";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(root.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&marker)?;
        }
        Err(e) => return Err(e),
    }
    let mut first = 0u64;
    while first < tree.size() {
        let count = (tree.size() - first).min(CHUNK as u64);
        // Below 2^32, as the size of a tree is at most that.
        let paths = tree.paths(first as u32, count as u32)?;
        let results = parallel(&paths, |_, (leaf, path)| {
            if folder.join(opening_name(path.serial)).exists() {
                return Ok(());
            }
            write(&Opening::new(*leaf, path, seed), folder)
        });
        results.into_iter().collect::<io::Result<()>>()?;
        first += count;
        done(first);
    }
    // The renames are durable once their folder is; not every system can sync one.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}
