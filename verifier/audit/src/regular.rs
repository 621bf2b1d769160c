//! Opens regular files only: a pipe or a device could block everything else forever.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Whether a symbolic link is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// The path is one that the user named.
    Followed,
    /// The path was found in a folder: what is in it should not lead out of it.
    Refused,
}

/// Opens a regular file to read it.
///
/// # Errors
/// From the file system, and [`io::ErrorKind::InvalidInput`] for a pipe, a socket, a device, a folder or a link that is
/// not followed.
pub fn open_regular(path: &Path, links: Links) -> io::Result<File> {
    let is_link = || path.symlink_metadata().is_ok_and(|found| found.is_symlink());
    let other = |what| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    if links == Links::Refused && is_link() {
        return other("a symbolic link; links in folders are not followed");
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Does not wait for the other end of a pipe, and does not follow what became a link just now.
        let no_link = if links == Links::Refused { libc::O_NOFOLLOW } else { 0 };
        options.custom_flags(libc::O_NONBLOCK | no_link);
    }
    #[cfg(not(unix))]
    if !path.metadata()?.is_file() {
        return other("not a regular file");
    }
    let file = match options.open(path) {
        // Nobody writes to a socket's name, or the device has no driver.
        Err(_) if path.metadata().is_ok_and(|found| !found.is_file()) => {
            return other("not a regular file");
        }
        opened => opened?,
    };
    if file.metadata()?.is_file() { Ok(file) } else { other("not a regular file") }
}
