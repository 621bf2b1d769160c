//! No bytes make a reader panic, and nothing verifies under keys that nobody has.

use crate::support::*;
use proptest::prelude::*;
use zkmargin_sources::pyth_hermes::{self, Emitter};
use zkmargin_sources::{pyth_lazer, redstone};

fn nothing_verifies(bytes: &[u8]) {
    assert!(pyth_lazer::verify(bytes, &lazer_keys()).is_err());
    assert!(redstone::verify(bytes, &authorised(&primary(), 1)).is_err());
    assert!(pyth_hermes::verify(bytes, &guardians(), &Emitter::PYTHNET).is_err());
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(pyth_hermes::verify_base64(text, &guardians(), &Emitter::PYTHNET).is_err());
        if let Ok(payload) = redstone::payload_from_json(text) {
            let _ = redstone::verify(&payload, &authorised(&primary(), 1));
        }
    }
}

proptest! {
    #[test]
    fn random(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        nothing_verifies(&bytes);
    }

    /// Real messages with a part replaced reach further into the readers.
    #[test]
    fn spliced(
        which in 0..4usize,
        at in any::<prop::sample::Index>(),
        part in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let name = [
            "lazer-le-ecdsa-1.hex", "lazer-evm.hex", "3sig_ETH_BTC.hex", "eth_primary_3sig.hex",
        ][which];
        let original = bytes(name);
        let mut message = original.clone();
        let at = at.index(message.len());
        let end = message.len().min(at + part.len());
        message.splice(at..end, part);
        if message != original {
            nothing_verifies(&message);
        }
    }

    #[test]
    fn json(text in "\\{\"[A-Z]{1,3}\":\\[\\{\"timestampMilliseconds\":[0-9]{1,20},\"signature\":\"[A-Za-z0-9+/=]{0,90}\",\"dataPoints\":\\[\\{\"dataFeedId\":\"[A-Z]{0,40}\",\"value\":[0-9.eE+-]{1,30}\\}\\]\\}\\]\\}") {
        nothing_verifies(text.as_bytes());
    }
}
