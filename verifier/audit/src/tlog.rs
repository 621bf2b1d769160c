//! The Merkle tree of a log: [RFC 6962](https://www.rfc-editor.org/rfc/rfc6962#section-2.1) hashes and
//! proofs.
//!
//! Functions take a reader of perfect subtrees: `read(level, index)` is the hash over the `2^level`
//! leaves from `index * 2^level`. A log stores these and nothing else.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Hash of a leaf.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// Hash of an inner node.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// Leaves of the left subtree of a tree of `size` > 1 leaves: the largest power of two below it.
fn split(size: u64) -> u64 {
    1 << (63 - (size - 1).leading_zeros())
}

/// Hash over the leaves from `low` up to but excluding `high`, at least one; the range must be one that the RFC's
/// recursion reaches.
fn range<E>(
    low: u64,
    high: u64,
    read: &mut impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let size = high - low;
    if size.is_power_of_two() {
        let level = size.trailing_zeros();
        return read(level, low >> level);
    }
    let middle = low + split(size);
    Ok(node_hash(&range(low, middle, read)?, &range(middle, high, read)?))
}

/// Root of the tree of the first `size` leaves.
///
/// # Errors
/// Those of the reader.
pub fn root<E>(size: u64, mut read: impl FnMut(u32, u64) -> Result<Hash, E>) -> Result<Hash, E> {
    if size == 0 {
        return Ok(Sha256::digest([]).into());
    }
    range(0, size, &mut read)
}

/// The proof that leaf `index` is in the tree of the first `size` leaves; `index` is below `size`.
///
/// # Errors
/// Those of the reader.
pub fn inclusion<E>(
    index: u64,
    size: u64,
    mut read: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut low, mut high) = (0, size);
    let mut path = Vec::new();
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(range(middle, high, &mut read)?);
            high = middle;
        } else {
            path.push(range(low, middle, &mut read)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of the first `old` leaves is a prefix of that of the first `new`; `0 < old <= new`.
///
/// # Errors
/// Those of the reader.
pub fn consistency<E>(
    old: u64,
    new: u64,
    mut read: impl FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut low, mut high) = (0, new);
    let mut path = Vec::new();
    // Whether the old tree is a whole subtree so far, whose root the verifier knows.
    let mut whole = true;
    while old != high {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(range(middle, high, &mut read)?);
            high = middle;
        } else {
            path.push(range(low, middle, &mut read)?);
            low = middle;
            whole = false;
        }
    }
    if !whole {
        path.push(range(low, high, &mut read)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether a leaf is in the tree with this size and root
/// ([RFC 9162](https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2)).
pub fn check_inclusion(index: u64, size: u64, leaf: &Hash, path: &[Hash], expected: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(step, &hash);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && hash == *expected
}

/// Whether the tree with the first size and root is a prefix of that with the second ([RFC
/// 9162](https://www.rfc-editor.org/rfc/rfc9162#section-2.1.4.2)).
pub fn check_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    path: &[Hash],
) -> bool {
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 || old > new {
        return false;
    }
    let mut steps = path.iter();
    let first = if old.is_power_of_two() { Some(old_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut at, mut last) = (old - 1, new - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut from_old, mut from_new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            from_old = node_hash(step, &from_old);
            from_new = node_hash(step, &from_new);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            from_new = node_hash(&from_new, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && from_old == *old_root && from_new == *new_root
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use std::convert::Infallible;

    /// The entries of the vectors of certificate-transparency and transparency-dev/merkle.
    const ENTRIES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn leaves() -> Vec<Hash> {
        ENTRIES.iter().map(|e| leaf_hash(&hex::decode(e).expect("hex"))).collect()
    }

    fn reader(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash, Infallible> {
        fn perfect(leaves: &[Hash], level: u32, index: u64) -> Hash {
            match level {
                0 => leaves[index as usize],
                _ => node_hash(
                    &perfect(leaves, level - 1, 2 * index),
                    &perfect(leaves, level - 1, 2 * index + 1),
                ),
            }
        }
        move |level, index| Ok(perfect(leaves, level, index))
    }

    fn hash(text: &str) -> Hash {
        STANDARD.decode(text).expect("base64").try_into().expect("32 bytes")
    }

    #[test]
    fn published_roots() {
        let leaves = leaves();
        for (size, expected) in ROOTS.iter().enumerate() {
            let Ok(root) = root(size as u64, reader(&leaves));
            assert_eq!(hex::encode(root), *expected, "{size}");
        }
    }

    /// `testdata/inclusion` and `testdata/consistency` of transparency-dev/merkle.
    #[test]
    fn published_proofs() {
        let leaves = leaves();
        let Ok(path) = inclusion(0, 8, reader(&leaves));
        let expected = [
            "lqKW0iTyhcZ77pPDD4owkVfw2qNdxbh+QQt4YwoJz8c=",
            "Xwg/ChozygdqlSeYMlgNs+DvRYS9/x9UyKNg9Q3jAx4=",
            "a0eq8p7jwq+a+Im8H7klTavTEXfxYjLdaqsDXKOb9uQ=",
        ];
        assert_eq!(path, expected.map(hash));
        let Ok(again) = consistency(1, 8, reader(&leaves));
        assert_eq!(again, path);
        let Ok(path) = inclusion(2, 3, reader(&leaves));
        assert_eq!(path, ["+sVCA+fMaWzw38tCySodnbr3CtnmIfS9jZhmLwDjwSU="].map(hash));
        let Ok(path) = consistency(6, 8, reader(&leaves));
        let expected = [
            "DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=",
            "yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=",
            "037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=",
        ];
        assert_eq!(path, expected.map(hash));
    }

    #[test]
    fn proofs_hold_and_nothing_else_does() {
        let leaves: Vec<_> = (0u8..40).map(|i| leaf_hash(&[i])).collect();
        for size in 1..=40u64 {
            let Ok(top) = root(size, reader(&leaves));
            for index in 0..size {
                let Ok(path) = inclusion(index, size, reader(&leaves));
                let leaf = &leaves[index as usize];
                assert!(check_inclusion(index, size, leaf, &path, &top));
                assert!(!check_inclusion(index + 1, size, leaf, &path, &top));
                assert!(!check_inclusion(index, size, &[0; 32], &path, &top));
                let longer = [&path[..], &[[7; 32]]].concat();
                assert!(!check_inclusion(index, size, leaf, &longer, &top));
                if let Some((_, shorter)) = path.split_last() {
                    assert!(!check_inclusion(index, size, leaf, shorter, &top));
                }
            }
            for old in 1..=size {
                let Ok(before) = root(old, reader(&leaves));
                let Ok(path) = consistency(old, size, reader(&leaves));
                assert!(check_consistency(old, size, &before, &top, &path));
                if old < size {
                    assert!(!check_consistency(old, size, &[9; 32], &top, &path));
                    assert!(!check_consistency(old, size, &before, &before, &path));
                }
            }
        }
        assert!(!check_inclusion(0, 0, &[0; 32], &[], &[0; 32]));
    }
}
