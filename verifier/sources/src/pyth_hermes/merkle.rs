//! Membership in a tree of price messages.
//!
//! A leaf is `keccak160(00, message)`, a node `keccak160(01, smaller child, larger child)`: children
//! are sorted, so a path needs no sides, and a node is never a leaf.

use crate::keccak::keccak160;
use crate::reader::Reader;
use crate::{Problem, SourceError};

/// Reads a path and checks that it leads from the message to the root.
pub(super) fn check(
    reader: &mut Reader<'_>,
    message: &[u8],
    root: &[u8; 20],
) -> Result<(), SourceError> {
    let place = reader.place("Merkle path");
    let mut node = keccak160(&[&[0], message]);
    for _ in 0..reader.byte("Merkle path")? {
        let sibling: [u8; 20] = reader.array("Merkle path")?;
        let (low, high) = (node.min(sibling), node.max(sibling));
        node = keccak160(&[&[1], &low, &high]);
    }
    if node == *root { Ok(()) } else { Err(place.error(Problem::MerkleProof)) }
}
