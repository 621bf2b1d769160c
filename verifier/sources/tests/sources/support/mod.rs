//! The real messages and the keys that signed them.

#![allow(dead_code)]

use zkmargin_sources::pyth_hermes::GuardianSet;
use zkmargin_sources::redstone::AuthorisedSigners;
use zkmargin_sources::{Address, PublicKey, SourceMessage, TrustedKeys};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sources/data/");

pub fn text(name: &str) -> String {
    std::fs::read_to_string(format!("{DATA}{name}")).expect(name).trim().to_owned()
}

pub fn bytes(name: &str) -> Vec<u8> {
    hex::decode(text(name)).expect(name)
}

pub fn gateway() -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../params/venues/binance/examples/cross.redstone.json"
    );
    std::fs::read_to_string(path).expect("example")
}

pub fn address(text: &str) -> Address {
    match text.parse().expect("address") {
        PublicKey::Secp256k1Address(address) => address,
        PublicKey::Ed25519(_) => panic!("{text}"),
    }
}

pub fn addresses<const N: usize>(texts: [&str; N]) -> [Address; N] {
    texts.map(address)
}

/// Nodes of RedStone's primary data service.
pub fn primary() -> [Address; 5] {
    addresses([
        "0x51Ce04Be4b3E32572C4Ec9135221d0691Ba7d202",
        "0x8BB8F32Df04c8b654987DAaeD53D6B6091e3B774",
        "0x9c5AE89C4Af6aA32cE58588DBaF90d18a855B6de",
        "0xDD682daEC5A90dD295d14DA4b0bec9281017b5bE",
        "0xdEB22f54738d54976C4c0fe5ce6d408E40d88499",
    ])
}

/// Nodes of RedStone's avalanche data service.
pub fn avalanche() -> [Address; 5] {
    addresses([
        "0x109b4a318a4f5ddcbca6349b45f881b4137deafb",
        "0x12470f7aba85c8b81d63137dd5925d6ee114952b",
        "0x1ea62d73edf8ac05dfcea1a34b9796e937a29eff",
        "0x2c59617248994d12816ee1fa77ce0a64eeb456bf",
        "0x83cba8c619fb629b81a65c2e67fe15cf3e3c9747",
    ])
}

pub fn authorised(signers: &[Address], threshold: usize) -> AuthorisedSigners {
    AuthorisedSigners::new(signers, threshold).expect("set")
}

/// The key that Pyth Lazer signs with for other chains than Ethereum, compressed.
pub const LAZER_KEY: &str = "03a4380f01136eb2640f90c17e1e319e02bbafbeef2e6e67dc48af53f9827e155b";

pub fn lazer_keys() -> TrustedKeys {
    let key = hex::decode(LAZER_KEY).expect("hexadecimal");
    TrustedKeys::new([PublicKey::from_secp256k1(&key).expect("key")])
}

pub fn lazer_evm_keys() -> TrustedKeys {
    TrustedKeys::new(["0xb8d50f0bAE75BF6E03c104903d7C3aFc4a6596Da".parse().expect("key")])
}

/// Guardian set 4 as far as its members signed the sample; the other six of its nineteen places hold
/// addresses that nobody has, so that they count for the quorum and never sign.
pub fn guardians() -> GuardianSet {
    let mut set: Vec<Address> =
        (0..19u8).map(|i| [0x11, i].repeat(10).try_into().expect("20")).collect();
    for (number, text) in [
        (0, "0x5893b5a76c3f739645648885bdccc06cd70a3cd3"),
        (2, "0x114de8460193bdf3a2fcf81f86a09765f4762fd1"),
        (3, "0x107a0086b32d7a0977926a205131d8731d39cbeb"),
        (4, "0x8c82b2fd82faed2711d59af0f2499d16e726f6b2"),
        (6, "0x54ce5b4d348fb74b958e8966e2ec3dbd4958a7cd"),
        (7, "0x15e7caf07c4e3dc8e7c469f92c8cd88fb8005a20"),
        (10, "0xaf45ced136b9d9e24903464ae889f5c8a723fc14"),
        (11, "0xf93124b7c738843cbb89e864c862c38cddcccf95"),
        (12, "0xd2cc37a4dc036a8d232b48f62cdd4731412f4890"),
        (13, "0xda798f6896a3331f64b48c12d1d57fd9cbe70811"),
        (14, "0x71aa1be1d36cafe3867910f99c09e347899c19c3"),
        (15, "0x8192b6e7387ccd768277c17dab1b7a5027c0b3cf"),
        (18, "0x6fbebc898f403e4773e95feb15e80c9a99c8348d"),
    ] {
        set[number] = address(text);
    }
    GuardianSet::new(4, set).expect("set")
}

/// Feed, mantissa and exponent of every price.
pub fn prices(message: &SourceMessage) -> Vec<(&str, i128, i32)> {
    message.prices().iter().map(|p| (p.feed.as_str(), p.mantissa, p.exponent)).collect()
}

/// Whether to try every case, as `.ci/full` does, instead of a sample.
pub fn is_long() -> bool {
    std::env::var_os("ZKMARGIN_LONG").is_some()
}

/// No message with one flipped bit verifies; tries a sample of the bits. Returns how many bits there are.
pub fn no_flip_verifies(message: &[u8], verifies: impl Fn(&[u8]) -> bool + Sync) -> usize {
    assert!(verifies(message));
    // Odd, so that it reaches every position in a byte.
    let step = if is_long() { 1 } else { 5 };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for first in 0..threads {
            let verifies = &verifies;
            scope.spawn(move || {
                for bit in (first * step..message.len() * 8).step_by(threads * step) {
                    let mut flipped = message.to_vec();
                    flipped[bit / 8] ^= 1 << (bit % 8);
                    assert!(!verifies(&flipped), "bit {} of byte {}", bit % 8, bit / 8);
                }
            });
        }
    });
    message.len() * 8
}

/// No beginning of a message verifies, and none with a byte more.
pub fn no_other_length_verifies(message: &[u8], verifies: impl Fn(&[u8]) -> bool) {
    for end in 0..message.len() {
        assert!(!verifies(&message[..end]), "{end} bytes");
    }
    for byte in [0, 0xff] {
        assert!(!verifies(&[message, &[byte]].concat()));
        assert!(!verifies(&[&[byte], message].concat()));
    }
}
