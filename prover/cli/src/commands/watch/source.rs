//! Snapshots from a folder, by looking at its list again and again, or from standard input.

use super::name;
use super::rules::{Rules, Snapshot};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use zkmargin_params::MAX_FILE_BYTES;

/// Looks that a file gets to become whole.
const LOOKS: u32 = 10;

/// A snapshot that was written, or why it is none.
pub struct Written {
    pub name: String,
    pub file: std::result::Result<Snapshot, String>,
}

impl Written {
    fn new(name: String, bytes: &[u8], rules: &Rules) -> Self {
        Self { name, file: rules.snapshot(bytes) }
    }
}

/// What is known of a file in the folder.
struct Seen {
    /// Time and length when it was read.
    stamp: (SystemTime, u64),
    /// Looks without success; `None` when it was read.
    looks: Option<u32>,
}

/// Where snapshots come from.
pub enum Source {
    /// A folder.
    Folder { path: PathBuf, seen: SeenFiles },
    /// Standard input: how many lines were read.
    Stream { lines: u64 },
}

/// Files of a folder that were seen.
#[derive(Default)]
pub struct SeenFiles(BTreeMap<PathBuf, Seen>);

fn failed(path: &Path, e: &std::io::Error) -> Failure {
    let message = format!("cannot be read: {e}");
    Failure::new(Exit::Io, "CannotRead", message).in_file(&files::name_of(path))
}

impl Source {
    pub fn new(path: &Path) -> Result<Self> {
        if files::is_stream(path) {
            return Ok(Self::Stream { lines: 0 });
        }
        if !path.is_dir() {
            let message =
                "is not a folder; pass the folder of the snapshots, or - for standard input";
            return Err(Failure::new(Exit::Io, "CannotRead", message).in_file(&name(path)));
        }
        Ok(Self::Folder { path: path.to_owned(), seen: SeenFiles::default() })
    }

    /// What was written since the last look, in the order of sequence numbers, and whether nothing can follow.
    pub fn next(&mut self, rules: &Rules) -> Result<(Vec<Written>, bool)> {
        match self {
            Self::Folder { path, seen } => Ok((seen.look(path, rules)?, false)),
            Self::Stream { lines } => stream(lines, rules),
        }
    }

    /// Whether no file waits to become whole.
    pub fn is_settled(&self) -> bool {
        match self {
            Self::Folder { seen, .. } => seen.0.values().all(|seen| seen.looks.is_none()),
            Self::Stream { .. } => false,
        }
    }
}

/// A file, up to the most that a snapshot has.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn stream(lines: &mut u64, rules: &Rules) -> Result<(Vec<Written>, bool)> {
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    let read = std::io::stdin().lock().take(most).read_until(b'\n', &mut bytes);
    let read = read.map_err(|e| failed(Path::new("-"), &e))?;
    if bytes.len() > MAX_FILE_BYTES {
        let message = format!("a line is longer than {MAX_FILE_BYTES} bytes");
        return Err(Failure::new(Exit::Malformed, "FileTooLarge", message));
    }
    if read == 0 {
        return Ok((Vec::new(), true));
    }
    *lines += 1;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok((Vec::new(), false));
    }
    Ok((vec![Written::new(format!("line {lines}"), &bytes, rules)], false))
}

impl SeenFiles {
    fn look(&mut self, folder: &Path, rules: &Rules) -> Result<Vec<Written>> {
        let listed = std::fs::read_dir(folder).map_err(|e| failed(folder, &e))?;
        let (mut found, mut there) = (Vec::new(), BTreeSet::new());
        for entry in listed {
            let path = entry.map_err(|e| failed(folder, &e))?.path();
            if path.extension().is_none_or(|end| end != "json") {
                continue;
            }
            // A file that is gone again is none.
            let Ok(metadata) = path.metadata() else { continue };
            let Some(modified) = metadata.modified().ok().filter(|_| metadata.is_file()) else {
                continue;
            };
            let stamp = (modified, metadata.len());
            let before = self.0.get(&path);
            if before.is_some_and(|seen| seen.stamp == stamp && seen.looks.is_none()) {
                there.insert(path);
                continue;
            }
            let looks = before.and_then(|seen| seen.looks).unwrap_or(0) + 1;
            // Not recorded as an input: there is no end of them.
            let written = match read(&path) {
                Ok(bytes) => Written::new(name(&path), &bytes, rules),
                Err(_) if !path.exists() => continue,
                Err(why) => Written { name: name(&path), file: Err(why.to_string()) },
            };
            there.insert(path.clone());
            // It may be half written.
            let waits = written.file.is_err() && looks < LOOKS;
            self.0.insert(path, Seen { stamp, looks: waits.then_some(looks) });
            if !waits {
                found.push(written);
            }
        }
        // What was taken away is forgotten.
        self.0.retain(|path, _| there.contains(path));
        found.sort_by_key(|written| written.file.as_ref().map_or(0, Snapshot::sequence));
        Ok(found)
    }
}
