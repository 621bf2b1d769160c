//! Commitment parameters: deterministic, cached on disk, trusted only by their pinned digest.

#[cfg(feature = "multicore")]
use crate::points::PublicTables;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
#[cfg(feature = "std")]
use std::path::{Path, PathBuf};
#[cfg(feature = "multicore")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex};
use zkmargin_gadgets::halo2::{EqAffine, Params};
use zkmargin_model::circuit::K;

/// SHA-256 of the written parameters, by `k` from the smallest on. Reading trusts its input, so nothing is read that
/// does not have the pinned digest.
const PINNED: [&str; 5] = [
    "65235f086265cdf98b12514ab36fe9b849198870918d73cd160903ceb0a954dc",
    "1eab6f93a080ce41b908d935c04bd2e3ed1ac23f277c15d11c499d56d28fa0f7",
    "1b97b06da453b9efb1ae18b9ba77c3d870f22dc72898297d5707e340c3f44865",
    "76ebe6b75b5281cb1dcc2eb04888968573758672b521522f62abedf6366bb876",
    "1cb278fe4d9cf5325e5cbc710d863c0deca3e961e1b8f6c8736890c43345c461",
];

const _: () = assert!(PINNED.len() == (K::MAX.get() - K::MIN.get() + 1) as usize);

/// Parameters by `k`, in memory and, if a folder is given, on disk.
#[derive(Debug, Default)]
pub struct ParamsStore {
    #[cfg(feature = "std")]
    folder: Option<PathBuf>,
    loaded: Mutex<HashMap<K, Loaded>>,
}

/// Parameters for one `k`.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) params: Arc<Params<EqAffine>>,
    /// Created when the first proof is folded.
    #[cfg(feature = "multicore")]
    pub(crate) tables: Arc<OnceLock<PublicTables>>,
}

/// Parameters cannot be obtained.
#[derive(Debug, thiserror::Error)]
pub enum ParamsError {
    /// Freshly computed parameters differ from the pinned digest: the proof system is not the
    /// pinned one.
    #[error(
        "computed parameters for k = {0} differ from the pinned digest; the halo2_proofs build is not the supported one"
    )]
    Mismatch(K),
    /// The computed parameters could not be written out for hashing.
    #[error("parameters for k = {0} could not be encoded: {1}")]
    Encode(K, #[source] std::io::Error),
}

fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

const fn pinned(k: K) -> &'static str {
    PINNED[(k.get() - K::MIN.get()) as usize]
}

impl ParamsStore {
    /// Parameters computed on demand and kept in memory.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Parameters kept in a folder. A file that is absent, damaged or tampered with is recomputed and replaced; a
    /// folder that cannot be written costs time, not correctness.
    #[cfg(feature = "std")]
    pub fn on_disk(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), loaded: Mutex::default() }
    }

    /// Parameters for `2^k` rows.
    ///
    /// # Errors
    /// [`ParamsError`] when the proof system is not the pinned one.
    pub fn get(&self, k: K) -> Result<Arc<Params<EqAffine>>, ParamsError> {
        self.load(k).map(|loaded| loaded.params)
    }

    pub(crate) fn load(&self, k: K) -> Result<Loaded, ParamsError> {
        // A poisoned lock means that another thread panicked; the map itself is still whole.
        let mut loaded = self.loaded.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(loaded) = loaded.get(&k) {
            return Ok(loaded.clone());
        }
        let params = Arc::new(self.read_or_make(k)?);
        let new = Loaded {
            params,
            #[cfg(feature = "multicore")]
            tables: Arc::default(),
        };
        loaded.insert(k, new.clone());
        Ok(new)
    }

    #[cfg(feature = "std")]
    fn read_or_make(&self, k: K) -> Result<Params<EqAffine>, ParamsError> {
        let Some(folder) = &self.folder else { return Ok(make(k)?.0) };
        let path = folder.join(format!("vesta-{k}.params"));
        let file = std::fs::read(&path).ok();
        if let Some(params) = file.and_then(|bytes| read_params(k, &bytes)) {
            return Ok(params);
        }
        let (params, bytes) = make(k)?;
        // Only a cache: the parameters in hand are good whether or not they could be kept.
        let _ = write_whole(&path, &bytes);
        Ok(params)
    }

    #[cfg(not(feature = "std"))]
    fn read_or_make(&self, k: K) -> Result<Params<EqAffine>, ParamsError> {
        Ok(make(k)?.0)
    }
}

/// Computes parameters and their bytes, and checks that these have the pinned digest.
fn make(k: K) -> Result<(Params<EqAffine>, Vec<u8>), ParamsError> {
    let params = Params::new(k.get());
    let mut bytes = Vec::new();
    params.write(&mut bytes).map_err(|e| ParamsError::Encode(k, e))?;
    if digest_of(&bytes) != pinned(k) {
        return Err(ParamsError::Mismatch(k));
    }
    Ok((params, bytes))
}

/// Parameters for `2^k` rows from the bytes of their file; `None` for any other bytes. The proof
/// system's reader trusts its input, so only the pinned bytes reach it.
pub fn read_params(k: K, bytes: &[u8]) -> Option<Params<EqAffine>> {
    let mut bytes = (digest_of(bytes) == pinned(k)).then_some(bytes)?;
    Params::read(&mut bytes).ok()
}

#[cfg(feature = "std")]
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_digests_are_those_of_the_proof_system() {
        for k in K::all().take(2) {
            let mut bytes = Vec::new();
            Params::<EqAffine>::new(k.get()).write(&mut bytes).expect("memory");
            assert_eq!(digest_of(&bytes), pinned(k), "k = {k}");
        }
    }

    #[test]
    fn tampered_file_is_replaced() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("vesta-10.params");
        ParamsStore::on_disk(folder.path()).get(K::MIN).expect("made");
        let whole = std::fs::read(&path).expect("written");
        let mut tampered = whole.clone();
        tampered[100] ^= 1;
        for bad in [&tampered[..], &whole[..whole.len() - 1], &[]] {
            std::fs::write(&path, bad).expect("write");
            ParamsStore::on_disk(folder.path()).get(K::MIN).expect("made again");
            assert_eq!(std::fs::read(&path).expect("replaced"), whole);
        }
    }
}
