//! Keys that sign price messages, and sets of keys that a caller trusts.

use crate::keccak::keccak256;
use k256::ecdsa::VerifyingKey;
use std::collections::BTreeSet;

/// An Ethereum address: the last 20 bytes of Keccak-256 of a secp256k1 public key.
pub type Address = [u8; 20];

/// Who signed.
///
/// Its text is `0x` and 40 hexadecimal digits for an address, `ed25519:` and 64 for an Ed25519 key. Digits of either
/// case are accepted, because addresses are written with a checksum in their case; the checksum is not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKey {
    /// An Ed25519 public key.
    Ed25519([u8; 32]),
    /// The address of a secp256k1 public key: what can be recovered from a signature.
    Secp256k1Address(Address),
}

/// Why text is not a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a key; write 0x and 40 hexadecimal digits, or ed25519: and 64")]
pub struct KeyTextError;

impl PublicKey {
    /// The address of a secp256k1 public key in SEC 1 form (33 or 65 bytes), as Pyth Lazer publishes it for chains
    /// other than Ethereum; `None` if the bytes are not a public key.
    pub fn from_secp256k1(sec1: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_sec1_bytes(sec1).ok()?;
        Some(PublicKey::Secp256k1Address(address(&key)))
    }
}

/// The address of a secp256k1 key.
pub(crate) fn address(key: &VerifyingKey) -> Address {
    let point = key.to_sec1_point(false);
    // Without the first byte, which says that both coordinates follow.
    let hash = keccak256(&[point.as_bytes().get(1..).unwrap_or_default()]);
    std::array::from_fn(|i| hash[12 + i])
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PublicKey::Ed25519(key) => write!(f, "ed25519:{}", hex::encode(key)),
            PublicKey::Secp256k1Address(address) => write!(f, "0x{}", hex::encode(address)),
        }
    }
}

impl std::str::FromStr for PublicKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<Self, KeyTextError> {
        fn digits<const N: usize>(text: &str) -> Result<[u8; N], KeyTextError> {
            let mut bytes = [0; N];
            hex::decode_to_slice(text, &mut bytes).map_err(|_| KeyTextError)?;
            Ok(bytes)
        }
        if let Some(text) = text.strip_prefix("ed25519:") {
            Ok(PublicKey::Ed25519(digits(text)?))
        } else if let Some(text) = text.strip_prefix("0x") {
            Ok(PublicKey::Secp256k1Address(digits(text)?))
        } else {
            Err(KeyTextError)
        }
    }
}

/// Keys any one of which may sign a message. It is for the caller to know whether a key is still in force: networks
/// replace keys, and no message says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedKeys(BTreeSet<PublicKey>);

impl TrustedKeys {
    /// The given keys.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// Whether the key is one of them.
    pub fn contains(&self, key: &PublicKey) -> bool {
        self.0.contains(key)
    }
}

/// Why a set of signers cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignerSetError {
    /// No signers.
    #[error("has no signers")]
    Empty,
    /// More signers than the format can number.
    #[error("has {0} signers, more than the format can number")]
    TooMany(usize),
    /// A repeated signer, who would count as two.
    #[error("has signer 0x{} twice", hex::encode(.0))]
    Duplicate(Address),
    /// A threshold of zero or greater than the number of signers.
    #[error("has a threshold of {threshold} of {signers} signers")]
    Threshold {
        /// Signers needed.
        threshold: usize,
        /// Signers present.
        signers: usize,
    },
}

/// Checks that there are signers and none is repeated.
pub(crate) fn distinct(signers: &[Address]) -> Result<BTreeSet<Address>, SignerSetError> {
    let mut set = BTreeSet::new();
    for signer in signers {
        if !set.insert(*signer) {
            return Err(SignerSetError::Duplicate(*signer));
        }
    }
    if set.is_empty() { Err(SignerSetError::Empty) } else { Ok(set) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trip() {
        for text in [
            "0xb8d50f0bae75bf6e03c104903d7c3afc4a6596da",
            "ed25519:3374049c3b46a907ff2fc6b62af51975fb9dc572b7e73eb1b255ed5edcd7cee0",
        ] {
            assert_eq!(text.parse::<PublicKey>().unwrap().to_string(), text);
            assert_eq!(text[..text.len() - 1].parse::<PublicKey>(), Err(KeyTextError));
        }
        for text in ["", "0x", "b8d50f0bae75bf6e03c104903d7c3afc4a6596da", "ed25519:0x", "0X12"] {
            assert_eq!(text.parse::<PublicKey>(), Err(KeyTextError), "{text}");
        }
    }

    #[test]
    fn address_of_the_generator() {
        // The address of the private key 1, known from many wallets.
        let generator = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
        let key = PublicKey::from_secp256k1(&hex::decode(generator).unwrap()).unwrap();
        assert_eq!(key.to_string(), "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
        assert_eq!(PublicKey::from_secp256k1(&[2; 32]), None);
    }
}
