//! Real messages of Pyth Lazer, and changed ones.

use crate::support::*;
use ed25519_dalek::{Signer, SigningKey};
use zkmargin_sources::pyth_lazer::verify;
use zkmargin_sources::{Network, Problem, PublicKey, TrustedKeys};

#[test]
fn real_messages_verify() {
    let message = verify(&bytes("lazer-le-ecdsa-1.hex"), &lazer_keys()).expect("verifies");
    assert_eq!(message.network(), Network::PythLazer);
    assert_eq!(message.signers().len(), 1);
    assert_eq!(
        prices(&message),
        [
            ("1", 8_063_953_748_222, -8),
            ("112", 80_813_667_608_700_000, -12),
            ("2", 227_676_960_645, -8)
        ]
    );
    assert!(message.prices().iter().all(|p| p.time_ms == 1_778_594_100_000));

    let message = verify(&bytes("lazer-le-ecdsa-2.hex"), &lazer_keys()).expect("verifies");
    assert_eq!(message.price("1").map(|p| p.mantissa), Some(8_079_626_803_140));
    assert_eq!(message.price("2").map(|p| p.mantissa), Some(227_880_859_422));

    let message = verify(&bytes("lazer-evm.hex"), &lazer_evm_keys()).expect("verifies");
    assert_eq!(prices(&message), [("6", 100_000_000, -8)]);
}

#[test]
fn no_flipped_bit_verifies() {
    for (name, keys) in [
        ("lazer-le-ecdsa-1.hex", lazer_keys()),
        ("lazer-le-ecdsa-2.hex", lazer_keys()),
        ("lazer-evm.hex", lazer_evm_keys()),
    ] {
        let flips = no_flip_verifies(&bytes(name), |m| verify(m, &keys).is_ok());
        assert!(flips > 900, "{flips}");
        no_other_length_verifies(&bytes(name), |m| verify(m, &keys).is_ok());
    }
}

#[test]
fn another_key_is_not_trusted() {
    let message = bytes("lazer-le-ecdsa-1.hex");
    let error = verify(&message, &lazer_evm_keys()).unwrap_err();
    assert!(matches!(error.problem, Problem::UnknownSigner(_)), "{error}");
    assert!(verify(&message, &TrustedKeys::default()).is_err());
}

/// An envelope for Solana: signature, key, length, payload.
fn solana(signature: &[u8], key: &[u8; 32], payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("short").to_le_bytes();
    [&[0xb9, 0x01, 0x1a, 0x82], signature, key, &length, payload].concat()
}

/// The one published Ed25519 sample signs a test string: its signature verifies, and then the
/// string is no payload.
#[test]
fn the_published_ed25519_signature() {
    let key = "3374049c3b46a907ff2fc6b62af51975fb9dc572b7e73eb1b255ed5edcd7cee0";
    let signature = hex::decode(concat!(
        "20ebb15d70abc18abf636d77fa86a89e32596f90569b09e732b556bbc2f8afea",
        "07feff8d1beb18f7acd7ef1d3f914163fe03a3b4206f61f932e2d22a21278a01"
    ))
    .expect("hexadecimal");
    let public: [u8; 32] = hex::decode(key).expect("hexadecimal").try_into().expect("32");
    let trusted = TrustedKeys::new([PublicKey::Ed25519(public)]);
    let problem = |message: &[u8]| verify(message, &trusted).expect_err("no payload").problem;
    assert_eq!(problem(&solana(&signature, &public, b"test message")), Problem::Magic);
    assert_eq!(problem(&solana(&signature, &public, b"test messagf")), Problem::Signature);
    for bit in 0..signature.len() * 8 {
        let mut flipped = signature.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(problem(&solana(&flipped, &public, b"test message")), Problem::Signature);
    }
}

/// The payload of a real message under an Ed25519 key of our own: the whole envelope.
#[test]
fn ed25519_envelopes() {
    let real = bytes("lazer-le-ecdsa-1.hex");
    let payload = &real[4 + 65 + 2..];
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = key.verifying_key().to_bytes();
    let trusted = TrustedKeys::new([PublicKey::Ed25519(public)]);
    let envelope = solana(&key.sign(payload).to_bytes(), &public, payload);
    let message = verify(&envelope, &trusted).expect("verifies");
    let ecdsa = verify(&real, &lazer_keys()).expect("verifies");
    assert_eq!(prices(&message), prices(&ecdsa));
    // One signed content has one digest, whoever signed it.
    assert_eq!(message.digest(), ecdsa.digest());
    no_flip_verifies(&envelope, |m| verify(m, &trusted).is_ok());
    no_other_length_verifies(&envelope, |m| verify(m, &trusted).is_ok());
}

/// s and n - s sign alike; one of them is refused, so a message has one encoding.
#[test]
fn the_other_s_is_refused() {
    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    let mut message = bytes("lazer-evm.hex");
    let number = |bytes: &[u8]| num_bigint::BigUint::from_bytes_be(bytes);
    let order = number(&hex::decode(ORDER).expect("hexadecimal"));
    let other = (order - number(&message[36..68])).to_bytes_be();
    message[36..68].copy_from_slice(&[vec![0; 32 - other.len()], other].concat());
    message[68] ^= 1;
    let error = verify(&message, &lazer_evm_keys()).unwrap_err();
    assert_eq!(error.problem, Problem::HighS, "{error}");
}
