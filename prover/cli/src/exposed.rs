//! Secret files that other users of the machine can read. The command goes on: scripts that work keep working, and whoever
//! runs them is told.

use crate::failure::Warning;
use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use zkmargin_model::shown::shown;

/// What was found, and how much of it was told.
struct Found {
    all: Vec<Warning>,
    told: usize,
}

static FOUND: Mutex<Found> = Mutex::new(Found { all: Vec::new(), told: 0 });

fn found<T>(act: impl FnOnce(&mut Found) -> T) -> T {
    // Nothing panics while it is held; a list is sound in any case.
    act(&mut FOUND.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Notes an opened file that `holds` a secret if the group or others can read it. Pipes and devices are nobody's files.
#[cfg(unix)]
pub fn look(file: &File, path: &Path, holds: &str) {
    let Ok(metadata) = file.metadata() else { return };
    if !metadata.is_file() || !is_read_by_others(&metadata, path) {
        return;
    }
    let name = path.display().to_string();
    let (said, quoted) = (shown(&name).into_owned(), shell(&name));
    let message = format!("{said} {holds}, and other users can read it: run `chmod 600 {quoted}`");
    let warning = ("SecretExposed", message);
    // A file can be read again and again.
    found(|found| {
        if !found.all.contains(&warning) {
            found.all.push(warning);
        }
    });
}

/// The same of a file that is read elsewhere, if it is there.
pub fn look_at(path: &Path, holds: &str) {
    if let Ok(file) = File::open(path) {
        look(&file, path, holds);
    }
}

/// Whether the mode of a file lets the group or others read it, and those of its folders let them come to it.
#[cfg(unix)]
fn is_read_by_others(file: &std::fs::Metadata, path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut folders = path.ancestors().skip(1).filter_map(|folder| folder.metadata().ok());
    // A folder's group can be another one than the file's, so that whoever enters may be anybody.
    file.permissions().mode() & 0o044 != 0
        && folders.all(|folder| folder.permissions().mode() & 0o011 != 0)
}

/// Where files have no such modes, nothing is known.
#[cfg(not(unix))]
pub fn look(_: &File, _: &Path, _: &str) {}

/// A name as an argument of a shell.
#[cfg(unix)]
fn shell(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,@%=:".contains(c);
    if name.chars().all(is_plain) && !name.starts_with('-') {
        return name.to_owned();
    }
    // A name that could be an option is a path.
    let path = if name.starts_with('-') { format!("./{name}") } else { name.to_owned() };
    format!("'{}'", path.replace('\'', r"'\''"))
}

/// What was found and not told yet.
pub fn take() -> Vec<Warning> {
    found(|found| {
        let new = found.all.get(found.told..).unwrap_or_default().to_vec();
        found.told = found.all.len();
        new
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn names_are_arguments_of_a_shell() {
        assert_eq!(shell("keys/mine.key"), "keys/mine.key");
        assert_eq!(shell("my key"), "'my key'");
        assert_eq!(shell("it's"), r"'it'\''s'");
        assert_eq!(shell("-rf"), "'./-rf'");
    }
}
