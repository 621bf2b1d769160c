//! What is never replaced, `--force` or not: files the same command reads or opens, secrets, and databases.
//!
//! Every path on the command line is known before any work is done: whatever is not an output is assumed to be an
//! input, so a new option is protected without being listed here.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::paths::{folder_of, is_stream, name_of};
use crate::sealed::is_sealed;
use clap::ArgMatches;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use zeroize::Zeroizing;
use zkmargin_ledger::{OPENING_FORMAT, is_work_file};
use zkmargin_params::{FileKind, HOLDER_FORMAT, MAX_FILE_BYTES};

/// Arguments that name what a command writes; `openings` and some `output` are folders.
const OUTPUTS: [&str; 6] = ["output", "snapshot_output", "openings", "plot", "html", "prometheus"];

/// Argument for a ledger's work folder, where a build writes files with fixed names.
const WORK: &str = "work";

/// Arguments of the form NAME=FILE.
const NAMED_FILES: &str = "sources";

/// First bytes of a SQLite database, of its write-ahead log in either byte order, and of its journal.
const DATABASE: [&[u8]; 4] = [
    b"SQLite format 3\0",
    &[0x37, 0x7f, 0x06, 0x82],
    &[0x37, 0x7f, 0x06, 0x83],
    &[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7],
];

/// What SQLite appends to a database's name.
const BESIDE_DATABASE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// First bytes of a key that signs notes.
const NOTE_KEY: &[u8] = b"PRIVATE+KEY+";

/// Members of an account in which its secrets are.
const SECRETS: [&str; 2] = ["\"holder_key\"", "\"blinding\""];

/// A file, whichever of its names is used.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    path: PathBuf,
    /// Device and inode, for a file that exists.
    file: Option<(u64, u64)>,
}

impl Identity {
    fn of(path: &Path) -> Self {
        Self { path: resolved(path), file: device_and_inode(path) }
    }

    fn is(&self, other: &Self) -> bool {
        self.path == other.path || (self.file.is_some() && self.file == other.file)
    }
}

#[cfg(unix)]
fn device_and_inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn device_and_inode(_: &Path) -> Option<(u64, u64)> {
    None
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(whole) = path.canonicalize() {
        return whole;
    }
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => resolved(folder).join(name),
        _ => path,
    }
}

#[derive(Debug)]
struct Registry {
    inputs: Vec<Identity>,
    outputs: Vec<Identity>,
    /// A kind of secret that this command can recreate at will.
    replaceable: Option<Kept>,
}

static REGISTRY: Mutex<Registry> =
    Mutex::new(Registry { inputs: Vec::new(), outputs: Vec::new(), replaceable: None });

