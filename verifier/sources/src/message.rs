//! What a verified message says.

use crate::keccak::keccak256;
use crate::{Place, Problem, PublicKey, SourceError};

/// Largest exponent of a price, of either sign: `10^38` is the largest power of ten below `2^127`. A signed message
/// beyond it is refused, so that nobody who computes with prices has to expect a number with a billion digits.
pub const MAX_EXPONENT: i32 = 38;

/// A network that publishes prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// Pyth Lazer, also named Pyth Pro.
    PythLazer,
    /// RedStone.
    RedStone,
    /// Pyth's price feeds as Hermes serves them, signed by Wormhole's guardians.
    PythHermes,
}

impl Network {
    /// The network's name in files and outputs.
    pub fn name(self) -> &'static str {
        match self {
            Network::PythLazer => "pyth-lazer",
            Network::RedStone => "redstone",
            Network::PythHermes => "pyth-hermes",
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A price, `mantissa * 10^exponent`, exactly as given by the network.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SourcePrice {
    /// The network's own id or symbol for the feed.
    pub feed: String,
    /// The price without its decimal point. It may be zero or negative: what is sensible for a feed is for a policy to
    /// say.
    pub mantissa: i128,
    /// At most [`MAX_EXPONENT`] in absolute value.
    pub exponent: i32,
    /// When the network made the price, in milliseconds since 1970, rounded down.
    pub time_ms: u64,
    /// Who signed this price: distinct, sorted. A message can have more signers, for other feeds.
    pub signers: Vec<PublicKey>,
}

/// A message whose signatures were verified. Only the verifying functions of this crate make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceMessage {
    network: Network,
    signers: Vec<PublicKey>,
    prices: Vec<SourcePrice>,
    unpriced: Vec<String>,
    digest: [u8; 32],
}

impl SourceMessage {
    /// Puts lists into their order. `signed` holds the parts covered by signatures, in an order that does not depend on
    /// how the message was packed.
    pub(crate) fn new(
        network: Network,
        mut signers: Vec<PublicKey>,
        mut prices: Vec<SourcePrice>,
        mut unpriced: Vec<String>,
        signed: &[&[u8]],
    ) -> Self {
        signers.sort_unstable();
        signers.dedup();
        prices.sort_by(|a, b| a.feed.cmp(&b.feed));
        // Where the network signs a message as a whole, its signers signed every price.
        let unsigned = prices.iter_mut().filter(|price| price.signers.is_empty());
        unsigned.for_each(|price| price.signers.clone_from(&signers));
        unpriced.sort();
        Self { network, signers, prices, unpriced, digest: digest(network, signed) }
    }

    /// The network.
    pub fn network(&self) -> Network {
        self.network
    }

    /// Who signed: distinct, sorted, all of them trusted by the caller.
    pub fn signers(&self) -> &[PublicKey] {
        &self.signers
    }

    /// The prices, sorted by feed; no feed is repeated.
    pub fn prices(&self) -> &[SourcePrice] {
        &self.prices
    }

    /// Feeds the message names without a usable price: the network had none, or the message leaves out the exponent.
    /// Sorted.
    pub fn unpriced(&self) -> &[String] {
        &self.unpriced
    }

    /// The price of a feed, if the message has one.
    pub fn price(&self, feed: &str) -> Option<&SourcePrice> {
        self.prices.iter().find(|price| price.feed == feed)
    }

    /// Identifies what was signed. Signatures and packing are not part of it: the same signed content has the same
    /// digest however it is signed and packed.
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// Keccak-256 over a tag, the network's name, and each part with its length before it.
fn digest(network: Network, signed: &[&[u8]]) -> [u8; 32] {
    let lengths: Vec<[u8; 8]> = signed.iter().map(|s| (s.len() as u64).to_be_bytes()).collect();
    let mut parts: Vec<&[u8]> = vec![b"zkmargin/source/v1\0", network.name().as_bytes(), b"\0"];
    for (length, part) in lengths.iter().zip(signed) {
        parts.extend([&length[..], part]);
    }
    keccak256(&parts)
}

/// Checks that an exponent is in range.
pub(crate) fn check_exponent(exponent: i32, place: Place) -> Result<i32, SourceError> {
    if (-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
        Ok(exponent)
    } else {
        Err(place.error(Problem::Exponent(exponent)))
    }
}
