//! Key files under a passphrase: age files (<https://age-encryption.org/v1>).

#[cfg(not(feature = "passphrase"))]
mod absent;
#[cfg(feature = "passphrase")]
mod age;

#[cfg(not(feature = "passphrase"))]
pub use absent::{open, seal};
#[cfg(feature = "passphrase")]
pub use age::{open, seal};

/// First line of an age file in armor.
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// First bytes of an age file without armor.
const BINARY: &[u8] = b"age-encryption.org/";

/// Whether bytes are an age file.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(ARMOR) || bytes.starts_with(BINARY)
}
