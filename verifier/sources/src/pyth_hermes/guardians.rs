//! Whom to trust: a guardian set and a sender.

use crate::key::distinct;
use crate::{Address, SignerSetError};

/// One of Wormhole's guardian sets, in the set's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardianSet {
    index: u32,
    addresses: Vec<Address>,
}

impl GuardianSet {
    /// The set with this index.
    ///
    /// # Errors
    /// [`SignerSetError`].
    pub fn new(index: u32, addresses: Vec<Address>) -> Result<Self, SignerSetError> {
        distinct(&addresses)?;
        // A VAA has one byte for a guardian's number and one for the number of signatures.
        if addresses.len() > usize::from(u8::MAX) {
            return Err(SignerSetError::TooMany(addresses.len()));
        }
        Ok(Self { index, addresses })
    }

    /// The set's index.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Number of signatures needed: more than two thirds of the guardians.
    pub fn quorum(&self) -> usize {
        self.addresses.len() * 2 / 3 + 1
    }

    pub(super) fn guardian(&self, number: u8) -> Option<&Address> {
        self.addresses.get(usize::from(number))
    }
}

/// Who sent a message through Wormhole: a chain, and an address on it. Guardians sign whatever anyone sends, so a
/// quorum alone says nothing about prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emitter {
    /// Wormhole's number for the chain.
    pub chain: u16,
    /// The sender's address.
    pub address: [u8; 32],
}

impl Emitter {
    /// Pythnet's accumulator: the data source with which Pyth's contracts are deployed.
    pub const PYTHNET: Emitter = Emitter {
        chain: 26,
        address: [
            0xe1, 0x01, 0xfa, 0xed, 0xac, 0x58, 0x51, 0xe3, 0x2b, 0x9b, 0x23, 0xb5, 0xf9, 0x41,
            0x1a, 0x8c, 0x2b, 0xac, 0x4a, 0xae, 0x3e, 0xd4, 0xdd, 0x7b, 0x81, 0x1d, 0xd1, 0xa7,
            0x2e, 0xa4, 0xaa, 0x71,
        ],
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorums() {
        for (guardians, quorum) in [(1, 1), (2, 2), (3, 3), (4, 3), (6, 5), (19, 13), (255, 171)] {
            let addresses = (1..=guardians).map(|i| [i; 20]).collect();
            assert_eq!(GuardianSet::new(0, addresses).unwrap().quorum(), quorum);
        }
    }

    #[test]
    fn sets() {
        assert_eq!(GuardianSet::new(0, vec![]), Err(SignerSetError::Empty));
        let twice = vec![[1; 20], [2; 20], [1; 20]];
        assert_eq!(GuardianSet::new(0, twice), Err(SignerSetError::Duplicate([1; 20])));
        let many = (0..=255).map(|i| [i; 20]).collect();
        assert_eq!(GuardianSet::new(0, many), Err(SignerSetError::TooMany(256)));
    }
}
