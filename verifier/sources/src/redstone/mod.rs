//! RedStone: data packages of several nodes, each signed by its node, in one payload.
//!
//! A payload is its packages, their number (2 bytes), unsigned metadata with its length (3 bytes)
//! after it, and the marker `000002ed57011e0000`. A package is points, time in milliseconds
//! (6 bytes), size of a value (4), number of points (3) and the signature (65); a point is a feed
//! id (32 bytes) and a value. All numbers are big-endian, and lengths come last: a payload is
//! read from its end. The signature is secp256k1 over Keccak-256 of the package before it: r, s and
//! a recovery byte 27 or 28.
//!
//! Formats: `packages/protocol/src` in `redstone-finance/redstone-oracles-monorepo`. Rules as in
//! `RedstoneConsumerNumericBase.sol` in `packages/evm-connector` there, with one difference: what a contract ignores (a
//! repeated signer for a feed, metadata) is refused here.

mod json;
mod json_number;
mod package;

use crate::key::distinct;
use crate::reader::Reader;
use crate::{
    Address, Network, Problem, PublicKey, SignerSetError, SourceError, SourceMessage, SourcePrice,
};
pub use json::{JsonError, payload_from_json};
use package::{Package, feed_text};
use std::collections::{BTreeMap, BTreeSet};

const MARKER: [u8; 9] = [0, 0, 2, 0xed, 0x57, 1, 0x1e, 0, 0];

/// Digits after the point of RedStone's values. The protocol's default: a message does not state it, and a feed signed
/// with a different number of digits cannot be recognised from its messages.
pub const DECIMALS: u32 = 8;
const EXPONENT: i32 = -DECIMALS.cast_signed();

/// The nodes of a data service that may sign, and how many of them are needed for a feed: a
/// contract's `getAuthorisedSignerIndex` and `getUniqueSignersThreshold`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorisedSigners {
    addresses: BTreeSet<Address>,
    threshold: usize,
}

impl AuthorisedSigners {
    /// A set of signers, of which `threshold` are needed for every feed.
    ///
    /// # Errors
    /// [`SignerSetError`].
    pub fn new(signers: &[Address], threshold: usize) -> Result<Self, SignerSetError> {
        let addresses = distinct(signers)?;
        if !(1..=addresses.len()).contains(&threshold) {
            return Err(SignerSetError::Threshold { threshold, signers: addresses.len() });
        }
        Ok(Self { addresses, threshold })
    }
}

/// Verifies a payload and imports its prices: for each feed the median of what its signers say.
///
/// Every package must be from an authorised signer, and all must have the same time. Every feed needs the threshold of
/// signers, none of them repeated.
///
/// # Errors
/// [`SourceError`]: the bytes are not exactly one payload, or a rule above is broken.
pub fn verify(bytes: &[u8], authorised: &AuthorisedSigners) -> Result<SourceMessage, SourceError> {
    let packages = packages(bytes)?;
    let time_ms = one_time(&packages)?;
    let mut feeds: BTreeMap<[u8; 32], BTreeMap<Address, i128>> = BTreeMap::new();
    let mut signed = Vec::with_capacity(packages.len());
    for package in &packages {
        let address = package.signer()?;
        let signer = PublicKey::Secp256k1Address(address);
        if !authorised.addresses.contains(&address) {
            return Err(package.signature_place.error(Problem::UnknownSigner(signer)));
        }
        for point in package.points()? {
            let values = feeds.entry(point.feed).or_default();
            if values.insert(address, point.value).is_some() {
                let feed = feed_text(&point.feed);
                return Err(point.place.error(Problem::DuplicateSigner { feed, signer }));
            }
        }
        signed.push((address, package.signed));
    }
    let mut prices = Vec::with_capacity(feeds.len());
    for (feed, values) in feeds {
        let feed = feed_text(&feed);
        let (found, needed) = (values.len(), authorised.threshold);
        if found < needed {
            let problem = Problem::TooFewSignersOfFeed { feed, found, needed };
            return Err(Reader::new(bytes).place("payload").error(problem));
        }
        let signers = values.keys().copied().map(PublicKey::Secp256k1Address).collect();
        let mantissa = median(values.into_values().collect());
        prices.push(SourcePrice { feed, mantissa, exponent: EXPONENT, time_ms, signers });
    }

    // Packages may stand in any order; the digest is over one order.
    signed.sort_unstable();
    let parts: Vec<&[u8]> =
        signed.iter().flat_map(|(signer, package)| [&signer[..], package]).collect();
    let signers = signed.iter().map(|(signer, _)| PublicKey::Secp256k1Address(*signer)).collect();
    Ok(SourceMessage::new(Network::RedStone, signers, prices, Vec::new(), &parts))
}

/// The packages of a payload, in order.
fn packages(bytes: &[u8]) -> Result<Vec<Package<'_>>, SourceError> {
    let mut reader = Reader::new(bytes);
    if reader.array_back("marker")? != MARKER {
        return Err(reader.back_place("marker").error(Problem::Magic));
    }
    let [a, b, c] = reader.array_back("length of metadata")?;
    let metadata = u32::from_be_bytes([0, a, b, c]) as usize;
    if metadata != 0 {
        return Err(reader.back_place("length of metadata").error(Problem::Unsigned(metadata)));
    }
    let count = u16::from_be_bytes(reader.array_back("number of packages")?);
    if count == 0 {
        return Err(reader.back_place("number of packages").error(Problem::Empty));
    }
    let mut packages = Vec::new();
    for _ in 0..count {
        packages.push(Package::read_back(&mut reader)?);
    }
    reader.end("before the first package")?;
    packages.reverse();
    Ok(packages)
}

/// The time shared by all packages.
fn one_time(packages: &[Package<'_>]) -> Result<u64, SourceError> {
    let expected = packages.first().map_or(0, |package| package.time_ms);
    match packages.iter().find(|package| package.time_ms != expected) {
        None => Ok(expected),
        Some(package) => {
            let problem = Problem::MixedTimes { found: package.time_ms, expected };
            Err(package.time_place.error(problem))
        }
    }
}

/// The middle value, or the mean of the two in the middle, rounded down: `NumericArrayLib.sol` in
/// `packages/evm-connector`. There must be at least one value, and none may be negative.
fn median(mut values: Vec<i128>) -> i128 {
    values.sort_unstable();
    let high = values[values.len() / 2];
    let low = values[(values.len() - 1) / 2];
    low + (high - low) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![5]), 5);
        assert_eq!(median(vec![3, 1, 2]), 2);
        assert_eq!(median(vec![4, 1, 2, 9]), 3);
        assert_eq!(median(vec![4, 1]), 2);
        assert_eq!(median(vec![i128::MAX, i128::MAX]), i128::MAX);
        assert_eq!(median(vec![0, i128::MAX]), i128::MAX / 2);
    }

    #[test]
    fn signer_sets() {
        let (a, b) = ([1; 20], [2; 20]);
        assert_eq!(AuthorisedSigners::new(&[], 0), Err(SignerSetError::Empty));
        assert_eq!(AuthorisedSigners::new(&[a, b, a], 2), Err(SignerSetError::Duplicate(a)));
        for threshold in [0, 3] {
            let error = SignerSetError::Threshold { threshold, signers: 2 };
            assert_eq!(AuthorisedSigners::new(&[a, b], threshold), Err(error));
        }
        assert!(AuthorisedSigners::new(&[a, b], 2).is_ok());
    }
}
