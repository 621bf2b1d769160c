//! A build that cannot read files encrypted with a passphrase.

use crate::failure::Result;
use crate::unbuilt;
use std::path::Path;
use zeroize::Zeroizing;

const WHAT: &str = "age, which files encrypted with a passphrase need";

/// Reports that this build has no age.
pub fn seal(_: &str, _: Option<&Path>) -> Result<String> {
    Err(unbuilt::failure(WHAT))
}

/// Reports that this build has no age.
pub fn open(_: &[u8], _: &Path, _: Option<&Path>) -> Result<Zeroizing<Vec<u8>>> {
    Err(unbuilt::failure(WHAT))
}
