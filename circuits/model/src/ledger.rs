//! A venue's ledger: a binary Merkle tree of account commitments.
//!
//! The leaf of an account is its commitment, and its index is its serial, which the commitment
//! contains. A leaf without an account is zero. Subtrees without accounts have fixed roots, so a
//! tree of any size has the depth of the largest.

use crate::element::{AccountCommitment, LedgerRoot};
use crate::poseidon::{self, Tag};
use ff::Field;
use pasta_curves::Fp;
use std::sync::OnceLock;

/// Levels between leaf and root: at most 2^32 accounts.
pub const DEPTH: usize = 32;

/// The parent of two nodes.
pub fn node(left: Fp, right: Fp) -> Fp {
    poseidon::hash(Tag::Node, &[[left, right]])
}

/// Roots of empty subtrees by height: 0 is the empty leaf, [`DEPTH`] the empty tree.
pub fn empty_roots() -> &'static [Fp; DEPTH + 1] {
    static ROOTS: OnceLock<[Fp; DEPTH + 1]> = OnceLock::new();
    ROOTS.get_or_init(|| {
        let mut roots = [Fp::ZERO; DEPTH + 1];
        for height in 1..=DEPTH {
            roots[height] = node(roots[height - 1], roots[height - 1]);
        }
        roots
    })
}

/// The Merkle path from a leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Index of the leaf; bit i says from which side the path comes at level i.
    pub serial: u32,
    /// Siblings from the leaf's level up.
    pub siblings: [Fp; DEPTH],
}

impl Path {
    /// Whether the path comes from the right at a level.
    pub fn is_right(&self, level: usize) -> bool {
        self.serial >> level & 1 == 1
    }

    /// The root reached from an account at this place.
    pub fn root(&self, account: AccountCommitment) -> LedgerRoot {
        let up = |child: Fp, (level, sibling): (usize, &Fp)| {
            if self.is_right(level) { node(*sibling, child) } else { node(child, *sibling) }
        };
        self.siblings.iter().enumerate().fold(account.element(), up).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_small_tree() {
        let leaves = [5u64, 6, 7].map(Fp::from);
        let empty = empty_roots();
        let pairs = [node(leaves[0], leaves[1]), node(leaves[2], Fp::ZERO)];
        let top = (2..DEPTH).fold(node(pairs[0], pairs[1]), |root, level| node(root, empty[level]));
        let mut siblings = [Fp::ZERO; DEPTH];
        siblings[2..].copy_from_slice(&empty[2..DEPTH]);
        siblings[0] = Fp::ZERO;
        siblings[1] = pairs[0];
        let path = Path { serial: 2, siblings };
        let (leaves, top) = (leaves.map(AccountCommitment::new), LedgerRoot::new(top));
        assert_eq!(path.root(leaves[2]), top);
        assert_ne!(path.root(leaves[1]), top);
        assert_ne!(Path { serial: 3, ..path }.root(leaves[2]), top);
    }
}
