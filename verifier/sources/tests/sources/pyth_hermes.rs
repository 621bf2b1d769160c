//! A real update of Hermes, and changed ones.

use crate::support::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zkmargin_sources::pyth_hermes::{Emitter, GuardianSet, verify, verify_base64};
use zkmargin_sources::{Address, Problem};

fn update() -> Vec<u8> {
    STANDARD.decode(text("hermes-2024-05-13.b64")).expect("base64")
}

fn verifies(message: &[u8]) -> bool {
    verify(message, &guardians(), &Emitter::PYTHNET).is_ok()
}

#[test]
fn a_real_update_verifies() {
    let text = text("hermes-2024-05-13.b64");
    let message = verify_base64(&text, &guardians(), &Emitter::PYTHNET).expect("verifies");
    assert_eq!(message.signers().len(), 13);
    assert_eq!(
        prices(&message),
        [
            ("c96458d393fe9deb7a7d63a0ac41e2898a67a7750dbd166673279e06c868df0a", 4_689_500, -8),
            (
                "ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d",
                14_802_549_538,
                -8
            ),
            (
                "ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace",
                294_943_041_422,
                -8
            ),
        ]
    );
    assert!(message.prices().iter().all(|p| p.time_ms == 1_715_627_146_000));
    assert_eq!(verify(&update(), &guardians(), &Emitter::PYTHNET), Ok(message));
}

#[test]
fn no_flipped_bit_verifies() {
    let flips = no_flip_verifies(&update(), verifies);
    assert!(flips > 14_000, "{flips}");
}

#[test]
fn no_beginning_verifies() {
    no_other_length_verifies(&update(), verifies);
}

#[test]
fn guardians_and_emitter_are_the_caller_s() {
    let addresses: Vec<Address> =
        (0..19u8).map(|i| [0x22, i].repeat(10).try_into().unwrap()).collect();
    let problem = |set: &GuardianSet, emitter: &Emitter| {
        verify(&update(), set, emitter).expect_err("refused").problem
    };
    let strangers = GuardianSet::new(4, addresses.clone()).expect("set");
    assert!(matches!(problem(&strangers, &Emitter::PYTHNET), Problem::WrongGuardian { .. }));
    let older = GuardianSet::new(3, addresses).expect("set");
    let other_set = Problem::GuardianSet { found: 4, expected: 3 };
    assert_eq!(problem(&older, &Emitter::PYTHNET), other_set);
    let other = Emitter { chain: 1, ..Emitter::PYTHNET };
    assert_eq!(problem(&guardians(), &other), Problem::Emitter);
    let other = Emitter { address: [1; 32], ..Emitter::PYTHNET };
    assert_eq!(problem(&guardians(), &other), Problem::Emitter);
    assert_eq!(guardians().quorum(), 13);
}
