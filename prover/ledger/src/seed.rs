//! The venue's seed of blindings. A resumed or repeated build gives every account the same one.

use blake2b_simd::Params;
use ff::FromUniformBytes;
use pasta_curves::Fp;
use rand::TryRng;
use rand::rngs::SysRng;
use std::io::{self, Write};
use std::path::Path;
use zeroize::Zeroizing;
use zkmargin_model::secrets::weakness;

/// 32 secret bytes from which every account's blinding follows. Wiped when dropped.
pub struct BlindingSeed(Zeroizing<[u8; 32]>);

impl BlindingSeed {
    /// Reads the seed of a work folder, or draws one and keeps it, readable by the owner only.
    ///
    /// # Errors
    /// From the file system, the operating system's randomness, or a file of the wrong length or with bytes that anyone
    /// could guess.
    pub fn of_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join("blinding.seed");
        match std::fs::read(&path) {
            Ok(bytes) => {
                let bytes = Zeroizing::new(bytes);
                let seed = <[u8; 32]>::try_from(&bytes[..]).map_err(|_| {
                    io::Error::new(io::ErrorKind::InvalidData, "blinding.seed is not 32 bytes")
                })?;
                if let Some(weakness) = weakness(&seed) {
                    let message = format!(
                        "blinding.seed {weakness}, so that anyone could open every commitment; choose a new folder, where a new seed is drawn"
                    );
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                Ok(Self(Zeroizing::new(seed)))
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                SysRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
                // A temporary file is readable by its owner only.
                let mut file = tempfile::NamedTempFile::new_in(folder)?;
                file.write_all(&seed)?;
                file.as_file().sync_all()?;
                file.persist_noclobber(&path).map_err(|e| e.error)?;
                Ok(Self(Zeroizing::new(seed)))
            }
            Err(e) => Err(e),
        }
    }

    /// The blinding of an account: keyed BLAKE2b-512 of its serial, modulo the field order.
    pub fn blinding(&self, serial: u32) -> Fp {
        let hash = Params::new()
            .hash_length(64)
            .key(&self.0[..])
            .personal(b"zkmargin-blind-1")
            .hash(&serial.to_le_bytes());
        Fp::from_uniform_bytes(hash.as_array())
    }
}
