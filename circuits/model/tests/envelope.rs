//! The proof file and its JSON twin.

mod support;

use proptest::prelude::*;
use support::envelope;
use zkmargin_model::circuit::{Pages, Shape};
use zkmargin_model::claim::Claim;
use zkmargin_model::envelope::{
    Envelope, EnvelopeError, MAGIC, MAX_ENVELOPE_BYTES, MAX_STATEMENT_BYTES,
};
use zkmargin_model::measure::Measure;
use zkmargin_model::rule::Profile;
use zkmargin_model::statement::{Basis, Statement, StatementError};

proptest! {
    #[test]
    fn decode_inverts_encode(envelope in envelope()) {
        let bytes = envelope.encode();
        prop_assert_eq!(Envelope::decode(&bytes), Ok(envelope.clone()));
        prop_assert_eq!(Envelope::read(&bytes), Ok(envelope));
    }

    #[test]
    fn the_twin_round_trips_bit_for_bit(envelope in envelope()) {
        let json = envelope.to_json();
        let read = Envelope::read(json.as_bytes()).expect("twin");
        prop_assert_eq!(read.encode(), envelope.encode());
        prop_assert_eq!(read.to_json(), json);
    }

    #[test]
    fn a_flipped_bit_is_refused_or_another_proof(
        envelope in envelope(),
        at in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        let mut bytes = envelope.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1u8 << bit;
        if let Ok(other) = Envelope::read(&bytes) {
            prop_assert_ne!(&other, &envelope);
            prop_assert_ne!(other.digest(), envelope.digest());
            prop_assert_eq!(other.encode(), bytes);
        }
    }

    #[test]
    fn truncated_and_padded_are_refused(
        envelope in envelope(),
        cut in any::<prop::sample::Index>(),
        more in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let bytes = envelope.encode();
        let cut = cut.index(bytes.len());
        let error = Envelope::decode(&bytes[..cut]).expect_err("truncated");
        prop_assert_eq!(error.code(), if cut == 0 { "ProofEmpty" } else { "ProofTruncated" });
        let padded = Envelope::decode(&[bytes, more].concat()).expect_err("padded");
        prop_assert_eq!(padded.code(), "ProofTrailingBytes");
    }

    #[test]
    fn reading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        let _ = Envelope::read(&bytes);
        let _ = Envelope::read(&[&MAGIC[..], &bytes].concat());
        let _ = Envelope::read(&[b"{", &bytes[..]].concat());
    }

    #[test]
    fn a_damaged_statement_never_panics(
        envelope in envelope(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = envelope.encode();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = Envelope::read(&bytes);
    }
}

/// One fixed proof file, with its bytes and its twin to damage.
fn sample() -> (Vec<u8>, serde_json::Value) {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let noise = envelope().new_tree(&mut runner).expect("value").current();
    let (profile, shape, settlement_asset) = (Profile::EXACT, Shape::S, None);
    let basis = Basis::Linear { profile, shape, settlement_asset, position: None };
    let statement = Statement { basis, ..noise.statement().clone() };
    let envelope = Envelope::new(statement, noise.proof().to_vec()).expect("envelope");
    (envelope.encode(), serde_json::from_str(&envelope.to_json()).expect("JSON"))
}

fn code_of(bytes: &[u8]) -> &'static str {
    Envelope::read(bytes).expect_err("refused").code()
}

#[test]
fn every_refusal_has_its_code() {
    let (good, _) = sample();
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    assert_eq!(code_of(b""), "ProofEmpty");
    assert_eq!(code_of(b"PK\x03\x04 something else"), "ProofMagic");
    assert_eq!(code_of(b" \n "), "ProofMagic");
    // Line endings rewritten, and the high byte replaced.
    let text = good.splitn(2, |b| *b == b'\r').collect::<Vec<_>>().concat();
    assert_eq!(code_of(&text), "ProofTextTransfer");
    let replaced = ["\u{fffd}".as_bytes(), &good[1..]].concat();
    assert_eq!(code_of(&replaced), "ProofTextTransfer");
    assert_eq!(code_of(&changed(8, 2)), "ProofFormatVersion");
    // The statement begins after magic, version and its length.
    assert_eq!(code_of(&changed(14, 9)), "ProofCircuitVersion");
    assert_eq!(code_of(&changed(16, 0)), "ProofShape");
    assert_eq!(code_of(&changed(17, 200)), "ProofSize");
    assert_eq!(code_of(&changed(21, 1)), "ProofStatement", "a level past its width");
    assert_eq!(code_of(&changed(12, 0xff)), "ProofTooLong");
    assert_eq!(code_of(&vec![0x89; MAX_ENVELOPE_BYTES + 1]), "ProofTooLong");
    let shorter = changed(10, good[10] - 1);
    assert!(["ProofTruncated", "ProofTooLong"].contains(&code_of(&shorter)), "length off by one");
    let most = u32::try_from(MAX_STATEMENT_BYTES).expect("small").to_le_bytes();
    let long = [&good[..10], &most, &good[14..]].concat();
    assert!(code_of(&long).starts_with("Proof"));
}

