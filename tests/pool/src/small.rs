//! A pool of eight proofs, made once for all tests of a program, or for all programs: in the folder that the
//! environment names in `ZKMARGIN_POOL`.

use crate::{Size, make};
use std::collections::BTreeMap;
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;
use zkmargin_model::envelope::Envelope;

/// Holders of the small pool.
pub const HOLDERS: u32 = 4;

/// Epochs of the small pool.
pub const EPOCHS: u32 = 2;

static POOL: LazyLock<PathBuf> = LazyLock::new(|| {
    let number = |n| NonZeroU32::new(n).expect("above zero");
    let folder = std::env::var_os("ZKMARGIN_POOL")
        .map_or_else(|| TempDir::new().expect("folder").keep(), PathBuf::from);
    let size = Size { holders: number(HOLDERS), epochs: number(EPOCHS) };
    make(&folder, size, NonZeroUsize::new(2).expect("two"), |_| ()).expect("pool");
    folder
});

/// The folder of the small pool.
///
/// # Panics
/// When it cannot be made: this is for tests.
pub fn folder() -> &'static Path {
    &POOL
}

/// All files of the small pool by their path in its folder.
///
/// # Panics
/// When it cannot be made or read: this is for tests.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    fn add(top: &Path, folder: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                add(top, &path, out);
            } else {
                let name = path.strip_prefix(top).expect("inside").display().to_string();
                out.insert(name, std::fs::read(&path).expect("file"));
            }
        }
    }
    let mut files = BTreeMap::new();
    add(folder(), folder(), &mut files);
    files
}

/// The path of a proof in a pool.
pub fn proof_name(epoch: u32, holder: u32) -> String {
    format!("proofs/{epoch:04}/{holder:05}.zkm")
}

/// A proof among files of a pool.
///
/// # Panics
/// When it is not there or is none: this is for tests.
pub fn envelope(files: &BTreeMap<String, Vec<u8>>, epoch: u32, holder: u32) -> Envelope {
    Envelope::decode(&files[&proof_name(epoch, holder)]).expect("proof")
}