fn registry<T>(act: impl FnOnce(&mut Registry) -> T) -> T {
    // Nothing panics while it is held; a list of paths is sound in any case.
    act(&mut REGISTRY.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
}

/// Records a file that the command reads or opens.
pub fn register(path: &Path) {
    if !is_stream(path) {
        let identity = Identity::of(path);
        registry(|r| {
            // A file can be read again and again.
            if !r.inputs.contains(&identity) {
                r.inputs.push(identity);
            }
        });
    }
}

/// Records every path on the command line, and refuses outputs that may not be written. Runs before any work.
/// `replaceable` is a kind of secret that the command can recreate.
pub fn check_arguments(matches: &ArgMatches, replaceable: Option<Kept>) -> Result<()> {
    registry(|r| r.replaceable = replaceable);
    let (mut outputs, mut openings, mut work) = (Vec::new(), None, None);
    let mut force = false;
    let mut level = Some(matches);
    while let Some(matches) = level {
        for id in matches.ids() {
            let id = id.as_str();
            if let Ok(Some(paths)) = matches.try_get_many::<PathBuf>(id) {
                for path in paths {
                    match id {
                        "openings" => openings = Some(resolved(path)),
                        WORK => work = Some(resolved(path)),
                        _ => {}
                    }
                    match OUTPUTS.contains(&id) {
                        true if !is_stream(path) => outputs.push(path.clone()),
                        true => {}
                        false => register_with_neighbours(path),
                    }
                }
            }
            if id == NAMED_FILES
                && let Ok(Some(values)) = matches.try_get_many::<String>(id)
            {
                let files = values.filter_map(|value| value.split_once('='));
                files.for_each(|(_, file)| register(Path::new(file)));
            }
            force |= id == "force" && matches!(matches.try_get_one::<bool>(id), Ok(Some(true)));
        }
        level = matches.subcommand().map(|(_, matches)| matches);
    }
    let written_there = |path: &Path, folder: &Option<PathBuf>, is_own: fn(&str) -> bool| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.parent() == folder.as_deref() && is_own(&name)
    };
    let inputs: Vec<PathBuf> = registry(|r| r.inputs.iter().map(|i| i.path.clone()).collect());
    if let Some(path) = inputs.iter().find(|path| written_there(path, &work, is_work_file)) {
        return Err(refused(path, Kept::Input));
    }
    for path in &outputs {
        let identity = Identity::of(path);
        let taken = written_there(&identity.path, &openings, is_opening_file)
            || written_there(&identity.path, &work, is_work_file)
            || registry(|r| r.outputs.iter().any(|other| other.is(&identity)));
        if taken {
            let message = "two outputs of one command are the same file";
            return Err(Failure::new(Exit::Usage, "OutputTwice", message).in_file(&name_of(path)));
        }
        registry(|r| r.outputs.push(identity));
        // A folder may be one that files go to; the command checks each of them.
        if !path.is_dir() && (force || path.symlink_metadata().is_err()) {
            check(path)?;
        }
    }
    Ok(())
}

/// Whether a file in a folder of openings is one of them, or the folder's marker.
fn is_opening_file(name: &str) -> bool {
    name == "root" || name.ends_with(".json")
}

/// Also registers what SQLite keeps next to a database.
fn register_with_neighbours(path: &Path) {
    register(path);
    for end in BESIDE_DATABASE {
        register(&with_end(path, end));
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Whether a path is in a folder that the command itself creates.
pub fn is_in_output(path: &Path) -> bool {
    let folder = resolved(folder_of(path));
    registry(|r| r.outputs.iter().any(|output| output.path == folder))
}

/// Why a file is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The command reads or opens it.
    Input,
    /// A key that signs notes, or a holder's secret, encrypted or not.
    Key,
    /// A private account.
    Account,
    /// An opening of a ledger.
    Opening,
    /// The seed from which a ledger's blindings are derived.
    Seed,
    /// A SQLite database, or what belongs to one.
    Database,
    /// Not a file: a device, a pipe, a folder.
    Special,
}

impl Kept {
    fn code(self) -> &'static str {
        match self {
            Kept::Input => "OutputIsInput",
            Kept::Key | Kept::Account | Kept::Opening | Kept::Seed => "OutputIsSecret",
            Kept::Database => "OutputIsStore",
            Kept::Special => "OutputIsNoFile",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Kept::Input => "the output is also an input of this command",
            Kept::Key => "holds a secret key",
            Kept::Account => "holds a private account",
            Kept::Opening => "holds the opening of an account, which is secret",
            Kept::Seed => "holds the seed of a ledger's blindings, which is secret",
            Kept::Database => "is a database, or belongs to one",
            Kept::Special => "is not a regular file",
        }
    }
}

/// Refuses an output that would replace something that is never replaced.
pub fn check(path: &Path) -> Result<()> {
    kept(path).map_or(Ok(()), |kept| Err(refused(path, kept)))
}

fn refused(path: &Path, kept: Kept) -> Failure {
    let message = format!("{}; it is not replaced, and nothing was written", kept.message());
    let help = match kept {
        Kept::Special => "`-o -` is standard output",
        _ => "write to another file, or remove this one yourself",
    };
    Failure::new(Exit::Io, kept.code(), message).in_file(&name_of(path)).help(help)
}

