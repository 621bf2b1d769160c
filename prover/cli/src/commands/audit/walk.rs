//! Finds the files in folders: no link is followed, only regular files count, and there are limits.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use std::path::{Path, PathBuf};
use walkdir::WalkDir;
use zkmargin_audit::Links;

/// Maximum depth of folders within folders.
pub const MAX_DEPTH: usize = 32;

/// Maximum number of files in all folders together.
pub const MAX_FILES: usize = 1_000_000;

/// A file to ingest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Whether its path may be a link: only one that the user named.
    pub links: Links,
}

/// What paths hold.
#[derive(Debug, Default)]
pub struct Walked {
    /// Files, those of a folder in order of their names.
    pub files: Vec<Found>,
    /// What is not ingested, and why.
    pub refused: Vec<(PathBuf, String)>,
}

impl Walked {
    /// Adds a path that the user named: a folder with everything in it, or a file, whose kind is checked when it is
    /// opened.
    pub fn add(&mut self, path: &Path) -> Result<()> {
        if !path.is_dir() {
            self.files.push(Found { path: path.to_owned(), links: Links::Followed });
            return Ok(());
        }
        let mut inside = Vec::new();
        // One level more than is read shows that there is more.
        let mut walk = WalkDir::new(path).follow_links(false).max_depth(MAX_DEPTH + 1).into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(e) if e.depth() == 0 => {
                    let name = path.display().to_string();
                    let failure = Failure::new(Exit::Io, "CannotRead", e.to_string());
                    return Err(failure.in_file(&name));
                }
                Err(e) => {
                    let at = e.path().unwrap_or(path).to_owned();
                    self.refused.push((at, format!("cannot be read: {e}")));
                    continue;
                }
            };
            let kind = entry.file_type();
            if entry.depth() > MAX_DEPTH {
                let reason = format!("deeper than {MAX_DEPTH} folders; name its folder");
                self.refused.push((entry.into_path(), reason));
                if kind.is_dir() {
                    walk.skip_current_dir();
                }
            } else if kind.is_dir() {
                continue;
            } else if kind.is_symlink() && entry.depth() > 0 {
                let reason = "a symbolic link; links in folders are not followed".to_owned();
                self.refused.push((entry.into_path(), reason));
            } else if !kind.is_file() {
                self.refused.push((entry.into_path(), "not a regular file".to_owned()));
            } else if self.files.len() + inside.len() >= MAX_FILES {
                let reason = format!("more than {MAX_FILES} files; the rest were not looked at");
                self.refused.push((path.to_owned(), reason));
                break;
            } else {
                inside.push(Found { path: entry.into_path(), links: Links::Refused });
            }
        }
        inside.sort_by(|a, b| a.path.cmp(&b.path));
        self.files.append(&mut inside);
        Ok(())
    }
}