/// Claims, shapes and versions of linear and portfolio accounts do not go together, in the twin either.
#[test]
fn families_are_not_mixed_in_the_twin() {
    let envelope = Envelope::decode(&sample().0).expect("a proof file");
    let of = |measure: &str| {
        let measure = Measure::parse(measure).expect("a measure");
        let basis = Basis::Portfolio { pages: Pages::Four, measure };
        let claim = Claim::new(10_000, 0u8.into()).expect("claim");
        let statement = Statement { basis, claim, ..envelope.statement().clone() };
        let envelope = Envelope::new(statement, envelope.proof().to_vec()).expect("envelope");
        serde_json::from_str::<serde_json::Value>(&envelope.to_json()).expect("JSON")
    };
    let read = |twin: &serde_json::Value| Envelope::read(twin.to_string().as_bytes());
    let code = |twin: &serde_json::Value| read(twin).expect_err("mixed").code();
    let initial = of("initial");
    assert!(read(&initial).is_ok());
    let with = |twin: &serde_json::Value, pointer: &str, value: serde_json::Value| {
        let mut twin = twin.clone();
        *twin.pointer_mut(pointer).expect("member") = value;
        code(&twin)
    };
    assert_eq!(with(&initial, "/circuit/shape", "S".into()), "ProofShapeOfAnother");
    assert_eq!(with(&initial, "/circuit/version", 1.into()), "ProofClaimOfAnother");
    assert_eq!(with(&initial, "/claim/requirement", "stress".into()), "ProofRequirement");
    assert_eq!(with(&of("stress:tails"), "/claim/level_bps", 9_999.into()), "ProofRequirement");
    let mut books = initial.clone();
    books["claim"]["settlement_asset"] = 0.into();
    assert_eq!(code(&books), "ProofClaimOfAnother");
    let mut none = initial;
    none["claim"].as_object_mut().expect("object").remove("requirement");
    assert_eq!(code(&none), "ProofClaimOfAnother");
}

#[test]
fn every_refusal_of_the_twin_names_the_field() {
    let (_, twin) = sample();
    let with = |pointer: &str, value: serde_json::Value| {
        let mut twin = twin.clone();
        *twin.pointer_mut(pointer).expect("member") = value;
        Envelope::read(twin.to_string().as_bytes()).expect_err(pointer)
    };
    let upper = twin["market"]["schedule"].as_str().expect("hex").to_uppercase();
    let ones = "ff".repeat(32);
    for (pointer, value, needle) in [
        ("/format", "zkmargin-proof/2".into(), "`format`"),
        ("/circuit/shape", "XL".into(), "`circuit.shape`"),
        ("/claim/level_bps", (1u32 << 17).into(), "`claim`"),
        ("/claim/floor", "01".into(), "`claim.floor`"),
        ("/claim/floor", "-0".into(), "`claim.floor`"),
        ("/claim/floor", "1e3".into(), "`claim.floor`"),
        ("/claim/floor", 5.into(), "line 1"),
        ("/claim", serde_json::json!([10000, "0"]), "expected struct ClaimJson"),
        ("/market/schedule", upper.into(), "`market.schedule`"),
        ("/market/registry", "00".into(), "`market.registry`"),
        ("/market/snapshot_time", "18446744073709551616".into(), "`market.snapshot_time`"),
        ("/market/currency", "US D".into(), "`market.currency`"),
        ("/market/margin_decimals", 49.into(), "`market.margin_decimals`"),
        ("/market/margin_decimals", 65_535.into(), "`market.margin_decimals`"),
        ("/account/commitment", ones.clone().into(), "`account.commitment`"),
        ("/margin_commitment", ones.into(), "`margin_commitment`"),
        ("/context/audience", "".into(), "`context`"),
        ("/context/audience", "a\u{200b}".into(), "`context`"),
        ("/context/nonce", "00".into(), "`context.nonce`"),
        ("/context/epoch", "+1".into(), "`context.epoch`"),
        ("/proof", "0".into(), "`proof`"),
    ] {
        let error = with(pointer, value).to_string();
        assert!(error.contains(needle), "{pointer}: {error}");
    }
    let one = format!("01{}", "00".repeat(31));
    for field in ["pseudonym", "nullifier"] {
        let error = with(&format!("/{field}"), one.clone().into());
        assert!(
            matches!(error, EnvelopeError::Statement(StatementError::Reserved { field: found }) if found == field)
        );
    }
    // What belongs to claims about accounts of the other kind.
    for (member, value) in
        [("requirement", "initial".into()), ("requirement", serde_json::Value::Null)]
    {
        let mut twin = twin.clone();
        twin["claim"][member] = value;
        assert!(Envelope::read(twin.to_string().as_bytes()).is_err());
    }
    // Every member is written, null or not: one text for one thing.
    let mut objects = vec![String::new()];
    while let Some(pointer) = objects.pop() {
        let members = twin.pointer(&pointer).and_then(|v| v.as_object()).expect("object");
        for (name, value) in members {
            let mut without = twin.clone();
            without
                .pointer_mut(&pointer)
                .and_then(|v| v.as_object_mut())
                .expect("object")
                .remove(name);
            let read = Envelope::read(without.to_string().as_bytes());
            assert!(read.is_err(), "{pointer}/{name} may be left out");
            if value.is_object() {
                objects.push(format!("{pointer}/{name}"));
            }
        }
    }
    let text = twin.to_string();
    for (damage, needle) in [
        (text.replacen("\"claim\"", "\"extra\":1,\"claim\"", 1), "unknown field"),
        (text.replacen("\"nullifier\"", "\"pseudonym\"", 1), "duplicate field"),
        (format!("{text}x"), "trailing characters"),
        (text[..text.len() - 1].to_owned(), "EOF"),
    ] {
        let error = Envelope::read(damage.as_bytes()).expect_err(needle).to_string();
        assert!(error.contains(needle), "{error}");
    }
}