/// Why a path is not written to, if it is not.
pub fn kept(path: &Path) -> Option<Kept> {
    if is_stream(path) {
        return None;
    }
    let identity = Identity::of(path);
    let (input, replaceable) =
        registry(|r| (r.inputs.iter().any(|input| input.is(&identity)), r.replaceable));
    if input {
        return Some(Kept::Input);
    }
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() {
        return Some(Kept::Special);
    }
    content(path).filter(|kept| Some(*kept) != replaceable)
}

/// What a file holds, if that is a reason to keep it.
fn content(path: &Path) -> Option<Kept> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name == "blinding.seed" {
        return Some(Kept::Seed);
    }
    let base = BESIDE_DATABASE.iter().find_map(|end| name.strip_suffix(end));
    let has_neighbour = BESIDE_DATABASE.iter().any(|end| with_end(path, end).exists());
    if has_neighbour || base.is_some_and(|base| path.with_file_name(base).exists()) {
        return Some(Kept::Database);
    }
    // A file that cannot be read may be anything; then it cannot be told and the system decides.
    let bytes = begin(path).unwrap_or_default();
    if DATABASE.iter().any(|magic| bytes.starts_with(magic)) {
        return Some(Kept::Database);
    }
    let text = text_of(&bytes);
    let is_json = text.first().is_some_and(|first| b"{[".contains(first));
    let has = |format: &str| text.windows(format.len()).any(|at| at == format.as_bytes());
    let found = private().into_iter().find(|(format, _)| is_json && has(format));
    key_in(text).or(found.map(|(_, kept)| kept))
}

/// Formats of private files.
fn private() -> [(&'static str, Kept); 3] {
    [
        (HOLDER_FORMAT, Kept::Key),
        (FileKind::Account.format(), Kept::Account),
        (OPENING_FORMAT, Kept::Opening),
    ]
}

/// The member that says a file's format.
const FORMAT: &[u8] = b"\"format\"";

fn text_of(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

/// A key that is not JSON.
fn key_in(text: &[u8]) -> Option<Kept> {
    (is_sealed(text) || text.starts_with(NOTE_KEY)).then_some(Kept::Key)
}

/// What secret bytes hold, in words. An account is secret if its commitment's secrets are in it; without them it is private,
/// and nobody proves with it.
pub fn secret(bytes: &[u8]) -> Option<&'static str> {
    let text = text_of(bytes);
    if let Some(kept) = key_in(text) {
        return Some(kept.message());
    }
    // A file can have another one in it.
    let formats: Vec<&[u8]> = values(text, FORMAT).collect();
    let is_of = |format: &str| {
        formats.iter().any(|f| f.get(1..).is_some_and(|f| f.starts_with(format.as_bytes())))
    };
    let mut found = private().into_iter().filter(|(format, _)| is_of(format)).map(|(_, kept)| kept);
    let has_secrets = || {
        let mut members = SECRETS.iter().flat_map(|member| values(text, member.as_bytes()));
        members.any(|value| !value.starts_with(b"null"))
    };
    let kept = found.find(|kept| *kept != Kept::Account || has_secrets())?;
    Some(match kept {
        Kept::Account => "holds the secrets of an account's commitment",
        kept => kept.message(),
    })
}

/// What follows each member of this name, which is in quotes, in the text of a JSON file.
fn values<'a>(text: &'a [u8], member: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let places = text.windows(member.len()).enumerate().filter(move |(_, at)| *at == member);
    places.filter_map(move |(at, _)| {
        let rest = text[at + member.len()..].trim_ascii_start();
        Some(rest.strip_prefix(b":")?.trim_ascii_start())
    })
}

/// The beginning of a file, as much as is read of a JSON file; wiped when dropped.
fn begin(path: &Path) -> std::io::Result<Zeroizing<Vec<u8>>> {
    use std::io::Read;
    let mut bytes = Zeroizing::new(Vec::new());
    std::fs::File::open(path)?.take(MAX_FILE_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}
