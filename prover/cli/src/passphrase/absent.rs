//! A build that cannot read files under a passphrase.

use crate::failure::Result;
use crate::unbuilt;
use std::path::Path;
use zeroize::Zeroizing;

const WHAT: &str = "age, which files under a passphrase need";

/// Says that this build has no age.
pub fn seal(_: &str, _: Option<&Path>) -> Result<String> {
    Err(unbuilt::failure(WHAT))
}

/// Says that this build has no age.
pub fn open(_: &[u8], _: &Path, _: Option<&Path>) -> Result<Zeroizing<Vec<u8>>> {
    Err(unbuilt::failure(WHAT))
}
