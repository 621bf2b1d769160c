//! Keccak-256 with the padding that Ethereum uses.

use sha3::{Digest, Keccak256};

/// Keccak-256 of the concatenated parts.
pub(crate) fn keccak256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The first 20 bytes of Keccak-256, as in the Merkle trees of Pyth.
pub(crate) fn keccak160(parts: &[&[u8]]) -> [u8; 20] {
    let hash = keccak256(parts);
    std::array::from_fn(|i| hash[i])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_input() {
        let expected = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
        assert_eq!(hex::encode(keccak256(&[])), expected);
        assert_eq!(hex::encode(keccak160(&[b"", b""])), expected[..40]);
    }
}
