//! From lines of accounts to a finished tree, in steps that survive being killed at any moment.
//!
//! Leaves are appended in chunks; after a chunk is synced, the number of leaves and the digest of the lines they came
//! from are put in a file by rename. A resumed build truncates the leaves to that number, and skips as many lines if
//! they are still the same.

use crate::levels::{CHUNK, NODE_BYTES, Tree, level_path, parallel};
use crate::line::{LineError, complete, leaf};
use crate::seed::BlindingSeed;
use blake2b_simd::{Params, State};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use zkmargin_model::ledger::DEPTH;
use zkmargin_model::shown::shown_path;
use zkmargin_params::{AccountRemark, AnySchedule};

/// Maximum length of a line.
const MAX_LINE_BYTES: usize = 1 << 20;

/// What a work folder is building.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Registry digest, hexadecimal.
    pub registry: String,
    /// Schedule digest, hexadecimal.
    pub schedule: String,
    /// Epoch of the ledger.
    pub epoch: u64,
}

/// What is done: leaves that are synced, and the digest of the lines they came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    leaves: u64,
    lines: String,
}

/// How far a build has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Leaves computed, and bytes of the accounts file read.
    Leaves {
        /// Accounts.
        accounts: u64,
        /// Bytes read.
        bytes: u64,
    },
    /// A level is complete.
    Level(usize),
    /// Something in an account that is likely a mistake.
    Remark {
        /// Serial of the account: its line, counted from 0.
        serial: u64,
        /// What.
        remark: AccountRemark,
    },
}

/// Why a ledger cannot be built. What was already done is kept and used by the next run.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// From the file system.
    #[error("{}: {source}", shown_path(.path))]
    Io {
        /// File or folder.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// A line that is not an account.
    #[error(transparent)]
    Line(#[from] LineError),
    /// No accounts.
    #[error("the accounts file has no account")]
    Empty,
    /// More accounts than a ledger holds.
    #[error("more than 2^32 accounts")]
    TooMany,
    /// Another process builds in the work folder.
    #[error("another build is running in the work folder")]
    Busy,
    /// The work folder holds another build.
    #[error("the work folder holds the build of another schedule or epoch")]
    OtherJob,
    /// Lines that were already built have changed.
    #[error("the first {0} lines of the accounts file have changed since they were built")]
    OtherLines(u64),
}

/// A build.
#[derive(Debug)]
pub struct Build<'a> {
    /// The schedule, whose registry the commitments rely on.
    pub schedule: &'a dyn AnySchedule,
    /// Accounts, one per line.
    pub accounts: &'a Path,
    /// Epoch of the ledger.
    pub epoch: u64,
    /// Work folder.
    pub folder: &'a Path,
}

fn at(path: &Path) -> impl Fn(io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::Io { path: path.clone(), source }
}

/// Writes a small file whole: temporary file, sync, rename.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let write = || -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(at(path))
}

