//! Messages of price networks.

use crate::bounds::check_message;
use zkmargin_sources::pyth_hermes::{self, Emitter, GuardianSet};
use zkmargin_sources::redstone::{self, AuthorisedSigners};
use zkmargin_sources::{Address, PublicKey, SourceError, SourceMessage, TrustedKeys, pyth_lazer};

/// Keys of the networks that signed the seeds.
const NODES: [&str; 6] = [
    "0x51ce04be4b3e32572c4ec9135221d0691ba7d202",
    "0x8bb8f32df04c8b654987daaed53d6b6091e3b774",
    "0x9c5ae89c4af6aa32ce58588dbaf90d18a855b6de",
    "0xdd682daec5a90dd295d14da4b0bec9281017b5be",
    "0xdeb22f54738d54976c4c0fe5ce6d408e40d88499",
    "0xb8d50f0bae75bf6e03c104903d7c3afc4a6596da",
];

fn nodes() -> Vec<Address> {
    let address = |text: &&str| match text.parse() {
        Ok(PublicKey::Secp256k1Address(address)) => address,
        _ => panic!("{text}"),
    };
    NODES.iter().map(address).collect()
}

/// No reader panics; a message that verifies is of distinct signers and distinct feeds in order.
pub fn source(bytes: &[u8]) {
    let keys = TrustedKeys::new(nodes().into_iter().map(PublicKey::Secp256k1Address));
    check(pyth_lazer::verify(bytes, &keys));
    let authorised = AuthorisedSigners::new(&nodes(), 1).expect("set");
    check(redstone::verify(bytes, &authorised));
    let guardians = GuardianSet::new(4, nodes()).expect("set");
    check(pyth_hermes::verify(bytes, &guardians, &Emitter::PYTHNET));
    if let Ok(text) = std::str::from_utf8(bytes) {
        check(pyth_hermes::verify_base64(text, &guardians, &Emitter::PYTHNET));
        match redstone::payload_from_json(text) {
            Ok(payload) => check(redstone::verify(&payload, &authorised)),
            Err(error) => check_message(&error.to_string()),
        }
    }
}

fn check(result: Result<SourceMessage, SourceError>) {
    match result {
        Ok(message) => {
            assert!(message.signers().windows(2).all(|pair| pair[0] < pair[1]), "distinct signers");
            assert!(message.prices().windows(2).all(|pair| pair[0].feed < pair[1].feed), "feeds");
            assert!(message.prices().iter().all(|p| !p.signers.is_empty()), "signed");
        }
        Err(error) => check_message(&error.to_string()),
    }
}
