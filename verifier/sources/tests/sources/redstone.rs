//! Real data packages of RedStone, and changed ones.

use crate::support::*;
use zkmargin_sources::redstone::{AuthorisedSigners, payload_from_json, verify};
use zkmargin_sources::{Address, Problem, SignerSetError};

const PAYLOADS: [(&str, usize); 3] =
    [("3sig_ETH_BTC.hex", 3), ("ETH_BTC_AVAX_5sig.hex", 5), ("eth_primary_3sig.hex", 3)];

fn nodes(name: &str) -> [Address; 5] {
    if name.contains("primary") { primary() } else { avalanche() }
}

#[test]
fn real_payloads_verify() {
    let of = |name: &str, threshold| {
        verify(&bytes(name), &authorised(&nodes(name), threshold)).expect(name)
    };
    let message = of("3sig_ETH_BTC.hex", 3);
    assert_eq!(prices(&message), [("BTC", 6_371_750_000_000, -8), ("ETH", 341_899_770_128, -8)]);
    assert!(message.prices().iter().all(|p| p.time_ms == 1_721_130_810_000));
    let message = of("ETH_BTC_AVAX_5sig.hex", 5);
    assert_eq!(message.signers().len(), 5);
    assert_eq!(
        prices(&message),
        [("AVAX", 3_859_000_000, -8), ("BTC", 4_783_856_731_782, -8), ("ETH", 248_111_446_713, -8)]
    );
    assert!(message.prices().iter().all(|p| p.signers == message.signers()));
    let message = of("eth_primary_3sig.hex", 3);
    assert_eq!(prices(&message), [("ETH", 159_504_422_175, -8)]);
}

#[test]
fn the_gateway_s_json_verifies() {
    let payload = payload_from_json(&gateway()).expect("JSON");
    let message = verify(&payload, &authorised(&primary(), 5)).expect("verifies");
    assert_eq!(message.prices().len(), 10);
    assert_eq!(message.signers().len(), 5);
    // The median of five nodes.
    assert_eq!(message.price("BTC").map(|p| p.mantissa), Some(6_359_779_995_623));
    assert!(message.prices().iter().all(|p| p.time_ms == 1_719_856_900_000));
}

#[test]
fn no_flipped_bit_verifies() {
    for (name, threshold) in PAYLOADS {
        let authorised = authorised(&nodes(name), threshold);
        let flips = no_flip_verifies(&bytes(name), |m| verify(m, &authorised).is_ok());
        assert!(flips > 2_000, "{flips}");
        no_other_length_verifies(&bytes(name), |m| verify(m, &authorised).is_ok());
    }
}

/// Every package of the gateway's answer, with each bit of feed, value, time and signature flipped.
#[test]
fn no_flipped_bit_of_json_verifies() {
    let payload = payload_from_json(&gateway()).expect("JSON");
    let authorised = authorised(&primary(), 5);
    assert!(verify(&payload, &authorised).is_ok());
    for at in (0..payload.len()).step_by(if is_long() { 1 } else { 7 }) {
        let mut flipped = payload.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(verify(&flipped, &authorised).is_err(), "byte {at}");
    }
}

/// Digits of the JSON's values, times and signatures.
#[test]
fn no_changed_json_verifies() {
    let json = gateway();
    let authorised = authorised(&primary(), 5);
    let verifies = |text: &str| {
        payload_from_json(text).is_ok_and(|payload| verify(&payload, &authorised).is_ok())
    };
    assert!(verifies(&json));
    for (from, to) in [
        ("1719856900000", "1719856900001"),
        ("\"BTC\",\"value\"", "\"BTD\",\"value\""),
        ("63597.97253290", "63597.97253390"),
        ("signature\":\"BPZ", "signature\":\"BPa"),
    ] {
        assert!(json.contains(from), "{from}");
        assert!(!verifies(&json.replacen(from, to, 1)), "{from}");
    }
    // Names that nobody signs do not matter, and feeds that are signed do.
    assert!(verifies(&json.replacen("\"BTC\":[", "\"anything\":[", 1)));
}

#[test]
fn signers_and_thresholds() {
    let message = bytes("3sig_ETH_BTC.hex");
    let error = verify(&message, &authorised(&avalanche(), 4)).unwrap_err();
    assert!(
        matches!(error.problem, Problem::TooFewSignersOfFeed { found: 3, needed: 4, .. }),
        "{error}"
    );
    let error = verify(&message, &authorised(&primary(), 1)).unwrap_err();
    assert!(matches!(error.problem, Problem::UnknownSigner(_)), "{error}");
    let [first, ..] = avalanche();
    let duplicate = AuthorisedSigners::new(&[first, first], 1);
    assert_eq!(duplicate, Err(SignerSetError::Duplicate(first)));
    for threshold in [0, 6] {
        let set = AuthorisedSigners::new(&avalanche(), threshold);
        assert_eq!(set, Err(SignerSetError::Threshold { threshold, signers: 5 }));
    }
    assert_eq!(AuthorisedSigners::new(&[], 1), Err(SignerSetError::Empty));
}

/// One node twice is one node: its package repeated counts for nothing.
#[test]
fn a_package_twice_is_refused() {
    let json = gateway();
    let mut lists: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let feed = lists["BTC"].as_array_mut().expect("list");
    feed[1] = feed[0].clone();
    // Values as text keep their digits: no number was read and written anew on the way.
    let payload = payload_from_json(&lists.to_string());
    let verified = payload.map(|payload| verify(&payload, &authorised(&primary(), 3)));
    assert!(!matches!(verified, Ok(Ok(_))));
}
