//! Levels of the tree as files of 32-byte nodes.

use pasta_curves::Fp;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use zkmargin_model::element::{AccountCommitment, LedgerRoot};
use zkmargin_model::field::{field_bytes, field_from_bytes};
use zkmargin_model::ledger::{self, DEPTH, empty_roots, node};

/// Bytes of a node.
pub(crate) const NODE_BYTES: usize = 32;
/// Number of nodes hashed at once.
pub(crate) const CHUNK: usize = 1 << 13;

/// A finished tree in a work folder.
#[derive(Clone, Debug)]
pub struct Tree {
    folder: PathBuf,
    size: u64,
}

pub(crate) fn level_path(folder: &Path, level: usize) -> PathBuf {
    folder.join(format!("level-{level:02}"))
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn element(bytes: &[u8]) -> io::Result<Fp> {
    let bytes = bytes.try_into().map_err(|_| invalid("a node is not 32 bytes"))?;
    field_from_bytes(bytes).ok_or_else(|| invalid("a node is not a field element"))
}

/// Applies a function to equal parts of the items on all cores, in order.
pub(crate) fn parallel<T: Sync, U: Send>(items: &[T], f: impl Fn(usize, &T) -> U + Sync) -> Vec<U> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let part = items.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let f = &f;
        let workers: Vec<_> = items
            .chunks(part)
            .enumerate()
            .map(|(i, items)| {
                scope.spawn(move || {
                    let each = items.iter().enumerate();
                    each.map(|(j, item)| f(i * part + j, item)).collect::<Vec<U>>()
                })
            })
            .collect();
        // A worker that panicked has told why; the panic goes on here.
        let joined = workers.into_iter().map(|w| match w.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

/// Writes the level above a level of `count` nodes. The file appears only once it is complete.
fn raise(folder: &Path, level: usize, count: u64) -> io::Result<u64> {
    let mut below = BufReader::new(File::open(level_path(folder, level))?);
    let mut above = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
    let mut left = count;
    while left > 0 {
        let take = left.min(CHUNK as u64) as usize;
        let mut bytes = vec![0; take * NODE_BYTES];
        below.read_exact(&mut bytes)?;
        let pairs: Vec<&[u8]> = bytes.chunks(2 * NODE_BYTES).collect();
        let parents = parallel(&pairs, |_, pair| {
            let left = element(&pair[..NODE_BYTES])?;
            let right = match pair.get(NODE_BYTES..).filter(|right| !right.is_empty()) {
                Some(right) => element(right)?,
                None => empty_roots()[level],
            };
            Ok::<_, io::Error>(field_bytes(&node(left, right)))
        });
        for parent in parents {
            above.write_all(&parent?)?;
        }
        left -= take as u64;
    }
    let above = above.into_inner().map_err(|e| e.into_error())?;
    above.as_file().sync_all()?;
    above.persist(level_path(folder, level + 1)).map_err(|e| e.error)?;
    Ok(count.div_ceil(2))
}

impl Tree {
    /// Raises the levels above `size` leaves; those that are already complete are kept.
    ///
    /// # Errors
    /// From the file system, or a node that is not a field element.
    pub(crate) fn raise(folder: &Path, size: u64, mut done: impl FnMut(usize)) -> io::Result<Self> {
        let (mut level, mut count) = (0, size);
        while count > 1 {
            let next = level_path(folder, level + 1);
            let whole = count.div_ceil(2) * NODE_BYTES as u64;
            count = match next.metadata() {
                Ok(file) if file.len() == whole => count.div_ceil(2),
                _ => raise(folder, level, count)?,
            };
            level += 1;
            done(level);
        }
        Ok(Self { folder: folder.to_owned(), size })
    }

    /// Opens a finished tree.
    ///
    /// # Errors
    /// From the file system, or when the build is not finished.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let bytes = level_path(folder, 0).metadata()?.len();
        if bytes % NODE_BYTES as u64 != 0 || !folder.join("finished").exists() {
            return Err(invalid("the ledger in this folder is not finished; run the build again"));
        }
        Ok(Self { folder: folder.to_owned(), size: bytes / NODE_BYTES as u64 })
    }

    /// Number of accounts.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Nodes `first..end` of a level; those past the last one are roots of empty subtrees.
    fn nodes(&self, level: usize, first: u64, end: u64) -> io::Result<Vec<Fp>> {
        let count = (0..level).fold(self.size, |count, _| count.div_ceil(2));
        let there = end.min(count).saturating_sub(first);
        let mut file = File::open(level_path(&self.folder, level))?;
        file.seek(SeekFrom::Start(first * NODE_BYTES as u64))?;
        // At most a chunk and its neighbours.
        let mut bytes = vec![0; there as usize * NODE_BYTES];
        file.read_exact(&mut bytes)?;
        let mut nodes: Vec<Fp> = bytes.chunks(NODE_BYTES).map(element).collect::<Result<_, _>>()?;
        nodes.resize((end - first) as usize, empty_roots()[level]);
        Ok(nodes)
    }

    /// Leaves and Merkle paths of a run of accounts, reading each level once. `count` is at most a chunk.
    pub(crate) fn paths(
        &self,
        first: u32,
        count: u32,
    ) -> io::Result<Vec<(AccountCommitment, ledger::Path)>> {
        let (start, end) = (u64::from(first), u64::from(first) + u64::from(count));
        let leaves = self.nodes(0, start, end)?;
        let mut paths: Vec<_> = leaves
            .into_iter()
            .zip(first..)
            .map(|(leaf, serial)| {
                (leaf.into(), ledger::Path { serial, siblings: [Fp::default(); DEPTH] })
            })
            .collect();
        let height = self.height();
        for level in 0..DEPTH {
            if level >= height {
                paths.iter_mut().for_each(|(_, path)| path.siblings[level] = empty_roots()[level]);
                continue;
            }
            // Whole pairs, so that every sibling is there.
            let low = start >> level & !1;
            let high = ((end - 1) >> level | 1) + 1;
            let nodes = self.nodes(level, low, high)?;
            for (_, path) in &mut paths {
                let sibling = (u64::from(path.serial) >> level) ^ 1;
                path.siblings[level] = nodes[(sibling - low) as usize];
            }
        }
        Ok(paths)
    }

    fn node(&self, level: usize, index: u64) -> io::Result<Fp> {
        let count = (0..level).fold(self.size, |count, _| count.div_ceil(2));
        if index >= count {
            return Ok(empty_roots()[level]);
        }
        let mut file = File::open(level_path(&self.folder, level))?;
        file.seek(SeekFrom::Start(index * NODE_BYTES as u64))?;
        let mut bytes = [0; NODE_BYTES];
        file.read_exact(&mut bytes)?;
        element(&bytes)
    }

    /// Number of levels up to a single node, above which there are only its parents with empty subtrees.
    fn height(&self) -> usize {
        let (mut height, mut count) = (0, self.size);
        while count > 1 {
            count = count.div_ceil(2);
            height += 1;
        }
        height
    }

    /// The root.
    ///
    /// # Errors
    /// From the file system.
    pub fn root(&self) -> io::Result<LedgerRoot> {
        let height = self.height();
        let top = self.node(height, 0)?;
        Ok((height..DEPTH).fold(top, |root, level| node(root, empty_roots()[level])).into())
    }

    /// The leaf of an account.
    ///
    /// # Errors
    /// From the file system.
    pub fn leaf(&self, serial: u32) -> io::Result<AccountCommitment> {
        self.node(0, serial.into()).map(AccountCommitment::new)
    }

    /// The Merkle path from an account to the root, reading one node per level.
    ///
    /// # Errors
    /// From the file system.
    pub fn path(&self, serial: u32) -> io::Result<ledger::Path> {
        let height = self.height();
        let mut siblings = [Fp::default(); DEPTH];
        for (level, sibling) in siblings.iter_mut().enumerate() {
            *sibling = if level < height {
                self.node(level, u64::from(serial >> level) ^ 1)?
            } else {
                empty_roots()[level]
            };
        }
        Ok(ledger::Path { serial, siblings })
    }
}