impl Build<'_> {
    fn job(&self) -> Job {
        Job {
            registry: self.schedule.registry_digest().to_string(),
            schedule: self.schedule.digest().to_string(),
            epoch: self.epoch,
        }
    }

    /// Checks that the folder belongs to this build, or claims it.
    fn claim_folder(&self) -> Result<(), BuildError> {
        let (job, path) = (self.job(), self.folder.join("job.json"));
        match std::fs::read(&path) {
            Ok(bytes) => match serde_json::from_slice::<Job>(&bytes) {
                Ok(found) if found == job => Ok(()),
                _ => Err(BuildError::OtherJob),
            },
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let text = serde_json::to_vec(&job).map_err(io::Error::other).map_err(at(&path))?;
                replace(&path, &text)
            }
            Err(e) => Err(at(&path)(e)),
        }
    }

    fn done(&self) -> Result<Done, BuildError> {
        let path = self.folder.join("leaves.json");
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|_| at(&path)(io::Error::other("not readable; remove the work folder"))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                Ok(Done { leaves: 0, lines: digest(&Params::new().to_state()) })
            }
            Err(e) => Err(at(&path)(e)),
        }
    }

    /// Levels above leaves that are about to change.
    fn remove_levels(&self) -> Result<(), BuildError> {
        let mut stale = vec![self.folder.join("finished")];
        stale.extend((1..=DEPTH).map(|level| level_path(self.folder, level)));
        for path in stale {
            match std::fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(at(&path)(e)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps other builds out of the folder until the file is dropped. The system releases it when the process ends,
    /// however it ends.
    fn lock(&self) -> Result<File, BuildError> {
        std::fs::create_dir_all(self.folder).map_err(at(self.folder))?;
        let path = self.folder.join("lock");
        let file = File::create(&path).map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(BuildError::Busy),
            Err(TryLockError::Error(e)) => Err(at(&path)(e)),
        }
    }

    /// Builds, or resumes where an earlier run stopped.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn run(&self, mut observe: impl FnMut(Progress)) -> Result<Tree, BuildError> {
        let _lock = self.lock()?;
        self.claim_folder()?;
        let seed = BlindingSeed::of_folder(self.folder).map_err(at(self.folder))?;
        let size = self.leaves(&seed, &mut observe)?;
        if size == 0 {
            return Err(BuildError::Empty);
        }
        let tree = Tree::raise(self.folder, size, |level| observe(Progress::Level(level)));
        let tree = tree.map_err(at(self.folder))?;
        replace(&self.folder.join("finished"), b"")?;
        Ok(tree)
    }

    fn leaves(
        &self,
        seed: &BlindingSeed,
        observe: &mut impl FnMut(Progress),
    ) -> Result<u64, BuildError> {
        let path = level_path(self.folder, 0);
        let before = self.done()?;
        let mut done = before.leaves;
        let options = OpenOptions::new().create(true).truncate(false).append(true).open(&path);
        let mut leaves = options.map_err(at(&path))?;
        leaves.set_len(done * NODE_BYTES as u64).map_err(at(&path))?;

        let input = File::open(self.accounts).map_err(at(self.accounts))?;
        let mut lines = Lines { input: BufReader::new(input), bytes: 0 };
        let mut hash = Params::new().to_state();
        for _ in 0..done {
            match lines.next().map_err(at(self.accounts))? {
                Some(line) => add_line(&mut hash, &line),
                None => return Err(BuildError::OtherLines(done)),
            }
        }
        if digest(&hash) != before.lines {
            return Err(BuildError::OtherLines(done));
        }
        let mut chunk = Vec::with_capacity(CHUNK);
        loop {
            chunk.clear();
            while chunk.len() < CHUNK {
                match lines.next().map_err(at(self.accounts))? {
                    Some(line) => chunk.push(line),
                    None => break,
                }
            }
            if chunk.is_empty() {
                return Ok(done);
            }
            let first = done;
            if first == before.leaves {
                self.remove_levels()?;
            }
            if first + chunk.len() as u64 > 1 << 32 {
                return Err(BuildError::TooMany);
            }
            let results = parallel(&chunk, |i, line| {
                // Below 2^32, as just checked.
                let serial = (first + i as u64) as u32;
                let file = complete(line, serial, seed)?;
                leaf(&file, serial, self.schedule)
            });
            let mut bytes = Vec::with_capacity(chunk.len() * NODE_BYTES);
            let mut wrong = None;
            for (serial, result) in (first..).zip(results) {
                match result {
                    Ok((leaf, remarks)) => {
                        bytes.extend(leaf.to_bytes());
                        for remark in remarks {
                            observe(Progress::Remark { serial, remark });
                        }
                    }
                    Err(error) => {
                        wrong = Some(error);
                        break;
                    }
                }
            }
            // Leaves before a wrong line are kept, so that a corrected file goes on from there.
            leaves.write_all(&bytes).and_then(|()| leaves.sync_data()).map_err(at(&path))?;
            let made = bytes.len() / NODE_BYTES;
            done += made as u64;
            chunk[..made].iter().for_each(|line| add_line(&mut hash, line));
            let state = Done { leaves: done, lines: digest(&hash) };
            let path = self.folder.join("leaves.json");
            let text = serde_json::to_vec(&state).map_err(io::Error::other).map_err(at(&path))?;
            replace(&path, &text)?;
            if let Some(error) = wrong {
                return Err(error.into());
            }
            observe(Progress::Leaves { accounts: done, bytes: lines.bytes });
        }
    }
}

/// Digest of the lines added so far.
fn digest(hash: &State) -> String {
    hash.finalize().to_hex().to_string()
}

fn add_line(hash: &mut State, line: &[u8]) {
    hash.update(line).update(b"\n");
}

struct Lines {
    input: BufReader<File>,
    bytes: u64,
}

impl Lines {
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        use std::io::Read;
        let mut line = Vec::new();
        let read =
            self.input.by_ref().take(MAX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is longer than 1 MiB"));
        }
        self.bytes += read as u64;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok(Some(line))
    }
}
