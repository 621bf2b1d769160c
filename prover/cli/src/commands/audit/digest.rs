//! SHA-256 of files.

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::files::name_of;
use crate::kept;
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::Path;
use zkmargin_audit::{Links, open_regular};

/// Maximum length of a file that is hashed, in bytes: 64 GiB, a list of exceptions for many millions of proofs.
const MAX_HASHED_BYTES: u64 = 1 << 36;

/// SHA-256 of a regular file, which may be long.
pub fn sha256(path: &Path) -> Result<[u8; 32]> {
    let failed = |e: io::Error| {
        Failure::new(Exit::Io, "CannotRead", format!("cannot be read: {e}")).in_file(&name_of(path))
    };
    kept::register(path);
    let file = open_regular(path, Links::Followed).map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > MAX_HASHED_BYTES {
        let message = format!("longer than {MAX_HASHED_BYTES} bytes, the maximum that is hashed");
        return Err(Failure::new(Exit::Malformed, "FileTooLarge", message).in_file(&name_of(path)));
    }
    let (mut file, mut hash) = (file.take(MAX_HASHED_BYTES), Sha256::new());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(hash.finalize().into()),
            n => hash.update(&buffer[..n]),
        }
    }
}
