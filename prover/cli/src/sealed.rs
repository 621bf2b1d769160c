//! What an age file looks like, in any build.

/// First line of an age file in armor.
const ARMOR: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// First bytes of an age file without armor.
const BINARY: &[u8] = b"age-encryption.org/";

/// Whether bytes are an age file.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(ARMOR) || bytes.starts_with(BINARY)
}
