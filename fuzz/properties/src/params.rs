//! The file of commitment parameters. Its reader in the proof system trusts its input, so nothing
//! but the pinned file may ever reach it.

use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::LazyLock;
use zkmargin_circuit::{ParamsStore, read_params};
use zkmargin_model::circuit::K;

/// Size of the parameters that are read: the smallest that are pinned.
const SMALLEST: K = K::MIN;

/// The pinned file.
static PINNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = Vec::new();
    ParamsStore::in_memory().get(SMALLEST).expect("made").write(&mut bytes).expect("memory");
    bytes
});

/// Bytes are parameters when they are the pinned file and never otherwise. Three bytes `0 P P`
/// choose the pinned file with the bytes that follow added at an offset: hashing 64 KB is slow, so
/// that is not every other run.
pub fn params(bytes: &[u8]) {
    let file = damaged(bytes);
    assert_eq!(read_params(SMALLEST, &file).is_some(), file == *PINNED);
}

/// Reading a folder whose parameter file holds other bytes gives the pinned parameters all the
/// same, and repairs the file. Slow: refused parameters are computed anew.
pub fn store(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join(format!("vesta-{SMALLEST}.params"));
    std::fs::write(&path, damaged(bytes)).expect("written");
    check_store(folder.path());
    assert_eq!(std::fs::read(&path).expect("kept"), *PINNED, "repaired");
}

fn damaged(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [0, 0x50, 0x50, low, high, change @ ..] => {
            let mut file = PINNED.clone();
            let at = usize::from(u16::from_le_bytes([*low, *high]));
            for (byte, change) in file[at.min(PINNED.len())..].iter_mut().zip(change) {
                *byte = byte.wrapping_add(*change);
            }
            file
        }
        file => file.to_vec(),
    }
}

fn check_store(folder: &Path) {
    let params = ParamsStore::on_disk(folder).get(SMALLEST).expect("read or made");
    let mut bytes = Vec::new();
    params.write(&mut bytes).expect("memory");
    assert_eq!(Sha256::digest(&bytes), Sha256::digest(&*PINNED), "the pinned parameters");
}
